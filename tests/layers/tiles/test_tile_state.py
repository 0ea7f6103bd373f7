"""The live half of the tiles: one report at a time gives what counting everything again gives."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model.tables import OUTCOMES
from layers.tiles.pyramid import StationIndex, geometry_tile, packed, tile_of
from layers.tiles.tile_state import (
    NO_HOUR,
    StationChange,
    StationNow,
    StationStates,
    StationValues,
    TileState,
    VisitValues,
    by_hour,
    station_values,
)
from tests.layers.tiles.test_pyramid import clustered, decode, index_of, tiles_with_something

HOURS = 24
# station, hour, outcome, is exposed, severity of the finding (0: none)
VISIT = st.tuples(
    st.integers(0, 11),
    st.one_of(st.integers(0, HOURS - 1), st.just(NO_HOUR)),
    st.integers(0, 3),
    st.booleans(),
    st.integers(0, 4),
)


def visits_of(rows) -> VisitValues:
    station, hour, outcome, exposed, severity = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    is_exposed = (exposed > 0) & (outcome == 0)
    return VisitValues(
        station.astype(np.int32),
        hour.astype(np.uint8),
        outcome.astype(np.int8),
        is_exposed,
        severity.astype(np.uint8),
        is_exposed & (severity > 0),
    )


def places(seed=3):
    """Twelve stations: eight in one village, three apart, one without coordinates."""
    lon, lat = np.array([[76.9, 43.2]] * 8 + [[71.4, 51.1], [50.0, 47.1], [71.4, 51.2], [np.nan, np.nan]]).T
    return StationIndex.build(lon + np.arange(12) * 1e-5, lat, limit=3)


def read(payload: bytes) -> dict:
    """Decode BQS2 as its description says, without the code that wrote it."""
    magic, kind, hours, shift, width, sequence, core, edge, groups = struct.unpack_from("<4s4B4I", payload)
    assert magic == b"BQS2"
    stations = edge + (core if kind == 1 else 0)
    raw = np.frombuffer(payload, np.uint8, offset=24)
    count = raw[stations : 2 * stations]
    entries = int(count.sum())
    at = 24 + 2 * stations + 2 * entries
    at += -at % 4
    told = {"kind": kind, "core": core, "edge": edge, "sequence": sequence, "shift": shift, "groups": groups}
    told |= {
        "state": raw[:stations] & 7,
        "severity": raw[:stations] >> 3 & 7,
        "observed": raw[:stations] >> 6 & 1,
        "planned": raw[:stations] >> 7,
    }
    hour, word = raw[2 * stations :][:entries], raw[2 * stations + entries :][:entries]
    rows = list(zip(hour.tolist(), (word & 7).tolist(), (word >> 3).tolist(), strict=True))
    ends = np.cumsum(count).tolist()
    told["hours"] = [rows[end - n : end] for end, n in zip(ends, count.tolist(), strict=True)]
    if kind == 2:
        told["sums"] = np.frombuffer(payload, "<u4", 4 * core, at).reshape(4, core)
        hourly = np.frombuffer(payload, f"<u{width}", 2 * hours * groups, at + 16 * core)
        told["hourly"] = hourly.reshape(2, hours, groups)
        at += 16 * core + width * 2 * hours * groups
    assert at == len(payload)
    return told


def everything(state: TileState) -> list[bytes]:
    """Return all payloads of all zooms, the sequence cut out."""
    return [
        payload[:8] + payload[12:]
        for z in range(15)
        for x, y in tiles_with_something(state.index, z)
        for payload in [state.payload(z, x, y)]
    ]


def fresh(index, rows, is_planned) -> TileState:
    visits = visits_of(rows)
    return TileState.build(index, station_values(12, visits, is_planned=is_planned), visits, hours=HOURS)


def told_by(row) -> StationChange:
    visit = visits_of([row])
    return StationChange(row[1], 1, int(visit.is_exposed[0]), int(visit.has_finding[0]))


def apply(state: TileState, rows, station: int, is_planned, changes) -> None:
    here = visits_of(sorted((row for row in rows if row[0] == station), key=lambda row: row[1]))
    values = station_values(12, here, is_planned=is_planned)
    _, hour, word = by_hour(here.station.astype(np.int64), here)
    hours = zip(hour.tolist(), (word & 7).tolist(), (word >> 3).tolist(), strict=True)
    now = StationNow(
        int(values.state[station]),
        int(values.severity[station]),
        bool(values.is_observed[station]),
        bool(is_planned[station]),
        tuple(hours),
    )
    state.update(station, now, changes)


def test_visits_to_stations_off_the_map_alone_count_nowhere():
    rows = [(11, 255, 0, False, 0), (11, 255, 1, False, 3), (11, 255, 2, False, 1)]
    nobody = np.zeros(12, dtype=bool)
    assert everything(fresh(places(), rows, nobody)) == everything(fresh(places(), [], nobody))


@given(st.lists(st.tuples(VISIT, st.integers(0, 3)), max_size=25), st.integers(0, 4095))
def test_reports_and_withdrawals_one_by_one_equal_counting_what_is_left(steps, plan):
    index = places()
    is_planned = np.array([plan >> i & 1 for i in range(12)], dtype=bool)
    rows: list = []
    state = fresh(index, rows, is_planned)
    for row, choice in steps:
        if choice == 0 and rows:  # withdraw the oldest
            gone = rows.pop(0)
            change = StationChange(gone[1], *(-part for part in told_by(gone)[1:]))
            apply(state, rows, gone[0], is_planned, [change])
        else:
            rows.append(row)
            apply(state, rows, row[0], is_planned, [told_by(row)])
    assert everything(state) == everything(fresh(index, rows, is_planned))
    assert state.sequence == len(steps)


@given(st.lists(VISIT, max_size=40), st.integers(0, 14))
def test_the_bins_of_a_zoom_add_up_to_the_visits_of_its_binned_tiles(rows, z):
    index = places()
    state = fresh(index, rows, np.zeros(12, dtype=bool))
    for x, y in tiles_with_something(index, z):
        tile, told = tile_of(index, z, x, y), read(state.payload(z, x, y))
        if not tile.is_binned:
            continue
        inside = set(index.station[tile.core].tolist())
        visits = visits_of([row for row in rows if row[0] in inside])
        observed = len(set(visits.station[visits.outcome == 0].tolist()))
        expected = [observed, len(visits.station), visits.is_exposed.sum(), visits.has_finding.sum()]
        assert told["sums"].sum(axis=1).tolist() == expected
        timed = visits.hour != NO_HOUR
        assert told["hourly"].sum(axis=(1, 2)).tolist() == [
            (visits.is_exposed & timed).sum(),
            (visits.has_finding & timed).sum(),
        ]


@given(st.integers(0, 14))
def test_state_and_geometry_list_the_same_features(z):
    index = index_of(clustered(2000), limit=150)
    none = np.zeros(2000, dtype=np.uint8)
    state = TileState.build(index, StationValues(none, none, none > 0, none > 0), visits_of([]))
    for x, y in tiles_with_something(index, z)[:30]:
        drawn, told = decode(geometry_tile(index, z, x, y)), read(state.payload(z, x, y))
        assert told["core"] == len(drawn.get("stations", [])) + len(drawn.get("bins", []))
        assert told["edge"] == len(drawn.get("edge", []))


def test_a_station_is_shown_with_what_was_found_there():
    visits = visits_of([(2, 9, 0, 1, 3), (2, 7, 0, 1, 1)])
    index = StationIndex.build(np.array([1.0, 2.0, 3.0]), np.zeros(3))
    values = station_values(3, visits, is_planned=np.array([False, True, False]))
    told = read(TileState.build(index, values, visits).payload(0, 0, 0))
    order = index.station.tolist()
    names = ("state", "severity", "hours", "observed", "planned")
    core = [tuple(told[name][i] for name in names) for i in range(3)]
    assert core[order.index(0)] == (StationStates.NOT_PLANNED, 0, [], 0, 0)
    assert core[order.index(1)] == (StationStates.PLANNED, 0, [], 0, 1)
    both = [(7, StationStates.FINDING, 1), (9, StationStates.FINDING, 3)]
    assert core[order.index(2)] == (StationStates.FINDING, 3, both, 1, 0)


def test_hours_tell_the_strongest_visit_of_each_and_none_without_a_time():
    rows = [(0, 9, 1, 0, 0), (0, 9, 2, 0, 0), (0, 11, 0, 1, 0), (0, NO_HOUR, 0, 1, 4), (0, 12, -1, 0, 0)]
    visits = visits_of(rows)
    index = StationIndex.build(np.zeros(1), np.zeros(1))
    values = station_values(1, visits, is_planned=np.zeros(1, dtype=bool))
    told = read(TileState.build(index, values, visits).payload(0, 0, 0))
    assert told["hours"] == [[(9, StationStates.DENIED, 0), (11, StationStates.NOTHING_REPORTED, 0)]]
    assert (told["state"][0], told["severity"][0]) == (StationStates.FINDING, 4)


@pytest.mark.parametrize(
    ("rows", "told", "expected"),
    [
        ([], False, StationStates.NOT_PLANNED),
        ([], True, StationStates.FINDING_WITHOUT_VISIT),
        ([(0, 8, OUTCOMES.index("denied"), 0, 0)], False, StationStates.DENIED),
        ([(0, 8, OUTCOMES.index("closed"), 0, 0)], False, StationStates.CLOSED),
        ([(0, 8, OUTCOMES.index("unreachable"), 0, 0)], False, StationStates.UNREACHABLE),
        ([(0, 8, 3, 0, 0), (0, 9, 1, 0, 0), (0, 9, 2, 0, 0)], False, StationStates.DENIED),
        ([(0, 8, OUTCOMES.index("observed"), 1, 0), (0, 9, 1, 0, 0)], False, StationStates.NOTHING_REPORTED),
        ([(0, 8, 0, 1, 0)], True, StationStates.FINDING_WITHOUT_VISIT),
        ([(0, 8, 0, 1, 2)], True, StationStates.FINDING),
    ],
)
def test_the_strongest_word_about_a_station_wins(rows, told, expected):
    values = station_values(
        1,
        visits_of(rows),
        is_planned=np.zeros(1, dtype=bool),
        is_told=np.array([told]),
        told_severity=np.array([1]),
    )
    assert values.state.tolist() == [expected]


def test_a_finding_without_visit_does_not_make_a_station_observed():
    values = station_values(1, visits_of([]), is_planned=np.ones(1, dtype=bool), is_told=np.array([True]))
    assert values.is_observed.tolist() == [False]


def saturated(n=60_000):
    rng = np.random.default_rng(8)
    index = index_of(clustered(n))
    station, hour, severity = (rng.integers(low, high, 3 * n) for low, high in ((0, n), (6, 22), (0, 4)))
    rows = np.column_stack([station, hour, np.zeros(3 * n), np.ones(3 * n), severity])
    visits = visits_of(rows)
    values = station_values(n, visits, is_planned=np.zeros(n, dtype=bool))
    return TileState.build(index, values, visits)


def test_hours_of_a_crowded_tile_come_by_coarser_squares_and_stay_exact():
    state = saturated()
    shifts = set()
    for z in range(3, 9):
        for x, y in tiles_with_something(state.index, z):
            payload = state.payload(z, x, y)
            told = read(payload)
            if told["kind"] == 2:
                shifts.add(told["shift"])
                assert told["hourly"].sum(axis=(1, 2)).tolist() == told["sums"].sum(axis=1).tolist()[2:]
                keys = state.index.bin_key[tile_of(state.index, z, x, y).bins] >> np.uint64(2 * told["shift"])
                groups = np.unique(keys, return_inverse=True)[1]
                by_group = np.stack([np.bincount(groups, told["sums"][row]) for row in (2, 3)])
                assert np.array_equal(told["hourly"].sum(axis=1), by_group)
            assert len(packed(payload)) <= 40_000
    assert max(shifts) > 0


def test_counts_beyond_two_bytes_do_not_wrap_around():
    index = index_of(np.full((5, 2), [71.0, 51.0]), limit=1)
    none = np.zeros(5, dtype=np.uint8)
    state = TileState.build(index, StationValues(none, none, none > 0, none > 0), visits_of([]))
    for _ in range(3):
        state.update(0, StationNow(2, 0, True), [StationChange(9, 60_000, 60_000, 30_000)])
    told = read(state.payload(0, 0, 0))
    assert told["sums"][:, 0].tolist() == [1, 180_000, 180_000, 90_000]
    assert told["hourly"][:, 9, 0].tolist() == [180_000, 90_000]


@pytest.mark.parametrize(
    ("now", "changes", "words"),
    [
        (StationNow(8), [], "state must be"),
        (StationNow(2, 5), [], "severity"),
        (StationNow(2, hours=((24, 2, 0),)), [], "an hour must be"),
        (StationNow(2, hours=((9, 2, 0), (9, 2, 0))), [], "an hour must be"),
        (StationNow(2), [StationChange(30, 1, 1, 1)], "an hour must be"),
        (StationNow(2), [StationChange(9, -1, 0, 0)], "never counted"),
    ],
)
def test_a_refused_report_changes_nothing(now, changes, words):
    index = index_of(np.full((5, 2), [71.0, 51.0]), limit=1)
    none = np.zeros(5, dtype=np.uint8)
    state = TileState.build(index, StationValues(none, none, none > 0, none > 0), visits_of([]))
    before = state.payload(0, 0, 0)
    with pytest.raises(ValueError, match=words):
        state.update(0, now, changes)
    assert state.payload(0, 0, 0) == before


def test_a_visit_to_an_unknown_station_is_on_no_map():
    index = index_of(np.full((5, 2), [71.0, 51.0]), limit=1)
    visits = visits_of([(-1, 9, 0, 1, 4)])
    values = station_values(5, visits, is_planned=np.zeros(5, dtype=bool))
    assert values.state.tolist() == [0] * 5
    assert read(TileState.build(index, values, visits).payload(0, 0, 0))["sums"].sum() == 0
