"""Laws of spatial equilibrium on random small markets."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landbridge.energy import Market, PriceCap, small_market, solve

QUICK = settings(max_examples=25, deadline=None, derandomize=True)


def random_market(seed: int, *, order: list[int] | None = None, unit: float = 1.0, money: float = 1.0) -> Market:
    """Six nodes, four producers, all consume, about half of the arcs exist, half of those have a capacity.

    `unit` scales quantities, `money` prices; `order` permutes the nodes as given to the solver.
    """
    draw = np.random.default_rng(seed)
    names = [f"N{k}" for k in range(6)]
    supply = []
    for k in range(4):
        low = draw.uniform(5, 20)
        supply.append((names[k], draw.uniform(5, 30) * unit, low * money, (low + draw.uniform(0, 40)) * money))
    demand = [(n, draw.uniform(60, 120) * money, draw.uniform(1, 6) * money / unit) for n in names]
    arcs = []
    for i in names:
        for j in names:
            if i != j and (draw.random() < 0.5 or (i == "N0" and j in ("N4", "N5"))):
                limit = draw.uniform(1, 10) * unit if draw.random() < 0.5 else np.inf
                arcs.append((i, j, draw.uniform(1, 15) * money, limit))
    shown = [names[k] for k in order] if order else names
    return small_market(shown, supply, demand, arcs)


seeds = st.integers(0, 10_000)


@QUICK
@given(seeds)
def test_no_arbitrage_beyond_transport(seed: int) -> None:
    result = solve(random_market(seed))
    arcs = result.market.arcs
    gap = result.price[arcs.head] - result.price[arcs.tail] - arcs.cost
    free = np.isinf(arcs.capacity) | (result.flow < arcs.capacity - 1e-4)
    assert gap[free].max(initial=-1) <= 1e-4
    used = free & (result.flow > 1e-3)
    assert np.abs(gap[used]).max(initial=0) <= 1e-4
    np.testing.assert_allclose(gap[result.flow > 1e-3], result.arc_rent[result.flow > 1e-3], atol=1e-3)


@QUICK
@given(seeds, st.floats(1.0, 5.0))
def test_more_capacity_never_lowers_surplus(seed: int, factor: float) -> None:
    market = random_market(seed)
    more = dataclasses.replace(market, arcs=dataclasses.replace(market.arcs, capacity=market.arcs.capacity * factor))
    base = solve(market).objective_usd
    assert solve(more).objective_usd >= base - 1e-6 * abs(base)


@QUICK
@given(seeds)
def test_mass_balances(seed: int) -> None:
    result = solve(random_market(seed))
    arcs = result.market.arcs
    net = result.production - result.consumption
    np.subtract.at(net, arcs.tail, result.flow)
    np.add.at(net, arcs.head, result.flow)
    assert np.abs(net).max() <= 1e-8 * (1 + result.production.sum())


@QUICK
@given(seeds, st.floats(0.01, 100.0), st.floats(0.1, 10.0))
def test_units_change_nothing(seed: int, unit: float, money: float) -> None:
    base, scaled = solve(random_market(seed)), solve(random_market(seed, unit=unit, money=money))
    buying = base.consumption > 1e-3  # elsewhere a price may be an interval
    np.testing.assert_allclose(scaled.price[buying] / money, base.price[buying], rtol=1e-4)
    np.testing.assert_allclose(scaled.consumption / unit, base.consumption, rtol=1e-3, atol=1e-4)


@QUICK
@given(seeds, st.permutations(range(6)))
def test_order_of_nodes_changes_nothing(seed: int, order: list[int]) -> None:
    base, other = solve(random_market(seed)), solve(random_market(seed, order=order))
    for name, used in zip(base.market.nodes.id, base.consumption):
        if used > 1e-3:
            assert other.price_at(name) == pytest.approx(base.price_at(name), rel=1e-5)


@QUICK
@given(st.floats(20, 200), st.floats(0.5, 5), st.floats(1, 15))
def test_cournot_tends_to_competition_as_traders_multiply(intercept: float, slope: float, cost: float) -> None:
    prices = []
    for firms in (1, 2, 4, 8, 16):
        names = [f"F{k}" for k in range(firms)]
        market = small_market(
            [*names, "m"],
            [(f, 1e4, cost, cost) for f in names],
            [("m", intercept, slope)],
            [(f, "m", 0.0, np.inf) for f in names],
            conjecture=dict.fromkeys(names, 1.0),
        )
        prices.append(solve(market).price_at("m"))
    margins = np.array(prices) - cost
    assert (np.diff(margins) < 0).all()
    np.testing.assert_allclose(margins, (intercept - cost) / (np.array([1, 2, 4, 8, 16]) + 1), rtol=1e-4)


@QUICK
@given(st.floats(0, 1), st.floats(0, 1))
def test_more_market_power_never_lowers_the_price(low: float, high: float) -> None:
    low, high = sorted((low, high))
    supply, demand = [("a", 50, 10, 20), ("b", 50, 12, 30)], [("m", 100, 2)]
    arcs = [("a", "m", 1.0, np.inf), ("b", "m", 1.0, np.inf)]
    prices = [
        solve(small_market("abm", supply, demand, arcs, conjecture={"a": theta})).price_at("m") for theta in (low, high)
    ]
    assert prices[1] >= prices[0] - 1e-6


@QUICK
@given(st.floats(0, 40), st.floats(0.5, 10))
def test_a_cap_above_the_free_price_changes_nothing(room: float, shadow: float) -> None:
    market = small_market(
        ["port", "world"], [("port", 50.0, 20.0, 520.0)], [("world", 90.0, 2.0)], [("port", "world", 8.0, np.inf)],
        iso3={"port": "RUS", "world": "IND"}, mode="sea",
    )  # fmt: skip
    free = solve(market)
    rule = PriceCap("RUS", free.price_at("port") + room, frozenset({"USA"}), shadow_capacity=shadow, shadow_cost=7.0)
    capped = solve(market, price_caps=(rule,))
    assert capped.caps[0].wedge["port"] == pytest.approx(0.0, abs=1e-3)
    assert capped.price_at("port") == pytest.approx(free.price_at("port"), abs=1e-3)


@QUICK
@given(seeds, st.sampled_from(["N1", "N2", "N4", "N5"]))
def test_a_ban_never_raises_surplus_and_nothing_passes(seed: int, destination: str) -> None:
    market = random_market(seed)
    reference = np.full(6, 100.0)
    market = dataclasses.replace(market, demand=dataclasses.replace(market.demand, reference=reference))
    base = solve(market)
    banned = solve(market, forbidden=[("N0", destination, "pipe")])
    assert banned.objective_usd <= base.objective_usd + 1e-6 * abs(base.objective_usd)
    if "N0" in banned.classes:  # else no open way leads from there to the door, and the ban is no matter
        assert banned.deliveries("N0", destination) == pytest.approx(0.0, abs=1e-5)


@QUICK
@given(seeds)
def test_every_answer_carries_its_certificate(seed: int) -> None:
    """KKT residuals that are computed from the programme alone, of every result."""
    result = solve(random_market(seed))
    assert max(result.kkt.primal, result.kkt.dual, result.kkt.gap) == result.kkt.worst <= 1e-6


@QUICK
@given(st.floats(0.0, 1.0), st.floats(1.0, 3.0))
def test_under_market_power_more_capacity_never_lowers_the_objective(theta: float, factor: float) -> None:
    """Total surplus may fall there (METHODS 5): the programme's own objective may not."""
    supply, demand = [("a", 50, 10, 20), ("b", 50, 12, 30)], [("m", 100, 2)]
    values = []
    for size in (4.0, 4.0 * factor):
        arcs = [("a", "m", 1.0, size), ("b", "m", 1.0, np.inf)]
        values.append(solve(small_market("abm", supply, demand, arcs, conjecture={"a": theta})).objective_usd)
    assert values[1] >= values[0] - 1e-6 * abs(values[0])


@QUICK
@given(st.floats(0.0, 1.0), st.floats(20.0, 60.0))
def test_base_sales_make_conduct_neutral_at_the_base_point(theta: float, intercept: float) -> None:
    supply, demand = [("a", 50, 5, 20), ("b", 50, 6, 30)], [("m", 30.0 + intercept, 2)]
    arcs = [("a", "m", 1.0, np.inf), ("b", "m", 1.0, np.inf)]
    taker = solve(small_market("abm", supply, demand, arcs, conjecture={"a": 0.0}))
    sold = {"a": taker.consumption_by_origin[taker.classes.index("a")]}
    market = small_market("abm", supply, demand, arcs, conjecture={"a": theta})
    same = solve(dataclasses.replace(market, base_sales=sold))
    assert same.price_at("m") == pytest.approx(taker.price_at("m"), rel=1e-5)
