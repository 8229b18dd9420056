"""Thin a geometry to the lines that shortest ways between neighbouring terminals use, joined into arcs between nodes.

The union of shortest paths keeps junctions where lines part; everything else (yards, dead ends, doubled tracks) goes.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from tools.atlas.rail_graph import Graph

Chain = tuple[int, int, float, tuple[int, ...]]  # end, end, km, points from end to end


@dataclass(frozen=True)
class Settings:
    """Which neighbours are joined: each terminal to its nearest ones by track, hubs to one another further out."""

    neighbours: int  # nearest terminals by track
    reach_km: float  # not further than this
    hubs: int  # the first so many terminals
    hub_reach_km: float  # are joined to all other hubs within this distance
    knot_km: float  # junctions nearer than this become one
    minor_neighbours: int = 3  # of minor terminals (border posts), which are joined to their nearest only


def thin(
    graph: Graph,
    terminals: NDArray[np.int64],
    settings: Settings,
    posts: NDArray[np.int64] | None = None,
    minor: NDArray[np.int64] | None = None,
) -> list[Chain]:
    """Chains between terminals and junctions. `terminals`: points of the graph, the most important first, unique.

    `posts` are points that stay nodes where a chosen way passes (ends of edges that cross a border); `minor` are
    further terminals, none of them in `terminals`.
    """
    major = len(terminals)
    terminals = terminals if minor is None else np.r_[terminals, minor]
    fixed = np.zeros(len(graph.lon), dtype=bool)
    fixed[terminals] = True
    if posts is not None:
        fixed[posts] = True
    core = _contract(graph.tail, graph.head, graph.km, fixed)
    used = _used(core, len(graph.lon), terminals, settings, major)
    chains = merge_chains([core[k] for k in used], fixed)
    return _knotted(chains, fixed, settings.knot_km)


def _knotted(chains: list[Chain], fixed: NDArray[np.bool_], knot_km: float) -> list[Chain]:
    """Junctions nearer than `knot_km` to each other become one (slip roads, doubled tracks), until none is left."""
    while True:
        busy: set[int] = set()
        into: dict[int, int] = {}
        for a, b, km, _ in sorted(chains, key=lambda c: (c[2], c[0], c[1])):
            if km > knot_km or a in busy or b in busy or (fixed[a] and fixed[b]):
                continue
            lost, kept = (a, b) if fixed[b] else (b, a)
            into[lost] = kept
            busy |= {a, b}
        if not into:
            return chains
        moved = []
        for a, b, km, points in chains:
            x, y = into.get(a, a), into.get(b, b)
            if x != y:
                ends = ((x,) if x != a else ()) + points + ((y,) if y != b else ())
                # half of the step between the two junctions on average stays on the way through them
                moved.append((x, y, km + knot_km / 4 * ((x != a) + (y != b)), ends))
        chains = merge_chains(moved, fixed)


def _contract(
    tail: NDArray[np.int64], head: NDArray[np.int64], km: NDArray[np.float64], fixed: NDArray[np.bool_]
) -> list[Chain]:
    return merge_chains([(int(a), int(b), float(k), (int(a), int(b))) for a, b, k in zip(tail, head, km)], fixed)


def merge_chains(chains: list[Chain], fixed: NDArray[np.bool_]) -> list[Chain]:
    """Drop dead ends, join chains at points of degree two, keep the shorter of parallels; `fixed` points stay."""
    at: dict[int, dict[int, Chain]] = {}
    for chain in chains:
        _put(at, chain)
    pending = deque(n for n in at if not fixed[n] and len(at[n]) <= 2)
    while pending:
        node = pending.popleft()
        links = at.get(node)
        if links is None or fixed[node] or len(links) > 2:
            continue
        ends = list(links.values())
        for chain in ends:
            other = chain[1] if chain[0] == node else chain[0]
            del at[other][node]
            if not fixed[other] and len(at[other]) <= 2:
                pending.append(other)
        del at[node]
        if len(ends) == 2:
            joined = _joined(ends[0], ends[1], node)
            _put(at, joined)
            pending.extend(n for n in joined[:2] if not fixed[n] and len(at[n]) <= 2)
    return sorted({(c[0], c[1]): c for links in at.values() for c in links.values()}.values())


def _put(at: dict[int, dict[int, Chain]], chain: Chain) -> None:
    a, b, km, points = chain
    if a > b:
        a, b, points = b, a, points[::-1]
    if a == b:
        return
    old = at.setdefault(a, {}).get(b)
    if old is None or km < old[2]:
        at[a][b] = at.setdefault(b, {})[a] = (a, b, km, points)


def _joined(first: Chain, second: Chain, node: int) -> Chain:
    left = first[3] if first[3][-1] == node else first[3][::-1]
    right = second[3] if second[3][0] == node else second[3][::-1]
    return left[0], right[-1], first[2] + second[2], left + right[1:]


def _used(core: list[Chain], n: int, terminals: NDArray[np.int64], settings: Settings, major: int) -> list[int]:
    """Indices of the chains that lie on a wanted shortest path; terminals from `major` on are minor ones."""
    names = np.unique(np.array([c[:2] for c in core], dtype=np.int64))
    index = np.full(n, -1)
    index[names] = np.arange(len(names))
    a = index[[c[0] for c in core]]
    b = index[[c[1] for c in core]]
    km = np.array([c[2] for c in core])
    size = len(names)
    matrix = csr_matrix((np.r_[km, km], (np.r_[a, b], np.r_[b, a])), shape=(size, size))
    chain_of = {(int(x), int(y)): k for k, (x, y) in enumerate(zip(a, b))}
    goals = index[terminals]
    present = np.flatnonzero(goals >= 0)
    marked: set[int] = set()
    for rank in present.tolist():
        hub = rank < settings.hubs
        reach = settings.hub_reach_km if hub else settings.reach_km
        distance, before = dijkstra(matrix, indices=goals[rank], limit=reach, return_predecessors=True)
        found = distance[goals[present]]
        count = settings.neighbours if rank < major else settings.minor_neighbours
        near = np.argsort(found, kind="stable")[1 : count + 1]
        wanted = {int(present[k]) for k in near if found[k] <= settings.reach_km}
        if hub:
            wanted |= {int(p) for p, d in zip(present, found) if p < settings.hubs and np.isfinite(d)}
        for other in wanted:
            _walk(int(goals[other]), int(goals[rank]), before, chain_of, marked)
    return sorted(marked)


def _walk(
    end: int, start: int, before: NDArray[np.int32], chain_of: dict[tuple[int, int], int], marked: set[int]
) -> None:
    while end != start:
        previous = int(before[end])
        if previous < 0:
            return
        key = (previous, end) if (previous, end) in chain_of else (end, previous)
        marked.add(chain_of[key])
        end = previous
