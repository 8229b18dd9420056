"""The table of published distances and times (bench/validate_distances.py): its medians, its misses, its page."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]


@cache
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("validate_distances", ROOT / "bench" / "validate_distances.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["validate_distances"] = module
    spec.loader.exec_module(module)
    return module


def test_medians_meet_the_aims_and_every_great_miss_is_explained() -> None:
    found = bench().rows()
    distances = [r for r in found if r.quantity in ("km", "nm")]
    times = [r for r in found if r.quantity == "days"]
    assert len(distances) >= 80 and len(times) >= 15
    assert {r.mode for r in found} >= {"rail", "road", "sea", "air"}
    assert all(r.ours > 0 for r in found)  # every reference has a way
    assert bench().median_off(found, "km", "nm") < 0.03
    assert bench().median_off(found, "days") < 0.15
    why = bench().reasons()
    unexplained = [
        (r.mode, r.origin, r.destination, f"{r.off:+.0%}")
        for r in found
        if abs(r.off) > 2 * r.limit and (r.mode, r.quantity, r.origin, r.destination) not in why
    ]
    assert unexplained == []


def test_the_page_is_what_the_script_writes() -> None:
    page = bench().PAGE.read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and line.count("|") == 10]
    assert len(rows) == len(bench().rows()) + 1  # and the head
    assert "Made by `python bench/validate_distances.py --write`" in page
