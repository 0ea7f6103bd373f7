"""Files the browser may load, under names that change with their content."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import orjson

from layers.map import area_outlines, ground_tables
from layers.map.ground_tables import GroundTables

ROOT: Final = Path(__file__).resolve().parent.parent
STATIC: Final = ROOT / "templates" / "static"
BASEMAP: Final = ROOT / "data" / "basemap"
GROUND: Final = ROOT / "data" / "ground"
COARSENED: Final = ("land", "water", "borders")
MEDIA_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}

_COMMENTED: Final = (
    "pbf",
    "point-geometry",
    "vector-tile",
)  # libraries that are published with their comments
_COMMENTS: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_TYPES: Final = re.compile(r"/\*\*\s.*?\*/ ?", re.DOTALL)  # JSDoc: for tsc, not for browsers


@dataclass(frozen=True, slots=True)
class Asset:
    """One file in memory and its media type."""

    body: bytes
    media_type: str


@dataclass(frozen=True, eq=False)
class Assets:
    """The static folder under one hash of everything in it, and the basemap's files each under its own.

    One hash for the folder keeps relative links inside it (imports, fonts) as they are on disk.
    """

    digest: str
    static: dict[str, Asset]
    basemap: dict[str, Asset]
    ground: str  # the hash of the tables that tiles of the ground are made of, and of what makes them

    def basemap_urls(self) -> dict[str, str]:
        """Return the file of each basemap layer by name, hash included; `near`: of a tile of the ground."""
        files = {file.rsplit("-", 1)[0]: file for file in self.basemap}
        return {**files, "near": f"near-{self.ground}/{{x}}/{{y}}.json"}


@lru_cache(maxsize=1)
def assets() -> Assets:
    """Read both folders once; a server that is to serve changed files is started anew."""
    static = {
        path.relative_to(STATIC).as_posix(): Asset(_lean(path), _media_type(path))
        for path in sorted(STATIC.rglob("*"))
        if path.is_file() and path.suffix in MEDIA_TYPES
    }
    digest = hashlib.sha256()
    for name, asset in static.items():
        digest.update(f"{name}\0{len(asset.body)}\0".encode() + asset.body)
    basemap = {}
    for stem, shapes in basemap_shapes().items():
        # the first view needs no bays: what a pixel cannot show comes as tiles when the reader is near
        body = orjson.dumps(area_outlines.packed(_far(stem, shapes)))
        file = f"{stem}-{hashlib.sha256(body).hexdigest()[:16]}.json"
        basemap[file] = Asset(body, "application/json")
    return Assets(digest.hexdigest()[:16], static, basemap, _ground_digest())


def _ground_digest() -> str:
    digest = hashlib.sha256()
    for path in (*sorted(GROUND.glob("*.parquet")), Path(ground_tables.__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def ground() -> GroundTables:
    """Return the ground of the world for near views."""
    return ground_tables.read_ground(GROUND)


def ground_window(box: area_outlines.Box, near: area_outlines.Box) -> dict[str, Any]:
    """Return the ground in a box as a first view of what lies in the box `near` shows it."""
    return ground_tables.coarse_window(ground(), box, near)


@lru_cache(maxsize=512)  # half of all there are
def ground_tile(x: int, y: int) -> bytes:
    """Return one tile of the ground as JSON."""
    return orjson.dumps(ground_tables.ground_tile(ground(), x, y))


@lru_cache(maxsize=1)
def program_digest() -> str:
    """Return the hash of all that decides how figures look: what an older program drew is drawn anew."""
    digest = hashlib.sha256(assets().digest.encode())
    for pattern in (
        "geo/**/*.py",
        "layers/**/*.py",
        "templates/locale/**/*.po",
        "data/basemap/*",
        "data/ground/*",
    ):
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:32]


@lru_cache(maxsize=1)
def basemap_from_afar() -> dict[str, Any]:
    """Return the basemap's GeoJSON by name, coarsened as a far view can show it."""
    return {name: _far(name, shapes) for name, shapes in basemap_shapes().items()}


def _far(name: str, shapes: dict[str, Any]) -> dict[str, Any]:
    return area_outlines.coarser(shapes) if name in COARSENED else shapes


@lru_cache(maxsize=1)
def basemap_shapes() -> dict[str, Any]:
    """Return the basemap's GeoJSON by name, as fine as there is, for pictures drawn here."""
    return {path.stem: orjson.loads(path.read_bytes()) for path in sorted(BASEMAP.glob("*.geojson"))}


def _lean(path: Path) -> bytes:
    """A file as it is sent: scripts and styles without the lines that only people read."""
    body, folders = path.read_bytes(), path.relative_to(STATIC).parts
    if path.suffix not in (".js", ".css") or (folders[0] == "vendor" and folders[1] not in _COMMENTED):
        return body
    text = body.decode("utf-8")
    lines = (_COMMENTS if path.suffix == ".css" else _TYPES).sub("", text).splitlines()
    # whole lines only: what stands behind code may be inside a text or a pattern
    code = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("//")]
    return ("\n".join(code) + "\n").encode()


def _media_type(path: Path) -> str:
    return MEDIA_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
