"""How the file behind a table is read: which sheet, which header is which column, which rows are left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from geo.model.tables import BY_NAME

Text = Mapping[str, str]
Lists = Mapping[str, tuple[str, ...]]
Tell = Callable[[str, str], None]  # key, what is wrong with it
EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})
WIDEST_NUMBER: Final = 32  # digits
LAST_HEADER_ROW: Final = 1_000  # a header further down is a mistake
# What some texts may be, the first where nothing is given; all others take any text.
CHOICES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"decimal": (".", ","), "point_order": ("lat lon", "lon lat")}
)
TEXTS: Final = (
    *("format", "crs", "sheet", "delimiter", "encoding", "decimal", "split"),
    *("parent_name", "day_column"),
)
CLOCKED: Final = ("visits", "incidents", "assignments")  # tables whose rows happen on a day
# Settings that only some tables have: what they would change is not in the others.
FLAGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "header": tuple(BY_NAME),
        "whole_ids": tuple(BY_NAME),
        "area_from_point": ("stations", "incidents"),
        "unique_numbers": ("stations",),
        "from_children": ("areas",),
    }
)
FINDINGS: Final = ("visits", "incidents")  # tables that columns of findings can be made into rows of


@dataclass(frozen=True, slots=True)
class TableSource:
    """One file behind one table, and how its columns and values map to ours; "" is for not declared.

    `format`: the name of a reader. `decimal`: the mark in numbers, "." or ",". `split`: what stands between
    several categories of one cell. `point_order`: of two coordinates in one cell, latitude first if not said.
    `area_from_point`: rows without an area get the one their point lies in. `unique_numbers`: no two stations
    share a number, which is then a key alone. `from_children`: parents that no row describes are made of
    their children; `parent_name`: the source's header of what a row calls its parent.
    `columns`: our column → the source's header (or 1-based position in a headerless file).
    `values`: our column → source value → our value. `constants`: our column → what every row has in it.
    `where`, `where_not`: the source's header → cells a row must have, or must not. `findings`: the
    source's header → the category that column asks about; `found`: cells that say yes besides the words
    that do. `header_row`: the row a person sees the header in, 0 for the first with cells.
    `whole_ids`: ids such as 186.0 are 186; `number_width`: digits of a station's number, zeros before it.
    `day_column`: the source's header of the day that a row's clocks are on.
    `layers`: names, () for the one that can be told. `crs`: "" for EPSG:4326, else "EPSG:<integer>".
    """

    table: str
    path: Path
    format: str = ""
    crs: str = ""
    sheet: str = ""
    layers: tuple[str, ...] = ()
    delimiter: str = ""
    encoding: str = ""
    header: bool = True
    header_row: int = 0
    decimal: str = "."
    split: str = ""
    point_order: str = ""
    area_from_point: bool = False
    unique_numbers: bool = False
    whole_ids: bool = False
    number_width: int = 0
    from_children: bool = False
    parent_name: str = ""
    day_column: str = ""
    columns: Text = field(default_factory=lambda: EMPTY)
    values: Mapping[str, Text] = field(default_factory=lambda: EMPTY)
    constants: Text = field(default_factory=lambda: EMPTY)
    where: Lists = field(default_factory=lambda: EMPTY)
    where_not: Lists = field(default_factory=lambda: EMPTY)
    findings: Text = field(default_factory=lambda: EMPTY)
    found: tuple[str, ...] = ()


def parse_table_source(name: str, path: Path, settings: Mapping[str, Any], tell: Tell) -> TableSource:
    """Return the settings of `[tables.<name>]`; what is wrong with them is told, with its key."""
    where = f"tables.{name}"
    flags = tuple(flag for flag, tables in FLAGS.items() if name in tables)
    known = {
        "file", "layer", "header_row", "columns", "values", "constants", "where", "where_not", *flags,
        *TEXTS, *(("findings", "found") if name in FINDINGS else ()),
        *(("number_width",) if "number" in BY_NAME[name].names else ()),
        *(("point_order",) if "lon" in BY_NAME[name].names else ()),
    }  # fmt: skip
    known -= {"parent_name"} if name != "areas" else set()
    known -= {"day_column"} if name not in CLOCKED else set()
    for key in settings:
        if key not in known:
            tell(f"{where}.{key}", f"{where}.{key} is not a setting; known here: {', '.join(sorted(known))}")
    given = {key: _text(settings, key, where, tell) for key in (*TEXTS, "point_order") if key in settings}
    if given.get("crs") and not re.fullmatch(r"EPSG:\d{4,6}", given["crs"]):
        tell(f"{where}.crs", f'{where}.crs {shown(given["crs"])} must be written as "EPSG:4326"')
        del given["crs"]
    for key, choices in CHOICES.items():
        if given.get(key) and given[key] not in choices:
            tell(f"{where}.{key}", f"{where}.{key} must be one of {', '.join(map(repr, choices))}")
            del given[key]
    columns, constants = _columns(name, settings, tell), _constants(name, settings, tell)
    for column in columns.keys() & constants.keys():
        tell(f"{where}.constants.{column}", f"{where}.constants.{column} is mapped under columns as well")
    return TableSource(
        table=name,
        path=path,
        layers=_texts(settings.get("layer", ()), f"{where}.layer", tell),
        header_row=_number(settings, "header_row", LAST_HEADER_ROW, where, tell),
        number_width=_number(settings, "number_width", WIDEST_NUMBER, where, tell),
        columns=columns,
        values=_values(name, settings, tell),
        constants=constants,
        where=_conditions(settings, where, "where", tell),
        where_not=_conditions(settings, where, "where_not", tell),
        findings=_findings(settings, where, tell),
        found=_texts(settings.get("found", ()), f"{where}.found", tell),
        **{flag: _flag(settings, flag, where, tell) for flag in flags if flag in settings},  # type: ignore[arg-type]
        **given,  # type: ignore[arg-type]
    )


def shown(value: object) -> str:
    """Return a value as a message shows it, short; a number may be too long even to be written."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return f"that {type(value).__name__}"
    return text if len(text) <= 80 else text[:77] + "…"


