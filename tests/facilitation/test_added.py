"""People added on the spot are of the session; the roster itself is never written to."""

from __future__ import annotations

from pathlib import Path

from fgd.floorlog import joined
from fgd.floorlog.floorlog import NAME, Entry
from fgd.model import Institution, Participant, Session

ROSTER = Session(
    "s",
    institutions=(Institution("moh", "Ministry of Health", "MOH"),),
    participants=(Participant("ana", "Ana Lim", institutions=("moh",)),),
)


def written(folder: Path, *entries: Entry, tail: bytes = b"") -> Path:
    import msgspec

    lines = b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)
    (folder / NAME).write_bytes(lines + tail)
    return folder


def person(identity: str, name: str, body: str = "", role: str = "participant") -> Entry:
    return Entry(
        identity, 1_773_800_000_000, "2026-03-18T09:00:00.000+00:00", "person", person=identity,
        label=name, role=role, institution=body,
    )  # fmt: skip


def test_they_join_with_the_institution_they_name(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        person("a", "Ben  Tan", "moh"),
        person("b", "Cam Ong", "New Institute", "expert"),
        person("c", "ana lim", "Elsewhere"),
    )
    session, issues = joined(ROSTER, folder)
    assert issues == ()
    assert [(p.name, p.role, p.institutions) for p in session.participants] == [
        ("Ana Lim", "participant", ("moh",)),
        ("Ben Tan", "participant", ("moh",)),
        ("Cam Ong", "expert", ("added-2",)),
    ]
    assert [body.name for body in session.institutions] == ["Ministry of Health", "New Institute"]


def test_whom_somebody_took_back_is_not_there(tmp_path: Path) -> None:
    undo = Entry("u", 1_773_800_001_000, "2026-03-18T09:00:01.000+00:00", "undo", target="a")
    session, _ = joined(ROSTER, written(tmp_path, person("a", "Ben Tan"), undo))
    assert session == ROSTER


def test_a_damaged_journal_costs_only_what_is_damaged(tmp_path: Path) -> None:
    session, issues = joined(ROSTER, written(tmp_path, person("a", "Ben Tan"), tail=b'{"id": "x'))
    assert [p.name for p in session.participants] == ["Ana Lim", "Ben Tan"]
    assert [issue.where for issue in issues] == [NAME]


def test_without_a_journal_nothing_changes(tmp_path: Path) -> None:
    assert joined(ROSTER, tmp_path) == (ROSTER, ())
    (tmp_path / "single.wav").write_bytes(b"")
    assert joined(ROSTER, tmp_path / "single.wav") == (ROSTER, ())
