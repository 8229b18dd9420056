"""Rules in the engine: strength as a mixture of traffic, routes that move with the rule that moved them."""

from __future__ import annotations

import numpy as np
import pytest

import landbridge as lb
from landbridge import network as net
from landbridge import rules
from landbridge.engine import coupling, energy, regimes
from landbridge.engine.figures import _year
from landbridge.scenario import parse

CRUDE = 'by = "CHN"\naction = "import"\nwho = "origin=RUS good=crude mode=sea"\nwhere = "country=CHN"'
SUEZ = 'by = "EGY"\naction = "transit"\nwho = "mode=sea"\nwhere = "strait=suez"'


def _with(rule: str, strength: float) -> lb.World:
    text = f'title = "t"\n[[rule]]\nid = "half-kept"\n{rule}\neffect = "forbid"\nstrength = {strength}\nsource = "test"'
    return parse(text).apply(lb.load_world())


def test_a_ban_that_six_in_ten_obey_takes_six_tenths_of_the_crude() -> None:
    free, shut = (energy.solve(w, "crude").year.deliveries("RUS", "CHN") for w in (lb.load_world(), _with(CRUDE, 1.0)))
    mixed = energy.solve(_with(CRUDE, 0.6), "crude")
    assert [regime.weight for regime, _ in mixed.regimes] == pytest.approx([0.4, 0.6])
    assert shut < mixed.year.deliveries("RUS", "CHN") < free
    assert mixed.year.deliveries("RUS", "CHN") == pytest.approx(0.4 * free + 0.6 * shut)


def test_a_stronger_ban_takes_its_part_of_those_who_did_not_obey_the_old_one() -> None:
    assert energy._obeying(0.95, 0.9, sealed=False) == pytest.approx(0.5)
    assert energy._obeying(0.9, 0.9, sealed=False) == 0.0
    assert energy._obeying(0.0, 0.9, sealed=True) == 0.0
    assert energy._obeying(0.0, 0.0, sealed=True) == 1.0


def test_traffic_on_the_network_is_one_class_where_everybody_obeys() -> None:
    world = lb.load_world()
    plain = rules.network_mixture(world.rules.on(world.date), world.network, [{"good": "containers"}])
    assert [share for share, _ in plain] == [1.0]
    kept = _with(SUEZ, 0.6)
    parts = rules.network_mixture(kept.rules.on(kept.date), kept.network, [{"good": "containers"}])
    assert [share for share, _ in parts] == pytest.approx([0.6, 0.4])
    assert ["half-kept" in {r.id for r in obeyed.rules} for _, obeyed in parts] == [True, False]


@pytest.mark.slow
def test_a_strait_that_six_in_ten_avoid_costs_between_open_and_shut() -> None:
    """Without congestion the year's freight is the mean of its parts by weight."""
    i, j = (lb.load_world().trade.index(c) for c in ("CHN", "NLD"))
    wedges = []
    for strength in (0.6, 1.0):
        pair = coupling.solve_pair(lb.load_world(), _with(SUEZ, strength), ("trade",), lambda _: None, congestion=False)
        wedges.append([_year(s).wedge[3, i, j] for s in pair])
    (free, mixed), (_, shut) = wedges
    assert 0.0 < (mixed - free) / (shut - free) < 1.0
    assert mixed == pytest.approx(free + 0.6 * (shut - free), rel=0.01)


def test_capacity_rules_change_the_capacity_of_the_day_against_the_baseline() -> None:
    world = lb.load_world()
    canal = net.arcs_at(world.network, "panama")
    shipped, december = world.rules.on("2023-10-17"), world.rules.on("2023-12-05")
    assert regimes.ruled(world.network, shipped, shipped) is world.network
    drier = regimes.ruled(world.network, december, shipped)
    known = world.network.capacity_t_yr[canal]
    assert drier.capacity_t_yr[canal] == pytest.approx(known * 0.611 / 0.889)
    elsewhere = np.setdiff1d(np.arange(world.network.n_arcs), canal)
    assert np.array_equal(drier.capacity_t_yr[elsewhere], world.network.capacity_t_yr[elsewhere], equal_nan=True)


def test_china_joining_moves_routes_and_each_names_its_rule() -> None:
    result = lb.run(lb.load_world(), "china-joins-sanctions", only="routes")
    table = result.tables["routes"]
    moved = table[table["base_h"] != table["h"]]
    cited = {rule for cell in moved["rules"] for rule in cell.split()}
    assert (moved["rules"] != "").all()
    assert cited >= {
        "coalition-transit-dual-use", "oil-embargo-crude", "trade-ban-coal", "coalition-ports-ru-flag",
        "coalition-road-carriers", "coalition-airspace-rus", "export-controls-semiconductors",
    }  # fmt: skip
    by_good = table.set_index(["origin", "destination", "good"])
    turned = by_good.loc[("Chongqing", "Duisburg", "dual-use")]
    assert "RUS" not in lb.route(
        parse('title = "t"\n[[join]]\nwho = ["CHN"]\ngroups = ["RUS_EXPORT_CONTROLS"]').apply(lb.load_world()),
        "Chongqing", "Duisburg", by=["rail", "sea"], good="dual-use",
    ).routes[0].countries  # fmt: skip
    assert turned["base_h"] < turned["h"] < float("inf")
    # rail transit of ordinary goods through Russia stays legal under the Union's own acts
    plain = by_good.loc[("Chongqing", "Duisburg", "containers")]
    assert plain["h"] == plain["base_h"]
    blocked = result.tables["blocked"]
    sources = blocked[blocked["what"] == "route"].set_index("rule")["source"]
    assert cited <= set(sources.index)
    assert (sources != "").all()
    assert set(blocked[blocked["what"] == "route"]["when"]) == {"scenario"}


