"""What can be wrong with a row, in columns: code, where, what stands there, what would be right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Severity = Literal["stops", "rejected", "warning", "note"]
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
        "crs_unknown": "The declared coordinate reference system is not an EPSG code that exists.",
        "areas_empty": "No area has a usable polygon, so nothing can be put on a map.",
    },
    "rejected": {
        "required_missing": "A cell this row cannot do without is empty.",
        "required_unreadable": "A cell this row cannot do without cannot be read.",
        "duplicate_key": "The same key stands in an earlier row, which is the one used.",
        "several_categories": "Several categories stand in one cell; one row must report one category.",
        "station_key_conflict": "station_id names another station than area_id and number of the same row.",
    },
    "warning": {
        "column_not_found": "mission.toml maps a column to a header that the file does not have.",
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
        "leading_zero_twin": "Two ids differ only by leading zeros; they are kept as two.",
        "id_slash": "An id holds the slash that joins the parts of a station's key.",
        "id_mixed_script": "An id mixes Latin and Cyrillic letters that look alike.",
        "html_entity": "Text holds HTML entities such as &quot; from a web export.",
        "control_character": "Text holds invisible or control characters.",
        "formula_like": "Text begins like a spreadsheet formula; it is kept as text.",
        "too_long": "A cell is longer than anything a person types.",
        "integer_unreadable": "A count cannot be read; it was left empty.",
        "number_unreadable": "A number cannot be read; it was left empty.",
        "choice_unknown": "A word is none of those the column allows.",
        "time_unreadable": "A time cannot be read; it was left empty.",
        "date_unreadable": "A date cannot be read; it was left empty.",
        "date_order_unknown": "Day and month cannot be told apart; the time was left empty.",
        "time_ambiguous": "The clocks showed this local time twice; it was left empty.",
        "time_nonexistent": "The clocks skipped this local time; it was left empty.",
        "time_future": "A time lies in the future.",
        "time_before_mission": "A time lies long before the election.",
        "time_order": "A departure lies before the arrival.",
        "station_id_form": "A station_id is not area_id/number; the row belongs to no station.",
        "number_without_area": "A station number stands without its area, and a number alone is never a key.",
        "station_missing": "The row names no station.",
        "area_unknown": "An area is named that is not in the areas table.",
        "station_unknown": "A station is named that is not in the stations table; the row stays unresolved.",
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
        "area_not_in_force": "The boundary was not in force on election day.",
        "area_name_twice": "Two areas of one level carry the same name.",
        "area_parent_unknown": "An area lies in a parent that is not in the areas table.",
    },
    "note": {
        "column_unknown": "A column of the file is not used.",
        "missing_word": "A word such as NA stands where a cell should be empty; it is read as empty.",
        "number_format": "A count is written in an unusual way; it was read as shown.",
        "id_white_space": "An id had spaces around it, which were taken off.",
        "leading_zeros": "Ids start with zeros, which are kept.",
        "time_understood": "A time is written in an unusual way; it was read as shown.",
        "date_order_inferred": "Day and month are in an order that had to be inferred.",
        "categories_split": "Several categories stood in one cell; each became an incident of its own.",
        "point_near_border": "The point lies a little outside its area, as near as the boundaries are exact.",
    },
}
KINDS: Final[Mapping[str, DefectKind]] = {
    code: DefectKind(code, severity, says)
    for severity, sentences in _SAID.items()
    for code, says in sentences.items()
}

_RANK: Final[Mapping[Severity, int]] = {severity: rank for rank, severity in enumerate(_SAID)}


def empty() -> pd.DataFrame:
    """Return a defect frame without rows, columns as in `COLUMNS`."""
    frame = pd.DataFrame({name: pd.Series([], dtype="str") for name in COLUMNS})
    return frame.astype({"row": "int64"})


def of(
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
    ranks = frame["code"].map(lambda code: _RANK[severity_of(code)]).to_numpy(dtype=np.int64)
    order = frame.assign(_rank=ranks).sort_values(
        ["_rank", "table", "file", "row", "column", "code"], kind="stable"
    )
    return order[list(COLUMNS)].reset_index(drop=True)


def severity_of(code: str) -> Severity:
    """Return the severity of a code; a code nobody declared counts as a warning."""
    return KINDS[code].severity if code in KINDS else "warning"
