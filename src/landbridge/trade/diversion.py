"""Diversion: goods that a measure covers go round it through third economies.

What evades a measure passes through hubs h in proportion to the width and the cost of the way,

    w[h] = trade[i,h] x trade[h,j] / sum_m trade[h,m] x ((1 + f[i,h]) (1 + f[h,j]))^-theta x open[h],

a logit among ways whose width is what reaches h from i and goes on as h's exports go, over economies that do not apply
the measure themselves. A rule's strength sets how much evades with the hubs of the base; E = sum of w tells how that
share answers when hubs join the measure or carriage to them changes: the evading share moves with E'/E. Both count the
same evasion, so it is counted once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]
_LEAST_EXEMPT: Final = 0.05  # below this exempt share recorded trade tells nothing of what would be traded freely


@dataclass(frozen=True, slots=True)
class Cells:
    """The P cells (sector, origin, destination) in which something evades a measure; positions [p]."""

    sector: Index
    origin: Index
    destination: Index

    def of(self, values: Array) -> Array:
        """The cells' values [p] of an array [k,i,j]."""
        return np.asarray(values[self.sector, self.origin, self.destination])


@dataclass(frozen=True, slots=True)
class Side:
    """One world's measures and carriage, arrays [k,i,j]: shares of flows and ad valorem freight wedges (inf no way)."""

    shut: Array  # share of the flow that is shut: what rules list and is obeyed
    listed: Array  # share that rules list, obeyed or not
    freight: Array

    @property
    def evading(self) -> Array:
        """Share of each flow that is listed and passes all the same."""
        return np.maximum(self.listed - self.shut, 0.0)


def evading_cells(*sides: Side) -> Cells:
    """Cells in which something evades in any of the worlds; none at home."""
    some = np.logical_or.reduce([s.evading > 0 for s in sides])
    some[:, np.arange(some.shape[1]), np.arange(some.shape[1])] = False
    return Cells(*np.nonzero(some))


def ways_round(trade_usd: Array, theta: Array, side: Side, cells: Cells, listed: Array | None = None) -> Array:
    """Width of the ways through every economy, w [p,h] in USD of recorded trade; 0 through either end.

    `trade_usd` [i,j] trade in what can go round, all sectors together; `theta` [k]; `listed` [p] the coverage that hubs
    are held against (default: the side's own): an economy that lists as much is no hub, one that lists half as much is
    half a hub.
    """
    k, i, j = cells.sector, cells.origin, cells.destination
    own = cells.of(side.listed) if listed is None else listed
    own = np.where(own > 0, own, 1.0)[:, None]
    cost = (1.0 + side.freight) ** -theta[:, None, None]
    abroad = np.where(np.eye(len(trade_usd), dtype=bool), 0.0, trade_usd)
    sold = abroad.sum(axis=1)
    onward = np.divide(abroad, sold[:, None], out=np.zeros_like(abroad), where=sold[:, None] > 0)
    width = abroad[i, :] * onward.T[j, :] * cost[k, i, :] * cost[k, :, j]
    # nor is one a hub that itself shuts what comes from the destination
    for leg in (side.listed[k, i, :], side.listed[k, :, j], side.listed[k, j, :]):
        width *= 1.0 - np.minimum(leg / own, 1.0)
    return np.asarray(width)


def shut_share(trade_usd: Array, theta: Array, before: Side, after: Side, divertible: Array) -> Array:
    """Share of each flow that is shut in the world after, [k,i,j], once ways round have answered.

    What evades is `after.evading` with the hubs of the world before; its `divertible` part [k] (what fits boxes and
    passes as another's goods) moves with the width of all ways, never beyond what is listed.
    """
    out = after.shut.copy()
    cells = evading_cells(after)
    if not len(cells.sector):
        return out
    listed, loose = cells.of(after.listed), cells.of(after.evading)
    old = ways_round(trade_usd, theta, before, cells, listed).sum(axis=1)
    new = ways_round(trade_usd, theta, after, cells, listed).sum(axis=1)
    ease = np.divide(new, old, out=np.ones_like(new), where=old > 0)
    loose = np.minimum(loose * (1.0 + divertible[cells.sector] * (ease - 1.0)), listed)
    out[cells.sector, cells.origin, cells.destination] = listed - loose
    return out


def would_be(recorded_usd: Array, side: Side) -> Array:
    """What would be traded without the measures [k,i,j]: recorded trade is the exempt part, for customs file what goes
    round under the third economy. Where nearly all is listed, recorded trade is taken to hold what evades too."""
    exempt = 1.0 - side.listed
    open_ = np.where(exempt > _LEAST_EXEMPT, exempt, 1.0 - side.shut)
    return np.asarray(np.divide(recorded_usd, open_, out=recorded_usd.copy(), where=open_ > 0))


def reexports(free_usd: Array, trade_usd: Array, theta: Array, side: Side, divertible: Array) -> tuple[Cells, Array]:
    """Goods going round by way, USD [p,h], and the cells they belong to.

    `free_usd` [k,i,j] trade without the measure (`would_be`); `trade_usd` [i,j] as for `ways_round`.
    """
    cells = evading_cells(side)
    width = ways_round(trade_usd, theta, side, cells)
    total = width.sum(axis=1, keepdims=True)
    part = np.divide(width, total, out=np.zeros_like(width), where=total > 0)
    value = cells.of(free_usd) * cells.of(side.evading) * divertible[cells.sector]
    return cells, np.asarray(value[:, None] * part)


def detour_percent(side: Side, cells: Cells, usd: Array) -> Array:
    """How much dearer carriage is round each way than straight, per cent of value [p,h]; NaN where there is no way."""
    k, i, j = cells.sector, cells.origin, cells.destination
    factor = 1.0 + side.freight
    round_, straight = factor[k, i, :] * factor[k, :, j], factor[k, i, j][:, None]
    known = np.isfinite(round_) & np.isfinite(straight) & (usd > 0)
    return np.asarray(
        np.where(known, 100.0 * (np.where(known, round_, 1.0) / np.where(known, straight, 1.0) - 1), np.nan)
    )
