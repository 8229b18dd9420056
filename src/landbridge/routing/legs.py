"""From a path of arcs to a route that people can read: legs, named stops, countries, a line for the map."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.network import ARC_KINDS, LAYERS, Network
from landbridge.routing.records import Components, Leg, Route, Stop

TRANSFERS: Final = ("terminal", "port", "gauge")


def route_of(network: Network, parts: Components, arcs: NDArray[np.int64], origin: int, destination: int) -> Route:
    """Route along `arcs` (in order, possibly none) from node `origin` to node `destination`."""
    return Route(
        origin=str(network.node_name[origin]),
        destination=str(network.node_name[destination]),
        generalised_usd=float(parts.generalised_usd[arcs].sum()),
        length_km=float(parts.length_km[arcs].sum()),
        time_h=float(parts.time_h[arcs].sum()),
        cost_usd=float(parts.cost_usd[arcs].sum()),
        legs=_legs(network, parts, arcs),
        stops=_stops(network, parts, arcs),
        countries=_countries(network, np.append(network.tail[arcs[:1]], network.head[arcs])),
        arcs=arcs,
        lonlat=polyline(network, arcs, origin),
    )


def _countries(network: Network, nodes: NDArray[np.integer]) -> tuple[str, ...]:
    """Countries in the order they are met; the high seas ("") are left out, repeats in a row too."""
    found: list[str] = []
    for country in network.node_country[nodes]:
        if country and (not found or found[-1] != country):
            found.append(str(country))
    return tuple(found)


def mode_and_gauge(layer: str) -> tuple[str, int | None]:
    """'rail1520' -> ('rail', 1520); other layers have no gauge."""
    rail = re.fullmatch(r"rail(\d+)", layer)
    return ("rail", int(rail.group(1))) if rail else (layer, None)


def _legs(network: Network, parts: Components, arcs: NDArray[np.int64]) -> tuple[Leg, ...]:
    """Arcs in a row of one layer make one leg, its borders and passages included; each run of transfers another."""
    legs: list[Leg] = []
    run: list[int] = []
    key: tuple[str, int | None] = ("", None)
    for arc in arcs:
        kind = ARC_KINDS[network.arc_kind[arc]]
        here = (kind, None) if kind in TRANSFERS else mode_and_gauge(LAYERS[network.arc_layer[arc]])
        if run and here != key:
            legs.append(_leg(network, parts, run, key))
            run = []
        key = here
        run.append(int(arc))
    if run:
        legs.append(_leg(network, parts, run, key))
    return tuple(legs)


def _leg(network: Network, parts: Components, run: Sequence[int], key: tuple[str, int | None]) -> Leg:
    arcs = np.asarray(run)
    return Leg(
        mode=key[0],
        origin=str(network.node_name[network.tail[arcs[0]]]),
        destination=str(network.node_name[network.head[arcs[-1]]]),
        length_km=float(parts.length_km[arcs].sum()),
        time_h=float(parts.time_h[arcs].sum()),
        cost_usd=float(parts.cost_usd[arcs].sum()),
        gauge_mm=key[1],
        countries=_countries(network, np.append(network.tail[arcs[:1]], network.head[arcs])),
    )


def _stops(network: Network, parts: Components, arcs: NDArray[np.int64]) -> tuple[Stop, ...]:
    """Tags met on the way; arcs in a row with one tag make one stop."""
    stops: list[Stop] = []
    last = -1
    for arc in arcs:
        index = int(network.arc_tag[arc])
        if index >= 0:
            tag = network.tags[index]
            time_h, cost_usd = float(parts.time_h[arc]), float(parts.cost_usd[arc])
            if index == last:
                before = stops.pop()
                time_h, cost_usd = time_h + before.time_h, cost_usd + before.cost_usd
            stops.append(Stop(tag.id, tag.name, tag.kind, time_h, cost_usd))
        last = index
    return tuple(stops)


def polyline(network: Network, arcs: NDArray[np.int64], origin: int) -> NDArray[np.float64]:
    """Points of the way, [p, 2] degrees east and north; shapes are turned to run from tail to head."""
    pieces = [np.array([[network.lon[origin], network.lat[origin]]])]
    for arc in arcs:
        end = np.array([[network.lon[network.head[arc]], network.lat[network.head[arc]]]])
        shape = int(network.arc_shape[arc])
        if shape >= 0:
            points = network.shape_lonlat[network.shape_ptr[shape] : network.shape_ptr[shape + 1]].astype(np.float64)
            if len(points) and _nearer(points[-1], points[0], pieces[-1][-1]):
                points = points[::-1]
            pieces.append(points)
        pieces.append(end)
    line: NDArray[np.float64] = np.concatenate(pieces)
    moved = np.append(True, np.any(np.abs(np.diff(line, axis=0)) > 1e-4, axis=1))
    return np.asarray(line[moved])


def _nearer(a: NDArray[np.float64], b: NDArray[np.float64], to: NDArray[np.float64]) -> bool:
    return bool(np.sum((a - to) ** 2) < np.sum((b - to) ** 2))
