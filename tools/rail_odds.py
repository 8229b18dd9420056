"""Fit engine.freight.RAIL_ODDS: `python -m tools.rail_odds` prints the value to write there.

One number for all pairs, so that boxes by the overland chain between China and Europe (the EU, the United Kingdom,
Switzerland, Norway, Russia, Belarus: what China Railway counts as China-Europe trains) match the count of 2023.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from landbridge import tables
from landbridge.engine import flows
from landbridge.engine.freight import Memo
from landbridge.engine.state import State, carried_usd, prepare, price_freight, solve_trade
from landbridge.world import load_world

BESIDE_EU = ("GBR", "CHE", "NOR", "RUS", "BLR")


def observed_teu() -> float:
    """TEU a year: the count times its factor to a whole year."""
    counts = tables.shipped("assignment/counts").set_index("count")
    row = counts.loc["rail-china-europe-teu"]
    return float(row["value"]) * float(row["year_factor"])


def modelled_teu(state: State, odds: float) -> float:
    """TEU a year between China and Europe by the overland chain at these odds."""
    world = state.world
    iso3 = np.array(world.trade.iso3)
    europe = np.isin(iso3, [*world.rules.on(world.date).members("EU"), *BESIDE_EU])
    china = iso3 == "CHN"
    assert state.zones is not None
    chains = tuple(
        dataclasses.replace(c, chain=dataclasses.replace(c.chain, odds=odds)) if c.chain.name == "rail-teu" else c
        for c in state.freight[0].costs.chains
    )
    loaded = flows.load(state.freight[0].network, chains, carried_usd(state), state.zones)
    matrix = loaded.chain_teu["rail-teu"]
    return float(matrix[np.ix_(china, europe)].sum() + matrix[np.ix_(europe, china)].sum())


def fit() -> float:
    """Bisection on the logarithm of the odds."""
    state = prepare(load_world(), ("trade", "flows"), "fit", lambda step: None, Memo())
    price_freight([state], lambda step: None)
    solve_trade(state, state, "fit", lambda step: None)
    target = observed_teu()
    low, high = 1e-4, 1.0
    for _ in range(25):
        middle = float(np.sqrt(low * high))
        if modelled_teu(state, middle) > target:
            high = middle
        else:
            low = middle
    print(f"observed {target:,.0f} TEU a year, fitted {modelled_teu(state, middle):,.0f} at odds {middle:.3g}")
    return middle


if __name__ == "__main__":
    fit()
