"""Build data/airspace.npz: the country whose airspace each node of the flight graph lies in.

    python -m tools.airspace

60,000 Fibonacci points on the sphere (about 92 km apart). A point belongs to a country on its land (Natural Earth by
the United Nations' view, as in tools/atlas) or within 12 nautical miles of it. Flight information regions over the
high seas are no one's airspace; those that Russia controls are marked apart, since its notice of 28 February 2022
closed them to the same carriers: approximate boxes, assumed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from landbridge.rules.ground import NODES, fibonacci_lonlat
from tools.atlas import outlines

OUT = Path(__file__).parents[1] / "src" / "landbridge" / "data" / "airspace.npz"
SEA_KM = 12 * 1.852
OCEANIC = "RUS-OCEANIC"
# west, east, south, north: Murmansk, Magadan and Anadyr oceanic regions up to the Pole; Khabarovsk and Kamchatka
BOXES = (
    (32.5, 180.0, 66.0, 88.0),
    (-180.0, -169.0, 62.0, 88.0),
    (142.0, 164.0, 43.5, 66.0),
    (164.0, 180.0, 50.0, 66.0),
)


def main() -> None:
    lon, lat = fibonacci_lonlat()
    country = on_land(lon, lat)
    country[near_land(lon, lat, country)] = nearest(lon, lat)[near_land(lon, lat, country)]
    for west, east, south, north in BOXES:
        here = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north) & (country == "")
        country[here] = OCEANIC
    codes, index = np.unique(country, return_inverse=True)
    np.savez_compressed(OUT, codes=codes.astype("<U12"), country=index.astype(np.int16))
    sys.stdout.write(f"{OUT.name}: {NODES} nodes, {len(codes)} codes, {(country == '').mean():.0%} high seas\n")


def on_land(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.str_]:
    """Country of points on land, "" at sea (country_at also gives points off the coast to the nearest country)."""
    code = outlines.country_at(lon, lat).astype("<U12")
    land = shapely.union_all([p for iso3, p in outlines.polygons("50m") if iso3])
    shapely.prepare(land)
    return np.where(shapely.contains_xy(land, lon, lat), code, "")


def near_land(lon: NDArray[np.float64], lat: NDArray[np.float64], country: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Points at sea within twelve nautical miles of land."""
    pieces = [q for iso3, p in outlines.polygons("50m") if iso3 for q in getattr(p, "geoms", [p])]
    tree = shapely.STRtree(pieces)
    sea = np.flatnonzero(country == "")
    points = shapely.points(lon[sea], lat[sea])
    found, piece = tree.query(points, predicate="dwithin", distance=SEA_KM / 111.2 / np.cos(np.radians(60)))
    at = shapely.get_coordinates(
        shapely.line_interpolate_point(
            shapely.shortest_line(points[found], np.array(pieces)[piece]), 1.0, normalized=True
        )
    )
    east = (at[:, 0] - lon[sea][found]) * np.cos(np.radians(lat[sea][found]))
    close = np.hypot(east, at[:, 1] - lat[sea][found]) * 111.2 <= SEA_KM
    out = np.zeros(len(lon), bool)
    out[sea[found[close]]] = True
    return out


def nearest(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.str_]:
    """Country of points off the coast."""
    return outlines.country_at(lon, lat).astype("<U12")


if __name__ == "__main__":
    main()
