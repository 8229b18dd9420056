"""Poisson pseudo maximum likelihood by iteratively reweighted least squares with absorbed effects.

Correia, Guimaraes and Zylkin (2020), Fast Poisson estimation with high-dimensional fixed effects: each round solves
a weighted least squares whose variables are cleared of the effects. Warm starts make it cheap: the effects of every
variable are kept from round to round, and the inner tolerance follows the last change of the deviance.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from landbridge.errors import NotConverged
from landbridge.gravity.kernels import cleared, move, working
from landbridge.gravity.layout import Layout
from landbridge.gravity.records import Certificate, PpmlSettings

Vector = NDArray[np.float64]

_FIRST_INNER: Final = 1e-3
_INNER_SHARE: Final = 0.1  # inner tolerance per change of deviance
_START_ROUNDS: Final = 5  # scalings to the totals of the effects: each costs a fraction of a round of IRLS
_HALVINGS: Final = 30
_WIDEST: Final = 300.0  # indices beyond would make exp overflow in sums


@dataclass(frozen=True, slots=True)
class Fit:
    """The converged point on the cells: `mu` [m] (unweighted), `clean` [k,m] regressors cleared of the effects."""

    beta: Vector
    mu: Vector
    clean: NDArray[np.float64]
    information: NDArray[np.float64]
    effect_coef: Vector
    deviance: float
    certificate: Certificate


def _gap(layout: Layout, w: Vector, y: Vector, mu: Vector) -> float:
    """Largest relative miss of any effect's total."""
    if layout.levels == 1:
        return 0.0
    total = layout.sums(w * y)[:-1]
    miss = layout.sums(w * (y - mu))[:-1]
    return float(np.max(np.abs(miss) / np.where(total > 0, total, 1.0)))


def estimate(
    layout: Layout, y: Vector, x: NDArray[np.float64], w: Vector, offset: Vector, settings: PpmlSettings
) -> Fit:
    """Estimate on cells: `y` [m] of mean about one, `x` [k,m] of size about one, `w` [m] (0 for empty cells)."""
    clock = time.perf_counter()
    k = len(x)
    mu = np.exp(offset)
    mu *= (w * y).sum() / (w * mu).sum()
    layout.start(w, y, mu, _START_ROUNDS)
    eta, own = np.log(mu), xlogy(y, y) - y
    coef = np.zeros((k + 1, layout.levels))
    values = np.vstack([np.zeros((1, layout.cells)), x])
    clean, omega, new = np.empty_like(values), np.empty_like(y), np.empty_like(y)
    inner, last, sweeps = _FIRST_INNER, np.inf, 0
    step = gap = np.inf
    for iteration in range(1, settings.max_iterations + 1):
        working(y, mu, eta, offset, w, omega, values[0])
        sweeps += layout.absorb(omega, values, coef, inner, settings.max_sweeps)[0]
        cleared(layout.codes, coef, values, clean)
        weighted = omega * clean[1:]
        moments = np.einsum("km,lm->kl", weighted, clean)  # not BLAS: its threads stall on a busy machine
        information = moments[:, 1:]
        beta = np.linalg.solve(information, moments[:, 0])
        np.subtract(values[0], clean[0], out=new)
        new += np.einsum("k,km->m", beta, clean[1:]) + offset
        eta, mu, now = _advance(y, own, w, eta, new, mu, last)
        change = abs(last - now) / (0.1 * layout.cells + now) if np.isfinite(last) else 1.0
        left = np.einsum("km,m->k", clean[1:], w * (y - mu))
        step = float(np.max(np.abs(np.linalg.solve(information, left)) / np.maximum(1.0, np.abs(beta)), initial=0.0))
        gap = _gap(layout, w, y, mu)
        if max(step, gap) <= settings.tolerance:
            effect = coef[0] - beta @ coef[1:]
            # the covariance wants regressors cleared under the final weights, and tightly
            sweeps += layout.absorb(w * mu, x, coef[1:], settings.tolerance, settings.max_sweeps)[0]
            tidy = np.empty_like(x)
            cleared(layout.codes, coef[1:], x, tidy)
            information = np.einsum("km,lm->kl", w * mu * tidy, tidy)
            seconds = time.perf_counter() - clock
            proof = Certificate(step, gap, iteration, sweeps, seconds, "cube" if layout.shape[0] else "list")
            return Fit(beta, mu, tidy, information, effect, now, proof)
        inner = max(min(inner, _INNER_SHARE * change), 0.1 * settings.tolerance)
        last = now
    raise NotConverged(
        f"PPML after {settings.max_iterations} rounds",
        max(step, gap),
        "raise max_iterations, drop nearly collinear regressors, or check the scale of the regressors",
    )


def _advance(
    y: Vector, own: Vector, w: Vector, old: Vector, new: Vector, mu: Vector, last: float
) -> tuple[Vector, Vector, float]:
    """Index, mean and deviance after a step from `old` towards `new`, halved while the deviance grows."""
    eta, now = np.empty_like(old), np.inf
    for halving in range(_HALVINGS):
        now = move(y, own, w, old, new, 0.5**halving, _WIDEST, eta, mu)
        if now <= last * (1.0 + 1e-6) + 1e-9 * y.size:
            break
    return eta, mu, now
