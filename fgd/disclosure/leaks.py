"""Scan every byte of every file about to be written for every secret."""

from __future__ import annotations

import base64
import binascii
import contextlib
import gzip
import hashlib
import html
import io
import itertools
import re
import threading
import unicodedata
import zipfile
import zlib
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property, lru_cache
from urllib.parse import unquote

from fgd.core.errors import LeakError
from fgd.disclosure.doubts import is_common
from fgd.disclosure.words import (
    INVISIBLE,
    Secret,
    fold,
    folded,
    is_unspaced,
    may_be_spelled,
    tokens,
)
from fgd.model import Brief, Piece

KINDS = {
    "person": "the name of a person",
    "institution": "the name of an institution",
    "country": "a country with one delegate",
}
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret found in a file: which file, where in it, what kind, and the words.

    As a sentence it leaves the words out, because messages travel further than files.
    """

    file: str
    place: str
    text: str
    kind: str

    def __str__(self) -> str:
        return f"{self.place}: {KINDS[self.kind]}"


def leaks(files: Mapping[str, bytes], secrets: Sequence[Secret]) -> tuple[Leak, ...]:
    """Find every place in the files, their names included, that says a secret.

    A place reached by several readings of the same bytes is reported once.
    """
    found: dict[tuple[str, str, str], Leak] = {}
    hits = matcher(tuple(secrets))
    for name, data in sorted(files.items()):
        for place, text in readings(name, data):
            for hit in hits(text):
                said = text[hit.start : hit.end]
                line = text.count("\n", 0, hit.start) + 1
                where = place if place.endswith("(name)") else f"{place}, line {line}"
                key = (place.partition(" (")[0], hit.secret.text, hit.secret.kind)
                found.setdefault(key, Leak(name, where, said, hit.secret.kind))
    return tuple(found.values())


def guard(
    edited: Brief,
    build: Callable[[Brief], Mapping[str, bytes]],
    secrets: Sequence[Secret],
) -> dict[str, bytes]:
    """Build the files of an edition and let them pass only if they leak nothing.

    A list of participants that the session's own switch allows is not a leak: where the files say
    more than they may, the scan reads them as they are without the list.
    Raises ``LeakError`` with the first places.
    """
    files = dict(build(edited))
    found = leaks(files, secrets)
    if found and edited.participants:
        found = leaks(dict(build(replace(edited, participants=()))), secrets)
    if found:
        # "Law", "F1" or "Participant" stand in the template, in styles and in labels of ours; they
        # tell of somebody only where the edition inserts them.
        hits_of = matcher(tuple(secrets))
        said = {
            fold(text[hit.start : hit.end]) for text in _inserted(edited) for hit in hits_of(text)
        }
        own = _template(edited, build, secrets)
        found = tuple(
            each
            for each in found
            if fold(each.text) in said
            or not (_is_weak(each.text) or (each.file, fold(each.text)) in own)
        )
    if found:
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise LeakError(
            f"the {edited.edition} edition would have revealed who was there: "
            + "; ".join(map(str, found[:SHOWN]))
            + more
            + ".",
            where=edited.id or edited.kind,
            remedy="Nothing of it was written. Look at these places in the internal edition, then "
            "correct the transcript or the roster, or name what may be named under [brief] "
            "may_be_named.",
        )
    return files


def _template(
    edited: Brief, build: Callable[[Brief], Mapping[str, bytes]], secrets: Sequence[Secret]
) -> set[tuple[str, str]]:
    """Read the files of an empty edition; not in Word, which may have a letterhead."""
    empty = Brief(
        id="", title="", kind=edited.kind, disclosure=edited.disclosure,
        language=edited.language, edition=edited.edition,
    )  # fmt: skip
    return {
        (each.file, fold(each.text))
        for each in leaks(dict(build(empty)), secrets)
        if not each.file.endswith(".docx")
    }


_OURS = frozenset(
    "id extract again candidates codes section clip place kind edition status speaker side "
    "quoted_in proposition label role reading glance disclosure language category".split()
)
"""Fields of a brief that hold ids and words of ours."""

_NUMBERED = re.compile(r"[A-Z]{1,2}\d+(?:\.\d+)?")
"""F3, Q17, T2: how findings, quotes and themes are numbered."""


def _inserted(edited: Brief) -> Iterator[str]:
    """List the texts that an edition brings into the template: quotes, titles, values."""

    def texts(value: object) -> Iterator[str]:
        if isinstance(value, str):
            if not _NUMBERED.fullmatch(value):
                yield value
        elif isinstance(value, tuple):
            for each in value:
                yield from texts(each)
        elif isinstance(value, Piece):
            yield value.text if value.said else ""
        elif is_dataclass(value):
            for each in fields(value):
                if each.name not in _OURS:
                    yield from texts(getattr(value, each.name))

    return texts(replace(edited, participants=()))


def _is_weak(text: str) -> bool:
    """Tell whether a spelling is made of common words, short codes and numbers alone."""
    return all(len(word) <= SHORT or is_common(word) for word in folded(text))


SHORT = 3
"""Letters of a code that stands in any file by chance."""

_GLUE = 10
"""Letters that a name of several words needs to be looked for with nothing between its words."""

_INSIDE = 7
"""Letters that a name of one word needs to be looked for inside longer words."""

_REMEMBERED = 20_000
"""Texts without a secret that are remembered by their hash: most of a file is as it was."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Characters ``start``..``end`` of a text that give a secret away."""

    start: int
    end: int
    secret: Secret


