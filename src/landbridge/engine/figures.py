"""The headline figures of a result, each with unit, range, vintage, basis and sources."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.engine import energy_figures, goods, income
from landbridge.engine.choice import FreightCosts
from landbridge.engine.flight import FlightAnswer
from landbridge.engine.route import RouteAnswer
from landbridge.engine.state import State
from landbridge.results import Figure
from landbridge.units import HOURS_PER_DAY

_TRADE: Final = ("factbook", "world-bank", "customs-2023", "hummels-schaur", "model")
_FREIGHT: Final = ("osm", "searoute", "atlas-repairs", "freight-values", "model")
_EUROPE: Final = "@EU"
_MOVED: Final = 5e-4  # relative change below which a figure counts as unchanged
_NOISE: Final = 1e-8  # per cent: what solver residuals leave
_INCOME_SCALE: Final = 0.5  # per cent of real income
_LEAST_BASE: Final = {"Mt/yr": 10.0}  # what comes from next to nothing is no change of many thousand per cent


def figures(before: State, after: State) -> tuple[Figure, ...]:
    """Figures of every room that ran, those that the scenario moves first."""
    found: list[Figure] = []
    if after.equilibrium is not None:
        found += _income(after)
    if after.energy:
        found += energy_figures.figures(before, after)
    if after.freight:
        found += _freight(before, after)
    if after.flows is not None and before.flows is not None:
        found += _flows(before, after)
    if after.routes:
        found += _routes(before, after)
    # the world's real income leads, then what the scenario moves most
    return tuple(sorted(found, key=lambda f: (f.id != "trade.real-income.world", -_importance(f))))


def nothing_moves(found: tuple[Figure, ...]) -> bool:
    """Whether no figure moves by as much as would be told."""
    return not any(_importance(figure) for figure in found)


def _importance(figure: Figure) -> float:
    """Relative change; half a per cent of real income counts as much as a doubling; 0 where nothing moves."""
    if math.isnan(figure.base) or figure.value == figure.base:
        return 0.0
    if not math.isfinite(figure.value) or not math.isfinite(figure.base):
        return math.inf
    size = _INCOME_SCALE if figure.base == 0 else max(abs(figure.base), _LEAST_BASE.get(figure.unit, 0.0))
    change = abs(figure.value - figure.base) / size
    return change if change > _MOVED else 0.0


def _income(after: State) -> list[Figure]:
    """Real income of the world, of the Belt and Road economies, and of those that the scenario names."""
    assert after.equilibrium is not None
    every = income.every_percent(after)  # a group's range is over cases that hold for all its members at once
    size = after.world.trade.value_added_usd
    iso3 = np.array(after.world.trade.iso3)
    groups = {
        "world": ("World real income", np.ones(len(iso3), bool)),
        "bri": ("Real income of China and the Belt and Road signatories", _members(after, "BRI_MOU") | (iso3 == "CHN")),
        "chn": ("Real income of China", iso3 == "CHN"),
        "rus": ("Real income of Russia", iso3 == "RUS"),
        "eu": ("Real income of the European Union", _members(after, "EU")),
    }
    out = []
    for key, (label, inside) in groups.items():
        weight = size * inside / size[inside].sum()
        cases = every @ weight
        ends = (float(x) for x in (cases[0], cases.min(), cases.max()))
        value, low, high = (x if abs(x) > _NOISE else 0.0 for x in ends)
        out.append(
            Figure(
                id=f"trade.real-income.{key}",
                label=label,
                value=value,
                unit="%",
                base=0.0,
                low=low,
                high=high,
                vintage="2023",
                sources=_TRADE,
                note=f"equivalent variation of trade and change of energy surplus; {income.covers(after)}",
            )
        )
    return out


def _members(state: State, group: str) -> NDArray[np.bool_]:
    members = state.world.rules.on(state.world.date).members(group)
    return np.isin(state.world.trade.iso3, sorted(members))


def _freight(before: State, after: State) -> list[Figure]:
    """Mean over pairs of economies of shipment time and of the freight wedge, as the Belt and Road studies report."""
    old, new = (_year(s) for s in (before, after))
    bri = _members(after, "BRI_MOU") | np.array([c == "CHN" for c in after.world.trade.iso3])
    out = []
    for key, label, inside in (
        ("world", "all pairs of economies", np.ones(len(bri), bool)),
        ("bri", "pairs among Belt and Road economies", bri),
    ):
        pairs = np.outer(inside, inside) & ~np.eye(len(bri), dtype=bool)
        ok = pairs & np.isfinite(old.time_h) & np.isfinite(new.time_h) & (old.time_h > 0)
        out.append(
            Figure(
                id=f"freight.time.{key}",
                label=f"Mean shipment time, {label}",
                value=float(new.time_h[ok].mean()) / HOURS_PER_DAY,
                base=float(old.time_h[ok].mean()) / HOURS_PER_DAY,
                unit="days",
                vintage="2023",
                sources=_FREIGHT,
                note="simple mean over pairs that have a way in both",
            )
        )
        ok &= np.isfinite(old.wedge).all(axis=0) & np.isfinite(new.wedge).all(axis=0)
        wedge = [np.tensordot(_shares(), np.where(ok, c.wedge, 0.0), axes=1)[ok].mean() for c in (new, old)]
        out.append(
            Figure(
                id=f"freight.cost.{key}",
                label=f"Mean freight and time cost, {label}",
                value=100 * float(wedge[0]),
                base=100 * float(wedge[1]),
                unit="% of value",
                vintage="2023",
                basis="modelled",
                sources=_FREIGHT,
                note="the wedge f itself, not 1 + f; world mix of goods",
            )
        )
    return out


def _year(state: State) -> FreightCosts:
    """Freight costs of the year: the mean of its regimes by weight; no way where some regime has none."""
    weights = [f.regime.weight for f in state.freight]
    wedge, served, time_h, cost = (
        np.asarray(sum(w * getattr(f.costs, name) for w, f in zip(weights, state.freight)))
        for name in ("wedge", "served", "time_h", "cost_usd_teu")
    )
    return FreightCosts(wedge, served, time_h, cost)


def _shares() -> NDArray[np.float64]:
    return goods.groups().world_value_share


def _flows(before: State, after: State) -> list[Figure]:
    assert before.flows is not None and after.flows is not None
    iso3 = np.array(after.world.trade.iso3)
    china, europe = iso3 == "CHN", _members(after, "EU") | np.isin(iso3, ("GBR", "CHE", "NOR", "RUS", "BLR"))
    rail = []
    for flows in (after.flows, before.flows):
        matrix = flows.chain_teu["rail-teu"]
        rail.append(float(matrix[np.ix_(china, europe)].sum() + matrix[np.ix_(europe, china)].sum()) / 1e6)
    out = [
        Figure(
            id="freight.rail.china-europe",
            label="Boxes by rail between China and Europe",
            value=rail[0],
            base=rail[1],
            unit="million TEU/yr",
            vintage="2023",
            basis="estimated",
            sources=_FREIGHT,
            note="base fitted to 1.749 million TEU in January-November 2023 (China Railway)",
        )
    ]
    lost = [f.unserved_t / 1e6 for f in (after.flows, before.flows)]
    if max(lost) > 0.1:
        out.append(
            Figure(
                id="freight.unserved",
                label="Goods without a way",
                value=lost[0],
                base=lost[1],
                unit="Mt/yr",
                vintage="2023",
                sources=_FREIGHT,
            )
        )
    return out


def _routes(before: State, after: State) -> list[Figure]:
    """Time of each monitored route."""
    out = []
    for (modes, old), (_, new) in zip(before.routes, after.routes):
        if _special(new) or not (old.routes or new.routes):  # the table has the routes of one good or one flag
            continue
        times = [a.routes[0].time_h / HOURS_PER_DAY if a.routes else math.inf for a in (new, old)]
        out.append(
            Figure(
                id=f"route.{new.origin}-{new.destination}".lower().replace(" ", "-"),
                label=f"{new.origin} to {new.destination} by {' and '.join(modes)}{_traded(old, new)}",
                value=times[0],
                base=times[1],
                unit="days",
                vintage="2023",
                basis="estimated",
                sources=_FREIGHT,
                note="no way through" if not new.routes else "",
            )
        )
    return out


def _traded(old: RouteAnswer | FlightAnswer, new: RouteAnswer | FlightAnswer) -> str:
    """What time alone would hide: the least generalised cost may buy dollars with hours, or hours with dollars."""
    if isinstance(old, FlightAnswer) or isinstance(new, FlightAnswer) or not (old.routes and new.routes):
        return ""
    (h, usd), (base_h, base_usd) = ((a.routes[0].time_h, a.routes[0].cost_usd) for a in (new, old))
    if h > base_h and usd < base_usd:
        return ", a slower and cheaper way than before"
    return ", a quicker and dearer way than before" if h < base_h and usd > base_usd else ""


def _special(answer: RouteAnswer | FlightAnswer) -> tuple[str, ...]:
    """What sets a monitored route apart from containers under any flag."""
    good = answer.good if answer.good != "containers" else ""
    return tuple(x for x in (good, answer.carrier) if x)
