"""A snapshot from the cache is the one from the files: every column, every row set aside, its version."""

import os
import shutil
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from geo.model.errors import MissionError
from geo.model.mission import Mission, Thresholds, load
from geo.serving import arrow_files, build_snapshot, child_process, snapshot_cache
from geo.serving.disk_cache import DiskCache
from geo.serving.missions import Missions
from geo.simulate import simulate
from tests.examples import first_of
from tests.geo.reading import trap_missions
from tests.geo.simulate import small

REAL = Path(__file__).parents[3] / "data" / "kazakhstan-2005"
NOW = datetime(2005, 12, 6, tzinfo=UTC)


def assert_same(a, b, where="snapshot"):
    """Everything two snapshots hold is equal, in value and in type."""
    assert type(a) is type(b), where
    if is_dataclass(a) and not isinstance(a, Mission):
        for field in fields(a):
            assert_same(getattr(a, field.name), getattr(b, field.name), f"{where}.{field.name}")
    elif isinstance(a, pd.DataFrame):
        pd.testing.assert_frame_equal(a, b)
    elif isinstance(a, np.ndarray) and a.dtype == object:
        assert all(x is y is None or shapely.equals_exact(x, y) for x, y in zip(a, b, strict=True)), where
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype, where
        np.testing.assert_array_equal(a, b, where)
    elif isinstance(a, pa.Array):
        assert a.equals(b), where
    elif isinstance(a, Mission):
        assert repr(a) == repr(b), where
    else:
        assert a == b, where


def arrays_of(thing):
    for field in fields(thing):
        value = getattr(thing, field.name)
        if is_dataclass(value) and not isinstance(value, Mission):
            yield from arrays_of(value)
        elif isinstance(value, np.ndarray):
            yield field.name, value


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("missions")
    return simulate(small.options(folder, stations=120, teams=2, out=folder / "simulated"))


@pytest.fixture
def mission(simulated, tmp_path):
    return shutil.copytree(simulated, tmp_path / "simulated")


@pytest.fixture
def store(tmp_path):
    return DiskCache(tmp_path / "cache")


@pytest.fixture(scope="module")
def first(simulated, tmp_path_factory):
    """The snapshot of the untouched mission, and the cache it was written to."""
    folder = tmp_path_factory.mktemp("first") / "cache"
    return build_snapshot.snapshot(simulated, NOW, store=DiskCache(folder)), folder


@pytest.fixture
def filled(first, tmp_path):
    """A cache of its own that has the untouched mission."""
    return DiskCache(shutil.copytree(first[1], tmp_path / "filled"))


def reads(monkeypatch):
    """The tables read from files from now on, as a list that grows."""
    found = []
    real = build_snapshot.readers.read
    monkeypatch.setattr(
        build_snapshot.readers, "read", lambda source, p: found.append(source.table) or real(source, p)
    )
    return found


@pytest.mark.parametrize("which", ["simulated", "real"])
def test_the_snapshot_from_the_cache_equals_the_one_from_the_files(which, simulated, store):
    folder = simulated if which == "simulated" else REAL
    plain = build_snapshot.snapshot(folder, NOW)
    made = build_snapshot.snapshot(folder, NOW, store=store)
    kept = build_snapshot.from_store(folder, NOW, store)
    assert_same(plain, made)
    assert_same(plain, kept)


def test_forms_of_more_kinds_than_a_word_has_bits_come_back_as_they_were(tmp_path, store):
    kinds = [[f"k{n:02}", f"Kind {n}", "high", "voting", "yes"] for n in range(70)]
    folder = trap_missions.mission(
        tmp_path / "wide", categories__csv=trap_missions.csv_text(trap_missions.CATEGORY_COLUMNS, kinds)
    )
    plain = build_snapshot.snapshot(folder, NOW)
    assert_same(plain, build_snapshot.snapshot(folder, NOW, store=store))
    assert_same(plain, build_snapshot.from_store(folder, NOW, store))


def test_rows_set_aside_and_defects_come_back_with_the_snapshot(mission, store):
    with (mission / "stations.csv").open("a") as file:
        file.write("NOWHERE,,no number,,1000,95,point,many,perhaps,,,\n")
        file.write("X-0,9999,far,,10.5,-80.25,point,12,yes,no,no,\n")
    with (mission / "visits.csv").open("a") as file:
        file.write("BAD-1,NOWHERE,77,T?,teatime,,,,observed,verified,,,,,,\n")
    plain = build_snapshot.snapshot(mission, NOW)
    assert len(plain.rejects) >= 2
    assert len(plain.defects)
    assert_same(plain, build_snapshot.snapshot(mission, NOW, store=store))
    assert_same(plain, build_snapshot.from_store(mission, NOW, store))


