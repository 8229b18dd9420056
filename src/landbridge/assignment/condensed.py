"""The part of a nested logit that answers to a few prices, made small: see `rents`.

At given prices of some places, routes of a pair and nest that pass none of them keep their weights: together they are
one route. What is left of a world of some million routes is a few tens of thousands of pairs with two or three routes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from landbridge.assignment.entropic_records import Shipments
from landbridge.assignment.route_set import FLOOR_USD, fall, root
from landbridge.routing import spread

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_PIECES = 2  # of the pairs, for threads


@dataclass(frozen=True, slots=True)
class Condensed:
    """Routes of all kinds of goods together, and the rows of an entropic programme with the same shares.

    A pair of one kind of goods is a shipment. `asset` and `weight` say which rows a route loads, by how much.
    """

    pair_ptr: Ints  # [k+1]
    nest: NDArray[np.int8]  # [r]
    usd: Floats  # [r] without prices
    size: Floats  # [r] path size, odds of the nest included
    use_ptr: Ints  # [r+1]
    asset: NDArray[np.int32]  # [z] rows
    weight: Floats  # [z] units of the row per unit of demand
    demand: Floats  # [k]
    outside: Floats  # [k]
    nest_ptr: Ints  # [k+1] into nests that a shipment has
    chain_ptr: Ints  # [g+1] into routes
    n_rows: int


@njit(cache=True, nogil=True)
def condense(  # type: ignore[no-untyped-def]
    which, pair_ptr, nest, use_ptr, place, usd, size, odds, price, row_a, weight_a, row_b, weight_b, least, demand,
    sigma_route, far,
):  # fmt: skip
    """Pairs of `which` that could load a place by at least `least` [places], their routes through rows, the others as
    one.

    row_a, row_b [places]: rows of a place (-1 none) with the load per unit of demand. A route dearer than `far` times
    the best of its pair and nest, the rents of rows apart, is left out. Returns pairs, pair_ptr, nest, usd, size,
    use_ptr, asset, weight.
    """
    routes, uses = len(usd), 2 * len(place)
    pairs, out_ptr = np.empty(len(which), np.int64), np.zeros(len(which) + 1, np.int64)
    out_nest, out_usd, out_size = np.empty(routes, np.int8), np.empty(routes), np.empty(routes)
    out_use, asset, weight = np.zeros(routes + 1, np.int64), np.empty(uses, np.int32), np.empty(uses)
    k, c, z = 0, 0, 0
    for p in which:
        begin, hit = c, False
        first = pair_ptr[p]
        while first < pair_ptr[p + 1]:
            g, last, low, free = nest[first], first, np.inf, np.inf
            while last < pair_ptr[p + 1] and nest[last] == g:
                full, tolled = usd[last], False
                for u in range(use_ptr[last], use_ptr[last + 1]):
                    full += price[place[u]]
                    tolled = tolled or row_a[place[u]] >= 0 or row_b[place[u]] >= 0
                low = min(low, full)
                if not tolled:
                    free = min(free, max(full, FLOOR_USD))
                last += 1
            rest, spot = 0.0, c
            if free <= far * low and free < np.inf:
                out_nest[c], out_usd[c], out_use[c + 1] = g, free, z
                c += 1
            for r in range(first, last):
                full, tolled = usd[r], False
                for u in range(use_ptr[r], use_ptr[r + 1]):
                    full += price[place[u]]
                    tolled = tolled or row_a[place[u]] >= 0 or row_b[place[u]] >= 0
                # a rent may fall again: what it makes dear stays in the programme
                least_usd = usd[r] if tolled else full
                if least_usd > far * low or full == np.inf:
                    continue
                if not tolled:
                    rest += size[r] * fall(max(full, FLOOR_USD) / free, sigma_route)
                    continue
                most = demand[p] * fall(max(least_usd / max(low, FLOOR_USD), 1.0), sigma_route)
                for u in range(use_ptr[r], use_ptr[r + 1]):
                    a = place[u]
                    if row_a[a] >= 0:
                        asset[z], weight[z] = row_a[a], weight_a
                        z += 1
                    if row_b[a] >= 0:
                        asset[z], weight[z] = row_b[a], weight_b
                        z += 1
                    hit = hit or most >= least[a]
                out_nest[c], out_usd[c], out_size[c] = g, usd[r], size[r] * odds[g]
                c += 1
                out_use[c] = z
            if rest > 0.0:
                out_size[spot] = rest * odds[g]
            first = last
        if hit:
            pairs[k] = p
            k += 1
            out_ptr[k] = c
        else:
            c, z = begin, out_use[begin]
    return (
        pairs[:k].copy(), out_ptr[: k + 1].copy(), out_nest[:c].copy(), out_usd[:c].copy(), out_size[:c].copy(),
        out_use[: c + 1].copy(), asset[:z].copy(), weight[:z].copy(),
    )  # fmt: skip


def joined(parts: Sequence[tuple[NDArray[np.generic], ...]], demand: Floats, outside: Floats, rows: int) -> Condensed:
    """What `condense` gave for several kinds of goods (but the pairs), one after another; demand, outside [k]."""
    columns = list(zip(*parts))
    nest, usd, size, asset, weight = (np.concatenate(columns[i]) for i in (1, 2, 3, 5, 6))
    pair_ptr, use_ptr = _chain_pointers(columns[0]), _chain_pointers(columns[4])
    pair = np.repeat(np.arange(len(pair_ptr) - 1), np.diff(pair_ptr))
    begins = np.ones(len(nest) + 1, bool)
    begins[1:-1] = (nest[1:] != nest[:-1]) | (pair[1:] != pair[:-1])
    chain_ptr = np.flatnonzero(begins).astype(np.int64)
    nest_ptr = np.searchsorted(chain_ptr, pair_ptr).astype(np.int64)
    return Condensed(
        pair_ptr, nest, usd, size, use_ptr, asset, weight, demand, outside, nest_ptr, chain_ptr, rows
    )  # fmt: skip


def _chain_pointers(parts: Sequence[Ints]) -> Ints:
    """Pointers of arrays put one after another."""
    ends = np.cumsum([0, *(p[-1] for p in parts)])
    return np.concatenate([[0], *(p[1:] + e for p, e in zip(parts, ends))]).astype(np.int64)


@njit(cache=True, nogil=True)
def _answer(  # type: ignore[no-untyped-def]
    begin, end, pair_ptr, nest, usd, size, use_ptr, asset, weight, demand, outside, price, sigma, sigma_route,
    load, toll, base,
):  # fmt: skip
    """Add to the load of the rows what pairs begin:end put there at prices [rows]; also the toll of every route [r],
    and of every pair the mean cost of what passes rows [k] (least cost where nothing does)."""
    most = 1
    for p in range(begin, end):
        most = max(most, pair_ptr[p + 1] - pair_ptr[p])
    share = np.empty(most)
    for p in range(begin, end):
        first, last = pair_ptr[p], pair_ptr[p + 1]
        low = np.inf
        for r in range(first, last):
            toll[r] = 0.0
            for u in range(use_ptr[r], use_ptr[r + 1]):
                toll[r] += weight[u] * price[asset[u]]
            low = min(low, max(usd[r] + toll[r], FLOOR_USD))
        whole, at, passing, cost = 0.0, first, 1e-300, 0.0
        while at < last:
            end, total = at, 0.0
            while end < last and nest[end] == nest[at]:
                full = max(usd[end] + toll[end], FLOOR_USD)
                share[end - first] = size[end] * fall(full / low, sigma_route)
                total += share[end - first]
                if use_ptr[end + 1] > use_ptr[end]:
                    passing += share[end - first]
                    cost += share[end - first] * full
                end += 1
            inclusive = root(total, sigma / sigma_route) if total > 0.0 else 0.0
            whole += inclusive
            for r in range(at, end):
                share[r - first] *= inclusive / total if total > 0.0 else 0.0
            at = end
        base[p] = cost / passing if cost > 0.0 else low
        composite = low / root(whole, 1.0 / sigma)
        sent = demand[p] / whole
        if composite > outside[p]:
            sent *= (composite / outside[p]) ** -sigma
        for r in range(first, last):
            for u in range(use_ptr[r], use_ptr[r + 1]):
                load[asset[u]] += weight[u] * share[r - first] * sent


def answer(part: Condensed, price: Floats, sigma: float, sigma_route: float) -> tuple[Floats, Floats, Floats]:
    """Loads [rows] at prices [rows], with what `twin` needs: tolls [r] and the cost at which each pair is read [k]."""
    load, toll, base = np.zeros((_PIECES, part.n_rows)), np.empty(len(part.usd)), np.empty(len(part.demand))
    cuts = [round(len(base) * i / _PIECES) for i in range(_PIECES + 1)]

    def work(first: int, last: int) -> None:
        for i in range(first, last):
            _answer(
                cuts[i], cuts[i + 1], part.pair_ptr, part.nest, part.usd, part.size, part.use_ptr, part.asset,
                part.weight, part.demand, part.outside, price, sigma, sigma_route, load[i], toll, base,
            )  # fmt: skip

    spread(work, _PIECES)
    return load.sum(axis=0), toll, base


def twin(part: Condensed, toll: Floats, base: Floats, sigma: float, sigma_route: float) -> Shipments:
    """An entropic programme with linear costs whose shares at these tolls [r] are those of the nested logit.

    Cost of a route: c0 ln((usd + toll) / c0) - toll; theta = sigma_route / c0 and sigma / c0. Any c0 gives the same
    shares; `base` [k], the mean cost of what passes the rows, gives about the same answer to a change of prices.
    """
    count = np.diff(part.pair_ptr)
    of_route = np.repeat(base, count)
    cost = of_route * np.log(np.maximum(part.usd + toll, FLOOR_USD) / of_route) - toll
    return Shipments(
        part.demand, sigma_route / base, sigma / base, base * np.log(part.outside / base),
        np.zeros(len(base), bool), part.nest_ptr, part.chain_ptr, cost, part.size, part.use_ptr, part.asset,
        part.weight,
    )  # fmt: skip
