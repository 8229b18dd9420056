"""Politics and law as covariates of gravity: agreements, sanctions, shared groups, distance in UN votes. All [i, j]."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from landbridge.rules.agreements import agreement_depth
from landbridge.rules.ruleset import ActiveRules
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


def covariates(active: ActiveRules, iso3: Sequence[str], groups: Sequence[str] = ()) -> dict[str, Floats]:
    """Columns for a gravity model on a date, each [i, j] = from i to j.

    `rta` 1 under an agreement of free trade or deeper; `depth` 0..5; `sanction` share of goods trade shut by rules;
    `political_distance`; `both_<GROUP>` for every group asked for.
    """
    depth = agreement_depth(active, iso3)
    shut = trade_effects(active, iso3, ["goods"], elasticity=1.0).forbidden_share[0]
    out = {
        "rta": (depth >= 3).astype(float),
        "depth": depth.astype(float),
        "sanction": shut,
        "political_distance": political_distance(iso3),
    }
    return out | {f"both_{g}": same_group(active, g, iso3) for g in groups}
