"""The loop of the user equilibrium: least paths of all pairs, shifts among the paths known, and again.

Trees of one sweep start from the order in which the last sweep settled their nodes, on all threads; a path is known
again by the sum of its arcs' labels. All else is done in one fixed order: the answer does not depend on the threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from landbridge.assignment import user_equilibrium_kernel as kernel
from landbridge.assignment.volume_delay import costs, slopes
from landbridge.routing import spread

if TYPE_CHECKING:
    from landbridge.assignment.user_equilibrium import CongestedNetwork

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Functions = tuple[NDArray[np.int8], Floats, Floats, Floats, Floats, Floats]  # as `volume_delay` takes them

_BLOCK = 4_000_000  # entries of the trees held at once
_ROUGH = 2  # first sweeps, in which a block shifts at once and the next one sees it
_TURNS = 64  # blocks of those sweeps
_EASE = 0.03  # of the gap just measured: how far the known paths are evened out before new ones are sought
_MOST_PASSES = 30


@dataclass(slots=True)
class Pairs:
    """Demand [q] between nodes, sorted by origin: origin [o], origin_ptr [o+1], destination [q]."""

    origin: Ints
    origin_ptr: Ints
    destination: Ints
    demand: Floats


@dataclass(slots=True)
class _Lists:
    """Paths of each pair as linked lists in a pool that grows; arcs from destination to origin."""

    first: Ints  # [q] newest path, -1 none
    following: Ints  # [s]
    start: Ints  # [s] into the pool
    size: Ints  # [s]
    flow: Floats  # [s]
    sums: NDArray[np.uint64]  # [s] of the labels of its arcs
    pool: NDArray[np.int32]
    used: int = 0
    n_paths: int = 0
    free_slot: int = -1

    @classmethod
    def empty(cls, n_pairs: int) -> _Lists:
        """No path yet."""
        size = 2 * n_pairs + 16
        following, start, sizes = (np.empty(size, np.int64) for _ in range(3))
        pool = np.empty(64 * n_pairs + 1024, np.int32)
        first = np.full(n_pairs, -1, np.int64)
        return cls(first, following, start, sizes, np.empty(size), np.empty(size, np.uint64), pool)


class _Trees:
    """Least paths of all pairs at given costs, in blocks of origins."""

    def __init__(self, network: CongestedNetwork, star: tuple[Ints, Ints], pairs: Pairs) -> None:
        self.network, self.star, self.pairs = network, star, pairs
        n_origins, n_pairs = len(pairs.origin), len(pairs.demand)
        self.label = np.random.default_rng(5).integers(1, 2**63, network.n_arcs).astype(np.uint64)
        self.order = np.empty((n_origins, network.n_nodes), np.int32)
        self.known = np.zeros(n_origins, bool)
        self.least, self.code = np.full(n_pairs, np.inf), np.zeros(n_pairs, np.uint64)

    def blocks(self, at_least: int) -> list[tuple[int, int]]:
        """Origins in blocks, no fewer than asked where there are so many."""
        n = len(self.pairs.origin)
        count = min(n, max(at_least, -(-n * self.network.n_nodes // _BLOCK)))
        cuts = [round(n * k / count) for k in range(count + 1)] if count else [0]
        return list(pairwise(cuts))

    def grow(self, block: tuple[int, int], cost: Floats) -> NDArray[np.int64]:
        """Arcs into each node on the trees of a block, [rows, n]; least cost and code of its pairs are filled."""
        n, p, base = self.network, self.pairs, block[0]
        pred = np.empty((block[1] - base, n.n_nodes), np.int64)

        def work(first: int, last: int) -> None:
            kernel.trees(
                base + first, base + last, base, p.origin, p.origin_ptr, p.destination, *self.star, n.head, n.tail,
                cost, n.first_through, self.label, self.order, self.known, pred, self.least, self.code,
            )  # fmt: skip

        spread(work, len(pred))
        return pred


def run(
    network: CongestedNetwork, star: tuple[Ints, Ints], pairs: Pairs, gap_target: float, max_sweeps: int, polish: int
) -> tuple[Floats, float, int, tuple[NDArray[np.generic], ...]]:
    """Iterate to the relative gap, then `polish` sweeps more: (least cost [q], gap, sweeps, lists for `unlink`)."""
    functions: Functions = (
        network.kind,
        network.free_cost,
        network.b,
        network.power,
        network.capacity,
        network.fixed_cost,
    )
    trees, lists, v = _Trees(network, star, pairs), _Lists.empty(len(pairs.demand)), np.zeros(network.n_arcs)
    for block in trees.blocks(1):
        _insert(lists, trees, block, costs(v, *functions), v, load=True)
    gap, sweep, beyond = 1.0, 0, 0
    while True:
        cost, slope = costs(v, *functions), slopes(v, *functions[:-1])
        rough = sweep < min(_ROUGH, max_sweeps)
        for block in trees.blocks(_TURNS if rough else 1):
            _insert(lists, trees, block, cost, v, load=False)
            if rough:
                pairs_of = pairs.origin_ptr[block[0]], pairs.origin_ptr[block[1]]
                _shift(lists, pairs_of, v, cost, slope, functions, 0.0, 0.0, 1)
        total = float(cost @ v)
        way = np.isfinite(trees.least)
        gap = max(1.0 - float(trees.least[way] @ pairs.demand[way]) / total, 0.0) if total > 0 else 0.0
        if not rough:
            beyond += gap <= gap_target
            if beyond > polish or sweep >= max_sweeps:
                break
        goal = _EASE * gap * total
        quiet = 0.02 * max(_EASE * gap, gap_target) * total / max(len(pairs.demand), 1)
        _shift(lists, (0, len(pairs.demand)), v, cost, slope, functions, goal, quiet, _MOST_PASSES)
        lists.pool, lists.used, lists.free_slot = kernel.tidy(
            lists.first, lists.following, lists.start, lists.size, lists.flow, lists.pool, v, lists.used,
            lists.free_slot,
        )  # fmt: skip
        sweep += 1
    found = lists.first, lists.following, lists.start, lists.size, lists.flow, lists.pool
    return trees.least, gap, sweep, found


def _shift(
    lists: _Lists, pairs: tuple[int, int], v: Floats, cost: Floats, slope: Floats, functions: Functions,
    goal: float, quiet: float, most: int,
) -> None:  # fmt: skip
    """Shift flow among the known paths of pairs first:last; v, cost, slope [m] follow."""
    kernel.shift(
        pairs[0], pairs[1], lists.first, lists.following, lists.start, lists.size, lists.flow, lists.pool, v, cost,
        slope, *functions, goal, quiet, most,
    )  # fmt: skip


def _insert(lists: _Lists, trees: _Trees, block: tuple[int, int], cost: Floats, v: Floats, load: bool) -> None:
    """Add the new least paths of a block of origins; with `load` they take all demand, onto v [m]."""
    p, pred = trees.pairs, trees.grow(block, cost)
    (
        lists.used, lists.n_paths, lists.free_slot, lists.following, lists.start, lists.size, lists.flow, lists.sums,
        lists.pool,
    ) = kernel.insert(
        block[0], block[1], block[0], p.origin, p.origin_ptr, p.destination, p.demand, trees.network.tail, pred,
        trees.least, trees.code, load, v, lists.used, lists.n_paths, lists.free_slot, lists.first, lists.following,
        lists.start, lists.size, lists.flow, lists.sums, lists.pool,
    )  # fmt: skip
