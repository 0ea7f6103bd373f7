"""Tiles that follow live reports: the bytes of a state made anew, after any sequence of reports."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.analysis.live import IncidentReport, LiveCounts, ReportError, VisitReport
from layers.desk import desk_tiles, live_tiles
from layers.desk.live_tiles import DESK, LiveTiles
from layers.desk.visit_times import day_of, index_of
from layers.tiles.pyramid import StationIndex
from tests import factory
from tests.examples import examples

NOON = datetime(2005, 12, 4, 6, tzinfo=UTC)
# Twelve stations, most in one town, so that bins of three exist; two off the map.
STATIONS = [
    {"area_id": "A", "number": str(n), "lon": 70.2 + (n % 6) / 1000, "lat": 50.5, "is_sampled": n % 3 == 0}
    for n in range(10)
] + [{"area_id": "B", "number": "1", "lon": 71.5, "lat": 50.5}, {"area_id": "B", "number": "2"}]
IDS = [f"{one['area_id']}/{one['number']}" for one in STATIONS]
# The earliest and the latest hour stay, so that the axis does.
VISITS = [
    {"visit_id": "FIRST", "station_id": "B/1", "arrived": "2005-12-04T01:10Z", "answered": "*"},
    {"visit_id": "LAST", "station_id": "B/1", "arrived": "2005-12-04T15:10Z", "outcome": "denied"},
    {"visit_id": "V1", "station_id": "A/1", "arrived": "2005-12-04T06:00Z", "answered": "*"},
]


@pytest.fixture(autouse=True, scope="module")
def crowded():
    """More than three stations in a tile are binned, so that both kinds of tile are there."""
    plain, patch = StationIndex.build, pytest.MonkeyPatch()
    patch.setattr(StationIndex, "build", staticmethod(lambda lon, lat: plain(lon, lat, limit=3)))
    yield
    patch.undo()


def base(*visits):
    return factory.snapshot(
        areas=factory.squares("A", "B"), stations=STATIONS, visits=[*VISITS, *visits],
        categories=factory.categories(sealed="high", poster="low"), teams=[{"team_id": "T1"}],
    )  # fmt: skip


def tiles(state):
    """Every tile's payload without its sequence number."""
    index = state.index
    codes = {(0, 0, 0)}
    for z in (3, 8, 14):
        shift = 26 - z
        codes |= {(z, int(x) >> shift, int(y) >> shift) for x, y in zip(index.x, index.y, strict=True)}
    return {tile: (body := state.payload(*tile))[:8] + body[12:] for tile in sorted(codes)}


reports = st.lists(
    st.one_of(
        st.builds(
            VisitReport,
            visit_id=st.sampled_from([f"N{n}" for n in range(12)]),
            station_id=st.sampled_from(IDS),
            outcome=st.sampled_from(["observed", "observed", "denied", "closed", "unreachable"]),
            verification=st.sampled_from(["unverified", "verified", "withdrawn"]),
            arrived=st.sampled_from([None, NOON, NOON + timedelta(minutes=20), NOON + timedelta(hours=3)]),
            received=st.sampled_from([NOON, NOON + timedelta(hours=1)]),
            answered=st.sampled_from([(), ("*",), ("poster",)]),
            supersedes=st.sampled_from(["", "", "V1", "N0", "N1", "N2"]),
        ),
        st.builds(
            IncidentReport,
            incident_id=st.sampled_from([f"I{n}" for n in range(9)]),
            category=st.sampled_from(["sealed", "sealed", "poster"]),
            visit_id=st.sampled_from(["", "V1", "N0", "N1", "FIRST"]),
            station_id=st.sampled_from(["", *IDS]),
            severity=st.sampled_from(["", "critical", "low"]),
            verification=st.sampled_from(["verified", "withdrawn"]),
            supersedes=st.sampled_from(["", "", "I0", "I1"]),
        ),
    ),
    max_size=16,
)


def taken(live, sequence):
    for report in sequence:
        try:
            live.apply(report)
        except ReportError:
            continue


@examples(120)
@given(reports)
def test_after_any_sequence_every_tile_is_that_of_a_state_made_anew(sequence):
    snapshot = base()
    live = LiveCounts(snapshot, [DESK])
    made = LiveTiles(snapshot, desk_tiles.made_state(snapshot, DESK), DESK)
    live.subscribe(made.told, DESK)
    taken(live, sequence)
    now = live.publish(NOON)
    assert made.fits(now)
    assert tiles(made.state) == tiles(desk_tiles.made_state(now, DESK))


def test_the_tiles_tried_hold_bins_and_single_stations():
    index = index_of(base().registry)
    kinds = {body[4] for body in tiles(desk_tiles.made_state(base(), DESK)).values() if body}
    assert len(index.bin_key) and kinds == {1, 2}


