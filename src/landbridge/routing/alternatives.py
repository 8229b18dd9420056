"""Routes for one origin and destination: the best, one without the largest choke point, and others that differ.

Candidates are plateaus of the trees from both ends (Abraham, Delling, Goldberg, Werneck 2013, "Alternative routes in
road networks") and detours found after making used arcs dearer. A candidate stays if it is simple, not much dearer
than the best, and shares no more than SHARED of its length with any route that is already in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.errors import BadInput
from landbridge.network import Network
from landbridge.routing import dijkstra
from landbridge.routing.cost import components
from landbridge.routing.legs import route_of
from landbridge.routing.matrices import checked_nodes
from landbridge.routing.records import Components, Route, TrafficClass

SHARED: Final = 0.6  # largest share of a candidate's cost on arcs of a route already chosen (assumed)
STRETCH: Final = 1.5  # largest generalised cost of an alternative, as a multiple of the best (assumed)
PENALTY: Final = 1.4  # used arcs become dearer by this factor in each round (assumed)
ROUNDS: Final = 12
PLATEAUS: Final = 20


def routes(
    network: Network, cls: TrafficClass, origin: int, destination: int, alternatives: int = 1
) -> tuple[Route, ...]:
    """Up to `alternatives` routes, cheapest first; () where there is no way.

    With two or more, one avoids the largest choke point: the passage (without passages the country in transit, without
    these the crossing) whose closure would cost this shipment most while another way remains. That route is kept
    however long it is, and says in `avoids` what it avoids.
    """
    if alternatives < 1:
        raise BadInput(f"{alternatives} alternatives", "alternatives", "1 or more")
    o, d = (int(x) for x in checked_nodes(network, [origin, destination], "origin, destination"))
    parts = components(network, cls)
    search = _Search(network, parts, o, d, cls.ends_only)
    best = search.best(parts.generalised_usd)
    if best is None:
        return ()
    chosen, avoided, around = [best], "", None
    if alternatives > 1 and len(best):
        avoided, around = search.around_choke_point(best)
        if around is not None:
            chosen.append(around)
        for candidate in search.candidates(best):
            if len(chosen) >= alternatives:
                break
            if search.differs(candidate, best, chosen):
                chosen.append(candidate)
    cost = parts.generalised_usd
    chosen.sort(key=lambda arcs: float(cost[arcs].sum()))
    found = [route_of(network, parts, arcs, o, d) for arcs in chosen]
    return tuple(replace(r, avoids=avoided) if r.arcs is around else r for r in found)


class _Search:
    """One pair's trees and candidate paths; paths are arrays of arcs in order."""

    def __init__(
        self,
        network: Network,
        parts: Components,
        origin: int,
        destination: int,
        ends_only: NDArray[np.bool_] | None,
    ) -> None:
        self.network, self.cost, self.ends_only = network, parts.generalised_usd, ends_only
        self.origin, self.destination = origin, destination
        self.forward = dijkstra.star(network.n_nodes, network.tail, network.head)

    def best(self, weight: NDArray[np.float64]) -> NDArray[np.int64] | None:
        dist, via = dijkstra.tree(self.forward, weight, self.origin, self.ends_only)
        if not np.isfinite(dist[self.destination]):
            return None
        return dijkstra.path(via, self.network.tail, self.destination)

    def around_choke_point(self, best: NDArray[np.int64]) -> tuple[str, NDArray[np.int64] | None]:
        """The choke point on `best` whose loss costs most, and the best way without it; "" and None where every loss
        leaves no way, or where there is none to lose."""
        for points in (self._tagged(best, "passage"), self._countries(best), self._tagged(best, "crossing")):
            found: list[tuple[float, str, NDArray[np.int64]]] = []
            for name, lost in points:
                path = self.best(np.where(lost, np.inf, self.cost))
                if path is not None:
                    found.append((float(self.cost[path].sum()), name, path))
            if found:
                _, name, path = max(found, key=lambda item: item[:2])
                return name, path
        return "", None

    def _tagged(self, best: NDArray[np.int64], kind: str) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Tags of a kind on the way, with all arcs of each [m]."""
        for index in np.unique(self.network.arc_tag[best]):
            if index >= 0 and self.network.tags[index].kind == kind:
                yield self.network.tags[index].id, self.network.arc_tag == index

    def _countries(self, best: NDArray[np.int64]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Countries in transit, with all arcs that touch each [m]."""
        country, tail, head = self.network.node_country, self.network.tail, self.network.head
        ends = {"", str(country[self.origin]), str(country[self.destination])}
        for iso3 in sorted(set(country[head[best]].tolist()) - ends):
            yield iso3, (country[tail] == iso3) | (country[head] == iso3)

    def candidates(self, best: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Plateau paths, longest plateau first, then detours under growing penalties."""
        return [*self._plateaus(float(self.cost[best].sum())), *self._penalised(best)]

    def _plateaus(self, best_usd: float) -> list[NDArray[np.int64]]:
        net = self.network
        ahead, via = dijkstra.tree(self.forward, self.cost, self.origin, self.ends_only)
        backward = dijkstra.star(net.n_nodes, net.head, net.tail)
        back, onward = dijkstra.tree(backward, self.cost, self.destination, self.ends_only)
        total = ahead + back
        arc = np.unique(via[(via >= 0) & (total <= STRETCH * best_usd)])
        arc = arc[onward[net.tail[arc]] == arc]  # arcs in both trees make up the plateaus
        starts = np.setdiff1d(net.tail[arc], net.head[arc])
        scored = []
        for node in starts:
            end = int(node)
            while onward[end] >= 0 and via[net.head[onward[end]]] == onward[end]:
                end = int(net.head[onward[end]])
            plateau = float(ahead[end] - ahead[node])
            scored.append((total[node] - plateau, end))  # the classic score: total length less plateau length
        scored.sort()
        out = []
        for _, end in scored[:PLATEAUS]:
            there = dijkstra.path(via, net.tail, end)
            rest = dijkstra.path(onward, net.head, end)[::-1]
            out.append(np.concatenate([there, rest]))
        return out

    def _penalised(self, best: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        weight = self.cost.copy()
        out, last = [], best
        for _ in range(ROUNDS):
            weight[last] *= PENALTY
            path = self.best(weight)
            if path is None:
                break
            out.append(path)
            last = path
        return out

    def differs(self, path: NDArray[np.int64], best: NDArray[np.int64], chosen: list[NDArray[np.int64]]) -> bool:
        """True for a simple path within the stretch that shares no more than SHARED with each chosen route."""
        heads = self.network.head[path]
        total = float(self.cost[path].sum())
        if self.ends_only is not None and self.ends_only[heads[:-1]].any():
            return False
        if len(np.unique(heads)) < len(heads) or self.origin in heads or total > STRETCH * self.cost[best].sum():
            return False
        return all(float(self.cost[path[np.isin(path, other)]].sum()) <= SHARED * total for other in chosen)
