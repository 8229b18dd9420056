"""The loop of the user equilibrium: path-based gradient projection, Gauss-Seidel over origin-destination pairs.

Jayakrishnan, Tsai, Prashker, Rajadhyaksha 1994 (the projection step); Xie, Nie, Liu 2018 (visit only the pairs that
still carry excess cost). Paths are linked lists in a growing pool, so there is no limit on paths per pair.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from landbridge.assignment.shortest import tree
from landbridge.assignment.volume_delay import arc_cost, arc_slope

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit(cache=True)
def _grown(a, need):  # type: ignore[no-untyped-def]
    if need <= len(a):
        return a
    b = np.empty(max(need, 2 * len(a)), a.dtype)
    b[: len(a)] = a
    return b


@njit(cache=True)
def _shift(p, b, start, size, pool, flow, mark, token, up, down, v, cost, slope, kind, free, beta, power, cap, fixed):  # type: ignore[no-untyped-def]
    """One Newton shift from path p to the basic path b, whose arcs carry `token`. Returns p's flow x excess cost."""
    n_up, n_down = 0, 0
    difference, curve = 0.0, 0.0
    for i in range(start[p], start[p] + size[p]):
        e = pool[i]
        if mark[e] == token:
            mark[e] = -token  # common arc
        else:
            down[n_down] = e
            n_down += 1
            difference += cost[e]
            curve += slope[e]
    for i in range(start[b], start[b] + size[b]):
        e = pool[i]
        if mark[e] == token:
            up[n_up] = e
            n_up += 1
            difference -= cost[e]
            curve += slope[e]
        else:
            mark[e] = token
    if difference <= 0.0:
        return 0.0
    excess = difference * flow[p]
    step = flow[p] if curve <= 0.0 else min(flow[p], difference / curve)
    flow[p] -= step
    flow[b] += step
    for i in range(n_down):
        e = down[i]
        v[e] = max(v[e] - step, 0.0)
        cost[e] = arc_cost(kind[e], v[e], free[e], beta[e], power[e], cap[e], fixed[e])
        slope[e] = arc_slope(kind[e], v[e], free[e], beta[e], power[e], cap[e])
    for i in range(n_up):
        e = up[i]
        v[e] += step
        cost[e] = arc_cost(kind[e], v[e], free[e], beta[e], power[e], cap[e], fixed[e])
        slope[e] = arc_slope(kind[e], v[e], free[e], beta[e], power[e], cap[e])
    return excess


