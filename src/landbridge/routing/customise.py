"""Costs on a hierarchy: each edge learns its least cost over lower triangles, and which two edges make it up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from landbridge.errors import BadInput
from landbridge.routing.hierarchy import Hierarchy
from landbridge.routing.hubs import Ways, find_ways


@dataclass(frozen=True, slots=True)
class Customised:
    """A hierarchy with costs. Arrays are [2 e] by edge side; see Hierarchy.

    `second` is -1 where the side is a single arc, `first`; otherwise `first` and `second` are the two sides it runs
    along, in order. `first` is -1 where there is no way.
    """

    hierarchy: Hierarchy
    cost: NDArray[np.float64]
    first: NDArray[np.int32]
    second: NDArray[np.int32]
    ends_only: NDArray[np.bool_]  # [n] by position

    def ways(
        self,
        origins: Sequence[int] | NDArray[np.integer],
        destinations: Sequence[int] | NDArray[np.integer],
        threads: int | None = None,
    ) -> Ways:
        """Least-cost ways from every origin [o] to every destination [d]; `threads` None = one per processor."""
        return find_ways(self, np.asarray(origins, np.int64), np.asarray(destinations, np.int64), threads)

    def path(self, origin: int, destination: int) -> tuple[float, NDArray[np.int64]]:
        """Least cost and the arcs in order from one node to another; (inf, no arcs) where there is no way."""
        ways = find_ways(self, np.array([origin]), np.array([destination]), 1)
        return float(ways.cost[0, 0]), ways.path(0, 0)


def customise(
    hierarchy: Hierarchy, weights: NDArray[np.float64], ends_only: NDArray[np.bool_] | None = None
) -> Customised:
    """See Hierarchy.customise."""
    weights = np.ascontiguousarray(weights, dtype=np.float64)
    if weights.shape != (hierarchy.n_arcs,):
        raise BadInput(f"weights of shape {weights.shape}", "customise", f"({hierarchy.n_arcs},), one for each arc")
    if not (weights >= 0).all():
        bad = np.flatnonzero(~(weights >= 0))
        raise BadInput(f"weight {weights[bad[0]]} on arc {bad[0]}", "customise", "numbers from 0 up, inf where barred")
    stop = np.zeros(hierarchy.n_nodes, dtype=np.bool_)
    if ends_only is not None:
        if ends_only.shape != stop.shape:
            raise BadInput(f"ends_only of shape {ends_only.shape}", "customise", f"{stop.shape}, one for each node")
        stop[hierarchy.rank] = ends_only
    cost, first, second = _customise(hierarchy.up_ptr, hierarchy.up_node, hierarchy.arc_side, weights, stop)
    return Customised(hierarchy, cost, first, second, stop)


@njit(cache=True, nogil=True)
def _customise(up_ptr, up_node, arc_side, weights, ends_only):  # type: ignore[no-untyped-def]
    n = len(up_ptr) - 1
    cost = np.full(2 * len(up_node), np.inf)
    first = np.full(2 * len(up_node), -1, np.int32)
    second = np.full(2 * len(up_node), -1, np.int32)
    for a in range(len(arc_side)):
        s = arc_side[a]
        if s >= 0 and weights[a] < cost[s]:
            cost[s] = weights[a]
            first[s] = a
    for v in range(n):  # each pair of upper ends a < b of v: a -> v -> b and b -> v -> a
        if ends_only[v]:
            continue
        last = up_ptr[v + 1]
        for e in range(up_ptr[v], last):
            v_to_a, a_to_v = cost[2 * e], cost[2 * e + 1]
            if v_to_a == np.inf and a_to_v == np.inf:
                continue
            k = up_ptr[up_node[e]]
            for f in range(e + 1, last):
                b = up_node[f]
                while up_node[k] != b:
                    k += 1
                x = a_to_v + cost[2 * f]
                if x < cost[2 * k]:
                    cost[2 * k] = x
                    first[2 * k] = 2 * e + 1
                    second[2 * k] = 2 * f
                x = cost[2 * f + 1] + v_to_a
                if x < cost[2 * k + 1]:
                    cost[2 * k + 1] = x
                    first[2 * k + 1] = 2 * f + 1
                    second[2 * k + 1] = 2 * e
    return cost, first, second
