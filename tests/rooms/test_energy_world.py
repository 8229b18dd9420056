"""The shipped crude and gas markets: the base year, and counterfactuals whose direction is known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from landbridge.energy import EnergyResult, Market, closed_links, load_market, price_caps, restrictions, solve

CRUDE, GAS = load_market("crude"), load_market("gas")


def crude(market: Market = CRUDE, extra: frozenset[tuple[str, str, str]] = frozenset(), **how: object) -> EnergyResult:
    how.setdefault("price_caps", price_caps("crude"))
    return solve(market, forbidden=restrictions("crude") | extra, **how)  # type: ignore[arg-type]


def gas(market: Market = GAS, **how: object) -> EnergyResult:
    how.setdefault("capacity_factor", closed_links("gas"))
    return solve(market, forbidden=restrictions("gas"), **how)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def crude_base() -> EnergyResult:
    return crude()


@pytest.fixture(scope="module")
def gas_base() -> EnergyResult:
    return gas()


def test_russia_to_china_crude_of_2023(crude_base: EnergyResult) -> None:
    assert crude_base.deliveries("RUS", "CHN") == pytest.approx(107.0, rel=0.05)
    assert crude_base.deliveries("RUS", "CHN") / crude_base.deliveries("RUS") == pytest.approx(0.44, abs=0.02)
    assert crude_base.link_flow("skovorodino-mohe") == pytest.approx(30.0, rel=0.05)


def test_russia_to_china_gas_by_pipe_of_2023(gas_base: EnergyResult) -> None:
    assert gas_base.link_flow("power-of-siberia-1") == pytest.approx(21.3, rel=0.05)


@pytest.mark.parametrize("fuel", ["crude", "gas"])
def test_twenty_largest_flows_within_ten_per_cent(fuel: str, crude_base: EnergyResult, gas_base: EnergyResult) -> None:
    rows = sorted((crude_base if fuel == "crude" else gas_base).fit, key=lambda r: -r.observed)[:20]
    assert {r.name: round(r.miss, 3) for r in rows if abs(r.miss) > 0.10} == {}


def test_benchmark_prices_within_fifteen_per_cent(crude_base: EnergyResult, gas_base: EnergyResult) -> None:
    observed = {"Brent": 82.6, "Urals FOB": 58.5, "ESPO FOB": 73.0, "WTI": 77.7, "Dubai": 82.1}
    observed |= {"TTF": 12.87, "JKM": 13.77, "Henry Hub": 2.53, "China LNG import": 12.12}
    model = crude_base.benchmarks() | gas_base.benchmarks()
    assert {k: model[k] for k, v in observed.items() if abs(model[k] / v - 1) > 0.15} == {}


def test_certificates_and_mass_balance(crude_base: EnergyResult, gas_base: EnergyResult) -> None:
    for result in (crude_base, gas_base):
        assert result.kkt.worst < 1e-7
        assert result.seconds < 5.0
        arcs = result.market.arcs
        net = result.production - result.consumption
        np.subtract.at(net, arcs.tail, result.flow)
        np.add.at(net, arcs.head, result.flow * (1 - arcs.loss))
        assert np.abs(net).max() < 1e-6


def test_china_joining_lowers_what_russia_earns(crude_base: EnergyResult) -> None:
    caps = tuple(dataclasses.replace(c, coalition=c.coalition | {"CHN"}) for c in price_caps("crude"))
    joined = crude(extra=frozenset({("RUS", "CHN", "sea")}), price_caps=caps)
    assert joined.deliveries("RUS", "CHN") == pytest.approx(40.0, abs=1.0)  # the pipelines stay
    assert joined.deliveries("RUS", "IND") > crude_base.deliveries("RUS", "IND") + 5
    assert joined.price_at("rus-kozmino") < crude_base.price_at("rus-kozmino") - 5
    assert joined.price_at("chn-coast") > crude_base.price_at("chn-coast")


def test_lifting_the_embargo_closes_the_discount(crude_base: EnergyResult) -> None:
    lifted = solve(CRUDE)
    gap = crude_base.price_at("eu-nw") - crude_base.price_at("rus-baltic")
    assert lifted.price_at("eu-nw") - lifted.price_at("rus-baltic") < gap - 15
    shares = [r.deliveries("RUS", "CHN") / r.deliveries("RUS") for r in (lifted, crude_base)]
    assert shares[0] < shares[1]
    europe = next(row for row in lifted.fit if row.name == "rus-eu sea")
    assert europe.model > 20  # what the embargo had closed flows again


def test_hormuz_closed_raises_the_world_price_and_uses_the_bypasses(crude_base: EnergyResult) -> None:
    closed = crude(passage_share={"hormuz": 0.0})
    assert closed.price_at("eu-nw") > crude_base.price_at("eu-nw") + 60
    assert closed.link_flow("east-west") == pytest.approx(249.0, rel=1e-3)
    assert closed.link_flow("habshan-fujairah") == pytest.approx(75.0, rel=1e-3)
    lost = CRUDE.demand.reference.sum() - closed.consumption.sum()
    assert lost > 200  # Mt a year that nobody can buy
    assert all(closed.link_flow(link) == 0 for link in CRUDE.links("hormuz"))


def test_power_of_siberia_2_displaces_lng_and_lowers_the_price(gas_base: EnergyResult) -> None:
    built = GAS.add_pipe("rus-yamal", "chn-coast", link="ps2", capacity=47.0, cost=2.6)
    result = gas(built)
    ships = [k for k, m in enumerate(GAS.arcs.mode) if m == "lng"]
    china = [k for k in ships if GAS.nodes.iso3[GAS.arcs.head[k]] == "CHN"]
    assert result.deliveries("RUS", "CHN") > gas_base.deliveries("RUS", "CHN") + 30
    assert result.flow[china].sum() < gas_base.flow[china].sum() - 10
    assert -3 < result.price_at("chn-coast") - gas_base.price_at("chn-coast") < 0


def test_lost_supply_and_demand_shocks_move_the_price_as_expected(crude_base: EnergyResult) -> None:
    assert crude(CRUDE.scale_supply({"LBY": 0.0})).price_at("eu-nw") > crude_base.price_at("eu-nw")
    assert crude(CRUDE.scale_demand({"CHN": 0.95})).price_at("eu-nw") < crude_base.price_at("eu-nw")
