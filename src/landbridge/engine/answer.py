"""The result's tables: one row a fact, columns as in tables/columns/result_*.csv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landbridge import tables as tabular
from landbridge.codes import name_of
from landbridge.engine import bottlenecks, energy_tables, freight, income, measures
from landbridge.engine.flight import FlightAnswer
from landbridge.engine.flows import ArcFlows
from landbridge.engine.route import RouteAnswer
from landbridge.engine.state import State
from landbridge.engine.trade import flow_usd
from landbridge.engine.why import of_arcs, of_pair, when, why
from landbridge.network import LAYERS, Network, arcs_at, shown_name
from landbridge.rules import TradeEffects
from landbridge.trade import pair_basis
from landbridge.units import DAYS_PER_YEAR
from landbridge.world import in_network

_MOST_PAIRS: Final = 200
_MOST_ARCS: Final = 4000
_ASSUMED: Final = tabular.BASES.index("assumed")
_LEAST_GAIN_BUSD: Final = 1e-3
_SMALL_T: Final = 1e4  # arcs with less than this, before and after, are not shown


def tables(before: State, after: State) -> dict[str, pd.DataFrame]:
    """Every table of the answer; rooms that did not run give none."""
    out: dict[str, pd.DataFrame] = {}
    if after.equilibrium is not None:
        out["real_income"] = real_income(after)
        out["trade_pairs"] = trade_pairs(before, after)
        out["wedges"] = measures.wedges(before, after)
        out["terms"] = measures.terms(after)
        out["reexports"] = measures.reexports(before, after)
        borne = measures.burdens(before, after)
        if borne is not None:
            out["burdens"] = borne
    if after.flows is not None and before.flows is not None:
        out["arcs"] = arcs(before, after)
    if any(f.rents is not None for f in after.freight):
        out["rents"] = frame("result_rents", bottlenecks.of_run(before, after))
    if after.energy:
        out |= energy_tables.tables(before, after)
    if after.gains:
        out["energy_gains"] = energy_gains(after)
    if after.routes:
        out["routes"] = routes(before, after)
    out["blocked"] = blocked(before, after)
    out["projects"] = projects(after)
    out["closures"] = closures(after)
    out["contested"] = tabular.shipped("outlines/contested", "result_contested")
    return out


def frame(name: str, rows: list[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a frame with the dictionary's columns in its order."""
    columns = list(tabular.dictionary(name))
    return pd.DataFrame(rows, columns=columns)


def real_income(state: State) -> pd.DataFrame:
    """Exact equivalent variation by economy, percent of real income."""
    change, energy = income.percent(state), income.energy_percent(state)
    size = state.world.trade.value_added_usd / 1e9
    rows: list[Mapping[str, Any]] = [
        {
            "iso3": iso3,
            "name": name_of(iso3),
            "percent": change[0, i],
            "low": change[1, i],
            "high": change[2, i],
            "energy_percent": energy[i],
            "gdp_busd": size[i],
            "basis": "modelled",
        }
        for i, iso3 in enumerate(state.world.trade.iso3)
    ]
    return frame("result_real_income", rows).sort_values("percent", ascending=False, kind="stable", ignore_index=True)


def energy_gains(state: State) -> pd.DataFrame:
    """Who gains and who loses by each fuel: change of surplus by economy, largest first."""
    rows: list[Mapping[str, Any]] = []
    for fuel, part in state.gains.items():
        total = part.total_usd / 1e9
        for i in np.argsort(-np.abs(total), kind="stable"):
            if abs(total[i]) < _LEAST_GAIN_BUSD:
                break
            iso3 = state.world.trade.iso3[i]
            rows.append(
                {
                    "fuel": fuel,
                    "iso3": iso3,
                    "name": name_of(iso3),
                    "users_busd": part.users_usd[i] / 1e9,
                    "producers_busd": part.producers_usd[i] / 1e9,
                    "rents_busd": part.rents_usd[i] / 1e9,
                    "total_busd": total[i],
                    "basis": "modelled",
                }
            )
    return frame("result_energy_gains", rows)


