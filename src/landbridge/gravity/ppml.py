"""`ppml`: from the user's arrays to a result: checks, separation, estimate, standard errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, xlogy

from landbridge.errors import BadInput, Fault
from landbridge.gravity.bias import Profile, corrected_meat, point_bias
from landbridge.gravity.factors import Factor, factor, renumbered
from landbridge.gravity.irls import Fit, estimate
from landbridge.gravity.layout import Layout, cubed, listed, same_groups
from landbridge.gravity.records import Dropped, PpmlResult, PpmlSettings, Reason
from landbridge.gravity.separation import empty_levels, independent, rectify, screen
from landbridge.gravity.variance import covariance

Vector = NDArray[np.float64]
Levels = ArrayLike | Factor
Named = Mapping[str, Levels] | Sequence[Levels]


@dataclass(frozen=True, slots=True)
class _Data:
    """The user's arrays, checked: n rows, k regressors, levels of effects and clusters as codes."""

    y: Vector
    x: NDArray[np.float64]
    names: tuple[str, ...]
    effects: dict[str, Factor]
    offset: Vector
    weights: Vector
    clusters: dict[str, Factor]
    cube: tuple[Factor, ...] | None
    good: NDArray[np.bool_]


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
    data = _check(y, x, fixed_effects, names, offset, weights, clusters, cube)
    rows, layout, kept, dropped = _identified(data, settings)
    y_mean = float(np.average(data.y[rows], weights=data.weights[rows]))
    size = np.sqrt((data.x[kept][:, rows] ** 2).mean(axis=1))
    cells = layout.spread(np.vstack([data.y[rows] / y_mean, data.weights[rows], data.offset[rows]]))
    fit = estimate(layout, cells[0], layout.spread(data.x[kept][:, rows] / size[:, None]), cells[1], cells[2], settings)
    return _report(data, rows, layout, kept, dropped, fit, y_mean, size, settings)


