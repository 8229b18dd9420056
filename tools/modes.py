"""Mode shares, ours beside observed: `python -m tools.modes` prints them, `--fit` fits engine.haulage.PERMIT_SHARE.

The mode is that of the chain: ships with their ways to the port, trains, lorries; bulk over land by the longer part.
What flies, or runs in a pipe, is neither in the model nor in the observed shares.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landbridge import tables
from landbridge.engine import choice, classes, flows, goods, haulage
from landbridge.engine.coupling import solve_pair
from landbridge.engine.offers import Offer
from landbridge.engine.state import FreightRegime, State, carried_usd
from landbridge.network import LAYERS
from landbridge.world import World, load_world

Floats = NDArray[np.float64]
MODES: Final = ("sea", "rail", "road")
_OF_CHAIN: Final = {"sea-teu": "sea", "rail-teu": "rail", "road-teu": "road", "sea-t": "sea", "road-t": "road"}


def observed(world: World) -> pd.DataFrame:
    """The table of shares with `a`, `b`: members of both ends [n] as flags."""
    table = tables.shipped("assignment/mode_shares")
    iso3 = np.array(world.trade.iso3)
    union = world.rules.on(world.date).members("EU")

    def members(text: str) -> NDArray[np.bool_]:
        named = [m for word in text.split() for m in (union if word == "EU" else [word])]
        return np.asarray(np.isin(iso3, named), np.bool_)

    ends = [[members(text) for text in table[end]] for end in ("origin", "destination")]
    for k, (a, b) in enumerate(zip(*ends)):
        ends[0][k], ends[1][k] = (a if a.any() else ~b), (b if b.any() else ~a)
    return table.assign(a=ends[0], b=ends[1])


def modelled(state: State) -> dict[str, tuple[Floats, Floats]]:
    """Tonnes and USD a year by mode between economies, [n, n] each."""
    assert state.zones is not None
    f, z, n = state.freight[-1], state.zones, len(state.world.trade.iso3)
    member = np.zeros((n, len(z.node)))
    member[z.economy, np.arange(len(z.node))] = 1.0
    offers = {p.offer.unit: p.offer for p in f.priced}
    by_rail = {unit: _longer_by_rail(f, offer) for unit, offer in offers.items() if unit == "t"}
    value = goods.groups().value_usd_t
    out = {m: (np.zeros((n, n)), np.zeros((n, n))) for m in MODES}
    for load in flows.with_demand(f.loads, carried_usd(state), z):
        offer, flow = offers[load.unit], choice.taken(load, f.rents).flow
        pair = offer.routes.pair_of_route()
        for spot, chain in enumerate(offer.chains):
            mine = offer.routes.nest == spot
            split = [(_OF_CHAIN[chain.name], mine)] if chain.name in _OF_CHAIN else [
                ("rail", mine & by_rail[load.unit]), ("road", mine & ~by_rail[load.unit])
            ]  # fmt: skip
            for mode, routes in split:
                zones = np.bincount(pair[routes], flow[routes], minlength=offer.routes.n_pairs)
                tonnes = member @ zones.reshape(len(z.node), -1) @ member.T
                out[mode][0][...] += tonnes
                out[mode][1][...] += tonnes * value[load.group]
    return out


def _longer_by_rail(f: FreightRegime, offer: Offer) -> NDArray[np.bool_]:
    """Routes [r] with more kilometres by rail than by road."""
    net, r = f.network, offer.routes
    rail = np.isin(net.arc_layer, [LAYERS.index(name) for name in classes.RAIL])
    on_rail = np.where(rail, net.length_km, 0.0)[None]
    by_way = np.stack([way.sums(on_rail[:, : way.customised.hierarchy.n_arcs])[0].ravel() for way in offer.ways])
    head = r.member_ptr[:-1]
    return np.asarray(by_way[offer.way_of_option[r.option[head]], r.pair[head]] >= offer.road_km, np.bool_)


def beside(seen: pd.DataFrame, made: dict[str, tuple[Floats, Floats]]) -> pd.DataFrame:
    """A row for every mode that a count names: `seen` and `made`, shares of the modes compared."""
    rows = []
    for row in seen.itertuples():
        kind = 1 if row.measure == "value" else 0
        cells = {m: float(_between(made[m][kind], row.a, row.b, row.both_ways == "yes")) for m in MODES}
        named = [m for m in MODES if not np.isnan(getattr(row, m))]
        whole = sum(cells[m] for m in (named if np.isnan(row.rest) else MODES))
        seen_whole = sum(getattr(row, m) for m in named) + (0.0 if np.isnan(row.rest) else row.rest)
        rows += [
            {
                "count": row.count, "name": row.name, "role": row.role, "mode": m,
                "seen": getattr(row, m) / seen_whole, "made": cells[m] / whole,
            }
            for m in named
        ]  # fmt: skip
    return pd.DataFrame(rows)


def _between(matrix: Floats, a: NDArray[np.bool_], b: NDArray[np.bool_], both: bool) -> float:
    there = matrix[np.ix_(a, b)].sum()
    return float(there + matrix[np.ix_(b, a)].sum()) if both else float(there)


def error(table: pd.DataFrame, role: str, mode: str = "road") -> float:
    """Mean logarithm of modelled over observed shares of a mode, over the counts in a role."""
    mine = table[(table.role == role) & (table["mode"] == mode)]
    return float(np.log(mine.made / mine.seen).mean())


def at_share(state: State, share: float) -> State:
    """The state with its loads at another permit share, rents as they are."""
    shipped = haulage.PERMIT_SHARE
    try:
        haulage.PERMIT_SHARE = share  # type: ignore[misc]
        loads = choice.loads(state.freight[-1].priced)
    finally:
        haulage.PERMIT_SHARE = shipped  # type: ignore[misc]
    return replace(state, freight=[replace(state.freight[-1], loads=loads)])


def fit(state: State) -> float:
    """The share at which road comes out right on the fitted corridors on (geometric) average, by bisection."""
    seen, low, high = observed(state.world), 0.05, 3.0
    for _ in range(12):
        middle = float(np.sqrt(low * high))
        over = error(beside(seen, modelled(at_share(state, middle))), "fit") > 0
        low, high = (middle, high) if over else (low, middle)
    return middle


def main() -> int:
    """Print the table; with --fit the share first."""
    world = load_world()
    state, _ = solve_pair(world, world, ("trade",), lambda step: None)
    if "--fit" in sys.argv:
        print(f"PERMIT_SHARE = {fit(state):.3g}")
    print("\n".join(lines(state)))
    return 0


def lines(state: State) -> list[str]:
    """The table as text, and how far the roles are off."""
    table = beside(observed(state.world), modelled(state))
    out = [f"| {r['name']} | {r['role']} | {r['mode']} | {r.seen:.1%} | {r.made:.1%} |" for _, r in table.iterrows()]
    for role in ("fit", "held_out"):
        for mode in MODES:
            mine = table[(table.role == role) & (table["mode"] == mode)]
            if len(mine):
                apart = float(np.exp(np.abs(np.log(mine.made / mine.seen)).median()))
                out.append(f"{role} {mode}: median factor {apart:.2f} over {len(mine)} counts")
    return out


if __name__ == "__main__":
    sys.exit(main())
