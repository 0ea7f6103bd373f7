"""Where to send the teams: routes that close the gap on the map, and a checker that trusts no solver."""

from geo.routes.checker import check
from geo.routes.problem import Problem, Team
from geo.routes.solve import solve

__all__ = ["Problem", "Team", "check", "solve"]
