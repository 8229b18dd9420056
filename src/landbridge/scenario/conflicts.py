"""Actions of one scenario that contradict each other: no order of the file decides which of them is meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from landbridge.errors import Fault
from landbridge.scenario import schema
from landbridge.scenario.schema import Action, as_list

Conflict = tuple[Action, str, Fault]  # the later action, its key, what it contradicts


def conflicts(actions: Sequence[Action]) -> list[Conflict]:
    """Every later action that sets anew what an earlier one has set, with the key to point at; [] where none does.

    A place closed twice, a country that joins and leaves a group, one tariff at two rates, one figure of a place set
    twice, one shock given twice. Factors of `improve` multiply and are no conflict.
    """
    out: list[Conflict] = []
    seen: dict[tuple[str, ...], Action] = {}
    for action in actions:
        for key, thing, words in _sets(action):
            if thing in seen and seen[thing] is not action:
                out.append(
                    (action, key, Fault(f"{words} by another action of this scenario", "", "keep one of the two"))
                )
            seen.setdefault(thing, action)
    return out


def _sets(action: Action) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """(key to point at, the thing that the action sets, words for the message)."""
    if isinstance(action, schema.Close):
        for where in as_list(action.where):
            yield "where", ("close", where.casefold()), f"{where} is closed already"
    elif isinstance(action, schema.Join | schema.Leave):
        for who in action.who:
            for group in action.groups:
                yield "groups", ("member", who, group), f"membership of {who} in {group} is set already"
    elif isinstance(action, schema.Tariff):
        what = (_same(action.by), _same(action.on), _same(as_list(action.sector)), str(action.inside))
        yield "rate", ("tariff", *what), "this tariff is set already"
    elif isinstance(action, schema.Improve):
        for key in ("time_h", "cost_usd_teu"):
            if getattr(action, key) is not None:
                for where in as_list(action.where):
                    yield key, (key, where.casefold()), f"{key} of {where} is set already"
    elif isinstance(action, schema.Shock):
        for where in as_list(action.where):
            yield "where", ("shock", action.what, action.good, where), f"{action.what} of {where} is shocked already"
    elif isinstance(action, schema.Build) and action.project:
        yield "project", ("build", action.project), f"{action.project} is built already"
    elif isinstance(action, schema.Lift):
        for rule in action.ids:
            yield "ids", ("lift", rule), f"rule {rule} is lifted already"


def _same(words: Iterable[str]) -> str:
    """Words of a list as one key: their order says nothing."""
    return " ".join(sorted(set(words)))
