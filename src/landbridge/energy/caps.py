"""Price caps: no coalition service unless the port price is at most the cap, as a complementarity over a QP.

Per port the smallest wedge on the coalition's service with 0 <= wedge _|_ cap - price >= 0, or that service unused.
The port price is marginal cost, so a cap that binds cuts volume; a seller who withholds is a matter of `conjecture`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge.energy.bounds import PriceCap
from landbridge.energy.market import Market
from landbridge.energy.program import Layout
from landbridge.errors import NotConverged
from landbridge.solvers import Program, QpSolution, Session
from landbridge.solvers.qp import Method

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_UNUSED: Final = 1e-4  # flow below which a service counts as unused
_PROBE: Final = 0.05  # price units: wedge step of the finite differences
_PATIENCE: Final = 2  # steps without progress before slopes are measured
_COARSE: Final = 0.05  # price units: how close the common wedge is found before ports go apart
_MOST_WEDGE: Final = 1e4  # price units
_ROUNDS: Final = 60
_SWEEPS: Final = 6
_NEAR: Final = 1e-3  # price units: how far above the cap a common wedge may leave a served port


@dataclass(frozen=True, slots=True)
class Settings:
    """How to solve: backend, its tolerance, and how hard to try at price caps (rounds; price units)."""

    method: Method = "piqp"
    tolerance: float = 1e-9
    cap_rounds: int = 25
    cap_tolerance: float = 1e-5


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports under a cap, [P]: node, class and cap of each, and the coalition's flow columns that leave it."""

    node: Ints
    klass: Ints
    cap: Ints
    row: Ints  # balance row of the port's own class
    column_port: Ints  # [F] port of a coalition-served flow column, -1 otherwise

    @staticmethod
    def find(market: Market, layout: Layout) -> Ports:
        """The ports that have coalition-served columns."""
        served = np.flatnonzero(layout.flow_service == 1)
        keys = np.stack(
            [market.arcs.tail[layout.flow_arc[served]], layout.flow_class[served], layout.flow_cap[served]], axis=1
        )
        ports, which = np.unique(keys, axis=0, return_inverse=True)
        column_port = np.full(len(layout.flow_arc), -1, dtype=np.int64)
        column_port[served] = which.ravel()
        rows = [int(np.flatnonzero((layout.balance_node == n) & (layout.balance_class == k))[0]) for n, k, _ in ports]
        return Ports(ports[:, 0], ports[:, 1], ports[:, 2], np.array(rows, dtype=np.int64), column_port)


@dataclass(frozen=True, slots=True)
class CapPoint:
    """The solved programme with its wedges [P] (price units) and what is left of the complementarity."""

    answer: QpSolution
    ports: Ports
    wedge: Floats
    residual: float
    solves: int


@dataclass(frozen=True, slots=True)
class _State:
    answer: QpSolution
    wedge: Floats
    excess: Floats  # port price - cap
    gap: Floats  # what is to vanish


def solve_with_caps(
    program: Program, layout: Layout, ports: Ports, caps: tuple[PriceCap, ...], settings: Settings
) -> CapPoint:
    """First one wedge for all ports of a record, as small as may be; then quasi-Newton, each port on its own.

    Ports share upstream pipelines, so that each wedge moves every price: from a common start none is shut out by the
    order in which ports are taken. Slopes start at "a port's price falls one for one with its own wedge", are learnt
    from the steps taken (Broyden 1965), and measured by finite differences where learning does not help. Where that
    does not settle within `cap_rounds`, the common wedge itself is the answer (no served port above the cap).
    """
    limit = np.array([caps[int(c)].price for c in ports.cap])
    inside = np.flatnonzero(ports.column_port >= 0)
    session = Session(program, method=settings.method, tolerance=settings.tolerance)
    calls = 0

    def at(wedge: Floats) -> _State:
        nonlocal calls
        calls += 1
        cost = program.cost.copy()
        cost[layout.flow.start + inside] += wedge[ports.column_port[inside]]
        answer = session.solve(cost)
        served = np.zeros(len(wedge))
        np.add.at(served, ports.column_port[inside], answer.of(layout.flow)[inside])
        excess = answer.dual_of(layout.balance)[ports.row] - limit
        # too dear but unserved by the coalition: nothing to mend
        gap = np.where((served <= _UNUSED) & (excess > 0), 0.0, np.maximum(excess, -wedge))
        return _State(answer, wedge, excess, gap)

    state = at(np.zeros(len(ports.node)))
    if _size(state) > settings.cap_tolerance:
        coarse = _common(at, state, ports, _COARSE)
        found = _each(at, coarse, settings)
        if found is None:
            found = coarse
            for _ in range(_SWEEPS):  # the wedge of one record moves the prices of another
                found = _common(at, found, ports, 0.1 * settings.cap_tolerance)
                if _above(found) <= _NEAR:
                    break
            if _above(found) > _NEAR:
                hint = "raise cap_rounds, or give the shadow fleet some capacity to share"
                raise NotConverged("the price cap", _above(found), hint)
            return CapPoint(found.answer, ports, found.wedge, _above(found), calls)
        state = found
    return CapPoint(state.answer, ports, state.wedge, _size(state), calls)


