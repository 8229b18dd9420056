"""Volume-delay functions: arc cost, slope and integral as functions of flow. Each is convex and rising in flow.

BPR        t (1 + b (v/c)^p)                                     Bureau of Public Roads 1964
conical    t (2 + sqrt(a^2 (1-x)^2 + g^2) - a (1-x) - g), x = v/c, g = (2a-1)/(2a-2)    Spiess 1990, eq. 6
akcelik    t + (T/4) ((x-1) + sqrt((x-1)^2 + 8 J x / (c T)))     Akcelik 1991, eq. 10
For `conical` the field `b` is the steepness a > 1 (`power` unused); for `akcelik` `b` is the delay parameter J >= 0
and `power` the length T of the flow period, in the time unit of the capacity (and of the cost).
"""

from __future__ import annotations

from math import log, pow, sqrt
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KINDS: Final = ("bpr", "conical", "akcelik")
BPR, CONICAL, AKCELIK = range(3)


@njit(cache=True)
def arc_cost(kind: int, v: float, free: float, b: float, power: float, capacity: float, fixed: float) -> float:
    """Cost of one arc at flow v, fixed part included."""
    if b == 0.0 or (free == 0.0 and kind != AKCELIK):
        return free + fixed
    x = v / capacity
    if kind == BPR:
        return free * (1.0 + b * (x * x * x * x if power == 4.0 else pow(x, power))) + fixed
    if kind == CONICAL:
        g = (2.0 * b - 1.0) / (2.0 * b - 2.0)
        return free * (2.0 + sqrt(b * b * (1.0 - x) * (1.0 - x) + g * g) - b * (1.0 - x) - g) + fixed
    return free + 0.25 * power * ((x - 1.0) + sqrt((x - 1.0) * (x - 1.0) + 8.0 * b * x / (capacity * power))) + fixed


@njit(cache=True)
def arc_slope(kind: int, v: float, free: float, b: float, power: float, capacity: float) -> float:
    """Derivative of the cost of one arc with respect to its flow."""
    if b == 0.0 or (free == 0.0 and kind != AKCELIK):
        return 0.0
    x = v / capacity
    if kind == BPR:
        if power == 4.0:
            return free * b * 4.0 * x * x * x / capacity
        if x <= 0.0:
            return free * b / capacity if power == 1.0 else 0.0
        return free * b * power * pow(x, power - 1.0) / capacity
    if kind == CONICAL:
        g = (2.0 * b - 1.0) / (2.0 * b - 2.0)
        root = sqrt(b * b * (1.0 - x) * (1.0 - x) + g * g)
        return free * (b - b * b * (1.0 - x) / root) / capacity
    k = 8.0 * b / (capacity * power)
    root = sqrt((x - 1.0) * (x - 1.0) + k * x)
    bend = (x - 1.0 + 0.5 * k) / root if root > 0.0 else 0.0
    return 0.25 * power * (1.0 + bend) / capacity


@njit(cache=True)
def _root_integral(b: float, c: float, x: float) -> float:
    """Integral of sqrt(x^2 + b x + c) from 0 to x (radicand >= 0)."""

    def primitive(y: float) -> float:
        root = sqrt(max(y * y + b * y + c, 0.0))
        inside = 2.0 * y + b + 2.0 * root
        tail = (4.0 * c - b * b) / 8.0
        return (2.0 * y + b) * root / 4.0 + (tail * log(inside) if inside > 0.0 and tail != 0.0 else 0.0)

    return primitive(x) - primitive(0.0)


@njit(cache=True)
def arc_integral(kind: int, v: float, free: float, b: float, power: float, capacity: float, fixed: float) -> float:
    """Integral of the cost of one arc from 0 to v: its term in Beckmann's objective."""
    if b == 0.0 or (free == 0.0 and kind != AKCELIK):
        return (free + fixed) * v
    x = v / capacity
    if kind == BPR:
        return free * (v + b * v * pow(x, power) / (power + 1.0)) + fixed * v
    if kind == CONICAL:
        g = (2.0 * b - 1.0) / (2.0 * b - 2.0)
        root = b * _root_integral(-2.0, 1.0 + g * g / (b * b), x)
        return free * capacity * ((2.0 - b - g) * x + 0.5 * b * x * x + root) + fixed * v
    k = 8.0 * b / (capacity * power)
    root = _root_integral(k - 2.0, 1.0, x)
    return (free + fixed) * v + 0.25 * power * capacity * (0.5 * x * x - x + root)


@njit(cache=True)
def costs(
    v: Floats, kind: NDArray[np.int8], free: Floats, b: Floats, power: Floats, cap: Floats, fixed: Floats
) -> Floats:
    """Costs [m] of all arcs at flows v [m]."""
    out = np.empty_like(v)
    for e in range(len(v)):
        out[e] = arc_cost(kind[e], v[e], free[e], b[e], power[e], cap[e], fixed[e])
    return out


@njit(cache=True)
def slopes(v: Floats, kind: NDArray[np.int8], free: Floats, b: Floats, power: Floats, cap: Floats) -> Floats:
    """Derivatives [m] of the costs of all arcs at flows v [m]."""
    out = np.empty_like(v)
    for e in range(len(v)):
        out[e] = arc_slope(kind[e], v[e], free[e], b[e], power[e], cap[e])
    return out


@njit(cache=True)
def beckmann(
    v: Floats, kind: NDArray[np.int8], free: Floats, b: Floats, power: Floats, cap: Floats, fixed: Floats
) -> float:
    """Beckmann's objective: sum over arcs of the integral of cost (Beckmann, McGuire, Winsten 1956)."""
    total = 0.0
    for e in range(len(v)):
        total += arc_integral(kind[e], v[e], free[e], b[e], power[e], cap[e], fixed[e])
    return total
