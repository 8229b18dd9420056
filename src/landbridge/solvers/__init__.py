"""Numerical solvers behind one small face: everything returns a `Solution` or raises `NotConverged`."""

from landbridge.solvers.solution import Solution

__all__ = ["Solution"]
