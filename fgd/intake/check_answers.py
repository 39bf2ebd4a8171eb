"""Read what participants sent back: the file that a check page saves, a Word file, or plain text.

Plain text names the check in one line and then answers by number::

    check 3f9a1c22b07d 5e01aa92
    1 right
    2 differently: we meant two years
    3 not mine
    4 leave out
    9 side: against
    remark: thank you

What begins with ``>`` is quoted mail and is read for the line with the check alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from fgd.core import files
from fgd.core.serialization import decode
from fgd.core.text import clean
from fgd.intake.office_texts import Paragraph, read_docx
from fgd.model import (
    CHOICES,
    CHOICES_OF_MANY,
    SIDES_OFFERED,
    CheckAnswer,
    Issue,
    Reply,
    Verdict,
)

LARGEST = {".json": 1 << 20, ".txt": 1 << 20, ".docx": 20 << 20}
"""Bytes of a file of each kind at most."""

INSTEAD = {
    ".html .htm .mht .mhtml": "A page that is sent back holds no answers: ask for the file that "
    "its button saves, or for the Word file.",
    ".pdf .jpg .jpeg .png .tif .tiff .heic": "Write down as text (.txt) what is crossed on it.",
    ".eml .msg": "Save the text of the mail as .txt, and beside it what was attached.",
    ".doc .odt .rtf .pages": "Save it as .docx, or write down as text (.txt) what it says.",
}
OTHER = "Take it out of the folder."

LONGEST = 2_000
"""Characters of a wording, and of a remark, at most."""

_NAMED = re.compile(r"\bcheck\s+([0-9a-f]{12})\s+([0-9a-f]{8})\b", re.IGNORECASE)
_LINE = re.compile(r"\s*(?:no\.?\s*)?(\d{1,4})\s*[.):\-\u2013]?\s+(\S.*)", re.IGNORECASE)
_REMARK = re.compile(r"\s*remarks?\s*:\s*(.*)", re.IGNORECASE)
_SIDE = re.compile(r"(?:wrong\s+)?side\s*[:=\-]?\s*(.*)", re.IGNORECASE)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_UNCROSSED = frozenset(("", "no", "n", "-", "\u2013", "0"))
"""What people leave or write in a box that is not meant, but for the box itself."""
_SPOKEN: dict[str, Verdict] = {
    "right": "right", "this is right": "right", "ok": "right", "correct": "right",
    "not mine": "not mine", "not me": "not mine", "leave out": "leave out",
    "leave this out": "leave out", "not put": "not put",
}  # fmt: skip
"""What people write in mails, and what it means."""


class _Told(msgspec.Struct):
    """One answer in the file that a page saves."""

    verdict: Verdict
    key: str = ""
    number: int = 0
    wording: str = ""
    side: str = ""


class _Saved(msgspec.Struct):
    """The file that a page saves."""

    check: int
    person: str
    edition: str
    session: str = ""
    replies: tuple[_Told, ...] = ()
    remark: str = ""


def read_answer(path: Path) -> tuple[CheckAnswer | None, list[Issue]]:
    """Read a file that came back, whatever of the three it is; nothing if it is no answer.

    Raises ``OSError`` only.
    """
    name, kind = files.printable(path.name), path.suffix.casefold()
    if kind not in LARGEST:
        remedy = next((told for kinds, told in INSTEAD.items() if kind in kinds.split()), OTHER)
        return None, [Issue("warning", name, "this file is no answer to a check.", remedy)]
    size = path.stat().st_size
    if size > LARGEST[kind]:
        what = f"this file has {size:,} bytes, and an answer at most {LARGEST[kind]:,}."
        remedy = "Ask for it again without pictures, or answer for them as plain text."
        return None, [Issue("warning", name, what, remedy)]
    readers = {".json": _from_page, ".docx": _from_word, ".txt": _from_text}
    found, issues = readers[kind](path, name)
    return _checked(found, issues)


def _from_page(path: Path, name: str) -> tuple[CheckAnswer | None, list[Issue]]:
    try:
        saved = decode(path.read_bytes(), _Saved)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None, [_none(name)]
    if saved.check != 1:
        return None, [_none(name)]
    replies = tuple(
        Reply(each.verdict, each.key, each.number, "", each.wording, each.side)
        for each in saved.replies
    )
    return CheckAnswer(name, saved.person, saved.edition, saved.session, replies, saved.remark), []


def _from_text(path: Path, name: str) -> tuple[CheckAnswer | None, list[Issue]]:
    text, issues = files.read_text(path, name)
    named = _NAMED.search(text)
    if named is None:
        return None, [*issues, _none(name)]
    replies: list[Reply] = []
    remark: list[str] = []
    more: Callable[[str], None] | None = None

    def longer(words: str) -> None:
        last = replies[-1]
        replies[-1] = replace(last, wording=f"{last.wording} {words}".strip())

    for number, line in enumerate(text.split("\n"), 1):
        if line.rstrip() == "--":  # a signature follows
            break
        if line.lstrip().startswith(">") or _NAMED.search(line) or not line.strip():
            more = more if line.strip() else None
            continue
        if said := _REMARK.fullmatch(line):
            remark.append(said[1])
            more = remark.append
        elif (said := _LINE.fullmatch(line)) and (reply := _spoken(int(said[1]), said[2])):
            replies.append(reply)
            more = longer if reply.verdict == "differently" else None
        elif more is not None:
            more(line)
        else:
            what = f"this line is no answer and was not read: {clean(line)[:80]!r}"
            remedy = 'Write its number and the answer ("3 not mine"), or remark: before it.'
            issues.append(Issue("warning", name, what, remedy, f"line {number}"))
    answer = CheckAnswer(name, named[1], named[2], "", tuple(replies), " ".join(remark))
    return answer, issues


def _spoken(number: int, said: str) -> Reply | None:
    """Read what stands behind a number; nothing if it is no answer."""
    said = said.strip()
    word = said.casefold().strip(" .!")
    if word in _SPOKEN:
        return Reply(_SPOKEN[word], number=number)
    if found := re.fullmatch(r"differently\s*[:\-\u2013]?\s*(.*)", said, re.IGNORECASE):
        return Reply("differently", number=number, wording=found[1])
    if found := _SIDE.fullmatch(said):
        return Reply("wrong side", number=number, side=found[1].casefold().strip(" ."))
    return None


def _from_word(path: Path, name: str) -> tuple[CheckAnswer | None, list[Issue]]:
    blocks, issues = read_docx(path, name)
    if issues:
        return None, issues
    texts = [each.text for each in blocks if isinstance(each, Paragraph)]
    named = next(filter(None, map(_NAMED.search, texts)), None)
    if named is None:
        return None, [_none(name)]
    replies: list[Reply] = []
    remark, asked = "", ""
    for block in blocks:
        if isinstance(block, Paragraph):
            asked = block.text if re.match(r"\d+\. ", block.text) else asked
            continue
        rows = [["\n".join(p.text for p in cell).strip() for cell in row] for row in block.rows]
        head = rows[0] if rows else []
        if head[:1] == ["Remark"]:
            remark = " ".join(cell for row in rows[1:] for cell in row).strip()
        elif len(head) > 1 and head[0].isdigit():
            number = int(head[0])
            words = asked.removeprefix(f"{number}. ") if asked.startswith(f"{number}. ") else ""
            found = list(_crossed(rows[1:], number, words))
            if len(found) > 1:
                what = "two answers are crossed to one question, so neither was read."
                remedy = "Leave one cross and read the folder again."
                issues.append(Issue("warning", name, what, remedy, f"number {number}"))
            else:
                replies += found
    return CheckAnswer(name, named[1], named[2], "", tuple(replies), remark), issues


def _crossed(rows: Sequence[Sequence[str]], number: int, words: str) -> Iterator[Reply]:
    """Find the answers that are crossed in a table; words without a cross are an answer, too."""
    texts = {told: verdict for many in (CHOICES, CHOICES_OF_MANY) for verdict, told in many.items()}
    sides = {f"\u2013 {told}": side for of in SIDES_OFFERED.values() for side, told in of.items()}
    chosen: dict[Verdict, Reply] = {}
    side, wording, last = "", "", ""
    for row in rows:
        box, text = row[0], " ".join(row[1:]).strip()
        told = next((each for each in texts if text.startswith(each)), "")
        is_crossed = re.sub(r"[\u2610\s]", "", box).casefold() not in _UNCROSSED
        if told:
            last = texts[told]
            rest = text.removeprefix(told).strip()
            wording = rest if last == "differently" and rest else wording
            if is_crossed:
                chosen[texts[told]] = Reply(texts[told], number=number, words=words)
        elif text in sides:
            side = sides[text] if is_crossed else side
        elif last == "differently":
            wording = f"{wording} {text}".strip()
    if wording:
        given = chosen.get("differently", Reply("differently", number=number, words=words))
        chosen["differently"] = replace(given, wording=wording)
    if side:
        given = chosen.get("wrong side", Reply("wrong side", number=number, words=words))
        chosen["wrong side"] = replace(given, side=side)
    yield from chosen.values()


def _checked(
    found: CheckAnswer | None, issues: list[Issue]
) -> tuple[CheckAnswer | None, list[Issue]]:
    """Clean what somebody wrote, and leave out what is too long or said twice."""
    if found is None:
        return None, issues
    replies: dict[tuple[str, int], Reply] = {}
    torn: set[tuple[str, int]] = set()
    for each in found.replies:
        reply = replace(each, wording=clean(each.wording), words=clean(each.words))
        place = f"number {reply.number}" if reply.number else ""
        key = (reply.key, reply.number)
        if len(reply.wording) > LONGEST:
            what = f"a wording has {len(reply.wording):,} characters and was not read."
            remedy = f"Ask for it in at most {LONGEST:,}."
            issues.append(Issue("warning", found.file, what, remedy, place))
        elif replies.setdefault(key, reply) != reply:
            torn.add(key)
            what = "one question has two answers, so neither was read."
            remedy = "Leave one of them and read the folder again."
            issues.append(Issue("warning", found.file, what, remedy, place))
        elif _MARKUP.search(reply.wording):
            what = "a wording holds HTML, which is printed as the letters that it is written with."
            issues.append(Issue("note", found.file, what, place=place))
    remark = clean(found.remark)
    if len(remark) > LONGEST:
        what = f"the remark has {len(remark):,} characters; the first {LONGEST:,} were read."
        remedy = "The whole of it stays in this file: keep the file."
        issues.append(Issue("warning", found.file, what, remedy))
        remark = remark[:LONGEST]
    kept = tuple(reply for key, reply in replies.items() if key not in torn)
    code, edition = found.code.casefold()[:100], found.edition.casefold()[:100]
    return replace(found, code=code, edition=edition, replies=kept, remark=remark), issues


def _none(name: str) -> Issue:
    remedy = (
        "An answer is the file that the page saves, the Word file filled in, or a text with the "
        "line that begins with check. Take anything else out of the folder."
    )
    return Issue("warning", name, "this file is no answer to a check.", remedy)
