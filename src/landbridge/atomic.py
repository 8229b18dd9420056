"""Atomic writes: a killed run or a full disk leaves the old files or the new ones, never half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from landbridge.errors import BadInput


def write_all(contents: Mapping[Path, bytes], what: str, remedy: str = "free space or choose another --out") -> None:
    """Write every file aside in its own folder, flushed to disk, and only then rename them all, in the order given.

    A full disk shows before the first rename. BadInput "cannot {what}: cause" where the system refuses; the files that
    stood there stay as they were.
    """
    waiting: list[tuple[Path, Path]] = []
    try:
        for target, data in contents.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, aside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
            waiting.append((Path(aside), target))
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        for aside_path, target in waiting:
            aside_path.chmod(0o644)
            aside_path.replace(target)
    except OSError as error:
        raise BadInput(f"cannot {what}: {error.strerror or error}", remedy=remedy) from error
    finally:
        for aside_path, _ in waiting:
            with contextlib.suppress(OSError):
                aside_path.unlink(missing_ok=True)
