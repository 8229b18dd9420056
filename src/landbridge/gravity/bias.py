"""Bias correction of gravity estimates after Weidner and Zylkin (2021), J. of International Economics 132.

The pair effect is profiled out: of each pair, l = sum_t y_t ln(mu_t / sum_s mu_s) is left, with share p = mu / sum mu,
score S = y - p sum(y), Hessian H = sum(y) (diag p - p p') and third derivative G. Exporter-year and importer-year
effects are each estimated from about N pairs only. Their noise moves the expected score of the coefficients by
  B_k = sum_i { -tr[(sum_j H)^+ sum_j H x_k S'] + 1/2 tr[(sum_j G x_k) (sum_j H)^+ (sum_j S S') (sum_j H)^+] }
and likewise D_k over importers (their proposition 3, without the factors of N that cancel); x are the regressors
cleared of all effects. What is subtracted from the coefficients is W^-1 (B N/(N-1) + D M/(M-1)), W the information, N
exporters and M importers: the small-sample factors of the authors' own package (ppml_fe_bias 1.1, June 2020).
Without pair effects H is fixed and G x sums to zero: no bias of points. In both models residuals are too small where
effects fit them: the clustered covariance is corrected by each pair's block of the hat matrix (their section 3.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from landbridge.errors import BadInput

Array = NDArray[np.float64]

_RIDGE: Final = 1e-11  # of the mean diagonal: effects are identified in differences only
_MOST: Final = 10_000  # exporter-year and importer-year levels: their square is held in memory


@dataclass(frozen=True, slots=True)
class Profile:
    """The panel as a cube [year, exporter, importer], each pair's vector over years running along the first axis.

    `mu` fitted means and `score` residuals [year, exporter, importer], both zero in empty cells; `x` regressors cleared
    of all effects [k, year, exporter, importer].
    """

    three_way: bool  # with pair effects
    mu: Array
    score: Array
    x: Array

    def hessian(self, i: int, j: int) -> Array:
        """H of one pair [year, year]."""
        mu = self.mu[:, i, j]
        total = mu.sum()
        if not self.three_way or total <= 0:
            return np.diag(mu)
        return np.asarray(np.diag(mu) - np.outer(mu, mu) / total)


def point_bias(profile: Profile, information: Array) -> Array:
    """What the coefficients are off by [k]: W^-1 (B + D), small-sample factors in; zeros without pair effects."""
    k = len(profile.x)
    if not profile.three_way:
        return np.zeros(k)
    total = np.zeros(k)
    flipped = Profile(
        True, profile.mu.transpose(0, 2, 1), profile.score.transpose(0, 2, 1), profile.x.transpose(0, 1, 3, 2)
    )
    for side in (profile, flipped):
        n = side.mu.shape[1]
        for i in range(n):
            total += n / max(n - 1, 1) * _of_country(side.mu[:, i], side.score[:, i], side.x[:, :, i])
    return np.asarray(np.linalg.solve(information, total), dtype=float)


def _of_country(mu: Array, score: Array, x: Array) -> Array:
    """One country's part of B (or D) [k]; `mu`, `score` [year, partner], `x` [k, year, partner]."""
    mass = mu.sum(axis=0)
    share = mu / np.where(mass > 0, mass, 1.0)
    hessian = np.diag(mu.sum(axis=1)) - (mu @ share.T)
    inverse = np.linalg.pinv(hessian, rcond=1e-10, hermitian=True)
    noise = inverse @ (score @ score.T) @ inverse
    out = np.empty(len(x))
    for k, column in enumerate(x):
        mean = (share * column).sum(axis=0)
        moved = mu * (column - mean)  # H x of each partner
        first = np.sum(inverse * (moved @ score.T).T)
        # G x = -sum(y) [diag(p (x - mean)) - p p' (x_t + x_s - 2 mean)]
        outer = (moved @ share.T) + (share @ moved.T)
        third = -(np.diag(moved.sum(axis=1)) - outer)
        out[k] = -first + 0.5 * np.sum(third * noise.T)
    return out


def corrected_meat(profile: Profile, information: Array) -> Array:
    """Clustered meat [k,k] by pair, each pair's residuals first freed from its own weight in the fit."""
    years, n, m = profile.mu.shape
    size = years * (n + m)
    if size > _MOST:
        raise BadInput(
            f"{size:,} exporter-year and importer-year levels", remedy=f"at most {_MOST:,}: take fewer years"
        )
    normal = np.zeros((size, size))
    for i in range(n):
        for j in range(m):
            h = profile.hessian(i, j)
            a, b = np.arange(years) * n + i, years * n + np.arange(years) * m + j
            for rows in (a, b):
                for columns in (a, b):
                    normal[np.ix_(rows, columns)] += h
    normal[np.diag_indices(size)] += _RIDGE * np.trace(normal) / size
    inverse = np.asarray(cho_solve(cho_factor(normal, lower=True, overwrite_a=True), np.eye(size)))
    bread = np.linalg.inv(information)
    meat = np.zeros_like(information)
    for i in range(n):
        for j in range(m):
            s, x = profile.score[:, i, j], profile.x[:, :, i, j].T
            if not s.any():
                continue
            h = profile.hessian(i, j)
            a, b = np.arange(years) * n + i, years * n + np.arange(years) * m + j
            block = inverse[np.ix_(a, a)] + inverse[np.ix_(a, b)] + inverse[np.ix_(b, a)] + inverse[np.ix_(b, b)]
            hat = h @ (block + x @ bread @ x.T)
            freed = np.linalg.lstsq(np.eye(years) - hat, s, rcond=1e-8)[0]
            meat += np.outer(x.T @ freed, x.T @ s)
    return np.asarray((meat + meat.T) / 2.0)
