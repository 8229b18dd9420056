"""Many-to-many matrices of least generalised cost with kilometres, hours and dollars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from landbridge.errors import BadInput
from landbridge.network import Network
from landbridge.routing import dijkstra
from landbridge.routing.cost import components, weights
from landbridge.routing.hierarchy import Hierarchy, prepare
from landbridge.routing.hubs import Ways
from landbridge.routing.records import Components, Matrices, TrafficClass

BATCH: Final = 1024  # origins at a time: bounds the memory, and lets progress be told
Nodes = Sequence[int] | NDArray[np.integer]


def many_to_many(
    network: Network,
    cls: TrafficClass,
    origins: Nodes,
    destinations: Nodes,
    *,
    method: Literal["cch", "dijkstra"] = "cch",
    hierarchy: Hierarchy | None = None,
    progress: Callable[[int], None] | None = None,
) -> Matrices:
    """Least generalised cost and its parts from each origin to each destination node, [o, d]; inf = no way.

    `hierarchy` is what `prepare(network)` gave, for when many classes or scenarios share one topology; without it one
    is prepared. "dijkstra" grows a tree from every origin: the plain method, the same costs. `progress` is told the
    number of pairs that are done, after every BATCH origins. Costs are US dollars per TEU or tonne, as `cls.unit` says.
    BadInput for nodes outside the network. Dibbelt, Strasser and Wagner (2016); sweeps: Delling and others (2011).
    """
    sources, targets = checked_nodes(network, origins, "origins"), checked_nodes(network, destinations, "destinations")
    parts = components(network, cls)
    if method == "dijkstra":
        return _by_dijkstra(network, cls, parts, sources, targets)
    if method != "cch":
        raise BadInput(f"unknown method {method!r}", "many_to_many", "cch or dijkstra")
    customised = _hierarchy(network, hierarchy).customise(parts.generalised_usd, cls.ends_only)
    quantities = np.stack([parts.length_km, parts.time_h])
    shape = (len(sources), len(targets))
    cost, length_km, time_h = np.empty(shape), np.empty(shape), np.empty(shape)
    for first in range(0, len(sources), BATCH):
        rows = slice(first, first + BATCH)
        found = customised.ways(sources[rows], targets)
        cost[rows] = found.cost
        length_km[rows], time_h[rows] = found.sums(quantities)
        if progress is not None:
            progress(min(first + BATCH, len(sources)) * len(targets))
    return Matrices(cost, length_km, time_h, _money(cost, time_h, cls.value_of_time_usd_h))


def _money(
    generalised_usd: NDArray[np.float64], time_h: NDArray[np.float64], value_of_time_usd_h: float
) -> NDArray[np.float64]:
    """What is left of the generalised cost without the value of time; exact zeros stay zeros, inf stays inf."""
    way = np.isfinite(generalised_usd)
    left = np.subtract(generalised_usd, value_of_time_usd_h * time_h, where=way, out=np.full(way.shape, np.inf))
    left[np.abs(left) <= 1e-12 * np.where(way, generalised_usd, 0.0)] = 0.0
    return np.asarray(left)


def ways(
    network: Network,
    cls: TrafficClass,
    origins: Nodes,
    destinations: Nodes,
    *,
    hierarchy: Hierarchy | None = None,
) -> Ways:
    """The least-cost ways themselves, from which paths, sums of any quantity and link loads are read."""
    sources, targets = checked_nodes(network, origins, "origins"), checked_nodes(network, destinations, "destinations")
    return _hierarchy(network, hierarchy).customise(weights(network, cls), cls.ends_only).ways(sources, targets)


def load(
    network: Network,
    cls: TrafficClass,
    origins: Nodes,
    destinations: Nodes,
    matrices: NDArray[np.float64],
    *,
    hierarchy: Hierarchy | None = None,
) -> NDArray[np.float64]:
    """Flow on every arc, [k, m], when k origin-destination matrices [k, o, d] go by the least-cost ways.

    BadInput where a positive quantity has no way: the caller must say what becomes of it (see Ways.load).
    """
    found = ways(network, cls, origins, destinations, hierarchy=hierarchy)
    flows = np.empty((len(matrices), network.n_arcs))
    for k, matrix in enumerate(matrices):
        loading = found.load(matrix)
        left = np.argwhere(loading.unserved > 0)
        if len(left):
            raise BadInput(
                f"{loading.unserved.sum():g} of matrix {k} has no way, first from origin {left[0, 0]} "
                f"to destination {left[0, 1]}",
                f"load by {cls.name}",
                "set the cells to zero where the cost is inf and report them as unserved",
            )
        flows[k] = loading.arc_flow
    return flows


def _hierarchy(network: Network, hierarchy: Hierarchy | None) -> Hierarchy:
    if hierarchy is None:
        return prepare(network)
    if not hierarchy.fits(network):
        raise BadInput("a hierarchy of another network", "hierarchy", "call prepare(network) again after adding arcs")
    return hierarchy


def checked_nodes(network: Network, nodes: Sequence[int] | NDArray[np.integer], what: str) -> NDArray[np.int64]:
    """Node indices as int64 [k]; BadInput where one is no node of the network."""
    array = np.asarray(nodes, dtype=np.int64)
    bad = array[(array < 0) | (array >= network.n_nodes)]
    if array.ndim != 1 or len(bad):
        raise BadInput(f"no such node: {bad[:5].tolist()}", what, f"a list of node indices below {network.n_nodes}")
    return array


def _by_dijkstra(
    network: Network,
    cls: TrafficClass,
    parts: Components,
    sources: NDArray[np.int64],
    targets: NDArray[np.int64],
) -> Matrices:
    graph = dijkstra.star(network.n_nodes, network.tail, network.head)
    stack = np.stack([parts.length_km, parts.time_h, parts.cost_usd])
    out = np.full((4, len(sources), len(targets)), np.inf)
    for i, source in enumerate(sources):
        dist, via = dijkstra.tree(graph, parts.generalised_usd, int(source), cls.ends_only)
        out[0, i] = dist[targets]
        out[1:, i] = dijkstra.sums_along_tree(via, network.tail, dist, stack, int(source))[:, targets]
    return Matrices(*out)
