"""The scenario file: what is read, and every fault at once with line and remedy."""

from __future__ import annotations

import datetime as dt

import pytest

from landbridge import tables
from landbridge.errors import BadScenario, UnknownName
from landbridge.scenario import TEMPLATE, apply, parse, read_scenario, shipped_scenarios
from landbridge.scenario.schema import ACTIONS, Build, Close, Join, NewRule
from landbridge.world import corridor_arcs, load_world


def test_reads_actions_with_their_keys() -> None:
    scenario = parse('title = "t"\ndate = 2023-12-01\n[[close]]\nwhere = "suez"\nshare = 0.5\ndays = 90\n')
    (action,) = scenario.actions
    assert isinstance(action, Close)
    assert (action.where, action.share, action.days) == ("suez", 0.5, 90)
    assert scenario.date == dt.date(2023, 12, 1)


def test_every_fault_at_once_with_line_and_remedy() -> None:
    text = """titel = "x"
date = 2023-02-30
[[close]]
where = "suez"
shar = 2
[[biuld]]
via = ["a"]
[[build]]
kind = "railway"
[[build]]
kind = "pipeline"
good = "gas"
via = ["a", "b"]
capacity_bcm_yr = -5
"""
    with pytest.raises(BadScenario) as caught:
        parse(text, "mine")
    message = str(caught.value)
    for piece in (
        "mine.toml:1: unknown action or key 'titel' (nearest: title)",
        "mine.toml:2: date = 2023-02-30: no such date (write YYYY-MM-DD)",
        "mine.toml:5: unknown key 'shar' (did you mean share?",
        "mine.toml:6: unknown action or key 'biuld' (nearest: build)",
        "mine.toml:9: kind = 'railway'",
        "mine.toml:14: capacity_bcm_yr = -5: should be greater than 0",
        "'title' is missing",
    ):
        assert piece in message
    lines = [f.where for f in caught.value.faults]
    assert lines == sorted(lines, key=lambda w: int(w.rsplit(":", 1)[-1]) if ":" in w else 0)


def test_broken_toml_says_where() -> None:
    with pytest.raises(BadScenario, match=r"mine\.toml:2: not valid TOML"):
        parse('title = "t"\n[[close]\n', "mine")


def test_single_brackets_are_a_fault_but_still_read() -> None:
    with pytest.raises(BadScenario, match=r"\[close\] must be \[\[close\]\]"):
        parse('title = "t"\n[close]\nwhere = "suez"\n')


def test_rule_action_takes_the_word_from() -> None:
    scenario = parse(
        'title = "t"\n[[rule]]\nid = "r"\nby = "IND"\naction = "import"\neffect = "forbid"\nfrom = 2023-10-01\n'
    )
    (action,) = scenario.actions
    assert isinstance(action, NewRule)
    assert action.from_ == dt.date(2023, 10, 1)


@pytest.mark.parametrize(
    "body",
    [
        '[[build]]\nkind = "rail"\nvia = ["Osh"]\n',
        '[[build]]\nkind = "pipeline"\ngood = "gas"\nvia = ["a", "b"]\n',
        '[[build]]\nvia = ["a", "b"]\n',
        '[[improve]]\nwhere = "suez"\n',
        '[[agree]]\nmembers = ["CHN", "RUS"]\n',
        '[[shock]]\nwhat = "demand"\nwhere = "CHN"\nfactor = 1.1\n',
        '[[close]]\nwhere = "suez"\nshare = 0\n',
        '[[close]]\nwhere = "suez"\ndays = 400\n',
        "[[tariff]]\nby = []\nrate = 0.1\n",
    ],
)
def test_incomplete_or_impossible_actions_are_faults(body: str) -> None:
    with pytest.raises(BadScenario):
        parse('title = "t"\n' + body)


def test_actions_apply_in_the_stated_order() -> None:
    scenario = parse(
        'title = "t"\n[[close]]\nwhere = "suez"\n[[build]]\nkind = "rail"\nvia = ["A", "B"]\n'
        '[[join]]\nwho = ["CHN"]\ngroups = ["EU"]\n'
    )
    assert [type(a) for a in scenario.ordered()] == [Join, Build, Close]
    assert len({cls.kind_of_action for cls in ACTIONS}) == len(ACTIONS)


def test_digest_is_of_the_meaning_not_of_the_layout() -> None:
    one = parse('title = "t"\n# note\n[[close]]\nwhere = "suez"\n')
    two = parse('title   =   "t"\n\n[[close]]\n  where = "suez"\n')
    other = parse('title = "t"\n[[close]]\nwhere = "panama"\n')
    assert one.digest() == two.digest() != other.digest()


def test_shipped_scenarios_read_and_say_who_and_from_what() -> None:
    names = shipped_scenarios()
    assert {"forum-2023", "power-of-siberia-2", "china-joins-sanctions", "suez-closed", "hormuz-closed"} <= set(names)
    for name in names:
        scenario = read_scenario(name)
        assert scenario.title and scenario.author and scenario.source and scenario.description, name


def test_unknown_scenario_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="suez-closed"):
        read_scenario("suez-close")


def test_template_is_a_valid_scenario() -> None:
    assert parse(TEMPLATE).title == "My scenario"
    shown = "\n".join(line.removeprefix("# ") for line in TEMPLATE.splitlines() if "=" in line or "[[" in line)
    assert len(parse(shown).actions) == 7


@pytest.mark.parametrize("corridor", tables.shipped("corridors")["id"].tolist())
def test_every_corridor_is_joined_and_keeps_to_its_countries(corridor: str) -> None:
    """The arcs of a corridor run both ways, and its crossings are those of the countries of its way points."""
    network = load_world().network
    arcs = corridor_arcs(network, corridor)
    assert arcs is not None and len(arcs) >= 20
    ends = {(int(network.tail[a]), int(network.head[a])) for a in arcs}
    one_way = [pair for pair in ends if pair[::-1] not in ends]
    assert len(one_way) <= 0.05 * len(ends)


def test_the_middle_corridor_crosses_the_caspian_and_keeps_out_of_russia() -> None:
    network = load_world().network
    arcs = corridor_arcs(network, "middle-corridor")
    assert arcs is not None
    countries = set(network.node_country[network.tail[arcs]].tolist())
    assert {"KAZ", "AZE", "GEO", "TUR"} <= countries and "RUS" not in countries


def test_improve_takes_corridors_and_groups() -> None:
    world = load_world()
    text = 'title = "t"\n[[improve]]\nwhere = "Middle Corridor"\ntime_factor = 0.5\n'
    faster = apply(parse(text), world)
    arcs = corridor_arcs(world.network, "middle-corridor")
    assert arcs is not None
    assert faster.network.time_h[arcs] == pytest.approx(0.5 * world.network.time_h[arcs])
    union = apply(parse('title = "t"\n[[improve]]\nwhere = "@EAEU"\ntime_factor = 0.5\n'), world)
    changed = union.network.time_h != world.network.time_h
    touched = set(world.network.node_country[world.network.tail[changed]].tolist())
    assert {"RUS", "KAZ", "BLR", "KGZ", "ARM"} <= touched
