"""What lies under a point of the globe: the territory whose land or coastal waters it is, or the high seas."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from landbridge.errors import DataMissing
from landbridge.units import EARTH_RADIUS_KM

Floats = NDArray[np.float64]
NODES: Final = 60_000  # Fibonacci points, about 92 km apart
OCEANIC: Final = {"RUS-OCEANIC": "RUS"}  # flight information regions over the high seas -> who controls them
_STEP_KM: Final = 20.0


@dataclass(frozen=True, slots=True)
class Ground:
    """The points of data/airspace.npz. `codes` holds "" and the keys of OCEANIC for the high seas."""

    points: Floats  # [n, 3] unit vectors
    country: NDArray[np.int16]  # [n] index into codes
    codes: tuple[str, ...]
    tree: KDTree


@cache
def ground() -> Ground:
    """The shipped points. DataMissing where the file is absent, damaged or of another vintage."""
    path = files("landbridge") / "data" / "airspace.npz"
    if not path.is_file():
        raise DataMissing("data/airspace.npz is missing: rebuild it with `python -m tools.airspace`")
    try:
        with path.open("rb") as handle, np.load(handle) as arrays:
            country, codes = arrays["country"], tuple(str(c) for c in arrays["codes"])
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise DataMissing(f"data/airspace.npz is cut or damaged ({error}): restore or rebuild it") from error
    points = _fibonacci()
    if len(country) != len(points):
        raise DataMissing("data/airspace.npz is of another vintage: rebuild it with `python -m tools.airspace`")
    return Ground(points, country, codes, KDTree(points))


def open_sea_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Longest stretch over the high seas, km, of the great circle between two points (longitude, latitude in degrees).

    High seas: more than 12 nautical miles from any land. Read off points 92 km apart, so right to about as much.
    """
    ends = unit_vectors(np.array([one[0], other[0]]), np.array([one[1], other[1]]))
    angle = float(2.0 * np.arcsin(np.clip(np.linalg.norm(ends[0] - ends[1]) / 2.0, 0.0, 1.0)))
    steps = max(int(angle * EARTH_RADIUS_KM / _STEP_KM), 1)
    share = np.linspace(0.0, 1.0, steps + 1)[:, None]
    way = np.sin((1.0 - share) * angle) * ends[0] + np.sin(share * angle) * ends[1]  # its length cancels below
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), np.finfo(float).tiny)
    under = ground()
    high = np.array([c in ("", *OCEANIC) for c in under.codes])
    wet = high[under.country[under.tree.query(way)[1]]]
    longest = run = 0
    for at_sea in wet.tolist():
        run = run + 1 if at_sea else 0
        longest = max(longest, run)
    return longest * angle * EARTH_RADIUS_KM / steps


def fibonacci_lonlat() -> tuple[Floats, Floats]:
    """Longitude and latitude of the points, degrees, each [NODES]."""
    return lonlat_of(_fibonacci())


def _fibonacci() -> Floats:
    i = np.arange(NODES) + 0.5
    polar, azimuth = np.arccos(1.0 - 2.0 * i / NODES), np.pi * (1.0 + 5.0**0.5) * i
    return np.column_stack([np.cos(azimuth) * np.sin(polar), np.sin(azimuth) * np.sin(polar), np.cos(polar)])


def unit_vectors(lon: Floats, lat: Floats) -> Floats:
    """Points on the unit sphere, [p, 3], of longitudes and latitudes in degrees."""
    a, b = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)])


def lonlat_of(points: Floats) -> tuple[Floats, Floats]:
    """Longitudes and latitudes in degrees of points on the unit sphere, [p, 3]."""
    return np.degrees(np.arctan2(points[:, 1], points[:, 0])), np.degrees(np.arcsin(np.clip(points[:, 2], -1.0, 1.0)))
