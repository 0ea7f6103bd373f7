"""The words of taking a file of reports: its columns, what is wrong with rows, what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from layers.words.language import Language, mark

COLUMN: Final[Mapping[str, str]] = {
    "visit_id": mark("Id of the visit"),
    "incident_id": mark("Id of the finding"),
    "station_id": mark("Station (area/number)"),
    "area_id": mark("Area"),
    "number": mark("Station number"),
    "stream": mark("Voter list"),
    "team_id": mark("Team"),
    "stage": mark("Stage"),
    "arrived": mark("Arrived"),
    "left": mark("Left"),
    "outcome": mark("What came of it"),
    "overall": mark("Overall assessment"),
    "purpose": mark("Purpose"),
    "answered": mark("Questions answered"),
    "registered_voters": mark("Registered voters"),
    "voted": mark("Voted"),
    "answers": mark("Answers"),
    "lon": mark("Longitude"),
    "lat": mark("Latitude"),
    "category": mark("Kind of finding"),
    "severity": mark("Severity"),
    "completeness": mark("Completeness"),
    "occurred": mark("Seen at"),
    "text": mark("What happened"),
    "supersedes": mark("Id of what it corrects"),
    "verification": mark("Verification"),
}
_UNREAD: Final = mark("cannot be read")
_TWICE: Final = mark("stands in the file twice")
_NO_STATION: Final = mark("names no station")
# Code of a defect → what is said of the cell or the row; what is not here is said in English, as elsewhere.
DEFECT: Final[Mapping[str, str]] = {
    "required_missing": mark("is empty"),
    "required_unreadable": _UNREAD,
    "integer_unreadable": _UNREAD,
    "number_unreadable": _UNREAD,
    "time_unreadable": _UNREAD,
    "date_order_unknown": mark("Day and month cannot be told apart"),
    "time_ambiguous": mark("The clocks showed this time twice"),
    "time_nonexistent": mark("The clocks skipped this time"),
    "coordinate_unreadable": _UNREAD,
    "coordinate_range": _UNREAD,
    "coordinate_half": mark("One of longitude and latitude is missing"),
    "choice_unknown": mark("is none of the words that are known"),
    "duplicate_key": _TWICE,
    "repeated": _TWICE,
    "several_categories": mark("holds several kinds of finding; a row has one"),
    "station_key_conflict": mark("names another station than area and number"),
    "station_id_form": _NO_STATION,
    "number_without_area": _NO_STATION,
    "number_not_unique": _NO_STATION,
    "ragged_row": mark("The row has more or fewer cells than the header"),
    "unclosed_quote": mark("A quote is opened and never closed"),
    "column_missing": mark("The file has no such column"),
    "not_known": mark("is not known in this mission"),
    "no_visit": mark("No such visit came under this source; take the visits first, or leave the column out"),
    "area": mark("It lies outside your area."),
    "conflict": mark("came before and said something else; what came first stays"),
    "withdrawn": mark("was taken back in the file"),
    "corrects": mark("corrects a report that came before; a file does not"),
    "corrected": mark("is corrected by another row of the file"),
    "encoding_guessed": mark("How its letters are written was guessed; look at a name"),
    "time_future": mark("A time lies in the future"),
    "time_before_mission": mark("A time lies long before the election"),
    "time_order": mark("It left before it arrived"),
    "time_understood": mark("A time was read as shown"),
    "date_order_inferred": mark("Day and month are in an order that was inferred"),
    "time_next_day": mark("A time without its day was taken for the next day"),
    "time_day_only": mark("A day without a time: no hour is known"),
    "missing_word": mark("A word that means nothing was told is read as empty"),
    "leading_zeros": mark("Zeros at the beginning are kept"),
    "bad_bytes": mark("Some letters could not be read"),
    "contact_detail": mark("holds a telephone number or an e-mail address"),
    "voted_above_registered": mark("More voted than are registered"),
    "file_note": mark("How the file was read:"),
    "formula_like": mark("A text begins like a formula; it is kept as text"),
}
_SENTENCES: Final[Mapping[str, str]] = {
    "fileNote": mark(
        "One file of visits or of findings, up to {mb} MB and {rows} rows: CSV, XLSX, GeoJSON and what else "
        "is read here. Nothing is written down before you say so."
    ),
    "file": mark("File"),
    "checkFile": mark("Check the file"),
    "checkingFile": mark("Reading the file …"),
    "chooseFirst": mark("Choose a file."),
    "fileTooLarge": mark("The file is larger than {mb} MB."),
    "fileRefused": mark("This file cannot be taken."),
    "fileChanged": mark("Something was changed. Check the file again."),
    "fileLost": mark("The line is down. Nothing was written down; try again."),
    "columns": mark("Columns"),
    "columnsLeft": mark("Columns not in the file: {n}"),
    "notInFile": mark("not in the file"),
    "notUsed": mark("Not used: {columns}"),
    "sourceName": mark("Source"),
    "sourceNote": mark("Rows with the same id under the same source are the same report."),
    "fileRows": mark("Rows: {n}. New: {fresh}. The same as before: {known}. Not taken: {wrong}."),
    "notTaken": mark("Not taken"),
    "odd": mark("Taken, but look"),
    "row": mark("Row {row}"),
    "rowsAlike": mark("{n} times, first in row {row}"),
    "rejectsFile": mark("Download these rows (CSV)"),
    "nothingNew": mark("There is nothing new to take."),
    "rowsTaken": mark("Taken: {n} of {all}."),
    "rowsLost": mark("The line is down. Surely taken: {n} of {all}. Press again; nothing is counted twice."),
    "rowsOther": mark("Not taken, as something else came under the same id: {ids}"),
    "rowsStopped": mark("Taken: {n} of {all}. Then: {why}"),
}


def browser_words(language: Language) -> dict[str, str | dict[str, str]]:
    """Return what the script of this tab puts together."""
    forms = language.forms("Take this report", "Take these {n} reports")
    return {**{name: language.say(text) for name, text in _SENTENCES.items()}, "takeRows": forms}
