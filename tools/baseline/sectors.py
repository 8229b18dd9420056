"""The twelve-sector world: goods flows split by sector, outputs, and use tables that add up.

Bilateral totals of goods and of services are those of the one-sector baseline. Compositions of exports, imports and
value added are WIOD's of 2014 (own where it has the economy, else by type of economy); crude and gas come from energy
quantities and prices of 2023; iterative proportional fitting makes everything meet. All of it is estimated or assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tools.baseline.energy import FUELS, Energy
from tools.baseline.flows import Flows, ras
from tools.baseline.inputs import Inputs

SECTORS = (
    "agriculture",
    "crude",
    "gas",
    "other mining",
    "food",
    "textiles",
    "chemicals",
    "metals",
    "machinery and electronics",
    "vehicles",
    "other manufactures",
    "services",
)
GOODS = SECTORS[:-1]
OTHER_GOODS = tuple(k for k in GOODS if k not in FUELS)
WIOD = ("agriculture", "mining", *SECTORS[4:])  # its ten aggregates: mining is one
# world trade in goods 2023, billion USD, by sector: WTO, World Trade Statistics 2023 (product groups), rounded; energy
# from energy_2023.csv; only the proportions matter
WORLD_TRADE = {
    "agriculture": 850,
    "other mining": 750,
    "food": 1450,
    "textiles": 1100,
    "chemicals": 4800,
    "metals": 1600,
    "machinery and electronics": 6700,
    "vehicles": 2300,
    "other manufactures": 2450,
}
# who uses what comes out of the ground, by using sector: crude, gas, other mining (assumed)
MINING_SPLIT = {
    "chemicals": (0.80, 0.10, 0.10),
    "services": (0.05, 0.60, 0.35),
    "metals": (0.02, 0.08, 0.90),
    "final": (0.00, 0.30, 0.70),
}
MINING_ELSE = (0.05, 0.30, 0.65)
MOST_EXPORTED = 0.85  # of output of a sector: the rest is sold at home


@dataclass(frozen=True)
class Sectors:
    """Arrays of the twelve-sector baseline, all consistent."""

    flow: np.ndarray  # [k,i,j] domestic sales on the diagonal
    tariff: np.ndarray  # [k,i,j]
    beta: np.ndarray  # [k,i]
    io: np.ndarray  # [i,m,k]
    final: np.ndarray  # [k,j]


class Shares:
    """WIOD's derived shares by economy, falling back on its type."""

    def __init__(self, path: Path, kind: dict[str, str], special: pd.DataFrame) -> None:
        table = pd.read_csv(path, comment="#", keep_default_na=False)
        self.values = {
            (str(r.table), str(r.economy), str(r.sector), str(r.using)): float(r.value) for r in table.itertuples()
        }
        self.kind = kind
        self.special = {c: dict(zip(g.sector, g.share, strict=True)) for c, g in special.groupby("iso3")}

    def get(self, table: str, economy: str, sector: str, using: str = "") -> float:
        own = self.values.get((table, economy, sector, using))
        if own is not None:
            return own
        return self.values[(table, self.kind.get(economy, economy), sector, using)]


def types_of(table: pd.DataFrame, inputs: Inputs) -> dict[str, str]:
    """china, advanced, emerging or developing: by income per head (26,000 and 5,000 USD), China apart (assumed)."""
    people = inputs.economies.set_index("iso3").population.reindex(table.iso3)
    income = table.gdp_used_usd.to_numpy(float) / people.to_numpy(float)
    kinds = np.where(income > 26e3, "advanced", np.where(income > 5e3, "emerging", "developing"))
    return {c: "china" if c == "CHN" else str(k) for c, k in zip(table.iso3, kinds, strict=True)}


