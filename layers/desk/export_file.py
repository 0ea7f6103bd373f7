"""A coordinator's export of one choice: figures, in every row the sentence under the map, and the note."""

from __future__ import annotations

from geo.analysis import exports
from geo.analysis.choice_analysis import Analysis
from geo.analysis.representativeness import panel
from geo.model.counts import Choice
from geo.model.errors import InputError
from geo.model.mission import text_in
from geo.model.snapshot import Snapshot
from layers.map.measures import analysed
from layers.words.language import Language, language
from layers.words.methods_note import note_as_text, observed, sections


def export_of_choice(snapshot: Snapshot, units: str, choice: Choice, suffix: str, code: str = "en") -> bytes:
    """Return the file: `units` are area, cell or station; `suffix` csv, zip, geojson, gpkg or parquet.

    Raises InputError for another suffix or an unknown category, NotFound where stations may not be shown.
    """
    if suffix not in exports.FORMATS:
        raise InputError(f"{suffix!r} is no format to write; there are {', '.join(exports.FORMATS)}")
    unknown = sorted(set(choice.categories) - set(snapshot.categories.category))
    if unknown:
        raise InputError(f"no category {unknown[0]!r}; there are {', '.join(snapshot.categories.category)}")
    areas = analysed(snapshot, "area", choice)
    said = label(snapshot, areas, language(code))
    if units == "station":
        frame = exports.stations(snapshot, areas, said)
    else:
        chosen = areas if units == "area" else analysed(snapshot, "cell", choice)
        frame = exports.units(snapshot, chosen, said)
    return exports.FORMATS[suffix].write(frame, f"{units}s", note(snapshot, choice, code))


def note(snapshot: Snapshot, choice: Choice, code: str = "en") -> str:
    """Return how the figures of one choice were made, as text: it goes into the file, or beside a CSV."""
    speaks = language(code)
    said = sections(snapshot, analysed(snapshot, "area", choice), panel(snapshot, choice), speaks)
    title = text_in(snapshot.mission.title, code)
    return note_as_text(title, said, speaks, snapshot.mission.nature == "simulated")


def label(snapshot: Snapshot, areas: Analysis, speaks: Language) -> exports.ExportLabel:
    """Return what every row says of itself; `areas`: the analysis of areas under the same choice."""
    mission = snapshot.mission
    cited = (f"{one.title} ({one.publisher})" if one.publisher else one.title for one in mission.sources)
    return exports.ExportLabel(
        method=" ".join(observed(snapshot, areas, speaks)),
        licence="; ".join(dict.fromkeys(one.licence for one in mission.sources if one.licence)),
        source="; ".join(cited) or text_in(mission.credit, speaks.code),
    )
