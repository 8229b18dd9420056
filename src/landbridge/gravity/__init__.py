"""The gravity room: structural gravity estimated by Poisson pseudo maximum likelihood with high-dimensional effects."""

from landbridge.gravity.panel import fit_panel, interaction
from landbridge.gravity.ppml import ppml
from landbridge.gravity.prepare import domestic_rows, globalisation_borders, lagged
from landbridge.gravity.records import Certificate, Dropped, PpmlResult, PpmlSettings, SmallSample
from landbridge.gravity.resample import Draws, bootstrap
from landbridge.gravity.show import check_kind, kind_of, table

__all__ = [
    "Certificate",
    "Draws",
    "Dropped",
    "PpmlResult",
    "PpmlSettings",
    "SmallSample",
    "bootstrap",
    "check_kind",
    "domestic_rows",
    "fit_panel",
    "globalisation_borders",
    "interaction",
    "kind_of",
    "lagged",
    "ppml",
    "table",
]
