"""Scenarios: what is asked of a world. A scenario is a pure function from World to World."""

from landbridge.scenario.apply import apply, examine
from landbridge.scenario.published import scenario_schema
from landbridge.scenario.read import parse, parse_file, read_scenario, resolve, shipped_scenarios
from landbridge.scenario.record import Scenario
from landbridge.scenario.schema import (
    Agree,
    Build,
    Close,
    Improve,
    Join,
    Leave,
    Lift,
    NewRule,
    Reopen,
    Shock,
    Tariff,
)
from landbridge.scenario.template import TEMPLATE

__all__ = [
    "TEMPLATE",
    "Agree",
    "Build",
    "Close",
    "Improve",
    "Join",
    "Leave",
    "Lift",
    "NewRule",
    "Reopen",
    "Scenario",
    "Shock",
    "Tariff",
    "apply",
    "examine",
    "parse",
    "parse_file",
    "read_scenario",
    "resolve",
    "scenario_schema",
    "shipped_scenarios",
]
