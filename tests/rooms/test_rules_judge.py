"""Judging movements: the 26 queries that were fixed before the rules, and the coalition's one-line change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from landbridge import rules
from landbridge.errors import BadInput, UnknownName

QUERIES = [
    json.loads(line) for line in (Path(__file__).parent / "test_rules_queries.jsonl").read_text().splitlines() if line
]
COALITION = ["RUS_OIL_EMBARGO", "RUS_EXPORT_CONTROLS", "RUS_TRADE_SANCTIONS", "PRICE_CAP"]
DAY = "2023-10-17"


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: f"{q['on']} {' '.join(map(str, q['movement'].values()))}")
def test_query(query: dict) -> None:
    judged = rules.load_rules().on(query["on"]).judge(query["movement"])
    assert judged.allowed is query["allowed"]
    assert judged.allowed is not bool(judged.by)
    assert all(rule.source and rule.title for rule in judged.by)


def test_there_are_26_queries() -> None:
    assert len(QUERIES) == 26


def test_china_is_in_no_group_against_russia_and_joins_in_one_line() -> None:
    ruleset = rules.load_rules()
    assert not any("CHN" in ruleset.on(DAY).members(g) for g in COALITION)
    joined = ruleset.join(["CHN"], COALITION, DAY)
    assert all("CHN" in joined.on(DAY).members(g) for g in COALITION)
    assert not any("CHN" in joined.on("2023-10-16").members(g) for g in COALITION)
    movement = {"action": "import", "origin": "RUS", "destination": "CHN", "good": "crude", "mode": "sea"}
    assert ruleset.on(DAY).judge(movement).allowed
    assert [r.id for r in joined.on(DAY).judge(movement).by] == ["oil-embargo-crude"]
    left = joined.leave(["CHN"], COALITION, "2024-01-01")
    assert left.on("2023-12-31").judge(movement).by
    assert left.on("2024-01-01").judge(movement).allowed


def test_lift_ends_a_rule_the_day_before_and_unknown_names_get_the_nearest() -> None:
    ruleset = rules.load_rules()
    lifted = ruleset.lift(["oil-embargo-crude"], DAY)
    movement = {"action": "import", "origin": "RUS", "destination": "DEU", "good": "crude", "mode": "sea"}
    assert lifted.on(DAY).judge(movement).allowed
    assert not lifted.on("2023-10-16").judge(movement).allowed
    with pytest.raises(UnknownName, match="oil-embargo-crude"):
        ruleset.lift(["oil-embargo-crud"], DAY)
    with pytest.raises(UnknownName, match="PRICE_CAP"):
        ruleset.join(["CHN"], ["PRICECAP"], DAY)
    with pytest.raises(UnknownName, match="unknown country"):
        ruleset.join(["CHINA"], ["PRICE_CAP"], DAY)


def test_a_movement_with_two_wrong_words_names_both() -> None:
    with pytest.raises(BadInput, match="2 faults") as error:
        rules.load_rules().on(DAY).judge({"action": "import", "good": "crud", "origen": "RUS"})
    assert "crude" in str(error.value)
    assert "origin" in str(error.value)
