"""The engine: the one room where models meet. run, check, route, cost_matrix."""

from landbridge.engine.breaks import close, critical
from landbridge.engine.check import check_scenario
from landbridge.engine.covariates import Covariates, covariates
from landbridge.engine.estimate import EstimatedWelfare, welfare_of_estimate
from landbridge.engine.flight import FlightAnswer, flight
from landbridge.engine.matrix import CostMatrix, cost_matrix, read_cities
from landbridge.engine.route import RouteAnswer, route
from landbridge.engine.run import run

__all__ = [
    "CostMatrix",
    "Covariates",
    "EstimatedWelfare",
    "FlightAnswer",
    "RouteAnswer",
    "check_scenario",
    "close",
    "cost_matrix",
    "covariates",
    "critical",
    "flight",
    "read_cities",
    "route",
    "run",
    "welfare_of_estimate",
]
