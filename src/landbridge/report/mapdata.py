"""What the map of a report draws, as plain JSON: outlines, real income, lines by layer, projects, closures."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landbridge.errors import DataMissing
from landbridge.report import words
from landbridge.report.frames import frame, points, rows
from landbridge.results import Result

_MOST_POINTS: Final = 90_000  # of all network lines together: keeps the page under 3 MB
_LEAST_LINE: Final = 4  # two points that differ: a stop of no length is no line
_MOST_LABELS: Final = 5
_LEAST_PERCENT: Final = 5e-4  # what still reads as a change, see words.percent
# Switched off at first: roads hide what lies below them, and two fuels' ships hide the sea lanes.
_OFF: Final = ("road", "air", "crude-ship", "gas-ship")
# (id, label, layers of the network that it shows)
_GOODS: Final = (
    ("road", "Roads", ("road",)),
    ("rail", "Railways", ("rail",)),
    ("sea", "Sea lanes", ("sea", "inland")),
    ("air", "Air", ("air",)),
)
# (id, label, fuel, modes drawn as firm lines: the others are dashed)
_ENERGY: Final = (("crude", "Crude", "crude"), ("gas", "Gas", "gas"))
_ON_LAND: Final = ("pipe", "rail")
_VIEWS: Final = ({"id": "eurasia", "label": "Eurasia", "box": [8, 8, 145, 66]},)


@cache
def outlines() -> tuple[list[Any], ...]:
    """The country outlines that ship with the package (GeoJSON, `id` = ISO3) as (id, name, delta-coded polygons)."""
    folder = files("landbridge") / "data" / "outlines"
    found = sorted(p.name for p in folder.iterdir() if p.name.endswith("json")) if folder.is_dir() else []
    if not found:
        raise DataMissing("data/outlines holds no outlines of countries: reinstall landbridge, or `make atlas`")
    try:
        features = json.loads((folder / found[0]).read_text(encoding="utf-8"))["features"]
        return tuple([f["id"], f["properties"]["name"], _polygons(f["geometry"])] for f in features)
    except (ValueError, KeyError, TypeError) as error:
        raise DataMissing(f"data/outlines/{found[0]} is cut or not GeoJSON ({error}): restore it") from error


def _polygons(geometry: Mapping[str, Any]) -> list[list[list[int]]]:
    rings = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[deltas(np.asarray(ring, float)) for ring in polygon] for polygon in rings]


def map_data(result: Result, sides: words.Sides = words.STATUS_QUO) -> dict[str, Any]:
    """Everything that map.js needs, as JSON data."""
    income = frame(result, "real_income")
    layers = [*_goods(frame(result, "arcs")), *_energy(frame(result, "energy_flows"))]
    projects, closures = _projects(result), _closures(result)
    toggles = [{"id": "income", "label": "Real income"}] if len(income) else []
    toggles += [{"id": x["id"], "label": x["label"]} for x in layers]
    toggles += [{"id": "projects", "label": "Projects"}] if projects else []
    toggles += [{"id": "closures", "label": "Closures"}] if closures else []
    toggles += [{"id": "names", "label": "Names"}]
    return {
        "label": f"World map: {result.title}. The tables below carry the same figures.",
        "outlines": outlines(),
        "income": {r["iso3"]: _income_row(r) for r in rows(income)},
        "limits": limits(income["percent"].to_numpy(float)),
        "incomeLabel": "Change of real income, %",
        "layers": layers,
        "projects": projects,
        "closures": closures,
        "toggles": toggles,
        "on": [t["id"] for t in toggles if t["id"] not in _OFF],
        "shows": [
            {"id": "value", "label": sides.heads[1]},
            {"id": "base", "label": sides.heads[0]},
            {"id": "change", "label": "Change"},
        ],
        "sides": [sides.before, sides.after],
        "views": list(_VIEWS),
        "font": 'system-ui, "DejaVu Sans", sans-serif',
    }


def limits(percent: NDArray[np.float64]) -> list[float]:
    """Eight limits of nine classes around zero, from the 95th percentile of the changes, at round numbers.

    None where every change reads as no change: noise must not be blown up into colours.
    """
    size = np.abs(percent[np.isfinite(percent)])
    if not (size >= _LEAST_PERCENT).any():
        return []
    top = max(float(np.quantile(size, 0.95)), 2 * _LEAST_PERCENT)
    power = 10.0 ** math.floor(math.log10(top))
    step = next(s for s in (1.0, 2.0, 5.0, 10.0) if top <= s * power * (1 + 1e-9))
    steps = (0.1, 0.2, 0.5, 1.0) if step != 5.0 else (0.1, 0.2, 0.4, 1.0)
    upper = [float(f"{step * power * f:.3g}") for f in steps]
    return [-x for x in reversed(upper)] + upper


def _income_row(row: Mapping[str, Any]) -> list[Any]:
    return [row["name"], _number(row["percent"]), _number(row["low"]), _number(row["high"]), row["basis"]]


def _number(value: float) -> float | None:
    """A number JSON can hold: four significant digits, None where it is unknown or endless."""
    return float(f"{value:.4g}") if math.isfinite(value) else None


def deltas(line: NDArray[np.float64]) -> list[int]:
    """Hundredths of a degree, each point as the step from the one before; repeated points are dropped."""
    grid = np.rint(line * 100).astype(np.int64)
    if len(grid) > 1:
        keep = np.r_[True, np.any(np.diff(grid, axis=0) != 0, axis=1)]
        grid = grid[keep]
    steps = np.diff(grid, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    return [int(x) for x in steps.ravel()]


def _goods(arcs: pd.DataFrame) -> list[dict[str, Any]]:
    """Network lines, the busiest first within the budget of points; tonnes, or TEU where no tonnes are known."""
    if not len(arcs):
        return []
    by_teu = not (arcs["value_t_yr"].fillna(0) > 0).any() and not (arcs["base_t_yr"].fillna(0) > 0).any()
    what, unit, scale = ("teu", "TEU/yr", 1.0) if by_teu else ("t", "Mt/yr", 1e-6)
    base, value = (arcs[f"{side}_{what}_yr"].fillna(0.0).to_numpy(float) * scale for side in ("base", "value"))
    layer = arcs["layer"].astype(str).to_numpy()
    family = np.array([next((g[0] for g in _GOODS if x.startswith(g[2])), "") for x in layer], dtype=str)
    weight = np.maximum(np.maximum(base, value), np.abs(value - base) * 4)
    for name in {str(f) for f in family}:
        most = weight[family == name].max()
        weight[family == name] /= most if most > 0 else 1.0
    lines: dict[str, list[Any]] = {g[0]: [] for g in _GOODS}
    shapes, names = arcs["shape"].to_list(), arcs["name"].to_list()
    left = _MOST_POINTS
    for i in np.argsort(-weight, kind="stable"):
        shape = points(shapes[i])
        coded = deltas(shape) if family[i] and weight[i] > 0 else []
        if len(coded) < _LEAST_LINE:
            continue
        left -= len(coded) // 2
        if left < 0:
            break
        lines[family[i]].append([str(names[i]), _number(base[i]), _number(value[i]), coded])
    return [
        {"id": g[0], "label": g[1], "unit": unit, "dashed": False, "lines": lines[g[0]]} for g in _GOODS if lines[g[0]]
    ]


def _energy(flows: pd.DataFrame) -> list[dict[str, Any]]:
    """Pipelines as firm lines, ships as dashed ones, by fuel."""
    out = []
    for key, label, fuel in _ENERGY:
        part = flows[flows["fuel"] == fuel]
        for on_land in (True, False):
            lines = []
            for row in rows(part):
                coded = deltas(_flow_line(row))
                if str(row["mode"]).startswith(_ON_LAND) is on_land and len(coded) >= _LEAST_LINE:
                    name = f"{row['origin']} to {row['destination']}" + (f" ({row['link']})" if row["link"] else "")
                    lines.append([name, _number(row["base"]) or 0, _number(row["value"]) or 0, coded])
            if lines:
                how = "by pipe" if on_land else "by ship"
                unit = str(part["unit"].iloc[0])
                one = {"id": f"{key}-{'pipe' if on_land else 'ship'}", "label": f"{label} {how}", "unit": unit}
                out.append({**one, "dashed": not on_land, "lines": lines})
    return out


def _flow_line(row: Mapping[str, Any]) -> NDArray[np.float64]:
    shape = points(row["shape"])
    if len(shape) > 1:
        return shape
    ends = np.array([[row["origin_lon"], row["origin_lat"]], [row["destination_lon"], row["destination_lat"]]], float)
    return ends if np.isfinite(ends).all() else np.empty((0, 2))


def _projects(result: Result) -> list[dict[str, Any]]:
    table = frame(result, "projects")
    order = np.argsort(-table["cost_usd"].fillna(0.0).to_numpy(float), kind="stable")
    out = []
    for rank, i in enumerate(order):
        row = table.iloc[int(i)].to_dict()
        shape = points(row["shape"])
        if not len(shape):
            continue
        facts = [str(row["kind"]), str(row["status"])]
        facts += [words.with_unit(row["length_km"], "km")] if math.isfinite(row["length_km"]) else []
        facts += [words.with_unit(row["cost_usd"], "USD")] if math.isfinite(row["cost_usd"]) else []
        facts += [f"opens {row['opens']}"] if row["opens"] else []
        lines = [", ".join(f for f in facts if f), f"{row['basis']}: {row['source']}"]
        out.append({"name": row["name"], "label": rank < _MOST_LABELS, "lines": lines, "deltas": deltas(shape)})
    return out


def _closures(result: Result) -> list[dict[str, Any]]:
    out = []
    for row in rows(frame(result, "closures")):
        share = "closed" if row["share"] >= 1 else f"{words.number(100 * row['share'])} % closed"
        name = row["name"] or row["where"]
        name = name.capitalize() if name.islower() else name
        label = f"{name} {share}"
        label += f", {words.number(row['days'])} days" if math.isfinite(row["days"]) and row["days"] < 365 else ""
        out.append({"label": label, "lon": _number(row["lon"]), "lat": _number(row["lat"])})
    return out
