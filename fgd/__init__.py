"""From the recording of a focus group discussion to a brief that a ministry can act on."""

__version__ = "0.1.0"
