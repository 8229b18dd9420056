"""Energy: rules and closures of a world become bounds on crude and gas; both markets are solved."""

from __future__ import annotations

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
        forbidden=[(f.origin, f.destination, f.mode) for f in effects.forbid],
        capacity_factor=factors,
        price_caps=energy.caps_for(market, effects.caps) if effects.caps else (),
        passage_share=passages,
    )
    return found, effects