def trade_pairs(before: State, after: State) -> pd.DataFrame:
    """The pairs with the largest change or size, billion USD a year."""
    assert before.equilibrium is not None and after.equilibrium is not None
    assert before.wedges is not None and after.wedges is not None
    old, new = (flow_usd(s.world, s.equilibrium).sum(axis=0) / 1e9 for s in (before, after) if s.equilibrium)
    apart = ~np.eye(len(old), dtype=bool)
    order_change = np.argsort(-np.abs(new - old)[apart], kind="stable")[: _MOST_PAIRS // 2]
    order_size = np.argsort(-old[apart], kind="stable")[: _MOST_PAIRS // 2]
    origin, destination = (index[apart] for index in np.indices(old.shape))
    basis = pair_basis(after.world.trade)
    iso3 = after.world.trade.iso3
    rows: list[Mapping[str, Any]] = []
    for spot in dict.fromkeys([*order_change, *order_size]):
        i, j = origin[spot], destination[spot]
        if old[i, j] <= 0:
            continue
        rows.append(
            {
                "exporter": iso3[i],
                "importer": iso3[j],
                "base_busd": old[i, j],
                "value_busd": new[i, j],
                "percent": 100 * (new[i, j] / old[i, j] - 1),
                "rules": of_pair(before.wedges.effects, after.wedges.effects, iso3[i], iso3[j]),
                "basis": tabular.BASES[basis[i, j]],
            }
        )
    return frame("result_trade_pairs", rows)


def arcs(before: State, after: State) -> pd.DataFrame:
    """Lines with goods on them, both directions together, the busiest first; arcs that the scenario built included."""
    assert before.flows is not None and after.flows is not None
    network = after.freight[0].network
    touched = [of_arcs(world, network, freight.MOVEMENTS) for world in (before.world, after.world)]
    return arc_table(network, before.flows, after.flows, touched, {})


def arc_table(
    network: Network,
    before: ArcFlows,
    after: ArcFlows,
    touched: Sequence[Mapping[int, set[str]]],
    shapes: dict[int, str],
) -> pd.DataFrame:
    """Flows before and after on the arcs of a network, the busiest and most changed first.

    `touched`: the rules on arcs, by side (`of_arcs`); `shapes`: polylines known so far, which it adds to.
    """
    named = _undirected(network)
    old_t, old_teu = (_sum_pairs(named, _extend(v, network.n_arcs)) for v in (before.tonnes, before.teu))
    new_t, new_teu = (_sum_pairs(named, v) for v in (after.tonnes, after.teu))
    drawn = np.array([k in (0, 5) for k in network.arc_kind]) & (network.arc_layer != LAYERS.index("city"))
    first = np.flatnonzero(named == np.arange(network.n_arcs))
    keep = first[drawn[first] & (np.maximum(old_t, new_t)[first] > _SMALL_T)]
    weight = np.maximum(old_t, new_t)[keep] + 10 * np.abs(new_t - old_t)[keep]
    keep = keep[np.argsort(-weight, kind="stable")[:_MOST_ARCS]]
    shapes |= {a: polyline(network, a) for a in keep.tolist() if a not in shapes}
    rows: list[Mapping[str, Any]] = [
        {
            "arc": int(a),
            "layer": LAYERS[network.arc_layer[a]],
            "tag": network.tags[network.arc_tag[a]].id if network.arc_tag[a] >= 0 else "",
            "name": network.tags[network.arc_tag[a]].name if network.arc_tag[a] >= 0 else "",
            "base_t_yr": old_t[a],
            "value_t_yr": new_t[a],
            "base_teu_yr": old_teu[a],
            "value_teu_yr": new_teu[a],
            "rules": " ".join(sorted({name for side in touched for name in side.get(int(a), ())})),
            "basis": "modelled",
            "shape": shapes[int(a)],
        }
        for a in keep
    ]
    return frame("result_arcs", rows)


def polyline(network: Network, arc: int) -> str:
    """'lon lat lon lat ...' of an arc at two decimals."""
    shape = int(network.arc_shape[arc])
    if shape >= 0:
        points = network.shape_lonlat[network.shape_ptr[shape] : network.shape_ptr[shape + 1]]
    else:
        ends = [network.tail[arc], network.head[arc]]
        points = np.column_stack([network.lon[ends], network.lat[ends]])
    return " ".join(f"{x:.2f} {y:.2f}" for x, y in points)


def _extend(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Flows of the base on the arcs of the scenario: works append arcs, they never renumber."""
    return np.concatenate([values, np.zeros(size - len(values))])


def _undirected(network: Network) -> NDArray[np.int64]:
    """For each arc the lowest arc that joins the same two nodes, [m]."""
    low, high = np.minimum(network.tail, network.head), np.maximum(network.tail, network.head)
    pair = low.astype(np.int64) * network.n_nodes + high
    _, first, inverse = np.unique(pair, return_index=True, return_inverse=True)
    return np.asarray(first[inverse], np.int64)


def _sum_pairs(named: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.bincount(named, weights=values, minlength=len(named)), np.float64)


def routes(before: State, after: State) -> pd.DataFrame:
    """The monitored routes before and after."""
    rows: list[Mapping[str, Any]] = []
    for (modes, old), (_, new) in zip(before.routes, after.routes):
        rows.append(
            {
                "origin": new.origin,
                "destination": new.destination,
                "origin_iso3": new.ends[0],
                "destination_iso3": new.ends[1],
                "mode": "+".join(modes),
                "good": new.good,
                "carrier": new.carrier,
                "base_km": _first(old, "length_km"),
                "km": _first(new, "length_km"),
                "base_h": _first(old, "time_h"),
                "h": _first(new, "time_h"),
                "base_usd_teu": _first(old, "cost_usd"),
                "usd_teu": _first(new, "cost_usd"),
                "base_via": _via(old),
                "via": _via(new),
                "assumed_share": _assumed_share(after.world.network, new),
                "rules": " ".join(r["rule"] for r in why((before.world, after.world), (old, new))),
                "shape": " ".join(f"{x:.2f} {y:.2f}" for x, y in new.routes[0].lonlat) if new.routes else "",
            }
        )
    return frame("result_routes", rows)


Answer = RouteAnswer | FlightAnswer


def _assumed_share(network: Network, answer: Answer) -> float:
    """Share of the best route's hours on arcs whose figures are assumed; NaN for flights and where there is no way."""
    if not answer.routes or isinstance(answer, FlightAnswer):
        return float("nan")
    arcs = answer.routes[0].arcs
    hours = network.time_h[arcs]
    return float(hours[network.basis[arcs] == _ASSUMED].sum() / hours.sum())


def _first(answer: Answer, name: str) -> float:
    """A figure of the best way; inf where there is none, NaN where it has none (the money of a flight)."""
    return float(getattr(answer.routes[0], name, np.nan)) if answer.routes else float("inf")


def _via(answer: Answer) -> str:
    if not answer.routes:
        return f"no way: {', '.join(b['rule'] for b in answer.blocked_by)}"
    if isinstance(answer, FlightAnswer):
        return f"over {', '.join(answer.flight.over)}"
    best = answer.routes[0]
    return ", ".join((*best.passages, *best.crossings))


def blocked(before: State, after: State) -> pd.DataFrame:
    """Every route, energy flow and trade pair that a rule or closure shuts, with the rule and its source."""
    rows = _blocked_routes(before, after)
    if after.energy:
        rows += energy_tables.blocked(before, after)
    if after.wedges is not None:
        rows += _blocked_pairs(before, after)
    return frame("result_blocked", rows)


def _blocked_routes(before: State, after: State) -> list[Mapping[str, Any]]:
    """The rules and closures that shut a monitored route or turn it aside."""
    return [
        {
            "what": "route",
            "origin": new.origin,
            "destination": new.destination,
            "good": new.good,
            "mode": "+".join(modes),
            **rule,
        }
        for (modes, old), (_, new) in zip(before.routes, after.routes)
        for rule in why((before.world, after.world), (old, new))
    ]


def _blocked_pairs(before: State, after: State) -> list[Mapping[str, Any]]:
    """Trade pairs that rules shut or change: the largest of those that the scenario changes, then the largest."""
    assert before.wedges is not None and after.wedges is not None and after.equilibrium is not None
    old, new = before.wedges.effects, after.wedges.effects
    size = after.world.trade.flow_usd.sum(axis=0)
    moved = sum(
        np.abs(getattr(new, name) - getattr(old, name)).sum(axis=0) for name in ("wedge", "tariff", "forbidden_share")
    )
    shut = np.maximum(old.forbidden_share, new.forbidden_share).max(axis=0)
    rows: list[Mapping[str, Any]] = []
    for mask, most in ((np.asarray(moved) > 1e-9, _MOST_PAIRS // 2), ((moved <= 1e-9) & (shut > 0), _MOST_PAIRS // 4)):
        for spot in np.argsort(-np.where(mask, size, -1.0), axis=None, kind="stable")[: min(most, int(mask.sum()))]:
            i, j = np.unravel_index(spot, size.shape)
            rows += _pair_rows(old, new, new.iso3[i], new.iso3[j])
    return rows


def _pair_rows(old: TradeEffects, new: TradeEffects, origin: str, destination: str) -> list[Mapping[str, Any]]:
    """One row for each rule that shuts the pair, or that holds on one side only."""
    sides = [{r.id: r for r in effects.rules_of(origin, destination)} for effects in (old, new)]
    rows: list[Mapping[str, Any]] = []
    for name in sorted({*sides[0], *sides[1]}):
        rule = sides[1].get(name) or sides[0][name]
        held = name in sides[0], name in sides[1]
        if rule.effect != "forbid" and all(held):
            continue
        rows.append(
            {
                "what": "pair",
                "origin": origin,
                "destination": destination,
                "good": "",
                "mode": "",
                "rule": rule.id,
                "title": rule.title,
                "source": rule.source,
                "when": when(*held),
            }
        )
    return rows


def projects(after: State) -> pd.DataFrame:
    """What the scenario built."""
    rows: list[Mapping[str, Any]] = [
        {
            "id": w.id,
            "name": w.name,
            "kind": w.kind,
            "countries": " ".join(w.countries),
            "status": w.status,
            "length_km": w.length_km,
            "cost_usd": w.cost_usd,
            "opens": w.opens,
            "basis": w.basis,
            "source": w.source,
            "shape": w.shape,
        }
        for w in after.world.works
    ]
    return frame("result_projects", rows)


def closures(after: State) -> pd.DataFrame:
    """What the scenario shut, with a point on the map where the network knows one."""
    return closure_table(after.world.network, [(c.where, c.share, c.days) for c in after.world.closures])


def closure_table(network: Network, closed: Sequence[tuple[str, float, float | None]]) -> pd.DataFrame:
    """Closed places (name, share, days or None for the year) with a point on the map where the network knows one."""
    rows: list[Mapping[str, Any]] = []
    for where, share, days in closed:
        lon = lat = float("nan")
        found = arcs_at(network, where) if in_network(network, where) else np.array([], int)
        if len(found):
            ends = network.tail[found]
            lon, lat = float(np.median(network.lon[ends])), float(np.median(network.lat[ends]))
        rows.append(
            {
                "where": where,
                "name": shown_name(network, where),
                "share": share,
                "days": DAYS_PER_YEAR if days is None else days,
                "lon": lon,
                "lat": lat,
            }
        )
    return frame("result_closures", rows)
