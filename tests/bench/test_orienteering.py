from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model.errors import RouteError
from tests.bench.orienteering import Problem, ProblemTeam, check, solve
from tests.examples import examples

LINE = np.abs(np.arange(4.0)[:, None] - np.arange(4.0)[None])
PLAIN = Problem(
    [0, 5, 7, 9],
    [0, 1, 1, 1],
    [0, 0, 0, 0],
    [20, 20, 20, 20],
    LINE,
    [ProblemTeam(0, 0, 0, 20), ProblemTeam(0, 0, 0, 5)],
)


def problem(seed: int, stops: int = 7, teams: int = 2) -> Problem:
    """Return a random problem: places in a square of 20, windows of different widths, a depot at 0."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 20, (stops + 1, 2))
    travel = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    opens = rng.integers(0, 30, stops + 1).astype(float)
    closes = opens + rng.integers(5, 30, stops + 1)
    profit = rng.integers(1, 20, stops + 1).astype(float)
    opens[0], closes[0], profit[0] = 0.0, 60.0, 0.0
    service = rng.integers(0, 6, stops + 1).astype(float)
    service[0] = 0.0
    return Problem(profit, service, opens, closes, travel, [ProblemTeam(0, 0, 0.0, 45.0)] * teams)


def best_profit(one: Problem) -> float:
    """Return the most that any plan can collect, by trying every ordered choice of stops."""
    profit, n = np.asarray(one.profit, dtype=float), len(np.asarray(one.profit))
    alone = Problem(one.profit, one.service, one.opens, one.closes, one.travel, list(one.teams)[:1])
    feasible = {
        frozenset(chosen)
        for count in range(n)
        for chosen in combinations(range(1, n), count)
        if any(not check(alone, [order]) for order in permutations(chosen))
    }
    best = {frozenset[int](): 0.0}
    for _ in one.teams:
        best = {
            taken | more: gain + sum(profit[i] for i in more)
            for taken, gain in best.items()
            for more in feasible
            if not taken & more
        }
    return float(max(best.values()))


def collected(one: Problem, routes: list[list[int]]) -> float:
    return float(sum(np.asarray(one.profit)[stop] for route in routes for stop in route))


@pytest.mark.parametrize("seed", range(6))
def test_small_problems_are_solved_to_their_optimum(seed: int) -> None:
    one = problem(seed, stops=6)
    assert collected(one, solve(one, 5, seed, iterations=300)) == best_profit(one)


def test_a_team_alone_visits_everything_it_has_time_for() -> None:
    alone = replace(PLAIN, teams=[(0, 0, 0.0, 20.0)])
    assert sorted(solve(alone, 2, 0, iterations=20)[0]) == [1, 2, 3]


def test_start_and_end_may_be_different_places() -> None:
    through = replace(PLAIN, teams=[ProblemTeam(0, 3, 0, 5)])
    assert solve(through, 2, 0, iterations=20) == [[1, 2]]


@examples(25)
@given(st.integers(0, 10_000), st.integers(1, 8), st.integers(1, 3))
def test_every_plan_passes_the_checker(seed: int, stops: int, teams: int) -> None:
    one = problem(seed, stops, teams)
    try:
        routes = solve(one, 5, seed, iterations=15)
    except RouteError as error:
        assert "no team can reach any stop" in str(error)
        assert best_profit(one) == 0
    else:
        assert len(routes) == teams
        assert check(one, routes) == ()


def test_the_same_seed_and_iterations_give_the_same_plan() -> None:
    one = problem(3, stops=20, teams=3)
    assert solve(one, 30, 7, iterations=60) == solve(one, 30, 7, iterations=60)


def test_no_seconds_still_give_the_greedy_plan() -> None:
    assert check(PLAIN, solve(PLAIN, 0, 0)) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"teams": []}, "there is no team"),
        ({"teams": [(0, 0, 9.0, 3.0)]}, "team 1 has no time"),
        ({"teams": [(0, 3, 0.0, 2.0)]}, "team 1 has no time: its shift is too short for the way"),
        ({"teams": [(0, 9, 0.0, 2.0)]}, "places 0 to 3"),
        ({"profit": [0, 0, 0, 0]}, "no stop with a profit"),
        ({"closes": [20, -1, -1, -1]}, "no team can reach any stop"),
        ({"travel": np.where(np.eye(4) > 0, 0, np.inf)}, "no team can reach any stop"),
        ({"service": [0, 1, 1]}, "4 values each"),
        ({"travel": LINE * np.nan}, "must be numbers"),
        ({"profit": [0, np.nan, 1, 1]}, "must be numbers"),
    ],
)
def test_what_no_plan_can_satisfy_is_said(change: dict[str, object], words: str) -> None:
    with pytest.raises(RouteError, match=words):
        solve(replace(PLAIN, **change), 1, 0, iterations=5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("routes", "rule"),
    [
        ([[1]], "routes"),
        ([[9], []], "place"),
        ([[0], []], "depot"),
        ([[1], [1]], "repeated"),
        ([[1, 1], []], "repeated"),
        ([[], [3]], "shift"),
    ],
)
def test_the_checker_names_what_is_broken(routes: list[list[int]], rule: str) -> None:
    assert [one.rule for one in check(PLAIN, routes)] == [rule]


def test_the_checker_sees_a_closed_window_and_a_missing_way() -> None:
    early = replace(PLAIN, closes=[20, 20, 1, 20])
    assert [one.rule for one in check(early, [[2], []])] == ["closes"]
    cut = LINE.copy()
    cut[0, 2] = np.inf
    assert {one.rule for one in check(replace(PLAIN, travel=cut), [[2], []])} >= {"way", "shift"}
    assert check(PLAIN, [[1, 2, 3], []]) == ()


def test_waiting_for_a_window_takes_time() -> None:
    waits = replace(PLAIN, opens=[0, 0, 0, 16], teams=[ProblemTeam(0, 0, 0, 19.5)])
    assert [one.rule for one in check(waits, [[3]])] == ["shift"]
