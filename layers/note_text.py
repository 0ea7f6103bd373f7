"""The methods note as plain text, in its page's own words and figures: what goes into every file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from geo.mission import text_in
from layers import press_note
from layers.language import Language, mark
from layers.methods_note import Section
from layers.view import View

HEADING: Final = mark("How the figures were made")


def of_sections(title: str, said: Iterable[Section], language: Language, is_simulated: bool) -> str:
    """Return a note: its title, then every heading underlined and its sentences, one a line."""
    parts = [_underlined(f"{title} · {language.say(HEADING)}", "=")]
    if is_simulated:
        parts.append(language.say(mark("SIMULATED")))
    parts += ["\n".join((_underlined(one.title, "-"), *one.lines)) for one in said]
    return "\n\n".join(parts) + "\n"


def _underlined(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}"


def of_press(view: View, language: Language) -> str:
    """Return the press's whole note: the sentences of its page, then the page's tables as lines."""
    title = text_in(view.mission.title, language.code)
    said = (*press_note.sections(view, language), *_tables(view, language))
    return of_sections(title, said, language, view.mission.nature == "simulated")


def _tables(view: View, language: Language) -> Iterator[Section]:
    say = language.say
    for one in press_note.panel(view, language):
        heads: tuple[str, ...] = ("", say(mark("Visited")), "", say(mark("All stations")), "")
        keys: tuple[str, ...] = ("name", "visited", "visited_share", "stations", "stations_share")
        yield Section(
            f"{say(mark('Do the visited stations look like all?'))} {one['title']}",
            _lines(heads, keys, one["rows"]),
        )
    choices = press_note.choice_rows(view, language)
    if choices:
        heads = (
            say(mark("Stage")), say(mark("Findings from severity")), say(mark("stations visited")),
            say(mark("visits whose form asked")), say(mark("visits with a finding")), say(mark("Share")),
        )  # fmt: skip
        keys = ("stage", "severity", "observed", "visits", "found", "share")
        why = say(mark("The whole mission under each stage and severity the map offers. A dash: not told."))
        yield Section(say(mark("Every choice in numbers")), (why, *_lines(heads, keys, choices)))
    assessed = press_note.assessment_rows(view, language)
    if assessed:
        heads = (
            say(mark("Stage")), say(mark("visits with an overall assessment")),
            say(mark("assessed bad or very bad")), say(mark("Share")),
        )  # fmt: skip
        why = say(
            mark(
                "Observers end a visit by calling it very good, good, bad or very bad as a whole; bad and "
                "very bad are negative. An assessment has no severity, only a stage. A dash: not told."
            )
        )
        rows = _lines(heads, ("stage", "assessed", "negative", "share"), assessed)
        yield Section(say(mark("Overall assessments in numbers")), (why, *rows))


def _lines(heads: Sequence[str], keys: Sequence[str], rows: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    """A table as lines with tabs between: any program and any eye can take it apart."""
    return ("\t".join(heads), *("\t".join(str(row[key]) for key in keys) for row in rows))
