"""Assignment: shipments on a network with bottlenecks; pure functions of arrays."""

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

__all__ = [
    "ChoiceSet",
    "Freight",
    "Loaded",
    "choice_set",
    "freight",
    "load",
    "load_arcs",
    "logit",
    "path_size",
    "split_by_group",
    "trains_day",
    "unserved",
]
