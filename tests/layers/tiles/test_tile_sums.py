"""Over any zoom, tiles without their edge and the stations off the map are the table, live or not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.analysis import operations
from geo.analysis.live import LiveCounts
from geo.model.counts import Choice
from layers.desk import desk_tiles, stations_in_window, unit_columns, visit_times
from layers.desk.live_tiles import DESK, LiveTiles
from layers.tiles.pyramid import MAX_ZOOM, geometry_tile, tile_of
from layers.tiles.tile_state import TileState
from layers.words.language import language
from tests.examples import examples
from tests.layers.desk.test_live_tiles import NOON, base, crowded, reports, taken
from tests.layers.tiles.test_pyramid import decode, tiles_with_something
from tests.layers.tiles.test_tile_state import read

__all__ = ["crowded"]  # a fixture: more than three stations in a tile are binned

EN = language("en")
CHOICES = st.builds(
    Choice,
    stage=st.sampled_from(["", "voting"]),
    severity=st.sampled_from(["low", "medium", "critical"]),
    categories=st.sampled_from([(), ("sealed",)]),
    verified_only=st.booleans(),
)
OBSERVED = [operations.STATES.index(name) for name in ("visited", "finding")]


def of_tiles(state: TileState, z: int, visits) -> dict[str, int]:
    """What a zoom's tiles say together. A single station's tile tells its states alone: `visits` the rest."""
    found = dict.fromkeys(("stations", "observed", "visits", "exposed", "with finding"), 0)
    for x, y in tiles_with_something(state.index, z):
        drawn, told = decode(geometry_tile(state.index, z, x, y)), read(state.payload(z, x, y))
        found["stations"] += sum(n for name in ("stations", "bins") for _, _, n in drawn.get(name, []))
        if told["kind"] == 2:
            sums = told["sums"].sum(axis=1).tolist()
        else:
            here = np.isin(visits.station, state.index.station[tile_of(state.index, z, x, y).core])
            sums = [int(told["observed"][: told["core"]].sum()), *counted(visits, here)]
        for name, n in zip(("observed", "visits", "exposed", "with finding"), sums, strict=True):
            found[name] += n
    return found


def counted(visits, kept) -> list[int]:
    return [int(part[kept].sum()) for part in (visits.station >= 0, visits.is_exposed, visits.has_finding)]


def of_table(now, choice: Choice, visits) -> dict[str, int]:
    """The table's totals less what the list of stations off the map holds."""
    table = unit_columns.figures(now, "area", choice)["columns"]
    off = stations_in_window.off_map(now, choice, None, EN)
    all_of, exposed, found = counted(visits, ~now.registry.stations.is_on_map[visits.station])
    return {
        "stations": sum(table["stations"]) - off["total"],
        "observed": sum(table["stations_observed"]) - sum(off["states"][state] for state in OBSERVED),
        "visits": len(visits.station) - all_of,
        "exposed": sum(table["visits_exposed"]) - exposed,
        "with finding": sum(table["visits_with_finding"]) - found,
    }


@examples(12)
@given(reports, CHOICES)
@pytest.mark.capability("Tiles add up to the table", page="desk")
def test_tiles_of_every_zoom_and_what_is_off_the_map_add_up_to_the_table_of_any_filter(sequence, choice):
    live = LiveCounts(base(), [DESK])
    taken(live, sequence)
    now = live.publish(NOON)
    state, visits = desk_tiles.made_state(now, choice), visit_times.chosen(now, choice).visits
    expected = of_table(now, choice, visits)
    for z in range(MAX_ZOOM + 1):
        assert of_tiles(state, z, visits) == expected


@examples(12)
@given(reports)
def test_tiles_that_followed_reports_add_up_to_the_table_those_reports_made(sequence):
    before = base()
    live = LiveCounts(before, [DESK])
    followed = LiveTiles(before, desk_tiles.made_state(before, DESK), DESK)
    live.subscribe(followed.told, DESK)
    taken(live, sequence)
    now = live.publish(NOON)
    assert followed.fits(now)
    visits = visit_times.chosen(now, DESK).visits
    expected = of_table(now, DESK, visits)
    for z in range(MAX_ZOOM + 1):
        assert of_tiles(followed.state, z, visits) == expected
