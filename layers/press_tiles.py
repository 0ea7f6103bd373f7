"""Stations as the press's tiles: what was found, never when, by whom or where a team was to go."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from geo.snapshot import Snapshot
from geo.tables import OUTCOMES, SEVERITIES, VERIFICATIONS
from layers.language import Language, mark
from layers.pyramid import StationIndex, pick
from layers.tile_state import NO_HOUR, StationValues, TileState, VisitValues, station_values
from layers.view import View
from layers.wording import SEVERITY

# A popup says what is under the pointer; the tables hold the rest.
MOST_SAID = 12


@dataclass(frozen=True, eq=False)
class PressTiles:
    """Geometry of one registry's stations, and their state by the least severity that counts."""

    snapshot: Snapshot
    view: View
    _states: dict[int, TileState] = field(default_factory=dict)

    @cached_property
    def index(self) -> StationIndex:
        stations = self.snapshot.registry.stations
        there = stations.is_on_map
        return StationIndex.build(
            np.where(there, stations.lon, np.nan), np.where(there, stations.lat, np.nan)
        )

    def state(self, least: int) -> TileState:
        """Return the state when only findings from a severity on count: 0 or 1 all, 4 critical only."""
        if least not in self._states:
            visits = self._visits(least)
            self._states[least] = TileState.build(self.index, self._stations(visits, least), visits, hours=1)
        return self._states[least]

    def _counted(self, least: int) -> Any:
        """Placed mentions severe enough, as rows of the view."""
        placed = self.view.placed
        return placed[placed["severity"] + 1 >= max(least, 1)]

    def _visits(self, least: int) -> VisitValues:
        visits = self.snapshot.visits
        counts = visits.is_current & (visits.verification == VERIFICATIONS.index("verified"))
        severity = np.zeros(len(visits), dtype=np.uint8)
        found = self._counted(least)
        found = found[found["visit"] >= 0]
        np.maximum.at(severity, found["visit"].to_numpy(), (found["severity"] + 1).to_numpy(dtype=np.uint8))
        return VisitValues(
            station=np.where(counts, visits.station, np.int32(-1)).astype(np.int32),
            hour=np.full(len(visits), NO_HOUR, dtype=np.uint8),
            outcome=visits.outcome,
            is_exposed=visits.answered != 0,
            severity=severity,
            has_finding=severity > 0,
        )

    def _stations(self, visits: VisitValues, least: int) -> StationValues:
        n = len(self.snapshot.registry.stations)
        apart = self._counted(least)
        apart = apart[apart["visit"] < 0]
        told = np.zeros(n, dtype=np.uint8)
        np.maximum.at(told, apart["station"].to_numpy(), (apart["severity"] + 1).to_numpy(dtype=np.uint8))
        nothing_planned = np.zeros(n, dtype=np.bool_)
        return station_values(n, visits, is_planned=nothing_planned, told=told > 0, told_severity=told)

    def feature(self, z: int, x: int, y: int, ordinal: int, language: Language) -> dict[str, Any]:
        """Return what stands under the pointer: one station with its findings, or a bin's counts.

        Raises NotFound for a tile or a feature that does not exist.
        """
        chosen = pick(self.index, z, x, y, ordinal)
        rows = self.view.placed
        rows = rows[rows["station"].isin(chosen)]
        seen = self._seen(chosen)
        if len(chosen) > 1:
            words = language.say(
                mark("{n} polling stations here, {seen} visited, {found} with a reported finding"),
                n=language.number(len(chosen)),
                seen=language.number(seen),
                found=language.number(int(rows["station"].nunique())),
            )
            return {"title": words, "lines": []}
        stations, station = self.snapshot.registry.stations, int(chosen[0])
        title = language.say(
            mark("No. {number}, {area}"),
            number=stations.number[station].as_py(),
            area=self.snapshot.registry.areas.name(int(stations.area[station]), language.code),
        )
        return {"title": title, "lines": self._lines(rows, seen, language)}

    def _seen(self, chosen: Any) -> int:
        visits = self.snapshot.visits
        counts = visits.is_current & (visits.outcome == OUTCOMES.index("observed"))
        return len(np.intersect1d(visits.station[counts], chosen))

    def _lines(self, rows: Any, seen: int, language: Language) -> list[str]:
        categories = self.view.categories
        open_to_all = [row for row in rows.itertuples() if categories.public[row.category] == "yes"]
        found = [
            f"{categories.title(row.category, language.code)} "
            f"({language.say(SEVERITY[SEVERITIES[row.severity] if row.severity >= 0 else ''])})"
            for row in open_to_all
        ]
        if found:
            return list(dict.fromkeys(found))[:MOST_SAID]
        return [language.say(mark("visited, nothing reported") if seen else mark("not visited"))]
