"""Scenarios: what is asked of a world. A scenario is a pure function from World to World."""

from landbridge.scenario.read import parse, read_scenario, shipped_scenarios
from landbridge.scenario.record import Scenario
from landbridge.scenario.template import TEMPLATE

__all__ = ["TEMPLATE", "Scenario", "parse", "read_scenario", "shipped_scenarios"]