@njit(cache=True)
def run(  # type: ignore[no-untyped-def]
    n_nodes,
    tail,
    head,
    star_ptr,
    star_arc,
    first_through,
    kind,
    free,
    beta,
    power,
    cap,
    fixed,
    origin,
    origin_ptr,
    destination,
    demand,
    gap_target,
    max_sweeps,
    polish,
):
    """Iterate to the relative gap, then `polish` sweeps more. Arrays as in `equilibrium`.

    Pairs are sorted by origin (origin [o], origin_ptr [o+1]). Returns (v, od_cost, gap, sweeps, first, following,
    start, size, flow, pool): the last six are the path lists of each pair.
    """
    m, n_pairs = len(tail), len(demand)
    v = np.zeros(m)
    cost, slope = np.empty(m), np.empty(m)
    first = np.full(n_pairs, -1, np.int64)
    following = np.empty(2 * n_pairs + 16, np.int64)
    start = np.empty(2 * n_pairs + 16, np.int64)
    size = np.empty(2 * n_pairs + 16, np.int64)
    flow = np.empty(2 * n_pairs + 16)
    pool = np.empty(64 * n_pairs + 1024, np.int32)
    used, n_paths, free_slot, garbage = 0, 0, -1, 0
    dist, pred = np.empty(n_nodes), np.empty(n_nodes, np.int64)
    heap_key, heap_node = np.empty(m + 1), np.empty(m + 1, np.int64)
    walk = np.empty(n_nodes + 1, np.int32)
    up, down = np.empty(n_nodes + 1, np.int32), np.empty(n_nodes + 1, np.int32)
    mark = np.zeros(m, np.int64)
    token = 0
    od_cost = np.full(n_pairs, np.inf)
    active = np.zeros(n_pairs, np.bool_)
    gap = np.inf
    sweep, beyond = 0, 0
    while True:
        total = 0.0
        for e in range(m):
            cost[e] = arc_cost(kind[e], v[e], free[e], beta[e], power[e], cap[e], fixed[e])
            slope[e] = arc_slope(kind[e], v[e], free[e], beta[e], power[e], cap[e])
            total += cost[e] * v[e]
        least = 0.0
        for o in range(len(origin)):
            tree(origin[o], star_ptr, star_arc, head, cost, first_through, dist, pred, heap_key, heap_node)
            for q in range(origin_ptr[o], origin_ptr[o + 1]):
                node = destination[q]
                od_cost[q] = dist[node]
                if dist[node] == np.inf:
                    continue
                least += dist[node] * demand[q]
                length = 0
                while node != origin[o]:
                    walk[length] = pred[node]
                    length += 1
                    node = tail[pred[node]]
                p = first[q]
                while p >= 0:
                    if size[p] == length:
                        same = True
                        for i in range(length):
                            if pool[start[p] + i] != walk[i]:
                                same = False
                                break
                        if same:
                            break
                    p = following[p]
                if p >= 0:
                    continue
                if free_slot >= 0:
                    p = free_slot
                    free_slot = following[p]
                else:
                    p = n_paths
                    n_paths += 1
                    following = _grown(following, n_paths)
                    start = _grown(start, n_paths)
                    size = _grown(size, n_paths)
                    flow = _grown(flow, n_paths)
                pool = _grown(pool, used + length)
                for i in range(length):
                    pool[used + i] = walk[i]
                start[p], size[p], flow[p], following[p] = used, length, 0.0, first[q]
                first[q] = p
                used += length
                if sweep == 0:
                    flow[p] = demand[q]
                    for i in range(length):
                        v[walk[i]] += demand[q]
        if sweep > 0:
            gap = max(1.0 - least / total, 0.0) if total > 0.0 else 0.0
            if gap <= gap_target:
                beyond += 1
                if beyond > polish:
                    break
            if sweep >= max_sweeps:
                break
        else:
            total = 0.0
            for e in range(m):
                cost[e] = arc_cost(kind[e], v[e], free[e], beta[e], power[e], cap[e], fixed[e])
                slope[e] = arc_slope(kind[e], v[e], free[e], beta[e], power[e], cap[e])
                total += cost[e] * v[e]
        # inner passes on the paths known so far, until their excess cost is well below the gap just measured
        for q in range(n_pairs):
            active[q] = first[q] >= 0 and following[first[q]] >= 0
        goal = 0.03 * min(gap, 1.0) * total
        quiet = 0.02 * max(min(gap, 1.0) * 0.03, gap_target) * total / max(n_pairs, 1)
        for _inner in range(30):
            excess_sum = 0.0
            for q in range(n_pairs):
                if not active[q]:
                    continue
                best, low = -1, np.inf
                p = first[q]
                while p >= 0:
                    x = 0.0
                    for i in range(start[p], start[p] + size[p]):
                        x += cost[pool[i]]
                    if x < low:
                        low, best = x, p
                    p = following[p]
                token += 1
                for i in range(start[best], start[best] + size[best]):
                    mark[pool[i]] = token
                excess = 0.0
                p = first[q]
                while p >= 0:
                    if p != best and flow[p] > 0.0:
                        excess += _shift(
                            p, best, start, size, pool, flow, mark, token, up, down, v, cost, slope,
                            kind, free, beta, power, cap, fixed,
                        )  # fmt: skip
                    p = following[p]
                excess_sum += excess
                if excess < quiet:
                    active[q] = False
            if excess_sum < goal:
                break
        # drop empty paths, keep one per pair; rebuild flows exactly; tidy the pool when half of it is garbage
        v[:] = 0.0
        for q in range(n_pairs):
            p, before_p = first[q], -1
            while p >= 0:
                after = following[p]
                if flow[p] <= 0.0 and (before_p >= 0 or after >= 0):
                    if before_p < 0:
                        first[q] = after
                    else:
                        following[before_p] = after
                    garbage += size[p]
                    following[p] = free_slot
                    free_slot = p
                else:
                    for i in range(start[p], start[p] + size[p]):
                        v[pool[i]] += flow[p]
                    before_p = p
                p = after
        if 2 * garbage > used:
            fresh = np.empty(len(pool), np.int32)
            used = 0
            for q in range(n_pairs):
                p = first[q]
                while p >= 0:
                    for i in range(size[p]):
                        fresh[used + i] = pool[start[p] + i]
                    start[p] = used
                    used += size[p]
                    p = following[p]
            pool, garbage = fresh, 0
        sweep += 1
    return v, od_cost, gap, sweep, first, following, start, size, flow, pool


@njit(cache=True)
def unlink(place, first, following, start, size, flow, pool):  # type: ignore[no-untyped-def]
    """Path lists as arrays (pair_ptr, path_ptr, arc, flow); place [q] = the pair's row in `first`, -1 none."""
    n_paths, n_uses = 0, 0
    for k in range(len(place)):
        p = first[place[k]] if place[k] >= 0 else -1
        while p >= 0:
            if flow[p] > 0.0:
                n_paths += 1
                n_uses += size[p]
            p = following[p]
    pair_ptr, path_ptr = np.zeros(len(place) + 1, np.int64), np.zeros(n_paths + 1, np.int64)
    arc, carried = np.empty(n_uses, np.int32), np.empty(n_paths)
    s, z = 0, 0
    for k in range(len(place)):
        p = first[place[k]] if place[k] >= 0 else -1
        while p >= 0:
            if flow[p] > 0.0:
                for i in range(size[p]):
                    arc[z + i] = pool[start[p] + size[p] - 1 - i]
                carried[s] = flow[p]
                s += 1
                z += size[p]
                path_ptr[s] = z
            p = following[p]
        pair_ptr[k + 1] = s
    return pair_ptr, path_ptr, arc, carried
