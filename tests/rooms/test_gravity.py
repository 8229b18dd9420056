"""The gravity room: separation against a linear programme, bad input, prediction, tables."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from scipy.optimize import linprog

from landbridge import gravity
from landbridge.errors import BadInput, NotConverged, UnknownName


def sparse_panel(seed: int, zeros: float = 0.7, n: int = 5, years: int = 2) -> dict[str, np.ndarray]:
    """So many zeros that effects and regressors separate some rows."""
    draw = np.random.default_rng(seed)
    t, i, j = (a.ravel() for a in np.meshgrid(range(years), range(n), range(n), indexing="ij"))
    trade = draw.gamma(1.0, 1.0, i.size) * (draw.random(i.size) > zeros)
    pact = (draw.random(i.size) < 0.3).astype(float)
    border = ((i != j) & (t > 0)).astype(float)
    names = np.array([f"C{k}" for k in range(n)])
    where = {"year": t, "exporter": names[i], "importer": names[j]}
    return where | {"trade": trade, "pact": pact, "border": border, "noise": draw.normal(0, 1, i.size)}


def separated_by_programme(y: np.ndarray, design: np.ndarray) -> np.ndarray:
    """Rows separated, by linear programmes: raise sum z with z = D g, z = 0 where y > 0, 0 <= z <= 1 elsewhere."""
    keep = np.ones(y.size, dtype=bool)
    while True:
        zero, positive = keep & (y == 0), keep & (y > 0)
        if not zero.any():
            return ~keep
        upper = np.vstack([design[zero], -design[zero]])
        bound = np.concatenate([np.ones(zero.sum()), np.zeros(zero.sum())])
        best = linprog(
            -design[zero].sum(axis=0), A_ub=upper, b_ub=bound, A_eq=design[positive], b_eq=np.zeros(positive.sum()),
            bounds=(None, None),
        )  # fmt: skip
        found = np.zeros(y.size, dtype=bool)
        found[zero] = design[zero] @ best.x > 1e-7
        if not found.any():
            return ~keep
        keep &= ~found


@pytest.mark.parametrize("fe", [("exporter", "importer"), ("exporter^year", "importer^year", "pair")])
def test_separation_finds_what_a_linear_programme_finds(fe: tuple[str, ...]) -> None:
    by_ir = 0
    for seed in range(12):
        data = sparse_panel(seed, zeros=0.75 if len(fe) == 2 else 0.5)
        try:
            result = gravity.fit_panel(data, x=["pact", "border", "noise"], fe=fe, cluster=[])
        except BadInput:  # nothing left to tell apart: fair for so poor a panel
            continue
        codes = [gravity.interaction(data, name).code for name in fe]
        dummies = np.hstack([np.eye(code.max() + 1)[code] for code in codes])
        x = np.column_stack([data["pact"], data["border"], data["noise"]])
        expected = separated_by_programme(data["trade"], np.hstack([x, dummies]))
        assert list(result.dropped.rows) == list(np.flatnonzero(expected)), seed
        by_ir += result.dropped.count("ir")
    assert by_ir > 0  # the cases do reach the rectifier


def test_report_of_what_was_dropped() -> None:
    data = sparse_panel(3, zeros=0.2)
    data["trade"] = np.where(data["exporter"] == "C1", 0.0, data["trade"])
    data["noise"][0] = np.nan
    result = gravity.fit_panel(data, x=["noise"], fe=["exporter", "importer"], cluster=["exporter"])
    assert result.dropped.effects == ("exporter C1",)
    assert result.dropped.count("fe") == 10 and result.dropped.count("missing") == 1
    assert result.observations + result.dropped.rows.size == data["trade"].size
    assert np.isnan(result.fitted[result.dropped.rows]).all()
    assert "C1" not in result.effects[0]


def test_separated_rows_are_named() -> None:
    """A regressor that is one only where nothing is traded: its rows say who they are, and it is left out by name."""
    data = sparse_panel(2)
    data["never"] = ((data["exporter"] == "C0") & (data["importer"] == "C1")).astype(float)
    data["trade"] = np.where(data["never"] > 0, 0.0, data["trade"] + 0.1)
    result = gravity.fit_panel(data, x=["never", "noise"], fe=["exporter", "importer"], cluster=["exporter"])
    assert result.omitted == ("never",) and result.dropped.count("ir") == data["never"].sum()
    assert set(result.dropped.separated) == {"C0, C1"}
    assert repr(result).startswith("<PPML noise") and "dropped" in repr(result) and len(repr(result)) < 250
    text = gravity.table(result)
    assert "Separated (fitted 0)" in text and "never: spanned by the effects" in text
    assert json.loads(gravity.table(result, "json"))["separated"] == list(result.dropped.separated)


def test_bad_input_lists_all_faults() -> None:
    y = np.array([1.0, -2.0, 0.0, 4.0])
    with pytest.raises(BadInput) as fault:
        gravity.ppml(y, np.ones((3, 1)), [np.arange(4)] * 4, weights=np.array([1.0, 0.0, 1.0, 1.0]))
    text = str(fault.value)
    assert "1 negative outcomes, first -2 (1, 1, 1, 1)" in text and "4 fixed effects" in text
    assert "x1" in text and "weights must be positive" in text
    with pytest.raises(BadInput, match="no positive outcome"):
        gravity.ppml(np.zeros(4), np.arange(4.0))
    with pytest.raises(BadInput, match="labels are missing"):
        gravity.ppml(np.ones(3), np.arange(3.0), [np.array(["a", None, "b"], dtype=object)])
    with pytest.raises(BadInput, match="spanned by the fixed effects: size"):
        gravity.ppml(np.array([1.0, 2, 3, 4]), {"size": np.array([1.0, 1, 2, 2])}, {"who": np.array([0, 0, 1, 1])})


def test_panel_names_are_checked() -> None:
    data = sparse_panel(0)
    with pytest.raises(UnknownName, match=r"rta.*\n.*sector"):
        gravity.fit_panel(data, x=["rta"], fe=["exporter^sector"])
    with pytest.raises(BadInput, match="not numbers"):
        gravity.fit_panel(data, x=["exporter"])


def test_too_few_rounds_is_an_error() -> None:
    data = sparse_panel(1, zeros=0.2)
    with pytest.raises(NotConverged, match="PPML after 1 rounds"):
        gravity.fit_panel(data, x=["noise"], settings=gravity.PpmlSettings(max_iterations=1))


def test_unseen_level_predicts_nothing() -> None:
    data = sparse_panel(1, zeros=0.2)
    result = gravity.fit_panel(data, x=["noise"], fe=["exporter", "importer"])
    mean = result.predict(np.zeros((2, 1)), (np.array(["C0", "C0"]), np.array(["C1", "Atlantis"])))
    assert mean[0] > 0 and np.isnan(mean[1])
    with pytest.raises(BadInput, match="2 effects needed"):
        result.predict(np.zeros((2, 1)))


def test_heteroskedastic_errors_by_hand() -> None:
    """Without effects the sandwich can be written down."""
    draw = np.random.default_rng(5)
    x = draw.normal(0, 1, 200)
    y = draw.poisson(np.exp(0.5 + 0.7 * x)).astype(float)
    result = gravity.ppml(y, {"x": x}, settings=gravity.PpmlSettings(small_sample="none"))
    design = np.column_stack([np.ones(200), x])
    assert result.names == ("constant", "x")
    mu = np.exp(design @ result.coefficients)
    assert design.T @ (y - mu) == pytest.approx([0, 0], abs=1e-6)
    twice = gravity.ppml(y, {"x": x, "one": np.full(200, 3.0)})
    assert twice.omitted == ("one",) and twice.coefficients == pytest.approx(result.coefficients, abs=1e-8)
    with pytest.raises(BadInput, match="named 'constant'"):
        gravity.ppml(y, {"constant": x})
    bread = np.linalg.inv(design.T * mu @ design)
    meat = design.T * (y - mu) ** 2 @ design
    assert result.covariance == pytest.approx(bread @ meat @ bread, rel=1e-6)


def test_two_way_clusters_by_hand() -> None:
    data = sparse_panel(2, zeros=0.1)
    plain = gravity.PpmlSettings(small_sample="none")

    def of(*cluster: str) -> np.ndarray:
        return gravity.fit_panel(data, x=["noise"], fe=["year"], cluster=cluster, settings=plain).covariance

    both = of("exporter", "importer")
    assert both == pytest.approx(np.maximum(of("exporter") + of("importer") - of("exporter^importer"), 0.0), rel=1e-8)


def test_tables() -> None:
    data = sparse_panel(4, zeros=0.1)
    data["twin_50%"] = 2.0 * data["noise"]
    result = gravity.fit_panel(data, x=["noise", "twin_50%"], fe=["exporter^year", "importer"], cluster=["pair"])
    text = gravity.table(result)
    assert f"{result['noise']:.6f}" in text and f"{result.se('noise'):.6f}" in text
    assert "Omitted (collinear)" in text and "exporter^year (10)" in text and "x G/(G-1)" in text
    latex = gravity.table(result, "latex")
    assert r"twin\_50\%" in latex and r"\toprule" in latex and f"({result.se('noise'):.4f})" in latex
    row = next(csv.DictReader(io.StringIO(gravity.table(result, "csv"))))
    assert float(row["coefficient"]) == result["noise"]
    record = json.loads(gravity.table(result, "json"))
    assert record["coefficients"]["noise"]["standard_error"] == result.se("noise")
    assert record["omitted"] == ["twin_50%"]
    with pytest.raises(BadInput, match="no table of kind"):
        gravity.table(result, "html")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="omitted as collinear"):
        result.se("twin_50%")


def test_lags_follow_the_pair() -> None:
    data = {
        "exporter": np.array(["A", "A", "B", "A", "B"]),
        "importer": np.array(["B", "B", "A", "B", "A"]),
        "year": np.array([2002, 2000, 2001, 2004, 2003]),
        "rta": np.array([1.0, 0.0, 5.0, 2.0, 7.0]),
    }
    assert gravity.lagged(data, "rta", 2) == pytest.approx([0.0, np.nan, np.nan, 1.0, 5.0], nan_ok=True)
    assert gravity.lagged(data, "rta", -2) == pytest.approx([2.0, 1.0, 7.0, np.nan, np.nan], nan_ok=True)
    assert np.isnan(gravity.lagged(data, "rta", 1)).all()
    data["year"] = np.array([2000, 2000, 2001, 2004, 2003])
    with pytest.raises(BadInput, match="two rows in one year"):
        gravity.lagged(data, "rta", 1)


def test_trade_at_home_and_borders() -> None:
    data = {"exporter": np.array(["A", "A", "B"]), "importer": np.array(["B", "C", "A"]), "year": np.array([1, 1, 2])}
    data["trade"] = np.array([3.0, 4.0, 5.0])
    with pytest.raises(BadInput, match="no trade at home"):
        gravity.globalisation_borders(data)
    rows = gravity.domestic_rows(data, {("A", 1): 10.0, ("B", 2): 5.5, ("C", 1): 1.0})
    assert list(rows["exporter"]) == ["A", "B"] and rows["trade"] == pytest.approx([3.0, 0.5])
    with pytest.raises(BadInput, match="exports exceed output: A 1"):
        gravity.domestic_rows(data, {("A", 1): 6.0})
    both = {name: np.concatenate([data[name], rows[name]]) for name in data}
    borders = gravity.globalisation_borders(both)
    assert list(borders) == ["border_1"]
    assert borders["border_1"] == pytest.approx([1, 1, 0, 0, 0])
