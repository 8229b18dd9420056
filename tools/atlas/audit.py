"""Neighbouring cities by rail and road: which are far apart on the network, and why (tables/neighbours_apart.csv).

    python -m tools.atlas.audit rail road      prints the pairs far apart that the table lacks, and rows gone stale,
                                               then the shares by continent as a table for docs/validation/land.md

A pair is a city and one of its NEAREST nearest cities in its own country with a station (or road), NEAR_KM to FAR_KM
apart; it is far apart where the way is longer than STRETCH times the great circle and SLACK_KM. Every such pair stands
in the table with its reason.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from landbridge.network import ARC_KINDS, LAYERS, Network, great_circle_km, load

TABLE: Final = Path(__file__).parent / "tables" / "neighbours_apart.csv"
COUNTRIES: Final = Path(__file__).parents[2] / "src" / "landbridge" / "data" / "countries.csv"
NEAREST: Final = 3
NEAR_KM, FAR_KM = 60.0, 600.0
STRETCH, SLACK_KM = 1.75, 10.0
LIMIT_KM: Final = 3000.0  # ways longer than this count as none
WHY: Final = (
    "no direct line",  # the railway or road between them does not exist; the way round is the real one
    "line by another place",  # both stand on working lines that meet aside; the note says where
    "terrain",  # the line itself winds: mountains, a lake, a bay, a river without a bridge
    "water",  # an island, a strait
    "two networks",  # lines that do not meet, by gauge or at all
    "not running",  # destroyed, at the front, abandoned, or not yet open in October 2023
)
BASES: Final = (
    "sourced",  # read in a document that the note names
    "drawn",  # OpenStreetMap's railways as drawn hold no shorter way either (geometry.drawn_km): measured
    "known",  # common knowledge
    "assumed",  # our guess
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two neighbours are far apart, on what basis, and by where the way goes."""

    why: str
    basis: str
    note: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two neighbours of one country: great-circle and network km (inf where there is no way)."""

    a: str
    b: str
    country: str
    straight_km: float
    way_km: float

    @property
    def apart(self) -> bool:
        """Whether the way is far longer than the great circle."""
        return not self.way_km <= STRETCH * self.straight_km + SLACK_KM


def neighbours(net: Network, mode: str) -> list[Pair]:
    """Every pair of neighbours by `rail` or `road` with its way, by the names of the places."""
    layers = [k for k, name in enumerate(LAYERS) if name.startswith(mode)]
    matrix = _matrix(net, layers)
    lines = np.isin(net.arc_layer, layers) & (net.arc_kind == ARC_KINDS.index("line")) & ~net.closed
    served = np.zeros(net.n_nodes, dtype=bool)  # a node of a project that is still to be built is no station
    served[net.tail[lines]] = True
    stations: dict[str, list[int]] = {}
    for k in np.flatnonzero(np.isin(net.node_layer, layers) & served).tolist():
        stations.setdefault(str(net.node_id[k]).rpartition("@")[0], []).append(k)
    cities = [k for k in np.flatnonzero((net.node_layer == 0) & (net.population > 0)).tolist()
              if str(net.node_id[k]).rpartition("@")[0] in stations]  # fmt: skip
    ids = [str(net.node_id[k]).rpartition("@")[0] for k in cities]
    wanted = _wanted(net, cities, ids)
    found = []
    for a in sorted(wanted):
        reach = dijkstra(matrix, indices=stations[a], limit=LIMIT_KM, min_only=True)
        for b, (country, km) in sorted(wanted[a].items()):
            found.append(Pair(a, b, country, km, float(reach[stations[b]].min())))
    return found


def _wanted(net: Network, cities: list[int], ids: list[str]) -> dict[str, dict[str, tuple[str, float]]]:
    lon, lat, country = net.lon[cities], net.lat[cities], net.node_country[cities]
    wanted: dict[str, dict[str, tuple[str, float]]] = {}
    for k in range(len(cities)):
        km = np.asarray(great_circle_km(lon[k], lat[k], lon, lat))
        home = np.flatnonzero((country == country[k]) & (km > 0))
        for j in home[np.argsort(km[home], kind="stable")][:NEAREST].tolist():
            if NEAR_KM <= km[j] <= FAR_KM:
                a, b = sorted((ids[k], ids[j]))
                wanted.setdefault(a, {})[b] = (str(country[k]), float(km[j]))
    return wanted


def _matrix(net: Network, layers: list[int]) -> csr_matrix:
    kinds = [ARC_KINDS.index(k) for k in ("line", "border", "gauge")]
    arcs = np.flatnonzero(np.isin(net.arc_layer, layers) & np.isin(net.arc_kind, kinds) & ~net.closed)
    order = np.lexsort((net.length_km[arcs], net.head[arcs], net.tail[arcs]))
    tail, head, km = net.tail[arcs][order], net.head[arcs][order], net.length_km[arcs][order] + 1e-6
    first = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)]
    return csr_matrix((km[first], (tail[first], head[first])), shape=(net.n_nodes, net.n_nodes))


def known() -> dict[tuple[str, str, str], Reason]:
    """Reason by mode and pair, from the table."""
    with TABLE.open(encoding="utf-8") as handle:
        return {(r["mode"], r["a"], r["b"]): Reason(r["why"], r["basis"], r["note"]) for r in csv.DictReader(handle)}


def by_continent(pairs: list[Pair]) -> dict[str, tuple[int, int]]:
    """Number of pairs and of those far apart, by continent of their country."""
    with COUNTRIES.open(encoding="utf-8") as handle:
        continent = {r["iso3"]: r["continent"] for r in csv.DictReader(handle)}
    found: dict[str, tuple[int, int]] = {}
    for pair in pairs:
        name = continent[pair.country]
        many, apart = found.get(name, (0, 0))
        found[name] = (many + 1, apart + pair.apart)
    return dict(sorted(found.items()))


def main() -> None:
    """Print what the table does not explain."""
    net, reasons = load(), known()
    for mode in sys.argv[1:] or ["rail", "road"]:
        pairs = neighbours(net, mode)
        apart = {(mode, p.a, p.b): p for p in pairs if p.apart}
        print(f"{mode}: {len(pairs)} pairs, {len(apart)} far apart")
        for key, p in apart.items():
            if key not in reasons:
                print(f"  {p.country} {p.a} - {p.b}: {p.way_km:.0f} km by {mode}, {p.straight_km:.0f} straight")
        for key in reasons:
            if key[0] == mode and key not in apart:
                print(f"  stale: {key[1]} - {key[2]}")
        for name, (many, far) in by_continent(pairs).items():
            print(f"| {mode} | {name} | {many} | {far} | {far / many:.0%} |")
        print(mode, dict(Counter((r.why, r.basis) for k, r in reasons.items() if k[0] == mode)))


if __name__ == "__main__":
    main()