@pytest.mark.parametrize("arrived", [NOON + timedelta(days=9), NOON - timedelta(hours=30)])
def test_an_hour_the_tiles_do_not_show_makes_them_stale(arrived):
    snapshot = base()
    live = LiveCounts(snapshot, [DESK])
    made = LiveTiles(snapshot, desk_tiles.made_state(snapshot, DESK), DESK)
    live.subscribe(made.told, DESK)
    live.apply(VisitReport("N1", "A/1", arrived=arrived))
    assert made.is_stale
    assert not made.fits(live.publish(NOON))


def test_tiles_no_longer_fit_when_the_first_hour_is_withdrawn():
    snapshot = base()
    live = LiveCounts(snapshot, [DESK])
    made = LiveTiles(snapshot, desk_tiles.made_state(snapshot, DESK), DESK)
    live.subscribe(made.told, DESK)
    live.apply(VisitReport("N1", supersedes="FIRST", verification="withdrawn"))
    now = live.publish(NOON)
    assert day_of(now).first != day_of(snapshot).first
    assert not made.fits(now)


def test_tiles_that_could_not_take_a_report_are_stale(monkeypatch, caplog):
    snapshot = base()
    live = LiveCounts(snapshot, [DESK])
    made = LiveTiles(snapshot, desk_tiles.made_state(snapshot, DESK), DESK)
    live.subscribe(made.told, DESK)
    monkeypatch.setattr(type(made.state), "update", lambda *given: 1 / 0)
    live.apply(VisitReport("N1", "A/1", arrived=NOON))
    assert "told no more" in caplog.text
    assert not made.fits(live.publish(NOON))


def test_a_report_of_a_counted_result_may_change_the_hours_of_tiles_that_do_not_show_it():
    snapshot = base()
    live = LiveCounts(snapshot, [DESK])
    made = LiveTiles(snapshot, desk_tiles.made_state(snapshot, DESK), DESK)
    live.subscribe(made.told, DESK)
    live.apply(VisitReport("N1", "A/1", stage="tabulation", arrived=NOON + timedelta(hours=20)))
    now = live.publish(NOON)
    assert not made.is_stale
    assert day_of(now).hours != day_of(snapshot).hours
    assert not made.fits(now)


def follows(monkeypatch, is_looked_at=True):
    monkeypatch.setattr(desk_tiles, "MOST_SENT", 1)
    snapshot = base()
    live = LiveCounts(snapshot, [DESK])
    if is_looked_at:
        desk_tiles.state_of(snapshot, DESK)
    published = [snapshot]
    for n in range(4):
        live.apply(VisitReport(f"N{n}", f"A/{n}", arrived=NOON, answered=("*",)))
        published.append(live.publish(NOON + timedelta(seconds=n)))
        live_tiles.follow(live, *published[-2:])
    return published[1:]


def test_tiles_somebody_looks_at_are_made_once_and_follow(monkeypatch):
    made = []
    real = desk_tiles.made_state
    monkeypatch.setattr(desk_tiles, "made_state", lambda *given: made.append(1) or real(*given))
    published = follows(monkeypatch)
    assert len(made) == 2  # what was looked at, and what follows from then on
    state = desk_tiles.state_of(published[-1], DESK)
    assert len(made) == 2
    assert tiles(state) == tiles(real(published[-1], DESK))


def test_tiles_are_made_ready_before_the_first_report(monkeypatch):
    monkeypatch.setattr(desk_tiles, "MOST_SENT", 1)
    snapshot = base()
    live = LiveCounts(snapshot, [DESK])
    desk_tiles.state_of(snapshot, DESK)
    live_tiles.follow(live, snapshot, snapshot)
    monkeypatch.setattr(desk_tiles, "made_state", lambda *given: pytest.fail("made when it came"))
    live.apply(VisitReport("N1", "A/1", arrived=NOON, answered=("*",)))
    now = live.publish(NOON)
    live_tiles.follow(live, snapshot, now)
    monkeypatch.undo()
    assert tiles(desk_tiles.state_of(now, DESK)) == tiles(desk_tiles.made_state(now, DESK))


def test_tiles_nobody_looks_at_are_not_made(monkeypatch):
    monkeypatch.setattr(desk_tiles, "_STATES", type(desk_tiles._STATES)(8))
    published = follows(monkeypatch, is_looked_at=False)
    assert not any(desk_tiles.is_kept(one, DESK) for one in published)


def test_tiles_that_are_stale_are_made_anew_at_the_next_publication(monkeypatch):
    monkeypatch.setattr(desk_tiles, "MOST_SENT", 1)
    snapshot = base()
    live, published = LiveCounts(snapshot, [DESK]), [snapshot]
    desk_tiles.state_of(snapshot, DESK)
    for n, hours in enumerate((0, 12, 0, 0)):
        live.apply(VisitReport(f"N{n}", f"A/{n}", arrived=NOON + timedelta(hours=hours), answered=("*",)))
        published.append(live.publish(NOON + timedelta(seconds=n)))
        live_tiles.follow(live, *published[-2:])
        desk_tiles.state_of(published[-1], DESK)
    state = desk_tiles.state_of(published[-1], DESK)
    assert tiles(state) == tiles(desk_tiles.made_state(published[-1], DESK))
    assert np.unique(day_of(published[-1]).bucket).max() > 10
