"""Routing on the shipped atlas: the hierarchy against Dijkstra, every passage closed in turn, loads that balance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from landbridge import network, routing
from landbridge.network import LAYERS, Network

RAIL = tuple(layer for layer in LAYERS if layer.startswith("rail"))
CLASSES = (
    routing.TrafficClass("train", "teu", 3.0, RAIL),
    routing.TrafficClass("ship", "teu", 1.0, ("sea",)),
    routing.TrafficClass("anything", "teu", 5.0, (*RAIL, "road", "sea", "inland")),
)


@pytest.fixture(scope="module")
def atlas() -> Network:
    return network.load()


@pytest.fixture(scope="module")
def hierarchy(atlas: Network) -> routing.Hierarchy:
    return routing.prepare(atlas)


def largest_cities(net: Network, count: int) -> np.ndarray:
    size = np.where(net.node_layer == LAYERS.index("city"), net.population, -1.0)
    return np.argsort(-size, kind="stable")[:count]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda c: c.name)
def test_the_hierarchy_finds_what_dijkstra_finds(
    atlas: Network, hierarchy: routing.Hierarchy, cls: routing.TrafficClass
) -> None:
    cities = largest_cities(atlas, 300)
    fast = routing.many_to_many(atlas, cls, cities[:8], cities, hierarchy=hierarchy)
    plain = routing.many_to_many(atlas, cls, cities[:8], cities, method="dijkstra")
    np.testing.assert_allclose(fast.generalised_usd, plain.generalised_usd, rtol=1e-9)
    both = fast.cost_usd + cls.value_of_time_usd_h * fast.time_h
    np.testing.assert_allclose(both, fast.generalised_usd, rtol=1e-9)
    assert np.isfinite(fast.generalised_usd).mean() > 0.2


def test_closing_any_passage_gives_the_true_next_best_or_no_way(atlas: Network, hierarchy: routing.Hierarchy) -> None:
    ship = CLASSES[1]
    ports = np.flatnonzero((atlas.node_layer == LAYERS.index("sea")) & np.char.endswith(atlas.node_id, "-port@sea"))
    some = ports[:: max(1, len(ports) // 40)]
    usual = routing.many_to_many(atlas, ship, some, some, hierarchy=hierarchy).generalised_usd
    dearer = 0
    for index, tag in enumerate(atlas.tags):
        if tag.kind != "passage" or not tag.open_by_default:
            continue
        shut = replace(atlas, closed=atlas.closed | (atlas.arc_tag == index))
        cost = routing.many_to_many(shut, ship, some, some, hierarchy=hierarchy).generalised_usd
        assert (cost >= usual * (1 - 1e-12)).all(), tag.id
        plain = routing.many_to_many(shut, ship, some[:1], some, method="dijkstra").generalised_usd
        np.testing.assert_allclose(cost[:1], plain, rtol=1e-9)
        dearer += int((cost > usual * (1 + 1e-9)).any())
    assert dearer >= 8  # the great straits and canals matter to somebody


@pytest.mark.parametrize(
    ("port", "shut", "named"),
    [
        ("novorossiysk", {"bosporus"}, {"bosporus"}),
        ("odesa", {"dardanelles"}, {"dardanelles"}),
        ("taganrog", {"kerch"}, {"kerch"}),
        ("ras-tanura", {"hormuz"}, {"hormuz"}),
        ("gdansk", {"danish-straits", "kiel"}, {"danish-straits", "kiel"}),
    ],
)
def test_captive_seas_have_no_way_out_and_no_lorry_helps(
    atlas: Network, hierarchy: routing.Hierarchy, port: str, shut: set[str], named: set[str]
) -> None:
    ship = replace(CLASSES[1], ends_only=routing.inland_cities(atlas))
    ends = [int(np.flatnonzero(atlas.node_id == f"{place}-port@city")[0]) for place in (port, "rotterdam")]
    usual = routing.many_to_many(atlas, ship, ends[:1], ends[1:], hierarchy=hierarchy)
    assert np.isfinite(usual.generalised_usd).all()
    tags = [i for i, tag in enumerate(atlas.tags) if tag.id in shut]
    closed = replace(atlas, closed=atlas.closed | np.isin(atlas.arc_tag, tags))
    assert np.isinf(routing.many_to_many(closed, ship, ends[:1], ends[1:], hierarchy=hierarchy).generalised_usd).all()
    assert routing.routes(closed, ship, *ends) == ()
    (blocker,) = routing.blockers(closed, ship, *ends)  # any one of several closed outlets would do
    assert blocker.id in named


def test_a_full_matrix_leaves_and_reaches_every_city(atlas: Network, hierarchy: routing.Hierarchy) -> None:
    cities = largest_cities(atlas, 120)
    ways = routing.ways(atlas, CLASSES[2], cities, cities, hierarchy=hierarchy)
    tonnes = np.random.default_rng(7).uniform(0.0, 10.0, ways.cost.shape)
    np.fill_diagonal(tonnes, 0.0)
    loading = ways.load(tonnes)
    served = tonnes - loading.unserved
    balance = np.bincount(atlas.tail, loading.arc_flow, atlas.n_nodes) - np.bincount(
        atlas.head, loading.arc_flow, atlas.n_nodes
    )
    wanted = np.zeros(atlas.n_nodes)
    wanted[cities] = served.sum(axis=1) - served.sum(axis=0)
    np.testing.assert_allclose(balance, wanted, atol=1e-6)
    weight = routing.weights(atlas, CLASSES[2])
    used = loading.arc_flow > 0
    assert np.isfinite(weight[used]).all()
    paid = served[served > 0] @ ways.cost[served > 0]
    assert (loading.arc_flow[used] @ weight[used]) == pytest.approx(paid, rel=1e-9)


def test_preparing_the_atlas_is_quick_enough_to_do_for_every_drawn_line(atlas: Network) -> None:
    import time

    start = time.perf_counter()
    routing.prepare(atlas)
    assert time.perf_counter() - start < 1.0
