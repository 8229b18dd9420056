"""Headline figures of the energy markets: Russia's crude and gas, China's imports, benchmark prices, with ranges."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from landbridge.energy import EnergyResult
from landbridge.engine.state import State
from landbridge.results import Figure
from landbridge.units import MBD_PER_MT_YR

_SOURCES: Final = ("energy-institute", "gem", "model")
_RANGE: Final = "range over low and high elasticities of supply, demand and trade, not over data error"
_NO_PRICE: Final = "none: nothing passes there"
_Measure = Callable[[EnergyResult], float]


def figures(before: State, after: State) -> list[Figure]:
    """Every energy figure; low and high where the scenario was also solved with other elasticities."""
    union = after.world.rules.on(after.world.date).members("EU")
    found: list[tuple[str, str, str, _Measure, str, str]] = [
        ("crude", key, label, measure, unit, note) for key, label, measure, unit, note in _crude(union)
    ]
    found += [("gas", key, label, measure, unit, note) for key, label, measure, unit, note in _gas()]
    out = []
    for fuel, key, label, measure, unit, note in found:
        out.append(_figure(f"{fuel}.{key}", label, fuel, measure, unit, note, before, after))
    for fuel, unit in (("crude", "USD/bbl"), ("gas", "USD/MMBtu")):
        for name, node in after.energy[fuel].year.market.price_nodes.items():
            out.append(_figure(f"{fuel}.price.{name}", name, fuel, _price(node), unit, "", before, after))
    return out


def _crude(union: frozenset[str]) -> list[tuple[str, str, _Measure, str, str]]:
    def to_china(r: EnergyResult) -> float:
        return r.deliveries("RUS", "CHN")

    def share(r: EnergyResult) -> float:
        exports = r.deliveries("RUS")
        return 100 * to_china(r) / exports if exports > 0 else math.nan

    def to_union(r: EnergyResult) -> float:
        return float(r.consumption_by_origin[r.classes.index("RUS")] @ r.market.nodes.share_in(union))

    return [
        ("rus-chn", "Russian crude to China", to_china, "Mt/yr", "2023 observed: 107 Mt"),
        (
            "rus-chn-mbd",
            "Russian crude to China, in barrels",
            lambda r: to_china(r) * MBD_PER_MT_YR,
            "million bbl/day",
            "",
        ),
        (
            "rus-chn-share",
            "China's share of Russian crude exports",
            share,
            "%",
            "2022 observed 33 %, 2023 44 %: 'over a third' of October 2023 lies between",
        ),
        ("rus", "Russian crude exports", lambda r: r.deliveries("RUS"), "Mt/yr", ""),
        ("rus-ind", "Russian crude to India", lambda r: r.deliveries("RUS", "IND"), "Mt/yr", ""),
        ("rus-eu", "Russian crude to the European Union", to_union, "Mt/yr", ""),
        (
            "discount",
            "Discount of Urals FOB to Brent",
            lambda r: r.price_at("eu-nw") - r.price_at("rus-baltic"),
            "USD/bbl",
            "",
        ),
    ]


def _gas() -> list[tuple[str, str, _Measure, str, str]]:
    def by_pipe(r: EnergyResult) -> float:
        return _imports(r, "CHN", "pipe", "RUS")

    return [
        ("rus-chn", "Russian gas to China by pipe", by_pipe, "bcm/yr", "bcm at 15 degrees C, 40 MJ/m3"),
        ("chn-lng", "China's LNG imports", lambda r: _imports(r, "CHN", "lng"), "bcm/yr", ""),
    ]


def _price(node: str) -> _Measure:
    return lambda r: r.price_at(node)


def _figure(
    key: str, label: str, fuel: str, measure: _Measure, unit: str, note: str, before: State, after: State
) -> Figure:
    found = after.energy[fuel]
    value = measure(found.year)
    every = [value, *(measure(end.year) for end in found.ends)] if found.ends and math.isfinite(value) else []
    low, high = _bounds(every)
    return Figure(
        id=f"energy.{key}",
        label=label,
        value=value,
        unit=unit,
        base=measure(before.energy[fuel].year),
        low=low,
        high=high,
        vintage=str(found.year.market.year),
        sources=_SOURCES,
        note="; ".join(n for n in (note, _RANGE if every else "", "" if math.isfinite(value) else _NO_PRICE) if n),
    )


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    known = [v for v in values if math.isfinite(v)]
    return (min(known), max(known)) if known else (math.nan, math.nan)


def _imports(result: EnergyResult, iso3: str, mode: str, origin: str = "") -> float:
    """What crosses into a country by one mode, of one origin's molecules or of all, losses deducted."""
    arcs, regions = result.market.arcs, np.array(result.market.nodes.iso3)
    here = (np.array(arcs.mode) == mode) & (regions[arcs.head] == iso3) & (regions[arcs.tail] != iso3)
    if origin:
        here &= regions[arcs.tail] == origin  # straight over the border, not by way of a third country
    flow = result.flow_by_origin[result.classes.index(origin)] if origin else result.flow
    return float((flow * (1 - arcs.loss))[here].sum())
