"""Which rows a release may list one by one, by an allow-list: findings, stations, presence, notes, sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.model import counts as counting
from geo.model.columns import frozen, positions
from geo.model.contact_details import masked
from geo.model.registry import Areas
from geo.model.reports import Categories, Incidents
from geo.model.snapshot import Snapshot
from geo.model.tables import (
    COMPLETENESS,
    LANGUAGES,
    OUTCOMES,
    PRECISIONS,
    PUBLICATIONS,
    SEVERITIES,
    STAGES,
    VERIFICATIONS,
)
from geo.publication.publishable_reports import Gate, choices, is_static

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

# Every text of a row that leaves, with the table and column it comes from. All of them are public there.
MENTION_TEXTS: Final = ("number", "place_as_written", "ambiguity", "candidates", "locator")
STATION_TEXTS: Final = ("station_id", "number", "stream", "name", "address", "settlement")
PRESENCE_COLUMNS: Final = ("kind", "place_as_written", "ambiguity", "starts", "ends", "locator")
NOTE_COLUMNS: Final = (
    "kind",
    *(f"{part}_{language}" for part in ("title", "body") for language in LANGUAGES),
    "source",
    "locator",
)
# Of an area, a mission that is not already public tells only what its register says anyway; a figure
# such as "visited" would undo the suppression of the area's own.
REGISTER_MEASURES: Final = ("stations", "voters", "evoting_stations")
COUNTED_MEASURES: Final = ("visited", "visits", "stations_observed")
NOT_VISITED: Final = -2  # in place of the highest severity asked about


@dataclass(frozen=True, slots=True)
class Total:
    """A figure known as a sum: what it counts, where, the figure (None: not reported), hedge, source."""

    area_id: str
    measure: str
    value: int | None
    qualifier: str
    source: str
    locator: str


@dataclass(frozen=True, eq=False)
class Told:
    """The findings (`mentions`) and stations that may be listed, and the categories that may be named.

    `category`: (C + 1,) for every category of the snapshot, and "no category", its position in `categories`;
    -1 for one that is never named. The columns of the tables: see `Release`.
    """

    categories: Categories
    category: IntArray
    mentions: pd.DataFrame
    stations: pd.DataFrame


def told(snapshot: Snapshot, place: IntArray, allowed: Gate) -> Told:
    """Return the findings and stations that may be listed one by one.

    `place`: (A + 1,) position among the areas drawn, -1 for none.
    """
    categories, category = _categories(snapshot.categories)
    row, at_station = _listed(snapshot, category, allowed)
    named = np.where(at_station, snapshot.incidents.station[row], -1)
    asked = np.full(len(snapshot.registry.stations), NOT_VISITED, dtype=np.int64)
    if allowed.may_show_stations:
        asked = _asked(snapshot)
    kept = np.union1d(named[named >= 0], np.flatnonzero(asked > NOT_VISITED)).astype(np.int64)
    return Told(
        categories=categories,
        category=category,
        mentions=_mentions(snapshot, row, at_station, place, category, kept),
        stations=_stations(snapshot, kept, asked, place),
    )


def _categories(known: Categories) -> tuple[Categories, IntArray]:
    """Return the categories without those that may never be told, and where each went (see `Told`)."""
    kept = [index for index, public in enumerate(known.public) if public != "no"]
    place = np.full(len(known) + 1, -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    shown = Categories(
        category=tuple(known.category[i] for i in kept),
        titles=MappingProxyType(
            {language: tuple(texts[i] for i in kept) for language, texts in known.titles.items()}
        ),
        phase=tuple(known.phase[i] for i in kept),
        theme=tuple(known.theme[i] for i in kept),
        severity=frozen(known.severity[kept]),
        public=tuple(known.public[i] for i in kept),
    )
    return shown, place


def _listed(snapshot: Snapshot, category: IntArray, allowed: Gate) -> tuple[IntArray, BoolArray]:
    """Return the positions of findings that may be listed, and whether each may name its station.

    A public source's findings are listed if it has published or cleared them; those of a simulated mission
    that names stations, if they are verified and their category may name one. Of a live mission none is,
    ever.
    """
    incidents, nature = snapshot.incidents, snapshot.mission.nature
    public = np.array([*snapshot.categories.public, "no"], dtype=object)[incidents.category]
    kept = incidents.is_current & (category[incidents.category] >= 0)
    is_out = incidents.publication == PUBLICATIONS.index("public")
    at_station = (public == "yes") & ~_by_static(snapshot, incidents)
    if nature == "public_source":
        kept &= is_out | (incidents.publication == PUBLICATIONS.index("cleared"))
        at_station |= is_out & ~_by_static(snapshot, incidents)
    elif nature == "simulated" and allowed.may_show_stations:
        kept &= (incidents.verification == VERIFICATIONS.index("verified")) & at_station
    else:
        kept = np.zeros(len(incidents), dtype=bool)
    row = np.flatnonzero(kept).astype(np.int64)
    return row, np.asarray(at_station[row])


def _by_static(snapshot: Snapshot, incidents: Incidents) -> BoolArray:
    static = is_static(snapshot)
    of_visit = np.append(snapshot.visits.team, np.int32(-1))[incidents.visit]
    return np.asarray(static[incidents.team] | static[of_visit])


def _asked(snapshot: Snapshot) -> IntArray:
    """Return the highest severity that a station's forms asked about, (S,) positions in SEVERITIES.

    Counted are verified visits that observed, by teams that move on: -1 where none of a station's asked about
    anything, NOT_VISITED where it has none.
    """
    visits = snapshot.visits
    seen = visits.is_current & (visits.station >= 0) & ~is_static(snapshot)[visits.team]
    seen = seen & (visits.outcome == OUTCOMES.index("observed"))
    seen = seen & (visits.verification == VERIFICATIONS.index("verified"))
    seen = seen & (visits.stage != STAGES.index("tabulation"))
    asked = np.full(len(snapshot.registry.stations), NOT_VISITED, dtype=np.int64)
    asked[visits.station[seen]] = -1
    lowest = choices(snapshot)["", SEVERITIES[0]]
    for rank, severity in enumerate(SEVERITIES):
        chosen = replace(lowest, severity=severity)
        asks = seen & counting.exposed_visits(visits, snapshot.categories, chosen)
        asked[visits.station[asks]] = rank
    return asked


def _mentions(
    snapshot: Snapshot,
    row: IntArray,
    at_station: BoolArray,
    place: IntArray,
    category: IntArray,
    stations: IntArray,
) -> pd.DataFrame:
    incidents = snapshot.incidents
    of_station = np.append(snapshot.registry.area_at_level(1), np.int32(-1))[incidents.station]
    own = np.where(incidents.station >= 0, of_station, incidents.area)[row]
    station = incidents.station[row]
    is_placed = at_station & (station >= 0)
    texts = {name: getattr(incidents, name).take(row).to_pylist() for name in MENTION_TEXTS}
    numbers = snapshot.registry.stations.number.to_pylist()
    texts["number"] = [  # a finding told of its visit writes no number; its station has one
        written or (numbers[where] if where >= 0 else "")
        for written, where in zip(texts["number"], np.where(at_station, station, -1).tolist(), strict=True)
    ]
    frame = pd.DataFrame(
        {
            "station": np.where(is_placed, np.searchsorted(stations, station), -1).astype(np.int64),
            "area": place[own],
            "category": category[incidents.category[row]],
            "severity": incidents.severity[row].astype(np.int64),
            "stage": np.array([*STAGES, ""], dtype=object)[incidents.stage[row]],
            "completeness": np.array([*COMPLETENESS, ""], dtype=object)[incidents.completeness[row]],
            "repeats": incidents.is_repeat[row],
            "is_unresolved": incidents.is_unresolved[row] & at_station,
            # every one of these texts can name a station
            **{name: np.where(at_station, _without_contacts(t), "") for name, t in texts.items()},
        }
    )
    return frame.sort_values(list(frame.columns), kind="stable", ignore_index=True)


def _stations(snapshot: Snapshot, kept: IntArray, asked: IntArray, place: IntArray) -> pd.DataFrame:
    stations = snapshot.registry.stations
    texts = {name: getattr(stations, name).take(kept).to_pylist() for name in STATION_TEXTS}
    return pd.DataFrame(
        {
            **{name: _without_contacts(values) for name, values in texts.items()},
            "area": place[snapshot.registry.area_at_level(1)[kept]],
            "lon": stations.lon[kept],
            "lat": stations.lat[kept],
            "precision": np.array([*PRECISIONS, ""], dtype=object)[stations.precision[kept]],
            "voters": stations.voters[kept],
            "is_visited": asked[kept] > NOT_VISITED,
            "asked_to": np.array([*SEVERITIES, ""], dtype=object)[np.maximum(asked[kept], -1)],
        }
    )


def presence(snapshot: Snapshot, place: IntArray) -> pd.DataFrame:
    """Return where observers were, as far as the source says: area and the columns that may be told."""
    frame = snapshot.presence
    area = place[positions(frame["area_id"], snapshot.registry.areas.index)]
    kept = pd.DataFrame({"area": area, **{name: _told_of(frame, name) for name in PRESENCE_COLUMNS}})
    return kept.sort_values(list(kept.columns), kind="stable", ignore_index=True)


def notes(snapshot: Snapshot) -> pd.DataFrame:
    """Return the notes, in their mission's order of slugs, without the slugs."""
    ordered = snapshot.notes.sort_values("note_id", kind="stable", ignore_index=True)
    return pd.DataFrame({name: _told_of(ordered, name) for name in NOTE_COLUMNS})


