"""Crude and gas between economies: the energy room's flows of 2023, split inside its regions, times a price per pair.

A flow of `data/energy/flows.csv` goes from a set of nodes to a set of nodes; here it is split among the economies of
both sets by their own exports and imports (`energy_2023.csv`) and by distance, so that each flow is met exactly. Trade
that the energy room does not list (Norway to the continent by sea, small lots) fills what is left of each economy's
exports and imports; pairs that it lists as nothing stay at nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tools.baseline.flows import ASSUMED, ESTIMATED, OBSERVED
from tools.baseline.inputs import Inputs
from tools.baseline.policy import FILLED_FOR, shut

FUELS = ("crude", "gas")
YEAR = 2023
BBL_PER_T = 7.33  # as data/energy: 7.33 barrels a tonne
MT_PER_MBD = 365.0 / BBL_PER_T
USD_PER_UNIT = {"crude": BBL_PER_T * 1e6, "gas": 37.9e6}  # Mt at a USD/bbl, bcm (40 MJ/m3) at a USD/MMBtu
SWEEPS = 300
LEAST = 0.05  # Mt or bcm
LEAST_OPEN = 1e-3  # of a pair whose fuel the law shuts: a block that has no other way is still met
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Block:
    """One flow that the energy room knows: who sells, who buys, the cells [n,n] (bool), quantity, mode ("" any)."""

    fuel: str
    name: str
    sellers: tuple[int, ...]
    buyers: tuple[int, ...]
    cells: np.ndarray
    quantity: float  # Mt of crude, bcm of gas
    mode: str


@dataclass(frozen=True)
class Energy:
    """Trade [2,n,n] and output [2,n] of crude and gas in USD; the blocks met, and their value [b] in USD."""

    trade: np.ndarray
    output: np.ndarray
    blocks: tuple[Block, ...]
    value: np.ndarray

    def basis(self) -> np.ndarray:
        """0, 1, 2 of each cell [2,n,n]: a listed pair is observed, a listed region's pair estimated, others assumed.

        Quantities are meant: prices are assumed in part, see energy_prices.csv.
        """
        out = np.full(self.trade.shape, ASSUMED, dtype=np.int8)
        for block in self.blocks:
            here = out[FUELS.index(block.fuel)]
            single = len(block.sellers) == len(block.buyers) == 1
            here[block.cells] = np.where(single, np.minimum(here[block.cells], OBSERVED), ESTIMATED)
        return out

    def as_table(self, iso3: list[str]) -> pd.DataFrame:
        """One row a block, as shipped in data/trade/energy_values.csv."""
        rows = []
        for block, value in zip(self.blocks, self.value, strict=True):
            sold = block.quantity * USD_PER_UNIT[block.fuel]
            rows.append(
                {
                    "fuel": block.fuel,
                    "name": block.name,
                    "sellers": "|".join(iso3[n] for n in block.sellers),
                    "buyers": "|".join(iso3[n] for n in block.buyers),
                    "quantity": block.quantity,
                    "unit": "Mt" if block.fuel == "crude" else "bcm",
                    "price": round(float(value) / sold, 4) if sold else np.nan,
                    "price_unit": "USD/bbl" if block.fuel == "crude" else "USD/MMBtu",
                    "value_usd": float(value),
                }
            )
        return pd.DataFrame(rows)


def energy_trade(inputs: Inputs, iso3: list[str], distance: np.ndarray) -> Energy:
    """Value of crude and gas trade between economies; each block of the energy room is met to rounding."""
    own = inputs.energy.set_index("iso3").drop(columns=["basis", "source"]).reindex(iso3).fillna(0.0)
    places = _places(inputs, iso3)
    far = distance.copy()
    np.fill_diagonal(far, np.inf)
    for row in inputs.customs[inputs.customs.value_usd == 0].itertuples():  # pairs whose trade the law has ended
        far[iso3.index(row.exporter), iso3.index(row.importer)] = np.inf
    licensed = np.zeros(distance.shape, dtype=bool)  # customs saw it pass, whatever the general ban says
    for i, j, _ in (pin for fuel in FUELS for pin in _pinned(inputs, fuel, iso3)):
        licensed[i, j] = True
    trade, output = np.zeros((2, *distance.shape)), np.zeros((2, len(iso3)))
    blocks: list[Block] = []
    values: list[float] = []
    for f, fuel in enumerate(FUELS):
        unit = MT_PER_MBD if fuel == "crude" else 1.0
        stem = "crude_{}_mbd" if fuel == "crude" else "gas_{}_bcm"
        exports, imports = (own[stem.format(side)].to_numpy(float) * unit for side in ("exports", "imports"))
        found = _blocks(inputs, fuel, iso3, places)
        open_ = np.where(licensed, 1.0, np.maximum(1.0 - shut(iso3, FILLED_FOR, fuel), LEAST_OPEN))
        quantities, rest = _allocate(found, exports, imports, far / open_, _pinned(inputs, fuel, iso3))
        for block, quantity in zip(found, quantities, strict=True):
            price = _prices(inputs, fuel, iso3, block.mode)
            trade[f] += quantity * price * USD_PER_UNIT[fuel]
            values.append(float((quantity * price).sum() * USD_PER_UNIT[fuel]))
        trade[f] += rest * _prices(inputs, fuel, iso3, "") * USD_PER_UNIT[fuel]
        blocks += found
        made = _production(inputs, fuel, iso3, places, own[stem.format("output")].to_numpy(float) * unit)
        sold = quantities.sum(axis=(0, 2)) + rest.sum(axis=1)
        output[f] = _worth(inputs, fuel, trade[f], sold, made)
    return Energy(trade, output, tuple(blocks), np.array(values))


def _pinned(inputs: Inputs, fuel: str, iso3: list[str]) -> list[tuple[int, int, float]]:
    """Pairs inside a region's flow whose fuel customs show (sector_flows_2023.csv): places and quantity."""
    price = _prices(inputs, fuel, iso3, "")
    return [
        (i, j, row.value_usd / price[i, j] / USD_PER_UNIT[fuel])
        for row in inputs.sector_flows[inputs.sector_flows.sector == fuel].itertuples()
        for i, j in [(iso3.index(row.exporter), iso3.index(row.importer))]
    ]


