"""Linear multicommodity flow by column generation: HiGHS prices a master over paths, Dijkstra finds the paths.

min  sum c x + sum_k outside_k u_k   subject to  sum_r x_kr + u_k = d_k,  sum x on arc a <= C_a,  x, u >= 0.
The bound is Lagrange's: sum_k d_k min(shortest_k(pi), outside_k) - sum_a pi_a C_a for any arc prices pi >= 0, so the
gap is proven at every round (Dantzig and Wolfe 1960; Tomlin 1966). The limit of the entropic model as theta grows.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, cast

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.assignment.shortest import forward_star, least_paths
from landbridge.errors import BadInput, Fault, NotConverged

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LinearFlow:
    """Optimal path flows with a proven gap. `price` [m] is the value of a unit of arc capacity (not always unique)."""

    arc_flow: Floats  # [m]
    price: Floats  # [m]
    unserved: Floats  # [k]
    path_ptr: Ints  # [s+1] used paths
    path_arc: NDArray[np.int32]
    path_flow: Floats  # [s]
    path_shipment: Ints  # [s]
    objective: float
    bound: float
    gap: float  # (objective - bound) / |objective|
    rounds: int
    columns: int
    seconds: float


class _Master:
    """The restricted master: demand rows first, capacity rows after; path columns are added round by round."""

    def __init__(self, demand: Floats, outside: Floats, capacity: Floats) -> None:
        self.n, self.capped = len(demand), np.flatnonzero(np.isfinite(capacity))
        self.row_of_arc = np.full(len(capacity), -1, np.int64)
        self.row_of_arc[self.capped] = self.n + np.arange(len(self.capped))
        h: Any = cast(Any, highspy)._Highs()  # the wrapper `Highs` prints a banner before it can be silenced
        for option, value in (("output_flag", False), ("threads", 1), ("presolve", "off"), ("simplex_strategy", 4)):
            h.setOptionValue(option, value)
        none, no_index = np.empty(0), np.empty(0, np.int32)
        h.addRows(self.n, demand, demand, 0, np.zeros(self.n, np.int32), no_index, none)
        room = capacity[self.capped]
        h.addRows(
            len(room), np.full(len(room), -highspy.kHighsInf), room, 0, np.zeros(len(room), np.int32), no_index, none
        )
        rows = np.arange(self.n, dtype=np.int32)
        free = np.full(self.n, highspy.kHighsInf)
        h.addCols(self.n, outside, np.zeros(self.n), free, self.n, rows, rows, np.ones(self.n))
        self.highs = h

    def add(self, shipment: list[int], paths: list[NDArray[np.int32]], cost: list[float]) -> None:
        parts, starts, size = [], [], 0
        for k, arcs in zip(shipment, paths):
            rows = self.row_of_arc[arcs]
            part = np.concatenate(([k], rows[rows >= 0]))
            starts.append(size)
            parts.append(part)
            size += len(part)
        n = len(shipment)
        index = np.concatenate(parts).astype(np.int32)
        top = np.full(n, highspy.kHighsInf)
        self.highs.addCols(n, np.array(cost), np.zeros(n), top, size, np.array(starts, np.int32), index, np.ones(size))

    def solve(self, m: int) -> tuple[float, Floats, Floats, Floats]:
        """(objective, shipment price [k], arc price [m], column values)."""
        self.highs.run()
        status = self.highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise NotConverged("linear multicommodity flow", float("inf"), f"HiGHS says {status}; rescale the costs")
        solution = self.highs.getSolution()
        dual = np.array(solution.row_dual)
        price = np.zeros(m)
        price[self.capped] = np.maximum(-dual[self.n :], 0.0)
        return self.highs.getInfo().objective_function_value, dual[: self.n], price, np.array(solution.col_value)


def linear_flow(
    n_nodes: int,
    tail: ArrayLike,
    head: ArrayLike,
    cost: ArrayLike,
    capacity: ArrayLike,
    origin: ArrayLike,
    destination: ArrayLike,
    demand: ArrayLike,
    outside_cost: ArrayLike,
    gap: float = 1e-9,
    max_rounds: int = 500,
) -> LinearFlow:
    """Cheapest flows of shipments [k] on arcs [m] under capacities (inf = none), with a proven relative gap.

    cost [m] >= 0 (inf = shut), outside_cost [k] or scalar, finite: the cost of not serving a unit; demand without a
    way, or crowded out, is `unserved`. NotConverged where max_rounds do not close the gap.
    """
    begun = time.perf_counter()
    t, h, o, d = (np.array(a, np.int64) for a in (tail, head, origin, destination))
    c, cap, q = (np.array(a, np.float64) for a in (cost, capacity, demand))
    out = np.array(np.broadcast_to(np.asarray(outside_cost, np.float64), q.shape))
    _check(n_nodes, t, h, c, cap, o, d, q, out)
    star_ptr, star_arc = forward_star(t, n_nodes)
    order = np.argsort(o, kind="stable").astype(np.int64)
    master = _Master(q, out, cap)
    room = np.where(np.isfinite(cap), cap, 0.0)
    objective, worth, price, values = float(q @ out), out, np.zeros(len(t)), q
    best = -np.inf
    known: dict[tuple[int, bytes], int] = {}
    kept: list[tuple[int, NDArray[np.int32]]] = []
    for rounds in range(1, max_rounds + 1):
        least, ptr, arcs = least_paths(n_nodes, star_ptr, star_arc, t, h, c + price, o, d, order)
        bound = float(np.minimum(least, out[order]) @ q[order] - price @ room)
        best = max(best, bound)
        if objective - best <= gap * max(abs(objective), 1e-300):
            return _result(master, kept, price, values, objective, best, rounds, len(t), begun)
        new: list[tuple[int, NDArray[np.int32]]] = []
        for i in np.flatnonzero(least < worth[order] - 1e-12 * (1.0 + np.abs(worth[order]))):
            k, path = int(order[i]), arcs[ptr[i] : ptr[i + 1]]
            if known.setdefault((k, path.tobytes()), rounds) == rounds:
                new.append((k, path))
        if not new:
            break
        master.add([k for k, _ in new], [p for _, p in new], [float(c[p].sum()) for _, p in new])
        kept += new
        objective, worth, price, values = master.solve(len(t))
    raise NotConverged(
        "linear multicommodity flow", (objective - best) / max(abs(objective), 1e-300),
        "raise max_rounds, or relax gap: the master's own tolerance is about 1e-9",
    )  # fmt: skip


def _result(
    master: _Master, kept: list[tuple[int, NDArray[np.int32]]], price: Floats, values: Floats, objective: float,
    bound: float, rounds: int, m: int, begun: float,
) -> LinearFlow:  # fmt: skip
    x = values[master.n :]
    used = [i for i in range(len(kept)) if x[i] > 0]
    paths = [kept[i][1] for i in used]
    flow = x[used]
    ptr = np.concatenate(([0], np.cumsum([len(p) for p in paths]))).astype(np.int64)
    arcs = np.concatenate(paths) if paths else np.empty(0, np.int32)
    arc_flow = np.bincount(arcs, np.repeat(flow, np.diff(ptr)), minlength=m).astype(np.float64)
    owner = np.array([kept[i][0] for i in used], np.int64)
    gap = max(objective - bound, 0.0) / max(abs(objective), 1e-300)
    return LinearFlow(
        arc_flow, price, np.maximum(values[: master.n], 0.0), ptr, arcs, flow, owner, objective, bound, gap, rounds,
        len(kept), time.perf_counter() - begun,
    )  # fmt: skip


def _check(n: int, t: Ints, h: Ints, c: Floats, cap: Floats, o: Ints, d: Ints, q: Floats, out: Floats) -> None:
    faults = []
    for nodes, size, name in (
        (t, len(c), "tail"),
        (h, len(c), "head"),
        (o, len(q), "origin"),
        (d, len(q), "destination"),
    ):
        if len(nodes) != size or (size and (nodes.min() < 0 or nodes.max() >= n)):
            faults.append(Fault("nodes out of range or of wrong length", name, f"{size} indices in 0..{n - 1}"))
    for bad, name, what in (
        (~(c >= 0), "cost", "0 or more (inf = shut)"),
        (~(cap >= 0), "capacity", "0 or more (inf = none)"),
        (~((q >= 0) & np.isfinite(q)), "demand", "finite and not negative"),
        (~((out >= 0) & np.isfinite(out)), "outside_cost", "finite and not negative"),
    ):
        if bad.any():
            faults.append(Fault(f"{int(bad.sum())} entries are not {what} (first: {int(np.argmax(bad))})", name))
    if len(cap) != len(c):
        faults.append(Fault(f"has {len(cap)} entries for {len(c)} arcs", "capacity"))
    if faults:
        raise BadInput(faults)
