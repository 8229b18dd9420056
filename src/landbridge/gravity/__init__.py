"""The gravity room: structural gravity estimated by Poisson pseudo maximum likelihood with high-dimensional effects."""

from landbridge.gravity.panel import fit_panel, interaction
from landbridge.gravity.ppml import ppml
from landbridge.gravity.records import Certificate, Dropped, PpmlResult, PpmlSettings, SmallSample
from landbridge.gravity.show import table

__all__ = [
    "Certificate",
    "Dropped",
    "PpmlResult",
    "PpmlSettings",
    "SmallSample",
    "fit_panel",
    "interaction",
    "ppml",
    "table",
]
