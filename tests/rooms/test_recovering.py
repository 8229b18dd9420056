"""Recovery after a closure of so many days: queue, stocks, laws of days, and the Suez of March 2021 as a check."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import landbridge as lb
from landbridge import tables
from landbridge.engine import goods, recovering


def small() -> recovering.Shut:
    """Two goods, two importers: nothing, a detour of eight days, no way round, and half of each."""
    exposed = np.array([[0.0, 100.0], [50.0, 40.0]])
    stranded = np.array([[0.0, 0.0], [50.0, 20.0]])
    detour = np.array([[np.nan, 8.0], [np.nan, 8.0]])
    return recovering.Shut(np.full((2, 2), 200.0), exposed, stranded, detour, spare=0.5)


def lost_t(days: float) -> float:
    flows = small()
    rows = np.argwhere(flows.exposed > 1.0)
    some = flows.exposed[rows[:, 0], rows[:, 1]]
    lasted = recovering._live(flows, rows, some, np.array([3.0, 3.0]), days)
    return float(lasted.lost_days @ some)


def test_no_days_no_queue_and_no_loss() -> None:
    assert not recovering._waiting_days(small(), 0.0).any() and lost_t(0.0) == 0.0


def test_queue_and_loss_grow_with_the_days() -> None:
    days = [0.0, 1.0, 5.0, 20.0, 60.0]
    waits = [float((small().exposed * recovering._waiting_days(small(), d)).sum()) for d in days]
    losses = [lost_t(d) for d in days]
    assert all(a < b for a, b in itertools.pairwise(waits))
    assert all(a <= b for a, b in itertools.pairwise(losses)) and losses[-1] > 0


def test_who_has_a_detour_waits_no_longer_than_it_takes() -> None:
    wait = recovering._waiting_days(small(), 30.0)
    assert wait[0, 1] == 8.0 and wait[1, 0] == 30.0 and wait[1, 1] == pytest.approx(0.5 * 30 + 0.5 * 8)


def test_every_group_has_a_stock() -> None:
    held = tables.shipped("assignment/stocks")
    assert set(held.commodity_group) == set(goods.groups().names) and (held.stock_days > 0).all()


@pytest.mark.slow
def test_six_days_at_suez_clear_as_in_march_2021() -> None:
    """422 ships waited, all had passed five days after the canal opened (Suez Canal Authority, 3 April 2021)."""
    result = lb.close(lb.load_world(), "suez", days=6, arcs=False)
    every = result.tables["recovery"].set_index("good").loc["all"]
    assert every.waiting_t == pytest.approx(6 * every.exposed_t_day, rel=0.15)  # nearly all wait
    assert 2.5 < every.passed_days < 6 and every.short_t == 0
    assert 8 < every.detour_days < 16  # ten days and more by the Cape
    path = result.tables["recovery_path"]
    assert path.waiting_t.iloc[-1] == 0 and path.waiting_t.idxmax() == 6 and path.stock_share.iloc[-1] > 0.999
