"""Assignment: shipments on a network with bottlenecks; pure functions of arrays."""

from landbridge.assignment import gmns, tntp
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
    "ChoiceSet",
    "CongestedNetwork",
    "Freight",
    "Loaded",
    "PathFlows",
    "UserEquilibrium",
    "choice_set",
    "congested_network",
    "equilibrium",
    "freight",
    "gmns",
    "load",
    "load_arcs",
    "logit",
    "objective",
    "path_size",
    "select_link",
    "split_by_group",
    "tntp",
    "trains_day",
    "unserved",
]
