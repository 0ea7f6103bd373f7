"""The desk's own tiles and hours: they add up to its table, whatever was reported and whatever is chosen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.analysis import operations
from geo.model.counts import Choice
from geo.model.errors import NotFound
from layers.desk import (
    choice_visits,
    desk_tiles,
    hourly_counts,
    stations_in_window,
    unit_columns,
    visit_times,
)
from layers.tiles.pyramid import geometry_tile, tile_of
from layers.tiles.tile_state import TileState, station_values
from layers.words.language import language
from tests import factory
from tests.examples import examples
from tests.layers.tiles.test_pyramid import decode, tiles_with_something
from tests.layers.tiles.test_tile_state import read

EN = language("en")
OUTCOMES = ("observed", "denied", "closed", "unreachable")
STATIONS = [
    {"area_id": area, "number": str(i), "lon": lon + i / 50, "lat": 50.5, "voters": 100}
    for area, lon in (("N", 70.1), ("S", 71.1))
    for i in range(6)
] + [{"area_id": "S", "number": "off", "voters": 50}, {"area_id": "N", "number": "off", "voters": 50}]
# station, hour (None: no time), outcome, team, severity of a finding or ""
VISIT = st.tuples(
    st.integers(0, len(STATIONS) - 1),
    st.one_of(st.integers(1, 9), st.none()),
    st.sampled_from(OUTCOMES),
    st.sampled_from("AB"),
    st.sampled_from(["", "", "poster", "sealed"]),
    st.sampled_from(["verified", "unverified"]),
)


def made(rows):
    visits, incidents = [], []
    for i, (station, hour, outcome, team, found, checked) in enumerate(rows):
        of = {name: STATIONS[station][name] for name in ("area_id", "number")}
        seen = outcome == "observed"
        visits.append(
            {
                "visit_id": f"v{i:03}", **of, "team_id": team, "stage": "voting", "outcome": outcome,
                "arrived": "" if hour is None else f"2005-12-04T{hour:02}:10Z", "verification": checked,
                "answered": "*" if seen else "",
            }
        )  # fmt: skip
        if seen and found:
            incidents.append(
                {
                    "incident_id": f"i{i:03}",
                    "visit_id": f"v{i:03}",
                    "category": found,
                    "verification": checked,
                }
            )
    return factory.snapshot(
        areas=factory.squares("N", "S"),
        stations=STATIONS,
        categories=factory.categories(sealed="high", poster="low"),
        visits=visits,
        incidents=incidents,
        assignments=[{"team_id": "A", "area_id": "N", "number": str(i), "stage": "voting"} for i in range(4)],
    )


MISSIONS = st.lists(VISIT, max_size=25).map(made)
CHOICES = st.builds(
    Choice,
    severity=st.sampled_from(["low", "medium", "critical"]),
    categories=st.sampled_from([(), ("sealed",)]),
    verified_only=st.booleans(),
)
ANY = Choice(verified_only=False)


@examples(25)
@given(MISSIONS, CHOICES, st.integers(0, 14))
def test_tiles_of_a_zoom_and_the_stations_off_the_map_add_up_to_the_table(day, choice, z):
    state = desk_tiles.state_of(day, choice)
    index = state.index
    stations, observed, by_state = 0, 0, np.zeros(8, dtype=int)
    for x, y in tiles_with_something(index, z):
        drawn, told = decode(geometry_tile(index, z, x, y)), read(state.payload(z, x, y))
        stations += sum(n for name in ("stations", "bins") for _, _, n in drawn.get(name, []))
        core = told["core"]
        assert not tile_of(index, z, x, y).is_binned
        observed += int(told["observed"][:core].sum())
        by_state += np.bincount(told["state"][:core], minlength=8)
    off = stations_in_window.off_map(day, choice, None, EN)
    table = unit_columns.figures(day, "area", choice)["columns"]
    assert stations + off["total"] == sum(table["stations"])
    off_observed = sum(off["states"][operations.STATES.index(name)] for name in ("visited", "finding"))
    assert observed + off_observed == sum(table["stations_observed"])
    on_map = [int(by_state[code]) for code in desk_tiles.OF_STATE]
    whole = hourly_counts.whole(day, choice)
    assert [a + b for a, b in zip(on_map, off["states"], strict=True)] == whole["states"]
    assert whole["states"] == np.bincount(operations.station_states(day, choice), minlength=7).tolist()


@examples(15)
@given(MISSIONS, CHOICES, st.integers(0, 14))
def test_squares_of_a_crowded_zoom_hold_every_visit_of_the_table_with_a_place(day, choice, z):
    made_of = visit_times.chosen(day, choice).visits
    index = type(visit_times.index_of(day.registry)).build(
        np.where(day.registry.stations.is_on_map, day.registry.stations.lon, np.nan),
        day.registry.stations.lat,
        limit=1,
    )
    planned = choice_visits.planned_stations(day, choice)
    values = station_values(len(planned), made_of, is_planned=planned)
    state = TileState.build(index, values, made_of, hours=visit_times.day_of(day).hours)
    m = k = 0
    for x, y in tiles_with_something(index, z):
        if tile_of(index, z, x, y).is_binned:
            told = read(state.payload(z, x, y))
            m, k = m + int(told["sums"][2].sum()), k + int(told["sums"][3].sum())
        else:
            place = index.station[tile_of(index, z, x, y).core]
            inside = np.isin(made_of.station, place)
            m += int(made_of.is_exposed[inside].sum())
            k += int(made_of.has_finding[inside].sum())
    off = ~day.registry.stations.is_on_map[made_of.station]
    table = unit_columns.figures(day, "area", choice)["columns"]
    assert m + int(made_of.is_exposed[off].sum()) == sum(table["visits_exposed"])
    assert k + int(made_of.has_finding[off].sum()) == sum(table["visits_with_finding"])


def tally(sent, first, last):
    """What the browser makes of hours by unit: hourly-counts.js, in other words."""
    units, hours = sent["units"] + 1, sent["hours"]
    found = {
        name: [sum(column[u * hours + first : u * hours + last + 1]) for u in range(units)]
        for name, column in sent["counters"].items()
    }
    for name, key in (("observed", "stations"), ("teams", "teams")):
        seen = sent[key]["seen"]
        count = [sum(seen[u * hours + first : u * hours + last + 1]) for u in range(units)]
        for unit, before, hour, n in zip(*sent[key]["again"], strict=True):
            if before >= first and hour <= last:
                count[unit] -= n
        found[name] = count
    return found


def counted(sent, minutes, unit, units):
    """Brute force over the columns of the small case, visits inside a range of minutes only."""
    rows = sent["visits"]
    inside = [i for i, at in enumerate(rows["minute"]) if minutes[0] <= at < minutes[1]]
    observed = [i for i in inside if rows["outcome"][i] == 0]
    per = {
        "m": [i for i in observed if rows["flags"][i] & 1],
        "k": [i for i in observed if rows["flags"][i] & 2],
        "visits": observed,
        "denied": [i for i in inside if rows["outcome"][i] == 1],
    }  # fmt: skip
    found = {
        name: [sum(rows[unit][i] == u for i in kept) for u in range(units)] for name, kept in per.items()
    }
    found["observed"] = [
        len({rows["station"][i] for i in observed if rows[unit][i] == u}) for u in range(units)
    ]
    found["teams"] = [len({rows["team"][i] for i in observed if rows[unit][i] == u}) for u in range(units)]
    return found


@examples(40)
@given(MISSIONS, CHOICES, st.integers(0, 30), st.integers(0, 30))
def test_any_range_of_hours_counts_what_counting_its_visits_one_by_one_counts(day, choice, a, b):
    sent = hourly_counts.by_unit(day, "area", choice)
    first, last = min(a, sent["hours"] - 1), min(a + b, sent["hours"] - 1)
    start = (sent["first"] + first) * 60
    expected = counted(
        choice_visits.visits_of(day, choice), (start, (sent["first"] + last + 1) * 60), "area", 2
    )
    found = tally(sent, first, last)
    assert {name: found[name][:2] for name in expected} == expected
    for name in ("m", "k", "visits", "denied", "observed"):  # every station is in an area here
        assert found[name][2] == sum(expected[name])
    cells = hourly_counts.cells_in(day, choice, first, last)
    on_map = counted(
        choice_visits.visits_of(day, choice), (start, (sent["first"] + last + 1) * 60), "cell", len(day.cells)
    )
    assert {name: cells[name] for name in on_map} == on_map


@examples(30)
@given(MISSIONS, st.integers(0, 12), st.integers(0, 12))
def test_states_of_a_range_add_up_to_what_the_rows_of_a_window_say(day, first, more):
    whole = hourly_counts.whole(day, ANY)
    hours = len(whole["hours"]["visits"])
    first, last = min(first, hours - 1), min(first + more, hours - 1)

    def distinct(name):
        seen, again = whole["levels"][name]["seen"], whole["levels"][name]["again"]
        count = sum(seen[first : last + 1])
        pairs = zip(*again[1:], strict=True)
        return count - sum(n for before, hour, n in pairs if before >= first and hour <= last)

    window = stations_in_window.Window(-180, -90, 180, 90, (first, last))
    drawn, off = (
        stations_in_window.inside(day, ANY, window, EN),
        stations_in_window.off_map(day, ANY, (first, last), EN),
    )
    both = [a + b for a, b in zip(drawn["states"], off["states"], strict=True)]
    found = distinct("finding")
    visited = distinct("visited") - found
    assert (both[6], both[5]) == (found, visited)
    assert both[4] == distinct("denied") - distinct("visited")
    assert both[1] == whole["plan"]["planned"] - distinct("touched")
    assert sum(both) == whole["stations"]


def test_hours_of_the_whole_mission_are_those_of_the_columns():
    day = made([(0, 3, "observed", "A", "sealed", "verified"), (1, None, "observed", "B", "", "verified")])
    whole, sent = hourly_counts.whole(day, ANY), choice_visits.visits_of(day, ANY)
    assert whole["hours"] == sent["hours"] and whole["states"] == sent["states"]
    assert whole["total"]["observed"] == 2 and whole["plan"] == {"planned": 4, "done": 2}


def test_rows_of_a_window_come_worst_first_and_say_how_many_there_are():
    rows = [(0, 3, "observed", "A", "", "verified"), (1, 4, "observed", "A", "sealed", "verified")]
    day = made([*rows, (2, 5, "denied", "A", "", "verified")])
    order = stations_in_window.RowOrder(most=3)
    found = stations_in_window.inside(day, ANY, stations_in_window.Window(70, 50, 71, 51), EN, order)
    assert [(one["id"], one["state"]) for one in found["rows"]] == [
        ("N/1", "finding"), ("N/0", "visited"), ("N/2", "denied"),
    ]  # fmt: skip
    assert (found["total"], sum(found["states"]), found["rows"][0]["severity"]) == (6, 6, 2)
    assert found["rows"][0]["minute"] == 10 * 60 + 10  # 04:10 UTC on the area's clock


def test_states_switched_off_are_not_in_the_rows_of_a_window():
    day = made([(0, 3, "observed", "A", "", "verified")])
    window = stations_in_window.Window(70, 50, 71, 51, off=("not_planned", "planned"))
    assert [one["id"] for one in stations_in_window.inside(day, ANY, window, EN)["rows"]] == ["N/0"]


def test_a_window_over_the_antimeridian_has_both_sides():
    day = made([])
    assert stations_in_window.inside(day, ANY, stations_in_window.Window(179, 50, 70.5, 51), EN)["total"] == 6


def test_a_feature_of_a_tile_names_its_station():
    day = made([])
    index = visit_times.index_of(day.registry)
    x, y = tiles_with_something(index, 14)[0]
    assert desk_tiles.feature(day, 14, x, y, 0)["id"].startswith("N/")
    with pytest.raises(NotFound):
        desk_tiles.feature(day, 14, x, y, 99)


def test_tile_json_is_what_the_specification_asks_for():
    day = made([])
    found = desk_tiles.tile_json(day.registry, "Test", ["https://host/{z}/{x}/{y}.mvt"])
    assert (found["tilejson"], found["minzoom"], found["maxzoom"]) == ("3.0.0", 0, 14)
    assert found["bounds"] == [70.1, 50.5, 71.2, 50.5]
    assert all(isinstance(layer["fields"], dict) and layer["id"] for layer in found["vector_layers"])


def test_choices_are_kept_by_what_they_count():
    day = made([(0, 3, "observed", "A", "poster", "verified")])
    low, high = (desk_tiles.state_of(day, Choice(severity=name)) for name in ("low", "high"))
    assert low is desk_tiles.state_of(day, Choice(severity="low")) and low is not high
