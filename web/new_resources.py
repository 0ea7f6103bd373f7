"""The pages of “Put your data on a map” as bytes, and what their forms ask for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import available_timezones

from geo.commands import new_mission
from geo.commands.new_mission import AreaOffer, NewMission
from geo.model.errors import InputError
from geo.model.languages import LANGUAGES
from geo.model.messages import Message, message, with_texts
from geo.model.mission import text_in
from geo.model.snapshot import Snapshot
from geo.reading.defects import defect_message, summary
from geo.reading.station_list import ASKED, LARGEST, SUFFIXES, BroughtStations, read_boundaries, read_list
from geo.serving.missions import ServedMission
from geo.serving.own_missions import OwnMissions
from layers.words.language import NAMES, Language, language, mark
from layers.words.message_text import message_in_language, problems_in_language
from web.assets import assets
from web.press_resources import PAGES

Saver = Callable[[Path], None]
COLUMN: Final = {
    "name": mark("Name"),
    "number": mark("Station number"),
    "lon": mark("Longitude"),
    "lat": mark("Latitude"),
    "address": mark("Address"),
    "settlement": mark("Town or village"),
    "voters": mark("Registered voters"),
}
AREA: Final = mark("Area")
SAMPLES: Final = 3  # rows of the list that the page shows
MOST_DEFECTS: Final = 12  # kinds of defect on the page of a new map; `check` lists all


def closed(code: str, root: str) -> bytes:
    """Return the page for who has no key."""
    return _rendered("new_closed.html", code, root)


def form_page(
    code: str,
    root: str,
    own: OwnMissions,
    listed: Mapping[str, ServedMission | None],
    error: Message | None = None,
) -> bytes:
    """Return the page where a file is dropped; `error`: why the last one could not be read."""
    mine = [
        {"slug": slug, "title": _title(listed.get(slug), slug, code), "private": own.is_private(slug)}
        for slug in sorted(own.slugs())
    ]
    endings, megabytes, why = ",".join(SUFFIXES), LARGEST >> 20, _said(error, code)
    return _rendered("new.html", code, root, mine=mine, error=why, endings=endings, megabytes=megabytes)


def _said(error: Message | None, code: str) -> str:
    return message_in_language(error, language(code), alone=True) if error else ""


def _title(served: ServedMission | None, slug: str, code: str) -> str:
    return text_in(served.snapshot.mission.title, code) if served and served.snapshot else slug


def brought(own: OwnMissions, files: dict[str, tuple[str, Saver]]) -> str:
    """Keep what was brought and return the draft's id. Raises InputError for what is no list of stations."""
    if "stations" not in files:
        raise InputError(message("no file was chosen"))
    draft = own.keep_draft(dict(files))
    try:
        _read(own, draft)
        if areas := own.draft(draft, "areas"):
            read_boundaries(areas[0])
    except InputError as error:
        explained = _by_own_names(own, draft, error.said)
        own.forget_draft(draft)
        raise InputError(explained) from None
    return draft


def _by_own_names(own: OwnMissions, draft: str, says: Message) -> Message:
    """Return a message with the files' own names in the place of ours."""
    both = filter(None, (own.draft(draft, part) for part in ("stations", "areas")))
    names = {path.name: new_mission.one_line(name) for path, name in both}
    return with_texts(says, lambda text: names.get(text, text))


def _read(own: OwnMissions, draft: str, columns: Mapping[str, str] | None = None) -> BroughtStations:
    stored = own.draft(draft, "stations")
    if stored is None:
        raise InputError(message("the file is no longer here; bring it again"))
    return read_list(stored[0], columns)


def _columns(asked: Mapping[str, str]) -> dict[str, str]:
    """The columns a form chose: our column → header, "" for none."""
    return {name: asked[f"column-{name}"] for name in ASKED if f"column-{name}" in asked}


def draft_page(
    code: str,
    root: str,
    own: OwnMissions,
    draft: str,
    asked: Mapping[str, str] | None = None,
    error: Message | None = None,
) -> bytes:
    """Return the page that shows what was guessed, every guess to be changed; raises NotFound."""
    speaks, asked = language(code), asked or {}
    stations = _read(own, draft, _columns(asked))
    stored = own.draft(draft, "stations")
    name = new_mission.one_line(stored[1]) if stored else ""
    has_areas = own.draft(draft, "areas") is not None
    offers = _offers(new_mission.offers(stations), has_areas, speaks)
    values = {
        "title": asked.get("title") or Path(name).stem.replace("_", " "),
        "election_date": asked.get("election_date") or datetime.now(UTC).date().isoformat(),
        "time_zone": asked.get("time_zone") or new_mission.zone_near(stations),
        "areas": asked.get("areas") or offers[0]["code"],
    }
    columns = [
        {"name": key, "title": speaks.say(title), "header": stations.columns.get(key, "")}
        for key, title in COLUMN.items()
    ]
    return _rendered(
        "new_draft.html", code, root, file=name, values=values, columns=columns, offers=offers,
        headers=stations.headers, samples=stations.first_rows(SAMPLES), n=stations.n,
        placed=stations.placed, error=_said(error, code),
        groups=_groups(summary(stations.defects, say=_example(speaks, {}, name)).to_dict("records"), speaks),
        zones=sorted(available_timezones()), missing=_missing(stations.columns, speaks),
    )  # fmt: skip


