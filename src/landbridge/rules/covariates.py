"""Politics and law as covariates of gravity: agreements, sanctions, shared groups, distance in UN votes. All [i, j]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.codes import nearest, require_territory
from landbridge.errors import Fault, UnknownName
from landbridge.rules.agreements import DEPTHS, agreement_depth
from landbridge.rules.ruleset import ActiveRules, RuleSet
from landbridge.rules.shipped import rows
from landbridge.rules.trade import trade_effects

Floats = NDArray[np.float64]


def political_distance(iso3: Sequence[str]) -> Floats:
    """[i, j] distance of ideal points in the General Assembly's votes of 2023; NaN where one did not vote.

    Bailey, Strezhnev, Voeten 2017, Journal of Conflict Resolution 61; their release of July 2025.
    """
    known = {r["iso3"]: r["ideal_point"] for r in rows("political_distance")}
    point = np.array([known.get(code, np.nan) for code in iso3])
    distance: Floats = np.abs(point[:, None] - point[None, :])
    return distance


def same_group(active: ActiveRules, group: str, iso3: Sequence[str]) -> Floats:
    """[i, j] 1 where both are members of the group on the date and i is not j; UnknownName for an unknown group."""
    members = active.members(group)
    inside = np.array([code in members for code in iso3], dtype=float)
    out = np.outer(inside, inside)
    np.fill_diagonal(out, 0.0)
    return out


NAMES: Final = ("rta", "depth", "sanction", "political_distance")
GROUP: Final = "group:"  # group:EAEU = both are members


def covariates(
    active: ActiveRules, iso3: Sequence[str], groups: Sequence[str] = (), names: Sequence[str] = NAMES
) -> dict[str, Floats]:
    """Columns for a gravity model on a date, each [i, j] = from i to j.

    `rta` 1 under an agreement of free trade or deeper; `depth` 0..5 of the deepest agreement; `sanction` share of goods
    trade shut by rules; `political_distance`, of the votes of 2023 whatever the date; `group:NAME` 1 where both are
    members; `groups` adds `both_<GROUP>`, the same by another name. UnknownName lists every name and group that does
    not exist.
    """
    _check_names(names, active)
    out: dict[str, Floats] = {}
    depth = agreement_depth(active, iso3) if {"rta", "depth"} & set(names) else None
    for name in names:
        if name.startswith(GROUP):
            out[name] = same_group(active, name.removeprefix(GROUP), iso3)
        elif name == "sanction":
            out[name] = trade_effects(active, iso3, ["goods"], elasticity=1.0).forbidden_share[0]
        elif name == "political_distance":
            out[name] = political_distance(iso3)
        elif depth is not None:
            out[name] = (depth >= DEPTHS.index("fta")).astype(float) if name == "rta" else depth.astype(float)
    return out | {f"both_{g}": same_group(active, g, iso3) for g in groups}


def covariate_columns(
    ruleset: RuleSet, exporter: ArrayLike, importer: ArrayLike, year: ArrayLike, names: Sequence[str]
) -> dict[str, Floats]:
    """The covariates of a panel's rows, each [rows]: rules and members as on 1 July of the row's year.

    `exporter` and `importer` are ISO3 codes [rows], `year` whole numbers [rows]. UnknownName for codes, names and
    groups that do not exist. NaN where `political_distance` has no votes.
    """
    ends, years = (np.asarray(exporter).astype(str), np.asarray(importer).astype(str)), np.asarray(year).astype(int)
    iso3, number = np.unique(np.concatenate(ends), return_inverse=True)
    codes = [require_territory(str(c), "covariates") for c in iso3.tolist()]
    i, j = number[: len(years)], number[len(years) :]
    out = {name: np.full(len(years), np.nan) for name in names}
    for when in np.unique(years).tolist():
        found = covariates(ruleset.on(f"{when}-07-01"), codes, names=names)
        here = years == when
        for name, matrix in found.items():
            out[name][here] = matrix[i[here], j[here]]
    return out


def is_covariate(name: str) -> bool:
    """True for a name that `covariate_columns` can compute."""
    return name in NAMES or name.startswith(GROUP)


def _check_names(names: Sequence[str], active: ActiveRules) -> None:
    faults = []
    for name in names:
        if name.startswith(GROUP):
            group = name.removeprefix(GROUP)
            if group not in active.groups:
                near = ", ".join(nearest(group, active.groups)) or "see `landbridge rules list`"
                faults.append(Fault(f"unknown group {group!r}", "covariates", f"nearest: {near}"))
        elif name not in NAMES:
            faults.append(
                Fault(f"unknown covariate {name!r}", "covariates", f"there are: {', '.join(NAMES)}, {GROUP}NAME")
            )
    if faults:
        raise UnknownName(faults)
