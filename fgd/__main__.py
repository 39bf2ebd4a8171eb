"""``python -m fgd``: the same as ``fgd``."""

from fgd.cli import main

main()