def hits(text: str, secrets: Sequence[Secret]) -> tuple[Hit, ...]:
    """Find the places in a text that say a secret, in order; of overlapping ones the longest."""
    return matcher(tuple(secrets))(text)


@lru_cache(maxsize=8)
def matcher(secrets: tuple[Secret, ...]) -> Matcher:
    """Make what finds these secrets; it remembers the texts in which it found none of them."""
    return Matcher(secrets)


class Matcher:
    """Secrets by their first word, and the long ones as plain letters.

    Nearly all of the bytes of a file say no secret, so that a text is first taken apart into its
    folded words alone; where they stand is asked only where something was found.
    """

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self.by_first: dict[str, list[tuple[tuple[str, ...], Secret]]] = defaultdict(list)
        self.glued: dict[str, Secret] = {}
        self.single = {secret.tokens[0] for secret in secrets if len(secret.tokens) == 1}
        self.inside: dict[str, Secret] = {}
        self._spelt: dict[str, bool] = {}
        self._clean: OrderedDict[bytes, None] = OrderedDict()
        self._lock = threading.Lock()
        for secret in secrets:
            words = secret.tokens
            if not words:
                continue
            self.by_first[words[0]].append((words, secret))
            letters = "".join(words)
            long = len(words) > 1 and len(letters) >= _GLUE
            if not secret.exact and (long or is_unspaced(secret.text)):
                self.glued.setdefault(letters, secret)
            if len(words) == 1 and len(letters) >= _INSIDE and not secret.exact:
                self.inside.setdefault(letters, secret)

    def __call__(self, text: str) -> tuple[Hit, ...]:
        """See ``hits``."""
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            if key in self._clean:
                return ()
        found = self._hits(text)
        if not found:
            with self._lock:
                self._clean[key] = None
                if len(self._clean) > _REMEMBERED:
                    self._clean.popitem(last=False)
        return found

    def _hits(self, text: str) -> tuple[Hit, ...]:
        said = _Said(text)
        found = [*self._runs(said), *self._spelled(said), *self._joined(said), *self._inside(said)]
        found.sort(key=lambda hit: (hit.start - hit.end, hit.start))
        kept: list[Hit] = []
        for hit in found:
            if all(hit.end <= other.start or hit.start >= other.end for other in kept):
                kept.append(hit)
        return tuple(sorted(kept, key=lambda hit: hit.start))

    def _runs(self, said: _Said) -> Iterator[Hit]:
        """Match whole words in order, anything but words between them."""
        for word in self.by_first.keys() & set(said.words):
            wanted = self.by_first[word]
            for at in (number for number, each in enumerate(said.words) if each == word):
                for words, secret in wanted:
                    if tuple(said.words[at : at + len(words)]) == words:
                        hit = said.hit(at, at + len(words) - 1, secret)
                        if not secret.exact or _as_written(said.text[hit.start : hit.end], secret):
                            yield hit

    def _spelled(self, said: _Said) -> Iterator[Hit]:
        """Match runs of single letters, "C.S.I.S." or "C S I S", read as one word."""
        if not may_be_spelled(said.text):
            return
        single = [n for n, word in enumerate(said.words) if len(word) == 1 and word.isalpha()]
        for _, run in itertools.groupby(enumerate(single), lambda each: each[1] - each[0]):
            places = [place for _, place in run]
            first, end = places[0], places[-1] + 1
            if self._spellable("".join(said.words[first:end])):
                for start, last in said.close(first, end):
                    yield from self._within(said, start, last)

    def _spellable(self, letters: str) -> bool:
        """Tell whether a secret of one word is among letters in a row, whatever is between them."""
        if letters not in self._spelt:
            longest = max(map(len, self.single), default=0)
            self._spelt[letters] = any(
                letters[start:end] in self.single
                for end in range(2, len(letters) + 1)
                for start in range(max(0, end - longest), end - 1)
            )
        return self._spelt[letters]

    def _within(self, said: _Said, first: int, end: int) -> Iterator[Hit]:
        word = "".join(said.words[first:end])
        for size in range(len(word), 1, -1):
            for start in range(len(word) - size + 1):
                for wanted, secret in self.by_first.get(word[start : start + size], ()):
                    hit = said.hit(first + start, first + start + size - 1, secret)
                    there = said.text[hit.start : hit.end]
                    if len(wanted) == 1 and (not secret.exact or there == there.upper()):
                        yield hit

    def _inside(self, said: _Said) -> Iterator[Hit]:
        """Match long names with something grown onto them: "agreementWattanakul", "Wattanakuls"."""
        line = " ".join(said.words) if self.inside else ""
        for name in [each for each in self.inside if each in line]:
            for number, word in enumerate(said.words):
                if name in word and name != word:
                    yield said.hit(number, number, self.inside[name])

    def _joined(self, said: _Said) -> Iterator[Hit]:
        """Match names whose words run together or are broken up, by the letters of the text."""
        letters = "".join(said.words) if self.glued else ""
        for name, secret in self.glued.items():
            at = letters.find(name)
            while at >= 0:
                yield said.hit(said.places[at], said.places[at + len(name) - 1], secret)
                at = letters.find(name, at + 1)


