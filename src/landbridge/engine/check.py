"""check: every fault of a scenario at once, of form and of names, without solving anything."""

from __future__ import annotations

from pathlib import Path

from landbridge.errors import BadScenario, Fault
from landbridge.scenario import examine, parse_file, resolve
from landbridge.world import BASELINES, load_world


def check_scenario(name: str | Path) -> int:
    """Number of actions where all is well; BadScenario with all faults, in the order of lines, otherwise.

    An action that changes nothing is a fault too: nobody writes one on purpose.
    """
    scenario, faults = parse_file(resolve(name))
    shipped = scenario.baseline in BASELINES
    if not shipped:
        what = f"baseline = {scenario.baseline!r} does not ship"
        faults.append(Fault(what, scenario.where_header("baseline"), f"shipped: {', '.join(BASELINES)}"))
    _, wrong, moot = examine(scenario, load_world(scenario.baseline if shipped else next(iter(BASELINES))))
    faults += wrong
    told = {f.where for f in faults}  # a faulty key was read as one that changes nothing
    faults += [f for f in moot if f.where not in told]
    if faults:
        raise BadScenario(sorted(faults, key=lambda f: _line(f.where)))
    return len(scenario.actions)


def _line(where: str) -> int:
    number = where.rsplit(":", 1)[-1]
    return int(number) if number.isdigit() else 0
