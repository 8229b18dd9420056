"""What may be chosen in freight: limits by road."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from landbridge.engine.choice import _least_road_km, _too_far


def too_far(road_km: list[float], known: list[bool]) -> list[bool]:
    """Of one pair whose good may go 8,000 km by road."""
    routes = SimpleNamespace(pair_ptr=np.array([0, len(road_km)]))
    priced = cast("Any", SimpleNamespace(offer=SimpleNamespace(road_km=np.array(road_km), routes=routes)))
    least_km = _least_road_km(priced, np.array(known))
    return _too_far(np.array(road_km), least_km, 8000.0).tolist()


def test_a_long_way_by_road_does_not_go_where_a_shorter_one_is_known() -> None:
    assert too_far([9000.0, 700.0, 0.0], [True, True, True]) == [True, False, False]


def test_trucks_do_not_stand_in_for_a_sea_that_the_scenario_shuts() -> None:
    assert too_far([9000.0, 20.0], [True, True]) == [True, False]  # the second is open in the status quo alone


def test_a_road_of_the_scenario_does_not_take_the_only_way_of_the_status_quo() -> None:
    assert too_far([9000.0, 7000.0], [True, False]) == [False, False]
    assert too_far([9000.0], [True]) == [False]
