"""What a release is made of, taken from a snapshot: the counted visits, the rule, where the stations lie."""

from __future__ import annotations

from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import shapely

from geo.model import counts as counting
from geo.model import grid
from geo.model.counts import Choice
from geo.model.form_masks import BITS, MaskArray, bits
from geo.model.registry import Registry
from geo.model.snapshot import Snapshot
from geo.model.tables import OUTCOMES, OVERALL, STAGES
from geo.publication import partition as cut
from geo.publication import patch_shapes
from geo.publication.partition import Leaves, Rule
from geo.publication.patch_shapes import PatchGround, Polygons
from geo.publication.publishable_reports import (
    COUNTED,
    SEVERITY_CHOICES,
    STAGE_CHOICES,
    Gate,
    choices,
    has_static,
)
from geo.publication.visit_facts import VisitFacts
from geo.publication.visit_numbers import numbers_of

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

# The ONS's 10–5 rule: figures of fewer than 10 are not shown, others are rounded to 5.
STRICT_LEAST: Final = 10
STATIC_TEAMS: Final = 3  # teams, at least, where observers stay at one station or the mission is strict
REGION_LEVEL, DISTRICT_LEVEL = 1, 2  # of areas
TOLERANCE: Final = 0.012  # degrees: a pixel at zoom 7; the same for areas and for what they are cut into


class RegistryPlaces(NamedTuple):
    """A registry's leaves and ground. `polygons`: (A,) simplified as one coverage per level, or None."""

    leaves: Leaves
    ground: PatchGround
    polygons: Polygons


_PLACES: WeakKeyDictionary[Registry, RegistryPlaces] = WeakKeyDictionary()


def places(registry: Registry) -> RegistryPlaces:
    """Return where a registry's stations lie; made once per registry."""
    known = _PLACES.get(registry)
    if known is None:
        known = _PLACES[registry] = _places(registry)
    return known


def _places(registry: Registry) -> RegistryPlaces:
    stations, areas = registry.stations, registry.areas
    on_map = stations.is_on_map
    cell = grid.cell_of(
        np.where(on_map, stations.lon, np.nan), np.where(on_map, stations.lat, np.nan), cut.CELL_RESOLUTION
    )
    leaves = cut.leaves(
        registry.area_at_level(REGION_LEVEL).astype(np.int64),
        registry.area_at_level(DISTRICT_LEVEL).astype(np.int64),
        cell,
    )
    polygons = areas.polygon.copy()
    for level in np.unique(areas.level).tolist():
        there = np.array([shape is not None and not shape.is_empty for shape in polygons], dtype=bool)
        rows = np.flatnonzero(there & (areas.level == level))
        if len(rows):
            polygons[rows] = shapely.coverage_simplify(list(polygons[rows]), TOLERANCE)
    return RegistryPlaces(leaves, patch_shapes.ground(leaves, polygons), polygons)


def rule_of(snapshot: Snapshot, allowed: Gate) -> Rule:
    """Return the numbers of `[disclosure]` as the rule a unit obeys (docs/disclosure.md)."""
    mission, visits = snapshot.mission, snapshot.visits
    asked, is_static = mission.disclosure, has_static(snapshot)
    is_named = bool((visits.team[visits.is_current] >= 0).any())
    stations = max(asked.minimum_stations, STRICT_LEAST if asked.strict else 1)
    teams = max(asked.minimum_teams, STATIC_TEAMS if is_static or asked.strict else 0)
    spare = stations if is_static else 1 if mission.frame == "complete" else 0
    return Rule(
        stations=stations,
        teams=teams if is_named else 0,
        spare=0 if mission.selection == "census" else spare,
        merges_areas=not allowed.may_show_stations,
    )


def counted_categories(snapshot: Snapshot) -> tuple[int, ...]:
    """Return the positions of the categories whose findings may enter a published count."""
    return tuple(index for index, public in enumerate(snapshot.categories.public) if public in COUNTED)


