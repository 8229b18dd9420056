"""Fit a year: volumes held, trades pulled to what was observed by bounded terms, prices read from the duals.

Positive mathematical programming (Howitt 1995) with a quadratic pull: in the limit its multipliers are the least terms
that explain the flows. Terms are cut at a stated bound; what they cannot explain stays a miss and is printed.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from landbridge.energy import data
from landbridge.energy.bounds import REST
from landbridge.energy.market import Demand, Market, Nodes, Supply
from landbridge.energy.result import EnergyResult
from landbridge.energy.solve import solve
from tools.energy.sea import rows, write

SOURCE = "fitted by tools.energy calibrate to volumes.csv, flows.csv and the anchors of benchmarks.csv"
GUESS = {"crude": 0.96, "gas": 0.6}  # share of the level anchor: price about which volumes are held
HOLD = 0.002  # relative change of a volume that moves its price by the guess
FLOOR = 0.1  # share of the guess below which production is shut in
ANCHOR = 0.005  # an anchored price gives way by this share of the guess for 5 % of the node's volume
PULL = 0.01  # relative miss of a trade at which its term reaches the bound


def volume_market(fuel: Any, year: int) -> tuple[Market, np.ndarray, np.ndarray]:
    """The market with volumes held about the statistics, benchmarks of role `anchor` given, no terms."""
    numbers = data.Elasticities.of(fuel, "short")
    nodes = data._nodes(fuel)
    volumes = {r["node"]: r for r in rows("volumes") if r["fuel"] == fuel and r["year"] == str(year)}
    made = np.array([float(volumes[n]["production"]) if n in volumes else 0.0 for n in nodes.id])
    used = np.array([float(volumes[n]["consumption"]) if n in volumes else 0.0 for n in nodes.id])
    # stocks and rounding: production is taken as the better counted; Russia's balance is exact already
    elsewhere = ~np.isin(np.array(nodes.iso3), ("RUS", "BLR"))
    used[elsewhere] *= 1.0 + (made.sum() - used.sum()) / used[elsewhere].sum()
    s, d = np.flatnonzero(made > 0), np.flatnonzero(used > 0)
    guess = GUESS[fuel] * _level(fuel, year)
    supply, slope, intercept = _held(nodes, made, used, s, d, guess)
    for row in rows("benchmarks"):
        if row["fuel"] == fuel and row["year"] == str(year) and row["role"] == "anchor":
            k = int(np.flatnonzero(d == nodes.index(row["node"]))[0])
            slope[k] = ANCHOR * guess / (0.05 * used[d[k]])
            intercept[k] = float(row["price"]) + slope[k] * used[d[k]]
    demand = Demand(d, intercept, slope, np.full(len(d), np.inf), used[d])
    market = data.assemble(fuel, year, nodes, supply, demand, numbers, {}, {})
    return market, made, used


def _held(
    nodes: Nodes, made: np.ndarray, used: np.ndarray, s: np.ndarray, d: np.ndarray, guess: float
) -> tuple[Supply, np.ndarray, np.ndarray]:
    """Curves that hold volumes within HOLD while the price moves by the guess; what nobody can take stays unmade."""
    floor = FLOOR * guess
    base, steep = (1.0 - HOLD) * made[s], HOLD * made[s]
    supply = Supply(
        np.concatenate([s, s]), tuple(nodes.iso3[n] for n in s) * 2, np.concatenate([base, 3.0 * steep]),
        np.full(2 * len(s), floor), np.concatenate([np.full(len(s), floor), np.full(len(s), floor + 3.0 * guess)]),
    )  # fmt: skip
    slope = guess / (HOLD * used[d])
    return supply, slope, guess + slope * used[d]


def fit(fuel: Any, year: int) -> tuple[EnergyResult, np.ndarray]:
    """The fitted equilibrium and the term of every observed trade."""
    market, _, _ = volume_market(fuel, year)
    seen = market.observed
    floor = data.parameter("trade_floor", fuel)
    kind = np.array(seen.kind)
    bound = data.parameter("term_bound", fuel) * _level(fuel, year)
    held = np.isin(kind, ("fitted", data.BORDER)) & np.isfinite(seen.flow)
    split = kind == data.SPLIT
    pull = np.where(held, bound / (PULL * np.maximum(seen.flow, floor)), np.where(split, seen.slope, 0.0))
    observed = np.where(split, seen.centre, seen.flow)
    fixed = np.zeros(len(pull), dtype=bool)
    term = np.zeros(len(pull))
    for _ in range(8):
        trial = dataclasses.replace(
            seen, slope=np.where(fixed, 1e-6, pull), centre=observed, term=np.where(fixed, term, 0.0)
        )
        answer = solve(dataclasses.replace(market, observed=trial), forbidden=data.restrictions(fuel, year),
                       capacity_factor=data.closed_links(fuel, year),
                       price_caps=data.price_caps(fuel, year), tariffs=data.shunning(fuel, year))  # fmt: skip
        flows = np.array([row.model for row in answer.fit])
        free = np.where(split, 0.0, pull * (flows - observed))
        # a trade that the model cannot carry at all (banned, no way) gets no term: its miss is printed
        lost = ~fixed & (flows < 1e-3) & (free < 0)
        pull = np.where(lost, 0.0, pull)
        free = np.where(lost, 0.0, free)
        over = ~fixed & (np.abs(free) > bound)
        term = np.where(fixed, term, np.clip(free, -bound, bound))
        if not over.any() and not lost.any():
            break
        fixed |= over
    return answer, term


def _level(fuel: str, year: int) -> float:
    name = {"crude": "Brent", "gas": "JKM"}[fuel]
    return next(float(r["price"]) for r in rows("benchmarks") if r["benchmark"] == name and r["year"] == str(year))


def anchors(fuel: str, year: int, answer: EnergyResult) -> list[dict[str, Any]]:
    """Base points of the curves: solved volumes and prices (what a producer gets, a consumer pays)."""
    market = answer.market
    out = []
    for n, node in enumerate(market.nodes.id):
        iso = market.nodes.iso3[n]
        k = answer.classes.index(iso) if iso in answer.classes else answer.classes.index(REST)
        price = answer.price[n] if answer.consumption[n] > 0 else answer.price_by_origin[k, n]
        out.append(
            {
                "fuel": fuel, "year": year, "node": node, "production": round(float(answer.production[n]), 4),
                "consumption": round(float(answer.consumption[n]), 4),
                "price": round(float(price), 4) if np.isfinite(price) else "", "basis": "fitted",
                "source": SOURCE,
            }
        )  # fmt: skip
    return out


def gravity(fuel: str, year: int) -> dict[str, float]:
    """What the sizes of seller and buyer alone would give each observed trade: exports x imports / all."""
    mine = {r["name"]: float(r["flow"]) for r in rows("flows") if r["fuel"] == fuel and r["year"] == str(year)}
    sold: dict[str, float] = {}
    bought: dict[str, float] = {}
    ends = {name: _ends(name) for name in mine}
    for name, flow in mine.items():
        seller, buyer = ends[name]
        sold[seller] = sold.get(seller, 0.0) + flow
        bought[buyer] = bought.get(buyer, 0.0) + flow
    every = sum(mine.values())
    return {name: sold[seller] * bought[buyer] / every for name, (seller, buyer) in ends.items()}


def _ends(name: str) -> tuple[str, str]:
    seller, _, buyer = name.partition("-")
    return seller, {"druzhba-north": "eu"}.get(buyer, buyer.split(" ")[0])


def scale(flow: float, expected: float) -> float:
    """What the friction of a trade relates to: the geometric mean of the trade and of what sizes alone would give.

    A small trade between a large seller and a large buyer is easier to enlarge than one between small ones.
    """
    return float(np.sqrt(flow * expected))


def build() -> None:
    anchor_rows, term_rows, reference_rows = [], [], []
    for fuel in ("crude", "gas"):
        flows: dict[str, float] = {}  # the largest flow known by the year: 2022 knows nothing of 2023
        before: dict[str, tuple[float, float]] = {}
        for year in (2022, 2023):
            for row in (*rows("flows"), *rows("borders")):
                if row["fuel"] == fuel and row["year"] == str(year):
                    flows[row["name"]] = max(flows.get(row["name"], 0.0), float(row["flow"]))
            answer, term = fit(fuel, year)
            crossing = {r["name"]: float(r["flow"]) for r in rows("borders") if r["year"] == str(year)}
            expected = gravity(fuel, year) | crossing
            # a split keeps its prior as centre: its friction at the base point is part of the fit
            fitted = {
                row.name: (float(value), row.model) for row, value in zip(answer.fit, term) if row.kind != data.SPLIT
            }
            # what was closed in the year reopens on the terms of the year before
            closed = [r.name for r in answer.fit if r.kind == "input" and r.observed == 0 and r.name in before]
            fitted |= {name: before[name] for name in closed}
            before = fitted
            anchor_rows += anchors(fuel, year, answer)
            term_rows += [
                {"fuel": fuel, "year": year, "name": name, "term": round(value, 4), "centre": round(centre, 4),
                 "scale": round(scale(max(flows[name], centre), expected[name]), 3), "source": SOURCE}
                for name, (value, centre) in fitted.items()
            ]  # fmt: skip
            links = answer.market.arcs.link
            reference_rows += [
                {
                    "fuel": fuel,
                    "year": year,
                    "link": links[a],
                    "flow": round(float(answer.flow[a]), 4),
                    "source": SOURCE,
                }
                for a in np.flatnonzero(answer.flow > 1e-3)
            ]
    write("anchors", anchor_rows)
    write("terms", term_rows)
    write("reference", reference_rows)
