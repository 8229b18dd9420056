"""Ship classes: who fits through which passage and into which port, and how fast and dear they sail.

The arcs of layer `sea` are given for a container ship at 16 kn, 0.045 USD per TEU-km, and bulk at 0.0011 USD per t-km;
a class scales hours and money by its factors.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.codes import nearest
from landbridge.errors import DataMissing, UnknownName
from landbridge.network.records import Network

ATLAS_SPEED_KN: Final = 16.0
ATLAS_USD_TEU_KM: Final = 0.045
ATLAS_USD_T_KM: Final = 0.0011


@dataclass(frozen=True, slots=True)
class ShipClass:
    """One row of data/ship_classes.csv; costs are NaN in the unit that the class does not carry."""

    id: str
    carries: str  # containers, bulk, oil or lng
    teu: float
    dwt_t: float
    draught_m: float  # laden
    port_draught_m: float  # at ports: of the least ship that the class stands for
    beam_m: float
    speed_kn: float
    usd_teu_km: float
    usd_t_km: float
    basis: str
    source: str

    @property
    def time_factor(self) -> float:
        """Hours of a sea arc for this ship over the atlas's hours."""
        return ATLAS_SPEED_KN / self.speed_kn

    @property
    def cost_factor(self) -> float:
        """Money of a sea arc for this ship over the atlas's, per TEU for container ships, per tonne for others."""
        if self.carries == "containers":
            return self.usd_teu_km / ATLAS_USD_TEU_KM
        return self.usd_t_km / ATLAS_USD_T_KM


@cache
def ship_classes() -> dict[str, ShipClass]:
    """All ship classes by id."""
    path = files("landbridge") / "data" / "ship_classes.csv"
    try:
        with path.open(encoding="utf-8") as handle:
            rows = list(csv.DictReader(handle))
    except FileNotFoundError as error:
        raise DataMissing("data/ship_classes.csv is not in the package: reinstall landbridge") from error
    return {row["ship"]: _ship(row) for row in rows}


def ship_class(ship: str) -> ShipClass:
    """The class of that id; UnknownName with the ids there are."""
    known = ship_classes()
    if ship not in known:
        near = nearest(ship, known)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UnknownName(f"unknown ship class {ship!r}", remedy=f"{hint}classes: {', '.join(known)}")
    return known[ship]


def blocked_for_ship(net: Network, ship: str) -> NDArray[np.bool_]:
    """[m] arcs of passages and ports whose limit of draught or beam the class exceeds; unknown limits block nothing.

    A shallow port is served by smaller ships than the class's own: the least class of a cargo stands for them.
    """
    kind = ship_class(ship)
    too_large = np.zeros(len(net.tags) + 1, np.bool_)  # the last for arcs without a tag
    for i, tag in enumerate(net.tags):
        draught_m = kind.port_draught_m if tag.kind == "port" else kind.draught_m
        too_large[i] = draught_m > tag.max_draught_m or kind.beam_m > tag.max_beam_m
    return too_large[net.arc_tag]


def _ship(row: dict[str, str]) -> ShipClass:
    def number(key: str) -> float:
        return float(row[key]) if row[key] else float("nan")

    return ShipClass(
        id=row["ship"],
        carries=row["what"],
        teu=number("teu"),
        dwt_t=number("dwt_t"),
        draught_m=number("draught_m"),
        port_draught_m=number("port_draught_m") if row["port_draught_m"] else number("draught_m"),
        beam_m=number("beam_m"),
        speed_kn=number("speed_kn"),
        usd_teu_km=number("usd_teu_km"),
        usd_t_km=number("usd_t_km"),
        basis=row["basis"],
        source=row["source"],
    )
