"""Anderson acceleration: known fixed points, safeguards, errors."""

from __future__ import annotations

import numpy as np
import pytest

from landbridge.errors import NotConverged
from landbridge.solvers import AndersonSettings, anderson


def test_linear_map_in_dimension_many_steps() -> None:
    """A linear contraction in 6 dimensions ends after about 7 evaluations: Anderson is then GMRES."""
    draw = np.random.default_rng(0)
    matrix, shift = draw.normal(0, 0.25, (6, 6)), draw.normal(0, 1, 6)

    def f(x: np.ndarray, out: np.ndarray) -> None:
        out[:] = matrix @ x + shift

    found = anderson(f, np.zeros(6))
    assert found.x == pytest.approx(np.linalg.solve(np.eye(6) - matrix, shift), abs=1e-9)
    assert found.iterations <= 10
    assert found.residual <= 1e-10


def test_plain_iteration_diverges_but_this_does_not() -> None:
    def f(x: np.ndarray, out: np.ndarray) -> None:
        out[:] = 3.0 - 2.0 * x  # slope -2: the plain iteration runs away

    assert anderson(f, np.array([5.0])).x == pytest.approx([1.0])


def test_step_cap_and_restart_survive_a_wild_map() -> None:
    def f(x: np.ndarray, out: np.ndarray) -> None:
        out[:] = np.where(np.abs(x) < 50, x - np.arctan(x) * (1 + 20 * (np.abs(x) > 3)), np.nan)

    assert anderson(f, np.array([4.0, -6.0])).x == pytest.approx([0.0, 0.0], abs=1e-8)


def test_failures_say_what_to_do() -> None:
    def drift(x: np.ndarray, out: np.ndarray) -> None:
        out[:] = x + 1.0

    with pytest.raises(NotConverged, match="raise max_evaluations above 30"):
        anderson(drift, np.zeros(3), AndersonSettings(max_evaluations=30))
    with pytest.raises(NotConverged, match="component 1"):
        anderson(
            drift,
            np.zeros(3),
            AndersonSettings(max_evaluations=30),
            explain=lambda x, r: f"component {int(np.argmax(r * [1, 2, 1]))}",
        )

    def broken(x: np.ndarray, out: np.ndarray) -> None:
        out[:] = np.nan

    with pytest.raises(NotConverged, match="not finite at the starting point"):
        anderson(broken, np.zeros(2))
    with pytest.raises(ValueError, match="positive"):
        AndersonSettings(depth=0)


def test_the_caller_may_know_when_it_is_enough() -> None:
    calls = [0]

    def f(x: np.ndarray, out: np.ndarray) -> None:
        calls[0] += 1
        out[:] = np.cos(x)

    found = anderson(f, np.array([1.0]), enough=lambda: calls[0] >= 3)
    assert found.iterations == 3
    assert found.residual > 1e-10
