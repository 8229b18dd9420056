"""Totals beside the World Bank's of 2024 (`python -m tools.baseline --check`); the largest economies (`--large`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landbridge import trade
from tools.baseline.inputs import Inputs


def totals(inputs: Inputs, table: pd.DataFrame) -> pd.DataFrame:
    """One row an economy and figure: used (re-exports put back), the World Bank's, the ratio; the worst first.

    The World Bank's figure of 2024 is not what most hand-set totals come from, but it is what the others come from:
    `independent` says which is which.
    """
    bank = inputs.world_bank.set_index("iso3").reindex(table.iso3)
    growth = inputs.parameters["world_growth_2024"]
    gdp_growth = (bank.gdp_usd.to_numpy() / table.gdp_used_usd.to_numpy(float))[np.isfinite(bank.gdp_usd.to_numpy())]
    brought = {"gdp": 1.0 / float(np.median(gdp_growth)), "exports": growth, "imports": growth}
    back = table.reexports_removed_usd.to_numpy(float)
    set_by_hand = table.observed.astype(bool).to_numpy()
    rows = []
    for name, factor in brought.items():
        used = table[f"{name}_used_usd"].to_numpy(float) + (0.0 if name == "gdp" else back)
        rows.append(
            pd.DataFrame(
                {
                    "iso3": table.iso3,
                    "figure": name,
                    "used_bn": used / 1e9,
                    "world_bank_bn": bank[f"{name}_usd"].to_numpy() * factor / 1e9,
                    "independent": set_by_hand | (name == "gdp") | (table.exports_raw_year != 2024).to_numpy(),
                }
            )
        )
    out = pd.concat(rows, ignore_index=True)
    out["ratio"] = out.used_bn / out.world_bank_bn
    return out.sort_values("ratio", key=lambda r: -np.abs(np.log(r)), na_position="last").round(3)


def large(economies: Path, count: int = 20) -> pd.DataFrame:
    """The largest economies of the shipped baseline: trade raw and used, and what taking the deficits out does.

    Percent of GDP (raw: of raw GDP); home share = of spending before tariffs; deficit = imports less exports; purge =
    change of exports, imports and value added in percent.
    """
    base = trade.load_baseline(12)
    purged = trade.purge(base)
    table = pd.read_csv(economies).set_index("iso3").reindex(base.iso3)

    def outward(baseline: trade.Baseline) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        flow = baseline.flow_usd.sum(axis=0)
        home = np.diag(flow)
        return flow.sum(axis=1) - home, flow.sum(axis=0) - home, home / flow.sum(axis=0)

    sold, bought, home = outward(base)
    sold_after, bought_after, _ = outward(purged)
    gdp, added = table.gdp_used_usd.to_numpy(float), base.accounts.value_added
    columns = {
        "economy": table.name,
        "exports_raw": 100 * table.exports_raw_usd / table.gdp_raw_usd,
        "exports_used": 100 * sold / gdp,
        "imports_raw": 100 * table.imports_raw_usd / table.gdp_raw_usd,
        "imports_used": 100 * bought / gdp,
        "home_share": 100 * home,
        "deficit": 100 * (bought - sold) / gdp,
        "purge_exports": 100 * (sold_after / sold - 1),
        "purge_imports": 100 * (bought_after / bought - 1),
        "purge_value_added": 100 * (purged.accounts.value_added / added - 1),
    }
    out = pd.DataFrame(columns).iloc[np.argsort(-gdp)]
    return out.head(count).round(1)
