"""Corridors: named chains of way points (data/corridors.csv), as the arcs of the quickest way along them."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge import network as net
from landbridge import routing, tables
from landbridge.codes import slug
from landbridge.errors import UnknownName
from landbridge.network import LAYERS_OF, Network
from landbridge.world.places import in_network
from landbridge.world.record import World

_QUICKEST: Final = 1e3  # USD an hour: high enough that time alone decides


def corridor_arcs(network: Network, name: str) -> NDArray[np.int64] | None:
    """Arcs of a corridor in both directions, ascending, by id or name; None where no corridor is called that.

    UnknownName where its way points are not joined (a line was taken away).
    """
    table = tables.shipped("corridors")
    known = [row for row in table.to_dict("records") if slug(name) in (row["id"], slug(str(row["name"])))]
    if not known:
        return None
    row = known[0]
    stretches = list(itertools.pairwise(str(row["via"]).split(";")))
    modes = str(row["by"]).split(";")
    arcs: list[NDArray[np.int64]] = []
    for (a, b), mode in zip(stretches, modes if len(modes) > 1 else modes * len(stretches), strict=True):
        cls = routing.TrafficClass(name=mode, unit="teu", value_of_time_usd_h=_QUICKEST, layers=LAYERS_OF[mode])
        ways = routing.routes(network, cls, net.find_place(network, a), net.find_place(network, b))
        if not ways:
            raise UnknownName(f"corridor {row['id']!r} is cut between {a} and {b}", remedy="name its parts instead")
        arcs.append(ways[0].arcs)
    return _both_ways(network, np.concatenate(arcs))


def _both_ways(network: Network, arcs: NDArray[np.int64]) -> NDArray[np.int64]:
    """The arcs and those that run between the same nodes the other way."""
    forward = network.tail.astype(np.int64) * network.n_nodes + network.head
    back = network.head.astype(np.int64) * network.n_nodes + network.tail
    ends = np.concatenate([forward[arcs], back[arcs]])
    return np.flatnonzero(np.isin(forward, ends))


def arcs_meant(world: World, where: str) -> NDArray[np.int64]:
    """Arcs of a corridor, of all members of an "@GROUP" (their borders and ports), or of what `net.arcs_at` knows."""
    if where.startswith("@"):
        return _group_arcs(world, where[1:])
    found = corridor_arcs(world.network, where)
    return net.arcs_at(world.network, where) if found is None else found


def _group_arcs(world: World, group: str) -> NDArray[np.int64]:
    """Border and port arcs of the members; those that have none in the atlas (islands without a port) add none."""
    members = sorted(world.rules.on(world.date).members(group))
    return net.arcs_at(world.network, [iso3 for iso3 in members if in_network(world.network, iso3)])
