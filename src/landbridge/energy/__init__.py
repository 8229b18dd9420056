"""Crude oil and natural gas: spatial equilibrium of one fuel and year under sanctions, closures and new pipelines."""

from landbridge.energy.bounds import PriceCap
from landbridge.energy.caps import Settings
from landbridge.energy.data import closed_links, load_market, price_caps, restrictions, shunning
from landbridge.energy.horizon import (
    Horizon,
    HorizonResult,
    Period,
    Project,
    Storage,
    annuity,
    seasons,
    solve_years,
)
from landbridge.energy.market import Arcs, Demand, Market, Nodes, Observed, Supply, check, no_observations
from landbridge.energy.outlook import load_horizon, projects
from landbridge.energy.program import merged_slope
from landbridge.energy.ranges import SIDES, long_run
from landbridge.energy.ranges import at as at_elasticities
from landbridge.energy.result import CapOutcome, EnergyResult, FitRow
from landbridge.energy.small import small_market
from landbridge.energy.solve import solve, write_program
from landbridge.energy.trade_terms import Contract, Netback, Transfer, bind, contracts, netbacks, transfers
from landbridge.energy.user_volumes import read_capacities, read_volumes

__all__ = [
    "SIDES",
    "Arcs",
    "CapOutcome",
    "Contract",
    "Demand",
    "EnergyResult",
    "FitRow",
    "Horizon",
    "HorizonResult",
    "Market",
    "Netback",
    "Nodes",
    "Observed",
    "Period",
    "PriceCap",
    "Project",
    "Settings",
    "Storage",
    "Supply",
    "Transfer",
    "annuity",
    "at_elasticities",
    "bind",
    "check",
    "closed_links",
    "contracts",
    "load_horizon",
    "load_market",
    "long_run",
    "merged_slope",
    "netbacks",
    "no_observations",
    "price_caps",
    "projects",
    "read_capacities",
    "read_volumes",
    "restrictions",
    "seasons",
    "shunning",
    "small_market",
    "solve",
    "solve_years",
    "transfers",
    "write_program",
]
