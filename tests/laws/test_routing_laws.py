"""Laws of routing on random directed graphs: loops, parallel arcs, arcs that cost nothing, barred arcs, islands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landbridge.errors import BadInput
from landbridge.routing import dijkstra, prepare_arcs

Graph = tuple[int, np.ndarray, np.ndarray, np.ndarray]


@st.composite
def graphs(draw: st.DrawFn, whole: bool = True) -> Graph:
    """n nodes, arcs tail -> head, weights; whole numbers make ties common."""
    n = draw(st.integers(1, 24))
    m = draw(st.integers(0, 70))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    tail, head = rng.integers(0, n, m), rng.integers(0, n, m)
    if draw(st.booleans()):  # long chains and dead ends, as railways have them
        line = np.arange(n - 1)
        tail, head = np.concatenate([tail[: n // 4], line, line + 1]), np.concatenate([head[: n // 4], line + 1, line])
    weight = rng.integers(0, 9, len(tail)).astype(float) if whole else rng.uniform(0, 9, len(tail))
    weight[rng.random(len(tail)) < draw(st.sampled_from([0.0, 0.1, 0.4]))] = np.inf
    return n, tail, head, weight


def oracle(graph: Graph) -> np.ndarray:
    n, tail, head, weight = graph
    star = dijkstra.star(n, tail, head)
    return np.array([dijkstra.tree(star, weight, s)[0] for s in range(n)])


def bellman_ford(graph: Graph) -> np.ndarray:
    n, tail, head, weight = graph
    cost = np.full((n, n), np.inf)
    np.fill_diagonal(cost, 0.0)
    for _ in range(n):
        for t, h, w in zip(tail, head, weight):
            cost[:, h] = np.minimum(cost[:, h], cost[:, t] + w)
    return cost


def costs(graph: Graph) -> np.ndarray:
    n, tail, head, weight = graph
    return prepare_arcs(n, tail, head).customise(weight).ways(range(n), range(n)).cost


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_dijkstra_equals_bellman_ford(graph: Graph) -> None:
    np.testing.assert_array_equal(oracle(graph), bellman_ford(graph))


@settings(max_examples=300, deadline=None)
@given(graphs())
def test_hierarchy_equals_dijkstra(graph: Graph) -> None:
    np.testing.assert_array_equal(costs(graph), oracle(graph))  # whole numbers: exact


@settings(max_examples=100, deadline=None)
@given(graphs(whole=False))
def test_hierarchy_equals_dijkstra_to_rounding(graph: Graph) -> None:
    np.testing.assert_allclose(costs(graph), oracle(graph), rtol=1e-12)


@settings(max_examples=100, deadline=None)
@given(graphs(), st.integers(0, 2**32 - 1))
def test_new_weights_need_no_new_order(graph: Graph, seed: int) -> None:
    n, tail, head, weight = graph
    hierarchy = prepare_arcs(n, tail, head)
    hierarchy.customise(weight)
    other = np.random.default_rng(seed).permutation(weight)
    again = hierarchy.customise(other).ways(range(n), range(n)).cost
    np.testing.assert_array_equal(again, oracle((n, tail, head, other)))


@settings(max_examples=200, deadline=None)
@given(graphs(), st.integers(0, 2**32 - 1))
def test_ways_start_or_end_at_some_nodes_but_never_pass_through_them(graph: Graph, seed: int) -> None:
    n, tail, head, weight = graph
    ends_only = np.random.default_rng(seed).random(n) < 0.4
    ways = prepare_arcs(n, tail, head).customise(weight, ends_only).ways(range(n), range(n))
    star = dijkstra.star(n, tail, head)
    for s in range(n):
        onward = np.where(ends_only[tail] & (tail != s), np.inf, weight)  # only the origin may be left
        expected = dijkstra.tree(star, onward, s)[0]
        np.testing.assert_array_equal(ways.cost[s], expected)
        np.testing.assert_array_equal(dijkstra.tree(star, weight, s, ends_only)[0], expected)
        for t in range(n):
            arcs = ways.path(s, t)
            assert not ends_only[head[arcs[:-1]]].any()
            assert weight[arcs].sum() == expected[t] or np.isinf(expected[t])


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_paths_lead_from_origin_to_destination_and_cost_what_is_said(graph: Graph) -> None:
    n, tail, head, weight = graph
    customised = prepare_arcs(n, tail, head).customise(weight)
    ways = customised.ways(range(n), range(n))
    for i in range(n):
        for j in range(n):
            arcs = ways.path(i, j)
            if np.isinf(ways.cost[i, j]):
                assert len(arcs) == 0
                continue
            assert weight[arcs].sum() == ways.cost[i, j]
            at = np.concatenate([[i], head[arcs]])
            assert (tail[arcs] == at[:-1]).all()
            assert at[-1] == j
    cost, arcs = customised.path(0, n - 1)
    assert cost == ways.cost[0, n - 1]
    assert weight[arcs].sum() == cost or np.isinf(cost)


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_components_add_up_to_the_generalised_cost(graph: Graph) -> None:
    n, tail, head, weight = graph
    share = np.linspace(0.0, 1.0, len(tail))
    ways = prepare_arcs(n, tail, head).customise(weight).ways(range(n), range(n))
    finite = np.where(np.isinf(weight), 0.0, weight)  # barred arcs are on no way
    sums = ways.sums(np.stack([finite * share, finite * (1 - share)]))
    np.testing.assert_allclose(sums.sum(axis=0), ways.cost, rtol=1e-12)


@settings(max_examples=100, deadline=None)
@given(graphs(), st.integers(0, 2**32 - 1))
def test_link_loading_equals_loading_path_by_path(graph: Graph, seed: int) -> None:
    n, tail, head, weight = graph
    ways = prepare_arcs(n, tail, head).customise(weight).ways(range(n), range(n))
    matrix = np.random.default_rng(seed).integers(0, 5, (n, n)).astype(float)
    loading = ways.load(matrix)
    by_path = np.zeros(len(tail))
    for i in range(n):
        for j in range(n):
            np.add.at(by_path, ways.path(i, j), matrix[i, j])
    np.testing.assert_array_equal(loading.arc_flow, by_path)
    np.testing.assert_array_equal(loading.unserved, np.where(np.isinf(ways.cost), matrix, 0.0))


@settings(max_examples=100, deadline=None)
@given(graphs(), st.integers(0, 2**32 - 1))
def test_closing_an_arc_never_lowers_a_cost(graph: Graph, seed: int) -> None:
    n, tail, head, weight = graph
    if len(tail) == 0:
        return
    less = weight.copy()
    less[np.random.default_rng(seed).integers(len(tail))] = np.inf
    assert (costs((n, tail, head, less)) >= costs(graph)).all()


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_triangle_inequality(graph: Graph) -> None:
    cost = costs(graph)
    assert (cost[:, None, :] <= cost[:, :, None] + cost[None, :, :]).all()
    assert (np.diag(cost) == 0).all()


@settings(max_examples=100, deadline=None)
@given(graphs(), st.integers(0, 2**32 - 1))
def test_permuting_nodes_and_arcs_changes_nothing(graph: Graph, seed: int) -> None:
    n, tail, head, weight = graph
    rng = np.random.default_rng(seed)
    new_name, order = rng.permutation(n), rng.permutation(len(tail))
    there = costs((n, new_name[tail][order], new_name[head][order], weight[order]))
    np.testing.assert_array_equal(there[np.ix_(new_name, new_name)], costs(graph))


@settings(max_examples=30, deadline=None)
@given(graphs(whole=False), st.integers(0, 2**32 - 1))
def test_threads_and_blocks_change_nothing(graph: Graph, seed: int) -> None:
    n, tail, head, weight = graph
    many = np.random.default_rng(seed).integers(0, n, 200)  # more than a block of lanes, with repeats
    customised = prepare_arcs(n, tail, head).customise(weight)
    one, two = customised.ways(many, many, threads=1), customised.ways(many, many, threads=3)
    np.testing.assert_array_equal(one.cost, two.cost)
    np.testing.assert_array_equal(one.hub_depth, two.hub_depth)
    every = customised.ways(range(n), range(n)).cost
    np.testing.assert_array_equal(one.cost, every[np.ix_(many, many)])


def test_a_grid_with_a_long_chain_is_exact_and_the_chain_is_halved() -> None:
    side, chain = 30, 600
    cell = np.arange(side * side).reshape(side, side)
    line = np.concatenate([[0], np.arange(side * side, side * side + chain), [side * side - 1]])
    tail = np.concatenate([cell[:, :-1].ravel(), cell[:-1].ravel(), line[:-1]])
    head = np.concatenate([cell[:, 1:].ravel(), cell[1:].ravel(), line[1:]])
    tail, head = np.concatenate([tail, head]), np.concatenate([head, tail])
    weight = np.random.default_rng(1).uniform(0.0, 1.0, len(tail))
    n = side * side + chain
    hierarchy = prepare_arcs(n, tail, head)
    some = np.random.default_rng(2).integers(0, n, 80)
    ways = hierarchy.customise(weight).ways(some, some)
    star = dijkstra.star(n, tail, head)
    for i, source in enumerate(some):
        np.testing.assert_allclose(ways.cost[i], dijkstra.tree(star, weight, int(source))[0][some], rtol=1e-12)
    assert hierarchy.depth.max() < chain / 2
    middle = side * side + chain // 2
    ends = hierarchy.customise(np.where((tail < side * side) & (head < side * side), np.inf, weight)).ways(
        [0], [middle]
    )
    assert len(ends.path(0, 0)) == chain // 2 + 1  # the whole of a long path is unpacked
    assert weight[ends.path(0, 0)].sum() == pytest.approx(ends.cost[0, 0], rel=1e-12)


@pytest.mark.parametrize("weight", [np.array([-1.0]), np.array([np.nan]), np.array([1.0, 2.0])])
def test_bad_weights_are_refused(weight: np.ndarray) -> None:
    with pytest.raises(BadInput):
        prepare_arcs(2, np.array([0]), np.array([1])).customise(weight)


def test_bad_arcs_nodes_and_matrices_are_refused() -> None:
    with pytest.raises(BadInput, match="no nodes"):
        prepare_arcs(2, np.array([0]), np.array([2]))
    customised = prepare_arcs(2, np.array([0]), np.array([1])).customise(np.array([1.0]))
    with pytest.raises(BadInput, match="do not exist"):
        customised.ways([0], [2])
    ways = customised.ways([0, 1], [0, 1])
    with pytest.raises(BadInput, match="negative, infinite or unknown"):
        ways.load(np.full((2, 2), np.nan))
    with pytest.raises(BadInput, match="parts of shape"):
        ways.sums(np.ones((1, 5)))
