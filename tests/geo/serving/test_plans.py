from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from geo.model.registry import Registry
from geo.routing import plan_document
from geo.routing.demand_from_snapshot import demand_of
from geo.routing.plan_changes import PlanChange
from geo.routing.plan_request import PlanRequest
from geo.routing.planner import PlanState, change, make
from geo.serving.plans import Plans
from tests.geo.routing.planner_inputs import mission

SNAPSHOT = mission()
REGISTRY: Registry = SNAPSHOT.registry
PLAN = make(demand_of(SNAPSHOT, PlanRequest()), 30, 0, iterations=15)
MORNING = 600.0


def offered(folder: Path, state: PlanState | None = None, many: int = 50) -> list[int]:
    """The next best stations of a team, by the plan kept in a folder."""
    if state is not None:
        (folder / f"{SNAPSHOT.mission.slug}.json").write_text(plan_document.text_of(state), encoding="utf-8")
    best = Plans(folder).next_best(SNAPSHOT, "T1", MORNING, many)
    return [one.station for one in best]


@pytest.mark.parametrize(
    "word",
    [
        pytest.param({"kind": "incident", "is_security": True}, id="a security incident"),
        pytest.param({"kind": "closed"}, id="found closed"),
        pytest.param({"kind": "exclude"}, id="left out"),
    ],
)
def test_a_station_that_no_route_visits_is_not_the_next_best(tmp_path: Path, word: dict[str, object]) -> None:
    best = offered(tmp_path)[0]
    station_id = REGISTRY.stations.station_id[best].as_py()
    changed = change(PLAN, [PlanChange(station_id=station_id, **word)], seconds=600, iterations=15)  # type: ignore[arg-type]
    assert best not in offered(tmp_path, changed)


def test_no_station_of_a_no_go_area_is_the_next_best(tmp_path: Path) -> None:
    far = offered(tmp_path, PLAN)[1]  # the first is where the team sets out
    ground = shapely.Point(REGISTRY.stations.lon[far], REGISTRY.stations.lat[far]).buffer(0.01)
    changed = change(PLAN, [PlanChange("no_go", polygon=ground)], seconds=600, iterations=15)
    assert far not in offered(tmp_path, changed)


def test_the_next_best_station_lies_in_the_areas_of_the_team(tmp_path: Path) -> None:
    assert {int(REGISTRY.stations.area[one]) for one in offered(tmp_path)} != {0}
    assert {int(REGISTRY.stations.area[one]) for one in offered(tmp_path, PLAN)} == {0}
