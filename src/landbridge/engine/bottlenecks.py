"""Bottlenecks as rows: places that are full in one direction, and what room there is worth, on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from landbridge.assignment import Rents
from landbridge.codes import name_of
from landbridge.engine.offers import Places
from landbridge.engine.state import FreightRegime, State
from landbridge.network import ARC_KINDS, LAYERS, Network


def rows(network: Network, places: Places, before: Rents, after: Rents) -> list[Mapping[str, Any]]:
    """One row for each place, direction and unit with a rent before or after; capacities are those after."""
    out: list[Mapping[str, Any]] = []
    rooms = places.capacity(network)
    for per, room, old, new, base_load, load in (
        ("TEU", rooms[0], before.usd_teu, after.usd_teu, before.teu, after.teu),
        ("t", rooms[1], before.usd_t, after.usd_t, before.tonnes, after.tonnes),
    ):
        for p in np.flatnonzero((old > 0) | (new > 0)):
            arc = places.arc[p]
            tag = network.tags[network.arc_tag[arc]] if network.arc_tag[arc] >= 0 else None
            out.append(
                {
                    "place": tag.id if tag else str(network.node_id[network.tail[arc]]),
                    "name": tag.name if tag else "",
                    "kind": tag.kind if tag else "crossing",
                    "leaving": _direction(network, int(arc)),
                    "per": per,
                    "capacity": room[p],
                    "base_load": base_load[p],
                    "load": load[p],
                    "base_rent_usd": old[p],
                    "rent_usd": new[p],
                }
            )
    return out


def _direction(network: Network, arc: int) -> str:
    """Which way an arc goes in words: out of a country, into or out of a port, or a point of the compass."""
    tail, head = int(network.tail[arc]), int(network.head[arc])
    countries = [str(network.node_country[node]) for node in (tail, head)]
    if all(countries) and countries[0] != countries[1]:
        return f"out of {name_of(countries[0])}"
    kind = ARC_KINDS[network.arc_kind[arc]]
    if kind in ("port", "terminal"):
        return "out" if network.node_layer[tail] == LAYERS.index("city") else "in"
    north = float(network.lat[head] - network.lat[tail])
    east = (float(network.lon[head] - network.lon[tail]) + 180.0) % 360.0 - 180.0
    if abs(north) >= abs(east) * np.cos(np.radians(network.lat[tail])):
        return "northbound" if north > 0 else "southbound"
    return "eastbound" if east > 0 else "westbound"


def of_run(before: State, after: State) -> list[Mapping[str, Any]]:
    """Rows of every regime of a scenario, with what is shut in it and its share of the year or of the traffic.

    The largest sums first: rent times load, times the share.
    """
    base = _open(before)
    out: list[Mapping[str, Any]] = []
    for f in after.freight:
        if base is None or base.rents is None or f.rents is None:
            continue
        out += [
            {
                **row,
                "shut": " ".join(f.regime.shut),
                "share": f.regime.weight,
                "earned_musd": f.regime.weight * row["rent_usd"] * row["load"] / 1e6,
            }
            for row in rows(f.network, f.places, base.rents, f.rents)
        ]
    return sorted(out, key=lambda row: -row["earned_musd"])


def _open(state: State) -> FreightRegime | None:
    """The regime of the status quo in which all is open that its world leaves open."""
    return state.freight[-1] if state.freight else None
