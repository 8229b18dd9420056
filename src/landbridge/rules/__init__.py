"""Rules: who and what may pass, and why not; every sanction, agreement, membership, warrant, toll, closure, dated."""

from landbridge.rules.arcs import ArcEffects, compile_network
from landbridge.rules.classes import TrafficClasses, traffic_classes
from landbridge.rules.energy import EnergyCap, EnergyEffects, EnergyForbid, EnergyQuota, energy_effects
from landbridge.rules.load import load_rules
from landbridge.rules.reading import rule_from, rules_from
from landbridge.rules.records import Added, Judgement, Membership, Rule
from landbridge.rules.ruleset import ActiveRules, RuleSet
from landbridge.rules.tariffs import tariff_matrix
from landbridge.rules.trade import TradeEffects, trade_effects

__all__ = [
    "ActiveRules",
    "Added",
    "ArcEffects",
    "EnergyCap",
    "EnergyEffects",
    "EnergyForbid",
    "EnergyQuota",
    "Judgement",
    "Membership",
    "Rule",
    "RuleSet",
    "TradeEffects",
    "TrafficClasses",
    "compile_network",
    "energy_effects",
    "load_rules",
    "rule_from",
    "rules_from",
    "tariff_matrix",
    "trade_effects",
    "traffic_classes",
]
