"""Totals of each economy in 2023: GDP, exports and imports of goods and of services, raw and used side by side.

The sources mix years, re-exports and valuations; here they are brought to 2023, entrepot trade is taken out, and world
exports are made equal to world imports. What was done to a figure is in its note.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tools.baseline.inputs import INTO_ROW, MIN_GDP_USD, Inputs, places_of, single_pairs

FLOWS = ("goods_exports", "goods_imports", "services_exports", "services_imports")
# fallback where the factbook's imports are missing or plainly wrong (Somalia: 94 bn against a GDP of 12 bn)
MOST_OF_TOTAL = 0.9
MOST_SEEN = 0.95  # of goods exports or imports: crude, gas, pairs and blocs that customs saw
BAD_IMPORTS = frozenset({"SOM", "MHL"})
# 2024 says little of 2023: national accounts at official or collapsed rates, a war, an oil pipeline opened in between
NOT_LIKE_2023 = frozenset({"IRN", "NGA", "SDN", "NER"})
GROSS = 1.15  # goods and services above the balance of payments by more than this are transit and processing (assumed)
SERVICES_RANGE = (0.5, 2.0)  # of the world's share of services: what goods leave of a total is held within (assumed)
LEAST_GOODS = 0.1  # of all exports or imports, where services alone are known and take more


def assembled(inputs: Inputs) -> pd.DataFrame:
    """One row an economy (ROW last) with raw and used figures of 2023, before the world adds up."""
    table = _raw(inputs)
    table = _brought_to_2023(table, inputs)
    table = _curated(table, inputs)
    table = _grouped(table)
    table["value_added_share"] = value_added_shares(table.iso3, inputs.parameters)
    return _without_entrepot(table, inputs.parameters)


def reconciled(table: pd.DataFrame, inputs: Inputs, energy: np.ndarray) -> pd.DataFrame:
    """Used figures that hold customs' and the energy room's flows ([n,n] USD) and add up over the world."""
    table = _room_for_customs(table, inputs.customs)
    table = _room_for_all(table, inputs, energy)
    return _world_adds_up(table)


def _raw(inputs: Inputs) -> pd.DataFrame:
    e = inputs.economies
    gdp = e.gdp_2023_usd.fillna(e.gdp_2022_usd).fillna(e.gdp_usd)
    year = np.where(e.gdp_2023_usd.notna(), 2023, np.where(e.gdp_2022_usd.notna(), 2022, e.gdp_year))
    imports = e.imports_usd.where(~e.iso3.isin(BAD_IMPORTS))
    newer = inputs.world_bank.set_index("iso3").reindex(e.iso3).reset_index(drop=True)
    known = (newer.exports_usd.notna() & ~e.iso3.isin(NOT_LIKE_2023)).to_numpy()
    return pd.DataFrame(
        {
            "iso3": e.iso3,
            "name": e.name,
            "gdp_raw_usd": gdp,
            "gdp_raw_year": year,
            "exports_raw_usd": np.where(known, newer.exports_usd, e.exports_usd),
            "exports_raw_year": np.where(known, 2024.0, e.exports_year),
            "imports_raw_usd": np.where(known, newer.imports_usd, imports),
            "imports_raw_year": np.where(known, 2024.0, e.imports_year),
        }
    ).dropna(subset=["gdp_raw_usd"])


def _growth(years: pd.Series, parameters: dict[str, float]) -> np.ndarray:
    """World trade in 2023 over world trade in each year, nearest tabulated year where one is missing."""
    known = {int(k.removeprefix("world_growth_")): v for k, v in parameters.items() if k.startswith("world_growth_")}
    known[2023] = 1.0
    return np.array([known[min(known, key=lambda y, at=year: (abs(y - at), y))] for year in years.fillna(2021)])


def _brought_to_2023(table: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    p = inputs.parameters
    table = table.copy()
    table["gdp_used_usd"] = table.gdp_raw_usd * np.where(table.gdp_raw_year == 2022, p["gdp_growth_2022"], 1.0)
    exports = table.exports_raw_usd * _growth(table.exports_raw_year, p)
    imports = table.imports_raw_usd * _growth(table.imports_raw_year, p)
    imports = imports.fillna(exports.fillna(0.25 * table.gdp_used_usd) * 1.3)
    exports = exports.fillna(imports / 1.3)
    table["goods_exports"], table["services_exports"] = exports * p["goods_share"], exports * (1 - p["goods_share"])
    table["goods_imports"], table["services_imports"] = imports * p["goods_share"], imports * (1 - p["goods_share"])
    table["reexports_removed_usd"] = 0.0
    table["observed"] = False
    table["basis"] = np.where(table.gdp_raw_year >= 2022, "estimated", "assumed")
    table["source"] = np.where(
        table.exports_raw_year == 2024,
        "World Bank national accounts of 2023 (GDP) and 2024 (exports, imports; CC BY 4.0)",
        "World Factbook 2023-10-26 (public domain); World Bank national accounts (CC BY 4.0)",
    )
    table["note"] = [
        f"GDP of {int(g)}; exports of {int(x) if x == x else 'no year'} and imports brought to 2023 by world growth; "
        "goods and services split at the world's shares"
        for g, x in zip(table.gdp_raw_year, table.exports_raw_year, strict=True)
    ]
    return table


def _curated(table: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Replace what single figures of 2023, cited one by one, know better."""
    table = table.set_index("iso3")
    for row in inputs.totals.itertuples():
        code = row.iso3
        if code not in table.index:
            raise SystemExit(f"totals_2023.csv: unknown economy {code}")
        changed = []
        if pd.notna(row.gdp_usd):
            table.loc[code, "gdp_used_usd"] = row.gdp_usd
            changed.append("GDP")
        goods = {"goods_exports": row.goods_exports_usd, "goods_imports": row.goods_imports_usd}
        services = {"services_exports": row.services_exports_usd, "services_imports": row.services_imports_usd}
        for name, value in {**goods, **services}.items():
            if pd.notna(value):
                table.loc[code, name] = value
                changed.append(name.replace("_", " "))
        if table.loc[code, "exports_raw_year"] == 2024:
            changed += _rest_of_total(table, code, goods, services, inputs.parameters)
        if pd.notna(row.reexports_usd):
            for side in ("goods_exports", "goods_imports"):
                table.loc[code, side] -= row.reexports_usd
            table.loc[code, "reexports_removed_usd"] = row.reexports_usd
            changed.append("re-exports taken out")
        elif table.loc[code, "exports_raw_year"] == 2024:
            changed += _without_transit(table, code, inputs.parameters)
        table.loc[code, "observed"] = pd.notna(row.goods_exports_usd)
        read = pd.notna(row.goods_exports_usd) and row.confidence != "low"
        table.loc[code, "basis"] = "observed" if read else "estimated"
        table.loc[code, "source"] += f"; {row.source}"
        table.loc[code, "note"] = f"2023 figures set: {', '.join(changed)}. " + table.loc[code, "note"]
    return table.reset_index()


