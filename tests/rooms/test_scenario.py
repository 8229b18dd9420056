"""The scenario file: what is read, and every fault at once with line and remedy."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

import landbridge as lb
from landbridge import tables
from landbridge.engine.trade import set_tariffs
from landbridge.errors import BadScenario, UnknownName
from landbridge.scenario import TEMPLATE, apply, parse, read_scenario, shipped_scenarios
from landbridge.scenario.conflicts import conflicts
from landbridge.scenario.read import parse_with_faults
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


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('[[close]]\nwhere = "suez"\nshare = true\n', "t.toml:4: share = true: should be a number"),
        ('[[close]]\nwhere = "suez"\nshare = nan\n', "t.toml:4: share = nan: should be a finite number"),
        ('[[build]]\nkind = "rail"\nvia = ["a", "b"]\nspeed_kmh = 9e4\n', "less than or equal to 1000"),
        ('[[build]]\nkind = "rail"\nvia = ["a", "b"]\ncapacity_bcm_yr = 5\n', "a rail takes no capacity_bcm_yr"),
        ('[[build]]\nkind = "port"\nat = "a"\nvia = ["a", "b"]\n', "a port takes no via; it takes at"),
        ('[[build]]\nkind = "road"\nvia = ["Osh", "osh"]\n', "`via` names Osh twice in a row"),
        ('[[build]]\nkind = "lng"\nat = "a"\n', "needs `capacity_bcm_yr`"),
        ('[[improve]]\nwhere = "suez"\ntime_h = 3\ntime_factor = 0.5\n', "time_factor and time_h both"),
        ('[[shock]]\nwhat = "productivity"\nwhere = "UKR"\nfactor = 2\ngood = "gas"\n', "drop `good`"),
        ('[[agree]]\nmembers = ["USA", "USA"]\ndepth = "free_trade"\n', "names USA twice"),
        ('[[close]]\nwhere = "suez"\nauthor = "me"\n', "write it above the first [[action]]"),
        ("date = 1850-01-01\n", "t.toml:2: date = 1850-01-01: should be"),
    ],
)
def test_slips_that_python_would_let_pass_are_faults(body: str, said: str) -> None:
    with pytest.raises(BadScenario) as caught:
        parse('title = "t"\n' + body, "t")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('[[close]]\nwhere = "suez"\nshare = 0.3\n', '[[close]]\nwhere = ["Suez", "malacca"]\n'),
        (
            '[[join]]\nwho = ["CHN"]\ngroups = ["PRICE_CAP"]\n',
            '[[leave]]\nwho = ["CHN", "USA"]\ngroups = ["PRICE_CAP"]\n',
        ),
        (
            '[[tariff]]\nby = ["USA", "CAN"]\non = ["CHN"]\nrate = 0.25\n',
            '[[tariff]]\nby = ["CAN", "USA"]\non = ["CHN"]\nrate = 0.05\n',
        ),
        ('[[improve]]\nwhere = "brest"\ntime_h = 3\n', '[[improve]]\nwhere = "brest"\ntime_h = 9\n'),
        (
            '[[shock]]\nwhat = "productivity"\nwhere = "UKR"\nfactor = 0.9\n',
            '[[shock]]\nwhat = "productivity"\nwhere = "UKR"\nfactor = 0.8\n',
        ),
        ('[[build]]\nproject = "lamu-port"\n', '[[build]]\nproject = "lamu-port"\nopens = 2030\n'),
    ],
)
def test_actions_that_contradict_each_other_are_named_at_the_later_one(first: str, second: str) -> None:
    one, both = parse('title = "t"\n' + first, "t"), parse('title = "t"\n' + first + second, "t")
    assert conflicts(one.actions) == []
    ((action, key, fault),) = conflicts(both.actions)
    assert action is both.actions[1]
    assert both.where(action, key).startswith("t.toml:") and int(both.where(action, key)[7:]) > first.count("\n") + 1
    assert fault.remedy == "keep one of the two"


def test_factors_multiply_and_other_tariffs_are_no_conflict() -> None:
    text = """title = "t"
