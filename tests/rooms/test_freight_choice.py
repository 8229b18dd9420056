"""What may be chosen in freight: limits by road."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from landbridge.engine.choice import _too_far


def too_far(
    road_km: list[float], usd: list[float], pair_ptr: list[int], most_road_km: float, liquid: bool = False
) -> list[bool]:
    routes = SimpleNamespace(pair_ptr=np.array(pair_ptr))
    priced = cast("Any", SimpleNamespace(offer=SimpleNamespace(road_km=np.array(road_km), routes=routes)))
    return _too_far(priced, np.array(usd), most_road_km, liquid).tolist()


def test_a_long_way_by_road_goes_where_a_shorter_one_is_open() -> None:
    assert too_far([9000.0, 700.0, 0.0], [1.0, 2.0, 3.0], [0, 3], 8000.0) == [True, False, False]


def test_the_only_open_way_stays_however_long() -> None:
    # the second route exists in another world only: it must not take the first one's place
    assert too_far([9000.0, 7000.0], [1.0, np.inf], [0, 2], 8000.0) == [False, False]
    assert too_far([9000.0], [1.0], [0, 1], 8000.0) == [False]


def test_tank_trucks_do_not_stand_in_for_ships_when_the_sea_is_shut() -> None:
    road_km, usd = [900.0, 20.0], [1.0, np.inf]
    assert too_far(road_km, usd, [0, 2], 500.0, liquid=True) == [True, False]
    assert too_far(road_km, usd, [0, 2], 500.0) == [False, False]
