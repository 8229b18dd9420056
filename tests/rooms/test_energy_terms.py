"""Netbacks, contracts, and the counterfactuals that sanctions and pipelines are asked about."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import highspy
import numpy as np
import pytest

from landbridge.energy import (
    EnergyResult,
    Settings,
    bind,
    closed_links,
    contracts,
    load_horizon,
    load_market,
    netbacks,
    price_caps,
    projects,
    restrictions,
    small_market,
    solve,
    solve_years,
    transfers,
    write_program,
)
from landbridge.errors import BadInput, Infeasible, UnknownName

GAS, CRUDE = load_market("gas"), load_market("crude")
EU = frozenset(d for o, d, m in restrictions("crude") if m == "sea") - {"USA", "GBR", "CAN", "AUS"} | {"BGR"}


@pytest.fixture(scope="module")
def crude_base() -> EnergyResult:
    return solve(CRUDE, forbidden=restrictions("crude"), price_caps=price_caps("crude"))


@pytest.fixture(scope="module")
def gas_base() -> EnergyResult:
    return solve(bind(GAS, contracts("gas")), forbidden=restrictions("gas"), capacity_factor=closed_links("gas"))


def test_netback_is_price_less_the_way_and_parts_add_up(gas_base: EnergyResult) -> None:
    ways = {n.link: n for n in netbacks(gas_base, "RUS")}
    power = ways["power-of-siberia-1"]
    assert power.netback == pytest.approx(power.price - power.cost)
    for way in ways.values():  # gas has no caps: what the seller gets, the rent and the term are all of it
        assert way.netback == pytest.approx(way.fob + way.rent + way.term, abs=2e-3), way.link


def test_cap_shows_in_the_gap_between_netback_and_what_the_seller_gets(crude_base: EnergyResult) -> None:
    ways = {n.link: n for n in netbacks(crude_base, "RUS", least=1.0)}
    india = ways["rus-baltic>ind"]
    assert india.fob == pytest.approx(60.0, abs=0.01)
    assert india.netback - india.term - india.fob > 10
    with pytest.raises(UnknownName, match="tracked"):
        netbacks(crude_base, "NOR")


def test_contract_price_is_a_transfer_beside_the_marginal_price(gas_base: EnergyResult) -> None:
    (power,) = transfers(gas_base, contracts("gas"))
    assert power.contract.price == pytest.approx(297.3 / 35.3, abs=0.01)
    assert power.marginal_price > power.contract.price
    assert power.to_buyer_usd == pytest.approx(
        (power.marginal_price - power.contract.price) * power.flow * GAS.usd_per_unit
    )


def test_take_or_pay_holds_the_flow_where_the_market_would_not() -> None:
    market = small_market(["a", "b"], [("a", 50, 30, 60), ("b", 50, 5, 20)], [("b", 60, 2)], [("a", "b", 5.0, 10.0)])
    (shipped,) = contracts("gas")
    signed = dataclasses.replace(shipped, link="a>b", volume=8.0, take_or_pay=0.5)
    assert solve(market).link_flow("a>b") == pytest.approx(0.0, abs=1e-5)
    assert solve(bind(market, (signed,))).link_flow("a>b") == pytest.approx(4.0, abs=1e-5)
    with pytest.raises(BadInput, match="exceeds the capacity 10"):
        bind(market, (dataclasses.replace(signed, volume=30.0),))


def crude(cap_price: float | None = None, shadow: float = 1.0, **how: object) -> EnergyResult:
    caps = tuple(
        dataclasses.replace(
            c, price=cap_price if cap_price is not None else c.price, shadow_capacity=c.shadow_capacity * shadow
        )
        for c in price_caps("crude")
    )
    return solve(CRUDE, forbidden=restrictions("crude"), price_caps=caps, **how)  # type: ignore[arg-type]


def test_a_cap_of_30_cuts_volume_and_raises_the_world_price(crude_base: EnergyResult) -> None:
    low = crude(cap_price=30.0)
    assert low.deliveries("RUS") < crude_base.deliveries("RUS") - 10
    assert low.price_at("eu-nw") > crude_base.price_at("eu-nw") + 2
    assert low.caps[0].coalition_flow < crude_base.caps[0].coalition_flow
    assert low.price_at("rus-baltic") < 35


def test_a_ban_on_services_at_any_price_leaves_the_shadow_fleet(crude_base: EnergyResult) -> None:
    banned = crude(cap_price=0.0)
    assert banned.caps[0].coalition_flow == pytest.approx(0.0, abs=0.01)
    assert banned.deliveries("RUS") < crude_base.deliveries("RUS")


def test_a_larger_shadow_fleet_raises_what_russia_gets(crude_base: EnergyResult) -> None:
    more = crude(shadow=4.0)
    assert more.caps[0].shadow_flow > crude_base.caps[0].shadow_flow
    assert more.price_at("rus-baltic") >= crude_base.price_at("rus-baltic") - 1e-3


def test_embargo_of_2022_moves_barrels_east_and_opens_a_discount() -> None:
    before = load_market("crude", year=2022)
    free = solve(before, forbidden=restrictions("crude", 2022))
    after = solve(before, forbidden=restrictions("crude"), price_caps=price_caps("crude"))
    assert after.deliveries("RUS", "CHN") > free.deliveries("RUS", "CHN") + 5
    discount = [r.price_at("eu-nw") - r.price_at("rus-baltic") for r in (free, after)]
    assert discount[0] < 6 and discount[1] > 20


def test_nord_stream_returns_and_eu_gas_cutoff(gas_base: EnergyResult) -> None:
    opened = {k: v for k, v in closed_links("gas").items() if k != "nord-stream"}
    back = solve(GAS, forbidden=restrictions("gas"), capacity_factor=opened)
    assert back.link_flow("nord-stream") > 5
    assert back.price_at("nld") < gas_base.price_at("nld")
    union = {iso for members in GAS.nodes.members for iso, _ in members} & EU
    bans = restrictions("gas") | {("RUS", iso, mode) for iso in union for mode in ("pipe", "lng")}
    cut = solve(GAS, forbidden=bans, capacity_factor=closed_links("gas"))
    assert cut.price_at("nld") > gas_base.price_at("nld") + 0.5
    assert cut.deliveries("RUS", "DEU") < 0.01


def test_power_of_siberia_2_from_2030_to_2035() -> None:
    years = (2030, 2035)
    without = solve_years(load_horizon("gas", years))
    built = solve_years(load_horizon("gas", years, may_build=projects("gas", "power-of-siberia-2"), tail_years=25))
    assert built.built[0, 0] == pytest.approx(47.25, abs=1e-3)
    arcs, nodes = GAS.arcs, GAS.nodes
    ships = [a for a, m in enumerate(arcs.mode) if m == "lng" and nodes.iso3[arcs.head[a]] == "CHN"]
    saved = without.yearly(without.flow)[:, ships].sum(axis=1) - built.yearly(built.flow)[:, ships].sum(axis=1)
    assert (saved > 10).all()
    for node, least in (("chn-coast", -1.5), ("jpn", -1.0), ("nld", -1.0)):
        change = (built.yearly(built.price) - without.yearly(without.price))[:, nodes.index(node)]
        assert (change < 0).all() and (change > least).all(), node
    # so dear a line is not built
    dear = tuple(dataclasses.replace(p, capex_usd=50 * p.capex_usd) for p in projects("gas", "power-of-siberia-2"))
    assert solve_years(load_horizon("gas", years, may_build=dear, tail_years=25)).built.max() < 1e-3


def test_quota_and_tariff_on_a_small_market() -> None:
    market = small_market(
        ["a", "b", "c"], [("a", 50, 10, 60), ("c", 50, 14, 64)], [("b", 100, 2)],
        [("a", "b", 4.0, np.inf), ("c", "b", 4.0, np.inf)],
    )  # fmt: skip
    free = solve(market)
    limited = solve(market, quotas=(("a", "b", 3.0),))
    assert limited.link_flow("a>b") == pytest.approx(3.0, abs=1e-5)
    assert limited.price_at("b") > free.price_at("b")
    taxed = solve(market, tariffs={("a", "b"): 5.0})
    assert taxed.link_flow("a>b") < free.link_flow("a>b")
    assert taxed.tariff_revenue_usd == pytest.approx(5.0 * taxed.link_flow("a>b"), rel=1e-6)
    # a duty burns less than it collects
    assert free.objective_usd > taxed.objective_usd + taxed.tariff_revenue_usd > taxed.objective_usd
    # all of a duty on the one seller with an upright supply falls on the seller
    upright = small_market(["a", "b"], [("a", 10, 0, 0)], [("b", 100, 2)], [("a", "b", 4.0, np.inf)])
    assert solve(upright, tariffs={("a", "b"): 5.0}).price_at("b") == pytest.approx(solve(upright).price_at("b"))


def test_market_power_of_russia_in_gas_raises_the_price_in_europe(gas_base: EnergyResult) -> None:
    cournot = dataclasses.replace(GAS, conjecture={"RUS": 0.2})
    result = solve(cournot, forbidden=restrictions("gas"), capacity_factor=closed_links("gas"))
    assert result.price_at("tur") > gas_base.price_at("tur")
    assert result.deliveries("RUS") < gas_base.deliveries("RUS")


@pytest.mark.parametrize("fuel", ["crude", "gas"])
def test_another_solver_finds_the_same_equilibrium(fuel: str) -> None:
    market = CRUDE if fuel == "crude" else GAS
    how = {"forbidden": restrictions(fuel), "capacity_factor": closed_links(fuel)}  # type: ignore[arg-type]
    first = solve(market, **how)  # type: ignore[arg-type]
    second = solve(market, **how, settings=Settings(method="clarabel"))  # type: ignore[arg-type]
    assert second.objective_usd == pytest.approx(first.objective_usd, rel=1e-8)
    traded = first.consumption > 0.1
    np.testing.assert_allclose(second.price[traded], first.price[traded], rtol=1e-3)


def test_ships_are_scarce_when_suez_is_closed(crude_base: EnergyResult) -> None:
    how = {"forbidden": restrictions("crude"), "price_caps": price_caps("crude"), "passage_share": {"suez": 0.0}}
    many, few = solve(CRUDE, **how), solve(CRUDE, **how, fleet_slack=0.01)  # type: ignore[arg-type]
    assert many.day_rates_usd == {} == crude_base.day_rates_usd
    assert set(few.day_rates_usd) == {"aframax", "suezmax", "vlcc"}
    assert 1e3 < max(few.day_rates_usd.values()) < 2e5  # US dollars a day
    gulf = [r.price_at("eu-med") - r.price_at("sau-gulf") for r in (many, few)]
    assert gulf[1] > gulf[0]
    calm = solve(CRUDE, forbidden=restrictions("crude"), price_caps=price_caps("crude"), fleet_slack=0.05)
    assert max(calm.day_rates_usd.values()) < 20.0


def test_outlook_refuses_unknown_years_and_projects() -> None:
    with pytest.raises(BadInput, match="2023 and 2035"):
        load_horizon("gas", (2030, 2040))
    with pytest.raises(UnknownName, match="power-of-siberia-2"):
        projects("gas", "power-of-siberia-3")


def test_a_users_faults_are_named_together() -> None:
    market = small_market(["a", "b", "c"], [("a", 10, 1, 5)], [("b", 20, 1), ("c", 20, 1)], [("a", "b", 1.0, -4.0)])
    with pytest.raises(BadInput, match=r"a>b: capacity -4"):
        solve(market)
    fine = dataclasses.replace(market, arcs=dataclasses.replace(market.arcs, capacity=np.array([4.0])))
    with pytest.raises(BadInput, match="c: no supply can reach this demand"):
        solve(fine)
    with pytest.raises(BadInput, match="no node 'd'"):
        small_market(["a"], [("d", 1, 1, 1)], [], [])
    with pytest.raises(UnknownName, match="power-of-siberia-1"):
        solve(GAS, capacity_factor={"power-of-siberia": 0.5})
    with pytest.raises(UnknownName, match="nearest"):
        GAS.add_pipe("rus-yamall", "chn-coast", link="x", capacity=1, cost=1)


@pytest.mark.parametrize("ending", [".lp", ".mps"])
def test_a_market_is_written_for_other_solvers(tmp_path: Path, ending: str) -> None:
    """Read back by HiGHS and solved there: the same objective, and names that say what they are."""
    market = small_market(["a", "b"], [("a", 50, 5, 30)], [("b", 60, 2)], [("a", "b", 5.0, 10.0)])
    path = write_program(market, tmp_path / f"market{ending}")
    assert "capacity_a_b_" in path.read_text(encoding="utf-8")
    engine = highspy.Highs()
    engine.setOptionValue("output_flag", False)
    engine.readModel(str(path))
    engine.run()
    assert -engine.getInfo().objective_function_value == pytest.approx(solve(market).objective_usd, rel=1e-6)


def test_a_contract_that_cannot_be_kept_is_named() -> None:
    """A least flow above what the field can make: the error names the rows that conflict."""
    market = small_market(["a", "b"], [("a", 4, 5, 30)], [("b", 60, 2)], [("a", "b", 5.0, 10.0)])
    bound = dataclasses.replace(market.arcs, least=np.array([8.0]))
    with pytest.raises(Infeasible, match=r"capacity\[a>b\]"):
        solve(dataclasses.replace(market, arcs=bound))


def test_terminals_limit_what_is_landed() -> None:
    assert GAS.terminals["nld"] == pytest.approx(24.0)
    base = solve(GAS, forbidden=restrictions("gas"), capacity_factor=closed_links("gas"))
    tight = dataclasses.replace(GAS, terminals={**GAS.terminals, "jpn": 60.0})
    less = solve(tight, forbidden=restrictions("gas"), capacity_factor=closed_links("gas"))
    landed = [k for k, m in enumerate(GAS.arcs.mode) if m == "lng" and GAS.nodes.id[GAS.arcs.head[k]] == "jpn"]
    assert base.flow[landed].sum() > 90
    assert less.flow[landed].sum() == pytest.approx(60.0, abs=1e-3)
    assert less.price_at("jpn") > base.price_at("jpn") + 1 and less.price_at("kor") < base.price_at("kor")


def test_idle_capacity_opens_when_crude_is_dear(crude_base: EnergyResult) -> None:
    """With half of Russia's output lost the Gulf's idle fields run; at the prices of 2023 they do not."""
    gulf = CRUDE.nodes.index("sau-gulf")
    without = half_of_russia()
    assert crude_base.production[gulf] == pytest.approx(482.7, rel=0.01)
    assert without.production[gulf] > crude_base.production[gulf] + 20
    assert 100 < without.price_at("sau-gulf") < 130


def half_of_russia() -> EnergyResult:
    return solve(CRUDE.scale_supply({"RUS": 0.5}), forbidden=restrictions("crude"), price_caps=price_caps("crude"))
