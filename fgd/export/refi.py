"""REFI-QDA: a session as a project of NVivo, MAXQDA, ATLAS.ti or QualCoder, and back.

The exchange format for qualitative data analysis, Project version of 18 March 2019: a ZIP with
``project.qde`` and plain texts in ``sources/``. Speakers are cases with their turns, codes carry
their coded segments, positions are Unicode code points of the text, GUIDs follow from the content
so that the same session gives the same bytes. What the programs refuse or misread is avoided:
children stand in the order of the schema, GUIDs are upper case, texts have no BOM and plain
newlines, empty containers are left out.
"""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fgd.core.clock import clock
from fgd.core.files import EPOCH
from fgd.core.text import slug, unique
from fgd.export.transcripts import Line
from fgd.model import Code, Codebook, Coding, Session

if TYPE_CHECKING:
    from lxml.etree import _Element

PROJECT = "urn:QDA-XML:project:1.0"
CODEBOOK = "urn:QDA-XML:codebook:1.0"
_SPACE = uuid.UUID("5b3f4f0e-6f3c-5d0c-9a55-0f6a3c1b7d21")
_WHEN = "2000-01-01T00:00:00Z"
_ORIGIN = "fgd"
_COLOURS = ("#1F6FB2", "#B2541F", "#3B8C4A", "#8A3FA0", "#A0833F", "#3FA098", "#B23A5E", "#5E6B78")
_INVALID = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MOST_BYTES, _MOST_ENTRIES = 2_000_000_000, 20_000


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whoever speaks: a case. ``facts`` are variables (role, institution, category, country)."""

    id: str
    name: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Text:
    """One recording's transcript as plain text. ``places`` maps a turn to where its words begin
    and end; ``begins`` to where its line begins.
    """

    recording: str
    name: str
    body: str
    places: Mapping[str, tuple[int, int]]
    begins: Mapping[str, int]


def texts(session: Session, lines: Sequence[Line], names: Mapping[str, str]) -> tuple[Text, ...]:
    """Return one plain text for each recording, a paragraph a turn: ``[h:mm:ss] NAME: words``.

    ``names`` are what to call the speaker of a turn, by turn; else it is the line's own name.
    """
    titles = {each.id: each.name for each in session.recordings}
    made: list[Text] = []
    for number, recording in enumerate(dict.fromkeys(line.recording for line in lines), 1):
        body: list[str] = []
        places: dict[str, tuple[int, int]] = {}
        begins: dict[str, int] = {}
        at = 0
        for line in lines:
            if line.recording != recording:
                continue
            stamp = f"[{clock(line.span.start, hours=2)}] " if line.timed else ""
            words = _INVALID.sub(" ", line.text).replace("\r", " ")
            lead = f"{stamp}{_INVALID.sub(' ', names.get(line.turn, line.speaker))}: "
            begins[line.turn] = at
            places[line.turn] = (at + len(lead), at + len(lead) + len(words))
            body.append(lead + words)
            at += len(lead) + len(words) + 1
        title = f"{number:02d} {titles.get(recording, recording)}"
        made.append(Text(recording, title, "\n".join(body) + "\n", places, begins))
    return tuple(made)


def write_project(files: Mapping[str, bytes]) -> bytes:
    """Pack the files of a project (``.qdpx``); the bytes are equal for equal files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, data)
    return out.getvalue()


def project_files(
    session: Session,
    lines: Sequence[Line],
    codebook: Codebook,
    codings: Sequence[Coding],
    speakers: Mapping[str, Speaker],
    *,
    notes: Mapping[str, str] | None = None,
    sounds: Mapping[str, tuple[str, bytes]] | None = None,
    title: str = "",
) -> dict[str, bytes]:
    """Write a session as the files of a REFI-QDA project, by their path in its ZIP.

    Args:
        session: gives title, names of recordings and the GUIDs.
        lines: the transcript, turn by turn.
        codebook: the codes in force; children hang under their parents.
        codings: stretches of turns with their codes; rejected ones are left out.
        speakers: who speaks each turn, by turn.
        notes: memos by title.
        sounds: the ending and bytes of recordings to put in, by recording: they get a transcript
            with a sync point at every turn.
        title: the project's name; the session's title where it is empty.
    """
    return _Writer(
        session, lines, codebook, codings, speakers, notes or {}, sounds or {}, title
    ).files()


