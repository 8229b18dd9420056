"""Coalitions: a measure by some economies against one, and who bears what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from landbridge.errors import BadInput
from landbridge.trade.equilibrium import purge, solve
from landbridge.trade.records import Baseline, Deficits, Equilibrium, Settings
from landbridge.trade.wedges import covered

Array = NDArray[np.float64]
Direction = Literal["both", "imports", "exports"]


@dataclass(frozen=True, slots=True)
class Burden:
    """Change of real income of a group: exact equivalent variation in USD of the base, and per cent of its income."""

    group: str
    usd: float
    percent: float


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one member adds to a measure: how much less the target, and itself, would lose if it stayed out."""

    iso3: str
    on_target_percent: float  # per cent of the target's income
    on_itself_percent: float  # per cent of its own income


def measure(
    baseline: Baseline,
    members: Sequence[str],
    target: str,
    hat: float = np.inf,
    share: float | Array = 1.0,
    direction: Direction = "both",
) -> Array:
    """Wedge hats [k,i,j] of a measure by `members` against `target`; inf = embargo.

    `share`: covered share of each flow, a number or [k]. `direction` as the members see it: "imports" from the target,
    "exports" to it, or both.
    """
    if target in members:
        raise BadInput(f"{target} cannot act against itself", "trade.measure")
    them, us = baseline.index(target), [baseline.index(m) for m in members]
    part = np.broadcast_to(np.asarray(share, dtype=np.float64), baseline.theta.shape)
    by_sector = covered(np.full(part.shape, hat), part, baseline.theta)[:, None]
    out = np.ones_like(baseline.flow_usd)
    if direction in ("both", "imports"):
        out[:, them, us] = by_sector
    if direction in ("both", "exports"):
        out[:, us, them] = by_sector
    return out


def burdens(result: Equilibrium, groups: Mapping[str, Sequence[str]]) -> list[Burden]:
    """Who bears what: equivalent variation of each group, and of all others together."""
    change = result.base_income_usd * (result.real_income_hat - 1.0)
    place = {c: i for i, c in enumerate(result.iso3)}
    named = [m for members in groups.values() for m in members]
    unknown = sorted(set(named) - set(place))
    if unknown:
        raise BadInput(f"not in the trade baseline: {', '.join(unknown)}", "trade.burdens")
    whole = {**groups, "others": [c for c in result.iso3 if c not in set(named)]}
    found = []
    for name, members in whole.items():
        where = [place[m] for m in members]
        income = float(result.base_income_usd[where].sum())
        usd = float(change[where].sum())
        found.append(Burden(name, usd, 100.0 * usd / income if income else 0.0))
    return found


def contributions(
    baseline: Baseline,
    members: Sequence[str],
    target: str,
    hat: float = np.inf,
    share: float | Array = 1.0,
    deficits: Deficits = "purged",
    settings: Settings | None = None,
) -> list[Contribution]:
    """Leave one member out at a time: what its taking part costs the target and itself, largest effect first."""
    base = purge(baseline, settings) if deficits == "purged" else baseline
    them = base.index(target)

    def real(who: Sequence[str]) -> Array:
        wedge = measure(base, who, target, hat, share)
        return solve(base, wedge, deficits=deficits, settings=settings).real_income_hat

    together = real(members)
    found = []
    for member in members:
        without = real([m for m in members if m != member])
        own = base.index(member)
        on_target = 100.0 * float(together[them] - without[them])
        found.append(Contribution(member, on_target, 100.0 * float(together[own] - without[own])))
    return sorted(found, key=lambda c: c.on_target_percent)
