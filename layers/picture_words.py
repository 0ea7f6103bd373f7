"""What a picture is of: the layer and choice its name asks for, and what it says about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.disclosure import HIDDEN, SMALL
from geo.errors import NotFound
from geo.tables import SEVERITIES
from layers import figures
from layers.every import LAYERS
from layers.language import Language, mark
from layers.map_layer import Key, MapLayer
from layers.tally import ABOVE_LOW, MASKS
from layers.view import HEADLINE, View
from layers.wording import SEVERITY, STAGE

ALL: Final = MASKS - 1
_MASK: Final = re.compile(r"s([1-9]|1[0-5])")
_CATEGORY: Final = re.compile(r"c(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Asked:
    """What one picture shows.

    `choice`: stage and least severity, such as "voting/medium", of a layer whose figures depend on it.
    `severities`: which findings the marks count, as bits; `category`: only this one, -1 for all.
    """

    layer: MapLayer
    choice: str
    severities: int
    category: int

    @property
    def is_chosen(self) -> bool:
        return self.choice != ""

    @property
    def has_severity(self) -> bool:
        """Return whether the least severity changes the figures of the layer's choices."""
        return self.is_chosen and self.layer.name != "negative" and "coverage" not in self.layer.name

    @property
    def has_marks(self) -> bool:
        return self.layer.name == "findings"


def asked(view: View, name: str) -> Asked:
    """Return what a picture's name stands for: "<layer>-<stage>-<severity>".

    The severity of the findings layer may also be "s14", a set as bits, or "c3", one category. Raises
    NotFound for every name but the layers and choices of this release.
    """
    layer_name, stage, severity = (*name.rsplit("-", 2), "", "")[:3]
    layer = next((one for one in LAYERS if one.name == layer_name and one.kind in ("fill", "cells")), None)
    if layer is None or not layer.exists(view):
        raise NotFound(f"no picture {name[:48]!r}")
    if view.visits_known and layer.by_choice is not None:
        if f"{stage}/{severity}" in figures.choices():
            return Asked(layer, f"{stage}/{severity}", ABOVE_LOW, -1)
        raise NotFound(f"no choice {name[:48]!r}")
    if stage != "all":
        raise NotFound("this layer has one stage: all")
    return _of_findings(view, layer, severity)


def _of_findings(view: View, layer: MapLayer, severity: str) -> Asked:
    if severity in SEVERITIES:
        return Asked(layer, "", ALL & ~((1 << SEVERITIES.index(severity)) - 1), -1)
    if layer.name == "findings" and (found := _MASK.fullmatch(severity)):
        return Asked(layer, "", int(found[1]), -1)
    if layer.name == "findings" and (found := _CATEGORY.fullmatch(severity)):
        position = int(found[1])
        if position < len(view.categories) and view.tally.by_category[:, position].any():
            return Asked(layer, "", ABOVE_LOW, position)
    raise NotFound(f"no severity {severity[:16]!r}")


def names(view: View) -> list[str]:
    """Return the name of every picture of the fixed choices; "s…" and "c…" are left out."""
    found = []
    for layer in LAYERS:
        if layer.kind not in ("fill", "cells") or not layer.exists(view):
            continue
        if view.visits_known and layer.by_choice is not None:
            found += [f"{layer.name}-{choice.replace('/', '-')}" for choice in figures.choices()]
        else:
            found += [f"{layer.name}-all-{one}" for one in SEVERITIES]
    return found


def name_of(view: View, layer: str, stage: str) -> str:
    """Return the picture of a layer at a stage as a page opens with it, low severity left out."""
    by_choice = any(one.name == layer and one.by_choice is not None for one in LAYERS)
    least = HEADLINE.partition("/")[2]
    return f"{layer}-{stage if view.visits_known and by_choice else 'all'}-{least}"


def tokens(view: View, wanted: Asked) -> tuple[str, ...]:
    """Return the appearance of every area, or of every cell for a layer of cells."""
    if wanted.choice and wanted.layer.by_choice:
        return wanted.layer.by_choice(view, wanted.choice)
    return wanted.layer.fills(view) if wanted.layer.fills else ()


def legend(view: View, wanted: Asked, language: Language) -> list[Key]:
    """Return the legend's lines whose appearance occurs in the picture; severities where marks do."""
    shown = set(tokens(view, wanted))
    keys = [key for key in wanted.layer.legend(view, language) if key.swatch in shown]
    if wanted.has_marks:
        present = counts(view, wanted).sum(axis=0)
        keys += [
            Key(f"severity-{name}", language.say(SEVERITY[name]))
            for rank, name in reversed(list(enumerate(SEVERITIES)))
            if present[rank]
        ]
    if view.has_points:
        keys += [
            Key("station-visited", language.say(mark("polling station visited"))),
            Key("station", language.say(mark("polling station not visited"))),
        ]
    return keys


def heading(wanted: Asked, language: Language) -> str:
    """Return the layer's title with its stage and severity."""
    title = language.say(wanted.layer.title)
    if not wanted.is_chosen:
        return title
    stage, _, least = wanted.choice.partition("/")
    said = language.say(mark("all stages")) if stage == "all" else language.say(STAGE[stage])
    if not wanted.has_severity:
        return f"{title}: {said}"
    from_ = language.say(mark("from severity {severity}"), severity=language.say(SEVERITY[least]))
    return f"{title}: {said}, {from_}"


