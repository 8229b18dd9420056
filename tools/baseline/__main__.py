"""Build `src/landbridge/data/trade/` anew: `python -m tools.baseline`. Same inputs, same bytes."""

from __future__ import annotations

import io
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from landbridge.tables import write_atomic, write_csv
from tools.baseline.flows import ASSUMED, ESTIMATED, OBSERVED, Flows, bilateral
from tools.baseline.inputs import Inputs, geography, members_of, read_inputs
from tools.baseline.sectors import GOODS, SECTORS, split
from tools.baseline.totals import reconcile

OUT = Path(__file__).parents[2] / "src" / "landbridge" / "data" / "trade"
UNIONS = ("EU_CUSTOMS_UNION", "EU", "EEA", "EAEU", "USMCA", "ASEAN", "GCC", "MERCOSUR")
SOURCE = (
    "World Factbook 2023-10-26 and World Bank national accounts (totals), customs of 2023 (single flows), factbook "
    "partner shares of 2019-2021, gravity for the rest, balanced by RAS; see data/trade/economies.csv and customs.csv"
)


def main(out: Path = OUT) -> None:
    started = time.perf_counter()
    inputs = read_inputs()
    table = reconcile(inputs)
    distance, border = _with_row(*geography(table.iso3.tolist()[:-1]))
    flows = bilateral(inputs, table, distance, border)
    if "--blind" in sys.argv:
        _blind(inputs, table, distance, border, flows)
        return
    out.mkdir(parents=True, exist_ok=True)
    on_goods = _tariff_on_goods(inputs, table)
    _write_one_sector(out, inputs, table, flows, on_goods)
    _write_twelve_sectors(out, inputs, table, flows, on_goods, distance)
    _write_tables(out, inputs, table)
    print(f"{len(table)} economies in {time.perf_counter() - started:.1f} s; worst margin {flows.worst_margin:.1e}")


def _blind(inputs: Inputs, table: pd.DataFrame, distance: np.ndarray, border: np.ndarray, flows: Flows) -> None:
    """How far the estimates miss where customs know better: built without any customs figure, then compared."""
    unseen = bilateral(replace(inputs, customs=inputs.customs.iloc[:0]), table, distance, border).goods
    seen = np.nonzero((flows.basis == OBSERVED) & (flows.goods > 0))
    miss = np.abs(np.log(unseen[seen] / flows.goods[seen]))
    weight = flows.goods[seen] / flows.goods[seen].sum()
    russia = [c == "RUS" or d == "RUS" for c, d in zip(table.iso3.to_numpy()[seen[0]], table.iso3.to_numpy()[seen[1]])]
    for name, part in (("all pairs", np.ones(len(miss), dtype=bool)), ("pairs with Russia", np.array(russia))):
        mean = float((miss * weight)[part].sum() / weight[part].sum())
        print(f"{name}: {part.sum()}, median factor {np.exp(np.median(miss[part])):.2f}, by value {np.exp(mean):.2f}")


