"""Files the browser may load, under names that change with their content."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import orjson

from layers import geometry

ROOT: Final = Path(__file__).resolve().parent.parent
STATIC: Final = ROOT / "templates" / "static"
BASEMAP: Final = ROOT / "data" / "basemap"
COARSENED: Final = ("land", "water", "borders")
MEDIA_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}


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

    def basemap_urls(self) -> dict[str, str]:
        """Return the file of each basemap layer by name, hash included."""
        return {file.rsplit("-", 1)[0]: file for file in self.basemap}


@lru_cache(maxsize=1)
def assets() -> Assets:
    """Read both folders once; a server that is to serve changed files is started anew."""
    static = {
        path.relative_to(STATIC).as_posix(): Asset(path.read_bytes(), _media_type(path))
        for path in sorted(STATIC.rglob("*"))
        if path.is_file() and path.suffix in MEDIA_TYPES
    }
    digest = hashlib.sha256()
    for name, asset in static.items():
        digest.update(f"{name}\0{len(asset.body)}\0".encode() + asset.body)
    basemap = {}
    for path in sorted(BASEMAP.glob("*.geojson")):
        shapes = orjson.loads(path.read_bytes())
        near = orjson.dumps(shapes)
        # the first view needs no bays: what a pixel cannot show comes when the reader is near
        far = orjson.dumps(geometry.coarser(shapes)) if path.stem in COARSENED else near
        for name, body in {path.stem: far, **({f"{path.stem}_near": near} if far != near else {})}.items():
            file = f"{name}-{hashlib.sha256(body).hexdigest()[:16]}.json"
            basemap[file] = Asset(body, "application/json")
    return Assets(digest.hexdigest()[:16], static, basemap)


@lru_cache(maxsize=1)
def basemap_shapes() -> dict[str, Any]:
    """Return the basemap's GeoJSON by name, as fine as there is, for pictures drawn here."""
    return {path.stem: orjson.loads(path.read_bytes()) for path in sorted(BASEMAP.glob("*.geojson"))}


def _media_type(path: Path) -> str:
    return MEDIA_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
