"""The start page: a card per mission, of what is at hand; it waits for no build and no picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from geo.model.languages import LANGUAGES
from geo.model.mission import text_in
from geo.publication.released import Released
from geo.serving.missions import ServedMission
from layers.map.caption import cut_off
from layers.map.press_view import View, view_of
from layers.words.language import NAMES, Language, language, mark
from web.assets import assets
from web.memo import per_snapshot
from web.press_resources import PAGES

VISITED: Final = mark("{n} of {stations} stations visited")
STATIONS: Final = mark("{n} stations")


def start_page(
    missions: Mapping[str, ServedMission | None],
    newest: Callable[[str], Released | None],
    code: str,
    root: str,
    *,
    has_accounts: bool = False,
) -> bytes:
    """Return the page in one language. `newest`: a mission's release, if one is at hand.

    `has_accounts`: people can sign in here. `root` leads from the page to the site's root.
    """
    speaks = language(code)
    inner = sorted(missions.items(), key=lambda pair: (_rank(pair[1]), pair[0]))
    cards = [_card(slug, served, newest(slug), speaks) for slug, served in inner]
    static = f"{root}/static/{assets().digest}"
    shared = {"language": speaks, "languages": LANGUAGES, "names": NAMES, "say": speaks.say}
    page = PAGES.get_template("start.html")
    return page.render(**shared, static=static, root=root, cards=cards, has_accounts=has_accounts).encode()


def _rank(served: ServedMission | None) -> int:
    """Live missions first, then a simulated day on which everything can be seen, then what was published."""
    if served is None or served.snapshot is None:
        return 4
    mission = served.snapshot.mission
    if mission.nature == "simulated":
        return 1 if mission.selection == "probability" else 3
    return 0 if mission.nature == "live" else 2


def _card(
    slug: str, served: ServedMission | None, newest: Released | None, speaks: Language
) -> dict[str, Any]:
    mission = served.snapshot.mission if served and served.snapshot else None
    is_out = newest is not None and newest.release.state == "released"
    code = speaks.code if mission is None or speaks.code in mission.languages else mission.languages[0]
    return {
        "slug": slug,
        "code": code,
        "title": text_in(mission.title, speaks.code) if mission else slug,
        "subtitle": text_in(mission.subtitle, speaks.code) if mission else "",
        "date": speaks.date(mission.election_date) if mission else "",
        "simulated": mission is not None and mission.nature == "simulated",
        "live": mission is not None and mission.nature == "live",
        "preparing": served is None or (mission is not None and newest is None),
        "nothing_yet": newest is not None and not is_out,
        "error": served is not None and bool(served.problems),
        "picture": f"card-{newest.release.version}.svg" if newest is not None and is_out else "",
        **(_figures(newest, speaks.code) if newest is not None and is_out else {"of": "", "data_to": ""}),
    }


@per_snapshot
def _figures(newest: Released, code: str) -> dict[str, str]:
    """Return the one figure of a card and the day its data reach to."""
    speaks, view = language(code), view_of(newest)
    return {"of": _share_visited(view, speaks), "data_to": cut_off(view, speaks)}


def _share_visited(view: View, speaks: Language) -> str:
    visited, stations = view.total("visited"), view.total("stations")
    if visited and stations:
        return speaks.say(VISITED, n=speaks.number(visited), stations=speaks.number(stations))
    return speaks.say(STATIONS, n=speaks.number(stations)) if stations else ""
