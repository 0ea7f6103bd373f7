"""Which mission this is: `mission.toml` read into one frozen object, or all its problems at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast, get_args
from zoneinfo import ZoneInfo

from geo.errors import MissionError, Problem
from geo.tables import BY_NAME, LANGUAGES
from geo.words import Nature, Selection

FILE: Final = "mission.toml"
FRAMES: Final = ("complete", "partial")
SELECTIONS: Final = get_args(Selection)
NATURES: Final = get_args(Nature)
SLUG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
# First path segments of the server's own routes; a mission folder may not be called like one.
RESERVED_SLUGS: Final = frozenset(
    {"static", "basemap", "embed", "healthz", "desk", "feed", "api", *LANGUAGES}
)
# Formats a file may have by its name when mission.toml does not say; first match wins.
SUFFIXES: Final = (
    "csv", "tsv", "xlsx", "geojson", "json", "parquet", "geoparquet", "gpkg", "zip", "fgb", "kml", "kmz",
)  # fmt: skip

Text = Mapping[str, str]
_EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


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
class TableSource:
    """One file behind one table, and how its columns and values map to ours.

    `columns`: our column → the source's header (or 1-based position in a headerless file).
    `values`: our column → source value → our value. `crs`: "" for EPSG:4326, else "EPSG:<integer>".
    """

    table: str
    path: Path
    format: str = ""
    crs: str = ""
    sheet: str = ""
    layer: str = ""
    delimiter: str = ""
    encoding: str = ""
    header: bool = True
    decimal: str = "."
    split: str = ""
    columns: Text = field(default_factory=lambda: _EMPTY)
    values: Mapping[str, Text] = field(default_factory=lambda: _EMPTY)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Below these a figure is shown as insufficient; all are printed on the map (METHODS §3)."""

    area_visits: int = 10
    area_teams: int = 2
    cell_visits: int = 5
    observed_areas: int = 30
    neighbourhood_visits: int = 20
    observed_neighbours: int = 3
    false_discovery_rate: float = 0.05
    drop_team_p: float = 0.05
    intraclass_correlation: float = 0.05
    cell_resolution: int = 4
    outside_area_km: float = 10.0
    stations_per_point: int = 10
    overdue_minutes: int = 30


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What the press may see (METHODS §4). `stations`: may station level be published at all."""

    minimum_stations: int = 5
    minimum_teams: int = 3
    small_count: int = 3
    delay_hours: float = 3.0
    stations: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Mission:
    """One observation mission for one election. Texts are per language, English always there."""

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

    def zone_of(self, area_id: str) -> ZoneInfo:
        """Return the IANA zone in force in an area; the mission's own where none is given."""
        return ZoneInfo(self.time_zones.get(area_id, self.time_zone))


