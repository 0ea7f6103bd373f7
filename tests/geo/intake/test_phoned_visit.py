"""A visit taken down on the telephone."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from geo.intake import phoned_visit
from geo.model.errors import InputError


def test_a_day_that_has_no_day_after_it_is_refused():
    texts = {"day": "9999-12-31", "arrived": "10:00", "left": "9:00"}
    with pytest.raises(InputError, match="no day after it"):
        phoned_visit._times(texts, ZoneInfo("Asia/Almaty"), date(2005, 12, 4))
