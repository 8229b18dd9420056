"""Work in pieces on several threads: the kernels let go of Python's lock, so threads are enough."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def workers(threads: int | None) -> int:
    """How many threads to use: as asked, or one per processor."""
    return max(1, threads or os.cpu_count() or 1)


def spread(work: Callable[[int, int], None], count: int, threads: int) -> None:
    """Run work(first, last) over 0..count, one contiguous piece for each thread."""
    pieces = min(threads, count)
    if pieces <= 1:
        work(0, count)
        return
    cuts = [round(count * k / pieces) for k in range(pieces + 1)]
    with ThreadPoolExecutor(pieces) as pool:
        list(pool.map(work, cuts[:-1], cuts[1:]))