@pytest.mark.capability("A restart reads what was kept", page="serving")
def test_a_restart_reads_no_source_file(mission, filled, monkeypatch):
    tables = reads(monkeypatch)
    assert build_snapshot.snapshot(mission, NOW, store=filled).version
    assert tables == []


def test_new_reports_leave_the_registry_unread(mission, filled, monkeypatch):
    with (mission / "visits.csv").open("a") as file:
        file.write("NEW-1,,,SIM-T01,voting,,,,observed,verified,*,,,,,\n")
    tables = reads(monkeypatch)
    made = build_snapshot.snapshot(mission, NOW, store=filled)
    assert "visits" in tables
    assert not {"areas", "stations"} & set(tables)
    assert_same(build_snapshot.snapshot(mission, NOW), made)


def test_a_changed_station_changes_the_registry(mission, first, filled):
    path = mission / "stations.csv"
    path.write_text(path.read_text().replace("SIMULATED school 1,", "SIMULATED school 1 (moved),", 1))
    after = build_snapshot.snapshot(mission, NOW, store=filled)
    assert after.registry.version != first[0].registry.version
    assert_same(build_snapshot.snapshot(mission, NOW), after)


def edited(folder, old, new):
    path = folder / "mission.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "is_read"),
    [
        ('en = "SIMULATED:', 'en = "Another title:', False),
        ("[disclosure]", "[thresholds]\narea_visits = 99\n\n[disclosure]", False),
        ('selection = "purposive"', 'selection = "mixed"', False),
        ("[disclosure]", "[thresholds]\ncell_resolution = 5\n\n[disclosure]", True),
        ('time_zone = "Asia/Almaty"', 'time_zone = "Asia/Aqtau"', True),
        (
            "[disclosure]",
            '[tables.visits.values.verification]\nverified = "unverified"\n\n[disclosure]',
            True,
        ),
    ],
)
def test_what_mission_toml_says_now_is_never_stale(mission, filled, monkeypatch, old, new, is_read):
    edited(mission, old, new)
    tables = reads(monkeypatch)
    made = build_snapshot.snapshot(mission, NOW, store=filled)
    assert bool(tables) == is_read
    assert_same(build_snapshot.snapshot(mission, NOW), made)
    assert repr(made.mission) == repr(load(mission))


class Unsaid:
    """A mission without the settings that are not part of a key: to look at one of them fails."""

    def __init__(self, whole, hidden, **others):
        self._whole, self._hidden, self._others = whole, hidden, others

    def __getattr__(self, name):
        assert name not in self._hidden, f"{name} shapes a table, so it belongs into the cache's key"
        return self._others[name] if name in self._others else getattr(self._whole, name)


def test_no_table_is_shaped_by_a_setting_that_is_not_in_the_key(mission):
    whole = load(mission)
    bare = Unsaid(whole, snapshot_cache.SAID, thresholds=Unsaid(whole.thresholds, snapshot_cache.JUDGING))
    sources = build_snapshot.read(bare, NOW)
    static = build_snapshot._static(sources, None)
    assert build_snapshot._reports(sources, static, NOW, None).content


def test_every_setting_left_out_of_the_key_exists():
    assert {field.name for field in fields(Mission)} >= snapshot_cache.SAID
    assert {field.name for field in fields(Thresholds)} >= snapshot_cache.JUDGING


def test_cached_columns_are_mapped_and_cannot_be_written(mission, first, filled):
    kept = build_snapshot.from_store(mission, NOW, filled)
    assert first[0].version == kept.version
    for name, array in arrays_of(kept):
        assert not array.flags.writeable, name
    with pytest.raises(ValueError, match="read-only"):
        kept.visits.station[0] = 1


