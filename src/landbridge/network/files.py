"""Save and load a Network: one .npz without pickles and a manifest (.json) that tells a whole file from a cut one."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import asdict, fields
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from landbridge.atomic import write_all
from landbridge.errors import DataMissing
from landbridge.network.records import Network, Tag

FORMAT: Final = 1
_STRINGS: Final = ("node_id", "node_name", "node_country")
_FLOATS: Final = (
    "lon",
    "lat",
    "population",
    "length_km",
    "time_h",
    "cost_usd_teu",
    "cost_usd_t",
    "capacity_teu_yr",
    "capacity_t_yr",
)
_REBUILD: Final = "reinstall landbridge, or rebuild it with `python -m tools.atlas`"


def atlas_path() -> Path:
    """Where the shipped atlas lies."""
    return Path(str(files("landbridge") / "data" / "atlas" / "network.npz"))


def load(path: str | Path | None = None) -> Network:
    """The Network of a file written by `save`; without a path the shipped atlas.

    DataMissing where a file is absent, cut, altered or of another format: the message says how to get it back.
    """
    path = Path(path) if path is not None else atlas_path()
    content = _checked(path)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return _from_arrays({name: arrays[name] for name in arrays.files})
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataMissing(f"{path.name} is not a network of this version ({error}): {_REBUILD}") from error


def save(net: Network, path: str | Path) -> Path:
    """Write the network and its manifest; equal networks give equal bytes. BadInput where the disk refuses."""
    path = Path(path)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **_to_arrays(net))  # type: ignore[arg-type]
    content = buffer.getvalue()
    manifest = {
        "format": FORMAT,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "nodes": net.n_nodes,
        "arcs": net.n_arcs,
        "tags": len(net.tags),
    }
    sealed = (json.dumps(manifest, indent=1) + "\n").encode()
    write_all({path: content, _manifest_path(path): sealed}, f"write {path}", "free space or choose another")
    return path


def digest(path: str | Path | None = None) -> str:
    """The sha256 that the manifest states for a saved network; without a path for the shipped atlas."""
    return str(_manifest(Path(path) if path is not None else atlas_path())["sha256"])


def _checked(path: Path) -> bytes:
    manifest = _manifest(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataMissing(f"{path.name} is missing (looked in {path.parent}): {_REBUILD}") from error
    if len(content) != manifest["bytes"]:
        raise DataMissing(f"{path.name} has {len(content)} bytes, should have {manifest['bytes']}: {_REBUILD}")
    if hashlib.sha256(content).hexdigest() != manifest["sha256"]:
        raise DataMissing(f"{path.name} was altered (its sha256 is not the manifest's): {_REBUILD}")
    return content


def _manifest(path: Path) -> dict[str, Any]:
    side = _manifest_path(path)
    try:
        manifest: dict[str, Any] = json.loads(side.read_text(encoding="utf-8"))
        known = {"format", "bytes", "sha256"} <= manifest.keys()
    except (OSError, ValueError, AttributeError) as error:
        raise DataMissing(f"{side.name} is missing or unreadable (looked in {side.parent}): {_REBUILD}") from error
    if not known or manifest["format"] != FORMAT:
        raise DataMissing(f"{side.name} is of another version of landbridge: {_REBUILD}")
    return manifest


def _manifest_path(path: Path) -> Path:
    return path.with_suffix(".json")


def _to_arrays(net: Network) -> dict[str, NDArray[Any]]:
    out: dict[str, NDArray[Any]] = {}
    for field in fields(net):
        value = getattr(net, field.name)
        if field.name == "tags":
            text = json.dumps([asdict(t) for t in value], ensure_ascii=False)
            out["tags"] = np.frombuffer(text.encode(), dtype=np.uint8)
        elif field.name in _STRINGS:
            out[field.name] = np.frombuffer("\n".join(value.tolist()).encode(), dtype=np.uint8)
        elif field.name in _FLOATS:
            out[field.name] = _smallest(value)
        else:
            out[field.name] = value
    return out


def _smallest(values: NDArray[np.float64]) -> NDArray[Any]:
    """Half the bytes where nothing is lost by it."""
    small = values.astype(np.float32)
    return small if np.array_equal(small.astype(np.float64), values, equal_nan=True) else values


def _from_arrays(arrays: dict[str, NDArray[Any]]) -> Network:
    parts: dict[str, Any] = {}
    for field in fields(Network):
        value = arrays[field.name]
        if field.name == "tags":
            rows = json.loads(value.tobytes().decode())
            parts["tags"] = tuple(Tag(**{**row, "countries": tuple(row["countries"])}) for row in rows)
        elif field.name in _STRINGS:
            parts[field.name] = np.array(value.tobytes().decode().split("\n"), dtype=np.str_)
        elif field.name in _FLOATS:
            parts[field.name] = value.astype(np.float64)
        else:
            parts[field.name] = value
    return Network(**parts)
