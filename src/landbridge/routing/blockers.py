"""Why there is no way: the closures and rules which, if lifted, would open the best way."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from landbridge.network import LAYERS, Network
from landbridge.routing import dijkstra
from landbridge.routing.cost import components, layer_allowed, usable
from landbridge.routing.matrices import checked_nodes
from landbridge.routing.records import Blocker, TrafficClass


def blockers(network: Network, cls: TrafficClass, origin: int, destination: int) -> tuple[Blocker, ...]:
    """A smallest honest set of closures and reasons that, if lifted together, would open a way.

    () where there is a way already, and also where no lifting helps because the network itself (or the choice of
    layers) does not join the two nodes. A single closure or rule that opens a way alone is found if there is one, and
    of several the one that opens the cheapest way. Otherwise a set is built along the way with the fewest blocked
    arcs and every member that is not needed is dropped again, so no smaller subset of it would do.
    """
    o, d = (int(x) for x in checked_nodes(network, [origin, destination], "origin, destination"))
    case = _case(network, cls)
    if np.isfinite(case.way(o, d, case.free)[0]) or not np.isfinite(case.way(o, d, case.legal)[0]):
        return ()
    needed = case.single(o, d)
    if not needed:
        needed = case.fewest(o, d)
    _, path = case.way(o, d, case.open_if(needed))
    return tuple(case.blocker(label, path) for label in needed)


@dataclass(frozen=True, slots=True)
class _Case:
    """Labels: 0..len(ids)-1; each arc wants up to two lifted, its closure and its reason ([m], -1 none)."""

    network: Network
    forward: dijkstra.Star
    backward: dijkstra.Star
    cost: NDArray[np.float64]  # [m] as if nothing were closed or blocked
    legal: NDArray[np.bool_]  # [m] in the layers of the class
    free: NDArray[np.bool_]  # [m] usable as things stand
    closure: NDArray[np.int64]
    reason: NDArray[np.int64]
    names: tuple[Blocker, ...]  # by label, without arcs
    ends_only: NDArray[np.bool_] | None  # [n]

    def way(self, o: int, d: int, allowed: NDArray[np.bool_]) -> tuple[float, NDArray[np.int64]]:
        dist, via = dijkstra.tree(self.forward, np.where(allowed, self.cost, np.inf), o, self.ends_only)
        if not np.isfinite(dist[d]):
            return np.inf, np.empty(0, dtype=np.int64)
        return float(dist[d]), dijkstra.path(via, self.network.tail, d)

    def open_if(self, lifted: tuple[int, ...]) -> NDArray[np.bool_]:
        """Arcs that may be used once the labels in `lifted` are gone."""
        gone = np.isin(self.closure, lifted) | (self.closure < 0)
        return self.legal & (self.free | (gone & (np.isin(self.reason, lifted) | (self.reason < 0))))

    def single(self, o: int, d: int) -> tuple[int, ...]:
        """The one label that opens the cheapest way alone, or ()."""
        costs = np.where(self.free, self.cost, np.inf)
        out_of_o = np.isfinite(dijkstra.tree(self.forward, costs, o, self.ends_only)[0])
        into_d = np.isfinite(dijkstra.tree(self.backward, costs, d, self.ends_only)[0])
        tail, head, shut = self.network.tail, self.network.head, self.legal & ~self.free
        leaving, entering = shut & out_of_o[tail] & ~out_of_o[head], shut & into_d[head] & ~into_d[tail]
        labels = [set(self.closure[arcs]) | set(self.reason[arcs]) for arcs in (leaving, entering)]
        found = []
        for label in sorted(int(x) for x in labels[0] & labels[1] if x >= 0):
            cost, _ = self.way(o, d, self.open_if((label,)))
            if np.isfinite(cost):
                found.append((cost, label))
        return (min(found)[1],) if found else ()

    def fewest(self, o: int, d: int) -> tuple[int, ...]:
        """Labels on the way with the fewest blocked arcs, less those that are not needed."""
        finite = self.cost[self.legal]
        toll = 1.0 + float(finite.sum())  # dearer than any way along free arcs
        tolled = np.where(self.legal, self.cost + np.where(self.free, 0.0, toll), np.inf)
        _, via = dijkstra.tree(self.forward, tolled, o, self.ends_only)
        path = dijkstra.path(via, self.network.tail, d)
        barred = path[~self.free[path]]
        labels = [int(x) for x in np.unique(np.concatenate([self.closure[barred], self.reason[barred]])) if x >= 0]
        for label in list(labels):
            rest = tuple(x for x in labels if x != label)
            if np.isfinite(self.way(o, d, self.open_if(rest))[0]):
                labels = list(rest)
        return tuple(labels)

    def blocker(self, label: int, path: NDArray[np.int64]) -> Blocker:
        mine = path[(self.closure[path] == label) | (self.reason[path] == label)]
        return replace(self.names[label], arcs=tuple(int(a) for a in mine))


def _case(network: Network, cls: TrafficClass) -> _Case:
    legal = layer_allowed(network, cls)
    free = usable(network, cls)
    names: list[Blocker] = []
    closure = _closures(network, names)
    reason = np.full(network.n_arcs, -1, dtype=np.int64)
    if cls.blocked is not None:
        why = np.full(network.n_arcs, -1) if cls.reason is None else cls.reason
        first = len(names)
        names += [Blocker("reason", text, text, ()) for text in cls.reasons]
        unnamed = len(names)
        names.append(Blocker("reason", cls.name, f"barred to {cls.name}", ()))
        reason[cls.blocked] = np.where(why[cls.blocked] >= 0, first + why[cls.blocked], unnamed)
    cost = _lifted_cost(network, cls, legal)
    return _Case(
        network=network,
        forward=dijkstra.star(network.n_nodes, network.tail, network.head),
        backward=dijkstra.star(network.n_nodes, network.head, network.tail),
        cost=cost,
        legal=legal & np.isfinite(cost),
        free=free,
        closure=closure,
        reason=reason,
        names=tuple(names),
        ends_only=cls.ends_only,
    )


def _closures(network: Network, names: list[Blocker]) -> NDArray[np.int64]:
    """Label of each closed arc, [m]: its tag, or, without one, the two places it joins; appends to `names`."""
    closure = np.full(network.n_arcs, -1, dtype=np.int64)
    known: dict[tuple[str, str], int] = {}
    for arc in np.flatnonzero(network.closed):
        index = int(network.arc_tag[arc])
        if index >= 0:
            key = (network.tags[index].id, network.tags[index].name)
        else:
            ends = sorted((str(network.node_id[network.tail[arc]]), str(network.node_id[network.head[arc]])))
            layer = LAYERS[network.arc_layer[arc]]
            key = (
                f"{ends[0]}--{ends[1]}",
                f"{network.node_name[network.tail[arc]]} - {network.node_name[network.head[arc]]} ({layer})",
            )
            key = next((k for k in known if k[0] == key[0]), key)
        if key not in known:
            known[key] = len(names)
            names.append(Blocker("closure", key[0], key[1], ()))
        closure[arc] = known[key]
    return closure


def _lifted_cost(network: Network, cls: TrafficClass, legal: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Generalised cost with nothing closed or blocked, [m]; inf outside the layers and where a cost is unknown."""
    raw = network.cost_usd_teu if cls.unit == "teu" else network.cost_usd_t
    known = np.isfinite(raw) & np.isfinite(network.time_h) & np.isfinite(network.length_km)
    bare = replace(cls, blocked=~(legal & known), reason=None, reasons=())
    return components(replace(network, closed=np.zeros(network.n_arcs, dtype=np.bool_)), bare).generalised_usd
