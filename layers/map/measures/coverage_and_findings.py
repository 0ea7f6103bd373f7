"""Coverage and findings at once, in thirds: where few visits found much; for coordinators."""

from __future__ import annotations

from layers.map import ramps
from layers.map.measures import findings_share, station_coverage
from layers.map.measures.desk_view import DeskView, Grid, GridSide
from layers.map.measures.measure import of_the_desk
from layers.words.language import mark

MEASURE = of_the_desk(
    DeskView(
        name="both",
        title=mark("Both"),
        says=mark("Coverage and findings together"),
        shows=findings_share.DESK.name,
        grid=Grid(
            ramp="both",
            up=GridSide(
                figure=findings_share.DESK.name,
                more=mark("more findings"),
                steps=mark("Findings under {a}, to {b}, above"),
                otherwise=ramps.BOTH_RATE,
            ),
            across=GridSide(
                figure=station_coverage.DESK.name,
                more=mark("more coverage"),
                steps=mark("Coverage under {a}, to {b}, above"),
                otherwise=ramps.BOTH_COVERAGE,
            ),
            says=mark("Top left: few visits, many findings. Send teams there first."),
        ),
        place=1,
    )
)
