"""Work in pieces on several threads: the kernels let go of Python's lock, so threads are enough."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise


def workers(threads: int | None) -> int:
    """How many threads to use: as asked, or one per processor."""
    return max(1, threads or os.cpu_count() or 1)


_here = threading.local()


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads that wait for work: starting them takes longer than most pieces."""
    return ThreadPoolExecutor(threads)


os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not live on in a forked process


def spread(work: Callable[[int, int], None], count: int, threads: int | None = None) -> None:
    """Run work(first, last) over 0..count, one contiguous piece for each thread (None: one per processor); the
    caller's thread does the first. Inside such a piece all is done by its own thread: the others are busy."""
    pieces = min(workers(threads), count)
    if pieces <= 1 or getattr(_here, "busy", False):
        work(0, count)
        return
    cuts = [round(count * k / pieces) for k in range(pieces + 1)]
    others = [_pool(pieces - 1).submit(_alone, work, *cut) for cut in pairwise(cuts[1:])]
    _alone(work, cuts[0], cuts[1])
    for other in others:
        other.result()


def _alone(work: Callable[[int, int], None], first: int, last: int) -> None:
    """One piece, with nothing spread from within."""
    _here.busy = True
    try:
        work(first, last)
    finally:
        _here.busy = False
