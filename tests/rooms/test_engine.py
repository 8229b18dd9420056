"""The engine's own arithmetic: regimes of closures, zones, goods, wedges."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import landbridge as lb
from landbridge.engine import goods, regimes
from landbridge.engine.zones import zones
from landbridge.errors import BadInput, DataMissing, UnknownName
from landbridge.world import Closure


def test_regimes_are_nested_and_sum_to_one() -> None:
    found = regimes.regimes([Closure("suez", 1.0, 365), Closure("hormuz", 0.5, 73), Closure("kiel", 0.5)])
    assert sum(r.weight for r in found) == pytest.approx(1.0)
    shares = {w: sum(r.weight for r in found if w in r.shut) for w in ("suez", "hormuz", "kiel")}
    assert shares == pytest.approx({"suez": 1.0, "hormuz": 0.1, "kiel": 0.5})
    assert all(set(a.shut) <= set(b.shut) for a, b in itertools.pairwise(found))


def test_no_closure_is_one_open_regime() -> None:
    (only,) = regimes.regimes([])
    assert (only.weight, only.shut) == (1.0, ())


def test_zones_cover_every_economy_with_weights_of_one() -> None:
    world = lb.load_world()
    found = zones(world.network, world.trade.iso3)
    totals = np.bincount(found.economy, weights=found.weight, minlength=len(world.trade.iso3))
    named = np.array([c != "ROW" for c in world.trade.iso3])
    np.testing.assert_allclose(totals[named], 1.0)
    assert len(found.node) >= named.sum()
    with pytest.raises(DataMissing, match="no city"):
        zones(world.network, ["CHN", "XXX"])


def test_zones_without_a_way_cost_their_share_of_the_trade_and_no_more() -> None:
    world = lb.load_world()
    found = zones(world.network, ["CHN", "DEU", "ROW"])
    matrix = np.full((len(found.node),) * 2, 3.0)
    np.testing.assert_allclose(found.to_economies(matrix, 3)[:2, :2], 3.0)
    china, germany = (np.flatnonzero(found.economy == k) for k in (0, 1))
    matrix[china[0], germany] = np.inf
    served = found.served(matrix, 3)
    assert served[0, 1] == pytest.approx(1.0 - found.weight[china[0]])
    assert (served[1, 0], served[2, 0], found.to_economies(matrix, 3)[0, 1]) == (1.0, 1.0, pytest.approx(3.0))
    matrix[np.ix_(china, germany)] = np.inf
    assert found.served(matrix, 3)[0, 1] == 0.0 and np.isinf(found.to_economies(matrix, 3)[0, 1])


@pytest.mark.slow
def test_panama_shut_leaves_canada_and_the_united_states_their_border() -> None:
    world = lb.load_world()
    result = lb.run(world, lb.Scenario(title="t", actions=[lb.scenario.Close(where="panama")]), only="trade")
    income = result.tables["real_income"].set_index("iso3")["percent"]
    # boxes from Hawaii and Alaska to Ontario went through the canal: their share of the trade waits, no other
    assert -0.15 < income["CAN"] < 0.02
    assert -0.1 < income["USA"] < 0.02
    assert income["ECU"] < income["USA"]


def test_values_of_goods_are_in_the_published_range() -> None:
    assert 30_000 < goods.container_value_usd_teu() < 80_000
    assert goods.time_value_usd_h("crude") < 0.05 < goods.container_time_usd_h()
    assert goods.unit_of("crude") == "t" and goods.unit_of("machinery") == "teu"
    assert goods.groups().world_value_share.sum() == pytest.approx(1.0)


def test_route_errors_are_clear() -> None:
    world = lb.load_world()
    with pytest.raises(UnknownName, match="unknown mode 'ship'"):
        lb.route(world, "Shanghai", "Rotterdam", by=["ship"])
    with pytest.raises(BadInput, match="the same place"):
        lb.route(world, "Shanghai", "Shanghai")
    with pytest.raises(BadInput, match="is no date"):
        lb.route(world, "Shanghai", "Rotterdam", date="17.10.2023")


def test_trade_that_rules_forbid_has_no_route() -> None:
    world = lb.load_world()
    answer = lb.route(world, "Novorossiysk", "Rotterdam", by=["sea"], good="crude")
    assert answer.routes == () and {b["rule"] for b in answer.blocked_by} == {"oil-embargo-crude"}
    assert lb.route(world, "Novorossiysk", "Rotterdam", by=["sea"], good="crude", without_rules=True).routes
    assert lb.route(world, "Novorossiysk", "Rotterdam", by=["sea"], good="crude", date="2021-10-17").routes


def test_sea_alone_never_goes_over_land() -> None:
    world = lb.load_world()
    answer = lb.route(world, "Ras Tanura", "Rotterdam", by=["sea"], close=["hormuz"])
    assert answer.routes == () and answer.blocked_by[0]["rule"] == "closure:hormuz"


def test_cost_matrix_has_labels_and_no_zeros_off_the_diagonal() -> None:
    world = lb.load_world()
    matrix = lb.cost_matrix(world, ["Shanghai", "Almaty"], ["Rotterdam", "Moscow", "Almaty"])
    assert matrix.time_h.shape == (2, 3) and matrix.unit == "teu"
    off = np.array([[True, True, True], [True, True, False]])
    assert (matrix.length_km[off] > 500).all() and np.isfinite(matrix.cost_usd).all()
    with pytest.raises(UnknownName, match="2 faults"):
        lb.cost_matrix(world, ["Shanghaii"], ["Rotterdaam"])


def test_the_shipped_world_has_no_faults() -> None:
    lb.load_world().check()


def test_an_added_railway_makes_no_pair_dearer() -> None:
    """Status quo and scenario choose among the same routes: without rents, works can only help (engine.offers)."""
    from landbridge.engine.coupling import solve_pair
    from landbridge.scenario import apply, parse

    world = lb.load_world()
    works = parse('title = "t"\n[[build]]\nproject = "cku-rail-east"\n[[build]]\nproject = "cku-rail-west"\n')
    before, after = solve_pair(world, apply(works, world), ("trade",), lambda step: None, congestion=False)
    old, new = (s.freight[0].costs.wedge for s in (before, after))
    both = np.isfinite(old)
    assert (new[both] <= old[both] * (1 + 1e-9)).all()
    assert (new[both] < old[both] * (1 - 1e-3)).any()


def test_what_blocks_says_whether_a_closure_was_asked_for_or_stands_in_the_atlas() -> None:
    world = lb.load_world()
    asked = lb.route(world, "Ras Tanura", "Rotterdam", by=["sea"], close=["hormuz"])
    assert [(b["title"], b["source"]) for b in asked.blocked_by] == [("Strait of Hormuz is closed", "scenario")]
    standing = lb.route(world, "Aktau", "Rotterdam", by=["sea"])
    assert not standing.routes
    assert ("closure:volga-don", "status of October 2023 in the atlas") in [
        (b["rule"], b["source"]) for b in standing.blocked_by
    ]


@pytest.mark.slow
def test_a_strait_that_carries_nothing_is_said_to() -> None:
    shut = lb.Scenario(title="t", actions=[lb.scenario.Close(where="kerch")])
    notes = lb.run(lb.load_world(), shut, only="flows").notes
    assert notes[0].startswith("Nothing moves")
    assert notes[1].startswith("Kerch Strait carries no goods in the model's status quo")
