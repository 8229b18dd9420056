"""Compile the rules in force for the energy markets: forbidden flows, price caps, pipelines' capacity, quotas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from landbridge.errors import UnknownName
from landbridge.rules import vocabulary as v
from landbridge.rules.matching import Facts, fits
from landbridge.rules.pairs import Pairs
from landbridge.rules.quotas import Quota, quotas, terms_of, territories
from landbridge.rules.records import Rule
from landbridge.rules.ruleset import ActiveRules

# fuel -> (good of the rule language, mode): gas travels by pipe, or as LNG by sea
FUELS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "crude": (("crude", "sea"), ("crude", "pipe"), ("crude", "rail")),
    "gas": (("gas", "pipe"), ("lng", "sea")),
}


@dataclass(frozen=True, slots=True)
class EnergyForbid:
    """No flow of the fuel from origin to destination by a mode; `strength` = share of traffic that obeys."""

    origin: str
    destination: str
    mode: str
    rule: Rule
    strength: float


@dataclass(frozen=True, slots=True)
class EnergyCap:
    """No `services` by providers in `coalition` for the origin's fuel above a price at the port."""

    origin: str
    good: str
    price_usd_bbl: float
    coalition: frozenset[str]
    services: tuple[str, ...]
    rule: Rule


@dataclass(frozen=True, slots=True)
class EnergyEffects:
    """All that the rules do to a fuel. `capacity_factor`: link -> factor 0..; `capacity_rule`: link -> its rule."""

    fuel: str
    forbid: tuple[EnergyForbid, ...]
    caps: tuple[EnergyCap, ...]
    capacity_factor: Mapping[str, float]
    capacity_rule: Mapping[str, Rule]
    quotas: tuple[Quota, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule that has an effect, by id."""
        used = [x.rule for x in self.forbid] + [x.rule for x in self.caps] + [x.rule for x in self.quotas]
        found = {r.id: r for r in (*used, *self.capacity_rule.values())}
        return tuple(found[k] for k in sorted(found))


def energy_effects(active: ActiveRules, fuel: str, iso3: Sequence[str]) -> EnergyEffects:
    """Effects of the rules in force on `fuel` ("crude" or "gas") between the countries named.

    Where several rules forbid the same flow, the one with the greatest strength is named (then the first by id).
    """
    if fuel not in FUELS:
        raise UnknownName(f"unknown fuel {fuel!r}", "energy_effects", f"allowed: {', '.join(FUELS)}")
    pairs = Pairs(active, tuple(iso3))
    factors, makers = _links(active, fuel)
    fuel_quotas = quotas(active, [good for good, _ in FUELS[fuel]])
    return EnergyEffects(fuel, _forbids(pairs, fuel), _caps(active, fuel), factors, makers, fuel_quotas)


def _facts(good: str, mode: str) -> Facts:
    return {"good": frozenset(v.good_line(good)), "mode": frozenset((mode,))}


def _forbids(pairs: Pairs, fuel: str) -> tuple[EnergyForbid, ...]:
    best: dict[tuple[str, str, str], EnergyForbid] = {}
    rules = [r for a in ("import", "export") for r in pairs.active.by_action(a) if r.effect == "forbid"]
    for good, mode in FUELS[fuel]:
        for rule in rules:
            spot = pairs.spot(rule, _facts(good, mode))
            if spot is None:
                continue
            for i, j in zip(*spot.cells.nonzero()):
                key = (pairs.iso3[spot.rows[i]], pairs.iso3[spot.columns[j]], mode)
                if key not in best or best[key].strength < rule.strength:
                    best[key] = EnergyForbid(*key, rule, rule.strength)
    return tuple(best[k] for k in sorted(best))


def _caps(active: ActiveRules, fuel: str) -> tuple[EnergyCap, ...]:
    """Rules `serve ... price>P` on the fuel itself."""
    caps = []
    for rule in active.by_action("serve"):
        prices = [t for t in terms_of(rule, "price") if t.op == ">"]
        goods = [x.text for t in terms_of(rule, "good") for x in t.values if fuel in v.good_line(x.text)]
        goods += [fuel for t in terms_of(rule, "good") for x in t.values if x.text in v.good_line(fuel)[1:]]
        if rule.effect != "forbid" or not prices or not goods:
            continue
        coalition = territories(active, [x for t in terms_of(rule, "provider") for x in t.values])
        services = tuple(x.text for t in terms_of(rule, "service") for x in t.values)
        origins = territories(active, [x for t in terms_of(rule, "origin") for x in t.values])
        caps += [EnergyCap(o, goods[0], prices[0].number, coalition, services, rule) for o in sorted(origins)]
    return tuple(caps)


def _links(active: ActiveRules, fuel: str) -> tuple[dict[str, float], dict[str, Rule]]:
    """The smallest factor of each link, and the rule that sets it."""
    factors: dict[str, float] = {}
    makers: dict[str, Rule] = {}
    for rule in active.by_action("flow"):
        if rule.effect not in ("capacity", "forbid"):
            continue
        value = 0.0 if rule.effect == "forbid" else rule.value_on(active.date)
        for good, mode in FUELS[fuel]:
            for link in (x.text for t in terms_of(rule, "link") for x in t.values):
                facts: Facts = {**_facts(good, mode), "link": frozenset((link,))}
                if fits((*rule.who, *rule.where), facts, active.groups, active.date) and value < factors.get(link, 1.0):
                    factors[link], makers[link] = value, rule
    return factors, makers
