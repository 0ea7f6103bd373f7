"""Missions that people made here of their own files: below the state directory, and nobody's until shown.

`missions/<slug>/` is a mission folder; `shown/<slug>` says that others may see it; `drafts/<id>/` holds files
that somebody brought and has not made a map of yet.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from geo.model.errors import InputError, NotFound
from geo.model.messages import message
from geo.model.mission import SLUG
from geo.serving.missions import find

MOST_DRAFTS: Final = 8  # the oldest goes when another comes: nobody fills the disk with them
MOST_MISSIONS: Final = 100  # made here; each is built at every start and watched for changes
_DRAFT: Final = re.compile(r"[0-9a-f]{32}")


class OwnMissions:
    """Owns `missions/`, `shown/` and `drafts/` of a state directory."""

    def __init__(self, state: Path) -> None:
        self.folder, self._shown, self._drafts = state / "missions", state / "shown", state / "drafts"

    def folders(self) -> list[Path]:
        """Return the mission folders made here, by name."""
        return find(self.folder)

    def slugs(self) -> set[str]:
        """Return the names taken here, of missions and of what is no mission yet."""
        return {path.name for path in self.folder.glob("*")}

    def is_private(self, slug: str) -> bool:
        """Return whether a mission was made here and nobody said yet that others may see it."""
        if not SLUG.fullmatch(slug):
            return False  # no mission is called so
        return (self.folder / slug).is_dir() and not (self._shown / slug).exists()

    def show(self, slug: str) -> None:
        """Let others see a mission from now on. Raises NotFound."""
        if not SLUG.fullmatch(slug) or not (self.folder / slug).is_dir():
            raise NotFound("no such map")
        self._shown.mkdir(parents=True, exist_ok=True)
        (self._shown / slug).touch()

    def keep_draft(self, files: dict[str, tuple[str, Callable[[Path], object]]]) -> str:
        """Keep files under names of ours and return the draft's id.

        `files`: part → (the file's own name, what writes it to a path). Only the ending of the own name is
        used; the name itself is kept beside as text. Raises InputError when there are too many maps already.
        """
        if len(self.slugs()) >= MOST_MISSIONS:
            full = message(
                "there are {n} maps here already; delete some from {folder}/",
                n=MOST_MISSIONS, folder=self.folder.name,
            )  # fmt: skip
            raise InputError(full)
        self._drafts.mkdir(parents=True, exist_ok=True, mode=0o700)
        oldest = sorted(self._drafts.iterdir(), key=_changed_at)
        for path in oldest[: max(0, len(oldest) - MOST_DRAFTS + 1)]:
            shutil.rmtree(path, ignore_errors=True)
        draft = secrets.token_hex(16)
        folder = self._drafts / draft
        folder.mkdir(mode=0o700)
        for part, (name, save) in files.items():
            suffix = Path(name).suffix.lower()
            save(folder / f"{part}{suffix if re.fullmatch(r'[.][a-z]{2,8}', suffix) else ''}")
            (folder / f"{part}-name").write_text(name[:200], encoding="utf-8", errors="replace")
        return draft

    def draft(self, draft: str, part: str) -> tuple[Path, str] | None:
        """Return a draft's file and its own name, None if it has no such part. Raises NotFound."""
        folder = self._drafts / draft
        if not _DRAFT.fullmatch(draft) or not folder.is_dir():
            raise NotFound("no such draft")
        paths = [path for path in folder.glob(f"{part}*") if path.name != f"{part}-name"]
        if not paths:
            return None
        return paths[0], (folder / f"{part}-name").read_text(encoding="utf-8")

    def forget_draft(self, draft: str) -> None:
        """Delete a draft's files, as far as they are there."""
        if _DRAFT.fullmatch(draft):
            shutil.rmtree(self._drafts / draft, ignore_errors=True)


def _changed_at(path: Path) -> float:
    """Return when a draft was last changed; 0 for one that somebody else removes at this moment."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
