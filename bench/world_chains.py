"""The container trade of the shipped world as an assignment problem on its own chains: real bottlenecks are shared."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from landbridge import assignment as asg
from landbridge import network, routing, tables
from landbridge.engine import classes, zones

SIGMA = 4.0  # elasticity of choice to cost, as in the engine: theta = SIGMA / cheapest cost of the pair
OUTSIDE_USD_TEU = 10_000.0  # beyond the cheapest way a TEU costs this much more before it stays at home; assumed
CHINA_EU5 = ("POL", "DEU", "BEL", "HUN", "NLD")  # the five whose boxes UTLC ERA counts apart (counts.csv)
CHINA_EU5_TEU = 2 * 114_000.0  # January-June 2023 brought to a year
CHINA_RAIL = (
    "khorgos-altynkol",
    "alashankou-dostyk",
    "manzhouli-zabaikalsk",
    "erenhot-zamyn-uud",
    "suifenhe-grodekovo",
)
SHUT = (("suez",), ("malacca",), ("panama",), ("suez", "panama"), ("bab-el-mandeb",), ("hormuz",))
SPREAD_USD_TEU, SEA_DRAWS = 300.0, 6  # variety of ports: dearer by an exponential amount, several times
SHUT_LAND = (
    ("brest-malaszewicze",),
    ("khorgos-altynkol",),
    ("khorgos-altynkol", "alashankou-dostyk"),
    ("manzhouli-zabaikalsk",),
)


@dataclass(frozen=True)
class World:
    names: list[str]  # of the assets: tag ids
    iso3: list[str]  # of the zones
    chains: asg.Chains
    demand_teu: np.ndarray  # [z, z] a year
    overland: np.ndarray  # assets: China's crossings, rail and road, to its neighbours in the north and west


@cache
def world() -> World | None:
    """Chains between all zones by sea (several passages shut in turn) and overland, and the TEU between them."""
    try:
        net = network.load()
    except Exception:  # not built: the caller says so
        return None
    path = files("landbridge") / "data" / "trade" / "baseline_1.npz"
    with np.load(str(path), allow_pickle=False) as base:
        iso3, flow = [str(c) for c in base["iso3"]], base["flow_usd"][0]
    place = zones.zones(net, iso3)
    tag = {t.id: i for i, t in enumerate(net.tags)}
    counted = np.array([t.kind in ("crossing", "port", "passage") for t in net.tags])
    asset_of_tag = np.where(counted, np.cumsum(counted) - 1, -1)
    asset_of_arc = np.where(net.arc_tag >= 0, asset_of_tag[net.arc_tag], -1)
    sea = classes.build(net, None, modes=("sea", "rail", "road"), good="containers", ship="neo-panamax")
    land = classes.build(net, None, modes=("rail", "road", "sea"), good="containers", without_oceans=True)
    # slow goods search their way by money and a tenth of the value of time, or every box would go by land
    slow = routing.components(
        net, dataclasses.replace(sea, value_of_time_usd_h=0.1 * sea.value_of_time_usd_h)
    ).generalised_usd
    # shallow ports take small ships only: the same way by feeder, charged as such
    small = classes.build(net, None, modes=("sea", "rail", "road"), good="containers", ship="feeder")
    slow_small = dataclasses.replace(small, value_of_time_usd_h=0.1 * small.value_of_time_usd_h)
    feeder = routing.components(net, slow_small).generalised_usd
    by_feeder = routing.components(net, small).generalised_usd
    by_sea, overland = (routing.components(net, c).generalised_usd for c in (sea, land))

    def without(cost: np.ndarray, ids: tuple[str, ...]) -> np.ndarray:
        return np.where(np.isin(net.arc_tag, [tag[i] for i in ids if i in tag]), np.inf, cost)

    r = np.random.default_rng(0)

    def drawn(cost: np.ndarray, kinds: tuple[str, ...]) -> np.ndarray:
        """Ports or crossings dearer by a random amount each, so that a pair finds more than the one best of them."""
        extra = np.array([r.exponential(SPREAD_USD_TEU) if t.kind in kinds else 0.0 for t in net.tags])
        return cost + np.where(net.arc_tag >= 0, extra[net.arc_tag], 0.0)

    west = {"KAZ", "KGZ", "MNG", "PAK", "RUS", "TJK"}
    border = np.array(
        [t.kind == "crossing" and "CHN" in t.countries and bool(west & set(t.countries)) for t in net.tags]
    )
    shut = (net.arc_tag >= 0) & border[net.arc_tag]
    slow, feeder = np.where(shut, np.inf, slow), np.where(shut, np.inf, feeder)  # by sea: not over China's west
    at_sea = [slow, feeder, *(without(slow, ids) for ids in SHUT), *(drawn(slow, ("port",)) for _ in range(SEA_DRAWS))]
    ashore = [
        overland,
        *(without(overland, ids) for ids in SHUT_LAND),
        *(drawn(overland, ("crossing",)) for _ in range(2)),
    ]
    variants = at_sea + ashore
    charged = [by_sea, by_feeder] + [by_sea] * (len(at_sea) - 2) + [overland] * len(ashore)
    chains = asg.find_chains(
        net.n_nodes, net.tail, net.head, np.stack(variants), place.node, asset_of_arc, int(counted.sum()), 6.0,
        np.stack(charged),
    )  # fmt: skip
    values = tables.shipped("assignment/values")
    between = flow.copy()
    np.fill_diagonal(between, 0.0)
    usd_t, t_teu, boxed, part = (
        values[c].to_numpy() for c in ("usd_t", "t_teu", "container_share", "world_value_share")
    )
    goods = asg.freight(asg.split_by_group(between, part), usd_t, t_teu, boxed)
    share = np.zeros((len(place.node), len(iso3)))
    share[np.arange(len(place.node)), place.economy] = place.weight
    demand = share @ goods.teu_yr.sum(axis=0) @ share.T
    names = [t.id for t, c in zip(net.tags, counted) if c]
    return World(names, [iso3[e] for e in place.economy], chains, demand, np.flatnonzero(border[counted]))


def shipments(land_usd_teu: float) -> tuple[asg.Shipments, np.ndarray]:
    """The container trade as shipments; ways over China's western borders cost a constant more, USD per TEU."""
    w = world()
    assert w is not None
    c, n = w.chains, w.chains.n_zones
    by_land = np.zeros(len(c.cost), bool)
    at = np.isin(c.asset, w.overland)
    by_land[np.repeat(np.arange(len(c.cost)), np.diff(c.use_ptr))[at]] = True
    cost = c.cost + np.where(by_land, land_usd_teu, 0.0)
    pair = np.repeat(np.arange(n * n), np.diff(c.pair_ptr))
    best = np.full(n * n, np.inf)
    np.minimum.at(best, pair, cost)
    best = np.where(np.isfinite(best), best, 1.0).reshape(n, n)
    demand = np.where(w.demand_teu > 1.0, w.demand_teu, 0.0)
    return asg.shipments_of(dataclasses.replace(c, cost=cost), demand, SIGMA / best, best + OUTSIDE_USD_TEU)


