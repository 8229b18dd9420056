"""Names in the world: what a scenario's `where` and `via` point at, across network, borders and energy links."""

from __future__ import annotations

from landbridge import network as net
from landbridge.codes import nearest, slug
from landbridge.errors import UnknownName
from landbridge.world.record import World


def in_network(network: net.Network, where: str) -> bool:
    """True where the freight network knows the name (a pipeline is known to energy only)."""
    try:
        net.arcs_at(network, where)
    except UnknownName:
        return False
    return True


def resolve_where(world: World, where: str) -> tuple[str, ...]:
    """Which rooms know the name: 'network', 'crude', 'gas'. UnknownName with the nearest names where none does."""
    found = []
    problem: UnknownName | None = None
    try:
        net.arcs_at(world.network, where)
        found.append("network")
    except UnknownName as error:
        problem = error
    for fuel, market in (("crude", world.crude), ("gas", world.gas)):
        if where in market.arcs.link or market.links(where):
            found.append(fuel)
    if not found:
        links = {*world.crude.arcs.link, *world.gas.arcs.link}
        near = nearest(where, links, count=3)
        assert problem is not None
        fault = problem.faults[0]
        extra = f"; pipelines: {', '.join(near)}" if near else ""
        raise UnknownName(fault.what, fault.where, f"{fault.remedy}{extra}")
    return tuple(found)


def energy_node(world: World, fuel: str, word: str) -> str:
    """Node id of a fuel's market: by id, by name, or the nearest node of the country a place lies in."""
    nodes = (world.crude if fuel == "crude" else world.gas).nodes
    key = slug(word)
    for position, (identity, name) in enumerate(zip(nodes.id, nodes.name)):
        if key in (slug(identity), slug(name)):
            return nodes.id[position]
    try:
        place = net.find_place(world.network, word)
    except UnknownName as error:
        near = nearest(word, [*nodes.id, *nodes.name])
        raise UnknownName(
            f"{word!r} is no {fuel} node and no place", remedy=f"nearest nodes: {', '.join(near)}"
        ) from error
    country = str(world.network.node_country[place])
    lon, lat = float(world.network.lon[place]), float(world.network.lat[place])
    mine = [i for i, iso3 in enumerate(nodes.iso3) if iso3 == country]
    if not mine:
        raise UnknownName(f"{word} lies in {country}, which has no {fuel} node", remedy=f"nodes: {', '.join(nodes.id)}")
    best = min(mine, key=lambda i: net.great_circle_km(lon, lat, float(nodes.lon[i]), float(nodes.lat[i])))
    return nodes.id[best]


def lonlat_of(world: World, word: str, fuel: str = "") -> tuple[float, float]:
    """Where a place, or an energy node of that name, lies."""
    if fuel:
        nodes = (world.crude if fuel == "crude" else world.gas).nodes
        for identity, name, lon, lat in zip(nodes.id, nodes.name, nodes.lon, nodes.lat):
            if slug(word) in (slug(identity), slug(name)):
                return float(lon), float(lat)
    place = net.find_place(world.network, word)
    return float(world.network.lon[place]), float(world.network.lat[place])
