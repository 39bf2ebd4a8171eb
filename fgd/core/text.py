"""Write names, ids, languages and counts: whatever is said of text in more than one room.

A name of a person is compared without what does not tell people apart: Unicode forms, invisible and
direction marks, case, spaces, the badges platforms hang behind a name, titles, and whether the
family name stands first behind a comma. Names that are merely near are found too, but never taken
for one.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

T = TypeVar("T")

_LONGEST = 60
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
            "eleven", "twelve")  # fmt: skip
_PLAIN = str.maketrans(
    {"đ": "d", "ø": "o", "ł": "l", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th", "&": " and "}
)
_INITIALS = re.compile(r"\b(\w)\.(?=\w\b)")


def clean(text: str) -> str:
    """Return one line of text as people see it: NFC, no control characters, single spaces."""
    text = unicodedata.normalize("NFC", text)
    kept = (" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    return " ".join("".join(kept).replace("\ufeff", "").split())


_UNCARRIED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(chr(plane << 16 | last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
"""What JSON, XML or a workbook cannot hold: halves of characters, control characters and code
points that Unicode keeps for a program's own use."""


def carried(value: T) -> T:
    """Replace what no file of ours can hold in all texts of a value by U+FFFD.

    Looks into dataclasses, tuples, lists and tables; what holds nothing of the kind comes back
    as the same object.
    """
    made: Any = value
    if isinstance(value, str):
        if _UNCARRIED.search(value):
            made = _UNCARRIED.sub("\N{REPLACEMENT CHARACTER}", value)
    elif isinstance(value, tuple | list):
        inner = [carried(each) for each in value]
        if any(new is not old for new, old in zip(inner, value, strict=True)):
            made = type(value)(inner) if type(value) in (tuple, list) else type(value)(*inner)
    elif isinstance(value, dict):
        made = {carried(key): carried(each) for key, each in value.items()}
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {}
        for field in dataclasses.fields(value):
            old = getattr(value, field.name)
            if (new := carried(old)) is not old:
                changed[field.name] = new
        made = dataclasses.replace(value, **changed) if changed else value
    return cast(T, made)


def normal(text: str) -> str:
    """Return a form for comparing: case, accents, punctuation and spacing do not count."""
    return " ".join(_folded(text).split())


def slug(text: str, kind: str) -> str:
    """The id of a name; ``kind`` stands in where nothing of the name can be kept (an emoji)."""
    made = "-".join(_folded(text).split())
    if made and len(made.encode()) <= 2 * _LONGEST and len(made) <= _LONGEST:
        return made
    digest = hashlib.sha256(clean(text).encode()).hexdigest()[:6]
    while len(made.encode()) > 2 * _LONGEST or len(made) > _LONGEST:
        made = made[:-1]
    return f"{made.strip('-') or kind}-{digest}"


