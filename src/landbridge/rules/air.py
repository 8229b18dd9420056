"""Flights under the rules: the shortest way on the sphere around airspace that is closed to a carrier or to a person.

A graph of 60,000 Fibonacci points, each joined to its 64 nearest; a closed point or a leg whose middle lies over a
closed point is cut. No winds, no air routes, no range: distances are lower bounds of what is flown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from landbridge.codes import is_territory, require_territory
from landbridge.rules.ground import NODES, OCEANIC, ground, lonlat_of, unit_vectors
from landbridge.rules.records import Rule
from landbridge.rules.ruleset import MOST, ActiveRules
from landbridge.units import EARTH_RADIUS_KM, KM_PER_NM

Floats = NDArray[np.float64]
NEIGHBOURS: Final = 64
_ELLIPSES: Final = (1.02, 1.15, 1.6, 3.0, 100.0)  # axis of the search ellipses, in direct distances
_MARGIN_NM: Final = 60.0  # one step of the graph
_SAMPLES: Final = (0.5, 0.25, 0.75)
CRUISE_KN: Final = 468.0  # data/effects.csv, air-speed: 448-489
_RADIUS_NM: Final = EARTH_RADIUS_KM / KM_PER_NM


@dataclass(frozen=True, slots=True)
class Flight:
    """The shortest way under the rules. `distance_nm` inf where there is none; `free_nm` without any rule.

    `avoided`: territory -> rule for airspace that is closed to the flight; `risks`: rules at origin and destination
    (a duty to arrest, for a person sought); `over` are the territories overflown, in order.
    """

    distance_nm: float
    free_nm: float
    lonlat: Floats  # [p, 2] the way, degrees; empty where there is none
    over: tuple[str, ...]
    free_over: tuple[str, ...]
    avoided: Mapping[str, Rule]
    risks: tuple[Rule, ...]

    @property
    def extra_nm(self) -> float:
        """How much longer than the free way."""
        return self.distance_nm - self.free_nm

    @property
    def time_h(self) -> float:
        """Hours in the air at the speed that Eurocontrol's published detours imply."""
        return self.distance_nm / CRUISE_KN

    @property
    def length_km(self) -> float:
        """Distance flown in kilometres."""
        return self.distance_nm * KM_PER_NM

    def to_record(self) -> dict[str, object]:
        """Plain values for JSON: miles, hours, territories overflown, airspace avoided and risks with their sources."""
        return {
            "distance_nm": self.distance_nm,
            "distance_km": self.length_km,
            "free_nm": self.free_nm,
            "extra_nm": self.extra_nm,
            "time_h": self.time_h,
            "over": list(self.over),
            "free_over": list(self.free_over),
            "avoided": [{"territory": k, **_cite(r)} for k, r in sorted(self.avoided.items())],
            "risks": [_cite(r) for r in self.risks],
        }


def _cite(rule: Rule) -> dict[str, str]:
    return {"rule": rule.id, "title": rule.title, "source": rule.source}


@dataclass(frozen=True, slots=True)
class _Graph:
    points: Floats  # [n, 3] unit vectors
    neighbour: NDArray[np.int64]  # [n, k]
    length_nm: Floats  # [n, k]
    country: NDArray[np.int16]  # [n] index into codes
    codes: tuple[str, ...]
    tree: KDTree


