"""Published distances and times by rail, road, sea and air against the shipped atlas: one table, made by this script.

    python bench/validate_distances.py            prints the table and the medians
    python bench/validate_distances.py --write    writes docs/validation/distances.md

bench/published_distances.csv holds the references: chosen on principle (every timetable line at hand of 200 km and
more, every named through service with a published length or time), kept whether they fit or not. Ways are the quickest
by the arcs' hours on land and the shortest at sea; "doors" adds a terminal at either end. A range is met inside it.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from landbridge import network as net
from landbridge import rules
from landbridge.network import ARC_KINDS, LAYERS, Network
from landbridge.units import KM_PER_NM

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "validation" / "distances.md"
ON_THE_WAY = [ARC_KINDS.index(k) for k in ("line", "border", "gauge", "passage")]
TERMINAL_H = 12.0  # lift and wait for the train, as on the atlas's terminal arcs
MODES = {"rail": ("rail",), "road": ("road",), "sea": ("sea",), "rail+sea": ("rail", "sea", "city")}
AIRPORTS = {
    "HEL": ((24.96, 60.32), "FIN"), "PEK": ((116.58, 40.08), "CHN"), "FRA": ((8.57, 50.03), "DEU"),
    "AMS": ((4.76, 52.31), "NLD"), "SIN": ((103.99, 1.36), "SGP"),
}  # fmt: skip
# Why a figure is off by more than twice the aim (6 % of a distance, 30 % of a time).
REASONS = HERE / "published_distances_reasons.csv"


@dataclass(frozen=True, slots=True)
class Row:
    """One reference and ours; `off` is the relative difference from the nearest end of the published range."""

    mode: str
    quantity: str
    origin: str
    destination: str
    low: float
    high: float
    ours: float
    source: str
    note: str
    shut: str
    role: str  # blind, or mended: the atlas was repaired after this row was compared
    first_run: str  # our figure when first compared, for the references chosen before looking; "none" = no way
    drawn: str  # in which draw of such references: 1, 2 (November 2026); blank for the others

    @property
    def off(self) -> float:
        """(ours - published) / published; 0 inside the range."""
        if self.low <= self.ours <= self.high:
            return 0.0
        end = self.low if self.ours < self.low else self.high
        return (self.ours - end) / end

    @property
    def limit(self) -> float:
        """The aim of its kind: 3 % of a distance, 15 % of a time, 30 % of a detour by air (no winds)."""
        return {"km": 0.03, "nm": 0.03, "days": 0.15}.get(self.quantity, 0.30)


@cache
def atlas() -> Network:
    return net.load()


@cache
def graph(mode: str, by: str, shut: str) -> tuple[csr_matrix, dict[tuple[int, int], int]]:
    """Least arc of every pair of nodes on the layers of a mode, weighed by hours or kilometres."""
    network = atlas()
    ids = [t.id for t in network.tags]
    closed = [ids.index(word) for word in shut.split(";") if word]
    layers = [k for k, name in enumerate(LAYERS) if any(name.startswith(m) for m in MODES[mode])]
    kinds = [*ON_THE_WAY, ARC_KINDS.index("port"), ARC_KINDS.index("terminal")] if mode == "rail+sea" else ON_THE_WAY
    use = np.isin(network.arc_layer, layers) & np.isin(network.arc_kind, kinds) & ~network.closed
    if mode == "rail+sea":  # drayage by road between city and port, no other roads
        drayage = (network.arc_layer == LAYERS.index("road")) & (network.arc_kind == ARC_KINDS.index("terminal"))
        use |= drayage & ~network.closed & (network.node_layer[network.head] == LAYERS.index("city"))
    arcs = np.flatnonzero(use & ~np.isin(network.arc_tag, closed))
    weight = (network.time_h if by == "h" else network.length_km)[arcs] + 1e-6
    order = np.lexsort((weight, network.head[arcs], network.tail[arcs]))
    arcs, weight = arcs[order], weight[order]
    tail, head = network.tail[arcs], network.head[arcs]
    first = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)]
    arcs, weight, tail, head = arcs[first], weight[first], tail[first], head[first]
    matrix = csr_matrix((weight, (tail, head)), shape=(network.n_nodes, network.n_nodes))
    return matrix, {(int(t), int(h)): int(k) for t, h, k in zip(tail, head, arcs)}


@cache
def nodes_of(place: str, mode: str) -> tuple[int, ...]:
    word = {"sea": f"{place}-port@sea", "rail+sea": f"{place}@city"}.get(mode, f"{place}@{MODES[mode][0]}")
    return tuple(k for k, n in enumerate(atlas().node_id.tolist()) if n.startswith(word))


def way(origin: str, destination: str, mode: str, by: str, shut: str) -> NDArray[np.int64]:
    """Arcs of the best way between two places; empty where there is none."""
    matrix, arc_of = graph(mode, by, shut)
    starts, ends = nodes_of(origin, mode), nodes_of(destination, mode)
    if not starts or not ends:
        raise ValueError(f"{origin} or {destination}: no node by {mode}")
    cost, before, _ = dijkstra(matrix, indices=list(starts), return_predecessors=True, min_only=True)
    end = min(ends, key=lambda k: cost[k])
    arcs: list[int] = []
    while np.isfinite(cost[end]) and before[end] >= 0:
        arcs.append(arc_of[int(before[end]), end])
        end = int(before[end])
    return np.array(arcs[::-1], dtype=np.int64)


def ours(row: dict[str, str]) -> float:
    """Our figure of a reference; NaN where there is no way."""
    if row["mode"] == "air":
        (start, a), (end, b) = AIRPORTS[row["from"]], AIRPORTS[row["to"]]
        return rules.fly(rules.load_rules().on("2023-10-15"), start, end, ends=(a, b), carrier=a).extra_nm
    stops = [row["from"], *[w for w in row["via"].split(";") if w], row["to"]]
    by = "km" if row["mode"] in ("sea", "road") else "h"
    legs = [way(a, b, row["mode"], by, row["shut"]) for a, b in pairwise(stops)]
    if any(len(leg) == 0 for leg in legs):
        return float("nan")
    arcs = np.concatenate(legs)
    if row["quantity"] == "days":
        doors = 2 * TERMINAL_H if row["note"] == "doors" else 0.0
        return (float(atlas().time_h[arcs].sum()) + doors) / 24.0
    return float(atlas().length_km[arcs].sum()) / (KM_PER_NM if row["quantity"] == "nm" else 1.0)


def rows() -> list[Row]:
    """Every reference with our figure, in the order of the table."""
    with (HERE / "published_distances.csv").open(encoding="utf-8") as handle:
        table = list(csv.DictReader(handle))
    return [
        Row(r["mode"], r["quantity"], r["from"], r["to"], float(r["low"]), float(r["high"]), ours(r), r["source"],
            r["note"], r["shut"], r["role"], r["first_run"], r["round"])
        for r in table
    ]  # fmt: skip


def median_off(found: list[Row], *quantities: str) -> float:
    """Median of the relative differences, without sign, of some quantities."""
    return float(np.median([abs(r.off) for r in found if r.quantity in quantities]))


def reasons() -> dict[tuple[str, str, str, str], str]:
    """Explanations of the misses by mode, quantity, from, to."""
    with REASONS.open(encoding="utf-8") as handle:
        return {(r["mode"], r["quantity"], r["from"], r["to"]): r["why"] for r in csv.DictReader(handle)}


def page(found: list[Row]) -> str:
    """The page as text."""
    why = reasons()
    lines = [
        "# Published distances and times beside the atlas's",
        "",
        f"Made by `python bench/validate_distances.py --write`: {len(found)} references of "
        "`bench/published_distances.csv`, chosen on principle (every timetable line at hand and every named through "
        "service), kept whether they fit or not. Rows marked mended led to a repair of the network after they were "
        "first compared and are no blind test; some rail lines set their country's sinuosity (land.md). Ways over the "
        "Caspian are led by Aktau: left free, the quickest runs round its north by rail.",
        "",
        "| kind | references | median difference | aim | outside twice the aim |",
        "|---|---|---|---|---|",
    ]
    for name, quantities, modes in (
        ("distances", ("km", "nm"), ("rail", "road", "sea")),
        ("- by rail", ("km",), ("rail",)),
        ("- by road", ("km",), ("road",)),
        ("- by sea", ("nm",), ("sea",)),
        ("times", ("days",), ("rail", "road", "sea", "rail+sea")),
        ("detours by air, without winds", ("extra nm",), ("air",)),
    ):
        these = [r for r in found if r.quantity in quantities and r.mode in modes]
        out = sum(abs(r.off) > 2 * r.limit for r in these)
        middle = float(np.median([abs(r.off) for r in these]))
        lines.append(f"| {name} | {len(these)} | {middle:.1%} | {these[0].limit:.0%} | {out} |")
    lines += ["", "| by | from | to | shut | published | ours | off | source | why, where off by twice the aim |",
              "|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for r in found:
        span = f"{r.low:,g}" if r.low == r.high else f"{r.low:,g}-{r.high:,g}"
        digits = 1 if r.quantity == "days" else 0
        mark = " (mended)" if r.role == "mended" else ""
        note = why.get((r.mode, r.quantity, r.origin, r.destination), "") if abs(r.off) > 2 * r.limit else ""
        lines.append(
            f"| {r.mode} | {r.origin} | {r.destination} | {r.shut.replace(';', ', ')} | {span} {r.quantity} "
            f"| {r.ours:,.{digits}f} | {r.off:+.1%} | {r.source}{mark} | {note} |"
        )
    return "\n".join([*lines, *chosen_first(found)]) + "\n"


def chosen_first(found: list[Row]) -> list[str]:
    """The references that were written down before ours was looked at, with the figure of that first look."""
    lines = [
        "",
        "## Chosen before looking",
        "",
        "These references were taken from documents that were found by the name of a line, a train or a road, written "
        "down, and only then compared. The first look is the test; repairs of the defects that it found (marked "
        "mended) came after it, so that the last two columns are no blind figures any more. Seven by rail of the "
        "second draw (in Turkey, Dhanbad - Jamshedpur, Patna - Ranchi) were met while looking for documents on pairs "
        "that were suspected already, which makes its first look worse than chance would.",
        "",
        "| draw | by | references | median at first | off by twice the aim | median now | off by twice the aim |",
        "|---|---|---|---|---|---|---|",
    ]
    for draw in ("1", "2"):
        for mode, quantity in (("rail", "km"), ("road", "km"), ("sea", "nm"), ("all", "days")):
            these = [r for r in found if r.drawn == draw and r.quantity == quantity and mode in (r.mode, "all")]
            if these:
                then, now = [abs(_first_off(r)) for r in these], [abs(r.off) for r in these]
                limit = 2 * these[0].limit
                what = f"{mode}, {quantity}" if mode != "all" else "times, days"
                lines.append(
                    f"| {draw} | {what} | {len(these)} | {float(np.median(then)):.1%} | {sum(o > limit for o in then)} "
                    f"| {float(np.median(now)):.1%} | {sum(o > limit for o in now)} |"
                )
    lines += [
        "",
        "| draw | by | from | to | published | first look | now | role |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for r in (r for r in found if r.drawn):
        digits = 1 if r.quantity == "days" else 0
        first = "no way" if r.first_run == "none" else f"{float(r.first_run):,.{digits}f}"
        lines.append(
            f"| {r.drawn} | {r.mode} | {r.origin} | {r.destination} | {r.low:,g} {r.quantity} | {first} "
            f"| {r.ours:,.{digits}f} | {r.role} |"
        )
    return lines


def _first_off(row: Row) -> float:
    """The difference at the first look, as `Row.off`; inf where there was no way."""
    return np.inf if row.first_run == "none" else replace(row, ours=float(row.first_run)).off


def main() -> None:
    """Print the page, or write it."""
    text = page(rows())
    if "--write" in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8")
        print(f"written: {PAGE}")
        return
    print(text)


if __name__ == "__main__":
    main()