def _with_row(distance: np.ndarray, border: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Add ROW, scattered islands: at the mean distance of everybody, without borders."""
    n = len(distance)
    far = np.full((n + 1, n + 1), distance[~np.eye(n, dtype=bool)].mean())
    far[:n, :n] = distance
    grown = np.zeros((n + 1, n + 1), dtype=bool)
    grown[:n, :n] = border
    return far, grown


def _tariff_on_goods(inputs: Inputs, table: pd.DataFrame) -> np.ndarray:
    """Weighted mean applied tariff of 2015 by importer [n,n], none inside unions; US-China of 2023 by hand."""
    rates = inputs.tariffs.set_index("iso3").tariff_weighted.reindex(table.iso3).astype(float)
    n = len(table)
    goods = np.broadcast_to(rates.fillna(rates.median()).to_numpy(), (n, n)).copy()
    for group in UNIONS:
        inside = np.isin(table.iso3, list(members_of(inputs, group)))
        goods[np.outer(inside, inside)] = 0.0
    place = {c: i for i, c in enumerate(table.iso3)}
    goods[place["CHN"], place["USA"]] = inputs.parameters["tariff_usa_on_chn"]
    goods[place["USA"], place["CHN"]] = inputs.parameters["tariff_chn_on_usa"]
    np.fill_diagonal(goods, 0.0)
    return goods


def _assumed(table: pd.DataFrame) -> np.ndarray:
    """Pairs [n,n] of which one side's totals are assumed."""
    unsure = (table.basis == "assumed").to_numpy()
    return np.asarray(unsure[:, None] | unsure[None, :])


def _write_one_sector(out: Path, inputs: Inputs, table: pd.DataFrame, flows: Flows, on_goods: np.ndarray) -> None:
    """Goods and services as one sector; the tariff on goods is spread over both."""
    trade = flows.goods + flows.services
    tariff = np.where(trade > 0, on_goods * flows.goods / np.maximum(trade, 1e-300), 0.0)
    output = (table.gdp_used_usd / table.value_added_share).to_numpy(float)
    basis = flows.basis.copy()
    basis[flows.services > flows.goods] = ASSUMED
    basis[_assumed(table) & (basis != OBSERVED)] = ASSUMED
    np.fill_diagonal(trade, output - trade.sum(axis=1))
    np.fill_diagonal(basis, ESTIMATED)
    if (np.diag(trade) <= 0).any():
        raise SystemExit(f"no domestic sales left in {', '.join(table.iso3[np.diag(trade) <= 0])}")
    share = table.value_added_share.to_numpy(float)
    n = len(table)
    central = np.array([inputs.parameters["theta_central"]])
    arrays = {
        "sectors": np.array(["goods and services"]),
        "flow_usd": trade[None],
        "tariff": tariff[None],
        "value_added_share": share[None],
        "io": (1.0 - share).reshape(n, 1, 1),
        "final_share": np.ones((1, n)),
        "theta_low": np.array([inputs.parameters["theta_low"]]),
        "theta_central": central,
        "theta_high": np.array([inputs.parameters["theta_high"]]),
        "basis": basis[None],
    }
    _write(out, 1, table, arrays)


def _write_twelve_sectors(
    out: Path, inputs: Inputs, table: pd.DataFrame, flows: Flows, on_goods: np.ndarray, distance: np.ndarray
) -> None:
    """Eleven goods sectors and services."""
    p = inputs.parameters
    weight = np.array([p[f"tariff_{k}"] for k in GOODS] + [0.0])
    tariff = weight[:, None, None] * on_goods[None]
    found = split(inputs, table, flows, tariff, distance)
    basis = np.full(found.flow.shape, ESTIMATED, dtype=np.int8)
    basis[:, _assumed(table)] = ASSUMED
    basis[-1] = ASSUMED
    theta = np.array([p[f"theta_{k}"] for k in SECTORS])
    arrays = {
        "sectors": np.array(SECTORS),
        "flow_usd": found.flow,
        "tariff": tariff,
        "value_added_share": found.beta,
        "io": found.io,
        "final_share": found.final,
        "theta_low": theta * p["theta_range_low"],
        "theta_central": theta,
        "theta_high": theta * p["theta_range_high"],
        "basis": basis,
    }
    _write(out, 12, table, arrays)


def _write(out: Path, sectors: int, table: pd.DataFrame, arrays: dict[str, np.ndarray]) -> None:
    common = {"iso3": np.array(table.iso3.tolist()), "vintage": np.array("2023"), "source": np.array(SOURCE)}
    write_atomic(out / f"baseline_{sectors}.npz", _npz({**common, **arrays}))


def _npz(arrays: dict[str, np.ndarray]) -> bytes:
    """A compressed .npz whose bytes depend on the arrays alone (no clock in the archive)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            raw = io.BytesIO()
            np.lib.format.write_array(raw, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), raw.getvalue(), zipfile.ZIP_DEFLATED
            )
    return buffer.getvalue()


def _write_tables(out: Path, inputs: Inputs, table: pd.DataFrame) -> None:
    shown = table.rename(columns={f: f"{f}_used_usd" for f in ("goods_exports", "goods_imports")})
    columns = [
        "iso3", "name", "gdp_raw_usd", "gdp_raw_year", "gdp_used_usd", "exports_raw_usd", "exports_raw_year",
        "exports_used_usd", "imports_raw_usd", "imports_raw_year", "imports_used_usd", "goods_exports_used_usd",
        "goods_imports_used_usd", "reexports_removed_usd", "value_added_share", "basis", "source", "note",
    ]  # fmt: skip
    write_csv(out / "economies.csv", shown[columns])
    write_csv(out / "customs.csv", inputs.customs)
    parameters = pd.read_csv(Path(__file__).parent / "parameters.csv", dtype=str)
    write_csv(out / "parameters.csv", parameters)


if __name__ == "__main__":
    main()