class _Said:
    """A text as its folded words and numbers; where they stand is found when it is asked."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = folded(text)

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Find where each word begins and ends."""
        return [(token.start, token.end) for token in tokens(self.text)]

    @cached_property
    def places(self) -> list[int]:
        """Map every letter of the words run together to the word it comes from."""
        return [number for number, word in enumerate(self.words) for _ in word]

    def hit(self, first: int, last: int, secret: Secret) -> Hit:
        """Make a hit from the beginning of one word to the end of another."""
        return Hit(self.spans[first][0], self.spans[last][1], secret)

    def close(self, first: int, end: int) -> Iterator[tuple[int, int]]:
        """Split a run of words at whatever is more than the marks by which letters are set off."""
        start = first
        for number in range(first + 1, end + 1):
            if number == end or self._between(number).strip(" .-\u00b7"):
                yield start, number
                start = number

    def _between(self, number: int) -> str:
        """Return what stands between a word and the one before it; a hyphen may end a line."""
        return self.text[self.spans[number - 1][1] : self.spans[number][0]].replace("-\n", "-")


def _as_written(said: str, secret: Secret) -> bool:
    """Tell whether a word that is also a common one stands there as the name is written.

    Names written in mixed case may also be shouted in capitals.
    """
    plain = re.sub(rf"[{INVISIBLE}]", "", said)
    return plain == secret.text or (plain.isupper() and len(plain) > 1)


