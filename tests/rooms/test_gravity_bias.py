"""The Weidner-Zylkin correction: its pieces against brute force, its effect in repeated samples, its conditions."""

from __future__ import annotations

import numpy as np
import pytest

from landbridge import gravity
from landbridge.errors import BadInput
from landbridge.gravity.bias import Profile, point_bias

THREE = ["exporter^year", "importer^year", "pair"]


def small(seed: int, n: int = 5, years: int = 3) -> Profile:
    draw = np.random.default_rng(seed)
    mu = draw.gamma(2.0, 1.0, (years, n, n))
    score = draw.normal(0, 1, mu.shape)
    return Profile(True, mu, score - score.mean(axis=0), draw.normal(0, 1, (2, *mu.shape)))


def test_points_against_the_written_out_formula() -> None:
    """Derivatives of y'ln p(eta) by central differences, sums as in proposition 3."""
    profile = small(3)
    n = profile.mu.shape[1]
    information = np.array([[3.0, 0.2], [0.2, 2.0]])

    def hessian(eta: np.ndarray, mass: float) -> np.ndarray:
        share = np.exp(eta) / np.exp(eta).sum()
        return mass * (np.diag(share) - np.outer(share, share))

    total = np.zeros(2)
    for side in (0, 1):
        for country in range(n):
            pairs = [(country, j) if side == 0 else (j, country) for j in range(n)]
            mu = [profile.mu[:, i, j] for i, j in pairs]
            s = [profile.score[:, i, j] for i, j in pairs]
            inverse = np.linalg.pinv(sum(hessian(np.log(m), m.sum()) for m in mu))
            noise = inverse @ sum(np.outer(v, v) for v in s) @ inverse
            for k in range(2):
                x = [profile.x[k][:, i, j] for i, j in pairs]
                cross = sum(hessian(np.log(m), m.sum()) @ np.outer(v, w) for m, v, w in zip(mu, x, s))
                h = 1e-6
                third = sum(  # minus the derivative of H along x
                    -(hessian(np.log(m) + h * v, m.sum()) - hessian(np.log(m) - h * v, m.sum())) / (2 * h)
                    for m, v in zip(mu, x)
                )
                total[k] += -np.trace(inverse @ cross) + 0.5 * np.trace(third @ noise)
    written = np.linalg.solve(information, total) * n / (n - 1)  # the package's small-sample factor
    assert point_bias(profile, information) == pytest.approx(written, rel=1e-6)


def test_hat_blocks_against_a_dense_hat_matrix() -> None:
    """The meat with residuals freed by (I - block)^-1, the hat matrix built from dummies of all three effects."""
    draw = np.random.default_rng(8)
    n, years = 4, 3
    t, i, j = (a.ravel() for a in np.meshgrid(range(years), range(n), range(n), indexing="ij"))
    y = np.exp(draw.normal(0, 1, t.size))
    x = draw.normal(0, 1, t.size)
    data = {"exporter": i, "importer": j, "year": t, "trade": y, "x": x}
    plain = gravity.fit_panel(data, x=["x"], fe=THREE, settings=gravity.PpmlSettings(small_sample="none"))
    fixed = gravity.fit_panel(
        data, x=["x"], fe=THREE, settings=gravity.PpmlSettings(small_sample="none", bias_correction=True)
    )
    mu = plain.fitted
    codes = [gravity.interaction(data, name).code for name in THREE]
    dummies = np.hstack([np.eye(c.max() + 1)[c] for c in codes])
    root = np.sqrt(mu)
    q = np.linalg.pinv(root[:, None] * dummies)
    clean = x - dummies @ (q @ (root * x))
    bread = 1.0 / (mu * clean**2).sum()
    everything = np.column_stack([x, dummies])
    hat = mu[:, None] * (everything @ np.linalg.pinv(everything.T * mu @ everything) @ everything.T)
    meat = 0.0
    for pair in range(n * n):
        rows = np.flatnonzero(codes[2] == pair)
        freed = np.linalg.lstsq(np.eye(years) - hat[np.ix_(rows, rows)], (y - mu)[rows], rcond=1e-8)[0]
        # the pair effect is inside this hat matrix; it leaves sums of residuals zero, so nothing is counted twice
        meat += (clean[rows] @ freed) * (clean[rows] @ (y - mu)[rows])
    assert fixed.covariance[0, 0] == pytest.approx(bread * meat * bread, rel=1e-5)
    assert fixed.se("x") > plain.se("x")