def _offers(offered: list[AreaOffer], has_file: bool, speaks: Language) -> list[dict[str, Any]]:
    """The choices of areas, the likeliest first; one area around all stations is always one of them."""
    own = [{"code": "file", "title": speaks.say(mark("The boundaries in your file"))}] if has_file else []
    units = mark("{name}: {n} areas, Natural Earth ({stations} of the stations)")
    whole = mark("{name} as one area, Natural Earth ({stations} of the stations)")
    return [
        *own,
        *(
            {
                "code": offer.code,
                "title": speaks.say(
                    units if offer.units > 1 else whole,
                    name=offer.name,
                    n=speaks.number(offer.units),
                    stations=speaks.number(offer.stations),
                ),
            }
            for offer in offered
        ),
        {"code": "hull", "title": speaks.say(mark("One area around all stations"))},
    ]


def _missing(columns: Mapping[str, str], speaks: Language) -> list[str]:
    """What a map of these columns cannot say, and what it would need."""
    sentences = [
        mark("Shares of problems need visits: a table visits.csv with station, team and time."),
        mark("Clusters and findings need a table incidents.csv with station and category."),
        mark("Routes need teams.csv with a base of every team."),
    ]
    if "voters" not in columns:
        sentences.insert(0, mark("Gaps and fair shares need the registered voters of every station."))
    return [speaks.say(sentence) for sentence in sentences]


def make(own: OwnMissions, draft: str, asked: Mapping[str, str], taken: set[str]) -> str:
    """Write the mission a form describes and return its slug. Raises InputError with what is wrong."""
    stations = _read(own, draft, _columns(asked))
    boundaries = own.draft(draft, "areas")
    try:
        day = date.fromisoformat(asked.get("election_date", ""))
    except ValueError:
        raise InputError(message("the day of the election is written as 2026-11-29")) from None
    chosen = NewMission(
        asked.get("title", ""), day, asked.get("time_zone", ""), asked.get("areas", ""),
        boundaries[0] if boundaries else None,
    )  # fmt: skip
    slug = new_mission.free_slug(new_mission.one_line(chosen.title), taken | own.slugs())
    stored = own.draft(draft, "stations")
    try:
        new_mission.write(own.folder, slug, chosen, stations, stored[1] if stored else "")
    except InputError as error:
        raise InputError(_by_own_names(own, draft, error.said)) from None
    own.forget_draft(draft)
    return slug


def map_page(
    code: str, root: str, own: OwnMissions, slug: str, served: ServedMission | None, grant: str
) -> bytes:
    """Return what became of a list: figures, defects in words, and who sees it. `grant` opens its desk."""
    speaks, snapshot = language(code), served.snapshot if served else None
    groups = _map_groups(own, slug, snapshot, speaks) if snapshot else []
    stations = snapshot.registry.stations if snapshot else None
    columns = {"voters": ""} if stations is not None and bool((stations.voters > 0).any()) else {}
    return _rendered(
        "new_map.html", code, root, slug=slug, title=_title(served, slug, code), grant=grant,
        private=own.is_private(slug), groups=groups, is_built=snapshot is not None,
        n=len(stations) if stations is not None else 0,
        placed=int(stations.is_on_map.sum()) if stations is not None else 0,
        rejects=len(snapshot.rejects) if snapshot else 0,
        shared=new_mission.shared_numbers(snapshot) if snapshot else 0,
        problems=problems_in_language(served.problems if served else (), speaks),
        missing=_missing(columns, speaks),
    )  # fmt: skip


def _map_groups(own: OwnMissions, slug: str, snapshot: Snapshot, speaks: Language) -> list[dict[str, Any]]:
    """The defects of a map by the rows and the columns' titles of the list that somebody brought."""
    titles = {key: speaks.say(title) for key, title in (COLUMN | {"area_id": AREA}).items()}
    sources = snapshot.mission.sources
    file = sources[0].title if sources else new_mission.STATIONS
    frame = new_mission.by_own_rows(own.folder / slug, snapshot.defects, file)
    return _groups(summary(frame, say=_example(speaks, titles)).to_dict("records"), speaks)


def _groups(kinds: list[dict[Hashable, Any]], speaks: Language) -> list[dict[str, Any]]:
    """The kinds of defect as a page shows them."""
    shown = [(kind["n"], kind["says"], kind["examples"]) for kind in kinds[:MOST_DEFECTS]]
    return [{"n": n, "says": speaks.say(says), "examples": examples} for n, says, examples in shown]


def _example(speaks: Language, titles: Mapping[str, str], file: str = "") -> Callable[[Any], str]:
    """Return how one defect is said in a language; what would be right only where that can be said in it.

    `titles`: what our columns are called. `file`: what the file is called, "" for as the defect says.
    """

    def say(row: Any) -> str:
        right = speaks.say(row.expected) if speaks.knows(row.expected) else ""
        column = ", ".join(titles.get(part, part) for part in row.column.split(", "))
        shown = row._replace(expected=right, column=column, file=file or row.file)
        return message_in_language(defect_message(shown), speaks)

    return say


def _rendered(name: str, code: str, root: str, **values: Any) -> bytes:
    speaks = language(code)
    shared = {"language": speaks, "languages": LANGUAGES, "names": NAMES, "say": speaks.say}
    static = f"{root}/static/{assets().digest}"
    text = PAGES.get_template(name).render(**shared, static=static, root=root, count=speaks.count, **values)
    return text.encode()
