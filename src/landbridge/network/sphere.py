"""Distances on the mean sphere."""

from __future__ import annotations

from typing import Any

import numpy as np

from landbridge.units import EARTH_RADIUS_KM


def great_circle_km(lon1: Any, lat1: Any, lon2: Any, lat2: Any) -> Any:
    """Great-circle distance in km; degrees in, scalars or arrays that broadcast (haversine)."""
    p1, p2 = np.radians(lat1), np.radians(lat2)
    half = np.sin((p2 - p1) / 2) ** 2 + np.cos(p1) * np.cos(p2) * np.sin(np.radians(np.subtract(lon2, lon1)) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def midpoint(lon1: float, lat1: float, lon2: float, lat2: float) -> tuple[float, float]:
    """Longitude and latitude halfway along the great circle, -180..180."""
    a, b = _unit(lon1, lat1), _unit(lon2, lat2)
    x, y, z = a + b
    return float(np.degrees(np.arctan2(y, x))), float(np.degrees(np.arctan2(z, np.hypot(x, y))))


def _unit(lon: float, lat: float) -> Any:
    p, q = np.radians(lat), np.radians(lon)
    return np.array([np.cos(p) * np.cos(q), np.cos(p) * np.sin(q), np.sin(p)])
