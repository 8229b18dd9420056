"""Rules: who and what may pass, and why not; every sanction, agreement, membership, warrant, toll, closure, dated."""

from landbridge.rules.agreements import DEPTHS, agreement_depth, deepening
from landbridge.rules.air import Flight, fly
from landbridge.rules.arcs import ArcEffects, compile_network, network_mixture, unplaced
from landbridge.rules.classes import TrafficClasses, traffic_classes
from landbridge.rules.covariates import (
    NAMES as COVARIATES,
)
from landbridge.rules.covariates import (
    covariate_columns,
    covariates,
    is_covariate,
    political_distance,
    same_group,
)
from landbridge.rules.effects import Effect, effect, effects, wedge_of
from landbridge.rules.energy import EnergyCap, EnergyEffects, EnergyForbid, energy_effects
from landbridge.rules.ground import open_sea_km
from landbridge.rules.load import load_rules
from landbridge.rules.quotas import Quota, quotas
from landbridge.rules.reach import shuts, without_effect
from landbridge.rules.reading import rule_from, rules_from
from landbridge.rules.records import Added, Judgement, Membership, Rule
from landbridge.rules.ruleset import ActiveRules, RuleSet, unknown_groups
from landbridge.rules.schema import rule_schema
from landbridge.rules.tariffs import tariff_matrix
from landbridge.rules.trade import TradeEffects, trade_effects
from landbridge.rules.verbs import RuleDiff, diff, judge, judge_all, list_rules, parse_movement, show_rule
from landbridge.rules.vocabulary import territory_at

__all__ = [
    "COVARIATES",
    "DEPTHS",
    "ActiveRules",
    "Added",
    "ArcEffects",
    "Effect",
    "EnergyCap",
    "EnergyEffects",
    "EnergyForbid",
    "Flight",
    "Judgement",
    "Membership",
    "Quota",
    "Rule",
    "RuleDiff",
    "RuleSet",
    "TradeEffects",
    "TrafficClasses",
    "agreement_depth",
    "compile_network",
    "covariate_columns",
    "covariates",
    "deepening",
    "diff",
    "effect",
    "effects",
    "energy_effects",
    "fly",
    "is_covariate",
    "judge",
    "judge_all",
    "list_rules",
    "load_rules",
    "network_mixture",
    "open_sea_km",
    "parse_movement",
    "political_distance",
    "quotas",
    "rule_from",
    "rule_schema",
    "rules_from",
    "same_group",
    "show_rule",
    "shuts",
    "tariff_matrix",
    "territory_at",
    "trade_effects",
    "traffic_classes",
    "unknown_groups",
    "unplaced",
    "wedge_of",
    "without_effect",
]
