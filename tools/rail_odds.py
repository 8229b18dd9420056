"""Fit engine.freight.RAIL_ODDS: `python -m tools.rail_odds` prints the value to write there.

One number for all pairs, so that boxes by the overland chain between China and Europe (the EU, the United Kingdom,
Switzerland, Norway, Russia, Belarus: what China Railway counts as China-Europe trains) match the count of 2023.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from landbridge import tables
from landbridge.assignment import find_rents
from landbridge.engine import flows
from landbridge.engine.choice import SIGMA, SIGMA_ROUTE
from landbridge.engine.coupling import solve_pair
from landbridge.engine.state import State, carried_usd
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
    freight = state.freight[0]
    every = []
    for load in flows.with_demand(freight.loads, carried_usd(state), state.zones):
        log_odds = np.where(load.batch.log_odds != 0.0, np.log(odds), 0.0)  # of the chains that have odds at all
        every.append(dataclasses.replace(load, batch=dataclasses.replace(load.batch, log_odds=log_odds)))
    rents = find_rents(flows.batches(every), *freight.places.capacity(freight.network), SIGMA, SIGMA_ROUTE)
    loaded = flows.load(freight.network, freight.priced, every, rents, state.zones, len(iso3))
    matrix = loaded.chain_teu["rail-teu"]
    return float(matrix[np.ix_(china, europe)].sum() + matrix[np.ix_(europe, china)].sum())


def fit() -> float:
    """Bisection on the logarithm of the odds."""
    world = load_world()
    state, _ = solve_pair(world, world, ("trade",), lambda step: None)
    target = observed_teu()
    low, high = 1e-4, 1.0
    for _ in range(14):
        middle = float(np.sqrt(low * high))
        if modelled_teu(state, middle) > target:
            high = middle
        else:
            low = middle
    print(f"observed {target:,.0f} TEU a year, fitted {modelled_teu(state, middle):,.0f} at odds {middle:.3g}")
    return middle


if __name__ == "__main__":
    fit()
