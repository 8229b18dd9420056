"""Totals of every economy beside the World Bank's of 2024, brought to 2023: `python -m tools.baseline --check`."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
