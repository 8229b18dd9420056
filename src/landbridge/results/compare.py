"""compare(a, b): what b changes against a, as figures and tables with `base` from a and `value` from b."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from landbridge.errors import BadInput, UnknownName
from landbridge.results.records import Figure, Result

# key columns and (base, value) column pairs of the tables that carry a before and an after
KEYS: dict[str, tuple[tuple[str, ...], tuple[tuple[str, str], ...]]] = {
    "trade_pairs": (("exporter", "importer"), (("base_busd", "value_busd"),)),
    "reexports": (("origin", "via", "destination"), (("base_busd", "value_busd"),)),
    "energy_flows": (("fuel", "origin", "destination", "mode", "link"), (("base", "value"),)),
    "energy_prices": (("fuel", "node"), (("base", "value"),)),
    "energy_balances": (
        ("fuel", "region"),
        tuple((f"{part}_base", part) for part in ("production", "consumption", "imports", "exports")),
    ),
    "energy_rents": (("fuel", "kind", "name", "whose"), (("base", "value"),)),
    "energy_netbacks": (
        ("fuel", "origin", "link", "from_node", "to_node", "mode"),
        tuple((f"base_{part}", part) for part in ("flow", "netback", "fob")),
    ),
    "energy_contracts": (("fuel", "link"), tuple((f"base_{part}", part) for part in ("flow", "marginal", "to_buyer"))),
    "arcs": (("arc",), (("base_t_yr", "value_t_yr"), ("base_teu_yr", "value_teu_yr"))),
    "routes": (
        ("origin", "destination", "mode", "good", "carrier"),
        (("base_km", "km"), ("base_h", "h"), ("base_usd_teu", "usd_teu")),
    ),
}
# tables of changes against the status quo: the second result's less the first's
CHANGES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "energy_gains": (("fuel", "iso3"), ("users_busd", "producers_busd", "rents_busd", "total_busd")),
}
# changes against the status quo that cannot be set against each other: left out, both folders hold them
_MOST_NAMED = 4
_OWN = ("burdens", "terms", "wedges", "energy_outlook")


@dataclass(frozen=True)
class TradeView:
    """Tables of the trade answer."""

    real_income: pd.DataFrame  # iso3, name, percent, low, high ...
    pairs: pd.DataFrame


@dataclass(frozen=True)
class EnergyView:
    """Tables of the energy answer."""

    flows: pd.DataFrame
    prices: pd.DataFrame
    balances: pd.DataFrame


@dataclass(frozen=True)
class FlowsView:
    """Tables of the freight answer."""

    arcs: pd.DataFrame


@dataclass(frozen=True)
class Difference:
    """What one result changes against another; `result` has `base` from the first, `value` from the second."""

    result: Result

    @cached_property
    def trade(self) -> TradeView:
        """Real income by economy and trade by pair."""
        return TradeView(self._table("real_income"), self._table("trade_pairs"))

    @cached_property
    def energy(self) -> EnergyView:
        """Flows, prices and balances of crude and gas."""
        return EnergyView(self._table("energy_flows"), self._table("energy_prices"), self._table("energy_balances"))

    @cached_property
    def flows(self) -> FlowsView:
        """Goods on every arc."""
        return FlowsView(self._table("arcs"))

    def routes(self, origin: str = "", destination: str = "") -> pd.DataFrame:
        """Routes before and after, of one origin and one destination if given (ISO3 codes or city names)."""
        table = self._table("routes")
        for column, wanted in (("origin", origin), ("destination", destination)):
            if wanted:
                table = table[(table[column] == wanted) | (table.get(f"{column}_iso3", table[column]) == wanted)]
        if table.empty:
            raise UnknownName(f"no routes from {origin!r} to {destination!r} in this result", remedy="see .routes()")
        return table

    def summary(self) -> str:
        """About ten lines that a minister can read."""
        return self.result.summary()

    def _table(self, name: str) -> pd.DataFrame:
        return self.result.tables.get(name, pd.DataFrame())


def compare(base: Result, other: Result) -> Difference:
    """The answer: what `other` changes against `base`. BadInput where they stand on different baselines."""
    if base.baseline != other.baseline:
        what = f"the results stand on different baselines ({base.baseline} and {other.baseline})"
        raise BadInput(what, remedy="run both on the same one")
    theirs = {f.id: f for f in base.figures}
    figures = tuple(_figure(f, theirs[f.id].value if f.id in theirs else math.nan) for f in other.figures)
    both = [name for name in other.tables if name in base.tables and name not in _OWN]
    tables = {name: _join(name, base.tables[name], other.tables[name]) for name in both}
    notes = (*_alone(base, other), *other.notes)
    if base.provenance.inputs != other.provenance.inputs:
        changed = sorted(
            k for k in other.provenance.inputs if base.provenance.inputs.get(k) != other.provenance.inputs[k]
        )
        notes = (*notes, f"The two results were made with different inputs: {', '.join(changed)}.")
    title = f"{other.title} against {base.title}"
    return Difference(dataclasses.replace(other, title=title, figures=figures, tables=tables, notes=notes))


def _figure(figure: Figure, base: float) -> Figure:
    return dataclasses.replace(figure, base=base)


def _alone(base: Result, other: Result) -> tuple[str, ...]:
    """What the first result alone has, in words: the tables and figures of a comparison are the second's."""
    out = []
    for name, verb in (("projects", "builds"), ("closures", "closes")):
        mine, theirs = (r.tables.get(name, pd.DataFrame({"name": []}))["name"].astype(str) for r in (base, other))
        only = [word for word in dict.fromkeys(mine) if word not in set(theirs)]
        if only:
            more = f" and {len(only) - _MOST_NAMED} more" if len(only) > _MOST_NAMED else ""
            out.append(f"{base.title} alone {verb} {', '.join(only[:_MOST_NAMED])}{more}.")
    ids = {f.id for f in other.figures}
    labels = [f.label for f in base.figures if f.id not in ids]
    if labels:
        more = f" and {len(labels) - _MOST_NAMED} more" if len(labels) > _MOST_NAMED else ""
        out.append(f"{base.title} alone has {', '.join(labels[:_MOST_NAMED])}{more}.")
    tables = sorted(set(base.tables).symmetric_difference(other.tables) - set(_OWN))
    if tables:
        out.append(f"Tables that one result alone has are left out: {', '.join(tables)}.")
    return tuple(out)


