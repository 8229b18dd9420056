"""Energy: rules and closures of a world become bounds on crude and gas; both markets are solved."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from landbridge import energy
from landbridge.engine.regimes import Regime, regimes
from landbridge.rules import ActiveRules, EnergyEffects, energy_effects, load_rules
from landbridge.world import BASELINES, Closure, World

Fuel = Literal["crude", "gas"]
FUELS: Final[tuple[Fuel, ...]] = ("crude", "gas")


def market_of(world: World, fuel: Fuel) -> energy.Market:
    """The fuel's market in a world."""
    return world.crude if fuel == "crude" else world.gas


def effects_of(world: World, fuel: Fuel) -> EnergyEffects:
    """What the rules in force do to a fuel."""
    return energy_effects(world.rules.on(world.date), fuel, _countries(market_of(world, fuel)))


def _countries(market: energy.Market) -> list[str]:
    members = {iso3 for node in market.nodes.members for iso3, _ in node}
    return sorted(c for c in members | {*market.nodes.iso3} if c)


@dataclass(frozen=True, slots=True)
class FuelAnswer:
    """A fuel's year: the mean over the regimes of closures and obedience, each regime, and the ends of the range.

    `ends` are the same year with sluggish and with lively supply and demand (energy.at_elasticities), each with its
    regimes and no ends of its own; empty where the range was not asked for.
    """

    year: energy.EnergyResult
    effects: EnergyEffects
    regimes: tuple[tuple[Regime, energy.EnergyResult], ...]
    ends: tuple[FuelAnswer, ...] = ()


def same(one: World, other: World, fuel: Fuel) -> bool:
    """Whether a fuel meets the same market, rules and closures in two worlds, so that one answer serves both."""
    return (
        one.name == other.name
        and market_of(one, fuel) is market_of(other, fuel)
        and _closures(one, fuel) == _closures(other, fuel)
        and effects_of(one, fuel) == effects_of(other, fuel)
    )


def _closures(world: World, fuel: Fuel) -> tuple[Closure, ...]:
    """The closures that a fuel's market knows: of its links, and of passages that its ways use."""
    market = market_of(world, fuel)
    return tuple(c for c in world.closures if c.where in market.arcs.link or market.links(c.where))


def solve(world: World, fuel: Fuel, *, ranges: bool = False) -> FuelAnswer:
    """The fuel's equilibrium under the world's rules, in each regime of its closures; no stocks bridge a closure."""
    market, effects = market_of(world, fuel), effects_of(world, fuel)
    then = energy_effects(_shipped(world), fuel, _countries(market))
    if market.conjecture:
        market = replace(market, base_sales=_base_sales(market, fuel))
    found = _regimes(world, market, fuel, effects, then)
    ends = []
    for side in energy.SIDES if ranges else ():
        other = _regimes(world, energy.at_elasticities(market, side), fuel, effects, then)
        ends.append(FuelAnswer(_mean(other), effects, tuple(other)))
    return FuelAnswer(_mean(found), effects, tuple(found), tuple(ends))


def _base_sales(market: energy.Market, fuel: Fuel) -> dict[str, NDArray[np.float64]]:
    """What strategic sellers sold in the calibrated year, by node: their margin there is already in its terms."""
    calm = replace(energy.load_market(fuel, year=market.year), tracked=market.tracked)
    base = energy.solve(
        calm,
        forbidden=energy.restrictions(fuel, market.year),
        capacity_factor=energy.closed_links(fuel, market.year),
        price_caps=energy.price_caps(fuel, market.year),
        tariffs=energy.shunning(fuel, market.year),
    )
    return {origin: base.consumption_by_origin[base.classes.index(origin)] for origin in market.conjecture}


