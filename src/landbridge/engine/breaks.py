"""close and critical as answers: figures, tables and a map of what breaks, for the terminal and the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from landbridge.codes import name_of
from landbridge.engine import answer, closing, provenance, recovering
from landbridge.engine import bottlenecks as rents
from landbridge.engine.closing import Closed, Open, Side
from landbridge.engine.offers import Places
from landbridge.engine.state import Progress
from landbridge.network import ARC_KINDS, shown_name, tags_named
from landbridge.results import Figure, Provenance, Result
from landbridge.scenario import Scenario
from landbridge.scenario.schema import Close
from landbridge.world import World

_SOURCES: Final = ("osm", "searoute", "atlas-repairs", "freight-values", "model")
_MOST_PLACES: Final = 3
_KINDS: Final = ("port", "crossing", "passage")
_SCREENED_AS: Final = tuple(ARC_KINDS.index(k) for k in ("port", "border", "passage"))
_NOTE: Final = (
    "What passes, is rerouted or unserved is counted at once, trade held as it was: shippers reroute under the "
    "capacities that are known. Crude oil is in the energy model. A port that alone serves its zone leaves all of the "
    "zone's trade behind: smaller ports nearby, which the atlas has not, would take some of it."
)


def close(
    world: World,
    place: str,
    *,
    share: float = 1.0,
    days: float | None = None,
    arcs: bool = True,
    progress: Progress = lambda step: None,
) -> Result:
    """Close a port, crossing or passage and reroute all freight at once, trade held as it was.

    Static exposure beside equilibrium rerouting: tonnes and TEU exposed, rerouted, without a way; new bottlenecks and
    their rents; cost by economy. The first call for a world solves it (some seconds), later ones start from there;
    `arcs=False` leaves the flows on arcs (the map) out; `days` adds what waits, stocks and recovery after a closure of
    so many days. Raises UnknownName for a name the network does not have.
    """
    started = dt.datetime.now(dt.UTC)
    base = closing.opened(world, progress)
    progress(f"{place} closed")
    done = closing.solve(base, place, share)
    n = len(world.trade.iso3)
    frames = {
        "closing": answer.frame("result_closing", [_row(base, done)]),
        "closing_countries": _countries(base, done),
        "bottlenecks": bottlenecks(done.before, done.after, done.places),
    }
    if days is not None:
        frames |= recovering.recover(base, done, days)
    if arcs:
        old, new = closing.arc_flows(done, base.zones, n)
        frames["arcs"] = answer.arc_table(base.freight.network, old, new, [base.rules_on_arcs], base.shapes)
    title = f"{shown_name(world.network, place)} closed at once"
    asked = Scenario(title=title, actions=[Close(where=place, share=share, days=days)])
    frames["closures"] = answer.closure_table(base.freight.network, [(place, share, days)])
    return Result(
        title=asked.title,
        scenario=asked.as_dict(),
        baseline=world.name,
        figures=(*_figures(done), *_recovery_figures(frames)),
        tables=frames,
        provenance=_provenance(base, [done], asked, started),
        notes=(_NOTE,),
    )


def critical(world: World, *, top: int = 50, progress: Progress = lambda step: None) -> Result:
    """Rank every port, crossing and passage by what its closure would cost, and close the `top` worst one by one.

    All are screened over the ways already known (`bound_busd`); the worst are closed and solved again, starting from
    the rents of the open world. Table `closing`, worst first, screened ones without a solve below.
    """
    started = dt.datetime.now(dt.UTC)
    base = closing.opened(world, progress)
    progress("every place screened")
    net = base.freight.network
    by_tag = _screened(base)
    rows: list[Mapping[str, Any]] = []
    worst: Closed | None = None
    for i, (tag, (tonnes, teu, bound)) in enumerate(by_tag):
        if i < top:
            progress(f"{i + 1} of {min(top, len(by_tag))}: {net.tags[tag].id}")
            done = closing.solve(base, net.tags[tag].id)
            if worst is None or done.loss_usd.sum() > worst.loss_usd.sum():
                worst = done
            rows.append({**_row(base, done), "bound_busd": bound / 1e9})
        else:
            rows.append(
                {
                    "place": net.tags[tag].id, "name": net.tags[tag].name, "kind": net.tags[tag].kind,
                    "exposed_t": tonnes, "exposed_teu": teu, "bound_busd": bound / 1e9,
                }
            )  # fmt: skip
    solved = sorted(rows[:top], key=lambda r: -r["loss_busd"])
    asked = Scenario(title=f"The {len(solved)} most critical places", actions=[])
    figures = tuple(
        Figure(
            id=f"critical.{r['place']}", label=f"{r['name']} closed", value=r["loss_busd"], unit="billion USD/yr",
            vintage="2023", sources=_SOURCES, note=f"{r['exposed_t'] / 1e6:,.0f} Mt pass; worst hit {r['worst']}",
        )
        for r in solved
    )  # fmt: skip
    shown = [(str(r["place"]), 1.0, None) for r in solved]
    return Result(
        title=asked.title,
        scenario=asked.as_dict(),
        baseline=world.name,
        figures=figures,
        tables={
            "closing": answer.frame("result_closing", [*solved, *rows[top:]]),
            "closures": answer.closure_table(net, shown),
        },
        provenance=_provenance(base, [worst] if worst else [], asked, started),
        notes=(_NOTE,),
    )


def _provenance(base: Open, done: Sequence[Closed], asked: Scenario, started: dt.datetime) -> Provenance:
    """The record: how exactly the open world and the last closure were solved."""
    made = provenance.of(base.state, base.state, asked, started)
    residuals = {k: v for k, v in made.residuals.items() if k.startswith("status quo")}
    seconds = dict(made.seconds)
    for closed in done:
        rents = closed.after.rents
        residuals |= {
            f"{closed.where} closed: duality gap": rents.duality_gap,
            f"{closed.where} closed: excess over capacity": rents.violation,
            f"{closed.where} closed: rents against loads": rents.residual,
        }
        seconds[f"{closed.where} closed"] = round(closed.seconds, 3)
    return replace(made, residuals=residuals, seconds=seconds)


def _screened(base: Open) -> list[tuple[int, tuple[float, float, float]]]:
    """Tags with goods: tonnes, TEU and the bound of their closure, worst first. Directions add up."""
    net, places = base.freight.network, base.freight.places
    tonnes, teu, bound = closing.screen(base)
    out: dict[int, list[float]] = {}
    for p, arc in enumerate(places.arc):
        tag = int(net.arc_tag[arc])
        if tag >= 0 and net.tags[tag].kind in _KINDS and tonnes[p] > 0 and net.arc_kind[arc] in _SCREENED_AS:
            row = out.setdefault(tag, [0.0, 0.0, 0.0])
            for i, value in enumerate((tonnes[p], teu[p], bound[p])):
                row[i] += float(value)
    ranked = sorted(out.items(), key=lambda item: -item[1][2])
    return [(tag, (row[0], row[1], row[2])) for tag, row in ranked]


def _row(base: Open, done: Closed) -> dict[str, Any]:
    tags = tags_named(base.freight.network, done.where)
    iso3 = base.world.trade.iso3
    exports, imports = closing.by_economy(done, base.zones, len(iso3))
    hit = np.argsort(-(exports + imports), kind="stable")[:_MOST_PLACES]
    frame = bottlenecks(done.before, done.after, done.places)
    risen = frame.assign(rise=frame.rent_usd - frame.base_rent_usd).sort_values("rise", ascending=False, kind="stable")
    return {
        "place": tags[0].id if tags else done.where,
        "name": tags[0].name if tags else done.where,
        "kind": tags[0].kind if tags else "other",
        "exposed_t": done.exposed[0],
        "exposed_teu": done.exposed[1],
        "rerouted_t": done.rerouted[0],
        "rerouted_teu": done.rerouted[1],
        "unserved_t": done.unserved[0],
        "unserved_teu": done.unserved[1],
        "no_way_t": done.no_way_t,
        "loss_busd": float(done.loss_usd.sum()) / 1e9,
        "rents_busd": done.rents_usd / 1e9,
        "bound_busd": float("nan"),
        "worst": " ".join(iso3[i] for i in hit if exports[i] + imports[i] > 0),
        "new_bottleneck": risen.place.iloc[0] if len(risen) and risen.rise.iloc[0] > 0 else "",
    }


def bottlenecks(before: Side, after: Side, places: Places) -> pd.DataFrame:
    """Places with a rent before or after, the largest rent first."""
    frame = answer.frame("result_bottlenecks", rents.rows(after.network, places, before.rents, after.rents))
    return frame.sort_values("rent_usd", ascending=False, kind="stable", ignore_index=True)


def _countries(base: Open, done: Closed) -> pd.DataFrame:
    trade = base.world.trade
    exports, imports = closing.by_economy(done, base.zones, len(trade.iso3))
    gdp = np.maximum(trade.value_added_usd, 1.0)
    rows: list[Mapping[str, Any]] = [
        {
            "iso3": trade.iso3[i],
            "name": name_of(trade.iso3[i]),
            "exports_busd": exports[i] / 1e9,
            "imports_busd": imports[i] / 1e9,
            "percent": 50 * (exports[i] + imports[i]) / gdp[i],
        }
        for i in np.argsort(-(exports + imports), kind="stable")
        if exports[i] + imports[i] != 0
    ]
    return answer.frame("result_closing_countries", rows)


def _figures(done: Closed) -> tuple[Figure, ...]:
    def figure(key: str, label: str, value: float, unit: str, note: str = "") -> Figure:
        return Figure(
            id=f"closing.{key}", label=label, value=value, unit=unit, vintage="2023", sources=_SOURCES, note=note
        )

    return (
        figure("exposed-t", "Goods that pass while it is open", done.exposed[0] / 1e6, "Mt/yr"),
        figure("exposed-teu", "Boxes that pass while it is open", done.exposed[1] / 1e6, "million TEU/yr"),
        figure("rerouted-t", "Goods that arrive by other ways", done.rerouted[0] / 1e6, "Mt/yr"),
        figure("unserved-t", "Goods that no longer arrive", done.unserved[0] / 1e6, "Mt/yr"),
        figure("loss", "Cost of detours, rents and goods given up", done.loss_usd.sum() / 1e9, "billion USD/yr"),
        figure("rents", "of it rents of bottlenecks", done.rents_usd / 1e9, "billion USD/yr"),
    )


def _recovery_figures(frames: Mapping[str, pd.DataFrame]) -> tuple[Figure, ...]:
    """Of a closure of some days: what waits when the place opens, and when nothing waits any more."""
    if "recovery" not in frames:
        return ()
    every = frames["recovery"].iloc[0]
    return (
        Figure(
            id="recovery.waiting", label="Goods that wait when it opens again", value=float(every.waiting_t) / 1e6,
            unit="Mt", vintage="2023", sources=_SOURCES, note="the rest goes round",
        ),
        Figure(
            id="recovery.days", label="Until nothing waits any more", value=float(every.normal_days),
            unit="days", vintage="2023", sources=_SOURCES, note=f"stocks are {every.short_t / 1e6:.1f} Mt short",
        ),
    )  # fmt: skip


__all__ = ["bottlenecks", "close", "critical"]
