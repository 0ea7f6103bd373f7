"""The desk's tiles, answered before Flask: a map asks for dozens at once, and routing would be most of each.

Whatever is not plainly an open, existing tile goes on to the application, which closes, explains or refuses.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from geo.model.errors import NotFound
from geo.model.snapshot import Snapshot
from geo.serving.missions import Missions
from layers.desk import desk_tiles
from layers.desk.choice_visits import choice_of
from layers.desk.visit_times import index_of
from layers.map.lru import Recent
from layers.tiles.pyramid import geometry_tile, packed
from web import session
from web.headers import PART

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KEPT_BYTES: Final = 64_000_000  # of gzipped tiles, those of all missions together
ALL: Final = "-"  # every stage, every category
_PATH: Final = re.compile(
    r"/([^/]+)/desk/(?:tiles/([^/]+)/stations|states/([^/]+)/([^/]+)/([^/]+)/([01])/(.+))"
    r"/([0-9]{1,2})/([0-9]{1,5})/([0-9]{1,5})\.(mvt|bin)"
)
_COOKIE: Final = re.compile(rf"(?:^|;\s*){session.COOKIE}=([0-9a-f]{{64}})(?=;|$)")
_ACCOUNT: Final = re.compile(rf"(?:^|;\s*){session.ACCOUNT_COOKIE}=([\w-]{{43}})(?=;|$)")
Opens = Callable[[str, list[str], str], bool]
# "gzip" in a list of codings, unless it is said to be unwanted: gzip;q=0
_GZIP: Final = re.compile(r"(?i)(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)")
_TYPE: Final = {"mvt": "application/vnd.mapbox-vector-tile", "bin": "application/octet-stream"}
# Geometry is named by the registry's hash and never changes; what was reported is kept nowhere.
_CACHE: Final = {"mvt": "private, max-age=31536000, immutable", "bin": "no-store, private"}
_ALWAYS: Final = (*PART.items(), ("Vary", "Cookie, Accept-Encoding"))


@dataclass(frozen=True, slots=True)
class Answer:
    """A tile as it travels: gzipped bytes, none for an empty tile, and its entity tag."""

    body: bytes
    tag: str


class Tiles:
    """A WSGI application around another; owns the tiles answered lately."""

    def __init__(
        self, inner: WSGIApplication, library: Missions, opens: Opens, kept_bytes: int = KEPT_BYTES
    ) -> None:
        """`opens`: whether a mission's desk opens to the cookies of the desk's key and of an account."""
        self._inner, self._library, self._opens = inner, library, opens
        self._keeps = kept_bytes > 0
        self._kept: Recent[Answer] = Recent(1 << 20, kept_bytes, lambda answer: len(answer.body) + 256)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        match = _PATH.fullmatch(_path(environ)) if self._may_answer(environ) else None
        answer = self._find(environ, match) if match else None
        if match is None or answer is None:
            return self._inner(environ, start_response)
        return _send(environ, start_response, answer, match[11])

    def _may_answer(self, environ: WSGIEnvironment) -> bool:
        return environ["REQUEST_METHOD"] in ("GET", "HEAD") and not environ.get("QUERY_STRING")

    def _find(self, environ: WSGIEnvironment, match: re.Match[str]) -> Answer | None:
        slug = match[1]
        cookies = environ.get("HTTP_COOKIE", "")
        account = _ACCOUNT.search(cookies)
        if not self._opens(slug, _COOKIE.findall(cookies), account[1] if account else ""):
            return None
        try:
            snapshot = self._library.get(slug).snapshot
            return None if snapshot is None else self._tile(snapshot, match)
        except (NotFound, ValueError):
            return None

    def _tile(self, snapshot: Snapshot, match: re.Match[str]) -> Answer:
        """Return the tile. Raises NotFound or ValueError for one that does not exist."""
        _, registry, version, stage, severity, verified, category, z, x, y, suffix = match.groups()
        at = (int(z), int(x), int(y))
        if (suffix == "mvt") != (registry is not None):
            raise NotFound("no such tile")
        if registry is not None:
            if registry != snapshot.registry.version:
                raise NotFound("no such registry")
            index = index_of(snapshot.registry)
            return self._kept_or((registry, at), lambda: geometry_tile(index, *at))
        words = ("" if stage == ALL else stage, severity, verified, _category(category))
        choice = choice_of(*words, known=snapshot.categories.category)
        state = desk_tiles.kept_state(snapshot, version, choice)
        if state is None:
            raise NotFound("no such version")
        return self._kept_or(
            (snapshot.mission.slug, version, choice, state.sequence, at), lambda: state.payload(*at)
        )

    def _kept_or(self, key: Hashable, make: Callable[[], bytes]) -> Answer:
        answer = self._kept.find(key) if self._keeps else None
        if answer is None:
            body = make()
            body = packed(body) if body else body
            answer = Answer(body, f'"{hashlib.sha256(body).hexdigest()[:20]}"')
            if self._keeps:
                self._kept.put(key, answer)
        return answer


def _category(word: str) -> str:
    """Return the category an address names, "" for all.

    One of hyphens and dots alone stands behind a hyphen more: "-" means all, and browsers leave "." out.

    >>> [_category(word) for word in ("-", "--", "-.", "sealed", "-a")]
    ['', '-', '.', 'sealed', '-a']
    """
    return word[1:] if word.startswith(ALL) and not word.strip("-.") else word


def _path(environ: WSGIEnvironment) -> str:
    """The path as it was meant: WSGI hands its bytes on as Latin-1, and a category may be called anything."""
    path: str = environ.get("PATH_INFO", "")
    return path.encode("latin-1").decode("utf-8", "replace")


def _send(
    environ: WSGIEnvironment, start_response: StartResponse, answer: Answer, suffix: str
) -> Iterable[bytes]:
    body, tag = answer.body, answer.tag
    headers = [*_ALWAYS, ("Cache-Control", _CACHE[suffix])]
    takes_gzip = _GZIP.search(environ.get("HTTP_ACCEPT_ENCODING", "")) is not None
    if not takes_gzip:
        body, tag = gzip.decompress(body) if body else body, f'{tag[:-1]}-plain"'
    headers.append(("ETag", tag))
    if tag in environ.get("HTTP_IF_NONE_MATCH", ""):
        start_response("304 Not Modified", headers)
        return []
    if not body:
        start_response("204 No Content", headers)
        return []
    if takes_gzip:
        headers.append(("Content-Encoding", "gzip"))
    headers += [("Content-Type", _TYPE[suffix]), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
