"""Trade: freight, rules, agreements and tariffs become wedges between economies; the equilibrium is solved on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from landbridge import trade
from landbridge.engine import goods
from landbridge.engine.choice import FreightCosts
from landbridge.rules import TradeEffects, trade_effects
from landbridge.world import World

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Wedges:
    """What stands between economies, [k, i, j]: `freight` = f of METHODS 3 (real cost, no revenue; inf no way),
    `rules` = factor of the rules' literature effects (1 none), `tariff` ad valorem, `forbidden` share shut by rule;
    `across` as in `trade.Side`."""

    freight: Floats
    effects: TradeEffects
    agreements: Floats
    tariff: Floats
    across: Mapping[int, Floats] = field(default_factory=dict)


def freight_by_sector(freight: Sequence[tuple[float, FreightCosts]], world: World) -> Floats:
    """One f[k,i,j] out of the regimes' [g,i,j]: mixed as trade mixes, (1+f)^-theta, so that no way is allowed.

    Within a sector the commodity groups mix by value; what does not travel (services) meets no freight. The part of a
    pair's trade whose places have no way is lost, as a regime without a way is: f then says what that comes to.
    """
    mix = goods.sector_mix(world.trade.sectors)
    out = np.zeros_like(world.trade.flow_usd)
    for k in np.flatnonzero(mix.sum(axis=1) > 0):
        theta = float(world.trade.theta[k])
        used = mix[k] > 0
        total = np.zeros(out.shape[1:])
        for weight, costs in freight:
            ways = costs.served[used] * (1.0 + costs.wedge[used]) ** -theta
            total += weight * np.tensordot(mix[k][used] / mix[k].sum(), ways, axes=1)
        with np.errstate(divide="ignore"):
            out[k] = total ** (-1.0 / theta) - 1.0
        np.fill_diagonal(out[k], 0.0)
    return out


def wedges(world: World, freight: Sequence[tuple[float, FreightCosts]]) -> Wedges:
    """All wedges of a world at its date."""
    base = world.trade
    active = world.rules.on(world.date)
    effects = trade_effects(active, base.iso3, base.sectors, elasticity=base.theta, flow_usd=base.flow_usd)
    return Wedges(freight_by_sector(freight, world), effects, _agreements(world), set_tariffs(world))


def side(wedges: Wedges) -> trade.Side:
    """What rules shut and list, and what carriage costs, for the ways round them."""
    return trade.Side(wedges.effects.forbidden_share, wedges.effects.listed_share, wedges.freight, wedges.across)


def divertible(sectors: Sequence[str]) -> Floats:
    """[k] part of each sector that goes in boxes and may pass as a third economy's goods; bulk does not."""
    return np.asarray(goods.sector_mix(sectors) @ goods.groups().container_share)


def boxed_usd(base: trade.Baseline, part: Floats) -> Floats:
    """[i,j] trade in what can go round, by the `part` [k] of each sector; none with the rest of the world."""
    usd = np.asarray(np.tensordot(part, base.flow_usd, axes=1))
    mixture = np.array(base.iso3) == "ROW"
    usd[mixture, :] = usd[:, mixture] = 0.0
    return usd


def wedge_hat(before: Wedges, after: Wedges, base: trade.Baseline) -> Floats:
    """Change of the iceberg part, [k,i,j]: freight ratio x rules' ratio x agreements; inf where trade is now shut."""
    theta = base.theta
    with np.errstate(invalid="ignore", divide="ignore"):
        freight = (1.0 + after.freight) / (1.0 + before.freight)
        # no way before and after: the observed trade went by means that the network does not have; unchanged
        freight = np.where(np.isinf(before.freight), np.where(np.isinf(after.freight), 1.0, np.nan), freight)
        # a share s of the varieties shut: trade x (1 - s), the same as a wedge of (1 - s)^(-1/theta)
        loose = divertible(base.sectors)
        shut_after = trade.shut_share(boxed_usd(base, loose), theta, side(before), side(after), loose)
        open_before, open_after = 1.0 - before.effects.forbidden_share, 1.0 - shut_after
        shut = (open_after / open_before) ** (-1.0 / theta[:, None, None])
    shut = np.where(open_before <= 0, 1.0, shut)
    freight = np.where(np.isnan(freight), 1.0, freight)
    # only the goods among a sector's varieties meet freight
    carried, power = goods.sector_mix(base.sectors).sum(axis=1)[:, None, None], -theta[:, None, None]
    with np.errstate(divide="ignore"):
        freight = (carried * freight**power + 1.0 - carried) ** (1.0 / power)
    return np.asarray(
        freight * (after.effects.wedge / before.effects.wedge) * shut * (after.agreements / before.agreements)
    )


