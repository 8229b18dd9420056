"""Gas in 2030-2035 with and without what a scenario builds for later, and what the answer hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from landbridge import energy
from landbridge.world import World

YEARS: Final = range(2030, 2036)
_MIDDLE: Final = 2033  # year of the sensitivities
_TAIL_YEARS: Final = 25.0
_HUBS: Final = (("Shanghai", "chn-coast"), ("JKM", "jpn"), ("TTF", "nld"))
_UNIT: Final = "USD/MMBtu"
_PRICES_PAID: Final = (6.0, 8.42, 10.0, 12.0)  # USD/MMBtu; 8.42 is what Power of Siberia 1 earned in 2023
NO_CHECK: Final = "no published equilibrium number exists to check these"

Row = Mapping[str, Any]
Arcs = energy.Arcs


def later_links(before: World, after: World) -> tuple[str, ...]:
    """Gas links that the scenario opens, or widens, for a year after its own."""
    old = dict(zip(before.gas.arcs.link, before.gas.arcs.capacity))
    later = any(w.opens and int(w.opens) > after.date.year for w in after.works)
    grown = [
        link
        for link, capacity in zip(after.gas.arcs.link, after.gas.arcs.capacity)
        if capacity > old.get(link, 0.0) and link not in {x for x in old if np.isinf(old[x])}
    ]
    return tuple(grown) if later else ()


def solve(before: World, after: World) -> tuple[Row, ...]:
    """Rows of table `energy_outlook`; none where nothing of gas opens later.

    Long-run elasticities, four seasons, storage, the outlook of data/energy/projection.csv; what the scenario builds is
    there from its first year on. Rules other than the base year's are not in it.
    """
    links = later_links(before, after)
    if not links:
        return ()
    bare, built = energy.long_run(before.gas), energy.long_run(after.gas)
    central = _pair(bare, built)
    rows = _central(central, links)
    half = replace(built, arcs=_half(bare.arcs, built.arcs, links))
    rows += _case("half the size", _pair(bare, half, without=central[0]), links)
    for word, factor in (("-10 %", 0.9), ("+10 %", 1.1)):
        pair = _pair(bare.scale_demand({"CHN": factor}), built.scale_demand({"CHN": factor}))
        rows += _case(f"Chinese demand {word}", pair, links)
    reopened = ("nord-stream", "yamal-europe")
    rows += _case("Nord Stream and Yamal-Europe open", _pair(bare, built, reopened=reopened), links)
    rows += _case("central", central, links)
    return tuple(rows + _formulas(central[1], links))


_Pair = tuple[energy.HorizonResult, energy.HorizonResult]


def _pair(
    bare: energy.Market,
    built: energy.Market,
    *,
    reopened: tuple[str, ...] = (),
    without: energy.HorizonResult | None = None,
) -> _Pair:
    def run(market: energy.Market) -> energy.HorizonResult:
        horizon = energy.load_horizon("gas", YEARS, tail_years=_TAIL_YEARS, market=market, reopened=reopened)
        return energy.solve_years(horizon)

    return without or run(bare), run(built)


def _half(bare: Arcs, built: Arcs, links: tuple[str, ...]) -> Arcs:
    old = dict(zip(bare.link, bare.capacity))
    capacity = [0.5 * (c + old.get(link, 0.0)) if link in links else c for link, c in zip(built.link, built.capacity)]
    return replace(built, capacity=np.array(capacity))


def _central(pair: _Pair, links: tuple[str, ...]) -> list[Row]:
    rows: list[Row] = []
    market = pair[1].horizon.market
    series: list[tuple[str, str, str, list[NDArray[np.float64]]]] = [
        ("flow", link, "bcm/yr", [_flow(r, link) for r in pair]) for link in links
    ]
    series.append(("imports", "China, LNG", "bcm/yr", [_lng(r, "CHN") for r in pair]))
    series += [("price", name, _UNIT, [_price(r, node) for r in pair]) for name, node in _HUBS]
    ways = [*links, "power-of-siberia-1", "rus-yamal-lng>chn-coast"]
    known = [w for w in dict.fromkeys(ways) if w in market.arcs.link]
    series += [("netback", way, _UNIT, [_netback(r, way) for r in pair]) for way in known]
    for quantity, name, unit, (base, value) in series:
        for y, year in enumerate(YEARS):
            rows.append(_row("central", year, quantity, name, unit, float(base[y]), float(value[y])))
    return rows


def _case(case: str, pair: _Pair, links: tuple[str, ...]) -> list[Row]:
    y = list(YEARS).index(_MIDDLE)
    label = f"{case}, {_MIDDLE}"
    rows = [
        _row(label, _MIDDLE, "flow", link, "bcm/yr", float(_flow(pair[0], link)[y]), float(_flow(pair[1], link)[y]))
        for link in links
    ]
    lng = [float(_lng(r, "CHN")[y]) for r in pair]
    rows.append(_row(label, _MIDDLE, "imports", "China, LNG", "bcm/yr", *lng))
    for name, node in _HUBS:
        rows.append(_row(label, _MIDDLE, "price", name, _UNIT, *(float(_price(r, node)[y]) for r in pair)))
    rows += [_row(label, _MIDDLE, "netback", x, _UNIT, *(float(_netback(r, x)[y]) for r in pair)) for x in links]
    return rows


def _formulas(built: energy.HorizonResult, links: tuple[str, ...]) -> list[Row]:
    """The price formula moves no flow while the line is full: billions a year to the buyer at several prices."""
    y = list(YEARS).index(_MIDDLE)
    market = built.horizon.market
    rows: list[Row] = []
    for link in links:
        worth = float(_price(built, market.nodes.id[market.arcs.head[market.arcs.link.index(link)]])[y])
        for paid in _PRICES_PAID:
            gain = (worth - paid) * float(_flow(built, link)[y]) * market.usd_per_unit / 1e9
            case = f"price formula: {paid:g} USD/MMBtu, {_MIDDLE}"
            rows.append(_row(case, _MIDDLE, "transfer to the buyer", link, "billion USD/yr", 0.0, gain))
    return rows


def _row(case: str, year: int, quantity: str, name: str, unit: str, base: float, value: float) -> Row:
    return {"case": case, "year": year, "quantity": quantity, "name": name, "unit": unit, "base": base, "value": value}


def _flow(result: energy.HorizonResult, link: str) -> NDArray[np.float64]:
    """[Y] flow of a link; nought where the market has none of that name."""
    arcs = result.horizon.market.arcs
    if link not in arcs.link:
        return np.zeros(len(YEARS))
    return np.asarray(result.yearly(result.flow)[:, arcs.link.index(link)])


def _lng(result: energy.HorizonResult, iso3: str) -> NDArray[np.float64]:
    market = result.horizon.market
    head = np.array(market.nodes.iso3)[market.arcs.head]
    ships = (np.array(market.arcs.mode) == "lng") & (head == iso3)
    return np.asarray(result.yearly(result.flow)[:, ships].sum(axis=1))


def _price(result: energy.HorizonResult, node: str) -> NDArray[np.float64]:
    return np.asarray(result.yearly(result.price)[:, result.horizon.market.nodes.index(node)])


def _netback(result: energy.HorizonResult, link: str) -> NDArray[np.float64]:
    """[Y] price where the way ends less its cost; NaN where there is no such way."""
    arcs = result.horizon.market.arcs
    if link not in arcs.link or arcs.capacity[arcs.link.index(link)] <= 0:
        return np.full(len(YEARS), np.nan)
    a = arcs.link.index(link)
    return np.asarray(result.yearly(result.price)[:, arcs.head[a]] * (1 - arcs.loss[a]) - arcs.cost[a])


def note(rows: tuple[Row, ...]) -> str:
    """One sentence: what the works change in the middle year; '' where there is no outlook."""
    label = f"central, {_MIDDLE}"
    found = {(r["quantity"], r["name"]): r for r in rows if r["case"] == label}
    if not found:
        return ""
    words = [f"{name} {found['price', name]['value'] - found['price', name]['base']:+.2f}" for name, _ in _HUBS]
    lng = found["imports", "China, LNG"]
    return (
        f"Outlook {_MIDDLE} (assumed growth, table energy_outlook): China's LNG imports "
        f"{lng['value'] - lng['base']:+.1f} bcm, prices {', '.join(words)} {_UNIT}; {NO_CHECK}."
    )
