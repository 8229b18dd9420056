"""Flows: trade in dollars becomes tonnes and TEU by group, chooses its routes, and is loaded on the arcs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.assignment import Batch, Choice, Rents, route_set
from landbridge.engine import goods
from landbridge.engine.choice import Load, all_taken
from landbridge.engine.offers import Offer, Priced
from landbridge.engine.zones import Zones
from landbridge.network import Network
from landbridge.routing import Ways, spread

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
    choices = all_taken(every, rents)
    return on_arcs(network.n_arcs, [p.offer for p in priced], [(every, choices)], zones, n, weight, by_group)[0]


def on_arcs(
    m: int,
    offers: Sequence[Offer],
    sides: Sequence[tuple[Sequence[Load], Sequence[Choice]]],
    zones: Zones,
    n: int,
    weight: float = 1.0,
    by_group: bool = False,
) -> list[ArcFlows]:
    """What loads do on the m arcs of a network, by side: several choices among the same offers go together."""
    z, of_side = len(zones.node), len(goods.groups().names) + 1 if by_group else 2
    q = z * z
    on_ways: dict[int, Floats] = {}  # [columns, pairs]: of each side boxes, then tonnes in one column or by group
    ways = {id(way): way for offer in offers for way in offer.ways}
    chain_teu: list[dict[str, Floats]] = [{} for _ in sides]
    for offer in offers:
        by_way = np.zeros((len(sides), of_side, len(offer.ways), q))

        def work(first: int, last: int, offer: Offer = offer, by_way: Floats = by_way) -> None:
            for side in range(first, last):
                for x, choice in zip(*sides[side]):
                    if x.batch.routes is offer.routes:
                        _add(by_way[side], offer, x, choice, weight, by_group)

        spread(work, len(sides))
        for named, moved in zip(chain_teu, by_way):
            for c, chain in enumerate(offer.chains if offer.unit == "teu" else ()):
                boxes = moved[0, offer.chain_of_way == c].sum(axis=0)
                named[chain.name] = named.get(chain.name, 0.0) + _between(boxes.reshape(z, z), zones, n)
        for w, way in enumerate(offer.ways):
            mine = by_way[:, :, w].reshape(-1, q)
            if mine.any():
                on_ways[id(way)] = on_ways.get(id(way), 0.0) + mine
    flow = _load_ways([(ways[key], matrix) for key, matrix in on_ways.items()], of_side * len(sides), m, zones)
    out = []
    for side, (every, choices) in enumerate(sides):
        rows = flow[side * of_side : (side + 1) * of_side]
        shipped = float(sum(choice.shipped.sum() for choice in choices)) * weight
        unserved = float(sum(x.batch.demand.sum() for x in every)) * weight - shipped
        boxes_total = float(sum(matrix.sum() for matrix in chain_teu[side].values()))
        by = rows[1:] if by_group else None
        out.append(ArcFlows(rows[0], rows[1:].sum(axis=0), unserved, shipped, boxes_total, chain_teu[side], by))
    return out


def _add(by_way: Floats, offer: Offer, load: Load, choice: Choice, weight: float, by_group: bool) -> None:
    """Add a load to what goes by way, [columns, ways, pairs]."""
    routes, teu = offer.routes, load.batch.boxes * weight
    way = offer.way_of_option[routes.option[load.member]]
    route_set.add_by_kind(routes.pair_ptr, way, choice.flow, weight, by_way[1 + load.group if by_group else 1])
    if teu > 0:
        route_set.add_by_kind(routes.pair_ptr, way, choice.flow, teu, by_way[0])


def _load_ways(moved: Sequence[tuple[Ways, Floats]], columns: int, m: int, zones: Zones) -> Floats:
    """What goes by each way [columns, pairs], on arcs [columns, m]."""
    z = len(zones.node)
    parts: list[tuple[NDArray[np.intp], Floats]] = [(np.empty(0, np.intp), np.empty((0, 0)))] * len(moved)

    def work(first: int, last: int) -> None:
        for spot in range(first, last):
            way, matrix = moved[spot]
            used = np.flatnonzero(matrix.any(axis=1))
            parts[spot] = used, way.loads(matrix[used].reshape(len(used), z, z))

    spread(work, len(moved))
    out = np.zeros((columns, m))
    for used, flow in parts:
        common = min(m, flow.shape[1])  # ways of another setting use common arcs only
        out[used, :common] += flow[:, :common]
    return out


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