def _common(at: Callable[[Floats], _State], state: _State, ports: Ports, tolerance: float) -> _State:
    """The smallest wedge, the same for all ports of a record, at which no served port is above the cap.

    One record after the other, each bracketed and then closed in on by false position (Illinois).
    """
    for cap in np.unique(ports.cap):
        mine = ports.cap == cap

        def with_wedge(value: float, mine: NDArray[np.bool_] = mine, start: _State = state) -> _State:
            return at(np.where(mine, value, start.wedge))

        low, low_state = 0.0, with_wedge(0.0) if state.wedge[mine].any() else state
        miss = _press(low_state, mine)
        if miss <= tolerance:
            state = low_state
            continue
        high = miss
        high_state = with_wedge(high)
        while _press(high_state, mine) > 0.0 and high < _MOST_WEDGE:
            low, low_state, high = high, high_state, 2.0 * high
            high_state = with_wedge(high)
        state = _close_in(with_wedge, (low, _press(low_state, mine)), (high, high_state), mine, tolerance)
    return state


def _close_in(
    with_wedge: Callable[[float], _State], low: tuple[float, float], high: tuple[float, _State],
    mine: NDArray[np.bool_], tolerance: float,
) -> _State:  # fmt: skip
    """The upper end of a bracket narrowed to `tolerance`: `low` presses by its second value, `high` does not."""
    (a, fa), (b, best) = low, high
    fb = _press(best, mine)
    for k in range(_ROUNDS):
        if b - a <= tolerance or -tolerance <= fb <= 0.0:
            break
        middle = (a * fb - b * fa) / (fb - fa) if k % 3 < 2 and fb < fa else 0.5 * (a + b)
        trial = with_wedge(float(np.clip(middle, a + 0.02 * (b - a), b - 0.02 * (b - a))))
        value, where = _press(trial, mine), float(trial.wedge[mine][0])
        if value > 0.0:
            a, fa, fb = where, value, 0.5 * fb
        else:
            b, best, fb, fa = where, trial, value, 0.5 * fa
    return best


def _press(state: _State, mine: NDArray[np.bool_]) -> float:
    """How far the dearest served port of a record is above the cap; below nought where all are under it.

    Ports that the coalition does not serve say nothing: -1 where it serves none.
    """
    served = mine & ~((state.gap == 0.0) & (state.excess > 0.0))
    return float(state.excess[served].max()) if served.any() else -1.0


def _above(state: _State) -> float:
    """The largest excess of a served port over its cap."""
    return max(_press(state, np.ones(len(state.gap), dtype=bool)), 0.0) if state.gap.size else 0.0


def _each(at: Callable[[Floats], _State], state: _State, settings: Settings) -> _State | None:
    """Every port's own wedge by quasi-Newton from a state; None where that does not settle."""
    slope = -np.eye(len(state.wedge))
    stuck = 0
    for _ in range(settings.cap_rounds):
        if _size(state) <= settings.cap_tolerance:
            return state
        if stuck >= _PATIENCE:
            slope, stuck = _measured(at, state), 0
        trial = at(_step(state, slope))
        moved = trial.wedge - state.wedge
        learnt = slope + np.outer(trial.excess - state.excess - slope @ moved, moved) / max(float(moved @ moved), 1e-12)
        better = _size(trial) < 0.8 * _size(state)
        stuck = 0 if better else stuck + 1
        slope = learnt
        if better or stuck >= _PATIENCE:
            state = trial
    return None


def _size(state: _State) -> float:
    return float(np.abs(state.gap).max()) if state.gap.size else 0.0


def _step(state: _State, slope: Floats) -> Floats:
    """Wedges at which the pressing ports' prices meet the cap, by the slope; steps of at most 50 price units."""
    press = np.flatnonzero(state.gap != 0.0)
    local = slope[np.ix_(press, press)] - 1e-3 * np.eye(len(press))  # flat stretches: wedges that move nothing yet
    step = np.linalg.lstsq(local, -state.gap[press], rcond=None)[0]
    wedge = state.wedge.copy()
    wedge[press] = np.maximum(wedge[press] + np.clip(step, -50.0, 50.0), 0.0)
    return wedge


def _measured(at: Callable[[Floats], _State], state: _State) -> Floats:
    """Slopes of every port's price in every pressing port's wedge."""
    slope = -np.eye(len(state.wedge))
    for port in np.flatnonzero(state.gap != 0.0):
        nudged = state.wedge.copy()
        nudged[port] += _PROBE
        slope[:, port] = (at(nudged).excess - state.excess) / _PROBE
    return slope