def split(inputs: Inputs, table: pd.DataFrame, flows: Flows, on_goods: np.ndarray, energy: Energy) -> Sectors:
    """The twelve-sector arrays; `on_goods` [n,n] is the mean tariff on each pair's goods, zero on the diagonal."""
    iso3 = table.iso3.tolist()
    shares = Shares(Path(__file__).parent / "wiod_2014.csv", types_of(table, inputs), inputs.special)
    other = np.maximum(flows.goods - energy.trade.sum(axis=0), 0.0)
    exports = _margins(shares, iso3, other.sum(axis=1), "export")
    imports = _margins(shares, iso3, other.sum(axis=0), "import")
    imports *= (exports.sum(axis=1) / imports.sum(axis=1))[:, None]
    seen = _seen(inputs, iso3, other)
    seed = np.where(seen > 0, 0.0, other * exports[:, :, None] * imports[:, None, :] / other.sum() ** 2)
    rest = [np.maximum(whole - seen.sum(axis=axis), 0.0) for whole, axis in ((other, 0), (exports, 2), (imports, 1))]
    fitted = _fit(seed, *rest) + seen
    trade = np.concatenate([fitted[:1], energy.trade, fitted[1:], flows.services[None]])
    tariff = _tariffs(inputs, trade, on_goods)
    output, beta = _outputs(inputs, table, shares, energy, trade)
    n = len(iso3)
    trade[:, range(n), range(n)] = output - trade.sum(axis=2)
    spent = (trade * (1.0 + tariff)).sum(axis=1)
    io, final = _use_tables(table, shares, trade, output, spent, beta, tariff)
    return Sectors(trade, tariff, beta, io, final)


def _margins(shares: Shares, iso3: list[str], total: np.ndarray, side: str) -> np.ndarray:
    """Trade [k,n] in goods other than crude and gas that adds up to the totals and to world proportions."""
    seed = np.array([[_composition(shares, f"{side}_share", c, k) for c in iso3] for k in OTHER_GOODS]) + 1e-4
    world = np.array([WORLD_TRADE[k] for k in OTHER_GOODS], dtype=float)
    fitted, _ = ras(seed * total, world / world.sum() * total.sum(), total, sweeps=400)
    return fitted


def _composition(shares: Shares, table: str, economy: str, sector: str) -> float:
    """Share of a sector in goods trade other than crude and gas; what an economy is known for first."""
    known = shares.special.get(economy, {}) if table == "export_share" else {}
    if known:
        others = [k for k in OTHER_GOODS if k not in known]
        total = sum(shares.get(table, economy, _wiod(k)) for k in others)
        return known.get(sector, (1.0 - sum(known.values())) * shares.get(table, economy, _wiod(sector)) / total)
    return shares.get(table, economy, "mining" if sector == "other mining" else sector)


def _tariffs(inputs: Inputs, trade: np.ndarray, on_goods: np.ndarray) -> np.ndarray:
    """Tariffs [k,i,j] of the world's pattern over sectors whose mean over each pair's goods is `on_goods`."""
    weight = np.array([inputs.parameters[f"tariff_{k}"] for k in GOODS])[:, None, None]
    goods = trade[:-1].sum(axis=0)
    mean = np.divide((weight * trade[:-1]).sum(axis=0), goods, out=np.ones_like(goods), where=goods > 0)
    return np.concatenate([weight * (on_goods / mean), np.zeros_like(on_goods)[None]])


def _seen(inputs: Inputs, iso3: list[str], other: np.ndarray) -> np.ndarray:
    """Sector flows set by hand [k,i,j] of `OTHER_GOODS`; a fault where one exceeds what the pair trades in them."""
    seen = np.zeros((len(OTHER_GOODS), *other.shape))
    for row in inputs.sector_flows[inputs.sector_flows.sector.isin(OTHER_GOODS)].itertuples():  # fuels: energy.py
        i, j = iso3.index(row.exporter), iso3.index(row.importer)
        seen[OTHER_GOODS.index(row.sector), i, j] = row.value_usd
        if seen[:, i, j].sum() > other[i, j]:
            raise SystemExit(f"sector_flows_2023.csv: {row.exporter}-{row.importer} exceeds all goods of the pair")
    return seen


def _fit(
    seed: np.ndarray, goods: np.ndarray, exports: np.ndarray, imports: np.ndarray, sweeps: int = 200
) -> np.ndarray:
    """Iterative proportional fitting to sector margins and to bilateral totals; the last are met exactly."""
    x = seed
    for _ in range(sweeps):
        x *= (exports / np.maximum(x.sum(axis=2), 1e-300))[:, :, None]
        x *= (imports / np.maximum(x.sum(axis=1), 1e-300))[:, None, :]
        x *= (goods / np.maximum(x.sum(axis=0), 1e-300))[None]
    return x


