"""Entropic assignment with hard capacities: known answers, prices, quotas, and the cases that must not hang."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from landbridge import assignment as asg
from landbridge.errors import BadInput, Infeasible, NotConverged

TIGHT = asg.Settings(tolerance=1e-12)


def parallel(demand, cost, theta, asset_of_arc, weight=1.0, outside=np.inf) -> asg.Shipments:
    """One chain an arc, every shipment may use every arc; cost [k][r]."""
    k, n = len(demand), len(cost[0])
    choice = asg.choice_set([[[r] for r in range(n)]] * k, cost, np.ones(n))
    return asg.shipments(choice, demand, theta, asset_of_arc, weight, outside)


def random_problem(seed=0, k=60, chains=6, n_assets=15, outside=6.0, theta=4.0):
    r = np.random.default_rng(seed)
    routes = [[np.unique(r.choice(40, 4)) for _ in range(chains)] for _ in range(k)]
    cost = [(1 + r.random(chains)).tolist() for _ in range(k)]
    choice = asg.choice_set(routes, cost, 1 + r.random(40))
    asset_of_arc = np.where(np.arange(40) < n_assets, np.arange(40), -1)
    ship = asg.shipments(choice, r.lognormal(size=k), theta, asset_of_arc, r.uniform(0.5, 2, k), outside)
    free = asg.solve(ship, asg.assets(np.full(n_assets, np.inf)))
    return ship, asg.assets(free.asset_flow * r.uniform(0.5, 1.3, n_assets)), free


def test_one_bottleneck_by_hand():
    # 10 units, costs 0 and 1, theta 1, 3 units of room on the first: exp(-p) / (exp(-p) + exp(-1)) = 0.3
    ship = parallel([10.0], [[0.0, 1.0]], 1.0, [0, -1])
    result = asg.solve(ship, asg.assets(3.0))
    assert result.chain_flow == pytest.approx([3.0, 7.0], rel=1e-9)
    assert result.price[0] == pytest.approx(1.0 + np.log(7 / 3), rel=1e-9)
    assert result.rent[0] == pytest.approx(3 * result.price[0]) and result.unserved[0] == 0
    assert result.duality_gap < 1e-12 and result.violation < 1e-9


def test_without_scarcity_it_is_the_logit():
    ship, _, free = random_problem()
    nests = np.repeat(np.arange(ship.n_shipments), np.diff(ship.nest_ptr))
    assert len(nests) == len(ship.chain_ptr) - 1
    flow, logsum = asg.logit(ship.demand, ship.chain_ptr, ship.cost, ship.theta, ship.path_size, ship.outside_cost)
    assert free.chain_flow == pytest.approx(flow, rel=1e-12) and free.logsum == pytest.approx(logsum, rel=1e-12)


def test_outside_option_takes_what_does_not_fit():
    # one way of cost 1, room for 4 of 10, outside at 3: price lifts the logsum beyond 3 until 10 exp(-(S - 3)) = 4
    result = asg.solve(parallel([10.0], [[1.0]], 1.0, [0], outside=3.0), asg.assets(4.0))
    assert result.shipped[0] == pytest.approx(4.0, rel=1e-9) and result.unserved[0] == pytest.approx(6.0, rel=1e-9)
    assert result.price[0] == pytest.approx(2.0 + np.log(10 / 4), rel=1e-9)


def test_capacity_price_is_the_finite_difference():
    ship, limits, _ = random_problem()
    congested = asg.assets(limits.capacity, 0.02, limits.capacity, 3.0)
    for case in (limits, congested):
        base = asg.solve(ship, case, settings=TIGHT)
        binding = np.argsort(base.capacity_price)[-3:]
        assert base.capacity_price[binding].min() > 0.001
        for a in binding:
            h = 1e-5 * case.capacity[a]
            value = []
            for step in (-h, h):
                capacity = case.capacity.copy()
                capacity[a] += step
                value.append(asg.solve(ship, replace(case, capacity=capacity), base.price, settings=TIGHT).objective)
            assert -(value[1] - value[0]) / (2 * h) == pytest.approx(base.capacity_price[a], rel=1e-5)


def test_permuting_shipments_changes_nothing():
    r = np.random.default_rng(3)
    routes = [[np.unique(r.choice(12, 3)) for _ in range(4)] for _ in range(30)]
    cost = [(1 + r.random(4)).tolist() for _ in range(30)]
    demand = r.lognormal(size=30)
    order = r.permutation(30)
    results = []
    for turn in (np.arange(30), order):
        choice = asg.choice_set([routes[i] for i in turn], [cost[i] for i in turn], np.ones(12))
        ship = asg.shipments(choice, demand[turn], 5.0, np.arange(12), 1.0, 8.0)
        results.append(asg.solve(ship, asg.assets(np.full(12, 6.0)), settings=TIGHT))
    first, second = results
    assert second.price == pytest.approx(first.price, abs=1e-7)
    assert second.shipped == pytest.approx(first.shipped[order], rel=1e-9)
    assert second.objective == pytest.approx(first.objective, rel=1e-13)


def test_convex_congestion_balances_price_and_load():
    ship, limits, free = random_problem()
    for power in (1.0, 2.5, 6.0):
        result = asg.solve(ship, asg.assets(np.full(15, np.inf), 0.5, free.asset_flow, power))
        assert result.price == pytest.approx(0.5 * (result.asset_flow / free.asset_flow) ** power, rel=1e-6)
        assert result.capacity_price.max() == 0 and result.duality_gap < 1e-10
    both = asg.solve(ship, asg.assets(limits.capacity, 0.5, free.asset_flow, 4.0))
    full = both.capacity_price > 1e-6
    assert full.any() and both.asset_flow[full] == pytest.approx(limits.capacity[full], rel=1e-8)


def test_nested_choice_of_mode_over_route():
    # two modes; by hand: S_g = -ln sum exp(-2 c) / 2, shares of modes by exp(-0.5 S_g)
    choice = asg.choice_set([[[0], [1]], [[2]]], [[1.0, 1.5], [1.2]], np.ones(3))
    ship = asg.shipments(choice, [6.0], 2.0, [0, -1, -1], mode_ptr=[0, 2], mode_theta=0.5)
    result = asg.solve(ship, asg.assets(np.inf))
    nest = -np.log(np.exp(-2 * np.array([1.0, 1.5])).sum()) / 2
    mode = np.exp(-0.5 * np.array([nest, 1.2]))
    inside = np.exp(-2 * np.array([1.0, 1.5]))
    expected = 6 * mode[0] / mode.sum() * inside / inside.sum()
    assert result.chain_flow == pytest.approx([*expected, 6 * mode[1] / mode.sum()], rel=1e-12)
    capped = asg.solve(ship, asg.assets(1.0), settings=TIGHT)
    h = 1e-5
    up, down = (asg.solve(ship, asg.assets(1.0 + s), settings=TIGHT).objective for s in (h, -h))
    assert capped.price[0] == pytest.approx((down - up) / (2 * h), rel=1e-5) and capped.duality_gap < 1e-11
    with pytest.raises(BadInput, match="mode_theta"):
        asg.shipments(choice, [6.0], 2.0, [0, -1, -1], mode_ptr=[0, 2], mode_theta=3.0)


def test_nests_of_one_scale_are_the_plain_logit():
    ship, limits, _ = random_problem()
    plain = asg.solve(ship, limits)
    halves = replace(
        ship, nest_ptr=np.arange(0, 2 * ship.n_shipments + 1, 2), chain_ptr=np.arange(0, len(ship.cost) + 1, 3)
    )
    assert asg.solve(halves, limits).chain_flow == pytest.approx(plain.chain_flow, rel=1e-6, abs=1e-9)


def test_queue_prices_are_hours():
    # two classes, values of time 1 and 10 money/h, the same two ways; 1 h of queue is felt as 1 and as 10
    ship = parallel([5.0, 5.0], [[0.0, 4.0], [0.0, 4.0]], 1.0, [0, -1], weight=2.0)
    result = asg.solve(ship, asg.assets(8.0), price="queue", value_of_time=[1.0, 10.0])
    assert result.asset_flow[0] == pytest.approx(8.0, rel=1e-9)
    p = result.price[0]
    share = 1 / (1 + np.exp(-(4.0 - p * np.array([1.0, 10.0]))))
    assert result.chain_flow[[0, 2]] == pytest.approx(5 * share, rel=1e-8)
    assert result.rent[0] == pytest.approx(8 * p)
    uneven = replace(ship, use_ptr=np.array([0, 1, 2, 3, 3]), asset=np.array([0, 1, 0], np.int32),
                     weight=np.array([1.0, 1.5, 1.0]))  # fmt: skip
    with pytest.raises(BadInput, match="unequal weights"):
        asg.solve(uneven, asg.assets([8.0, 8.0]), price="queue", value_of_time=1.0)
    with pytest.raises(BadInput, match="needs value_of_time"):
        asg.solve(ship, asg.assets(8.0), price="queue")


def test_quota_is_a_row_and_its_price_the_value_of_the_ban():
    ship, limits, _ = random_problem()
    chains = np.arange(len(ship.cost)) % 4 == 0
    free = asg.solve(ship, limits)
    used = free.chain_flow[chains].sum()
    tight = asg.solve(*asg.add_quota(ship, limits, chains, 0.5 * used), settings=TIGHT)
    assert tight.chain_flow[chains].sum() == pytest.approx(0.5 * used, rel=1e-8) and tight.price[-1] > 0
    h = 1e-5 * used
    up, down = (
        asg.solve(*asg.add_quota(ship, limits, chains, 0.5 * used + s), settings=TIGHT).objective for s in (h, -h)
    )
    assert tight.price[-1] == pytest.approx((down - up) / (2 * h), rel=1e-5)
    loose = asg.solve(*asg.add_quota(ship, limits, chains, 2 * used))
    assert loose.price[-1] == 0 and loose.chain_flow == pytest.approx(free.chain_flow, rel=1e-6, abs=1e-9)
    floor = asg.solve(*asg.add_quota(ship, limits, chains, 1.2 * used, at_least=True))
    assert floor.chain_flow[chains].sum() == pytest.approx(1.2 * used, rel=1e-7)


def test_contradictory_quotas_and_too_little_room_are_errors_not_hangs():
    ship, limits, _ = random_problem()
    chains = np.arange(len(ship.cost)) % 4 == 0
    both = asg.add_quota(*asg.add_quota(ship, limits, chains, 1.0), chains, 2.0, at_least=True)
    forced, wide, _ = random_problem(outside=np.inf)
    begun = time.perf_counter()
    with pytest.raises(Infeasible, match="quota"):
        asg.solve(*both)
    with pytest.raises(Infeasible, match="outside_cost"):
        asg.solve(forced, asg.assets(wide.capacity * 0.01))
    assert time.perf_counter() - begun < 10


def test_zero_capacity_everywhere_and_disconnected_demand():
    ship, _, _ = random_problem(n_assets=40)
    nothing = asg.solve(ship, asg.assets(np.zeros(40)))
    assert nothing.no_way.all() and nothing.unserved == pytest.approx(ship.demand)
    assert nothing.asset_flow.sum() == 0 and nothing.duality_gap == 0
    choice = asg.choice_set([[[0]], []], [[1.0], []], [1.0])
    cut = asg.solve(asg.shipments(choice, [3.0, 4.0], 1.0, [0]), asg.assets(5.0))
    assert cut.unserved.tolist() == [0.0, 4.0] and cut.no_way.tolist() == [False, True]


def test_hardly_any_room_still_converges():
    ship, limits, _ = random_problem()
    for share in (1e-2, 1e-4, 1e-8):
        result = asg.solve(ship, asg.assets(limits.capacity * share))
        assert result.violation < 1e-8 and result.duality_gap < 1e-9


def test_warm_start_and_step_limit():
    ship, limits, _ = random_problem(k=300)
    cold = asg.solve(ship, limits)
    less = replace(limits, capacity=np.where(np.arange(15) == 3, 0.5 * limits.capacity, limits.capacity))
    warm, again = asg.solve(ship, less, cold.price), asg.solve(ship, less)
    assert warm.price == pytest.approx(again.price, abs=1e-6) and warm.steps <= again.steps + 2
    with pytest.raises(NotConverged, match="newton_steps"):
        asg.solve(ship, limits, settings=asg.Settings(newton_steps=1, levels=0, gradient_steps=1))


def test_gradient_fallback_reaches_the_same_prices():
    ship, limits, _ = random_problem()
    cold = asg.solve(ship, limits)
    slow = asg.solve(ship, limits, settings=asg.Settings(newton_steps=3, levels=0))
    assert slow.method.startswith("L-BFGS-B") and slow.price == pytest.approx(cold.price, abs=1e-6)


def test_faults():
    choice = asg.choice_set([[[0]]], [[1.0]], [1.0])
    with pytest.raises(BadInput) as caught:
        asg.shipments(choice, [-1.0], [0.0], [0], 1.0, [np.nan])
    assert all(w in str(caught.value) for w in ("demand", "theta", "outside_cost"))
    with pytest.raises(BadInput, match="capacity"):
        asg.assets([1.0, -2.0, np.nan])
    ship = asg.shipments(choice, [1.0], [1.0], [0])
    with pytest.raises(BadInput, match="one price an asset"):
        asg.solve(ship, asg.assets([1.0]), start=[0.0, 0.0])
    with pytest.raises(BadInput, match="asset that does not exist"):
        asg.solve(asg.shipments(choice, [1.0], [1.0], [3]), asg.assets([1.0]))
