"""Marks of the arcs met on ways: the same as those of the unpacked paths."""

from __future__ import annotations

import numpy as np

from landbridge import routing


def test_marks_are_those_of_the_paths() -> None:
    r = np.random.default_rng(3)
    n, m = 120, 420
    tail, head = r.integers(0, n, m), r.integers(0, n, m)
    ways = routing.prepare_arcs(n, tail, head).customise(r.uniform(1, 9, m)).ways(np.arange(70), np.arange(30, n))
    mark = np.where(r.random(m) < 0.2, np.arange(m), -1).astype(np.int32)
    origin, destination = (x.astype(np.int64) for x in (r.integers(0, 70, 500), r.integers(0, n - 30, 500)))
    ptr, marks = ways.marks(mark, origin, destination)
    met = 0
    for p, (i, j) in enumerate(zip(origin, destination)):
        arcs = ways.path(int(i), int(j))
        expected = sorted(mark[arcs][mark[arcs] >= 0].tolist())
        assert sorted(marks[ptr[p] : ptr[p + 1]].tolist()) == expected
        met += len(expected)
    assert met > 200
