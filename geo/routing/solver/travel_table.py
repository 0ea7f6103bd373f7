"""Minutes between places from a routing server of one's own (OSRM, Valhalla) instead of the estimate."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import Any, Final

import numpy as np

from geo.model.columns import FloatArray
from geo.model.errors import RouteError
from geo.model.messages import Message, message
from geo.model.route_settings import RouteSettings, is_web

LARGEST_ANSWER: Final = 64 << 20  # bytes
AT_ONCE: Final = 4  # requests
LONGEST_MINUTES: Final = 7 * 24 * 60.0  # of a drive; more is no answer
Blocks = tuple[slice, slice]


def fetch(
    settings: RouteSettings,
    lon: FloatArray,
    lat: FloatArray,
    report: Callable[[float], None] | None = None,
) -> FloatArray:
    """Return minutes from every place to every other, (P, P); inf where the server knows no way.

    Asks for blocks of at most `places_per_request` places. Raises RouteError for a server that does not
    answer, or not as it should: there is no falling back to the estimate unasked.
    """
    if not is_web(settings.url):
        raise RouteError("{url} is no http or https address of a travel server", url=repr(settings.url))
    minutes = np.zeros((len(lon), len(lon)))
    blocks = list(_blocks(len(lon), max(1, settings.places_per_request // 2)))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(_block, settings, lon, lat, block) for block in blocks]
        try:
            for done, (block, job) in enumerate(zip(blocks, jobs, strict=True), start=1):
                minutes[block] = job.result()
                if report:
                    report(done / len(blocks))
        except BaseException:
            for job in jobs:
                job.cancel()
            raise
    np.fill_diagonal(minutes, 0.0)
    return minutes


def _blocks(count: int, size: int) -> Iterator[Blocks]:
    parts = [slice(at, min(at + size, count)) for at in range(0, count, size)]
    return ((a, b) for a in parts for b in parts)


def _block(settings: RouteSettings, lon: FloatArray, lat: FloatArray, block: Blocks) -> FloatArray:
    """Return the minutes of one block, from its first places to its second."""
    ends = [(lon[part], lat[part]) for part in block]
    asked = _osrm(settings, ends) if settings.travel == "osrm" else _valhalla(settings, ends)
    answer = _answer(settings, asked)
    rows = _osrm_rows(answer) if settings.travel == "osrm" else _valhalla_rows(answer)
    shape = (len(ends[0][0]), len(ends[1][0]))
    try:
        seconds = np.array(
            [[np.inf if minutes is None else minutes for minutes in row] for row in rows], dtype=np.float64
        )
    except (TypeError, ValueError, OverflowError):
        raise _bad(settings, message("its times are not numbers")) from None
    if seconds.shape != shape:
        raise _bad(settings, message("its table is not {rows} × {columns}", rows=shape[0], columns=shape[1]))
    if np.isnan(seconds).any() or (seconds < 0).any():
        raise _bad(settings, message("a time is negative or not a number"))
    if (seconds[np.isfinite(seconds)] > LONGEST_MINUTES * 60).any():
        raise _bad(settings, message("a drive takes more than a week"))
    return seconds / 60.0


def _osrm(settings: RouteSettings, ends: list[tuple[FloatArray, FloatArray]]) -> urllib.request.Request:
    places = ";".join(
        f"{x:.6f},{y:.6f}" for lon, lat in ends for x, y in zip(lon.tolist(), lat.tolist(), strict=True)
    )
    first = len(ends[0][0])
    sources = ";".join(map(str, range(first)))
    targets = ";".join(map(str, range(first, first + len(ends[1][0]))))
    path = f"/table/v1/{settings.profile or 'driving'}/{places}"
    query = f"sources={sources}&destinations={targets}&annotations=duration"
    return urllib.request.Request(f"{settings.url.rstrip('/')}{path}?{query}")  # noqa: S310 (http or https: is_web)


def _osrm_rows(answer: Any) -> Any:
    is_ok = isinstance(answer, dict) and answer.get("code") == "Ok"
    return answer.get("durations") if is_ok else None


def _valhalla(settings: RouteSettings, ends: list[tuple[FloatArray, FloatArray]]) -> urllib.request.Request:
    sources, targets = (
        [{"lon": round(x, 6), "lat": round(y, 6)} for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
        for lon, lat in ends
    )
    body = {"sources": sources, "targets": targets, "costing": settings.profile or "auto"}
    return urllib.request.Request(  # noqa: S310 (http or https: is_web)
        f"{settings.url.rstrip('/')}/sources_to_targets",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )


def _valhalla_rows(answer: Any) -> Any:
    rows = answer.get("sources_to_targets") if isinstance(answer, dict) else None
    if isinstance(rows, dict):  # the short form
        return rows.get("durations")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return None
    if not all(isinstance(leg, dict) for row in rows for leg in row):
        return None
    return [[leg.get("time") for leg in row] for row in rows]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A travel server that sends one elsewhere is not the one that was configured."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


def _answer(settings: RouteSettings, asked: urllib.request.Request) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
    try:
        with opener.open(asked, timeout=settings.timeout_s) as reply:
            body = reply.read(LARGEST_ANSWER + 1)
    except urllib.error.HTTPError as error:
        raise _bad(settings, message("it answered {status}", status=str(error.code))) from None
    except (OSError, HTTPException, ValueError) as error:
        reason = str(getattr(error, "reason", error))
        raise _bad(settings, message("no answer ({reason})", reason=reason)) from None
    if len(body) > LARGEST_ANSWER:
        raise _bad(settings, message("its answer is larger than {bytes} bytes", bytes=LARGEST_ANSWER))
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise _bad(settings, message("its answer is not JSON")) from None
    return answer


def _bad(settings: RouteSettings, why: Message) -> RouteError:
    return RouteError(
        "the {kind} travel server at {url} cannot be used: {why}. "
        'Set travel = "estimate" under [routes] to plan without it',
        kind=settings.travel, url=settings.url, why=why,
    )  # fmt: skip
