"""Long work is begun once, can be looked at and called off, and never makes anybody wait."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from geo.model.errors import Busy, RouteError, StatisticError
from geo.serving.background_jobs import BROKE, Jobs, Progress

WAIT_S = 600.0  # far more than any of this takes; a broken owner fails instead of hanging


class _Gate:
    """Work that reports a share, then waits until the test lets it go on."""

    def __init__(self, made: str = "made") -> None:
        self.made, self.runs = made, 0
        self.reached, self.opened, self.ended = threading.Event(), threading.Event(), threading.Event()

    def __call__(self, progress: Progress) -> str:
        self.runs += 1
        try:
            progress(0.25)
            self.reached.set()
            assert self.opened.wait(WAIT_S)
            progress(0.75)
            return self.made
        finally:
            self.ended.set()


def _begun(jobs: Jobs[str], gate: _Gate, key: str = "key", version: str = "v1") -> None:
    jobs.start(key, version, gate)
    assert gate.reached.wait(WAIT_S)


def _ended(jobs: Jobs[str], key: str = "key") -> tuple[str, str | None, str]:
    state = jobs.wait(key, WAIT_S)
    assert state is not None
    return state.status, state.made, "" if state.why is None else str(state.why)


@pytest.mark.capability("Long work runs beside the page and can be stopped", page="serving")
def test_a_running_job_says_how_far_it_is() -> None:
    jobs, gate = Jobs[str](), _Gate()
    _begun(jobs, gate)
    state = jobs.state("key")
    assert state is not None
    assert (state.status, state.share, state.made) == ("running", 0.25, None)
    gate.opened.set()
    assert _ended(jobs) == ("done", "made", "")


def test_a_job_underway_or_done_is_not_begun_again() -> None:
    jobs, gate = Jobs[str](), _Gate()
    _begun(jobs, gate)
    assert jobs.start("key", "v1", gate).is_underway
    gate.opened.set()
    _ended(jobs)
    assert jobs.start("key", "v1", gate).made == "made"
    assert gate.runs == 1


def test_newer_data_call_off_the_older_job_of_the_same_key() -> None:
    jobs, old, new = Jobs[str](), _Gate("old"), _Gate("new")
    _begun(jobs, old, version="v1")
    new.opened.set()
    jobs.start("key", "v2", new)
    old.opened.set()
    assert _ended(jobs) == ("done", "new", "")
    assert old.ended.is_set()
    state = jobs.state("key")
    assert state is not None
    assert state.version == "v2"


def test_a_job_called_off_stays_so_and_may_begin_anew() -> None:
    jobs, gate = Jobs[str](), _Gate()
    _begun(jobs, gate)
    called_off = jobs.cancel("key")
    gate.opened.set()
    assert called_off is not None
    assert called_off.status == "cancelled"
    assert gate.ended.wait(WAIT_S)
    assert _ended(jobs) == ("cancelled", None, "")
    jobs.start("key", "v1", gate)
    assert _ended(jobs) == ("done", "made", "")


def test_a_job_called_off_while_it_waits_never_runs() -> None:
    jobs, first, second = Jobs[str](at_once=1), _Gate(), _Gate()
    _begun(jobs, first, "first")
    assert jobs.start("second", "v1", second).status == "waiting"
    jobs.cancel("second")
    first.opened.set()
    _ended(jobs, "first")
    third = _Gate()
    third.opened.set()
    jobs.start("third", "v1", third)
    assert _ended(jobs, "third")[0] == "done"
    assert second.runs == 0


def test_what_is_done_cannot_be_called_off() -> None:
    jobs, gate = Jobs[str](), _Gate()
    gate.opened.set()
    jobs.start("key", "v1", gate)
    _ended(jobs)
    state = jobs.cancel("key")
    assert state is not None
    assert state.made == "made"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (StatisticError("too few visits"), "too few visits"),
        (RouteError("team {team} is not in this plan", team="{T}"), "team {T} is not in this plan"),
        (ZeroDivisionError("x"), str(BROKE)),
    ],
)
def test_a_job_that_fails_says_why_and_tells_no_inner_error(error: Exception, says: str) -> None:
    def work(_: Progress) -> str:
        raise error

    jobs = Jobs[str]()
    jobs.start("key", "v1", work)
    assert _ended(jobs) == ("failed", None, says)


def test_a_failed_job_begins_anew_when_it_is_asked_for() -> None:
    def work(_: Progress) -> str:
        raise StatisticError("no")

    jobs, gate = Jobs[str](), _Gate()
    jobs.start("key", "v1", work)
    _ended(jobs)
    gate.opened.set()
    jobs.start("key", "v1", gate)
    assert _ended(jobs)[0] == "done"


def test_too_many_jobs_at_once_are_refused_in_words() -> None:
    jobs, gate = Jobs[str](most_underway=1), _Gate()
    _begun(jobs, gate)
    with pytest.raises(Busy, match="1 calculations are underway"):
        jobs.start("other", "v1", gate)
    gate.opened.set()
    _ended(jobs)


def test_the_share_never_falls_and_never_leaves_0_to_1() -> None:
    seen: list[float] = []

    def work(progress: Progress) -> str:
        for share in (0.5, 0.2, 7.0):
            progress(share)
            state = jobs.state("key")
            seen.append(state.share if state else -1)
        return ""

    jobs = Jobs[str]()
    jobs.start("key", "v1", work)
    _ended(jobs)
    assert seen == [0.5, 0.5, 1.0]


def test_only_so_many_ended_jobs_are_kept() -> None:
    jobs = Jobs[str](most_kept=2)
    for name in "abc":
        jobs.start(name, "v1", _quick(name))
        _ended(jobs, name)
    assert [jobs.state(name) is None for name in "abc"] == [True, False, False]


def test_a_job_nobody_began_has_no_state() -> None:
    assert Jobs[str]().state("key") is None
    assert Jobs[str]().cancel("key") is None


def _quick(made: str) -> Callable[[Progress], str]:
    return lambda _: made
