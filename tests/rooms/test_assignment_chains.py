"""Chains between zones under variants: what is found, what is merged, what becomes a shipment."""

from __future__ import annotations

import numpy as np
import pytest

from landbridge import assignment as asg
from landbridge.errors import BadInput

# 0 -> 3 by strait A (arcs 0, 1), by strait B (arcs 2, 3); 3 -> 0 directly (arc 4); node 4 is cut off
TAIL, HEAD = [0, 1, 0, 2, 3], [1, 3, 2, 3, 0]
OPEN = np.array([1.0, 1.0, 1.0, 2.0, 4.0])
ASSET = [0, -1, 1, 1, -1]


def shut(arc: int) -> np.ndarray:
    return np.where(np.arange(5) == arc, np.inf, OPEN)


def test_one_chain_for_each_set_of_assets():
    chains = asg.find_chains(5, TAIL, HEAD, [OPEN, shut(0), shut(0), shut(2)], [0, 3, 4], ASSET, 2)
    assert np.diff(chains.pair_ptr).tolist() == [0, 2, 0, 1, 0, 0, 0, 0, 0]
    assert chains.cost.tolist() == [2.0, 3.0, 4.0] and chains.variant.tolist() == [0, 1, 0]
    assert chains.asset.tolist() == [0, 1] and chains.passages.tolist() == [1, 2]
    assert chains.overlap.tolist() == [1.0, 1.0, 1.0]
    near = asg.find_chains(5, TAIL, HEAD, [OPEN, shut(0)], [0, 3], ASSET, 2, detour=1.2)
    assert len(near.cost) == 2  # 3.0 is more than 1.2 times 2.0


def test_searched_by_one_cost_and_charged_another():
    chains = asg.find_chains(5, TAIL, HEAD, [OPEN], [0, 3], ASSET, 2, charged=[10 * OPEN + 1])
    assert chains.cost.tolist() == [22.0, 41.0] and chains.asset.tolist() == [0]


def test_shipments_of_a_demand_matrix():
    chains = asg.find_chains(5, TAIL, HEAD, [OPEN, shut(0)], [0, 3, 4], ASSET, 2)
    demand = np.array([[9.0, 10.0, 3.0], [0.0, 9.0, 0.0], [0.0, 0.0, 9.0]])
    ship, pair = asg.shipments_of(chains, demand, 2.0, 50.0, weight=[1.0, 0.5])
    assert pair.tolist() == [1, 2] and ship.demand.tolist() == [10.0, 3.0]
    assert ship.weight.tolist() == [1.0, 1.0]  # two passages of half a unit each
    result = asg.solve(ship, asg.assets([4.0, np.inf]))
    assert result.asset_flow.tolist() == pytest.approx([4.0, 6.0]) and result.unserved.tolist() == [0.0, 3.0]


def test_faults():
    with pytest.raises(BadInput) as caught:
        asg.find_chains(2, [0], [5], [[-1.0]], [0, 1], [3], 2, detour=0.5)
    assert all(w in str(caught.value) for w in ("head", "variants", "asset_of_arc", "detour"))
    chains = asg.find_chains(5, TAIL, HEAD, [OPEN], [0, 3], ASSET, 2)
    with pytest.raises(BadInput, match="demand"):
        asg.shipments_of(chains, np.ones((3, 3)), 1.0, 5.0)