def _regimes(
    world: World, market: energy.Market, fuel: Fuel, effects: EnergyEffects, then: EnergyEffects
) -> list[tuple[Regime, energy.EnergyResult]]:
    """Every regime solved: parts of the year in which places are shut, times parts of the traffic that obey."""
    opened = _by_rule(market, fuel, effects, then)
    classes = _classes(fuel, market.year, effects, then)
    if len(classes) > 1:
        # the same origins keep their molecules in every class, so that flows by origin can be averaged
        known = set(energy.restrictions(fuel, market.year))
        origins = {origin for _, bans, _, _ in classes for origin, _, _ in bans - known}
        market = replace(market, tracked=tuple(sorted({*market.tracked, *origins})))
    found = []
    # days make regimes; within its days a closure leaves the share of capacity that it does not take
    closures = _closures(world, fuel)
    left = {c.where: 1.0 - c.share for c in closures}
    for regime in regimes([replace(c, share=1.0) for c in closures]):
        factors, passages = dict(opened), {}
        for where in regime.shut:
            if where in market.arcs.link:
                factors[where] = factors.get(where, 1.0) * left[where]
            elif market.links(where):
                passages[where] = left[where]
        for share, forbidden, quotas, caps in classes:
            result = energy.solve(
                market,
                forbidden=forbidden,
                quotas=quotas,
                capacity_factor=factors,
                price_caps=caps,
                passage_share=passages,
                tariffs={k: v * market.level for k, v in energy.shunning(fuel, market.year).items()},
            )
            found.append((replace(regime, weight=regime.weight * share), result))
    return found


Flows = set[tuple[str, str, str]]  # origin, destination, mode
Quotas = tuple[tuple[str, str, float], ...]  # origin, destination or "*", Mt of crude or bcm of gas a year
Caps = tuple[energy.PriceCap, ...]
_UNCAPPED_USD_BBL: Final = 1e4  # the cap of those who obey none: no price comes near it


def _classes(
    fuel: Fuel, year: int, effects: EnergyEffects, base: EnergyEffects
) -> tuple[tuple[float, Flows, Quotas, Caps], ...]:
    """Traffic by what binds it: (share, flows shut to it, quotas, price caps), the freest first; one entry where
    everybody obeys.

    The observed flows of the base year hold whatever evasion there was (Iran's buyers beside China, say), so that a
    ban or a quota in force in both is already in the calibrated market and must not be laid on it a second time.
    """
    then, now = _strengths(fuel, base), _strengths(fuel, effects)
    known = {q.rule for q in base.quotas}
    quotas = [(q, q.amount(fuel)) for q in effects.quotas if q.rule not in known and q.origin != "*"]
    quotas = [(q, amount) for q, amount in quotas if amount == amount]
    sealed = energy.restrictions(fuel, year)
    part = {k: _obeying(now.get(k, 0.0), then.get(k, 0.0), k in sealed) for k in {*sealed, *then, *now}}
    levels = {*part.values(), *(q.rule.strength for q, _ in quotas), *(c.rule.strength for c in effects.caps)}
    edges = [0.0, *sorted(share for share in levels if 0.0 < share < 1.0), 1.0]
    parts = [
        (
            b - a,
            {k for k, share in part.items() if share > a},
            tuple((q.origin, q.destination, amount) for q, amount in quotas if q.rule.strength > a),
            _caps(fuel, effects, a),
        )
        for a, b in itertools.pairwise(edges)
    ]
    return tuple(reversed(parts))


def _obeying(now: float, then: float, sealed: bool) -> float:
    """Share of the calibrated traffic that a ban shuts; `now` and `then` = strengths with the scenario and in the base.

    `sealed`: the base market has no such flow at all. Where it has one in spite of a ban, that is the part that did
    not obey, and a stronger ban takes (now - then) / (1 - then) of it.
    """
    if sealed:
        return min(now / then, 1.0) if then > 0.0 else 1.0
    return 1.0 - (1.0 - now) / (1.0 - then) if now > then else 0.0


def _shipped(world: World) -> ActiveRules:
    return load_rules().on(BASELINES[world.name])


