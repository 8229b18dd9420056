"""Seal the shipped data: `make manifest` writes data/manifest.json, against which every world is checked."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from landbridge.world.load import MANIFEST, digests

if __name__ == "__main__":
    path = Path(str(files("landbridge") / "data" / MANIFEST))
    path.write_text(json.dumps(digests(), indent=1) + "\n", encoding="utf-8")
