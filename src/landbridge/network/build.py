"""Build lines and ports: pure functions that return a Network with new nodes, arcs and tags.

Figures of new arcs, where the caller gives none (all assumed, in DEFAULTS): the running speed, USD per TEU-km and USD
per t-km of the kind, a detour of 1.2 over the great circle, terminals at 12 h and 80 USD per TEU, borders at 24 h by
rail and 10 h by road, a break of gauge at 24 h and 200 USD per TEU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.codes import GAUGES_MM
from landbridge.errors import BadInput, Fault, UnknownName
from landbridge.network.drafts import Draft, NewArc, NewNode
from landbridge.network.edit import capacity_known, improve, reopen
from landbridge.network.names import find_place, fold, tags_named
from landbridge.network.records import ARC_KINDS, LAYERS, Network, Tag
from landbridge.network.sphere import great_circle_km, midpoint
from landbridge.units import KM_PER_NM


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a new arc of a kind gets: speeds in km/h, money per km, hours and money at its ends."""

    speed_kmh: float
    cost_usd_teu_km: float
    cost_usd_t_km: float
    detour: float
    terminal_h: float
    terminal_usd_teu: float
    terminal_usd_t: float
    border_h: float
    border_usd_teu: float


DEFAULTS: Final = {
    # rail: METHODS 1, 42-54 km/h and .47/.23 USD per TEU-km (Reed and Trubetskoy 2019: new lines are high-capacity)
    "rail": Defaults(50.0, 0.23, 0.019, 1.2, 12.0, 80.0, 6.0, 24.0, 100.0),
    # road: divided roads .63 USD per TEU-km (same source), 60 km/h of 50-80; border CAREC 2022 about 10 h, 208 USD
    "road": Defaults(60.0, 0.63, 0.053, 1.2, 1.0, 10.0, 1.0, 10.0, 208.0),
    # sea: 16 kn, .045 USD per TEU-km; ends are ports, which bring their own hours
    "sea": Defaults(16.0 * KM_PER_NM, 0.045, 0.0011, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
}
GAUGE_HOURS: Final = 24.0
GAUGE_USD_TEU: Final = 200.0
GAUGE_USD_T: Final = 10.0
PORT_HOURS: Final = 48.0
PORT_USD_TEU: Final = 250.0
PORT_USD_T: Final = 4.0
PORT_REACH_KM: Final = 500.0  # a new port is joined to the nearest sea node within this
CROSSING_DETOUR: Final = 1.25  # a named crossing is used where it makes the section no longer than this
SOURCE: Final = "built by the scenario"


def build_line(
    net: Network,
    kind: str = "rail",
    via: Sequence[str] = (),
    *,
    project: str = "",
    gauge_mm: int | None = None,
    speed_kmh: float | None = None,
    length_km: float | None = None,
    capacity_teu_yr: float | None = None,
    capacity_t_yr: float | None = None,
    cost_usd_teu_km: float | None = None,
    cost_usd_t_km: float | None = None,
    border_h: float | None = None,
    border_usd_teu: float | None = None,
    source: str = SOURCE,
) -> Network:
    """A railway, road or sea lane through the places of `via`, in both directions, tagged with the project.

    `length_km` is the whole line's; sections share it by great circle. The layer's nodes and the terminals to the city
    are added where absent; a place that already has railways of other gauges gets a break-of-gauge arc to each. Between
    countries the line uses the nearest named crossing of its layer as it is (a shut one stays shut), or gets one
    halfway. A `via` of a sea lane is a port. Gauge: 1435 mm unless given. A project that the atlas holds as shut arcs
    is opened as it lies there, with the crossings that are its own; a capacity given here goes on its lines.
    BadInput lists every fault; UnknownName for places.
    """
    nodes = _places(net, kind, via, gauge_mm, (speed_kmh, length_km, capacity_teu_yr, capacity_t_yr))
    usual = DEFAULTS[kind]
    layer = f"rail{gauge_mm or 1435}" if kind == "rail" else kind
    name = project or "-".join(fold(v) for v in (via[0], via[-1]))
    waiting = _waiting(net, fold(name), (capacity_teu_yr, capacity_t_yr))
    if waiting is not None:
        return waiting
    draft = Draft(net)
    tag = draft.tag(Tag(fold(name), name, "project", _countries(net, nodes), source))
    straight = [_apart(net, a, b) for a, b in pairwise(nodes)]
    total = length_km if length_km is not None else sum(straight) * usual.detour
    stretch = total / max(sum(straight), 1e-9)
    section = _Section(
        layer,
        usual,
        speed_kmh or usual.speed_kmh,
        usual.cost_usd_teu_km if cost_usd_teu_km is None else cost_usd_teu_km,
        usual.cost_usd_t_km if cost_usd_t_km is None else cost_usd_t_km,
        np.nan if capacity_teu_yr is None else capacity_teu_yr,
        np.nan if capacity_t_yr is None else capacity_t_yr,
        usual.border_h if border_h is None else border_h,
        usual.border_usd_teu if border_usd_teu is None else border_usd_teu,
        tag,
        fold(name),
    )
    stops = [_stop(draft, node, section) for node in nodes]
    for (a, b), km in zip(pairwise(stops), straight):
        if km > 0:
            _section(draft, a, b, km * stretch, section)
    return draft.network()


def build_port(
    net: Network,
    at: str,
    *,
    capacity_teu_yr: float | None = None,
    capacity_t_yr: float | None = None,
    time_h: float | None = None,
    cost_usd_teu: float | None = None,
    max_draught_m: float = float("nan"),
) -> Network:
    """Open or enlarge the port of that name, or build one at the place: sea node, port arcs, a lane to the network.

    An existing port is opened, its capacity (where known) grows by what is given, hours and dues are set where given.
    """
    named = [t for t in tags_named(net, at) if t.kind == "port"]
    if named:
        return _enlarge(net, named[0], capacity_teu_yr, capacity_t_yr, time_h, cost_usd_teu)
    node = find_place(net, at)
    sea = open_sea(net)
    if len(sea) == 0:
        raise BadInput("the network has no sea lanes to join a port to", "build")
    km = great_circle_km(net.lon[node], net.lat[node], net.lon[sea], net.lat[sea])
    near = int(np.argmin(km))
    if km[near] > PORT_REACH_KM:
        raise BadInput(f"{at} lies {km[near]:.0f} km from the nearest sea lane", "build", "a port needs the sea")
    draft = Draft(net)
    place = str(net.node_id[node]).rpartition("@")[0]
    country = str(net.node_country[node])
    tag = draft.tag(Tag(f"{place}-new-port", str(net.node_name[node]), "port", (country,), SOURCE, max_draught_m))
    quay = draft.node(_at_place(net, node, "sea", "port"))
    draft.both_ways(
        NewArc(
            node,
            quay,
            "sea",
            "port",
            0.0,
            PORT_HOURS if time_h is None else time_h,
            PORT_USD_TEU if cost_usd_teu is None else cost_usd_teu,
            PORT_USD_T,
            np.nan if capacity_teu_yr is None else capacity_teu_yr,
            np.nan if capacity_t_yr is None else capacity_t_yr,
            tag,
        )
    )
    usual, length = DEFAULTS["sea"], float(km[near])
    cost = (length * usual.cost_usd_teu_km, length * usual.cost_usd_t_km)
    draft.both_ways(NewArc(quay, int(sea[near]), "sea", "line", length, length / usual.speed_kmh, *cost))
    return draft.network()


@dataclass(frozen=True, slots=True)
class _Section:
    layer: str
    usual: Defaults
    speed_kmh: float
    usd_teu_km: float
    usd_t_km: float
    capacity_teu_yr: float
    capacity_t_yr: float
    border_h: float
    border_usd_teu: float
    tag: int
    project: str  # id of the tag


def _places(
    net: Network, kind: str, via: Sequence[str], gauge_mm: int | None, figures: tuple[float | None, ...]
) -> list[int]:
    """City-layer nodes of the way points; every fault at once."""
    faults: list[Fault] = []
    if kind not in DEFAULTS:
        faults.append(Fault(f"unknown kind of line {kind!r}", "build", f"allowed: {', '.join(DEFAULTS)}"))
    if len(via) < 2:
        faults.append(Fault("a line needs two places or more in `via`", "build", 'via = ["kashgar", "osh"]'))
    if gauge_mm is not None and gauge_mm not in GAUGES_MM:
        faults.append(
            Fault(f"gauge_mm = {gauge_mm} is not known", "build", f"allowed: {', '.join(map(str, GAUGES_MM))}")
        )
    for name, value in zip(("speed_kmh", "length_km", "capacity_teu_yr", "capacity_t_yr"), figures):
        if value is not None and not (np.isfinite(value) and value > 0):
            faults.append(Fault(f"{name} = {value:g} is not a figure above 0", "build"))
    nodes, unknown = [], 0
    for word in via:
        try:
            nodes.append(find_place(net, word))
        except UnknownName as error:
            unknown += 1
            faults += error.faults
    if faults:
        raise UnknownName(faults) if unknown == len(faults) else BadInput(faults)
    return nodes


def _waiting(net: Network, project: str, room: tuple[float | None, float | None]) -> Network | None:
    """The network with the project open, where its arcs already lie in the atlas, shut; None where it is not there."""
    known = [k for k, t in enumerate(net.tags) if t.id == project and t.kind == "project"]
    if not known:
        return None
    ours = net.arc_tag == known[0]
    if not net.closed[ours].all():
        raise BadInput(f"project {project!r} is open already", "build", "use `improve` to change it")
    own = [k for k, t in enumerate(net.tags) if t.source == crossing_source(project)]
    lines = ours & (net.arc_kind == ARC_KINDS.index("line"))
    teu, tonnes = room
    return replace(
        net,
        closed=net.closed & ~(ours | np.isin(net.arc_tag, own)),
        capacity_teu_yr=net.capacity_teu_yr if teu is None else np.where(lines, teu, net.capacity_teu_yr),
        capacity_t_yr=net.capacity_t_yr if tonnes is None else np.where(lines, tonnes, net.capacity_t_yr),
    )


def crossing_source(project: str) -> str:
    """Source of the crossings that a project brings with it: they open and close with the project."""
    return f"crossing of the project {project}"


def _countries(net: Network, nodes: Sequence[int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(net.node_country[k]) for k in nodes))


def _apart(net: Network, a: int, b: int) -> float:
    return float(great_circle_km(net.lon[a], net.lat[a], net.lon[b], net.lat[b]))


def _at_place(net: Network, city: int, layer: str, kind: str) -> NewNode:
    place = str(net.node_id[city]).rpartition("@")[0]
    name, country = str(net.node_name[city]), str(net.node_country[city])
    return NewNode(f"{place}@{layer}", name, country, kind, float(net.lon[city]), float(net.lat[city]))


def _stop(draft: Draft, city: int, section: _Section) -> int:
    """The place's node in the line's layer, with its terminal and breaks of gauge where they are absent."""
    net, usual = draft.net, section.usual
    new = _at_place(net, city, section.layer, "port" if section.layer == "sea" else "city")
    node = draft.node(new)
    if section.layer == "sea":
        if not _joined(draft, city, node):
            port = (PORT_HOURS, PORT_USD_TEU, PORT_USD_T)
            draft.both_ways(NewArc(city, node, "sea", "port", 0.0, *port, tag=section.tag))
        if node not in open_sea(net):  # new, or of a project that the atlas holds shut
            _approach(draft, node, section)
    elif not _joined(draft, city, node):
        ends = (usual.terminal_h, usual.terminal_usd_teu, usual.terminal_usd_t)
        draft.both_ways(NewArc(city, node, section.layer, "terminal", 0.0, *ends, tag=section.tag))
    if section.layer.startswith("rail"):
        for gauge in GAUGES_MM:
            other = draft.find(f"{new.id.rpartition('@')[0]}@rail{gauge}")
            if other is not None and other != node and not _joined(draft, other, node):
                change = (GAUGE_HOURS, GAUGE_USD_TEU, GAUGE_USD_T)
                draft.both_ways(NewArc(other, node, section.layer, "gauge", 0.0, *change, tag=section.tag))
    return node


def _approach(draft: Draft, node: int, section: _Section) -> None:
    """A lane from the mouth of a canal to the nearest sea node, where there is one within PORT_REACH_KM."""
    net = draft.net
    sea = open_sea(net)
    lon, lat = draft.lonlat(node)
    km = great_circle_km(lon, lat, net.lon[sea], net.lat[sea])
    if len(sea) and km.min() <= PORT_REACH_KM:
        _line(draft, node, int(sea[int(np.argmin(km))]), float(km.min()), section)


def open_sea(net: Network) -> NDArray[np.int64]:
    """Nodes that ships reach: ends of sea lanes that are not shut."""
    lanes = (net.arc_layer == LAYERS.index("sea")) & (net.arc_kind == ARC_KINDS.index("line")) & ~net.closed
    return np.unique(np.append(net.tail[lanes], net.head[lanes])).astype(np.int64)


def _joined(draft: Draft, a: int, b: int) -> bool:
    net = draft.net
    if a >= net.n_nodes or b >= net.n_nodes:
        return draft.has_arc(a, b)
    return bool(np.any((net.tail == a) & (net.head == b) & ~net.closed)) or draft.has_arc(a, b)


def _section(draft: Draft, a: int, b: int, km: float, section: _Section) -> None:
    """The line from a to b; between countries by a crossing, named or new."""
    one, other = draft.country(a), draft.country(b)
    if section.layer == "sea" or one == other or "" in (one, other):
        _line(draft, a, b, km, section)
        return
    crossing = _crossing(draft, a, b, section.layer)
    if crossing is None:
        crossing = _new_crossing(draft, a, b, section)
    leave, enter = crossing
    first, second = draft.apart(a, leave), draft.apart(enter, b)
    whole = max(first + second, 1e-9)
    for tail, head, part in ((a, leave, first), (enter, b, second)):
        if tail != head:
            _line(draft, tail, head, km * part / whole, section)


def _line(draft: Draft, a: int, b: int, km: float, section: _Section) -> None:
    cost = (km * section.usd_teu_km, km * section.usd_t_km)
    room = (section.capacity_teu_yr, section.capacity_t_yr)
    draft.both_ways(NewArc(a, b, section.layer, "line", km, km / section.speed_kmh, *cost, *room, tag=section.tag))


def _crossing(draft: Draft, a: int, b: int, layer: str) -> tuple[int, int] | None:
    """Ends of the border arc of this layer between the two countries that costs the least detour, if it is small."""
    net = draft.net
    border = (net.arc_kind == ARC_KINDS.index("border")) & (net.arc_layer == LAYERS.index(layer))
    one, other = draft.country(a), draft.country(b)
    ends = net.node_layer == LAYERS.index(layer)
    ours = border & ends[net.tail] & ends[net.head]
    of_projects = [k for k, t in enumerate(net.tags) if t.source.startswith(crossing_source(""))]
    ours &= ~(np.isin(net.arc_tag, of_projects) & net.closed)  # those open with their own project alone
    arcs = np.flatnonzero(ours & (net.node_country[net.tail] == one) & (net.node_country[net.head] == other))
    back = {(int(net.head[k]), int(net.tail[k])) for k in np.flatnonzero(ours & (net.node_country[net.tail] == other))}
    arcs = np.array([k for k in arcs.tolist() if (int(net.tail[k]), int(net.head[k])) in back], dtype=np.int64)
    if len(arcs) == 0:
        return None
    detour = [draft.apart(a, int(net.tail[k])) + draft.apart(int(net.head[k]), b) for k in arcs]
    best = int(np.argmin(detour))
    if detour[best] > CROSSING_DETOUR * draft.apart(a, b) + 20.0:
        return None
    return int(net.tail[arcs[best]]), int(net.head[arcs[best]])


def _new_crossing(draft: Draft, a: int, b: int, section: _Section) -> tuple[int, int]:
    """Exit and entry halfway, joined by a border arc with the kind's hours and fee."""
    here = midpoint(*draft.lonlat(a), *draft.lonlat(b))
    one, other = draft.country(a), draft.country(b)
    base = f"{draft.place(a)}-{draft.place(b)}"
    name = f"{draft.name(a)} - {draft.name(b)}"
    crossing = f"{base}-{section.layer}-border"
    if draft.has_tag(crossing):  # of a project that lies in the atlas, shut
        base = f"{base}-{section.project}"
        crossing = f"{base}-{section.layer}-border"
    tag = draft.tag(Tag(crossing, name, "crossing", (one, other), crossing_source(section.project)))
    leave = draft.node(NewNode(f"{base}-{one.lower()}@{section.layer}", name, one, "crossing", *here))
    enter = draft.node(NewNode(f"{base}-{other.lower()}@{section.layer}", name, other, "crossing", *here))
    fee = section.border_usd_teu
    draft.both_ways(NewArc(leave, enter, section.layer, "border", 0.0, section.border_h, fee, fee / 12.0, tag=tag))
    return leave, enter


def _enlarge(
    net: Network,
    tag: Tag,
    capacity_teu_yr: float | None,
    capacity_t_yr: float | None,
    time_h: float | None,
    cost_usd_teu: float | None,
) -> Network:
    net = reopen(net, tag.id)
    if time_h is not None or cost_usd_teu is not None:
        net = improve(net, tag.id, time_h=time_h, cost_usd_teu=cost_usd_teu)
    if capacity_known(net, tag.id) == 0.0:
        return net  # an unknown capacity never binds: more of it is still unknown
    return _more_room(net, tag, capacity_teu_yr or 0.0, capacity_t_yr or 0.0)


def _more_room(net: Network, tag: Tag, teu: float, tonnes: float) -> Network:
    arcs = net.arc_tag == [t.id for t in net.tags].index(tag.id)
    return replace(
        net,
        capacity_teu_yr=net.capacity_teu_yr + np.where(arcs, teu, 0.0),
        capacity_t_yr=net.capacity_t_yr + np.where(arcs, tonnes, 0.0),
    )
