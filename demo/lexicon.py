"""The words that are names: invented people and institutions, and how the synthesisers should
say them.

Synthesisers guess badly at acronyms and at names of the region; the spoken forms below are
respellings in plain English letters, one entry per written word.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Institution:
    """An invented institution, its acronym, and the acronym respelled (empty: said letter by
    letter).
    """

    name: str
    acronym: str
    said: str = ""


GIVEN = {
    "Ratna": "rutna",
    "Somchai": "som chye",
    "Maria": "maria",
    "Hafiz": "hah feez",
    "Khamla": "kahm lah",
    "Minh": "minn",
    "Arun": "ah roon",
    "Sreymom": "sray mom",
    "Nilar": "nee lar",
    "Dewi": "day wee",
    "Josefa": "ho sayfa",
    "Anong": "ah nong",
    "Farid": "fah reed",
    "Linh": "linn",
    "Rizal": "ree zahl",
    "Thida": "tee da",
    "Budi": "boo dee",
    "Kavita": "kah veeta",
}
SURNAME = {
    "Kusuma": "koo soo mah",
    "Boonmee": "boon mee",
    "Dalisay": "dah lee sigh",
    "Rahman": "rah mahn",
    "Keola": "kay oh lah",
    "Tran": "trahn",
    "Pillai": "pill eye",
    "Chea": "chee ah",
    "Aung": "owng",
    "Anggara": "ahn gah rah",
    "Mercado": "mare kah doe",
    "Santoso": "sahn toe so",
    "Vongsa": "vong sah",
    "Bautista": "bow teesta",
    "Salim": "sah leem",
    "Lestrin": "less trin",
    "Phan": "fahn",
    "Devan": "day vahn",
}
INSTITUTIONS = (
    Institution("the Straits Institute for Dialogue and Reconciliation", "SIDAR", "see dar"),
    Institution("the Centre for Regional Mediation Studies", "CRMS"),
    Institution("the Women and Peace Research Network", "WPRN"),
    Institution("the Archipelago Forum for Peace and Development", "AFPD"),
    Institution("the Highland Institute for Local Action", "HILA", "hee lah"),
    Institution("the Delta Policy Studies Institute", "DPSI"),
    Institution("the Ceasefire Monitoring Research Group", "CMRG"),
    Institution("the Lakeside School of Public Policy", "LSPP"),
    Institution("the Northern Institute for Conflict Studies", "NICOS", "nee koss"),
    Institution("the Policy and Negotiation Dialogue Unit", "PANDU", "pahn doo"),
)
# What people also call them; the first words of a long name are how it shortens in speech.
SHORT = (
    "the Straits Institute",
    "the Archipelago Forum",
    "the Highland Institute",
    "the Delta Institute",
    "the Lakeside School",
    "the Northern Institute",
    "the Research Network",
    "the Dialogue Unit",
)
LETTERS = {
    "A": "ay",
    "B": "bee",
    "C": "see",
    "D": "dee",
    "E": "ee",
    "F": "eff",
    "G": "gee",
    "H": "aitch",
    "I": "eye",
    "J": "jay",
    "K": "kay",
    "L": "el",
    "M": "em",
    "N": "en",
    "O": "oh",
    "P": "pee",
    "Q": "cue",
    "R": "are",
    "S": "ess",
    "T": "tee",
    "U": "you",
    "V": "vee",
    "W": "double you",
    "X": "ex",
    "Y": "why",
    "Z": "zed",
}
_SAID = {
    **GIVEN,
    **SURNAME,
    **{
        i.acronym: i.said or " ".join(LETTERS[letter] for letter in i.acronym) for i in INSTITUTIONS
    },
    "non-interference": "non interference",
    "Non-interference": "non interference",
}


def spoken(word: str) -> str:
    """The respelling of one written word, keeping its punctuation: ``CRMS,`` -> ``see are em
    ess,``.
    """
    bare = word.rstrip(".,?")
    return _SAID.get(bare, bare) + word[len(bare) :]


def names() -> frozenset[str]:
    """Every word that is always written with a capital letter."""
    words = {word for i in INSTITUTIONS for word in i.name.split() if word[0].isupper()}
    return frozenset({*GIVEN, *SURNAME, *words, *(i.acronym for i in INSTITUTIONS), "Doctor", "I"})