[[improve]]
where = "brest"
time_factor = 0.5
[[improve]]
where = "brest"
time_factor = 0.5
[[tariff]]
by = ["USA"]
rate = 0.1
[[tariff]]
by = ["USA"]
on = ["CHN"]
rate = 0.5
"""
    assert conflicts(parse(text).actions) == []


def test_an_unreadable_action_does_not_shift_the_lines_of_the_next() -> None:
    scenario, faults = parse_with_faults('title = "t"\n[[close]]\nshare = 0.5\n[[close]]\nwhere = "suez"\n', "t")
    assert [f.where for f in faults] == ["t.toml:2"]
    assert scenario.where(scenario.actions[0], "where") == "t.toml:5"


def test_a_project_is_built_as_what_it_is() -> None:
    asked = parse('title = "t"\n[[build]]\nproject = "power-of-siberia-2"\nkind = "rail"\n', "t")
    with pytest.raises(BadScenario, match=r"t\.toml:4: project 'power-of-siberia-2' is a pipeline, no rail"):
        apply(asked, load_world())


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


def test_joining_an_agreement_says_that_duties_alone_change() -> None:
    world = load_world()
    notes = apply(parse('title = "t"\n[[leave]]\nwho = ["HUN"]\ngroups = ["EU"]\n'), world).notes
    (told,) = [n for n in notes if n.startswith("Membership in EU changes duties under European Union: single market")]
    assert "[[agree]]" in told
    quiet = apply(parse('title = "t"\n[[join]]\nwho = ["CHN"]\ngroups = ["PRICE_CAP"]\n'), world).notes
    assert not any(n.startswith("Membership") for n in quiet)


def test_a_canal_of_one_s_own_is_open_to_ships_even_where_the_atlas_holds_one_shut() -> None:
    world = load_world()
    text = 'title = "t"\n[[build]]\nkind = "canal"\nvia = ["Krabi", "Songkhla"]\ntitle = "A Kra canal"\n'
    dug = apply(parse(text), world)
    ways = [lb.route(w, "Chennai", "Ho Chi Minh City", by=["sea"]).routes[0] for w in (world, dug)]
    assert ways[1].length_km < ways[0].length_km - 200
    assert ways[1].time_h < ways[0].time_h
    assert "Strait of Malacca" in ways[0].named("passage") and "Strait of Malacca" not in ways[1].named("passage")
    with pytest.raises(BadScenario, match="Moscow and Ulaanbaatar lie"):
        apply(parse('title = "t"\n[[build]]\nkind = "canal"\nvia = ["Moscow", "Ulaanbaatar"]\n'), world)


@pytest.mark.parametrize("order", [1, -1])
def test_a_tariff_on_one_country_holds_against_one_on_all_in_either_order(order: int) -> None:
    general, narrow = '[[tariff]]\nby = ["USA"]\nrate = 0.1\n', '[[tariff]]\nby = ["USA"]\non = ["CHN"]\nrate = 0.6\n'
    world = apply(parse('title = "t"\n' + "".join([general, narrow][::order])), load_world())
    rate = set_tariffs(world)
    at, textiles = world.trade.index, world.trade.sectors.index("textiles")
    assert rate[textiles, at("CHN"), at("USA")] == 0.6
    assert rate[textiles, at("DEU"), at("USA")] == 0.1
    assert np.isnan(rate[textiles, at("USA"), at("CHN")])


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('kind = "rail"\nvia = ["Lisbon", "New York"]\n', r"cross 4,\d{3} km of open sea .*no land joins"),
        ('kind = "road"\nvia = ["Tokyo", "Honolulu"]\nlength_km = 6200\n', "no land joins"),
        ('kind = "rail"\nvia = ["Rome", "Barcelona"]\n', "add way points on land, or give `length_km`"),
    ],
)
def test_a_line_across_the_open_sea_is_refused(keys: str, said: str) -> None:
    with pytest.raises(BadScenario, match=said):
        apply(parse(f'title = "t"\n[[build]]\n{keys}'), load_world())


@pytest.mark.parametrize(
    "keys",
    [
        'kind = "rail"\nvia = ["Busan", "Fukuoka"]\n',  # the longest tunnel proposed
        'kind = "rail"\nvia = ["Helsinki", "Tallinn"]\n',
        'kind = "rail"\nvia = ["Rome", "Barcelona"]\nlength_km = 1500\n',  # along the coast
        'project = "bangkok-kuala-lumpur-rail"\n',  # whose way points lie on both sides of a gulf
    ],
)
def test_straits_may_be_crossed_and_gulfs_gone_round(keys: str) -> None:
    assert len(apply(parse(f'title = "t"\n[[build]]\n{keys}'), load_world()).works) == 1


def test_cournot_is_a_conduct_and_not_a_factor_of_one() -> None:
    world = load_world()
    text = 'title = "t"\n[[shock]]\nwhat = "conduct"\nwhere = "SAU"\ngood = "crude"\nfactor = {}\n'
    assert not any("changes nothing" in note for note in apply(parse(text.format(1)), world).notes)
    assert any("they sell so already, at a conduct of 0" in note for note in apply(parse(text.format(0)), world).notes)


@pytest.mark.parametrize("action", ["close", "reopen"])
def test_every_unknown_place_of_an_action_is_named_once(action: str) -> None:
    with pytest.raises(BadScenario) as caught:
        apply(parse(f'title = "t"\n[[{action}]]\nwhere = ["no such", "suez", "nowhere"]\n'), load_world())
    assert [f.what.split("'")[1] for f in caught.value.faults] == ["no such", "nowhere"]


@pytest.mark.parametrize("twice", [["brest-malaszewicze", "Brest-Malaszewicze"], ["@EU", "DEU"]])
def test_a_place_named_twice_in_an_action_is_changed_once(twice: list[str]) -> None:
    world = load_world()
    where = ", ".join(f'"{name}"' for name in twice)
    changed = apply(parse(f'title = "t"\n[[improve]]\nwhere = [{where}]\ntime_factor = 0.5\n'), world).network.time_h
    some = (world.network.time_h > 0) & (changed != world.network.time_h)
    assert some.any()
    assert changed[some] == pytest.approx(0.5 * world.network.time_h[some])
