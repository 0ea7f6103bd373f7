"""The units of a mission known by sums only: its country and areas, with stated figures and no shares."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from geo.model.columns import frozen, positions
from geo.model.snapshot import Snapshot
from geo.publication.listed_rows import Told
from geo.publication.publishable_reports import choice_name, choices
from geo.publication.unit_figures import HIDDEN, Coverage, Units, no_shares, words_where

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
LEVEL = 1


def stated(snapshot: Snapshot, rows: Told, place: IntArray) -> Units:
    """Return the country and its areas with stated sums. `place`: (A + 1,) among the drawn, -1 for none.

    What no public source has told yet obeys the rule: no sum of visits of an area, nor a small one.
    """
    areas = snapshot.registry.areas
    drawn = np.flatnonzero(place[:-1] >= 0)
    ids = ("", *(areas.area_id[one] for one in drawn.tolist()))
    observed = stated_sums(snapshot, "visited", ids)
    is_country = np.arange(len(ids)) == 0
    is_public = snapshot.mission.nature == "public_source"
    if not is_public:
        observed = np.where(is_country, observed, HIDDEN)
    silent = np.append(False, silent_areas(snapshot, rows, place, len(drawn)))
    least = snapshot.mission.disclosure.minimum_stations
    status = words_where(
        "not_observed",
        (observed >= least, "published"),
        (observed > 0, "insufficient"),
        (silent, "not_reported"),
        (is_country | (observed < 0) & (not says_where(snapshot)), "not_known"),
    )
    if not is_public:
        observed = np.where((observed > 0) & (observed < least), HIDDEN, observed)
    told = np.array(status, dtype=object)
    unknown = words_where(
        "not_reported", (told == "not_observed", "not_observed"), (told == "not_known", "not_known")
    )
    shares = no_shares(len(ids), unknown)
    no = frozen(np.zeros(len(ids), dtype=bool))
    return Units(
        unit_id=ids,
        parent=frozen(np.where(is_country, -1, 0)),
        level=frozen(np.where(is_country, 0, LEVEL)),
        members=(tuple[int, ...](), *((one,) for one in drawn.tolist())),
        is_part=no,
        town=("",) * len(ids),
        status=status,
        stations=frozen(_register(snapshot, place, ids)),
        few_teams=no,
        nearly_all=no,
        as_of=frozen(np.zeros(len(ids), dtype=np.int64)),
        coverage=MappingProxyType({"all": Coverage(status, frozen(observed))}),
        findings=MappingProxyType({choice_name(*chosen): shares for chosen in choices(snapshot)}),
        assessments=MappingProxyType({}),
        categories=MappingProxyType({}),
    )


def _register(snapshot: Snapshot, place: IntArray, ids: tuple[str, ...]) -> IntArray:
    """N of the country and of each area: stated, else counted where the list is complete."""
    sums = stated_sums(snapshot, "stations", ids)
    if snapshot.mission.frame != "complete":
        return sums
    own = place[snapshot.unit_of_station("area", LEVEL)]
    counted = np.bincount(own[own >= 0], minlength=len(ids) - 1).astype(np.int64)
    return np.where(sums >= 0, sums, np.append(len(own), counted))


def stated_sums(snapshot: Snapshot, measure: str, ids: tuple[str, ...]) -> IntArray:
    """Return a measure's stated sum for every area id, "" for the country; HIDDEN where none is stated."""
    sums = [snapshot.total(measure, unit) for unit in ids]
    return np.array([HIDDEN if value is None else value for value in sums], dtype=np.int64)


def says_where(snapshot: Snapshot) -> bool:
    """Return whether the source says where observers were at all: by public sums of areas, or by presence."""
    totals = snapshot.totals
    by_area = (totals["measure"] == "visited") & (totals["area_id"] != "")
    by_area &= snapshot.mission.nature == "public_source"
    return bool(by_area.any() or (snapshot.presence["kind"] == "election_day").any())


def silent_areas(snapshot: Snapshot, rows: Told, place: IntArray, size: int) -> BoolArray:
    """Return the areas whose visits happened though their number is not known, (A',) bool.

    The source says so, or that observers were there, or it names a polling station in a finding. A finding
    known by its area alone says nothing of who was there.
    """
    ids = np.array([*snapshot.registry.areas.area_id], dtype=object)[np.flatnonzero(place[:-1] >= 0)]
    said = np.array([snapshot.is_not_reported("visited", unit) for unit in ids.tolist()], dtype=bool)
    named = rows.mentions.loc[rows.mentions["station"] >= 0, "area"].to_numpy(dtype=np.int64)
    if not snapshot.visits.is_current.any():  # else presence without a visit is no observation yet
        on_day = snapshot.presence["kind"] == "election_day"
        known = positions(snapshot.presence.loc[on_day, "area_id"], snapshot.registry.areas.index)
        named = np.concatenate([named, place[known]])
    return np.asarray(said.reshape(size) | np.isin(np.arange(size), named))
