"""Atomic writes: a killed run or a full disk leaves the old file or the new one, never half of one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from landbridge.atomic import write_all


def write_atomic(path: str | Path, content: bytes | str) -> Path:
    """Write through a temporary file in the same folder, flushed to disk, then renamed over `path`.

    BadInput with the cause where the folder cannot be written or the disk is full; the old file stays as it was.
    """
    path = Path(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    write_all({path: data}, f"write {path}")
    return path


def write_csv(path: str | Path, frame: pd.DataFrame) -> Path:
    """Write a frame as CSV, ten significant digits, atomically."""
    return write_atomic(path, frame.to_csv(index=False, float_format="%.10g", lineterminator="\n"))
