"""From routes and measures to wedges. f is the ad valorem wedge itself, 1 + f the factor on the price; never mixed.

Published "x % lower trade cost" may mean a change of f or of 1 + f: `change_percent` returns both, named.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landbridge.errors import BadInput

Array = NDArray[np.float64]
_HOURS_PER_DAY: Final = 24.0


class Change(NamedTuple):
    """A change of trade cost in both bases, per cent: of the wedge f, and of the factor 1 + f."""

    of_wedge_percent: Array
    of_factor_percent: Array


def network_wedge(
    cost_usd_teu: ArrayLike, time_h: ArrayLike, value_usd_teu: ArrayLike, value_of_time_share_day: ArrayLike
) -> Array:
    """Ad valorem wedge f of moving goods: freight over value plus days times the value of a day.

    Arrays broadcast, e.g. costs and hours [i,j] with values [k,1,1] to f [k,i,j]. `value_of_time_share_day` is a share
    of the goods' value a day: 0.006-0.021 for manufactures that choose between air and sea (Hummels and Schaur 2013),
    0.0002-0.0005 for bulk, whose day costs only the interest on the stock. inf = no way. No revenue: real cost.
    """
    cost, hours = np.asarray(cost_usd_teu, dtype=np.float64), np.asarray(time_h, dtype=np.float64)
    value, day = np.asarray(value_usd_teu, dtype=np.float64), np.asarray(value_of_time_share_day, dtype=np.float64)
    if not ((cost >= 0).all() and (hours >= 0).all() and (value > 0).all() and (day >= 0).all()):
        raise BadInput(
            "costs, hours and values of time must be >= 0, values per TEU > 0, none missing", "network_wedge"
        )
    return np.asarray(cost / value + hours / _HOURS_PER_DAY * day)


def wedge_hat(f_old: ArrayLike, f_new: ArrayLike) -> Array:
    """(1+f')/(1+f), what `solve` takes. inf where a way is lost; 1 where there was and is none.

    A pair without a way in the base that gets one has no finite hat: BadInput (give the base a wedge first).
    """
    old, new = np.broadcast_arrays(np.asarray(f_old, dtype=np.float64), np.asarray(f_new, dtype=np.float64))
    if np.isnan(old).any() or np.isnan(new).any() or (old < 0).any() or (new < 0).any():
        raise BadInput("wedges must be >= 0, none missing", "wedge_hat")
    never = np.isinf(old)
    if (never & ~np.isinf(new)).any():
        raise BadInput("a pair without a way in the base gets one", "wedge_hat", "give the base a large finite wedge")
    return np.asarray(np.where(never, 1.0, (1.0 + new) / np.where(never, 1.0, 1.0 + old)))


def change_percent(f_old: ArrayLike, f_new: ArrayLike) -> Change:
    """The same change told in both bases: 100 (f'/f - 1) and 100 ((1+f')/(1+f) - 1). f = 0 gives NaN for the first."""
    old, new = np.asarray(f_old, dtype=np.float64), np.asarray(f_new, dtype=np.float64)
    relative = np.divide(new, old, out=np.full(np.broadcast(old, new).shape, np.nan), where=old > 0)
    return Change(np.asarray(100.0 * (relative - 1.0)), np.asarray(100.0 * ((1.0 + new) / (1.0 + old) - 1.0)))


def covered(hat: ArrayLike, share: ArrayLike, theta: ArrayLike) -> Array:
    """Wedge hat of a measure that covers a `share` of a flow: trade falls as if covered and free goods were apart.

    (1 - share + share hat^-theta)^(-1/theta), element by element; hat = inf closes the covered share only.
    """
    hat, share = np.asarray(hat, dtype=np.float64), np.asarray(share, dtype=np.float64)
    theta = np.asarray(theta, dtype=np.float64)
    if not ((share >= 0).all() and (share <= 1).all() and (hat > 0).all() and (theta > 0).all()):
        raise BadInput("coverage lies outside 0..1, or a wedge or elasticity is not positive", "covered")
    left = 1.0 - share + share * hat**-theta
    with np.errstate(divide="ignore"):
        return np.asarray(left ** (-1.0 / theta))


def evaded(hat: ArrayLike, detour_cost: ArrayLike, share: ArrayLike, theta: ArrayLike) -> Array:
    """Wedge hat of a measure that covered goods can get around through third economies at an ad valorem `detour_cost`.

    No buyer pays more than the detour: covered(min(hat, 1 + detour_cost), share). The detour burns its cost; it shows
    as trade of origin and final destination here, while customs of the third economy would record re-exports.
    """
    detour = 1.0 + np.asarray(detour_cost, dtype=np.float64)
    if not (detour >= 1).all():
        raise BadInput("a detour costs less than nothing, or is missing", "evaded", "0.2 means 20 % dearer; inf = none")
    return covered(np.minimum(np.asarray(hat, dtype=np.float64), detour), share, theta)


def from_trade_change(change: ArrayLike, theta: ArrayLike) -> Array:
    """Wedge hat of a partial effect on trade D from the literature: (1+D)^(-1/theta); D = -1 is an embargo (inf)."""
    effect = np.asarray(change, dtype=np.float64)
    if not (effect >= -1).all():
        raise BadInput("a trade change below -100 % or missing", "from_trade_change", "-0.2 means 20 % less trade")
    with np.errstate(divide="ignore"):
        return np.asarray((1.0 + effect) ** (-1.0 / np.asarray(theta, dtype=np.float64)))
