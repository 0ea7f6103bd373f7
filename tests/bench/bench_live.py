"""How long does one report take, every counter and every tile around its station included?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np

from geo.analysis.live import LiveCounts, VisitReport
from geo.model.columns import NO_TIME
from geo.model.counts import tally
from geo.model.registry import raised
from geo.model.snapshot import Snapshot
from layers.desk import desk_tiles
from layers.desk.live_tiles import DESK, LiveTiles
from tests.bench import inputs
from tests.bench.measure import Disagreement, Row, Setting, row, same, timed

REPORTS = 2_000


def rows(setting: Setting) -> Iterator[Row]:
    """Yield the median of one visit counted, told to the tiles, and checked against counting all anew."""
    snapshot = inputs.snapshot(setting.stations, setting.state)
    live, seconds = timed(lambda: LiveCounts(snapshot, (DESK,)))
    yield row("begin to take live reports", seconds, "s")
    tiles = LiveTiles(snapshot, desk_tiles.made_state(snapshot, DESK), DESK)
    live.subscribe(tiles.told, DESK)
    times = [timed(partial(live.apply, report))[1] for report in reports(snapshot)]
    yield row("one live report, counters and tiles, p50", 1e6 * float(np.median(times)), "µs")
    yield row("one live report, counters and tiles, p99", 1e6 * float(np.percentile(times, 99)), "µs")
    _check(live, tiles, snapshot)


def reports(snapshot: Snapshot) -> list[VisitReport]:
    """Return new visits at stations drawn at random, at hours when others were made."""
    rng = np.random.default_rng(0)
    visits, teams = snapshot.visits, snapshot.teams.team_id
    arrived = np.sort(visits.arrived[visits.arrived != NO_TIME])
    arrived = arrived[len(arrived) // 5 : -len(arrived) // 5]  # far from the ends of the tiles' hours
    # Nobody comes to a station twice in these: the order of equal moments is not what is measured.
    stations = rng.permutation(len(snapshot.registry.stations))[:REPORTS]
    found = []
    for number, (station, at) in enumerate(
        zip(stations.tolist(), rng.choice(arrived, len(stations)), strict=True)
    ):
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(at))
        found.append(
            VisitReport(
                visit_id=f"BENCH-{number:06d}",
                station_id=snapshot.registry.stations.station_id[station].as_py(),
                team_id=teams[number % len(teams)],
                verification="verified",
                arrived=moment,
                received=moment,
                answered=("*",),
            )
        )
    return found


def _check(live: LiveCounts, tiles: LiveTiles, snapshot: Snapshot) -> None:
    """Raise Disagreement unless counters and tiles equal those of everything counted anew."""
    after = live.publish(snapshot.as_of + timedelta(hours=1))
    same("visits", len(after.visits), len(snapshot.visits) + len(reports(snapshot)))
    level = int(after.registry.areas.level.max())
    anew = tally(
        after.unit_of_station("area", level),
        raised(after.registry.areas, level),
        len(after.registry.areas),
        stations=after.registry.stations,
        visits=after.visits,
        incidents=after.incidents,
        categories=after.categories,
        choice=DESK,
    )
    counted = live.counts("area", level, DESK)
    for one in fields(anew):
        same(
            f"{one.name} after live reports",
            getattr(counted, one.name).tolist(),
            getattr(anew, one.name).tolist(),
        )
    if tiles.is_stale:
        raise Disagreement("a live report made the tiles stale")
    made = desk_tiles.made_state(after, DESK)
    # The number of updates is in a payload; all else must be equal.
    same(
        "the first tile after live reports",
        *(_without_sequence(state.payload(0, 0, 0)) for state in (tiles.state, made)),
    )


def _without_sequence(payload: bytes) -> bytes:
    return payload[:8] + payload[12:]
