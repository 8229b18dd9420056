"""Many-to-many matrices of least generalised cost with kilometres, hours and dollars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from landbridge.errors import BadInput
from landbridge.network import Network
from landbridge.routing import dijkstra
from landbridge.routing.cost import components
from landbridge.routing.records import Components, Matrices, TrafficClass


def many_to_many(
    network: Network,
    cls: TrafficClass,
    origins: Sequence[int] | NDArray[np.integer],
    destinations: Sequence[int] | NDArray[np.integer],
) -> Matrices:
    """Least generalised cost and its parts from each origin to each destination node, [o, d]; inf = no way."""
    sources, targets = checked_nodes(network, origins, "origins"), checked_nodes(network, destinations, "destinations")
    return _by_dijkstra(network, components(network, cls), sources, targets)


def checked_nodes(network: Network, nodes: Sequence[int] | NDArray[np.integer], what: str) -> NDArray[np.int64]:
    """Node indices as int64 [k]; BadInput where one is no node of the network."""
    array = np.asarray(nodes, dtype=np.int64)
    bad = array[(array < 0) | (array >= network.n_nodes)]
    if array.ndim != 1 or len(bad):
        raise BadInput(f"no such node: {bad[:5].tolist()}", what, f"a list of node indices below {network.n_nodes}")
    return array


def _by_dijkstra(
    network: Network, parts: Components, sources: NDArray[np.int64], targets: NDArray[np.int64]
) -> Matrices:
    graph = dijkstra.star(network.n_nodes, network.tail, network.head)
    stack = np.stack([parts.length_km, parts.time_h, parts.cost_usd])
    out = np.full((4, len(sources), len(targets)), np.inf)
    for i, source in enumerate(sources):
        dist, via = dijkstra.tree(graph, parts.generalised_usd, int(source))
        out[0, i] = dist[targets]
        out[1:, i] = dijkstra.sums_along_tree(via, network.tail, dist, stack, int(source))[:, targets]
    return Matrices(*out)
