"""What can be wrong with a row, in columns: code, where, what stands there, what would be right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.model.messages import Message, Value, message

Severity = Literal["stops", "rejected", "warning", "note"]
LINE: Final = 120  # characters of a value in a sentence
COLUMNS: Final = ("code", "table", "file", "row", "column", "value", "expected")


@dataclass(frozen=True, slots=True)
class DefectKind:
    """One kind of defect. stops: no map can be built; rejected: the row is set aside and counted;
    warning: the row is used, a person should look; note: worth knowing, nothing is wrong."""

    code: str
    severity: Severity
    says: str  # one sentence for a person, used as a group heading


_SAID: Final[Mapping[Severity, Mapping[str, str]]] = {
    "stops": {
        "column_missing": "A column this table cannot do without is not in the file.",
        "crs_unknown": "The declared coordinate reference system is no EPSG code of places on a map.",
    },
    "rejected": {
        "ragged_row": "A row has more or fewer cells than the header.",
        "unclosed_quote": "A quote is opened and never closed; the rest is one cell.",
        "not_a_feature": "A member or line of a GeoJSON file is not a feature.",
        "required_missing": "A cell this row cannot do without is empty.",
        "required_unreadable": "A cell this row cannot do without cannot be read.",
        "duplicate_key": "The same key stands in an earlier row, which is the one used.",
        "area_out_of_date": "Another row of this area has the boundary in force on election day.",
        "several_categories": "Several categories stand in one cell; one row must report one category.",
        "station_key_conflict": "The station_id names another station than the row's area_id and number.",
    },
    "warning": {
        "bad_geometry": "A geometry cannot be understood and was left empty.",
        "encoding_guessed": "The text encoding was guessed; declare it to be sure.",
        "bad_bytes": "Bytes that are no text in the file's encoding were replaced by �.",
        "nul_byte": "A NUL byte stands in the text and was replaced by �.",
        "duplicate_header": "Two columns carry the same header; the later was renamed.",
        "formula_without_value": "Formulas have no stored result; the cells are read as empty.",
        "formula_all_zero": "Every formula of a column gives 0, a program's word for not worked out.",
        "error_cell": "Cells hold an error such as #N/A; they are read as empty.",
        "repeat_left_out": "A form's repeated group is not in this file.",
        "page_incomplete": "The file is one page of a longer answer; the rest is missing.",
        "file_unread": "A file is named after a table and cannot be read; another file of that name is.",
        "column_not_found": "A column is mapped in mission.toml to a header that the file does not have.",
        "condition_idle": "A condition of mission.toml leaves out no row.",
        "finding_unclear": "A cell of a column that reports findings says neither yes nor no; none is taken.",
        "column_ambiguous": "Two columns of the file could be the same column; the first is used.",
        "crs_conflict": "The file declares another coordinate system than mission.toml, whose word is taken.",
        "coordinate_unreadable": "A coordinate cannot be read; the row has no point.",
        "coordinate_range": "A coordinate lies outside the range its system allows; the row has no point.",
        "coordinate_half": "One of longitude and latitude is missing; the row has no point.",
        "coordinates_zero": "The point is 0, 0 in the Gulf of Guinea, a machine's word for missing.",
        "coordinates_swapped": "Longitude and latitude are swapped; the row has no point until then.",
        "point_foreign": "The point lies outside the country; it is not drawn.",
        "point_outside_mission": "The point lies in the country but in none of the mission's areas.",
        "point_outside_area": "The point lies outside the declared area, which is taken as the truth.",
        "many_on_one_point": "More stations share one point than one building holds.",
        "precision_without_point": "A precision is given for a row that has no point.",
        "geometry_unreadable": "A geometry cannot be read or is of the wrong kind; it was left empty.",
        "id_like_date": "An id looks like a date: a spreadsheet has changed it.",
        "id_like_number": "Ids are written like numbers with a point: a table with gaps has made them so.",
        "leading_zero_twin": "Two ids differ only by leading zeros; they are kept as two.",
        "id_slash": "An id holds the slash that joins the parts of a station's key.",
        "id_mixed_script": "An id mixes Latin and Cyrillic letters that look alike.",
        "html_entity": "Text holds HTML entities such as &quot; from a web export.",
        "control_character": "Text holds invisible or control characters.",
        "formula_like": "Text begins like a spreadsheet formula; it is kept as text.",
        "contact_detail": "A phone number or e-mail address stands in a text that the press may see.",
        "too_long": "A cell is longer than anything a person types.",
        "integer_unreadable": "A count cannot be read; it was left empty.",
        "number_unreadable": "A number cannot be read; it was left empty.",
        "choice_unknown": "A word is none of those the column allows.",
        "time_unreadable": "A time cannot be read; it was left empty.",
        "date_unreadable": "A date cannot be read; it was left empty.",
        "date_order_unknown": "Day and month cannot be told apart; the time was left empty.",
        "time_ambiguous": "The clocks showed this local time twice; it was left empty.",
        "time_nonexistent": "The clocks skipped this local time; it was left empty.",
        "clock_without_day": "A clock has no day, and voting took several days; election day is taken.",
        "time_future": "A time lies in the future.",
        "time_before_mission": "A time lies long before the election.",
        "time_order": "A departure lies before the arrival.",
        "voted_above_registered": "More voters voted than are registered; the form's turnout is not used.",
        "station_id_form": "A station_id is not area_id/number; the row belongs to no station.",
        "number_without_area": "A station number stands without its area, and a number alone is never a key.",
        "number_not_unique": "A number alone stands for several stations; the row belongs to none.",
        "area_not_from_point": "A point lies in no area, or in several; no area was taken from it.",
        "station_missing": "The row names no station.",
        "area_unknown": "An area is named that is not in the areas table.",
        "station_unknown": "A station is named that is not in the stations table; the row stays unresolved.",
        "station_cancelled": "A station is named that is not open on election day; the row counts nowhere.",
        "merged_into_unknown": "A station is merged into one that is not known; it counts nowhere.",
        "category_unknown": "A category is named that is not in the categories table.",
        "visit_unknown": "A visit is named that is not in the visits table.",
        "incident_unknown": "An incident is named that is not in the incidents table.",
        "team_unknown": "A team is named that is not in the teams table.",
        "visit_at_other_station": "An incident names another station than the visit it was seen on.",
        "visits_overlap": "One team is at two stations at the same time.",
        "polygon_missing": "An area has no polygon; it is listed but not drawn.",
        "polygon_invalid": "A boundary crosses itself or is broken; a repaired copy is drawn.",
        "areas_overlap": "Two areas of one level overlap.",
        "areas_gap": "There is a gap between areas of one level.",
        "area_name_twice": "Two areas of one level carry the same name.",
        "area_parent_unknown": "An area lies in a parent that is not in the areas table.",
    },
    "note": {
        "empty_header": "A column has no header and is named by its position.",
        "file_note": "How a file was read.",
        "rows_left_out": "Rows are left out, as mission.toml says.",
        "constant_column": "A column has one value in every row, as mission.toml says.",
        "findings_of_columns": "Findings stand in columns of their own, as mission.toml says.",
        "merged_cells": "Cells merged over several rows stand in each of them.",
        "text_of_other_language": "A text is not there in English; that of another language stands for it.",
        "column_unknown": "A column of the file is not used.",
        "missing_word": "A word such as NA stands where a cell should be empty; it is read as empty.",
        "number_format": "A count is written in an unusual way; it was read as shown.",
        "id_digits": "An id is written in the digits of another script; it counts by their value.",
        "id_white_space": "An id had spaces around it or letters in pieces, and was tidied.",
        "leading_zeros": "Ids start with zeros, which are kept.",
        "time_next_day": "A clock without a day was on the next day, or on its arrival's.",
        "time_day_only": "A day is given without a time; no hour is known.",
        "time_understood": "A time is written in an unusual way; it was read as shown.",
        "date_order_inferred": "Day and month are in an order that had to be inferred.",
        "categories_split": "Several categories stood in one cell; each became an incident of its own.",
        "areas_mismatch": "Neighbouring boundaries differ by slivers.",
        "area_not_in_force": "The boundary was not in force on election day; it takes no part.",
        "area_in_parts": "An area stands in several rows, whose polygons were joined.",
        "area_from_children": "Areas without a polygon have that of their children, as mission.toml asks.",
        "station_not_open": "Stations are cancelled or merged; they are in no figure, gap or route.",
        "station_merged": "A station is named that was merged; the row counts at the one it is part of.",
        "point_unchecked": "The declared area has no polygon; the point could not be checked.",
        "area_from_point": "The area was taken from the point, as mission.toml asks.",
        "point_of_polygon": "A polygon or several points stand for a place; a point in them is used.",
        "point_near_border": "The point lies a little outside its area, as near as the boundaries are exact.",
    },
}
KINDS: Final[Mapping[str, DefectKind]] = {
    code: DefectKind(code, severity, says)
    for severity, sentences in _SAID.items()
    for code, says in sentences.items()
}

MOST_OF_FILES: Final = 20  # examples: a person maps all columns of a file at once
_RANK: Final[Mapping[Severity, int]] = {severity: rank for rank, severity in enumerate(_SAID)}


def empty() -> pd.DataFrame:
    """Return a defect frame without rows, columns as in `COLUMNS`."""
    return _empty().copy(deep=False)


@cache
def _empty() -> pd.DataFrame:
    frame = pd.DataFrame({name: pd.Series([], dtype="str") for name in COLUMNS})
    return frame.astype({"row": "int64"})


def defects_at(
    code: str,
    *,
    table: str,
    file: str,
    rows: npt.ArrayLike,
    column: str,
    values: npt.ArrayLike,
    expected: str | npt.ArrayLike = "",
) -> pd.DataFrame:
    """Return one defect per row; `expected` is one sentence for all or one per row."""
    numbers = np.asarray(rows, dtype=np.int64)
    if not len(numbers):
        return empty()
    frame = pd.DataFrame({"row": numbers})
    frame["code"], frame["table"], frame["file"], frame["column"] = code, table, file, column
    frame["value"] = pd.Series(np.asarray(values, dtype=object), dtype="object").map(str).astype("str")
    frame["expected"] = (
        expected if isinstance(expected, str) else pd.Series(np.asarray(expected, dtype=object)).astype("str")
    )
    return frame[list(COLUMNS)]


def concat(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Return all defects in one frame, in the order given."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else empty()


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Return defects worst first, then by table, file, row and column."""
    if not len(frame):
        return frame
    ranks = frame["code"].map({code: _RANK[severity_of(code)] for code in frame["code"].unique()})
    order = frame.assign(_rank=ranks).sort_values(
        ["_rank", "table", "file", "row", "column", "code"], kind="stable"
    )
    return order[list(COLUMNS)].reset_index(drop=True)


