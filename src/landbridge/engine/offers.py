"""What shippers choose among: routes of every zone pair by chain, found in all settings of the network together.

The status quo and the scenario choose among the same routes: an arc that is added can only help, and one that is
closed can only hurt, whatever value of time the ways were found at (rents of bottlenecks apart).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.assignment import RouteSet, route_set
from landbridge.engine import classes, haulage
from landbridge.engine.freight import Chain, Found
from landbridge.network import ARC_KINDS, LAYERS, Network
from landbridge.routing import Ways, spread

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# What tells routes apart: the ports, borders and passages that they go through.
_TOLD_BY: Final = tuple(ARC_KINDS.index(kind) for kind in ("port", "border", "passage"))
LANDBRIDGE_KM: Final = 2000.0  # more by land than the least of a pair's sea chains; assumed
_KEY_BITS: Final = 44  # keys of some hundred arcs still add up exactly in a double


@dataclass(frozen=True, slots=True)
class Places:
    """Arcs that tell routes apart, numbered: `of_arc` [m] (-1 none), `arc` [p]; `permits` [m] by road with a permit."""

    of_arc: NDArray[np.int32]
    arc: Ints
    network: Network
    permits: NDArray[np.bool_]

    def capacity(self, network: Network) -> tuple[Floats, Floats]:
        """TEU and tonnes a year by place in one setting; inf where unknown, or not there."""
        out = []
        for room in (network.capacity_teu_yr, network.capacity_t_yr):
            known = np.full(len(self.arc), np.inf)
            here = self.arc < network.n_arcs
            values = room[self.arc[here]]
            known[here] = np.where(np.isnan(values), np.inf, values)
            out.append(known)
        return out[0], out[1]


@dataclass(frozen=True, slots=True)
class Offer:
    """The routes of one unit (teu or t). Options are ships of a way: option = way x ships + ship, within a chain."""

    unit: str
    chains: tuple[Chain, ...]  # nests
    ways: tuple[Ways, ...]  # of all chains, one after another
    first_option: tuple[int, ...]  # of each way
    way_of_option: Ints
    chain_of_way: Ints
    routes: RouteSet
    least_land_km: Floats  # [pairs] of the ways of its chain at sea
    road_km: Floats  # [r] on roads
    permit_km: Floats  # [r] the same times the borders there that need permits (`haulage`)

    @property
    def log_odds(self) -> Floats:
        """Of the nests."""
        return np.log([c.odds for c in self.chains])


@dataclass(frozen=True, slots=True)
class Priced:
    """An offer in one setting of the network: dollars and hours of its members [s], inf where shut."""

    offer: Offer
    cost_usd: Floats
    time_h: Floats


def places(network: Network) -> Places:
    """The places of a network (the one with the most arcs: works append arcs, they never renumber)."""
    told = np.isin(network.arc_kind, _TOLD_BY)
    of_arc = np.where(told, np.cumsum(told) - 1, -1).astype(np.int32)
    return Places(of_arc, np.flatnonzero(told), network, haulage.permit_arcs(network))


def offers(settings: Sequence[Sequence[Found]], where: Places) -> tuple[Offer, ...]:
    """One offer for boxes and one for bulk, from the ways found in all settings."""
    return tuple(
        _offer([[f for f in s if f.chain.unit == unit] for s in settings], unit, where) for unit in ("teu", "t")
    )


def _offer(settings: Sequence[Sequence[Found]], unit: str, where: Places) -> Offer:
    ways: list[Ways] = []
    of_way: list[int] = []
    for spot in range(len(settings[0])):
        found = list({id(w): w for s in settings for w in s[spot].ways}.values())
        ways += found
        of_way += [spot] * len(found)
    chains = tuple(f.chain for f in settings[0])
    ships = [len(chains[c].ships) for c in of_way]
    first = np.cumsum([0, *ships])
    key, least_land_km = _keys(ways, of_way, chains, where)
    nest = np.repeat(of_way, ships).astype(np.int64)
    pair_ptr, nest_of, member_ptr, option, pair = route_set.gather(np.repeat(key, ships, axis=0), nest)
    way_of_option = np.repeat(np.arange(len(ways)), ships)
    use_ptr, place = _places_of(ways, way_of_option[option[member_ptr[:-1]]], pair[member_ptr[:-1]], where)
    size = route_set.path_sizes(pair_ptr, nest_of, use_ptr, place, len(where.arc))
    routes = RouteSet(pair_ptr, nest_of, member_ptr, option, pair, use_ptr, place, size)
    of_chain = np.array(of_way, np.int64)
    by_way = np.stack([on_roads(way, where) for way in ways], axis=1)
    road_km, permit_km = by_way[:, way_of_option[option[member_ptr[:-1]]], pair[member_ptr[:-1]]]
    return Offer(
        unit, chains, tuple(ways), tuple(first[:-1]), way_of_option, of_chain, routes, least_land_km, road_km, permit_km
    )  # fmt: skip


def place_codes(where: Places) -> Floats:
    """A number for each place [p], such that those of a way add up exactly and to another sum than any other way's."""
    return np.random.default_rng(7).integers(1, 1 << _KEY_BITS, len(where.arc)).astype(np.float64)


