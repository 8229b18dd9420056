"""Border posts of roads: named ones (tables/crossings.csv), or made up for a pair of countries and a place.

Hours at external borders: the export hours of one side and the import hours of the other (World Bank, Doing Business
2019) times a share that brings the mean over the CAREC countries to the mean of CPMM's road crossings. Inside unions:
tables/road_unions.csv. Borders without traffic: tables/road_closed.csv. A post without a source is not quicker than the
sourced posts of its two countries in its region: else trucks would flee from what was measured to what was assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from landbridge.codes import name_of, slug
from landbridge.network import Tag
from tools.atlas.cities import geonames
from tools.atlas.crossings import TONNES_PER_TEU, Crossing, crossings
from tools.atlas.rail_graph import great_circle

TABLES: Final = Path(__file__).parent / "tables"
NAMED_KM: Final = 25.0  # a border edge this near to a named post is that post
POST_KM: Final = 15.0  # edges of a pair of countries this near to each other are one post
TOWN_KM: Final = 60.0  # a post without a name is called after the towns on either side
CAREC: Final = ("AFG", "AZE", "CHN", "GEO", "KAZ", "KGZ", "MNG", "PAK", "TJK", "UZB")
CPMM_ROAD_HOURS: Final = 11.75  # mean of 13.6 (2021) and 9.9 (2022), yardstick F10
CPMM_ROAD_FEE: Final = 208.0 * 12.0 / 20.0  # 208 USD for 20 t in 2022 (yardstick F11), for 12 t in a container
REGION_KM: Final = 1000.0  # sourced posts of one of the two countries this near speak for a post without a source
MOST_HOURS, MOST_FEE = 96.0, 400.0  # ports weigh on the survey's figures of some countries: no land border above this


@dataclass(frozen=True)
class Country:
    """What a truck meets in a country: pace and price of the road, hours and fees of its borders (NaN: unknown)."""

    speed_kmh: float
    cost_usd_teu_km: float
    export_h: float
    import_h: float
    export_usd: float
    import_usd: float


def countries() -> dict[str, Country]:
    """tables/road_countries.csv by ISO3; "*" is the default."""
    table = pd.read_csv(TABLES / "road_countries.csv")
    fields = ["speed_kmh", "cost_usd_teu_km", "border_export_h", "border_import_h"]
    fields += ["border_fee_export_usd", "border_fee_import_usd"]
    return {str(r["country"]): Country(*(float(r[f]) for f in fields)) for r in table.to_dict("records")}


def unions() -> list[dict[str, Any]]:
    """tables/road_unions.csv: customs unions with their members, hours and fee."""
    return pd.read_csv(TABLES / "road_unions.csv").to_dict("records")  # type: ignore[return-value]


class Posts:
    """Border posts by edge: the named post near it, else one made up for the pair of countries and the place."""

    def __init__(self, cities: pd.DataFrame) -> None:
        self.table = countries()
        towns = pd.concat([pd.DataFrame(geonames()), cities], ignore_index=True)
        self.towns = dict(list(towns[["name", "country", "lon", "lat"]].groupby("country")))
        self.ids = {p.id for mode in ("rail", "road") for p in crossings(mode)}
        self.unions = unions()
        self.closed = pd.read_csv(TABLES / "road_closed.csv").to_dict("records")
        self.named: dict[frozenset[str], list[Crossing]] = {}
        for post in crossings("road"):
            self.named.setdefault(frozenset(post.countries), []).append(post)
        self.made: dict[frozenset[str], list[tuple[str, float, float]]] = {}
        self._tags: dict[str, Tag] = {}
        self.share_h, self.share_fee = self._shares()

    def tags(self) -> list[Tag]:
        """Tags of the posts that arcs use."""
        return list(self._tags.values())

    def at(
        self, pair: tuple[str, str], lon: float, lat: float, drive_km: float, post: Crossing | None = None
    ) -> dict[str, Any]:
        """Hours, money, tag, status and basis of crossing between two countries at a place, the drive included."""
        shut = self._shut(pair, lon, lat)
        post = post or self._named(pair, lon, lat)
        hours, fee, basis = self._default(pair, lon, lat)
        pace = self.table["*"]
        drive_h, drive_usd = drive_km / pace.speed_kmh, drive_km * pace.cost_usd_teu_km
        if post is not None:
            self._tags[post.id] = post.tag
            given = post.border_h == post.border_h
            own_fee = post.fee.usd_teu == post.fee.usd_teu
            hours, fee = (post.border_h if given else hours), (post.fee.usd_teu if own_fee else fee)
            basis, closed = (post.basis if given else basis), shut is not None or post.closed
            return self._row(post.id, hours + drive_h, fee + drive_usd, basis, closed)
        name = self._made(pair, lon, lat, shut is not None)
        return self._row(name, hours + drive_h, fee + drive_usd, basis, shut is not None)

    def _row(self, tag: str, hours: float, fee: float, basis: str, closed: bool) -> dict[str, Any]:
        return {
            "time_h": round(hours, 2), "cost_usd_teu": round(fee, 2), "cost_usd_t": round(fee / TONNES_PER_TEU, 3),
            "basis": basis, "closed": closed, "tag": tag,
        }  # fmt: skip

    def _named(self, pair: tuple[str, str], lon: float, lat: float) -> Crossing | None:
        found = self.named.get(frozenset(pair), [])
        away = [float(great_circle(lon, lat, np.array(p.lon), np.array(p.lat))) for p in found]
        return found[int(np.argmin(away))] if away and min(away) <= NAMED_KM else None

    def _made(self, pair: tuple[str, str], lon: float, lat: float, closed: bool) -> str:
        """A post of our own: one id for all edges of the pair within POST_KM."""
        known = self.made.setdefault(frozenset(pair), [])
        for name, x, y in known:
            if float(great_circle(lon, lat, np.array(x), np.array(y))) <= POST_KM:
                return name
        a, b = sorted(pair)
        towns = [self._town(country, lon, lat) for country in (a, b)]
        base = slug(f"{towns[0]} {towns[1]}")
        taken = self._tags.keys() | self.ids
        name = next(n for n in (base, *(f"{base}-{k}" for k in range(2, 99))) if n not in taken)
        known.append((name, lon, lat))
        title = f"{towns[0]} - {towns[1]}"
        source = "OpenStreetMap geometry; hours and fees by class (tables/road_countries.csv)"
        self._tags[name] = Tag(name, title, "crossing", (a, b), source, open_by_default=not closed)
        return name

    def _town(self, country: str, lon: float, lat: float) -> str:
        """The nearest town of the country, or the country itself where none is near."""
        towns = self.towns.get(country)
        if towns is None:
            return country
        away = great_circle(lon, lat, towns["lon"].to_numpy(), towns["lat"].to_numpy())
        best = int(np.argmin(away))
        return str(towns.iloc[best]["name"]) if away[best] <= TOWN_KM else name_of(country)

    def _shut(self, pair: tuple[str, str], lon: float, lat: float) -> str | None:
        for row in self.closed:
            if {row["country_a"], row["country_b"]} != set(pair):
                continue
            if row["lon"] != row["lon"]:
                return str(row["why"])
            if float(great_circle(lon, lat, np.array(row["lon"]), np.array(row["lat"]))) <= row["radius_km"]:
                return str(row["why"])
        return None

    def _default(self, pair: tuple[str, str], lon: float, lat: float) -> tuple[float, float, str]:
        for union in self.unions:
            if set(pair) <= set(union["members"].split()):
                hours = max(float(union["hours"]), self._measured(pair))
                return hours, float(union["fee_usd_teu"]), "assumed"
        hours, fee = self._survey(*pair)
        hours = max(hours * self.share_h, self._sourced(pair, lon, lat))
        return min(hours, MOST_HOURS), min(fee * self.share_fee, MOST_FEE), "estimated"

    def _sourced(self, pair: tuple[str, str], lon: float, lat: float) -> float:
        """Mean hours of the posts with figures of their own of the pair, else of either country in the region; or 0."""
        given = [p for posts in self.named.values() for p in posts if p.border_h == p.border_h and not p.closed]
        kin = [p for p in given if set(p.countries) & set(pair)]
        away = [float(great_circle(lon, lat, np.array(p.lon), np.array(p.lat))) for p in kin]
        near = [p.border_h for p, km in zip(kin, away) if km <= REGION_KM]
        return self._measured(pair) or float(np.mean(near or [0.0]))

    def _measured(self, pair: tuple[str, str]) -> float:
        """Mean hours of the posts of a pair of countries that have figures of their own, or 0."""
        own = [p.border_h for p in self.named.get(frozenset(pair), []) if p.border_h == p.border_h and not p.closed]
        return float(np.mean(own)) if own else 0.0

    def _survey(self, a: str, b: str) -> tuple[float, float]:
        """Mean over both directions of export side plus import side; the world's median where a side is unknown."""
        one, two = self.table.get(a, self.table["*"]), self.table.get(b, self.table["*"])
        known = [c for c in self.table.values() if c.export_h == c.export_h]

        def or_median(value: float, field: str) -> float:
            return value if value == value else float(np.median([getattr(c, field) for c in known]))

        hours = sum(or_median(getattr(c, f), f) for c in (one, two) for f in ("export_h", "import_h")) / 2
        fee = sum(or_median(getattr(c, f), f) for c in (one, two) for f in ("export_usd", "import_usd")) / 2
        return hours, fee

    def _shares(self) -> tuple[float, float]:
        pairs = [(a, b) for i, a in enumerate(CAREC) for b in CAREC[:i]]
        survey = np.array([self._survey(a, b) for a, b in pairs])
        return CPMM_ROAD_HOURS / float(survey[:, 0].mean()), CPMM_ROAD_FEE / float(survey[:, 1].mean())