def severity_of(code: str) -> Severity:
    """Return the severity of a code; a code nobody declared counts as a warning."""
    return KINDS[code].severity if code in KINDS else "warning"


def summary(
    frame: pd.DataFrame, most_examples: int = 3, say: Callable[[Any], str] | None = None
) -> pd.DataFrame:
    """Return one row per code, worst severity first and the commonest first within one.

    Columns: code, severity, n, says, examples (a list of sentences naming file, row and value). What is
    said of a file as a whole, such as a column without a use, is shown up to `MOST_OF_FILES` times. `say`:
    how a row is said, `sentence` by itself.
    """
    say = say or sentence
    counts = frame["code"].value_counts()
    groups = pd.DataFrame({"code": counts.index.to_numpy(), "n": counts.to_numpy(dtype=np.int64)})
    groups["severity"] = groups["code"].map(severity_of)
    groups["says"] = [KINDS[code].says if code in KINDS else code for code in groups["code"]]
    ranks = groups["severity"].map(lambda severity: _RANK[severity])
    groups = groups.assign(_rank=ranks).sort_values(["_rank", "n", "code"], ascending=[True, False, True])
    nth = frame.groupby("code", sort=False).cumcount()
    first = frame[nth < np.where(frame["row"] == 0, max(most_examples, MOST_OF_FILES), most_examples)]
    examples = {code: [say(row) for row in rows.itertuples()] for code, rows in first.groupby("code")}
    groups["examples"] = [examples.get(code, []) for code in groups["code"]]
    return groups[["code", "severity", "n", "says", "examples"]].reset_index(drop=True)


