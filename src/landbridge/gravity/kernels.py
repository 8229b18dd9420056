"""Weighted projection on fixed effects, in the space of the effects: compiled sweeps with Irons-Tuck acceleration.

One sweep is Gauss-Seidel over the effects: each effect in turn becomes the weighted mean, within its levels, of what
the others leave (Guimaraes and Portugal 2010). Only sums of weights are streamed: the sums of weight x variable are
taken once. Where observations fill a cube year x exporter x importer, the same sweep runs on contiguous rows.
Every two sweeps the point is moved by Irons and Tuck (1969), as Berge (2018) does for fixed effects.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Codes = NDArray[np.int32]


@njit(cache=True, fastmath={"reassoc", "contract"})
def level_sums(codes: Codes, value: Vector, levels: int) -> Vector:
    """Sums [levels] of `value` [m] over the levels of every effect; `codes` [3,m], the dummy level is the last."""
    out = np.zeros(levels)
    for f in range(codes.shape[0]):
        for i in range(value.size):
            out[codes[f, i]] += value[i]
    return out


@njit(cache=True, fastmath={"reassoc", "contract"})
def add_effects(codes: Codes, coef: Vector) -> Vector:
    """Sum [m] of the effects of each observation; the dummy level of absent effects is zero."""
    out = np.empty(codes.shape[1])
    for i in range(out.size):
        out[i] = coef[codes[0, i]] + coef[codes[1, i]] + coef[codes[2, i]]
    return out


@njit(cache=True, fastmath={"reassoc", "contract"})
def _sweep_list(codes: Codes, starts: Codes, w: Vector, wv: Vector, wsum: Vector, coef: Vector, num: Vector) -> None:
    """One sweep over a list of observations: each effect in turn, the others held."""
    for f in range(starts.size - 1):
        lo, hi = starts[f], starts[f + 1]
        own, one, two = codes[f], codes[(f + 1) % 3], codes[(f + 2) % 3]
        for g in range(lo, hi):
            num[g] = wv[g]
        for i in range(w.size):
            num[own[i]] -= w[i] * (coef[one[i]] + coef[two[i]])
        for g in range(lo, hi):
            coef[g] = num[g] / wsum[g] if wsum[g] > 0.0 else 0.0


@njit(cache=True, fastmath={"reassoc", "contract"})
def _sweep_cube(
    shape: Codes, pair: Codes, starts: Codes, w: Vector, wv: Vector, wsum: Vector, coef: Vector, num: Vector,
    spread: Vector, gathered: Vector,
) -> None:  # fmt: skip
    """One sweep over a cube [year, exporter, importer]: rows are contiguous, the first two effects share a pass."""
    years, n, m = shape[0], shape[1], shape[2]
    first, second = years * n, years * m
    three = starts.size == 4
    for g in range(pair.size):
        spread[g] = coef[pair[g]] if three else 0.0
        gathered[g] = 0.0
    for t in range(years):
        b = coef[first + t * m : first + (t + 1) * m]
        left = num[first + t * m : first + (t + 1) * m]
        for j in range(m):
            left[j] = wv[first + t * m + j]
        for i in range(n):
            row = w[(t * n + i) * m : (t * n + i + 1) * m]
            c = spread[i * m : (i + 1) * m]
            total = 0.0
            for j in range(m):
                total += row[j] * (b[j] + c[j])
            g = t * n + i
            a = (wv[g] - total) / wsum[g] if wsum[g] > 0.0 else 0.0
            coef[g] = a
            for j in range(m):
                left[j] -= row[j] * (a + c[j])
        for j in range(m):
            weight = wsum[first + t * m + j]
            b[j] = left[j] / weight if weight > 0.0 else 0.0
        if three:
            for i in range(n):
                row = w[(t * n + i) * m : (t * n + i + 1) * m]
                c = gathered[i * m : (i + 1) * m]
                a = coef[t * n + i]
                for j in range(m):
                    c[j] += row[j] * (a + b[j])
    if three:
        lo, hi = first + second, starts[3]
        for g in range(lo, hi):
            num[g] = wv[g]
        for g in range(pair.size):
            num[pair[g]] -= gathered[g]
        for g in range(lo, hi):
            coef[g] = num[g] / wsum[g] if wsum[g] > 0.0 else 0.0


@njit(cache=True, fastmath={"reassoc", "contract"})
def absorb(
    codes: Codes, starts: Codes, shape: Codes, pair: Codes, w: Vector, values: NDArray[np.float64],
    coef: NDArray[np.float64], tolerance: float, max_sweeps: int,
) -> tuple[int, float]:  # fmt: skip
    """Fit effects to each row of `values` [k,m] under weights `w` [m]; `coef` [k,levels] is start and result.

    `codes` [3,m] are offset by `starts`; `shape` = (years, exporters, importers) selects the cube, zeros the list.
    Stops when no effect moves by `tolerance`; returns the sweeps of all rows and the largest last move.
    """
    levels = coef.shape[1]
    wsum = level_sums(codes, w, levels)
    num, spread, gathered = np.empty(levels), np.empty(pair.size), np.empty(pair.size)
    before, between = np.empty(levels), np.empty(levels)
    cube = shape[0] > 0
    sweeps, worst = 0, 0.0
    for k in range(values.shape[0]):
        wv = level_sums(codes, w * values[k], levels)
        x = coef[k]
        move = np.inf
        done = 0
        while done < max_sweeps:
            before[:] = x
            for half in range(2):
                if half == 1:
                    between[:] = x
                if cube:
                    _sweep_cube(shape, pair, starts, w, wv, wsum, x, num, spread, gathered)
                else:
                    _sweep_list(codes, starts, w, wv, wsum, x, num)
            done += 2
            move, dot, square = 0.0, 0.0, 0.0
            for g in range(levels - 1):
                step = x[g] - between[g]
                turn = step - (between[g] - before[g])
                move = max(move, abs(step))
                dot += wsum[g] * step * turn
                square += wsum[g] * turn * turn
            if move < tolerance or starts.size == 2:
                break
            if square > 0.0:
                factor = dot / square
                for g in range(levels - 1):
                    x[g] -= factor * (x[g] - between[g])
        sweeps += done
        worst = max(worst, move)
    return sweeps, worst


@njit(cache=True, fastmath={"reassoc", "contract"})
def scale_to_margins(codes: Codes, starts: Codes, w: Vector, y: Vector, mu: Vector, rounds: int) -> None:
    """Scale `mu` [m] so that every effect's total comes near that of `y`: a start close to the answer, in place."""
    levels = starts[-1] + 1
    wanted = level_sums(codes, w * y, levels)
    for _ in range(rounds):
        for f in range(starts.size - 1):
            own = codes[f]
            have = np.zeros(levels)
            for i in range(mu.size):
                have[own[i]] += w[i] * mu[i]
            for g in range(starts[f], starts[f + 1]):
                have[g] = wanted[g] / have[g] if have[g] > 0.0 and wanted[g] > 0.0 else 1.0
            for i in range(mu.size):
                mu[i] *= have[own[i]]


