"""Energy tables of the invented Result: flows, prices, balances, rents and what they are worth."""

from __future__ import annotations

import numpy as np
import pandas as pd


def energy(draw: np.random.Generator) -> dict[str, pd.DataFrame]:
    flows = []
    places = {"Siberia": (75, 60), "Gulf": (50, 27), "Houston": (-95, 29), "Lagos": (3.4, 6.4)}
    to = {"North China": (116, 40), "Rotterdam": (4.4, 51.9), "Mumbai": (72.8, 19), "Tokyo": (139.7, 35.6)}
    for fuel, unit in (("crude", "Mt/yr"), ("gas", "bcm/yr")):
        for a, (x0, y0) in places.items():
            for b, (x1, y1) in to.items():
                base = float(draw.lognormal(2.5, 1))
                mode = "pipeline" if a == "Siberia" and b != "Tokyo" else "tanker"
                flows.append(
                    (
                        fuel,
                        a,
                        b,
                        mode,
                        "Link" if mode == "pipeline" else "",
                        base,
                        base * draw.uniform(0.6, 1.4),
                        unit,
                        x0,
                        y0,
                        x1,
                        y1,
                    )
                )
    names = ("fuel", "origin", "destination", "mode", "link", "base", "value", "unit")
    ends = ("origin_lon", "origin_lat", "destination_lon", "destination_lat")
    prices = [
        ("crude", f"n{i}", n, 80.0 + i, 82.0 + 0.5 * i, "USD/bbl", 100 * ((82 + 0.5 * i) / (80 + i) - 1))
        for i, n in enumerate(to)
    ]
    prices += [("gas", f"g{i}", n, 12.0 + i, 11.0 + i, "USD/mmbtu", -100 / (12 + i)) for i, n in enumerate(to)]
    balances = pd.DataFrame(
        [
            ("crude", "RUS", "Russia", "Mt/yr", 530.0, 529.0, 280.0, 280.0, 0.0, 0.0, 240.0, 241.0),
            ("crude", "CHN", "China", "Mt/yr", 209.0, 209.0, 760.0, 761.0, 560.0, 561.0, 1.0, 1.0),
        ],
        columns=[
            "fuel",
            "region",
            "name",
            "unit",
            "production_base",
            "production",
            "consumption_base",
            "consumption",
            "imports_base",
            "imports",
            "exports_base",
            "exports",
        ],
    )
    return {
        "energy_flows": pd.DataFrame(flows, columns=[*names, *ends]).assign(basis="estimated"),
        "energy_prices": pd.DataFrame(prices, columns=["fuel", "node", "name", "base", "value", "unit", "percent"]),
        "energy_balances": balances,
    }


def money() -> dict[str, pd.DataFrame]:
    rents = [
        ("crude", "price cap", "RUS: port", "buyers (assumed)", 7.9, 12.4, "billion USD/yr"),
        ("gas", "full way", "test-line", "half to each end (assumed)", 0.0, 3.1, "billion USD/yr"),
    ]
    way = ("gas", "RUS", "test-line", "Field", "City", "pipe", 0.0, 47.2, 12.5, 2.6, float("nan"), 9.9)
    netbacks = [(*way, float("nan"), 8.0, 1.9, 0.0, "USD/MMBtu")]
    paid = (
        "gas",
        "test-line",
        "RUS",
        "CHN",
        "oil <products>",
        8.42,
        21.3,
        21.3,
        13.0,
        11.8,
        3.7,
        2.7,
        "USD/MMBtu",
        "Test",
    )
    years = [("central", y, "price", "JKM", "USD/MMBtu", 12.8, 12.6) for y in (2030, 2031)]
    names = {
        "rents": ("fuel kind name whose base value unit", rents),
        "netbacks": (
            "fuel origin link from_node to_node mode base_flow flow price cost base_netback netback base_fob fob rent "
            "term unit",
            netbacks,
        ),
        "contracts": (
            "fuel link seller buyer formula price base_flow flow base_marginal marginal base_to_buyer to_buyer unit "
            "source",
            [paid],
        ),
        "outlook": (
            "case year quantity name unit base value",
            [*years, ("half the size, 2033", 2033, "price", "JKM", "USD/MMBtu", 12.8, 12.7)],
        ),
    }
    return {f"energy_{k}": pd.DataFrame(v, columns=columns.split()) for k, (columns, v) in names.items()}
