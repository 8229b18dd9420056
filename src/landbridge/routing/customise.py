"""Costs on a hierarchy: each edge learns its least cost over lower triangles, and which one it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from landbridge.errors import BadInput
from landbridge.routing.hierarchy import Hierarchy
from landbridge.routing.hubs import Ways, find_ways
from landbridge.routing.plan import GROUPS
from landbridge.routing.threads import spread, workers

_SMALL: Final = 20_000  # arcs below which threads cost more than they bring


@dataclass(frozen=True, slots=True)
class Customised:
    """A hierarchy with costs. Arrays are [2 e] by edge side; see Hierarchy.

    `via` says what a side is made of: the two lower edges of a triangle, 2^32 e + f (see `labels.legs`), or the single
    arc a as -2 - a, or nothing (-1): there is no way.
    """

    hierarchy: Hierarchy
    cost: NDArray[np.float64]
    via: NDArray[np.int64]
    ends_only: NDArray[np.bool_]  # [n] by position

    def ways(
        self,
        origins: Sequence[int] | NDArray[np.integer],
        destinations: Sequence[int] | NDArray[np.integer],
        threads: int | None = None,
    ) -> Ways:
        """Least-cost ways from every origin [o] to every destination [d]; `threads` None = one per processor."""
        return find_ways(self, np.asarray(origins, np.int64), np.asarray(destinations, np.int64), workers(threads))

    def path(self, origin: int, destination: int) -> tuple[float, NDArray[np.int64]]:
        """Least cost and the arcs in order from one node to another; (inf, no arcs) where there is no way."""
        ways = find_ways(self, np.array([origin]), np.array([destination]), 1)
        return float(ways.cost[0, 0]), ways.path(0, 0)


def customise(
    hierarchy: Hierarchy,
    weights: NDArray[np.float64],
    ends_only: NDArray[np.bool_] | None = None,
    threads: int | None = None,
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
    sides = 2 * len(hierarchy.up_node)
    cost, via = np.full(sides, np.inf), np.full(sides, -1, dtype=np.int64)
    _arcs(hierarchy.arc_side, weights, cost, via)
    height = int(hierarchy.depth.max(initial=0)) + 1
    p = hierarchy.plan

    def work(first: int, last: int) -> None:
        for g in range(first, last):
            triangles = p.triangles[p.triangle_ptr[g] : p.triangle_ptr[g + 1]]
            _push(triangles, p.low, stop, cost, via)
            core = p.core[p.core_ptr[g] : p.core_ptr[g + 1]]
            _pull(core, hierarchy.up_ptr, hierarchy.up_depth, p.low, p.down_ptr, p.down_edge, stop, height, cost, via)

    spread(work, GROUPS, 1 if hierarchy.n_arcs < _SMALL else workers(threads))
    work(GROUPS, GROUPS + 1)
    return Customised(hierarchy, cost, via, stop)


@njit(cache=True, nogil=True)
def _arcs(arc_side, weights, cost, via):  # type: ignore[no-untyped-def]
    """Give each edge side its cheapest arc."""
    for a in range(len(arc_side)):
        s = arc_side[a]
        if s >= 0 and weights[a] < cost[s]:
            cost[s] = weights[a]
            via[s] = -2 - a


@njit(cache=True, nogil=True)
def _push(triangles, low, ends_only, cost, via):  # type: ignore[no-untyped-def]
    """Relax listed triangles v-a (e), v-b (f), a-b (k): a -> v -> b and b -> v -> a."""
    for t in range(len(triangles)):
        e, f, k = np.int64(triangles[t, 0]), np.int64(triangles[t, 1]), triangles[t, 2]
        if ends_only[low[e]]:
            continue
        x = cost[2 * e + 1] + cost[2 * f]
        if x < cost[2 * k]:
            cost[2 * k] = x
            via[2 * k] = (e << 32) + f
        x = cost[2 * f + 1] + cost[2 * e]
        if x < cost[2 * k + 1]:
            cost[2 * k + 1] = x
            via[2 * k + 1] = (e << 32) + f


@njit(cache=True, nogil=True)
def _pull(core, up_ptr, up_depth, low, down_ptr, down_edge, ends_only, height, cost, via):  # type: ignore[no-untyped-def]
    """Relax the triangles over core nodes from below, one upper node a at a time; rows by depth spare all search."""
    best = np.empty((height, 2))
    leg = np.empty((height, 2), np.int64)
    for a in core:
        if down_ptr[a] == down_ptr[a + 1]:
            continue
        for k in range(up_ptr[a], up_ptr[a + 1]):
            d = up_depth[k]
            best[d, 0], best[d, 1] = cost[2 * k], cost[2 * k + 1]
            leg[d, 0], leg[d, 1] = via[2 * k], via[2 * k + 1]
        for j in range(down_ptr[a], down_ptr[a + 1]):
            e = np.int64(down_edge[j])
            v = low[e]
            if ends_only[v]:
                continue
            v_to_a, a_to_v = cost[2 * e], cost[2 * e + 1]
            for f in range(e + 1, up_ptr[v + 1]):
                d = up_depth[f]
                x = a_to_v + cost[2 * f]
                if x < best[d, 0]:
                    best[d, 0] = x
                    leg[d, 0] = (e << 32) + f
                x = cost[2 * f + 1] + v_to_a
                if x < best[d, 1]:
                    best[d, 1] = x
                    leg[d, 1] = (e << 32) + f
        for k in range(up_ptr[a], up_ptr[a + 1]):
            d = up_depth[k]
            cost[2 * k], cost[2 * k + 1] = best[d, 0], best[d, 1]
            via[2 * k], via[2 * k + 1] = leg[d, 0], leg[d, 1]