def trains_2023() -> dict[str, float]:
    """Observed container trains by Chinese crossing, a year."""
    counts = tables.shipped("assignment/counts")
    trains = counts[(counts.unit == "trains") & (counts.kind == "crossing")]
    return dict(zip(trains.place, trains.value * trains.year_factor))


def china_eu5(ship: asg.Shipments, pair: np.ndarray, flow: np.ndarray) -> float:
    """TEU between China and the five whose chain crosses one of China's rail crossings."""
    w = world()
    assert w is not None
    europe = set(CHINA_EU5)
    ends = [(w.iso3[p // w.chains.n_zones], w.iso3[p % w.chains.n_zones]) for p in pair]
    wanted = np.array([("CHN" in e) and bool(set(e) & europe) for e in ends])
    chain = np.repeat(np.arange(len(ship.cost)), np.diff(ship.use_ptr))
    rail = np.zeros(len(ship.cost), bool)
    rail[chain[np.isin(ship.asset, [w.names.index(c) for c in CHINA_RAIL])]] = True
    return float(flow[rail & wanted[ship.shipment_of_chain()]].sum())


@cache
def fitted_land_usd_teu() -> float:
    """The one fitted constant: trains between China and five EU economies carry the boxes of 2023."""
    w = world()
    assert w is not None
    low, high = 0.0, 30_000.0
    for _ in range(16):
        middle = 0.5 * (low + high)
        ship, pair = shipments(middle)
        flow = asg.solve(ship, asg.assets(np.full(len(w.names), np.inf))).chain_flow
        low, high = (middle, high) if china_eu5(ship, pair, flow) > CHINA_EU5_TEU else (low, middle)
    return 0.5 * (low + high)


def world_problem(tight: float = 0.12, low: float = 0.7) -> tuple[asg.Shipments, asg.Assets, list[str]] | None:
    """Shipments, limits, names. Capacities are synthetic (no register of them exists): `tight` of the used assets get
    `low`..0.98 of their free flow, the others 1.1 to 2 times it, seeded; chains and demand are real."""
    if world() is None:
        return None
    ship, _ = shipments(fitted_land_usd_teu())
    n = len(world().names)
    free = asg.solve(ship, asg.assets(np.full(n, np.inf))).asset_flow
    r = np.random.default_rng(1)
    room = free * np.where(r.random(n) < tight, r.uniform(low, 0.98, n), r.uniform(1.1, 2, n))
    return ship, asg.assets(np.where(free > 0, room, np.inf)), world().names
