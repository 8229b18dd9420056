"""The network: layered arcs in arrays, with transfers, borders, ports and passages."""

from landbridge.network.checks import check
from landbridge.network.files import atlas_path, digest, load, save
from landbridge.network.records import ARC_KINDS, LAYERS, NODE_KINDS, TAG_KINDS, Network, Tag

__all__ = [
    "ARC_KINDS",
    "LAYERS",
    "NODE_KINDS",
    "TAG_KINDS",
    "Network",
    "Tag",
    "atlas_path",
    "check",
    "digest",
    "load",
    "save",
]