def kilometres(way: Ways, where: Places) -> Floats:
    """Kilometres at sea and on land of a way, [2, pairs]."""
    net = where.network
    at_sea = np.where(classes.ocean(net), net.length_km, 0.0)
    parts = np.stack([at_sea, net.length_km - at_sea])
    return way.sums(parts[:, : way.customised.hierarchy.n_arcs]).reshape(2, -1)


def on_roads(way: Ways, where: Places) -> Floats:
    """Kilometres on roads of a way, and the same times the borders there that need permits, [2, pairs]."""
    net = where.network
    on_road = np.where(net.arc_layer == LAYERS.index("road"), net.length_km, 0.0)
    parts = np.stack([on_road, where.permits])
    road_km, permits = way.sums(parts[:, : way.customised.hierarchy.n_arcs]).reshape(2, -1)
    return np.stack([road_km, haulage.permit_km(road_km, permits)])


def _keys(ways: Sequence[Ways], of_way: Sequence[int], chains: Sequence[Chain], where: Places) -> tuple[Floats, Floats]:
    """What tells the routes of a pair apart, [way, pairs], NaN where the way is no alternative of its chain; and the
    least kilometres by land of the chain at sea [pairs].

    A sea chain may go by land to and from its ports. Where it is overland throughout, or more by land than by sea and
    by much more land than another way of the pair, it is a landbridge, which the land chains offer at their own odds.
    """
    by_arc = np.zeros((1, where.network.n_arcs))
    by_arc[0, where.arc] = place_codes(where)
    key = np.stack([way.sums(by_arc[:, : way.customised.hierarchy.n_arcs]).ravel() for way in ways])
    key[~np.isfinite(key)] = np.nan
    land = np.full(key.shape[1], np.inf)
    for spot, chain in enumerate(chains):
        if chain.at_sea:
            mine = [w for w, of in enumerate(of_way) if of == spot]
            sea_km, land_km = np.stack([kilometres(ways[w], where) for w in mine], axis=1)
            by_land = np.where(sea_km > 0, land_km, np.inf)
            with np.errstate(invalid="ignore"):
                land = by_land.min(axis=0)
                bridge = ~((by_land <= land + LANDBRIDGE_KM) | (by_land <= sea_km)) | (sea_km <= 0)
            key[mine] = np.where(bridge, np.nan, key[mine])
    return np.asarray(key, np.float64), np.asarray(land, np.float64)


def _places_of(
    ways: Sequence[Ways], way: Ints, pair: NDArray[np.int32], where: Places
) -> tuple[Ints, NDArray[np.int32]]:
    """The places on each route, read off one of its ways: (ptr [r+1], places)."""
    parts: dict[int, tuple[Ints, Ints, NDArray[np.int32]]] = {}

    def work(first: int, last: int) -> None:
        for w in range(first, last):
            mine = np.flatnonzero(way == w)
            origin, destination = np.divmod(pair[mine].astype(np.int64), ways[w].cost.shape[1])
            parts[w] = (mine, *ways[w].marks(where.of_arc, origin, destination))

    spread(work, len(ways))
    count = np.zeros(len(way) + 1, np.int64)
    for mine, ptr, _ in parts.values():
        count[mine + 1] = np.diff(ptr)
    use_ptr = np.cumsum(count)
    out = np.empty(use_ptr[-1], np.int32)
    for mine, ptr, marks in parts.values():
        spot = np.repeat(use_ptr[mine] - ptr[:-1], np.diff(ptr)) + np.arange(len(marks))
        out[spot] = marks
    return use_ptr, out


def price(own: Sequence[Found], offer: Offer) -> Priced:
    """Every member's dollars and hours at this setting's costs."""
    stacks = {f.chain.name: f.stack for f in own}
    r = offer.routes
    options = len(offer.way_of_option)
    pairs = r.n_pairs
    cost, time = np.empty((options, pairs)), np.empty((options, pairs))
    for w, way in enumerate(offer.ways):
        chain = offer.chains[offer.chain_of_way[w]]
        stack = _fit(stacks[chain.name], way.customised.hierarchy.n_arcs)
        sums = way.sums(stack).reshape(len(chain.ships), 2, pairs)
        first = offer.first_option[w]
        cost[first : first + len(chain.ships)] = sums[:, 0]
        time[first : first + len(chain.ships)] = sums[:, 1]
    return Priced(offer, cost[r.option, r.pair], time[r.option, r.pair])


def _fit(stack: Floats, arcs: int) -> Floats:
    """Columns for a network of that many arcs: works append arcs, and an arc that is not there costs infinity."""
    if arcs <= stack.shape[1]:
        return stack[:, :arcs]
    return np.pad(stack, ((0, 0), (0, arcs - stack.shape[1])), constant_values=np.inf)
