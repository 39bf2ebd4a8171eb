"""The languages Whisper knows, by code and by name (importing whisper would drag in torch)."""

from __future__ import annotations

import difflib

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


def nearest(text: str) -> str:
    """The known code or name that looks most like a mistyped one, or ``""``."""
    near = difflib.get_close_matches(text.strip().casefold(), _CODES, n=1, cutoff=0.7)
    return near[0] if near else ""
