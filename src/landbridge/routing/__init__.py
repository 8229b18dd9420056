"""Routing: generalised cost, many-to-many matrices, routes with legs, alternatives, and what blocks a way."""

from landbridge.routing.alternatives import routes
from landbridge.routing.blockers import blockers
from landbridge.routing.cost import components, inland_cities, usable, weights
from landbridge.routing.customise import Customised
from landbridge.routing.hierarchy import Hierarchy, prepare, prepare_arcs
from landbridge.routing.hubs import Loading, Ways
from landbridge.routing.matrices import load, many_to_many, ways
from landbridge.routing.records import Blocker, Components, Leg, Matrices, Route, Stop, TrafficClass
from landbridge.routing.stored import store_order
from landbridge.routing.threads import spread

__all__ = [
    "Blocker",
    "Components",
    "Customised",
    "Hierarchy",
    "Leg",
    "Loading",
    "Matrices",
    "Route",
    "Stop",
    "TrafficClass",
    "Ways",
    "blockers",
    "components",
    "inland_cities",
    "load",
    "many_to_many",
    "prepare",
    "prepare_arcs",
    "routes",
    "spread",
    "store_order",
    "usable",
    "ways",
    "weights",
]
