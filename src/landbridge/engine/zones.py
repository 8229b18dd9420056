"""Zones: the cities that stand for an economy's shippers and buyers in freight and trade costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.codes import EXTRA, name_of
from landbridge.errors import DataMissing
from landbridge.network import LAYERS, Network
from landbridge.units import EARTH_RADIUS_KM

# A country gets more zones the more people its cities hold, or the more it trades; they keep apart so that regions are
# covered.
_PEOPLE_PER_ZONE: Final = 15e6
_ZONES_OF_TRADE: Final = 60  # if the world's trade were one country's
_MOST_ZONES: Final = 12
_APART_KM: Final = 300.0


@dataclass(frozen=True, slots=True)
class Zones:
    """Arrays [z]: node of the network, position of its economy, share of the economy's people around it (sum one)."""

    node: NDArray[np.int64]
    economy: NDArray[np.int64]
    weight: NDArray[np.float64]

    def to_economies(self, matrix: NDArray[np.float64], count: int) -> NDArray[np.float64]:
        """Weighted mean over zone pairs, [z, z] -> [count, count]; inf where any pair of zones has no way."""
        share = np.zeros((count, len(self.node)))
        share[self.economy, np.arange(len(self.node))] = self.weight
        with np.errstate(invalid="ignore"):
            out = share @ np.where(np.isfinite(matrix), matrix, 0.0) @ share.T
            shut = share @ (~np.isfinite(matrix)).astype(float) @ share.T
        return np.asarray(np.where(shut > 0, np.inf, out))


def zones(network: Network, economies: Sequence[str], trade_usd: NDArray[np.float64] | None = None) -> Zones:
    """Pick each economy's largest cities, a few hundred km apart. DataMissing names economies without a city.

    trade_usd [n]: exports and imports of each economy, where size should count by trade too.
    """
    share = np.zeros(len(economies)) if trade_usd is None else trade_usd / trade_usd.sum()
    layer = LAYERS.index("city")
    cities = np.flatnonzero((network.node_layer == layer) & (network.population > 0))
    nodes, economy, weight, missing = [], [], [], []
    for position, iso3 in enumerate(economies):
        if iso3 in EXTRA:
            continue  # the rest of the world has no place; its trade meets no freight here
        mine = cities[network.node_country[cities] == iso3]
        if len(mine) == 0:
            missing.append(f"{name_of(iso3)} ({iso3})")
            continue
        by_size = mine[np.argsort(-network.population[mine], kind="stable")]
        chosen = _spread(network, by_size, share[position] * _ZONES_OF_TRADE)
        people = _catchment(network, mine, chosen)
        nodes.append(chosen)
        economy.append(np.full(len(chosen), position))
        weight.append(people / people.sum())
    if missing:
        raise DataMissing(f"the atlas has no city of {', '.join(missing)}: rebuild it with `make atlas`")
    return Zones(np.concatenate(nodes).astype(np.int64), np.concatenate(economy), np.concatenate(weight))


def _spread(network: Network, by_size: NDArray[np.int64], least: float) -> NDArray[np.int64]:
    """The largest cities that keep their distance, one zone per _PEOPLE_PER_ZONE of city dwellers, or `least`."""
    by_people = network.population[by_size].sum() / _PEOPLE_PER_ZONE
    wanted = int(np.clip(max(by_people, least), 1, _MOST_ZONES))
    chosen: list[int] = []
    for node in by_size:
        if np.all(_distance_km(network, np.array(chosen, np.int64), int(node)) >= _APART_KM):
            chosen.append(int(node))
        if len(chosen) == wanted:
            break
    return np.array(chosen, np.int64)


def _catchment(network: Network, cities: NDArray[np.int64], chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """People of the cities nearest to each chosen one: a zone stands for its region, not for one city."""
    nearest = np.argmin(np.stack([_distance_km(network, cities, c) for c in chosen]), axis=0)
    return np.asarray(np.bincount(nearest, network.population[cities], minlength=len(chosen)), np.float64)


def _distance_km(network: Network, a: NDArray[np.int64], b: int) -> NDArray[np.float64]:
    lat_a, lat_b = np.radians(network.lat[a]), np.radians(network.lat[b])
    half_lat, half_lon = (lat_b - lat_a) / 2, np.radians(network.lon[b] - network.lon[a]) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(chord)))
