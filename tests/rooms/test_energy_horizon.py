"""Years, seasons, storage and building: against the one-year solver, closed forms and enumeration."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from landbridge.energy import (
    Horizon,
    Market,
    Period,
    Project,
    Storage,
    annuity,
    closed_links,
    load_market,
    restrictions,
    seasons,
    small_market,
    solve,
    solve_years,
)
from landbridge.errors import BadInput, Infeasible


def horizon(market: Market, periods: tuple[Period, ...], **more: object) -> Horizon:
    count = len(periods)
    ones = {
        "demand_factor": np.ones((count, len(market.demand.node))),
        "supply_factor": np.ones((count, len(market.supply.node))),
        "capacity_factor": np.ones((count, len(market.arcs.link))),
    }
    return Horizon(market, periods, **{**ones, **more})  # type: ignore[arg-type]


def two_nodes(capacity: float = 5.0) -> Market:
    return small_market(["a", "b"], [("a", 100, 10, 60)], [("b", 100, 2)], [("a", "b", 4.0, capacity)])


ONE = (Period(2023, "year", 1.0, 1.0),)


@pytest.mark.parametrize("fuel", ["crude", "gas"])
def test_one_period_is_the_one_year_solver(fuel: str) -> None:
    market = load_market(fuel)  # type: ignore[arg-type]
    factor = np.ones((1, len(market.arcs.link)))
    for link, share in closed_links(fuel).items():  # type: ignore[arg-type]
        factor[:, market.arcs.link.index(link)] = share
    bans = restrictions(fuel)  # type: ignore[arg-type]
    alone = solve(market, forbidden=bans, capacity_factor=closed_links(fuel))  # type: ignore[arg-type]
    many = solve_years(horizon(market, ONE, capacity_factor=factor, forbidden=bans))
    traded = alone.consumption > 0.1
    np.testing.assert_allclose(many.price[0, traded], alone.price[traded], rtol=1e-3)
    np.testing.assert_allclose(many.consumption[0], alone.consumption, rtol=1e-3, atol=1e-2)
    assert many.flow[0].sum() == pytest.approx(alone.flow.sum(), rel=1e-3)
    assert many.objective_usd == pytest.approx(alone.objective_usd, rel=1e-7)


def test_storage_evens_out_the_seasons_up_to_its_cost() -> None:
    market = two_nodes()
    periods = (Period(2023, "winter", 0.5, 1.0), Period(2023, "summer", 0.5, 1.0))
    factor = np.array([[1.3], [0.7]])
    bare = solve_years(horizon(market, periods, demand_factor=factor))
    stored = solve_years(
        horizon(market, periods, demand_factor=factor, storages=(Storage("b", 100.0, 100.0, 100.0, cost=1.5),))
    )
    b = 1
    assert bare.price[0, b] - bare.price[1, b] > 3
    assert stored.price[0, b] - stored.price[1, b] == pytest.approx(1.5, abs=1e-4)
    # what goes in comes out: level rises in summer by what winter takes
    assert stored.level[1, 0] - stored.level[0, 0] == pytest.approx(
        0.5 * (stored.consumption[0, b] - stored.flow[0, 0]), abs=1e-5
    )


def test_continuous_building_stops_where_rent_pays_the_annuity() -> None:
    market = two_nodes(capacity=5.0)
    project = Project("a>b", 40.0, 800.0, 2023, lumpy=False, life_years=20, om_share=0.0)
    result = solve_years(horizon(market, ONE, projects=(project,), discount_rate=0.05))
    yearly = 800.0 * annuity(0.05, 20) / 40.0
    rent = result.price[0, 1] - result.price[0, 0] - 4.0
    assert 0 < result.built[0, 0] < 40
    assert rent == pytest.approx(yearly, rel=1e-4)


def test_lumpy_building_equals_enumeration() -> None:
    market = small_market(
        ["a", "b", "c"], [("a", 100, 10, 60), ("c", 100, 14, 40)], [("b", 100, 2), ("c", 60, 3)],
        [("a", "b", 4.0, 1.0), ("c", "b", 3.0, 1.0), ("a", "c", 2.0, 1.0)],
    )  # fmt: skip
    projects = [Project(link, 12.0, capex, 2023) for link, capex in (("a>b", 900.0), ("c>b", 700.0), ("a>c", 4000.0))]
    found = solve_years(horizon(market, ONE, projects=tuple(projects)))
    best = -np.inf
    pay = annuity(0.08, 30.0) + 0.02
    for choice in itertools.product((False, True), repeat=3):
        bigger = market
        cost = 0.0
        for project, yes in zip(projects, choice):
            if yes:
                bigger = bigger.scale_links({project.link: 1.0 + project.capacity})
                cost += project.capex_usd * pay
        best = max(best, solve(bigger).objective_usd - cost)
    assert found.objective_usd == pytest.approx(best, rel=1e-6)
    assert 0 < (found.built[0] > 1).sum() < 3


def test_nothing_is_built_before_it_may_open_and_what_stands_stays() -> None:
    market = two_nodes(capacity=1.0)
    periods = seasons(range(2023, 2027), ("year",), rate=0.05, tail_years=10)
    cheap = Project("a>b", 30.0, 10.0, 2025)
    built = solve_years(horizon(market, periods, projects=(cheap,), discount_rate=0.05)).built[:, 0]
    np.testing.assert_allclose(built, [0, 0, 30, 30], atol=1e-4)


def test_tail_weight_is_the_discounted_sum() -> None:
    periods = seasons((2030, 2031), ("a", "b"), rate=0.1, tail_years=3)
    assert periods[0].weight == 1.0 and periods[0].share == 0.5
    assert periods[-1].weight == pytest.approx(1 / 1.1 * (1 + 1 / 1.1 + 1 / 1.21))


def test_bad_projects_are_named_and_conflicts_explained() -> None:
    market = two_nodes()
    with pytest.raises(BadInput, match="a>b"):
        solve_years(horizon(market, ONE, projects=(Project("a>b", -1.0, 5.0, 2023),)))
    with pytest.raises(BadInput, match="shape"):
        solve_years(horizon(market, ONE, demand_factor=np.ones((2, 1))))
    forced = dataclasses.replace(
        market, arcs=dataclasses.replace(market.arcs, least=np.array([5.0]), capacity=np.array([5.0]))
    )
    starved = dataclasses.replace(forced, supply=dataclasses.replace(forced.supply, size=np.array([1.0])))
    with pytest.raises(Infeasible, match="2023 year"):
        solve_years(horizon(starved, ONE))


def test_surplus_adds_up_to_the_objective() -> None:
    """What consumers, producers and owners of full ways gain is all that the programme maximises (no storage)."""
    market = small_market(
        ["a", "b", "c"], [("a", 100, 10, 60), ("c", 100, 14, 40)], [("b", 100, 2), ("c", 60, 3)],
        [("a", "b", 4.0, 3.0), ("c", "b", 3.0, np.inf), ("a", "c", 2.0, 1.0)],
    )  # fmt: skip
    periods = seasons((2030, 2031), ("winter", "summer"), rate=0.1)
    factor = np.array([[1.2, 1.1], [0.8, 0.9], [1.2, 1.1], [0.8, 0.9]])
    result = solve_years(horizon(market, periods, demand_factor=factor))
    parts = (result.consumer_surplus, result.producer_surplus, result.way_rent)
    total = sum(float(result.present_value_usd(part).sum()) for part in parts)
    assert total == pytest.approx(result.objective_usd, rel=1e-6)