def fly(
    active: ActiveRules,
    origin: tuple[float, float],
    destination: tuple[float, float],
    *,
    ends: tuple[str, str],
    carrier: str = "",
    person: str = "",
    person_avoids: Literal["visit", "overfly"] = "visit",
) -> Flight:
    """The shortest flight from origin to destination, both (longitude, latitude) in degrees, in the territories `ends`.

    `carrier` = ISO3 of the airline: airspace closed to it by `overfly` rules is avoided; there is no way where an end
    lies in it. `person` = an office such as head-of-state-wanted: `visit` rules at the two ends are named as risks, and
    with `person_avoids="overfly"` the airspace of every other territory that the person may not visit is avoided too.
    """
    graph = _graph()
    nodes = np.array([origin, destination], dtype=float)
    places = [require_territory(e, "fly, ends") for e in ends]
    closed = _closed(active, graph, carrier)
    if person and person_avoids == "overfly":
        closed = _not_visited(active, graph, person, places) | closed
    risks = {r.id: r for c in places if person for r in _visit(active, person, c)}
    free, free_way = _shortest(graph, frozenset(), nodes)
    shut_end = any(OCEANIC.get(k, k) in places for k in closed)
    length, way = (float("inf"), np.zeros((0, 3))) if shut_end else _shortest(graph, frozenset(closed), nodes)
    lon, lat = lonlat_of(way)
    return Flight(
        distance_nm=length,
        free_nm=free,
        lonlat=np.column_stack([lon, lat]),
        over=_over(graph, way),
        free_over=_over(graph, free_way),
        avoided={OCEANIC.get(k, k): rule for k, rule in closed.items()},
        risks=tuple(risks[k] for k in sorted(risks)),
    )


@cache
def _graph() -> _Graph:
    under = ground()
    chord, neighbour = _nearest(under.tree, under.points, NEIGHBOURS + 1)
    return _Graph(under.points, neighbour[:, 1:], _arc_nm(chord[:, 1:]), under.country, under.codes, under.tree)


def _arc_nm(chord: Floats | np.floating) -> Floats:
    """Great-circle length of a chord of the unit sphere."""
    length: Floats = np.asarray(2.0 * np.arcsin(np.clip(chord / 2.0, 0.0, 1.0)) * _RADIUS_NM)
    return length


def _nearest(tree: KDTree, points: Floats, count: int) -> tuple[Floats, NDArray[np.int64]]:
    """Chords and indices of the nearest points of the graph, [p, count] (or [p] for one)."""
    chord, index = tree.query(points, k=count)
    return np.asarray(chord, dtype=np.float64), np.asarray(index, dtype=np.int64)


def _not_visited(active: ActiveRules, graph: _Graph, person: str, ends: list[str]) -> dict[str, Rule]:
    """Territories, the two ends apart, that the person may not visit -> the first rule that says so."""
    found = {c: _visit(active, person, c) for c in graph.codes if c not in OCEANIC and c not in ends}
    return {c: by[0] for c, by in found.items() if by}


def _closed(active: ActiveRules, graph: _Graph, carrier: str) -> dict[str, Rule]:
    """Code of the graph -> the rule that closes it to the carrier's flights."""
    out = {}
    for code in graph.codes:
        territory = OCEANIC.get(code, code)
        if not is_territory(territory):
            continue
        movement: dict[str, str | float] = {"action": "overfly", "mode": "air", "airspace": territory}
        judged = active.judge(movement | ({"carrier": carrier} if carrier else {}))
        binding = [r for r in judged.by if r.strength > MOST]
        if binding:
            out[code] = binding[0]
    return out


def _visit(active: ActiveRules, person: str, territory: str) -> tuple[Rule, ...]:
    if not is_territory(territory):
        return ()
    return active.judge({"action": "visit", "person": person, "country": territory}).by


def _shortest(graph: _Graph, closed: frozenset[str], ends: Floats) -> tuple[float, Floats]:
    """Length in nautical miles and the way's unit vectors; (inf, empty) where there is no way."""
    (a, b), (c, d) = ends.tolist()
    return _way(closed, ((a, b), (c, d)))


@lru_cache(maxsize=64)
def _way(closed: frozenset[str], ends: tuple[tuple[float, float], tuple[float, float]]) -> tuple[float, Floats]:
    """`_shortest`, remembered: a status quo and its scenarios ask for the same flights.

    Searched in growing ellipses around the direct line: a way no longer than the ellipse's axis is the shortest of all.
    """
    graph, nodes = _graph(), np.array(ends)
    terminals = unit_vectors(nodes[:, 0], nodes[:, 1])
    shut = np.asarray(np.isin(graph.country, [i for i, c in enumerate(graph.codes) if c in closed]))
    away = [2.0 * np.arcsin(np.clip(np.linalg.norm(graph.points - t, axis=1) / 2.0, 0.0, 1.0)) for t in terminals]
    detour = (away[0] + away[1]) * _RADIUS_NM
    direct = float(_arc_nm(np.linalg.norm(terminals[0] - terminals[1])))
    for factor in _ELLIPSES:
        length, way = _search(graph, shut, terminals, detour <= factor * direct + _MARGIN_NM)
        if length <= factor * direct + _MARGIN_NM or factor == _ELLIPSES[-1]:
            break
    return length, way


