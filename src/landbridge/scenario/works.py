"""Build, improve, reopen: what changes the network and the pipelines."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Literal

import numpy as np
from pydantic import ValidationError

from landbridge import energy
from landbridge import network as net
from landbridge.codes import nearest_hint, slug
from landbridge.energy import Market
from landbridge.energy.costs import (
    CRUDE_PIPE_USD_BBL_PER_1000_KM,
    PIPE_USD_MMBTU_PER_1000_KM,
)
from landbridge.energy.data import table as energy_table
from landbridge.errors import BadInput, Fault, UnknownName
from landbridge.rules import open_sea_km, shuts
from landbridge.scenario.schema import Build, Improve, Reopen, as_list
from landbridge.world import Closure, Works, World, arcs_meant, energy_node, lonlat_of, resolve_where

# Kinds that the network builds as a line, and the layer they stand for.
_LINES = ("rail", "road", "canal")
# Open sea that a railway or road may cross at a stretch: the longest tunnel proposed, Japan - Korea, has about 200 km.
_MOST_SEA_KM: Final = 300.0


def build(action: Build, world: World) -> World:
    """Add infrastructure: a shipped project, or what the action itself describes."""
    if action.project:
        return _project(action, world)
    if action.kind == "pipeline":
        return _pipeline(action, world)
    if action.kind == "lng":
        return _lng(action, world)
    if action.kind in _LINES:
        return _line(action, world)
    return _place(action, world)


def improve(action: Improve, world: World) -> World:
    """Change existing arcs, by tag, place, border, country, @GROUP, project or corridor."""
    # a place meant by two names of the list (a country and its group) is changed once
    arcs = np.unique(np.concatenate([arcs_meant(world, where) for where in as_list(action.where)]))
    network = net.improve(
        world.network,
        arcs,
        time_factor=_one(action.time_factor),
        cost_factor=_one(action.cost_factor),
        capacity_factor=_one(action.capacity_factor),
        time_h=action.time_h,
        cost_usd_teu=action.cost_usd_teu,
    )
    return replace(world, network=network)


def reopen(action: Reopen, world: World) -> World:
    """End closures: in the network, in the rules that shut the place, and in the energy links of that name.

    What opens with a season stays shut for the rest of the year, unless the action says `all_year`.
    """
    for where in as_list(action.where):
        kinds = resolve_where(world, where)
        if "network" in kinds:
            out_of_season = () if action.all_year else _out_of_season(world, where)
            opened = net.reopen(world.network, where)
            world = replace(world, network=opened, closures=(*world.closures, *out_of_season))
        shutting = [r.id for r in world.rules.rules if shuts(r, where) and r.holds_on(world.date.isoformat())]
        if shutting:
            world = replace(world, rules=world.rules.lift(shutting, world.date))
    return world


def _out_of_season(world: World, where: str) -> tuple[Closure, ...]:
    """Closures for the months in which ice shuts the passages of that name that are not open yet."""
    shut = {int(tag) for tag in world.network.arc_tag[net.arcs_at(world.network, where)] if tag >= 0}
    tags = [world.network.tags[k] for k in sorted(shut)]
    closed = [t for t in tags if world.network.closed[net.arcs_at(world.network, t.id)].all()]
    return tuple(Closure(t.id, days=net.shut_days(t), season=net.season(t)) for t in closed if t.first_month)


def _one(value: float | None) -> float:
    return 1.0 if value is None else value


def _project(action: Build, world: World) -> World:
    table = world.projects
    found = table[table["id"] == action.project]
    if found.empty:
        planned = _planned(world)
        if slug(action.project) in planned:
            return build(_planned_pipeline(action, world, *planned[slug(action.project)]), world)
        near = nearest_hint(action.project, [*table["id"], *planned], "see data/projects.csv, or give `kind` and `via`")
        raise UnknownName(f"no project {action.project!r}", "build", near)
    row = found.iloc[0]
    via = [w.strip() for w in str(row["via"]).split(";") if w.strip()]
    fields = {
        "kind": row["kind"],
        "via": via if row["kind"] in _LINES else [],
        "at": via[0] if row["kind"] not in _LINES else "",
        "title": row["name"],
        "source": row["source"],
    }
    for key in ("gauge_mm", "speed_kmh", "length_km", "cost_usd", "capacity_teu_yr", "capacity_t_yr", "opens"):
        if key in row and not _blank(row[key]):
            fields[key] = int(row[key]) if key in ("gauge_mm", "opens") else float(row[key])
    if row["status"] == "existing":
        raise BadInput(
            f"project {action.project!r} was in service in October 2023 and is in the baseline",
            "build",
            "use `improve` to change it",
        )
    known, given = _filled(action, fields)
    if known.kind not in _LINES:
        return build(known, world)
    # the atlas holds the project shut: it opens as it lies there, unless the action draws it otherwise
    redrawn = given.keys() & {"kind", "via", "gauge_mm", "length_km", "speed_kmh"}
    return _line(known, world, f"{row['id']}-redrawn" if redrawn else str(row["id"]))


def _planned(world: World) -> dict[str, tuple[str, energy.Project]]:
    """Pipelines that the energy room knows as plans, by id and by id without a number: (fuel, project)."""
    fuels: tuple[tuple[Literal["crude", "gas"], Market], ...] = (("crude", world.crude), ("gas", world.gas))
    out: dict[str, tuple[str, energy.Project]] = {}
    for fuel, market in fuels:
        mode, size = (dict(zip(market.arcs.link, values)) for values in (market.arcs.mode, market.arcs.capacity))
        for project in energy.projects(fuel):
            if mode.get(project.link) == "pipe" and size[project.link] == 0:  # what stands, shut, is reopened instead
                out[project.link] = (fuel, project)
    return out


def _planned_pipeline(action: Build, world: World, fuel: str, project: energy.Project) -> Build:
    """The action with what the energy room knows of its project; what the action itself says goes first."""
    market = world.crude if fuel == "crude" else world.gas
    a = market.arcs.link.index(project.link)
    ends = [market.nodes.id[n] for n in (market.arcs.tail[a], market.arcs.head[a])]
    row = next(r for r in energy_table("projects") if r["link"] == project.link)
    fields = {
        "kind": "pipeline",
        "good": fuel,
        "via": ends,
        "title": row["name"],
        "capacity_mt_yr" if fuel == "crude" else "capacity_bcm_yr": project.capacity,
        "cost_usd": project.capex_usd,
        "opens": project.opens,
        "source": row["source"],
    }
    return _filled(action, fields)[0]


def _filled(action: Build, known: Mapping[str, Any]) -> tuple[Build, dict[str, Any]]:
    """The project as the action changes it, and what the action itself says, which goes first. BadInput."""
    given = {k: v for k, v in action.model_dump(exclude_defaults=True).items() if k != "project"}
    kind = str(known["kind"])
    if given.get("kind", kind) != kind:
        raise BadInput(f"project {action.project!r} is a {kind}, no {given['kind']}", "kind", "drop `kind`")
    try:
        return Build.model_validate({k: v for k, v in known.items() if k in given or v not in ([], "")} | given), given
    except ValidationError as error:
        words = [str(item["msg"]).removeprefix("Value error, ") for item in error.errors()]
        raise BadInput([Fault(w, "build", "drop what does not belong to it") for w in words]) from error


def _blank(value: object) -> bool:
    return value == "" or (isinstance(value, float) and np.isnan(value)) or value is None


def _line(action: Build, world: World, identity: str = "") -> World:
    identity = identity or slug(action.title) or "-".join(slug(v) for v in (action.via[0], action.via[-1]))
    if action.kind == "canal":
        _reach_the_sea(action, world)
    else:
        _stay_on_land(action, world)
    network = net.build_line(
        world.network,
        kind="sea" if action.kind == "canal" else action.kind,
        via=action.via,
        project=identity,
        gauge_mm=action.gauge_mm,
        speed_kmh=action.speed_kmh,
        length_km=action.length_km,
        capacity_teu_yr=action.capacity_teu_yr,
        capacity_t_yr=action.capacity_t_yr,
    )
    points = [lonlat_of(world, place) for place in action.via]
    return _record(action, replace(world, network=network), identity, points)


def _reach_the_sea(action: Build, world: World) -> None:
    """BadInput where neither end of a canal lies near a sea lane: no ship could enter it."""
    network = world.network
    sea = net.open_sea(network)
    ends = [net.find_place(network, place) for place in (action.via[0], action.via[-1])]
    km = [net.great_circle_km(network.lon[e], network.lat[e], network.lon[sea], network.lat[sea]).min() for e in ends]
    if min(km) > net.PORT_REACH_KM:
        what = f"{action.via[0]} and {action.via[-1]} lie {km[0]:.0f} and {km[1]:.0f} km from the nearest sea lane"
        raise BadInput(what, "via", f"a canal needs an end within {net.PORT_REACH_KM:.0f} km of one")


def _stay_on_land(action: Build, world: World) -> None:
    """BadInput for each section of a railway or road that the way points send across the open sea.

    A section between two shores that land joins elsewhere may do so where `length_km` says how long it truly is.
    """
    network, faults = world.network, []
    for one, other in itertools.pairwise(action.via):
        if net.find_place(network, one) == net.find_place(network, other):
            continue
        wet = open_sea_km(lonlat_of(world, one), lonlat_of(world, other))
        if wet <= _MOST_SEA_KM:
            continue
        ends = [int(net.find_place(network, place)) for place in (one, other)]
        joined = net.joined_by_land(network, *ends)
        if joined and action.length_km is not None:
            continue
        remedy = (
            "add way points on land, or give `length_km`" if joined else "no land joins them; ships go by themselves"
        )
        what = f"from {one} straight to {other} a {action.kind} would cross {wet:,.0f} km of open sea"
        faults.append(Fault(what, "via", f"at most {_MOST_SEA_KM:.0f} km at a stretch; {remedy}"))
    if faults:
        raise BadInput(faults)


def _place(action: Build, world: World) -> World:
    """A port or terminal: the place's port arcs get quicker and wider, or a new port appears."""
    network = net.build_port(
        world.network, action.at, capacity_teu_yr=action.capacity_teu_yr, capacity_t_yr=action.capacity_t_yr
    )
    identity = slug(action.title) or slug(action.at)
    return _record(action, replace(world, network=network), identity, [lonlat_of(world, action.at)])


