"""Zones: the cities that stand for an economy's shippers and buyers in freight and trade costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landbridge import tables
from landbridge.codes import EXTRA, name_of
from landbridge.errors import DataMissing
from landbridge.network import LAYERS, Network
from landbridge.units import EARTH_RADIUS_KM

# Every economy has one zone; the others go, one by one, where they shorten the way to the trade most: trade x share of
# the economy's people (or of its trade, where that is known by region) x km to the nearest zone.
_ZONES_BEYOND: Final = 62
_MOST_ZONES: Final = 14
_ROUNDING: Final = 1e-12  # of weights that sum to one


@dataclass(frozen=True, slots=True)
class Zones:
    """Arrays [z]: node of the network, position of its economy, share of the economy's trade around it (sum one)."""

    node: NDArray[np.int64]
    economy: NDArray[np.int64]
    weight: NDArray[np.float64]

    def to_economies(self, matrix: NDArray[np.float64], count: int) -> NDArray[np.float64]:
        """Weighted mean over the zone pairs that have a way, [z, z] -> [count, count]; inf where none has."""
        out = self._sum(np.where(np.isfinite(matrix), matrix, 0.0), count)
        served = self.served(matrix, count)
        return np.divide(out, served, out=np.full_like(out, np.inf), where=served > 0)

    def served(self, matrix: NDArray[np.float64], count: int) -> NDArray[np.float64]:
        """Share of each pair's trade whose zones have a way, [z, z] -> [count, count]: 1 where all have, and for
        economies without zones, whose trade meets no freight here."""
        shut = ~np.isfinite(matrix)
        if not shut.any():
            return np.ones((count, count))
        served = 1.0 - self._sum(shut.astype(float), count)
        return np.where(served > _ROUNDING, served, 0.0)

    def _sum(self, matrix: NDArray[np.float64], count: int) -> NDArray[np.float64]:
        share = np.zeros((count, len(self.node)))
        share[self.economy, np.arange(len(self.node))] = self.weight
        return np.asarray(share @ matrix @ share.T, np.float64)


def zones(network: Network, economies: Sequence[str], trade_usd: NDArray[np.float64] | None = None) -> Zones:
    """The cities that stand for each economy, the largest first. DataMissing names economies without a city.

    trade_usd [n]: exports and imports of each economy; without it all count the same.
    """
    size = np.ones(len(economies)) if trade_usd is None else trade_usd / trade_usd.sum()
    cities = np.flatnonzero((network.node_layer == LAYERS.index("city")) & (network.population > 0))
    regions = {str(iso3): part for iso3, part in tables.shipped("assignment/region_trade").groupby("iso3", sort=False)}
    placed: dict[int, _Placed] = {}
    missing = []
    for position, iso3 in enumerate(economies):
        if iso3 in EXTRA:
            continue  # the rest of the world has no place; its trade meets no freight here
        mine = cities[network.node_country[cities] == iso3]
        if len(mine) == 0:
            missing.append(f"{name_of(iso3)} ({iso3})")
            continue
        placed[position] = _Placed(network, mine, _mass(network, regions.get(iso3), mine))
    if missing:
        raise DataMissing(f"the atlas has no city of {', '.join(missing)}: rebuild it with `make atlas`")
    for _ in range(_ZONES_BEYOND):
        best = max(placed, key=lambda p: size[p] * placed[p].gain)
        placed[best].add()
    every = [(p, *where.zones()) for p, where in placed.items()]
    economy = np.concatenate([np.full(len(nodes), p) for p, nodes, _ in every])
    weight = np.concatenate([w for _, _, w in every])
    return Zones(np.concatenate([nodes for _, nodes, _ in every]).astype(np.int64), economy, weight)


class _Placed:
    """The zones of one economy as they are placed: `gain` is what the next would save, mean km of its trade."""

    def __init__(self, network: Network, cities: NDArray[np.int64], mass: NDArray[np.float64]) -> None:
        self.cities, self.mass = cities, mass
        self.km = np.stack([_distance_km(network, cities, int(c)) for c in cities])
        self.chosen = [int(np.argmax(network.population[cities]))]
        self._look()

    def _look(self) -> None:
        near = self.km[self.chosen].min(axis=0)
        saved = np.maximum(near - self.km, 0.0) @ self.mass
        self.next = int(np.argmax(saved))
        self.gain = float(saved[self.next]) if len(self.chosen) < _MOST_ZONES else 0.0

    def add(self) -> None:
        """Place the best next zone."""
        self.chosen.append(self.next)
        self._look()

    def zones(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Nodes and the share of the economy's trade nearest to each: a zone stands for its region, not for a city."""
        nearest = np.argmin(self.km[self.chosen], axis=0)
        weight = np.bincount(nearest, self.mass, minlength=len(self.chosen))
        return self.cities[self.chosen], np.asarray(weight, np.float64)


def _mass(network: Network, table: pd.DataFrame | None, cities: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of the economy's trade by city (sum one): by people, within regions of known trade where there are any."""
    people = network.population[cities].astype(np.float64)
    if table is None:
        return np.asarray(people / people.sum(), np.float64)
    spot = {str(n): i for i, n in enumerate(network.node_id[cities])}
    capitals = np.array([spot[c] for c in table["city"]])
    share = table["share"].to_numpy(float)
    region = np.argmin(np.stack([_distance_km(network, cities, int(cities[c])) for c in capitals]), axis=0)
    inside = np.bincount(region, people, minlength=len(capitals))
    return np.asarray(share[region] * people / inside[region] / share.sum(), np.float64)


def _distance_km(network: Network, a: NDArray[np.int64], b: int) -> NDArray[np.float64]:
    lat_a, lat_b = np.radians(network.lat[a]), np.radians(network.lat[b])
    half_lat, half_lon = (lat_b - lat_a) / 2, np.radians(network.lon[b] - network.lon[a]) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(chord)))
