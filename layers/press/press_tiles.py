"""Stations as the press's tiles: what was found, never when, by whom or where a team was to go."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.model.columns import content_hash
from geo.model.registry import Registry
from geo.model.tables import SEVERITIES
from layers.map.press_view import View
from layers.press.press_payloads import PointCard
from layers.tiles.pyramid import StationIndex, pick
from layers.tiles.tile_state import NO_HOUR, StationValues, TileState, VisitValues, station_values
from layers.words.language import Language, mark
from layers.words.wording import SEVERITY

# A popup says what is under the pointer; the tables hold the rest.
MOST_SAID = 12


@dataclass(frozen=True, eq=False)
class PressTiles:
    """Geometry of a registry whose stations may be shown, and their state by the least severity that counts.

    A station the release says was visited is one visit here: how often, when and by whom is not told.
    """

    registry: Registry
    view: View
    _states: dict[int, TileState] = field(default_factory=dict)

    @cached_property
    def index(self) -> StationIndex:
        stations = self.registry.stations
        there = stations.is_on_map
        return StationIndex.build(
            np.where(there, stations.lon, np.nan), np.where(there, stations.lat, np.nan)
        )

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east and north of all points: no tile beyond them is worth asking for."""
        stations = self.registry.stations
        lon, lat = stations.lon[stations.is_on_map], stations.lat[stations.is_on_map]
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())

    @cached_property
    def version(self) -> str:
        """Return the hash of the points alone."""
        stations = self.registry.stations
        return content_hash({"lon": stations.lon, "lat": stations.lat, "there": stations.is_on_map})

    @cached_property
    def _position(self) -> npt.NDArray[np.int64]:
        """Where each station of the release stands in the registry, (R,)."""
        ids = pd.Index(self.view.release.stations["station_id"].to_numpy(), dtype="str")
        return np.asarray(self.registry.stations.index.get_indexer(ids), dtype=np.int64)

    @cached_property
    def _is_visited(self) -> npt.NDArray[np.bool_]:
        found = np.zeros(len(self.registry.stations), dtype=bool)
        seen = self.view.release.stations["is_visited"].to_numpy(dtype=bool)
        found[self._position[seen]] = True
        return found

    @cached_property
    def _asked(self) -> npt.NDArray[np.uint8]:
        """The highest severity every station's visits asked about, (S,), 0 for none.

        All severities in a release that was kept before it said so.
        """
        rows = self.view.release.stations
        known = rows["asked_to"].tolist() if "asked_to" in rows else [SEVERITIES[-1]] * len(rows)
        found = np.zeros(len(self.registry.stations), dtype=np.uint8)
        found[self._position] = [("", *SEVERITIES).index(one) for one in known]
        return found

    def state(self, least: int) -> TileState:
        """Return the state when only findings from a severity on count: 0 or 1 all, 4 critical only."""
        if least not in self._states:
            severity = self._severity(least)
            visits = self._visits(severity, self._asked >= max(least, 1))
            stations = self._stations(visits, severity)
            self._states[least] = TileState.build(self.index, stations, visits, hours=1)
        return self._states[least]

    def _severity(self, least: int) -> npt.NDArray[np.uint8]:
        """The worst finding of each station among those severe enough, (S,) uint8, 0 for none."""
        placed = self.view.placed
        placed = placed[placed["severity"] + 1 >= max(least, 1)]
        found = np.zeros(len(self.registry.stations), dtype=np.uint8)
        at = self._position[placed["station"].to_numpy()]
        np.maximum.at(found, at, (placed["severity"] + 1).to_numpy(dtype=np.uint8))
        return found

    def _visits(self, severity: npt.NDArray[np.uint8], asked: npt.NDArray[np.bool_]) -> VisitValues:
        station = np.flatnonzero(self._is_visited).astype(np.int32)
        return VisitValues(
            station=station,
            hour=np.full(len(station), NO_HOUR, dtype=np.uint8),
            outcome=np.zeros(len(station), dtype=np.int8),
            is_exposed=asked[station],
            severity=severity[station],
            has_finding=asked[station] & (severity[station] > 0),
        )

    def _stations(self, visits: VisitValues, severity: npt.NDArray[np.uint8]) -> StationValues:
        told = np.where(self._is_visited, 0, severity).astype(np.uint8)
        nothing_planned = np.zeros(len(severity), dtype=np.bool_)
        return station_values(
            len(severity), visits, is_planned=nothing_planned, is_told=told > 0, told_severity=told
        )

    def feature(self, z: int, x: int, y: int, ordinal: int, language: Language) -> PointCard:
        """Return what stands under the pointer: one station with its findings, or a bin's counts.

        Raises NotFound for a tile or a feature that does not exist.
        """
        chosen = pick(self.index, z, x, y, ordinal)
        rows = self.view.placed
        rows = rows[np.isin(self._position[rows["station"].to_numpy()], chosen)]
        seen = int(self._is_visited[chosen].sum())
        if len(chosen) > 1:
            return {
                "title": self._of_bin(len(chosen), seen, rows["station"].nunique(), language),
                "lines": [],
            }
        stations, station = self.registry.stations, int(chosen[0])
        title = language.say(
            mark("No. {number}, {area}"),
            number=stations.number[station].as_py(),
            area=self.registry.areas.name(int(stations.area[station]), language.code),
        )
        return {"title": title, "lines": self._lines(rows, seen, language)}

    def _of_bin(self, stations: int, seen: int, found: int, language: Language) -> str:
        if not self.view.visits_known:
            return language.count(
                "{n} polling station here, {found} with a reported finding",
                "{n} polling stations here, {found} with a reported finding",
                stations,
                found=language.number(found),
            )
        return language.count(
            "{n} polling station here, {seen} visited, {found} with a reported finding",
            "{n} polling stations here, {seen} visited, {found} with a reported finding",
            stations,
            seen=language.number(seen),
            found=language.number(found),
        )

    def _lines(self, rows: Any, seen: int, language: Language) -> list[str]:
        """A station's findings as far as they are open to all; else no more than is known of it."""
        categories = self.view.categories
        open_to_all = [row for row in rows.itertuples() if categories.public[row.category] == "yes"]
        found = [
            f"{categories.title(row.category, language.code)} "
            f"({language.say(SEVERITY[SEVERITIES[row.severity] if row.severity >= 0 else ''])})"
            for row in open_to_all
        ]
        if found:
            return list(dict.fromkeys(found))[:MOST_SAID]
        if len(rows):
            return [language.say(mark("a finding was reported"))]
        if seen:
            return [language.say(mark("visited; no finding is listed"))]
        is_known = self.view.visits_known
        return [language.say(mark("not visited") if is_known else mark("not known whether visited"))]
