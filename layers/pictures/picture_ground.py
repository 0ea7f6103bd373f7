"""What lies under every picture of a release: land, water, rivers, borders, outlines, in pixels.

Lambert's azimuthal equal-area projection around the mission: a filled area then weighs on the eye what it
weighs on the ground, wherever on Earth it lies, and north is not drawn larger than south. The page's map
keeps the web's Mercator, which its zoom needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo.model.columns import FloatArray
from geo.model.tables import LANGUAGES
from layers.map.ground_tables import AREAS, GroundTables
from layers.map.press_view import View
from layers.pictures.picture_svg import path

WIDTH: Final = 1200
MARGIN: Final = 32
FRAME_WIDTH: Final = WIDTH - 2 * MARGIN
FRAME_HEIGHTS: Final = (440, 760)  # least and most
INSET: Final = 26  # pixels between the frame and the mission
BEYOND_DEGREES: Final = 3.0  # of the surroundings drawn past the frame, so that clipping never shows
MOST_POINTS: Final = 20_000  # a picture is an illustration: more would be a grey area and a slow one
EARTH: Final = 6_370_997.0  # metres; a sphere is right to half a percent, less than a pixel's worth


@dataclass(frozen=True, slots=True)
class Place:
    """A town or country of the background: x, y, its rank (1 the largest), its name per language."""

    x: float
    y: float
    rank: int
    names: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class PictureGround:
    """Everything of a picture that no language, layer or choice changes; x, y in pixels of its frame.

    `land`, `water`, `rivers`, `borders`, `edge`: paths. `areas`: (A,) paths, "" without; `cells` likewise.
    `middles`: (P, 2) of the cells. `anchor`: (A, 2) the middle of the largest circle inside, NaN for none;
    `room`: (A,) its radius.
    `points`: (P, 2) stations that may be shown, one per pixel at most; `visited`: (P,) bool; `merged`: are
    some stations left out because another one's point stands for them.
    """

    height: float
    land: str
    water: str
    rivers: str
    borders: str
    edge: str
    areas: tuple[str, ...]
    cells: tuple[str, ...]
    middles: FloatArray
    anchor: FloatArray
    room: FloatArray
    points: FloatArray
    visited: npt.NDArray[np.bool_]
    merged: bool
    towns: tuple[Place, ...]
    countries: tuple[Place, ...]


@dataclass(frozen=True, eq=False)
class _Frame:
    """How lon, lat become pixels: the projection, its scale, and the pixel of its centre."""

    to_metres: pyproj.Transformer
    lon: float
    scale: float
    x: float
    y: float
    height: float

    def pixels(self, lonlat: FloatArray) -> FloatArray:
        """(n, 2) degrees to (n, 2) pixels."""
        x, y = self.to_metres.transform(lonlat[:, 0], lonlat[:, 1])
        return np.column_stack([self.x + self.scale * np.asarray(x), self.y - self.scale * np.asarray(y)])


def ground(
    view: View, outlines: Mapping[str, Any], base: Mapping[str, Any], tables: GroundTables
) -> PictureGround:
    """Return the ground of a release's pictures.

    `outlines`: as `area_outlines.outlines_of` returns them, for the anchors. `base`: GeoJSON by name: towns,
    countries; what is missing is not drawn. `tables`: land, water, rivers and borders of the world.
    """
    polygons = view.areas.polygon[view.area]
    frame = _frame([polygon for polygon in polygons if polygon is not None and not polygon.is_empty])
    flat = _flat(polygons, frame)
    is_drawn = np.array([polygon is not None for polygon in flat], dtype=bool)
    edge = shapely.union_all(flat[is_drawn]) if is_drawn.any() else None
    anchor, room = _anchors(outlines, frame)
    points, visited = _points(view, frame)
    cells = _flat(view.release.outline[view.release.patches], frame)
    return PictureGround(
        height=frame.height,
        land=_drawn(tables, ("land",), frame),
        water=_drawn(tables, ("water",), frame),
        rivers=_drawn(tables, ("rivers",), frame),
        borders=_drawn(tables, ("borders", "disputed"), frame),
        edge=_outline(edge),
        areas=tuple(_outline(polygon) for polygon in flat),
        cells=tuple(_outline(polygon) for polygon in cells),
        middles=_middles(cells),
        anchor=anchor,
        room=room,
        points=points,
        visited=visited,
        merged=view.registry is not None and len(points) < int(view.registry.stations.is_on_map.sum()),
        towns=_places(base, "towns", frame, None),
        countries=_places(base, "countries", frame, edge),
    )


def _frame(polygons: list[shapely.Geometry]) -> _Frame:
    """The frame that holds all polygons, centred on the mean direction of their corners."""
    corners = [shapely.get_coordinates(polygon) for polygon in polygons] or [np.array([[0.0, 0.0]])]
    lonlat = np.concatenate(corners)
    lon, lat = _centre(lonlat)
    to_metres = pyproj.Transformer.from_crs(
        f"+proj=longlat +R={EARTH} +no_defs",
        f"+proj=laea +lat_0={lat} +lon_0={lon} +R={EARTH} +no_defs",
        always_xy=True,
    )
    x, y = (np.asarray(axis) for axis in to_metres.transform(lonlat[:, 0], lonlat[:, 1]))
    wide, high = max(float(np.ptp(x)), 1.0), max(float(np.ptp(y)), 1.0)
    inner = FRAME_WIDTH - 2 * INSET
    least, most = FRAME_HEIGHTS
    height = float(np.clip(round(inner * high / wide + 2 * INSET), least, most))
    scale = min(inner / wide, (height - 2 * INSET) / high)
    middle_x, middle_y = (float(x.min() + x.max()) / 2, float(y.min() + y.max()) / 2)
    return _Frame(
        to_metres, lon, scale, FRAME_WIDTH / 2 - scale * middle_x, height / 2 + scale * middle_y, height
    )


def _centre(lonlat: FloatArray) -> tuple[float, float]:
    """The mean direction of points as lon, lat: the antimeridian and the poles are no special cases."""
    lon, lat = np.radians(lonlat).T
    x, y, z = (np.cos(lat) * np.cos(lon)).mean(), (np.cos(lat) * np.sin(lon)).mean(), np.sin(lat).mean()
    # a tenth of a degree: equal input rounds to an equal centre on every machine
    return (
        round(float(np.degrees(np.arctan2(y, x))), 1),
        round(float(np.degrees(np.arctan2(z, np.hypot(x, y)))), 1),
    )


def _flat(polygons: npt.NDArray[np.object_], frame: _Frame) -> npt.NDArray[np.object_]:
    """The areas in pixels, simplified together to half a pixel; None where there is no polygon."""
    is_drawn = np.array([polygon is not None and not polygon.is_empty for polygon in polygons], dtype=bool)
    shapes = np.full(len(polygons), None, dtype=object)
    if is_drawn.any():
        flat = shapely.transform(polygons[is_drawn], frame.pixels)
        shapes[is_drawn] = shapely.coverage_simplify(list(flat), 0.5)
    return shapes


def _middles(shapes: npt.NDArray[np.object_]) -> FloatArray:
    points = [shape.representative_point() if shape is not None else None for shape in shapes]
    return np.array(
        [[point.x, point.y] if point is not None else [np.nan, np.nan] for point in points], dtype=np.float64
    ).reshape(-1, 2)


def _outline(shape: Any) -> str:
    if shape is None or shape.is_empty:
        return ""
    rings = shapely.get_rings(shapely.get_parts(shape))
    return path([shapely.get_coordinates(ring) for ring in rings], is_closed=True)


def _drawn(tables: GroundTables, names: tuple[str, ...], frame: _Frame) -> str:
    """The path of what of these themes lies in the frame or a little past it."""
    west, south, east, north = _reach(frame)
    is_closed = names[0] in AREAS
    lines = []
    for shift in (-360.0, 0.0, 360.0):
        box = (west - shift, south, east - shift, north)
        for part in np.concatenate([tables.themes[name].within(box) for name in names]):
            rings = shapely.get_rings(part) if is_closed else [part]
            moved = [shapely.get_coordinates(ring) + np.array([shift, 0.0]) for ring in rings]
            lines += [frame.pixels(line) for line in moved if len(line) > (3 if is_closed else 1)]
    whole = shapely.Polygon if is_closed else shapely.LineString
    # every ring for itself, filled even-odd: a hole is one more ring
    return path([line for ring in lines for line in _seen(whole(ring), frame)], is_closed=is_closed)


def _seen(shape: shapely.Geometry, frame: _Frame) -> list[FloatArray]:
    """The lines of what of a shape lies in the frame, without the corners that no one would see."""
    simple = shapely.simplify(shape, 0.4, preserve_topology=False)
    cut = shapely.clip_by_rect(simple, 0, 0, FRAME_WIDTH, frame.height)
    parts = shapely.get_parts(cut)
    rings = shapely.get_rings(parts) if len(parts) and parts[0].geom_type == "Polygon" else parts
    return [shapely.get_coordinates(ring) for ring in rings]


def _reach(frame: _Frame) -> tuple[float, float, float, float]:
    """West, south, east, north around everything the frame shows, in degrees; lon past ±180 if need be."""
    steps = np.linspace(0.0, 1.0, 41)
    x, y = np.meshgrid(steps * FRAME_WIDTH, steps * frame.height)
    lon, lat = frame.to_metres.transform(
        (x.ravel() - frame.x) / frame.scale, (frame.y - y.ravel()) / frame.scale, direction="INVERSE"
    )
    lon, lat = np.asarray(lon), np.asarray(lat)
    seen = np.isfinite(lon) & np.isfinite(lat)
    if not seen.all():  # the frame shows more than a hemisphere's disc
        return -180.0, -90.0, 180.0, 90.0
    off = (lon - frame.lon + 180.0) % 360.0 - 180.0  # from the centre, so that 179 and -179 are neighbours
    return (
        max(frame.lon + float(off.min()) - BEYOND_DEGREES, frame.lon - 180.0),
        max(float(lat.min()) - BEYOND_DEGREES, -90.0),
        min(frame.lon + float(off.max()) + BEYOND_DEGREES, frame.lon + 180.0),
        min(float(lat.max()) + BEYOND_DEGREES, 90.0),
    )


def _anchors(outlines: Mapping[str, Any], frame: _Frame) -> tuple[FloatArray, FloatArray]:
    properties = [feature["properties"] for feature in outlines["features"]]
    lonlat = np.array([area["anchor"] or [np.nan, np.nan] for area in properties], dtype=np.float64).reshape(
        -1, 2
    )
    anchor = np.full_like(lonlat, np.nan)
    known = np.isfinite(lonlat).all(axis=1)
    if known.any():
        anchor[known] = frame.pixels(lonlat[known])
    degree = frame.scale * EARTH * np.pi / 180.0
    return anchor, np.array([float(area["room"]) for area in properties], dtype=np.float64) * degree


def _points(view: View, frame: _Frame) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Stations that may be shown, as many as can be told apart."""
    if view.registry is None or not view.has_points:
        return np.empty((0, 2)), np.empty(0, dtype=bool)
    stations = view.registry.stations
    seen = view.release.stations
    ids = seen.loc[seen["is_visited"].to_numpy(dtype=bool), "station_id"].to_numpy()
    visited = np.zeros(len(stations), dtype=bool)
    visited[stations.index.get_indexer(ids)] = True
    here = np.asarray(stations.is_on_map)
    pixels = frame.pixels(np.column_stack([stations.lon[here], stations.lat[here]]))
    chosen, step = _apart(pixels, visited[here], 1), 2
    while len(chosen) > MOST_POINTS:
        chosen, step = _apart(pixels, visited[here], step), step + 1
    return np.round(pixels[chosen]), visited[here][chosen]


