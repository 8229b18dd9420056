"""Atomic writes: a killed run or a full disk leaves the old file or the new one, never half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import pandas as pd

from landbridge.errors import BadInput


def write_atomic(path: str | Path, content: bytes | str) -> Path:
    """Write through a temporary file in the same folder, flushed to disk, then renamed over `path`.

    BadInput with the cause where the folder cannot be written or the disk is full; the old file stays as it was.
    """
    path = Path(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
        cause = error.strerror or str(error)
        raise BadInput(f"cannot write {path}: {cause}", remedy="free space or choose another --out") from error
    return path


def write_csv(path: str | Path, frame: pd.DataFrame) -> Path:
    """Write a frame as CSV, ten significant digits, atomically."""
    return write_atomic(path, frame.to_csv(index=False, float_format="%.10g", lineterminator="\n"))
