"""The brief as Markdown, for the web."""

from __future__ import annotations

import re

from fgd.model import Brief
from fgd.publish.line import clock


def plain(text: str) -> str:
    """Text that Markdown prints as it is: one line, markup escaped."""
    return re.sub(r"([\\`*_{}\[\]<>#|!~])", r"\\\1", " ".join(text.split()))


def brief_markdown(brief: Brief) -> bytes:
    """CommonMark with pipe tables."""
    lines = [f"# {plain(brief.title)}", "", f"*{brief.status} · {brief.edition} edition*", ""]
    lines += [f"- **{plain(fact.label)}:** {plain(fact.value)}" for fact in brief.masthead]
    lines += ["", "## How to read this", "", *(f"- {plain(line)}" for line in brief.reading)]
    lines += ["", "## Who spoke how much", "", "| Who | Role | Time | Turns |", "|---|---|---|---|"]
    lines += [
        f"| {plain(each.label)} | {plain(each.role)} | {clock(each.speech)} | {each.turns} |"
        for each in brief.presence
    ]
    if brief.doubts:
        lines += ["", "## Doubts", ""]
        lines += [f"- **{plain(fact.label)}:** {plain(fact.value)}" for fact in brief.doubts]
    return ("\n".join(lines) + "\n").encode("utf-8")
