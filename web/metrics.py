"""Figures for whoever watches the server: requests, journal, builds, ages. Names of missions, nothing else.

For programs with a key of its own (`BAQYLAU_METRICS_KEY`); without one the address does not exist. With
several processes the one that answers tells its own requests, with its number, and the journal all share.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CollectorRegistry, Counter, Summary, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from geo.journal.event import JournalUnavailable
from geo.model.errors import NotFound
from geo.serving.journal_door import JournalDoor
from geo.serving.missions import Missions
from geo.serving.releases import Releases
from web.headers import NO_STORE
from web.served import settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

watching = Blueprint("watching", __name__)
ENDPOINT: Final = "baqylau.endpoint"  # in the environment of a request: what answered it
OTHER: Final = "other"  # tiles, what was refused before it was read, what another process answers


class RequestFigures:
    """A WSGI application around another; owns how many requests each endpoint had, and how they ended."""

    def __init__(self, inner: WSGIApplication, registry: CollectorRegistry) -> None:
        self._inner = inner
        self._requests = Counter(
            "baqylau_http_requests",
            "Requests answered.",
            ("endpoint", "status", "process"),
            registry=registry,
        )
        self._seconds = Summary(
            "baqylau_http_request_seconds",
            "Until the answer began.",
            ("endpoint", "process"),
            registry=registry,
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began, process = time.perf_counter(), str(os.getpid())

        def counted(status: str, *rest: object) -> object:
            endpoint = environ.get(ENDPOINT, OTHER)
            self._requests.labels(endpoint, status[:3], process).inc()
            self._seconds.labels(endpoint, process).observe(time.perf_counter() - began)
            return start_response(status, *rest)  # type: ignore[arg-type]

        return self._inner(environ, counted)  # type: ignore[arg-type]


class StateFigures:
    """Asks missions, releases and journal at every look; keeps nothing."""

    def __init__(self, app: Flask, is_one_of_many: bool) -> None:
        self._library: Missions = app.extensions["baqylau.library"]
        self._releases: Releases = app.extensions["baqylau.releases"]
        self._journal: JournalDoor = app.extensions["baqylau.journal"]
        self._mode = "several" if is_one_of_many else "one"

    def collect(self) -> Iterator[Metric]:
        """Yield what a mission is now, and the journal."""
        info = GaugeMetricFamily("baqylau_process", "The process that answers.", labels=("process", "of"))
        info.add_metric((str(os.getpid()), self._mode), 1)
        yield info
        yield from self._of_journal()
        yield from self._of_missions()

    def _of_journal(self) -> Iterator[Metric]:
        readable = GaugeMetricFamily("baqylau_journal_readable", "1 if the journal can be read.")
        try:
            sequence, quarantined = self._journal.reader.head()[0], self._journal.reader.quarantined()
        except JournalUnavailable:
            readable.add_metric((), 0)
        else:
            readable.add_metric((), 1)
            # a counter: rate() of it is events a second
            yield CounterMetricFamily("baqylau_journal_events", "Events of the journal.", value=sequence)
            yield GaugeMetricFamily(
                "baqylau_journal_quarantined", "Sendings that wait for a person.", value=quarantined
            )
        yield readable

    def _of_missions(self) -> Iterator[Metric]:
        labels, now = ("mission",), datetime.now(UTC)
        ready = GaugeMetricFamily("baqylau_mission_ready", "1 if the mission has a map.", labels=labels)
        problems = GaugeMetricFamily(
            "baqylau_mission_problems", "Why its files cannot be read.", labels=labels
        )
        builds = CounterMetricFamily(
            "baqylau_mission_builds", "Times it was built of its files.", labels=labels
        )
        age = GaugeMetricFamily("baqylau_data_age_seconds", "Since the moment it speaks for.", labels=labels)
        visits = GaugeMetricFamily(
            "baqylau_mission_visits", "Visits it knows, of all versions.", labels=labels
        )
        release_age = GaugeMetricFamily(
            "baqylau_release_age_seconds", "Since the press's release.", labels=labels
        )
        for slug, served in self._library.listed().items():
            snapshot = served.snapshot if served else None
            ready.add_metric((slug,), int(snapshot is not None))
            problems.add_metric((slug,), len(served.problems) if served else 0)
            builds.add_metric((slug,), self._library.builds(slug))
            if snapshot is None:
                continue
            age.add_metric((slug,), (now - snapshot.as_of).total_seconds())
            visits.add_metric((slug,), len(snapshot.visits))
            made_at = self._releases.made_at(slug)
            if made_at is not None:
                release_age.add_metric((slug,), (now - made_at).total_seconds())
        yield from (ready, problems, builds, age, visits, release_age)


def watched(app: Flask, inner: WSGIApplication, is_one_of_many: bool) -> RequestFigures:
    """Return what counts the requests of an application, `inner` with all around it, and add its page."""
    registry = CollectorRegistry()
    registry.register(StateFigures(app, is_one_of_many))
    app.extensions["baqylau.metrics"] = registry
    app.url_value_preprocessor(_name)  # before any door refuses
    app.register_blueprint(watching)
    return RequestFigures(inner, registry)


def _name(endpoint: str | None, _values: object) -> None:
    request.environ[ENDPOINT] = endpoint or "nothing"


@watching.get("/metrics")
def metrics() -> Response:
    """The figures in Prometheus' text format, for who has the key; 404 where no key was set."""
    if not settings().metrics_key:
        raise NotFound("no such page")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if not hmac.compare_digest(given.encode(), settings().metrics_key.encode()):
        response = Response("Send the key: Authorization: Bearer KEY.\n", 401, mimetype="text/plain")
        response.headers["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return response
    body = generate_latest(current_app.extensions["baqylau.metrics"])
    return Response(body, 200, {"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": NO_STORE})
