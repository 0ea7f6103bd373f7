"""The plans being worked on: one per mission, made and changed in the background, kept on disk."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from geo.analysis import operations
from geo.model import places
from geo.model.errors import InputError, NotFound, RouteError
from geo.model.snapshot import Snapshot
from geo.routing import plan_document
from geo.routing.demand_from_snapshot import demand_of
from geo.routing.next_station import NextStation, NextStations
from geo.routing.plan_changes import PlanChange
from geo.routing.plan_request import DAY_MINUTES, PlanRequest
from geo.routing.planner import PlanState, change, make, plan_teams
from geo.serving.background_jobs import Jobs, JobState, Progress
from geo.serving.whole_file import remove_unfinished, write_whole

LOG: Final = logging.getLogger("baqylau")
CHOOSING: Final = 0.1  # the share of the work that comes before the routing, for a progress bar
MOST_SECONDS: Final = 60.0  # that a search may take: it occupies one of two cores
MOST_UNDONE: Final = 20  # plans kept to return to


class Plans:
    """Owns each mission's plan, the thread that makes or changes it, and its file below `folder`.

    A plan is read again when the server starts anew. Nothing here waits for the work.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._jobs: Jobs[PlanState] = Jobs()
        self._made: dict[str, list[PlanState]] = {}
        self._near: dict[str, NextStations] = {}
        self._asked = itertools.count(1)
        self._lock = threading.Lock()
        self._near_lock = threading.Lock()
        self._unsaved: set[str] = set()
        remove_unfinished(folder)

    def start(self, snapshot: Snapshot, ask: PlanRequest, seconds: float, seed: int) -> JobState[PlanState]:
        """Begin a new plan; it takes the old one's place when it is done. Raises Busy.

        `seconds`: for the search, between 1 and MOST_SECONDS. Where there is a plan and the ask names
        teams, only those are planned anew; all others keep what they have.
        """
        limit = min(max(seconds, 1.0), MOST_SECONDS)
        base = self.current(snapshot) if ask.teams else None

        def work(progress: Progress) -> PlanState:
            def report(step: str, share: float, _: float) -> None:
                progress(_share(step, share))

            if base is not None:
                return plan_teams(_newest(base, snapshot), ask, limit, report=report)
            return make(demand_of(snapshot, ask), limit, seed, report=report)

        return self._begin(snapshot, work)

    def change(
        self, snapshot: Snapshot, version: str, changes: Sequence[PlanChange], now: float | None
    ) -> JobState[PlanState]:
        """Begin to change the plan of this version. Raises RouteError if it is no longer the plan, Busy."""
        base = self.current(snapshot)
        if base is None or plan_document.document_of_plan(base)["version"] != version:
            raise RouteError("the plan was changed by somebody else meanwhile; look at it and try again")

        def work(progress: Progress) -> PlanState:
            progress(CHOOSING)
            return change(_newest(base, snapshot), changes, now=now)

        return self._begin(snapshot, work)

    def _begin(self, snapshot: Snapshot, work: Callable[[Progress], PlanState]) -> JobState[PlanState]:
        slug = snapshot.mission.slug

        def plan_and_keep(progress: Progress) -> PlanState:
            state = work(progress)
            progress(1.0)  # whoever called it off keeps the plan there was
            with self._lock:
                self._made[slug] = [*self._all(snapshot)[-MOST_UNDONE:], state]
                self._write(slug, state)
            return state

        return self._jobs.start(slug, f"{snapshot.version} {next(self._asked)}", plan_and_keep)

    def state(self, slug: str) -> JobState[PlanState] | None:
        """Return how far the newest work on a mission's plan is, None if nobody asked for any."""
        return self._jobs.state(slug)

    def wait(self, slug: str, seconds: float) -> JobState[PlanState] | None:
        """Return the newest work's state as soon as it has ended, or as it is after these seconds."""
        return self._jobs.wait(slug, seconds)

    def cancel(self, slug: str) -> JobState[PlanState] | None:
        """Call the work off; the plan there was stays."""
        return self._jobs.cancel(slug)

    def current(self, snapshot: Snapshot) -> PlanState | None:
        """Return the mission's plan, None without one or where its file no longer fits; the file stays."""
        with self._lock:
            return next(reversed(self._all(snapshot)), None)

    def undo(self, snapshot: Snapshot) -> PlanState | None:
        """Return to the plan before the last change; the first plan stays."""
        slug = snapshot.mission.slug
        with self._lock:
            if len(self._all(snapshot)) > 1:
                self._made[slug] = self._made[slug][:-1]
                self._write(slug, self._made[slug][-1])
        return self.current(snapshot)

    def can_undo(self, snapshot: Snapshot) -> bool:
        with self._lock:
            return len(self._all(snapshot)) > 1

    def _all(self, snapshot: Snapshot) -> list[PlanState]:
        """Return a mission's plans, the newest last; read from its file the first time."""
        slug = snapshot.mission.slug
        if slug not in self._made:
            read = self._read(snapshot)
            self._made[slug] = [] if read is None else [read]
        return self._made[slug]

    def next_best(
        self, snapshot: Snapshot, team_id: str, now: float, many: int = 5
    ) -> tuple[NextStation, ...]:
        """Return a team's next best stations at a minute of its day.

        It is taken to be at the station it visited last, else at its base. What the mission's plan says
        holds: the team's hours and its areas, what other teams have, stations left out or closed, ground that
        nobody enters. Raises NotFound for a team that is none, RouteError for one without any place.
        """
        teams = snapshot.teams
        if team_id not in teams.team_id:
            raise NotFound("no such team")
        row = teams.team_id.index(team_id)
        here = _last_place(snapshot, row)
        if here is None:
            raise RouteError("team {team} has no base on the map and no visit so far", team=team_id)
        state = self.current(snapshot)
        duties = state.demand.teams if state is not None else ()
        duty = next((duty for duty in duties if duty.team_id == team_id), None)
        home = (float(teams.base_lon[row]), float(teams.base_lat[row]))
        with self._near_lock:  # the tree is one for all who ask
            return self._nearest(snapshot).best(
                *here, now, home=home if np.isfinite(home).all() else None,
                shift_end=duty.shift_end if duty is not None else DAY_MINUTES,
                areas=duty.areas if duty is not None else (),
                without=_not_for(snapshot, state, team_id),
                no_go=state.demand.no_go if state is not None else (),
                many=many,
            )  # fmt: skip

    def _nearest(self, snapshot: Snapshot) -> NextStations:
        slug = snapshot.mission.slug
        near = self._near.get(slug)
        if near is None or not near.follow(snapshot):
            near = self._near[slug] = NextStations(snapshot)
        return near

    def _file(self, slug: str) -> Path:
        return self._folder / f"{slug}.json"

    def _write(self, slug: str, state: PlanState) -> None:
        """Keep the plan; what cannot be written is said (`is_saved`) and lives until the server stops."""
        try:
            write_whole(self._file(slug), plan_document.text_of(state).encode())
        except (OSError, UnicodeError):
            LOG.exception("the plan of mission %s could not be written", slug)
            self._unsaved.add(slug)
        else:
            self._unsaved.discard(slug)

    def is_saved(self, slug: str) -> bool:
        """Return whether the newest plan is on the disk: one that is not is gone with the server."""
        return slug not in self._unsaved

    def _read(self, snapshot: Snapshot) -> PlanState | None:
        try:
            text = self._file(snapshot.mission.slug).read_bytes()
        except OSError:
            return None
        try:
            return plan_document.read(snapshot, text)
        except (InputError, RouteError) as error:
            LOG.warning("the plan kept for mission %s is not used: %s", snapshot.mission.slug, error)
            return None


