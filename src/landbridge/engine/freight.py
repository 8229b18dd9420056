"""Freight: from the network to costs between economies by commodity group, and to goods on every arc.

Each zone pair chooses among chains (by sea in the ship that fits, overland without oceans, by road alone) with a logit
in the logarithm of generalised cost, which has no scale: P ~ cost^-sigma. Uncapacitated: bottlenecks carry no price.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge import routing
from landbridge.engine import classes, goods
from landbridge.engine.zones import Zones
from landbridge.network import Network
from landbridge.routing import Hierarchy, Matrices, TrafficClass, Ways
from landbridge.rules import ActiveRules
from landbridge.units import HOURS_PER_DAY

Floats = NDArray[np.float64]

# Elasticity of mode and route choice to generalised cost. Assumed: own-cost elasticities of rail and sea freight of
# 0.4 to 1.8 at shares between a tenth and a half (Beuthe, Jourquin, Urbain 2014, Transport Reviews 34) imply 2 to 5.
SIGMA: Final = 4.0
# Odds of an overland chain for boxes at equal cost: slots a few times a week, part loads, limited trains. Fitted by
# `python -m tools.rail_odds`, so that trains between China and Europe carry the 1.749 million TEU of January-November
# 2023 (China Railway; its count has trains to Russia and Belarus in it). Assumed the same everywhere.
RAIL_ODDS: Final = 0.137


@dataclass(frozen=True, slots=True)
class Chain:
    """One alternative of the choice, the same for every zone pair."""

    name: str
    unit: str  # teu or t
    classes: tuple[TrafficClass, ...]  # ships among which the cheapest is taken, pair by pair
    odds: float  # weight in the choice at equal cost


@dataclass(frozen=True, slots=True)
class ChainCost:
    """Cost matrices [z, z] of one alternative; `ship` is the position of the class that carries each pair."""

    chain: Chain
    cost_usd: Floats
    time_h: Floats
    generalised_usd: Floats
    ship: NDArray[np.int8]
    ways: tuple[Ways, ...]  # of each ship, for loading


@dataclass(frozen=True, slots=True)
class FreightCosts:
    """`wedge` [g, n, n] ad valorem freight and time between economies (inf no way); `time_h`, `cost_usd_teu` [n, n]
    are means over the mean container's choice."""

    wedge: Floats
    time_h: Floats
    cost_usd_teu: Floats
    chains: tuple[ChainCost, ...]


def chains(network: Network, rules: ActiveRules | None) -> tuple[Chain, ...]:
    """The alternatives of a shipment under the rules: containers by three ways, bulk by two."""
    out = []
    for unit, good in (("teu", "containers"), ("t", "grain")):
        by_sea = tuple(
            classes.build(network, rules, modes=("sea", "rail", "road"), good=good, ship=ship, patient=unit == "teu")
            for ship in classes.SHIPS[unit]
        )
        overland = classes.build(network, rules, modes=("rail", "road", "sea"), good=good, without_oceans=True)
        out.append(Chain(f"sea-{unit}", unit, by_sea, 1.0))
        out.append(Chain(f"land-{unit}", unit, (overland,), RAIL_ODDS if unit == "teu" else 1.0))
        if unit == "teu":
            out.append(Chain("road-teu", unit, (classes.build(network, rules, modes=("road",), good=good),), 1.0))
    return tuple(out)


@dataclass(slots=True)
class Memo:
    """Ways already found, by the weights they were found on: a scenario that leaves a class alone costs nothing."""

    hierarchy: Hierarchy | None = None
    ways: dict[bytes, tuple[Ways, Matrices, Floats]] = field(default_factory=dict)

    def of(self, network: Network) -> Hierarchy:
        """The hierarchy of a topology, prepared anew only where arcs were added."""
        if self.hierarchy is None or not self.hierarchy.fits(network):
            self.hierarchy, self.ways = routing.prepare(network), {}
        return self.hierarchy

    def find(self, network: Network, cls: TrafficClass, zones: Zones) -> tuple[Ways, Matrices, Floats]:
        """Least-cost ways between zones for a class, their components, and their kilometres on the oceans."""
        hierarchy = self.of(network)
        parts = routing.components(network, cls)
        stack = np.stack([parts.length_km, parts.time_h, parts.cost_usd])
        key = hashlib.sha256(parts.generalised_usd.tobytes() + stack.tobytes()).digest()
        if key not in self.ways:
            ways = hierarchy.customise(parts.generalised_usd).ways(zones.node, zones.node)
            at_sea = np.where(classes.ocean(network), parts.length_km, 0.0)
            length, hours, money, ocean_km = ways.sums(np.stack([*stack, at_sea]))
            self.ways[key] = ways, Matrices(ways.cost, length, hours, money), ocean_km
        return self.ways[key]