def _places(inputs: Inputs, iso3: list[str]) -> dict[tuple[str, str, str], list[int]]:
    """(fuel, node or area, "from" or "to") -> economies of it that the baseline has."""
    at = {code: n for n, code in enumerate(iso3)}
    areas = {(r.fuel, r.area): r.iso3.split("|") for r in inputs.energy_areas.itertuples()}
    out = {}
    for row in inputs.energy_nodes.itertuples():
        users = [m.partition(":")[0] for m in str(row.members).split("|")] if pd.notna(row.members) else [row.iso3]
        makers = areas.get((row.fuel, row.id), [row.iso3])
        out[row.fuel, row.id, "from"] = [at[c] for c in makers if c in at]
        out[row.fuel, row.id, "to"] = [at[c] for c in users if c in at]
    for (fuel, area), codes in areas.items():
        out.setdefault((fuel, area, "from"), [at[c] for c in codes if c in at])
    return out


def _blocks(inputs: Inputs, fuel: str, iso3: list[str], places: dict[tuple[str, str, str], list[int]]) -> list[Block]:
    """Every observed flow of the year as a block of cells."""
    flows = inputs.energy_flows
    blocks = []
    for row in flows[(flows.fuel == fuel) & (flows.year == YEAR)].itertuples():
        cells = np.zeros((len(iso3), len(iso3)), dtype=bool)
        origin = str(row.origin) if pd.notna(row.origin) else ""
        if origin in iso3:
            sources = {iso3.index(origin)}
        elif origin:
            sources = set(places[fuel, origin, "from"])
        else:
            sources = _union(places[fuel, node, "from"] for node in row.from_nodes.split("|"))
        goals = _union(places[fuel, node, "to"] for node in row.to_nodes.split("|"))
        cells[np.ix_(sorted(sources), sorted(goals))] = True
        np.fill_diagonal(cells, False)
        mode = str(row.modes) if pd.notna(row.modes) else ""
        ends = tuple(sorted(sources)), tuple(sorted(goals))
        blocks.append(Block(fuel, str(row.name), *ends, cells, float(row.flow), mode))
    return blocks


def _union(parts: Iterable[list[int]]) -> set[int]:
    return set().union(*parts)


