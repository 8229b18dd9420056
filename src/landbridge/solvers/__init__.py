"""Numerical solvers behind one small face: everything returns a `Solution` or raises `NotConverged`."""

from landbridge.solvers.blocks import Block, Builder, Program
from landbridge.solvers.export import write_model
from landbridge.solvers.fixed_point import AndersonSettings, anderson
from landbridge.solvers.mip import MipSolution, solve_mip
from landbridge.solvers.parallel import mapped
from landbridge.solvers.qp import Kkt, QpSolution, Session, solve_qp
from landbridge.solvers.solution import Solution

__all__ = [
    "AndersonSettings",
    "Block",
    "Builder",
    "Kkt",
    "MipSolution",
    "Program",
    "QpSolution",
    "Session",
    "Solution",
    "anderson",
    "mapped",
    "solve_mip",
    "solve_qp",
    "write_model",
]
