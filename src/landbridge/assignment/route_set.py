"""Routes of origin-destination pairs in nests (modes): a nested logit in the logarithm of cost, and its linear twin.

Options (a way through the network and a vehicle) that pass the same places are one route, carried by the cheapest of
them. Shares: within a nest P ~ PS c^-sigma_route, between nests by the inclusive value to the power sigma; sigma_route
>= sigma > 0 keeps the programme convex. At given tolls the same shares follow from an entropic programme with linear
costs c0 ln c (`linear_twin`), which is what carries hard capacities. Path sizes: Ben-Akiva and Bierlaire 1999.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FLOOR_USD: float = 0.01  # a pair whose way costs nothing is taken to cost this


@dataclass(frozen=True, slots=True, eq=False)
class RouteSet:
    """Routes of q pairs, sorted by pair, then nest; members are options that offer a route, places what it passes.

    Equal to itself alone.
    """

    pair_ptr: Ints  # [q+1] into routes
    nest: NDArray[np.int8]  # [r]
    member_ptr: Ints  # [r+1] into members
    option: NDArray[np.int32]  # [s]
    pair: NDArray[np.int32]  # [s] of each member
    use_ptr: Ints  # [r+1] into places
    place: NDArray[np.int32]  # [u]
    path_size: Floats  # [r] in (0, 1]

    @property
    def n_pairs(self) -> int:
        """Number of pairs."""
        return len(self.pair_ptr) - 1

    def pair_of_route(self) -> NDArray[np.int64]:
        """Pair of each route, [r]."""
        return np.repeat(np.arange(self.n_pairs), np.diff(self.pair_ptr))

    def through(self, here: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Routes [r] that pass some of the places [p]."""
        passing = np.zeros(len(self.nest), np.bool_)
        passing[np.repeat(np.arange(len(self.nest)), np.diff(self.use_ptr))[here[self.place]]] = True
        return passing

    def only(self, places: NDArray[np.bool_]) -> RouteSet:
        """The same routes with no other places than these [places]; path sizes stay what they were."""
        kept = places[self.place]
        counted = np.concatenate([[0], np.cumsum(kept)])
        return replace(self, use_ptr=counted[self.use_ptr].astype(np.int64), place=self.place[kept])


@njit(cache=True, nogil=True)
def gather(key, nest_of_option):  # type: ignore[no-untyped-def]
    """Routes of each pair: options [o] with the same nest and key [o, q] (NaN: no way) are one route.

    Returns pair_ptr, nest, member_ptr, option, pair of each member. Options must come sorted by nest.
    """
    n_options, q = key.shape
    members = 0
    for o in range(n_options):
        for p in range(q):
            members += not np.isnan(key[o, p])
    pair_ptr, member_ptr = np.zeros(q + 1, np.int64), np.zeros(members + 1, np.int64)
    nest, option, pair = np.empty(members, np.int8), np.empty(members, np.int32), np.empty(members, np.int32)
    head, free, route_of = np.empty(n_options, np.int64), np.empty(n_options, np.int64), np.empty(n_options, np.int64)
    r = 0
    for p in range(q):
        n = 0
        for o in range(n_options):
            route_of[o] = -1
            if np.isnan(key[o, p]):
                continue
            found = n
            for k in range(n):
                if key[head[k], p] == key[o, p] and nest_of_option[head[k]] == nest_of_option[o]:
                    found = k
                    break
            if found == n:
                head[n], free[n] = o, 0
                n += 1
            route_of[o] = found
            free[found] += 1
        for k in range(n):
            nest[r + k] = nest_of_option[head[k]]
            member_ptr[r + k + 1] = member_ptr[r + k] + free[k]
            free[k] = member_ptr[r + k]
        for o in range(n_options):
            k = route_of[o]
            if k >= 0:
                option[free[k]], pair[free[k]] = o, p
                free[k] += 1
        r += n
        pair_ptr[p + 1] = r
    return pair_ptr, nest[:r].copy(), member_ptr[: r + 1].copy(), option, pair


