"""From the recording of a focus group discussion to a brief that a ministry can act on."""

import os

__version__ = "0.1.0"

# Before PyTorch is loaded: threads that wait for each other otherwise turn in circles, which makes
# hearing twenty times slower on a laptop that also does something else (docs/scale.md).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
