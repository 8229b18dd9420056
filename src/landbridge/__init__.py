"""landbridge: a scenario in, an answer out, on the economics of the system that joins countries."""

__version__ = "0.1.0"