def sentence(row: Any) -> str:
    """Return one defect as a person reads it: where, what stands there, what would be right."""
    return str(defect_message(row))


def defect_message(row: Any) -> Message:
    """Return the same for any language; `column`, `value` and `expected` stay as they are."""
    file = str(row.file)
    where: Value = message("{file} row {row}", file=file, row=str(row.row)) if row.row else file
    value = f'"{_visible(row.value)}"' if row.value else ""
    what = " ".join(filter(None, ("" if row.column == row.value else row.column, value)))
    shown: Value = Message("{where}: {what}", (("where", where), ("what", what))) if what else where
    if row.expected:
        return message("{shown}; should be {expected}", shown=shown, expected=_visible(row.expected))
    return Message("{shown}", (("shown", shown),))


def _visible(text: str) -> str:
    """Return a text short enough for one line, invisible and direction-changing characters spelt out."""
    short = (text if len(text) <= LINE else text[:LINE] + "…").replace("\n", "\\u000a")
    return printable(short)


def printable(text: str) -> str:
    """Return a text with all that moves a terminal's cursor or turns its writing spelt out, lines kept."""
    allowed = "\n\xa0\u202f"  # a line's end, and the spaces that stand inside numbers
    return "".join(
        letter if letter.isprintable() or letter in allowed else f"\\u{ord(letter):04x}" for letter in text
    )


