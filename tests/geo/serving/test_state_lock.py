"""One server per state directory, with as many processes as it likes; nothing half written stays."""

import contextlib
import fcntl
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from geo.model.errors import Busy
from geo.serving import whole_file
from geo.serving.state_lock import MOMENTS_KEPT, StateInUse, StateLock, alone
from geo.serving.whole_file import remove_unfinished, write_whole
from geo.serving.work_places import Places

NOW = datetime(2005, 12, 4, 12, tzinfo=UTC)
HOLD = """
import sys
from pathlib import Path
from geo.serving.state_lock import StateLock
lock = StateLock(Path(sys.argv[1]), sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds the lock, as the server "first"."""
    command = [sys.executable, "-c", HOLD, str(tmp_path), "first"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_server_is_told_who_is_there(tmp_path, other):
    with pytest.raises(StateInUse, match=f"process {other.pid} since .*--state"):
        StateLock(tmp_path, "second")


def test_another_process_of_the_same_server_joins(tmp_path, other):
    StateLock(tmp_path, "first").release()


def test_a_server_that_was_killed_leaves_the_directory_free(tmp_path, other):
    other.kill()
    other.wait()
    StateLock(tmp_path, "second").release()


def test_processes_of_one_server_speak_for_the_same_moment(tmp_path):
    locks = [StateLock(tmp_path, "one"), StateLock(tmp_path, "one")]
    moments = {lock.moment("m", ("stamp",), NOW + timedelta(seconds=i)) for i, lock in enumerate(locks)}
    assert moments == {NOW}
    assert locks[1].moment("m", ("other",), NOW + timedelta(1)) == NOW + timedelta(1)


def test_moments_of_a_mission_stay_when_one_whose_name_begins_its_own_has_many(tmp_path):
    lock = StateLock(tmp_path, "one")
    lock.moment("m-citizens", "stamp", NOW)
    for i in range(2 * MOMENTS_KEPT):
        lock.moment("m", i, NOW)
    assert lock.moment("m-citizens", "stamp", NOW + timedelta(1)) == NOW
    assert len(list((tmp_path / "moments").iterdir())) == MOMENTS_KEPT + 1


def test_work_done_alone_is_done_by_one_at_a_time(tmp_path):
    inside, most = [], []

    def work():
        with alone(tmp_path, "work"):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8


def test_work_done_alone_leaves_no_file_behind(tmp_path):
    with contextlib.suppress(ZeroDivisionError), alone(tmp_path, "work"):
        assert len(list(tmp_path.iterdir())) == 1
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_who_waited_for_work_does_not_run_beside_who_came_after_it(tmp_path, monkeypatch):
    opened, went_on, go_on, order = threading.Event(), threading.Event(), threading.Event(), []
    flock = fcntl.flock

    def slow(handle, how):
        if threading.current_thread() is late:
            (went_on if opened.is_set() else opened).set()
            go_on.wait(60)  # until another has locked and removed the file that this one opened
        flock(handle, how)

    def work():
        with alone(tmp_path, "work"):
            order.append("late")
            went_on.set()

    late = threading.Thread(target=work)
    monkeypatch.setattr(fcntl, "flock", slow)
    late.start()
    opened.wait(60)
    with alone(tmp_path, "work"):
        pass
    with alone(tmp_path, "work"):
        go_on.set()
        went_on.wait(60)
        order.append("next")
    late.join(60)
    assert order == ["next", "late"]


def test_places_are_taken_and_given_back_over_all_processes(tmp_path):
    here, there = Places("drawing", 2, tmp_path), Places("drawing", 2, tmp_path)
    with here.take(), there.take():
        for places in (here, there):
            with pytest.raises(Busy), places.take():
                pass
    with here.take(), here.take():
        pass


@pytest.mark.parametrize("breaks", ["fsync", "replace"])
def test_a_file_the_disk_does_not_take_leaves_the_old_one_and_nothing_else(tmp_path, monkeypatch, breaks):
    path = tmp_path / "plan.json"
    write_whole(path, b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(
        *((whole_file.os, "fsync") if breaks == "fsync" else (whole_file.Path, "replace")), full
    )
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("plan.json", b"old")]


def test_what_a_dead_process_left_half_written_is_removed(tmp_path):
    for name in (".plan.json.7-abc.new", "plan.7.new", "plan.json"):
        (tmp_path / name).write_text("")
    remove_unfinished(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["plan.json"]