def caption(view: View, wanted: Asked, language: Language) -> str:
    """Return the sentences that say what the colours and marks count under this choice."""
    if wanted.has_marks:
        return _of_marks(view, wanted, language)
    if not wanted.is_chosen:
        if wanted.layer.name == "coverage":
            return language.say(mark("Share of polling stations visited, where it is known."))
        return language.say(wanted.layer.says)
    return _of_choice(view, wanted, language)


def _of_marks(view: View, wanted: Asked, language: Language) -> str:
    if wanted.category >= 0:
        title = view.categories.title(wanted.category, language.code)
        first = language.say(mark("Only: {title}."), title=title)
    elif wanted.severities == ABOVE_LOW:
        first = language.say(mark("Low severity left out."))
    elif wanted.severities == ALL:
        first = language.say(mark("Low severity included."))
    else:
        chosen = [
            language.say(SEVERITY[one]) for i, one in enumerate(SEVERITIES) if wanted.severities >> i & 1
        ]
        first = language.say(mark("Only severity: {list}."), list=", ".join(chosen))
    return f"{first} {language.say(mark('Marks count stations named, never a rate.'))}"


def _of_choice(view: View, wanted: Asked, language: Language) -> str:
    stage, _, least = wanted.choice.partition("/")
    parts = {
        "stage": language.say(mark("all stages")) if stage == "all" else language.say(STAGE[stage]),
        "severity": language.say(SEVERITY[least]),
    }
    nation = {key: one[0] for key, one in figures.units(view.release.nation, wanted.choice).items() if one}
    name = wanted.layer.name
    if "coverage" in name:
        n, stations = int(nation["observed"]), int(nation["stations"])
        if n <= 0 or stations <= 0:
            return language.say(mark("Share of polling stations visited, where it is known."))
        words = mark("Share of polling stations visited, {stage}: {n} of {stations}.")
        return language.say(words, **parts, n=language.number(n), stations=language.number(stations))
    if name == "hot":
        words = mark(
            "Cells with more findings than expected of severity {severity} or higher, {stage}. It says "
            "where to look, not who is to blame."
        )
        none = mark("Under this choice no cell has more findings than expected.")
        is_any = bool(view.release.by_cell.findings[wanted.choice].is_hot_spot.any())
        return language.say(words, **parts) + ("" if is_any else f" {language.say(none)}")
    if name == "negative":
        return _of_assessments(view, wanted, language, parts["stage"])
    if name != "rate":
        return language.say(wanted.layer.says)
    k, m = int(nation["found"]), int(nation["visits"])
    if m <= 0 or k == HIDDEN:
        words = mark("Visits with a reported finding of severity {severity} or higher, {stage}.")
        return language.say(words, **parts)
    words = mark("Visits with a reported finding of severity {severity} or higher, {stage}: {k} of {m}.")
    return language.say(words, **parts, k=_few(view, k, language), m=language.number(m))


def _of_assessments(view: View, wanted: Asked, language: Language, stage: str) -> str:
    found = view.release.nation.assessments[wanted.choice.partition("/")[0]]
    k, m = int(found.negative[0]), int(found.visits[0])
    if m <= 0 or k == HIDDEN:
        return language.say(mark("Visits assessed bad or very bad as a whole, {stage}."), stage=stage)
    words = mark("Visits assessed bad or very bad as a whole, {stage}: {k} of {m}.")
    return language.say(words, stage=stage, k=_few(view, k, language), m=language.number(m))


def _few(view: View, k: int, language: Language) -> str:
    """A count as it is printed: a small one is not told."""
    return f"<{view.mission.small_count}" if k == SMALL else language.number(k)


def counts(view: View, wanted: Asked) -> npt.NDArray[np.int64]:
    """Return stations named per area by their most severe finding that counts, (A, 4) int64, low first."""
    areas = len(view.area)
    found = np.zeros((areas, len(SEVERITIES)), dtype=np.int64)
    if wanted.category >= 0:
        rank = int(view.categories.severity[wanted.category])
        if rank >= 0:
            found[:, rank] = view.tally.by_category[:areas, wanted.category]
        return found
    for station_mask in range(1, MASKS):
        chosen = station_mask & wanted.severities
        if chosen:
            found[:, chosen.bit_length() - 1] += view.tally.by_mask[:areas, station_mask]
    return found


def figure(view: View, wanted: Asked, index: int, language: Language) -> str:
    """Return an area's figure under the choice as it is printed on the map, "" where none is told."""
    if wanted.layer.kind != "fill" or wanted.has_marks:
        return ""
    n, whole, has_share = _pair(view, wanted, index)
    if whole <= 0 or n == HIDDEN or (n == 0 and "coverage" in wanted.layer.name):
        return ""
    said = language.say(mark("{k} of {m}"), k=_few(view, n, language), m=language.number(whole))
    return f"{said} · {language.percent(n / whole)}" if has_share else said


def _pair(view: View, wanted: Asked, index: int) -> tuple[int, int, bool]:
    """An area's part and whole under the choice, and whether its share may be shown."""
    if not wanted.is_chosen:
        return int(view.visited[index]), int(view.stations[index]), True
    units, stage = view.release.by_area, wanted.choice.partition("/")[0]
    if wanted.layer.name == "coverage":
        covered = units.coverage.get(stage, units.coverage["all"])
        return int(covered.observed[index]), int(units.stations[index]), True
    if wanted.layer.name == "rate":
        found = units.findings[wanted.choice]
        has_share = bool(np.isfinite(found.rate[index]))
        return int(found.with_finding[index]), int(found.visits[index]), has_share
    if wanted.layer.name == "negative":
        judged = units.assessments[stage]
        return int(judged.negative[index]), int(judged.visits[index]), bool(np.isfinite(judged.rate[index]))
    return HIDDEN, 0, False
