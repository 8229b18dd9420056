"""What may be chosen in freight: limits by road, permits of trips, odds of trains."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from landbridge.engine import haulage
from landbridge.engine.choice import _least_road_km, _standing_road_km, _too_far
from landbridge.network import LAYERS
from landbridge.world import load_world


def too_far(road_km: list[float], known: list[bool]) -> list[bool]:
    """Of one pair whose good may go 500 km by road."""
    routes = SimpleNamespace(pair_ptr=np.array([0, len(road_km)]))
    priced = cast("Any", SimpleNamespace(offer=SimpleNamespace(road_km=np.array(road_km), routes=routes)))
    least_km = _least_road_km(priced, np.array(known))
    return _too_far(np.array(road_km), least_km, 500.0).tolist()


def test_a_long_way_by_road_does_not_go_where_a_shorter_one_is_known() -> None:
    assert too_far([900.0, 400.0, 0.0], [True, True, True]) == [True, False, False]


def test_trucks_do_not_stand_in_for_a_sea_that_the_scenario_shuts() -> None:
    assert too_far([900.0, 20.0], [True, True]) == [True, False]  # the second is open in the status quo alone


def test_a_road_of_the_scenario_does_not_take_the_only_way_of_the_status_quo() -> None:
    assert too_far([900.0, 700.0], [True, False]) == [False, False]
    assert too_far([900.0], [True]) == [False]


def test_what_a_scenario_builds_changes_no_limit_by_road() -> None:
    """Two ways of a pair: the second is the scenario's own, or the status quo's that it shuts."""

    def priced(first: float, second: float) -> Any:
        routes = SimpleNamespace(pair_ptr=np.array([0, 2]), member_ptr=np.array([0, 1, 2]))
        offer = SimpleNamespace(road_km=np.array([900.0, 20.0]), routes=routes)
        return SimpleNamespace(offer=offer, cost_usd=np.array([first, second]))

    assert _standing_road_km(priced(1.0, 1.0), priced(1.0, np.inf)).tolist() == [900.0, 900.0]
    assert _standing_road_km(priced(1.0, np.inf), priced(1.0, 1.0)).tolist() == [20.0, 20.0]
    assert _standing_road_km(priced(np.inf, 1.0), priced(np.inf, np.inf)).tolist() == [20.0, 20.0]


def test_lorries_need_permits_outside_areas_of_free_haulage() -> None:
    assert haulage.free("DEU", "POL") and haulage.free("RUS", "KAZ") and haulage.free("USA", "MEX")
    assert not haulage.free("CHN", "KAZ") and not haulage.free("POL", "BLR") and not haulage.free("TUR", "BGR")
    net = load_world().network
    arcs = haulage.permit_arcs(net)
    tail, head = net.node_country[net.tail], net.node_country[net.head]
    assert arcs.sum() > 100 and (net.arc_layer[arcs] == LAYERS.index("road")).all()
    assert arcs[np.flatnonzero((tail == "CHN") & (head == "KAZ") & (net.arc_layer == LAYERS.index("road")))].all()
    assert not arcs[(tail == "FRA") & (head == "DEU")].any()


def test_a_border_with_permits_doubles_the_road_and_two_are_the_most() -> None:
    km = haulage.permit_km(np.array([1000.0, 1000.0, 1000.0, np.inf]), np.array([0.0, 1.0, 7.0, 0.0]))
    assert km.tolist() == [0.0, 1000.0, 2000.0, 0.0]
    money = haulage.extra_usd(km[1:2], True, 10.0, 0.0)
    assert money[0] == pytest.approx(0.071 * 1000.0 * haulage.PERMIT_SHARE)
    assert haulage.extra_usd(km[1:2], False, 1.0, 0.0)[0] < money[0]  # a tonne of bulk
    assert haulage.extra_usd(km[1:2], True, 10.0, 1.0)[0] > money[0]  # and the hours of who is in a hurry
