"""Energy: rules and closures of a world become bounds on crude and gas; both markets are solved."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from landbridge import energy
from landbridge.engine.regimes import Regime, regimes
from landbridge.rules import ActiveRules, EnergyEffects, energy_effects, load_rules
from landbridge.world import BASELINES, World

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
    """A fuel's year: the mean over the regimes of closures, and each regime by itself."""

    year: energy.EnergyResult
    effects: EnergyEffects
    regimes: tuple[tuple[Regime, energy.EnergyResult], ...]


def solve(world: World, fuel: Fuel) -> FuelAnswer:
    """The fuel's equilibrium under the world's rules, in each regime of its closures and for each class of traffic by
    the bans that it obeys; no stocks bridge a closure."""
    market, effects = market_of(world, fuel), effects_of(world, fuel)
    opened = _by_rule(market, effects)
    found = []
    classes = _classes(world, fuel, effects)
    # days make regimes; within its days a closure leaves the share of capacity that it does not take
    left = {c.where: 1.0 - c.share for c in world.closures}
    for regime in regimes([replace(c, share=1.0) for c in world.closures]):
        factors, passages = dict(opened), {}
        for where in regime.shut:
            if where in market.arcs.link:
                factors[where] = factors.get(where, 1.0) * left[where]
            elif market.links(where):
                passages[where] = left[where]
        for share, forbidden, quotas in classes:
            result = energy.solve(
                market,
                forbidden=forbidden,
                quotas=quotas,
                capacity_factor=factors,
                price_caps=_caps(fuel, effects),
                passage_share=passages,
            )
            found.append((replace(regime, weight=regime.weight * share), result))
    return FuelAnswer(_mean(found), effects, tuple(found))


Flows = set[tuple[str, str, str]]  # origin, destination, mode


Quotas = tuple[tuple[str, str, float], ...]  # origin, destination or "*", Mt of crude or bcm of gas a year


def _classes(world: World, fuel: Fuel, effects: EnergyEffects) -> tuple[tuple[float, Flows, Quotas], ...]:
    """Traffic by what binds it: (share, flows shut to it, quotas), the freest first; one entry where everybody obeys.

    The observed flows of the base year hold whatever evasion there was (Iran's buyers beside China, say), so that a
    ban or a quota in force in both is already in the calibrated market and must not be laid on it a second time.
    """
    base = energy_effects(_shipped(world), fuel, _countries(market_of(world, fuel)))
    then, now = _strengths(fuel, base), _strengths(fuel, effects)
    known = {q.rule for q in base.quotas}
    quotas = [(q, q.amount(fuel)) for q in effects.quotas if q.rule not in known and q.origin != "*"]
    quotas = [(q, amount) for q, amount in quotas if amount == amount]
    sealed = energy.restrictions(fuel)
    part = {k: _obeying(now.get(k, 0.0), then.get(k, 0.0), k in sealed) for k in {*sealed, *then, *now}}
    levels = {*part.values(), *(q.rule.strength for q, _ in quotas)}
    edges = [0.0, *sorted(share for share in levels if 0.0 < share < 1.0), 1.0]
    parts = [
        (
            b - a,
            {k for k, share in part.items() if share > a},
            tuple((q.origin, q.destination, amount) for q, amount in quotas if q.rule.strength > a),
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


def _by_rule(market: energy.Market, effects: EnergyEffects) -> dict[str, float]:
    """Capacity factors of the rules, for the links that this market has."""
    return {link: f for link, f in effects.capacity_factor.items() if link in market.arcs.link}


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
    worst = max((r for _, r in found), key=lambda r: r.kkt.worst)
    residual = max(r.cap_residual for _, r in found)
    return replace(found[-1][1], **means, kkt=worst.kkt, cap_residual=residual)


def _mode(fuel: Fuel, mode: str) -> str:
    """Gas by sea is LNG in the market's words."""
    return "lng" if fuel == "gas" and mode == "sea" else mode


def _caps(fuel: Fuel, effects: EnergyEffects) -> tuple[energy.PriceCap, ...]:
    """The rules' caps with the fleet that the market's data assume: who caps and at what price is the rules' to say."""
    fleet = {cap.origin: cap for cap in energy.price_caps(fuel)}
    # of several caps on one origin the lowest binds
    lowest = {cap.origin: cap for cap in sorted(effects.caps, key=lambda c: -c.price_usd_bbl)}
    return tuple(
        replace(fleet[cap.origin], price=cap.price_usd_bbl, coalition=cap.coalition)
        for cap in lowest.values()
        if cap.origin in fleet
    )
