"""Sandwich covariance: robust or clustered in one or more ways, with the small-sample factor named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from landbridge.gravity.records import SmallSample

Vector = NDArray[np.float64]
Groups = Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Covariance:
    """`matrix` [k,k], the small-sample `factor` in it, and `words` that name the whole."""

    matrix: NDArray[np.float64]
    factor: float
    words: str


def covariance(
    bread: NDArray[np.float64], score: NDArray[np.float64], groups: Groups, effects: list[NDArray[np.int64]],
    kind: SmallSample,
) -> Covariance:  # fmt: skip
    """Bread [k,k] x meat x bread; `score` [k,n] of each row, cluster codes [n] by name, effect codes [n].

    Several clusters: inclusion and exclusion over their intersections (Cameron, Gelbach and Miller 2011), negative
    eigenvalues set to zero. One factor for all terms, by the way with fewest clusters.
    """
    n, k = score.shape[1], score.shape[0]
    if not groups:
        factor = 1.0 if kind == "none" else n / max(n - 1, 1)
        words = "robust to heteroskedasticity" + (f", x n/(n-1) = {factor:.6f}" if kind != "none" else "")
        if kind == "full":
            free = n - k - _levels(effects, [])
            factor = n / max(free, 1)
            words = f"robust to heteroskedasticity, x n/(n-k) = {factor:.6f}"
        return Covariance(_psd(bread @ np.einsum("kn,ln->kl", score, score) @ bread) * factor, factor, words)
    meat = np.zeros((k, k))
    ways = list(groups.values())
    for size in range(1, len(ways) + 1):
        for chosen in combinations(ways, size):
            meat -= (-1.0) ** size * _meat(score, _cross(chosen))
    fewest = min(int(code.max()) + 1 for code in ways)
    factor, words = _factor(kind, fewest, n, k, effects, ways)
    return Covariance(_psd(bread @ meat @ bread) * factor, factor, f"clustered by {' and '.join(groups)}{words}")


def _factor(
    kind: SmallSample, fewest: int, n: int, k: int, effects: list[NDArray[np.int64]], ways: list[NDArray[np.int64]]
) -> tuple[float, str]:
    if kind == "none" or fewest < 2:
        return 1.0, ", no small-sample factor"
    factor = fewest / (fewest - 1)
    if kind == "clusters":
        return factor, f", x G/(G-1) = {factor:.6f}"
    used = k + _levels(effects, ways)
    factor *= (n - 1) / max(n - used, 1)
    return factor, f", x G/(G-1) x (n-1)/(n-k) = {factor:.6f} with k = {used}"


def _levels(effects: list[NDArray[np.int64]], ways: list[NDArray[np.int64]]) -> int:
    """Parameters that the effects cost: levels of those not nested, less one each, and one for the common constant."""
    counts = [int(e.max()) + 1 for e in effects if not any(_nested(e, way) for way in ways)]
    return sum(counts) - len(counts) + 1 if effects else 0


def _nested(effect: NDArray[np.int64], way: NDArray[np.int64]) -> bool:
    """Whether each level of the effect lies in one cluster."""
    image = np.zeros(int(effect.max()) + 1, dtype=np.int64)
    image[effect] = way
    return np.array_equal(image[effect], way)


def _cross(codes: tuple[NDArray[np.int64], ...]) -> NDArray[np.int64]:
    out = codes[0]
    for code in codes[1:]:
        out = np.unique(out * (int(code.max()) + 1) + code, return_inverse=True)[1]
    return out


def _meat(score: NDArray[np.float64], code: NDArray[np.int64]) -> NDArray[np.float64]:
    sums = np.array([np.bincount(code, row) for row in score])
    return np.asarray(sums @ sums.T)


def _psd(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    value, vector = np.linalg.eigh((matrix + matrix.T) / 2.0)
    if value.size and value[0] < 0:
        return np.asarray((vector * np.maximum(value, 0.0)) @ vector.T)
    return np.asarray((matrix + matrix.T) / 2.0)
