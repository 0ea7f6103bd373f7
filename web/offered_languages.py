"""Addresses in a language that the product speaks and the mission does not offer: sent on to one it does."""

from __future__ import annotations

from collections.abc import Collection

from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from geo.model.languages import LANGUAGES


def preferred(offered: Collection[str]) -> str:
    """Return the visitor's best language of those offered; English, or the first, if she wants none."""
    usual = "en" if "en" in offered else next(iter(offered), "en")
    return request.accept_languages.best_match(list(offered)) or usual


def to_an_offered_one(offered: Collection[str]) -> AnyResponse | None:
    """Return the way to the same page in an offered language, None for an address that names one, or none.

    The way is relative to the address asked for: the server need not know its own name.
    """
    code = str((request.view_args or {}).get("code", ""))
    if code in offered or code not in LANGUAGES:
        return None
    rest = request.full_path.removesuffix("?").split(f"/{code}/", 1)[1]
    up = "../" * (rest.partition("?")[0].count("/") + 1)
    response = redirect(f"{up}{preferred(offered)}/{rest}", 302)
    response.autocorrect_location_header = False
    response.headers["Vary"] = "Accept-Language"
    return response
