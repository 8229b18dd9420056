"""Closures for part of the traffic or of the year: a mixture of regimes, each fully shut or fully open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from landbridge.network import Network, close
from landbridge.rules import ActiveRules, compile_network
from landbridge.world import Closure, in_network


@dataclass(frozen=True, slots=True)
class Regime:
    """A share of the year's traffic during which `shut` places are closed."""

    weight: float
    shut: tuple[str, ...]


def regimes(closures: Sequence[Closure]) -> tuple[Regime, ...]:
    """Nested regimes: the most intense closure is shut whenever a milder one is. Weights sum to one."""
    levels = sorted({c.intensity for c in closures}, reverse=True)
    out = []
    for upper, lower in zip([1.0, *levels], [*levels, 0.0], strict=True):
        # for traffic between the shares `lower` and `upper`, exactly the closures at least as intense as `upper` hold
        if upper > lower:
            shut = tuple(c.where for c in closures if c.intensity >= upper)
            out.append(Regime(upper - lower, shut))
    return tuple(out)


def network_of(network: Network, regime: Regime) -> Network:
    """The network with the regime's closures in force."""
    for where in regime.shut:
        if in_network(network, where):  # pipelines are the energy model's
            network = close(network, where)
    return network


def ruled(network: Network, now: ActiveRules, base: ActiveRules) -> Network:
    """The network with the capacities that rules leave, against those in force when its capacities were published.

    The published figures hold the cuts of their own year (the Panama Canal's of 2023 its drought).
    """
    factors = [compile_network(rules, network, {"good": "containers"}).capacity_factor for rules in (now, base)]
    if (factors[0] == factors[1]).all():
        return network
    ratio = np.divide(factors[0], factors[1], out=np.ones(network.n_arcs), where=factors[1] > 0)
    return replace(
        network, capacity_teu_yr=network.capacity_teu_yr * ratio, capacity_t_yr=network.capacity_t_yr * ratio
    )