@pytest.mark.parametrize("damage", first_of(["flip", "truncate", "remove", "nonsense"]))
def test_a_damaged_cache_is_rebuilt_and_said_in_the_log(mission, filled, caplog, damage):
    for path in filled.folder.glob("re*-*/*"):
        path.chmod(0o644)
        if damage == "flip":
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 255
            path.write_bytes(bytes(data))
        elif damage == "truncate":
            os.truncate(path, path.stat().st_size // 2)
        elif damage == "remove":
            path.unlink()
        else:
            path.write_bytes(b"ARROW1 nonsense")
    assert_same(build_snapshot.snapshot(mission, NOW), build_snapshot.snapshot(mission, NOW, store=filled))
    assert "made anew" in caplog.text
    assert build_snapshot.from_store(mission, NOW, filled) is not None


def test_an_entry_with_other_columns_is_rebuilt(mission, filled, caplog):
    static_key, _ = snapshot_cache.keys(load(mission), filled)
    shutil.rmtree(filled.folder / static_key)
    foreign = {"area_id": ("A",), "colour": ("red",)}

    def write(folder):
        for name in ("areas", "stations", "joins", "rejects", "read", "prepared", "spatial"):
            snapshot_cache.arrow_files.write(folder / f"{name}.arrow", foreign)
        (folder / "about.json").write_text('{"version": "0"}')

    filled.write(static_key, write)
    assert_same(build_snapshot.snapshot(mission, NOW), build_snapshot.snapshot(mission, NOW, store=filled))
    assert "cannot be read" in caplog.text


def test_a_later_start_speaks_for_its_own_moment(mission, store):
    edited(mission, "as_of =", "# as_of =")
    build_snapshot.snapshot(mission, NOW, store=store)
    later = NOW + timedelta(hours=5)
    assert build_snapshot.from_store(mission, later, store).as_of == later
    assert_same(build_snapshot.snapshot(mission, later), build_snapshot.from_store(mission, later, store))


def test_a_time_in_the_future_is_looked_at_again_when_it_has_come(mission, store):
    edited(mission, "as_of =", "# as_of =")
    early = datetime(2005, 12, 4, 8, tzinfo=UTC)
    build_snapshot.snapshot(mission, early, store=store)
    assert build_snapshot.from_store(mission, NOW, store) is None
    assert build_snapshot.from_store(mission, early, store) is not None
    assert_same(build_snapshot.snapshot(mission, NOW), build_snapshot.snapshot(mission, NOW, store=store))


def test_a_disk_that_is_full_costs_the_cache_and_nothing_else(mission, tmp_path):
    (tmp_path / "full").write_text("")
    made = build_snapshot.snapshot(mission, NOW, store=DiskCache(tmp_path / "full"))
    assert_same(build_snapshot.snapshot(mission, NOW), made)


def test_a_large_mission_is_built_beside_and_mapped(mission, store, monkeypatch):
    tables = reads(monkeypatch)
    made = child_process.snapshot(mission, NOW, store, large=0)
    assert tables == []
    assert_same(build_snapshot.snapshot(mission, NOW), made)


def test_problems_found_beside_arrive_as_they_are(mission, store):
    (mission / "areas.geojson").write_text("{")
    with pytest.raises(MissionError) as beside:
        child_process.snapshot(mission, NOW, store, large=0)
    with pytest.raises(MissionError) as here:
        build_snapshot.snapshot(mission, NOW)
    assert beside.value.problems == here.value.problems


def test_a_mission_is_built_here_if_no_process_can_be_had(mission, store, monkeypatch, caplog):
    monkeypatch.setattr(child_process.sys, "executable", "/nowhere/python")
    made = child_process.snapshot(mission, NOW, store, large=0)
    assert_same(build_snapshot.snapshot(mission, NOW), made)
    assert "could not work beside" in caplog.text


def test_a_library_with_a_store_serves_the_same_snapshot(mission, store, monkeypatch):
    monkeypatch.setattr(child_process, "LARGE", 0)
    plain = Missions(lambda: [mission], clock=lambda: NOW)
    kept = Missions(lambda: [mission], clock=lambda: NOW, store=store)
    plain.refresh()
    kept.refresh()
    assert kept.get("simulated").problems == ()
    assert_same(plain.get("simulated").snapshot, kept.get("simulated").snapshot)


def test_a_mission_renamed_without_a_change_keeps_its_cache(mission, filled, monkeypatch, tmp_path):
    moved = shutil.copytree(mission, tmp_path / "elsewhere")
    tables = reads(monkeypatch)
    made = build_snapshot.snapshot(moved, NOW, store=filled)
    assert tables == []
    assert made.mission.slug == "elsewhere"


def test_columns_that_were_let_go_hold_what_they_held(tmp_path):
    columns = {"code": np.arange(1_000_000), "name": pa.array(["a", "b"] * 500_000, pa.large_string())}
    arrow_files.write(tmp_path / "columns.arrow", columns)
    held = arrow_files.read(tmp_path / "columns.arrow")
    total = held["code"].sum()
    arrow_files.release_mapped_pages()
    assert held["code"].sum() == total == np.arange(1_000_000).sum()
    assert held["name"].equals(columns["name"])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's pages")
def test_letting_go_makes_the_process_smaller(tmp_path):
    def mapped_kb():
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("RssFile:")[1].split()[0])

    arrow_files.write(tmp_path / "columns.arrow", {"code": np.arange(4_000_000)})
    held = arrow_files.read(tmp_path / "columns.arrow")
    held["code"].sum()
    before = mapped_kb()
    arrow_files.release_mapped_pages()
    assert before - mapped_kb() > 25_000  # of 31,250
