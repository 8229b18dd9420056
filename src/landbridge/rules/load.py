"""The shipped rules and memberships."""

from __future__ import annotations

from functools import cache

from landbridge.rules.agreements import agreement_rules
from landbridge.rules.reading import membership_from, rules_from
from landbridge.rules.ruleset import RuleSet
from landbridge.rules.shipped import rows


@cache
def load_rules() -> RuleSet:
    """Every shipped rule, agreement and membership; BadTable or BadRule where a data file is damaged."""
    numbered = [(f"rules.csv row {i + 2}", row) for i, row in enumerate(rows("rules"))]
    return RuleSet((*rules_from(numbered), *agreement_rules()), tuple(membership_from(m) for m in rows("memberships")))
