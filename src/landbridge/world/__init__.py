"""The world: facts at a date, frozen, and the names by which scenarios point at them."""

from landbridge.world.corridors import arcs_meant, corridor_arcs
from landbridge.world.load import BASELINES, check, load_world
from landbridge.world.places import energy_node, in_network, lonlat_of, resolve_where
from landbridge.world.record import Agreement, Closure, TariffChange, Works, World

__all__ = [
    "BASELINES",
    "Agreement",
    "Closure",
    "TariffChange",
    "Works",
    "World",
    "arcs_meant",
    "check",
    "corridor_arcs",
    "energy_node",
    "in_network",
    "load_world",
    "lonlat_of",
    "resolve_where",
]
