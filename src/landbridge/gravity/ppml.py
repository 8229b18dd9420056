"""`ppml`: from the user's arrays to a result: checks, separation, estimate, standard errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, xlogy

from landbridge.errors import BadInput
from landbridge.gravity.bias import Profile, corrected_meat, point_bias
from landbridge.gravity.data import Data, Levels, Named, checked, label
from landbridge.gravity.factors import renumbered
from landbridge.gravity.irls import Fit, estimate
from landbridge.gravity.layout import Layout, cubed, listed, same_groups
from landbridge.gravity.records import Dropped, PpmlResult, PpmlSettings, Reason
from landbridge.gravity.separation import empty_levels, independent, rectify, screen
from landbridge.gravity.variance import Covariance, covariance

Vector = NDArray[np.float64]
MOST_NAMED: Final = 5  # separated rows that a result names


def ppml(
    y: ArrayLike,
    x: ArrayLike | Mapping[str, ArrayLike],
    fixed_effects: Named = (),
    *,
    names: Sequence[str] | None = None,
    offset: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    clusters: Named = (),
    cube: Sequence[Levels] | None = None,
    settings: PpmlSettings | None = None,
) -> PpmlResult:
    """Poisson pseudo maximum likelihood of `y` [n] >= 0 on `x` ([n,k], or name -> [n]) and up to three fixed effects.

    `fixed_effects` and `clusters` hold one array [n] of labels each (a mapping names them); without fixed effects a
    constant is added. `offset` [n] is in logs, `weights` [n] > 0. `cube` = (exporter, importer, year) labels [n]
    allows the fast path where the first effect is exporter x year, the second importer x year, and the third, if
    any, a function of the pair. Rows with a missing number are dropped and reported; regressors that the effects and
    the regressors before them span are left out and named in `omitted`. Standard errors are clustered (multiway:
    Cameron, Gelbach and Miller 2011), robust to heteroskedasticity where no cluster is named.
    Raises BadInput (all faults at once), NotConverged. Santos Silva and Tenreyro (2006).
    """
    settings = settings or PpmlSettings()
    data = checked(y, x, fixed_effects, names, offset, weights, clusters, cube)
    rows, layout, kept, dropped = _identified(data, settings)
    y_mean = float(np.average(data.y[rows], weights=data.weights[rows]))
    size = np.sqrt((data.x[kept][:, rows] ** 2).mean(axis=1))
    cells = layout.spread(np.vstack([data.y[rows] / y_mean, data.weights[rows], data.offset[rows]]))
    fit = estimate(layout, cells[0], layout.spread(data.x[kept][:, rows] / size[:, None]), cells[1], cells[2], settings)
    return _report(data, rows, layout, kept, dropped, fit, y_mean, size, settings)


def _report(
    data: Data, rows: NDArray[np.int64], layout: Layout, kept: list[int], dropped: Dropped, fit: Fit, y_mean: float,
    size: Vector, settings: PpmlSettings,
) -> PpmlResult:  # fmt: skip
    """Back to the user's order and units."""
    y, w = data.y[rows], data.weights[rows]
    mu = fit.mu[layout.cell] * y_mean
    miss = w * (y - mu) / y_mean
    score = fit.clean[:, layout.cell] * miss
    groups = dict(zip(data.clusters, renumbered(list(data.clusters.values()), rows)))
    codes = renumbered(list(data.effects.values()), rows)
    cov = covariance(
        np.asarray(np.linalg.inv(fit.information), dtype=float), score, groups, codes, settings.small_sample
    )
    shift = np.zeros(len(kept))
    if settings.bias_correction:
        profile = _profile(data, rows, w * mu / y_mean, miss, fit.clean[:, layout.cell])
        shift, cov = point_bias(profile, fit.information), _freed(cov, profile, fit.information)
    fitted = np.full(data.y.size, np.nan)
    fitted[rows] = mu
    beta = (fit.beta - shift) / size
    if not data.effects:
        beta[0] += np.log(y_mean)  # the constant comes first
    constant = gammaln(y + 1.0)
    empty = _loglik(y, np.full(y.size, y_mean), w, constant)
    return PpmlResult(
        names=tuple(data.names[k] for k in kept),
        coefficients=beta,
        covariance=cov.matrix / np.outer(size, size),
        fitted=fitted,
        effect_names=tuple(data.effects),
        effects=_effects(data, rows, layout, fit.effect_coef, y_mean),
        deviance=fit.deviance * y_mean,
        pseudo_r2=1.0 - _loglik(y, mu, w, constant) / empty,
        observations=rows.size,
        dropped=dropped,
        omitted=tuple(name for k, name in enumerate(data.names) if k not in kept),
        clusters={name: int(code.max()) + 1 for name, code in groups.items()},
        correction=cov.words,
        factor=cov.factor,
        certificate=fit.certificate,
        bias=shift / size,
    )