def _join(name: str, base: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    if name == "real_income":
        return _join_income(base, other)
    if name in CHANGES:
        return _difference(base, other, *CHANGES[name])
    if name not in KEYS:
        return other
    every, pairs = KEYS[name]
    keys = [k for k in every if k in base and k in other]  # a result saved before a column was added lacks it
    values = [v for _, v in pairs]
    merged = _outer(base[[*keys, *values]], other, keys)
    _fill_words(merged, base, keys)
    for column, value in pairs:
        merged[column] = merged.pop(f"{value}_of_base")
    if "percent" in merged:
        column, value = pairs[0]
        merged["percent"] = 100 * (merged[value] / merged[column] - 1)
    return merged[other.columns]


def _join_income(base: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Percent of b against a: both are against the same baseline, so the ratio of the two.

    The part from energy is points of income and is subtracted. The ends of the range keep b's distance to its centre:
    both move with the same parameters.
    """
    extra = [c for c in ("energy_percent",) if c in base and c in other]
    merged = other.merge(base[["iso3", "percent", *extra]], on="iso3", how="left", suffixes=("", "_of_base"))
    ratio = 1 + merged.pop("percent_of_base") / 100
    for column in ("percent", "low", "high"):
        merged[column] = 100 * ((1 + merged[column] / 100) / ratio - 1)
    for column in extra:
        merged[column] -= merged.pop(f"{column}_of_base")
    return merged


def _outer(base: pd.DataFrame, other: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return other.merge(base, on=keys, how="outer", suffixes=("", "_of_base"))


def _fill_words(merged: pd.DataFrame, base: pd.DataFrame, keys: list[str]) -> None:
    """Names and units of rows that the first result alone has."""
    words = [c for c in merged.columns if c in base and c not in keys and base[c].dtype.kind not in "biuf"]
    if not words or not merged[words].isna().to_numpy().any():
        return
    known = merged[keys].merge(base[[*keys, *words]].drop_duplicates(keys), on=keys, how="left")
    for column in words:
        merged[column] = merged[column].where(merged[column].notna(), known[column])


def _difference(
    base: pd.DataFrame, other: pd.DataFrame, keys: tuple[str, ...], values: tuple[str, ...]
) -> pd.DataFrame:
    """Values of the second less those of the first; a row that one of them lacks counts as no change there."""
    merged = _outer(base[[*keys, *values]], other, list(keys))
    _fill_words(merged, base, list(keys))
    for column in values:
        merged[column] = merged[column].fillna(0.0) - merged.pop(f"{column}_of_base").fillna(0.0)
    return merged[other.columns]
