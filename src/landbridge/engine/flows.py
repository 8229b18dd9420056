"""Flows: trade in dollars becomes tonnes and TEU by group, chooses its chain, and is loaded on the arcs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.engine import freight, goods
from landbridge.engine.freight import ChainCost
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
    unserved_t: float
    shipped_t: float
    shipped_teu: float
    chain_teu: dict[str, Floats]  # name -> [n, n]


def demand_usd(flow_usd: Floats, zones: Zones, n: int) -> Floats:
    """Trade between economies [n, n] spread over zone pairs by the zones' people, [z, z]; none inside an economy."""
    between = flow_usd.copy()
    np.fill_diagonal(between, 0.0)
    share = np.zeros((len(zones.node), n))
    share[np.arange(len(zones.node)), zones.economy] = zones.weight
    return np.asarray(share @ between @ share.T)


def load(
    network: Network, found: tuple[ChainCost, ...], flow_usd: Floats, zones: Zones, weight: float = 1.0
) -> ArcFlows:
    """Put goods trade by group [g, n, n], USD a year, on the network; `weight` scales it (a regime's share)."""
    n = flow_usd.shape[1]
    g = goods.groups()
    by_class: dict[tuple[str, int], Floats] = {}  # chain, class -> tonnes and TEU, [2, z, z]
    unserved = shipped = 0.0
    chain_teu: dict[str, Floats] = {}
    for k, name in enumerate(g.names):
        if name in _ELSEWHERE:
            continue
        tonnes = demand_usd(flow_usd[k], zones, n) * weight / g.value_usd_t[k]
        for unit, part in (("teu", g.container_share[k]), ("t", 1.0 - g.container_share[k])):
            if part <= 0:
                continue
            picks, _ = freight.choice(found, unit, k)
            served = np.asarray(sum(p.share for p in picks))
            unserved += float((tonnes * part * (1.0 - served)).sum())
            shipped += float((tonnes * part * served).sum())
            for pick in picks:
                moved = tonnes * part * pick.share
                boxes = moved / g.t_per_teu[k] if unit == "teu" else np.zeros_like(moved)
                chain = pick.cost.chain.name
                if unit == "teu":
                    chain_teu[chain] = chain_teu.get(chain, np.zeros((n, n))) + _between(boxes, zones, n)
                for c in range(len(pick.cost.ways)):
                    here = np.stack([moved, boxes]) * (pick.taken == c)
                    by_class[chain, c] = by_class.get((chain, c), np.zeros_like(here)) + here
    arcs = np.zeros((2, network.n_arcs))
    for cost in found:
        for c, ways in enumerate(cost.ways):
            for row, matrix in enumerate(by_class[cost.chain.name, c]):
                flow = ways.load(matrix).arc_flow[: network.n_arcs]  # ways of another setting use common arcs only
                arcs[row, : len(flow)] += flow
    boxes_total = float(sum(m.sum() for m in chain_teu.values()))
    return ArcFlows(arcs[1], arcs[0], unserved, shipped, boxes_total, chain_teu)


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