def _allocate(
    blocks: list[Block],
    exports: np.ndarray,
    imports: np.ndarray,
    far: np.ndarray,
    pinned: list[tuple[int, int, float]],
) -> tuple[np.ndarray, np.ndarray]:
    """Quantities of each block [b,n,n], which add up to it, and of unlisted trade [n,n].

    Proportional fitting to every economy's exports and imports, to pinned pairs and to the blocks, which come last.
    `far` [n,n] is the distance in km, infinite where nothing may go.
    """
    unlisted = ~np.any([b.cells for b in blocks], axis=0)
    listed = np.outer(exports, imports) * (1000.0 / far)
    seed = np.where(unlisted, listed * (1000.0 / far), listed)  # what nobody lists is small and goes short ways
    for block in blocks:  # of a flow whose ends the quantities do not know, everyone there gets a little
        if block.quantity > 0 and not seed[block.cells].any():
            guess = np.outer(np.maximum(exports, LEAST), np.maximum(imports, LEAST)) * (1000.0 / far)
            seed = np.where(block.cells, guess, seed)
    row, column, scale = np.ones(len(far)), np.ones(len(far)), np.array([float(b.quantity > 0) for b in blocks])
    lift = np.ones_like(seed)
    for _ in range(SWEEPS):
        weight = unlisted.astype(float)
        for block, factor in zip(blocks, scale, strict=True):
            weight += factor * block.cells
        base = seed * weight * lift
        row *= _step(exports, row * (base @ column))
        column *= _step(imports, column * (row @ base))
        for i, j, quantity in pinned:
            lift[i, j] *= quantity / (row[i] * column[j] * base[i, j])
        for b, block in enumerate(blocks):
            held = float((np.outer(row, column) * seed * lift)[block.cells].sum())
            if block.quantity > 0 and held <= 0:
                raise SystemExit(f"the energy flow {block.name} has no economies: see energy_areas.csv")
            scale[b] = block.quantity / held if block.quantity > 0 else 0.0
    spread = seed * lift * np.outer(row, column)
    return np.array([s * b.cells * spread for b, s in zip(blocks, scale, strict=True)]), np.where(unlisted, spread, 0.0)


def _step(margin: np.ndarray, now: np.ndarray) -> np.ndarray:
    """The factor that brings sums to a margin; one where the margin says nothing."""
    return np.where((margin > 0) & (now > 0), margin / np.maximum(now, 1e-300), 1.0)


def _prices(inputs: Inputs, fuel: str, iso3: list[str], mode: str) -> np.ndarray:
    """Price of each pair [n,n], USD/bbl or USD/MMBtu: the first row of energy_prices_2023.csv that fits."""
    price = np.full((len(iso3), len(iso3)), np.nan)
    for row in inputs.energy_prices.itertuples():
        if row.fuel != fuel or (row.mode != "*" and mode and row.mode != mode):
            continue
        if row.mode == "lng" and not mode:
            continue  # unlisted gas trade is taken as short pipes
        ways = [
            np.full(len(iso3), True) if w == "*" else np.isin(iso3, w.split("|")) for w in (row.origin, row.destination)
        ]
        price[np.isnan(price) & np.outer(*ways)] = row.price
    return price


def _production(
    inputs: Inputs, fuel: str, iso3: list[str], places: dict[tuple[str, str, str], list[int]], own: np.ndarray
) -> np.ndarray:
    """Output by economy [n] in the energy room's unit: its production by node, split by `own` inside a node."""
    volumes = inputs.energy_volumes
    made = np.zeros(len(iso3))
    told = set()
    for row in volumes[(volumes.fuel == fuel) & (volumes.year == YEAR)].itertuples():
        who = places[fuel, row.node, "from"]
        told |= set(who) | set(places[fuel, row.node, "to"])
        weight = own[who]
        if row.production > 0 and weight.sum() > 0:
            made[who] += row.production * weight / weight.sum()
    others = [n for n in range(len(iso3)) if n not in told]
    made[others] = own[others]
    return made


def _worth(inputs: Inputs, fuel: str, value: np.ndarray, sold: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Output in USD [n]: exports at their own price, the rest of crude alike, the rest of gas at the home price."""
    exports = value.sum(axis=1)
    mean = np.where(sold > 0, exports / np.maximum(sold, 1e-300) / USD_PER_UNIT[fuel], np.nan)
    usual = inputs.parameters["crude_price" if fuel == "crude" else "gas_price_at_home"]
    home = np.where(np.isnan(mean), usual, mean if fuel == "crude" else np.minimum(mean, usual))
    return np.asarray(exports + np.maximum(made - sold, 0.0) * home * USD_PER_UNIT[fuel])
