"""A place that ships avoid although it is open (Red Sea, 2024): the wedge by class that turns a given share away.

A drop after attacks is a choice under risk, not a closure: a charge on every way through the place, by class of ship
(insurance, crews' premiums, fear), found such that the share that left is what was observed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from landbridge.engine import choice, goods
from landbridge.engine.choice import Load
from landbridge.engine.closing import Open
from landbridge.errors import BadInput, NotConverged
from landbridge.network import arcs_at

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ShipClass = Literal["container", "dry", "liquid"]
CLASSES: Final[tuple[ShipClass, ...]] = ("container", "dry", "liquid")
_MOST_USD: Final = 1e6  # a wedge that no good would pay
_STEPS: Final = 60


@dataclass(frozen=True, slots=True)
class Avoided:
    """Wedges by class, and tonnes by class through the place and through another one, before and after."""

    wedge_usd: dict[ShipClass, float]  # per TEU of containers, per tonne of the others
    here_t: dict[ShipClass, tuple[float, float]]
    beside_t: dict[ShipClass, tuple[float, float]]


def class_of(load: Load) -> ShipClass:
    """The ships that carry a load: boxes, tankers and gas carriers, or bulk and general cargo."""
    if load.unit == "teu":
        return "container"
    return "liquid" if goods.groups().kind[load.group] == "liquid" else "dry"


def avoid(base: Open, where: str, drop: Mapping[ShipClass, float], beside: str) -> Avoided:
    """Wedges on `where` at which the share `drop` of each class's tonnes leaves it, rents as they are.

    `beside`: another place whose tonnes are counted as well. BadInput for a drop outside 0..1 (1 is a closure),
    NotConverged where no wedge turns so much away, UnknownName for names the network does not have.
    """
    wrong = [f"{c} = {d}" for c, d in drop.items() if not 0 <= d < 1]
    if wrong:
        raise BadInput(f"drops {', '.join(wrong)}", "avoid", "shares from 0 to below 1; `close` shuts a place")
    wedge, here, other = {}, {}, {}
    for cls in CLASSES:
        mine = [x for x in base.loads if class_of(x) == cls]
        at, by = (_through(base, mine, place) for place in (where, beside))
        usual = _tonnes(base, mine, at, at, 0.0)
        wedge[cls] = _wedge(base, mine, at, usual * (1.0 - drop.get(cls, 0.0)), cls) if drop.get(cls) else 0.0
        here[cls] = (usual, _tonnes(base, mine, at, at, wedge[cls]))
        other[cls] = (_tonnes(base, mine, at, by, 0.0), _tonnes(base, mine, at, by, wedge[cls]))
    return Avoided(wedge, here, other)


def _through(base: Open, loads: list[Load], where: str) -> list[Bools]:
    """Routes [r] of each load that pass a place."""
    here = np.isin(base.freight.places.arc, arcs_at(base.freight.network, where))
    return [load.batch.routes.through(here) for load in loads]


def _tonnes(base: Open, loads: list[Load], charged: list[Bools], counted: list[Bools], usd: float) -> float:
    """Tonnes a year on the counted routes with a charge on the others' ways, USD per TEU or tonne."""
    total = 0.0
    for load, pays, count in zip(loads, charged, counted):
        b = load.batch
        per_unit = usd * (b.boxes if load.unit == "teu" else b.tonnes)
        dearer = replace(load, batch=replace(b, usd=np.where(pays, b.usd + per_unit, b.usd)))
        total += b.tonnes * float(choice.taken(dearer, base.freight.rents).flow[count].sum())
    return total


def _wedge(base: Open, loads: list[Load], at: list[Bools], target_t: float, cls: ShipClass) -> float:
    """Bisection on the logarithm of the wedge."""
    if _tonnes(base, loads, at, at, _MOST_USD) > target_t:
        raise NotConverged(f"wedge of {cls} ships", target_t, "so few can go round: ask for a smaller drop")
    low, high = 1e-3, _MOST_USD
    for _ in range(_STEPS):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if _tonnes(base, loads, at, at, middle) > target_t else (low, middle)
        if high / low < 1.0 + 1e-4:
            break
    return high