def test_two_way_points_stay() -> None:
    draw = np.random.default_rng(2)
    t, i, j = (a.ravel() for a in np.meshgrid(range(2), range(6), range(6), indexing="ij"))
    data = {"exporter": i, "importer": j, "year": t, "trade": draw.gamma(1.0, 1.0, 72), "x": draw.normal(0, 1, 72)}
    plain = gravity.fit_panel(data, x=["x"], fe=THREE[:2])
    fixed = gravity.fit_panel(data, x=["x"], fe=THREE[:2], settings=gravity.PpmlSettings(bias_correction=True))
    assert fixed["x"] == plain["x"] and not fixed.bias.any()
    assert fixed.se("x") > plain.se("x")
    assert "Weidner-Zylkin" in fixed.correction and "Weidner-Zylkin" not in plain.correction


@pytest.mark.parametrize(
    ("fe", "cluster"),
    [(THREE, ["exporter"]), ([*THREE[:2], "pair_symmetric"], ["pair_symmetric"]), (["exporter", "importer"], ["pair"])],
)
def test_models_it_does_not_know(fe: list[str], cluster: list[str]) -> None:
    draw = np.random.default_rng(2)
    t, i, j = (a.ravel() for a in np.meshgrid(range(2), range(5), range(5), indexing="ij"))
    data = {"exporter": i, "importer": j, "year": t, "trade": draw.gamma(1.0, 1.0, 50), "x": draw.normal(0, 1, 50)}
    settings = gravity.PpmlSettings(bias_correction=True)
    with pytest.raises(BadInput, match="the bias correction knows"):
        gravity.fit_panel(data, x=["x"], fe=fe, cluster=cluster, settings=settings)


@pytest.mark.slow
def test_repeated_samples() -> None:
    """Noise that grows with the regressor biases three-way PPML; the correction removes a part of it, never overshoots.

    20 countries, 3 years: about a third is removed (the plug-in scores are themselves shrunk by the fit; more with
    more countries). Clustered standard errors come closer to the spread of the estimates.
    """
    n, years, repeats = 20, 3, 150
    fixed = np.random.default_rng(1)
    t, i, j = (a.ravel() for a in np.meshgrid(range(years), range(n), range(n), indexing="ij"))
    t, i, j = (a[i != j] for a in (t, i, j))
    out, into, pair = (fixed.normal(0, 0.5, s) for s in ((years, n), (years, n), (n, n)))
    x = 0.7 * fixed.normal(0, 1, t.size) + out[t, i] + into[t, j] + pair[i, j]
    mean = np.exp(out[t, i] + into[t, j] + pair[i, j])
    spread = np.log1p(0.02 * np.exp(x - x.mean()))
    settings = gravity.PpmlSettings(small_sample="none", bias_correction=True)
    raw, bias, plain, corrected = (np.empty(repeats) for _ in range(4))
    draw = np.random.default_rng(2)
    for r in range(repeats):
        common = draw.normal(size=(n, n))[i, j]
        noise = (common + draw.normal(size=t.size)) / np.sqrt(2)
        trade = mean * np.exp(np.sqrt(spread) * noise - spread / 2)
        data = {"exporter": i, "importer": j, "year": t, "trade": trade, "x": x}
        result = gravity.fit_panel(data, x=["x"], settings=settings)
        raw[r], bias[r], corrected[r] = result["x"] + result.bias[0], result.bias[0], result.se("x")
        plain[r] = gravity.fit_panel(data, x=["x"], settings=gravity.PpmlSettings(small_sample="none")).se("x")
    assert raw.mean() < -3 * raw.std() / np.sqrt(repeats)  # the truth is zero
    assert 0.2 < bias.mean() / raw.mean() < 1.2
    assert plain.mean() < corrected.mean() < 1.15 * raw.std()
    assert abs(corrected.mean() - raw.std()) < abs(plain.mean() - raw.std())
    print(f"bias {raw.mean():.5f}, removed {bias.mean():.5f}; spread {raw.std():.5f}, se {plain.mean():.5f}", end=" ")
    print(f"corrected {corrected.mean():.5f}")
