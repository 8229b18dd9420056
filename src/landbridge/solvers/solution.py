"""What every solver returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Solution:
    """A converged point with its certificate.

    `x` is the solution, `residual` the solver's own convergence measure (unit stated by the solver), `status` a
    short word such as "converged" or "optimal". A solver that did not converge raises instead of returning one.
    """

    x: NDArray[np.float64]
    status: str
    residual: float
    iterations: int
    seconds: float
