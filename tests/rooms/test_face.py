"""The public Python face as DESIGN and README show it: kernels on bare arrays, and a world in a few lines."""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import landbridge as lb


@pytest.fixture(scope="module")
def world() -> lb.World:
    return lb.load_world("2023-10")


def one_sector(flow: np.ndarray, theta: float) -> lb.trade.Baseline:
    """A balanced Armington world of one sector without tariffs or inputs."""
    n = len(flow)
    return lb.trade.Baseline(
        iso3=tuple("ABCDEFGH"[:n]), sectors=("goods",), flow_usd=flow[None], tariff=np.zeros((1, n, n)),
        value_added_share=np.ones((1, n)), io=np.zeros((n, 1, 1)), final_share=np.ones((1, n)),
        theta=np.array([theta]), basis=np.zeros((1, n, n), np.int8),
    )  # fmt: skip


def test_trade_solve_on_bare_arrays_gives_the_gains_of_arkolakis_costinot_rodriguez_clare() -> None:
    flow = np.array([[80.0, 15.0, 5.0], [15.0, 180.0, 5.0], [5.0, 5.0, 40.0]])
    theta, wedge = 4.0, np.array([[1.0, 0.9, 1.0], [0.95, 1.0, 1.0], [1.0, 1.0, 1.0]])
    found = lb.trade.solve(one_sector(flow, theta), wedge)
    home_before = np.diag(flow) / flow.sum(axis=0)
    home_after = np.diagonal(found.flow_usd[0]) / found.flow_usd[0].sum(axis=0)
    # American Economic Review 102(1), 2012: W_hat = lambda_hat ** (-1 / theta)
    np.testing.assert_allclose(found.real_income_hat, (home_after / home_before) ** (-1 / theta), rtol=1e-9)
    assert found.real_income_hat[0] > 1 and found.real_income_hat[1] > 1
    assert found.residual < 1e-10
    with pytest.raises(lb.errors.BadInput):
        lb.trade.solve(one_sector(-flow, theta))


def test_gravity_ppml_on_bare_arrays_returns_the_coefficient_that_made_the_data() -> None:
    draw = np.random.default_rng(1)
    who = np.repeat(np.arange(12), 12), np.tile(np.arange(12), 12)
    apart = draw.uniform(1, 3, 144)
    trade = np.exp(draw.normal(size=12)[who[0]] + draw.normal(size=12)[who[1]] - 0.8 * apart)
    found = lb.gravity.ppml(trade, {"ln_dist": apart}, who)
    assert found.coefficients == pytest.approx([-0.8], abs=1e-9)
    assert found.names == ("ln_dist",)


def test_energy_solve_on_a_small_market_clears_where_hand_and_pencil_say() -> None:
    # supply price 10 + q, demand price 100 - q, transport 6: q = 42, prices 52 and 58
    market = lb.energy.small_market(["A", "B"], [("A", 100, 10, 110)], [("B", 100, 1)], [("A", "B", 6, np.inf)])
    found = lb.energy.solve(market)
    assert found.flow == pytest.approx([42.0], abs=1e-6)
    assert found.price == pytest.approx([52.0, 58.0], abs=1e-5)


def test_assignment_equilibrium_on_bare_arrays_is_braess() -> None:
    # Braess 1968: 6 users, arcs 0-1 10v, 0-2 50+v, 1-3 50+v, 2-3 10v, 1-2 10+v: everybody at 92, 83 without 1-2
    tail, head = [0, 0, 1, 2, 1], [1, 2, 3, 3, 2]
    free, rise = np.array([1e-9, 50, 50, 1e-9, 10]), np.array([10.0, 1, 1, 10, 1])
    whole = lb.assignment.congested_network(tail, head, free, np.ones(5), rise / free, np.ones(5))
    less = lb.assignment.congested_network(tail[:4], head[:4], free[:4], np.ones(4), (rise / free)[:4], np.ones(4))
    assert lb.assignment.equilibrium(whole, [0], [3], [6.0]).od_cost == pytest.approx([92.0], rel=1e-5)
    assert lb.assignment.equilibrium(less, [0], [3], [6.0]).od_cost == pytest.approx([83.0], rel=1e-5)


