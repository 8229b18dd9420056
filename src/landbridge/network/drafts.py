"""A draft of additions to a Network: nodes, arcs and tags are gathered, then joined to its arrays at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from landbridge.errors import BadInput
from landbridge.network.records import ARC_KINDS, LAYERS, NODE_KINDS, Network, Tag
from landbridge.network.sphere import great_circle_km

_ASSUMED: Final = 2


@dataclass(frozen=True, slots=True)
class NewNode:
    """A node to add; `id` is "place@layer"."""

    id: str
    name: str
    country: str
    kind: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class NewArc:
    """A directed arc to add; its figures are assumed."""

    tail: int
    head: int
    layer: str
    kind: str
    length_km: float
    time_h: float
    cost_usd_teu: float
    cost_usd_t: float
    capacity_teu_yr: float = float("nan")
    capacity_t_yr: float = float("nan")
    tag: int = -1


class Draft:
    """Gathers additions; node and tag numbers already count from the end of the network's own."""

    def __init__(self, net: Network) -> None:
        self.net = net
        self._number = {str(n): k for k, n in enumerate(net.node_id.tolist())}
        self._nodes: list[NewNode] = []
        self._arcs: list[NewArc] = []
        self._pairs: set[tuple[int, int]] = set()
        self._tags: list[Tag] = []

    def find(self, node_id: str) -> int | None:
        """Number of a node that is there or in the draft."""
        return self._number.get(node_id)

    def node(self, new: NewNode) -> int:
        """Number of the node, added where it is absent."""
        if new.id not in self._number:
            self._number[new.id] = self.net.n_nodes + len(self._nodes)
            self._nodes.append(new)
        return self._number[new.id]

    def tag(self, new: Tag) -> int:
        """Number of a new tag. BadInput where the id is taken."""
        if self.has_tag(new.id):
            raise BadInput(f"the name {new.id!r} is taken in the network", "build", "give the project another name")
        self._tags.append(new)
        return len(self.net.tags) + len(self._tags) - 1

    def has_tag(self, tag_id: str) -> bool:
        """Whether a tag of that id is there or in the draft."""
        return any(t.id == tag_id for t in (*self.net.tags, *self._tags))

    def both_ways(self, arc: NewArc) -> None:
        """Add the arc and its mirror image."""
        self._arcs += [arc, replace(arc, tail=arc.head, head=arc.tail)]
        self._pairs |= {(arc.tail, arc.head), (arc.head, arc.tail)}

    def has_arc(self, a: int, b: int) -> bool:
        """Whether the draft has an arc from a to b."""
        return (a, b) in self._pairs

    def lonlat(self, node: int) -> tuple[float, float]:
        """Where a node lies."""
        if node < self.net.n_nodes:
            return float(self.net.lon[node]), float(self.net.lat[node])
        new = self._nodes[node - self.net.n_nodes]
        return new.lon, new.lat

    def country(self, node: int) -> str:
        """ISO3 of a node, "" on the high seas."""
        return str(self.net.node_country[node]) if node < self.net.n_nodes else self._new(node).country

    def name(self, node: int) -> str:
        """Readable name of a node."""
        return str(self.net.node_name[node]) if node < self.net.n_nodes else self._new(node).name

    def place(self, node: int) -> str:
        """Place id of a node."""
        whole = str(self.net.node_id[node]) if node < self.net.n_nodes else self._new(node).id
        return whole.rpartition("@")[0]

    def apart(self, a: int, b: int) -> float:
        """Great-circle km between two nodes."""
        return float(great_circle_km(*self.lonlat(a), *self.lonlat(b)))

    def network(self) -> Network:
        """The network with everything in the draft; the old numbers of nodes, arcs and tags stay."""
        net, nodes, arcs = self.net, self._nodes, self._arcs
        size = len(arcs)
        return replace(
            net,
            node_id=np.append(net.node_id, [n.id for n in nodes]).astype(np.str_),
            node_name=np.append(net.node_name, [n.name for n in nodes]).astype(np.str_),
            node_country=np.append(net.node_country, [n.country for n in nodes]).astype(np.str_),
            node_kind=np.append(net.node_kind, [NODE_KINDS.index(n.kind) for n in nodes]).astype(np.int8),
            node_layer=np.append(net.node_layer, [_layer(n) for n in nodes]).astype(np.int8),
            lon=np.append(net.lon, [n.lon for n in nodes]),
            lat=np.append(net.lat, [n.lat for n in nodes]),
            population=np.append(net.population, np.zeros(len(nodes))),
            tail=np.append(net.tail, [a.tail for a in arcs]).astype(np.int32),
            head=np.append(net.head, [a.head for a in arcs]).astype(np.int32),
            arc_layer=np.append(net.arc_layer, [LAYERS.index(a.layer) for a in arcs]).astype(np.int8),
            arc_kind=np.append(net.arc_kind, [ARC_KINDS.index(a.kind) for a in arcs]).astype(np.int8),
            length_km=np.append(net.length_km, [a.length_km for a in arcs]),
            time_h=np.append(net.time_h, [a.time_h for a in arcs]),
            cost_usd_teu=np.append(net.cost_usd_teu, [a.cost_usd_teu for a in arcs]),
            cost_usd_t=np.append(net.cost_usd_t, [a.cost_usd_t for a in arcs]),
            capacity_teu_yr=np.append(net.capacity_teu_yr, [a.capacity_teu_yr for a in arcs]),
            capacity_t_yr=np.append(net.capacity_t_yr, [a.capacity_t_yr for a in arcs]),
            arc_tag=np.append(net.arc_tag, [a.tag for a in arcs]).astype(np.int32),
            arc_shape=np.append(net.arc_shape, np.full(size, -1)).astype(np.int32),
            basis=np.append(net.basis, np.full(size, _ASSUMED)).astype(np.int8),
            closed=np.append(net.closed, np.zeros(size)).astype(np.bool_),
            tags=(*net.tags, *self._tags),
        )

    def _new(self, node: int) -> NewNode:
        return self._nodes[node - self.net.n_nodes]


def _layer(node: NewNode) -> int:
    return LAYERS.index(node.id.rpartition("@")[2])