def guid_of(*parts: object) -> str:
    """A GUID that follows from the parts of a name; of a code: session, ``"code"``, its id."""
    return str(uuid.uuid5(_SPACE, "\n".join(map(str, parts)))).upper()


class _Writer:
    """One project on its way to files."""

    def __init__(
        self,
        session: Session,
        lines: Sequence[Line],
        codebook: Codebook,
        codings: Sequence[Coding],
        speakers: Mapping[str, Speaker],
        notes: Mapping[str, str],
        sounds: Mapping[str, tuple[str, bytes]],
        title: str,
    ) -> None:
        self.session = session
        self.lines = lines
        self.codes = {code.id: code for code in codebook.codes}
        self.codings = [each for each in codings if each.status != "rejected"]
        self.speakers = speakers
        self.notes = notes
        self.sounds = sounds
        self.title = title or session.title or session.id
        self.texts = texts(session, lines, {turn: each.name for turn, each in speakers.items()})
        self.user = self.guid("user")
        self.selections: dict[str, list[tuple[str, str]]] = {}

    def guid(self, *parts: object) -> str:
        """Return a GUID that follows from what it names."""
        return guid_of(self.session.id, *parts)

    def files(self) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        root = self.element(
            None, "Project", name=self.title, origin=_ORIGIN, creatingUserGUID=self.user,
            creationDateTime=_WHEN,
        )  # fmt: skip
        users = self.element(root, "Users")
        self.element(users, "User", guid=self.user, name=_ORIGIN)
        if self.codes:
            codes = self.element(self.element(root, "CodeBook"), "Codes")
            add_codes(codes, self.codes.values(), self.guid, PROJECT)
        sources = self.make_sources(files)
        self.add_variables(root)
        self.add_cases(root)
        root.append(sources)
        if self.notes:
            memos = self.element(root, "Notes")
            for name, body in self.notes.items():
                guid = self.guid("note", name)
                path = f"sources/{self.guid('note text', name)}.txt"
                files[path] = _INVALID.sub(" ", body).encode("utf-8")
                self.element(
                    memos, "Note", guid=guid, name=name, plainTextPath=f"internal://{path[8:]}",
                    creatingUser=self.user, creationDateTime=_WHEN,
                )  # fmt: skip
        return {"project.qde": xml_bytes(root), **files}

    def element(self, parent: _Element | None, tag: str, **attributes: str) -> _Element:
        return _element(parent, tag, PROJECT, **attributes)

    def make_sources(self, files: dict[str, bytes]) -> _Element:
        sources = self.element(None, "Sources")
        for text in self.texts:
            path = f"{self.guid('text', text.recording)}.txt"
            files[f"sources/{path}"] = text.body.encode("utf-8")
            self.add_text(sources, text, path)
            if text.recording in self.sounds:
                self.add_sound(sources, text, files)
        return sources

    def is_timed(self, text: Text) -> bool:
        return any(line.timed for line in self.lines if line.recording == text.recording)

    def add_text(self, sources: _Element, text: Text, path: str) -> None:
        source = self.element(
            sources, "TextSource", guid=self.guid("source", text.recording), name=text.name,
            plainTextPath=f"internal://{path}", creatingUser=self.user, creationDateTime=_WHEN,
        )  # fmt: skip
        for name, start, end, owner in self.stretches(text):
            guid = self.guid("selection", text.recording, start, end, owner)
            selection = self.element(
                source, "PlainTextSelection", guid=guid, name=name, startPosition=str(start),
                endPosition=str(end), creatingUser=self.user, creationDateTime=_WHEN,
            )  # fmt: skip
            self.add_coding(selection, owner, guid)
            self.remember(owner, source.get("guid", ""), guid)

    def add_sound(self, sources: _Element, text: Text, files: dict[str, bytes]) -> None:
        """Add a recording with its transcript, which has a sync point at every turn.

        What is coded stays on the text: programs differ by a character in where a stretch between
        two sync points begins.
        """
        ending, data = self.sounds[text.recording]
        sound = f"{self.guid('sound', text.recording)}{ending}"
        files[f"sources/{sound}"] = data
        films = (".mp4", ".mov", ".mkv", ".avi", ".webm", ".wmv", ".m4v")
        name = text.name.partition(" ")[2]
        source = self.element(
            sources, "VideoSource" if ending in films else "AudioSource",
            guid=self.guid("heard", text.recording), name=name, path=f"internal://{sound}",
            creatingUser=self.user, creationDateTime=_WHEN,
        )  # fmt: skip
        if not self.is_timed(text):
            return
        path = f"{self.guid('transcript text', text.recording)}.txt"
        files[f"sources/{path}"] = text.body.encode("utf-8")
        transcript = self.element(
            source, "Transcript", guid=self.guid("transcript", text.recording), name=text.name,
            plainTextPath=f"internal://{path}", creatingUser=self.user, creationDateTime=_WHEN,
        )  # fmt: skip
        for line in self.lines:
            if line.recording == text.recording:
                place = text.begins[line.turn]
                self.element(
                    transcript, "SyncPoint", guid=self.guid("point", text.recording, place),
                    position=str(place), timeStamp=str(line.span.start),
                )  # fmt: skip

    def stretches(self, text: Text) -> Iterable[tuple[str, int, int, str]]:
        """Name, start, end and owner of all selections: coded stretches first, then turns, whose
        owner is ``turn:`` and the speaker.
        """
        seen: set[tuple[int, int, str]] = set()
        for coding in self.codings:
            place = text.places.get(coding.turn)
            if place is None or coding.code not in self.codes:
                continue
            start, end = place[0] + coding.start, min(place[1], place[0] + coding.end)
            if start < end and (start, end, coding.code) not in seen:
                seen.add((start, end, coding.code))
                yield text.body[start:end][:60].strip(), start, end, f"code:{coding.code}"
        for turn, (start, end) in text.places.items():
            speaker = self.speakers.get(turn)
            if speaker is not None and start < end:
                yield speaker.name, start, end, f"turn:{speaker.id}"

    def add_coding(self, selection: _Element, owner: str, guid: str) -> None:
        kind, _, key = owner.partition(":")
        if kind == "code":
            coding = self.element(
                selection, "Coding", guid=self.guid("coding", guid), creatingUser=self.user,
                creationDateTime=_WHEN,
            )  # fmt: skip
            self.element(coding, "CodeRef", targetGUID=self.guid("code", key))

    def remember(self, owner: str, source: str, selection: str) -> None:
        kind, _, key = owner.partition(":")
        if kind == "turn":
            self.selections.setdefault(key, []).append((source, selection))

    def people(self) -> list[Speaker]:
        return list({each.id: each for each in self.speakers.values()}.values())

    def add_variables(self, root: _Element) -> None:
        names = dict.fromkeys(name for each in self.people() for name in each.facts)
        if names:
            variables = self.element(root, "Variables")
            for name in names:
                guid = self.guid("variable", name)
                self.element(variables, "Variable", guid=guid, name=name, typeOfVariable="Text")

    def add_cases(self, root: _Element) -> None:
        people = self.people()
        if not people:
            return
        cases = self.element(root, "Cases")
        for speaker in people:
            guid = self.guid("case", speaker.id)
            case = self.element(cases, "Case", guid=guid, name=speaker.name)
            for name, value in speaker.facts.items():
                if value:
                    told = self.element(case, "VariableValue")
                    self.element(told, "VariableRef", targetGUID=self.guid("variable", name))
                    self.element(told, "TextValue").text = _INVALID.sub(" ", value)
            mine = self.selections.get(speaker.id, [])
            for source in dict.fromkeys(source for source, _ in mine):
                self.element(case, "SourceRef", targetGUID=source)
            for _, selection in mine:
                self.element(case, "SelectionRef", targetGUID=selection)