def chain_cost(network: Network, chain: Chain, zones: Zones, memo: Memo) -> ChainCost:
    """Matrices of one alternative, the cheapest of its ships pair by pair."""
    best: Matrices | None = None
    ship = np.zeros((len(zones.node), len(zones.node)), np.int8)
    every = []
    for position, cls in enumerate(chain.classes):
        ways, found, ocean_km = memo.find(network, cls, zones)
        every.append(ways)
        if chain.name.startswith("sea"):
            # the sea chain may also go by land; where its best way is overland it is no alternative of its own
            found = replace(found, generalised_usd=np.where(ocean_km > 0, found.generalised_usd, np.inf))
        if best is None:
            best = found
            continue
        ship[found.generalised_usd < best.generalised_usd] = position
        best = classes.cheaper(best, found)
    assert best is not None
    return ChainCost(chain, best.cost_usd, best.time_h, best.generalised_usd, ship, tuple(every))


def costs(network: Network, rules: ActiveRules | None, zones: Zones, n: int, memo: Memo) -> FreightCosts:
    """Costs of every chain between zones and the ad valorem freight wedge between the n economies, by group."""
    found = [chain_cost(network, chain, zones, memo) for chain in chains(network, rules)]
    g = goods.groups()
    wedge = np.empty((len(g.names), n, n))
    for k in range(len(g.names)):
        boxed = g.container_share[k]
        parts = []
        if boxed > 0:
            parts.append((boxed, _composite(found, "teu", k)))
        if boxed < 1:
            parts.append((1 - boxed, _composite(found, "t", k)))
        total = sum(share * zones.to_economies(cost, n) for share, cost in parts)
        wedge[k] = np.asarray(total) / g.value_usd_t[k]
    mean = _mean_container(found)
    return FreightCosts(wedge, zones.to_economies(mean[0], n), zones.to_economies(mean[1], n), tuple(found))


def _per_tonne(cost: ChainCost, group: int) -> Floats:
    """Generalised cost of one tonne of a group by one chain, USD, [z, z]; hours at the group's own value of time."""
    g = goods.groups()
    load = g.t_per_teu[group] if cost.chain.unit == "teu" else 1.0
    hour_usd_t = g.value_usd_t[group] * g.time_share_day[group] / HOURS_PER_DAY
    money = cost.cost_usd / load + cost.time_h * hour_usd_t
    return np.where(np.isfinite(cost.generalised_usd), money, np.inf)


def _composite(found: Sequence[ChainCost], unit: str, group: int) -> Floats:
    """Logsum over chains in the logarithm of cost, USD per tonne [z, z]."""
    total = sum(_strength(c, group) for c in found if c.chain.unit == unit)
    with np.errstate(divide="ignore"):
        return np.asarray(np.asarray(total) ** (-1.0 / SIGMA))


def _strength(cost: ChainCost, group: int) -> Floats:
    """odds x cost^-sigma with no way = 0; a zone's trade with itself is not freight and costs one cent."""
    return np.asarray(cost.chain.odds * np.maximum(_per_tonne(cost, group), 0.01) ** -SIGMA)


def choice(found: Sequence[ChainCost], unit: str, group: int) -> list[tuple[ChainCost, Floats]]:
    """Share of each chain of a unit in a group's shipments, [z, z]; 0 throughout where there is no way."""
    mine = [c for c in found if c.chain.unit == unit]
    strength = [_strength(c, group) for c in mine]
    total = np.asarray(sum(strength))
    return [(c, np.divide(s, total, out=np.zeros_like(s), where=total > 0)) for c, s in zip(mine, strength)]


def _mean_container(found: Sequence[ChainCost]) -> tuple[Floats, Floats]:
    """Hours and dollars of a TEU, averaged over the choice of the group with the most boxes, [z, z]."""
    g = goods.groups()
    boxes = np.nan_to_num(g.world_value_share * g.container_share / (g.value_usd_t * g.t_per_teu))
    picked = choice(found, "teu", int(np.argmax(boxes)))
    out = []
    for name in ("time_h", "cost_usd"):
        values = [np.where(p > 0, p * np.where(p > 0, getattr(c, name), 0.0), 0.0) for c, p in picked]
        served = np.asarray(sum(p for _, p in picked)) > 0
        out.append(np.where(served, np.asarray(sum(values)), np.inf))
    return out[0], out[1]