_TAG = re.compile(r"<[^<>]*>")
_BLOCK = re.compile(r"</?(?:p|div|li|td|th|tr|h[1-6]|dt|dd|br|w:p|a:p|row|c|si|t)\b[^<>]*>", re.I)
_HEX = re.compile(
    r"\\u\{([0-9a-fA-F]{1,6})\}|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\x([0-9a-fA-F]{2})"
    r"|\\([0-9a-fA-F]{2,6})\s?"
)
_ENCODED = re.compile(r"base64,([A-Za-z0-9+/=\s]{16,})")
_UNNAMED = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{16,}={0,2}(?![\w+/=])")
"""What may be base64 that nothing announces; ordinary words do not decode to text."""

_APART = re.compile("(?<=[a-z\u00df-\u00f6\u00f8-\u00ff])(?=[A-Z\u00c0-\u00d6\u00d8-\u00de])")
"""Where a capital follows a small letter: two words that lost the space between them."""

_BROKEN = re.compile(
    rf"(?<=[\w{INVISIBLE}\u0300-\u036f])[-\u00ad\u2010]\s*\n\s*(?=[\w{INVISIBLE}\u0300-\u036f])"
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_RUN = re.compile(
    rb"(?:[\t\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}){8,}"
)
"""Eight letters or more in a row, each as UTF-8 writes it."""

_GEOMETRY = re.compile(r'(\sd=")(?:[MLHVCSQTA]\s*(?:-?\d[\d.]*[\s,]+)+|[Zz]\s*)+(?=")')
"""The lines of a drawing: commands of one letter with numbers between them, which say nothing."""

_SOFT = re.compile(r"=\r?\n")
_QUOTED = re.compile(r"=([0-9A-F]{2})")
DEEPEST = 3
"""How many archives or encodings inside each other are opened."""


def readings(name: str, data: bytes, depth: int = 0) -> Iterator[tuple[str, str]]:
    """List ``(place, text)`` for everything a file says, its own name first."""
    yield f"{name} (name)", unquote(name)
    yield from _contents(name, data, depth)


def _contents(name: str, data: bytes, depth: int) -> Iterator[tuple[str, str]]:
    if depth < DEEPEST and zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield f"{name} (comment)", archive.comment.decode("utf-8", "replace")
            for entry in archive.infolist():
                yield (
                    f"{name}: {entry.filename} (comment)",
                    entry.comment.decode("utf-8", "replace"),
                )
                yield from readings(f"{name}: {entry.filename}", archive.read(entry), depth + 1)
        return
    if data[:2] == b"\x1f\x8b" and depth < DEEPEST:
        with contextlib.suppress(OSError, EOFError, zlib.error):
            yield from _contents(f"{name} (unpacked)", gzip.decompress(data), depth + 1)
        return
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        yield from _png(name, data)
        return
    if _is_binary(data):
        yield name, _strings(data)
        return
    text = _GEOMETRY.sub(r"\1", decoded(data))
    yield name, text
    yield from _plainer(name, text)
    if depth < DEEPEST:
        for number, found in enumerate(_ENCODED.finditer(text), 1):
            try:
                inner = base64.b64decode(found.group(1))
            except (binascii.Error, ValueError):
                continue
            yield from _contents(f"{name}, embedded {number}", inner, depth + 1)
        for number, found in enumerate(_UNNAMED.finditer(text), 1):
            if said := _unpacked(found.group()):
                yield f"{name}, encoded {number}", said


def _unpacked(letters: str) -> str:
    """Decode base64 to text; nothing where it stands for none."""
    coded = letters.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        said = base64.b64decode(coded + "=" * (-len(coded) % 4)).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    return "" if _CONTROL.search(said) else said


def _is_binary(data: bytes) -> bool:
    """Tell whether bytes are text in no encoding: sound and the like."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:400].count(0) > len(data[:400]) // 4:
        return False  # two bytes a letter
    strange = data.decode("utf-8", "replace").count("\ufffd") + data.count(0)
    return strange > len(data) // 20


def _strings(data: bytes) -> str:
    """Extract what can be read among bytes that are no text: runs of letters, and all as UTF-16.

    Shorter runs are left out: in sound, three capitals in a row come about by chance.
    """
    runs = [found.group().decode("utf-8", "ignore") for found in _RUN.finditer(data)]
    wide = [
        data[start:].decode(codec, "replace")
        for codec in ("utf-16-le", "utf-16-be")
        for start in (0, 1)
    ]
    return "\n".join([*runs, *wide])


def decoded(data: bytes) -> str:
    """Decode bytes: UTF-16 where it looks like it, else UTF-8 with what does not fit marked."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if data[:400].count(0) > len(data[:400]) // 4:
        even = data[:400:2].count(0) > data[1:400:2].count(0)
        return data.decode("utf-16-be" if even else "utf-16-le", "replace")
    return data.decode("utf-8-sig", "replace")


def _plainer(name: str, text: str) -> Iterator[tuple[str, str]]:
    """Undo the escapes of a text and drop its markup, as far as that changes it."""
    seen = {text}
    plain = html.unescape(html.unescape(text)) if "&" in text else text
    bare = _HEX.sub(_character, plain) if "\\" in plain else plain
    ways = [("escapes undone", plain), ("escapes undone", bare)]
    if "<" in text:
        ways.append(("as read", html.unescape(_TAG.sub("", _BLOCK.sub("\n", text)))))
        ways.append(("as read", html.unescape(_TAG.sub(" ", text))))
    usual = unicodedata.normalize("NFKC", ways[2][1] if "<" in text else bare)
    ways.append(("words apart", _APART.sub(" ", usual)))
    if _BROKEN.search(plain):
        ways.append(("lines joined", _BROKEN.sub("", plain)))
    if "\\" in plain:
        ways.append(("escapes undone", plain.replace("\\", "")))
    if "%" in plain:
        ways.append(("escapes undone", unquote(plain)))
    if "=" in plain and _QUOTED.search(plain):
        raw = _QUOTED.sub(lambda found: chr(int(found.group(1), 16)), _SOFT.sub("", plain))
        ways.append(("escapes undone", raw.encode("latin-1", "ignore").decode("utf-8", "replace")))
    if re.search(r"[*_`~]", plain):
        ways.append(("as read", re.sub(r"[*_`~]+", "", plain)))
    for how, each in ways:
        if each not in seen:
            seen.add(each)
            yield f"{name} ({how})", each


def _character(found: re.Match[str]) -> str:
    code = int(next(group for group in found.groups() if group), 16)
    return chr(code) if 31 < code < 0x110000 else " "


def _png(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    """Extract everything a PNG image carries beside its pixels, and whatever follows its end."""
    place, kind = 8, b""
    while place + 8 <= len(data) and kind != b"IEND":
        size, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        body = data[place + 8 : place + 8 + size]
        place += 12 + size
        if kind in (b"IHDR", b"PLTE", b"IDAT", b"IEND"):
            continue
        if kind == b"zTXt" or (kind == b"iTXt" and b"\x00\x01\x00" in body[:90]):
            keyword, _, packed = body.partition(b"\x00")
            start = packed.find(b"\x78")
            with contextlib.suppress(zlib.error):
                body = keyword + b" " + zlib.decompress(packed[max(start, 0) :])
        yield f"{name}, text of the image", body.decode("utf-8", "replace")
        if b"\0" in body:
            yield f"{name}, text of the image", body.replace(b"\0", b"").decode("utf-8", "replace")
    if data[place:]:
        yield from _contents(f"{name}, after the image", data[place:], DEEPEST)
