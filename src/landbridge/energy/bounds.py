"""What rules do to a market, and which origins it takes to say so: bans, caps, quotas; who can come where."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from landbridge.energy.market import Market

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
REST = "*"  # the class of all origins that are not tracked
Forbidden = Collection[tuple[str, str, str]]
# a ban by members with less of a node's demand than this is finer than the node and left out; by all but this, whole
LEAST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class PriceCap:
    """No coalition services unless the port price is at most `price`; a shadow fleet serves beyond.

    `shadow_capacity` is a quantity a year over the record's ports (a limit in ship-days would turn the whole
    wedge into a price on distance, and fill the nearest buyer first). `shadow_cost` and `western_cost` are added to
    the arc's freight (price units), `shadow_freight` is that freight once more and again (2: three times in all).
    Destinations in `coalition` cannot be served by the shadow fleet at all.
    """

    origin: str  # ISO3
    price: float
    coalition: frozenset[str]
    shadow_capacity: float
    shadow_cost: float
    western_cost: float = 0.0
    mode: str = "sea"
    ports: frozenset[str] = frozenset()  # loading nodes that this record is about, all of the origin's where empty
    shadow_freight: float = 0.0  # what the shadow fleet asks beyond ordinary freight, as a multiple of it


@dataclass(frozen=True, slots=True)
class Restrictions:
    """What the rules of the day do to this market; `passage_share` = share of a passage's base flow that remains."""

    forbidden: Forbidden = ()
    caps: tuple[PriceCap, ...] = ()
    cost_add: Floats | None = None  # [A]
    quotas: tuple[tuple[str, str, float], ...] = ()  # (origin, destination or "*", quantity a year)
    tariffs: Mapping[tuple[str, str], float] | None = None  # (origin, destination) -> price units a unit
    passage_share: Mapping[str, float] | None = None
    fleet_slack: float | None = None  # ship-days of each class above the base year's use; None: no limit


def classes_of(market: Market, rules: Restrictions) -> tuple[str, ...]:
    """Origins that need their own molecules here: tracked, forbidden somewhere or capped; the rest last."""
    producers = {o for o, size in zip(market.supply.origin, market.supply.size) if size > 0}
    named = {*market.tracked, *(o for o, _, _ in rules.forbidden), *(c.origin for c in rules.caps)}
    named |= {o.removeprefix("!") for o in market.observed.origin if o}
    named |= {o for o, _, _ in rules.quotas} | {o for o, _ in rules.tariffs or {}}
    return (*sorted(named & producers), REST)


def reachable(market: Market, classes: tuple[str, ...], forbidden: Forbidden = ()) -> NDArray[np.bool_]:
    """[K, N] whether a class can be at a node at all: over open arcs, not through a door that is banned to it."""
    arcs, count = market.arcs, len(market.nodes.id)
    reach = np.zeros((len(classes), count), dtype=bool)
    for s, origin in enumerate(market.supply.origin):
        if market.supply.size[s] > 0:
            reach[class_of(classes, origin), market.supply.node[s]] = True
    usable = np.repeat((arcs.capacity > 0)[None, :], len(classes), axis=0)
    mode, abroad = np.array(arcs.mode), foreign(market, np.arange(len(arcs.link)))
    for (origin, how), banned in parties(forbidden).items():
        if origin in classes:
            shut = market.nodes.share_in(banned) > 1.0 - LEAST_SHARE
            usable[classes.index(origin)] &= ~((mode == how) & abroad & shut[arcs.head])
    for _ in range(count):
        before = int(reach.sum())
        for k in range(len(classes)):
            tail, head = arcs.tail[usable[k]], arcs.head[usable[k]]
            reach[k, head[reach[k, tail]]] = True
        if int(reach.sum()) == before:
            break
    return reach


def parties(forbidden: Forbidden) -> dict[tuple[str, str], set[str]]:
    """(origin, mode) -> the countries that ban it."""
    out: dict[tuple[str, str], set[str]] = {}
    for origin, destination, mode in sorted(forbidden):
        out.setdefault((origin, mode), set()).add(destination)
    return out


def relevant(market: Market, forbidden: Forbidden) -> tuple[tuple[str, str, str], ...]:
    """The bans that could bite: the origin can come to the door by that mode, and the members matter at the node.

    Keeping only these keeps the number of tracked origins, and with it the programme, small.
    """
    iso, mode_of = np.array(market.nodes.iso3), np.array(market.arcs.mode)
    open_arc, tail, head = market.arcs.capacity > 0, market.arcs.tail, market.arcs.head
    kept: list[tuple[str, str, str]] = []
    reach: dict[str, NDArray[np.bool_]] = {}
    for (origin, mode), banned in parties(forbidden).items():
        if origin not in market.supply.origin:
            continue
        if origin not in reach:
            reach[origin] = reachable(market, (origin, REST))[0]
        door = market.nodes.share_in(banned) >= LEAST_SHARE
        if (open_arc & (mode_of == mode) & reach[origin][tail] & door[head] & (iso[tail] != iso[head])).any():
            kept += [(origin, d, mode) for d in sorted(banned)]
    return tuple(kept)


def void_contracts(market: Market, forbidden: Forbidden) -> Market:
    """A ban ends what a contract asked for: least flows of the origin into nodes that ban it become nought."""
    arcs, iso = market.arcs, np.array(market.nodes.iso3)
    bound = arcs.least > 0
    if not bound.any() or not forbidden:
        return market
    void = np.zeros(len(bound), dtype=bool)
    for (origin, mode), banned in parties(forbidden).items():
        door = market.nodes.share_in(banned)[arcs.head] >= LEAST_SHARE
        void |= bound & door & (iso[arcs.tail] == origin) & (np.array(arcs.mode) == mode)
    return replace(market, arcs=replace(arcs, least=np.where(void, 0.0, arcs.least)))


def without_dominated(market: Market, rules: Restrictions) -> Market:
    """Shuts ways that cost more than a parallel one without a limit; they matter only where a passage is rationed."""
    arcs = market.arcs
    if rules.passage_share:
        return market
    cost = arcs.cost + (rules.cost_add if rules.cost_add is not None else 0.0)
    free = np.flatnonzero(np.isinf(arcs.capacity) & (arcs.least == 0))
    mode = np.unique(np.array(arcs.mode), return_inverse=True)[1][free] if len(free) else free
    order = free[np.lexsort((free, cost[free], mode, arcs.head[free], arcs.tail[free]))]  # the cheapest first
    key = np.stack([arcs.tail[order], arcs.head[order], mode[np.searchsorted(free, order)]])
    same = (key[:, 1:] == key[:, :-1]).all(axis=0)
    shut = np.zeros(len(arcs.link), dtype=bool)
    shut[order[1:][same]] = True
    return replace(market, arcs=replace(arcs, capacity=np.where(shut, 0.0, arcs.capacity)))


def class_of(classes: tuple[str, ...], origin: str) -> int:
    """Position of an origin's class; the last, of all untracked origins, where it has none of its own."""
    return classes.index(origin) if origin in classes else len(classes) - 1


def foreign(market: Market, arc: Ints) -> NDArray[np.bool_]:
    """[F] whether a flow column crosses a border."""
    iso = np.array(market.nodes.iso3)
    return np.asarray(iso[market.arcs.tail[arc]] != iso[market.arcs.head[arc]])
