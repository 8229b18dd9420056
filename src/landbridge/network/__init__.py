"""The network: layered arcs in arrays, with transfers, borders, ports and passages."""

from landbridge.network.records import ARC_KINDS, LAYERS, NODE_KINDS, TAG_KINDS, Network, Tag

__all__ = ["ARC_KINDS", "LAYERS", "NODE_KINDS", "TAG_KINDS", "Network", "Tag"]
