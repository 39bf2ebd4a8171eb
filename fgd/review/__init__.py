"""The pages where people correct the machine, once.

``fgd review`` starts a server on this machine. It reads what the last pass stored, writes nothing
but decisions and the files people bring, and has a second process do the pass. Everything decided
is a line of ``decisions.jsonl`` and can be undone.

Importing this package loads no web library.
"""
