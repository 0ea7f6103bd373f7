"""What an area is raised to when its level or its parents make no sense."""

import numpy as np
import pandas as pd
import pyarrow as pa

from geo.model.columns import texts
from tests import factory


def test_an_absurd_level_is_no_other_level():
    areas = [{"area_id": "A", "name_en": "A", "level": 257}, {"area_id": "B", "name_en": "B", "level": 1}]
    snapshot = factory.snapshot(areas=areas, stations=[{"area_id": "A", "number": "1"}])
    assert snapshot.registry.areas.level.tolist() == [127, 1]
    assert snapshot.counts(level=1).stations.tolist() == [0, 0]


def test_areas_that_are_each_others_parent_are_in_no_oblast():
    areas = [
        {"area_id": name, "name_en": name, "level": 2, "parent_id": parent}
        for name, parent in (("A", "B"), ("B", "A"))
    ]
    snapshot = factory.snapshot(areas=areas, stations=[{"area_id": "A", "number": "1"}])
    assert snapshot.registry.area_at_level(1).tolist() == [-1]


def test_texts_are_the_same_from_arrow_and_from_objects():
    words = ["", "қ", "a", None]
    one = texts(pd.Series(words, dtype="str"))
    assert one.equals(texts(pd.Series(words, dtype=object)))
    assert isinstance(one, pa.LargeStringArray)
    assert np.asarray(one)[3] == ""
