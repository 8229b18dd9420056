"""The choice of shippers by commodity group at given rents: shares, freight wedges, mean containers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.assignment import Batch, Choice, Rents, RouteSet, choose, route_set
from landbridge.engine import goods, haulage
from landbridge.engine.freight import BOX_T
from landbridge.engine.offers import Priced
from landbridge.engine.zones import Zones
from landbridge.routing import spread
from landbridge.units import HOURS_PER_DAY

Floats = NDArray[np.float64]

# Elasticity of mode choice to generalised cost. Assumed: own-cost elasticities of rail and sea freight of 0.4 to 1.8 at
# shares between a tenth and a half (Beuthe, Jourquin, Urbain 2014, Transport Reviews 34) imply 2 to 5.
SIGMA: Final = 4.0
# Of the choice of route within a mode: routes are closer substitutes than modes. Assumed (docs/validation/assignment).
SIGMA_ROUTE: Final = 16.0
# A shipment is given up where freight costs this many times its value more than its cheapest way. Assumed.
_OUTSIDE_VALUES: Final = 1.0


@dataclass(frozen=True, slots=True)
class Load:
    """One commodity group in one unit: which part of its tonnes, and the cheapest member of each route."""

    group: int
    unit: str
    share: float  # of the group's tonnes
    member: NDArray[np.int32]  # [r]
    batch: Batch  # demand 0


@dataclass(frozen=True, slots=True)
class FreightCosts:
    """`wedge` [g, n, n] ad valorem freight and time between economies, of what has a way (inf where nothing has);
    `served` [g, n, n] the share that has; `time_h`, `cost_usd_teu` [n, n] are means over the choice of the group with
    the most boxes."""

    wedge: Floats
    served: Floats
    time_h: Floats
    cost_usd_teu: Floats


def loads(priced: Sequence[Priced], standing: Sequence[Priced] = ()) -> tuple[Load, ...]:
    """Every commodity group in boxes and in bulk, with its cost of every route at its own value of time.

    `standing`: the same offers as the status quo prices them (none: these are the status quo's).
    """
    g = goods.groups()
    least_road = [_standing_road_km(p, q) for p, q in zip(priced, standing or priced)]
    out = []
    for k in range(len(g.names)):
        for p, least in zip(priced, least_road):
            boxed = p.offer.unit == "teu"
            share = g.container_share[k] if boxed else 1.0 - g.container_share[k]
            if share <= 0:
                continue
            load = float(g.t_per_teu[k]) if boxed else 1.0
            hour = float(g.value_usd_t[k] * g.time_share_day[k] / HOURS_PER_DAY)
            routes = p.offer.routes
            usd, member = route_set.cheapest(routes.member_ptr, p.cost_usd, p.time_h, load, hour)
            usd = usd + haulage.extra_usd(p.offer.permit_km, boxed, load, hour)
            usd = np.where(_too_far(p.offer.road_km, least, float(g.most_road_km[k])), np.inf, usd)
            best = _least(usd, routes.pair_ptr)
            # trainloads of bulk need no slots: the odds are those of boxes and of pieces and pallets outside boxes
            log_odds = p.offer.log_odds if boxed or g.kind[k] == "general" else np.zeros(len(p.offer.chains))
            batch = Batch(
                routes, usd, log_odds, np.zeros(routes.n_pairs), best + _OUTSIDE_VALUES * g.value_usd_t[k],
                1.0 / load if boxed else 0.0, 1.0,
            )  # fmt: skip
            out.append(Load(k, p.offer.unit, float(share), member, batch))
    return tuple(out)


def _open(priced: Priced) -> NDArray[np.bool_]:
    """Routes [r] that some ship or train can take in this setting."""
    ptr = priced.offer.routes.member_ptr
    return np.isfinite(np.minimum.reduceat(priced.cost_usd, ptr[:-1])) if len(ptr) > 1 else np.zeros(0, np.bool_)


def _standing_road_km(priced: Priced, standing: Priced) -> Floats:
    """Least kilometres by road of each route's pair, [r]: of the status quo's ways, and of these where it has none.

    So trucks do not stand in for a sea that is shut, and what a scenario builds takes no way from anybody.
    """
    before, now = (_least_road_km(priced, _open(p)) for p in (standing, priced))
    return np.where(np.isfinite(before), before, now)


def _least_road_km(priced: Priced, known: NDArray[np.bool_]) -> Floats:
    """Least kilometres by road among the known routes of each route's pair, [r]; inf where none is known."""
    ptr = priced.offer.routes.pair_ptr
    return np.repeat(_least(np.where(known, priced.offer.road_km, np.inf), ptr), np.diff(ptr))


def _too_far(road_km: Floats, least_km: Floats, most_road_km: float) -> NDArray[np.bool_]:
    """Routes [r] with more road than the good may go; the least of a pair's known ones stays."""
    return np.asarray((road_km > most_road_km) & (road_km > least_km), np.bool_)


def _least(usd: Floats, pair_ptr: NDArray[np.int64]) -> Floats:
    """Least cost by pair, inf where there is no route."""
    some = np.diff(pair_ptr) > 0
    out = np.full(len(some), np.inf)
    if some.any():
        out[some] = np.minimum.reduceat(usd, pair_ptr[:-1][some])
    return np.asarray(np.maximum(out, route_set.FLOOR_USD), np.float64)


def least_in_nest(priced: Priced, nest: int, hour_usd: float, rents: Rents) -> Floats:
    """Least cost of a pair's routes in one nest at a value of time, rents included, USD per TEU or tonne [q]."""
    routes = priced.offer.routes
    usd, _ = route_set.cheapest(routes.member_ptr, priced.cost_usd, priced.time_h, 1.0, hour_usd)
    boxed = priced.offer.unit == "teu"
    toll = np.empty(len(usd))
    per_unit = rents.usd_teu + BOX_T * rents.usd_t if boxed else rents.usd_t
    route_set.tolls(routes.use_ptr, routes.place, per_unit, toll)
    return _least(np.where(routes.nest == nest, usd + toll, np.inf), routes.pair_ptr)


def taken(load: Load, rents: Rents | None) -> Choice:
    """The choice of one load at rents."""
    if rents is None:
        none = np.zeros(int(load.batch.routes.place.max(initial=-1)) + 1)
        return choose(load.batch, none, none, SIGMA, SIGMA_ROUTE)
    return choose(load.batch, rents.usd_teu, rents.usd_t, SIGMA, SIGMA_ROUTE)


def all_taken(every: Sequence[Load], rents: Rents | None) -> list[Choice]:
    """The choice of every load at rents."""
    out: dict[int, Choice] = {}

    def work(first: int, last: int) -> None:
        for spot in range(first, last):
            out[spot] = taken(every[spot], rents)

    spread(work, len(every))
    return [out[spot] for spot in range(len(every))]


def add_loads(load: Load, taken: Choice, out: Floats) -> None:
    """Add what a load puts on every place [p], in its own unit."""
    r = load.batch.routes
    route_set.loads(np.arange(r.n_pairs), r.pair_ptr, r.use_ptr, r.place, taken.flow, 1.0, out)


def add_screen(load: Load, taken: Choice, rents: Rents, out: Floats) -> None:
    """Add what shutting each place [p] alone would cost a load at these rents, USD."""
    b, r = load.batch, load.batch.routes
    toll = np.empty(len(b.usd))
    route_set.tolls(r.use_ptr, r.place, b.boxes * rents.usd_teu + b.tonnes * rents.usd_t, toll)
    route_set.screen(
        r.pair_ptr, r.nest, r.use_ptr, r.place, b.usd, toll, r.path_size, b.log_odds, SIGMA, SIGMA_ROUTE, b.demand,
        b.outside, taken.composite, out,
    )  # fmt: skip


def costs(priced: Sequence[Priced], every: Sequence[Load], rents: Rents | None, zones: Zones, n: int) -> FreightCosts:
    """The ad valorem freight wedge between the n economies by group, and the mean container's hours and dollars."""
    g = goods.groups()
    z = len(zones.node)
    total, served = np.zeros((len(g.names), n, n)), np.zeros((len(g.names), n, n))
    for load, choice in zip(every, all_taken(every, rents)):
        usd = choice.composite.reshape(z, z)
        means, part = zones.to_economies(usd, n), zones.served(usd, n)
        total[load.group] += load.share * part * np.where(part > 0, means, 0.0)
        served[load.group] += load.share * part
    value = g.value_usd_t[:, None, None]
    wedge = np.divide(total, served * value, out=np.full_like(total, np.inf), where=served > 0)
    time_h, cost_usd = _mean_container(priced, every, rents, z)
    return FreightCosts(wedge, served, zones.to_economies(time_h, n), zones.to_economies(cost_usd, n))


def mean_box(priced: Sequence[Priced], every: Sequence[Load], rents: Rents | None) -> tuple[Choice, RouteSet]:
    """The choice of one TEU for every pair of zones by the group with the most boxes, and the routes it is among."""
    load = _most_boxes(every)
    routes = next(p for p in priced if p.offer.unit == "teu").offer.routes
    one = Batch(
        routes, load.batch.usd, load.batch.log_odds, np.ones(routes.n_pairs), np.full(routes.n_pairs, np.inf),
        load.batch.boxes, 1.0,
    )  # fmt: skip
    return taken(Load(load.group, "teu", load.share, load.member, one), rents), routes


def _most_boxes(every: Sequence[Load]) -> Load:
    g = goods.groups()
    boxes = np.nan_to_num(g.world_value_share * g.container_share / (g.value_usd_t * g.t_per_teu))
    return next(x for x in every if x.unit == "teu" and x.group == int(np.argmax(boxes)))


def _mean_container(
    priced: Sequence[Priced], every: Sequence[Load], rents: Rents | None, z: int
) -> tuple[Floats, Floats]:
    """Hours and dollars of a TEU, averaged over the choice of the group with the most boxes, [z, z]."""
    choice, routes = mean_box(priced, every, rents)
    mine = next(p for p in priced if p.offer.unit == "teu")
    member, pair = _most_boxes(every).member, routes.pair_of_route()
    out = []
    for values in (mine.time_h, mine.cost_usd):
        per_route = np.where(choice.flow > 0, values[member] if len(values) else 0.0, 0.0)
        sums = np.bincount(pair, choice.flow * per_route, minlength=routes.n_pairs)
        out.append(np.where(choice.shipped > 0, sums, np.inf).reshape(z, z))
    return out[0], out[1]
