"""Diversion: goods that a measure covers go round it through third economies.

What evades a measure passes through hubs h in proportion to the width and the cost of the way,

    w[h] = trade[i,h] x trade[h,j] / sum_m trade[h,m] x ((1 + f[i,h]) (1 + f[h,j]))^-theta x open[h],

a logit among ways whose width is what reaches h from i and goes on as h's exports go, over economies that do not apply
the measure themselves. Where h lies in one customs territory with j and is reached across it, the same traders have a
second way: goods declared for h are unloaded in j and never arrive (Chupilkin, Javorcik and Plekhanov 2025, CEPR
DP20097). It costs what carriage straight to j costs, and is open to the share `across[i,h]` of carriage that crosses j:

    u[h] = trade[i,h] x trade[h,j] / sum_m trade[h,m] x across[i,h] x (1 + f[i,j])^-theta x open[h].

A rule's strength sets how much evades with the hubs of the base; E = sum of w + u tells how that share answers when
hubs join the measure or carriage to them changes: the evading share moves with E'/E. Both count the same evasion, so it
is counted once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    # destination j -> share of carriage from i to h that crosses j [i,h], nought but for h in j's customs territory
    across: Mapping[int, Array] = field(default_factory=dict)

    @property
    def evading(self) -> Array:
        """Share of each flow that is listed and passes all the same."""
        return np.maximum(self.listed - self.shut, 0.0)


def evading_cells(*sides: Side) -> Cells:
    """Cells in which something evades in any of the worlds; none at home."""
    some = np.logical_or.reduce([s.evading > 0 for s in sides])
    some[:, np.arange(some.shape[1]), np.arange(some.shape[1])] = False
    return Cells(*np.nonzero(some))


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways round a measure by cell and third economy [p,h]: through it, and declared for it but unloaded before."""

    through: Array
    unloaded: Array

    @property
    def total(self) -> Array:
        """Both together [p,h]."""
        return self.through + self.unloaded


def ways_round(trade_usd: Array, theta: Array, side: Side, cells: Cells, listed: Array | None = None) -> Ways:
    """Width of the ways by every economy, w and u [p,h] in USD of recorded trade; 0 by either end.

    `trade_usd` [i,j] trade in what can go round, all sectors together; `theta` [k]; `listed` [p] the coverage that hubs
    are held against (default: the side's own): an economy that lists as much is no hub, one that lists half as much is
    half a hub.
    """
    k, i, j = cells.sector, cells.origin, cells.destination
    own = cells.of(side.listed) if listed is None else listed
    per_own = 1.0 / np.where(own > 0, own, 1.0)[:, None]
    cost = (1.0 + side.freight) ** -theta[:, None, None]
    abroad = np.where(np.eye(len(trade_usd), dtype=bool), 0.0, trade_usd)
    sold = abroad.sum(axis=1)
    onward = np.divide(abroad, sold[:, None], out=np.zeros_like(abroad), where=sold[:, None] > 0)
    traders = abroad[i]
    traders *= onward.T.copy()[j]
    into = np.ascontiguousarray(side.listed.transpose(0, 2, 1))  # [k,j,h]
    # nor is one a hub that itself shuts what comes from the destination
    for leg in (side.listed[k, i], into[k, j], side.listed[k, j]):
        leg *= per_own
        np.subtract(1.0, np.minimum(leg, 1.0, out=leg), out=leg)
        traders *= leg
    unloaded = np.zeros_like(traders)
    for where, share in side.across.items():
        here = np.flatnonzero(j == where)
        unloaded[here] = traders[here] * share[i[here]] * cost[k[here], i[here], where][:, None]
    traders *= cost[k, i]
    traders *= np.ascontiguousarray(cost.transpose(0, 2, 1))[k, j]
    return Ways(traders, unloaded)


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
    old = ways_round(trade_usd, theta, before, cells, listed).total.sum(axis=1)
    new = ways_round(trade_usd, theta, after, cells, listed).total.sum(axis=1)
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


def reexports(free_usd: Array, trade_usd: Array, theta: Array, side: Side, divertible: Array) -> tuple[Cells, Ways]:
    """Goods going round by way, USD [p,h], and the cells they belong to.

    `free_usd` [k,i,j] trade without the measure (`would_be`); `trade_usd` [i,j] as for `ways_round`.
    """
    cells = evading_cells(side)
    width = ways_round(trade_usd, theta, side, cells)
    total = width.total.sum(axis=1)
    value = cells.of(free_usd) * cells.of(side.evading) * divertible[cells.sector]
    rate = np.divide(value, total, out=np.zeros_like(total), where=total > 0)[:, None]
    return cells, Ways(width.through * rate, width.unloaded * rate)


def detour_percent(side: Side, cells: Cells, usd: Ways) -> Array:
    """How much dearer carriage is by each third economy than straight, per cent of value [p,h]; NaN where there is no
    way. What is unloaded on the way costs no more than straight."""
    k, i, j = cells.sector, cells.origin, cells.destination
    factor = 1.0 + side.freight
    round_, straight = factor[k, i, :] * factor[k, :, j], factor[k, i, j][:, None]
    known = np.isfinite(round_) & np.isfinite(straight) & (usd.total > 0)
    dearer = 100.0 * (np.where(known, round_, 1.0) / np.where(known, straight, 1.0) - 1)
    sent_on = np.divide(usd.through, usd.total, out=np.zeros_like(dearer), where=usd.total > 0)
    return np.asarray(np.where(known, dearer * sent_on, np.nan))
