"""The words shown for every code: status, severity, stage, selection, completeness. English keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from layers.words.language import mark

STATUS: Final[Mapping[str, str]] = {
    "published": mark("observed"),
    "merged": mark("told together with a neighbour"),
    "insufficient": mark("too few visits to say"),
    "not_observed": mark("not observed"),
    "not_reported": mark("visits not reported"),
    "not_known": mark("not known whether observed"),
}
STATUS_SAYS: Final[Mapping[str, str]] = {
    "published": mark("Observers were here and the number of their visits is known."),
    "merged": mark(
        "Too few stations were visited here for a figure of its own: it is told together with a neighbour's."
    ),
    "insufficient": mark("Observers were here, but too rarely for a figure to mean anything."),
    "not_observed": mark(
        "The source names no observers here on election day. Nothing can be concluded from that."
    ),
    "not_reported": mark(
        "Observers were here; how many stations they visited is not reported, so there is no rate."
    ),
    "not_known": mark(
        "The source lists findings only: whether observers were here and found nothing is not known."
    ),
}
SEVERITY: Final[Mapping[str, str]] = {
    "low": mark("low"),
    "medium": mark("medium"),
    "high": mark("high"),
    "critical": mark("critical"),
    "": mark("context"),
}
# Where visits are counted one by one, "not observed" is known, not inferred from a source's silence.
NO_VISIT_SAYS: Final = mark("No observer was here. Absence of reports is not absence of findings.")
NO_VISIT_AT_STAGE: Final = mark("No observer was here at this stage.")
STATIONS_OF_DAY: Final = mark(
    "Polling stations on the map are of the whole day: at which stage each was visited is not published."
)
STAGE: Final[Mapping[str, str]] = {
    "opening": mark("opening"),
    "voting": mark("voting"),
    "closing": mark("closing"),
    "counting": mark("counting"),
    "tabulation": mark("tabulation"),
    "any": mark("any stage"),
    "pre-election": mark("before election day"),
    "system": mark("the system as a whole"),
}
COMPLETENESS: Final[Mapping[str, str]] = {
    "exhaustive": mark("complete list"),
    "examples": mark("examples only"),
    "unknown": mark("not said whether complete"),
    "statement": mark("no station named"),
}
# {visited}, {stations}, {percent}: the sentence under every map (how the stations were chosen).
SELECTION: Final[Mapping[str, str]] = {
    "purposive": mark(
        "{visited} of {stations} polling stations visited ({percent}), chosen by the mission, not at random."
    ),
    "probability": mark("{visited} of {stations} polling stations visited ({percent}), a random sample."),
    "mixed": mark(
        "{visited} of {stations} polling stations visited ({percent}), partly chosen, partly a random sample."
    ),
    "census": mark("{visited} of {stations} polling stations visited ({percent}); all were to be visited."),
}
SELECTION_UNKNOWN_FRAME: Final[Mapping[str, str]] = {
    "purposive": mark("Polling stations visited: {visited}, chosen by the mission, not at random."),
    "probability": mark("Polling stations visited: {visited}, a random sample."),
    "mixed": mark("Polling stations visited: {visited}, partly chosen, partly a random sample."),
    "census": mark("Polling stations visited: {visited}; all were to be visited."),
}
# Short enough to be repeated all over the map, so that any part cut out of it still says how it was seen.
SELECTION_SHORT: Final[Mapping[str, str]] = {
    "purposive": mark("{visited} of {stations} visited, not at random."),
    "probability": mark("{visited} of {stations} visited, a random sample."),
    "mixed": mark("{visited} of {stations} visited, partly at random."),
    "census": mark("{visited} of {stations} visited; all were to be."),
}
NOTE_KIND: Final[Mapping[str, str]] = {
    "positive": mark("What the observers praised"),
    "limitation": mark("Why coverage was limited"),
    "method": mark("How the figures were made"),
    "context": mark("Context"),
}
# Figures of `totals` that a reader would recognise; others are listed under their own name.
MEASURE: Final[Mapping[str, str]] = {
    "stations": mark("polling stations"),
    "visited": mark("polling stations visited"),
    "voters": mark("registered voters"),
    "evoting_stations": mark("polling stations with electronic voting"),
    "stations_abroad": mark("polling stations abroad"),
    "short_term_observers": mark("short-term observers"),
    "long_term_observers": mark("long-term observers"),
    "expelled": mark("people made to leave the country"),
}
