"""The words of work on reports: states and decisions, refusals, entry of visits. English keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from layers.words import upload_wording
from layers.words.language import Language, mark

TRUTH: Final[Mapping[str, str]] = {
    "reported": mark("reported"),
    "verified": mark("verified"),
    "refuted": mark("refuted"),
    "unverifiable": mark("cannot be verified"),
}
CLEARANCE: Final[Mapping[str, str]] = {
    "withheld": mark("withheld"),
    "cleared": mark("cleared"),
    "published": mark("published"),
    "corrected": mark("corrected"),
    "withdrawn": mark("withdrawn"),
}
# Decision → its button and the letter that presses it while the list has the focus.
DECIDE: Final[Mapping[str, tuple[str, str]]] = {
    "verify": (mark("Verify"), "v"),
    "refute": (mark("Refute"), "r"),
    "set_aside": (mark("Cannot be verified"), "u"),
    "reopen": (mark("Reopen"), "o"),
    "clear": (mark("Clear"), "c"),
    "withhold": (mark("Withhold"), "h"),
    "publish": (mark("Mark as published"), "p"),
    "correct": (mark("Mark as corrected"), "x"),
    "withdraw": (mark("Withdraw"), "w"),
    "assign": (mark("Assign"), "a"),
}
SENT: Final[str] = mark("sent")
REFUSAL: Final[Mapping[str, str]] = {
    "unknown": mark("This cannot be decided about such a report."),
    "state": mark("It stands elsewhere by now: this cannot be decided from there."),
    "own": mark("Nobody verifies what they sent themselves."),
    "twice": mark("Who verified a report does not clear it: it takes two people."),
    "reason": mark("A reason is needed."),
    "person": mark("Say whom to assign it to."),
    "stale": mark("It was changed meanwhile. Look at it again."),
    "gone": mark("This report is no longer there."),
    "area": mark("It lies outside your area."),
    "taken": mark("Another visit was entered under this id."),
    "other": mark("Something else came under the same id before."),
    "role": mark("Your role does not allow this."),
}
POINT: Final[Mapping[str, str]] = {
    "coordinates_swapped": mark("longitude and latitude are swapped"),
    "point_foreign": mark("lies abroad"),
    "point_outside_mission": mark("lies outside of all areas"),
    "point_outside_area": mark("lies outside its declared area"),
    "many_on_one_point": mark("shares its point with many others"),
    "missing": mark("has no point of its own"),
}
FILTER: Final[Mapping[str, str]] = {
    "reported": mark("To verify"),
    "to_clear": mark("To clear"),
    "cleared": mark("Cleared"),
    "published": mark("Published"),
    "refuted": mark("Refuted"),
    "unverifiable": mark("Cannot be verified"),
    "mine": mark("Assigned to me"),
    "all": mark("All"),
}
_SENTENCES: Final[Mapping[str, str]] = {
    "loading": mark("Loading …"),
    "findings": mark("Findings"),
    "visits": mark("Visits"),
    "about": mark("Reports of"),
    "filter": mark("Show"),
    "noReports": mark("No such report."),
    "showing": mark("Showing {x} of {y}."),
    "more": mark("Show more"),
    "chosen": mark("{n} chosen"),
    "choose": mark("Choose this report"),
    "chooseAll": mark("Choose all shown"),
    "reason": mark("Reason"),
    "assignTo": mark("Assign to"),
    "assigned": mark("assigned to {name}"),
    "history": mark("History"),
    "noHistory": mark("Nothing was decided about it yet."),
    "done": mark("Done: {n}."),
    "lost": mark("The line is down. Nothing was decided; try again."),
    "yourName": mark("Your name"),
    "nameNote": mark("Decisions are written down with it. The desk’s key is shared: others cannot check it."),
    "keys": mark("Arrows move, Space chooses, a letter decides: {keys}."),
    "ok": mark("OK"),
    "cancel": mark("Cancel"),
    "was": mark("{old} → {new}"),
    "station": mark("Station"),
    "team": mark("Team"),
    "stage": mark("Stage"),
    "arrived": mark("Arrived"),
    "left": mark("Left"),
    "outcome": mark("What came of it"),
    "overallAssessment": mark("Overall assessment"),
    "askedAll": mark("The whole form was answered"),
    "finding": mark("Finding {n}"),
    "noFinding": mark("none"),
    "findingText": mark("What happened"),
    "save": mark("Save the visit"),
    "saved": mark("Saved: {station}."),
    "kept": mark("No line: kept in this browser, sent when the line is back. Waiting: {n}."),
    "unchecked": mark("No line: the station is looked up when the visit is sent."),
    "correctVisit": mark("Put back into the form"),
    "putAway": mark("Put away"),
    "refusedVisit": mark("{station} was not taken: {why}"),
    "moreTeams": mark("{n} more teams are not suggested here: type the whole id."),
    "entryNote": mark(
        "Type the number and its area or town, or a part of either; Enter takes the first."
        " Of a team a part is enough. Times as 930 or 9:30."
    ),
    "pickStation": mark("Pick a station of the list."),
    "acknowledge": mark("Take note"),
    "callNote": mark("What was done"),
    "snooze": mark("Rest until"),
    "acknowledged": mark("{who}, {time}: {note}"),
    "rests": mark("rests until {time}"),
    "doctorNote": mark("Moves are written down and can be undone; the file of stations is never changed."),
    "noDoubtful": mark("No point is doubtful."),
    "told": mark("now at {lon}, {lat}"),
    "turn": mark("Turn round: {lon}, {lat}"),
    "onMap": mark("Pick on the map"),
    "picking": mark("Click where {station} stands; Escape leaves it."),
    "coordinates": mark("Longitude, latitude"),
    "move": mark("Move"),
    "movedBy": mark("moved by {who}, {time}"),
    "movedTitle": mark("Moved"),
    "stillOutside": mark("outside its declared area"),
    "undo": mark("Undo"),
    "badNumbers": mark("Two numbers in degrees: longitude, latitude."),
    "notDecided": mark("Not decided: {why}"),
}


def browser_words(language: Language) -> dict[str, str | dict[str, str]]:
    """Return every sentence the scripts of work put together; {names} are filled in the browser."""
    sentences = {**_SENTENCES, "notYours": REFUSAL["role"]}
    return {
        **{name: language.say(text) for name, text in sentences.items()},
        **upload_wording.browser_words(language),
    }