def areas_told(areas: Areas) -> Areas:
    """Return areas as the press may see them: no contact in a name. The same object where there is none."""
    names = {code: tuple(_without_contacts(list(texts)).tolist()) for code, texts in areas.names.items()}
    kind, locator = (tuple(_without_contacts(list(texts)).tolist()) for texts in (areas.kind, areas.locator))
    if (names, kind, locator) == (dict(areas.names), areas.kind, areas.locator):
        return areas
    return replace(areas, names=MappingProxyType(names), kind=kind, locator=locator)


def _told_of(frame: pd.DataFrame, name: str) -> npt.NDArray[Any]:
    is_text = pd.api.types.is_string_dtype(frame[name].dtype)
    return _without_contacts(frame[name].tolist()) if is_text else frame[name].to_numpy()


def _without_contacts(texts: list[str]) -> npt.NDArray[np.object_]:
    """Return texts with phone numbers and e-mail addresses masked: whoever wrote them asked nobody."""
    shown = np.empty(len(texts), dtype=object)
    shown[:] = [masked(text) for text in texts]
    return shown


def totals(snapshot: Snapshot) -> tuple[Total, ...]:
    """Return the sums that may be told, by area and measure.

    A mission that is counted visit by visit tells its own count of visited stations elsewhere, where
    suppression has seen it; a stated one beside it would undo that.
    """
    is_public = snapshot.mission.nature == "public_source"
    found = []
    for row in snapshot.totals.to_dict("records"):
        measure, area_id = str(row["measure"]), str(row["area_id"])
        if not is_public and measure in COUNTED_MEASURES:
            continue
        if not is_public and area_id and measure not in REGISTER_MEASURES:
            continue
        found.append(_total(row))
    return tuple(sorted(found, key=lambda t: (t.area_id, t.measure, t.source, t.locator, str(t.value))))


def _total(row: Mapping[Any, Any]) -> Total:
    is_known = row["status"] == "reported" and not pd.isna(row["value"])
    texts = {name: str(row[name]) for name in ("area_id", "measure", "qualifier", "source", "locator")}
    return Total(value=int(row["value"]) if is_known else None, **texts)
