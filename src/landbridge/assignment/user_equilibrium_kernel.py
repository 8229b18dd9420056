"""Kernels of the user equilibrium: path-based gradient projection, Gauss-Seidel over origin-destination pairs.

Jayakrishnan, Tsai, Prashker, Rajadhyaksha 1994 (the projection step); Xie, Nie, Liu 2018 (visit only the pairs that
still carry excess cost). Paths are linked lists in a growing pool, so there is no limit on paths per pair.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from landbridge.assignment.shortest import again, tree
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


@njit(cache=True, nogil=True)
def trees(  # type: ignore[no-untyped-def]
    begin, end, base, origin, origin_ptr, destination, star_ptr, star_arc, head, tail, cost, first_through, label,
    order, known, pred, least, code,
):  # fmt: skip
    """Least-cost trees of origins begin:end: pred [rows, n] from row o - base; of every pair least [q] and code [q].

    A path's code is the sum of its arcs' labels [m]. order [o, n] and known [o] are kept from one sweep to the next.
    """
    m, n = len(head), order.shape[1]
    dist, heap_key, heap_node = np.empty(n), np.empty(m + 1), np.empty(m + 1, np.int64)
    state, queue = np.empty(n, np.int8), np.empty(n, np.int32)
    sums, walk = np.empty(n, np.uint64), np.empty(n + 1, np.int64)
    for o in range(begin, end):
        s, here = origin[o], pred[o - base]
        twice = -1
        if known[o]:
            twice = again(s, star_ptr, star_arc, head, cost, first_through, dist, here, order[o], state, queue)
        if twice < 0:
            tree(s, star_ptr, star_arc, head, cost, first_through, dist, here, heap_key, heap_node, order[o])
        known[o] = twice <= n // 4
        state[:] = 0
        state[s], sums[s] = 1, 0
        for q in range(origin_ptr[o], origin_ptr[o + 1]):
            node = destination[q]
            least[q] = dist[node]
            if dist[node] == np.inf:
                continue
            length = 0
            while state[node] == 0:
                walk[length] = node
                length += 1
                node = tail[here[node]]
            while length > 0:
                length -= 1
                v = walk[length]
                state[v], sums[v] = 1, sums[node] + label[here[v]]
                node = v
            code[q] = sums[destination[q]]


@njit(cache=True, nogil=True)
def insert(  # type: ignore[no-untyped-def]
    begin, end, base, origin, origin_ptr, destination, demand, tail, pred, least, code, load, v,
    used, n_paths, free_slot, first, following, start, size, flow, sums, pool,
):  # fmt: skip
    """Give each pair of origins begin:end its least path where it is new; with `load` that path takes all demand.

    Returns used, n_paths, free_slot and the arrays that may have grown.
    """
    for o in range(begin, end):
        for q in range(origin_ptr[o], origin_ptr[o + 1]):
            if least[q] == np.inf:
                continue
            p = first[q]
            while p >= 0 and sums[p] != code[q]:
                p = following[p]
            if p >= 0:
                continue
            if free_slot >= 0:
                p = free_slot
                free_slot = following[p]
            else:
                p = n_paths
                n_paths += 1
                if n_paths > len(following):
                    following = _grown(following, n_paths)
                    start, size = _grown(start, n_paths), _grown(size, n_paths)
                    flow, sums = _grown(flow, n_paths), _grown(sums, n_paths)
            if used + pred.shape[1] > len(pool):
                pool = _grown(pool, used + pred.shape[1])
            node, length = destination[q], 0
            start[p] = used
            while node != origin[o]:
                e = pred[o - base, node]
                pool[used] = e
                used += 1
                length += 1
                if load:
                    v[e] += demand[q]
                node = tail[e]
            size[p], sums[p], following[p] = length, code[q], first[q]
            flow[p] = demand[q] if load else 0.0
            first[q] = p
    return used, n_paths, free_slot, following, start, size, flow, sums, pool


@njit(cache=True)
def shift(  # type: ignore[no-untyped-def]
    begin, end, first, following, start, size, flow, pool, v, cost, slope, kind, free, beta, power, cap, fixed,
    goal, quiet, most,
):  # fmt: skip
    """Shift flow to the best known path of pairs begin:end until their excess cost is below `goal`, `most` passes at
    most.

    A pair whose excess is below `quiet` is left alone for the rest.
    """
    m = len(cost)
    up, down = np.empty(m, np.int32), np.empty(m, np.int32)
    mark, token = np.zeros(m, np.int64), 0
    active = np.empty(end - begin, np.int64)
    left = 0
    for q in range(begin, end):
        if first[q] >= 0 and following[first[q]] >= 0:
            active[left] = q
            left += 1
    for _ in range(most):
        excess_sum, stay = 0.0, 0
        for k in range(left):
            q = active[k]
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
            if excess >= quiet:
                active[stay] = q
                stay += 1
        left = stay
        if excess_sum < goal:
            break


@njit(cache=True)
def tidy(first, following, start, size, flow, pool, v, used, free_slot):  # type: ignore[no-untyped-def]
    """Drop empty paths, keep one per pair, rebuild the flows v [m] exactly, and pack the pool where half is garbage.

    Returns pool, used, free_slot.
    """
    v[:] = 0.0
    kept = 0
    for q in range(len(first)):
        p, before = first[q], -1
        while p >= 0:
            after = following[p]
            if flow[p] <= 0.0 and (before >= 0 or after >= 0):
                if before < 0:
                    first[q] = after
                else:
                    following[before] = after
                following[p] = free_slot
                free_slot = p
            else:
                kept += size[p]
                for i in range(start[p], start[p] + size[p]):
                    v[pool[i]] += flow[p]
                before = p
            p = after
    if 2 * kept >= used:
        return pool, used, free_slot
    fresh = np.empty(len(pool), np.int32)
    used = 0
    for q in range(len(first)):
        p = first[q]
        while p >= 0:
            for i in range(size[p]):
                fresh[used + i] = pool[start[p] + i]
            start[p] = used
            used += size[p]
            p = following[p]
    return fresh, used, free_slot


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