def _element(parent: _Element | None, tag: str, space: str, **attributes: str) -> _Element:
    from lxml import etree

    name = f"{{{space}}}{tag}"
    made = (
        etree.Element(name, nsmap={None: space})
        if parent is None
        else etree.SubElement(parent, name)
    )
    for key, value in attributes.items():
        made.set(key, _INVALID.sub(" ", value))
    return made


def xml_bytes(root: _Element) -> bytes:
    """Return an XML document as UTF-8 without a BOM."""
    from lxml import etree

    data: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return data


def add_codes(parent: _Element, codes: Iterable[Code], guid: Any, space: str) -> None:
    """Hang codes under ``parent``, children under their parents, in the codebook's order."""
    listed = list(codes)
    called = code_names(listed)
    known = {code.id for code in listed}
    made: dict[str, _Element] = {"": parent}
    waiting = listed
    for _ in range(len(listed) + 1):
        later = []
        for number, code in enumerate(waiting):
            above = code.parent if code.parent in known and code.parent != code.id else ""
            if above not in made:
                later.append(code)
                continue
            element = _element(
                made[above], "Code", space, guid=guid("code", code.id), name=called[code.id],
                isCodable="true", color=_COLOURS[number % len(_COLOURS)],
            )  # fmt: skip
            if code.description:
                _element(element, "Description", space).text = _INVALID.sub(" ", code.description)
            made[code.id] = element
        waiting = later
        if not waiting:
            break
    for parent_element in made.values():  # a description stands before the codes below
        for child in parent_element.findall(f"{{{space}}}Description"):
            parent_element.remove(child)
            parent_element.insert(0, child)


