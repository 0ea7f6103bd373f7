"""Work that takes longer than a request: begun once, looked at while it runs, its result kept."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Final, Generic, Literal, TypeVar

from geo.model.errors import BaqylauError, Busy, Cancelled, RouteError
from geo.model.messages import Message, message, untranslated

LOG: Final = logging.getLogger("baqylau")
AT_ONCE: Final = 1  # jobs running: of two cores one goes on answering requests
MOST_UNDERWAY: Final = 8  # jobs waiting or running; beyond it whoever asks is told to wait
MOST_KEPT: Final = 64  # ended jobs whose state is remembered, the oldest go first
BROKE: Final = message("it could not be finished; the server's log has the details")

Status = Literal["waiting", "running", "done", "failed", "cancelled"]
# The work calls it with the share done, 0–1. It raises Cancelled once nobody wants the result any more.
Progress = Callable[[float], None]
_Made = TypeVar("_Made")


@dataclass(frozen=True)  # no slots: JobState[_Made](…) cannot be made with them
class JobState(Generic[_Made]):
    """How far a job is. `version`: of the data it works on.

    `made`: its result, only when it is done. `why`: what went wrong, only when it failed.
    """

    version: str
    status: Status
    share: float = 0.0  # 0–1, never falls
    made: _Made | None = None
    why: Message | None = None

    @property
    def is_underway(self) -> bool:
        return self.status in ("waiting", "running")


@dataclass(eq=False)
class _Job(Generic[_Made]):
    state: JobState[_Made]
    is_unwanted: threading.Event = field(default_factory=threading.Event)


class Jobs(Generic[_Made]):
    """Owns the threads of one kind of long work, at most one per key, and what they made.

    A key says what is asked for, such as a mission's slug; a version says of which data. Nothing here
    waits for the work except `wait`.
    """

    def __init__(
        self, at_once: int = AT_ONCE, most_underway: int = MOST_UNDERWAY, most_kept: int = MOST_KEPT
    ) -> None:
        self._most_underway, self._most_kept = most_underway, most_kept
        self._jobs: dict[Hashable, _Job[_Made]] = {}
        self._turn = threading.Semaphore(at_once)
        self._changed = threading.Condition()

    def start(self, key: Hashable, version: str, work: Callable[[Progress], _Made]) -> JobState[_Made]:
        """Begin a job unless it is underway or done for this version; return its state at once.

        A job of the same key for another version is called off: the newest data win. One that failed or
        was cancelled begins anew. Raises Busy when too many are underway.
        """
        with self._changed:
            old = self._jobs.get(key)
            if old and old.state.version == version and (old.state.is_underway or old.state.status == "done"):
                return old.state
            others = sum(job.state.is_underway for other, job in self._jobs.items() if other != key)
            if others >= self._most_underway:
                raise Busy(f"{others} calculations are underway already; wait for one of them")
            if old:
                self._call_off(old)
                del self._jobs[key]  # so that the new one stands last, as the newest
            job = _Job[_Made](JobState(version, "waiting"))
            self._jobs[key] = job
            self._forget()
            threading.Thread(target=self._run, args=(job, work), name="baqylau-job", daemon=True).start()
            return job.state

    def state(self, key: Hashable) -> JobState[_Made] | None:
        """Return how far the newest job of a key is, None if there is none."""
        with self._changed:
            job = self._jobs.get(key)
            return job.state if job else None

    def cancel(self, key: Hashable) -> JobState[_Made] | None:
        """Call a job off; what is done or failed stays. The thread ends at its next sign of progress."""
        with self._changed:
            job = self._jobs.get(key)
            if job:
                self._call_off(job)
            return job.state if job else None

    def wait(self, key: Hashable, seconds: float) -> JobState[_Made] | None:
        """Return a job's state as soon as it has ended, or as it is after these seconds."""
        with self._changed:
            self._changed.wait_for(
                lambda: key not in self._jobs or not self._jobs[key].state.is_underway, seconds
            )
            job = self._jobs.get(key)
            return job.state if job else None

    def _call_off(self, job: _Job[_Made]) -> None:
        job.is_unwanted.set()
        if job.state.is_underway:
            job.state = replace(job.state, status="cancelled")
            self._changed.notify_all()

    def _forget(self) -> None:
        ended = [key for key, job in self._jobs.items() if not job.state.is_underway]
        for key in ended[: max(0, len(ended) - self._most_kept)]:
            del self._jobs[key]

    def _run(self, job: _Job[_Made], work: Callable[[Progress], _Made]) -> None:
        with self._turn:
            if job.is_unwanted.is_set():
                return
            self._ended(job, self._result(job, work))

    def _result(self, job: _Job[_Made], work: Callable[[Progress], _Made]) -> JobState[_Made]:
        self._set(job, replace(job.state, status="running"))
        try:
            product = work(lambda share: self._reached(job, share))
        except Cancelled:
            return replace(job.state, status="cancelled")
        except BaqylauError as error:
            why = error.said if isinstance(error, RouteError) else untranslated(str(error))
            return replace(job.state, status="failed", why=why)
        except Exception:  # a thread's edge: whatever broke is for the log, the desk only learns that it did
            LOG.exception("a job of version %s broke", job.state.version)
            return replace(job.state, status="failed", why=BROKE)
        return replace(job.state, status="done", share=1.0, made=product)

    def _reached(self, job: _Job[_Made], share: float) -> None:
        if job.is_unwanted.is_set():
            raise Cancelled("nobody waits for this result any more")
        self._set(job, replace(job.state, share=min(1.0, max(job.state.share, share))))

    def _ended(self, job: _Job[_Made], state: JobState[_Made]) -> None:
        self._set(job, state)
        with self._changed:
            self._forget()
            self._changed.notify_all()

    def _set(self, job: _Job[_Made], state: JobState[_Made]) -> None:
        with self._changed:
            if not job.is_unwanted.is_set():  # a job called off stays so, whatever its thread still says
                job.state = state