def _strengths(fuel: Fuel, effects: EnergyEffects) -> dict[tuple[str, str, str], float]:
    """Share of the traffic that obeys each ban."""
    return {(f.origin, f.destination, _mode(fuel, f.mode)): f.strength for f in effects.forbid}


def _by_rule(market: energy.Market, fuel: Fuel, effects: EnergyEffects, then: EnergyEffects) -> dict[str, float]:
    """Capacity factors by link: those of the calibrated year, and what the world's rules change of them."""
    factors = dict(energy.closed_links(fuel, market.year))
    for link in {*effects.capacity_factor, *then.capacity_factor} & set(market.arcs.link):
        new = effects.capacity_factor.get(link, 1.0)
        if new != then.capacity_factor.get(link, 1.0):
            factors[link] = new
    return factors


_AVERAGED: Final = (
    "flow", "flow_by_origin", "production", "consumption", "consumption_by_origin", "unserved", "price",
    "price_by_origin", "supply_rent_usd", "consumer_surplus_usd", "arc_rent",
)  # fmt: skip


def _mean(found: Sequence[tuple[Regime, energy.EnergyResult]]) -> energy.EnergyResult:
    """The year as the mean of its regimes by weight; a price that only some regimes know is the mean of those."""
    if len(found) == 1:
        return found[0][1]
    weights = np.array([regime.weight for regime, _ in found])
    means = {}
    for name in _AVERAGED:
        stack = np.stack([getattr(result, name) for _, result in found])
        known = np.isfinite(stack)
        share = known * weights.reshape(-1, *[1] * (stack.ndim - 1))
        total = share.sum(axis=0)
        value = (share * np.where(known, stack, 0.0)).sum(axis=0)
        means[name] = np.divide(value, total, out=np.full(value.shape, np.nan), where=total > 0)
    means["tariff_revenue_usd"] = float(weights @ [r.tariff_revenue_usd for _, r in found])
    means["caps"] = _mean_caps([(w, r.caps) for w, (_, r) in zip(weights, found)])
    worst = max((r for _, r in found), key=lambda r: r.kkt.worst)
    residual = max(r.cap_residual for _, r in found)
    return replace(found[-1][1], **means, kkt=worst.kkt, cap_residual=residual)


def _mean_caps(parts: Sequence[tuple[float, tuple[energy.CapOutcome, ...]]]) -> tuple[energy.CapOutcome, ...]:
    """Volumes and rents of caps as means over the regimes; port prices are those of the last."""
    out = []
    for place, last in enumerate(parts[-1][1]):
        coalition, shadow, cap_rent, shadow_rent = (
            float(sum(w * getattr(caps[place], name) for w, caps in parts))
            for name in ("coalition_flow", "shadow_flow", "cap_rent_usd", "shadow_rent_usd")
        )
        mean = replace(last, coalition_flow=coalition, shadow_flow=shadow)
        out.append(replace(mean, cap_rent_usd=cap_rent, shadow_rent_usd=shadow_rent))
    return tuple(out)


def _mode(fuel: Fuel, mode: str) -> str:
    """Gas by sea is LNG in the market's words."""
    return "lng" if fuel == "gas" and mode == "sea" else mode


def _caps(fuel: Fuel, effects: EnergyEffects, above: float = 0.0) -> Caps:
    """The rules' caps that more than the share `above` of the traffic obeys, with the fleet that the market's data
    assume: who caps and at what price is the rules' to say. Shipped caps have strength 1: evasion is the fleet."""
    fleets = energy.price_caps(fuel)
    # of several caps on one origin the lowest binds
    ordered = sorted(effects.caps, key=lambda c: -c.price_usd_bbl)
    loose = {cap.origin: replace(cap, price_usd_bbl=_UNCAPPED_USD_BBL) for cap in ordered}
    lowest = loose | {cap.origin: cap for cap in ordered if cap.rule.strength > above}
    return tuple(
        replace(fleet, price=cap.price_usd_bbl, coalition=cap.coalition)
        for cap in lowest.values()
        for fleet in fleets
        if fleet.origin == cap.origin
    )