def ascii_slug(text: str, longest: int) -> str:
    """A name in small Latin letters, digits and hyphens, for folders and keys; empty if none is
    left.
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:longest].strip("-")


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def no_formula(cell: object) -> str:
    """Write a cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def number(count: int) -> str:
    """Return a count in words up to twelve, else in figures."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def unique(wanted: str, taken: set[str]) -> str:
    """``wanted``, or ``wanted-2`` and so on; the answer is added to ``taken``."""
    found, count = wanted, 1
    while found in taken:
        count += 1
        found = f"{wanted}-{count}"
    taken.add(found)
    return found


def _folded(text: str) -> str:
    """Words of letters, marks and digits only. Accents go from Latin letters alone: the marks of
    Thai, Khmer or Lao are vowels.
    """
    text = _INITIALS.sub(r"\1", clean(text).casefold())
    decomposed = unicodedata.normalize("NFKD", text).translate(_PLAIN)
    kept: list[str] = []
    latin = False
    for character in decomposed:
        category = unicodedata.category(character)
        if category[0] == "M":
            kept += [] if latin else [character]
            continue
        if category != "Cf" and character not in "'\N{RIGHT SINGLE QUOTATION MARK}":
            kept.append(character if category[0] in "LN" else " ")
        latin = "LATIN" in unicodedata.name(character, "")
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", "".join(kept))).strip()


_BADGES = frozenset(
    normal(text)
    for text in (
        "guest;external;unverified;unfamiliar;host;co-host;cohost;me;you;organizer;organiser;"
        "presenter;attendee;panelist;panellist;interpreter;moderator badge;meeting host;"
        "host me;co-host me;he/him;she/her;they/them;he/him/his;she/her/hers;they/them/theirs;"
        "direct message;privately;muted;phone;invited;not in contacts;outside your organization;"
        # German, French, Spanish, Portuguese, Italian, Dutch, Indonesian, Vietnamese, Thai, Khmer
        "gast;extern;nicht verifiziert;nicht überprüft;gastgeber;ich;organisator;referent;"
        "invité;invitée;externe;non vérifié;hôte;co-hôte;moi;organisateur;"
        "invitado;invitada;externo;externa;no verificado;anfitrión;coanfitrión;yo;organizador;"
        "convidado;convidada;não verificado;anfitrião;eu;ospite;esterno;non verificato;io;"
        "niet geverifieerd;ik;tamu;eksternal;tidak terverifikasi;saya;penyelenggara;"
        "khách;bên ngoài;người tổ chức;tôi;ผู้เยี่ยมชม;ภายนอก;ผู้จัด;ฉัน;ភ្ញៀវ;ម្ចាស់ផ្ទះ"
    ).split(";")
)
SHORT_TITLES = frozenset("mr mrs ms dr prof hon amb gen col lt sgt capt rev sr".split())
"""Titles of persons that a stop may follow inside a sentence."""
TITLES = SHORT_TITLES | frozenset(
    "miss mx maj cpt cmdr insp supt sir dame lord lady madam doctor professor honourable "
    "honorable excellency ambassador colonel general lieutenant major captain commander "
    "sergeant brigadier admiral dipl herr frau monsieur madame mme mlle sra srta senor senora "
    "bapak ibu pak khun datuk dato haji hajjah reverend father sister brother".split()
)
"""Words before the name of a person that are no part of it."""
OFFICES = frozenset(
    "minister deputy councillor senator commissioner director inspector superintendent police "
    "judge justice".split()
)
"""Words for what somebody is that become a title before a name."""
NAMELIKE_TITLES = frozenset("bu eng he ing ir jr m md phd".split())
"""Titles that are also names, or other words: only for whoever knows that a name follows."""
_NO_PARTS = TITLES | NAMELIKE_TITLES
_GENDERED = {
    "mr": "m", "sir": "m", "herr": "m", "monsieur": "m", "sr": "m", "senor": "m", "bapak": "m",
    "pak": "m", "mrs": "f", "ms": "f", "miss": "f", "madam": "f", "frau": "f", "madame": "f",
    "mme": "f", "mlle": "f", "sra": "f", "srta": "f", "senora": "f", "ibu": "f", "bu": "f",
}  # fmt: skip
_TAIL = re.compile(r"\s*[(\[{\uff08]([^()\[\]{}\uff08\uff09]*)[)\]}\uff09]\s*$")
_NEAR = 88
_COMPARED = 400


def without_marks(text: str) -> str:
    """NFC with single spaces, without invisible and direction marks; joiners inside words of
    scripts that need them stay.
    """
    text = unicodedata.normalize("NFC", text)
    if text.isascii():
        return " ".join(text.split())
    kept = (
        c
        for n, c in enumerate(text)
        if unicodedata.category(c) != "Cf"
        or (c in "\u200c\u200d" and 0 < n < len(text) - 1 and text[n - 1] > "\u0590")
    )
    return " ".join("".join(kept).split())


@lru_cache(maxsize=8192)
def shown_name(label: str) -> str:
    """Return a label as the name of a person: without badges of platforms and remarks in brackets.

    >>> shown_name("Mele Latu (Guest)"), shown_name("P3 (chiming in)")
    ('Mele Latu', 'P3')
    """
    name = without_marks(label)
    while found := _TAIL.search(name):
        if not name[: found.start()].strip() or not _is_aside(found[1]):
            break
        name = name[: found.start()].rstrip()
    return name.strip(" :;,|>\t*_@")


def _is_aside(text: str) -> bool:
    """Whether brackets hold a badge of a platform, or a remark in small letters ("laughing")."""
    parts = [part for part in re.split(r"[,;/|]", text) if part.strip()]
    if normal(text) in _BADGES or (parts and all(normal(part) in _BADGES for part in parts)):
        return True
    words = text.split()
    return bool(words) and text[:1].islower() and text == text.lower() and len(words[0]) > 1


def person_key(name: str) -> str:
    """Tell what a name is compared by: its words without titles, "Family, Given" put in order."""
    name = shown_name(name)
    if name.count(",") == 1:
        family, given = (part.strip() for part in name.split(","))
        if family and given and normal(given) not in _NO_PARTS and len(name.split()) < 6:
            name = f"{given} {family}"
    words = normal(name).split()
    bare = [word for word in words if word not in _NO_PARTS]
    return " ".join(bare if len(bare) > 1 else words)


def _gender(name: str) -> str:
    return next((_GENDERED[word] for word in normal(name).split() if word in _GENDERED), "")


def one_name_each(labels: Iterable[str]) -> dict[str, str]:
    """For every label the name it is shown by: of all spellings of one name, the most frequent
    (of equals, the first). A woman and a man of one name (Mr and Mrs) stay two.
    """
    groups: dict[str, dict[str, int]] = {}
    labels = list(labels)
    spelled = {label: shown_name(bare) for label, bare in _without_shared(labels).items()}
    keys = {label: person_key(name) or name for label, name in spelled.items()}
    for label in labels:
        name = spelled[label]
        counts = groups.setdefault(keys[label], {})
        counts[name] = counts.get(name, 0) + 1
    chosen: dict[str, str] = {}
    for counts in groups.values():
        apart = len({_gender(name) for name in counts} - {""}) > 1
        best = max(counts, key=lambda name: counts[name])
        for name in counts:
            chosen[name] = name if apart else best
    return {label: chosen.get(name, name) for label, name in spelled.items()}


def _without_shared(labels: Iterable[str]) -> dict[str, str]:
    """Labels without the marks that all of them begin or end with: those are the file's."""
    distinct = list(dict.fromkeys(labels))
    bare = dict(zip(distinct, distinct, strict=True))
    if len(distinct) < 2:
        return bare
    for mark in (_MARKS_BEFORE, _MARKS_BEHIND):
        found = {label: mark.search(name) for label, name in bare.items()}
        if len({each[0] if each else "" for each in found.values()}) == 1:
            bare = {label: mark.sub("", name) or name for label, name in bare.items()}
    return bare


