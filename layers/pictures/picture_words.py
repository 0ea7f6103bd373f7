"""What a picture is of: the measure and choice its name asks for, and what it says about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from geo.model.columns import IntArray
from geo.model.errors import NotFound
from geo.model.tables import SEVERITIES
from layers.map import area_sentences, measure_labels, measure_sentences
from layers.map.measure_labels import Key
from layers.map.measure_sentences import Sentences
from layers.map.measures import measure_called
from layers.map.measures.measure import Measure, limits_of, tokens_of
from layers.map.measures.problem_clusters import clusters_of, patches_of
from layers.map.measures.stations_named import named_by_worst
from layers.map.press_view import Level, View
from layers.words.language import Language, mark
from layers.words.wording import SEVERITY, STATUS

PARTS: Final = "-part"
_AREA: Final = re.compile(r"-area(0|[1-9][0-9]{0,5})$")  # a name goes into a header, which takes ASCII
PLAIN: Final = "plain"  # no title: for a desk with its own style
TEXT_ZOOM: Final = {"square": 1.15, "story": 1.6}  # read on a telephone, held at arm's length
PRESETS: Final = ("", "web", "square", "story", PLAIN)
# Names of the first edition, whose pictures stand on other people's pages.
EARLIER: Final = {
    "rate": "findings", "negative": "assessment", "hot": "clusters", "cell-coverage": "coverage-part",
    "patch-rate": "findings-part",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PictureChoice:
    """What one picture shows: a measure of a level's units under a choice such as "voting/medium".

    `area`: the drawn area it is about, -1 for the whole country.
    """

    measure: Measure
    level: Level
    choice: str
    preset: str
    area: int = -1

    @property
    def name(self) -> str:
        """Return the picture's one name, whatever it was asked for by."""
        parts = PARTS if self.level == "part" else ""
        parts += f"-area{self.area}" if self.area >= 0 else ""
        tail = f"-{self.preset}" if self.preset else ""
        return f"{self.measure.name}{parts}-{self.choice.replace('/', '-')}{tail}"


def asked(view: View, name: str) -> PictureChoice:
    """Return what a picture's name stands for: "<measure>[-part][-area<n>]-<stage>-<severity>[-<preset>]".

    Raises NotFound for every name but the measures, choices and drawn areas of this release.
    """
    words, preset = name, ""
    if name.rpartition("-")[2] in PRESETS[1:]:
        words, _, preset = name.rpartition("-")
    measure_name, stage, severity = (*words.rsplit("-", 2), "", "")[:3]
    about = _AREA.search(measure_name)
    area = int(about[1]) if about else -1
    measure_name = _AREA.sub("", measure_name)
    measure_name = EARLIER.get(measure_name, measure_name)
    level: Level = "part" if measure_name.endswith(PARTS) else "region"
    measure = measure_called(view, measure_name.removesuffix(PARTS))
    if f"{stage}/{severity}" not in measure_labels.choices(view) or level not in measure_labels.levels(view):
        raise NotFound(f"no picture {name[:48]!r}")
    if area >= len(view.area) or (area >= 0 and (measure.unit == "clusters" or level == "part")):
        raise NotFound(f"no picture {name[:48]!r}")
    if measure.unit == "clusters":
        level = "part"
    return PictureChoice(measure, level, f"{stage}/{severity}", preset, area)


def tokens(view: View, wanted: PictureChoice) -> tuple[str, ...]:
    """Return the appearance of every unit of the picture's level."""
    figures = wanted.measure.figures(view, wanted.level, wanted.choice)
    plain = tokens_of(wanted.measure, figures, limits_of(wanted.measure, view))
    if wanted.measure.unit != "clusters":
        return plain
    clusters = clusters_of(view, wanted.choice)
    inside = {part for cluster in clusters for part in patches_of(view, cluster.units)}
    return tuple(
        "hot" if position in inside else token.replace("status-published", "quiet")
        for position, token in enumerate(plain)
    )


def legend(view: View, wanted: PictureChoice, language: Language) -> list[Key]:
    """Return the legend's lines whose appearance occurs in the picture; severities where marks do."""
    occurring = set(tokens(view, wanted))
    limits = limits_of(wanted.measure, view)
    keys = [
        key
        for key in measure_labels.classes(wanted.measure, limits, language)
        if key.swatch in occurring or limits
    ]
    if "hot" in occurring:
        keys.append(Key("hot", language.say(mark("more findings than expected"))))
    if "quiet" in occurring:
        keys.append(Key("quiet", language.say(STATUS["published"])))
    keys += [
        Key(f"status-{status}", language.say(title))
        for status, title in STATUS.items()
        if f"status-{status}" in occurring
    ]
    present = counts(view, wanted).sum(axis=0)
    keys += [
        Key(f"severity-{name}", language.say(SEVERITY[name]))
        for rank, name in reversed(list(enumerate(SEVERITIES)))
        if present[rank]
    ]
    return keys


def sentences(view: View, wanted: PictureChoice, language: Language) -> Sentences:
    """Return the headline and the line of the page under the same choice: the map's, or its area's."""
    of_map = measure_sentences.sentences(view, wanted.measure, wanted.choice, language)
    if wanted.area < 0:
        return of_map
    of_area = area_sentences.area_sentences(view, wanted.measure, wanted.choice, wanted.area, language)
    line = " ".join((of_area.line, *of_area.notes))
    return {**of_map, "headline": of_area.headline, "line": line, "caption": f"{of_area.headline}. {line}"}


def counts(view: View, wanted: PictureChoice) -> IntArray:
    """Return the stations a picture marks, per area by their most severe finding, (A, 4) int64, low first.

    Zeros where the picture has colours that say the same: marks are of missions that know incidents only.
    """
    named = named_by_worst(view, wanted.choice)[:-1]
    return named if wanted.measure.unit == "count" else named * 0


def figure(view: View, wanted: PictureChoice, index: int, language: Language) -> str:
    """Return an area's figure under the choice as it is printed on the map, "" where none is told."""
    if wanted.measure.unit in ("count", "clusters"):
        return ""
    figures = wanted.measure.figures(view, "region", wanted.choice)
    return measure_labels.label(wanted.measure, figures, index, language)
