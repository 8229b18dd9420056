"""An invented Result for tests of the report: every table filled, every number made up from a seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from report_sample_energy import energy, money

from landbridge.codes import country_names
from landbridge.results import Figure, Provenance, Result

NAN = float("nan")
INF = float("inf")
CITIES = {
    "Alpha": (104.1, 30.7),
    "Beta": (6.8, 51.4),
    "Gamma": (37.6, 55.8),
    "Delta": (69.2, 41.3),
    "Eps": (121.5, 31.2),
}


def sample(title: str = "TEST DATA, invented numbers", lines: int = 400, seed: int = 0) -> Result:
    """A Result with `lines` network arcs; the same seed gives the same result."""
    draw = np.random.default_rng(seed)
    return Result(
        title=title,
        scenario={"title": title, "author": "tests"},
        baseline="2023-10",
        figures=_figures(),
        tables={
            "real_income": _income(draw),
            "trade_pairs": _pairs(draw),
            **_measures(draw),
            "arcs": _arcs(draw, lines),
            "routes": _routes(),
            **energy(draw),
            **_listed(),
        },
        provenance=_provenance(),
        notes=(
            "The pipe opens in 2030 and is treated as open in the economy of 2023.",
            "Ranges are <assumed> & invented.",
        ),
    )


def _measures(draw: np.random.Generator) -> dict[str, pd.DataFrame]:
    """What bans do: who bears them, what goes round them, wedges by sector and pair."""
    percent = draw.normal(0, 1, 4)
    burdens = pd.DataFrame(
        {
            "role": ["acting", "acting", "target", "third"],
            "iso3": ["", "DEU", "RUS", "IND"],
            "name": ["all acting economies", "Germany", "Russia", "India"],
            "busd": 10 * percent,
            "percent": percent,
            "low": percent - 0.5,
            "high": percent + 0.5,
        }
    )
    ways = pd.DataFrame(
        {
            "origin": ["DEU", "DEU", "JPN"],
            "via": ["TUR", "KAZ", "TUR"],
            "destination": "RUS",
            "base_busd": draw.uniform(0, 2, 3),
            "value_busd": draw.uniform(0, 2, 3),
            "unloaded_percent": [0.0, 60.0, 0.0],
            "detour_percent": [4.0, NAN, 9.0],
            "basis": "modelled",
        }
    )
    parts = ("base_freight_percent", "freight_percent", "change_of_wedge_percent", "change_of_factor_percent")
    parts += ("base_tariff_percent", "tariff_percent", "base_rules_factor", "rules_factor")
    parts += ("base_shut_percent", "shut_percent")
    wedges = pd.DataFrame({"exporter": ["DEU"], "importer": ["RUS"], "sector": ["vehicles"], "busd": [3.0]})
    wedges = wedges.assign(**dict.fromkeys(parts, 1.0), hat=INF)
    terms = pd.DataFrame({"iso3": ["DEU"], "name": ["Germany"], "percent": [0.1], "terms_of_trade": [0.2]})
    terms = terms.assign(volume_of_trade=0.0, resource_cost=NAN, basis="modelled")
    return {"terms": terms, "burdens": burdens, "reexports": ways, "wedges": wedges}


def _figures() -> tuple[Figure, ...]:
    return (
        Figure(
            "energy.crude.a-b", "Crude from A to B", 107.04, "Mt/yr", 106.1, 95, 112, "2023", "observed", ("s-one",)
        ),
        Figure(
            "energy.gas.a-b", "Gas by pipe from A to B", 71.5, "bcm/yr", 21.7, NAN, NAN, "2023", "modelled", ("s-one",)
        ),
        Figure(
            "route.alpha-beta.h", "Alpha to Beta by rail", 13.25, "days", 14.5, 12, 15, "2023", "estimated", ("s-two",)
        ),
        Figure(
            "trade.a-b", "Trade A to B", 1.294e11, "USD/yr", 1.281e11, NAN, NAN, "2023", "modelled", ("s-two", "s-x")
        ),
        Figure("income.world", "World real income", 0.0312, "%", NAN, 0.01, 0.06, "2023", "modelled", ("s-one",)),
        Figure(
            "income.lao", "Real income of L", -1.21, "%", NAN, -2.0, -0.4, "2023", "modelled", ("s-one",), "a <note>"
        ),
        Figure("blocked.n", "Blocked pairs", 3, "pairs", 3, NAN, NAN, "2023", "assumed", ()),
    )


def _income(draw: np.random.Generator) -> pd.DataFrame:
    codes = sorted(country_names())[:250:1]
    percent = draw.normal(0.02, 0.25, len(codes)) * draw.uniform(0, 3, len(codes))
    percent[3] = NAN
    wide = np.abs(percent) * 0.4 + 0.02
    return pd.DataFrame(
        {
            "iso3": codes,
            "name": [country_names()[c] for c in codes],
            "percent": percent,
            "low": np.where(np.arange(len(codes)) % 5 == 0, NAN, percent - wide),
            "high": np.where(np.arange(len(codes)) % 5 == 0, NAN, percent + wide),
            "gdp_busd": draw.lognormal(4, 2, len(codes)),
            "basis": "modelled",
        }
    )


def _pairs(draw: np.random.Generator) -> pd.DataFrame:
    names = ["CHN", "RUS", "DEU", "KAZ", "USA", "LAO"]
    rows = [(a, b) for a in names for b in names if a != b]
    base = draw.lognormal(2, 1.5, len(rows))
    percent = draw.normal(0, 4, len(rows))
    frame = pd.DataFrame(rows, columns=["exporter", "importer"])
    return frame.assign(base_busd=base, value_busd=base * (1 + percent / 100), percent=percent, basis="estimated")


def _arcs(draw: np.random.Generator, lines: int) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for i in range(lines):
        layer = ("rail1435", "rail1520", "road", "sea")[i % 4]
        lon, lat = (
            (draw.uniform(-170, 150), draw.uniform(-40, 40))
            if layer == "sea"
            else (draw.uniform(0, 130), draw.uniform(25, 60))
        )
        steps = draw.normal(0, 1.2, (8, 2)).cumsum(axis=0) + np.array([lon, lat])
        base = draw.lognormal(13, 2)
        rows.append(
            {
                "arc": i,
                "layer": layer,
                "tag": "",
                "name": f"line {i}",
                "base_t_yr": base,
                "value_t_yr": base * draw.uniform(0.5, 1.7),
                "base_teu_yr": base / 12,
                "value_teu_yr": base / 10,
                "basis": "modelled",
                "shape": " ".join(f"{x:.2f}" for x in steps.ravel()),
            }
        )
    return pd.DataFrame(rows)


def _routes() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("Alpha", "Beta", "rail", 10900, 10800, 348, 318, 5200, 4900, "Khorgos; Brest", "Khorgos; Brest", 0.25),
            ("Eps", "Beta", "sea", 19800, 25700, 744, 966, 1400, 1900, "Malacca; Suez", "Malacca; Cape", 0.0),
            ("Gulf", "Beta", "sea", 12000, INF, 450, INF, 1100, INF, "Hormuz; Suez", "", NAN),
        ],
        columns=[
            "origin",
            "destination",
            "mode",
            "base_km",
            "km",
            "base_h",
            "h",
            "base_usd_teu",
            "usd_teu",
            "base_via",
            "via",
            "assumed_share",
        ],
    )


def _listed() -> dict[str, pd.DataFrame]:
    line = "104.10 30.70 87.60 43.80 76.90 43.20 69.20 41.30"
    return {
        "blocked": pd.DataFrame(
            [
                (
                    "route",
                    "Gulf",
                    "Beta",
                    "",
                    "sea",
                    "r-1",
                    "Test strait is shut",
                    "https://example.org/rule?a=1&b=2",
                    "scenario",
                ),
                ("pair", "RUS", "DEU", "crude", "sea", "r-2", "Test <embargo>", "Regulation 1", "both"),
            ],
            columns=["what", "origin", "destination", "good", "mode", "rule", "title", "source", "when"],
        ),
        **money(),
        "closing": pd.DataFrame(
            [
                {
                    "place": "strait",
                    "name": "Test strait",
                    "kind": "passage",
                    "exposed_t": 9e8,
                    "exposed_teu": 3e7,
                    "rerouted_t": 7e8,
                    "rerouted_teu": 2.9e7,
                    "unserved_t": 2e8,
                    "unserved_teu": 1e6,
                    "no_way_t": 1e8,
                    "loss_busd": 120.0,
                    "rents_busd": 12.0,
                    "bound_busd": NAN,
                    "worst": "PAK",
                    "new_bottleneck": "Cape",
                }
            ]
        ),
        "closing_countries": pd.DataFrame(
            [{"iso3": "PAK", "name": "Pakistan", "exports_busd": 1.2, "imports_busd": 2.2, "percent": 0.5}]
        ),
        "recovery": pd.DataFrame(
            [
                {
                    "good": "all",
                    "exposed_t_day": 3e6,
                    "detour_days": 10.4,
                    "waiting_t": 1.9e7,
                    "passed_days": 3.3,
                    "normal_days": 8.1,
                    "stock_days": float("nan"),
                    "short_t": 0.0,
                    "recovered_day": 29.0,
                    "worst": "",
                }
            ]
        ),
        "recovery_path": pd.DataFrame(
            [{"day": 0, "waiting_t": 0.0, "late_t": 3e6, "short_t": 0.0, "stock_share": 0.99}]
        ),
        "bottlenecks": pd.DataFrame(
            [
                {
                    "place": "port",
                    "name": "Test port",
                    "kind": "port",
                    "leaving": "port@sea",
                    "per": "TEU",
                    "capacity": 1e6,
                    "base_load": 8e5,
                    "load": 1e6,
                    "base_rent_usd": 0.0,
                    "rent_usd": 140.0,
                }
            ]
        ),
        "rents": pd.DataFrame(
            [("port", "Test port", "port", "port@sea", "TEU", 1e6, 8e5, 1e6, 0.0, 140.0, "suez", 0.25, 35.0)],
            columns=[
                *("place", "name", "kind", "leaving", "per", "capacity", "base_load", "load", "base_rent_usd"),
                *("rent_usd", "shut", "share", "earned_musd"),
            ],
        ),
        "energy_gains": pd.DataFrame(
            [("crude", "RUS", "Russia", -3.2, 6.7, 0.1, 3.6, "modelled")],
            columns=[
                "fuel",
                "iso3",
                "name",
                "users_busd",
                "producers_busd",
                "rents_busd",
                "total_busd",
                "basis",
            ],
        ),
        "contested": pd.DataFrame(
            [("Test island", "PAK", "Test resolution 1"), ("Test valley", "", "no determination")],
            columns=["name", "shown_as", "source"],
        ),
        "projects": pd.DataFrame(
            [
                (
                    "p-1",
                    "Test railway",
                    "rail",
                    "CHN KAZ UZB",
                    "planned",
                    1200.0,
                    8e9,
                    "2030",
                    "estimated",
                    "Test book",
                    line,
                ),
                ("p-2", "Test port", "port", "PAK", "operating", NAN, NAN, "", "assumed", "Test book", "62.30 25.10"),
                ("p-3", "Nowhere road", "road", "", "", NAN, NAN, "", "assumed", "Test book", ""),
            ],
            columns=[
                "id",
                "name",
                "kind",
                "countries",
                "status",
                "length_km",
                "cost_usd",
                "opens",
                "basis",
                "source",
                "shape",
            ],
        ),
        "fit": pd.DataFrame(
            [
                ("Crude A to B", 107.0, 107.04, 0.037, "Mt/yr", "fitted", "Test yearbook, p. 1"),
                ("Gas A to B", 22.0, 19.0, -13.6, "bcm/yr", "predicted", "Test yearbook, p. 2"),
                ("Price", 80.0, 200.0, 150.0, "USD/bbl", "predicted", "Test yearbook"),
                ("Taken", 1.0, 1.0, 0.0, "", "input", "Test yearbook"),
            ],
            columns=["quantity", "observed", "model", "miss_percent", "unit", "role", "source"],
        ),
        "closures": pd.DataFrame(
            [("hormuz", "Hormuz", 0.5, 90.0, 56.5, 26.6)], columns=["where", "name", "share", "days", "lon", "lat"]
        ),
    }


def _provenance() -> Provenance:
    return Provenance(
        landbridge="0.1.0",
        python="3.11.2",
        packages={"numpy": "2.0"},
        inputs={"scenario": "a" * 64},
        input_digest="b" * 64,
        residuals={"trade": 3e-12, "energy": 2e-9},
        seconds={"trade": 1.25, "energy": 0.5, "total": 2.0},
        sources={"s-one": "Test yearbook 2023, https://example.org/one", "s-two": "Another <test> book"},
        limits=("Nothing here is real.", "Insurance is left out."),
        started="2023-10-17T08:00:00",
    )
