"""Generalised cost: from a network's components and a traffic class to weights in dollars per unit."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.errors import BadInput, Fault
from landbridge.network import ARC_KINDS, LAYERS, Network
from landbridge.routing.records import Components, TrafficClass

LINE: Final = ARC_KINDS.index("line")
PORT: Final = ARC_KINDS.index("port")
TERMINAL: Final = ARC_KINDS.index("terminal")
CITY: Final = LAYERS.index("city")
_SHOWN_FAULTS: Final = 10


def weights(network: Network, cls: TrafficClass) -> NDArray[np.float64]:
    """Generalised cost by arc, USD per unit [m]; inf where the class may not go (closed, blocked, layer).

    Raises BadInput where an arc that may be used has an unknown (NaN) or negative cost.
    """
    return components(network, cls).generalised_usd


def components(network: Network, cls: TrafficClass) -> Components:
    """Kilometres, hours, dollars and generalised cost by arc for one class, each [m]."""
    _check_class(network, cls)
    time_h = network.time_h.astype(np.float64, copy=True)
    cost_usd = (network.cost_usd_teu if cls.unit == "teu" else network.cost_usd_t).astype(np.float64, copy=True)
    line = network.arc_kind == LINE
    if cls.time_factor is not None:
        time_h[line] *= cls.time_factor[network.arc_layer[line]]
    if cls.cost_factor is not None:
        cost_usd[line] *= cls.cost_factor[network.arc_layer[line]]
    if cls.add_time_h is not None:
        time_h += cls.add_time_h
    if cls.add_cost_usd is not None:
        cost_usd += cls.add_cost_usd
    generalised = cost_usd + cls.value_of_time_usd_h * time_h
    allowed = usable(network, cls)
    _check_values(network, cls, allowed, generalised)
    return Components(np.where(allowed, generalised, np.inf), network.length_km, time_h, cost_usd)


def layer_allowed(network: Network, cls: TrafficClass) -> NDArray[np.bool_]:
    """Arcs whose own layer and both ends lie in the layers of the class, [m]."""
    ok = np.array([name == "city" or name in cls.layers for name in LAYERS])
    ends = ok[network.node_layer[network.tail]] & ok[network.node_layer[network.head]]
    # drayage between a city and its port or yard belongs to every mode
    return np.asarray(ends & (ok[network.arc_layer] | _drayage(network)), dtype=np.bool_)


def _drayage(network: Network) -> NDArray[np.bool_]:
    """Arcs between a city and its port or yard, [m]: both ends are places, not layers."""
    at_city = network.node_layer == CITY
    return np.asarray((network.arc_kind == TERMINAL) & at_city[network.tail] & at_city[network.head])


def inland_cities(network: Network) -> NDArray[np.bool_]:
    """City nodes without a port and without drayage to one, [n]: what rail and ships alone pass through on no account.

    At a port, boxes go from the quay to the city's railway (`ends_only` elsewhere: no city is a way round a gauge).
    """
    at_port = np.zeros(network.n_nodes, dtype=np.bool_)
    port = network.arc_kind == PORT
    at_port[network.tail[port]] = at_port[network.head[port]] = True
    quay = at_port & (network.node_layer == CITY)
    drayage = np.flatnonzero(_drayage(network))
    at_port[network.head[drayage[quay[network.tail[drayage]]]]] = True
    return np.asarray((network.node_layer == CITY) & ~at_port)


def usable(network: Network, cls: TrafficClass) -> NDArray[np.bool_]:
    """Arcs that the class may use, [m]: in its layers, not closed, not blocked."""
    allowed = layer_allowed(network, cls) & ~network.closed
    if cls.blocked is not None:
        allowed &= ~cls.blocked
    return allowed


def _check_class(network: Network, cls: TrafficClass) -> None:
    faults = []
    where = f"traffic class {cls.name!r}"
    for layer in cls.layers:
        if layer not in LAYERS:
            faults.append(Fault(f"unknown layer {layer!r}", where, f"one of {', '.join(LAYERS)}"))
    if cls.unit not in ("teu", "t"):
        faults.append(Fault(f"unknown unit {cls.unit!r}", where, "teu or t"))
    if not (np.isfinite(cls.value_of_time_usd_h) and cls.value_of_time_usd_h >= 0):
        faults.append(Fault(f"value of time {cls.value_of_time_usd_h} USD/h", where, "a number from 0 up"))
    for name, size in (
        ("blocked", network.n_arcs),
        ("reason", network.n_arcs),
        ("add_time_h", network.n_arcs),
        ("add_cost_usd", network.n_arcs),
        ("time_factor", len(LAYERS)),
        ("cost_factor", len(LAYERS)),
        ("ends_only", network.n_nodes),
    ):
        array = getattr(cls, name)
        if array is not None and array.shape != (size,):
            faults.append(Fault(f"{name} has shape {array.shape}", where, f"({size},)"))
    if faults:
        raise BadInput(faults)


def _check_values(
    network: Network, cls: TrafficClass, allowed: NDArray[np.bool_], generalised: NDArray[np.float64]
) -> None:
    parts = np.isfinite(generalised) & (generalised >= 0) & np.isfinite(network.length_km)
    bad = np.flatnonzero(allowed & ~parts)
    if not len(bad):
        return
    faults = [
        Fault(
            f"generalised cost {generalised[a]} USD/{cls.unit}, length {network.length_km[a]} km",
            f"arc {a} {network.node_id[network.tail[a]]} -> {network.node_id[network.head[a]]}",
            f"give hours, km and cost_usd_{cls.unit} from 0 up, or block the arc for class {cls.name!r}",
        )
        for a in bad[:_SHOWN_FAULTS]
    ]
    if len(bad) > _SHOWN_FAULTS:
        faults.append(Fault(f"and {len(bad) - _SHOWN_FAULTS} more arcs like these"))
    raise BadInput(faults)
