"""Where to send the teams: routes that close the gap on the map, and a checker that trusts no solver."""

from geo.routing.solver.demand import Demand, Duty, Lock, Plan, Service, Stop, TeamPlan
from geo.routing.solver.replan import DayEvent, replan
from geo.routing.solver.rule_checker import check_plan
from geo.routing.solver.solved_plan import plan
from geo.routing.solver.task_preparation import PreparedTask, prepare
from geo.routing.solver.travel_estimate import Barrier

__all__ = [
    "Barrier",
    "DayEvent",
    "Demand",
    "Duty",
    "Lock",
    "Plan",
    "PreparedTask",
    "Service",
    "Stop",
    "TeamPlan",
    "check_plan",
    "plan",
    "prepare",
    "replan",
]  # fmt: skip
