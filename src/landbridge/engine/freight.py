"""Freight: from the network to costs between economies by commodity group, and to goods on every arc.

Each zone pair chooses among chains (by sea in the ship that fits, by rail without oceans, by road alone) with a logit
in the logarithm of generalised cost, which has no scale: P ~ cost^-sigma. Uncapacitated: bottlenecks carry no price.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge import assignment, routing
from landbridge.engine import classes, goods
from landbridge.engine.zones import Zones
from landbridge.network import Network
from landbridge.routing import Hierarchy, TrafficClass, Ways
from landbridge.rules import ActiveRules
from landbridge.units import HOURS_PER_DAY

Floats = NDArray[np.float64]

# Elasticity of mode and route choice to generalised cost. Assumed: own-cost elasticities of rail and sea freight of
# 0.4 to 1.8 at shares between a tenth and a half (Beuthe, Jourquin, Urbain 2014, Transport Reviews 34) imply 2 to 5.
SIGMA: Final = 4.0
# Odds of trains (and Caspian ferries) for boxes at equal cost: slots a few times a week, part loads, limited trains.
# Fitted by `python -m tools.rail_odds`, so that trains between China and Europe carry the 1.749 million TEU of
# January-November 2023 (China Railway; its count has trains to Russia and Belarus in it). Assumed the same everywhere.
RAIL_ODDS: Final = 0.179
_GOOD_OF: Final = {"teu": "containers", "t": "grain"}  # the good whose rules on arcs stand for a unit's
MOVEMENTS: Final = tuple({"good": good} for good in _GOOD_OF.values())


@dataclass(frozen=True, slots=True)
class Chain:
    """One alternative of the choice, the same for every zone pair. Its classes are the ships, and the paces (hurried
    or patient), among which each commodity group takes the cheapest at its own value of time."""

    name: str
    unit: str  # teu or t
    classes: tuple[TrafficClass, ...]
    odds: float  # weight in the choice at equal cost


@dataclass(frozen=True, slots=True)
class Found:
    """The ways of one alternative in one setting of the network, by class, and what its arcs cost there: dollars,
    hours and kilometres on the oceans [3, m], inf where the class may not go."""

    chain: Chain
    stacks: tuple[Floats, ...]
    ways: tuple[Ways, ...]


@dataclass(frozen=True, slots=True)
class ChainCost:
    """What one alternative costs by option (a class and its ways), [c, z, z]; inf where the option has no way here, or
    none by sea in a sea chain."""

    chain: Chain
    cost_usd: Floats
    time_h: Floats
    ways: tuple[Ways, ...]  # by option, for loading


@dataclass(frozen=True, slots=True)
class Pick:
    """What a commodity group makes of a chain, [z, z]: the class taken, the share of shipments (0 without a way)."""

    cost: ChainCost
    taken: NDArray[np.int64]
    share: Floats


@dataclass(frozen=True, slots=True)
class FreightCosts:
    """`wedge` [g, n, n] ad valorem freight and time between economies (inf no way); `time_h`, `cost_usd_teu` [n, n]
    are means over the choice of the group with the most boxes."""

    wedge: Floats
    time_h: Floats
    cost_usd_teu: Floats
    chains: tuple[ChainCost, ...]


def chains(network: Network, rules: ActiveRules | None) -> tuple[Chain, ...]:
    """The alternatives of a shipment under the rules: containers by three ways, bulk by two."""

    def every(unit: str, ships: Sequence[str], modes: Sequence[str], dry: bool = False) -> tuple[TrafficClass, ...]:
        good, paces = _GOOD_OF[unit], (False, True) if unit == "teu" else (False,)
        return tuple(
            classes.build(network, rules, modes=modes, good=good, ship=ship, without_oceans=dry, patient=pace)
            for ship in ships
            for pace in paces
        )

    everything = ("sea", "rail", "road")
    return (
        Chain("sea-teu", "teu", every("teu", classes.SHIPS["teu"], everything), 1.0),
        Chain("rail-teu", "teu", every("teu", ("",), ("rail", "sea"), dry=True), RAIL_ODDS),
        Chain("road-teu", "teu", every("teu", ("",), ("road",)), 1.0),
        Chain("sea-t", "t", every("t", classes.SHIPS["t"], everything), 1.0),
        Chain("land-t", "t", every("t", ("",), everything, dry=True), 1.0),
    )


@dataclass(slots=True)
class Memo:
    """Ways already found, by the weights they were found on: a scenario that leaves a class alone costs nothing."""

    hierarchy: Hierarchy | None = None
    ways: dict[bytes, Ways] = field(default_factory=dict)

    def of(self, network: Network) -> Hierarchy:
        """The hierarchy of a topology, prepared anew only where arcs were added."""
        if self.hierarchy is None or not self.hierarchy.fits(network):
            self.hierarchy, self.ways = routing.prepare(network), {}
        return self.hierarchy

    def find(self, network: Network, cls: TrafficClass, zones: Zones) -> tuple[Ways, Floats]:
        """Least-cost ways between zones, and dollars, hours and ocean kilometres of the class by arc [3, m]."""
        hierarchy = self.of(network)
        parts = routing.components(network, cls)
        at_sea = np.where(classes.ocean(network), parts.length_km, 0.0)
        stack = np.stack([parts.cost_usd, parts.time_h, at_sea])
        stack = np.where(np.isfinite(parts.generalised_usd), stack, np.inf)
        key = hashlib.sha256(parts.generalised_usd.tobytes()).digest()
        if key not in self.ways:
            self.ways[key] = hierarchy.customise(parts.generalised_usd).ways(zones.node, zones.node)
        return self.ways[key], stack


def find(network: Network, rules: ActiveRules | None, zones: Zones, memo: Memo) -> tuple[Found, ...]:
    """The ways of every chain in one setting of the network."""
    out = []
    for chain in chains(network, rules):
        pairs = [memo.find(network, cls, zones) for cls in chain.classes]
        out.append(Found(chain, tuple(stack for _, stack in pairs), tuple(ways for ways, _ in pairs)))
    return tuple(out)


def price(own: Sequence[Found], settings: Sequence[Sequence[Found]]) -> tuple[ChainCost, ...]:
    """Every chain's options at this setting's prices: its own ways and those found in the other settings.

    The status quo and the scenario then choose among the same ways: an arc that is added can only help, and one that
    is closed can only hurt, whatever value of time the ways were found at.
    """
    out = []
    for place, found in enumerate(own):
        cost, time, ways = [], [], []
        for i, stack in enumerate(found.stacks):
            for way in {id(s[place].ways[i]): s[place].ways[i] for s in settings}.values():
                sums = way.sums(_fit(stack, way.customised.hierarchy.n_arcs))
                if found.chain.name.startswith("sea"):
                    # a sea chain may go by land too; where its way is overland it is no alternative of its own
                    sums = np.where(sums[2] > 0, sums, np.inf)
                cost.append(sums[0])
                time.append(sums[1])
                ways.append(way)
        out.append(ChainCost(found.chain, np.stack(cost), np.stack(time), tuple(ways)))
    return tuple(out)


def _fit(stack: Floats, arcs: int) -> Floats:
    """Columns for a network of that many arcs: works append arcs, and an arc that is not there costs infinity."""
    if arcs <= stack.shape[1]:
        return stack[:, :arcs]
    return np.pad(stack, ((0, 0), (0, arcs - stack.shape[1])), constant_values=np.inf)


def costs(priced: Sequence[ChainCost], zones: Zones, n: int) -> FreightCosts:
    """The ad valorem freight wedge between the n economies by group, and the mean container's hours and dollars."""
    g = goods.groups()
    wedge = np.empty((len(g.names), n, n))
    for k in range(len(g.names)):
        boxed = g.container_share[k]
        parts = [(share, unit) for share, unit in ((boxed, "teu"), (1 - boxed, "t")) if share > 0]
        total = sum(share * zones.to_economies(choice(priced, unit, k)[1], n) for share, unit in parts)
        wedge[k] = np.asarray(total) / g.value_usd_t[k]
    time_h, cost_usd = _mean_container(priced)
    return FreightCosts(wedge, zones.to_economies(time_h, n), zones.to_economies(cost_usd, n), tuple(priced))


