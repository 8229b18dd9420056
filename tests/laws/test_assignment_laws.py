"""Laws of assignment on random economies: nothing lost, nothing over capacity, more room never costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landbridge import assignment as asg

QUICK = settings(max_examples=25, deadline=None)


def problem(seed: int, theta: float, outside: float):
    r = np.random.default_rng(seed)
    k, m = int(r.integers(2, 12)), int(r.integers(3, 9))
    routes = [[np.unique(r.choice(m, r.integers(1, 4))) for _ in range(r.integers(1, 5))] for _ in range(k)]
    cost = [(1 + r.random(len(rs))).tolist() for rs in routes]
    choice = asg.choice_set(routes, cost, 1 + r.random(m))
    ship = asg.shipments(choice, r.lognormal(size=k), theta, np.arange(m), r.uniform(0.5, 2, k), outside)
    free = asg.solve(ship, asg.assets(np.full(m, np.inf))).asset_flow
    room = np.where(r.random(m) < 0.1, 0.0, free * r.uniform(0.3, 1.5, m))
    room[free < 1e-6 * ship.demand.max()] = np.inf  # a capacity below a millionth of the demand is rounding
    return ship, asg.assets(room)


thetas, outsides, seeds = st.sampled_from([0.5, 5.0, 60.0]), st.sampled_from([1.5, 4.0, 20.0]), st.integers(0, 10**6)


@QUICK
@given(seeds, thetas, outsides)
def test_feasible_certified_and_nothing_lost(seed: int, theta: float, outside: float):
    ship, limits = problem(seed, theta, outside)
    result = asg.solve(ship, limits)
    assert result.violation <= 1e-8 and result.duality_gap <= 1e-7
    carried = np.bincount(ship.shipment_of_chain(), result.chain_flow, minlength=ship.n_shipments)
    assert carried + result.unserved == pytest.approx(ship.demand, rel=1e-9)
    slack = result.asset_flow < limits.capacity * (1 - 1e-6)
    assert np.all(result.price[slack] <= 1e-6)  # what is not full costs nothing


@QUICK
@given(seeds, thetas, outsides, st.floats(1.0, 3.0))
def test_more_capacity_never_costs(seed: int, theta: float, outside: float, factor: float):
    ship, limits = problem(seed, theta, outside)
    tight = asg.solve(ship, limits).objective
    r = np.random.default_rng(seed + 1)
    more = replace(limits, capacity=limits.capacity * np.where(r.random(limits.n_assets) < 0.5, factor, 1.0))
    assert asg.solve(ship, more).objective <= tight + 1e-7 * abs(tight)


@QUICK
@given(seeds)
def test_logit_of_a_closed_chain_is_that_of_the_others(seed: int):
    r = np.random.default_rng(seed)
    cost = r.random(4)
    closed = cost.copy()
    closed[2] = np.inf
    flow, _ = asg.logit([7.0], [0, 4], closed, 2.0)
    rest, _ = asg.logit([7.0], [0, 3], cost[[0, 1, 3]], 2.0)
    assert flow[2] == 0 and flow[[0, 1, 3]] == pytest.approx(rest, rel=1e-12)


@QUICK
@given(seeds)
def test_user_equilibrium_uses_only_least_paths(seed: int):
    r = np.random.default_rng(seed)
    n, m = 8, 24
    ring = np.arange(n)
    tail, head = np.r_[ring, r.integers(0, n, m)], np.r_[(ring + 1) % n, r.integers(0, n, m)]
    keep = tail != head
    net = asg.congested_network(
        tail[keep], head[keep], 1 + r.random(keep.sum()), 5 + 5 * r.random(keep.sum()), n_nodes=n
    )
    o, d = r.integers(0, n, 10), r.integers(0, n, 10)
    q = r.uniform(0, 8, 10)
    result = asg.equilibrium(net, o, d, q, relative_gap=1e-10)
    p = result.paths
    served = np.add.reduceat(np.append(p.flow, 0.0), p.pair_ptr[:-1]) * (np.diff(p.pair_ptr) > 0)
    assert served == pytest.approx(np.where(o == d, 0.0, q), rel=1e-12)
    pair = np.repeat(np.arange(10), np.diff(p.pair_ptr))
    for s in np.flatnonzero(p.flow > 1e-6):
        path_cost = result.arc_cost[p.arc[p.path_ptr[s] : p.path_ptr[s + 1]]].sum()
        assert path_cost == pytest.approx(result.od_cost[pair[s]], rel=1e-5)
