"""The lines that go with every picture, table and file: n of N, how chosen, up to when and by whom."""

from __future__ import annotations

from geo.model.mission import text_in
from layers.map.press_view import View
from layers.words.language import Language, mark
from layers.words.wording import SELECTION, SELECTION_SHORT, SELECTION_UNKNOWN_FRAME


def method(view: View, language: Language) -> str:
    """Return the sentence that goes with every picture: n of N, and how the stations were chosen."""
    stations, visited = view.total("stations"), view.total("visited")
    if not visited:
        return language.say(mark("How many polling stations were visited is not known."))
    if not stations:
        words = SELECTION_UNKNOWN_FRAME[view.mission.selection]
        return language.say(words, visited=language.number(visited))
    return language.say(
        SELECTION[view.mission.selection],
        visited=language.number(visited),
        stations=language.number(stations),
        percent=language.percent(visited / stations),
    )


def stamp(view: View, language: Language) -> str:
    """Return n of N, how stations were chosen and up to when, in brief; "" where n or N is not known."""
    stations, visited = view.total("stations"), view.total("visited")
    if not visited or not stations:
        return ""
    words = SELECTION_SHORT[view.mission.selection]
    said = language.say(words, visited=language.number(visited), stations=language.number(stations))
    return " ".join(filter(None, (said, cut_off(view, language))))


def provenance(view: View, language: Language) -> str:
    """Return what stands at the foot of every map: n of N, how chosen, up to which day, and the mission."""
    told = stamp(view, language) or " ".join(filter(None, (method(view, language), cut_off(view, language))))
    return f"{text_in(view.mission.title, language.code)} · {told}"


def cut_off(view: View, language: Language) -> str:
    """Return up to which day the data go, as a sentence; "" where that is not stated."""
    if view.as_of is None:
        return ""
    said = language.say(mark("Data to {moment}."), moment=language.date(view.as_of))
    return f"{said[:-2]}." if said.endswith("..") else said  # Russian dates end in "г."


def source_line(view: View, language: Language) -> str:
    """Return the day the data go to, and the mission's credit or source, short enough for a picture."""
    return " ".join(filter(None, (cut_off(view, language), _credit(view, language))))


def _credit(view: View, language: Language) -> str:
    credit = text_in(view.mission.credit, language.code)
    if credit:
        return credit.rstrip(".") + "."
    first = next(iter(view.mission.sources), None)
    parts = [first.title, first.publisher, first.date] if first else []
    return language.say(mark("Source: {source}."), source=", ".join(filter(None, parts))) if parts else ""