def code_names(codes: Iterable[Code]) -> dict[str, str]:
    """What each code is called in a project, by id: QualCoder drops the second of one name with all
    that it codes, so that one is told by what it stands under, or by a number.
    """
    listed = list(codes)
    names = {code.id: code.name or code.id for code in listed}
    taken: set[str] = set()
    for code in listed:
        name = names[code.id]
        if name.casefold() in taken and code.parent in names:
            name = f"{name} ({names[code.parent]})"
        number = 2
        while name.casefold() in taken:
            name = f"{names[code.id]} ({number})"
            number += 1
        taken.add(name.casefold())
        names[code.id] = name
    return names


def write_codebook(codebook: Codebook) -> bytes:
    """Write a codebook as REFI-QDA (``.qdc``)."""
    root = _element(None, "CodeBook", CODEBOOK, origin=_ORIGIN)

    def guid(*parts: object) -> str:
        return guid_of(codebook.id, *parts)

    add_codes(_element(root, "Codes", CODEBOOK), codebook.codes, guid, CODEBOOK)
    return xml_bytes(root)


# -- reading ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Coded:
    """A coded stretch of a source of somebody's project: code points of its text."""

    source: str
    start: int
    end: int
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Project:
    """What a REFI-QDA project holds for us: codes, texts by the name of their source, codings.

    ``guids`` are the GUIDs of the codes, by id: those of our own export are known again by them.
    """

    name: str = ""
    codes: tuple[Code, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    coded: tuple[Coded, ...] = ()
    guids: Mapping[str, str] = field(default_factory=dict)


def read_codebook(data: bytes) -> Codebook:
    """Read a codebook (``.qdc``). Raises ``ValueError`` with a sentence if it is none."""
    root = _parsed(data)
    if _local(root) != "CodeBook":
        raise ValueError("this is no REFI-QDA codebook (its root is no CodeBook).")
    codes = _codes(root)[0]
    title = root.get("origin", "")
    return Codebook(slug(title, "codebook"), title, "1.0", codes)


def read_project(data: bytes) -> Project:
    """Read codes, texts and coded stretches of a project (``.qdpx``) of any program.

    Positions are repaired where a program counted the line ends of Windows or UTF-16. Raises
    ``ValueError`` with a sentence if it is none.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            size = sum(part.file_size for part in parts)
            if len(parts) > _MOST_ENTRIES or size > _MOST_BYTES:
                raise ValueError("unpacked, this project is larger than 2 GB, which is the limit.")
            names = {part.filename.casefold(): part.filename for part in parts}
            project = next((name for key, name in names.items() if key.endswith(".qde")), "")
            if not project:
                raise ValueError("this is no REFI-QDA project (it holds no project.qde).")
            root = _parsed(archive.read(project))
            return _project(root, archive, names)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError) as problem:
        raise ValueError(f"this is no readable ZIP archive ({problem}).") from problem


def _parsed(data: bytes) -> _Element:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise ValueError(f"the XML is damaged ({str(problem)[:120]}).") from problem


def _local(element: _Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _child(element: _Element, name: str) -> _Element | None:
    return next((child for child in element if _local(child) == name), None)


def _codes(root: _Element) -> tuple[tuple[Code, ...], dict[str, str]]:
    """Return the codes below an element and the id of each GUID; ids come from names."""
    made: list[Code] = []
    ids: dict[str, str] = {}
    taken: set[str] = set()
    stack = [(element, "") for element in reversed([*_top_codes(root)])]
    while stack:
        element, parent = stack.pop()
        name = " ".join(element.get("name", "").split())
        identity = unique(slug(name, "code"), taken)
        ids[_guid(element.get("guid", ""))] = identity
        told = _child(element, "Description")
        description = " ".join("".join(told.itertext()).split()) if told is not None else ""
        made.append(Code(identity, name, description, parent=parent, origin="person"))
        below = [child for child in element if _local(child) == "Code"]
        stack += [(child, identity) for child in reversed(below)]
    return tuple(made), ids


def _top_codes(root: _Element) -> Iterable[_Element]:
    for element in root.iter():
        if _local(element) == "Codes":
            return [child for child in element if _local(child) == "Code"]
    return []


def _guid(text: str) -> str:
    return text.strip("{} ").upper()


def _project(root: _Element, archive: zipfile.ZipFile, names: Mapping[str, str]) -> Project:
    codes, ids = _codes(root)
    bodies: dict[str, str] = {}
    coded: list[Coded] = []
    for source in root.iter():
        if _local(source) not in ("TextSource", "Transcript"):
            continue
        name = source.get("name", "")
        body = _body(source, archive, names)
        if body is None:
            continue
        bodies[name] = body.replace("\r\n", "\n")
        points = {
            _guid(point.get("guid", "")): _whole(point.get("position"))
            for point in source
            if _local(point) == "SyncPoint"
        }
        for selection in source:
            kind = _local(selection)
            if kind == "PlainTextSelection":
                start = _whole(selection.get("startPosition"))
                end = _whole(selection.get("endPosition"))
            elif kind == "TranscriptSelection":
                start = points.get(_guid(selection.get("fromSyncPoint", "")), -1)
                end = points.get(_guid(selection.get("toSyncPoint", "")), -1)
            else:
                continue
            if not 0 <= start < end:
                continue
            start, end = _in_plain(body, start, end, selection.get("name", ""))
            for coding in selection:
                target = _child(coding, "CodeRef") if _local(coding) == "Coding" else None
                code = (
                    ids.get(_guid(target.get("targetGUID", "")), "") if target is not None else ""
                )
                if code:
                    text = bodies[name][start:end]
                    coded.append(Coded(name, start, end, code, text))
    guids = {identity: guid for guid, identity in ids.items()}
    return Project(root.get("name", ""), codes, bodies, tuple(coded), guids)


def _whole(text: str | None) -> int:
    return int(text) if text is not None and re.fullmatch(r"\d{1,12}", text) else -1


def _in_plain(body: str, start: int, end: int, name: str) -> tuple[int, int]:
    """Positions in the text with plain line ends. Where the file has those of Windows, programs
    count them as one or as two; the name of a selection, which is its text, tells which.
    """
    if "\r\n" not in body:
        return start, end
    plain = body.replace("\r\n", "\n")
    both = (start - body.count("\r\n", 0, start), end - body.count("\r\n", 0, end))
    told = " ".join(name.split())[:30]
    as_one = told and " ".join(plain[start:end].split()).startswith(told)
    return (start, end) if as_one else both


def _body(source: _Element, archive: zipfile.ZipFile, names: Mapping[str, str]) -> str | None:
    content = _child(source, "PlainTextContent")
    if content is not None:
        return "".join(content.itertext())
    path = source.get("plainTextPath", "")
    if not path.startswith("internal://"):
        return None
    wanted = f"sources/{path.removeprefix('internal://')}".casefold()
    found = names.get(wanted)
    if found is None:
        return None
    return archive.read(found).decode("utf-8-sig", "replace")
