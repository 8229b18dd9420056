"""Rents of bottlenecks in the nested logit of costs: known answers by hand, laws, and what cannot be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from landbridge.assignment import Batch, RouteSet, choose, find_rents, route_set
from landbridge.errors import BadInput

SIGMA, SIGMA_ROUTE = 4.0, 16.0
INF = np.inf


def _routes(pairs: list[list[tuple[int, list[int]]]]) -> RouteSet:
    """Pairs as lists of routes (nest, places); every route has one member."""
    flat = [r for pair in pairs for r in pair]
    count = [len(pair) for pair in pairs]
    nest = np.array([n for n, _ in flat], np.int8)
    use_ptr = np.cumsum([0] + [len(p) for _, p in flat])
    place = np.array([x for _, p in flat for x in p], np.int32)
    pair_ptr = np.cumsum([0, *count])
    size = route_set.path_sizes(pair_ptr, nest, use_ptr, place, 8)
    members = np.arange(len(flat) + 1)
    pair = np.repeat(np.arange(len(pairs)), count).astype(np.int32)
    return RouteSet(pair_ptr, nest, members, np.zeros(len(flat), np.int32), pair, use_ptr, place, size)


def _batch(routes: RouteSet, usd: list[float], demand: list[float], boxes: float = 1.0, nests: int = 1) -> Batch:
    return Batch(routes, np.array(usd), np.zeros(nests), np.array(demand), np.full(len(demand), 1e6), boxes, 10.0)


def _room(**at: float) -> tuple[np.ndarray, np.ndarray]:
    teu, tonnes = np.full(8, INF), np.full(8, INF)
    for key, value in at.items():
        (teu if key.startswith("teu") else tonnes)[int(key[-1])] = value
    return teu, tonnes


def test_one_bottleneck_by_hand() -> None:
    """Two routes in one nest, 10 units, room for 3 on the cheap one: ((100 + p) / 120) ** -16 = 3 / 7."""
    batch = _batch(_routes([[(0, [0]), (0, [1])]]), [100.0, 120.0], [10.0])
    found = find_rents([batch], *_room(teu0=3.0), SIGMA, SIGMA_ROUTE)
    assert found.usd_teu[0] == pytest.approx(120 * (7 / 3) ** (1 / 16) - 100, rel=1e-6)
    assert found.teu[:2] == pytest.approx([3.0, 7.0], rel=1e-6)
    assert found.residual <= 1e-6 and found.duality_gap < 1e-9 and found.violation < 1e-8


def test_a_bottleneck_between_modes_by_hand() -> None:
    """Modes compete with sigma 4, and tonnes may be what is scarce: (100 + 10 p) / 120 to the power -4 = 3 / 7."""
    batch = _batch(_routes([[(0, [0]), (1, [1])]]), [100.0, 120.0], [10.0], nests=2)
    found = find_rents([batch], *_room(t0=30.0), SIGMA, SIGMA_ROUTE)
    assert found.usd_t[0] == pytest.approx((120 * (7 / 3) ** 0.25 - 100) / 10, rel=1e-6)
    assert not found.usd_teu.any()


def test_no_known_capacity_no_rent() -> None:
    batch = _batch(_routes([[(0, [0]), (0, [1])]]), [100.0, 120.0], [10.0])
    found = find_rents([batch], *_room(), SIGMA, SIGMA_ROUTE)
    assert not found.usd_teu.any() and not found.usd_t.any() and found.rounds == 0


def _random(seed: int) -> list[Batch]:
    r = np.random.default_rng(seed)
    pairs = [
        [
            (int(nest), sorted(r.choice(8, r.integers(1, 4), replace=False).tolist()))
            for nest in sorted(r.integers(0, 3, 6))
        ]
        for _ in range(60)
    ]
    routes = _routes(pairs)
    return [
        Batch(routes, r.uniform(100, 200, 360), np.zeros(3), r.uniform(0, 10, 60), np.full(60, 1e4), boxes, 1.0)
        for boxes in (0.0, 0.1, 0.05)
    ]


def test_order_of_goods_changes_nothing_and_loads_are_complementary_to_rents() -> None:
    batches = _random(1)
    free = find_rents(batches, *_room(), SIGMA, SIGMA_ROUTE)
    room = _room(teu1=0.6 * free.teu[1], t3=0.5 * free.tonnes[3], t5=0.9 * free.tonnes[5], t7=2 * free.tonnes[7])
    one = find_rents(batches, *room, SIGMA, SIGMA_ROUTE)
    other = find_rents(batches[::-1], *room, SIGMA, SIGMA_ROUTE)
    assert one.usd_t == pytest.approx(other.usd_t, rel=1e-6) and one.usd_teu == pytest.approx(other.usd_teu, rel=1e-6)
    assert one.usd_t[7] == 0 and one.usd_t[3] > 0 and one.usd_teu[1] > 0
    assert one.tonnes[3] == pytest.approx(room[1][3], rel=1e-5) and (one.tonnes <= room[1] * (1 + 1e-6)).all()
    warm = find_rents(batches, *room, SIGMA, SIGMA_ROUTE, (one.usd_teu, one.usd_t))
    assert warm.rounds == 0 and warm.usd_t == pytest.approx(one.usd_t)


def test_more_room_never_costs_more_where_one_place_binds() -> None:
    batches = _random(2)
    free = find_rents(batches, *_room(), SIGMA, SIGMA_ROUTE)
    rents = [find_rents(batches, *_room(t2=x * free.tonnes[2]), SIGMA, SIGMA_ROUTE).usd_t[2] for x in (0.3, 0.6, 0.9)]
    assert rents[0] > rents[1] > rents[2] > 0


def test_beyond_what_goods_are_worth_they_stay() -> None:
    """One way, room for 3 of 10: the rent rises until (cost / outside) ** -4 = 0.3 ships."""
    batch = replace(_batch(_routes([[(0, [0])]]), [100.0], [10.0]), outside=np.array([150.0]))
    found = find_rents([batch], *_room(teu0=3.0), SIGMA, SIGMA_ROUTE)
    assert 100 + found.usd_teu[0] == pytest.approx(150 * 0.3 ** (-1 / 4), rel=1e-6)
    shipped = choose(batch, found.usd_teu, found.usd_t, SIGMA, SIGMA_ROUTE).shipped
    assert shipped == pytest.approx([3.0], rel=1e-5)


def test_cheap_goods_swamp_a_small_place_until_dear_ones_push_them_out() -> None:
    """All a country's trade at one small port: ore that stays from 186 USD, machines that pay 2,700, a far way round
    for each. Whole steps jump between no rent and one far too high, and the far way matters at the answer alone."""
    two = _routes([[(0, [0]), (0, [1])]])
    kinds = (
        (47.0, 321.0, 167e6, 186.0), (747.0, 1423.0, 3.57e6, 2727.0), (250.0, 650.0, 2.62e6, 2242.0),
        (50.0, 325.0, 7.8e6, 428.0),
    )  # fmt: skip
    goods = [
        replace(_batch(two, [near, far], [mass], boxes=0.0), tonnes=1.0, outside=np.array([worth]))
        for near, far, mass, worth in kinds
    ]
    found = find_rents(goods, *_room(t0=4.45e6), SIGMA, SIGMA_ROUTE)
    load = 0.0
    for near, far, mass, worth in kinds:
        weights = np.array([near + found.usd_t[0], far]) ** -SIGMA_ROUTE
        composite = weights.sum() ** (-1 / SIGMA_ROUTE)
        load += mass * min(1.0, (composite / worth) ** -SIGMA) * weights[0] / weights.sum()
    assert load == pytest.approx(4.45e6, rel=1e-5)
    assert found.residual <= 1e-6


def test_a_place_of_no_capacity_must_be_shut() -> None:
    batch = _batch(_routes([[(0, [0]), (0, [1])]]), [100.0, 120.0], [10.0])
    with pytest.raises(BadInput, match="no capacity"):
        find_rents([batch], *_room(teu0=0.0), SIGMA, SIGMA_ROUTE)
    shut = replace(batch, usd=np.array([INF, 120.0]))
    assert find_rents([shut], *_room(teu0=0.0), SIGMA, SIGMA_ROUTE).teu[:2] == pytest.approx([0.0, 10.0])


def test_a_pair_without_a_way_ships_nothing() -> None:
    batch = _batch(_routes([[(0, [0])], []]), [INF], [10.0, 5.0])
    choice = choose(batch, np.zeros(8), np.zeros(8), SIGMA, SIGMA_ROUTE)
    assert np.isinf(choice.composite).all() and not choice.shipped.any()
    assert find_rents([batch], *_room(teu0=1.0), SIGMA, SIGMA_ROUTE).rounds == 0
