"""The network: layered arcs in arrays, with transfers, borders, ports and passages; edits that return new networks."""

from landbridge.network.build import DEFAULTS, PORT_REACH_KM, build_line, build_port, open_sea
from landbridge.network.checks import check, joined_by_land
from landbridge.network.edit import capacity_known, close, improve, reopen
from landbridge.network.files import atlas_path, digest, load, save
from landbridge.network.names import PlaceIndex, arcs_at, find_place, place_index, place_note, shown_name, tags_named
from landbridge.network.pipelines import Pipeline, pipelines
from landbridge.network.records import ARC_KINDS, LAYERS, LAYERS_OF, NODE_KINDS, TAG_KINDS, Network, Tag
from landbridge.network.seasons import in_month, season, shut_days
from landbridge.network.ships import ShipClass, blocked_for_ship, ship_class, ship_classes
from landbridge.network.sphere import great_circle_km

__all__ = [
    "ARC_KINDS",
    "DEFAULTS",
    "LAYERS",
    "LAYERS_OF",
    "NODE_KINDS",
    "PORT_REACH_KM",
    "TAG_KINDS",
    "Network",
    "Pipeline",
    "PlaceIndex",
    "ShipClass",
    "Tag",
    "arcs_at",
    "atlas_path",
    "blocked_for_ship",
    "build_line",
    "build_port",
    "capacity_known",
    "check",
    "close",
    "digest",
    "find_place",
    "great_circle_km",
    "improve",
    "in_month",
    "joined_by_land",
    "load",
    "open_sea",
    "pipelines",
    "place_index",
    "place_note",
    "reopen",
    "save",
    "season",
    "ship_class",
    "ship_classes",
    "shown_name",
    "shut_days",
    "tags_named",
]
