"""Which mission this is: `mission.toml` read into one frozen object, or all its problems at once."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast, get_args
from zoneinfo import ZoneInfo

from geo.model import route_settings
from geo.model.code_lists import Nature, Selection
from geo.model.errors import MissionError, Problem
from geo.model.messages import Message, message
from geo.model.online_tiles import OnlineTiles, parse_online_tiles
from geo.model.route_settings import RouteSettings
from geo.model.table_source import EMPTY, TableSource, Text, parse_table_source, shown
from geo.model.tables import BY_NAME, LANGUAGES

FILE: Final = "mission.toml"
FRAMES: Final = ("complete", "partial")
SELECTIONS: Final = get_args(Selection)
NATURES: Final = get_args(Nature)
# What tells the moment of a running mission: the server's own clock, or, as a day that is replayed needs it,
# `as_of` and from there on the times at which the reports were received.
CLOCKS: Final = ("server", "reports")
SLUG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
# First path segments of the server's own routes; a mission folder may not be called like one.
RESERVED_SLUGS: Final = frozenset(
    {"static", "basemap", "embed", "new", "healthz", "readyz", "desk", "feed", "api", "account", *LANGUAGES}
)

UNREADABLE: Final = "is named after the table {table} and cannot be read; {advice}"
SECTIONS: Final = (
    "mission", "sources", "tables", "thresholds", "disclosure", "routes", "barriers", "online_tiles",
)  # fmt: skip
LARGEST_FILE: Final = 1 << 20  # bytes; a long mission.toml has some thousand
YEARS: Final = (1900, 2099)  # of any day of a mission: readers tell a year by its 19 or 20
SHORTEST_POLLS: Final = 120  # minutes; a team observes voting well within them
LARGEST: Final = 1_000_000_000  # of any count or limit; larger ones overflow further down
# Where a setting has to lie, both ends allowed; a share strictly between 0 and 1 has no ends here.
RANGES: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {"cell_resolution": (0, 15), "delay_hours": (0, 10_000), "overdue_minutes": (0, 100_000)}
)
OPEN_SHARES: Final = frozenset({"false_discovery_rate", "drop_team_p", "intraclass_correlation"})


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures come from: a document or a data set that can be cited."""

    id: str
    title: str
    publisher: str = ""
    date: str = ""
    licence: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file named after a table that no reader takes, beside one that is read; `advice` says what to do."""

    table: str
    name: str
    advice: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Below the first three a figure is shown as insufficient; all are printed on the map (METHODS §3).

    `area_visits`, `area_teams`: of an area; `cell_visits`: of an H3 cell. `false_discovery_rate`: of the
    places called hot spots. `drop_team_p`: how sure a hot spot must still be with any one team left out.
    `intraclass_correlation`: how alike the findings of one team are taken to be. `cell_resolution`: H3's, 0
    to 15. `outside_area_km`: how far outside its area a station's point may lie. `stations_per_point`: more
    on one point are reported. `overdue_minutes`: after which a visit that was due is missed.
    """

    area_visits: int = 10
    area_teams: int = 2
    cell_visits: int = 5
    false_discovery_rate: float = 0.05
    drop_team_p: float = 0.05
    intraclass_correlation: float = 0.05
    cell_resolution: int = 4
    outside_area_km: float = 10.0
    stations_per_point: int = 10
    overdue_minutes: int = 30


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What the press may see (METHODS §4); docs/disclosure.md says what each setting does.

    `stations`: may station level be published at all. `not_before`: of a live mission nothing is shown before
    this moment, ISO 8601 with its offset; "" where there is no such moment.
    """

    minimum_stations: int = 5
    minimum_teams: int = 1
    delay_hours: float = 3.0
    stations: bool = False
    strict: bool = False
    not_before: str = ""


@dataclass(frozen=True, slots=True)
class Mission:
    """One observation mission for one election.

    `slug`: the folder's name and the address. A `Text` maps codes of languages to texts; English may be
    missing (`text_in`). `time_zone`: an IANA name; `time_zones`: area_id → the area's own. `frame`: whether
    the stations table holds every station ("complete"). `as_of`: the moment the mission speaks for as it was
    written, "" for now. `polls_open`, `polls_close`: local, HH:MM. `planned_visits`: None where no number was
    planned.
    """

    slug: str
    folder: Path
    title: Text
    subtitle: Text
    election_date: date
    time_zone: str
    time_zones: Text
    selection: Selection
    frame: str
    nature: Nature
    languages: tuple[str, ...]
    sources: tuple[Source, ...]
    tables: tuple[TableSource, ...]
    thresholds: Thresholds
    disclosure: Disclosure
    credit: Text
    contact: str
    planned_visits: int | None
    as_of: str
    polls_open: str = "07:00"
    polls_close: str = "20:00"
    routes: RouteSettings = field(default_factory=RouteSettings)
    unread: tuple[UnreadFile, ...] = ()
    voting_days: tuple[date, ...] = ()  # () for election_date alone
    clock: str = CLOCKS[0]  # what tells the moment once reports come in
    online_tiles: OnlineTiles | None = None  # the desk's only; None: no other host is ever asked
    town_names: Mapping[str, Text] = field(default_factory=lambda: MappingProxyType({}))  # by settlement

    def zone_of(self, area_id: str) -> ZoneInfo:
        """Return the IANA zone in force in an area; the mission's own where none is given."""
        return ZoneInfo(self.time_zones.get(area_id, self.time_zone))


