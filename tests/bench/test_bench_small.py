"""The benchmarks at a small size: the same answers, few bytes, figures that add up; never seconds."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mapbox_vector_tile
import numpy as np
import pandas as pd
import pytest

from geo.model.counts import Choice
from geo.model.snapshot import Snapshot
from layers.desk import desk_tiles
from layers.desk.visit_times import index_of
from layers.tiles.pyramid import StationIndex, geometry_tile, packed
from layers.tiles.tile_state import TileState
from tests.bench import __main__ as bench
from tests.bench import bench_areas, bench_counts, bench_server, bench_tiles, duck, inputs, postgis
from tests.bench.measure import Disagreement, Missing, Setting, row, same

pytestmark = pytest.mark.slow
STATIONS = 2_000
MOST_KB = 40.0  # gzipped, for one tile
GROUPS = ["areas", "counts", "live", "journal", "tiles", "folium"]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def snapshot(state: Path) -> Snapshot:
    return inputs.snapshot(STATIONS, state)


@pytest.fixture(scope="module")
def report(state: Path, snapshot: Snapshot) -> dict[str, Any]:
    """Return what --json writes, of the groups that need no server; every answer is checked on the way."""
    with pytest.MonkeyPatch.context() as patch:
        # A cluster of its own takes seconds; what is asked of it is tested when the benchmarks are run.
        patch.setattr(postgis, "_binaries", _no_binaries)
        patch.setattr(bench_tiles, "LAST_ZOOM", 8)
        file = state / "report.json"
        bench.main(
            [
                *GROUPS,
                "--stations",
                str(STATIONS),
                "--state",
                str(state),
                "--repeat",
                "1",
                "--json",
                str(file),
            ]
        )
    read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read


def _no_binaries() -> Path:
    raise Missing("not in this test")


@pytest.fixture(scope="module")
def tiles(snapshot: Snapshot) -> tuple[StationIndex, TileState]:
    return index_of(snapshot.registry), desk_tiles.made_state(snapshot, Choice())


def test_every_result_has_the_six_fields_and_no_others(report: dict[str, Any]) -> None:
    fields = {"name", "ours", "peer", "peer_value", "unit", "ratio"}
    assert [one for one in report["results"] if set(one) != fields] == []
    assert len(report["results"]) > 15


def test_every_figure_is_a_finite_number_and_every_peer_has_a_value(report: dict[str, Any]) -> None:
    for one in report["results"]:
        assert math.isfinite(one["ours"]), one
        assert bool(one["peer"]) == (one["peer_value"] is not None) == (one["ratio"] is not None), one


def test_no_result_is_told_twice(report: dict[str, Any]) -> None:
    told = [(one["name"], one["peer"]) for one in report["results"]]
    assert len(told) == len(set(told))


def test_versions_machine_and_missing_peers_are_told_with_reasons(report: dict[str, Any]) -> None:
    assert {"postgis", "postgresql", "duckdb", "duckdb-spatial", "pandas"} <= set(report["versions"])
    assert report["machine"]["cpus"] >= 1
    assert report["stations"] == STATIONS
    skipped = {one["peer"]: one["reason"] for one in report["skipped"]}
    assert any(peer.startswith("PostGIS") for peer in skipped)
    assert all(skipped.values())


def test_peers_that_are_always_installed_took_part(report: dict[str, Any]) -> None:
    peers = {one["peer"] for one in report["results"]}
    assert {"geopandas.sjoin within", "pandas", "mapbox-vector-tile", "Folium markers"} <= peers


def test_a_station_in_the_wrong_area_is_noticed(state: Path, snapshot: Snapshot) -> None:
    ground = bench_areas.of(Setting(STATIONS, state))
    wrong = ground.area.copy()
    wrong[np.flatnonzero(wrong >= 0)[0]] = -1
    with pytest.raises(Disagreement, match="stations per area"):
        bench_areas._geopandas(ground._replace(area=wrong), 1)


def test_a_visit_counted_twice_is_noticed(snapshot: Snapshot) -> None:
    tables = bench_counts.frames(snapshot, 2)
    ours = bench_counts.with_pandas(tables)
    twice = tables | {"visits": pd.concat([tables["visits"]] * 2, ignore_index=True)}
    with pytest.raises(Disagreement, match="by area"):
        bench_counts._same(ours, bench_counts.with_pandas(twice))


def test_the_largest_tile_is_small_enough(report: dict[str, Any]) -> None:
    sizes = [one["ours"] for one in report["results"] if "gzipped, largest" in one["name"]]
    assert len(sizes) == 2
    assert max(sizes) <= MOST_KB


def test_every_tile_of_the_busiest_of_each_zoom_is_small_enough(
    tiles: tuple[StationIndex, TileState],
) -> None:
    index, state = tiles
    for z in range(15):
        at = bench_tiles.busiest(index, z)
        assert len(packed(geometry_tile(index, *at))) <= 1e3 * MOST_KB
        assert len(packed(state.payload(*at))) <= 1e3 * MOST_KB


@pytest.mark.parametrize("z", [0, 3, 6, 9])
def test_tiles_as_decoded_add_up_to_the_stations_on_the_map(
    tiles: tuple[StationIndex, TileState], snapshot: Snapshot, z: int
) -> None:
    index, _ = tiles
    shown = 0
    for at in bench_tiles.addresses(index, z):
        layers = mapbox_vector_tile.decode(geometry_tile(index, *at))
        shown += len(layers.get("stations", {"features": []})["features"])
        shown += sum(one["properties"]["n"] for one in layers.get("bins", {"features": []})["features"])
    assert shown == int(snapshot.registry.stations.is_on_map.sum())


def test_areas_hold_every_station_that_lies_in_one(state: Path, snapshot: Snapshot) -> None:
    ground = bench_areas.of(Setting(STATIONS, state))
    found = bench_areas.sums(ground)
    assert sum(count for _, count, _ in found) == int((ground.area >= 0).sum())
    assert sum(count for _, count, _ in found) > 0.98 * len(ground.lon)


def test_the_simulated_mission_has_the_size_that_was_asked_for(snapshot: Snapshot) -> None:
    assert len(snapshot.registry.stations) == STATIONS
    assert 1.5 * STATIONS < len(snapshot.visits) < 2.5 * STATIONS
    assert len(snapshot.incidents) > 0.15 * STATIONS


def test_a_second_run_maps_its_inputs_from_disk(state: Path, snapshot: Snapshot) -> None:
    inputs.snapshot.cache_clear()
    again = inputs.snapshot(STATIONS, state)
    assert again.version == snapshot.version


def test_answers_that_differ_end_the_run() -> None:
    with pytest.raises(Disagreement, match="stations: ours 1, theirs 2"):
        same("stations", 1, 2)


def test_a_ratio_above_one_is_ours_better_whichever_way_the_figure_points() -> None:
    assert row("time", 2.0, "s", "peer", 6.0)["ratio"] == 3.0
    assert row("profit", 6.0, "F", "peer", 2.0, better="high")["ratio"] == 3.0
    assert row("time", 2.0, "s")["ratio"] is None


def test_a_missing_peer_is_told_and_the_run_goes_on(tmp_path: Path) -> None:
    setting = Setting(STATIONS, tmp_path)
    with setting.peer("somebody"):
        raise Missing("not here")
    assert setting.skipped == [{"peer": "somebody", "reason": "not here"}]


def test_tiles_are_asked_for_once_the_server_has_prepared_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    busy_until, helped_until = 104.0, 107.0

    class Fake(bench_server.Server):
        def processor_s(self) -> float:
            return min(now, busy_until)

        def _has_children(self) -> bool:
            return now < helped_until

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(bench_server, "time", SimpleNamespace(monotonic=lambda: now, sleep=sleep))
    assert Fake(SimpleNamespace(), 0, {}, 0.0).settle() == pytest.approx(7.0, abs=bench_server.LOOK_S)
    assert now - helped_until >= bench_server.SETTLED_S - bench_server.LOOK_S
    busy_until = 1e9
    seconds = Fake(SimpleNamespace(), 0, {}, 0.0).settle()
    assert seconds == pytest.approx(bench_server.MOST_SETTLING_S, abs=2 * bench_server.LOOK_S)


def test_duckdb_without_its_extension_says_why() -> None:
    try:
        made = duck.connection(spatial=True)
    except Missing as reason:
        assert "duckdb" in str(reason)
    else:
        assert made.execute("SELECT ST_AsText(ST_Point(1, 2))").fetchone() == ("POINT (1 2)",)
