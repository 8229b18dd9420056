"""The command line: every verb is one public function. Imports happen inside the verbs, so that --help is quick."""

from __future__ import annotations

import enum
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from landbridge.cli.rules import rules_app
from landbridge.cli.shown import (
    AsJson,
    answer,
    check_file,
    check_out,
    clean,
    counter,
    idle_options,
    progress,
    show,
    words,
)
from landbridge.errors import LandbridgeError

app = typer.Typer(
    name="landbridge",
    help="A scenario in, an answer out: routes, freight, energy, trade and real income of the world's countries.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(rules_app, name="rules")


class PersonAvoids(enum.StrEnum):
    """What a person sought by a court keeps out of."""

    visit = "visit"
    overfly = "overfly"


Scenario = Annotated[str, typer.Argument(help="A shipped scenario (see `landbridge scenarios`) or a .toml file.")]


def main() -> None:
    """Entry point: errors become one clear message on stderr and the exit code of their kind."""
    try:
        app()
    except LandbridgeError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        print("stopped; nothing was saved", file=sys.stderr)
        raise SystemExit(130) from None
    except BrokenPipeError:
        # the reader of our pipe went away (`| head`): not an error of ours
        sys.stderr.close()
        raise SystemExit(0) from None


@app.command()
def run(
    scenario: Scenario,
    out: Annotated[Path | None, typer.Option(help="Folder for result.json, tables/*.csv and report.html.")] = None,
    only: Annotated[str, typer.Option(help="Rooms to run: routes,flows,energy,trade (default: all).")] = "",
    congestion: Annotated[
        bool, typer.Option("--congestion/--no-congestion", help="Known capacities of ports, canals and crossings hold.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Run a scenario against the status quo and print the answer."""
    import landbridge as lb

    check_out(out)
    try:
        asked = lb.read_scenario(scenario)
    except lb.errors.BadScenario:
        lb.check_scenario(scenario)  # a fault of form hides no wrong name: all are said together
        raise
    world = lb.load_world(asked.baseline)
    rooms = words(only, "--only")
    answer(lb.run(world, asked, only=rooms, congestion=congestion, progress=progress()), out, as_json)


@app.command()
def check(scenario: Scenario) -> None:
    """Find every fault of a scenario, with its line and the nearest valid name; solve nothing."""
    import landbridge as lb

    count = lb.check_scenario(scenario)
    print(f"{scenario}: no faults in {count} action{'s' if count != 1 else ''}")
    if count == 0:
        print("It changes nothing: add an action such as [[close]] or [[join]] (`landbridge new FILE` shows them).")


@app.command()
def scenarios(as_json: AsJson = False) -> None:
    """List the shipped scenarios, one line each."""
    from landbridge.scenario import read_scenario, shipped_scenarios

    rows = [(name, read_scenario(path).title) for name, path in shipped_scenarios().items()]
    if as_json:
        print(json.dumps([{"name": n, "title": t} for n, t in rows], indent=1))
        return
    width = max(len(n) for n, _ in rows)
    for name, title in rows:
        print(f"{name:<{width}}  {title}")


@app.command()
def new(file: Annotated[Path, typer.Argument(help="Where to write it; must not exist yet.")]) -> None:
    """Write a commented scenario to start from."""
    from landbridge.errors import BadInput
    from landbridge.scenario import TEMPLATE
    from landbridge.tables import write_atomic

    if file.exists():
        raise BadInput(f"{file} exists already", remedy="choose another name")
    write_atomic(file, TEMPLATE)
    print(f"wrote {file}; edit it, then: landbridge check {file}")


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="Folder of a saved result: the base.")],
    b: Annotated[Path, typer.Argument(help="Folder of a saved result: the other.")],
    as_json: AsJson = False,
) -> None:
    """Compare two saved results: what B changes against A."""
    import landbridge as lb

    results = [lb.Result.load(folder) for folder in (a, b)]
    for folder, result in zip((a, b), results):
        changed = result.stale(lb.load_world(result.baseline).inputs)
        if changed:
            some = ", ".join(changed[:3]) + (" ..." if len(changed) > 3 else "")
            print(f"note: {folder} was made with other data ({some}); run it again to renew it", file=sys.stderr)
    difference = lb.compare(*results)
    if as_json:
        print(json.dumps(clean(lb.answer_json(difference.result)), indent=1))
    else:
        print(difference.summary())


@app.command()
def route(
    origin: Annotated[str, typer.Argument(metavar="FROM", help="City, port or crossing.")],
    destination: Annotated[str, typer.Argument(metavar="TO", help="City, port or crossing.")],
    by: Annotated[str, typer.Option(help="Modes allowed: rail,sea,road (default: these three), or air.")] = "",
    close: Annotated[
        list[str] | None, typer.Option(help="A passage, crossing, port or border to shut; repeatable.")
    ] = None,
    reopen: Annotated[
        list[str] | None, typer.Option(help="A shut passage or crossing to open (northern-sea-route); repeatable.")
    ] = None,
    month: Annotated[
        int | None, typer.Option(min=1, max=12, help="Month: passages out of their season are shut (default: none is).")
    ] = None,
    carrier: Annotated[str, typer.Option(help="ISO3 of the carrier.")] = "",
    flag: Annotated[str, typer.Option(help="ISO3 of the ship's flag.")] = "",
    good: Annotated[str, typer.Option(help="What is carried (default: containers).")] = "containers",
    date: Annotated[str, typer.Option(help="Day that the rules are read on, YYYY-MM-DD.")] = "",
    person: Annotated[str, typer.Option(help="By air: an office on board, e.g. head-of-state-wanted.")] = "",
    person_avoids: Annotated[
        PersonAvoids, typer.Option(help="visit: legal risks at both ends are named; overfly: such airspace is avoided.")
    ] = PersonAvoids.visit,
    without_rules: Annotated[bool, typer.Option("--without-rules", help="Ignore rules: geography only.")] = False,
    alternatives: Annotated[int, typer.Option(min=1, max=10, help="How many ways to show.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Find the way from one place to another: distance, time, cost, crossings, gauge changes; or what blocks it."""
    import landbridge as lb

    modes = words(by, "--by")
    by_air = modes == ("air",)
    if by_air:
        given: dict[str, object] = {
            "--close": close,
            "--reopen": reopen,
            "--month": month,
            "--flag": flag,
            "--good": good != "containers",
        }
        given |= {"--without-rules": without_rules, "--alternatives": alternatives > 1}
    else:
        given = {"--person": person, "--person-avoids": person_avoids is not PersonAvoids.visit}
        given["--flag"] = flag and modes and "sea" not in modes
    idle_options([name for name, value in given.items() if value], by_air)
    if by_air:
        avoids = person_avoids.value
        flown = lb.flight(
            lb.load_world(), origin, destination, carrier=carrier, person=person, person_avoids=avoids, date=date
        )
        show(flown, as_json)
        return
    found = lb.route(
        lb.load_world(),
        origin,
        destination,
        by=modes,
        close=close or [],
        reopen=reopen or [],
        month=month,
        carrier=carrier,
        flag=flag,
        good=good,
        date=date,
        without_rules=without_rules,
        alternatives=alternatives,
    )
    show(found, as_json)


@app.command()
def close(
    place: Annotated[str, typer.Argument(help="A passage, crossing, port, border or pipeline.")],
    share: Annotated[float, typer.Option(min=0.001, max=1.0, help="Share of the traffic.")] = 1.0,
    days: Annotated[float | None, typer.Option(min=0.1, max=366.0, help="Days of the year (default: all).")] = None,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Rerouting only, at unchanged trade; without trade and energy.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for result.json, tables/*.csv and report.html.")] = None,
    as_json: AsJson = False,
) -> None:
    """Close one place: what is rerouted and unserved at once, new bottlenecks, then what trade and energy answer."""
    import landbridge as lb
    from landbridge.errors import BadInput
    from landbridge.network import shown_name
    from landbridge.scenario import Close
    from landbridge.world import in_network, resolve_where

    check_out(out)
    world, said = lb.load_world(), progress()
    resolve_where(world, place)  # an unknown name is one plain message, without the scenario made of it below
    if at_once:
        if not in_network(world.network, place):
            what = f"{place} is a pipeline, which moves in the energy model alone"
            raise BadInput(what, "--at-once", "leave --at-once out: freight has nothing to reroute")
        answer(lb.close(world, place, share=share, days=days, progress=said), out, as_json)
        return
    action = Close(where=place, share=share, days=days)
    asked = lb.Scenario(
        title=f"{shown_name(world.network, place)} closed",
        actions=[action],
        author="command line",
        source="counterfactual",
    )
    result = lb.run(world, asked, progress=said)
    if in_network(world.network, place):  # pipelines are the energy model's
        first = lb.close(world, place, share=share, days=days, arcs=False, progress=said)
        result = replace(
            result,
            figures=(*first.figures, *result.figures),
            tables={**first.tables, **result.tables},
            notes=(*result.notes, *first.notes),
        )
    answer(result, out, as_json)


@app.command()
def critical(
    top: Annotated[int, typer.Option(min=1, max=500, help="How many to close one by one.")] = 50,
    out: Annotated[Path | None, typer.Option(help="Folder for result.json, tables/*.csv and report.html.")] = None,
    as_json: AsJson = False,
) -> None:
    """Rank ports, crossings and passages by what their closure would cost at once: screened, the worst solved again."""
    import landbridge as lb

    check_out(out)
    result = lb.critical(lb.load_world(), top=top, progress=progress())
    if out is not None or as_json:
        answer(result, out, as_json)
        return
    print(f"{'':<28}{'Mt pass':>9}{'rerouted':>10}{'unserved':>10}{'billion USD':>13}  worst hit")
    for row in result.tables["closing"].head(top).to_dict("records"):
        mt = [row[key] / 1e6 for key in ("exposed_t", "rerouted_t", "unserved_t")]
        name, loss, worst = row["name"][:27], row["loss_busd"], row["worst"]
        print(f"{name:<28}{mt[0]:9.1f}{mt[1]:10.1f}{mt[2]:10.1f}{loss:13.2f}  {worst}")


@app.command()
def matrix(
    cities: Annotated[Path, typer.Argument(metavar="CITIES.csv", help="A CSV file with a column `city`.")],
    out: Annotated[Path, typer.Option(help="CSV file to write: origin, destination, km, hours, USD.")],
    by: Annotated[str, typer.Option(help="Modes allowed: rail,sea,road (default: all three).")] = "",
    good: Annotated[str, typer.Option(help="What is carried (default: containers).")] = "containers",
    without_rules: Annotated[bool, typer.Option("--without-rules", help="Ignore rules: geography only.")] = False,
) -> None:
    """Distance, time and cost between all pairs of cities; "inf" where there is no way."""
    import landbridge as lb
    from landbridge import tables
    from landbridge.engine import read_cities

    modes = words(by, "--by")
    check_file(out)
    world = lb.load_world()
    names, count = read_cities(world, cities), counter()
    found = lb.cost_matrix(world, names, names, by=modes, good=good, without_rules=without_rules, progress=count)
    count("")
    tables.write_csv(out, found.to_frame())
    for note in found.notes:
        print(f"note: {note}")
    print(f"wrote {len(names) ** 2} pairs to {out}, costs in USD per {'TEU' if found.unit == 'teu' else 'tonne'}")


@app.command()
def fit(
    panel: Annotated[Path, typer.Argument(metavar="PANEL.csv", help="A panel, one row a flow.")],
    y: Annotated[str, typer.Option(help="Column of the flow.")] = "trade",
    x: Annotated[
        str,
        typer.Option(help="Regressors, comma-separated; also rta, depth, sanction, political_distance, group:NAME."),
    ] = "",
    fe: Annotated[str, typer.Option(help="Fixed effects, ^ joins columns.")] = "exporter^year,importer^year,pair",
    cluster: Annotated[str, typer.Option(help="Clusters of the standard errors.")] = "pair",
    small_sample: Annotated[str, typer.Option(help="Correction: full, clusters or none.")] = "full",
    bias_correction: Annotated[bool, typer.Option("--bias-correction", help="Weidner and Zylkin 2021.")] = False,
    table: Annotated[str, typer.Option(help="Table as text, latex, csv or json.")] = "text",
    out: Annotated[Path | None, typer.Option(help="Also write the table: .tex, .csv, .json or .txt.")] = None,
    bootstrap: Annotated[int, typer.Option(min=0, help="Draws by the first cluster; prints quantiles.")] = 0,
    agree: Annotated[str, typer.Option(help="ISO3 codes: real income if these sign what the first regressor is.")] = "",
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    processes: Annotated[int, typer.Option(min=1, help="Processes that share the draws.")] = 1,
) -> None:
    """Estimate gravity by Poisson pseudo maximum likelihood and print the table of coefficients.

    With --bootstrap also quantiles over draws; with --agree what an agreement of that effect does to real income.
    """
    import landbridge as lb
    from landbridge import gravity, rules, tables
    from landbridge.errors import BadInput

    def words(text: str) -> tuple[str, ...]:
        return tuple(w.strip() for w in text.split(",") if w.strip())

    gravity.check_kind(table)  # bad words are found before the work
    if out is not None:
        gravity.kind_of(out)
    if not panel.is_file():
        raise BadInput(f"there is no file {panel}", remedy="give a CSV file (UTF-8), one flow a row")
    frame = tables.read_any(panel)
    columns = {str(c): frame[c].to_numpy() for c in frame.columns}
    lawful = [name for name in words(x) if name not in columns and rules.is_covariate(name)]
    if lawful and {"exporter", "importer", "year"} <= columns.keys():  # else fit_panel says what is not there
        exporter, importer, year = (columns[c] for c in ("exporter", "importer", "year"))
        columns |= rules.covariate_columns(rules.load_rules(), exporter, importer, year, lawful)
    settings = gravity.PpmlSettings(small_sample=small_sample, bias_correction=bias_correction)  # type: ignore[arg-type]
    found = gravity.fit_panel(columns, y=y, x=words(x), fe=words(fe), cluster=words(cluster), settings=settings)
    print(gravity.table(found, table))  # type: ignore[arg-type]
    if out is not None:
        tables.write_atomic(out, gravity.table(found, gravity.kind_of(out)))
    if bootstrap or agree:
        asked: dict[str, Any] = {"y": y, "x": words(x), "fe": words(fe), "cluster": ",".join(words(cluster)[:1])}
        asked |= {"draws": bootstrap or 200, "seed": seed, "processes": processes}
        if agree:
            print(lb.welfare_of_estimate(columns, ",".join(words(x)[:1]), words(agree), **asked).text())
        else:
            print(gravity.bootstrap(columns, **asked).text())