def _section(settings: Mapping[str, Any], key: str, where: str, tell: Tell) -> Mapping[str, Any]:
    value = settings.get(key, {})
    if isinstance(value, dict):
        return value
    tell(f"{where}.{key}", f"{where}.{key} must be a table of key = value lines")
    return {}


def _text(settings: Mapping[str, Any], key: str, where: str, tell: Tell) -> str:
    value = settings[key]
    if isinstance(value, str):
        return value
    tell(f"{where}.{key}", f"{where}.{key} must be a text in quotes, not {shown(value)}")
    return "." if key == "decimal" else ""


def _flag(settings: Mapping[str, Any], key: str, where: str, tell: Tell) -> bool:
    value = settings[key]
    if not isinstance(value, bool):
        tell(f"{where}.{key}", f"{where}.{key} must be true or false, without quotes")
    return bool(value)


def _number(settings: Mapping[str, Any], key: str, most: int, where: str, tell: Tell) -> int:
    value = settings.get(key, 0)
    if type(value) is int and 0 <= value <= most:
        return value
    tell(f"{where}.{key}", f"{where}.{key} must be a whole number up to {most}")
    return 0


def _texts(value: object, key: str, tell: Tell) -> tuple[str, ...]:
    """Return one text or a list of texts as a tuple; numbers and yes or no as a cell has them."""
    listed: list[Any] = list(value) if isinstance(value, (list, tuple)) else [value]
    if all(isinstance(item, (str, int, float)) for item in listed):
        return tuple(plain_cell(item) for item in listed)
    tell(key, f"{key} must be a text or a list of texts")
    return ()


def _columns(name: str, settings: Mapping[str, Any], tell: Tell) -> Text:
    """Return our column → the source's header, or its 1-based position."""
    results = {}
    for column, header in _section(settings, "columns", f"tables.{name}", tell).items():
        _check_column(name, "columns", column, tell)
        if isinstance(header, str) or type(header) is int:
            results[str(column)] = header if isinstance(header, str) else shown(header)
        else:
            key = f"tables.{name}.columns.{column}"
            tell(key, f"{key} must be a header in quotes or a column's number")
    return MappingProxyType(results)


def _constants(name: str, settings: Mapping[str, Any], tell: Tell) -> Text:
    results = {}
    for column, value in _section(settings, "constants", f"tables.{name}", tell).items():
        _check_column(name, "constants", column, tell)
        key = f"tables.{name}.constants.{column}"
        if isinstance(value, (str, int, float)):
            results[str(column)] = plain_cell(value)
        else:
            tell(key, f"{key} must be one text in quotes, which every row then has")
    return MappingProxyType(results)


def _values(name: str, settings: Mapping[str, Any], tell: Tell) -> Mapping[str, Text]:
    """Return our column → source value → our value."""
    results = {}
    for column, mapping in _section(settings, "values", f"tables.{name}", tell).items():
        _check_column(name, "values", column, tell)
        if isinstance(mapping, dict) and all(isinstance(v, (str, int, float)) for v in mapping.values()):
            results[str(column)] = MappingProxyType({str(k): plain_cell(v) for k, v in mapping.items()})
        else:
            key = f"tables.{name}.values.{column}"
            tell(key, f'{key} must be a table of "their value" = "our value"')
    return MappingProxyType(results)


def _conditions(settings: Mapping[str, Any], where: str, key: str, tell: Tell) -> Lists:
    section = _section(settings, key, where, tell)
    return MappingProxyType(
        {str(header): _texts(cells, f"{where}.{key}.{header}", tell) for header, cells in section.items()}
    )


def _findings(settings: Mapping[str, Any], where: str, tell: Tell) -> Text:
    section = _section(settings, "findings", where, tell)
    wrong = [header for header, category in section.items() if not isinstance(category, str) or not category]
    for header in wrong:
        key = f"{where}.findings.{header}"
        tell(key, f'{key} must be the category that this column of the file asks about: "…"')
    return MappingProxyType({str(h): c for h, c in section.items() if h not in wrong})


def _check_column(name: str, section: str, column: str, tell: Tell) -> None:
    if not BY_NAME[name].has(column):
        key = f"tables.{name}.{section}.{column}"
        tell(key, f"{key}: {name} has no such column; it has {', '.join(BY_NAME[name].names)}")


def plain_cell(value: str | int | float) -> str:
    """Return a value of mission.toml as a cell has it: TOML's true is the word a person would map it to.

    >>> plain_cell(True), plain_cell(186), plain_cell("a")
    ('yes', '186', 'a')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else shown(value)