def _rest_of_total(
    table: pd.DataFrame, code: str, goods: dict[str, float], services: dict[str, float], p: dict[str, float]
) -> list[str]:
    """Where goods alone are set, services are what they leave of the total, and the other way round; what was done."""
    done = []
    for part in ("exports", "imports"):
        total = table.loc[code, f"{part}_raw_usd"] * p["world_growth_2024"]
        set_goods, set_services = goods[f"goods_{part}"], services[f"services_{part}"]
        if pd.notna(set_goods) and pd.isna(set_services):
            usual = (1 - p["goods_share"]) * total
            table.loc[code, f"services_{part}"] = np.clip(total - set_goods, *(k * usual for k in SERVICES_RANGE))
            done.append(f"services {part} as the rest of the total")
        elif pd.isna(set_goods) and pd.notna(set_services):
            table.loc[code, f"goods_{part}"] = max(total - set_services, LEAST_GOODS * total)
            done.append(f"goods {part} as the rest of the total")
    return done


def _without_transit(table: pd.DataFrame, code: str, p: dict[str, float]) -> list[str]:
    """Customs count goods that only pass or are worked on; far above the balance of payments they are taken out."""
    total = table.loc[code, "exports_raw_usd"] * p["world_growth_2024"]
    gross = table.loc[code, "goods_exports"] + table.loc[code, "services_exports"]
    if gross <= GROSS * total:
        return []
    for side in ("goods_exports", "goods_imports"):
        table.loc[code, side] -= gross - total
    table.loc[code, "reexports_removed_usd"] = gross - total
    return ["transit and processing above the balance of payments taken out"]


def _grouped(table: pd.DataFrame) -> pd.DataFrame:
    """Small territories summed into ROW, the last row."""
    small = table.iso3.isin(INTO_ROW) | (table.gdp_used_usd < MIN_GDP_USD)
    money = [c for c in table.columns if table[c].dtype == float and not c.endswith("_year")]
    row = table[small][money].sum().astype(object)
    row["iso3"], row["name"], row["basis"], row["observed"] = "ROW", "Rest of the world", "assumed", False
    row["gdp_raw_year"] = row["exports_raw_year"] = row["imports_raw_year"] = np.nan
    row["source"] = "sum of territories below: World Factbook 2023-10-26 (public domain)"
    row["note"] = "sum of " + " ".join(sorted(table[small].iso3))
    kept = table[~small].sort_values("iso3")
    return pd.concat([kept, row.to_frame().T], ignore_index=True).infer_objects()


