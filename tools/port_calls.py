"""Fit engine.liner.CALLS_USD: `python -m tools.port_calls` prints the value to write there and the ports held out.

One number for all ports, so that the shares of the fitted ports come out best (Poisson deviance). Counts are first
brought to what the model carries: loaded boxes between economies (port_shares.csv).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landbridge import tables
from landbridge.engine import choice, flows, liner
from landbridge.engine.coupling import couple
from landbridge.engine.freight import Memo
from landbridge.engine.state import State, carried_usd, prepare
from landbridge.world import World, load_world

TRIED = (0.0, 25.0, 50.0, 75.0, 100.0, 150.0)


def observed() -> pd.DataFrame:
    """The counted ports with `comparable`: loaded TEU of trade between economies, a move at each end."""
    counts = tables.shipped("assignment/counts")
    ports = counts[counts["kind"] == "port"].merge(tables.shipped("assignment/port_shares"), on="count", how="left")
    kept = 1.0 - ports["transhipment_share"] - ports["domestic_share"] - ports["feeder_share"] / 2
    return ports.assign(comparable=ports["value"] * ports["year_factor"] * kept * (1.0 - ports["empty_share"]))


def modelled(state: State, ports: pd.DataFrame) -> NDArray[np.float64]:
    """TEU through each counted port, [p]."""
    f = state.freight[-1]
    assert state.zones is not None
    tag = f.network.arc_tag[f.places.arc]
    by_tag = np.zeros(len(f.network.tags))
    for load in flows.with_demand(f.loads, carried_usd(state), state.zones):
        if load.unit == "teu":
            part = np.zeros(len(f.places.arc))
            choice.add_loads(load, choice.taken(load, f.rents), part)
            np.add.at(by_tag, tag[tag >= 0], load.batch.boxes * part[tag >= 0])
    where = {t.id: i for i, t in enumerate(f.network.tags)}
    return np.array([sum(by_tag[where[p]] for p in row.split() if p in where) for row in ports["place"]])


def solved(world: World, usd: float, congestion: bool = False) -> State:
    """The status quo's freight at a surcharge."""
    memo, shipped = Memo(), liner.CALLS_USD
    try:
        liner.CALLS_USD = usd  # type: ignore[misc]
        state = prepare(world, ("trade",), "status quo", lambda step: None, memo)
        couple(state, state, memo, lambda step: None, congestion)
    finally:
        liner.CALLS_USD = shipped  # type: ignore[misc]
    return state


def score(made: NDArray[np.float64], ports: pd.DataFrame, role: str) -> tuple[float, float, float]:
    """Of the ports in a role: Poisson deviance of shares over that of equal shares, rank correlation, modelled over
    comparable TEU."""
    mine = (ports["role"] == role).to_numpy()
    a, b = np.maximum(made[mine], 1e4), ports["comparable"].to_numpy()[mine]
    share, seen = a / a.sum(), b / b.sum()
    deviance = (seen @ np.log(seen / share)) / (seen @ np.log(seen * len(b)))
    rank = np.corrcoef(a.argsort().argsort(), b.argsort().argsort())[0, 1]
    return float(deviance), float(rank), float(a.sum() / b.sum())


def fit() -> float:
    """Try the grid, keep the least deviance of the fitted half."""
    world, ports = load_world(), observed()
    found = {}
    for usd in TRIED:
        made = modelled(solved(world, usd), ports)
        fitted, held = score(made, ports, "fit"), score(made, ports, "held_out")
        found[usd] = fitted[0]
        print(f"{usd:5.0f} USD: fit deviance {fitted[0]:.2f} rank {fitted[1]:.2f} total x{fitted[2]:.2f}; "
              f"held out deviance {held[0]:.2f} rank {held[1]:.2f} total x{held[2]:.2f}", flush=True)  # fmt: skip
    return min(found, key=lambda usd: found[usd])


if __name__ == "__main__":
    print(f"CALLS_USD = {fit():.0f}")
