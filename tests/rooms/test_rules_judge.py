"""Judging movements: the 26 queries that were fixed before the rules, and the coalition's one-line change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from landbridge import rules
from landbridge.errors import BadInput, BadRule, UnknownName
from landbridge.rules import vocabulary as v

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


LAW = [
    json.loads(line)
    for line in (Path(__file__).parent / "test_rules_law_queries.jsonl").read_text().splitlines()
    if line
]


@pytest.mark.parametrize("query", LAW, ids=lambda q: f"{q['on']} {' '.join(map(str, q['movement'].values()))}")
def test_query_from_the_law(query: dict) -> None:
    judged = rules.load_rules().on(query["on"]).judge(query["movement"])
    assert judged.allowed is query["allowed"], f"{query['law']}: {[r.id for r in judged.by]}"


BLIND = [
    json.loads(line)
    for line in (Path(__file__).parent / "test_rules_blind_queries.jsonl").read_text().splitlines()
    if line
]


@pytest.mark.parametrize("query", BLIND, ids=lambda q: f"{q['on']} {' '.join(map(str, q['movement'].values()))}")
def test_blind_query_in_the_words_of_a_user(query: dict) -> None:
    active = rules.load_rules().on(query["on"])
    if "fault" in query:
        with pytest.raises(BadInput, match=query["fault"]):
            active.judge(query["movement"])
        return
    judged = active.judge(query["movement"])
    assert judged.allowed is query["allowed"], f"{query['law']}: {[r.id for r in judged.by]}"
    tariffs = [a for a in judged.adds if a.effect == "tariff"]
    if "adds" in query:
        assert query["adds"] in [a.effect for a in judged.adds]
    if "duty" in query:
        assert query["duty"] in [a.value for a in tariffs if a.unit == "share"]
    if "preference" in query:
        assert any(a.unit == "x" and a.value < 1 for a in tariffs) is query["preference"]
    if "undecided" in query:
        assert query["undecided"] in [r.id for r, _ in judged.undecided]


def test_every_everyday_word_means_a_good_and_none_is_a_good_itself() -> None:
    words = v.good_words()
    assert set(words.values()) <= set(v.goods())
    assert not set(words) & set(v.goods())
    assert all(v.SLUG.fullmatch(w) for w in words)


def test_words_are_taken_in_movements_but_rules_keep_to_the_language() -> None:
    active = rules.load_rules().on(DAY)
    said = {"action": "export", "origin": "TWN", "destination": "RUS", "good": "AI chips", "mode": "plane"}
    plain = {**said, "good": "semiconductors", "mode": "air"}
    assert active.judge(said) == active.judge(plain)
    with pytest.raises(BadRule, match="write good=semiconductors"):
        rules.rule_from(
            {"id": "x", "by": "USA", "action": "export", "who": "good=chips", "effect": "forbid", "source": "s"}
        )


def test_a_wide_good_is_forbidden_where_all_of_it_is_and_open_where_a_part_is() -> None:
    active = rules.load_rules().on(DAY)
    oil = {"action": "import", "origin": "RUS", "destination": "DEU", "good": "oil", "mode": "sea"}
    assert {r.id for r in active.judge(oil).by} >= {"oil-embargo-crude", "oil-embargo-products"}
    metals = active.judge({"action": "import", "origin": "RUS", "destination": "DEU", "good": "metals"})
    assert metals.allowed
    assert ("trade-ban-steel", ("good",)) in [(r.id, keys) for r, keys in metals.undecided]


def test_a_turkish_ship_with_russian_crude_calling_at_rotterdam() -> None:
    record = rules.judge(rules.load_rules(), "flag=TUR origin=RUS good=crude mode=sea port=NLD", "2023-10-17")
    assert record["allowed"] is False
    assert [(x["rule"], x["action"]) for x in record["by"]] == [("oil-embargo-crude", "import")]
    assert record["by"][0]["source"].startswith("Reg. (EU) 833/2014 art. 3m")


def test_a_port_of_the_atlas_gives_country_and_mode_and_what_is_unsaid_is_named() -> None:
    ruleset = rules.load_rules()
    asked = "flag=TUR good=crude origin=RUS port=Rotterdam"
    record = rules.judge(ruleset, asked, DAY, country_of=lambda name: "NLD" if name == "Rotterdam" else "")
    assert [x["rule"] for x in record["by"]] == ["oil-embargo-crude"]
    with pytest.raises(BadInput, match="unknown port 'Rotterdam'"):
        rules.judge(ruleset, asked, DAY)
    open_question = rules.judge(ruleset, "good=crude origin=RUS destination=DEU", DAY)
    assert open_question["allowed"] is True
    assert {(x["rule"], *x["say"]) for x in open_question["undecided"]} >= {("oil-embargo-crude", "mode")}


def test_a_movement_is_parsed_with_positions_of_its_faults() -> None:
    assert rules.parse_movement("action=serve price=75 good=crude") == {
        "action": "serve",
        "price": 75.0,
        "good": "crude",
    }
    with pytest.raises(BadInput) as error:
        rules.parse_movement("action=serv good=crud price=high flags=RUS good=oil origin")
    text = str(error.value)
    assert "6 faults" in text
    assert "position 1: unknown action 'serv'" in text
    assert "position 13: unknown good 'crud'" in text
    assert "position 23" in text
    assert "position 34: unknown key 'flags'" in text
    assert "flag" in text.split("position 34")[1]
    assert "position 44: good is given twice" in text


def test_an_unknown_port_needs_its_country() -> None:
    active = rules.load_rules().on(DAY)
    with pytest.raises(BadInput, match="unknown port 'rotterdam'"):
        active.judge({"action": "call", "flag": "RUS", "mode": "sea", "port": "rotterdam", "good": "steel"})
    facts = {"action": "call", "flag": "RUS", "mode": "sea", "port": "rotterdam", "country": "NLD", "good": "steel"}
    assert [r.id for r in active.judge(facts).by] == ["eu-ports-ru-flag"]


def test_what_is_left_unsaid_is_named() -> None:
    judged = rules.load_rules().on(DAY).judge({"action": "call", "mode": "sea", "port": "NLD", "good": "steel"})
    assert judged.allowed
    assert ("eu-ports-ru-flag", ("flag",)) in [(r.id, keys) for r, keys in judged.undecided]


def test_list_show_and_diff_give_plain_records() -> None:
    ruleset = rules.load_rules()
    listed = rules.list_rules(ruleset, on=DAY, action="overfly", word="russia")
    assert {"ru-airspace", "west-airspace-usa"} <= {x["rule"] for x in listed}
    assert all(x["source"] and x["action"] == "overfly" for x in listed)
    shown = rules.show_rule(ruleset, "g7-cap-crude", DAY)
    assert shown["in_force"]
    assert len(shown["members"]["PRICE_CAP"]) == 41
    with pytest.raises(UnknownName, match="g7-cap-crude"):
        rules.show_rule(ruleset, "g7-cap-crud", DAY)
    with pytest.raises(BadInput, match="unknown action"):
        rules.list_rules(ruleset, action="fly")


def test_diff_names_what_changed_between_two_dates() -> None:
    ruleset = rules.load_rules()
    found = rules.diff(ruleset, "2023-10-17", "2024-02-01")
    assert ("ICC", "ARM") in found.joined
    assert ("BRICS", "EGY") in found.joined
    assert {"houthi", "us-eo14114", "trade-ban-diamonds-eu"} <= {r.id for r in found.began}
    assert {"ru-gasoline-ban", "ru-diesel-ban"} <= {r.id for r in found.ended}
    panama = next(x for x in found.changed if x[0].id == "panama-slots")
    assert panama[1:] == (0.889, 0.667)
    assert rules.diff(ruleset, DAY, DAY).to_record()["began"] == []
    with pytest.raises(BadInput, match="is before"):
        rules.diff(ruleset, "2024-01-01", "2023-01-01")


def test_faults_of_many_rules_come_together_with_their_rows() -> None:
    good = {"id": "fine", "by": "USA", "action": "import", "effect": "forbid", "source": "an act"}
    rows = [("mine.csv row 2", good), ("mine.csv row 3", good | {"id": "a", "action": "fly"}), ("mine.csv row 4", {})]
    with pytest.raises(BadRule) as error:
        rules.rules_from(rows)
    text = str(error.value)
    assert "mine.csv row 3: rule a, action: unknown action 'fly'" in text
    assert "mine.csv row 4: rule without id: 'id' is missing" in text
    assert "row 2" not in text
    assert rules.rules_from(rows[:1])[0].id == "fine"


def test_unknown_groups_and_dates_are_named() -> None:
    ruleset = rules.load_rules()
    with pytest.raises(UnknownName, match="PRICE_CAP"):
        ruleset.on(DAY).members("PRICE_CAPS")
    with pytest.raises(BadInput, match="not a date"):
        ruleset.on("2023-02-30")
    with pytest.raises(BadInput, match="needs an action"):
        ruleset.on(DAY).judge({"origin": "RUS"})


def test_china_joining_the_trade_measures_shuts_coal_metals_and_wood() -> None:
    joined = rules.load_rules().join(["CHN"], ["RUS_TRADE_SANCTIONS"], DAY).on(DAY)
    for good, rule in (("coal", "trade-ban-coal"), ("steel", "trade-ban-steel"), ("wood", "trade-ban-wood")):
        judged = joined.judge({"action": "import", "origin": "RUS", "destination": "CHN", "good": good})
        assert [r.id for r in judged.by] == [rule]
    assert joined.judge({"action": "import", "origin": "RUS", "destination": "CHN", "good": "nickel"}).allowed
