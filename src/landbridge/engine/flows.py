"""Flows: trade in dollars becomes tonnes and TEU by group, chooses its routes, and is loaded on the arcs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.assignment import Batch, Rents
from landbridge.engine import goods
from landbridge.engine.choice import Load, taken
from landbridge.engine.offers import Priced
from landbridge.engine.zones import Zones
from landbridge.network import Network

Floats = NDArray[np.float64]

# Crude moves in the energy model; the freight network carries the rest.
_ELSEWHERE: Final = ("crude",)


@dataclass(frozen=True, slots=True)
class ArcFlows:
    """What passes each arc a year, [m], and what found no way. `chain_teu`: boxes by chain between economies."""

    teu: Floats  # [m]
    tonnes: Floats  # [m] containers' contents and bulk together
    unserved_t: float  # no way, or dearer than the goods are worth
    shipped_t: float
    shipped_teu: float
    chain_teu: dict[str, Floats]  # name -> [n, n]
    group_t: Floats | None = None  # [g, m] tonnes by commodity group, where asked for


def demand_usd(flow_usd: Floats, zones: Zones, n: int) -> Floats:
    """Trade between economies [n, n] spread over zone pairs by the zones' people, [z, z]; none inside an economy."""
    between = flow_usd.copy()
    np.fill_diagonal(between, 0.0)
    share = np.zeros((len(zones.node), n))
    share[np.arange(len(zones.node)), zones.economy] = zones.weight
    return np.asarray(share @ between @ share.T)


def with_demand(every: Sequence[Load], flow_usd: Floats, zones: Zones) -> tuple[Load, ...]:
    """The loads with the tonnes of goods trade by group [g, n, n], USD a year; what moves elsewhere is left out."""
    n = flow_usd.shape[1]
    g = goods.groups()
    out = []
    for load in every:
        if g.names[load.group] in _ELSEWHERE:
            continue
        tonnes = demand_usd(flow_usd[load.group], zones, n).ravel() * (load.share / g.value_usd_t[load.group])
        batch = dataclasses.replace(load.batch, demand=tonnes)
        out.append(dataclasses.replace(load, batch=batch))
    return tuple(out)


def batches(every: Sequence[Load]) -> tuple[Batch, ...]:
    """The loads as the assignment sees them."""
    return tuple(load.batch for load in every)


def load(
    network: Network,
    priced: Sequence[Priced],
    every: Sequence[Load],
    rents: Rents | None,
    zones: Zones,
    n: int,
    weight: float = 1.0,
    by_group: bool = False,
) -> ArcFlows:
    """Put loads with demand on the network; `weight` scales them (a regime's share of the year)."""
    groups, z, m = len(goods.groups().names), len(zones.node), network.n_arcs
    unserved = shipped = 0.0
    chain_teu: dict[str, Floats] = {}
    on_arcs = np.zeros((groups + 1 if by_group else 2, m))  # boxes, then tonnes in one row or by group
    for p in priced:
        offer, routes = p.offer, p.offer.routes
        pair = routes.pair_of_route()
        by_way: dict[int, Floats] = {}  # row -> [ways, pairs]
        for x in (x for x in every if x.batch.routes is routes):
            choice = taken(x, rents)
            unserved += float(x.batch.demand.sum() - choice.shipped.sum()) * weight
            shipped += float(choice.shipped.sum()) * weight
            moved = np.flatnonzero(choice.flow > 0)
            carried = choice.flow[moved] * weight
            at = offer.way_of_option[routes.option[x.member[moved]]] * (z * z) + pair[moved]
            for row, units in ((1 + x.group if by_group else 1, 1.0), (0, x.batch.boxes)):
                if units > 0:
                    flat = by_way.setdefault(row, np.zeros(len(offer.ways) * z * z))
                    flat += np.bincount(at, carried * units, minlength=len(flat))
            if offer.unit == "teu":
                for c, chain in enumerate(offer.chains):
                    here = routes.nest[moved] == c
                    boxes = np.bincount(pair[moved[here]], carried[here] * x.batch.boxes, minlength=z * z)
                    between = _between(np.asarray(boxes, np.float64).reshape(z, z), zones, n)
                    chain_teu[chain.name] = chain_teu.get(chain.name, np.zeros((n, n))) + between
        for row, flat in by_way.items():
            for way, matrix in zip(offer.ways, flat.reshape(-1, z, z)):
                if matrix.any():
                    flow = way.load(matrix).arc_flow[:m]  # ways of another setting use common arcs only
                    on_arcs[row, : len(flow)] += flow
    boxes_total = float(sum(matrix.sum() for matrix in chain_teu.values()))
    every_t = on_arcs[1:].sum(axis=0)
    return ArcFlows(on_arcs[0], every_t, unserved, shipped, boxes_total, chain_teu, on_arcs[1:] if by_group else None)


def add(flows: list[ArcFlows]) -> ArcFlows:
    """Sum over regimes."""
    names = {name for f in flows for name in f.chain_teu}
    return ArcFlows(
        np.asarray(sum(f.teu for f in flows)),
        np.asarray(sum(f.tonnes for f in flows)),
        sum(f.unserved_t for f in flows),
        sum(f.shipped_t for f in flows),
        sum(f.shipped_teu for f in flows),
        {name: np.asarray(sum(f.chain_teu[name] for f in flows if name in f.chain_teu)) for name in names},
    )


def _between(matrix: Floats, zones: Zones, n: int) -> Floats:
    """Sum over zone pairs, [z, z] -> [n, n]."""
    member = np.zeros((n, len(zones.node)))
    member[zones.economy, np.arange(len(zones.node))] = 1.0
    return np.asarray(member @ matrix @ member.T)