def test_many_to_many_equals_plain_dijkstra_on_the_shipped_network(world: lb.World) -> None:
    net = world.network
    places = np.array([lb.network.find_place(net, city) for city in ("Chongqing", "Duisburg", "Almaty", "Tehran")])
    cls = lb.routing.TrafficClass("containers", "teu", 10.0, ("rail1435", "rail1520", "road"))
    found = lb.routing.many_to_many(net, cls, places, places)
    plain = lb.routing.many_to_many(net, cls, places, places, method="dijkstra")
    np.testing.assert_allclose(found.generalised_usd, plain.generalised_usd, rtol=1e-6)
    assert np.all(np.diag(found.generalised_usd) == 0)


def test_route_with_a_list_and_a_matrix_of_the_same_places_agree(world: lb.World) -> None:
    answer = lb.route(world, "Chongqing", "Duisburg", by=["rail"], alternatives=3)
    assert 2 <= len(answer.routes) <= 3
    assert [r.generalised_usd for r in answer.routes] == sorted(r.generalised_usd for r in answer.routes)
    matrix = lb.cost_matrix(world, ["Chongqing", "Almaty"], ["Duisburg"], by=["rail"])
    assert matrix.labelled("time_h").loc["Chongqing", "Duisburg"] == pytest.approx(answer.routes[0].time_h)
    assert matrix.time_h.shape == (2, 1)


def test_run_compare_save_and_load_as_the_design_shows(world: lb.World, tmp_path: Path) -> None:
    base = lb.run(world, only=("routes", "energy"))
    asked = lb.Scenario(title="Suez shut", actions=[lb.scenario.Close(where="suez")])
    result = lb.run(world, asked, only=("routes", "energy"))
    diff = lb.compare(base, result)
    assert len(diff.summary().splitlines()) >= 4
    assert {"base", "value", "percent"} <= set(diff.energy.prices.columns)
    assert set(diff.routes("CHN", "DEU")["destination_iso3"]) == {"DEU"}
    sea = diff.routes("Shanghai", "Rotterdam")
    assert float(sea["h"].iloc[0]) > float(sea["base_h"].iloc[0])
    made = result.provenance
    assert made.packages and made.inputs and made.residuals and made.seconds and made.limits
    again = lb.Result.load(result.save(tmp_path / "out"))
    assert again.summary() == result.summary()
    assert (tmp_path / "out" / "report.html").is_file()


def test_every_public_function_says_what_it_raises_and_kernels_cite_their_source() -> None:
    faces = [lb.run, lb.route, lb.flight, lb.cost_matrix, lb.close, lb.compare, lb.load_world, lb.read_scenario]
    kernels = [
        lb.trade.solve, lb.gravity.ppml, lb.energy.solve, lb.assignment.equilibrium, lb.routing.many_to_many,
    ]  # fmt: skip
    for face in faces + kernels:
        told = inspect.getdoc(face) or ""
        assert re.search(r"BadInput|BadScenario|UnknownName|NotConverged|DataMissing", told), face.__name__
    for kernel in kernels:
        assert re.search(r"\b(19|20)\d\d\b", inspect.getdoc(kernel) or ""), f"{kernel.__name__} cites no paper"


def test_the_world_is_frozen_and_shows_itself_in_a_line(world: lb.World) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        world.name = "x"  # type: ignore[misc]
    assert "2023-10" in repr(world) and "\n" not in repr(world)
    world.check()


def test_a_pair_is_called_observed_only_where_customs_or_observed_cells_make_half_of_it(world: lb.World) -> None:
    base = world.trade
    basis = lb.trade.pair_basis(base)
    at = base.index
    assert basis[at("RUS"), at("CHN")] == basis[at("CHN"), at("USA")] == 0
    assert basis[at("ARE"), at("PRY")] != 0
    one_cell = base.basis.min(axis=0) == 0
    assert (one_cell & (basis > 0)).any(), "one observed sector makes no observed pair"
    bare = dataclasses.replace(one_sector(np.full((2, 2), 10.0), 4.0), basis=np.array([[[1, 0], [2, 1]]], np.int8))
    assert lb.trade.pair_basis(bare).tolist() == [[1, 0], [2, 1]]
    share = re.search(r"\((\d+)% of trade by pair and value observed\)", repr(world))
    assert share and 20 < int(share[1]) < 100
