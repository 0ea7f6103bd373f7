"""A mission that never happened, with its truth beside it: see docs/simulation.md."""

from geo.simulate.deployment import Deployment
from geo.simulate.draw import draw
from geo.simulate.mission_folder import simulate
from geo.simulate.options import SimulationOptions

__all__ = ["Deployment", "SimulationOptions", "draw", "simulate"]
