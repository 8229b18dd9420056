"""`python -m tools.atlas`: builds the atlas from packages and tables into src/landbridge/data."""

from __future__ import annotations

import importlib
import importlib.util
import json
import time

from landbridge.network import atlas_path, check, save
from landbridge.routing import store_order
from tools.atlas import aliases, capacities, lines, outlines, shipped
from tools.atlas.assemble import city_part, network_of
from tools.atlas.cities import cities
from tools.atlas.part import Part, merge
from tools.atlas.ports import basins, join_to_lanes, nodes_of_ports, ports, ports_part
from tools.atlas.projects import with_projects
from tools.atlas.sea import contract, raw_lanes, sea_part
from tools.atlas.straight import straighten


def land_parts() -> list[Part]:
    """The rail and road parts, where their builders are there."""
    found = []
    for name in ("rail", "road"):
        module = f"tools.atlas.{'roads' if name == 'road' else name}"
        if importlib.util.find_spec(module) is not None:
            found.append(getattr(importlib.import_module(module), f"{name}_part")(cities()))
    return found


def main() -> None:
    """Build, check and write; prints the seconds of each step."""
    start = time.perf_counter()

    def said(what: str) -> None:
        print(f"{time.perf_counter() - start:7.1f} s  {what}", flush=True)

    towns = cities()
    said(f"{len(towns)} cities")
    lanes, keep = join_to_lanes(raw_lanes())
    lanes = contract(lanes, keep)
    lanes = straighten(lanes, nodes_of_ports(lanes, main_only=True))
    parts = [city_part(towns), ports_part(towns, basins(lanes)), sea_part(lanes, ports())]
    said(f"{len(ports())} ports, {len(lanes.ends)} sea lanes")
    parts += land_parts()
    said("rail and roads")
    whole = capacities.with_capacities(lines.with_lines(merge(parts)))
    net = with_projects(network_of([whole]))
    if wrong := check(net):
        raise ValueError("the network with its projects is broken:\n  " + "\n  ".join(map(str, wrong[:20])))
    path = save(net, atlas_path())
    said(f"{net.n_nodes} nodes, {net.n_arcs} arcs, {len(net.tags)} tags: {path.stat().st_size / 1e6:.2f} MB")
    said(f"order of contraction: {store_order(net).stat().st_size / 1e3:.0f} kB")
    said(f"other names: {aliases.write(path.parent / 'aliases.csv', towns) / 1e3:.0f} kB")
    lines.write(path.parent / "lines.csv")
    capacities.write(path.parent / "capacities.csv")
    said(f"{shipped.write_ports(net, path.parent / 'ports.csv')} figures of ports")
    said(f"{shipped.write_crossings(net, path.parent / 'crossings.csv')} posts")
    said(f"{shipped.write_passages(net, path.parent / 'passages.csv')} passages")
    folder = path.parents[1] / "outlines"
    folder.mkdir(exist_ok=True)
    text = json.dumps(outlines.compact_geojson(), separators=(",", ":"), ensure_ascii=False)
    (folder / "countries.geojson").write_text(text + "\n", encoding="utf-8")
    (folder / "contested.csv").write_text(outlines.contested_csv(), encoding="utf-8")
    said(f"outlines: {len(text) / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
