"""The travel table, asked of a small server on this machine that can also misbehave."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from geo.model.errors import RouteError
from geo.model.route_settings import RouteSettings
from geo.routing.demand_from_snapshot import demand_of
from geo.routing.plan_request import PlanRequest
from geo.routing.planner import make
from geo.routing.solver import travel_estimate
from geo.routing.solver.travel_table import fetch
from tests.geo.routing.planner_inputs import mission

Answer = Callable[[list[list[float]], list[list[float]]], Any]
LON, LAT = np.array([70.0, 70.1, 70.2, 70.3, 70.4]), np.array([50.0, 50.0, 50.1, 50.1, 50.2])


def seconds(here: list[list[float]], there: list[list[float]]) -> list[list[float | None]]:
    """One way is longer than the other, as streets are; nobody reaches 70.3 from 70.4."""

    def one(a: float, b: float) -> float | None:
        return None if (a, b) == (70.4, 70.3) else 6000 * abs(a - b) + (60 if a < b else 0)

    return [[one(a[0], b[0]) for b in there] for a in here]


@contextmanager
def serving(answer: Answer = seconds, raw: bytes | None = None, status: int = 200) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = parse_qs(url.query)
            points = [[float(v) for v in one.split(",")] for one in url.path.rpartition("/")[2].split(";")]
            part = [[points[int(i)] for i in query[key][0].split(";")] for key in ("sources", "destinations")]
            self._send({"code": "Ok", "durations": answer(*part)})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            part = [[[one["lon"], one["lat"]] for one in body[key]] for key in ("sources", "targets")]
            rows = [[{"time": one} for one in row] for row in answer(*part)]
            self._send({"sources_to_targets": rows})

        def _send(self, value: object) -> None:
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
            self.wfile.write(json.dumps(value).encode() if raw is None else raw)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # to be stopped is looked for as often
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("source", ["osrm", "valhalla"])
@pytest.mark.parametrize("at_once", [2, 4, 100])
@pytest.mark.capability("Travel times of a routing server", page="routes")
def test_minutes_come_from_the_server_in_blocks(source: Any, at_once: int) -> None:
    with serving() as url:
        found = fetch(RouteSettings(source, url, places_per_request=at_once), LON, LAT)
    assert found[0, 1] == pytest.approx(11.0)
    assert found[1, 0] == pytest.approx(10.0)
    assert np.isinf(found[4, 3])
    assert np.isfinite(found[3, 4])
    assert (np.diag(found) == 0).all()


def _same(value: Any) -> Answer:
    return lambda here, there: [[value for _ in there] for _ in here]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (_same(-1), "negative"), (_same("x"), "not numbers"), (_same([]), "not 5 × 5"),
        (_same(1e9), "a week"),
        (lambda here, there: [[1]], "not 5 × 5"), (lambda here, there: "x", "cannot be used"),
        (lambda here, there: [[1] * len(there)] * (len(here) - 1) + [[1]], "not numbers"),
        (_same(float("nan")), "negative or not a number"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_is_refused(answer: Answer, words: str) -> None:
    with serving(answer) as url, pytest.raises(RouteError, match=words):
        fetch(RouteSettings("osrm", url, places_per_request=10), LON, LAT)


@pytest.mark.parametrize(
    ("raw", "status", "words"),
    [
        (b"<html>", 200, "not JSON"), (b"[" * 200_000, 200, "not JSON"),
        (b"[]", 200, "cannot be used"),
        (b'{"code": "InvalidUrl"}', 200, "cannot be used"), (b"", 500, "answered 500"),
        (b"", 302, "answered 302"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("source", ["osrm", "valhalla"])
def test_an_answer_that_is_none_is_refused(source: Any, raw: bytes, status: int, words: str) -> None:
    with serving(raw=raw, status=status) as url, pytest.raises(RouteError, match=words):
        fetch(RouteSettings(source, url), LON, LAT)


def test_a_server_that_is_not_there_is_said_and_nothing_falls_back() -> None:
    with pytest.raises(RouteError, match=r'no answer .*Set travel = "estimate"'):
        fetch(RouteSettings("osrm", "http://127.0.0.1:9", timeout_s=2.0), LON, LAT)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1", "", "http://", "http://me:pw@127.0.0.1"]
)
def test_only_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(RouteError, match="no http or https address"):
        fetch(RouteSettings("osrm", url), LON, LAT)


def test_a_plan_on_a_table_keeps_to_its_minutes() -> None:
    def slow(here: list[list[float]], there: list[list[float]]) -> list[list[float]]:
        a, b = np.array(here), np.array(there)
        return [(120 + 60 * travel_estimate.between(x, y, b[:, 0], b[:, 1])).tolist() for x, y in a]

    with serving(slow) as url:
        made = make(
            demand_of(mission(routes=RouteSettings("osrm", url, places_per_request=400)), PlanRequest()),
            30,
            0,
            iterations=5,
        )
    stop = made.plan.teams[0].stops[1]
    before = made.plan.teams[0].stops[0]
    points = [made.demand.lon[before.station], made.demand.lat[before.station]]
    estimate = float(
        travel_estimate.between(*points, made.demand.lon[stop.station], made.demand.lat[stop.station])
    )
    assert stop.drive == pytest.approx(2 + estimate, abs=1e-3)
    assert made.table is not None


def test_a_plan_whose_server_fails_is_no_plan() -> None:
    settings = replace(RouteSettings("valhalla", "http://127.0.0.1:9"), timeout_s=2.0)
    with pytest.raises(RouteError, match="the valhalla travel server at"):
        make(demand_of(mission(routes=settings), PlanRequest()), 1, 0, iterations=2)