def choice(found: Sequence[ChainCost], unit: str, group: int) -> tuple[list[Pick], Floats]:
    """How a group's shipments spread over the chains of a unit, and their composite cost, USD per tonne [z, z].

    A logit in the logarithm of cost; inf where there is no way. A zone's trade with itself costs one cent.
    """
    mine = [(c, *_per_tonne(c, group)) for c in found if c.chain.unit == unit]
    odds = np.array([c.chain.odds for c, _, _ in mine])
    with np.errstate(divide="ignore"):
        log_cost = np.stack([np.log(np.maximum(usd_t, 0.01)) for _, usd_t, _ in mine], axis=-1)
    shape, count = log_cost.shape[:-1], len(mine)
    pairs = int(np.prod(shape))
    start = np.arange(pairs + 1) * count
    share, logsum = assignment.logit(np.ones(pairs), start, (log_cost - np.log(odds) / SIGMA).ravel(), SIGMA)
    shares = share.reshape(*shape, count)
    picks = [Pick(c, taken, np.ascontiguousarray(shares[..., i])) for i, (c, _, taken) in enumerate(mine)]
    return picks, np.exp(logsum).reshape(shape)


def _per_tonne(cost: ChainCost, group: int) -> tuple[Floats, NDArray[np.int64]]:
    """Least generalised cost of one tonne over the chain's classes at the group's own value of time, and the class."""
    g = goods.groups()
    load = g.t_per_teu[group] if cost.chain.unit == "teu" else 1.0
    hour_usd_t = g.value_usd_t[group] * g.time_share_day[group] / HOURS_PER_DAY
    every = cost.cost_usd / load + cost.time_h * hour_usd_t
    taken = np.argmin(every, axis=0)
    return np.take_along_axis(every, taken[None], axis=0)[0], taken


def _mean_container(found: Sequence[ChainCost]) -> tuple[Floats, Floats]:
    """Hours and dollars of a TEU, averaged over the choice of the group with the most boxes, [z, z]."""
    g = goods.groups()
    boxes = np.nan_to_num(g.world_value_share * g.container_share / (g.value_usd_t * g.t_per_teu))
    picks, _ = choice(found, "teu", int(np.argmax(boxes)))
    served = np.asarray(sum(p.share for p in picks)) > 0
    out = []
    for name in ("time_h", "cost_usd"):
        values = []
        for p in picks:
            taken = np.take_along_axis(getattr(p.cost, name), p.taken[None], axis=0)[0]
            values.append(p.share * np.where(p.share > 0, taken, 0.0))
        out.append(np.where(served, np.asarray(sum(values)), np.inf))
    return out[0], out[1]
