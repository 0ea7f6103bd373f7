"""A replay through the API: rows come when the day's clock comes to them, and are never sent for nothing."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner

import server
from geo.commands import replay as command
from geo.commands.replay import OVER, ReplayDoor, ReplayEnded, ReplayOptions, feed, folder_of
from geo.commands.replayed_day import TimedRow
from geo.serving.journal_door import JournalDoor
from geo.serving.journal_follower import JournalFollower
from geo.serving.missions import Missions
from tests.web.desks import many, serving

BEGINS = datetime.fromisoformat("2005-12-04T12:00+06:00")


def timed(minutes, root, version="1", **fields):
    moment = BEGINS + timedelta(minutes=minutes)
    fields = {"station_id": "A/N03", "team_id": "T1", **fields}
    return TimedRow(
        moment, "visits", {"id": root, "version": version, "made_at": moment.isoformat(), **fields}
    )


DAY = (
    timed(0, "v1"),
    timed(1, "v2"),
    timed(5, "v1", "2", supersedes="1", overall="good"),
    timed(400, "v3"),
)


class Door:
    """Takes rows as the API does, and remembers in which moment of the test's clock."""

    def __init__(self, clock, known=()):
        self.clock, self.rows, self.known = clock, [], set(known)

    def sent(self):
        return self.known

    def send(self, rows):
        self.rows += [(self.clock.seconds, row.key) for row in rows]
        return 0


class Clock:
    def __init__(self, most=10_000):
        self.seconds, self.most = 0.0, most

    def __call__(self):
        return self.seconds

    def wait(self, seconds):
        self.seconds += seconds
        return self.seconds >= self.most


def run(options=None, known=(), most=10_000):
    clock = Clock(most)
    door = Door(clock, known)
    where = feed(DAY, door, options or ReplayOptions(), clock.wait, clock)
    return where, door.rows


def test_rows_are_sent_when_the_days_clock_comes_to_them():
    where, sent = run()
    assert where == OVER
    assert [seconds for seconds, _ in sent[:3]] == [0, 1, 5]


def test_long_silence_is_skipped():
    assert run()[1][3][0] <= 5 + 2 + command.QUIET.total_seconds() / 60


def test_ten_times_the_speed_takes_a_tenth_of_the_time():
    _, sent = run(ReplayOptions(speed=600))
    assert [seconds for seconds, _ in sent[:3]] == [0, 1, 1]


def test_a_jump_sends_all_before_it_at_once():
    _, sent = run(ReplayOptions(start="12:05"))
    assert [seconds for seconds, _ in sent[:3]] == [0, 0, 0]


def test_until_stops_there():
    where, sent = run(ReplayOptions(until="12:01"))
    assert "12:01" in where
    assert len(sent) == 2


def test_a_replay_goes_on_where_it_was():
    _, first = run(most=2)
    assert len(first) == 2
    _, second = run(known=[key for _, key in first])
    assert [key for _, key in second] == [row.key for row in DAY[2:]]
    assert second[0][0] == 4  # minutes of the day after the last that was sent


def test_a_time_that_is_none_is_refused():
    with pytest.raises(server.BaqylauError, match="HH:MM"):
        run(ReplayOptions(start="noon"))


@pytest.fixture
def library(tmp_path):
    """Give a mission whose clock goes with its reports, and the journal's door."""
    folder = many(tmp_path / "many-replay")
    toml = folder / "mission.toml"
    text = toml.read_text(encoding="utf-8")
    clock = '[mission]\nclock = "reports"\nas_of = "2005-12-04T12:00+06:00"\n'
    toml.write_text(text.replace("[mission]\n", clock, 1), encoding="utf-8")
    door = JournalDoor(tmp_path / "state")
    seconds = itertools.count(step=2)
    clock_of_server = lambda: BEGINS + timedelta(days=9000, seconds=next(seconds))  # noqa: E731
    missions = Missions(lambda: [folder], clock=clock_of_server, journal=JournalFollower(door.reader))
    missions.refresh()
    yield missions, door
    door.close()


@pytest.fixture
def url(library, tmp_path):
    with serving(library[0], tmp_path / "state") as address:
        yield address("").removesuffix("//desk")


def opened(library, url, name="replay"):
    key, _ = library[1].tokens.make("many-replay", name)
    return ReplayDoor(url, "many-replay", key, lambda _: True)


@pytest.mark.capability(
    "A simulated day comes in as it happened, faster, and can be stopped", page="commands"
)
def test_a_day_that_was_sent_is_on_the_desk_with_its_own_clock(library, url):
    missions, _ = library
    before = len(missions.get("many-replay").snapshot.visits)
    clock = Clock()
    assert feed(DAY, opened(library, url), ReplayOptions(), clock.wait, clock) == OVER
    missions.refresh()
    snapshot = missions.get("many-replay").snapshot
    assert snapshot.as_of == DAY[-1].moment
    assert len(snapshot.visits) == before + 4
    assert snapshot.visits.received[-1] == DAY[-1].moment.timestamp() * 1e6


def test_what_the_server_has_is_not_sent_again(library, url):
    clock = Clock(2)
    feed(DAY, opened(library, url), ReplayOptions(), clock.wait, clock)
    assert opened(library, url).sent() == {row.key for row in DAY[:2]}


def test_rows_that_name_nothing_are_left_out_and_the_others_sent(library, url):
    wrong = replace(timed(2, "v9"), row={**timed(2, "v9").row, "station_id": "A/N99"})
    door = opened(library, url)
    assert door.send([DAY[0], wrong, DAY[1]]) == 1
    assert door.sent() == {DAY[0].key, DAY[1].key}


def test_another_replay_takes_the_day_over(library, url):
    first = opened(library, url)
    opened(library, url).send(DAY[:1])
    with pytest.raises(ReplayEnded, match="another replay"):
        first.send(DAY[1:2])


def test_a_replay_that_begins_again_has_a_mission_of_its_own(tmp_path):
    first = folder_of(tmp_path / "day", tmp_path, again=False)
    assert first == tmp_path / "replay" / "day-replay"
    first.mkdir(parents=True)
    (first / "mission.toml").touch()
    assert folder_of(tmp_path / "day", tmp_path, again=False) == first
    assert folder_of(tmp_path / "day", tmp_path, again=True).name == "day-replay-2"


def test_a_real_mission_is_refused_in_words(tmp_path):
    folder = many(tmp_path / "many")
    result = CliRunner().invoke(server.cli, ["replay", str(folder), "--state", str(tmp_path / "state")])
    assert result.exit_code == 1
    assert "not as a simulation writes it" in result.stderr


class Answers(ReplayDoor):
    """A door behind which a server gives these answers, one after the other."""

    def __init__(self, *answers):
        super().__init__("http://127.0.0.1", "many-replay", "key", lambda _: False)
        self.answers = list(answers)

    def _once(self, method, path, body):
        return self.answers.pop(0)


@pytest.mark.parametrize("status", [301, 400, 403, 413, 415])
def test_rows_that_a_server_does_not_take_end_the_replay_with_its_word(status):
    with pytest.raises(ReplayEnded, match=f"answered {status}: not here"):
        Answers((status, {"detail": "not here"})).send(DAY[:2])


def test_a_server_with_too_many_requests_is_asked_again():
    door = Answers((429, {}), (201, {"results": [{"status": "accepted"}]}))
    assert door.send(DAY[:1]) == 0
    assert not door.answers


def test_rows_that_are_there_with_other_words_are_counted_as_refused():
    results = [{"status": "accepted"}, {"status": "conflict"}]
    assert Answers((409, {"results": results})).send(DAY[:2]) == 1
