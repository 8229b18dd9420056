"""Names in the world: what a scenario's `where` and `via` point at, across network, borders and energy links."""

from __future__ import annotations

from landbridge import network as net
from landbridge.codes import nearest, nearest_hint, slug
from landbridge.energy.data import table as energy_table
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
    """Node id of a fuel's market: by id or name, by a field or port, by part of its id (yamal for rus-yamal), or the
    nearest node of the country that a place lies in. UnknownName names what would have done."""
    nodes = (world.crude if fuel == "crude" else world.gas).nodes
    named = _named_node(world, fuel, word)
    if named:
        return named
    try:
        place = net.find_place(world.network, word)
    except UnknownName as error:
        near_nodes = nearest_hint(word, [*nodes.id, *nodes.name], f"nodes: {', '.join(nodes.id[:6])} ...")
        raise UnknownName(f"{word!r} is no {fuel} node and no place", remedy=near_nodes) from error
    country = str(world.network.node_country[place])
    lon, lat = float(world.network.lon[place]), float(world.network.lat[place])
    mine = [i for i, iso3 in enumerate(nodes.iso3) if iso3 == country]
    if not mine:
        near = nearest(word, [*nodes.id, *nodes.name])
        raise UnknownName(
            f"{word} lies in {country}, which has no {fuel} node", remedy=f"nodes: {', '.join(near or nodes.id)}"
        )
    best = min(mine, key=lambda i: net.great_circle_km(lon, lat, float(nodes.lon[i]), float(nodes.lat[i])))
    return nodes.id[best]


def _named_node(world: World, fuel: str, word: str) -> str:
    """The node that a word names: its id or name whole, a port or terminal of it, or a part of its id; '' if none.

    A part counts where it is no name of a network place and points at producers or buyers alone: of rus-yamal and
    rus-yamal-lng, yamal means the first.
    """
    market = world.crude if fuel == "crude" else world.gas
    nodes, key = market.nodes, slug(word)
    for identity, name in zip(nodes.id, nodes.name):
        if key in (slug(identity), slug(name)):
            return identity
    for row in energy_table("fields"):
        if row["fuel"] == fuel and row["field"] == key:
            return row["node"]
    arcs = market.arcs
    for ends, places in ((arcs.tail, arcs.load_place), (arcs.head, arcs.discharge_place)):
        for node, place in zip(ends, places):
            if place and key == place:
                return nodes.id[int(node)]
    acts = {*market.supply.node.tolist(), *market.demand.node.tolist()}
    parts = [identity for n, identity in enumerate(nodes.id) if n in acts and key in (identity, *_tails(identity))]
    return min(parts, key=len) if parts else ""


def _tails(identity: str) -> list[str]:
    """rus-west-siberia -> west-siberia, siberia."""
    words = identity.split("-")
    return ["-".join(words[k:]) for k in range(1, len(words))]


def lonlat_of(world: World, word: str, fuel: str = "") -> tuple[float, float]:
    """Where an energy node of that name, or a place, lies."""
    if fuel:
        for row in energy_table("fields"):
            if row["fuel"] == fuel and row["field"] == slug(word):
                return float(row["lon"]), float(row["lat"])
        market = world.crude if fuel == "crude" else world.gas
        node = _named_node(world, fuel, word)
        if node:
            n = market.nodes.id.index(node)
            return float(market.nodes.lon[n]), float(market.nodes.lat[n])
    place = net.find_place(world.network, word)
    return float(world.network.lon[place]), float(world.network.lat[place])
