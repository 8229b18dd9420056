"""Energy: rules and closures of a world become bounds on crude and gas; both markets are solved."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from landbridge import energy
from landbridge.rules import EnergyEffects, energy_effects
from landbridge.world import World

Fuel = Literal["crude", "gas"]
FUELS: Final[tuple[Fuel, ...]] = ("crude", "gas")


def market_of(world: World, fuel: Fuel) -> energy.Market:
    """The fuel's market in a world."""
    return world.crude if fuel == "crude" else world.gas


def effects_of(world: World, fuel: Fuel) -> EnergyEffects:
    """What the rules in force do to a fuel."""
    market = market_of(world, fuel)
    countries = sorted({iso3 for members in market.nodes.members for iso3, _ in members} | {*market.nodes.iso3})
    return energy_effects(world.rules.on(world.date), fuel, [c for c in countries if c])


def solve(world: World, fuel: Fuel) -> tuple[energy.EnergyResult, EnergyEffects]:
    """The fuel's equilibrium under the world's rules and closures."""
    market = market_of(world, fuel)
    effects = effects_of(world, fuel)
    factors = {link: f for link, f in effects.capacity_factor.items() if link in market.arcs.link}
    passages: dict[str, float] = {}
    for closure in world.closures:
        left = 1.0 - closure.intensity
        if closure.where in market.arcs.link:
            factors[closure.where] = factors.get(closure.where, 1.0) * left
        elif market.links(closure.where):
            passages[closure.where] = min(passages.get(closure.where, 1.0), left)
    found = energy.solve(
        market,
        forbidden=[(f.origin, f.destination, _mode(fuel, f.mode)) for f in effects.forbid],
        capacity_factor=factors,
        price_caps=_caps(fuel, effects),
        passage_share=passages,
    )
    return found, effects


def _mode(fuel: Fuel, mode: str) -> str:
    """Gas by sea is LNG in the market's words."""
    return "lng" if fuel == "gas" and mode == "sea" else mode


def _caps(fuel: Fuel, effects: EnergyEffects) -> tuple[energy.PriceCap, ...]:
    """The rules' caps with the fleet that the market's data assume: who caps and at what price is the rules' to say."""
    fleet = {cap.origin: cap for cap in energy.price_caps(fuel)}
    return tuple(
        replace(fleet[cap.origin], price=cap.price_usd_bbl, coalition=cap.coalition)
        for cap in effects.caps
        if cap.origin in fleet
    )
