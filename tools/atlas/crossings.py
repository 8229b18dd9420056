"""Named border crossings (tables/crossings.csv) and the hours and fees that an ordinary container train or truck meets.

Convention, the same for all: the hours on an arc are the mean of the ordinary and the priority class. Ordinary hours
are those of the public monitors (CAREC CPMM, the trade press), priority hours those of a block train with everything
ready. Roads without hours of their own carry NaN here and take the survey's hours of their two countries (roads.py).
At a break of gauge, GAUGE_HOURS of the total are the change itself, the rest is the border.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pandas as pd

from landbridge.network import Tag
from tools.atlas.crossing_fees import Fee, check, fee

TABLES: Final = Path(__file__).parent / "tables"
GAUGE_HOURS: Final = 5.0  # handling of a container train at Khorgos (Astana Times 2026-02-06; yardstick F15)
LEAST_BORDER_HOURS: Final = 0.5
TONNES_PER_TEU: Final = 12.0  # assumed load of a container, turns USD per TEU into USD per tonne


@dataclass(frozen=True)
class Crossing:
    """One crossing with its hours and fees resolved: the row's own figures, else those of its class."""

    id: str
    name: str
    mode: str
    countries: tuple[str, str]  # the break of gauge lies on the side of the second
    stations: tuple[str, str]
    lon: float
    lat: float
    gauges_mm: tuple[int, int]  # 0 for roads
    border_h: float
    gauge_h: float  # 0 where the gauge is one
    fee: Fee  # of the border: the post's own, else its class's; NaN where a road has neither
    gauge_fee: Fee  # of the break of gauge, 0 where the gauge is one
    closed: bool
    source: str
    basis: str

    @property
    def cited(self) -> str:
        """Sources of hours and fees in one text."""
        fees = [f"fee: {f.source}" for f in (self.fee, self.gauge_fee) if f.scope]
        return "; ".join([self.source, *fees])

    @property
    def tag(self) -> Tag:
        """The crossing as a tag of the network."""
        return Tag(self.id, self.name, "crossing", self.countries, self.cited, open_by_default=not self.closed)

    @property
    def gauge_tag(self) -> Tag:
        """Its break of gauge as a tag."""
        a, b = self.gauges_mm
        name = f"{self.name}: {a} / {b} mm"
        return Tag(
            f"{self.id}-gauge", name, "gauge_change", self.countries, self.cited, open_by_default=not self.closed
        )


@cache
def crossings(mode: str) -> tuple[Crossing, ...]:
    """Every crossing of a mode (`rail` or `road`), in the order of the table."""
    table = pd.read_csv(TABLES / "crossings.csv", keep_default_na=True)
    classes = pd.read_csv(TABLES / "crossing_classes.csv").set_index(["border_class", "mode"])
    check({(str(i), str(m)) for i, m in zip(table["id"], table["mode"])})
    rows = table[table["mode"] == mode].to_dict("records")
    return tuple(_crossing(row, classes.loc[(row["border_class"], mode)]) for row in rows)


def given_hours(mode: str) -> dict[str, tuple[float, float]]:
    """Ordinary and priority hours of every crossing by id, its own or its class's; NaN where a road has neither."""
    table = pd.read_csv(TABLES / "crossings.csv")
    classes = pd.read_csv(TABLES / "crossing_classes.csv").set_index(["border_class", "mode"])
    rows = table[table["mode"] == mode].merge(
        classes[["hours_ordinary", "hours_priority"]], left_on=["border_class", "mode"], right_index=True, how="left"
    )
    ordinary = rows["hours_ordinary_x"].fillna(rows["hours_ordinary_y"])
    priority = rows["hours_priority_x"].fillna(rows["hours_priority_y"])
    return {str(i): (float(a), float(b)) for i, a, b in zip(rows["id"], ordinary, priority)}


def _crossing(row: dict[str, object], default: pd.Series) -> Crossing:
    def figure(name: str, fallback: float) -> float:
        value = float(row[name])  # type: ignore[arg-type]
        return fallback if value != value else value

    gauges = tuple(int(g) if g == g else 0 for g in (row["gauge_a_mm"], row["gauge_b_mm"]))
    broken = gauges[0] != gauges[1]
    total = (
        figure("hours_ordinary", float(default["hours_ordinary"]))
        + figure("hours_priority", float(default["hours_priority"]))
    ) / 2
    gauge_h = figure("gauge_hours", GAUGE_HOURS) if broken else 0.0
    post, mode = str(row["id"]), str(row["mode"])
    by_class = {name: figure(name, float(default[name])) for name in ("fee_usd_teu", "gauge_fee_usd_teu")}
    return Crossing(
        id=post,
        name=str(row["name"]),
        mode=mode,
        countries=(str(row["country_a"]), str(row["country_b"])),
        stations=(str(row["station_a"]), str(row["station_b"])),
        lon=float(row["lon"]),  # type: ignore[arg-type]
        lat=float(row["lat"]),  # type: ignore[arg-type]
        gauges_mm=(gauges[0], gauges[1]),
        border_h=total if total != total else max(total - gauge_h, LEAST_BORDER_HOURS),
        gauge_h=gauge_h,
        fee=fee(post, mode, "border", by_class["fee_usd_teu"]),
        gauge_fee=fee(post, mode, "gauge", by_class["gauge_fee_usd_teu"]) if broken else Fee(0.0, "", ""),
        closed=row["status"] != "open",
        source=str(row["source"]),
        basis=str(row["basis"]),
    )
