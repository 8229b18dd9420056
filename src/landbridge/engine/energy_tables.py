"""Energy tables of a result: flows, prices, balances, fit, and flows that rules shut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from landbridge import tables as tabular
from landbridge.codes import name_of
from landbridge.energy import EnergyResult, Nodes
from landbridge.engine import energy_money
from landbridge.engine.energy_shapes import shapes
from landbridge.engine.state import State
from landbridge.engine.why import of_flow
from landbridge.network import Network
from landbridge.rules import EnergyEffects
from landbridge.world import Closure

UNIT: Final = {"crude": "Mt/yr", "gas": "bcm/yr"}
PRICE_UNIT: Final = {"crude": "USD/bbl", "gas": "USD/MMBtu"}
_BY_RULE: Final = {"pipe": "pipe", "sea": "sea", "lng": "sea", "rail": "rail", "plant": ""}  # modes of the rules
_MODE: Final = {"pipe": "pipeline", "sea": "tanker", "lng": "lng", "rail": "rail", "plant": "plant"}
_LEAST: Final = 0.05  # Mt or bcm a year, before and after: smaller flows are not shown


def _frame(name: str, rows: list[Mapping[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(tabular.dictionary(name)))


def tables(before: State, after: State) -> dict[str, pd.DataFrame]:
    """Flows, prices, balances and fit of both fuels."""
    flows: list[Mapping[str, Any]] = []
    prices: list[Mapping[str, Any]] = []
    balances: list[Mapping[str, Any]] = []
    fit: list[Mapping[str, Any]] = []
    money: dict[str, list[Mapping[str, Any]]] = {"rents": [], "netbacks": [], "contracts": []}
    for fuel, found in after.energy.items():
        old, new = before.energy[fuel].year, found.year
        effects = (before.energy[fuel].effects, found.effects)
        flows += _flows(fuel, (old, new), effects, after.world.closures, after.world.network)
        prices += _prices(fuel, old, new)
        balances += _balances(fuel, old, new)
        fit += _fit(fuel, old)
        money["rents"] += energy_money.rents(fuel, old, new)
        money["netbacks"] += energy_money.netbacks(fuel, old, new)
        money["contracts"] += energy_money.contracts(fuel, old, new)
    return {
        "energy_flows": _frame("result_energy_flows", flows),
        "energy_prices": _frame("result_energy_prices", prices),
        "energy_balances": _frame("result_energy_balances", balances),
        "fit": _frame("result_fit", fit),
        **{f"energy_{name}": _frame(f"result_energy_{name}", rows) for name, rows in money.items()},
        **({"energy_outlook": _frame("result_energy_outlook", list(after.outlook))} if after.outlook else {}),
    }


def _flows(
    fuel: str,
    sides: tuple[EnergyResult, EnergyResult],
    effects: Sequence[EnergyEffects],
    closures: Sequence[Closure],
    network: Network,
) -> list[Mapping[str, Any]]:
    old, new = sides
    nodes, arcs = new.market.nodes, new.market.arcs
    known = len(old.flow)  # works append arcs
    before = np.zeros(len(arcs.link))
    before[:known] = old.flow
    shown = np.flatnonzero(np.maximum(before, new.flow) >= _LEAST)
    drawn = shapes(network, new.market, shown.tolist())
    areas = _areas(nodes)
    rows: list[Mapping[str, Any]] = []
    for a in shown.tolist():
        base, value = float(before[a]), float(new.flow[a])
        i, j = int(arcs.tail[a]), int(arcs.head[a])
        shut = [f"closure:{c.where}" for c in closures if c.where == arcs.link[a] or c.where in arcs.passages[a]]
        ruled = of_flow(effects, (nodes.iso3[i], nodes.iso3[j]), _BY_RULE[arcs.mode[a]], arcs.link[a])
        rows.append(
            {
                "fuel": fuel,
                "origin": nodes.name[i],
                "destination": nodes.name[j],
                "mode": _MODE[arcs.mode[a]],
                "link": arcs.link[a],
                "base": base,
                "value": value,
                "unit": UNIT[fuel],
                "origin_lon": nodes.lon[i],
                "origin_lat": nodes.lat[i],
                "destination_lon": nodes.lon[j],
                "destination_lat": nodes.lat[j],
                "origin_area": areas[i][1],
                "destination_area": areas[j][1],
                "rules": " ".join((*ruled.split(), *shut)),
                "shape": drawn.get(a, ""),
                "basis": "modelled",
            }
        )
    return rows


def _prices(fuel: str, old: EnergyResult, new: EnergyResult) -> list[Mapping[str, Any]]:
    names = {node: benchmark for benchmark, node in new.market.price_nodes.items()}
    rows: list[Mapping[str, Any]] = []
    for i, node in enumerate(new.market.nodes.id):
        base, value = float(old.price[i]), float(new.price[i])
        if not np.isfinite(base) and not np.isfinite(value):
            continue
        label = f"{names[node]} ({new.market.nodes.name[i]})" if node in names else new.market.nodes.name[i]
        rows.append(
            {
                "fuel": fuel,
                "node": node,
                "name": label,
                "base": base,
                "value": value,
                "unit": PRICE_UNIT[fuel],
                "percent": 100 * (value / base - 1) if base > 0 else float("nan"),
            }
        )
    return rows


def _balances(fuel: str, old: EnergyResult, new: EnergyResult) -> list[Mapping[str, Any]]:
    market = new.market
    areas = _areas(market.nodes)
    names = dict(areas)
    regions = np.array([region for region, _ in areas])
    rows: list[Mapping[str, Any]] = []
    sides = [_by_region(result, regions) for result in (old, new)]
    for region in sorted(set(names) - {""}):
        values = [side[region] for side in sides]
        if max(max(v) for v in values) < _LEAST:
            continue
        row: dict[str, Any] = {"fuel": fuel, "region": region, "name": names[region], "unit": UNIT[fuel]}
        for (made, used, imported, exported), suffix in zip(values, ("_base", "")):
            row |= {
                f"production{suffix}": made,
                f"consumption{suffix}": used,
                f"imports{suffix}": imported,
                f"exports{suffix}": exported,
            }
        rows.append(row)
    return rows


_ONE_COUNTRY: Final = 0.9  # share of its largest user from which a node stands for that country


def _areas(nodes: Nodes) -> list[tuple[str, str]]:
    """(ISO3, country) of each node; (id, own name) of one that several countries share: it is none of them."""
    out = []
    for node, iso3, name, members in zip(nodes.id, nodes.iso3, nodes.name, nodes.members):
        shared = len(members) > 1 and max(share for _, share in members) < _ONE_COUNTRY
        out.append((node, name) if shared else (iso3, name_of(iso3) if iso3 else name))
    return out


def _by_region(result: EnergyResult, regions: np.ndarray) -> dict[str, tuple[float, float, float, float]]:
    """Production, consumption, imports and exports by area."""
    arcs = result.market.arcs
    tail, head = regions[arcs.tail], regions[arcs.head]
    across = tail != head
    out = {}
    for region in set(regions.tolist()):
        here = regions == region
        out[region] = (
            float(result.production[here].sum()),
            float(result.consumption[here].sum()),
            float((result.flow * (1 - arcs.loss))[across & (head == region)].sum()),
            float(result.flow[across & (tail == region)].sum()),
        )
    return out


_FIT_ROWS: Final = 20


def _fit(fuel: str, result: EnergyResult) -> list[Mapping[str, Any]]:
    """The largest observed flows, and all of Russia's, beside the model's."""
    known = sorted((r for r in result.fit if np.isfinite(r.observed)), key=lambda r: -r.observed)
    shown = [r for place, r in enumerate(known) if place < _FIT_ROWS or r.name.startswith("rus")]
    return [
        {
            "quantity": f"{fuel}: {_flow_name(row.name)}",
            "observed": row.observed,
            "model": row.model,
            "miss_percent": 100 * row.miss,
            "unit": UNIT[fuel],
            "role": row.kind,
            "source": row.source,
        }
        for row in shown
    ]


def _flow_name(name: str) -> str:
    """'rus-chn' -> 'Russia to China', 'dza-eu pipe' -> 'Algeria to the European Union by pipe'."""
    pair, _, way = name.partition(" ")
    ends = [_REGIONS.get(end) or name_of(end.upper()) for end in pair.split("-", 1)]
    return " to ".join(ends) + (f" by {_WAYS.get(way, way)}" if way else "")


# Ends of observed flows that are no country, as the statistics gather them
_REGIONS: Final = {
    "afrn": "North Africa",
    "afrw": "West Africa",
    "africa": "Africa",
    "cis": "other CIS",
    "druzhba-north": "Germany and Poland by Druzhba",
    "eu": "the European Union",
    "eurest": "the rest of Europe",
    "europe": "Europe",
    "iberia": "Spain and Portugal",
    "meast": "the Middle East",
    "oap": "other Asia Pacific",
    "oeu": "other Europe",
    "ome": "other Middle East",
    "sca": "South and Central America",
}
_WAYS: Final = {"lng": "LNG tanker"}


def blocked(before: State, after: State) -> list[Mapping[str, Any]]:
    """Energy flows that rules forbid, with the rule."""
    rows: list[Mapping[str, Any]] = []
    for fuel, found in after.energy.items():
        old, new = before.energy[fuel].effects, found.effects
        sides = [{(f.origin, f.destination, f.mode, f.rule.id): f for f in e.forbid} for e in (old, new)]
        for key in sorted({*sides[0], *sides[1]}):
            rule = (sides[1].get(key) or sides[0][key]).rule
            in_both = key in sides[0] and key in sides[1]
            rows.append(
                {
                    "what": "flow",
                    "origin": key[0],
                    "destination": key[1],
                    "good": fuel,
                    "mode": key[2],
                    "rule": rule.id,
                    "title": rule.title,
                    "source": rule.source,
                    "when": "both" if in_both else ("base" if key in sides[0] else "scenario"),
                }
            )
    return rows
