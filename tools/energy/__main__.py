"""data/energy and its validation page: `python -m tools.energy [sea] [figures] [terminals] [calibrate] [report]`."""

from __future__ import annotations

import sys

from tools.energy import calibrate, figures, report, sea, terminals

STEPS = {"sea": sea.build, "figures": figures.build, "terminals": terminals.build, "calibrate": calibrate.build,
         "report": report.build}  # fmt: skip

if __name__ == "__main__":
    wanted = sys.argv[1:] or list(STEPS)
    for name in wanted:
        if name not in STEPS:
            raise SystemExit(f"no step {name!r}: {', '.join(STEPS)}")
        STEPS[name]()
        print(f"{name}: done")