def _newest(base: PlanState, snapshot: Snapshot) -> PlanState:
    """Return a plan as the newest snapshot has it. Raises RouteError for one that can no longer be driven."""
    if base.asked.snapshot is snapshot:
        return base
    return plan_document.read(snapshot, plan_document.text_of(base))


def minutes_now(snapshot: Snapshot, team_id: str = "") -> float | None:
    """Return the moment the snapshot speaks for as minutes of election day; None on another day.

    By the clock at a team's base, or the mission's own.
    """
    local = snapshot.as_of.astimezone(snapshot.mission.zone_of(_area_of_base(snapshot, team_id)))
    if local.date() != snapshot.mission.election_date:
        return None
    return local.hour * 60.0 + local.minute


def _area_of_base(snapshot: Snapshot, team_id: str) -> str:
    """Return the id of the area of level 1 that a team's base lies in, "" if that is not known."""
    teams, areas = snapshot.teams, snapshot.registry.areas
    if team_id not in teams.team_id:
        return ""
    row = teams.team_id.index(team_id)
    polygons = areas.polygon.copy()
    polygons[areas.level != 1] = None
    at = int(places.area_of(teams.base_lon[row : row + 1], teams.base_lat[row : row + 1], polygons)[0])
    return areas.area_id[at] if at >= 0 else ""


def _share(step: str, share: float) -> float:
    return CHOOSING + (1 - CHOOSING) * share if step == "routing" else CHOOSING * share


def _last_place(snapshot: Snapshot, team: int) -> tuple[float, float] | None:
    """Return the lon, lat of a team's last visit to a station on the map, else its base, else None."""
    stations, visit = snapshot.registry.stations, int(operations.last_visits(snapshot)[team])
    if visit >= 0:
        station = int(snapshot.visits.station[visit])
        return float(stations.lon[station]), float(stations.lat[station])
    lon, lat = float(snapshot.teams.base_lon[team]), float(snapshot.teams.base_lat[team])
    return (lon, lat) if np.isfinite([lon, lat]).all() else None


def _not_for(snapshot: Snapshot, state: PlanState | None, team_id: str) -> set[int]:
    """Return the stations (positions) that a team is not sent to: other teams', left out, or closed."""
    if state is None:
        return set()
    names = [
        state.demand.station_id[stop.station]
        for team in state.plan.teams
        if team.team_id != team_id
        for stop in team.stops
    ]
    names += [*state.closed, *state.asked.ask.excluded]
    return {at for name in names if (at := snapshot.registry.station(name)) >= 0}
