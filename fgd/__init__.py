"""From the recording of a focus group discussion to a brief that a ministry can act on."""

import os

__version__ = "0.1.0"

# Before PyTorch is loaded: its threads otherwise wait for each other by turning in circles, which on
# a laptop that also does something else makes hearing twenty times slower (docs/scale.md).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
