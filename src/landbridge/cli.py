"""The command line: every verb is one public function. Imports happen inside the verbs, so that --help is quick."""

from __future__ import annotations

import enum
import json
import math
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from landbridge.errors import LandbridgeError

app = typer.Typer(
    name="landbridge",
    help="A scenario in, an answer out: routes, freight, energy, trade and real income of the world's countries.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
rules_app = typer.Typer(help="Rules: who and what may pass, and why not.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(rules_app, name="rules")


class PersonAvoids(enum.StrEnum):
    """What a person sought by a court keeps out of."""

    visit = "visit"
    overfly = "overfly"


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
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

    _check_out(out)
    asked = lb.read_scenario(scenario)
    world = lb.load_world(asked.baseline)
    rooms = _words(only, "--only")
    _answer(lb.run(world, asked, only=rooms, congestion=congestion, progress=_progress()), out, as_json)


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
        print(json.dumps(_clean(lb.answer_json(difference.result)), indent=1))
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

    modes = _words(by, "--by")
    if modes == ("air",):
        avoids = person_avoids.value
        flown = lb.flight(
            lb.load_world(), origin, destination, carrier=carrier, person=person, person_avoids=avoids, date=date
        )
        _show(flown, as_json)
        return
    answer = lb.route(
        lb.load_world(),
        origin,
        destination,
        by=modes,
        close=close or [],
        carrier=carrier,
        flag=flag,
        good=good,
        date=date,
        without_rules=without_rules,
        alternatives=alternatives,
    )
    _show(answer, as_json)


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
    from landbridge.scenario.schema import Close
    from landbridge.world import in_network

    _check_out(out)
    world, progress = lb.load_world(), _progress()
    if at_once:
        _answer(lb.close(world, place, share=share, progress=progress), out, as_json)
        return
    action = Close(where=place, share=share, days=days)
    asked = lb.Scenario(title=f"{place} closed", actions=[action], author="command line", source="counterfactual")
    result = lb.run(world, asked, progress=progress)
    if in_network(world.network, place):  # pipelines are the energy model's
        first = lb.close(world, place, share=share, arcs=False, progress=progress)
        result = replace(
            result,
            figures=(*first.figures, *result.figures),
            tables={**first.tables, **result.tables},
            notes=(*result.notes, *first.notes),
        )
    _answer(result, out, as_json)


@app.command()
def critical(
    top: Annotated[int, typer.Option(min=1, max=500, help="How many to close one by one.")] = 50,
    out: Annotated[Path | None, typer.Option(help="Folder for result.json, tables/*.csv and report.html.")] = None,
    as_json: AsJson = False,
) -> None:
    """Rank ports, crossings and passages by what their closure would cost at once: screened, the worst solved again."""
    import landbridge as lb

    _check_out(out)
    result = lb.critical(lb.load_world(), top=top, progress=_progress())
    if out is not None or as_json:
        _answer(result, out, as_json)
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

    modes = _words(by, "--by")
    _check_file(out)
    world = lb.load_world()
    names, count = read_cities(world, cities), _counter()
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

    def words(text: str) -> tuple[str, ...]:
        return tuple(w.strip() for w in text.split(",") if w.strip())

    if out is not None:
        gravity.kind_of(out)  # a bad name is found before the work
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


@rules_app.command("list")
def rules_list(
    on: Annotated[str, typer.Option(help="Only rules in force on this day, YYYY-MM-DD.")] = "",
    action: Annotated[str, typer.Option(help="Only rules on this action: import, transit, call, overfly ...")] = "",
    effect: Annotated[str, typer.Option(help="Only rules of this effect: forbid, tariff, time ...")] = "",
    word: Annotated[str, typer.Option(help="Only rules with this word in id, title or maker.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the rules, one line each."""
    from landbridge import rules

    found = rules.load_rules()
    kept = {r["rule"] for r in rules.list_rules(found, on or None, action, effect, word)}
    chosen = [r for r in found.rules if r.id in kept]
    if as_json:
        print(json.dumps([r.to_row() for r in chosen], indent=1))
        return
    for rule in chosen:
        until = f" to {rule.until_date}" if rule.until_date else ""
        print(f"{rule.id:<28} {rule.effect:<14} from {rule.from_date or 'always'}{until}  {rule.title}")


@rules_app.command("show")
def rules_show(
    rule_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a rule, or of a group.")],
    on: Annotated[str, typer.Option(help="The day for values and members, YYYY-MM-DD.")] = "2023-10-17",
    as_json: AsJson = False,
) -> None:
    """Show one rule in full and whether the models take it up, or the members of one group with their dates."""
    from landbridge import rules

    found = rules.load_rules()
    if rule_id in found.groups:
        rows = [m for m in found.memberships if m.group == rule_id]
        data: Any = [{"iso3": m.iso3, "status": m.status, "from": m.from_date, "until": m.until_date} for m in rows]
        lines = [f"{m.iso3}  {m.status:<10} from {m.from_date or '?'} {m.until_date}".rstrip() for m in rows]
    else:
        data = _clean(rules.show_rule(found, rule_id, on))
        members = {f"@{group}": " ".join(codes) for group, codes in data["members"].items()}
        plain = {k: v for k, v in data.items() if k != "members"} | members
        lines = [f"{key:<13} {value}" for key, value in plain.items() if value not in ("", None)]
    print(json.dumps(data, indent=1) if as_json else "\n".join(lines))


@rules_app.command("judge")
def rules_judge(
    movement: Annotated[str, typer.Argument(help='"KEY=VALUE ...", e.g. "action=import origin=RUS good=crude ..."')],
    on: Annotated[str, typer.Option(help="The day, YYYY-MM-DD.")] = "2023-10-17",
    as_json: AsJson = False,
) -> None:
    """Judge one movement on a day: may it pass, by which rules not, and what others add."""
    from landbridge import rules

    judged = rules.judge(rules.load_rules(), movement, on, country_of=_country_of_port)
    if as_json:
        print(json.dumps(_clean(judged), indent=1))
        return
    so_far = ", as far as the movement says" if judged["undecided"] else ""
    print(f"allowed{so_far}" if judged["allowed"] else "forbidden")
    for row in judged["by"]:
        print(f"  {row['action']}: by {row['rule']}: {row['title']} [{row['source']}]")
    for row in judged["adds"]:
        print(
            f"  {row['action']}: adds {row['effect']} {row['value']:g} {row['unit']} by {row['rule']} [{row['source']}]"
        )
    for row in judged["permits"]:
        print(f"  {row['action']}: exempted by {row['rule']}: {row['title']}")
    for row in judged["undecided"]:
        print(f"  undecided: {row['rule']} could forbid it; say {', '.join(row['say'])}")


def _country_of_port(name: str) -> str:
    """ISO3 of a place of the atlas, '' where there is none of that name."""
    import landbridge as lb
    from landbridge.errors import UnknownName

    network = lb.load_world().network
    try:
        return str(network.node_country[lb.network.find_place(network, name)])
    except UnknownName:
        return ""


@rules_app.command("diff")
def rules_diff(first: str, second: str, as_json: AsJson = False) -> None:
    """Which rules and memberships differ between two days."""
    from landbridge import rules

    changes = rules.diff(rules.load_rules(), first, second)
    if as_json:
        print(json.dumps(_clean(changes.to_record()), indent=1))
        return
    lines = [f"+ {r.id}: {r.title} [{r.source}]" for r in changes.began]
    lines += [f"- {r.id}: {r.title} [{r.source}]" for r in changes.ended]
    lines += [f"~ {r.id}: {old:g} -> {new:g} {r.unit}" for r, old, new in changes.changed]
    lines += [f"+ {iso3} in {group}" for group, iso3 in changes.joined]
    lines += [f"- {iso3} in {group}" for group, iso3 in changes.left]
    print("\n".join(lines) or f"no rule and no membership differs between {first} and {second}")


def _check_out(out: Path | None) -> None:
    """A bad --out is found before the work, not after it."""
    from landbridge.errors import BadInput

    if out is not None and (str(out) in ("", ".") or out.is_file()):
        raise BadInput(
            f"--out {str(out)!r} is no folder for a result", remedy="name a folder of its own, e.g. out/mine"
        )


def _check_file(out: Path) -> None:
    """A file that cannot be written is found before the work, not after it."""
    from landbridge.errors import BadInput

    if str(out) in ("", ".") or out.is_dir() or not out.absolute().parent.is_dir():
        raise BadInput(
            f"--out {str(out)!r} is no file that can be written", remedy="name a file in a folder that exists"
        )


def _show(answer: Any, as_json: bool) -> None:
    """Print a route or flight; exit code 5 where nothing passes."""
    print(json.dumps(_clean(answer.as_json()), indent=1) if as_json else answer.text())
    if not answer.routes:
        raise typer.Exit(5)


def _answer(result: Any, out: Path | None, as_json: bool) -> None:
    """Save where asked, then print the summary or everything as JSON."""
    import landbridge as lb

    if out is not None:
        result.save(out)
    if as_json:
        print(json.dumps(_clean(lb.answer_json(result)), indent=1))
        return
    print(result.summary())
    if out is not None:
        print(f"\nreport: {out / 'report.html'}")


def _words(text: str, option: str) -> tuple[str, ...]:
    """The words of a list with commas; a list of nothing but commas is a usage error."""
    words = tuple(w.strip() for w in text.split(",") if w.strip())
    if text and not words:
        raise typer.BadParameter(
            f"{text!r} names nothing: give one word or several with commas between", param_hint=option
        )
    return words


def _counter() -> Callable[[str], None]:
    """One line on a terminal that is written over again and again, silence in a pipe."""
    if not sys.stderr.isatty():
        return lambda step: None
    return lambda step: print(f"\r\x1b[K  {step}", end="", file=sys.stderr, flush=True)


def _progress() -> Callable[[str], None]:
    """One line a step on a terminal, silence in a pipe."""
    if not sys.stderr.isatty():
        return lambda step: None
    return lambda step: print(f"  {step} ...", file=sys.stderr, flush=True)


def _clean(value: Any) -> Any:
    """Plain JSON: no NaN or infinity (null), floats at ten significant digits."""
    if isinstance(value, dict):
        return {k: _clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(v) for v in value]
    if isinstance(value, float):
        return float(f"{value:.10g}") if math.isfinite(value) else None
    return value
