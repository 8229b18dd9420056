"""Scenarios: what is asked of a world. A scenario is a pure function from World to World."""

from landbridge.scenario.apply import apply
from landbridge.scenario.read import parse, parse_file, read_scenario, resolve, shipped_scenarios
from landbridge.scenario.record import Scenario
from landbridge.scenario.template import TEMPLATE

__all__ = ["TEMPLATE", "Scenario", "apply", "parse", "parse_file", "read_scenario", "resolve", "shipped_scenarios"]