def _pipeline(action: Build, world: World) -> World:
    fuel = action.good
    market: Market = world.crude if fuel == "crude" else world.gas
    tail, head = energy_node(world, fuel, action.via[0]), energy_node(world, fuel, action.via[-1])
    points = [lonlat_of(world, place, fuel) for place in action.via]
    identity = slug(action.title) or f"{slug(action.via[0])}-{slug(action.via[-1])}"
    drawn = [p for p in net.pipelines() if p.fuel == fuel and identity in (p.id, p.link)]
    points = list(drawn[0].points) if drawn else points
    length_km = action.length_km or _length_km(points)
    per_1000 = CRUDE_PIPE_USD_BBL_PER_1000_KM if fuel == "crude" else PIPE_USD_MMBTU_PER_1000_KM
    capacity = action.capacity_mt_yr if fuel == "crude" else action.capacity_bcm_yr
    assert capacity is not None  # the schema asks for it
    if tail == head:
        what = f"{action.via[0]} and {action.via[-1]} are the same {fuel} node {tail!r}"
        raise BadInput(what, "build", f"name ends further apart; nodes: {', '.join(market.nodes.id)}")
    known = np.array([link == identity for link in market.arcs.link])
    if known.any() and float(market.arcs.capacity[known].sum()) > 0:
        now = float(market.arcs.capacity[known].sum())
        raise BadInput(f"a {fuel} link {identity!r} exists already ({now:g} a year)", "build", "choose another title")
    if known.any():
        # the market knows the plan, with capacity nought: it opens with the capacity that the action gives
        market = replace(market, arcs=replace(market.arcs, capacity=np.where(known, capacity, market.arcs.capacity)))
    else:
        cost = per_1000 * length_km / 1000.0
        market = market.add_pipe(tail, head, link=identity, capacity=capacity, cost=cost)
    world = replace(world, crude=market) if fuel == "crude" else replace(world, gas=market)
    return _record(action, world, identity, points, length_km)


