"""Best-known user equilibria of the Transportation Networks for Research (bstabler/TransportationNetworks).

Objectives: Sioux Falls 42.31335287107440e5, Anaheim 1286032.171096, Chicago-Sketch 17313018.7387477 (with the file's
fixed costs, 0.02 minutes per cent of toll and 0.04 per mile), Braess 386.0: to 1e-8 relative, as the published digits
allow. Flows are compared where the best-known solution is unique in them (strictly rising costs).
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from landbridge.assignment import congested_network, equilibrium, gmns, objective, select_link, tntp

DATA = Path(__file__).parents[2] / ".." / "shared" / "testdata" / "assignment"
CASES = {
    "Braess-Example/Braess": (0.0, 0.0, "_trips.tntp", 386.0),
    "SiouxFalls/SiouxFalls": (0.0, 0.0, "_trips.tntp", 42.31335287107440e5),
    "Anaheim/Anaheim": (0.0, 0.0, "_trips.tntp", 1286032.171096),
    "Chicago-Sketch/ChicagoSketch": (0.02, 0.04, "_trips.tntp.gz", 17313018.7387477),
}


def sample(name: str) -> Path:
    if not DATA.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("../shared/testdata/assignment is missing")
        pytest.skip("../shared/testdata/assignment is not here")
    return DATA / name


@pytest.mark.parametrize("name", CASES)
def test_best_known_objective(name: str):
    toll, length, trips, best = CASES[name]
    net = tntp.read_network(sample(name + "_net.tntp"), toll, length)
    result = equilibrium(net.network, *tntp.read_trips(sample(name + trips)), relative_gap=1e-9)
    assert result.objective == pytest.approx(best, rel=1e-8)


def test_sioux_falls_written_and_read_as_gmns(tmp_path: Path):
    """TNTP to GMNS and back through files: the same arcs, the best-known objective."""
    name = "SiouxFalls/SiouxFalls"
    net, trips = (
        gmns.of_tntp(tntp.read_network(sample(name + "_net.tntp"))),
        tntp.read_trips(sample(name + "_trips.tntp")),
    )
    (tmp_path / "node.csv").write_text(gmns.node_text(net))
    (tmp_path / "link.csv").write_text(gmns.link_text(net))
    (tmp_path / "demand.csv").write_text(gmns.demand_text(net, *trips))
    again = gmns.read_network(tmp_path)
    for kind in ("tail", "head", "free_cost", "capacity", "b", "power"):
        np.testing.assert_array_equal(getattr(again.network, kind), getattr(net.network, kind))
    result = equilibrium(again.network, *gmns.read_demand(tmp_path / "demand.csv", again), relative_gap=1e-9)
    assert result.objective == pytest.approx(CASES[name][3], rel=1e-8)
    assert result.relative_gap <= 1e-9
    assert result.unserved.sum() == 0


@pytest.mark.parametrize("name", ["SiouxFalls/SiouxFalls", "Anaheim/Anaheim"])
def test_best_known_flows_and_select_link(name: str):
    net = tntp.read_network(sample(name + "_net.tntp"))
    o, d, q = tntp.read_trips(sample(name + "_trips.tntp"))
    result = equilibrium(net.network, o, d, q, relative_gap=1e-11)
    flow, cost = tntp.read_flows(sample(name + "_flow.tntp"), net.network)
    rising = net.network.free_cost * net.network.b > 0
    assert result.arc_flow[rising] == pytest.approx(flow[rising], rel=1e-4, abs=1e-2 * flow.mean())
    assert result.arc_cost == pytest.approx(cost, rel=1e-4)
    assert objective(net.network, flow) == pytest.approx(result.objective, rel=1e-8)
    busiest = int(np.argmax(result.arc_flow))
    by_pair, through = select_link(result, [busiest])
    assert by_pair.sum() == pytest.approx(result.arc_flow[busiest], rel=1e-12)
    assert through[busiest] == pytest.approx(result.arc_flow[busiest], rel=1e-12)
    assert np.all(through <= result.arc_flow * (1 + 1e-12)) and np.all(by_pair <= q * (1 + 1e-12))


def test_braess_paradox():
    """Without the link 3-4 everybody is better off: 83 instead of 92 (Braess 1968)."""
    net = tntp.read_network(sample("Braess-Example/Braess_net.tntp")).network
    with_link = equilibrium(net, [0], [1], [6.0], relative_gap=1e-12)
    keep = ~((net.tail == 2) & (net.head == 3))
    fields = (net.tail, net.head, net.free_cost, net.capacity, net.b, net.power)

    without = equilibrium(congested_network(*(f[keep] for f in fields)), [0], [1], [6.0], relative_gap=1e-12)
    assert with_link.od_cost[0] == pytest.approx(92.0, rel=1e-6)
    assert without.od_cost[0] == pytest.approx(83.0, rel=1e-6)
