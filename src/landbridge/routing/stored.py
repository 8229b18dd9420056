"""The contraction order of the shipped atlas, kept beside it: used where the topology is just that, else made anew."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from landbridge.atomic import write_all
from landbridge.network import Network, atlas_path


def order_path() -> Path:
    """Where the order of the shipped atlas lies."""
    return atlas_path().with_name("order.npz")


def store_order(network: Network, path: Path | None = None) -> Path:
    """Write the order of this network's topology; equal networks give equal bytes. `tools.atlas` calls it at its end.

    Without a path it goes beside the shipped atlas. BadInput where the disk refuses.
    """
    from landbridge.routing.hierarchy import digest_of, prepare_arcs

    path = path or order_path()
    rank = prepare_arcs(network.n_nodes, network.tail, network.head).rank
    digest = digest_of(network.n_nodes, network.tail, network.head)
    content = io.BytesIO()
    np.savez_compressed(content, rank=rank, digest=np.frombuffer(bytes.fromhex(digest), dtype=np.uint8))
    write_all({path: content.getvalue()}, f"write {path}", "free space or choose another")
    _read.cache_clear()
    return path


def stored_rank(digest: str) -> NDArray[np.int32] | None:
    """Position of each node [n] in the stored order, if it is the order of the topology with this digest."""
    known, rank = _read(order_path())
    return rank if known == digest else None


@cache
def _read(path: Path) -> tuple[str, NDArray[np.int32]]:
    """Digest and rank of a stored order; no digest where there is none, or none that is whole."""
    nothing = "", np.empty(0, dtype=np.int32)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            digest, rank = arrays["digest"].tobytes().hex(), arrays["rank"].astype(np.int32)
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return nothing  # an order can always be made anew, and the seal of the data tells of damage
    whole = rank.ndim == 1 and np.array_equal(np.sort(rank), np.arange(len(rank)))
    return (digest, rank) if whole else nothing