def _without_entrepot(table: pd.DataFrame, parameters: dict[str, float]) -> pd.DataFrame:
    """Exports beyond a share of gross output are taken as re-exports: out of exports and imports alike."""
    table = table.copy()
    for name in FLOWS:
        table[name] = table[name].astype(float)
    limit = parameters["most_exports_per_output"] * table.gdp_used_usd / table.value_added_share
    exports = table.goods_exports + table.services_exports
    imports = table.goods_imports + table.services_imports
    excess = np.minimum(np.maximum(exports - limit, 0.0), 0.8 * imports)
    for part, total in (("exports", exports), ("imports", imports)):
        factor = 1.0 - excess / total
        table[f"goods_{part}"] *= factor
        table[f"services_{part}"] *= factor
    table["reexports_removed_usd"] += excess
    cut = excess > 0
    table.loc[cut, "note"] += "; exports above the limit per output taken as re-exports"
    table.loc[cut, "basis"] = "assumed"
    return table


def value_added_shares(iso3: pd.Series, parameters: dict[str, float]) -> list[float]:
    """Value added per gross output: the economy's own in 2014 where WIOD has it, else the world's."""
    own = {k.removeprefix("va_"): v for k, v in parameters.items() if k.startswith("va_")}
    return [own.get(code, parameters["value_added_per_output"]) for code in iso3]


def _room_for_customs(table: pd.DataFrame, customs: pd.DataFrame) -> pd.DataFrame:
    """Stale totals that are smaller than the flows which customs saw are raised: those flows are 90 % at most."""
    table = table.copy()
    for part, side in (("exports", "exporter"), ("imports", "importer")):
        seen = single_pairs(customs)
        least = table.iso3.map(seen.groupby(side).value_usd.sum()).fillna(0.0) / MOST_OF_TOTAL
        low = (least > table[f"goods_{part}"]) & ~table.observed.astype(bool)
        table.loc[low, f"goods_{part}"] = least[low]
        table.loc[low, "note"] += f"; goods {part} raised to hold the flows that customs saw"
    return table


def _room_for_all(table: pd.DataFrame, inputs: Inputs, energy: np.ndarray) -> pd.DataFrame:
    """Totals below what customs and the energy room saw together are raised, set by hand or not.

    An oil state sells little else, and its recorded exports are older; and partners count c.i.f. what Russia counts
    f.o.b.: the sum of what they saw passes its own total.
    """
    table, iso3 = table.copy(), table.iso3.tolist()
    held = energy.copy()
    for row in single_pairs(inputs.customs).itertuples():
        cell = iso3.index(row.exporter), iso3.index(row.importer)
        held[cell] = max(held[cell], row.value_usd)
    sums = [held.sum(axis=1), held.sum(axis=0)]
    for row in inputs.customs[
        inputs.customs.exporter.str.match("[@#]") | inputs.customs.importer.str.match("[@#]")
    ].itertuples():
        ends = [places_of(inputs, code, iso3) for code in (row.exporter, row.importer)]
        for side in (0, 1):
            if len(ends[side]) == 1:
                sums[side][ends[side]] += max(row.value_usd - held[np.ix_(*ends)].sum(), 0.0)
    for part, seen in zip(("exports", "imports"), sums, strict=True):
        least = seen / MOST_SEEN
        low = least > table[f"goods_{part}"].to_numpy(float)
        table.loc[low, f"goods_{part}"] = least[low]
        table.loc[low, "note"] += f"; goods {part} raised to hold what customs and the energy room saw"
    return table


def _world_adds_up(table: pd.DataFrame) -> pd.DataFrame:
    """World exports = imports, for goods and for services: figures not set by hand meet in the middle."""
    table = table.copy()
    free = ~table.observed.astype(bool)
    for kind in ("goods", "services"):
        exports, imports = table[f"{kind}_exports"], table[f"{kind}_imports"]
        target = (exports.sum() + imports.sum()) / 2
        for side, values in (("exports", exports), ("imports", imports)):
            factor = 1.0 + (target - values.sum()) / values[free].sum()
            table.loc[free, f"{kind}_{side}"] = values[free] * factor
    table["exports_used_usd"] = table.goods_exports + table.services_exports
    table["imports_used_usd"] = table.goods_imports + table.services_imports
    return table
