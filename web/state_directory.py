"""What the application keeps below its state directory, for pages that cost much to make."""

from __future__ import annotations

from flask import current_app, has_app_context

from geo.serving.disk_cache import DiskCache


def keep() -> DiskCache | None:
    """Return the store of the application that serves this request, None where nothing is kept."""
    store: DiskCache | None = current_app.extensions.get("baqylau.store") if has_app_context() else None
    return store
