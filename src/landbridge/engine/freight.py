"""Freight: from the network to costs between economies by commodity group.

Each zone pair chooses among chains (by sea in the ship that fits, by rail without oceans, by road alone) and, within a
chain, among routes that differ in ports, borders or passages: a nested logit in the logarithm of generalised cost,
which has no scale: P ~ cost^-sigma. Where capacities are known, rents keep loads within them (`congestion`).
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from landbridge import routing
from landbridge.engine import classes, liner
from landbridge.engine.zones import Zones
from landbridge.network import Network
from landbridge.routing import Hierarchy, TrafficClass, Ways
from landbridge.rules import ActiveRules, compile_network

Floats = NDArray[np.float64]

# Odds of trains (and Caspian ferries) for boxes and general cargo at equal cost: slots a few times a week, part loads.
# Fitted by `python -m tools.rail_odds`, so that trains between China and Europe carry the 1.749 million TEU of
# January-November 2023 (China Railway; its count has trains to Russia and Belarus in it). Assumed the same everywhere:
# between the USA, Canada and Mexico, for the EU and for Turkey it is a test (docs/validation/assignment.md).
RAIL_ODDS: Final = 0.036
_GOOD_OF: Final = {"teu": "containers", "t": "grain"}  # the good whose rules on arcs stand for a unit's
MOVEMENTS: Final = tuple({"good": good} for good in _GOOD_OF.values())

# Choke points shut in turn, so that ways around them are in the choice while they are open.
_AT_SEA: Final = (("suez",), ("panama",), ("malacca",), ("hormuz",))
# China's rail crossings to Kazakhstan, Russia and Mongolia: one way over each of them, the others shut.
CHINA_RAIL: Final = (
    "khorgos-altynkol",
    "alashankou-dostyk",
    "erenhot-zamyn-uud",
    "manzhouli-zabaikalsk",
    "suifenhe-grodekovo",
)
_ON_LAND: Final = (*(tuple(o for o in CHINA_RAIL if o != c) for c in CHINA_RAIL), ("brest-malaszewicze",))
# Ports or crossings dearer by an exponential amount each, several times: ways by other than the one best of them.
_DRAWS: Final = {"port": 4, "crossing": 1}
BOX_T: Final = 10.0  # tonnes in a loaded TEU, for searches only: about the mean of values.csv
_DEAR: Final = (1.0, 3.0)  # spreads by which all places of known capacity are dearer in turn
_SPREAD_USD: Final = {"teu": 300.0, "t": 5.0}  # assumed: about what 200 km by road cost


@dataclass(frozen=True, slots=True)
class Search:
    """How a way is looked for: at one class's weights, with places shut, or all places of a kind dearer by a draw."""

    cls: TrafficClass
    shut: tuple[str, ...] = ()
    dearer: str = ""  # kind of tag
    draw: int = 0
    scarce: float = 0.0  # spreads by which places of known capacity are dearer


@dataclass(frozen=True, slots=True)
class Chain:
    """One alternative of the choice, the same for every zone pair. Routes are found by `searches` (hurried, patient,
    around choke points); every route is offered by every ship, and each commodity group takes the cheapest."""

    name: str
    unit: str  # teu or t
    ships: tuple[TrafficClass, ...]
    searches: tuple[Search, ...]
    odds: float  # weight in the choice at equal cost, of boxes and general cargo
    at_sea: bool  # no alternative where its way is overland


@dataclass(frozen=True, slots=True)
class Found:
    """The ways of one chain in one setting of the network, and what its arcs cost there by ship: dollars and hours
    [2 ships, m], inf where the ship may not go."""

    chain: Chain
    stack: Floats
    ways: tuple[Ways, ...]


def chains(network: Network, rules: ActiveRules | None) -> tuple[Chain, ...]:
    """The alternatives of a shipment under the rules: by sea, by rail (bulk by any way on land) and by road."""
    everything = ("sea", "rail", "road")
    effects = {} if rules is None else {m["good"]: compile_network(rules, network, m) for m in MOVEMENTS}

    def chain(
        name: str, ships: Sequence[str], modes: Sequence[str], around: Sequence[tuple[str, ...]], kind: str,
        dry: bool = False, odds: float = 1.0,
    ) -> Chain:  # fmt: skip
        unit = name.rsplit("-", 1)[1]
        good = _GOOD_OF[unit]

        def build(ship: str, patient: bool = False) -> TrafficClass:
            cls = classes.build(
                network, rules, modes=modes, good=good, ship=ship, without_oceans=dry, patient=patient,
                effects=effects.get(good),
            )  # fmt: skip
            return liner.called(network, cls) if unit == "teu" and not dry else cls

        hurried = tuple(build(ship) for ship in ships)
        # by sea the way is found patiently: at the mean value of time it would be overland wherever there is a railway
        patient = tuple(build(ship, True) for ship in ships) if unit == "teu" else ()
        at_sea, middle = not dry and unit == "teu", len(ships) // 2
        searches = [Search(c) for c in ((*patient, hurried[middle]) if at_sea else (*hurried, *patient))]
        one = (patient if at_sea else hurried)[middle]
        searches += [Search(one, shut=places) for places in around]
        searches += [Search(one, dearer=kind, draw=i) for i in range(_DRAWS.get(kind, 0))]
        searches += [Search(one, scarce=times) for times in _DEAR if kind]
        return Chain(name, unit, hurried, tuple(searches), odds, not dry)

    return (
        chain("sea-teu", classes.SHIPS["teu"], everything, _AT_SEA, "port"),
        chain("rail-teu", ("",), ("rail", "sea"), _ON_LAND, "crossing", True, RAIL_ODDS),
        chain("road-teu", ("",), ("road",), (), "", True),
        chain("sea-t", classes.SHIPS["t"], everything, _AT_SEA, "port"),
        chain("land-t", ("",), everything, _ON_LAND, "crossing", True, RAIL_ODDS),
        chain("road-t", ("",), ("road",), (), "", True),
    )