def _search(
    graph: _Graph, shut: NDArray[np.bool_], terminals: Floats, inside: NDArray[np.bool_]
) -> tuple[float, Floats]:
    """The shortest way through the open points `inside`."""
    use = np.flatnonzero(inside & ~shut)
    number = np.full(NODES, -1)
    number[use] = np.arange(len(use))
    tail, head = np.repeat(use, NEIGHBOURS), graph.neighbour[use].ravel()
    length = graph.length_nm[use].ravel()
    keep = number[head] >= 0
    tail, head, length = tail[keep], head[keep], length[keep]
    if shut.any():
        tail, head, length = _uncut(graph, shut, tail, head, length)
    tails, heads, lengths = [number[tail]], [number[head]], [length]
    for k, point in enumerate(terminals):
        chord, near = _nearest(graph.tree, point, NEIGHBOURS)
        usable = number[near] >= 0
        for share in _SAMPLES if shut.any() else ():
            usable &= ~shut[_nearest(graph.tree, _between(point, graph.points[near], share), 1)[1]]
        tails.append(np.full(int(usable.sum()), len(use) + k))
        heads.append(number[near[usable]])
        lengths.append(_arc_nm(chord[usable]))
    size = len(use) + 2
    matrix = csr_matrix((np.concatenate(lengths), (np.concatenate(tails), np.concatenate(heads))), shape=(size, size))
    distance, before = dijkstra(matrix, directed=False, indices=[len(use)], return_predecessors=True)
    if not np.isfinite(distance[0, -1]):
        return float("inf"), np.zeros((0, 3))
    way = [size - 1]
    while before[0, way[-1]] >= 0:
        way.append(int(before[0, way[-1]]))
    return float(distance[0, -1]), np.vstack([graph.points[use], terminals])[way[::-1]]


def _between(one: Floats, other: Floats, share: float) -> Floats:
    """Points at a share of the way from one to the other."""
    mixed = one * (1.0 - share) + other * share
    unit: Floats = mixed / np.linalg.norm(mixed, axis=-1, keepdims=True)
    return unit


def _uncut(
    graph: _Graph, shut: NDArray[np.bool_], tail: NDArray[np.int64], head: NDArray[np.int64], length: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """The legs between open points that do not pass over closed airspace at a quarter, half or three quarters."""
    keep = np.ones(len(tail), dtype=np.bool_)
    near = np.asarray(shut[graph.neighbour].any(axis=1))  # only legs beside closed airspace need a closer look
    for share in _SAMPLES:
        doubtful = np.flatnonzero(keep & near[tail] & near[head])
        between = _between(graph.points[tail[doubtful]], graph.points[head[doubtful]], share)
        keep[doubtful[shut[_nearest(graph.tree, between, 1)[1]]]] = False
    return tail[keep], head[keep], length[keep]


def _over(graph: _Graph, way: Floats) -> tuple[str, ...]:
    """Territories under a way, in order, the middles of its legs included."""
    if len(way) == 0:
        return ()
    parts = [_between(way[:-1], way[1:], s) for s in (0.0, 0.25, 0.5, 0.75)]
    fine = np.vstack([np.stack(parts, axis=1).reshape(-1, 3), way[-1:]])
    codes = [OCEANIC.get(c, c) for c in (graph.codes[i] for i in graph.country[_nearest(graph.tree, fine, 1)[1]]) if c]
    return tuple(dict.fromkeys(codes))
