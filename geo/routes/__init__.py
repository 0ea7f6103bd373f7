"""Where to send the teams: routes that close the gap on the map, and a checker that trusts no solver."""

from geo.routes.checker import check, check_plan
from geo.routes.demand import Demand, Duty, Lock, Plan, Service, Stop, TeamPlan
from geo.routes.plan import plan
from geo.routes.prepare import Prepared, prepare
from geo.routes.problem import Problem, Team
from geo.routes.replan import Event, replan
from geo.routes.solve import solve
from geo.routes.travel import Barrier

__all__ = [
    "Barrier", "Demand", "Duty", "Event", "Lock", "Plan", "Prepared", "Problem", "Service", "Stop",
    "Team", "TeamPlan", "check", "check_plan", "plan", "prepare", "replan", "solve",
]  # fmt: skip
