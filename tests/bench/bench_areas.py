"""In which area does every station lie? Beside GeoPandas, PostGIS, DuckDB and SedonaDB."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.model import places
from geo.reading import check_references
from tests.bench import duck, inputs, postgis, sedona
from tests.bench.measure import Row, Setting, median, row, same

SCRAMBLED = 300
NAME = "point in area"
Sums = list[tuple[int, int, int]]


class Ground(NamedTuple):
    """Stations with a point, lon, lat (M,) degrees; polygons (A,); which area holds each, (M,) or -1."""

    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    polygons: npt.NDArray[np.object_]
    area: npt.NDArray[np.int32]


def rows(setting: Setting) -> Iterator[Row]:
    """Yield the time of the whole join beside every peer's."""
    ground = of(setting)
    yield row(
        "corners of the finest areas", int(shapely.get_num_coordinates(ground.polygons).sum()), "corners"
    )
    ours = median(partial(places.area_of, ground.lon, ground.lat, ground.polygons), setting.repeat)
    for name, peer in (
        ("geopandas.sjoin within", _geopandas),
        ("PostGIS ST_Contains, indexed", _postgis),
        ("DuckDB ST_Contains", _duckdb),
        ("SedonaDB ST_Contains", _sedonadb),
    ):
        with setting.peer(f"{name}: {NAME}"):
            yield row(NAME, ours, "s", name, peer(ground, setting.repeat))
    scrambled = shapely.Polygon(np.random.default_rng(1).uniform(0, 1, (SCRAMBLED, 2)))
    mended = median(partial(check_references.repair, np.array([scrambled], dtype=object)), setting.repeat)
    yield row(f"mending an area of {SCRAMBLED} scrambled corners", mended, "s")


def of(setting: Setting) -> Ground:
    """Return the finest areas and the stations of the mission of this size."""
    registry = inputs.snapshot(setting.stations, setting.state).registry
    polygons = registry.areas.polygon[registry.areas.level == registry.areas.level.max()]
    on_map = registry.stations.is_on_map
    lon, lat = registry.stations.lon[on_map], registry.stations.lat[on_map]
    return Ground(lon, lat, polygons, places.area_of(lon, lat, polygons))


def sums(ground: Ground) -> Sums:
    """Return area, number of stations and sum of their places in the list, without points on an edge.

    An edge is within nobody for the peers; for us it is the first area's.
    """
    held = np.flatnonzero(ground.area >= 0)
    held = held[shapely.contains_xy(ground.polygons[ground.area[held]], ground.lon[held], ground.lat[held])]
    area = ground.area[held]
    number = np.bincount(area)
    total = np.bincount(area, held.astype(np.float64))
    there = np.flatnonzero(number)
    return [(int(a), int(number[a]), int(total[a])) for a in there]


def _geopandas(ground: Ground, repeat: int) -> float:
    stations = gpd.GeoDataFrame(geometry=gpd.points_from_xy(ground.lon, ground.lat), crs="EPSG:4326")
    areas = gpd.GeoDataFrame(geometry=ground.polygons, crs="EPSG:4326")
    join = partial(gpd.sjoin, stations, areas, predicate="within")
    found = join().reset_index().groupby("index_right")["index"].agg(["size", "sum"])
    same("stations per area, GeoPandas", sums(ground), list(found.itertuples(name=None)))
    return median(join, repeat)


_ASKED = """SELECT a.id, count(*), sum(s.id)::bigint FROM stations s
            JOIN areas a ON ST_Contains(a.shape, s.shape) GROUP BY a.id ORDER BY a.id"""


def _postgis(ground: Ground, repeat: int) -> float:
    """Time the join and its sums on the server: handing a million rows over would come on top."""
    with postgis.database() as connection:
        points = pd.DataFrame({"id": range(len(ground.lon)), "lon": ground.lon, "lat": ground.lat})
        postgis.copy(connection, "raw", {"id": "int", "lon": "float8", "lat": "float8"}, points)
        connection.execute(
            "CREATE UNLOGGED TABLE stations AS"
            " SELECT id, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS shape FROM raw"
        )
        connection.execute("CREATE UNLOGGED TABLE areas (id int, shape geometry)")
        connection.cursor().executemany(
            "INSERT INTO areas VALUES (%s, ST_GeomFromWKB(%s, 4326))",
            list(enumerate(shapely.to_wkb(ground.polygons).tolist())),
        )
        for table in ("stations", "areas"):
            connection.execute(f"CREATE INDEX ON {table} USING gist (shape)")
            connection.execute(f"VACUUM ANALYZE {table}")
        ask = partial(_answer, connection)
        same("stations per area, PostGIS", sums(ground), ask())
        return median(ask, min(repeat, 3))


def _duckdb(ground: Ground, repeat: int) -> float:
    connection = duck.connection(spatial=True)
    points = pd.DataFrame({"id": range(len(ground.lon)), "lon": ground.lon, "lat": ground.lat})
    shapes = pd.DataFrame({"id": range(len(ground.polygons)), "wkb": shapely.to_wkb(ground.polygons)})
    connection.register("points", points)
    connection.register("shapes", shapes)
    connection.execute("CREATE TABLE stations AS SELECT id, ST_Point(lon, lat) AS shape FROM points")
    connection.execute("CREATE TABLE areas AS SELECT id, ST_GeomFromWKB(wkb) AS shape FROM shapes")
    ask = partial(_answer, connection)
    same("stations per area, DuckDB", sums(ground), ask())
    return median(ask, min(repeat, 3))


def _sedonadb(ground: Ground, repeat: int) -> float:
    engine = sedona.engine()
    points = gpd.GeoDataFrame(
        {"id": np.arange(len(ground.lon))}, geometry=gpd.points_from_xy(ground.lon, ground.lat)
    )
    shapes = gpd.GeoDataFrame({"id": np.arange(len(ground.polygons))}, geometry=ground.polygons)
    for name, frame in (("stations", points), ("areas", shapes)):
        made = engine.create_data_frame(frame.rename_geometry("shape"))
        made.to_memtable().to_view(name, overwrite=True)  # in its own memory before the clock starts

    def ask() -> Sums:
        answer = engine.sql(_ASKED).to_pandas()
        return [(int(a), int(n), int(total)) for a, n, total in answer.itertuples(index=False)]

    same("stations per area, SedonaDB", sums(ground), ask())
    return median(ask, min(repeat, 3))


def _answer(connection: Any) -> Sums:
    return [(int(a), int(n), int(total)) for a, n, total in connection.execute(_ASKED).fetchall()]