_MARKS_BEFORE = re.compile(r"^(?:\[![^\]]*\]\s*|[^\w\s(\[\"'])+\s*")
_MARKS_BEHIND = re.compile(r"(?:\s+[^\w\s)\].\"']+|\s*[\u00bb\u201d\u203a]+)$")


def near_names(names: Sequence[str], others: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Pairs of names that may be one person misspelled, of ``names`` and of each of these with
    ``others``: for people to decide, never joined.
    """
    from rapidfuzz import fuzz

    def keyed(given: Sequence[str]) -> list[tuple[str, str]]:
        found = [(name, person_key(name)) for name in dict.fromkeys(given)]
        return [(name, k) for name, k in found if len(k) > 4 and not any(map(str.isdigit, k))]

    first = keyed(names)[:_COMPARED]
    keys = first + keyed(others)[: 10 * _COMPARED]
    pairs: list[tuple[str, str]] = []
    for n, (one, key) in enumerate(first):
        for other, other_key in keys[n + 1 :]:
            if key != other_key and (
                fuzz.ratio(key, other_key, score_cutoff=_NEAR)
                or sorted(key.split()) == sorted(other_key.split())
            ):
                pairs.append((one, other))
    return pairs


EVERYBODY = frozenset(
    normal(text)
    for text in (
        "all;both;several;everyone;everybody;many;group;the group;whole group;chorus;audience;"
        "multiple;multiple speakers;multiple voices;several speakers;several voices;various;"
        "all participants;participants;all speakers;some;some participants;crowd;unison;"
        "all together;together;others;alle;beide;mehrere;gruppe;tous;toutes;ensemble;plusieurs;"
        "les deux;todos;todas;ambos;ambas;varios;varias;grupo;tutti;entrambi;semua;keduanya;"
        "beberapa;kelompok;tất cả;cả hai;nhiều người;ทุกคน;ทั้งสอง;หลายคน;ទាំងអស់គ្នា;ទាំងពីរ;"
        "everyone in unison;all in unison;both speakers;both women;both men;women;men;"
        "multiple people;several people;several participants;multiple participants;all women;"
        "all men;everyone together;many voices;unidentified speakers"
    ).split(";")
)
"""What is written before words that several people said at once."""


def is_everybody(label: str) -> bool:
    """Tell whether a label stands for several people at once, and so for nobody in particular."""
    return normal(shown_name(label)) in EVERYBODY


_KNOWN = (
    "af:afrikaans am:amharic ar:arabic as:assamese az:azerbaijani ba:bashkir be:belarusian "
    "bg:bulgarian bn:bengali bo:tibetan br:breton bs:bosnian ca:catalan cs:czech cy:welsh "
    "da:danish de:german el:greek en:english es:spanish et:estonian eu:basque fa:persian "
    "fi:finnish fo:faroese fr:french gl:galician gu:gujarati ha:hausa haw:hawaiian he:hebrew "
    "hi:hindi hr:croatian ht:haitian_creole hu:hungarian hy:armenian id:indonesian is:icelandic "
    "it:italian ja:japanese jw:javanese ka:georgian kk:kazakh km:khmer kn:kannada ko:korean "
    "la:latin lb:luxembourgish ln:lingala lo:lao lt:lithuanian lv:latvian mg:malagasy mi:maori "
    "mk:macedonian ml:malayalam mn:mongolian mr:marathi ms:malay mt:maltese my:myanmar ne:nepali "
    "nl:dutch nn:nynorsk no:norwegian oc:occitan pa:punjabi pl:polish ps:pashto pt:portuguese "
    "ro:romanian ru:russian sa:sanskrit sd:sindhi si:sinhala sk:slovak sl:slovenian sn:shona "
    "so:somali sq:albanian sr:serbian su:sundanese sv:swedish sw:swahili ta:tamil te:telugu "
    "tg:tajik th:thai tk:turkmen tl:tagalog tr:turkish tt:tatar uk:ukrainian ur:urdu uz:uzbek "
    "vi:vietnamese yi:yiddish yo:yoruba yue:cantonese zh:chinese"
)
LANGUAGES = tuple(
    (code, name.replace("_", " ")) for code, name in (pair.split(":") for pair in _KNOWN.split())
)
"""Pairs of code and English name, sorted by code."""

# Other names Whisper accepts, the usual ones it does not, and codes it spells its own way.
_OTHERS = {
    "burmese": "my", "valencian": "ca", "flemish": "nl", "haitian": "ht", "letzeburgesch": "lb",
    "pushto": "ps", "panjabi": "pa", "moldavian": "ro", "moldovan": "ro", "sinhalese": "si",
    "castilian": "es", "mandarin": "zh", "jv": "jw", "cambodian": "km", "laotian": "lo",
    "filipino": "tl", "fil": "tl", "bahasa indonesia": "id", "bahasa melayu": "ms",
}  # fmt: skip
_CODES = {code: code for code, _ in LANGUAGES} | {name: code for code, name in LANGUAGES} | _OTHERS


def language(text: str) -> str:
    """The code of a language given by code (``km``, ``en-GB``) or name (``Khmer``), else ``""``."""
    wanted = text.strip().casefold().replace("_", "-")
    return _CODES.get(wanted) or _CODES.get(wanted.split("-")[0], "")


def nearest_language(text: str) -> str:
    """Return the known code or name that looks most like a mistyped one, or ``""``."""
    near = difflib.get_close_matches(text.strip().casefold(), _CODES, n=1, cutoff=0.7)
    return near[0] if near else ""
