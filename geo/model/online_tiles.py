"""What mission.toml says of map tiles of another host: asked for by the desk alone, and only if it says so.

Whoever draws such a map tells its host where coordinators look, so nothing is asked until one of them
ticks a box, and the press page never asks. The address goes into a policy of the page, so every letter of
it counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

KEYS: Final = ("url", "attribution")
LONGEST_URL: Final = 300  # characters; an address with a key has some hundred
LONGEST_ATTRIBUTION: Final = 160  # characters, for one line below a map
PLACES: Final = ("{z}", "{x}", "{y}")
# The address is written into a page and its policy: no letter of it may end a text, a rule of the policy or
# the address itself. The host is plain ASCII.
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_URL: Final = re.compile(
    rf"(?P<origin>https://(?P<host>{_LABEL}(?:\.{_LABEL})+)(?::[0-9]{{1,5}})?"
    rf"|http://(?P<own>127\.0\.0\.1|localhost)(?::[0-9]{{1,5}})?)"
    rf"/[A-Za-z0-9._~/{{}}@+=&?%-]*"
)


@dataclass(frozen=True, slots=True)
class OnlineTiles:
    """Tiles of another host: `url` with {z}, {x} and {y}, of which `origin` is scheme, host and port.

    `attribution`: who made the map, as plain text that the desk shows beside it.
    """

    url: str
    origin: str
    host: str
    attribution: str


def parse_online_tiles(section: Mapping[str, Any], tell: Callable[[str, str], None]) -> OnlineTiles | None:
    """Return the settings of `[online_tiles]`, None without them; `tell` gets every key and problem."""
    if not section:
        return None
    for key in section:
        if key not in KEYS:
            tell(f"online_tiles.{key}", f"online_tiles.{key} is not a setting; known here: {', '.join(KEYS)}")
    url, attribution = section.get("url", ""), section.get("attribution", "")
    match = _URL.fullmatch(url) if isinstance(url, str) and len(url) <= LONGEST_URL else None
    if match is None or not _has_places(url[match.end("origin") :]):
        tell(
            "online_tiles.url",
            'online_tiles.url must be an address such as "https://tiles.example.org/{z}/{x}/{y}.png": '
            "https, a host in small ASCII letters, {z}, {x} and {y} once each, no other braces, quotes or "
            "semicolons",
        )
        match = None
    if not _is_plain(attribution):
        tell(
            "online_tiles.attribution",
            f"online_tiles.attribution must name the makers of the map in 1 to {LONGEST_ATTRIBUTION} letters "
            "of plain text, without tags or line breaks",
        )
        return None
    if match is None:
        return None
    return OnlineTiles(url, match["origin"], match["host"] or match["own"], attribution)


def _has_places(path: str) -> bool:
    """Return whether a path holds each of `PLACES` once and no other braces."""
    rest = path
    for place in PLACES:
        rest = rest.replace(place, "", 1)
    return all(place in path for place in PLACES) and not set("{}") & set(rest)


def _is_plain(text: object) -> bool:
    return (
        isinstance(text, str) and text.strip() != "" and len(text) <= LONGEST_ATTRIBUTION
        and text.isprintable() and not set("<>") & set(text)
    )  # fmt: skip
