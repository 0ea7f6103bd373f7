"""The methods note as plain text, in its page's own words and figures: what goes into every file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from geo.model.mission import text_in
from layers.map.press_view import View
from layers.press import press_methods_note
from layers.words.language import Language, mark
from layers.words.methods_note import NoteSection, note_as_text


def of_press(view: View, language: Language) -> str:
    """Return the press's whole note: the sentences of its page, then the page's tables as lines."""
    title = text_in(view.mission.title, language.code)
    said = (*press_methods_note.sections(view, language), *_tables(view, language))
    return note_as_text(title, said, language, view.mission.nature == "simulated")


def _tables(view: View, language: Language) -> Iterator[NoteSection]:
    say = language.say
    for one in press_methods_note.panel(view, language):
        heads: tuple[str, ...] = ("", say(mark("Visited")), "", say(mark("All stations")), "")
        keys: tuple[str, ...] = ("name", "visited", "visited_share", "stations", "stations_share")
        yield NoteSection(
            f"{say(mark('Do the visited stations look like all?'))} {one['title']}",
            _lines(heads, keys, one["rows"]),
        )
    choices = press_methods_note.choice_rows(view, language)
    if choices:
        heads = (
            say(mark("Stage")), say(mark("Findings from severity")), say(mark("stations visited")),
            say(mark("stations whose visits asked")), say(mark("stations with a finding")),
            say(mark("Share")),
        )  # fmt: skip
        keys = ("stage", "severity", "observed", "asked", "found", "share")
        why = say(mark("The whole mission under each stage and severity the map offers. A dash: not told."))
        yield NoteSection(say(mark("Every choice in numbers")), (why, *_lines(heads, keys, choices)))
    assessed = press_methods_note.assessment_rows(view, language)
    if assessed:
        heads = (
            say(mark("Stage")), say(mark("stations with an overall assessment")),
            say(mark("assessed bad or very bad")), say(mark("Share")),
        )  # fmt: skip
        why = say(
            mark(
                "Observers end a visit by calling it very good, good, bad or very bad as a whole; bad and "
                "very bad are negative. An assessment has no severity, only a stage. A dash: not told."
            )
        )
        rows = _lines(heads, ("stage", "assessed", "negative", "share"), assessed)
        yield NoteSection(say(mark("Overall assessments in numbers")), (why, *rows))


def _lines(heads: Sequence[str], keys: Sequence[str], rows: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    """A table as lines with tabs between: any program and any eye can take it apart."""
    return ("\t".join(heads), *("\t".join(str(row[key]) for key in keys) for row in rows))