def facts_of(snapshot: Snapshot) -> VisitFacts:
    """Return every visit that counts: current, verified, at a known station, with its findings."""
    visits = snapshot.visits
    rows = np.flatnonzero(counting.counted_visits(visits, Choice()))
    seen = visits.outcome == OUTCOMES.index("observed")
    public = bits(counted_categories(snapshot), visits.answered.shape[1])
    per_severity = [_asked_and_found(snapshot, severity) for severity in SEVERITY_CHOICES]
    codes = np.zeros(len(STAGES) + 1, dtype=np.int64)
    for number, stage in enumerate(STAGE_CHOICES[1:], start=1):
        codes[STAGES.index(stage)] = number
    rated = seen & (visits.overall >= 0)
    registered, voted = _turnout(snapshot)
    return VisitFacts(
        station=visits.station[rows].astype(np.int64),
        team=visits.team[rows].astype(np.int64),
        stage=codes[visits.stage[rows]],
        seen=seen[rows],
        asked=np.column_stack([asked[rows] for asked, _ in per_severity]),
        found=np.column_stack([found[rows] for _, found in per_severity]),
        categories_asked=np.where(seen[rows, None], visits.answered[rows] & public, np.uint64(0)),
        categories_found=_categories_found(snapshot)[rows] & public,
        rated=rated[rows],
        negative=(rated & (visits.overall >= OVERALL.index("bad")))[rows],
        registered=np.where(seen, registered, -1)[rows],
        voted=np.where(seen, voted, -1)[rows],
        numbers=numbers_of(visits)[rows],
    )


AT_CLOSING: Final = ("closing", "counting")  # before, people are still voting


def _turnout(snapshot: Snapshot) -> tuple[IntArray, IntArray]:
    """Voters on the list and those who voted, by every visit at closing or counting; -1 where not known.

    A form without the list's length has the register's. More voters than are on the list are no turnout.
    """
    visits = snapshot.visits
    of_list = np.append(snapshot.registry.stations.voters, np.nan)[visits.station]
    registered = np.where(np.isfinite(visits.registered_voters), visits.registered_voters, of_list)
    late = np.isin(visits.stage, [STAGES.index(stage) for stage in AT_CLOSING])
    with np.errstate(invalid="ignore"):
        fits = late & (registered > 0) & (visits.voted >= 0) & (visits.voted <= registered)
    both = (np.where(fits, one, -1).astype(np.int64) for one in (registered, visits.voted))
    return next(both), next(both)


def _asked_and_found(snapshot: Snapshot, severity: str) -> tuple[BoolArray, BoolArray]:
    """Visits whose form asked, and those with a finding, (V,); a finding counts at its visit's stage."""
    choice = choices(snapshot)["", severity]
    asked = counting.exposed_visits(snapshot.visits, snapshot.categories, choice)
    found, _ = counting.visits_with_finding(
        snapshot.visits, snapshot.incidents, snapshot.categories, choice
    )  # fmt: skip
    return asked, found


def _categories_found(snapshot: Snapshot) -> MaskArray:
    """Which categories each visit reported, a bit each, (V, W): any severity, if its form asked about it."""
    lowest = choices(snapshot)["", SEVERITY_CHOICES[0]]
    _, counted = counting.visits_with_finding(
        snapshot.visits, snapshot.incidents, snapshot.categories, lowest
    )  # fmt: skip
    found = np.zeros_like(snapshot.visits.answered)
    rows = np.flatnonzero(counted)
    word, place = np.divmod(snapshot.incidents.category[rows].astype(np.uint64), np.uint64(BITS))
    at = snapshot.incidents.visit[rows], word.astype(np.int64)
    np.bitwise_or.at(found, at, np.uint64(1) << place)
    return found


def strata_of(snapshot: Snapshot) -> IntArray | None:
    """Return the stratum of every station of a random sample's frame, (S,); None where none was drawn.

    The strata that the register names, else the areas of level 1. Stations that were not drawn have a stratum
    as well: the estimate needs to know how many there are. Which were drawn, `sampled` says.
    """
    if snapshot.mission.selection != "probability" or snapshot.mission.frame != "complete":
        return None
    stations = snapshot.registry.stations
    own = np.array(stations.stratum.to_pylist(), dtype=object)
    if (own != "").any():
        return np.asarray(np.unique(own.astype(str), return_inverse=True)[1], dtype=np.int64)
    area = snapshot.registry.area_at_level(REGION_LEVEL)
    return np.asarray(np.unique(area, return_inverse=True)[1], dtype=np.int64)


def sampled(snapshot: Snapshot) -> BoolArray:
    """Return which stations' visits belong to the sample, (S,): all where the register does not say."""
    drawn = snapshot.registry.stations.is_sampled
    return np.asarray(drawn == 1) if (drawn == 1).any() else np.ones(len(drawn), dtype=bool)
