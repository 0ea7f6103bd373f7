"""A mission that never happened, with its truth beside it: see docs/simulation.md."""

from geo.simulate.deployment import Deployment
from geo.simulate.draw import draw
from geo.simulate.options import Options
from geo.simulate.write import simulate

__all__ = ["Deployment", "Options", "draw", "simulate"]
