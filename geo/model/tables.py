"""The tables of a mission: what every source is made to conform to.

`TABLES` is the only place where a column is declared; readers, conforming, the data
dictionary (`docs/data-dictionary.md`) and the tests are all driven by it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.model.languages import LANGUAGES as LANGUAGES
from geo.model.languages import SPOKEN

Kind = Literal["id", "text", "integer", "boolean", "choice", "date", "time", "lon", "lat", "list", "polygon"]
Audience = Literal["public", "coordinator", "private"]

STAGES: Final = ("opening", "voting", "closing", "counting", "tabulation")
SEVERITIES: Final = ("low", "medium", "high", "critical")
OUTCOMES: Final = ("observed", "denied", "closed", "unreachable")
OVERALL: Final = ("very_good", "good", "bad", "very_bad")
PRECISIONS: Final = ("point", "settlement", "area", "none")
STATUSES: Final = ("open", "cancelled", "merged")
PURPOSES: Final = ("planned", "follow_up")
VERIFICATIONS: Final = ("unverified", "verified", "withdrawn")
PUBLICATIONS: Final = ("private", "cleared", "public", "withdrawn")
COMPLETENESS: Final = ("exhaustive", "examples", "unknown", "statement")
LANGUAGE: Final = re.compile(r"[a-z]{2,3}")  # ISO 639, as in web addresses


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its kind, whether a row can do without it, and who may see it.

    `audience`: public columns may reach the press as they are; coordinator columns reach the
    desk; private columns (who, exactly when, free text) never leave the desk's access rules.
    `default` is used when the column or the cell is empty; an empty default means missing.
    """

    name: str
    kind: Kind
    says: str
    required: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    audience: Audience = "coordinator"


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its key, its columns, and one sentence saying what a row is."""

    name: str
    key: tuple[str, ...]
    says: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return the column of this name, which must be one of `names`."""
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in the order in which they are declared."""
        return tuple(column.name for column in self.columns)

    def has(self, name: str) -> bool:
        """Return whether the table has a column, or may have it: a text in any language is `name_<code>`."""
        stem, _, code = name.rpartition("_")
        is_translated = code not in LANGUAGES and f"{stem}_en" in self.names and LANGUAGE.fullmatch(code)
        return name in self.names or bool(is_translated)


@dataclass(frozen=True, eq=False)
class Raw:
    """A file as it stands, before anything is understood.

    `cells`: one DataFrame column per source column, source names as headers, text cells as `str`
    with "" for empty; formats with types (Parquet) may keep int64, float64, bool or datetime columns.
    `row_numbers`: (N,) int64, the row a person would point at in that file: a CSV's physical line on
    which the record starts, a sheet's row, a feature's 1-based position.
    `geometry`: (N,) object array of shapely geometries or None, in `crs` (None: undeclared).
    `defects`: what the reader itself had to report, as `geo.reading.defects` frames.
    """

    file: str
    cells: pd.DataFrame
    row_numbers: npt.NDArray[np.int64]
    geometry: npt.NDArray[np.object_] | None = None
    crs: str | None = None
    defects: pd.DataFrame | None = None
    notes: tuple[str, ...] = field(default=())


def _translated(name: str, says: str, required: bool = False) -> tuple[Column, ...]:
    return tuple(
        Column(
            f"{name}_{spoken.code}",
            "text",
            f"{says}, in {spoken.english}",
            required=required and spoken.code == "en",
            audience="public",
        )
        for spoken in SPOKEN
    )


_LOCATOR = Column("locator", "text", "where in its source this row stands", audience="public")
_STATION_REF = (
    Column("area_id", "id", "area of the station; with `number` it names the station", audience="public"),
    Column("number", "id", "station number as printed; a number alone is never a key", audience="public"),
    Column("stream", "id", "which of several voter lists at one address", audience="public"),
    Column("station_id", "id", "`area_id/number[/stream]`, instead of the three columns", audience="public"),
)

AREAS: Final = Table(
    "areas",
    ("area_id",),
    "One administrative polygon: level 0 the country, 1 oblasts, 2 districts.",
    (
        Column("area_id", "id", "stable id, such as KZ-ALA", required=True, audience="public"),
        Column(
            "level", "integer", "0 country, 1 oblast or state, 2 district", default="1", audience="public"
        ),
        Column("parent_id", "id", "the area this one lies in", audience="public"),
        *_translated("name", "name", required=True),
        Column("old_names", "list", "former and other names, `;` between: found by them", audience="public"),
        Column("kind", "text", "oblast, city, lease, district", audience="public"),
        Column("seat", "text", "administrative seat", audience="public"),
        Column("valid_from", "date", "first day on which this boundary was in force", audience="public"),
        Column("valid_to", "date", "last day on which this boundary was in force", audience="public"),
        Column("geometry", "polygon", "polygon or multipolygon", audience="public"),
        _LOCATOR,
    ),
)

STATIONS: Final = Table(
    "stations",
    ("station_id",),
    "One polling station: key (area, number, stream).",
    (
        Column(
            "area_id",
            "id",
            "declared area, the truth even if the point lies elsewhere",
            required=True,
            audience="public",
        ),
        Column("number", "id", "station number, kept as text", required=True, audience="public"),
        Column("stream", "id", "which of several voter lists at one address", audience="public"),
        Column("name", "text", "what the place is called", audience="public"),
        Column("address", "text", "public address", audience="public"),
        Column("settlement", "text", "town or village", audience="public"),
        Column(
            "old_names",
            "list",
            "former and other names of the place or its settlement, `;` between: found by them",
            audience="public",
        ),
        Column("lon", "lon", "longitude of the public address, degrees EPSG:4326", audience="public"),
        Column("lat", "lat", "latitude of the public address, degrees EPSG:4326", audience="public"),
        Column(
            "precision",
            "choice",
            "what lon, lat stand for; empty: point with coordinates, none without",
            choices=PRECISIONS,
            audience="public",
        ),
        Column("voters", "integer", "registered voters", audience="public"),
        Column(
            "status",
            "choice",
            "empty: open; `cancelled` and `merged` ones are in no figure, gap or route, and are still found",
            choices=STATUSES,
            audience="public",
        ),
        Column(
            "merged_into",
            "id",
            "the open station a merged one is part of; what is told of it counts there",
            audience="public",
        ),
        Column(
            "closed_on",
            "date",
            "first day on which it is closed for good; election day or before: as `cancelled`",
            audience="public",
        ),
        Column("urban", "boolean", "urban (yes) or rural (no)", audience="public"),
        Column("evoting", "boolean", "electronic voting offered", audience="public"),
        Column("is_sampled", "boolean", "drawn into the mission's sample"),
        Column("stratum", "text", "stratum of the sample"),
        _LOCATOR,
    ),
)

VISITS: Final = Table(
    "visits",
    ("visit_id",),
    "One team at one station for one interval at one stage; without an incident it is 'nothing reported'.",
    (
        Column("visit_id", "id", "id of the form in its source", required=True),
        *_STATION_REF,
        Column("team_id", "id", "who went", audience="private"),
        Column("stage", "choice", "stage observed", default="voting", choices=STAGES, audience="public"),
        Column("arrived", "time", "arrival; naive times are in the area's zone"),
        Column("left", "time", "departure"),
        Column("received", "time", "when the form reached the mission"),
        Column(
            "outcome", "choice", "what came of it", default="observed", choices=OUTCOMES, audience="public"
        ),
        Column(
            "verification",
            "choice",
            "has a second person checked it",
            default="unverified",
            choices=VERIFICATIONS,
        ),
        Column(
            "answered", "list", "categories the form asked about, `;` between; `*` for all; empty: not known"
        ),
        Column(
            "overall",
            "choice",
            "overall assessment of the station, the field's headline figure",
            choices=OVERALL,
        ),
        Column(
            "purpose",
            "choice",
            "`follow_up`: sent because something was reported there; a visit, but in no rate",
            default="planned",
            choices=PURPOSES,
        ),
        Column("registered_voters", "integer", "voters on the station's list, as the form gives it"),
        Column("voted", "integer", "voters who had voted when the form was written; counts at closing"),
        Column("supersedes", "id", "visit_id of the form this one corrects"),
        Column(
            "answers", "text", "the form's answers as one string, to find copied forms", audience="private"
        ),
        Column("lon", "lon", "device position, never shown to the press", audience="private"),
        Column("lat", "lat", "device position, never shown to the press", audience="private"),
        _LOCATOR,
    ),
)

ASSIGNMENTS: Final = Table(
    "assignments",
    ("team_id", "station_id", "stage"),
    "What was planned: without it nothing is missing or late.",
    (
        Column("team_id", "id", "team that should go", required=True, audience="private"),
        *_STATION_REF,
        Column("stage", "choice", "stage to observe", default="voting", choices=STAGES),
        Column("due", "time", "when the team should have arrived"),
        _LOCATOR,
    ),
)

INCIDENTS: Final = Table(
    "incidents",
    ("incident_id",),
    "One reported finding of one category; without a visit it is shown but never enters a rate.",
    (
        Column("incident_id", "id", "id in its source", required=True),
        *_STATION_REF,
        Column("visit_id", "id", "the visit during which it was seen; empty: none"),
        Column("team_id", "id", "who reported it", audience="private"),
        Column("category", "id", "one category of `categories`", required=True, audience="public"),
        Column(
            "severity",
            "choice",
            "empty: the category's own severity",
            choices=SEVERITIES,
            audience="public",
        ),
        Column(
            "stage",
            "choice",
            "empty: the category's phase, if that is a stage",
            choices=STAGES,
            audience="public",
        ),
        Column("occurred", "time", "when it was seen", audience="private"),
        Column("received", "time", "when it reached the mission", audience="private"),
        Column(
            "verification",
            "choice",
            "has a second person checked it",
            default="unverified",
            choices=VERIFICATIONS,
        ),
        Column(
            "publication",
            "choice",
            "cleared or already public",
            default="private",
            choices=PUBLICATIONS,
        ),
        Column(
            "completeness",
            "choice",
            "is the source's list of stations for this finding complete",
            default="unknown",
            choices=COMPLETENESS,
            audience="public",
        ),
        Column("same_mention_as", "id", "incident_id of the mention this row repeats under another category"),
        Column("place_as_written", "text", "place as the source prints it", audience="public"),
        Column("ambiguity", "text", "what could be read otherwise", audience="public"),
        Column(
            "candidates", "list", "station_ids an unresolved mention may mean, `;` between", audience="public"
        ),
        Column("text", "text", "free text as reported", audience="private"),
        Column("lon", "lon", "place of its own, never shown to the press", audience="private"),
        Column("lat", "lat", "place of its own, never shown to the press", audience="private"),
        Column("supersedes", "id", "incident_id of the report this one corrects"),
        _LOCATOR,
    ),
)

CATEGORIES: Final = Table(
    "categories",
    ("category",),
    "One kind of finding, with its titles and its codes in other systems.",
    (
        Column("category", "id", "stable slug", required=True, audience="public"),
        *_translated("title", "title", required=True),
        Column("phase", "text", "stage, `any`, `pre-election` or `system`", audience="public"),
        Column("theme", "text", "heading under which it is listed", audience="public"),
        Column(
            "severity",
            "choice",
            "default severity; empty for context without one",
            choices=SEVERITIES,
            audience="public",
        ),
        Column(
            "public",
            "choice",
            "how far it may be published",
            default="aggregate",
            choices=("yes", "aggregate", "narrative", "no"),
            audience="public",
        ),
        Column("code_odihr", "text", "OSCE/ODIHR observation form item, in our words", audience="public"),
        Column("code_ndi", "text", "NDI class", audience="public"),
        Column("code_votemonitor", "text", "Vote Monitor incident category", audience="public"),
        Column("code_uchaguzi", "text", "Uchaguzi card", audience="public"),
        Column("basis", "text", "what the mapping rests on", audience="public"),
    ),
)

TEAMS: Final = Table(
    "teams",
    ("team_id",),
    "One team: it shares one vehicle and one route.",
    (
        Column("team_id", "id", "code", required=True, audience="private"),
        Column(
            "kind",
            "choice",
            "short-term, long-term, or static at one station all day",
            default="short_term",
            choices=("short_term", "long_term", "static"),
            audience="private",
        ),
        Column("observers", "integer", "people in the team", audience="private"),
        Column("base_lon", "lon", "where it starts", audience="private"),
        Column("base_lat", "lat", "where it starts", audience="private"),
        Column("shift_starts", "time", "start of duty", audience="private"),
        Column("shift_ends", "time", "end of duty", audience="private"),
        Column("area_ids", "list", "area of responsibility, `;` between", audience="private"),
        Column("last_contact", "time", "last sign of life", audience="private"),
    ),
)

TOTALS: Final = Table(
    "totals",
    ("area_id", "measure"),
    "A figure known only as a sum, or known to be missing.",
    (
        Column("area_id", "id", "empty: the whole mission", audience="public"),
        Column(
            "measure",
            "id",
            "stations, visited, voters, evoting_stations, short_term_observers, …",
            required=True,
            audience="public",
        ),
        Column("value", "integer", "the figure; empty when not reported", audience="public"),
        Column(
            "status",
            "choice",
            "was the figure given",
            default="reported",
            choices=("reported", "not_reported"),
            audience="public",
        ),
        Column("qualifier", "text", "how the source hedges it, such as `more than`", audience="public"),
        Column("source", "id", "source id of mission.toml", audience="public"),
        _LOCATOR,
    ),
)

PRESENCE: Final = Table(
    "presence",
    ("area_id", "kind"),
    "Where observers were, as far as the source says, without station or number.",
    (
        Column("area_id", "id", "area", required=True, audience="public"),
        Column(
            "kind",
            "choice",
            "on election day, or long-term before it",
            default="election_day",
            choices=("election_day", "long_term"),
            audience="public",
        ),
        Column("starts", "date", "first day", audience="public"),
        Column("ends", "date", "last day", audience="public"),
        Column("place_as_written", "text", "place as the source prints it", audience="public"),
        Column("ambiguity", "text", "what could be read otherwise", audience="public"),
        _LOCATOR,
    ),
)

NOTES: Final = Table(
    "notes",
    ("note_id",),
    "A sentence of context in the project's own words: positive findings, limits of coverage, method.",
    (
        Column("note_id", "id", "stable slug", required=True, audience="public"),
        Column(
            "kind",
            "choice",
            "under which heading it stands",
            required=True,
            choices=("positive", "limitation", "method", "context"),
            audience="public",
        ),
        *_translated("title", "title", required=True),
        *_translated("body", "text"),
        Column("source", "id", "source id of mission.toml", audience="public"),
        _LOCATOR,
    ),
)

TABLES: Final[tuple[Table, ...]] = (
    AREAS,
    STATIONS,
    CATEGORIES,
    TEAMS,
    ASSIGNMENTS,
    VISITS,
    INCIDENTS,
    TOTALS,
    PRESENCE,
    NOTES,
)
BY_NAME: Final[dict[str, Table]] = {table.name: table for table in TABLES}


def station_id(area_id: str, number: str, stream: str = "") -> str:
    """Return the key of a polling station.

    >>> station_id("KZ-ALA", "186")
    'KZ-ALA/186'
    >>> station_id("KZ-ALA", "186", "2")
    'KZ-ALA/186/2'
    """
    return f"{area_id}/{number}/{stream}" if stream else f"{area_id}/{number}"


def dictionary() -> str:
    """Return the data dictionary as Markdown; `docs/data-dictionary.md` is this text."""
    lines = [
        "# Data dictionary",
        "",
        "Made by `python -m geo.model.tables > docs/data-dictionary.md`; do not edit.",
        "A mission folder holds one file per table, named after it (`stations.csv`, `visits.xlsx` …).",
        "Columns may come in any order; a column that is not listed is reported and left alone.",
        "Audience: *public* may reach the press, *coordinator* only the desk, *private* never leaves it.",
    ]
    for table in TABLES:
        lines += [
            "",
            f"## {table.name}",
            "",
            f"{table.says} Key: {', '.join(f'`{key}`' for key in table.key)}.",
        ]
        lines += [
            "",
            "| column | kind | required | default | audience | what it is |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_dictionary_row(column) for column in table.columns]
    return "\n".join(lines) + "\n"


def _dictionary_row(column: Column) -> str:
    kind = (
        f"one of {', '.join(f'`{choice}`' for choice in column.choices)}" if column.choices else column.kind
    )
    default = f"`{column.default}`" if column.default else ""
    required = "yes" if column.required else ""
    says = column.says.replace("|", "\\|")
    return f"| `{column.name}` | {kind} | {required} | {default} | {column.audience} | {says} |"


if __name__ == "__main__":
    print(dictionary(), end="")