def text_in(texts: Text, language: str) -> str:
    """Return a text in the language asked for, else in English, else in any it is written in, else ""."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def town_in(names: Mapping[str, Text], town: str, language: str) -> str:
    """Return a settlement in the language asked for; as the register writes it where no name is declared.

    >>> town_in({"Shymkent": {"ru": "Шымкент"}}, "Shymkent", "ru"), town_in({}, "Shymkent", "ru")
    ('Шымкент', 'Shymkent')
    """
    return names.get(town, EMPTY).get(language) or town


def as_of(text: str, zone: ZoneInfo) -> datetime:
    """Return the moment a text stands for, UTC; a time without an offset is the zone's.

    Raises ValueError for anything else, or a year no election was held in.
    """
    stated = datetime.fromisoformat(text)
    if not has_elections(stated):
        raise ValueError(f"year {stated.year}")
    return (stated if stated.tzinfo else stated.replace(tzinfo=zone)).astimezone(UTC)


def load(folder: Path, advice: Callable[[str], str] = lambda _ending: "") -> Mission:
    """Return the mission described by `folder/mission.toml`.

    `advice`: what to do with a file of this ending (".xls"), "" for one that can be read; the readers say it
    (`geo.reading.readers.advice`). Without it every file named after a table is taken for readable.

    Raises MissionError with every problem found, each with its file and line.
    """
    path = folder / FILE
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise MissionError([Problem(FILE, 0, f"is larger than {LARGEST_FILE:,} bytes")])
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except FileNotFoundError:
        raise MissionError(
            [Problem(str(path), 0, "missing; a mission folder needs a mission.toml")]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise MissionError([Problem(str(path), 0, f"cannot be read as UTF-8 text ({error})")]) from None
    except RecursionError:
        raise MissionError([Problem(FILE, 0, "is nested too deeply")]) from None
    except ValueError as error:  # TOMLDecodeError, and numbers too long for Python to read
        line = re.search(r"at line (\d+)", str(error))
        raise MissionError([Problem(FILE, int(line[1]) if line else 0, f"is not TOML: {error}")]) from None
    return _Parser(folder, text, data, advice).mission()


class _Parser:
    """Collects problems while it reads; owns nothing after `mission()` returns."""

    def __init__(self, folder: Path, text: str, data: dict[str, Any], advice: Callable[[str], str]) -> None:
        self.folder, self.data, self.problems = folder, data, list[Problem]()
        self.advice, self.unread = advice, list[UnreadFile]()
        self.lines = text.splitlines()

    def mission(self) -> Mission:
        self._unknown(self.data, SECTIONS, "")
        top = self._section(self.data, "mission", "")
        known = {
            "title", "subtitle", "election_date", "time_zone", "time_zones", "selection", "frame", "nature",
            "languages", "credit", "contact", "planned_visits", "as_of", "polls_open",
            "polls_close", "voting_days", "clock", "town_names",
        }  # fmt: skip
        self._unknown(top, tuple(known), "mission")
        slug = self.folder.resolve().name
        if not SLUG.fullmatch(slug) or slug in RESERVED_SLUGS:
            self._problem(
                "",
                f"folder name {slug!r} cannot be an address; use letters, digits, - and _, no route of ours",
            )
        title = self._text(top, "title", required=True)
        election, polls = self._date(top), self._polls(top)
        mission = Mission(
            slug=slug,
            folder=self.folder,
            title=title,
            subtitle=self._text(top, "subtitle"),
            election_date=election,
            time_zone=self._zone(top.get("time_zone", ""), "mission.time_zone"),
            time_zones=self._zones(self._section(top, "time_zones", "mission.")),
            selection=cast(Selection, self._choice(top, "selection", SELECTIONS, "purposive")),
            frame=self._choice(top, "frame", FRAMES, "partial"),
            nature=cast(Nature, self._choice(top, "nature", NATURES, "live")),
            languages=self._languages(top),
            sources=self._sources(),
            tables=self._tables(),
            thresholds=cast(Thresholds, self._settings(Thresholds, "thresholds")),
            disclosure=cast(Disclosure, self._settings(Disclosure, "disclosure")),
            credit=self._text(top, "credit"),
            contact=self._string(top, "contact", "mission"),
            planned_visits=self._planned(top),
            as_of=self._as_of(top),
            polls_open=polls[0],
            polls_close=polls[1],
            voting_days=self._voting_days(top, election),
            clock=self._choice(top, "clock", CLOCKS, CLOCKS[0]),
            town_names=self._town_names(top),
            routes=route_settings.parse_route_settings(
                self._section(self.data, "routes", ""), self.data.get("barriers", []), self._problem
            ),
            online_tiles=parse_online_tiles(self._section(self.data, "online_tiles", ""), self._problem),
        )
        if mission.nature == "live" and mission.disclosure.minimum_stations < 1:
            self._problem(
                "disclosure.minimum_stations",
                "disclosure.minimum_stations of a live mission must be at least 1; "
                "0 would tell of every station where somebody was",
            )
        if self.problems:
            raise MissionError(self.problems)
        return replace(mission, unread=tuple(self.unread))

    def _problem(self, key: str, says: str) -> None:
        self.problems.append(Problem(FILE, _line_of(self.lines, key), says))

    def _section(self, data: Mapping[str, Any], name: str, prefix: str) -> dict[str, Any]:
        value = data.get(name, {})
        if isinstance(value, dict):
            return value
        self._problem(prefix + name, f"{prefix}{name} must be a table of key = value lines")
        return {}

    def _unknown(self, data: Mapping[str, Any], known: tuple[str, ...], section: str) -> None:
        for key in data:
            if key not in known:
                where = f"{section}.{key}" if section else key
                self._problem(where, f"{where} is not a setting; known here: {', '.join(sorted(known))}")

    def _text(self, data: Mapping[str, Any], key: str, required: bool = False) -> Text:
        value = data.get(key, {})
        if isinstance(value, str):
            value = {"en": value}
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            self._problem(
                f"mission.{key}", f'mission.{key} must be a text or {{ en = "…", ru = "…", kk = "…" }}'
            )
            return EMPTY
        if required and not any(value.values()):
            self._problem("mission", f'mission.{key} is missing; write {key} = "…" under [mission]')
        return MappingProxyType({str(k): v for k, v in value.items()})

    def _string(self, data: Mapping[str, Any], key: str, section: str, default: str = "") -> str:
        """Return a plain text; dates pass, as people write them without quotes."""
        value = data.get(key, default)
        if isinstance(value, (str, date)):
            return str(value)
        self._problem(f"{section}.{key}", f"{section}.{key} must be a text in quotes, not {shown(value)}")
        return default

    def _as_of(self, top: Mapping[str, Any]) -> str:
        text = str(value) if isinstance(value := top.get("as_of", ""), (str, date)) else "?"
        try:
            if text:
                as_of(text, ZoneInfo("UTC"))
        except (ValueError, OverflowError):
            example = "a time such as 2005-12-05T12:00+06:00"
            self._problem("mission.as_of", f"mission.as_of {shown(value)} is not {example}")
            return ""
        return text

    def _polls(self, top: Mapping[str, Any]) -> tuple[str, str]:
        """Return the local times at which polls open and close, HH:MM."""
        opens, closes = (
            self._local_time(top, key, usual)
            for key, usual in (("polls_open", "07:00"), ("polls_close", "20:00"))
        )
        if minutes_of_clock(closes) - minutes_of_clock(opens) < SHORTEST_POLLS:
            says = f"mission.polls_close {closes} must be two hours or more after mission.polls_open {opens}"
            self._problem("mission.polls_close", says)
        return opens, closes

    def _local_time(self, top: Mapping[str, Any], key: str, usual: str) -> str:
        """Return a local time of the day, HH:MM; TOML has times of its own, which pass too."""
        value = top.get(key, usual)
        try:
            moment = time.fromisoformat(str(value))
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is None:
            return moment.strftime("%H:%M")
        self._problem(f"mission.{key}", f"mission.{key} {shown(value)} is not a local time as {usual}")
        return usual

    def _voting_days(self, top: Mapping[str, Any], election: date) -> tuple[date, ...]:
        """Return the days of voting in order, `election` among them; () where none are listed."""
        days = top.get("voting_days", [])
        are_days = isinstance(days, list) and all(type(day) is date and has_elections(day) for day in days)
        if not are_days:
            self._problem("mission.voting_days", "mission.voting_days must list dates such as 2005-12-04")
            return ()
        if days and election not in days:
            self._problem("mission.voting_days", "mission.voting_days must hold mission.election_date too")
        return tuple(sorted(set(days)))

    def _town_names(self, top: Mapping[str, Any]) -> Mapping[str, Text]:
        """Return what settlements are called in other languages, by the register's own name."""
        names = {}
        for town, texts in self._section(top, "town_names", "mission.").items():
            if isinstance(texts, dict) and all(isinstance(text, str) for text in texts.values()):
                self._unknown(texts, LANGUAGES, f"mission.town_names.{town}")
                names[str(town)] = MappingProxyType(dict(texts))
            else:
                key = f"mission.town_names.{town}"
                self._problem(key, f'{key} must be {{ ru = "…", kk = "…" }}')
        return MappingProxyType(names)

    def _date(self, top: Mapping[str, Any]) -> date:
        value = top.get("election_date")
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                value = None
        if type(value) is not date or not has_elections(value):
            self._problem("mission.election_date", "mission.election_date must be a date such as 2005-12-04")
            return date(1970, 1, 1)
        return value

    def _zones(self, section: Mapping[str, Any]) -> Text:
        zones = {str(area): self._zone(zone, f"mission.time_zones.{area}") for area, zone in section.items()}
        return MappingProxyType(zones)

    def _zone(self, name: Any, key: str) -> str:
        try:
            if isinstance(name, str):
                return ZoneInfo(name).key
        except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
            pass
        self._problem(key, f"{key} {shown(name)} is not an IANA time zone such as Asia/Almaty")
        return "UTC"

    def _choice(self, data: Mapping[str, Any], key: str, choices: tuple[str, ...], default: str) -> str:
        value = data.get(key, default)
        if value not in choices:
            self._problem(
                f"mission.{key}", f"mission.{key} {shown(value)} must be one of {', '.join(choices)}"
            )
            return default
        return str(value)

    def _languages(self, top: Mapping[str, Any]) -> tuple[str, ...]:
        value = top.get("languages", list(LANGUAGES))
        if not isinstance(value, list) or not value or not all(code in LANGUAGES for code in value):
            self._problem("mission.languages", f"mission.languages must list some of {', '.join(LANGUAGES)}")
            return LANGUAGES
        return tuple(language for language in LANGUAGES if language in value)

    def _planned(self, top: Mapping[str, Any]) -> int | None:
        value = top.get("planned_visits")
        if value is None or (type(value) is int and 0 < value <= LARGEST):
            return value
        self._problem("mission.planned_visits", "mission.planned_visits must be a whole number above 0")
        return None

    def _sources(self) -> tuple[Source, ...]:
        known = tuple(f.name for f in fields(Source))
        rows = self.data.get("sources", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self._problem("sources", "sources must be written as [[sources]] blocks")
            return ()
        sources: list[Source] = []
        for row in rows:
            self._unknown(row, known, "sources")
            source = Source(
                **{"id": "", "title": "", **{k: self._string(row, k, "sources") for k in known if k in row}}
            )
            if not row.get("id") or not row.get("title"):
                self._problem("sources", "every [[sources]] block needs an id and a title")
            if source.id and source.id in {other.id for other in sources}:
                self._problem("sources", f"sources.id {shown(source.id)} is given twice")
            if source.url and not source.url.startswith(("https://", "http://")):
                self._problem("sources.url", f"sources.url {shown(source.url)} must begin with https://")
            sources.append(source)
        return tuple(sources)

    def _tables(self) -> tuple[TableSource, ...]:
        declared = self._section(self.data, "tables", "")
        for name in declared:
            if name not in BY_NAME:
                self._problem(
                    f"tables.{name}", f"tables.{name}: no such table; tables are {', '.join(BY_NAME)}"
                )
        sources = []
        for name in BY_NAME:
            settings = self._section(declared, name, "tables.")
            path = self._path(name, settings)
            if path is not None:
                sources.append(parse_table_source(name, path, settings, self._problem))
        return tuple(sources)

    def _path(self, name: str, settings: Mapping[str, Any]) -> Path | None:
        key = f"tables.{name}.file"
        if "file" not in settings:
            return self._named_after(name)
        path = self.folder / self._string(settings, "file", f"tables.{name}")
        try:
            if not self._is_inside(path, key):
                return None
            if path.is_file():
                return path
        except (OSError, ValueError):  # too long, or with a NUL in it
            pass
        self._problem(key, f"{key} {shown(settings['file'])} does not exist")
        return None

    def _named_after(self, table: str) -> Path | None:
        """Return the one file named after a table; what is named so and cannot be read is told."""
        named = sorted(
            path for path in self.folder.iterdir() if path.name.casefold().partition(".")[0] == table
        )
        candidates = [path for path in named if path.stem.casefold() == table and path.is_file()]
        if not candidates:  # visits.csv.gz, a folder called visits.csv, a link that leads nowhere
            candidates = [path for path in named if self.advice(path.suffix.lower()) and path.is_file()]
            says = message(
                "is named after the table {table} and is no file; put the file there or give it another name",
                table=table,
            )
            self.problems += [
                Problem(path.name, 0, says) for path in named if path.suffix and not path.is_file()
            ]
        advice = {path: self.advice(path.suffix.lower()) for path in candidates}
        readable = [path for path in candidates if not advice[path]]
        unread = [UnreadFile(table, path.name, advice[path]) for path in candidates if advice[path]]
        if not readable:
            self.problems += [
                Problem(file.name, 0, message(UNREADABLE, table=table, advice=Message(file.advice)))
                for file in unread
            ]
            return None
        self.unread += unread
        if len(readable) > 1:
            names = " and ".join(path.name for path in readable)
            both = f"{names} are both there; say which in [tables.{table}] file = …"
            self._problem(f"tables.{table}", both)
        return readable[0] if self._is_inside(readable[0], readable[0].name) else None

    def _is_inside(self, path: Path, key: str) -> bool:
        """Return whether a file lies in the mission's folder once links are followed, else say so."""
        if path.resolve().is_relative_to(self.folder.resolve()):
            return True
        self._problem(key, f"{key} must lie inside the mission's folder")
        return False

    def _settings(self, kind: Callable[..., object], section: str) -> object:
        known = {f.name: f for f in fields(cast(Any, kind))}
        given = self._section(self.data, section, "")
        self._unknown(given, tuple(known), section)
        accepted = {}
        for key, value in given.items():
            if key not in known:
                continue
            default = known[key].default
            fits = type(value) is type(default) or (isinstance(default, float) and type(value) is int)
            if not fits:
                self._problem(f"{section}.{key}", f"{section}.{key} must look like its default, {default!r}")
                continue
            if isinstance(value, str):
                if value and not _is_moment(value):
                    expected = f"{section}.{key} must be a moment with its offset, 2005-12-05T14:00+06:00"
                    self._problem(f"{section}.{key}", expected)
                else:
                    accepted[key] = value
                continue
            low, high = RANGES.get(key, (0, LARGEST))
            if key in OPEN_SHARES and not 0 < value < 1:
                self._problem(f"{section}.{key}", f"{section}.{key} must lie between 0 and 1, ends left out")
                continue
            if not isinstance(value, bool) and not (low <= value <= high and math.isfinite(value)):
                self._problem(f"{section}.{key}", f"{section}.{key} must lie between {low:,} and {high:,}")
                continue
            accepted[key] = value
        return kind(**accepted)


def _is_moment(text: str) -> bool:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is not None and has_elections(moment)


def minutes_of_clock(clock: str) -> int:
    """Return the minutes of the day of a time written HH:MM.

    >>> minutes_of_clock("07:15")
    435
    """
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def has_elections(day: date) -> bool:
    """Return whether a day lies in years that a mission may be of."""
    return YEARS[0] <= day.year <= YEARS[1]


def _line_of(lines: list[str], dotted: str) -> int:
    """Return the 1-based line on which a dotted key is written, or its section, or 0."""
    if not dotted:
        return 0
    parts = dotted.split(".")
    section, best = "", 0
    for number, line in enumerate(lines, start=1):
        header = re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]", line)
        if header:
            section = header[1].replace('"', "")
            if dotted == section or dotted.startswith(section + "."):
                best = best or number
            continue
        key = re.match(r"\s*([A-Za-z0-9_\-.\"]+)\s*=", line)
        if key:
            name = key[1].replace('"', "")
            full = f"{section}.{name}" if section else name
            if full == dotted or (dotted.startswith(full + ".") and len(full.split(".")) == len(parts) - 1):
                return number
    return best
