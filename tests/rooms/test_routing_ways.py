"""Routes on the shipped atlas: ways that truly differ, one that avoids the largest choke point, hours that add up."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import landbridge as lb
from landbridge.engine.route import RouteAnswer
from landbridge.world import World

PAIRS = [
    ("Chongqing", "Duisburg"),
    ("Shanghai", "Rotterdam"),
    ("Nairobi", "Rotterdam"),
    ("La Paz", "Shanghai"),
    ("Mumbai", "Moscow"),
    ("Ankara", "Tehran"),
    ("Chicago", "Kansas City"),
    ("Johannesburg", "Lagos"),
    ("Sydney", "Tokyo"),
    ("Almaty", "Istanbul"),
]


@pytest.fixture(scope="module")
def world() -> World:
    return lb.load_world()


def shared(world: World, answer: RouteAnswer) -> float:
    """Largest share of a route's kilometres on arcs of another one."""
    km = world.network.length_km
    pairs = combinations([set(r.arcs.tolist()) for r in answer.routes], 2)
    return max(km[sorted(a & b)].sum() / min(km[sorted(a)].sum(), km[sorted(b)].sum()) for a, b in pairs)


def test_shanghai_to_rotterdam_by_sea_goes_by_suez_and_by_the_cape(world: World) -> None:
    answer = lb.route(world, "Shanghai", "Rotterdam", by=["sea"], alternatives=3)
    best, around = answer.routes[0], next(r for r in answer.routes if r.avoids)
    assert "Suez Canal" in best.passages and "Cape of Good Hope" not in best.passages
    assert around.avoids in {"suez", "bab-el-mandeb"} and "Cape of Good Hope" in around.passages
    assert "avoids Suez Canal" in answer.text() or "avoids Bab-el-Mandeb" in answer.text()
    assert len({r.passages for r in answer.routes}) == len(answer.routes)  # two ships on one lane are one way


def test_shanghai_to_rotterdam_by_all_modes_has_a_way_without_the_country_of_most_weight(world: World) -> None:
    answer = lb.route(world, "Shanghai", "Rotterdam", alternatives=4)
    assert len(answer.routes) == 4
    around = [r for r in answer.routes if r.avoids]  # by land alone and with a ship: each class of traffic may have one
    assert len({r.avoids for r in around}) == 1
    assert all(r.avoids in answer.routes[0].countries and r.avoids not in r.countries for r in around)


@pytest.mark.parametrize("by", [(), ("rail",)])
def test_chongqing_to_duisburg_has_three_ways_that_truly_differ(world: World, by: tuple[str, ...]) -> None:
    answer = lb.route(world, "Chongqing", "Duisburg", by=by, alternatives=3)
    assert len(answer.routes) == 3
    assert shared(world, answer) < 0.75
    assert len({r.crossings for r in answer.routes}) == 3  # by Dostyk and by Khorgos through one row of countries
    assert len({r.countries for r in answer.routes}) >= 2
    assert sum("RUS" not in r.countries for r in answer.routes) >= 1
    costs = [r.generalised_usd for r in answer.routes]
    assert costs == sorted(costs)


def test_what_a_way_avoids_is_the_loss_that_costs_most(world: World) -> None:
    answer = lb.route(world, "Mumbai", "Hamburg", by=["sea"], alternatives=2)
    best, around = answer.routes
    without = {}
    for passage in best.stops:
        if passage.kind == "passage":
            other = lb.route(world, "Mumbai", "Hamburg", by=["sea"], close=[passage.id])
            if other.routes:
                without[passage.id] = other.routes[0].generalised_usd
    assert around.generalised_usd == pytest.approx(max(without.values()), rel=1e-9)


@pytest.mark.parametrize(("origin", "destination"), PAIRS)
def test_hours_add_up_and_every_leg_can_be_read(world: World, origin: str, destination: str) -> None:
    answer = lb.route(world, origin, destination)
    route, parts = answer.routes[0], answer.parts[0]
    assert sum(p.time_h for p in parts) == pytest.approx(route.time_h, rel=1e-9)
    assert {p.basis for p in parts} <= {"observed", "estimated", "assumed"}
    assert sum(leg.time_h for leg in route.legs) == pytest.approx(route.time_h, rel=1e-9)
    assert len(route.legs) <= 12 and all(leg.origin and leg.destination for leg in route.legs)
    assert all(leg.time_h >= 0.5 for leg in route.legs)
    if any(leg.mode == "road" and leg.time_h > 24 for leg in route.legs):
        assert any(p.name == "driver rest" for p in parts)
    text = answer.text()
    assert " 0.0 h" not in text and " 0 km" not in text and " nan" not in text
    assert np.isfinite([route.length_km, route.time_h, route.cost_usd]).all()
    shown = answer.as_json()["routes"][0]["hours"]
    assert [row["part"] for row in shown] == [p.name for p in parts]
