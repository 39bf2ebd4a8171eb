"""Take somebody's name and words out of texts, and of the files that hold them.

A name gives way to ``[somebody]``, a run of words that only they said to the mark. Files are
rewritten where nothing else of them changes: plain texts, and the texts inside Office files.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fgd.core.files import contents, decode
from fgd.disclosure.leaks import hits
from fgd.disclosure.remains import Traces, runs
from fgd.model import MARK, Word

NAME = "[somebody]"
"""What stands in the place of the name of somebody who withdrew."""

_BLOCKS = frozenset("p si is h comment text title span".split())
"""Elements whose texts, however they are cut into runs, are read as one line."""


@dataclass(frozen=True, slots=True)
class Eraser:
    """Takes out what ``traces`` tells."""

    traces: Traces

    def text(self, text: str) -> str:
        """Return a text without the names and the words."""
        for start, end, mark in reversed(self._places(text)):
            text = f"{text[:start]}{mark}{text[end:]}"
        return text

    def name(self, name: str) -> str:
        """Return the name of a file without the person's."""
        return self.text(name)

    def words(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """Return words without the names: of one that has several words the first becomes a mark.

        Marks of punctuation behind a name stay.
        """
        text, edges = "", []
        for word in words:
            edges.append((len(text), len(text) + len(word.text)))
            text += word.text
        kept: list[Word | None] = list(words)
        for hit in hits(text, self.traces.names):
            inside = [n for n, (a, b) in enumerate(edges) if a < hit.end and hit.start < b]
            for number in inside:
                kept[number] = None
            first, last = words[inside[0]], words[inside[-1]].text
            lead = first.text[: len(first.text) - len(first.text.lstrip())]
            tail = re.search(r"[.,;:?!…]*\s*$", last)
            kept[inside[0]] = replace(first, text=f"{lead}{NAME}{tail.group() if tail else ''}")
        return tuple(word for word in kept if word is not None)

    def named(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """Return the words in which the person is named."""
        text, found = "".join(word.text for word in words), []
        place = 0
        spans = [(hit.start, hit.end) for hit in hits(text, self.traces.names)]
        for word in words:
            end = place + len(word.text)
            if any(place < last and first < end for first, last in spans):
                found.append(word)
            place = end
        return tuple(found)

    def file(self, path: Path) -> bytes | None:
        """Return the new bytes of a file; nothing if it stays, or cannot be rewritten."""
        kind = contents(path)
        data = path.read_bytes()
        if kind in ("docx", "xlsx", "odt", "ods"):
            made = self.office(data)
        elif kind in ("text", "rtf"):
            before = decode(data, path.name)[0]
            after = self.text(before)
            return None if after == before else after.encode("utf-8", "surrogateescape")
        else:
            return None
        return None if made == data else made

    def _places(self, text: str) -> list[tuple[int, int, str]]:
        found = [(hit.start, hit.end, NAME) for hit in hits(text, self.traces.names)]
        stretches: list[tuple[int, int]] = []
        for run, start, end in runs(text) if self.traces.words else ():
            if run in self.traces.words:
                if stretches and start <= stretches[-1][1]:
                    stretches[-1] = (stretches[-1][0], end)
                else:
                    stretches.append((start, end))
        kept = [
            place for place in found
            if not any(place[0] < last and first < place[1] for first, last in stretches)
        ]  # fmt: skip
        return sorted([*kept, *((first, last, MARK) for first, last in stretches)])

    def office(self, data: bytes) -> bytes:
        """Return an Office file without the names and the words, all else as it was."""
        out, changed = io.BytesIO(), False
        with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w") as made:
            for entry in given.infolist():
                inner = given.read(entry)
                if entry.filename.endswith((".xml", ".rels")):
                    after = self._xml(inner)
                    changed |= after != inner
                    inner = after
                made.writestr(entry, inner)
        return out.getvalue() if changed else data

    def _xml(self, data: bytes) -> bytes:
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        try:
            root = etree.fromstring(data, parser)
        except etree.XMLSyntaxError:
            return data
        changed = False
        for element in root.iter():
            if not isinstance(element.tag, str):
                continue
            for key, value in element.attrib.items():
                after = self.text(value)
                if after != value:
                    element.set(key, after)
                    changed = True
            if len(element) == 0 or etree.QName(element).localname in _BLOCKS:
                changed |= self._block(element)
        if not changed:
            return data
        made: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        return made

    def _block(self, block: Any) -> bool:
        """Take what is to go out of the texts of one block, however they are cut into runs."""
        parts = list(_texts(block))
        whole = "".join(text for _, _, text in parts)
        places = self._places(whole)
        if not places:
            return False
        at = 0
        for element, where, text in parts:
            here = ""
            for number, letter in enumerate(text, at):
                inside = next((p for p in places if p[0] <= number < p[1]), None)
                here += letter if inside is None else inside[2] if inside[0] == number else ""
            at += len(text)
            setattr(element, where, here)
        return True


def _texts(block: Any) -> Iterator[tuple[Any, str, str]]:
    for element in block.iter():
        if element.text and isinstance(element.tag, str):
            yield element, "text", element.text
        if element.tail and element is not block:
            yield element, "tail", element.tail