@dataclass(slots=True)
class Memo:
    """Ways already found, by the weights they were found on: a scenario that leaves a class alone costs nothing."""

    hierarchy: Hierarchy | None = None
    ways: dict[bytes, Ways] = field(default_factory=dict)

    def of(self, network: Network) -> Hierarchy:
        """The hierarchy of a topology, prepared anew only where arcs were added."""
        if self.hierarchy is None or not self.hierarchy.fits(network):
            self.hierarchy, self.ways = routing.prepare(network), {}
        return self.hierarchy

    def find(self, network: Network, weights: Floats, zones: Zones) -> Ways:
        """Least-cost ways between zones at weights [m]."""
        hierarchy = self.of(network)
        key = hashlib.sha256(weights.tobytes()).digest()
        if key not in self.ways:
            self.ways[key] = hierarchy.customise(weights).ways(zones.node, zones.node)
        return self.ways[key]


def find(
    network: Network,
    rules: ActiveRules | None,
    zones: Zones,
    memo: Memo,
    alternatives: bool = True,
    rents: tuple[Floats, Floats] | None = None,
) -> tuple[Found, ...]:
    """The ways of every chain in one setting of the network; `rents` [m] USD per TEU and per tonne are on the weights.

    Without `alternatives` only the best way of each class.
    """
    return tuple(
        Found(chain, _stack(network, chain), ways(network, chain, zones, memo, alternatives, rents))
        for chain in chains(network, rules)
    )


def ways(
    network: Network,
    chain: Chain,
    zones: Zones,
    memo: Memo,
    alternatives: bool = True,
    rents: tuple[Floats, Floats] | None = None,
) -> tuple[Ways, ...]:
    """The ways of one chain, see `find`."""
    found: dict[int, Ways] = {}
    for search in chain.searches:
        if alternatives or not (search.shut or search.dearer or search.scarce):
            way = memo.find(network, priced_weights(network, search, chain.unit, rents), zones)
            found[id(way)] = way
    return tuple(found.values())


def priced_weights(network: Network, search: Search, unit: str, rents: tuple[Floats, Floats] | None) -> Floats:
    """The weights of a search, with rents [m] USD per TEU and per tonne where there are any."""
    out = routing.weights(network, search.cls) + _extra(network, search, unit)
    out[_no_room(network, unit)] = np.inf
    if rents is not None:
        per_teu, per_t = rents
        out += per_teu + BOX_T * per_t if unit == "teu" else per_t
    return out


def _stack(network: Network, chain: Chain) -> Floats:
    """Dollars and hours of every ship by arc, [2 ships, m]."""
    rows = []
    for ship in chain.ships:
        parts = routing.components(network, ship)
        shut = ~np.isfinite(parts.generalised_usd) | _no_room(network, chain.unit)
        rows += [np.where(shut, np.inf, parts.cost_usd), np.where(shut, np.inf, parts.time_h)]
    return np.stack(rows)


def _no_room(network: Network, unit: str) -> NDArray[np.bool_]:
    """Arcs whose capacity is known to be none, [m]."""
    return np.asarray((network.capacity_teu_yr if unit == "teu" else network.capacity_t_yr) == 0)


def _extra(network: Network, search: Search, unit: str) -> Floats:
    """What a search adds to the weights, [m]: inf on what it shuts, drawn amounts on places of a kind."""
    by_tag = np.zeros(len(network.tags) + 1)  # the last one: arcs without a tag
    for i, tag in enumerate(network.tags):
        if tag.id in search.shut:
            by_tag[i] = np.inf
        elif search.dearer and tag.kind == search.dearer:
            # by name and draw, so that a place that is added changes no other
            uniform = (zlib.crc32(f"{tag.id}/{search.draw}".encode()) + 0.5) / 2**32
            by_tag[i] = -np.log(uniform) * _SPREAD_USD[unit]
    out = by_tag[network.arc_tag]
    if search.scarce:
        known = np.isfinite(network.capacity_teu_yr) | np.isfinite(network.capacity_t_yr)
        out += np.where(known, search.scarce * _SPREAD_USD[unit], 0.0)
    return np.asarray(out, np.float64)
