"""The whole error tree. Each docstring says the cause and the remedy; `exit_code` is what the command line returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class LandbridgeError(Exception):
    """Root of every error that landbridge raises on purpose; catch it to catch them all."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in the user's input: what, where, what is allowed or what to do."""

    what: str
    where: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        cure = f" ({self.remedy})" if self.remedy else ""
        return f"{place}{self.what}{cure}"


class BadInput(LandbridgeError):
    """The user's file, table or words are wrong. All faults are listed together: mend each and try again."""

    def __init__(self, faults: Sequence[Fault] | str, where: str = "", remedy: str = "") -> None:
        self.faults = (Fault(faults, where, remedy),) if isinstance(faults, str) else tuple(faults)
        count = len(self.faults)
        lines = [str(f) for f in self.faults]
        super().__init__(lines[0] if count == 1 else f"{count} faults:\n" + "\n".join(f"  {s}" for s in lines))


class BadTable(BadInput):
    """A table breaks its data dictionary (tables/columns): the faults name file, row and column."""


class BadScenario(BadInput):
    """A scenario file breaks the schema or names things that do not exist: `landbridge check FILE` lists all faults."""


class BadRule(BadInput):
    """A rule or selector does not parse or uses an unknown key, group or unit: the fault gives its position."""


class UnknownName(BadInput):
    """A city, port, country, passage, rule or group that does not exist: the nearest names are in the message."""


class NotConverged(LandbridgeError):
    """A solver stopped before its tolerance. The numbers are not returned; the hint says what to change."""

    exit_code = 3

    def __init__(self, what: str, residual: float, hint: str) -> None:
        self.residual, self.hint = residual, hint
        super().__init__(f"{what} did not converge (residual {residual:.2e}): {hint}")


class Infeasible(NotConverged):
    """An optimisation has no feasible point or no finite optimum; the hint names the rows that conflict."""


class DataMissing(LandbridgeError):
    """A file that is needed is absent, cut or of another vintage: the message says how to get or rebuild it."""

    exit_code = 4


class NoRoute(LandbridgeError):
    """No way through: origin and destination are not joined under the rules and closures, which are named."""

    exit_code = 5
