"""Scenario actions on rules: what changes nothing is said, faults of a rule name line, key and position."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import landbridge as lb
from landbridge import rules
from landbridge.engine import trade
from landbridge.errors import BadScenario
from landbridge.scenario import examine, parse, scenario_schema, shipped_scenarios

HEAD = 'title = "t"\ndate = 2023-10-17\n'


def _moot(body: str) -> list[str]:
    _, wrong, moot = examine(parse(HEAD + body), lb.load_world())
    assert wrong == []
    return [str(f) for f in moot]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('[[join]]\nwho = ["GBR", "CHN"]\ngroups = ["PRICE_CAP"]', "toml:4: GBR is already in PRICE_CAP"),
        ('[[join]]\nwho = ["JPN"]\ngroups = ["PRICE_CAP", "RUS_OIL_EMBARGO"]', "JPN join PRICE_CAP without effect"),
        ('[[leave]]\nwho = ["CHN"]\ngroups = ["PRICE_CAP"]', "toml:4: CHN is not in PRICE_CAP"),
        ('[[lift]]\nids = ["montreux-2022"]', "montreux-2022 changes nothing: it ended on 2023-06-30"),
        ('[[lift]]\nids = ["trade-ban-diamonds-eu"]', "begins on 2024-01-01 only"),
        ('[[lift]]\nids = ["eu-crude-pipeline-exemption"]', "only documents an exemption"),
        ('[[agree]]\nmembers = ["FRA", "DEU"]\ndepth = "free_trade"', "FRA, DEU have agreements"),
        ('[[agree]]\nmembers = ["CHN", "IND"]\neffect = 0.0', "effect 0 changes no trade"),
        ('[[shock]]\nwhat = "productivity"\nwhere = "CHN"\nfactor = 1', "toml:6: a factor of 1"),
        ('[[improve]]\nwhere = "suez"\ntime_factor = 1.0', "toml:5: factors of 1"),
        ('[[reopen]]\nwhere = "suez"', "suez is open"),
        ('[[tariff]]\nby = ["USA"]\non = ["USA"]\nrate = 0.1', "sets no tariff on itself"),
        (
            '[[rule]]\nid = "x"\nby = "CHN"\naction = "import"\neffect = "forbid"\nwho = "good=rice"\n'
            'until = "2023-01-01"',
            "toml:9: rule x changes nothing: it ended",
        ),
        (
            '[[rule]]\nid = "x"\nby = "CHN"\naction = "import"\neffect = "forbid"\nwho = "good=rice"\nstrength = 0',
            "toml:9: rule x changes nothing: nobody obeys it",
        ),
        (
            '[[rule]]\nid = "x"\nby = "CHN"\naction = "tranship"\neffect = "forbid"\nwho = "good=rice"',
            "toml:7: rule x changes nothing: transhipment",
        ),
    ],
)  # fmt: skip
def test_an_action_that_changes_nothing_is_a_fault_of_check_and_a_note_of_a_run(body: str, said: str) -> None:
    found = _moot(body)
    assert len(found) == 1
    assert said in found[0]
    assert found[0].endswith(")")  # a remedy
    world = parse(HEAD + body).apply(lb.load_world())
    assert any("changes nothing" in note for note in world.notes)


def test_shipped_scenarios_change_something_in_every_action() -> None:
    for path in shipped_scenarios().values():
        assert examine(lb.read_scenario(path), lb.load_world())[1:] == ([], [])


def test_all_faults_of_a_rule_come_with_line_key_and_position(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(
        HEAD + '[[rule]]\nid = "Bad Id"\nby = "@EUU"\naction = "importt"\nwho = "origin=RUSS good=crud"\n'
        'where = "country=@PRICECAP"\neffect = "tariff"\nvalue = "x"\nunit = "share"\nuntil = 2023-01-01\n'
        'from = 2023-10-01\n[[shock]]\nwhat = "productivity"\nwhere = "CHN"\nfactor = -1\n'
    )
    with pytest.raises(BadScenario) as error:
        lb.check_scenario(file)
    lines = [str(f) for f in error.value.faults]
    assert len(lines) == 9
    for expected in (
        "bad.toml:4: id 'Bad Id' is no slug",
        "bad.toml:5: unknown group 'EUU' at position 1 of by",
        "bad.toml:6: unknown action 'importt'",
        "bad.toml:7: unknown country 'RUSS' at position 8 of who",
        "bad.toml:7: unknown good 'crud' at position 18 of who",
        "bad.toml:8: unknown group 'PRICECAP' at position 9 of where",
        "bad.toml:10: value 'x' is not a number",
        "bad.toml:12: until 2023-01-01 is before from 2023-10-01",
        "bad.toml:17: factor",
    ):
        assert any(line.startswith(expected) for line in lines), (expected, lines)
    assert not any("changes nothing" in line or "factor of 1" in line for line in lines)


def test_a_tariff_of_one_sector_leaves_the_others_alone() -> None:
    text = HEAD + '[[tariff]]\nby = ["USA"]\non = ["CHN"]\nrate = 0.5\n'
    world = lb.load_world()
    base = world.trade
    i, j = base.index("CHN"), base.index("USA")
    every = trade.set_tariffs(parse(text).apply(world))
    assert np.isnan(every[base.sectors.index("services")]).all()  # services bear no customs duty
    assert np.count_nonzero(every[:, i, j] == 0.5) == len(base.sectors) - 1
    one = trade.set_tariffs(parse(text + 'sector = "metals"').apply(world))
    assert np.flatnonzero(one[:, i, j] == 0.5).tolist() == [base.sectors.index("metals")]
    with pytest.raises(BadScenario, match=r"toml:7: unknown sector 'metal'.*did you mean metals"):
        parse(text + 'sector = "metal"').apply(world)


def test_an_agreement_adds_only_what_the_pair_does_not_have() -> None:
    world = lb.load_world()
    text = HEAD + '[[agree]]\nmembers = ["DEU", "FRA", "CHN"]\ndepth = "free_trade"'
    made = parse(text).apply(world).agreements[0]
    assert made.trade_change[0, 1] == 0.0  # a single market is deeper
    assert made.trade_change[0, 2] == pytest.approx(0.49)
    explicit = parse(text.replace('depth = "free_trade"', "effect = 0.1")).apply(world).agreements[0]
    assert explicit.trade_change.tolist() == [[0.0, 0.1, 0.1], [0.1, 0.0, 0.1], [0.1, 0.1, 0.0]]


def test_border_hours_of_an_agreement_cap_the_waits_between_members() -> None:
    world = lb.load_world()
    text = HEAD + '[[agree]]\nmembers = ["CHN", "KAZ"]\nborder_hours = 2'
    changed = parse(text).apply(world)
    moved = changed.network.time_h != world.network.time_h
    assert moved.any() and (changed.network.time_h[moved] == 2.0).all()
    tags = {world.network.tags[t].countries for t in world.network.arc_tag[moved]}
    assert all(set(c) == {"CHN", "KAZ"} for c in tags)


def test_a_licence_in_a_scenario_lifts_the_rule_it_overrides() -> None:
    text = HEAD + (
        '[[rule]]\nid = "licence"\nby = "USA"\naction = "import"\nwho = "origin=RUS good=crude"\neffect = "permit"\n'
        'overrides = "us-russia-energy,oil-embargo-crude"\nsource = "test"'
    )
    world = parse(text).apply(lb.load_world())
    movement = {"action": "import", "origin": "RUS", "good": "crude", "mode": "sea", "destination": "USA"}
    assert world.rules.on("2023-10-17").judge(movement).allowed
    assert not replace(world, rules=lb.load_world().rules).rules.on("2023-10-17").judge(movement).allowed


def test_the_published_schema_of_scenarios_is_the_code_s() -> None:
    published = Path(__file__).parents[2] / "docs" / "reference" / "scenario.schema.json"
    assert json.loads(published.read_text()) == scenario_schema()
    assert set(scenario_schema()["properties"]) >= {"title", "rule", "join", "tariff", "close"}


def _misfits(row: dict[str, str], schema: dict) -> list[str]:
    """Keys of a flat record whose text breaks pattern or enum, or that the schema does not know or misses."""
    known = schema["properties"]
    wrong = [k for k in row if k not in known] + [k for k in schema["required"] if not row.get(k)]
    for key, kind in known.items():
        text = row.get(key, "")
        if "pattern" in kind and not re.search(kind["pattern"], text):
            wrong.append(key)
        if text and "enum" in kind and text not in kind["enum"]:
            wrong.append(key)
    return wrong


def test_shipped_rules_keep_to_the_published_schema_and_a_bad_one_does_not() -> None:
    schema = rules.rule_schema()
    for rule in rules.load_rules().rules:
        assert _misfits(rule.to_row(), schema) == [], rule.id
    bad = {"id": "Bad Id", "by": "X", "action": "fly", "effect": "forbid", "who": "origin RUS", "colour": "red"}
    assert set(_misfits(bad, schema)) == {"colour", "source", "id", "action", "who"}


def test_shipped_scenarios_use_keys_that_the_published_schema_knows() -> None:
    known = scenario_schema()["properties"]
    for path in shipped_scenarios().values():
        for table, told in tomllib.loads(path.read_text(encoding="utf-8")).items():
            assert table in known, path.stem
            for row in told if isinstance(told, list) else []:
                assert set(row) <= set(known[table]["items"]["properties"]), (path.stem, table)
                assert set(known[table]["items"].get("required", [])) <= set(row), (path.stem, table)
