"""route: the way from one place to another under the rules of a day, or what stands in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from landbridge import network as net
from landbridge import routing
from landbridge.codes import SUBNATIONAL, slug
from landbridge.engine import classes, goods, route_text
from landbridge.engine.route_parts import HoursPart, Way, different, hours_parts
from landbridge.errors import BadInput, Fault, UnknownName
from landbridge.network import Network
from landbridge.routing import Route, TrafficClass
from landbridge.rules import ActiveRules, Rule, compile_network, territory_at
from landbridge.world import World, in_network

FIRST_YEAR, LAST_YEAR = 2000, 2050  # the rule book is kept for the years around 2023
DEFAULT_MODES = ("rail", "road", "sea")


@dataclass(frozen=True, slots=True)
class RouteAnswer:
    """Routes in order of generalised cost; none where nothing passes, and then what blocks."""

    origin: str
    destination: str
    date: str
    good: str
    unit: str  # teu or t: what the costs are per
    value_of_time_usd_h: float
    routes: tuple[Route, ...]
    ships: tuple[str, ...]  # of each route, "" where it does not go by sea
    blocked_by: tuple[dict[str, str], ...]
    ends: tuple[str, str] = ("", "")  # ISO3 of origin and destination
    parts: tuple[tuple[HoursPart, ...], ...] = ()  # of each route's hours
    notes: tuple[str, ...] = ()  # what names that several places share were taken for
    carrier: str = ""  # ISO3 of the carrier or of the ship's flag, where one was named
    movement: dict[str, str] = field(default_factory=dict)  # as the rules judged it
    seasons: tuple[tuple[str, ...], ...] = ()  # of each route: passages with a season, their months and ice class

    def as_json(self) -> dict[str, Any]:
        """The shape that DESIGN fixes, with units, basis and sources."""
        key = f"cost_usd_{self.unit}"
        return {
            "origin": self.origin,
            "destination": self.destination,
            "date": self.date,
            "good": self.good,
            "routes": [self._route(i, key) for i in range(len(self.routes))],
            "blocked_by": list(self.blocked_by),
            "notes": list(self.notes),
            "countries": list(self.ends),
            "value_of_time_usd_h": self.value_of_time_usd_h,
            "basis": {"distance_km": "observed", "time_h": "estimated", key: "estimated"},
            "vintage": "2023",
            "sources": ["osm", "searoute", "geonames", "atlas-repairs", "rules", "freight-values", "reed-trubetskoy"],
        }

    def _route(self, index: int, key: str) -> dict[str, Any]:
        route, ship, parts = self.routes[index], self.ships[index], self.parts[index]
        return {
            "distance_km": route.length_km,
            "time_h": route.time_h,
            key: route.cost_usd,
            "ship": ship,
            "legs": [
                {
                    "mode": leg.mode,
                    "from": leg.origin,
                    "to": leg.destination,
                    "distance_km": leg.length_km,
                    "time_h": leg.time_h,
                    key: leg.cost_usd,
                    "gauge_mm": leg.gauge_mm,
                }
                for leg in route.legs
            ],
            "crossings": list(route.crossings),
            "gauge_changes": list(route.gauge_changes),
            "passages": list(route.passages),
            "seasons": list(self.seasons[index]),
            "ports": list(route.ports),
            "countries": list(route.countries),
            "hours": [{"part": p.name, "time_h": p.time_h, "basis": p.basis} for p in parts],
            "avoids": route.avoids,
        }

    def text(self) -> str:
        """A table of legs a route for the terminal."""
        return route_text.text(self)


def route(
    world: World,
    origin: str,
    destination: str,
    *,
    by: Sequence[str] = (),
    close: Sequence[str] = (),
    reopen: Sequence[str] = (),
    month: int | None = None,
    carrier: str = "",
    flag: str = "",
    good: str = "containers",
    date: str | dt.date = "",
    without_rules: bool = False,
    alternatives: int = 1,
) -> RouteAnswer:
    """The best ways from origin to destination, in order of generalised cost, and what blocks where there is none.

    `by`: modes allowed (default rail, road, sea). `close`: places shut on top of the world's closures, `reopen`: shut
    ones (the Northern Sea Route) open for this question. `month` (1 to 12) shuts passages out of their season; without
    one every season counts as now, and the answer says when it is. Costs are USD per TEU, per tonne for bulk goods.
    Raises UnknownName for names that do not exist, all together, BadInput where origin and destination are the same
    place.
    """
    modes = ((by,) if isinstance(by, str) else tuple(by)) or DEFAULT_MODES
    if "air" in modes:
        raise BadInput("air does not mix with other modes here", "--by", "use --by air alone, or lb.flight")
    classes.layers_of(modes)  # unknown modes first
    day = day_of(world, date)
    network, start, end = _resolve(world, origin, destination, close, reopen)
    network = network if month is None else net.in_month(network, month)
    rules = None if without_rules else world.rules.on(day).binding()
    names = str(world.network.node_name[start]), str(world.network.node_name[end])
    ends = str(network.node_country[start]), str(network.node_country[end])
    below = [territory_at(slug(name), country) for name, country in zip(names, ends)]  # Kaliningrad, Xinjiang, Crimea
    movement = {
        k: v for k, v in (("carrier", carrier), ("flag", flag), ("origin", below[0]), ("destination", below[1])) if v
    }
    forbidding = _forbidden_trade(rules, good, modes, movement) if rules is not None else {}
    left = tuple(m for m in modes if m not in forbidding)
    found: list[Way] = []
    tried: list[TrafficClass] = []
    effects = None if rules is None else compile_network(rules, network, {"good": good, **movement})
    for ship in _ships(left, good):
        cls = classes.build(network, rules, modes=left, good=good, ship=ship, effects=effects)
        tried.append(cls)
        for way in routing.routes(network, cls, start, end, alternatives):
            found.append(Way(way, ship if any(leg.mode == "sea" for leg in way.legs) else "", cls))
    best = different(found, network, alternatives)
    blocked = () if best else _blocked(network, tried, start, end, world, forbidding)
    return RouteAnswer(
        names[0],
        names[1],
        day.isoformat(),
        good,
        goods.unit_of(good),
        goods.time_value_usd_h(good),
        tuple(w.route for w in best),
        tuple(w.ship for w in best),
        blocked,
        ends,
        tuple(hours_parts(network, w.cls, w.route) for w in best),
        tuple(filter(None, (net.place_note(world.network, word) for word in (origin, destination)))),
        carrier=carrier or flag,
        movement={"good": good, **movement},
        seasons=tuple(_seasons(network, w.route) for w in best),
    )


def _seasons(network: Network, route: Route) -> tuple[str, ...]:
    """'Northern Sea Route: July to November, ice class Arc4 and above' for each passage of a route with a season."""
    tags = {t.id: t for t in network.tags if t.first_month}
    found = [tags[stop.id] for stop in route.stops if stop.id in tags]
    return tuple(f"{t.name}: {net.season(t)}{f', ice class {t.ice_class}' if t.ice_class else ''}" for t in found)


def day_of(world: World, date: str | dt.date) -> dt.date:
    """The day that rules are read on; BadInput where the text is no date."""
    if not date:
        return world.date
    try:
        day = date if isinstance(date, dt.date) else dt.date.fromisoformat(date)
    except ValueError as error:
        raise BadInput(f"{date!r} is no date", "--date", "write YYYY-MM-DD") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadInput(f"no rules are known for {day}", "--date", f"give a day from {FIRST_YEAR} to {LAST_YEAR}")
    return day


def places(world: World, words: Sequence[str]) -> tuple[list[int], list[Fault]]:
    """Nodes of named places, and a fault for each name that does not exist."""
    nodes: list[int] = []
    faults: list[Fault] = []
    for word in words:
        try:
            nodes.append(net.find_place(world.network, word))
        except UnknownName as error:
            faults += error.faults
    return nodes, faults


def _resolve(
    world: World, origin: str, destination: str, close: Sequence[str], reopen: Sequence[str]
) -> tuple[Network, int, int]:
    """Nodes of both places and the network with what is shut and opened; every unknown name in one message."""
    nodes, faults = places(world, (origin, destination))
    network = world.network
    shut = [c.where for c in world.closures if c.intensity >= 1.0 and in_network(network, c.where)]
    changes = [*((net.reopen, where) for where in reopen), *((net.close, where) for where in [*close, *shut])]
    for change, where in changes:
        try:
            network = change(network, where)
        except UnknownName as error:
            faults += error.faults
    if faults:
        raise UnknownName(faults)
    if nodes[0] == nodes[1]:
        raise BadInput(f"{origin} and {destination} are the same place", remedy="give two places")
    return network, nodes[0], nodes[1]


def _ships(modes: Sequence[str], good: str) -> tuple[str, ...]:
    if "sea" not in modes:
        return ("",) if modes else ()
    if good in ("crude", "products"):
        return classes.TANKERS
    return classes.SHIPS[goods.unit_of(good)]


def _forbidden_trade(
    rules: ActiveRules, good: str, modes: Sequence[str], movement: dict[str, str]
) -> dict[str, tuple[Rule, ...]]:
    """Modes by which the rules forbid this good between these countries at all: mode -> rules."""
    out: dict[str, tuple[Rule, ...]] = {}
    start, end = movement["origin"], movement["destination"]
    if SUBNATIONAL.get(start, start) == SUBNATIONAL.get(end, end):
        return out  # inside one country nothing is imported or exported
    for mode in modes:
        facts = {**movement, "good": good, "mode": mode}
        judged = [
            rules.judge({**facts, "action": "import", "country": end, "border": end}),
            rules.judge({**facts, "action": "export", "country": start, "border": start}),
        ]
        by = tuple(dict.fromkeys(r for j in judged if not j.allowed for r in j.by))
        if by:
            out[mode] = by
    return out


def _blocked(
    network: Network,
    tried: Sequence[TrafficClass],
    start: int,
    end: int,
    world: World,
    forbidding: dict[str, tuple[Rule, ...]],
) -> tuple[dict[str, str], ...]:
    """Everything that stands in the way: rules on the trade itself, then closures and rules on the network."""
    rows = [{"rule": r.id, "title": r.title, "source": r.source} for rules in forbidding.values() for r in rules]
    for cls in tried[-1:]:  # the smallest ship: the others may also be too large
        for blocker in routing.blockers(network, cls, start, end):
            rows.append(_named(blocker, world))
    if not rows:
        modes = tried[0].name if tried else "no mode"
        rows.append(
            {"rule": "no-network", "title": f"no arcs join the two places ({modes}); allow more modes", "source": ""}
        )
    unique = {row["rule"]: row for row in rows}
    return tuple(unique.values())


def _named(blocker: routing.Blocker, world: World) -> dict[str, str]:
    if blocker.kind == "closure":
        known = net.tags_named(world.network, blocker.id)  # closures that are asked for leave the world's network open
        idle = bool(known) and bool(world.network.closed[net.arcs_at(world.network, blocker.id)].all())
        title = f"{blocker.name or blocker.id} {'is not in service' if idle else 'is closed'}"
        if known and known[0].first_month:
            title += f" (season: {net.season(known[0])})"
        source = "status of October 2023 in the atlas" if idle else "scenario"
        return {"rule": f"closure:{blocker.id}", "title": title, "source": source}
    if blocker.id.startswith("ship:"):
        return {
            "rule": blocker.id,
            "title": f"ports or passages too shallow or narrow for a {blocker.id[5:]}",
            "source": "data/ship_classes.csv",
        }
    for rule in world.rules.rules:
        if rule.id == blocker.id:
            return {"rule": rule.id, "title": rule.title, "source": rule.source}
    return {"rule": blocker.id, "title": blocker.name, "source": ""}
