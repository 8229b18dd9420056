"""Results: what a run returns, how it is saved, loaded and compared."""

from landbridge.results.compare import Difference, compare
from landbridge.results.records import Figure, Provenance, Result
from landbridge.results.save import WRITERS, answer_json, as_json, load, save

__all__ = [
    "WRITERS",
    "Difference",
    "Figure",
    "Provenance",
    "Result",
    "answer_json",
    "as_json",
    "compare",
    "load",
    "save",
]
