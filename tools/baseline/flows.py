"""Bilateral flows of goods and of services: what was seen, then partner shares, gravity for the rest, RAS last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tools.baseline.inputs import Inputs, places_of

OBSERVED, ESTIMATED, ASSUMED = 0, 1, 2
TOLERANCE = 1e-10
LEAST_OTHER = 0.1  # of a pair's expected trade: other goods where crude and gas alone exceed it (assumed)


@dataclass(frozen=True)
class Flows:
    """Goods and services [n,n], diagonal zero; basis of the cells of each [n,n]."""

    goods: np.ndarray
    services: np.ndarray
    basis: np.ndarray
    services_basis: np.ndarray
    worst_margin: float


@dataclass(frozen=True)
class Priors:
    """Gravity without sizes [n,n] of goods (for pairs of which nobody names a share) and of services; and what
    policy since the shares' year leaves of a named share [n,n]."""

    goods: np.ndarray
    services: np.ndarray
    since: np.ndarray


def bilateral(inputs: Inputs, table: pd.DataFrame, priors: Priors, energy: np.ndarray) -> Flows:
    """Flows that meet the totals of `table` to 0.1 % and better, and hold crude and gas `energy` [n,n] of each pair."""
    iso3 = table.iso3.tolist()
    exports, imports = table.goods_exports.to_numpy(), table.goods_imports.to_numpy()
    prior, _ = completed(inputs, iso3, exports, imports, priors.goods, priors.since)
    basis = np.full(prior.shape, ESTIMATED, dtype=np.int8)
    prior = np.maximum(prior - energy, LEAST_OTHER * prior)  # of all other goods from here on
    fixed, mask, seen = _seen(inputs, inputs.customs, iso3, prior, energy)
    basis[mask] = np.where(seen[mask], OBSERVED, ESTIMATED)
    fixed = np.where(mask, fixed, energy)
    room_out, room_in = exports - fixed.sum(axis=1), imports - fixed.sum(axis=0)
    short = [iso3[n] for n in range(len(iso3)) if min(room_out[n], room_in[n]) <= 0]
    if short:
        raise SystemExit(f"customs figures exceed the totals of {', '.join(short)}: mend totals_2023.csv")
    free = np.where(mask | np.eye(len(iso3), dtype=bool), 0.0, prior)
    goods, miss = ras(free, room_out, room_in)
    goods += fixed
    services, services_basis, miss_services = _services(inputs, table, iso3, priors.services)
    return Flows(goods, services, basis, services_basis, max(miss, miss_services))


def _services(
    inputs: Inputs, table: pd.DataFrame, iso3: list[str], affinity: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Services [n,n] by their own gravity around what statistics tell of single pairs and blocs; basis; worst miss."""
    exports, imports = table.services_exports.to_numpy(), table.services_imports.to_numpy()
    prior, _ = ras(affinity * np.outer(exports, imports), exports, imports)
    fixed, mask, seen = _seen(inputs, inputs.services, iso3, prior, np.zeros_like(prior))
    free = np.where(mask | np.eye(len(iso3), dtype=bool), 0.0, prior)
    rest, miss = ras(free, exports - fixed.sum(axis=1), imports - fixed.sum(axis=0))
    return rest + fixed, np.where(seen, OBSERVED, ESTIMATED).astype(np.int8), miss


def ras(seed: np.ndarray, rows: np.ndarray, columns: np.ndarray, sweeps: int = 5000) -> tuple[np.ndarray, float]:
    """Scale rows and columns in turn to the margins; returns the matrix and the worst relative miss of a margin."""
    columns = columns * (rows.sum() / columns.sum())
    x = seed.copy()
    miss = np.inf
    for _ in range(sweeps):
        x *= (columns / np.maximum(x.sum(axis=0), 1e-300))[None, :]
        got = x.sum(axis=1)
        miss = float(np.max(np.abs(got - rows) / np.maximum(rows, 1e-300)))
        if miss < TOLERANCE:
            return x, miss
        x *= (rows / np.maximum(got, 1e-300))[:, None]
    return x, float(np.max(np.abs(x.sum(axis=0) - columns) / columns))


def completed(
    inputs: Inputs,
    iso3: list[str],
    exports: np.ndarray,
    imports: np.ndarray,
    affinity: np.ndarray,
    since: np.ndarray | float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Partner shares where either side names the other, gravity (below the smallest named share) elsewhere [n,n].

    `since` [n,n] is what later policy leaves of a named share. Also which cells somebody names [n,n].
    """
    n = len(iso3)
    place = {c: k for k, c in enumerate(iso3)}
    said = {"export": np.full((n, n), np.nan), "import": np.full((n, n), np.nan)}
    least = {"export": np.full(n, np.inf), "import": np.full(n, np.inf)}
    for row in inputs.partners.itertuples():
        if row.iso3 not in place or row.partner not in place or row.iso3 == row.partner:
            continue
        me, other, share = place[row.iso3], place[row.partner], row.share_percent / 100.0
        if row.flow == "export":
            said["export"][me, other] = share * exports[me]
        else:
            said["import"][other, me] = share * imports[me]
        least[row.flow][me] = min(least[row.flow][me], share)
    both = np.sqrt(said["export"] * said["import"])
    named = np.where(np.isnan(both), np.where(np.isnan(said["export"]), said["import"], said["export"]), both)
    known = ~np.isnan(named)
    gravity = affinity * np.outer(exports, imports)
    named = np.where(known, named * since, 0.0)
    gravity[known] = 0.0
    rest_out = np.maximum(exports - named.sum(axis=1), 0.05 * exports)
    rest_in = np.maximum(imports - named.sum(axis=0), 0.05 * imports)
    gravity, _ = ras(gravity, rest_out, rest_in, sweeps=20)
    cap = np.minimum((least["export"] * exports)[:, None], (least["import"] * imports)[None, :])
    return np.where(known, named, np.minimum(gravity, cap)), known


def _seen(
    inputs: Inputs, told: pd.DataFrame, iso3: list[str], prior: np.ndarray, energy: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cells set by hand, which cells they are, and which were seen singly and read again (confidence not low).

    A bloc's total is its energy plus the rest split by the prior.
    """
    fixed, mask, seen = np.zeros_like(prior), np.zeros(prior.shape, dtype=bool), np.zeros(prior.shape, dtype=bool)
    for bloc in (False, True):  # single pairs first: a bloc's figure is spread over what is left of it
        for row in told.itertuples():
            if (row.exporter[0] in "@#" or row.importer[0] in "@#") != bloc:
                continue
            cells = np.zeros_like(mask)
            cells[np.ix_(places_of(inputs, row.exporter, iso3), places_of(inputs, row.importer, iso3))] = True
            np.fill_diagonal(cells, False)
            already = cells & mask
            new = cells & ~mask
            left = row.value_usd - fixed[already].sum() - energy[new].sum()
            if left < 0 or not new.any():
                raise SystemExit(
                    f"customs or services: {row.exporter}-{row.importer} contradicts single pairs or crude and gas "
                    f"({energy[new].sum() / 1e9:.1f} bn USD: energy_prices_2023.csv), or repeats"
                )
            weight = prior[new] if prior[new].any() else np.ones(new.sum())  # seen although the rules leave nothing
            fixed[new] = energy[new] + weight * (left / weight.sum())
            mask |= new
            seen |= new & (not bloc and row.confidence != "low")
    return fixed, mask, seen
