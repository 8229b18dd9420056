"""The same work on many items, in one process or in several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Final, TypeVar

from landbridge.errors import BadInput

Common = TypeVar("Common")
Item = TypeVar("Item")
Out = TypeVar("Out")
_CHUNKS_PER_PROCESS: Final = 8  # so that nobody waits long for the slowest
_common: dict[str, Any] = {}  # what every item of this process needs, sent once


def mapped(work: Callable[[Common, Item], Out], common: Common, items: Sequence[Item], processes: int = 1) -> list[Out]:
    """[work(common, item) for item in items], in order; the same answer whatever the number of processes.

    `work` is a function of a module, `common` goes to each process once. A script that asks for more than one process
    must guard its start with `if __name__ == "__main__":` where Python starts processes afresh.
    """
    if processes < 1:
        raise BadInput(f"{processes} processes", remedy="one or more")
    if processes == 1 or len(items) < 2:
        return [work(common, item) for item in items]
    chunk = max(1, len(items) // (processes * _CHUNKS_PER_PROCESS))
    with ProcessPoolExecutor(processes, initializer=_keep, initargs=(work, common)) as pool:
        return list(pool.map(_one, items, chunksize=chunk))


def _keep(work: Callable[..., Any], common: Any) -> None:
    _common.update(work=work, common=common)


def _one(item: Any) -> Any:
    return _common["work"](_common["common"], item)
