"""Joins the parts into one Network, nodes and arcs in a fixed order, so that a rebuild gives the same bytes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from landbridge.network import ARC_KINDS, LAYERS, NODE_KINDS, Network, check
from tools.atlas.part import BASES, Part, arcs_frame, faults, merge, nodes_frame


def city_part(cities: pd.DataFrame) -> Part:
    """One node a city in layer `city`."""
    rows = [{**r, "layer": "city", "kind": "city"} for r in cities.to_dict("records")]
    return Part(nodes_frame(rows), arcs_frame([]))


def network_of(parts: list[Part]) -> Network:
    """The Network of all parts; ValueError with every fault where a part is broken."""
    whole = merge(parts)
    wrong = faults(whole)
    if wrong:
        raise ValueError("the parts do not fit together:\n  " + "\n  ".join(wrong))
    layer = {name: k for k, name in enumerate(LAYERS)}
    kind = {name: k for k, name in enumerate(NODE_KINDS)}
    arc_kind = {name: k for k, name in enumerate(ARC_KINDS)}
    nodes = whole.nodes.assign(id=whole.nodes["place"] + "@" + whole.nodes["layer"])
    nodes["rank"] = nodes["layer"].map(layer)
    nodes = nodes.sort_values(["rank", "place"], kind="stable").reset_index(drop=True)
    number = {n: k for k, n in enumerate(nodes["id"])}
    tags = tuple(sorted(whole.tags, key=lambda t: (t.kind, t.id)))
    tag_number = {t.id: k for k, t in enumerate(tags)} | {"": -1}
    arcs = whole.arcs.assign(t=whole.arcs["tail"].map(number), h=whole.arcs["head"].map(number))
    arcs = arcs.sort_values(["t", "h", "kind", "length_km", "tag"], kind="stable").reset_index(drop=True)
    arc_shape, ptr, points = _shapes(arcs)
    net = Network(
        node_id=nodes["id"].to_numpy(dtype=str),
        node_name=nodes["name"].to_numpy(dtype=str),
        node_country=nodes["country"].to_numpy(dtype=str),
        node_kind=nodes["kind"].map(kind).to_numpy(np.int8),
        node_layer=nodes["rank"].to_numpy(np.int8),
        lon=_round(nodes["lon"], 4),
        lat=_round(nodes["lat"], 4),
        population=nodes["population"].to_numpy(float),
        tail=arcs["t"].to_numpy(np.int32),
        head=arcs["h"].to_numpy(np.int32),
        arc_layer=arcs["layer"].map(layer).to_numpy(np.int8),
        arc_kind=arcs["kind"].map(arc_kind).to_numpy(np.int8),
        length_km=_round(arcs["length_km"], 3),
        time_h=_round(arcs["time_h"], 4),
        cost_usd_teu=_round(arcs["cost_usd_teu"], 3),
        cost_usd_t=_round(arcs["cost_usd_t"], 4),
        capacity_teu_yr=arcs["capacity_teu_yr"].to_numpy(float),
        capacity_t_yr=arcs["capacity_t_yr"].to_numpy(float),
        arc_tag=arcs["tag"].map(tag_number).to_numpy(np.int32),
        arc_shape=arc_shape,
        basis=arcs["basis"].map({b: k for k, b in enumerate(BASES)}).to_numpy(np.int8),
        closed=arcs["closed"].to_numpy(bool),
        tags=tags,
        shape_ptr=ptr,
        shape_lonlat=points,
    )
    wrong_net = check(net)
    if wrong_net:
        raise ValueError("the network is broken:\n  " + "\n  ".join(map(str, wrong_net[:20])))
    return net


def _round(column: pd.Series, digits: int) -> np.ndarray:
    return np.round(column.to_numpy(float), digits).astype(np.float32).astype(np.float64)


def _shapes(arcs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Index [m] into the polylines, their pointers [s+1] and points [p, 2]; equal polylines are stored once."""
    index: dict[tuple[tuple[float, float], ...], int] = {}
    of_arc = np.full(len(arcs), -1, dtype=np.int32)
    for k, shape in enumerate(arcs["shape"]):
        if shape is not None:
            key = tuple((round(float(x), 4), round(float(y), 4)) for x, y in shape)
            of_arc[k] = index.setdefault(key, len(index))
    lengths = [len(key) for key in index]
    points = np.array([p for key in index for p in key], dtype=np.float32).reshape(-1, 2)
    return of_arc, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), points
