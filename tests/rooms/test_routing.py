"""Routing on a small world: two countries, two gauges, a strait, a cape, rules and closures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from landbridge import routing
from landbridge.errors import BadInput
from landbridge.network import ARC_KINDS, LAYERS, NODE_KINDS, Network, Tag

TAGS = (
    Tag("gate", "Gate", "crossing", ("AAA", "BBB"), "test"),
    Tag("gate-gauge", "Gate yard", "gauge_change", ("BBB",), "test"),
    Tag("westport", "Westport", "port", ("AAA",), "test"),
    Tag("eastport", "Eastport", "port", ("BBB",), "test"),
    Tag("strait", "The Strait", "passage", (), "test"),
)
NODES = (  # place@layer, country, kind, lon, lat
    ("west@city", "AAA", "city", 0.0, 0.0),
    ("west@rail1435", "AAA", "city", 0.0, 0.0),
    ("gate-a@rail1435", "AAA", "crossing", 5.0, 0.0),
    ("gate-b@rail1435", "BBB", "crossing", 5.0, 0.0),
    ("gate-b@rail1520", "BBB", "crossing", 5.0, 0.0),
    ("east@rail1520", "BBB", "city", 10.0, 0.0),
    ("east@city", "BBB", "city", 10.0, 0.0),
    ("west@sea", "AAA", "port", 0.0, 1.0),
    ("mid@sea", "", "sea", 5.0, 1.0),
    ("east@sea", "BBB", "port", 10.0, 1.0),
    ("cape@sea", "", "sea", 5.0, -30.0),
    ("island@city", "CCC", "city", 50.0, 50.0),
)
ARCS = (  # from, to, kind, layer, km, hours, USD/TEU, USD/t, tag; each is laid both ways
    (0, 1, "terminal", "rail1435", 0, 6, 50, 5, None),
    (1, 2, "line", "rail1435", 500, 10, 200, 20, None),
    (2, 3, "border", "rail1435", 0, 5, 30, 3, "gate"),
    (3, 4, "gauge", "rail1520", 0, 8, 150, 15, "gate-gauge"),
    (4, 5, "line", "rail1520", 600, 12, 240, 24, None),
    (5, 6, "terminal", "rail1520", 0, 6, 50, 5, None),
    (0, 7, "port", "sea", 0, 24, 100, 10, "westport"),
    (7, 8, "line", "sea", 600, 20, 30, 3, None),
    (8, 9, "passage", "sea", 600, 24, 60, 6, "strait"),
    (9, 6, "port", "sea", 0, 24, 100, 10, "eastport"),
    (7, 10, "line", "sea", 4000, 140, 200, 20, None),
    (10, 9, "line", "sea", 4000, 140, 200, 20, None),
)
WEST, EAST, ISLAND = 0, 6, 11
TRAIN = routing.TrafficClass("containers", "teu", 10.0, ("rail1435", "rail1520"))
SHIP = routing.TrafficClass("containers", "teu", 1.0, ("sea",))
ANY = routing.TrafficClass("containers", "teu", 1.0, ("rail1435", "rail1520", "sea"))


def small() -> Network:
    index = {tag.id: i for i, tag in enumerate(TAGS)}
    rows = [(a[1], a[0], *a[2:]) if back else a for a in ARCS for back in (False, True)]
    column = lambda k, dtype: np.array([r[k] for r in rows], dtype=dtype)  # noqa: E731
    m = len(rows)
    return Network(
        node_id=np.array([n[0] for n in NODES]),
        node_name=np.array([n[0].split("@")[0].title() for n in NODES]),
        node_country=np.array([n[1] for n in NODES]),
        node_kind=np.array([NODE_KINDS.index(n[2]) for n in NODES], dtype=np.int8),
        node_layer=np.array([LAYERS.index(n[0].split("@")[1]) for n in NODES], dtype=np.int8),
        lon=np.array([n[3] for n in NODES]),
        lat=np.array([n[4] for n in NODES]),
        population=np.zeros(len(NODES)),
        tail=column(0, np.int32),
        head=column(1, np.int32),
        arc_kind=np.array([ARC_KINDS.index(r[2]) for r in rows], dtype=np.int8),
        arc_layer=np.array([LAYERS.index(r[3]) for r in rows], dtype=np.int8),
        length_km=column(4, np.float64),
        time_h=column(5, np.float64),
        cost_usd_teu=column(6, np.float64),
        cost_usd_t=column(7, np.float64),
        capacity_teu_yr=np.full(m, np.nan),
        capacity_t_yr=np.full(m, np.nan),
        arc_tag=np.array([index.get(r[8], -1) for r in rows], dtype=np.int32),
        arc_shape=np.where(column(4, float) == 500, 0, -1).astype(np.int32),
        basis=np.full(m, 2, dtype=np.int8),
        closed=np.zeros(m, dtype=np.bool_),
        tags=TAGS,
        shape_ptr=np.array([0, 3]),
        shape_lonlat=np.array([[0.0, 0.0], [2.5, 1.5], [5.0, 0.0]], dtype=np.float32),
    )


def tagged(net: Network, *ids: str) -> np.ndarray:
    return np.isin(net.arc_tag, [i for i, tag in enumerate(TAGS) if tag.id in ids])


def closing(net: Network, *ids: str) -> Network:
    return replace(net, closed=net.closed | tagged(net, *ids))


def test_weights_are_money_plus_valued_time_in_the_unit_of_the_class() -> None:
    net = small()
    teu = routing.weights(net, TRAIN)
    assert teu[2] == 200 + 10 * 10
    bulk = routing.weights(net, replace(TRAIN, unit="t", value_of_time_usd_h=0.5))
    assert bulk[2] == 20 + 0.5 * 10
    sea = net.arc_layer == LAYERS.index("sea")
    assert np.isinf(teu[sea]).all()
    assert np.isfinite(teu[~sea]).all()


def test_factors_and_addends_change_hours_and_money() -> None:
    net = small()
    factor = np.ones(len(LAYERS))
    factor[LAYERS.index("rail1435")] = 2.0
    add = np.zeros(net.n_arcs)
    add[4] = 7.0
    parts = routing.components(
        net, replace(TRAIN, time_factor=factor, cost_factor=factor, add_time_h=add, add_cost_usd=10 * add)
    )
    assert parts.time_h[2] == 20
    assert parts.cost_usd[2] == 400  # a line
    assert parts.time_h[4] == 12  # a border: no factor, but the addend
    assert parts.cost_usd[4] == 100


def test_unknown_cost_on_a_usable_arc_is_a_fault_and_on_a_barred_one_is_not() -> None:
    net = small()
    cost = net.cost_usd_teu.copy()
    cost[14] = np.nan
    net = replace(net, cost_usd_teu=cost)
    with pytest.raises(BadInput, match="west@sea -> mid@sea"):
        routing.weights(net, SHIP)
    assert np.isinf(routing.weights(net, TRAIN)[14])


def test_a_faulty_class_lists_every_fault() -> None:
    with pytest.raises(BadInput, match="3 faults"):
        routing.weights(small(), routing.TrafficClass("x", "kg", -1.0, ("canal",)))  # type: ignore[arg-type]


def test_the_rail_route_names_border_gauge_change_and_countries() -> None:
    (route,) = routing.routes(small(), TRAIN, WEST, EAST)
    assert [(leg.mode, leg.gauge_mm) for leg in route.legs] == [
        ("terminal", None),
        ("rail", 1435),
        ("gauge", None),
        ("rail", 1520),
        ("terminal", None),
    ]
    assert route.legs[1].time_h == 15  # the border belongs to the stretch
    assert route.crossings == ("Gate",)
    assert route.gauge_changes == ("Gate yard",)
    assert route.countries == ("AAA", "BBB")
    assert (route.length_km, route.time_h, route.cost_usd) == (1100, 47, 720)
    assert route.generalised_usd == 720 + 10 * 47
    assert sum(leg.time_h for leg in route.legs) == route.time_h
    assert sum(leg.cost_usd for leg in route.legs) == route.cost_usd


def test_the_line_on_the_map_follows_shapes_in_the_direction_of_travel() -> None:
    (there,) = routing.routes(small(), TRAIN, WEST, EAST)
    (back,) = routing.routes(small(), TRAIN, EAST, WEST)
    assert there.lonlat.tolist() == [[0, 0], [2.5, 1.5], [5, 0], [10, 0]]
    assert back.lonlat.tolist() == there.lonlat[::-1].tolist()


def test_matrices_hold_the_parts_of_the_chosen_way_and_inf_where_there_is_none() -> None:
    net = small()
    m = routing.many_to_many(net, TRAIN, [WEST, EAST, ISLAND], [WEST, EAST, ISLAND])
    assert m.generalised_usd[0, 1] == 720 + 470
    assert (m.length_km[0, 1], m.time_h[0, 1], m.cost_usd[0, 1]) == (1100, 47, 720)
    for matrix in (m.generalised_usd, m.length_km, m.time_h, m.cost_usd):
        assert np.isinf(matrix[:2, 2]).all()
        assert np.isinf(matrix[2, :2]).all()
        assert (np.diag(matrix) == 0).all()


def test_both_methods_agree_and_a_hierarchy_serves_many_classes() -> None:
    net = small()
    hierarchy = routing.prepare(net)
    places = [WEST, EAST, ISLAND]
    for cls in (TRAIN, SHIP, ANY, replace(TRAIN, unit="t")):
        fast = routing.many_to_many(net, cls, places, places, hierarchy=hierarchy)
        plain = routing.many_to_many(net, cls, places, places, method="dijkstra")
        for name in ("generalised_usd", "length_km", "time_h", "cost_usd"):
            np.testing.assert_allclose(getattr(fast, name), getattr(plain, name), rtol=1e-12)


def test_opening_a_closed_arc_needs_no_new_hierarchy_but_a_new_arc_does() -> None:
    net = closing(small(), "strait")
    hierarchy = routing.prepare(net)
    before = routing.many_to_many(net, SHIP, [WEST], [EAST], hierarchy=hierarchy)
    after = routing.many_to_many(small(), SHIP, [WEST], [EAST], hierarchy=hierarchy)
    assert (before.length_km[0, 0], after.length_km[0, 0]) == (8000, 1200)
    other = replace(net, head=net.tail, tail=net.head)
    with pytest.raises(BadInput, match="another network"):
        routing.many_to_many(other, SHIP, [WEST], [EAST], hierarchy=hierarchy)
    with pytest.raises(BadInput, match="unknown method"):
        routing.many_to_many(net, SHIP, [WEST], [EAST], method="guess")  # type: ignore[arg-type]


def test_loads_put_the_matrix_on_the_arcs_of_the_best_ways() -> None:
    net = small()
    matrices = np.array([[[0.0, 5.0], [3.0, 0.0]], [[0.0, 1.0], [0.0, 0.0]]])
    flow = routing.load(net, TRAIN, [WEST, EAST], [WEST, EAST], matrices)
    assert flow[0, :12].tolist() == [5, 3] * 6
    assert flow[1, :12].tolist() == [1, 0] * 6
    assert (flow[:, 12:] == 0).all()
    with pytest.raises(BadInput, match="has no way, first from origin 0 to destination 1"):
        routing.load(net, TRAIN, [WEST, ISLAND], [WEST, ISLAND], matrices)


def test_nodes_out_of_range_are_refused() -> None:
    with pytest.raises(BadInput, match="no such node: \\[99\\]"):
        routing.many_to_many(small(), TRAIN, [99], [0])


def test_a_closed_strait_sends_ships_round_the_cape() -> None:
    net = small()
    (usual,) = routing.routes(net, SHIP, WEST, EAST)
    assert usual.passages == ("The Strait",)
    assert usual.ports == ("Westport", "Eastport")
    (detour,) = routing.routes(closing(net, "strait"), SHIP, WEST, EAST)
    assert detour.passages == ()
    assert detour.length_km == 8000


def test_alternatives_avoid_the_largest_choke_point_and_differ() -> None:
    net = small()
    cost = net.cost_usd_teu.copy()
    cost[[2, 3, 8, 9]] = 100  # cheaper tracks
    cost[[20, 21, 22, 23]] = 20  # a cheaper way by the cape
    found = routing.routes(replace(net, cost_usd_teu=cost), ANY, WEST, EAST, alternatives=3)
    assert [r.passages for r in found] == [("The Strait",), (), ()]
    assert [r.crossings for r in found] == [(), ("Gate",), ()]
    assert found[2].length_km == 8000
    costs = [r.generalised_usd for r in found]
    assert costs == sorted(costs)


def test_one_alternative_always_goes_round_the_choke_point_however_long() -> None:
    first, second = routing.routes(small(), SHIP, WEST, EAST, alternatives=2)
    assert first.passages == ("The Strait",)
    assert second.length_km == 8000
    assert second.generalised_usd > 1.5 * first.generalised_usd


def test_no_way_gives_no_route_and_names_the_one_closure_that_would_help() -> None:
    net = closing(small(), "gate", "strait")
    assert routing.routes(net, TRAIN, WEST, EAST) == ()
    (blocker,) = routing.blockers(net, TRAIN, WEST, EAST)
    assert (blocker.kind, blocker.id, blocker.name) == ("closure", "gate", "Gate")
    assert blocker.arcs == (4,)


def test_a_rule_is_named_when_it_blocks() -> None:
    net = small()
    ban = replace(
        TRAIN,
        blocked=tagged(net, "gate"),
        reason=np.where(tagged(net, "gate"), 1, -1).astype(np.int32),
        reasons=("other", "ban-7"),
    )
    (blocker,) = routing.blockers(net, ban, WEST, EAST)
    assert (blocker.kind, blocker.id) == ("reason", "ban-7")


def test_closure_and_rule_together_are_both_named() -> None:
    net = closing(small(), "gate")
    ban = replace(
        TRAIN,
        blocked=tagged(net, "gate"),
        reason=np.where(tagged(net, "gate"), 0, -1).astype(np.int32),
        reasons=("ban-7",),
    )
    assert {b.id for b in routing.blockers(net, ban, WEST, EAST)} == {"gate", "ban-7"}


def test_closures_in_series_are_all_named_and_idle_ones_are_not() -> None:
    net = closing(small(), "gate", "gate-gauge", "westport", "strait")
    assert {b.id for b in routing.blockers(net, TRAIN, WEST, EAST)} == {"gate", "gate-gauge"}
    assert [b.id for b in routing.blockers(net, SHIP, WEST, EAST)] == ["westport"]  # the cape stays open


def test_the_cheapest_of_several_single_closures_is_named() -> None:
    net = closing(small(), "gate", "westport")
    assert [b.id for b in routing.blockers(net, ANY, WEST, EAST)] == ["westport"]


def test_closed_arcs_without_a_tag_are_named_by_their_places() -> None:
    net = small()
    closed = net.closed.copy()
    closed[2] = closed[3] = True
    (blocker,) = routing.blockers(replace(net, closed=closed), TRAIN, EAST, WEST)
    assert blocker.name == "West - Gate-A (rail1435)"


def test_nothing_blocks_where_there_is_a_way_or_where_none_could_be() -> None:
    assert routing.blockers(small(), TRAIN, WEST, EAST) == ()
    assert routing.blockers(small(), TRAIN, WEST, ISLAND) == ()
    assert routing.blockers(closing(small(), "gate"), SHIP, WEST, ISLAND) == ()


def test_ends_only_nodes_are_not_passed_through() -> None:
    net = closing(small(), "gate")
    stop = np.zeros(net.n_nodes, dtype=np.bool_)
    stop[7] = True  # west@sea
    ship = replace(SHIP, ends_only=stop)
    assert routing.routes(net, ship, WEST, EAST) == ()
    assert len(routing.routes(net, ship, WEST, 7)) == 1
    for method in ("cch", "dijkstra"):
        cost = routing.many_to_many(net, ship, [WEST, 7], [7, EAST], method=method).generalised_usd  # type: ignore[arg-type]
        assert np.isfinite(cost).tolist() == [[True, False], [True, True]]
    found = routing.routes(small(), replace(ANY, ends_only=stop), WEST, EAST, alternatives=3)
    assert [r.crossings for r in found] == [("Gate",)]


def test_inland_cities_are_those_without_a_port() -> None:
    assert np.flatnonzero(routing.inland_cities(small())).tolist() == [ISLAND]


def test_a_place_to_itself_is_a_route_of_nothing() -> None:
    (route,) = routing.routes(small(), TRAIN, WEST, WEST, alternatives=2)
    assert route.legs == ()
    assert route.length_km == 0
