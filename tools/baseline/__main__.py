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

from landbridge import rules
from landbridge.tables import write_atomic, write_csv
from tools.baseline import check, gravity, policy, services
from tools.baseline.energy import Energy, energy_trade
from tools.baseline.flows import ASSUMED, ESTIMATED, OBSERVED, Flows, Priors, bilateral, completed
from tools.baseline.inputs import Inputs, geography, read_inputs, single_pairs
from tools.baseline.sectors import SECTORS, split
from tools.baseline.totals import assembled, reconciled

OUT = Path(__file__).parents[2] / "src" / "landbridge" / "data" / "trade"
SOURCE = (
    "World Bank national accounts and single figures of 2023 (totals), customs of 2023 (single flows), factbook "
    "partner shares of 2019-2021, gravity for the rest, balanced by RAS; see data/trade: economies, customs, services"
)


def main(out: Path = OUT) -> None:
    started = time.perf_counter()
    if "--services" in sys.argv:
        write_csv(services.COEFFICIENTS, services.estimate())
        return
    if "--large" in sys.argv:
        print(check.large(out / "economies.csv").to_string(index=False))
        return
    inputs = read_inputs()
    table = assembled(inputs)
    distance, border = _with_row(*geography(table.iso3.tolist()[:-1]))
    energy = energy_trade(inputs, table.iso3.tolist(), distance)
    fuels = energy.trade.sum(axis=0)
    table = reconciled(table, inputs, fuels)
    rules_then = policy.policy(inputs, table.iso3.tolist())
    found = gravity.estimate(inputs, table, distance, border, rules_then)
    if "--gravity" in sys.argv:
        wide = gravity.jackknife(inputs, table, distance, border, rules_then)
        print(gravity.as_table(found, wide).to_string(index=False))
        return
    x = gravity.regressors(table.iso3.tolist(), distance, border, gravity.FILLED_FOR)
    if "--caution" in sys.argv:
        _caution(inputs, table, x, found.coefficients.round(5), fuels)
        return
    priors = _priors(inputs, table.iso3.tolist(), x, found.coefficients.round(5), rules_then)
    flows = bilateral(inputs, table, priors, fuels)
    if "--blind" in sys.argv:
        _blind(inputs, table, priors, fuels, flows)
        return
    if "--check" in sys.argv:
        print(check.totals(inputs, table).to_string(index=False))
        return
    out.mkdir(parents=True, exist_ok=True)
    on_goods = _tariff_on_goods(table)
    _write_one_sector(out, inputs, table, flows, on_goods)
    _write_twelve_sectors(out, inputs, table, flows, on_goods, energy)
    _write_tables(out, inputs, table)
    write_csv(out / "gravity.csv", gravity.as_table(found))
    write_csv(out / "services_gravity.csv", pd.read_csv(services.COEFFICIENTS))
    write_csv(out / "energy_values.csv", energy.as_table(table.iso3.tolist()))
    write_csv(out / "energy_prices.csv", inputs.energy_prices)
    print(f"{len(table)} economies in {time.perf_counter() - started:.1f} s; worst margin {flows.worst_margin:.1e}")


def _priors(inputs: Inputs, iso3: list[str], x: np.ndarray, coefficients: np.ndarray, goods: policy.Policy) -> Priors:
    """Gravity of goods and of services of 2023, each with what policy leaves."""
    on_services = policy.policy(inputs, iso3, "services").now
    return Priors(
        gravity.affinity(x, coefficients, goods.now),
        gravity.affinity(x, services.coefficients(), on_services),
        goods.since,
    )


def _caution(inputs: Inputs, table: pd.DataFrame, x: np.ndarray, coefficients: np.ndarray, fuels: np.ndarray) -> None:
    """The parameter sanctions_effect: Russia's pairs with the coalition, customs over what bans alone leave."""
    iso3 = table.iso3.tolist()
    priors = _priors(inputs, iso3, x, coefficients, policy.bans_alone(iso3))
    expected = bilateral(replace(inputs, customs=inputs.customs.iloc[:0]), table, priors, fuels).goods
    print(policy.as_table(policy.caution(inputs, iso3, expected)).round(3).to_string(index=False))


def _blind(inputs: Inputs, table: pd.DataFrame, priors: Priors, fuels: np.ndarray, flows: Flows) -> None:
    """How far the estimates miss where customs know better: built without any customs figure, then compared."""
    iso3 = table.iso3.tolist()
    unseen = bilateral(replace(inputs, customs=inputs.customs.iloc[:0]), table, priors, fuels).goods
    totals = table.goods_exports.to_numpy(float), table.goods_imports.to_numpy(float)
    named = completed(inputs, iso3, *totals, priors.goods)[1]
    single = single_pairs(inputs.customs[inputs.customs.value_usd > 0])
    at = single.exporter.map(iso3.index).to_numpy(), single.importer.map(iso3.index).to_numpy()
    miss = np.abs(np.log(unseen[at] / flows.goods[at]))
    russia = ((single.exporter == "RUS") | (single.importer == "RUS")).to_numpy()
    parts = {
        "all pairs": np.ones(len(miss), dtype=bool),
        "pairs whose figure was read again": (single.confidence != "low").to_numpy(),
        "pairs with Russia": russia,
        "pairs without Russia": ~russia,
        "pairs that no share names (gravity)": ~named[at],
    }
    for name, part in parts.items():
        mean = float(np.average(miss[part], weights=flows.goods[at][part]))
        print(f"{name}: {part.sum()}, median factor {np.exp(np.median(miss[part])):.2f}, by value {np.exp(mean):.2f}")


def _with_row(distance: np.ndarray, border: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Add ROW, scattered islands: at the mean distance of everybody, without borders."""
    n = len(distance)
    far = np.full((n + 1, n + 1), distance[~np.eye(n, dtype=bool)].mean())
    far[:n, :n] = distance
    grown = np.zeros((n + 1, n + 1), dtype=bool)
    grown[:n, :n] = border
    return far, grown


def _tariff_on_goods(table: pd.DataFrame) -> np.ndarray:
    """Mean applied tariff on goods [n,n] as the rules have it: most-favoured-nation, agreements, punitive rates."""
    active = rules.load_rules().on(gravity.FILLED_FOR)
    goods = np.array(rules.tariff_matrix(active, table.iso3.tolist()))
    if np.isnan(goods).any():
        raise SystemExit("the tariff of an importer is not known: see data/tariffs.csv")
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
    basis = np.where(flows.services > flows.goods, flows.services_basis, flows.basis)
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
    out: Path, inputs: Inputs, table: pd.DataFrame, flows: Flows, on_goods: np.ndarray, energy: Energy
) -> None:
    """Eleven goods sectors and services."""
    p = inputs.parameters
    found = split(inputs, table, flows, on_goods, energy)
    basis = np.full(found.flow.shape, ESTIMATED, dtype=np.int8)
    basis[:, _assumed(table)] = ASSUMED
    basis[-1][flows.services_basis == OBSERVED] = OBSERVED
    basis[1:3] = energy.basis()
    basis[:, range(len(table)), range(len(table))] = ESTIMATED
    theta = np.array([p[f"theta_{k}"] for k in SECTORS])
    arrays = {
        "sectors": np.array(SECTORS),
        "flow_usd": found.flow,
        "tariff": found.tariff,
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
    write_csv(out / "services.csv", inputs.services)
    parameters = pd.read_csv(Path(__file__).parent / "parameters.csv", dtype=str)
    write_csv(out / "parameters.csv", parameters)


if __name__ == "__main__":
    main()
