"""Routing on the shipped atlas: the hierarchy against Dijkstra, every passage closed in turn, loads that balance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

import landbridge as lb
from landbridge import network, routing
from landbridge.network import LAYERS, Network

RAIL = tuple(layer for layer in LAYERS if layer.startswith("rail"))
CLASSES = (
    routing.TrafficClass("train", "teu", 3.0, RAIL),
    routing.TrafficClass("ship", "teu", 1.0, ("sea",)),
    routing.TrafficClass("anything", "teu", 5.0, (*RAIL, "road", "sea", "inland")),
)

PORTS = (
    *("Rotterdam", "Shanghai", "Mombasa", "Novorossiysk", "Los Angeles", "Santos", "Jeddah", "Dubai", "Singapore"),
    *("Gdansk", "Odesa", "Mumbai", "Sydney", "Lagos", "Vladivostok", "Valparaiso", "Montreal", "Taganrog", "Aktau"),
    *("Aqaba", "Jakarta", "Darwin", "Napoli", "Murmansk", "Punta Arenas", "Colon", "Balboa", "Niigata", "Duluth"),
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


def plain_costs(net: Network, cls: routing.TrafficClass, keep: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Least costs between nodes by scipy's Dijkstra on a graph that has only the arcs to keep."""
    weight = routing.weights(replace(net, closed=np.zeros(net.n_arcs, dtype=bool)), cls)
    arcs = np.flatnonzero(keep & np.isfinite(weight))
    arcs = arcs[np.lexsort((weight[arcs], net.head[arcs], net.tail[arcs]))]
    tail, head = net.tail[arcs], net.head[arcs]
    first = np.append(True, (np.diff(tail) != 0) | (np.diff(head) != 0))  # of parallel arcs the cheapest
    kept = arcs[first]
    graph = csr_matrix((weight[kept], (net.tail[kept], net.head[kept])), shape=(net.n_nodes, net.n_nodes))
    return np.asarray(dijkstra(graph, indices=ends[:4])[:, ends])


PASSAGES = [tag.id for tag in network.load().tags if tag.kind == "passage"]


@pytest.mark.parametrize("passage", PASSAGES)
def test_closing_any_passage_gives_the_true_next_best_or_no_way(
    atlas: Network, hierarchy: routing.Hierarchy, passage: str
) -> None:
    ship = CLASSES[1]
    ends = np.array([network.find_place(atlas, name) for name in PORTS])
    mine = atlas.arc_tag == next(i for i, tag in enumerate(atlas.tags) if tag.id == passage)
    assert mine.any()
    shut, opened = atlas.closed | mine, atlas.closed & ~mine
    usual = routing.many_to_many(replace(atlas, closed=opened), ship, ends[:4], ends, hierarchy=hierarchy)
    without = routing.many_to_many(replace(atlas, closed=shut), ship, ends[:4], ends, hierarchy=hierarchy)
    for closed, found in ((opened, usual), (shut, without)):
        np.testing.assert_allclose(found.generalised_usd, plain_costs(atlas, ship, ~closed, ends), rtol=1e-9)
    assert (without.generalised_usd >= usual.generalised_usd * (1 - 1e-12)).all()


def test_the_great_passages_matter_to_somebody(atlas: Network, hierarchy: routing.Hierarchy) -> None:
    ends = np.array([network.find_place(atlas, name) for name in PORTS])
    usual = routing.many_to_many(atlas, CLASSES[1], ends, ends, hierarchy=hierarchy).generalised_usd
    dearer = set()
    for index, tag in enumerate(atlas.tags):
        if tag.kind == "passage":
            shut = replace(atlas, closed=atlas.closed | (atlas.arc_tag == index))
            cost = routing.many_to_many(shut, CLASSES[1], ends, ends, hierarchy=hierarchy).generalised_usd
            if (cost > usual * (1 + 1e-9)).any():
                dearer.add(tag.id)
    assert dearer >= {"suez", "panama", "malacca", "hormuz", "bosporus", "gibraltar", "kerch", "bab-el-mandeb"}


@pytest.mark.parametrize(
    ("port", "shut", "named"),
    [
        ("novorossiysk", {"bosporus"}, {"bosporus"}),
        ("constanta", {"bosporus"}, {"bosporus"}),
        ("odesa", {"dardanelles"}, {"dardanelles"}),
        ("taganrog", {"kerch"}, {"kerch"}),
        ("ras-tanura", {"hormuz"}, {"hormuz"}),
        ("ras-laffan", {"hormuz"}, {"hormuz"}),
        ("gdansk", {"danish-straits", "kiel"}, {"danish-straits", "kiel"}),
        ("jeddah", {"suez", "bab-el-mandeb"}, {"suez", "bab-el-mandeb"}),
        ("aktau", set(), {"volga-don"}),  # shut as it is: the canal takes river-sea ships, and no others
    ],
)
def test_captive_seas_have_no_way_out_and_no_lorry_helps(
    atlas: Network, hierarchy: routing.Hierarchy, port: str, shut: set[str], named: set[str]
) -> None:
    ship = replace(CLASSES[1], ends_only=routing.inland_cities(atlas))
    ends = [int(np.flatnonzero(atlas.node_id == f"{place}-port@city")[0]) for place in (port, "rotterdam")]
    tags = {tag.id: i for i, tag in enumerate(atlas.tags)}
    opened = replace(atlas, closed=atlas.closed & ~np.isin(atlas.arc_tag, [tags[t] for t in named]))
    usual = routing.many_to_many(opened, ship, ends[:1], ends[1:], hierarchy=hierarchy)
    assert np.isfinite(usual.generalised_usd).all()
    closed = replace(atlas, closed=atlas.closed | np.isin(atlas.arc_tag, [tags[t] for t in shut]))
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


@pytest.mark.parametrize(
    ("origin", "destination", "most_km"),
    [("Chicago", "Hamburg", 8_500.0), ("Mumbai", "Tehran", 4_500.0), ("Tokyo", "Moscow", 11_500.0)],
)
def test_boxes_go_from_the_quay_to_the_railway_where_no_truck_is_asked_for(
    origin: str, destination: str, most_km: float
) -> None:
    """Ports stand beside their city: when that was passed through on no account, Chicago to Hamburg had no way."""
    best = lb.route(lb.load_world(), origin, destination, by=["rail", "sea"]).routes[0]
    assert best.length_km < most_km
    assert {"rail", "sea"} <= {leg.mode for leg in best.legs}