def _outputs(
    inputs: Inputs, table: pd.DataFrame, shares: Shares, energy: Energy, trade: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Gross output [k,n] and value-added shares [k,n]: value added sums to GDP, every sector can ship its exports."""
    gdp = table.gdp_used_usd.to_numpy(float)
    e = inputs.economies.set_index("iso3").reindex(table.iso3)
    farm = e.share_agriculture.fillna(10.0).to_numpy(float) / 100.0
    industry = e.share_industry.fillna(25.0).to_numpy(float) / 100.0
    making = np.maximum(industry - inputs.parameters["construction_and_utilities"], 0.03)
    beta = np.array([[shares.get("value_added_share", shares.kind[c], _wiod(k)) for c in table.iso3] for k in SECTORS])
    exports = trade.sum(axis=2)
    need = exports / MOST_EXPORTED
    output = np.zeros_like(exports)
    output[0] = np.maximum(farm * gdp / beta[0], need[0])
    output[1:3] = np.maximum(energy.output, need[1:3])
    mined = (output[1:3] * beta[1:3]).sum(axis=0)
    left = np.maximum(making * gdp - mined, 0.02 * gdp)
    mix = np.array([[shares.get("value_added_composition", c, _wiod(k)) for c in table.iso3] for k in GOODS[3:]])
    mix[0] *= 0.3  # WIOD's mining holds crude and gas too
    output[3:-1] = np.maximum(left * mix / mix.sum(axis=0) / beta[3:-1], need[3:-1])
    # what is left of GDP is services; where goods would take too much, they are made with more inputs
    most = (1.0 - inputs.parameters["least_services"]) * gdp
    taken = (beta[:-1] * output[:-1]).sum(axis=0)
    beta[:-1] *= np.minimum(1.0, most / taken)
    output[-1] = (gdp - (beta[:-1] * output[:-1]).sum(axis=0)) / beta[-1]
    short = np.maximum(need[-1] / output[-1], 1.0)
    output[-1] *= short
    beta[-1] /= short
    return output, beta


def _wiod(sector: str) -> str:
    return "mining" if sector in ("crude", "gas", "other mining") else sector


def _use_tables(
    table: pd.DataFrame,
    shares: Shares,
    trade: np.ndarray,
    output: np.ndarray,
    spent: np.ndarray,
    beta: np.ndarray,
    tariff: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Input coefficients [i,m,k] and final shares [k,j]: each economy's use table balanced to its own supply."""
    k, n = output.shape
    inputs_of, final = np.zeros((n, k, k)), np.zeros((k, n))
    income = (beta * output).sum(axis=0) + (trade * tariff).sum(axis=(0, 1))
    income += trade.sum(axis=(0, 1)) - trade.sum(axis=(0, 2))
    worst = 0.0
    for i, code in enumerate(table.iso3):
        kind = shares.kind[code]
        cost = (1.0 - beta[:, i]) * output[:, i]
        seed = np.zeros((k, k + 1))
        for m, good in enumerate(SECTORS):
            for u, using in enumerate((*SECTORS, "final")):
                seed[m, u] = _use_share(shares, kind, good, using) * (income[i] if using == "final" else cost[u])
        seed = np.where(spent[:, i, None] > 0, seed + 1e-6 * seed.sum(axis=0), 0.0)
        use, miss = ras(seed, spent[:, i], np.append(cost, income[i]), sweeps=4000)
        worst = max(worst, miss)
        made = output[:, i] > 0
        inputs_of[i][:, made] = use[:, :k][:, made] / output[made, i]
        inputs_of[i] *= np.where(made, (1.0 - beta[:, i]) / np.maximum(inputs_of[i].sum(axis=0), 1e-300), 0.0)
        final[:, i] = use[:, k] / use[:, k].sum()
    if worst > 1e-6:
        raise SystemExit(f"a use table does not balance: worst row off by {worst:.1e}")
    return inputs_of, final


def _use_share(shares: Shares, kind: str, good: str, using: str) -> float:
    """Share of a good in the intermediate cost of a sector, or in final expenditure."""
    if using == "final":
        value = shares.get("final_share", kind, _wiod(good))
    else:
        value = shares.get("input_share", kind, _wiod(good), _wiod(using))
    if _wiod(good) != "mining":
        return value
    return value * MINING_SPLIT.get(using, MINING_ELSE)[("crude", "gas", "other mining").index(good)]
