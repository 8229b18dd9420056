"""The QP face: agreement of the backends, honest certificates, failures that name their rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from landbridge.errors import BadInput, DataMissing, Infeasible
from landbridge.solvers import Builder, Program, Session, solve_qp, write_model
from landbridge.solvers.qp import residuals


def random_qp(seed: int, n: int = 30, m: int = 12) -> Program:
    draw = np.random.default_rng(seed)
    b = Builder()
    x = b.columns("x", n, lower=-1.0, upper=draw.uniform(0.2, 2, n), cost=draw.normal(size=n), curvature=draw.random(n))
    equal = b.rows("equal", m // 2, lower=0.1, upper=0.1)
    ranged = b.rows("ranged", m - m // 2, lower=-0.5, upper=0.5)
    for rows in (equal, ranged):
        coefficients = draw.normal(size=(rows.count, n))
        i, j = np.meshgrid(np.arange(rows.count), np.arange(n), indexing="ij")
        b.put(rows, i, x, j, coefficients)
    return b.build()


@pytest.mark.parametrize("seed", range(5))
def test_backends_agree_on_values_and_duals(seed: int) -> None:
    program = random_qp(seed)
    first, second = solve_qp(program, method="piqp"), solve_qp(program, method="clarabel")
    assert first.objective == pytest.approx(second.objective, abs=1e-7)
    np.testing.assert_allclose(first.row_dual, second.row_dual, atol=1e-5)
    assert max(first.kkt.worst, second.kkt.worst) < 1e-7


@pytest.mark.parametrize("method", ["piqp", "clarabel", "highs"])
def test_dual_is_the_value_of_a_unit_of_the_row(method: str) -> None:
    b = Builder()
    x = b.columns("ship", 2, upper=[3.0, 10.0], cost=[1.0, 4.0])
    need = b.rows("need", 1, lower=5.0)
    b.put(need, [0, 0], x, [0, 1], 1.0)
    answer = solve_qp(b.build(), method=method)  # type: ignore[arg-type]
    np.testing.assert_allclose(answer.of(x), [3.0, 2.0], atol=1e-6)
    assert answer.dual_of(need)[0] == pytest.approx(4.0, abs=1e-6)
    assert answer.column_dual[0] == pytest.approx(-3.0, abs=1e-6)


def test_a_wrong_point_has_a_large_residual() -> None:
    program = random_qp(1)
    good = solve_qp(program)
    assert residuals(program, good.x + 0.01, good.row_dual).worst > 1e-4
    assert residuals(program, good.x, good.row_dual + 0.01).worst > 1e-4


def test_infeasible_names_the_rows_and_only_those() -> None:
    b = Builder()
    x = b.columns("flow", 3, upper=1.0, curvature=1.0)
    need = b.rows("demand", 2, lower=[0.5, 5.0], labels=["easy", "berlin"])
    b.put(need, [0, 1, 1], x, [0, 1, 2], 1.0)
    for method in ("piqp", "clarabel"):
        with pytest.raises(Infeasible, match=r"demand\[berlin\]") as caught:
            solve_qp(b.build(), method=method)  # type: ignore[arg-type]
        assert "easy" not in str(caught.value)


def test_unbounded_names_the_columns() -> None:
    b = Builder()
    b.columns("profit", 2, cost=[-1.0, 1.0], labels=["endless", "dear"])
    for method in ("piqp", "clarabel", "highs"):
        with pytest.raises(Infeasible, match=r"no limit along: profit\[endless\]"):
            solve_qp(b.build(), method=method)  # type: ignore[arg-type]


def test_crossed_bounds_are_all_listed_at_once() -> None:
    b = Builder()
    b.columns("a", 1, lower=2.0, upper=1.0)
    b.columns("b", 1, cost=np.nan)
    with pytest.raises(BadInput) as caught:
        b.build()
    assert len(caught.value.faults) == 2
    assert "a[0]" in str(caught.value) and "b[0]" in str(caught.value)


def test_highs_refuses_a_quadratic_programme() -> None:
    with pytest.raises(BadInput, match="linear programmes only"):
        solve_qp(random_qp(0), method="highs")


def test_off_diagonal_curvature_and_repeated_coefficients_add_up() -> None:
    b = Builder()
    x = b.columns("x", 2, lower=-np.inf, cost=[-1.0, -1.0], curvature=1.0)
    b.curve(x, [0, 1], [1, 0], 0.5)
    row = b.rows("sum", 1, upper=10.0)
    b.put(row, [0, 0, 0], x, [0, 0, 1], 1.0)
    program = b.build()
    np.testing.assert_allclose(program.rows.toarray(), [[2.0, 1.0]])
    np.testing.assert_allclose(solve_qp(program).x, np.linalg.solve([[1, 0.5], [0.5, 1]], [1, 1]), atol=1e-7)
    assert sp.issparse(program.quadratic)


@pytest.mark.parametrize("ending", [".lp", ".mps"])
def test_an_exported_model_reads_back_the_same(tmp_path: Path, ending: str) -> None:
    import highspy

    b = Builder()
    x = b.columns("ship it", 2, upper=[3.0, 10.0], cost=[1.0, 4.0], curvature=[2.0, 0.0], labels=["a>b", "c"])
    need = b.rows("need", 1, lower=5.0, labels=["x y"])
    b.put(need, [0, 0], x, [0, 1], 1.0)
    program = b.build()
    path = write_model(program, tmp_path / f"model{ending}")
    assert "need_x_y_" in path.read_text(encoding="utf-8")
    engine = highspy.Highs()
    engine.setOptionValue("output_flag", False)
    engine.readModel(str(path))
    lp = engine.getLp()
    np.testing.assert_allclose(lp.col_cost_, program.cost)
    np.testing.assert_allclose(lp.row_lower_, program.row_lower)
    np.testing.assert_allclose(engine.getModel().hessian_.value_[0], 2.0)
    with pytest.raises(BadInput, match=r"\.lp or \.mps"):
        write_model(program, tmp_path / "model.txt")


def test_a_session_gives_what_a_fresh_solve_gives() -> None:
    program = random_qp(7)
    session = Session(program)
    for seed in range(3):
        cost = np.random.default_rng(seed).normal(size=len(program.cost))
        again = session.solve(cost)
        fresh = solve_qp(program.with_cost(cost))
        assert again.objective == pytest.approx(fresh.objective, abs=1e-8)
        np.testing.assert_allclose(again.row_dual, fresh.row_dual, atol=1e-5)


def test_the_interior_point_of_highs_agrees_or_says_what_it_needs() -> None:
    """highspy-extras is optional: where it is missing, HiGHS's default QP method must not be called in its place."""
    program = random_qp(0)
    try:
        found = solve_qp(program, method="hipo")
    except DataMissing as error:
        assert "highspy-extras" in str(error) and "piqp" in str(error)
        return
    assert found.kkt.worst < 1e-6
    assert found.objective == pytest.approx(solve_qp(program).objective, rel=1e-6)
