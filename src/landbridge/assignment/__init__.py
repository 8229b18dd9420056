"""Assignment: shipments on a network with bottlenecks; pure functions of arrays."""

from landbridge.assignment import gmns, route_set, tntp
from landbridge.assignment.chain_search import Chains, find_chains, shipments_of
from landbridge.assignment.choice import (
    ChoiceSet,
    Loaded,
    choice_set,
    load,
    load_arcs,
    logit,
    path_size,
    unserved,
)
from landbridge.assignment.demand import Freight, freight, split_by_group, trains_day
from landbridge.assignment.disruption import (
    Closure,
    Criticality,
    Recovery,
    close,
    criticality,
    recovery,
    wedge_to_reach,
)
from landbridge.assignment.empties import BalancedAssignment, Lanes, solve_with_empties
from landbridge.assignment.entropic import solve
from landbridge.assignment.entropic_records import (
    Assets,
    Assignment,
    Settings,
    Shipments,
    add_quota,
    assets,
    in_hours,
    shipments,
)
from landbridge.assignment.linear import LinearFlow, linear_flow
from landbridge.assignment.on_network import Goods, NetworkAssignment, assign_network
from landbridge.assignment.price_range import price_range
from landbridge.assignment.rents import Batch, Choice, Rents, choose, find_rents, settle
from landbridge.assignment.route_set import RouteSet
from landbridge.assignment.user_equilibrium import (
    CongestedNetwork,
    PathFlows,
    UserEquilibrium,
    congested_network,
    equilibrium,
    objective,
    select_link,
)

__all__ = [
    "Assets",
    "Assignment",
    "BalancedAssignment",
    "Batch",
    "Chains",
    "Choice",
    "ChoiceSet",
    "Closure",
    "CongestedNetwork",
    "Criticality",
    "Freight",
    "Goods",
    "Lanes",
    "LinearFlow",
    "Loaded",
    "NetworkAssignment",
    "PathFlows",
    "Recovery",
    "Rents",
    "RouteSet",
    "Settings",
    "Shipments",
    "UserEquilibrium",
    "add_quota",
    "assets",
    "assign_network",
    "choice_set",
    "choose",
    "close",
    "congested_network",
    "criticality",
    "equilibrium",
    "find_chains",
    "find_rents",
    "freight",
    "gmns",
    "in_hours",
    "linear_flow",
    "load",
    "load_arcs",
    "logit",
    "objective",
    "path_size",
    "price_range",
    "recovery",
    "route_set",
    "select_link",
    "settle",
    "shipments",
    "shipments_of",
    "solve",
    "solve_with_empties",
    "split_by_group",
    "tntp",
    "trains_day",
    "unserved",
    "wedge_to_reach",
]
