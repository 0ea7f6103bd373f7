"""How many stations every area is short of its share of the plan; for coordinators."""

from __future__ import annotations

from collections.abc import Sequence

from layers.map import ramps
from layers.map.measures.desk_view import CardFact, DeskFigure, DeskView, TableColumn
from layers.map.measures.measure import of_the_desk
from layers.words.language import Language, mark


def _keys(starts: Sequence[float], language: Language) -> list[str]:
    """The names of the classes: nothing short, up to so many, more."""
    inner = [language.say(mark("up to {n}"), n=language.number(start)) for start in starts[2:]]
    return [language.say(mark("nothing short")), *inner, language.say(mark("more"))]


def _says(language: Language) -> str:
    return f"{{value}} ({language.say(mark('{k} of {n}'), k='{k}', n='{n}')})"


MEASURE = of_the_desk(
    DeskView(
        name="gap",
        title=mark("Gaps"),
        says=mark("How many stations below its share an area is"),
        figure=DeskFigure(
            title=mark("below its share"),
            line="value",
            ramp="gap",
            value="gap",
            part="stations_observed",
            whole="fair_share",
            absence="gap",
            unit="stations",
            otherwise={unit: (-1.0, *starts) for unit, starts in ramps.GAP.items()},
            says=_says,
            keys=_keys,
            bar=25,
            table=(TableColumn(mark("Below its share"), "value"),),
            facts=(
                CardFact(mark("planned and visited"), "planned_done", "planned"),
                CardFact(mark("below its share")),
            ),
        ),
        place=3,
        is_short=True,
    )
)
