"""The verbs of `landbridge rules`."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from landbridge.cli.shown import AsJson, clean

rules_app = typer.Typer(help="Rules: who and what may pass, and why not.", no_args_is_help=True, rich_markup_mode=None)


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
        data = clean(rules.show_rule(found, rule_id, on))
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
        print(json.dumps(clean(judged), indent=1))
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
        print(json.dumps(clean(changes.to_record()), indent=1))
        return
    lines = [f"+ {r.id}: {r.title} [{r.source}]" for r in changes.began]
    lines += [f"- {r.id}: {r.title} [{r.source}]" for r in changes.ended]
    lines += [f"~ {r.id}: {old:g} -> {new:g} {r.unit}" for r, old, new in changes.changed]
    lines += [f"+ {iso3} in {group}" for group, iso3 in changes.joined]
    lines += [f"- {iso3} in {group}" for group, iso3 in changes.left]
    print("\n".join(lines) or f"no rule and no membership differs between {first} and {second}")
