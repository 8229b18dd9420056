"""Saving, loading and comparing results: nothing lost, nothing half-read."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from landbridge.errors import BadInput, DataMissing
from landbridge.results import Figure, Provenance, Result, compare, load, save


def a_result(percent: float = 0.5, title: str = "test") -> Result:
    income = pd.DataFrame(
        {"iso3": ["CHN", "RUS"], "name": ["China", "Russia"], "percent": [percent, -1.0], "low": [0.1, -2.0],
         "high": [1.0, -0.5], "gdp_busd": [18e3, 2e3], "basis": ["modelled"] * 2}
    )  # fmt: skip
    prices = pd.DataFrame(
        {"fuel": ["crude"], "node": ["gbr"], "name": ["Brent"], "base": [82.6], "value": [82.6 * (1 + percent)],
         "unit": ["USD/bbl"], "percent": [100 * percent]}
    )  # fmt: skip
    made = Provenance(
        landbridge="0.1.0", python="3.11", packages={"numpy": "2"}, inputs={"rules.csv": "ab"}, input_digest="d",
        residuals={"trade": 1e-11}, seconds={"trade": 0.1}, sources={"model": "computed"}, limits=("static",),
        started="2023-10-17T00:00:00+00:00",
    )  # fmt: skip
    figures = (Figure("x", "X", percent, "%", base=0.0, sources=("model",)), Figure("y", "Y", np.inf, "days"))
    return Result(title, {"title": title}, "2023-10", figures, {"real_income": income, "energy_prices": prices}, made)


def test_save_and_load_return_the_same_result(tmp_path: Path) -> None:
    result = a_result()
    again = load(save(result, tmp_path / "out"))
    assert again.title == result.title and again.provenance == result.provenance
    assert again.figures[1].value == np.inf
    np.testing.assert_equal(dataclasses.astuple(again.figures[0]), dataclasses.astuple(result.figures[0]))
    for name, table in result.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table, rtol=1e-9)


def test_an_altered_table_is_not_read_as_a_result(tmp_path: Path) -> None:
    folder = save(a_result(), tmp_path)
    path = folder / "tables" / "real_income.csv"
    path.write_text(path.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    with pytest.raises(DataMissing, match=r"tables/real_income\.csv does not belong to its result\.json"):
        load(folder)


def test_a_result_cut_in_half_is_said_to_be_so(tmp_path: Path) -> None:
    folder = save(a_result(), tmp_path)
    path = folder / "result.json"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataMissing, match="cannot be read"):
        load(folder)
    with pytest.raises(DataMissing, match="holds no result"):
        load(tmp_path / "nothing")


def test_a_killed_save_leaves_the_old_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = save(a_result(0.5), tmp_path)
    written = iter(range(100))

    def full_disk(fd: int) -> None:
        if next(written) == 1:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(BadInput, match="No space left on device"):
        save(a_result(0.9), tmp_path)
    assert load(folder).figures[0].value == 0.5
    assert not [p for p in folder.rglob(".*") if p.is_file()], "temporary files are cleared"


def test_compare_takes_base_from_one_and_value_from_the_other() -> None:
    difference = compare(a_result(0.0, "a"), a_result(0.5, "b"))
    income = difference.trade.real_income.set_index("iso3")
    assert income.loc["CHN", "percent"] == pytest.approx(0.5)
    assert income.loc["RUS", "percent"] == pytest.approx(0.0, abs=1e-12)
    price = difference.energy.prices.iloc[0]
    assert (price["base"], price["value"]) == (82.6, 82.6 * 1.5)
    assert difference.result.figures[0].base == 0.0


def test_every_before_is_the_first_result_s_and_no_row_is_lost_or_nameless() -> None:
    def with_energy(imports: float, gain: float, *, rows: slice) -> Result:
        balances = pd.DataFrame(
            {"fuel": ["gas"] * 2, "region": ["CHN", "JPN"], "name": ["China", "Japan"], "unit": ["bcm/yr"] * 2}
            | {f"{part}{end}": [1.0, 2.0] for part in ("production", "consumption", "exports") for end in ("", "_base")}
            | {"imports_base": [96.7, 90.0], "imports": [imports, 90.0]}
        )  # fmt: skip
        gains = pd.DataFrame(
            {
                "fuel": ["gas"],
                "iso3": ["CHN"],
                "name": ["China"],
                "users_busd": [gain],
                "producers_busd": [0.0],
                "rents_busd": [1.0],
                "total_busd": [gain + 1],
                "basis": ["modelled"],
            }
        )
        result = a_result()
        own = {"burdens": pd.DataFrame({"role": ["acting"]})}
        tables = {**result.tables, **own, "energy_balances": balances.iloc[rows], "energy_gains": gains}
        return dataclasses.replace(result, tables=tables)

    first, second = with_energy(80.0, 5.0, rows=slice(2)), with_energy(60.0, 7.0, rows=slice(1))
    found = compare(first, second).result.tables
    china, japan = found["energy_balances"].to_dict("records")
    assert (china["imports_base"], china["imports"]) == (80.0, 60.0)  # 96.7 was the status quo
    assert (japan["name"], japan["unit"], japan["imports_base"]) == ("Japan", "bcm/yr", 90.0)
    assert np.isnan(japan["imports"])
    assert found["energy_gains"][["users_busd", "rents_busd", "total_busd"]].to_numpy().tolist() == [[2.0, 0.0, 2.0]]
    assert "burdens" not in found


def test_compare_refuses_different_baselines() -> None:
    other = dataclasses.replace(a_result(), baseline="2030-01")
    with pytest.raises(BadInput, match="different baselines"):
        compare(a_result(), other)


def test_a_stale_result_names_what_changed() -> None:
    result = a_result()
    assert result.stale({"rules.csv": "ab"}) == ()
    assert result.stale({"rules.csv": "cd", "new.csv": "x"}) == ("new.csv", "rules.csv")


def test_a_result_shows_itself_in_a_line() -> None:
    shown = repr(a_result(title="Suez is closed"))
    assert "Suez is closed" in shown and "2 figures" in shown and "real_income 2" in shown and len(shown) < 300


def test_what_the_first_result_alone_has_is_said() -> None:
    def works(*names: str) -> pd.DataFrame:
        return pd.DataFrame({"id": names, "name": names})

    one, two = a_result(0.0, "a"), a_result(0.5, "b")
    extra = dataclasses.replace(one.figures[0], id="freight.unserved", label="Goods without a way", value=4.0)
    mine = dataclasses.replace(
        one,
        tables={**one.tables, "projects": works("Line", "Port"), "rents": works("x")},
        figures=(*one.figures, extra),
    )
    theirs = dataclasses.replace(two, tables={**two.tables, "projects": works("Port")})
    notes = compare(mine, theirs).result.notes
    assert "a alone builds Line." in notes and "a alone has Goods without a way." in notes
    assert "Tables that one result alone has are left out: rents." in notes
    found = {f.id: f for f in compare(theirs, mine).result.figures}
    assert found["freight.unserved"].value == 4.0 and np.isnan(found["freight.unserved"].base)