@njit(cache=True, nogil=True)
def path_sizes(pair_ptr, nest, use_ptr, place, n_places):  # type: ignore[no-untyped-def]
    """Mean over a route's places of 1 / (routes of its pair and nest that pass it), [r]; 1 where it passes none."""
    out = np.ones(len(nest))
    shared = np.zeros(n_places, np.int64)
    for p in range(len(pair_ptr) - 1):
        first = pair_ptr[p]
        while first < pair_ptr[p + 1]:
            last = first
            while last < pair_ptr[p + 1] and nest[last] == nest[first]:
                last += 1
            for u in range(use_ptr[first], use_ptr[last]):
                shared[place[u]] += 1
            for r in range(first, last):
                if use_ptr[r + 1] > use_ptr[r]:
                    total = 0.0
                    for u in range(use_ptr[r], use_ptr[r + 1]):
                        total += 1.0 / shared[place[u]]
                    out[r] = total / (use_ptr[r + 1] - use_ptr[r])
            for u in range(use_ptr[first], use_ptr[last]):
                shared[place[u]] = 0
            first = last
    return out


@njit(cache=True, nogil=True)
def cheapest(member_ptr, cost, time, load, hour):  # type: ignore[no-untyped-def]
    """Each route's least cost / load + time x hour over its members, and the member: (usd [r], member [r])."""
    routes = len(member_ptr) - 1
    usd, member = np.full(routes, np.inf), np.zeros(routes, np.int32)
    for r in range(routes):
        member[r] = member_ptr[r]
        for s in range(member_ptr[r], member_ptr[r + 1]):
            here = cost[s] / load + time[s] * hour
            if here < usd[r]:
                usd[r] = here
                member[r] = s
    return usd, member


@njit(cache=True)
def fall(ratio, sigma):  # type: ignore[no-untyped-def]
    """ratio ** -sigma for ratio > 0; by squaring where sigma is a whole number, which spares most of a power's time."""
    whole = int(sigma)
    if whole != sigma or whole > 64:
        return ratio**-sigma
    out, square = 1.0, ratio
    while whole > 0:
        if whole & 1:
            out *= square
        square *= square
        whole >>= 1
    return 1.0 / out


@njit(cache=True)
def root(x, power):  # type: ignore[no-untyped-def]
    """x ** power for x > 0; a fourth root by two square roots, many times faster: sigma 4 between, 16 within nests."""
    return np.sqrt(np.sqrt(x)) if power == 0.25 else x**power


@njit(cache=True, nogil=True)
def nested(  # type: ignore[no-untyped-def]
    which, pair_ptr, nest, use_ptr, place, usd, price, size, log_odds, sigma, sigma_route, demand, outside,
    flow, composite, shipped,
):  # fmt: skip
    """Fill flow [r], composite cost [q] (inf: no way) and shipped [q] of demand [q] at cost usd [r] + price [places].

    `which`: the pairs to fill. log_odds [n] by nest; beyond outside [q] demand falls with the power sigma of the
    composite cost.
    """
    n_nests = len(log_odds)
    total, odds = np.empty(n_nests), np.exp(log_odds)
    tolled = np.any(price != 0.0)
    for p in which:
        first, last = pair_ptr[p], pair_ptr[p + 1]
        composite[p], shipped[p] = np.inf, 0.0
        low = np.inf
        for r in range(first, last):
            flow[r] = usd[r]
            if usd[r] < np.inf:
                if tolled:
                    for u in range(use_ptr[r], use_ptr[r + 1]):
                        flow[r] += price[place[u]]
                flow[r] = max(flow[r], FLOOR_USD)
                low = min(low, flow[r])
        if low == np.inf:
            flow[first:last] = 0.0
            continue
        total[:] = 0.0
        for r in range(first, last):
            if flow[r] < np.inf:
                flow[r] = size[r] * fall(flow[r] / low, sigma_route)
                total[nest[r]] += flow[r]
            else:
                flow[r] = 0.0
        whole = 0.0
        for g in range(n_nests):
            if total[g] > 0.0:
                inclusive = odds[g] * root(total[g], sigma / sigma_route)
                whole += inclusive
                total[g] = inclusive / total[g]
        composite[p] = low / root(whole, 1.0 / sigma)
        shipped[p] = demand[p]
        if composite[p] > outside[p]:
            shipped[p] *= (composite[p] / outside[p]) ** -sigma
        for r in range(first, last):
            if flow[r] > 0.0:
                flow[r] *= total[nest[r]] / whole * shipped[p]