def _profile(data: Data, rows: NDArray[np.int64], mu: Vector, miss: Vector, clean: NDArray[np.float64]) -> Profile:
    """The estimate as a cube for the bias correction; BadInput where the model is not one it knows."""
    codes = renumbered(list(data.effects.values()), rows)
    groups = renumbered(list(data.clusters.values()), rows)
    layout = None
    if data.cube is not None and len(groups) == 1:
        origin, destination, year = renumbered(data.cube, rows)
        pair = origin * (int(destination.max()) + 1) + destination
        if same_groups(pair, groups[0]) and (len(codes) < 3 or same_groups(pair, codes[2])):
            layout = cubed(codes, (year, origin, destination), least_full=0.0)
    if layout is None:
        raise BadInput(
            "the bias correction knows exporter^year and importer^year effects, with or without directed pair effects, "
            "clustered by directed pair, one row per cell",
            remedy='fe=["exporter^year", "importer^year", "pair"], cluster=["pair"]',
        )
    shape = tuple(int(s) for s in layout.shape)
    cells = layout.spread(np.vstack([mu, miss, clean])).reshape(-1, *shape)
    return Profile(len(codes) == 3, cells[0], cells[1], cells[2:])


def _freed(cov: Covariance, profile: Profile, information: NDArray[np.float64]) -> Covariance:
    """The covariance with the corrected meat, same small-sample factor."""
    bread = np.linalg.inv(information)
    matrix = np.asarray(bread @ corrected_meat(profile, information) @ bread * cov.factor)
    return replace(cov, matrix=matrix, words=cov.words + ", Weidner-Zylkin bias correction")


def _effects(
    data: Data, rows: NDArray[np.int64], layout: Layout, coef: Vector, y_mean: float
) -> tuple[dict[object, float], ...]:
    """Level -> value per effect in the user's unit: the log of the mean goes to the first effect."""
    worth = coef.copy()
    if layout.starts.size > 1:
        worth[: layout.starts[1]] += np.log(y_mean)
    out = []
    for f, effect in enumerate(data.effects.values()):
        row = np.full(len(effect.labels), -1)
        row[effect.code[rows]] = layout.cell  # any row of the level tells its place in the layout
        value = worth[layout.codes[f, row]].tolist()
        out.append({label: v for label, v, r in zip(effect.labels, value, row.tolist()) if r >= 0})
    return tuple(out)


def _loglik(y: Vector, mu: Vector, w: Vector, constant: Vector) -> float:
    """Poisson log-likelihood; `constant` [n] = ln y!."""
    return float((w * (xlogy(y, mu) - mu - constant)).sum())


def _identified(data: Data, settings: PpmlSettings) -> tuple[NDArray[np.int64], Layout, list[int], Dropped]:
    """Rows and regressors that can be estimated, their layout, and the report of what was dropped."""
    reason = np.where(data.good, 0, 1)
    every = [f.code for f in data.effects.values()]
    gone: list[tuple[int, int]] = []
    while True:
        if "fe" in settings.separation:
            keep, empty = empty_levels(data.y, every, reason == 0)
            gone += empty
            reason[(reason == 0) & ~keep] = 2
        rows = np.flatnonzero(reason == 0)
        if rows.size == 0 or not (data.y[rows] > 0).any():
            raise BadInput("no positive outcome is left to estimate from", remedy="y must be positive somewhere")
        layout = _layout(data, rows)
        y, there = layout.spread(data.y[rows]), layout.spread(np.ones(rows.size))
        x = layout.spread(data.x[:, rows])
        free, clean, full = screen(layout, y, x, there, settings.collinear, settings.max_sweeps)
        if "ir" in settings.separation and free.any():
            found = rectify(layout, y, clean, there, free)[layout.cell]
            if found.any():
                reason[rows[found]] = 3
                continue
        kept = list(range(len(x))) if full else _kept(layout, x, there, settings)
        break
    if not kept and len(x):
        raise BadInput(
            f"every regressor is spanned by the fixed effects: {', '.join(data.names)}",
            remedy="drop an effect or take regressors that vary within its levels",
        )
    words: dict[int, Reason] = {1: "missing", 2: "fe", 3: "ir"}
    out = np.flatnonzero(reason)
    labels = tuple(f"{list(data.effects)[f]} {list(data.effects.values())[f].labels[g]}" for f, g in gone)
    separated = tuple(label(data.effects, int(r)) for r in np.flatnonzero(reason == 3)[:MOST_NAMED])
    return rows, layout, kept, Dropped(out, tuple(words[int(r)] for r in reason[out]), labels, separated)


def _kept(layout: Layout, x: NDArray[np.float64], there: Vector, settings: PpmlSettings) -> list[int]:
    """Regressors that are not collinear on all rows (zero rows may break a tie of the positive ones)."""
    coef = np.zeros((len(x), layout.levels))
    layout.absorb(there, x, coef, 1e-7, settings.max_sweeps)
    clean = np.array([v - layout.effects(c) for v, c in zip(x, coef)])
    return independent(clean, there, (there * x * x).sum(axis=1), settings.collinear)


def _layout(data: Data, rows: NDArray[np.int64]) -> Layout:
    codes = renumbered(list(data.effects.values()), rows)
    if data.cube is not None:
        origin, destination, year = renumbered(data.cube, rows)
        layout = cubed(codes, (year, origin, destination))
        if layout is not None:
            return layout
    return listed(codes, rows.size)