@njit(cache=True, fastmath={"reassoc", "contract"})
def working(y: Vector, mu: Vector, eta: Vector, offset: Vector, w: Vector, weight: Vector, target: Vector) -> None:
    """Weights w mu and working variable eta - offset + (y - mu)/mu of one round, written in place."""
    for i in range(y.size):
        weight[i] = w[i] * mu[i]
        target[i] = eta[i] - offset[i] + (y[i] - mu[i]) / mu[i]


@njit(cache=True, fastmath={"reassoc", "contract"})
def cleared(codes: Codes, coef: NDArray[np.float64], values: NDArray[np.float64], clean: NDArray[np.float64]) -> None:
    """`values` [k,m] less their effects `coef` [k,levels], written to `clean`."""
    for k in range(values.shape[0]):
        for i in range(values.shape[1]):
            effect = coef[k, codes[0, i]] + coef[k, codes[1, i]] + coef[k, codes[2, i]]
            clean[k, i] = values[k, i] - effect


@njit(cache=True, fastmath={"reassoc", "contract"})
def move(
    y: Vector, own: Vector, w: Vector, old: Vector, new: Vector, share: float, widest: float, eta: Vector, mu: Vector
) -> float:
    """Go the `share` of the way from index `old` to `new`: writes eta and mu, returns the Poisson deviance.

    `own` [m] is y ln y - y: the part of the deviance that no step changes.
    """
    total = 0.0
    for i in range(y.size):
        at = old[i] + share * (new[i] - old[i])
        at = min(max(at, -widest), widest)
        eta[i] = at
        mu[i] = np.exp(at)
        total += w[i] * (own[i] - y[i] * at + mu[i])
    return 2.0 * total
