"""Linear and entropic flows on a network: column generation, proven gap, the hard instance."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.spatial import cKDTree

from landbridge import assignment as asg
from landbridge.assignment.shortest import forward_star, least_paths
from landbridge.errors import BadInput, NotConverged


def instance(n=40, degree=4, k=15, seed=1, tight=0.6):
    """Points in a square joined to their nearest, capacities around the all-or-nothing flows."""
    r = np.random.default_rng(seed)
    points = r.random((n, 2))
    _, near = cKDTree(points).query(points, k=degree + 1)
    pairs = {(min(i, j), max(i, j)) for i in range(n) for j in near[i, 1:].tolist()}
    pairs |= {(i, i + 1) for i in range(n - 1)}  # connected
    ends = np.array(sorted(pairs))
    tail, head = np.r_[ends[:, 0], ends[:, 1]], np.r_[ends[:, 1], ends[:, 0]]
    cost = np.linalg.norm(points[tail] - points[head], axis=1) * r.uniform(0.8, 1.2, len(tail))
    o = r.integers(0, n, k)
    d = (o + r.integers(1, n, k)) % n
    q = r.lognormal(size=k)
    order = np.argsort(o, kind="stable")
    _, ptr, arcs = least_paths(n, *forward_star(tail, n), tail, head, cost, o, d, order)
    flow = np.bincount(arcs, np.repeat(q[order], np.diff(ptr)), minlength=len(tail))
    capacity = np.maximum(flow * r.uniform(tight, 1.4, len(tail)), 2 * np.median(q))
    return n, tail, head, cost, capacity, o, d, q


def node_arc_optimum(n, tail, head, cost, capacity, o, d, q, outside) -> float:
    """The same LP written by nodes and arcs, solved by scipy: an independent answer."""
    m, k = len(tail), len(q)
    balance = np.zeros((k * n, k * m + k))
    for i in range(k):
        for e in range(m):
            balance[i * n + tail[e], i * m + e] += 1
            balance[i * n + head[e], i * m + e] -= 1
        balance[i * n + o[i], k * m + i] += 1
        balance[i * n + d[i], k * m + i] -= 1
    right = np.zeros(k * n)
    right[np.arange(k) * n + o] += q
    right[np.arange(k) * n + d] -= q
    room = np.hstack([np.tile(np.eye(m), k), np.zeros((m, k))])
    objective = np.concatenate([np.tile(cost, k), np.full(k, outside)])
    return linprog(objective, room, capacity, balance, right, method="highs").fun


def test_linear_flow_equals_the_node_arc_programme():
    problem = instance()
    result = asg.linear_flow(*problem, 5.0)
    assert result.gap <= 1e-9
    assert result.objective == pytest.approx(node_arc_optimum(*problem, 5.0), rel=1e-9)
    assert np.all(result.arc_flow <= problem[4] * (1 + 1e-9)) and result.price.max() > 0
    shipped = np.bincount(result.path_shipment, result.path_flow, minlength=15)
    assert shipped + result.unserved == pytest.approx(problem[7], rel=1e-9)


def test_linear_price_is_worth_a_unit_of_capacity():
    problem = instance()
    base = asg.linear_flow(*problem, 5.0)
    arc = int(np.argmax(base.price))
    values = []
    for step in (-1e-4, 1e-4):
        capacity = problem[4].copy()
        capacity[arc] += step
        values.append(asg.linear_flow(*problem[:4], capacity, *problem[5:], 5.0, gap=1e-12).objective)
    left, right = (base.objective - values[1]) / 1e-4, (values[0] - base.objective) / 1e-4
    assert left - 1e-6 <= base.price[arc] <= right + 1e-6


def test_linear_flow_says_what_it_cannot_serve():
    cut = asg.linear_flow(4, [0, 1], [1, 0], [1.0, 1.0], [3.0, np.inf], [0, 2], [1, 3], [5.0, 7.0], 10.0)
    assert cut.unserved.tolist() == [2.0, 7.0] and cut.arc_flow.tolist() == [3.0, 0.0]
    shut = asg.linear_flow(2, [0], [1], [1.0], [0.0], [0], [1], [5.0], 10.0)
    assert shut.unserved.tolist() == [5.0] and shut.objective == 50.0
    with pytest.raises(NotConverged):
        asg.linear_flow(*instance(), 5.0, max_rounds=2)
    with pytest.raises(BadInput) as caught:
        asg.linear_flow(2, [0], [5], [-1.0], [1.0], [0], [1], [np.nan], np.inf)
    assert all(w in str(caught.value) for w in ("head", "cost", "demand", "outside_cost"))


def goods(problem, theta, outside=5.0) -> asg.Goods:
    _, tail, _, cost, _, o, d, q = problem
    k, m = len(q), len(tail)
    return asg.Goods(
        o, d, q, np.zeros(k, np.int64), cost[None], np.ones((1, m)), np.full(k, theta), np.full(k, outside)
    )


def on_every_arc(problem, theta, **options) -> asg.NetworkAssignment:
    n, tail, head, _, capacity, *_ = problem
    everywhere = np.arange(len(tail))
    return asg.assign_network(n, tail, head, goods(problem, theta), everywhere, asg.assets(capacity), **options)


def test_entropic_flow_tends_to_the_linear_one():
    problem = instance()
    best = asg.linear_flow(*problem, 5.0).objective
    gaps = []
    for theta in (5.0, 50.0, 500.0):
        result = on_every_arc(problem, theta)
        a = result.assignment
        money = float(a.chain_flow @ result.ship.cost + 5.0 * a.unserved.sum())
        assert a.violation < 1e-8 and a.duality_gap < 1e-8
        gaps.append(money / best - 1)
    assert gaps[0] > gaps[1] > gaps[2] > -1e-9 and gaps[2] < 1e-3


def test_network_assignment_is_consistent_and_seeded():
    problem = instance()
    one, two = on_every_arc(problem, 20.0, seed=4), on_every_arc(problem, 20.0, seed=4)
    assert np.array_equal(one.arc_flow, two.arc_flow)
    assert one.arc_flow == pytest.approx(one.assignment.asset_flow, rel=1e-12)
    served = np.bincount(one.ship.shipment_of_chain(), one.assignment.chain_flow, minlength=15)
    assert served + one.assignment.unserved == pytest.approx(problem[7], rel=1e-9)
    assert one.best_outside_set <= 1e-6 and 0 <= one.logsum_shift_mean <= one.logsum_shift_max


def test_hard_instance_every_arc_capacitated():
    """Regression: a plain Newton took 1,200-1,700 steps on 500 nodes, 2,000 arcs, 200 shipments, sharp theta."""
    problem = instance(500, 3, 200)
    begun = time.perf_counter()
    result = on_every_arc(problem, 100.0)
    assert time.perf_counter() - begun < 60
    assert result.assignment.violation < 1e-8 and result.assignment.duality_gap < 1e-8
    assert (result.assignment.price > 1e-6).sum() > 50


def test_faults():
    problem = instance()
    bad = goods(problem, 1.0)
    with pytest.raises(BadInput, match="asset_of_arc"):
        asg.assign_network(problem[0], problem[1], problem[2], bad, [0], asg.assets([1.0]))
    with pytest.raises(BadInput, match="weight"):
        asg.assign_network(problem[0], problem[1], problem[2], bad, np.full(len(problem[1]), -1), asg.assets([1.0]))
