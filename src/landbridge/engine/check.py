"""check: every fault of a scenario at once, of form and of names, without solving anything."""

from __future__ import annotations

from pathlib import Path

from landbridge.errors import BadScenario, Fault
from landbridge.scenario import apply, parse_file, resolve
from landbridge.world import BASELINES, load_world


def check_scenario(name: str | Path) -> int:
    """Number of actions where all is well; BadScenario with all faults, in the order of lines, otherwise."""
    scenario, faults = parse_file(resolve(name))
    if scenario.baseline in BASELINES:
        try:
            apply(scenario, load_world(scenario.baseline))
        except BadScenario as error:
            faults += error.faults
    else:
        what = f"baseline = {scenario.baseline!r} does not ship"
        faults.append(Fault(what, f"{scenario.name}.toml", f"shipped: {', '.join(BASELINES)}"))
    if faults:
        raise BadScenario(sorted(faults, key=lambda f: _line(f.where)))
    return len(scenario.actions)


def _line(where: str) -> int:
    number = where.rsplit(":", 1)[-1]
    return int(number) if number.isdigit() else 0