def test_a_route_keeps_to_bans_that_most_obey() -> None:
    few, most = (lb.route(_with(SUEZ, s), "Shanghai", "Rotterdam", by=["sea"]).routes[0] for s in (0.4, 0.6))
    assert "Suez Canal" in few.passages and "Suez Canal" not in most.passages


def test_a_quota_caps_the_crude_and_half_obeyed_takes_half() -> None:
    """60 Mt of Russian crude a year into China, by sea and pipe together."""
    text = (
        'title = "t"\n[[rule]]\nid = "sixty"\nby = "CHN"\naction = "import"\nwho = "origin=RUS good=crude"\n'
        'where = "country=CHN"\neffect = "quota"\nvalue = 60\nunit = "Mt/year"\nsource = "test"\nstrength = '
    )
    free = energy.solve(lb.load_world(), "crude").year.deliveries("RUS", "CHN")
    capped = energy.solve(parse(text + "1").apply(lb.load_world()), "crude").year.deliveries("RUS", "CHN")
    half = energy.solve(parse(text + "0.5").apply(lb.load_world()), "crude").year.deliveries("RUS", "CHN")
    assert free > 100.0 and capped == pytest.approx(60.0, abs=0.01)
    assert half == pytest.approx(0.5 * (free + capped), rel=1e-6)


def test_finance_is_a_wedge_on_the_trade_that_it_pays() -> None:
    active = lb.load_world().rules.join(["CHN"], ["RUS_TRADE_SANCTIONS"], "2023-10-01").on("2023-10-17")
    iso3, sectors = ("CHN", "RUS", "IND"), ("textiles",)
    before = rules.trade_effects(lb.load_world().rules.on("2023-10-17"), iso3, sectors, elasticity=5.0)
    after = rules.trade_effects(active, iso3, sectors, elasticity=5.0)
    assert after.wedge[0, 0, 1] == pytest.approx(1.02 * before.wedge[0, 0, 1])
    assert "swift-ban" in {r.id for r in after.rules_of("CHN", "RUS")}
    assert after.wedge[0, 2, 1] == before.wedge[0, 2, 1] == 1.0


def test_rules_without_effect_and_places_without_an_arc_are_limits_of_the_result() -> None:
    result = lb.run(lb.load_world(), only="energy")
    limits = "\n".join(result.provenance.limits)
    assert "documented and have no effect in the models: " in limits and "ru-wheat-duty" in limits
    assert "kerem-shalom (isr-gaza)" in limits and "sokhranivka (ukraine-gas-sokhranivka)" in limits


def test_flows_name_the_rules_that_stand_on_them() -> None:
    result = lb.run(lb.load_world(), "china-joins-sanctions", only="energy")
    flows = result.tables["energy_flows"]
    russian = (flows["origin_area"] == "Russia") & (flows["destination_area"] == "China") & (flows["mode"] == "tanker")
    shut = flows[russian & (flows["base"] > 1.0)]
    assert not shut.empty and (shut["value"] < 0.01).all()
    assert shut["rules"].str.contains("oil-embargo-crude").all()


def test_a_cap_that_six_in_ten_obey_leaves_the_others_the_old_one() -> None:
    text = (
        'title = "t"\n[[rule]]\nid = "cap-30"\nby = "@PRICE_CAP"\naction = "serve"\neffect = "forbid"\n'
        'source = "test"\nwho = "origin=RUS good=crude mode=sea price>30"\n'
        'where = "service=insurance,shipping,finance provider=@PRICE_CAP"\nstrength = '
    )
    worlds = (lb.load_world(), parse(text + "0.6").apply(lb.load_world()), parse(text + "1").apply(lb.load_world()))
    base, mixed, full = (energy.solve(w, "crude").year.deliveries("RUS") for w in worlds)
    assert full < mixed < base
    assert mixed == pytest.approx(0.4 * base + 0.6 * full, rel=1e-4)


def test_places_below_a_country_have_rules_of_their_own_on_a_route() -> None:
    world = lb.load_world()
    steel = lb.route(world, "Moscow", "Kaliningrad", by=["road"], good="steel")
    assert steel.routes == () and {b["rule"] for b in steel.blocked_by} == {"lt-kaliningrad"}
    assert lb.route(world, "Moscow", "Kaliningrad", by=["rail"], good="steel").routes
    cotton = lb.route(world, "Urumqi", "Chicago", by=["rail", "sea"], good="cotton")
    assert {b["rule"] for b in cotton.blocked_by} == {"xuar-uflpa"}
    # a ban on exports says nothing about trade inside the country
    assert lb.route(world, "Vladivostok", "Moscow", by=["rail"], good="diesel").routes
