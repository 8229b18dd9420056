"""Logit over chains, path size, loading, and the turn from money to tonnes."""

from __future__ import annotations

import numpy as np
import pytest

from landbridge import assignment, tables
from landbridge.errors import BadInput


def test_logit_is_the_closed_form_and_logsum_prices_it():
    flow, logsum = assignment.logit([100.0], [0, 2], [3.0, 4.0], 0.5, path_size=[1.0, 0.5])
    weight = np.array([1.0, 0.5]) * np.exp(-0.5 * np.array([3.0, 4.0]))
    assert flow == pytest.approx(100 * weight / weight.sum(), rel=1e-14)
    assert logsum[0] == pytest.approx(-np.log(weight.sum()) / 0.5, rel=1e-14)


def test_no_way_is_said_aloud_and_never_dropped():
    flow, logsum = assignment.logit([10.0, 5.0, 2.0], [0, 2, 3, 3], [1.0, 1.0, np.inf], 1.0)
    assert np.isinf(logsum[1:]).all() and flow[2] == 0
    assert assignment.unserved([10.0, 5.0, 2.0], [0, 2, 3, 3], flow).tolist() == [0.0, 5.0, 2.0]


def test_outside_option_is_a_slack_not_a_member_of_the_logit():
    below, _ = assignment.logit([10.0], [0, 1], [2.0], 3.0, outside_cost=2.5)
    beyond, logsum = assignment.logit([10.0], [0, 1], [3.0], 3.0, outside_cost=2.5)
    assert below[0] == 10.0  # cheaper than the outside option: all of it ships
    assert beyond[0] == pytest.approx(10 * np.exp(-3.0 * 0.5)) and logsum[0] == 3.0


def test_path_size_of_overlapping_chains():
    # two of three chains share half their length: (0.5 / 2 + 0.5) = 0.75 each, the third stands alone
    choice = assignment.choice_set([[[0, 1], [0, 2], [3]]], [[1.0, 1.0, 1.0]], [5.0, 5.0, 5.0, 10.0])
    assert choice.path_size.tolist() == [0.75, 0.75, 1.0]


def test_loaded_network_conserves_every_tonne():
    choice = assignment.choice_set([[[0, 1], [0, 2]], [[3]], []], [[1.0, 1.0], [5.0], []], [1.0] * 4)
    loaded = assignment.load(choice, [10.0, 5.0, 2.0], 1.0, outside_cost=4.0)
    assert loaded.arc_flow.tolist() == pytest.approx([10.0, 5.0, 5.0, 5.0 * np.exp(-1.0)])
    assert loaded.unserved.tolist() == pytest.approx([0.0, 5.0 - 5.0 * np.exp(-1.0), 2.0])
    assert loaded.no_way.tolist() == [False, False, True]
    assert loaded.residual < 1e-14


def test_faults_come_all_at_once():
    with pytest.raises(BadInput) as caught:
        assignment.logit([-1.0, np.nan], [0, 1, 5], [np.nan], [0.0, 1.0])
    text = str(caught.value)
    assert all(name in text for name in ("demand", "chain_ptr", "cost", "theta"))
    with pytest.raises(BadInput, match="arc that does not exist"):
        assignment.load_arcs([1.0], [0, 1], [7], 3)
    with pytest.raises(BadInput, match="1 routes and 2 costs"):
        assignment.choice_set([[[0]]], [[1.0, 2.0]], [1.0])


def test_values_table_closes_on_world_totals():
    """World merchandise trade 2023 (24 trillion USD, WTO) gives tonnes and TEU of the published order.

    11.6 Gt were loaded at sea in 2023 (UNCTADstat), overland trade comes on top; a loaded TEU was worth about 54,500
    USD in 2020 (Notteboom, Pallis, Rodrigue), and 173.8 million were shipped in 2023 (Container Trades Statistics): on
    the trade of the shipped world both cannot hold, the table lies between (docs/validation/assignment.md).
    """
    values = tables.shipped("assignment/values")
    usd = assignment.split_by_group(24e12, values.world_value_share.to_numpy())
    goods = assignment.freight(usd, values.usd_t.to_numpy(), values.t_teu.to_numpy(), values.container_share.to_numpy())
    assert 11.6e9 < goods.total_t_yr.sum() < 14.5e9
    in_boxes = (usd * values.container_share.to_numpy()).sum()
    assert in_boxes / goods.teu_yr.sum() == pytest.approx(54_500, rel=0.2)
    assert np.all((values.usd_t_low <= values.usd_t) & (values.usd_t <= values.usd_t_high))


def test_freight_shapes_and_faults():
    goods = assignment.freight(np.full((2, 3, 3), 1e6), [100.0, 1000.0], [np.nan, 10.0], [0.0, 0.5])
    assert goods.teu_yr.shape == (2, 3, 3) and goods.teu_yr[0].sum() == 0
    assert goods.teu_yr[1, 0, 0] == pytest.approx(1e6 / 1000 * 0.5 / 10)
    with pytest.raises(BadInput, match="t_teu"):
        assignment.freight([1.0], [1.0], [np.nan], [0.5])
    assert assignment.trains_day(365 * 108.0, 108.0) == pytest.approx(1.0)
