"""Stages that would tell, with the findings of the day, of too few stations of a region."""

from dataclasses import replace

import numpy as np
import pytest

from tests.geo.publication import small_missions as small
from tests.geo.publication.test_lp_oracle import MOBILE, worked_out
from tests.geo.publication.test_pools import PLAIN, facts, visits


def mission(rows, found):
    """Two regions of 20 stations; `found`: the stations whose forms tell of a finding."""
    made, region = facts(rows), np.repeat([0, 1], 20)
    has = np.isin(made.station, found)
    made = replace(made, found=np.repeat(has[:, None], 3, axis=1))
    return small.Mission(region, np.full(40, -1), np.zeros(40, dtype=np.uint64), made, PLAIN)


# Seven stations at voting, of which six have a finding, as have all six of the first region: one is left.
ROWS = visits(0, 6, 2) + [(20, 9, 2)] + [(20 + one, one, 3) for one in range(1, 8)]


def test_stages_are_not_told_where_findings_say_how_few_a_region_had():
    made = mission(ROWS, range(6))
    told = small.released(made)[3]
    assert (told.day.all(), told.stages.any()) == (True, False)


@pytest.mark.parametrize("found", [[0], [0, 1, 2, 3], [0, 1, 2, 3, 4]])
def test_stages_are_told_where_fewer_findings_leave_it_open(found):
    told = small.released(mission(ROWS, found))[3]
    assert told.stages.tolist() == [True, False, False]


# Missions of which a linear program once worked out a stage: fewer questions at opening; a single region.
@pytest.mark.parametrize(
    ("seed", "stations", "regions", "share", "districts", "forms"),
    [
        (553_770, 15, 3, 0.614906751335198, True, "stage"),
        (208_978, 12, 2, 0.7206507964523858, True, "all"),
        (195_895, 13, 1, 0.7035266151176562, False, "stage"),
    ],
)
def test_a_linear_program_works_nothing_out(seed, stations, regions, share, districts, forms):
    made = small.mission(
        np.random.default_rng(seed), stations, regions, MOBILE, is_static=False, share=share,
        districts=districts, forms=forms,
    )  # fmt: skip
    assert worked_out(made) == []


def opened(day_alone, others):
    """Nine stations of each of two regions, seen all day; of the first some were not seen at opening."""
    seen = [(20 * region + one, one, stage) for region in (0, 1) for one in range(9) for stage in (2, 3)]
    return (
        seen + [(one, one, 1) for one in range(9 - day_alone)] + [(20 + one, one, 1) for one in range(others)]
    )


def test_few_at_a_stage_are_told_where_a_visit_could_have_been_made_elsewhere():
    told = small.released(mission(opened(5, 8), []))[3]
    assert told.stages.tolist() == [True, False, False]
