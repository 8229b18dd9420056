"""User equilibrium: volume-delay functions, blocked centroids, files, faults."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from landbridge.assignment import congested_network, equilibrium, gmns, objective, select_link, tntp
from landbridge.assignment.volume_delay import AKCELIK, BPR, CONICAL, arc_cost, arc_integral, arc_slope
from landbridge.errors import BadInput, DataMissing, NotConverged

FUNCTIONS = {"bpr": (BPR, 0.15, 4.0), "bpr-odd": (BPR, 0.4, 2.3), "conical": (CONICAL, 4.0, 0.0),
             "akcelik": (AKCELIK, 0.8, 60.0)}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("v", [0.0, 400.0, 1000.0, 1700.0])
def test_slope_and_integral_belong_to_the_cost(name: str, v: float):
    kind, b, power = FUNCTIONS[name]
    rest = (3.0, b, power, 1000.0)
    assert arc_integral(kind, v, *rest, 0.5) == pytest.approx(
        quad(lambda x: arc_cost(kind, x, *rest, 0.5), 0, v)[0], rel=1e-9, abs=1e-9
    )
    h = 1e-3
    low = max(v - h, 0.0)
    numeric = (arc_cost(kind, v + h, *rest, 0.5) - arc_cost(kind, low, *rest, 0.5)) / (v + h - low)
    assert arc_slope(kind, v, *rest) == pytest.approx(numeric, rel=1e-4, abs=1e-7)


def test_two_parallel_arcs_share_by_hand():
    # costs 10 + v and 15 + v/2 at 30 units: v1 + v2 = 30, 10 + v1 = 15 + v2 / 2 -> v1 = 40/3
    net = congested_network([0, 0], [1, 1], [10.0, 15.0], [10.0, 30.0], [1.0, 1.0], [1.0, 1.0])
    result = equilibrium(net, [0], [1], [30.0], relative_gap=1e-12)
    assert result.arc_flow == pytest.approx([40 / 3, 50 / 3], rel=1e-9)
    assert result.od_cost[0] == pytest.approx(10 + 40 / 3, rel=1e-9)
    assert objective(net, result.arc_flow) == pytest.approx(result.objective)


@pytest.mark.parametrize("kind,b,power", [("conical", 5.0, 0.0), ("akcelik", 0.5, 60.0)])
def test_other_functions_reach_equal_costs(kind: str, b: float, power: float):
    net = congested_network([0, 0], [1, 1], [10.0, 12.0], [100.0, 100.0], b, power, kind=kind)
    result = equilibrium(net, [0], [1], [180.0], relative_gap=1e-11)
    assert result.arc_flow.min() > 0
    assert result.arc_cost[0] == pytest.approx(result.arc_cost[1], rel=1e-6)


def test_centroids_are_not_passed_through():
    # 0, 1, 2 centroids; the short way 0-1-2 is barred, the way round by node 3 is taken
    arcs = ([0, 1, 0, 3], [1, 2, 3, 2], [1.0, 1.0, 5.0, 5.0])
    through = equilibrium(congested_network(*arcs, 100.0), [0], [2], [1.0])
    barred = equilibrium(congested_network(*arcs, 100.0, first_through=3), [0], [2], [1.0])
    assert through.arc_flow.tolist() == [1, 1, 0, 0] and barred.arc_flow.tolist() == [0, 0, 1, 1]


def test_demand_without_a_way_is_unserved_not_dropped():
    net = congested_network([0, 2], [1, 1], [1.0, 1.0], 10.0, n_nodes=4)
    result = equilibrium(net, [0, 1, 3, 2], [1, 0, 1, 2], [4.0, 5.0, 6.0, 7.0])
    assert result.unserved.tolist() == [0.0, 5.0, 6.0, 0.0]  # 2 -> 2 uses no arc
    assert np.isinf(result.od_cost[[1, 2]]).all() and result.arc_flow.tolist() == [4.0, 0.0]
    by_pair, _ = select_link(result, [0])
    assert by_pair.tolist() == [4.0, 0.0, 0.0, 0.0]


def test_no_demand_and_one_sweep_too_few():
    net = congested_network([0, 0], [1, 1], [10.0, 10.0], 1.0)
    assert equilibrium(net, [], [], []).arc_flow.sum() == 0
    with pytest.raises(NotConverged, match="max_sweeps"):
        equilibrium(net, [0], [1], [5.0], relative_gap=1e-12, max_sweeps=0)


def test_faults_come_all_at_once():
    with pytest.raises(BadInput) as caught:
        congested_network([0, 1], [1, 9], [1.0, -1.0], [0.0, 1.0], [0.15, np.nan], n_nodes=2)
    text = str(caught.value)
    assert all(word in text for word in ("head", "free_cost", "capacity", "b:"))
    with pytest.raises(BadInput, match="not a node"):
        equilibrium(congested_network([0], [1], [1.0], 1.0), [0], [5], [1.0])


def test_tntp_round_trip_and_cut_files(tmp_path: Path):
    text = (
        "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 3\n<FIRST THRU NODE> 1\n<NUMBER OF LINKS> 2\n<END OF METADATA>\n\n"
        "~ a b cap len t b p speed toll type ;\n\t1\t3\t100.5\t2\t6\t0.15\t4\t0\t7\t1\t;\n 3 2 50 1 3 .15 4 0 0 1;\n"
    )
    (tmp_path / "a_net.tntp").write_text(text)
    net = tntp.read_network(tmp_path / "a_net.tntp", toll_weight=0.5, length_weight=1.0)
    assert net.network.fixed_cost.tolist() == [5.5, 1.0]
    (tmp_path / "b_net.tntp").write_text(tntp.network_text(net))
    again = tntp.read_network(tmp_path / "b_net.tntp", toll_weight=0.5, length_weight=1.0)
    assert tntp.network_text(again) == tntp.network_text(net)
    (tmp_path / "t.tntp").write_text(tntp.trips_text([0, 1], [1, 0], [10.0, 2.5], 2))
    o, d, q = tntp.read_trips(tmp_path / "t.tntp")
    assert (o.tolist(), d.tolist(), q.tolist()) == ([0, 1], [1, 0], [10.0, 2.5])
    result = equilibrium(net.network, [0], [1], [3.0])
    (tmp_path / "f.tntp").write_text(tntp.flows_text(net.network, result.arc_flow, result.arc_cost))
    assert tntp.read_flows(tmp_path / "f.tntp", net.network)[0].tolist() == [3.0, 3.0]
    (tmp_path / "cut_net.tntp").write_text("\n".join(text.splitlines()[:-1]))
    with pytest.raises(BadInput, match="cut"):
        tntp.read_network(tmp_path / "cut_net.tntp")
    with pytest.raises(DataMissing, match="gone"):
        tntp.read_network(tmp_path / "gone_net.tntp")


def test_gmns_round_trip(tmp_path: Path):
    (tmp_path / "node.csv").write_text("node_id,zone_id,node_type\nx,,\nb,2,centroid\na,1,centroid\n")
    (tmp_path / "link.csv").write_text(
        "link_id,from_node_id,to_node_id,directed,length,free_speed,lanes,capacity,toll\n"
        "7,a,x,1,2,60,2,500,1\n8,x,b,0,1,30,1,900,\n"
    )
    (tmp_path / "demand.csv").write_text("o_zone_id,d_zone_id,volume\n1,2,100\n")
    net = gmns.read_network(tmp_path, toll_weight=0.25)
    assert net.node_id == ("b", "a", "x") and net.network.first_through == 2
    assert net.network.free_cost.tolist() == [2.0, 2.0, 2.0] and net.network.capacity.tolist() == [1000.0, 900.0, 900.0]
    assert net.network.fixed_cost.tolist() == [0.25, 0.0, 0.0] and net.link_id == ("7", "8", "8")
    o, d, q = gmns.read_demand(tmp_path / "demand.csv", net)
    result = equilibrium(net.network, o, d, q)
    assert result.arc_flow.tolist() == [100.0, 100.0, 0.0]
    again = tmp_path / "again"
    again.mkdir()
    (again / "node.csv").write_text(gmns.node_text(net))
    (again / "link.csv").write_text(gmns.link_text(net, result.arc_flow))
    (again / "demand.csv").write_text(gmns.demand_text(net, o, d, q))
    copy = gmns.read_network(again, toll_weight=0.25)
    assert gmns.link_text(copy) == gmns.link_text(net) and copy.link_id == ("7", "8", "8_back")
    assert gmns.read_demand(again / "demand.csv", copy)[2].tolist() == [100.0]
    (tmp_path / "demand.csv").write_text("o_zone_id,d_zone_id,volume\n1,9,100\n1,2,many\n2,1,-3\n")
    with pytest.raises(BadInput) as caught:
        gmns.read_demand(tmp_path / "demand.csv", net)
    assert all(word in str(caught.value) for word in ("zone without a node", "'many'", "'-3'", "demand.csv:4"))


def test_gmns_faults_come_all_at_once_and_no_lanes_is_no_link(tmp_path: Path):
    head = "link_id,from_node_id,to_node_id,directed,length,free_speed,lanes,capacity\n"
    (tmp_path / "node.csv").write_text("node_id,x_coord,y_coord,zone_id\n1,8.5,50,1\n2,NaN,,2\n")
    (tmp_path / "link.csv").write_text(head + "a,1,2,true,1,60,0,500\nb,1,2,1,1,60,NaN,NaN\nc,2,1,False,1,60,2,500\n")
    net = gmns.read_network(tmp_path)
    assert net.link_id == ("b", "c", "c") and net.network.b.tolist() == [0.0, 0.15, 0.15]
    assert net.xy[0].tolist() == [8.5, 50.0] and np.isnan(net.xy[1]).all()
    (tmp_path / "node.csv").write_text(gmns.node_text(net))
    assert gmns.node_text(gmns.read_network(tmp_path)) == gmns.node_text(net)
    (tmp_path / "link.csv").write_text(
        head + "a,1,9,1,1,60,1,500\na,1,2,perhaps,1,60,1,500\nd,1,2,1,1,,1,500\ne,1,2,1,1,60,1,lots\n"
    )
    with pytest.raises(BadInput) as caught:
        gmns.read_network(tmp_path)
    for word in ("'a' stands twice", "not in node.csv", "'perhaps'", "no free-flow time", "'lots'", "link.csv:5"):
        assert word in str(caught.value)
    (tmp_path / "link.csv").unlink()
    with pytest.raises(DataMissing, match=r"link\.csv"):
        gmns.read_network(tmp_path)
