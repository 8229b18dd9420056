"""Quotas and narrow goods in trade: what they shut of the base year's flows, and what is said where they cannot."""

from __future__ import annotations

import numpy as np
import pytest

import landbridge as lb
from landbridge import rules
from landbridge.engine import trade
from landbridge.rules.quota_shares import season_share
from landbridge.scenario import examine, parse

ISO3 = ("RUS", "EGY", "CHN", "KAZ")
DAY = "2023-10-17"
GRAIN = {"grain": 1.0}
USD_T = 300.0  # data/good_prices.csv


def _rule(**changes: object) -> rules.Rule:
    row: dict[str, object] = {
        "id": "q",
        "by": "RUS",
        "action": "export",
        "who": "origin=RUS good=grain",
        "where": "country=RUS",
        "effect": "quota",
        "value": 3.0,
        "unit": "Mt/year",
        "source": "test",
    }
    return rules.rule_from({**row, **changes})


def _shut(*made: rules.Rule, flow_mt: float = 4.0) -> np.ndarray:
    alone = rules.RuleSet(made, rules.load_rules().memberships).on(DAY)
    flow = np.zeros((1, 4, 4))
    flow[0, 0, 1], flow[0, 0, 2] = 0.75 * flow_mt * 1e6 * USD_T, 0.25 * flow_mt * 1e6 * USD_T
    effects = rules.trade_effects(alone, ISO3, ["grain"], elasticity=5.0, cover={"grain": GRAIN}, flow_usd=flow)
    return effects.forbidden_share[0]


def test_a_quota_shuts_what_the_base_flow_exceeds_it_by_and_names_its_rule() -> None:
    shut = _shut(_rule())
    assert shut[0, 1:] == pytest.approx([0.25, 0.25, 0.25])  # 3 of 4 Mt; a pair without trade has nothing to shut
    assert shut[1:].max() == 0.0
    assert _shut(_rule(value=5.0)).max() == 0.0
    assert _shut(_rule(strength=0.4))[0, 1] == pytest.approx(0.1)


def test_a_quota_on_one_buyer_leaves_the_others() -> None:
    shut = _shut(_rule(who="origin=RUS good=grain destination=EGY", value=1.5))
    assert shut[0, 1] == pytest.approx(0.5)
    assert shut[0, 2] == 0.0


def test_without_flows_and_for_fuels_trade_leaves_quotas_alone() -> None:
    alone = rules.RuleSet((_rule(), _rule(id="f", who="origin=RUS good=crude")), rules.load_rules().memberships).on(DAY)
    assert rules.trade_effects(alone, ISO3, ["goods"], elasticity=5.0).forbidden_share.max() == 0.0


def test_a_season_touches_its_part_of_the_year() -> None:
    season = _rule(unit="Mt/season", value=0.5, **{"from": "2023-09-01", "until": "2023-11-30"})
    assert season_share(season, DAY) == pytest.approx(91 / 365)
    assert _shut(season)[0, 1] == pytest.approx(91 / 365 - 0.5 / 4.0)
    steps = _rule(unit="Mt/season", value="[[2023-06-01, 16.3], [2023-12-01, 17]]", **{"from": "2023-06-01"})
    assert season_share(steps, DAY) == pytest.approx(183 / 365)
    assert season_share(steps, "2024-01-01") == 1.0


def test_a_narrow_good_counts_with_its_part_of_the_wider_one() -> None:
    wheat = _rule(who="origin=RUS good=wheat", value=1.0)
    assert _shut(wheat)[0, 1] == pytest.approx(0.42 * (1.0 - 1.0 / (0.42 * 4.0)))
    ban = _rule(who="origin=RUS good=wheat,barley", effect="forbid", value="", unit="")
    assert _shut(ban)[0, 1] == pytest.approx(0.42 + 0.06)
    both = _rule(id="b", who="origin=RUS good=grain", effect="forbid", value=0.3, unit="share")
    assert _shut(ban, both)[0, 1] == pytest.approx(0.48)  # the larger counts


def test_what_cannot_bind_is_said() -> None:
    assert rules.without_effect(_rule()) == ""
    assert "crude and gas only" in rules.without_effect(_rule(unit="bcm/year"))
    assert "price per tonne" in rules.without_effect(_rule(who="origin=RUS good=arms"))
    assert "no share is known" in rules.without_effect(_rule(who="good=dual-use", effect="forbid", value="", unit=""))


RULE = """title = "t"
date = 2023-10-17
[[rule]]
id = "q"
by = "RUS"
action = "export"
who = "origin=RUS good=wheat"
effect = "quota"
value = 1.0
unit = "UNIT"
source = "test"
"""


def test_a_scenario_with_a_quota_that_binds_nothing_is_told_so() -> None:
    _, wrong, moot = examine(parse(RULE.replace("UNIT", "bcm/year")), lb.load_world())
    assert wrong == []
    assert "toml:8: rule q changes nothing: a quota in bcm/year binds on crude and gas only" in str(moot[0])
    assert examine(parse(RULE.replace("UNIT", "Mt/year")), lb.load_world())[2] == []


def test_a_quota_on_wheat_changes_the_wedges_of_the_shipped_world_and_is_named() -> None:
    world = parse(RULE.replace("UNIT", "Mt/year")).apply(lb.load_world())
    before, after = trade.wedges(lb.load_world(), []), trade.wedges(world, [])
    i, j, k = world.trade.index("RUS"), world.trade.index("EGY"), world.trade.sectors.index("agriculture")
    assert trade.wedge_hat(before, after, world.trade)[k, i, j] > 1.02
    assert "q" in [r.id for r in after.effects.rules_of("RUS", "EGY")]
