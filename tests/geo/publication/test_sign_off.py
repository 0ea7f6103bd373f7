"""A live mission's release: looked at by one person, cleared by another, kept, taken back in public."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from geo.model.errors import InputError
from geo.model.mission import Disclosure
from geo.publication import HIDDEN, release, release_basis, serialization
from geo.publication.released import clusters_of
from geo.publication.sign_off import FORMAT, SignOff, signed
from tests import factory

NOW = datetime(2005, 12, 7, 12, tzinfo=UTC)


def snapshot(per_area=12, areas="AB", forms=0, teams=("SECRET0", "SECRET1", "SECRET2", "SECRET3"), **about):
    """Two areas without cells, every visit old enough to count; `areas`: those with stations.

    `forms`: so many visits of each area give the turnout, 40 voters of 100 and more with every station.
    """
    stations = [{"area_id": a, "number": str(n)} for a in areas for n in range(40)]
    visits = [
        {
            "visit_id": f"{a}{n}", "area_id": a, "number": str(n), "team_id": teams[n % 4],
            "verification": "verified", "answered": "*", "received": NOW - timedelta(days=2),
            "overall": ("good", "bad")[n % 2], "outcome": "observed", "stage": "counting",
            **({"registered_voters": 100.0, "voted": 40.0 + n} if n < forms else {}),
        }
        for a in areas for n in range(per_area)
    ]  # fmt: skip
    made = factory.snapshot(
        about=factory.mission(nature="live", frame="complete", **about), areas=factory.squares("A", "B"),
        stations=stations, visits=visits, categories=factory.categories(sealed="high"),
    )  # fmt: skip
    return replace(made, as_of=NOW)


def cleared(desk, seen, by=("Aigul", "Boris"), at=NOW):
    version = desk.prepare(seen).release.version
    desk.verify(seen, version, by[0], at)
    return desk.clear("test", version, by[1], at + timedelta(minutes=1))


@pytest.fixture
def desk(tmp_path):
    return SignOff(tmp_path / "releases")


def test_nothing_is_served_before_a_release_is_cleared(desk):
    seen = snapshot()
    assert desk.served("test") == (None, "", ())
    desk.verify(seen, desk.prepare(seen).release.version, "Aigul", NOW)
    assert desk.served("test")[0] is None


def test_what_is_cleared_stays_as_it_was_whatever_is_reported_later(desk):
    seen = snapshot()
    entry = cleared(desk, seen)
    kept, register, notices = desk.served("test")
    assert kept.version == entry.version
    assert kept == release(seen, NOW, cleared=True, clusters=clusters_of)
    assert kept.by_area.coverage["all"].observed.tolist() == [12, 12]
    assert (register, notices) == (seen.registry.version, ())
    desk.prepare(snapshot(18))
    assert desk.served("test")[0].version == entry.version


@pytest.mark.parametrize("same", ["Aigul", "  AIGUL "])
@pytest.mark.capability("Two people sign a release", page="publication")
def test_whoever_verified_cannot_clear(desk, same):
    seen = snapshot()
    version = desk.prepare(seen).release.version
    desk.verify(seen, version, "Aigul", NOW)
    with pytest.raises(InputError, match="two people"):
        desk.clear("test", version, same, NOW)


@pytest.mark.parametrize("left", [None, b"", b"short"])
def test_without_the_salt_nobody_clears_what_they_verified_and_nothing_is_compared_with_nothing(desk, left):
    version = desk.prepare(snapshot()).release.version
    desk.verify(snapshot(), version, "Aigul", NOW)
    (desk.folder / "salt").unlink()
    if left is not None:
        (desk.folder / "salt").write_bytes(left)
    for step in (lambda: desk.clear("test", version, "Aigul", NOW), lambda: desk.prepare(snapshot(15))):
        with pytest.raises(InputError, match="salt"):
            step()


def test_a_version_nobody_verified_cannot_be_cleared(desk):
    with pytest.raises(InputError, match="was verified"):
        desk.clear("test", "0123456789abcdef", "Boris", NOW)


def test_only_the_version_that_would_be_released_can_be_verified(desk):
    version = desk.prepare(snapshot()).release.version
    with pytest.raises(InputError, match="what would be released now"):
        desk.verify(snapshot(18), version, "Aigul", NOW)


@pytest.mark.parametrize("name", ["", " ", "x"])
def test_a_signature_needs_a_name(desk, name):
    seen = snapshot()
    with pytest.raises(InputError, match="name"):
        desk.verify(seen, desk.prepare(seen).release.version, name, NOW)


@pytest.mark.capability("A release can be withdrawn", page="publication")
def test_a_withdrawn_release_leaves_a_notice_and_nothing_else(desk):
    entry = cleared(desk, snapshot())
    with pytest.raises(InputError, match="note"):
        desk.withdraw("test", entry.version, "Boris", NOW, " ")
    desk.withdraw("test", entry.version, "Boris", NOW, "Area B was counted twice.")
    kept, _, notices = desk.served("test")
    assert kept is None
    assert [(one.day, one.version, one.text) for one in notices] == [
        ("2005-12-07", entry.version, "Area B was counted twice.")
    ]
    with pytest.raises(InputError, match="already"):
        desk.clear("test", entry.version, "Boris", NOW)


def test_a_later_release_is_served_beside_the_notice_of_an_earlier(desk):
    first = cleared(desk, snapshot())
    desk.withdraw("test", first.version, "Boris", NOW + timedelta(minutes=2), "Wrong.")
    second = cleared(desk, snapshot(18), at=NOW + timedelta(hours=1))
    kept, _, notices = desk.served("test")
    assert kept.version == second.version
    assert [one.version for one in notices] == [first.version]


def test_no_name_team_or_station_is_written_down(desk):
    cleared(desk, snapshot())
    for path in desk.folder.rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0, path
            text = path.read_bytes().lower()
            assert not any(word in text for word in (b"aigul", b"boris", b"secret")), path


def test_a_file_that_was_changed_is_not_served(desk):
    entry = cleared(desk, snapshot())
    plain = json.loads(entry.path.read_text())
    plain["content"]["held_back"] = 7
    entry.path.write_text(json.dumps(plain))
    with pytest.raises(InputError, match="does not say what it did"):
        desk.served("test")


def test_three_more_stations_wait_for_a_later_release(desk):
    cleared(desk, snapshot())
    second = desk.prepare(snapshot(15)).release
    assert second.by_area.coverage["all"].observed.tolist() == [12, 12]
    assert second.by_area.as_of.tolist() == [1, 1]
    assert second.held_back == 2


def test_five_more_stations_are_told_and_nobody_has_to_wait(desk):
    cleared(desk, snapshot())
    second = desk.prepare(snapshot(17)).release
    assert second.by_area.coverage["all"].observed.tolist() == [17, 17]
    assert second.held_back == 0


def test_a_third_release_is_compared_with_the_first_as_well(desk):
    cleared(desk, snapshot())
    cleared(desk, snapshot(17), at=NOW + timedelta(hours=1))
    third = desk.prepare(snapshot(13)).release
    assert third.by_area.coverage["all"].observed.tolist() == [17, 17]


def test_one_more_form_of_the_count_waits_with_the_turnout_of_a_later_release(desk):
    cleared(desk, snapshot(forms=5, areas="A", per_area=20))

    def told(forms):
        turnout = desk.prepare(snapshot(forms=forms, areas="A", per_area=20)).release.turnout
        return turnout.stations, turnout.share

    assert [told(forms) for forms in (5, 6, 9, 10)] == [(5, 0.42), (5, 0.42), (5, 0.42), (10, 0.445)]


def test_a_turnout_is_compared_with_a_release_kept_before_its_forms_were(desk):
    entry = cleared(desk, snapshot(forms=5, areas="A", per_area=20))
    beside = entry.path.with_name(entry.path.name.replace(".release.json", ".basis.npz"))
    basis = release_basis.unpacked(beside.read_bytes())
    day_alone = {name: one for name, one in basis.visits.items() if not name.startswith("turnout.")}
    beside.write_bytes(release_basis.packed(replace(basis, visits=day_alone)))
    assert desk.prepare(snapshot(forms=6, areas="A", per_area=20)).release.turnout.stations == 5


@pytest.mark.parametrize("teams", [("SECRET0", "SECRET1", "SECRET2", "NEW"), ("NEW",) * 4])
def test_a_team_that_has_another_name_stands_behind_what_is_held_back_under_its_old_one(desk, teams):
    cleared(desk, snapshot())
    second = cleared(desk, snapshot(15, teams=teams), at=NOW + timedelta(hours=1))
    bases = [
        release_basis.unpacked(path.read_bytes())
        for path in sorted((desk.folder / "test").glob("*.basis.npz"))
    ]
    behind = [sorted(one.visits["day.team"].tolist()) for one in bases]
    assert desk.served("test")[0].version == second.version
    assert behind[0] == behind[1]


def test_a_team_that_is_gone_is_one_team_in_all_releases_before(desk):
    desk.folder.mkdir()
    (desk.folder / "salt").write_bytes(bytes(32))  # SECRET2's hash comes before SECRET1's
    cleared(desk, snapshot(teams=("SECRET0", "SECRET0", "SECRET1", "SECRET1")))
    cleared(
        desk, snapshot(18, teams=("SECRET0", "SECRET0", "SECRET1", "SECRET2")), at=NOW + timedelta(hours=1)
    )
    kept = [
        release_basis.unpacked(path.read_bytes())
        for path in sorted((desk.folder / "test").glob("*.basis.npz"))
    ]
    first, second = (
        dict(zip(one.day.station.tolist(), one.day.team.tolist(), strict=True))
        for one in release_basis.before(kept, snapshot(teams=("NEW",) * 4), bytes(32)).shown
    )
    assert {first[station] == second[station] for station in range(3)} == {True}
    assert sorted(second[station] for station in range(4)) == [1, 1, 2, 3]


def test_a_region_that_left_the_register_blocks_no_newer_release(desk):
    cleared(desk, snapshot())
    assert desk.prepare(snapshot(areas="A")).release.by_area.coverage["all"].observed.tolist() == [12, HIDDEN]


KEPT = Path(__file__).parent / "kept"


def test_a_release_of_the_first_edition_is_read_once_more(desk):
    home = desk.folder / "test"
    home.mkdir(parents=True)
    (desk.folder / "salt").write_bytes(bytes(32))
    for path in KEPT.iterdir():
        shutil.copy(path, home / path.name)
    kept, _, _ = desk.served("test")
    assert kept.by_area.unit_id == ("A", "B")
    assert kept.by_area.coverage["all"].observed.tolist() == [12, 12]
    assert kept.by_area.findings["all/high"].visits.tolist() == [12, 12]
    assert kept.by_area.findings["all/high"].asked.tolist() == [HIDDEN, HIDDEN]
    assert desk.not_comparable("test") == (
        "release 0001 is of the first edition: what changed since then is not compared with it",
    )
    assert desk.prepare(snapshot(13)).release.by_area.coverage["all"].observed.tolist() == [13, 13]


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_a_release_kept_in_any_format_is_served_and_blocks_no_newer_one(desk, number):
    shutil.copytree(KEPT if number == 1 else KEPT.with_name(f"kept_format_{number}"), desk.folder / "test")
    (desk.folder / "salt").write_bytes(bytes(32))
    old, _, _ = desk.served("test")
    assert old.by_area.coverage["all"].observed.tolist() == [12, 12]
    newer = cleared(desk, snapshot(30), at=NOW + timedelta(hours=1))
    assert desk.served("test")[0].version == newer.version != old.version


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "\x00"])
def test_a_broken_file_is_an_error_with_its_name(desk, text):
    entry = cleared(desk, snapshot())
    entry.path.write_text(text)
    with pytest.raises(InputError, match="release"):
        desk.served("test")


@pytest.mark.parametrize("part", ["register", "content"])
def test_a_release_without_one_of_its_parts_is_refused_in_words(desk, part):
    entry = cleared(desk, snapshot())
    plain = json.loads(entry.path.read_text())
    del plain[part]
    entry.path.write_text(json.dumps(plain))
    for ask in (lambda: desk.served("test"), lambda: desk.prepare(snapshot())):
        with pytest.raises(InputError, match="lacks a part"):
            ask()


@pytest.mark.parametrize("kept", [0, 0.2, 0.9])
def test_a_basis_that_was_cut_short_is_refused_in_words(desk, kept):
    entry = cleared(desk, snapshot())
    beside = entry.path.with_name(entry.path.name.replace(".release.json", ".basis.npz"))
    whole = beside.read_bytes()
    beside.write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(InputError, match="nothing can be compared"):
        desk.prepare(snapshot())


def test_a_release_comes_back_from_disk_as_it_was():
    seen = release(snapshot(), NOW, cleared=True)
    again = serialization.from_plain(json.loads(json.dumps(serialization.kept(seen))))
    assert again == seen
    assert again.by_area.findings["all/low"].status == seen.by_area.findings["all/low"].status


def test_a_slug_that_leads_elsewhere_is_refused(desk):
    with pytest.raises(InputError):
        desk.entries("../test")


@pytest.mark.capability("`publish`: releases are verified, cleared, withdrawn", page="commands")
def test_steps_are_taken_from_the_command_line(tmp_path):
    seen = snapshot()
    said = signed(tmp_path, seen, "", "", by="", note="")
    version = said[1].removeprefix("version ")
    assert "areas: 2 (published 2)" in said
    assert signed(tmp_path, seen, "verify", version, by="Aigul", note="", now=NOW) == [
        f"{version} is verified"
    ]
    assert signed(tmp_path, seen, "clear", version, by="Boris", note="", now=NOW) == [f"{version} is cleared"]
    lines = signed(tmp_path, seen, "", "", by="", note="")
    assert [line.split()[2] for line in lines if line.startswith("0001")] == ["verified", "cleared"]


def test_only_a_live_mission_is_signed_off(tmp_path):
    simulated = replace(snapshot(), mission=factory.mission(nature="simulated"))
    with pytest.raises(InputError, match="live"):
        signed(tmp_path, simulated, "", "", by="", note="")


def test_an_embargo_is_a_moment_with_its_offset():
    assert Disclosure().not_before == ""


def test_a_clock_that_ran_ahead_once_blocks_nobody_later(desk):
    cleared(desk, snapshot(), at=NOW + timedelta(days=3650))
    second = cleared(desk, snapshot(18), at=NOW + timedelta(hours=1))
    assert desk.served("test")[0].version == second.version


def test_a_release_cleared_in_between_asks_for_another_look_whatever_the_clocks_say(desk):
    first, second = snapshot(), snapshot(18)
    version = desk.prepare(first).release.version
    desk.verify(first, version, "Aigul", NOW + timedelta(days=1))
    cleared(desk, second, at=NOW)
    with pytest.raises(InputError, match="verify it again"):
        desk.clear("test", version, "Boris", NOW + timedelta(days=2))


def test_any_flipped_bit_of_a_step_is_refused_in_words(desk):
    cleared(desk, snapshot())
    for path in sorted((desk.folder / "test").glob("*.step.json")):
        whole = path.read_bytes()
        for at in range(len(whole)):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
            with pytest.raises(InputError, match=r"step\.json.*(not as it was signed|cannot be read)"):
                desk.served("test")
        path.write_bytes(whole)
    assert desk.served("test")[0] is not None


def test_a_step_that_is_gone_is_refused_in_words(desk):
    entry = cleared(desk, snapshot())
    desk.withdraw("test", entry.version, "Boris", NOW, "Wrong.")
    (desk.folder / "test" / "0002.step.json").unlink()
    with pytest.raises(InputError, match="the step before it"):
        desk.served("test")


def test_a_step_the_disk_does_not_take_is_said_and_leaves_nothing(desk, monkeypatch):
    seen = snapshot()
    version = desk.prepare(seen).release.version
    desk.verify(seen, version, "Aigul", NOW)
    before = sorted(desk.folder.rglob("*"))

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match=r"nothing was signed.*No space left"):
        desk.clear("test", version, "Boris", NOW)
    assert sorted(desk.folder.rglob("*")) == before