def without(hat: Floats, sectors: Sequence[str], base: trade.Baseline) -> Floats:
    """The wedges with those of some sectors left as they are in the base, [k, i, j]."""
    kept = hat.copy()
    kept[np.isin(base.sectors, sectors)] = 1.0
    return kept


def tariffs_new(before: Wedges, after: Wedges, base: trade.Baseline) -> Floats:
    """Tariffs of the counterfactual: the baseline's, changed by rules and set by tariff actions.

    A rise by rule is added. A cut takes the baseline's rate down in proportion: its rates are means by sector of older
    schedules that do not know every duty of the rules, and no tariff falls below nought.
    """
    old, now = np.nan_to_num(before.effects.tariff), np.nan_to_num(after.effects.tariff)
    left = np.divide(now, old, out=np.ones_like(now), where=old > 0)
    new = np.where(now < old, base.tariff * left, base.tariff + now - old)
    return np.where(np.isnan(after.tariff), new, after.tariff)


def _agreements(world: World) -> Floats:
    base = world.trade
    out = np.ones_like(base.flow_usd)
    for agreement in world.agreements:
        index = np.array([base.index(m) for m in agreement.members])
        for k, theta in enumerate(base.theta):
            out[k][np.ix_(index, index)] *= (1.0 + agreement.trade_change) ** (-1.0 / theta)
    return out


def set_tariffs(world: World) -> Floats:
    """Tariffs that actions set, NaN where none does; the narrower one goes first, whatever the order of the file."""
    base = world.trade
    out = np.full_like(base.flow_usd, np.nan)
    for change in sorted(world.tariffs, key=lambda c: (bool(c.exporters), bool(c.sectors))):
        importers = np.isin(base.iso3, change.importers)
        exporters = np.isin(base.iso3, change.exporters) if change.exporters else np.ones(len(base.iso3), bool)
        if not change.inside and not change.exporters:
            exporters &= ~importers
        pairs = np.outer(exporters, importers) & ~np.eye(len(base.iso3), dtype=bool)
        for k, sector in enumerate(base.sectors):
            if sector in change.sectors or (not change.sectors and sector != "services"):
                out[k][pairs] = change.rate
    return out


def solve(
    base: trade.Baseline,
    productivity: Mapping[str, float],
    hat: Floats,
    tariff_new: Floats,
    *,
    theta_factor: float = 1.0,
    hat_power: float = 1.0,
) -> trade.Equilibrium:
    """The equilibrium on a purged base at a scaled elasticity; `hat_power` scales the log wedge (for ranges)."""
    factor = np.ones_like(base.value_added_share)
    for iso3, change in productivity.items():
        factor[:, base.index(iso3)] = change
    return trade.solve(
        replace(base, theta=base.theta * theta_factor),
        hat**hat_power,
        tariff_new=tariff_new,
        productivity_hat=factor,
        deficits="purged",
    )


def flow_usd(world: World, solved: trade.Equilibrium) -> Floats:
    """New trade [k,i,j]: the observed flows times the change that the purged world shows; 0 where none."""
    change = np.divide(
        solved.flow_usd, solved.base_flow_usd, out=np.zeros_like(solved.flow_usd), where=solved.base_flow_usd > 0
    )
    return world.trade.flow_usd * change
