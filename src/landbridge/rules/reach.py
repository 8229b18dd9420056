"""What a rule reaches: the models that take it up, and the place that it shuts."""

from __future__ import annotations

from typing import Final

import numpy as np

from landbridge.rules import vocabulary as v
from landbridge.rules.cover import atoms, portions
from landbridge.rules.quota_shares import prices_usd_t
from landbridge.rules.quotas import FUELS, mt_yr, terms_of
from landbridge.rules.records import Rule

_TRADE: Final = ("forbid", "tariff", "cost_advalorem")
_ARCS: Final = ("forbid", "time", "cost", "cost_advalorem", "capacity")
# keys that trade between countries does not know: a rule that asks for them says nothing about a country pair
_UNSAID: Final = (
    "flag",
    "carrier",
    "vessel",
    "name",
    "person",
    "place",
    "permit",
    "port",
    "crossing",
    "strait",
    "link",
)


def without_effect(rule: Rule) -> str:
    """Why no model takes the rule up: it is in the book for `judge` and `route` alone. '' where one does."""
    if rule.effect == "permit":
        return "" if rule.overrides else "a permit without `overrides` only documents an exemption"
    if rule.unit == "trade_change" and rule.value > 0.0:
        return "agreements act through the tariff that they leave, not through their estimated effect as well"
    return _REASON.get(rule.action, _on_places)(rule)


def _on_trade(rule: Rule) -> str:
    asked = [k for k in _UNSAID if terms_of(rule, k)]
    if asked:
        return f"trade between countries knows no {', '.join(asked)}"
    if rule.effect == "quota":
        return _on_quota(rule)
    if rule.effect not in _TRADE:
        return f"{rule.effect} on {rule.action}s is not part of any model"
    named = frozenset(x.text for t in terms_of(rule, "good") for x in t.values if not x.negated)
    return "" if portions(named) else f"of trade in {', '.join(sorted(named))} no share is known"


def _on_quota(rule: Rule) -> str:
    named = frozenset(x.text for t in terms_of(rule, "good") for x in t.values if not x.negated)
    if named & FUELS:
        return ""
    if np.isnan(mt_yr(1.0, rule.unit)):
        return f"a quota in {rule.unit} binds on crude and gas only; write Mt/year or t/year"
    counted = any(atoms()[g] in prices_usd_t() for g, _, _ in portions(named)) if named else False
    return "" if counted else f"a quota counts goods with a price per tonne: {', '.join(prices_usd_t())}"


def _on_finance(rule: Rule) -> str:
    return "" if rule.effect == "cost_advalorem" else "only the cost of finance enters trade, not who may give it"


def _on_services(rule: Rule) -> str:
    goods = {x.text for t in terms_of(rule, "good") for x in t.values}
    crude = goods & set(v.good_line("crude"))
    return "" if terms_of(rule, "price") and crude else "only price caps on crude enter the energy market"


def _on_links(rule: Rule) -> str:
    return "" if rule.effect in ("forbid", "capacity") else f"{rule.effect} on a pipeline is not part of any model"


def _on_flights(rule: Rule) -> str:
    return "" if rule.effect == "forbid" else f"{rule.effect} on flights and visits is not part of any model"


def _on_nothing(rule: Rule) -> str:
    return "transhipment is not part of any model"


def _on_places(rule: Rule) -> str:
    return "" if rule.effect in _ARCS else f"{rule.effect} on a {rule.action} is not part of any model"


_REASON: Final = {
    "import": _on_trade,
    "export": _on_trade,
    "finance": _on_finance,
    "serve": _on_services,
    "flow": _on_links,
    "overfly": _on_flights,
    "visit": _on_flights,
    "tranship": _on_nothing,
}


def shuts(rule: Rule, where: str) -> bool:
    """True for a rule that forbids, or cuts to nothing, exactly this place."""
    named = {x.text for term in rule.where for x in term.values}
    return where in named and (rule.effect == "forbid" or (rule.effect == "capacity" and rule.value == 0))
