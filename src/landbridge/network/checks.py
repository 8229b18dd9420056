"""Every fault of a Network at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from landbridge.codes import country_names
from landbridge.errors import Fault
from landbridge.network.records import ARC_KINDS, LAYERS, LAYERS_OF, NODE_KINDS, TAG_KINDS, Network

_MOST = 3  # examples named in one fault


def check(net: Network) -> list[Fault]:
    """Faults of shape, reference and value; an empty list means the network can be used."""
    shapes = list(_shapes(net))
    if shapes:
        return shapes
    return [*_nodes(net), *_arcs(net), *_tags(net)]


def _shapes(net: Network) -> Iterator[Fault]:
    n, m = net.n_nodes, net.n_arcs
    per_node = ("node_name", "node_country", "node_kind", "node_layer", "lon", "lat", "population")
    per_arc = (
        "head",
        "arc_layer",
        "arc_kind",
        "length_km",
        "time_h",
        "cost_usd_teu",
        "cost_usd_t",
        "capacity_teu_yr",
        "capacity_t_yr",
        "arc_tag",
        "arc_shape",
        "basis",
        "closed",
    )
    for names, size in ((per_node, n), (per_arc, m)):
        for name in names:
            shape = getattr(net, name).shape
            if shape != (size,):
                yield Fault(f"{name} has shape {shape}, should have ({size},)", "network")
    ptr, points = net.shape_ptr, net.shape_lonlat
    if len(ptr) == 0 or ptr[0] != 0 or ptr[-1] != len(points) or np.any(np.diff(ptr) < 2):
        yield Fault("shape_ptr does not divide shape_lonlat into polylines of two points or more", "network")


def _nodes(net: Network) -> Iterator[Fault]:
    ids = net.node_id
    unique, count = np.unique(ids, return_counts=True)
    yield from _rows(count > 1, unique, "node ids given twice")
    yield from _rows(np.abs(net.lon) > 180, ids, "longitude outside -180..180")
    yield from _rows(~(np.abs(net.lat) <= 90), ids, "latitude outside -90..90 or missing")
    yield from _rows(~_within(net.node_kind, NODE_KINDS), ids, "unknown node kind")
    known = _within(net.node_layer, LAYERS)
    yield from _rows(~known, ids, "unknown layer")
    names = np.array(LAYERS)[np.where(known, net.node_layer, 0)]
    wrong = known & (np.char.add("@", names) != np.array([f"@{i.rpartition('@')[2]}" for i in ids.tolist()]))
    yield from _rows(wrong, ids, "node id does not end in @layer")
    yield from _rows(~(net.population >= 0), ids, "population negative or missing")
    odd = {c for c in np.unique(net.node_country).tolist() if c and c not in country_names()}
    yield from _rows(np.isin(net.node_country, sorted(odd)), ids, f"unknown countries {', '.join(sorted(odd))}")


def _arcs(net: Network) -> Iterator[Fault]:
    n = net.n_nodes
    loose = (net.tail < 0) | (net.tail >= n) | (net.head < 0) | (net.head >= n)
    numbers = np.arange(net.n_arcs).astype(str)
    if loose.any():
        yield from _rows(loose, numbers, "arcs that point to no node")
        return
    ids = np.array([f"{t} > {h}" for t, h in zip(net.node_id[net.tail].tolist(), net.node_id[net.head].tolist())])
    yield from _rows(net.tail == net.head, ids, "arcs from a node to itself")
    yield from _rows(~_within(net.arc_kind, ARC_KINDS), ids, "unknown arc kind")
    yield from _rows(~_within(net.arc_layer, LAYERS), ids, "unknown arc layer")
    yield from _rows(~_within(net.basis, range(3)), ids, "unknown basis")
    for name in ("length_km", "time_h", "cost_usd_teu", "cost_usd_t"):
        yield from _rows(
            ~np.isfinite(getattr(net, name)) | (getattr(net, name) < 0), ids, f"{name} negative or missing"
        )
    for name in ("capacity_teu_yr", "capacity_t_yr"):
        yield from _rows(getattr(net, name) < 0, ids, f"{name} negative")
    yield from _rows((net.arc_tag < -1) | (net.arc_tag >= len(net.tags)), ids, "arc_tag points to no tag")
    yield from _rows(
        (net.arc_shape < -1) | (net.arc_shape >= len(net.shape_ptr) - 1), ids, "arc_shape points to no shape"
    )


def _tags(net: Network) -> Iterator[Fault]:
    ids = np.array([t.id for t in net.tags], dtype=np.str_)
    unique, count = np.unique(ids, return_counts=True)
    yield from _rows(count > 1, unique, "tag ids given twice")
    yield from _rows(np.array([t.kind not in TAG_KINDS for t in net.tags], dtype=bool), ids, "unknown tag kind")
    yield from _rows(np.array([not t.source for t in net.tags], dtype=bool), ids, "tags without a source")


def _within(values: NDArray[np.int8], words: Any) -> NDArray[np.bool_]:
    return (values >= 0) & (values < len(words))


def _rows(mask: NDArray[np.bool_], names: NDArray[np.str_], what: str) -> Iterator[Fault]:
    if mask.any():
        examples = ", ".join(names[mask][:_MOST].tolist())
        yield Fault(f"{what}: {int(mask.sum())}, e.g. {examples}", "network")


def joined_by_land(net: Network, one: int, other: int) -> bool:
    """Whether railways and roads, shut ones too, lead from one node to the other, bridges and tunnels included."""
    ashore = np.array([name not in (*LAYERS_OF["sea"], *LAYERS_OF["air"]) for name in LAYERS])
    keep = ashore[net.arc_layer] & ashore[net.node_layer[net.tail]] & ashore[net.node_layer[net.head]]
    ends = (net.tail[keep], net.head[keep])
    matrix = coo_matrix((np.ones(int(keep.sum())), ends), shape=(net.n_nodes, net.n_nodes))
    _, part = connected_components(matrix, directed=False)
    return bool(part[one] == part[other])