@njit(cache=True, nogil=True)
def tolls(use_ptr, place, price, out):  # type: ignore[no-untyped-def]
    """Sum of prices over the places of each route, into out [r]."""
    for r in range(len(use_ptr) - 1):
        out[r] = 0.0
        for u in range(use_ptr[r], use_ptr[r + 1]):
            out[r] += price[place[u]]


@njit(cache=True, nogil=True)
def loads(which, pair_ptr, use_ptr, place, flow, weight, out):  # type: ignore[no-untyped-def]
    """Add weight x flow [r] of the pairs `which` to every place that the route passes, out [places]."""
    for p in which:
        for r in range(pair_ptr[p], pair_ptr[p + 1]):
            if flow[r] > 0.0:
                for u in range(use_ptr[r], use_ptr[r + 1]):
                    out[place[u]] += weight * flow[r]


@njit(cache=True, nogil=True)
def add_by_kind(pair_ptr, kind, flow, weight, out):  # type: ignore[no-untyped-def]
    """Add weight x flow [r] to its pair under its kind [r], out [kinds, q]."""
    for p in range(len(pair_ptr) - 1):
        for r in range(pair_ptr[p], pair_ptr[p + 1]):
            if flow[r] > 0.0:
                out[kind[r], p] += weight * flow[r]


@njit(cache=True, nogil=True)
def pairs_through(pair_ptr, use_ptr, place, here):  # type: ignore[no-untyped-def]
    """Pairs [q] with a route that passes some of the places [p]."""
    out = np.zeros(len(pair_ptr) - 1, np.bool_)
    for p in range(len(out)):
        for u in range(use_ptr[pair_ptr[p]], use_ptr[pair_ptr[p + 1]]):
            if here[place[u]]:
                out[p] = True
                break
    return out


@njit(cache=True)
def screen(  # type: ignore[no-untyped-def]
    pair_ptr, nest, use_ptr, place, usd, toll, size, log_odds, sigma, sigma_route, demand, outside, composite, out
):
    """Add to out [places] the rise of demand x min(composite, outside) if the routes through a place were shut."""
    seen = np.zeros(len(out), np.bool_)
    touched = np.empty(len(out), np.int64)
    total, left = np.empty(len(log_odds)), np.empty(len(log_odds))
    for p in range(len(pair_ptr) - 1):
        if demand[p] <= 0.0 or composite[p] == np.inf:
            continue
        first, last = pair_ptr[p], pair_ptr[p + 1]
        total[:] = 0.0
        n = 0
        for r in range(first, last):
            if usd[r] < np.inf:
                full = max(usd[r] + toll[r], FLOOR_USD) / composite[p]
                total[nest[r]] += size[r] * full**-sigma_route
                for u in range(use_ptr[r], use_ptr[r + 1]):
                    if not seen[place[u]]:
                        seen[place[u]] = True
                        touched[n] = place[u]
                        n += 1
        before = min(composite[p], outside[p])
        for k in range(n):
            a = touched[k]
            seen[a] = False
            left[:] = total
            for r in range(first, last):
                if usd[r] < np.inf:
                    for u in range(use_ptr[r], use_ptr[r + 1]):
                        if place[u] == a:
                            full = max(usd[r] + toll[r], FLOOR_USD) / composite[p]
                            left[nest[r]] -= size[r] * full**-sigma_route
            whole = 0.0
            for g in range(len(left)):
                if left[g] > 1e-12 * max(total[g], 1e-300):
                    whole += np.exp(log_odds[g] + sigma / sigma_route * np.log(left[g]))
            after = outside[p] if whole <= 0.0 else min(composite[p] * whole ** (-1.0 / sigma), outside[p])
            out[a] += demand[p] * max(after - before, 0.0)