def _report(
    data: _Data, rows: NDArray[np.int64], layout: Layout, kept: list[int], dropped: Dropped, fit: Fit, y_mean: float,
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
        shift = point_bias(profile, fit.information)
        bread = np.linalg.inv(fit.information)
        matrix = bread @ corrected_meat(profile, fit.information) @ bread * cov.factor
        cov = replace(cov, matrix=np.asarray(matrix), words=cov.words + ", Weidner-Zylkin bias correction")
    fitted = np.full(data.y.size, np.nan)
    fitted[rows] = mu
    worth = _worth(layout, fit.effect_coef, y_mean)
    effects = []
    for f, effect in enumerate(data.effects.values()):
        row = np.full(len(effect.labels), -1)
        row[effect.code[rows]] = layout.cell  # any row of the level tells its place in the layout
        value = worth[layout.codes[f, row]].tolist()
        effects.append({label: v for label, v, r in zip(effect.labels, value, row.tolist()) if r >= 0})
    beta = (fit.beta - shift) / size
    if "constant" in data.names and not data.effects:
        beta[-1] += np.log(y_mean)
    constant = gammaln(y + 1.0)
    empty = _loglik(y, np.full(y.size, y_mean), w, constant)
    return PpmlResult(
        names=tuple(data.names[k] for k in kept),
        coefficients=beta,
        covariance=cov.matrix / np.outer(size, size),
        fitted=fitted,
        effect_names=tuple(data.effects),
        effects=tuple(effects),
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


def _profile(data: _Data, rows: NDArray[np.int64], mu: Vector, miss: Vector, clean: NDArray[np.float64]) -> Profile:
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


def _worth(layout: Layout, coef: Vector, y_mean: float) -> Vector:
    """Effects in the user's unit: the log of the mean goes to the first one, whose every row has exactly one level."""
    worth = coef.copy()
    if layout.starts.size > 1:
        worth[: layout.starts[1]] += np.log(y_mean)
    return worth


def _loglik(y: Vector, mu: Vector, w: Vector, constant: Vector) -> float:
    """Poisson log-likelihood; `constant` [n] = ln y!."""
    return float((w * (xlogy(y, mu) - mu - constant)).sum())


def _identified(data: _Data, settings: PpmlSettings) -> tuple[NDArray[np.int64], Layout, list[int], Dropped]:
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
    return rows, layout, kept, Dropped(out, tuple(words[int(r)] for r in reason[out]), labels)


def _kept(layout: Layout, x: NDArray[np.float64], there: Vector, settings: PpmlSettings) -> list[int]:
    """Regressors that are not collinear on all rows (zero rows may break a tie of the positive ones)."""
    coef = np.zeros((len(x), layout.levels))
    layout.absorb(there, x, coef, 1e-7, settings.max_sweeps)
    clean = np.array([v - layout.effects(c) for v, c in zip(x, coef)])
    return independent(clean, there, (there * x * x).sum(axis=1), settings.collinear)


def _layout(data: _Data, rows: NDArray[np.int64]) -> Layout:
    codes = renumbered(list(data.effects.values()), rows)
    if data.cube is not None:
        origin, destination, year = renumbered(data.cube, rows)
        layout = cubed(codes, (year, origin, destination))
        if layout is not None:
            return layout
    return listed(codes, rows.size)


def _named(arrays: Named, word: str) -> dict[str, Factor]:
    pairs = arrays.items() if isinstance(arrays, Mapping) else ((f"{word}{i + 1}", a) for i, a in enumerate(arrays))
    return {str(name): factor(a, str(name)) for name, a in pairs}


def _columns(x: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None) -> dict[str, Vector]:
    if isinstance(x, Mapping):
        return {str(name): np.asarray(v, dtype=float) for name, v in x.items()}
    table = np.asarray(x, dtype=float)
    table = table[:, None] if table.ndim == 1 else table
    given = tuple(names) if names is not None else tuple(f"x{i + 1}" for i in range(table.shape[1]))
    if len(given) != table.shape[1] or len(set(given)) < len(given):
        raise BadInput(f"{table.shape[1]} regressors need as many different names, not {given}")
    return dict(zip(given, table.T))


def _check(
    y: ArrayLike, x: ArrayLike | Mapping[str, ArrayLike], fixed_effects: Named, names: Sequence[str] | None,
    offset: ArrayLike | None, weights: ArrayLike | None, clusters: Named, cube: Sequence[Levels] | None,
) -> _Data:  # fmt: skip
    """All faults of the input together."""
    outcome = np.asarray(y, dtype=float)
    n = outcome.size
    columns = _columns(x, names)
    effects, groups = _named(fixed_effects, "effect"), _named(clusters, "cluster")
    if not effects:
        columns["constant"] = np.ones(n)
    shift = np.zeros(n) if offset is None else np.asarray(offset, dtype=float)
    mass = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    corners = [] if cube is None else [factor(c, "cube") for c in cube]
    faults = []
    if n == 0:
        faults.append(Fault("no observations", "y"))
    if len(effects) > 3:
        faults.append(Fault(f"{len(effects)} fixed effects", "fixed_effects", "up to three; merge two by interaction"))
    if not columns:
        faults.append(Fault("no regressor", "x"))
    parts = {"y": outcome, **columns, "offset": shift, "weights": mass}
    parts |= {name: f.code for name, f in (*effects.items(), *groups.items())}
    parts |= {f"cube {i + 1}": f.code for i, f in enumerate(corners)}
    faults += [Fault(f"shape {a.shape}", name, f"must be [{n}] like y") for name, a in parts.items() if a.shape != (n,)]
    if (outcome < 0).any():
        worst = np.flatnonzero(outcome < 0)
        faults.append(Fault(f"{worst.size} negative outcomes, first in row {worst[0]}", "y", "trade is zero or more"))
    if (mass <= 0).any():
        faults.append(Fault("weights must be positive", "weights", "leave the row out instead"))
    if faults:
        raise BadInput(faults)
    table = np.array(list(columns.values()))
    good = np.isfinite(outcome) & np.isfinite(table).all(axis=0) & np.isfinite(shift) & np.isfinite(mass)
    return _Data(
        y=np.where(good, outcome, 0.0),
        x=np.where(good, table, 0.0),
        names=tuple(columns),
        effects=effects,
        offset=np.where(good, shift, 0.0),
        weights=np.where(good, mass, 1.0),
        clusters=groups,
        cube=tuple(corners) if len(corners) == 3 else None,
        good=good,
    )
