"""Closures, criticality, wedges, recovery with stocks; intervals of prices; the balance of empties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from landbridge import assignment as asg
from landbridge.errors import BadInput, Infeasible, NotConverged


def problem(seed=0, k=60, n_assets=15, outside=6.0):
    r = np.random.default_rng(seed)
    routes = [[np.unique(r.choice(40, 4)) for _ in range(6)] for _ in range(k)]
    cost = [(1 + r.random(6)).tolist() for _ in range(k)]
    choice = asg.choice_set(routes, cost, 1 + r.random(40))
    asset_of_arc = np.where(np.arange(40) < n_assets, np.arange(40), -1)
    ship = asg.shipments(choice, r.lognormal(size=k), 4.0, asset_of_arc, 1.0, outside)
    free = asg.solve(ship, asg.assets(np.full(n_assets, np.inf)))
    return ship, asg.assets(free.asset_flow * r.uniform(0.5, 1.3, n_assets)), free


def series(caps) -> tuple[asg.Shipments, asg.Assets]:
    """Two assets always used together on the cheap chain, none on the other."""
    choice = asg.choice_set([[[0, 1], [2]]], [[0.0, 1.0]], np.ones(3))
    return asg.shipments(choice, [10.0], 1.0, [0, 1, -1], outside_cost=9.0), asg.assets(caps)


def test_prices_of_assets_always_used_together_are_an_interval():
    ship, limits = series([3.0, 3.0])
    result = asg.solve(ship, limits)
    total = 1.0 + np.log(7 / 3)
    assert result.price.sum() == pytest.approx(total, rel=1e-8)  # only the sum is unique
    low, high = asg.price_range(ship, limits, result, [0, 1])
    assert low == pytest.approx([0.0, 0.0], abs=1e-7) and high == pytest.approx([total, total], rel=1e-7)
    # the ends are the one-sided derivatives: more room in one asset alone is worth nothing, less costs the whole sum
    h = 1e-6
    more, less = (asg.solve(ship, asg.assets([3.0 + s, 3.0])).objective for s in (h, -h))
    assert (result.objective - more) / h == pytest.approx(low[0], abs=1e-5)
    assert (less - result.objective) / h == pytest.approx(high[0], rel=1e-5)


def test_unique_prices_have_equal_ends():
    ship, limits = series([3.0, 5.0])
    result = asg.solve(ship, limits)
    low, high = asg.price_range(ship, limits, result, [0, 1])
    assert low == pytest.approx(high) and low == pytest.approx([1.0 + np.log(7 / 3), 0.0], abs=1e-7)
    wide, caps, _ = problem()
    result = asg.solve(wide, caps)
    low, high = asg.price_range(wide, caps, result, np.arange(15))
    assert low == pytest.approx(result.capacity_price) and high == pytest.approx(result.capacity_price)


def test_bound_of_the_screen_never_exceeds_the_loss():
    ship, limits, _ = problem()
    for case in (limits, asg.assets(limits.capacity, 0.02, limits.capacity, 3.0)):
        base = asg.solve(ship, case)
        result = asg.criticality(ship, case, base, top=15)
        assert len(result.closures) == 15
        for closure in result.closures:
            assert result.bound[closure.asset] <= closure.loss * (1 + 1e-9)
            assert closure.loss > 0 and closure.exposure == base.asset_flow[closure.asset]
        losses = [c.loss for c in result.closures]
        assert losses == sorted(losses, reverse=True)


def test_screen_is_exact_where_nothing_is_scarce():
    ship, _, free = problem()
    limits = asg.assets(np.full(15, np.inf))
    result = asg.criticality(ship, limits, free, top=3)
    for closure in result.closures:
        assert closure.loss == pytest.approx(result.bound[closure.asset], rel=1e-9)
        assert closure.loss == pytest.approx(closure.loss_by_shipment.sum(), rel=1e-9)
        assert closure.bottleneck == -1 and closure.unserved == 0


def test_strait_without_an_alternative_leaves_demand_unserved():
    choice = asg.choice_set([[[0]], [[0], [1]]], [[1.0], [1.0, 2.0]], np.ones(2))
    ship = asg.shipments(choice, [5.0, 8.0], 3.0, [0, 1], outside_cost=50.0)
    limits = asg.assets([np.inf, np.inf])
    base = asg.solve(ship, limits)
    shut = asg.close(ship, limits, base, 0)
    assert shut.unserved == 5.0 and shut.no_way == 5.0 and shut.after.unserved.tolist() == [5.0, 0.0]
    assert shut.rerouted == pytest.approx(base.chain_flow[1]) and shut.after.chain_flow[2] == pytest.approx(8.0)
    assert shut.loss_by_shipment[0] == pytest.approx(5 * 49.0)
    half = asg.close(ship, limits, base, 0, share=0.5)
    assert half.after.asset_flow[0] == pytest.approx(0.5 * base.asset_flow[0], rel=1e-8)
    with pytest.raises(BadInput):
        asg.close(ship, limits, base, 7)


def test_wedge_reproduces_an_observed_drop():
    ship, _, free = problem()
    chains = np.arange(len(ship.cost)) % 3 == 0
    observed = 0.5 * free.chain_flow[chains].sum()
    everywhere = asg.assets(np.full(15, np.inf))
    wedge, result = asg.wedge_to_reach(ship, everywhere, chains, observed)
    assert wedge > 0 and result.chain_flow[chains].sum() == pytest.approx(observed, rel=1e-8)
    dearer = replace(ship, cost=ship.cost + wedge * chains)
    assert asg.solve(dearer, everywhere).chain_flow == pytest.approx(result.chain_flow, rel=1e-6, abs=1e-9)
    assert asg.wedge_to_reach(ship, everywhere, chains, 3 * observed)[0] == 0


def test_recovery_keeps_account_of_every_day():
    # half still comes, ten days later; stock of 5; shut for 30 days
    r = asg.recovery([0.5, 1.0, 0.0], [5.0, 5.0, 30.0], 30, delay_days=[10, 10, 0], surge=0.2)
    assert r.lost_days[0] == pytest.approx(5 + 20 * 0.5)  # five days of stock, five of nothing, twenty at half
    assert r.lost_days[1] == pytest.approx(5.0)
    assert np.all(r.stock >= 0) and np.all(r.shortage >= 0) and np.all(r.shortage <= 1)
    for g, start in enumerate((5.0, 5.0, 30.0)):
        used = (1 - r.shortage[g]).sum()
        assert start + r.arrivals[g].sum() == pytest.approx(used + r.stock[g, -1])
        day = r.recovered_on[g]
        assert day > 30 and np.all(r.stock[g, day:] >= start - 1e-9)
    slow = asg.recovery([0.0], [0.0], 30, ramp_days=4)
    assert slow.lost_days[0] == pytest.approx(30 + 3 * 1.0 - 1.1 * (0.25 + 0.5 + 0.75))
    never = asg.recovery([0.0], [1.0], 400, horizon_days=100)
    assert never.recovered_on[0] == -1 and never.lost_days[0] == 99.0
    with pytest.raises(BadInput):
        asg.recovery([1.5], [1.0], 10)


def lanes(n, cost) -> asg.Lanes:
    pairs = np.array([(i, j) for i in range(n) for j in range(n) if i != j])
    empty = np.zeros(0)
    return asg.Lanes(pairs[:, 0], pairs[:, 1], np.zeros(len(pairs), np.int64), np.asarray(cost, float),
                     np.zeros(len(pairs) + 1, np.int64), empty.astype(np.int32), empty)  # fmt: skip


def test_empties_balance_at_least_cost():
    """Demand is fixed here, so the empties are a transport problem with a known optimum (scipy's linear programme)."""
    r = np.random.default_rng(5)
    n, k = 4, 20
    o = r.integers(0, n, k)
    d = (o + r.integers(1, n, k)) % n
    choice = asg.choice_set([[[0]]] * k, [[1.0]] * k, np.ones(1))
    demand = r.lognormal(size=k)
    ship = asg.shipments(choice, demand, 2.0, [-1], outside_cost=1000.0)
    way = lanes(n, r.uniform(0.5, 2.0, n * (n - 1)))
    result = asg.solve_with_empties(ship, asg.assets([np.inf]), way, o, d, 2.0)
    net = np.bincount(d, 2 * demand, minlength=n) - np.bincount(o, 2 * demand, minlength=n)
    balance = np.zeros((n, len(way.cost)))
    balance[way.origin, np.arange(len(way.cost))] = 1
    balance[way.destination, np.arange(len(way.cost))] = -1
    best = linprog(way.cost, A_eq=balance, b_eq=net)
    assert result.empty_flow @ way.cost == pytest.approx(best.fun, rel=1e-5)
    assert result.imbalance < 1e-6 and result.complementarity <= 1e-6
    used = result.empty_flow > 1e-3
    worth = result.container_price[0]
    gain = worth[way.destination] - worth[way.origin]
    assert np.all(gain <= way.cost + 1e-4) and gain[used] == pytest.approx(way.cost[used], abs=1e-4)


def test_backhaul_is_cheaper_than_headhaul():
    choice = asg.choice_set([[[0]], [[0]]], [[1.0], [1.0]], np.ones(1))
    ship = asg.shipments(choice, [10.0, 4.0], 2.0, [-1], outside_cost=20.0)
    result = asg.solve_with_empties(ship, asg.assets([np.inf]), lanes(2, [0.8, 0.8]), [0, 1], [1, 0], 1.0)
    assert result.empty_flow == pytest.approx([0.0, 6.0], abs=1e-5)
    assert result.assignment.logsum == pytest.approx([1.8, 0.2], abs=1e-4)  # head pays the way back


def test_empties_that_cannot_return_are_an_error():
    choice = asg.choice_set([[[0]]], [[1.0]], np.ones(1))
    ship = asg.shipments(choice, [10.0], 2.0, [-1])
    one_way = asg.Lanes(np.array([0]), np.array([1]), np.array([0]), np.array([1.0]), np.array([0, 0]),
                        np.zeros(0, np.int32), np.zeros(0))  # fmt: skip
    with pytest.raises((Infeasible, NotConverged)):
        asg.solve_with_empties(ship, asg.assets([np.inf]), one_way, [0], [1], 1.0)
    with pytest.raises(BadInput, match="lanes"):
        asg.solve_with_empties(ship, asg.assets([np.inf]), replace(one_way, cost=np.array([-1.0])), [0], [1], 1.0)
