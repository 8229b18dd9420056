"""Traffic classes of the engine: which layers, which ships, which rules."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from landbridge.codes import nearest
from landbridge.engine import goods
from landbridge.errors import UnknownName
from landbridge.network import LAYERS, LAYERS_OF, Network, blocked_for_ship, ship_class
from landbridge.routing import Matrices, TrafficClass, inland_cities
from landbridge.rules import ActiveRules, ArcEffects, compile_network
from landbridge.units import HOURS_PER_DAY

RAIL: Final = LAYERS_OF["rail"]
# Ships that may carry a container or a tonne; the cheapest that fits is chosen by route.
SHIPS: Final = {"teu": ("ulcv", "neo-panamax", "feeder"), "t": ("capesize", "panamax-bulk", "handysize")}
TANKERS: Final = ("vlcc", "suezmax", "aframax")
# Trucks stand while drivers rest: one driver may drive 9 hours a day, two together up to 20 of 30 (Reg. (EC) 561/2006
# articles 6 to 8); 15 hours of driving a day is assumed between them. The atlas's road hours are driving hours.
DRIVING_H_PER_DAY: Final = 15.0
# The Caspian: its lanes are open to landbridge chains, the oceans are not (degrees west, east, south, north).
_CASPIAN: Final = (46.0, 55.5, 36.0, 47.6)


def layers_of(modes: Sequence[str]) -> tuple[str, ...]:
    """Layers of the modes; UnknownName with the modes there are."""
    unknown = [m for m in modes if m not in LAYERS_OF]
    if unknown:
        near = nearest(unknown[0], LAYERS_OF)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UnknownName(f"unknown mode {unknown[0]!r}", "--by", f"{hint}modes: {', '.join(LAYERS_OF)}")
    return tuple(dict.fromkeys(layer for mode in modes for layer in LAYERS_OF[mode]))


def ocean(network: Network) -> NDArray[np.bool_]:
    """Sea arcs outside the Caspian, [m]."""
    west, east, south, north = _CASPIAN
    lon, lat = network.lon[network.tail], network.lat[network.tail]
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    sea = network.arc_layer == LAYERS.index("sea")
    return np.asarray(sea & ~inside)


def build(
    network: Network,
    rules: ActiveRules | None,
    *,
    modes: Sequence[str],
    good: str = "containers",
    ship: str = "",
    movement: dict[str, str] | None = None,
    without_oceans: bool = False,
    patient: bool = False,
    effects: ArcEffects | None = None,
) -> TrafficClass:
    """A traffic class for a good by modes (and one ship class), under the rules in force (None: geography only).

    `patient`: the value of time of the cheapest boxes instead of the mean, so that money decides the way.
    `effects`: the rules as compiled before for this good and movement.
    """
    unit: Literal["teu", "t"] = "t" if goods.unit_of(good) == "t" else "teu"
    cls = TrafficClass(
        name=f"{good} by {'+'.join(modes)}{f' in a {ship}' if ship else ''}",
        unit=unit,
        value_of_time_usd_h=goods.least_time_usd_h() if patient else goods.time_value_usd_h(good),
        layers=layers_of(modes),
    )
    blocked = np.zeros(network.n_arcs, bool)
    reason = np.full(network.n_arcs, -1, np.int32)
    reasons: list[str] = []
    cls = dataclasses.replace(cls, time_factor=_rest())
    if ship:
        cls = _with_ship(cls, ship)
        _block(blocked, reason, reasons, blocked_for_ship(network, ship), f"ship:{ship}")
    if without_oceans:
        _block(blocked, reason, reasons, ocean(network), "no-sea")
    if rules is not None:
        effects = effects or compile_network(rules, network, {"good": good, **(movement or {})})
        for index, rule in enumerate(effects.rules):
            _block(blocked, reason, reasons, effects.blocked & (effects.rule_index == index), rule.id)
        extra = effects.add_cost_usd_teu if unit == "teu" else effects.add_cost_usd_t
        cls = dataclasses.replace(cls, add_time_h=effects.add_time_h, add_cost_usd=extra)
    # without roads a way may begin or end inland, but not change ports or stations overland
    ends_only = None if "road" in modes else inland_cities(network)
    return dataclasses.replace(cls, blocked=blocked, reason=reason, reasons=tuple(reasons), ends_only=ends_only)


def _rest() -> NDArray[np.float64]:
    """Factors on the hours of lines by layer: drivers' rest on roads."""
    factors = np.ones(len(LAYERS))
    factors[LAYERS.index("road")] = HOURS_PER_DAY / DRIVING_H_PER_DAY
    return factors


def _with_ship(cls: TrafficClass, ship: str) -> TrafficClass:
    """Hours and money at sea relative to the atlas's own ship."""
    kind = ship_class(ship)
    time, cost = _rest(), np.ones(len(LAYERS))
    sea = LAYERS.index("sea")
    time[sea], cost[sea] = kind.time_factor, kind.cost_factor
    return dataclasses.replace(cls, time_factor=time, cost_factor=cost)


def _block(
    blocked: NDArray[np.bool_],
    reason: NDArray[np.int32],
    reasons: list[str],
    arcs: NDArray[np.bool_],
    name: str,
) -> None:
    new = arcs & ~blocked
    if new.any():
        reasons.append(name)
        reason[new] = len(reasons) - 1
        blocked |= new


def cheaper(a: Matrices, b: Matrices) -> Matrices:
    """Pair by pair the one of least generalised cost; `a` where they tie."""
    better = b.generalised_usd < a.generalised_usd
    pairs = ((b.generalised_usd, a.generalised_usd), (b.length_km, a.length_km), (b.time_h, a.time_h))
    return Matrices(*(np.where(better, new, old) for new, old in (*pairs, (b.cost_usd, a.cost_usd))))
