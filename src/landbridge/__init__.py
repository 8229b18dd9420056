"""landbridge: a scenario in, an answer out, on the economics of the system that joins countries.

The public names below load their rooms on first use, so that importing the package and asking for help are quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# public name -> room. `report` is named first where a result is made: it registers its writers with `results`.
_PUBLIC = {
    "load_world": "landbridge.world",
    "World": "landbridge.world",
    "read_scenario": "landbridge.scenario",
    "Scenario": "landbridge.scenario",
    "check_scenario": "landbridge.engine",
    "run": "landbridge.engine",
    "close": "landbridge.engine",
    "critical": "landbridge.engine",
    "route": "landbridge.engine",
    "flight": "landbridge.engine",
    "cost_matrix": "landbridge.engine",
    "welfare_of_estimate": "landbridge.engine",
    "covariates": "landbridge.engine",
    "compare": "landbridge.results",
    "Result": "landbridge.results",
    "answer_json": "landbridge.results",
}
_ROOMS = ("assignment", "energy", "errors", "gravity", "network", "routing", "rules", "scenario", "trade")

__all__ = [*sorted(_PUBLIC), *_ROOMS]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"landbridge.{name}")
    if name not in _PUBLIC:
        raise AttributeError(f"module 'landbridge' has no attribute {name!r}")
    if _PUBLIC[name] in ("landbridge.engine", "landbridge.results"):
        import_module("landbridge.report")
    value = getattr(import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