def _lng(action: Build, world: World) -> World:
    """More LNG capacity at a node that has LNG arcs."""
    market = world.gas
    node = market.nodes.index(energy_node(world, "gas", action.at))
    at = (market.arcs.tail == node) | (market.arcs.head == node)
    plant = [link for link, mode, here in zip(market.arcs.link, market.arcs.mode, at) if here and mode == "plant"]
    lands = market.nodes.id[node] in market.terminals
    if not (plant or lands) or action.capacity_bcm_yr is None:
        raise BadInput(f"no LNG plant or terminal at {action.at}, or no capacity_bcm_yr", "build", "give both")
    now = {link: float(market.arcs.capacity[market.arcs.link.index(link)]) for link in plant}
    grown = {link: (size + action.capacity_bcm_yr) / size for link, size in now.items() if size > 0}
    terminals = dict(market.terminals)
    if lands:
        terminals[market.nodes.id[node]] += action.capacity_bcm_yr
    world = replace(world, gas=replace(market.scale_links(grown), terminals=terminals))
    return _record(action, world, f"lng-{slug(action.at)}", [lonlat_of(world, action.at, "gas")])


def _record(
    action: Build, world: World, identity: str, points: list[tuple[float, float]], length_km: float | None = None
) -> World:
    """Remember what was built, for the report; say so where it opens after the baseline's year."""
    text = " ".join(f"{lon:.2f} {lat:.2f}" for lon, lat in points)
    countries = tuple(dict.fromkeys(c for c in (world_country(world, v) for v in (action.via or [action.at])) if c))
    known_length = action.length_km or length_km
    made = Works(
        id=identity,
        name=action.title or identity,
        kind=action.kind,
        countries=countries,
        status="built by the scenario",
        length_km=known_length if known_length is not None else float("nan"),
        cost_usd=action.cost_usd if action.cost_usd is not None else float("nan"),
        opens=str(action.opens or ""),
        basis="assumed",
        source=action.source or "scenario",
        shape=text,
    )
    return replace(world, works=(*world.works, made))


def world_country(world: World, place: str) -> str:
    """ISO3 of a named place, '' where it is known to energy only."""
    try:
        return str(world.network.node_country[net.find_place(world.network, place)])
    except UnknownName:
        return ""


def _length_km(points: list[tuple[float, float]]) -> float:
    """Great-circle length along way points with a fifth more for the terrain (assumed)."""
    return 1.2 * sum(float(net.great_circle_km(*a, *b)) for a, b in itertools.pairwise(points))
