"""Results: what a run returns, how it is saved, loaded and compared."""

from landbridge.results.records import Figure, Provenance, Result

__all__ = ["Figure", "Provenance", "Result"]
