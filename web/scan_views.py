"""The search for clusters on the desk: begun, and looked at. Behind the desk's token."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, current_app

from geo.analysis.choice_analysis import page_choices
from geo.analysis.cluster_finding import find_clusters
from geo.model.counts import Choice
from geo.model.errors import Busy
from geo.model.snapshot import Snapshot
from geo.serving.background_jobs import Jobs, JobState, Progress
from layers.desk import scan_progress
from layers.desk.scan_progress import Searches
from layers.words.language import language
from web.desk_views import asked_choice, guard, snapshot_of
from web.doors import keep_nowhere
from web.json_requests import json_answer

scan = Blueprint("desk_scan", __name__, url_prefix="/<slug>/desk/<language:code>/scan")
scan.before_request(guard)
scan.after_request(keep_nowhere)


def _scans() -> Jobs[Searches]:
    jobs: Jobs[Searches] = current_app.extensions["baqylau.scans"]
    return jobs


def _page(choice: Choice) -> Choice:
    """The choice without its category: all categories of a page are searched together."""
    return replace(choice, categories=())


def _told(state: JobState[Searches] | None, snapshot: Snapshot, code: str, status: int = 200) -> Response:
    return json_answer(scan_progress.told(state, asked_choice(snapshot), snapshot, language(code)), status)


@scan.errorhandler(Busy)
def busy(error: Busy) -> Response:  # noqa: ARG001 (the desk says it in its own language)
    return json_answer({"status": "busy"}, 503)


@scan.get("/state.json")
def state(slug: str, code: str) -> Response:
    snapshot = snapshot_of(slug)
    return _told(_scans().state((slug, _page(asked_choice(snapshot)))), snapshot, code)


@scan.post("/start.json")
def start(slug: str, code: str) -> Response:
    snapshot = snapshot_of(slug)
    page = _page(asked_choice(snapshot))
    underway = _scans().state((slug, page))
    if underway and underway.is_underway:  # of older data, perhaps: new reports must not keep it from an end
        return _told(underway, snapshot, code, 202)

    def search(progress: Progress) -> Searches:
        choices = page_choices(snapshot, page)
        return dict(zip(choices, find_clusters(snapshot, choices, progress=progress), strict=True))

    return _told(_scans().start((slug, page), snapshot.version, search), snapshot, code, 202)
