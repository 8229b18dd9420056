"""Network: nodes, directed arcs and named tags as plain arrays. Every arc keeps its components; cost is formed later.

A place appears once per layer ("virtual network"): chongqing in layer `city`, chongqing in layer `rail1435`, and so
on, joined by transfer arcs. Break of gauge, border, port and passage are arcs of their own with hours, money, capacity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LAYERS: Final = (
    "city",  # the place itself: where shipments start and end
    "road",
    "rail1000",
    "rail1067",
    "rail1435",
    "rail1520",
    "rail1600",
    "rail1668",
    "rail1676",
    "sea",
    "inland",
    "air",
)
NODE_KINDS: Final = ("city", "junction", "port", "crossing", "passage", "sea")
ARC_KINDS: Final = (
    "line",  # a stretch of road, track or sea lane
    "terminal",  # city <-> layer: loading, unloading, drayage
    "port",  # land layer <-> sea: port hours and dues
    "border",  # a named crossing: hours and fees of leaving one country and entering the next
    "gauge",  # break of gauge at a crossing or yard
    "passage",  # a strait or canal
)
# layers that a mode of a route may use
LAYERS_OF: Final = {
    "rail": tuple(name for name in LAYERS if name.startswith("rail")),
    "road": ("road",),
    "sea": ("sea", "inland"),
    "air": ("air",),
}
TAG_KINDS: Final = ("crossing", "gauge_change", "port", "passage", "corridor", "project")


@dataclass(frozen=True, slots=True)
class Tag:
    """A named thing that arcs belong to. `id` is a lower-case slug, unique; countries are ISO3 codes."""

    id: str
    name: str
    kind: str  # one of TAG_KINDS
    countries: tuple[str, ...]
    source: str
    max_draught_m: float = float("nan")  # passages and ports: NaN = no limit known
    max_beam_m: float = float("nan")
    open_by_default: bool = True  # False: the Northern Sea Route and the like, shut unless a scenario reopens them
    first_month: int = 0  # of the season in which ships pass, 1 to 12; 0 = all year
    last_month: int = 0  # may be less than first_month: a season over the turn of the year
    ice_class: str = ""  # least class of hull in the season, "" = none

    @property
    def months(self) -> tuple[int, ...]:
        """Months of its season in order, all twelve where it has none."""
        if not self.first_month:
            return tuple(range(1, 13))
        length = (self.last_month - self.first_month) % 12 + 1
        return tuple((self.first_month - 1 + k) % 12 + 1 for k in range(length))


@dataclass(frozen=True, slots=True)
class Network:
    """Layered directed graph. n nodes, m arcs; shapes are [n] or [m]. NaN = unknown, 0 = truly none.

    Parallel arcs are allowed. `arc_tag` points into `tags` (-1 = none): border -> crossing, gauge -> gauge_change,
    port -> port, passage -> passage; line arcs may carry a corridor or a project.
    `basis` says where an arc's hours and money come from: 0 observed, 1 estimated, 2 assumed.
    """

    node_id: NDArray[np.str_]  # [n] unique "place@layer", e.g. "chongqing@rail1435"; place ids are slugs
    node_name: NDArray[np.str_]  # [n] readable name of the place
    node_country: NDArray[np.str_]  # [n] ISO3, "" on the high seas
    node_kind: NDArray[np.int8]  # [n] index into NODE_KINDS
    node_layer: NDArray[np.int8]  # [n] index into LAYERS
    lon: NDArray[np.float64]  # [n] degrees east, -180..180
    lat: NDArray[np.float64]  # [n] degrees north
    population: NDArray[np.float64]  # [n] of city nodes in layer `city`; 0 elsewhere
    tail: NDArray[np.int32]  # [m]
    head: NDArray[np.int32]  # [m]
    arc_layer: NDArray[np.int8]  # [m] index into LAYERS (transfers: the non-city, or the land, side)
    arc_kind: NDArray[np.int8]  # [m] index into ARC_KINDS
    length_km: NDArray[np.float64]  # [m]
    time_h: NDArray[np.float64]  # [m]
    cost_usd_teu: NDArray[np.float64]  # [m] containers
    cost_usd_t: NDArray[np.float64]  # [m] bulk
    capacity_teu_yr: NDArray[np.float64]  # [m]
    capacity_t_yr: NDArray[np.float64]  # [m]
    arc_tag: NDArray[np.int32]  # [m] index into tags, -1 none
    arc_shape: NDArray[np.int32]  # [m] index into the shape arrays, -1 = straight line
    basis: NDArray[np.int8]  # [m] 0 observed, 1 estimated, 2 assumed
    closed: NDArray[np.bool_]  # [m] shut (by status, season or scenario); never used by routing
    tags: tuple[Tag, ...]
    shape_ptr: NDArray[np.int64]  # [s+1] into shape_lonlat
    shape_lonlat: NDArray[np.float32]  # [p, 2] points of polylines for drawing

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.node_id)

    @property
    def n_arcs(self) -> int:
        """Number of directed arcs."""
        return len(self.tail)
