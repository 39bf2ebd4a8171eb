"""Every claim of a session's brief as one JSON line, for a person or another program to judge.

``python -m benchmarks.audit SESSION [--project DIR] [--edition circulation]`` reads the brief that
the last run wrote (``brief.json``) and prints, line by line: session, id, kind of claim, the claim
as a reader sees it, the people it names, and the slices it rests on, each with its turn.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fgd.export.brief import read_brief
from fgd.export.told import TITLES, Told
from fgd.model import Brief, Finding
from fgd.workspace.project import Project


def main() -> None:
    """Print the claims of one brief."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("session", help="name of a session that has been run")
    arguments.add_argument("--project", type=Path, default=None, help="the project's folder")
    arguments.add_argument("--edition", default="internal", choices=("internal", "circulation"))
    options = arguments.parse_args()
    project = Project.open(options.project)
    folder = project.session(options.session)
    path = folder.outputs / options.edition / "brief.json"
    brief = read_brief(path.read_bytes())
    for claim in claims(brief):
        print(json.dumps({"session": folder.id, **claim}, ensure_ascii=False))


def claims(brief: Brief) -> Iterator[dict[str, Any]]:
    """Every claim: what was put, each side, what was concluded, what is missing, each theme."""
    told = Told(brief)
    page = {each.id for each in (*told.first.findings, *told.first.unanswered)}
    for each in brief.findings:
        yield from _finding(told, each, page)
    for summary in brief.summaries:
        claim = told.sentences.text(told.sentences.summary(summary))
        kind = f"summing up: {summary.conclusion}"
        yield _claim(told, summary.id, kind, claim, [summary.speaker], [summary.extract])
    for statement in brief.contributions:
        for name in (*statement.prompt, *statement.extracts, *statement.decisions):
            if name in told.extracts:
                claim = f"{statement.title}: \u201c{told.extracts[name].text}\u201d"
                people = list(statement.speakers)
                yield _claim(told, f"{statement.id}/{name}", statement.kind, claim, people, [name])
    for number, gap in enumerate(brief.gaps, 1):
        claim = f"{gap.title}. {gap.note}".strip()
        yield _claim(told, f"G{number}", gap.kind, claim, [], gap.extracts)
    for theme in brief.themes:
        claim = f"{theme.title}: {told.themed(theme)}"
        yield _claim(told, theme.id, "theme", claim, theme.speakers, theme.extracts)


def _finding(told: Told, each: Finding, page: set[str]) -> Iterator[dict[str, Any]]:
    where = {"first_page": (each.within or each.id) in page, "told": each.id in told.anchored}
    sentence = told.text(each)
    yield _claim(told, each.id, each.kind, sentence, [each.speaker], [each.extract]) | where
    for number, answer in enumerate(each.answers, 1):
        claim = f"{answer.speaker} on {each.id}: {TITLES[answer.side]}"
        key = f"{each.id}/{number}"
        made = _claim(told, key, f"side: {answer.side}", claim, [answer.speaker], [answer.extract])
        yield made | where
    if each.addressee:
        claim = f"{each.id} is put to {each.addressee}"
        yield _claim(told, f"{each.id}/to", "addressee", claim, [], [each.extract]) | where
    if each.unanswered:
        claim = f"Nobody answered {each.id}"
        yield _claim(told, f"{each.id}/silence", "nobody answered", claim, [], []) | where
    if each.silence:
        claim = f"No objection to {each.id} was found; {each.silence} people spoke after it"
        yield _claim(told, f"{each.id}/silence", "no objection", claim, [], []) | where


def _claim(told: Told, key: str, kind: str, claim: str, people: Any, names: Any) -> dict[str, Any]:
    slices = [
        {"id": name, "turn": source.turn, "start": source.start, "end": source.end,
         "text": source.text, "place": told.extracts[name].place}
        for name in names
        if name in told.extracts
        for source in told.extracts[name].sources
    ]  # fmt: skip
    return {"id": key, "kind": kind, "claim": claim, "people": list(people), "slices": slices}


if __name__ == "__main__":
    main()