def write_rejects(path: Path, rejects: pd.DataFrame) -> None:
    """Write rejected rows as CSV (UTF-8 with a mark, for spreadsheets), no cell of which can run.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    safe = rejects.assign(**{name: rejects[name].map(inert) for name in rejects.columns if name != "row"})
    safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def inert(text: str) -> str:
    """Return a text with an apostrophe before it if a spreadsheet would run it.

    >>> inert("=1+1"), inert(" @SUM(A1)"), inert("School 5")
    ("'=1+1", "' @SUM(A1)", 'School 5')
    """
    is_live = text.lstrip().startswith(("=", "+", "-", "@", "|")) or text.startswith(("\t", "\r", "\n"))
    return f"'{text}" if is_live else text


def defect_map(frame: pd.DataFrame, stations: pd.DataFrame) -> dict[str, Any]:
    """Return the defects of stations as a GeoJSON FeatureCollection, EPSG:4326.

    `stations`: columns station_id and either lon, lat or point geometries; `row` if it is known. A
    defect finds its station by row, else by the station_id before ":" in its value. Defects of stations
    without a point, and those of no station at all, stand in `properties.not_on_map`.
    """
    mine = frame[frame["table"] == "stations"]
    lon, lat = _lon_lat(stations)
    if "row" in stations:
        at_row = pd.Series(np.arange(len(stations)), index=pd.Index(stations["row"]))
        at_row = at_row[~at_row.index.duplicated() & (at_row.index > 0)]
        place = at_row.reindex(mine["row"].to_numpy(), fill_value=-1).to_numpy()
    else:
        named = mine["value"].str.split(":", n=1).str[0]
        place = pd.Index(stations["station_id"]).get_indexer(pd.Index(named))
    has_point = (place >= 0) & np.isfinite(np.append(lon, np.nan)[place])
    ids = np.append(stations["station_id"].to_numpy(dtype=object), "")
    features, listed = [], []
    for row, at, drawn in zip(mine.itertuples(), place, has_point, strict=True):
        properties = {
            "code": row.code,
            "severity": severity_of(str(row.code)),
            "says": KINDS[str(row.code)].says if row.code in KINDS else row.code,
            "station_id": ids[at],
            "file": row.file,
            "row": int(str(row.row)),
            "column": row.column,
            "value": row.value,
            "expected": row.expected,
        }
        if drawn:
            point = {"type": "Point", "coordinates": [float(lon[at]), float(lat[at])]}
            features.append({"type": "Feature", "geometry": point, "properties": properties})
        else:
            listed.append(properties)
    return {"type": "FeatureCollection", "features": features, "properties": {"not_on_map": listed}}


def _lon_lat(stations: pd.DataFrame) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    if "lon" in stations:
        return stations["lon"].to_numpy(dtype=np.float64), stations["lat"].to_numpy(dtype=np.float64)
    shapes = stations["geometry"].to_numpy(dtype=object)
    return shapely.get_x(shapes), shapely.get_y(shapes)
