"""Ways around places that shut: only the pairs with a way through them get new routes, the others keep theirs.

What a route is, what it costs and which pairs choose it stay as `offers` made them; the routes of the pairs touched are
put together anew with the best ways of the closed network, which avoid what is shut and so cost the same on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from landbridge.assignment import RouteSet, route_set
from landbridge.engine.freight import Found
from landbridge.engine.offers import LANDBRIDGE_KM, Offer, Places, Priced, kilometres, on_roads, place_codes
from landbridge.routing import Ways

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Detour:
    """Pairs touched by a closure [q], and their routes priced in the open and in the closed network; no other pair has
    a route here."""

    touched: Bools
    before: Priced
    after: Priced


@dataclass(frozen=True, slots=True)
class _New:
    """A way of the closed network for some of the pairs touched, and its places there."""

    way: Ways
    spot: int  # chain
    at: Ints  # [k] into the pairs touched
    ptr: Ints  # [k+1]
    place: NDArray[np.int32]
    prices: Floats  # [2 ships, k] dollars and hours by ship
    roads: Floats  # [2, k] kilometres by road, and times borders with permits


def around(
    priced: Priced, own: Sequence[Found], closed: Sequence[Sequence[Ways]], arcs: Ints, places: Places
) -> Detour:
    """The routes of the pairs that could pass `arcs`, with the best ways of the closed network.

    own: what was found in the open network; closed: the ways of the closed one, each by chain of the offer.
    """
    routes = priced.offer.routes
    shut = _shut_members(priced, arcs, places)
    touched = np.zeros(routes.n_pairs, bool)
    touched[routes.pair[shut]] = True
    pairs = np.flatnonzero(touched)
    new = [x for spot in range(len(own)) for x in _new_ways(priced.offer, spot, own[spot], closed[spot], pairs, places)]
    before, barred = _put_together(priced, shut, pairs, new, places)
    prices = (np.where(barred, np.inf, x) for x in (before.cost_usd, before.time_h))
    return Detour(touched, before, Priced(before.offer, *prices))


def _shut_members(priced: Priced, arcs: Ints, places: Places) -> Bools:
    """Members whose way passes one of the arcs, [s]."""
    r, offer = priced.offer.routes, priced.offer
    if np.isin(arcs, places.arc).all():
        here = np.isin(places.arc, arcs)
        return np.asarray(np.repeat(r.through(here), np.diff(r.member_ptr)))
    passes = []
    for way in offer.ways:
        one = np.zeros((1, way.customised.hierarchy.n_arcs))
        one[0, arcs[arcs < one.shape[1]]] = 1.0
        passes.append(way.sums(one)[0].ravel() > 0)
    return np.asarray(np.stack(passes)[offer.way_of_option[r.option], r.pair])


def _new_ways(offer: Offer, spot: int, own: Found, closed: Sequence[Ways], pairs: Ints, places: Places) -> list[_New]:
    """Ways of one chain in the closed network that none of its open ways is, for the pairs touched."""
    found = [w for w in closed if all(w is not old for old in own.ways)]
    fresh = []
    for way in found:
        cost = way.cost.ravel()[pairs]
        fresh.append(np.isfinite(cost) & np.all([cost != old.cost.ravel()[pairs] for old in own.ways], axis=0))
    if own.chain.at_sea and found:
        sea, land = (np.stack(x) for x in zip(*(kilometres(way, places)[:, pairs] for way in found)))
        by_land = np.where(sea > 0, land, np.inf)
        least = np.minimum(by_land.min(axis=0), offer.least_land_km[pairs]) + LANDBRIDGE_KM
        fresh = [f & (s > 0) & ((x <= least) | (x <= s)) for f, s, x in zip(fresh, sea, by_land)]
    out = []
    for way, mine in zip(found, fresh):
        at = np.flatnonzero(mine)
        if len(at):
            z = way.cost.shape[1]
            ptr, place = way.marks(places.of_arc, *np.divmod(pairs[at], z))
            n_arcs = way.customised.hierarchy.n_arcs
            prices = way.sums(own.stack[:, :n_arcs]).reshape(len(own.stack), -1)[:, pairs[at]]
            roads = on_roads(way, places)[:, pairs[at]]
            out.append(_New(way, spot, at, ptr, place, prices, roads))
    return out


def _put_together(
    priced: Priced, shut: Bools, pairs: Ints, new: Sequence[_New], places: Places
) -> tuple[Priced, Bools]:
    """The offer of the pairs touched at open prices, and which of its members [s] are shut."""
    offer = priced.offer
    spots = np.array([*offer.chain_of_way, *(x.spot for x in new)], np.int64)
    ships = np.array([len(c.ships) for c in offer.chains])[spots]
    order = np.argsort(spots, kind="stable")  # ways by chain, the new ones behind the old
    first = np.concatenate([[0], np.cumsum(ships[order])]).astype(np.int64)
    first_of_way = np.empty(len(order), np.int64)
    first_of_way[order] = first[:-1]
    table = _Table.empty(int(first[-1]), len(pairs))
    codes = place_codes(places)
    _old_members(table, priced, shut, pairs, first_of_way, codes)
    _new_members(table, offer, new, first_of_way, codes)
    routes, option, column, knows = _routes(
        table, np.repeat(spots[order], ships[order]), offer.routes, pairs, new, places
    )
    ways = (*offer.ways, *(x.way for x in new))
    roads = np.concatenate([np.stack([offer.road_km, offer.permit_km]), *(x.roads for x in new)], axis=1)[:, knows]
    made = replace(
        offer, ways=tuple(ways[w] for w in order), first_option=tuple(first[:-1].tolist()),
        way_of_option=np.repeat(np.arange(len(order)), np.diff(first)), chain_of_way=spots[order], routes=routes,
        road_km=roads[0], permit_km=roads[1],
    )  # fmt: skip
    return Priced(made, table.cost[option, column], table.hours[option, column]), table.shut[option, column]


@dataclass(frozen=True, slots=True)
class _Table:
    """Members of the pairs touched, [options, pairs]: NaN where an option offers nothing."""

    key: Floats  # sum of the codes of its places
    cost: Floats
    hours: Floats
    source: Ints  # who knows its places: an old route, or behind those a pair of a new way
    shut: Bools

    @classmethod
    def empty(cls, options: int, pairs: int) -> _Table:
        """No member yet."""
        key, cost, hours = (np.full((options, pairs), np.nan) for _ in range(3))
        return cls(key, cost, hours, np.zeros(key.shape, np.int64), np.zeros(key.shape, bool))


def _old_members(table: _Table, priced: Priced, shut: Bools, pairs: Ints, first_of_way: Ints, codes: Floats) -> None:
    """Write down what the pairs touched choose among today."""
    offer, r = priced.offer, priced.offer.routes
    column = np.full(r.n_pairs, -1, np.int64)
    column[pairs] = np.arange(len(pairs))
    mine = np.flatnonzero(column[r.pair] >= 0)
    way = offer.way_of_option[r.option[mine]]
    at = first_of_way[way] + r.option[mine] - np.asarray(offer.first_option)[way], column[r.pair[mine]]
    route = np.repeat(np.arange(len(r.nest)), np.diff(r.member_ptr))[mine]
    table.key[at], table.source[at] = _sums(codes, r.use_ptr, r.place)[route], route
    table.cost[at], table.hours[at], table.shut[at] = priced.cost_usd[mine], priced.time_h[mine], shut[mine]


def _new_members(table: _Table, offer: Offer, new: Sequence[_New], first_of_way: Ints, codes: Floats) -> None:
    """Write down the ways of the closed network."""
    known = len(offer.routes.nest)
    for w, x in enumerate(new, start=len(offer.ways)):
        for ship in range(len(x.prices) // 2):
            at = first_of_way[w] + ship, x.at
            table.key[at], table.source[at] = _sums(codes, x.ptr, x.place), known + np.arange(len(x.at))
            table.cost[at], table.hours[at] = x.prices[2 * ship], x.prices[2 * ship + 1]
        known += len(x.at)


def _routes(
    table: _Table, nest: Ints, old: RouteSet, pairs: Ints, new: Sequence[_New], places: Places
) -> tuple[RouteSet, Ints, Ints, Ints]:
    """The routes that the members make, as those of all pairs, where each member [s] stands in the table, and who knows
    each route [r]."""
    pair_ptr, nest_of, member_ptr, option, column = route_set.gather(table.key, nest)
    ends = np.cumsum([old.use_ptr[-1], *(x.ptr[-1] for x in new)])
    ptr = np.concatenate([old.use_ptr, *(x.ptr[1:] + end for x, end in zip(new, ends))])
    place = np.concatenate([old.place, *(x.place for x in new)])
    knows = table.source[option[member_ptr[:-1]], column[member_ptr[:-1]]]
    count = np.diff(ptr)[knows]
    use_ptr = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    uses = place[np.repeat(ptr[knows] - use_ptr[:-1], count) + np.arange(use_ptr[-1])]
    size = route_set.path_sizes(pair_ptr, nest_of, use_ptr, uses, len(places.arc))
    by_pair = np.zeros(old.n_pairs + 1, np.int64)
    by_pair[pairs + 1] = np.diff(pair_ptr)
    pair = pairs[column].astype(np.int32)
    return (
        RouteSet(np.cumsum(by_pair), nest_of, member_ptr, option, pair, use_ptr, uses, size), option, column, knows,
    )  # fmt: skip


def _sums(codes: Floats, ptr: Ints, place: NDArray[np.int32]) -> Floats:
    """Sum of the codes of the places of each route, exact: the key that `offers` tells routes apart by."""
    out = np.zeros(len(ptr) - 1)
    route_set.tolls(ptr, place, codes, out)
    return out
