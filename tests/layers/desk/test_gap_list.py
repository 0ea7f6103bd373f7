"""The nearest team to a gap is the nearest on the ellipsoid, however many are asked about."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.model.places import GEOD
from layers.desk import gap_list
from tests.examples import examples

places = st.tuples(st.floats(-180, 180), st.floats(-89, 89))


@given(st.lists(places, min_size=1, max_size=30), places)
@examples(150)
def test_the_nearest_team_is_the_nearest_of_all_on_the_ellipsoid(teams, here):
    lon, lat = (np.array(part) for part in zip(*teams, strict=True))
    known = gap_list._Teams(tuple(map(str, range(len(teams)))), lon, lat, np.ones(len(teams), dtype=bool))
    metres = GEOD.inv(lon, lat, np.full(len(lon), here[0]), np.full(len(lon), here[1]))[2]
    found = gap_list._nearest(known, *here)
    assert found is not None
    assert metres[int(found["team"])] == metres.min()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), min_size=1, max_size=40))
def test_the_best_clusters_of_each_area_are_kept_in_their_order(pairs):
    home, size = (np.array(part) for part in zip(*pairs, strict=True))
    order = np.lexsort((np.arange(len(home)), -size))
    kept = gap_list._first_of_each(home, order).tolist()
    expected = [[i for i in order.tolist() if home[i] == one][: gap_list.CLUSTERS] for one in range(4)]
    assert kept == [i for listed in expected for i in listed]
