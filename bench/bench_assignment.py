"""Assignment, side by side in one run.

1. User equilibrium: AequilibraE's bi-conjugate Frank-Wolfe against landbridge, to relative gaps 1e-4 and 1e-6, wall
   seconds of the solve alone (readers apart), best of a few runs for the short ones; objectives compared.
2. Linear multicommodity flow, 500 nodes, 2,000 arcs, 200 shipments, seeded: HiGHS on the node-arc programme (simplex
   and interior point, time limit said) against column generation.
3. Entropic flow with hard capacities: 40,000 and 400,000 shipments x 8 chains, independent assets; cold, then a
   closure warm and cold; peak memory. `--lp` adds HiGHS on the same instance as a path programme.
4. The same solver on the chains of the shipped network, where real bottlenecks are shared.
A peer or a file that is not here is skipped, and that is said. Compilation happens before the clocks start.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from landbridge import assignment as asg
from landbridge.assignment import tntp
from landbridge.assignment.shortest import forward_star, least_paths

DATA = Path(__file__).parents[1] / ".." / "shared" / "testdata" / "assignment"
NETWORKS = {
    "SiouxFalls": ("SiouxFalls/SiouxFalls", 0.0, 0.0, "_trips.tntp"),
    "Anaheim": ("Anaheim/Anaheim", 0.0, 0.0, "_trips.tntp"),
    "Chicago-Sketch": ("Chicago-Sketch/ChicagoSketch", 0.02, 0.04, "_trips.tntp.gz"),
}


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# 1 user equilibrium


def aequilibrae_assign(net: asg.CongestedNetwork, trips: Any, zones: int, gap: float, most: int) -> dict[str, float]:
    """Bi-conjugate Frank-Wolfe on all cores; the graph is prepared before the clock starts. It takes no zero times."""
    import pandas as pd
    from aequilibrae.matrix import AequilibraeMatrix
    from aequilibrae.paths import Graph, TrafficAssignment, TrafficClass

    o, d, q = trips
    graph = Graph()
    graph.network = pd.DataFrame(
        {
            "link_id": np.arange(1, net.n_arcs + 1), "a_node": net.tail + 1, "b_node": net.head + 1, "direction": 1,
            "free_flow_time": np.maximum(net.free_cost, 1e-6), "capacity": np.where(net.b > 0, net.capacity, 1.0),
            "b": net.b, "power": np.maximum(net.power, 1.0), "fixed": net.fixed_cost,
            "id": np.arange(1, net.n_arcs + 1),
        }
    )  # fmt: skip
    graph.network_ok = graph.status = True
    graph.prepare_graph(np.arange(1, zones + 1))
    graph.set_graph("free_flow_time")
    graph.set_skimming([])
    graph.set_blocked_centroid_flows(net.first_through > 0)
    matrix = AequilibraeMatrix()
    matrix.create_empty(zones=zones, matrix_names=["trips"], memory_only=True)
    matrix.index[:] = np.arange(1, zones + 1)
    table = np.zeros((zones, zones))
    np.add.at(table, (o, d), q)
    np.fill_diagonal(table, 0.0)
    matrix.matrix["trips"][:, :] = table
    matrix.computational_view(["trips"])
    traffic = TrafficClass("car", graph, matrix)
    if np.any(net.fixed_cost):
        traffic.set_fixed_cost("fixed")
        traffic.set_vot(1.0)
    run = TrafficAssignment()
    run.set_classes([traffic])
    run.set_vdf("BPR")
    run.set_vdf_parameters({"alpha": "b", "beta": "power"})
    run.set_capacity_field("capacity")
    run.set_time_field("free_flow_time")
    run.max_iter, run.rgap_target = most, gap
    run.set_algorithm("bfw")
    begun = time.perf_counter()
    with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
        run.execute(log_specification=False)
    seconds = time.perf_counter() - begun
    flow = run.results()["PCE_AB"].reindex(np.arange(1, net.n_arcs + 1)).fillna(0.0).to_numpy()
    report = run.report()
    last = float(report["rgap"].iloc[-1])
    return {"seconds": seconds, "gap": last, "steps": len(report), "objective": asg.objective(net, flow)}


def user_equilibrium(most: int) -> None:
    print("1 user equilibrium, wall seconds to a relative gap")
    peer = importlib.util.find_spec("aequilibrae") is not None
    if not peer:
        print("  AequilibraE is not installed: its column is skipped")
    for name, (stem, toll, length, trips_file) in NETWORKS.items():
        if not DATA.is_dir():
            print("  ../shared/testdata/assignment is not here: skipped")
            return
        read = tntp.read_network(DATA / f"{stem}_net.tntp", toll, length)
        trips = tntp.read_trips(DATA / f"{stem}{trips_file}")
        asg.equilibrium(read.network, *trips, relative_gap=1e-2)
        for gap in (1e-4, 1e-6, 1e-10):
            ours = min(
                (asg.equilibrium(read.network, *trips, relative_gap=gap) for _ in range(3)), key=lambda r: r.seconds
            )
            line = (
                f"  {name:14s} gap {gap:.0e}  ours {ours.seconds:8.4f} s, reached {ours.relative_gap:.1e}, "
                f"Z {ours.objective:.6f}"
            )
            if peer and gap >= 1e-6:
                theirs = aequilibrae_assign(read.network, trips, read.n_zones, gap, most)
                line += (
                    f"  | AequilibraE {theirs['seconds']:8.3f} s, {theirs['steps']:.0f} iterations, "
                    f"reached {theirs['gap']:.1e}, Z {theirs['objective']:.6f}  "
                    f"| x {theirs['seconds'] / ours.seconds:.1f}"
                )
            print(line, flush=True)


# 2 linear flow


def linear_instance(n: int = 500, edges: int = 1000, k: int = 200, seed: int = 1) -> tuple[Any, ...]:
    """Random points joined to near ones; capacities around all-or-nothing flows, so that many bind."""
    r = np.random.default_rng(seed)
    points = r.random((n, 2))
    _, near = cKDTree(points).query(points, k=9)
    tree = sp.csgraph.minimum_spanning_tree(
        sp.csr_matrix(np.linalg.norm(points[:, None] - points[None], axis=2))
    ).tocoo()
    chosen = {(min(a, b), max(a, b)) for a, b in zip(tree.row.tolist(), tree.col.tolist())}
    more = sorted({(min(i, j), max(i, j)) for i in range(n) for j in near[i, 1:].tolist()} - chosen)
    for i in r.permutation(len(more)):
        if len(chosen) >= edges:
            break
        chosen.add(more[i])
    ends = np.array(sorted(chosen))
    tail, head = np.r_[ends[:, 0], ends[:, 1]].astype(np.int64), np.r_[ends[:, 1], ends[:, 0]].astype(np.int64)
    cost = np.linalg.norm(points[tail] - points[head], axis=1) * r.uniform(0.8, 1.2, len(tail))
    o = r.integers(0, n, k)
    d = (o + r.integers(1, n, k)) % n
    q = r.lognormal(size=k)
    order = np.argsort(o, kind="stable").astype(np.int64)
    _, ptr, arcs = least_paths(n, *forward_star(tail, n), tail, head, cost, o, d, order)
    flow = np.bincount(arcs, np.repeat(q[order], np.diff(ptr)), minlength=len(tail))
    room = np.maximum(flow * r.uniform(0.6, 1.6, len(tail)), np.median(q) * r.uniform(2, 6, len(tail)))
    return n, tail, head, cost, room, o, d, q


def node_arc(problem: tuple[Any, ...], outside: float, solver: str, limit: float) -> tuple[str, float, float]:
    """The textbook programme in HiGHS: (status, objective, seconds)."""
    import highspy

    n, tail, head, cost, room, o, d, q = problem
    m, k = len(tail), len(q)
    arcs = np.arange(m)
    incidence = sp.csr_matrix((np.r_[np.ones(m), -np.ones(m)], (np.r_[tail, head], np.r_[arcs, arcs])), shape=(n, m))
    rows = np.arange(k) * n
    slack = sp.csr_matrix(
        (np.r_[np.ones(k), -np.ones(k)], (np.r_[rows + o, rows + d], np.r_[np.arange(k), np.arange(k)])),
        shape=(k * n, k),
    )
    balance = sp.hstack([sp.kron(sp.eye(k), incidence), slack])
    coupling = sp.hstack([sp.kron(np.ones((1, k)), sp.eye(m)), sp.csr_matrix((m, k))])
    a = sp.vstack([balance, coupling]).tocsc()
    right = np.zeros(k * n)
    right[rows + o] += q
    right[rows + d] -= q
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = a.shape[1], a.shape[0]
    lp.col_cost_ = np.r_[np.tile(cost, k), np.full(k, outside)]
    lp.col_lower_, lp.col_upper_ = np.zeros(a.shape[1]), np.full(a.shape[1], highspy.kHighsInf)
    lp.row_lower_, lp.row_upper_ = np.r_[right, np.full(m, -highspy.kHighsInf)], np.r_[right, room]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = a.indptr, a.indices, a.data
    h = highspy.Highs()
    for option, value in (("output_flag", False), ("solver", solver), ("time_limit", limit), ("threads", 1)):
        h.setOptionValue(option, value)
    h.passModel(lp)
    begun = time.perf_counter()
    h.run()
    return str(h.getModelStatus()).split(".k")[-1], h.getInfo().objective_function_value, time.perf_counter() - begun


def linear(limit: float) -> None:
    print("2 linear multicommodity flow, 500 nodes / 2,000 arcs / 200 shipments")
    problem = linear_instance()
    asg.linear_flow(*linear_instance(30, 60, 10), 5.0)
    outside = 20 * float(problem[3].max()) + 10.0
    ours = asg.linear_flow(*problem, outside)
    print(f"  column generation {ours.seconds:8.3f} s, objective {ours.objective:.8f}, proven gap {ours.gap:.1e}, "
          f"{ours.rounds} rounds, {ours.columns} columns", flush=True)  # fmt: skip
    for solver in ("simplex", "ipm"):
        status, value, seconds = node_arc(problem, outside, solver, limit)
        least = " at least (time limit)" if "Time" in status else ""
        print(
            f"  HiGHS node-arc {solver:8s} {seconds:8.1f} s, {status}, objective {value:.8f}  "
            f"| x {seconds / ours.seconds:.0f}{least}",
            flush=True,
        )


# 3 entropic flow, independent assets


def entropic_instance(
    k: int, chains: int, n_assets: int, uses: int, theta: float, tight: float, low: float
) -> tuple[Any, Any]:
    """Chains draw assets with unequal popularity; `tight` of the assets have `low`..0.98 of their free flow as room."""
    r = np.random.default_rng(0)
    popularity = 1.0 / (1 + np.arange(n_assets)) ** 0.7
    drawn = r.choice(n_assets, size=(k * chains, uses), p=popularity / popularity.sum())
    drawn.sort(axis=1)
    keep = np.ones_like(drawn, bool)
    keep[:, 1:] = drawn[:, 1:] != drawn[:, :-1]
    use_ptr = np.concatenate(([0], np.cumsum(keep.sum(axis=1)))).astype(np.int64)
    cost = np.repeat(np.exp(r.normal(0, 0.3, k)), chains) * (1 + 0.5 * r.random(k * chains))
    scale = np.full(k, theta)
    ship = asg.Shipments(
        np.exp(r.normal(0, 1.5, k)), scale, scale.copy(), np.full(k, 5.0), np.zeros(k, bool), np.arange(k + 1),
        np.arange(0, k * chains + 1, chains), cost, np.ones(k * chains), use_ptr, drawn[keep].astype(np.int32),
        np.ones(use_ptr[-1]),
    )  # fmt: skip
    free = asg.solve(ship, asg.assets(np.full(n_assets, np.inf))).asset_flow
    pick = np.random.default_rng(1)
    room = free * np.where(
        pick.random(n_assets) < tight, pick.uniform(low, 0.98, n_assets), pick.uniform(1.1, 2, n_assets)
    )
    return ship, asg.assets(room)


def entropic(large: bool) -> None:
    print("3 entropic flow with hard capacities, independent assets (8 chains, 1,500 assets)")
    asg.solve(*entropic_instance(500, 8, 50, 6, 5.0, 0.12, 0.7))
    cases = [(40_000, 5.0, 0.12, 0.7), (40_000, 20.0, 0.4, 0.6)] + ([(400_000, 5.0, 0.12, 0.7)] if large else [])
    for k, theta, tight, low in cases:
        ship, limits = entropic_instance(k, 8, 1500, 6, theta, tight, low)
        cold = asg.solve(ship, limits)
        shut = replace(limits, capacity=np.where(np.arange(1500) == 0, 0.1 * limits.capacity, limits.capacity))
        warm, again = asg.solve(ship, shut, cold.price), asg.solve(ship, shut)
        mild = replace(limits, capacity=np.where(np.arange(1500) == 0, 0.9 * cold.asset_flow, limits.capacity))
        little, anew = asg.solve(ship, mild, cold.price), asg.solve(ship, mild)
        binding = int((cold.price > 1e-9).sum())
        print(
            f"  {k:7,d} x 8, theta {theta:4.0f}, {binding:4d} binding: cold {cold.seconds:6.3f} s ({cold.steps}), "
            f"violation {cold.violation:.0e}, gap {cold.duality_gap:.0e}; 90 % off the largest asset: warm "
            f"{warm.seconds:6.3f} s ({warm.steps}), cold {again.seconds:6.3f} s ({again.steps}); "
            f"10 % off: warm {little.seconds:.3f} s ({little.steps}), cold {anew.seconds:.3f} s ({anew.steps}); "
            f"peak {memory_mb():,.0f} MB",
            flush=True,
        )


def path_programme(limit: float) -> None:
    """The 40,000-shipment instance (theta 20) as a linear programme over its chains, HiGHS interior point."""
    import highspy

    ship, limits = entropic_instance(40_000, 8, 1500, 6, 20.0, 0.4, 0.6)
    k, c, a = ship.n_shipments, len(ship.cost), limits.n_assets
    uses = sp.csr_matrix((ship.weight, ship.asset, ship.use_ptr), shape=(c, a)).T
    pick = sp.csr_matrix((np.ones(c), (ship.shipment_of_chain(), np.arange(c))), shape=(k, c))
    left = sp.vstack([sp.hstack([pick, sp.eye(k)]), sp.hstack([uses, sp.csr_matrix((a, k))])]).tocsc()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = left.shape[1], left.shape[0]
    lp.col_cost_ = np.r_[ship.cost, ship.outside_cost]
    lp.col_lower_, lp.col_upper_ = np.zeros(c + k), np.full(c + k, highspy.kHighsInf)
    lp.row_lower_ = np.r_[ship.demand, np.full(a, -highspy.kHighsInf)]
    lp.row_upper_ = np.r_[ship.demand, limits.capacity]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = left.indptr, left.indices, left.data
    h = highspy.Highs()
    for option, value in (
        ("output_flag", False),
        ("solver", "ipm"),
        ("run_crossover", "off"),
        ("time_limit", limit),
        ("threads", 1),
    ):
        h.setOptionValue(option, value)
    h.passModel(lp)
    begun = time.perf_counter()
    h.run()
    print(f"  path programme, HiGHS interior point without crossover: {time.perf_counter() - begun:.1f} s, "
          f"{str(h.getModelStatus()).split('.k')[-1]}", flush=True)  # fmt: skip


# 4 the shipped network


def real_network() -> None:
    from world_chains import world_problem

    print("4 chains of the shipped network")
    begun = time.perf_counter()
    problem = world_problem()
    if problem is None:
        print("  the network is not built: skipped")
        return
    ship, limits, names = problem
    print(
        f"  {ship.n_shipments:,} shipments, {len(ship.cost):,} chains, {limits.n_assets} assets, "
        f"{len(ship.asset) / len(ship.cost):.1f} assets a chain; chains found in {time.perf_counter() - begun:.1f} s"
    )
    cold = asg.solve(ship, limits)
    print(
        f"  cold {cold.seconds:.3f} s ({cold.steps} steps, {cold.method}), violation {cold.violation:.0e}, "
        f"gap {cold.duality_gap:.0e}, {int((cold.price > 1e-6).sum())} binding, "
        f"unserved {cold.unserved.sum() / ship.demand.sum():.2%}"
    )
    for name in ("suez", "malacca", "panama", "hormuz", "brest-malaszewicze"):
        if name not in names:
            continue
        at = names.index(name)
        shut = asg.close(ship, limits, cold, at)
        without = replace(limits, capacity=np.where(np.arange(limits.n_assets) == at, 0.0, limits.capacity))
        again = asg.solve(ship, without)
        print(
            f"  close {name:20s} warm {shut.seconds:.3f} s ({shut.after.steps}), cold {again.seconds:.3f} s "
            f"({again.steps}); exposed {shut.exposure / 1e6:,.1f} M, rerouted {shut.rerouted / 1e6:,.1f} M, "
            f"unserved {shut.unserved / 1e6:,.2f} M TEU",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="1,2,3,4", help="sections, comma separated")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds granted to each HiGHS run")
    parser.add_argument("--iterations", type=int, default=2000, help="most iterations granted to AequilibraE")
    parser.add_argument("--small", action="store_true", help="leave out the 400,000 shipments")
    parser.add_argument("--lp", action="store_true", help="add HiGHS on the path programme")
    options = parser.parse_args()
    sections = set(options.only.split(","))
    if "1" in sections:
        user_equilibrium(options.iterations)
    if "2" in sections:
        linear(options.limit)
    if "3" in sections:
        entropic(not options.small)
        if options.lp:
            path_programme(options.limit)
    if "4" in sections:
        real_network()


if __name__ == "__main__":
    sys.exit(main())
