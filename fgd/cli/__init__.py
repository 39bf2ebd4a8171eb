"""``fgd ...``: prints and exit codes only; everything is done by the rooms below.

Exit codes: 0 all done · 1 a session failed · 2 wrong usage, settings or name · 3 finished, but
something needs a person · 130 interrupted.
"""

from fgd.cli.app import main

__all__ = ["main"]