def text_in(texts: Text, language: str) -> str:
    """Return a text in the language asked for, in English where that is missing."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def load(folder: Path) -> Mission:
    """Return the mission described by `folder/mission.toml`.

    Raises MissionError with every problem found, each with its file and line.
    """
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except FileNotFoundError:
        raise MissionError(
            [Problem(str(path), 0, "missing; a mission folder needs a mission.toml")]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise MissionError([Problem(str(path), 0, f"cannot be read as UTF-8 text ({error})")]) from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise MissionError([Problem(FILE, int(line[1]) if line else 0, f"is not TOML: {error}")]) from None
    return _Parser(folder, text, data).mission()


class _Parser:
    """Collects problems while it reads; owns nothing after `mission()` returns."""

    def __init__(self, folder: Path, text: str, data: dict[str, Any]) -> None:
        self.folder, self.data, self.problems = folder, data, list[Problem]()
        self.lines = text.splitlines()

    def mission(self) -> Mission:
        self._unknown(self.data, ("mission", "sources", "tables", "thresholds", "disclosure"), "")
        top = self._section(self.data, "mission", "")
        known = {
            "title", "subtitle", "election_date", "time_zone", "time_zones", "selection", "frame", "nature",
            "languages", "credit", "contact", "planned_visits", "as_of",
        }  # fmt: skip
        self._unknown(top, tuple(known), "mission")
        slug = self.folder.resolve().name
        if not SLUG.fullmatch(slug) or slug in RESERVED_SLUGS:
            self._problem(
                "",
                f"folder name {slug!r} cannot be an address; use letters, digits, - and _, no route of ours",
            )
        title = self._text(top, "title", required=True)
        mission = Mission(
            slug=slug,
            folder=self.folder,
            title=title,
            subtitle=self._text(top, "subtitle"),
            election_date=self._date(top),
            time_zone=self._zone(top.get("time_zone", ""), "mission.time_zone"),
            time_zones=MappingProxyType(
                {
                    str(area): self._zone(zone, f"mission.time_zones.{area}")
                    for area, zone in self._section(top, "time_zones", "mission.").items()
                }
            ),
            selection=cast(Selection, self._choice(top, "selection", SELECTIONS, "purposive")),
            frame=self._choice(top, "frame", FRAMES, "partial"),
            nature=cast(Nature, self._choice(top, "nature", NATURES, "live")),
            languages=self._languages(top),
            sources=self._sources(),
            tables=self._tables(),
            thresholds=cast(Thresholds, self._settings(Thresholds, "thresholds")),
            disclosure=cast(Disclosure, self._settings(Disclosure, "disclosure")),
            credit=self._text(top, "credit"),
            contact=str(top.get("contact", "")),
            planned_visits=self._planned(top),
            as_of=str(top.get("as_of", "")),
        )
        if self.problems:
            raise MissionError(self.problems)
        return mission

    def _problem(self, key: str, message: str) -> None:
        self.problems.append(Problem(FILE, _line_of(self.lines, key), message))

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
            return _EMPTY
        if required and not any(value.values()):
            self._problem("mission", f'mission.{key} is missing; write {key} = "…" under [mission]')
        return MappingProxyType({str(k): v for k, v in value.items()})

    def _date(self, top: Mapping[str, Any]) -> date:
        value = top.get("election_date")
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                value = None
        if type(value) is not date:
            self._problem("mission.election_date", "mission.election_date must be a date such as 2005-12-04")
            return date(1970, 1, 1)
        return value

    def _zone(self, name: Any, key: str) -> str:
        try:
            return ZoneInfo(str(name)).key
        except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError, listed below
            pass
        except KeyError:
            pass
        self._problem(key, f"{key} {name!r} is not an IANA time zone such as Asia/Almaty")
        return "UTC"

    def _choice(self, data: Mapping[str, Any], key: str, choices: tuple[str, ...], default: str) -> str:
        value = data.get(key, default)
        if value not in choices:
            self._problem(f"mission.{key}", f"mission.{key} {value!r} must be one of {', '.join(choices)}")
            return default
        return str(value)

    def _languages(self, top: Mapping[str, Any]) -> tuple[str, ...]:
        value = top.get("languages", list(LANGUAGES))
        if not isinstance(value, list) or not value or not set(map(str, value)) <= set(LANGUAGES):
            self._problem("mission.languages", f"mission.languages must list some of {', '.join(LANGUAGES)}")
            return LANGUAGES
        return tuple(language for language in LANGUAGES if language in value)

    def _planned(self, top: Mapping[str, Any]) -> int | None:
        value = top.get("planned_visits")
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
            return value
        self._problem("mission.planned_visits", "mission.planned_visits must be a whole number above 0")
        return None

    def _sources(self) -> tuple[Source, ...]:
        known = tuple(f.name for f in fields(Source))
        rows = self.data.get("sources", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self._problem("sources", "sources must be written as [[sources]] blocks")
            return ()
        found = []
        for row in rows:
            self._unknown(row, known, "sources")
            if not row.get("id") or not row.get("title"):
                self._problem("sources", "every [[sources]] block needs an id and a title")
                continue
            found.append(Source(**{key: str(row[key]) for key in known if key in row}))
        return tuple(found)

    def _tables(self) -> tuple[TableSource, ...]:
        declared = self._section(self.data, "tables", "")
        for name in declared:
            if name not in BY_NAME:
                self._problem(
                    f"tables.{name}", f"tables.{name}: no such table; tables are {', '.join(BY_NAME)}"
                )
        found = []
        for name in BY_NAME:
            settings = self._section(declared, name, "tables.")
            path = self._path(name, settings)
            if path is not None:
                found.append(self._table(name, path, settings))
        return tuple(found)

    def _path(self, name: str, settings: Mapping[str, Any]) -> Path | None:
        if "file" in settings:
            path = (self.folder / str(settings["file"])).resolve()
            if not path.is_relative_to(self.folder.resolve()):
                self._problem(
                    f"tables.{name}.file", f"tables.{name}.file must lie inside the mission's folder"
                )
                return None
            if not path.is_file():
                self._problem(
                    f"tables.{name}.file", f"tables.{name}.file {settings['file']!r} does not exist"
                )
                return None
            return self.folder / str(settings["file"])
        there = [p for suffix in SUFFIXES if (p := self.folder / f"{name}.{suffix}").is_file()]
        if len(there) > 1:
            names = " and ".join(p.name for p in there)
            self._problem(f"tables.{name}", f"{names} are both there; say which in [tables.{name}] file = …")
        return there[0] if there else None

    def _table(self, name: str, path: Path, settings: Mapping[str, Any]) -> TableSource:
        texts = ("format", "crs", "sheet", "layer", "delimiter", "encoding", "decimal", "split")
        self._unknown(settings, ("file", "header", "columns", "values", *texts), f"tables.{name}")
        crs = str(settings.get("crs", ""))
        if crs and not re.fullmatch(r"EPSG:\d{4,6}", crs):
            self._problem(f"tables.{name}.crs", f'tables.{name}.crs {crs!r} must be written as "EPSG:4326"')
            crs = ""
        columns = self._section(settings, "columns", f"tables.{name}.")
        for column in columns:
            if column not in BY_NAME[name].names:
                self._problem(
                    f"tables.{name}.columns.{column}",
                    f"tables.{name}.columns.{column}: {name} has no such column; "
                    f"it has {', '.join(BY_NAME[name].names)}",
                )
        values = self._section(settings, "values", f"tables.{name}.")
        return TableSource(
            table=name,
            path=path,
            header=bool(settings.get("header", True)),
            columns=MappingProxyType({str(k): str(v) for k, v in columns.items()}),
            values=MappingProxyType(
                {
                    str(column): MappingProxyType({str(k): str(v) for k, v in mapping.items()})
                    for column, mapping in values.items()
                    if isinstance(mapping, dict)
                }
            ),
            **{key: str(settings[key]) for key in texts if key in settings and key != "crs"},
            **({"crs": crs} if crs else {}),
        )

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
            if not fits or (not isinstance(value, bool) and value < 0):
                self._problem(f"{section}.{key}", f"{section}.{key} must look like its default, {default!r}")
                continue
            accepted[key] = value
        return kind(**accepted)


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
