"""Read and write GMNS (General Modeling Network Specification, Zephyr Foundation): node.csv, link.csv, demand.csv.

Columns used: node_id, x_coord, y_coord, zone_id, node_type ("centroid" nodes are not passed through); link_id,
from_node_id, to_node_id, directed, length, free_speed, lanes, capacity (per lane), toll, and the volume-delay columns
in common use vdf_fftt (minutes), vdf_alpha, vdf_beta (default 0.15 and 4); o_zone_id, d_zone_id, volume. Blank and NaN
are missing (github.com/zephyr-data-specs/GMNS, spec/link.schema.json, node.schema.json). A link of no lanes or no
capacity is open to no vehicle and left out. Costs are minutes.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.assignment.tntp import TntpNetwork
from landbridge.assignment.user_equilibrium import CongestedNetwork, congested_network
from landbridge.errors import BadInput, DataMissing, Fault

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Row = dict[str, str]

_BOOLEANS: Final = {"1": True, "true": True, "0": False, "false": False, "": True}


@dataclass(frozen=True, slots=True)
class GmnsNetwork:
    """A GMNS network; nodes are renumbered with centroids first. An undirected link gives two arcs with one id."""

    network: CongestedNetwork
    node_id: tuple[str, ...]  # [n]
    zone_id: tuple[str, ...]  # [n] "" where the node is in no zone
    link_id: tuple[str, ...]  # [m]
    length: Floats  # [m] in the file's unit
    toll: Floats  # [m]
    xy: Floats  # [n, 2] coordinates in the file's system, NaN where it has none


def of_tntp(net: TntpNetwork) -> GmnsNetwork:
    """A TNTP network as GMNS: nodes 1 to n, the first ones zones; its costs and volume-delay functions as they are."""
    n = net.network
    names = tuple(str(i + 1) for i in range(n.n_nodes))
    zones = tuple(names[i] if i < net.n_zones else "" for i in range(n.n_nodes))
    links = tuple(str(e + 1) for e in range(n.n_arcs))
    return GmnsNetwork(n, names, zones, links, net.length, net.toll, np.full((n.n_nodes, 2), np.nan))


def read_network(folder: str | Path, toll_weight: float = 0.0) -> GmnsNetwork:
    """Read node.csv and link.csv of a folder; fixed_cost = toll_weight (minutes per money) x toll."""
    folder = Path(folder)
    nodes, links = _rows(folder / "node.csv", ("node_id",)), _rows(folder / "link.csv", ("from_node_id", "to_node_id"))
    nodes.sort(key=lambda r: r.get("node_type", "") != "centroid")  # stable: centroids first
    number = {r["node_id"]: i for i, r in enumerate(nodes)}
    faults = [*_repeated(nodes, "node_id", "node.csv"), *_repeated(links, "link_id", "link.csv")]
    arcs: list[tuple[str, int, int, float, float, float, float, float, float]] = []
    for line, r in enumerate(links, 2):
        ends = [number.get(r[k], -1) for k in ("from_node_id", "to_node_id")]
        if min(ends) < 0:
            faults.append(Fault("link joins a node that is not in node.csv", f"link.csv:{line}"))
            continue
        try:
            values, one_way = _link_values(r), _BOOLEANS[r.get("directed", "1").strip().lower()]
        except ValueError as error:
            faults.append(Fault(str(error), f"link.csv:{line}", "give vdf_fftt, or length and free_speed"))
            continue
        except KeyError as error:
            faults.append(Fault(f"directed is {error}", f"link.csv:{line}", "true or false, 1 or 0"))
            continue
        if values[1] == 0:
            continue
        name = r.get("link_id", "") or str(line - 1)
        arcs.append((name, ends[0], ends[1], *values))
        if not one_way:
            arcs.append((name, ends[1], ends[0], *values))
    if faults:
        raise BadInput(faults)
    columns = [np.array(c, np.float64) for c in zip(*(a[1:] for a in arcs))] or [np.empty(0)] * 8
    tail, head, minutes, capacity, alpha, beta, length, toll = columns
    centroids = sum(r.get("node_type", "") == "centroid" for r in nodes)
    network = congested_network(
        tail.astype(np.int64), head.astype(np.int64), minutes, capacity, alpha, beta, toll_weight * toll,
        n_nodes=len(nodes), first_through=centroids,
    )  # fmt: skip
    ids = tuple(r["node_id"] for r in nodes)
    zones = tuple(r.get("zone_id", "") for r in nodes)
    xy = np.array([[_number(r, axis, np.nan) for axis in ("x_coord", "y_coord")] for r in nodes]).reshape(-1, 2)
    return GmnsNetwork(network, ids, zones, tuple(a[0] for a in arcs), length, toll, xy)


def read_demand(path: str | Path, net: GmnsNetwork) -> tuple[Ints, Ints, Floats]:
    """Read demand.csv (o_zone_id, d_zone_id, volume): origin and destination nodes, demand [q]."""
    zone = {z: i for i, z in reversed(list(enumerate(net.zone_id))) if z}
    faults, rows = [], []
    for line, r in enumerate(_rows(Path(path), ("o_zone_id", "d_zone_id", "volume")), 2):
        ends, where = (zone.get(r["o_zone_id"], -1), zone.get(r["d_zone_id"], -1)), f"{Path(path).name}:{line}"
        try:
            volume = _number(r, "volume", 0.0)
        except ValueError:
            volume = -1.0
        if min(ends) < 0:
            faults.append(Fault("zone without a node", where, "zones are named in node.csv"))
        elif not 0 <= volume < np.inf:
            faults.append(Fault(f"volume is {r['volume']!r}", where, "a number, not negative"))
        else:
            rows.append((*ends, volume))
    if faults:
        raise BadInput(faults)
    table = np.array(rows, np.float64).reshape(-1, 3)
    return table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2]


def node_text(net: GmnsNetwork) -> str:
    """node.csv of a network."""
    kinds = ["centroid" if i < net.network.first_through else "" for i in range(net.network.n_nodes)]
    x, y = (["" if np.isnan(v) else repr(float(v)) for v in net.xy[:, axis]] for axis in (0, 1))
    names = ["node_id", "x_coord", "y_coord", "zone_id", "node_type"]
    return _text(names, zip(net.node_id, x, y, net.zone_id, kinds))


def link_text(net: GmnsNetwork, arc_flow: ArrayLike | None = None) -> str:
    """link.csv of a network, one directed row an arc, with column `volume` where flows [m] are given.

    The way back of a link that was undirected gets an id of its own, with `_back`.
    """
    n = net.network
    volume = None if arc_flow is None else np.asarray(arc_flow, np.float64)
    names = ["link_id", "from_node_id", "to_node_id", "directed", "length", "lanes", "capacity", "toll",
             "vdf_fftt", "vdf_alpha", "vdf_beta"] + ([] if volume is None else ["volume"])  # fmt: skip
    rows = []
    used: set[str] = set()
    for e in range(n.n_arcs):
        name = f"{net.link_id[e]}_back" if net.link_id[e] in used else net.link_id[e]
        used.add(name)
        row = [name, net.node_id[n.tail[e]], net.node_id[n.head[e]], "1", repr(float(net.length[e])), "1"]
        row += [repr(float(a[e])) for a in (n.capacity, net.toll, n.free_cost, n.b, n.power)]
        rows.append(row if volume is None else [*row, repr(float(volume[e]))])
    return _text(names, rows)


def demand_text(net: GmnsNetwork, origin: ArrayLike, destination: ArrayLike, demand: ArrayLike) -> str:
    """demand.csv of origin and destination nodes that have zones."""
    ends = zip(np.asarray(origin).tolist(), np.asarray(destination).tolist(), np.asarray(demand, np.float64).tolist())
    return _text(["o_zone_id", "d_zone_id", "volume"], ((net.zone_id[o], net.zone_id[d], repr(q)) for o, d, q in ends))


def _link_values(r: Row) -> tuple[float, float, float, float, float, float]:
    """(minutes, capacity, alpha, beta, length, toll) of a link row."""
    length, speed = _number(r, "length", 0.0), _number(r, "free_speed", 0.0)
    minutes = _number(r, "vdf_fftt", 60.0 * length / speed if speed > 0 else np.nan)
    if not minutes >= 0:
        raise ValueError("no free-flow time")
    lanes = _number(r, "lanes", 1.0)
    capacity = 0.0 if lanes == 0 else _number(r, "capacity", np.nan) * lanes
    if capacity < 0 or length < 0:
        raise ValueError("a negative length or capacity")
    alpha = _number(r, "vdf_alpha", 0.15) if capacity > 0 else 0.0  # no capacity given: no congestion
    return minutes, capacity, alpha, _number(r, "vdf_beta", 4.0), length, _number(r, "toll", 0.0)


def _number(r: Row, key: str, default: float) -> float:
    """A cell as a number; the default where it is missing. ValueError says what it is instead."""
    text = (r.get(key) or "").strip()
    if text in ("", "NaN"):
        return default
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"{key} is {text!r}, no number") from error


def _repeated(rows: list[Row], key: str, file: str) -> list[Fault]:
    """A fault for every name that stands in several rows."""
    seen: set[str] = set()
    faults = []
    for r in rows:
        name = r.get(key, "")
        if name in seen and name:
            faults.append(Fault(f"{key} {name!r} stands twice", file, "names are unique"))
        seen.add(name)
    return faults


def _rows(path: Path, needed: tuple[str, ...]) -> list[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.DictReader(handle))
    except FileNotFoundError as error:
        raise DataMissing(f"{path.name} is missing (looked in {path.parent})") from error
    lacking = [c for c in needed if rows and c not in rows[0]]
    if lacking or not rows:
        raise BadInput(f"no rows, or no column {', '.join(lacking)}", path.name, "see the GMNS specification")
    return rows


def _text(names: list[str], rows: object) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)  # type: ignore[arg-type]
    return out.getvalue()
