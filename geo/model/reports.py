"""What teams sent: visits, incidents, assignments, as columns that point into the registry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from scipy.sparse import coo_matrix

from geo.model.columns import (
    BoolArray,
    CodeArray,
    IndexArray,
    TimeArray,
    codes,
    frozen,
    numbers,
    positions,
    sorted_by,
    texts,
    times,
)
from geo.model.form_masks import MaskArray, masks, word_count
from geo.model.registry import Registry
from geo.model.tables import (
    COMPLETENESS,
    LANGUAGES,
    OUTCOMES,
    OVERALL,
    PUBLICATIONS,
    PURPOSES,
    SEVERITIES,
    STAGES,
    VERIFICATIONS,
)

Texts: TypeAlias = "pd.Series[str] | pa.Array"


@dataclass(frozen=True, eq=False)
class Categories:
    """Kinds of finding, sorted by slug; `severity` -1 where the category is context without one."""

    category: tuple[str, ...]
    titles: Mapping[str, tuple[str, ...]]
    phase: tuple[str, ...]
    theme: tuple[str, ...]
    severity: CodeArray
    public: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.category)

    def title(self, index: int, language: str) -> str:
        """Return the title in a language, in English where it has none there."""
        return self.titles[language][index] or self.titles["en"][index]

    @cached_property
    def index(self) -> pd.Index:
        return pd.Index(list(self.category), dtype="str")


@dataclass(frozen=True, eq=False)
class Visits:
    """Columns over visits, sorted by `visit_id`. `station` -1: the form names no known station.

    `answered`: (V, W), bit c of its words is set if the form asked about category c; none means not
    known, which is no exposure (`form_masks`). `is_current`: the version of its form that holds, and not
    withdrawn; only these are counted. Forms linked by `supersedes` are versions of one; the last received
    of those nobody corrected holds. `registered_voters`, `voted`: as the form gives them, NaN for none.
    """

    visit_id: pa.Array
    station: IndexArray
    area: IndexArray
    team: IndexArray
    stage: CodeArray
    outcome: CodeArray
    verification: CodeArray
    overall: CodeArray
    arrived: TimeArray
    left: TimeArray
    received: TimeArray
    answered: MaskArray
    registered_voters: npt.NDArray[np.float64]
    voted: npt.NDArray[np.float64]
    is_current: BoolArray
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    station_as_written: pa.Array
    answers: pa.Array
    supersedes: pa.Array

    def __len__(self) -> int:
        return len(self.station)


@dataclass(frozen=True, eq=False)
class Incidents:
    """Columns over reported findings, sorted by `incident_id`.

    `station` -1 and `area` ≥ 0: known to the area only. `is_unresolved`: a station is named that
    cannot be told; such a mention is listed, never placed. `is_repeat`: the same mention under a
    second category. `visit` follows corrections to the form that holds now, and so does the station of
    a finding told of the station its form named. A finding of a withdrawn visit is not current.
    `own_area`, `own_stage`: what the row says itself (or its category does), -1 where its visit decides.
    `station_as_written`, `visit_as_told`, `supersedes`: as texts, "" for none, so that a later report can
    be linked.
    """

    incident_id: pa.Array
    station: IndexArray
    area: IndexArray
    visit: IndexArray
    team: IndexArray
    category: IndexArray
    severity: CodeArray
    stage: CodeArray
    occurred: TimeArray
    received: TimeArray
    verification: CodeArray
    publication: CodeArray
    completeness: CodeArray
    is_current: BoolArray
    is_mention: BoolArray
    is_repeat: BoolArray
    is_unresolved: BoolArray
    number: pa.Array
    place_as_written: pa.Array
    ambiguity: pa.Array
    candidates: pa.Array
    text: pa.Array
    locator: pa.Array
    own_area: IndexArray
    own_stage: CodeArray
    station_as_written: pa.Array
    visit_as_told: pa.Array
    supersedes: pa.Array

    def __len__(self) -> int:
        return len(self.station)


@dataclass(frozen=True, eq=False)
class Assignments:
    """Columns over what was planned, sorted by team, station, stage.

    `team`, `station`: positions, -1 for one that is not known; `due` NO_TIME where no time was given.
    """

    team: IndexArray
    station: IndexArray
    stage: CodeArray
    due: TimeArray

    def __len__(self) -> int:
        return len(self.team)


@dataclass(frozen=True, eq=False)
class Teams:
    """Columns over teams, sorted by `team_id`; coordinators only.

    `observers`, `base_lon`, `base_lat` (degrees EPSG:4326): NaN for missing; times NO_TIME. `area_ids`: the
    area of responsibility, ";" between, "" for the whole mission.
    """

    team_id: tuple[str, ...]
    kind: tuple[str, ...]
    observers: npt.NDArray[np.float64]
    base_lon: npt.NDArray[np.float64]
    base_lat: npt.NDArray[np.float64]
    shift_starts: TimeArray
    shift_ends: TimeArray
    last_contact: TimeArray
    area_ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.team_id)

    @cached_property
    def index(self) -> pd.Index:
        return pd.Index(list(self.team_id), dtype="str")


def categories(frame: pd.DataFrame) -> Categories:
    """Return the categories of a conformed frame."""
    ordered = frame.sort_values("category", kind="stable", ignore_index=True)
    return Categories(
        category=tuple(ordered["category"]),
        titles=MappingProxyType({code: tuple(ordered[f"title_{code}"].fillna("")) for code in LANGUAGES}),
        phase=tuple(ordered["phase"].fillna("")),
        theme=tuple(ordered["theme"].fillna("")),
        severity=codes(ordered["severity"], SEVERITIES),
        public=tuple(ordered["public"].fillna("")),
    )


def teams(frame: pd.DataFrame, seen: Collection[str]) -> Teams:
    """Return the teams of a conformed frame, and those only `seen` in reports, as short-term ones."""
    ordered = frame.sort_values("team_id", kind="stable", ignore_index=True)
    extra = sorted(set(seen) - set(ordered["team_id"].tolist()) - {""})
    ordered = ordered.reindex(range(len(ordered) + len(extra)))
    ordered.loc[len(ordered) - len(extra) :, "team_id"] = extra
    ordered = ordered.sort_values("team_id", kind="stable", ignore_index=True)
    return Teams(
        team_id=tuple(ordered["team_id"].tolist()),
        kind=tuple(ordered["kind"].fillna("short_term").tolist()),
        observers=numbers(ordered["observers"]),
        base_lon=numbers(ordered["base_lon"]),
        base_lat=numbers(ordered["base_lat"]),
        shift_starts=times(ordered["shift_starts"]),
        shift_ends=times(ordered["shift_ends"]),
        last_contact=times(ordered["last_contact"]),
        area_ids=tuple(ordered["area_ids"].fillna("").tolist()),
    )


def visits(frame: pd.DataFrame, registry: Registry, known: Categories, teams: Teams) -> Visits:
    """Return visits that point into a registry, from a conformed frame in any row order.

    A follow-up visit asked nothing and judged nothing as far as rates go: it went where something had
    been reported, and a rate that held it would find what it was sent to find.
    """
    ordered = sorted_by(_visits_in_numbers(frame, registry, known, teams), "visit_id")
    station, verification, received = (
        _column(ordered, name) for name in ("station", "verification", "received")
    )
    is_follow_up = _column(ordered, "purpose") == PURPOSES.index("follow_up")
    asked = np.column_stack([_column(ordered, _word(place)) for place in range(word_count(len(known)))])
    holds = _holding(ordered["visit_id"], ordered["supersedes"], received) == np.arange(len(ordered))
    return Visits(
        visit_id=texts(ordered["visit_id"]),
        station=station,
        area=_column(ordered, "area"),
        team=_column(ordered, "team"),
        stage=_column(ordered, "stage"),
        outcome=_column(ordered, "outcome"),
        verification=verification,
        overall=frozen(np.where(is_follow_up, np.int8(-1), _column(ordered, "overall"))),
        arrived=_column(ordered, "arrived"),
        left=_column(ordered, "left"),
        received=received,
        answered=frozen(np.where(is_follow_up[:, None], np.uint64(0), asked)),
        registered_voters=numbers(ordered["registered_voters"]),
        voted=numbers(ordered["voted"]),
        is_current=frozen(holds & (verification != VERIFICATIONS.index("withdrawn"))),
        lon=numbers(ordered["lon"]),
        lat=numbers(ordered["lat"]),
        station_as_written=texts(ordered["station_id"]),
        answers=texts(ordered["answers"]),
        supersedes=texts(ordered["supersedes"]),
    )


def _visits_in_numbers(
    frame: pd.DataFrame, registry: Registry, known: Categories, teams: Teams
) -> pd.DataFrame:
    """Return visits with numbers for whatever is kept as one, in the file's order.

    Putting millions of rows in order costs by the texts they carry: what a form asked about is long.
    """
    station = registry.positions(frame["station_id"])
    asked = masks(frame["answered"], known.category)
    return pd.DataFrame(
        {
            "station": station,
            "area": _areas(frame, station, registry),
            "team": positions(frame["team_id"], teams.index),
            "stage": codes(frame["stage"], STAGES),
            "outcome": codes(frame["outcome"], OUTCOMES),
            "verification": codes(frame["verification"], VERIFICATIONS),
            "purpose": codes(frame["purpose"], PURPOSES),
            "overall": codes(frame["overall"], OVERALL),
            "arrived": times(frame["arrived"]),
            "left": times(frame["left"]),
            "received": times(frame["received"]),
            **{_word(place): asked[:, place] for place in range(asked.shape[1])},
            **{
                name: frame[name]
                for name in (
                    "visit_id",
                    "station_id",
                    "registered_voters",
                    "voted",
                    "lon",
                    "lat",
                    "answers",
                    "supersedes",
                )
            },
        }
    )


def _word(place: int) -> str:
    return f"answered/{place}"


def _column(frame: pd.DataFrame, name: str) -> npt.NDArray[Any]:
    """Return a column of numbers that shares nothing with the frame, read-only."""
    return frozen(frame[name].to_numpy())


def incidents(
    frame: pd.DataFrame, registry: Registry, known: Categories, teams: Teams, visits: Visits
) -> Incidents:
    """Return reported findings that point into a registry and its visits.

    An incident of a visit but without a station of its own gets the visit's station.
    """
    ordered = sorted_by(frame, "incident_id")
    visit_told = positions(ordered["visit_id"], pd.Index(visits.visit_id.to_pandas()))
    visit = np.append(
        _holding(visits.visit_id.to_pandas(), visits.supersedes.to_pandas(), visits.received), -1
    )[visit_told]
    station = registry.positions(ordered["station_id"])
    names_station = (ordered["number"].fillna("") != "").to_numpy(dtype=bool) | (
        ordered["station_id"].fillna("") != ""
    ).to_numpy(dtype=bool)
    moved = (visit != visit_told) & _is_where_told(ordered["station_id"], visit_told, visits)
    inherits = ((station < 0) & ~names_station & (visit >= 0)) | moved
    station = np.where(inherits, np.append(visits.station, np.int32(-1))[visit], station).astype(np.int32)
    category = positions(ordered["category"], known.index)
    own_stage = _stages(ordered["stage"], category, known)
    severity = codes(ordered["severity"], SEVERITIES)
    verification = codes(ordered["verification"], VERIFICATIONS)
    received = times(ordered["received"])
    holds = _holding(ordered["incident_id"], ordered["supersedes"], received) == np.arange(len(ordered))
    holds &= np.append(visits.is_current, True)[visit]
    repeats = ordered["same_mention_as"].fillna("")
    is_repeat = ((repeats != "") & (repeats != ordered["incident_id"])).to_numpy(dtype=bool)
    return Incidents(
        incident_id=texts(ordered["incident_id"]),
        station=frozen(station),
        area=_areas(
            ordered, station, registry, np.where(names_station, -1, np.append(visits.area, -1)[visit])
        ),
        visit=frozen(visit.astype(np.int32)),
        team=positions(ordered["team_id"], teams.index),
        category=category,
        severity=frozen(np.where(severity >= 0, severity, np.append(known.severity, np.int8(-1))[category])),
        stage=frozen(np.where(own_stage >= 0, own_stage, np.append(visits.stage, np.int8(-1))[visit])),
        occurred=times(ordered["occurred"]),
        received=received,
        verification=verification,
        publication=codes(ordered["publication"], PUBLICATIONS),
        completeness=codes(ordered["completeness"], COMPLETENESS),
        is_current=frozen(holds & (verification != VERIFICATIONS.index("withdrawn"))),
        is_mention=frozen(names_station & ~is_repeat),
        is_repeat=frozen(is_repeat),
        is_unresolved=frozen(names_station & (station < 0)),
        number=texts(ordered["number"]),
        place_as_written=texts(ordered["place_as_written"]),
        ambiguity=texts(ordered["ambiguity"]),
        candidates=texts(ordered["candidates"]),
        text=texts(ordered["text"]),
        locator=texts(ordered["locator"]),
        own_area=positions(ordered["area_id"], registry.areas.index),
        own_stage=own_stage,
        station_as_written=texts(ordered["station_id"]),
        visit_as_told=texts(ordered["visit_id"]),
        supersedes=texts(ordered["supersedes"]),
    )


def assignments(frame: pd.DataFrame, registry: Registry, teams: Teams) -> Assignments:
    """Return the plan as columns, sorted by team, station and stage."""
    ordered = frame.sort_values(["team_id", "station_id", "stage"], kind="stable", ignore_index=True)
    return Assignments(
        team=positions(ordered["team_id"], teams.index),
        station=registry.positions(ordered["station_id"]),
        stage=codes(ordered["stage"], STAGES),
        due=times(ordered["due"]),
    )


def _areas(
    frame: pd.DataFrame, station: IndexArray, registry: Registry, otherwise: IndexArray | int = -1
) -> IndexArray:
    """Return the station's declared area, the row's own where no known station is named, or `otherwise`."""
    own = positions(frame["area_id"], registry.areas.index)
    own = np.where(own >= 0, own, otherwise)
    of_station = np.append(registry.stations.area, np.int32(-1))[station]
    return frozen(np.where(station >= 0, of_station, own).astype(np.int32))


def _stages(values: pd.Series, category: IndexArray, known: Categories) -> CodeArray:
    """Return the declared stage, or the category's phase if that is a stage; -1 where the visit's holds."""
    phases = [STAGES.index(phase) if phase in STAGES else -1 for phase in known.phase]
    implied = np.array([*phases, -1], dtype=np.int8)[category]
    declared = codes(values, STAGES)
    return frozen(np.where(declared >= 0, declared, implied).astype(np.int8))


def _is_where_told(station_id: pd.Series, visit_told: IndexArray, visits: Visits) -> BoolArray:
    """Return which findings name the very station that the form they came with named, (I,) bool."""
    rows = np.flatnonzero((visit_told >= 0) & (station_id.fillna("") != "").to_numpy(dtype=bool))
    same = np.zeros(len(visit_told), dtype=bool)
    same[rows] = station_id.iloc[rows].to_numpy(dtype=object) == visits.station_as_written.take(
        pa.array(visit_told[rows])
    ).to_numpy(zero_copy_only=False)
    return same


def _holding(identity: Texts, supersedes: Texts, received: TimeArray) -> IndexArray:
    """Return for every report the position of the version that holds, (N,) int32; mostly its own.

    Whatever corrects whatever, in chains, twice over or in a circle, is one report, of which exactly one
    version holds: none vanishes and none counts twice. O(N log N), however long the chains.
    """
    count = len(identity)
    holding = np.arange(count, dtype=np.int32)
    newer, older = linked(identity, supersedes)
    if len(newer) == 0:
        return holding
    links = coo_matrix((np.ones(len(newer), dtype=np.int8), (newer, older)), shape=(count, count))
    from scipy.sparse.csgraph import connected_components  # a tenth of a second of imports, needed only here

    report = connected_components(links, directed=False)[1]
    is_corrected = np.zeros(count, dtype=bool)
    is_corrected[older] = True
    order = np.lexsort((holding, received, ~is_corrected)).astype(np.int32)
    last = np.zeros(count, dtype=np.int32)
    last[report[order]] = order  # in ascending order: the best version writes last
    return np.asarray(last[report])


def linked(identity: Texts, supersedes: Texts) -> tuple[IndexArray, IndexArray]:
    """Return which row corrects which, (L,) and (L,); one that names itself or nobody is left out."""
    corrected = pd.Series(supersedes if isinstance(supersedes, pd.Series) else supersedes.to_pandas()).fillna(
        ""
    )
    newer = np.flatnonzero((corrected != "").to_numpy(dtype=bool))
    if len(newer) == 0:
        return newer.astype(np.int32), newer.astype(np.int32)
    names = identity if isinstance(identity, pd.Series) else identity.to_pandas()
    older = positions(corrected.iloc[newer], pd.Index(names))
    is_link = (older >= 0) & (older != newer)
    return newer[is_link].astype(np.int32), older[is_link]
