"""Laws of PPML on small random panels: scale, adding up, order, collinearity, separation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landbridge import gravity

SEEDS = st.integers(0, 10_000)
FEW = settings(max_examples=12, deadline=None)
X = ["distance", "pact"]


def panel(seed: int, n: int = 6, years: int = 3, zeros: float = 0.15) -> dict[str, np.ndarray]:
    """A panel of all pairs with zeros; pacts differ by pair and year, so that pair effects leave something."""
    draw = np.random.default_rng(seed)
    t, i, j = (a.ravel() for a in np.meshgrid(range(years), range(n), range(n), indexing="ij"))
    distance = draw.normal(0, 1, i.size)
    pact = (draw.random(i.size) < 0.4).astype(float)
    size = draw.normal(0, 1, (2, years, n))
    mean = np.exp(1.0 + size[0, t, i] + size[1, t, j] - 0.5 * distance + 0.3 * pact)
    trade = mean * draw.gamma(2.0, 0.5, i.size) * (draw.random(i.size) > zeros)
    names = np.array([f"C{k}" for k in range(n)])
    return {"year": t + 2000, "exporter": names[i], "importer": names[j], "trade": trade} | {
        "distance": distance,
        "pact": pact,
    }


@FEW
@given(SEEDS, st.floats(1e-6, 1e9))
def test_scaling_the_outcome_moves_only_the_constant(seed: int, scale: float) -> None:
    data = panel(seed)
    one = gravity.ppml(data["trade"], {n: data[n] for n in X}, clusters=[data["exporter"]])
    two = gravity.ppml(data["trade"] * scale, {n: data[n] for n in X}, clusters=[data["exporter"]])
    assert two.coefficients[1:] == pytest.approx(one.coefficients[1:], abs=1e-8)
    assert two["constant"] - one["constant"] == pytest.approx(np.log(scale), abs=1e-8)
    assert two.standard_errors == pytest.approx(one.standard_errors, rel=1e-6)
    assert two.fitted == pytest.approx(one.fitted * scale, rel=1e-7)
    assert two.pseudo_r2 < 1 and two.deviance == pytest.approx(one.deviance * scale, rel=1e-6)


@FEW
@given(SEEDS)
def test_adding_up(seed: int) -> None:
    """Fitted exports and imports of every country and year are the data's (Fally 2015)."""
    data = panel(seed)
    result = gravity.fit_panel(data, x=X)
    kept = np.isfinite(result.fitted)
    for effect in ("exporter^year", "importer^year", "pair"):
        code = gravity.interaction(data, effect).code[kept]
        observed = np.bincount(code, data["trade"][kept])
        assert np.bincount(code, result.fitted[kept]) == pytest.approx(observed, rel=1e-8, abs=1e-12)


@FEW
@given(SEEDS)
def test_order_of_rows_changes_nothing(seed: int) -> None:
    data = panel(seed)
    order = np.random.default_rng(seed).permutation(data["trade"].size)
    one = gravity.fit_panel(data, x=X, cluster=["exporter", "importer"])
    two = gravity.fit_panel({n: c[order] for n, c in data.items()}, x=X, cluster=["exporter", "importer"])
    assert two.coefficients == pytest.approx(one.coefficients, abs=1e-8)
    assert two.standard_errors == pytest.approx(one.standard_errors, rel=1e-6, abs=1e-9)
    assert two.fitted == pytest.approx(one.fitted[order], rel=1e-7, nan_ok=True)
    assert sorted(order[two.dropped.rows]) == list(one.dropped.rows)


@FEW
@given(SEEDS)
def test_cube_equals_list(seed: int) -> None:
    data = panel(seed)
    fe = {name: gravity.interaction(data, name) for name in ("exporter^year", "importer^year", "pair_symmetric")}
    one = gravity.ppml(data["trade"], {n: data[n] for n in X}, fe, clusters={"pair": fe["pair_symmetric"]})
    two = gravity.fit_panel(data, x=X, fe=list(fe), cluster=["pair_symmetric"])
    assert (one.certificate.path, two.certificate.path) == ("list", "cube")
    assert two.coefficients == pytest.approx(one.coefficients, abs=1e-8)
    assert two.standard_errors == pytest.approx(one.standard_errors, rel=1e-6)


@FEW
@given(SEEDS)
def test_collinear_regressors_are_named(seed: int) -> None:
    """One spanned by the effects, one by another regressor: left out, named, nothing else moved."""
    data = panel(seed)
    clean = gravity.fit_panel(data, x=X)
    income = np.random.default_rng(seed).normal(0, 1, 64)
    data["gdp"] = income[gravity.interaction(data, "exporter^year").code]
    data["echo"] = 3.0 - 2.0 * data["pact"]
    result = gravity.fit_panel(data, x=["gdp", *X, "echo"])
    assert result.omitted == ("gdp", "echo")
    assert result.names == tuple(X)
    assert result.coefficients == pytest.approx(clean.coefficients, abs=1e-8)
    assert result.standard_errors == pytest.approx(clean.standard_errors, rel=1e-6)


@FEW
@given(SEEDS)
def test_separated_rows_do_not_move_the_rest(seed: int) -> None:
    """A regressor that is positive on some zero rows only, and a country that never sells: dropped, said, harmless."""
    data = panel(seed, zeros=0.3)
    zero = np.flatnonzero(data["trade"] == 0)[:4]
    clean = gravity.fit_panel(
        {n: np.delete(c, zero) for n, c in data.items()}, x=X, fe=["exporter^year", "importer^year"]
    )
    data["trap"] = np.zeros(data["trade"].size)
    data["trap"][zero] = 1.0 + np.arange(zero.size)
    result = gravity.fit_panel(data, x=[*X, "trap"], fe=["exporter^year", "importer^year"])
    assert set(zero) <= set(result.dropped.rows)
    assert result.omitted == ("trap",)
    assert result.coefficients == pytest.approx(clean.coefficients, abs=1e-8)


@FEW
@given(SEEDS)
def test_prediction_gives_back_the_fit(seed: int) -> None:
    data = panel(seed)
    shift = np.random.default_rng(seed).normal(0, 0.5, data["trade"].size)
    data["shift"] = shift
    result = gravity.fit_panel(data, x=X, offset="shift")
    codes = tuple(np.array(f.labels)[f.code] for f in (gravity.interaction(data, n) for n in result.effect_names))
    fitted = result.predict(np.column_stack([data[n] for n in X]), codes, shift)
    kept = np.isfinite(result.fitted)
    assert fitted[kept] == pytest.approx(result.fitted[kept], rel=1e-8)


@FEW
@given(SEEDS)
def test_weights_are_repetitions(seed: int) -> None:
    data = panel(seed)
    times = np.random.default_rng(seed).integers(1, 4, data["trade"].size)
    data["times"] = times.astype(float)
    plain = gravity.PpmlSettings(small_sample="clusters")  # the full factor counts rows
    one = gravity.fit_panel(data, x=X, weights="times", settings=plain)
    two = gravity.fit_panel({n: np.repeat(c, times) for n, c in data.items()}, x=X, settings=plain)
    assert two.certificate.path == "list"  # cells met twice are no cube
    assert one.coefficients == pytest.approx(two.coefficients, abs=1e-8)
    assert one.standard_errors == pytest.approx(two.standard_errors, rel=1e-6)
