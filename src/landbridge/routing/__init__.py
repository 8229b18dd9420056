"""Routing: generalised cost, many-to-many matrices, routes with legs, alternatives, and what blocks a way."""

from landbridge.routing.alternatives import routes
from landbridge.routing.blockers import blockers
from landbridge.routing.cost import components, usable, weights
from landbridge.routing.matrices import many_to_many
from landbridge.routing.records import Blocker, Components, Leg, Matrices, Route, Stop, TrafficClass

__all__ = [
    "Blocker",
    "Components",
    "Leg",
    "Matrices",
    "Route",
    "Stop",
    "TrafficClass",
    "blockers",
    "components",
    "many_to_many",
    "routes",
    "usable",
    "weights",
]
