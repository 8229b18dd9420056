"""Closing a place warm (the world solved in the same process) beside the same closure from nothing, in one run.

From nothing: routes of all pairs put together anew, rents from zero on both sides (tests/rooms/closing_cold.py).
Seconds of processor and of the clock; the answers are compared. The first closure, which compiles, is not counted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import landbridge as lb
from landbridge.engine import closing

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "rooms"))
from closing_cold import cold

PLACES = ("suez", "malacca", "panama", "hormuz", "brest-malaszewicze")
T = TypeVar("T")


def timed(call: Callable[[], T]) -> tuple[T, float, float]:
    """The result, seconds of processor, seconds of the clock."""
    processor, clock = time.process_time(), time.perf_counter()
    out = call()
    return out, time.process_time() - processor, time.perf_counter() - clock


def main() -> int:
    world = lb.load_world()
    base, cpu, wall = timed(lambda: closing.opened(world, lambda step: None))
    print(f"the open world: {cpu:.1f} s of processor, {wall:.1f} s by the clock, {len(base.zones.node)} zones")
    closing.solve(base, "bosporus")
    lb.close(world, "bosporus")
    for where in PLACES:
        done, cpu, wall = timed(lambda where=where: closing.solve(base, where))
        (loss, exposed), cold_cpu, cold_wall = timed(lambda where=where: cold(base, where))
        with_map = timed(lambda where=where: lb.close(world, where))[1:]
        print(
            f"{where:20s} warm {cpu:5.2f} s of processor, {wall:5.2f} s; with map and tables {with_map[0]:5.2f}, "
            f"{with_map[1]:5.2f}; from nothing {cold_cpu:5.2f}, {cold_wall:5.2f}; x {cold_cpu / cpu:4.1f}; "
            f"loss {done.loss_usd.sum() / 1e9:7.2f} against {loss / 1e9:7.2f} bn USD, "
            f"exposed {done.exposed[0] / 1e6:7.1f} against {exposed / 1e6:7.1f} Mt",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