def _apart(pixels: FloatArray, visited: npt.NDArray[np.bool_], step: int) -> npt.NDArray[np.int64]:
    """One point per square of `step` pixels, a visited one before one that is not."""
    columns = np.round(pixels / step).astype(np.int64)
    order = np.argsort(~visited, kind="stable")
    _, first = np.unique(columns[order, 1] * 100_000 + columns[order, 0], return_index=True)
    return np.asarray(order[np.sort(first)], dtype=np.int64)


def _places(base: Mapping[str, Any], name: str, frame: _Frame, but: Any) -> tuple[Place, ...]:
    """The places of the background inside the frame, the largest first; none inside `but`."""
    places = []
    for feature in base.get(name, {}).get("features", []):
        properties = feature["properties"]
        ((x, y),) = frame.pixels(np.array([feature["geometry"]["coordinates"]], dtype=np.float64)).tolist()
        inside = np.isfinite(x) and 0 <= x <= FRAME_WIDTH and 0 <= y <= frame.height
        if inside and (but is None or not but.contains(shapely.Point(x, y))):
            names = {
                code: properties.get(f"name_{code}") or properties.get("name_en") or "" for code in LANGUAGES
            }
            places.append(Place(x, y, int(properties.get("rank") or 3), names))
    return tuple(sorted(places, key=lambda place: (place.rank, place.x, place.y)))
