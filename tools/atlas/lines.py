"""Named railway lines (tables/lines.csv): tracks, electrification and, where published, capacity on the atlas's arcs.

A line is the shortest way by rail of its gauge through the places or points (lon lat) of `via`, inside its countries;
its arcs carry the line's tag (kind `corridor`), so that a scenario can improve or close the line by name.
`data/atlas/lines.csv` says what each line is.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from landbridge.network import Tag
from tools.atlas.capacities import each_way, set_room
from tools.atlas.part import Part
from tools.atlas.rail_graph import great_circle

TABLES: Final = Path(__file__).parent / "tables"
NEAR_KM: Final = 15.0  # a way point given by coordinates lies this near to a node


@dataclass(frozen=True)
class Ways:
    """Shortest ways along the open lines and borders of one layer, by length."""

    rows: NDArray[np.int64]  # [k] rows of the arcs' frame
    number: dict[str, int]  # node id -> index
    matrix: csr_matrix
    row_of: dict[tuple[int, int], int]

    @classmethod
    def on(cls, arcs: pd.DataFrame, layer: str, inside: pd.Series | bool = True) -> Ways:
        """The ways of a layer, of the arcs of the mask `inside`."""
        use = inside & (arcs["layer"] == layer) & arcs["kind"].isin(["line", "border"]) & ~arcs["closed"].astype(bool)
        chosen = arcs[use].sort_values("length_km", kind="stable").drop_duplicates(["tail", "head"])
        nodes = sorted(set(chosen["tail"]) | set(chosen["head"]))
        number = {n: k for k, n in enumerate(nodes)}
        tail, head = chosen["tail"].map(number).to_numpy(), chosen["head"].map(number).to_numpy()
        km = chosen["length_km"].to_numpy(float) + 1e-3
        matrix = csr_matrix((km, (tail, head)), shape=(len(nodes), len(nodes)))
        rows = chosen.index.to_numpy()
        return cls(rows, number, matrix, {(int(a), int(b)): int(r) for a, b, r in zip(tail, head, rows)})

    def between(self, origin: str, destination: str) -> list[int]:
        """Rows of the arcs from one node to another; ValueError where there is no way."""
        lost = [n for n in (origin, destination) if n not in self.number]
        if lost:
            raise ValueError(f"{', '.join(lost)}: no open railway there")
        start, end = self.number[origin], self.number[destination]
        _, before = dijkstra(self.matrix, indices=start, return_predecessors=True)
        found: list[int] = []
        while end != start:
            previous = int(before[end])
            if previous < 0:
                raise ValueError(f"no way by rail from {origin} to {destination}")
            found.append(self.row_of[(previous, end)])
            end = previous
        return found[::-1]


def lines() -> list[dict[str, Any]]:
    """Rows of tables/lines.csv; blanks are empty strings."""
    return pd.read_csv(TABLES / "lines.csv", keep_default_na=False, dtype=str).to_dict("records")


def with_lines(part: Part) -> Part:
    """The part with the tags and capacities of the named lines on its arcs; ValueError with every line that is lost.

    An arc that two lines share belongs to the first of the table. `way` = "forward": the figure holds in the direction
    of `via`; "sum": of both directions together, half each; "each".
    """
    arcs = part.arcs.copy()
    back = {(t, h): k for k, (t, h) in zip(arcs.index, zip(arcs["tail"], arcs["head"]))}
    country = dict(zip(part.nodes["place"] + "@" + part.nodes["layer"], part.nodes["country"]))
    from_, to = arcs["tail"].map(country), arcs["head"].map(country)
    ways: dict[tuple[str, str], Ways] = {}
    tags, lost = [], []
    for row in lines():
        layer = row["layer"]
        countries = tuple(row["countries"].split())
        if (layer, row["countries"]) not in ways:
            ways[(layer, row["countries"])] = Ways.on(arcs, layer, from_.isin(countries) & to.isin(countries))
        graph = ways[(layer, row["countries"])]
        try:
            stops = [_stop(word.strip(), layer, graph, part.nodes) for word in row["via"].split(";")]
            found = [r for a, b in itertools.pairwise(stops) for r in graph.between(a, b)]
        except ValueError as error:
            lost.append(f"{row['id']}: {error}")
            continue
        tags.append(Tag(row["id"], row["name"], "corridor", countries, row["source"]))
        forward = [r for r in found if arcs.at[r, "kind"] == "line" and arcs.at[r, "tag"] == ""]
        backward = [back[(arcs.at[r, "head"], arcs.at[r, "tail"])] for r in forward]
        arcs.loc[[*forward, *backward], "tag"] = row["id"]
        if row["value"]:
            room = each_way(float(row["value"]), row["unit"], row["way"])
            for way in (forward, backward) if row["way"] != "forward" else (forward,):
                set_room(arcs, way, room)
    if lost:
        raise ValueError("lines.csv:\n  " + "\n  ".join(lost))
    return Part(part.nodes, arcs, [*part.tags, *tags])


def _stop(word: str, layer: str, graph: Ways, nodes: pd.DataFrame) -> str:
    """Node id of a way point: a place of the layer, or "lon lat" for the nearest node within NEAR_KM."""
    lon, _, lat = word.partition(" ")
    if not lat:
        return f"{word}@{layer}"
    ours = nodes[(nodes["layer"] == layer) & (nodes["place"] + "@" + layer).isin(graph.number)]
    km = great_circle(float(lon), float(lat), ours["lon"].to_numpy(float), ours["lat"].to_numpy(float))
    best = int(np.argmin(km))
    if km[best] > NEAR_KM:
        raise ValueError(f"no open railway within {NEAR_KM:g} km of {word}")
    return f"{ours['place'].iloc[best]}@{layer}"


def write(path: Path) -> int:
    """The lines as the package ships them; returns bytes."""
    table = pd.DataFrame(lines())
    table.insert(3, "gauge_mm", table["layer"].str.removeprefix("rail"))
    table.drop(columns="layer").to_csv(path, index=False, lineterminator="\n")
    return path.stat().st_size
