"""Read and write TNTP files (Transportation Networks for Research): networks, trips, flows. Gzipped files are read too.

Files name nodes 1..n; arrays here count from 0, and origins and destinations are node indices likewise.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.assignment.user_equilibrium import CongestedNetwork, congested_network
from landbridge.errors import BadInput, DataMissing, Fault

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NEEDED = ("NUMBER OF ZONES", "NUMBER OF NODES", "FIRST THRU NODE")
_COLUMNS = 10  # init, term, capacity, length, free-flow time, b, power, speed, toll, type
_PAIR = re.compile(r"(\d+)\s*:\s*([^;\s]+)\s*;?")


@dataclass(frozen=True, slots=True)
class TntpNetwork:
    """A TNTP network file: the columns that make costs, and those that only describe."""

    network: CongestedNetwork
    n_zones: int
    length: Floats  # [m] in the file's unit
    toll: Floats  # [m]
    speed: Floats  # [m]
    link_type: Ints  # [m]


def read_network(path: str | Path, toll_weight: float = 0.0, length_weight: float = 0.0) -> TntpNetwork:
    """Read *_net.tntp. fixed_cost = toll_weight x toll + length_weight x length (Chicago-Sketch: 0.02 and 0.04)."""
    path = Path(path)
    meta, body = _split(path)
    rows, faults = [], []
    for number, line in body:
        words = line.replace(";", " ").split()
        try:
            row = [float(w) for w in words[:_COLUMNS]]
        except ValueError:
            row = []
        if len(row) < 7:
            faults.append(
                Fault("not a link row", f"{path.name}:{number}", "init term capacity length time b power ...")
            )
            continue
        rows.append(row + [0.0] * (_COLUMNS - len(row)))
    faults += [Fault(f"<{key}> is missing", path.name) for key in _NEEDED if key not in meta]
    if not rows and not faults:
        faults.append(Fault("no links", path.name))
    if faults:
        raise BadInput(faults)
    a = np.array(rows)
    if "NUMBER OF LINKS" in meta and int(meta["NUMBER OF LINKS"]) != len(a):
        raise BadInput(f"{len(a)} links, the header says {meta['NUMBER OF LINKS']}", path.name, "is the file cut?")
    network = congested_network(
        a[:, 0].astype(np.int64) - 1,
        a[:, 1].astype(np.int64) - 1,
        a[:, 4],
        a[:, 2],
        np.where(a[:, 4] == 0, 0.0, a[:, 5]),  # no time, no congestion
        a[:, 6],
        toll_weight * a[:, 8] + length_weight * a[:, 3],
        n_nodes=int(meta["NUMBER OF NODES"]),
        first_through=int(meta["FIRST THRU NODE"]) - 1,
    )
    return TntpNetwork(network, int(meta["NUMBER OF ZONES"]), a[:, 3], a[:, 8], a[:, 7], a[:, 9].astype(np.int64))


def read_trips(path: str | Path) -> tuple[Ints, Ints, Floats]:
    """Read *_trips.tntp: origins, destinations, demand [q], zeros left out, file order."""
    path = Path(path)
    meta, body = _split(path)
    origin, o, d, q, faults = -1, [], [], [], []
    for number, line in body:
        if line.lower().startswith("origin"):
            origin = int(line.split()[1]) - 1
            continue
        pairs = _PAIR.findall(line)
        if origin < 0 or not pairs:
            faults.append(Fault("not a row of trips", f"{path.name}:{number}", "destination : trips;"))
            continue
        for zone, trips in pairs:
            value = float(trips)
            if value != 0:
                o.append(origin)
                d.append(int(zone) - 1)
                q.append(value)
    if faults:
        raise BadInput(faults[:20])
    total = float(meta.get("TOTAL OD FLOW", "nan").split()[0])
    if abs(sum(q) - total) > 1e-3 * max(total, 1.0):
        raise BadInput(f"trips sum to {sum(q):.6g}, the header says {total:.6g}", path.name, "is the file cut?")
    return np.array(o, np.int64), np.array(d, np.int64), np.array(q)


def read_flows(path: str | Path, network: CongestedNetwork) -> tuple[Floats, Floats]:
    """Read *_flow.tntp (From To Volume Cost) in the arc order of `network`: flows [m] and costs [m]."""
    path = Path(path)
    found: dict[tuple[int, int], tuple[float, float]] = {}
    for _, line in _lines(path):
        words = line.replace(";", " ").replace(":", " ").split()
        if len(words) >= 4 and words[0].isdigit():
            found[int(words[0]) - 1, int(words[1]) - 1] = (float(words[2]), float(words[3]))
    pairs = list(zip(network.tail.tolist(), network.head.tolist()))
    missing = [p for p in pairs if p not in found]
    if missing or len(set(pairs)) != len(pairs):
        what = f"{len(missing)} links of the network are not in the file" if missing else "parallel links are ambiguous"
        raise BadInput(what, path.name, "give the flows of the same network")
    table = np.array([found[p] for p in pairs])
    return table[:, 0], table[:, 1]


def network_text(net: TntpNetwork) -> str:
    """A *_net.tntp file that reads back to the same network (tolls and lengths unweighted)."""
    n = net.network
    head = [
        f"<NUMBER OF ZONES> {net.n_zones}",
        f"<NUMBER OF NODES> {n.n_nodes}",
        f"<FIRST THRU NODE> {n.first_through + 1}",
        f"<NUMBER OF LINKS> {n.n_arcs}",
        "<END OF METADATA>",
        "",
        "~\tinit_node\tterm_node\tcapacity\tlength\tfree_flow_time\tb\tpower\tspeed\ttoll\tlink_type\t;",
    ]
    columns = (n.capacity, net.length, n.free_cost, n.b, n.power, net.speed, net.toll)
    rows = [
        "\t".join(["", str(t + 1), str(h + 1), *(repr(float(c[i])) for c in columns), str(net.link_type[i]), ";"])
        for i, (t, h) in enumerate(zip(n.tail.tolist(), n.head.tolist()))
    ]
    return "\n".join(head + rows) + "\n"


def trips_text(origin: ArrayLike, destination: ArrayLike, demand: ArrayLike, n_zones: int) -> str:
    """A *_trips.tntp file of origin-destination demand."""
    o, d, q = (np.asarray(a) for a in (origin, destination, demand))
    lines = [f"<NUMBER OF ZONES> {n_zones}", f"<TOTAL OD FLOW> {float(q.sum())!r}", "<END OF METADATA>", ""]
    for zone in np.unique(o).tolist():
        mine = np.flatnonzero(o == zone)
        lines += [f"Origin {zone + 1}", *(f"{int(d[i]) + 1} : {float(q[i])!r};" for i in mine), ""]
    return "\n".join(lines)


def flows_text(network: CongestedNetwork, arc_flow: ArrayLike, arc_cost: ArrayLike) -> str:
    """A *_flow.tntp file: From, To, Volume, Cost, one arc a row."""
    v, c = np.asarray(arc_flow, np.float64), np.asarray(arc_cost, np.float64)
    ends = zip(network.tail.tolist(), network.head.tolist())
    rows = [f"{t + 1}\t{h + 1}\t{float(v[i])!r}\t{float(c[i])!r}" for i, (t, h) in enumerate(ends)]
    return "\n".join(["From\tTo\tVolume\tCost", *rows]) + "\n"


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8", errors="replace")
    except FileNotFoundError as error:
        raise DataMissing(f"{path.name} is missing (looked in {path.parent})") from error
    except (OSError, EOFError) as error:
        raise DataMissing(f"{path.name} cannot be read: {error}") from error
    for number, line in enumerate(text.splitlines(), 1):
        yield number, line.split("~")[0].strip()


def _split(path: Path) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """Metadata by key, and the rows that are neither empty nor comments."""
    meta: dict[str, str] = {}
    body = []
    for number, line in _lines(path):
        if line.startswith("<"):
            key, _, value = line[1:].partition(">")
            meta[key.strip().upper()] = value.split("~")[0].strip()
        elif line:
            body.append((number, line))
    return meta, body
