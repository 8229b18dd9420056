"""Lines for the map: tankers along the sea lanes of the network, pipelines through their way points."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.energy import Market
from landbridge.energy.data import table
from landbridge.network import LAYERS, Network, arcs_at, great_circle_km, pipelines
from landbridge.routing import dijkstra
from landbridge.routing.legs import polyline

Floats = NDArray[np.float64]
_THIN_DEG: Final = 0.15  # points nearer than this to the straight line are left out
_AVOIDED: Final = ("suez", "panama", "malacca")
# data/energy/sea.csv knows no way through the Arctic; laden crude carriers do not pass Panama's locks
_NEVER: Final = {"crude": ("northwest-passage", "bering", "panama"), "gas": ("northwest-passage", "bering")}


def shapes(network: Network, market: Market, arcs: Iterable[int]) -> dict[int, str]:
    """Arc -> 'lon lat lon lat ...'; ships whose ports the sea lanes do not join get none."""
    arcs = list(arcs)
    ships = [a for a in arcs if market.arcs.load_place[a]]
    out = _by_sea(network, market, ships)
    lines = {p.link: _text(p.points) for p in pipelines() if p.fuel == market.fuel and p.link}
    drawn = {r["link"]: r["via"] for r in table("shapes") if r["fuel"] == market.fuel}
    for a in arcs:
        link = market.arcs.link[a]
        if link in lines:
            out[a] = lines[link]
        elif link in drawn:
            ends = [(market.nodes.lon[n], market.nodes.lat[n]) for n in (market.arcs.tail[a], market.arcs.head[a])]
            out[a] = " ".join([_text([ends[0]]), drawn[link], _text([ends[1]])])
    return out


def _by_sea(network: Network, market: Market, ships: list[int]) -> dict[int, str]:
    sea = network.arc_layer == LAYERS.index("sea")
    at_sea = np.unique(np.concatenate([network.tail[sea], network.head[sea]]))
    place = {r["place"]: (float(r["lon"]), float(r["lat"])) for r in table("places")}
    named = {market.arcs.load_place[a] for a in ships} | {market.arcs.discharge_place[a] for a in ships}
    node = {name: _nearest(network, at_sea, *place[name]) for name in named if name in place}
    graph = dijkstra.star(network.n_nodes, network.tail, network.head)
    trees: dict[tuple[str, tuple[str, ...]], NDArray[np.int64]] = {}
    out = {}
    for a in ships:
        load, discharge = market.arcs.load_place[a], market.arcs.discharge_place[a]
        if load not in node or discharge not in node:
            continue
        avoided = tuple(p for p in _AVOIDED if p not in market.arcs.passages[a])
        avoided = tuple(dict.fromkeys([*avoided, *_NEVER[market.fuel]]))
        if (load, avoided) not in trees:
            weight = np.where(sea, network.length_km.astype(np.float64), np.inf)
            for passage in avoided:
                weight[arcs_at(network, passage)] = np.inf
            trees[load, avoided] = dijkstra.tree(graph, weight, node[load])[1]
        way = dijkstra.path(trees[load, avoided], network.tail, node[discharge])
        if len(way):
            points = polyline(network, way, node[load])
            out[a] = _text(thinned(np.vstack([place[load], points, place[discharge]])))
    return out


def _nearest(network: Network, nodes: NDArray[np.integer], lon: float, lat: float) -> int:
    away = great_circle_km(lon, lat, network.lon[nodes].astype(np.float64), network.lat[nodes].astype(np.float64))
    return int(nodes[int(np.argmin(away))])


def thinned(line: Floats) -> Floats:
    """The points without which the line would move by more than `_THIN_DEG` degrees (Douglas and Peucker 1973)."""
    keep = np.zeros(len(line), dtype=bool)
    keep[[0, -1]] = True
    todo = [(0, len(line) - 1)]
    while todo:
        first, last = todo.pop()
        inner = line[first + 1 : last]
        if not len(inner):
            continue
        along = line[last] - line[first]
        length = float(np.hypot(*along))
        off = inner - line[first]
        away = np.hypot(*off.T) if length == 0 else np.abs(off[:, 0] * along[1] - off[:, 1] * along[0]) / length
        worst = int(np.argmax(away))
        if away[worst] > _THIN_DEG:
            keep[first + 1 + worst] = True
            todo += [(first, first + 1 + worst), (first + 1 + worst, last)]
    return line[keep]


def _text(points: Iterable[Iterable[float]]) -> str:
    return " ".join(f"{x:.2f} {y:.2f}" for x, y in points)
