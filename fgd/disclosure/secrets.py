"""List what an edition must not say: every spelling of persons, bodies and places in the room."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from fgd.core.text import OFFICES, TITLES
from fgd.disclosure.doubts import is_common
from fgd.disclosure.words import Secret, common, country_forms, devices, fold, kinds, tokens
from fgd.model import Attribution, Conversation, Institution, Participant, Session

BEFORE_NAMES = TITLES | OFFICES | {"bu", "pol", "tun"}
"""Words before a name that make even a common word a name."""

SHORTEST_PART = 3
"""Letters a first name or surname needs to be looked for by itself."""

SHORT_ACRONYM = 3
"""Acronyms of at most so many letters are only looked for in capitals."""

_LINKS = re.compile(r"\b(?:for|of|on|in|and|to)\b", re.IGNORECASE)


def secrets(
    session: Session,
    conversations: Sequence[Conversation] = (),
    *,
    attributions: Sequence[Attribution] = (),
    may_be_named: Sequence[str] = (),
) -> tuple[Secret, ...]:
    """List every spelling that the session's rule of attribution forbids, longest first.

    Under ``named`` that is nothing, under ``institution`` the persons, under ``category`` and
    ``chatham-house`` also the bodies, and the countries that have one delegate only: on the list
    of participants, or among those whom ``attributions`` found in the room. The conversations
    give labels of imported transcripts and the spellings into which a recogniser turned names.
    A convener may be named unless one of its people took part as anything but facilitator.
    """
    rule = session.disclosure.rule
    if rule == "named":
        return ()
    found = [*_people(session.participants), *_labels(conversations, session.institutions)]
    if rule != "institution":
        bodies = [body for body in session.institutions if not _is_only_host(body, session)]
        found += [secret for body in bodies for secret in body_forms(body)]
        for country in lonely_countries(session, attributions):
            found += [Secret(form, "country") for form in country_forms(country)]
    from fgd.disclosure.secrets import mangled

    found += mangled(found, conversations)
    free = {fold(name) for name in may_be_named}
    kept = {each for each in found if each.tokens and fold(each.text) not in free}
    return tuple(sorted(kept, key=lambda each: (-len(each.text), each.text, each.kind, each.exact)))


def person_forms(name: str) -> Iterator[Secret]:
    """List a person's full name both ways round, and its parts where they are no common words."""
    parts = [part.split() for part in re.sub(r"(?i)\btan (?=sri\b)", "", name).split(",")]
    # What stands last is a name, whatever it is elsewhere: "Nguyen Hon", "Wei Ming Tun".
    words = [
        word
        for part in parts
        for place, word in enumerate(part)
        if 0 < place == len(part) - 1 or fold(word).strip(".") not in BEFORE_NAMES
    ]
    plain = " ".join(words)
    if len(tokens(plain)) == 1:
        yield from _part(plain)
        return
    yield Secret(plain, "person")
    if len(words) > 1:
        yield Secret(" ".join([*words[1:], words[0]]), "person")
        yield Secret(" ".join([words[-1], *words[:-1]]), "person")
    for word in words:
        yield from _part(word)
        if 1 < len(fold(word).strip(".")) < SHORTEST_PART or fold(word) in common():
            yield from (Secret(f"{title} {word}", "person") for title in sorted(BEFORE_NAMES))


def _part(word: str) -> Iterator[Secret]:
    folded = fold(word).strip(".")
    if len(folded) >= SHORTEST_PART and folded not in common():
        # "the young should sit in it" speaks of nobody called Young; in lower case it is a word.
        yield Secret(word, "person", exact=len(folded) == SHORTEST_PART or is_common(folded))


def body_forms(body: Institution) -> Iterator[Secret]:
    """List a body's name, acronym and aliases, and its name up to its first "for" or "of"."""
    for name in (body.name, *body.aliases):
        yield from _named(name)
        head = _LINKS.split(re.sub(r"^the\s+", "", name, flags=re.IGNORECASE))[0].strip()
        if head != name and sum(fold(word) not in common() for word in head.split()) >= 1:
            if len(head.split()) > 1:
                yield Secret(head, "institution")
        elif head != name and len(head.split()) > 1:
            yield Secret(head, "institution", exact=True)
    if body.acronym:
        yield from _named(body.acronym)


def _named(name: str) -> Iterator[Secret]:
    """Make the secret of a body's name; one short or common word counts only as written."""
    plain = re.sub(r"^the\s+", "", name.strip(), flags=re.IGNORECASE)
    words = [token.folded for token in tokens(plain)]
    if len(words) == 1:
        short = len(words[0]) <= SHORT_ACRONYM or words[0] in common()
        yield Secret(plain, "institution", exact=short)
    elif words:
        yield Secret(plain, "institution")


def lonely_countries(session: Session, attributions: Sequence[Attribution] = ()) -> tuple[str, ...]:
    """List the countries with a single delegate, invited or heard."""
    homes = {body.id: body.country for body in session.institutions}

    def home(person: Participant) -> str:
        return person.country or next((homes[b] for b in person.institutions if homes.get(b)), "")

    delegates = [person for person in session.participants if person.role != "facilitator"]
    invited = Counter(home(person) for person in delegates)
    heard_ids = {each.participant for each in attributions}
    heard = Counter(home(person) for person in delegates if person.id in heard_ids)
    return tuple(
        sorted(
            country
            for country, people in invited.items()
            if country and (people == 1 or (attributions and heard[country] == 1))
        )
    )


def _people(participants: Iterable[Participant]) -> Iterator[Secret]:
    for person in participants:
        for name in (person.name, *person.aliases):
            yield from person_forms(name)


def _labels(
    conversations: Sequence[Conversation], bodies: Sequence[Institution]
) -> Iterator[Secret]:
    """List the names printed on an imported transcript; devices and bodies on it are no persons."""
    acronyms = {fold(body.acronym) for body in bodies}
    labels = {turn.label for each in conversations for turn in each.turns if turn.label}
    for label in sorted(labels):
        for part in re.split(r"[()\[\]|/]", label):
            words = [word for word in re.split(r"[\s_.,-]+", part) if word]
            if any(fold(word) in devices() for word in words):
                continue
            words = [word for word in words if fold(word) not in acronyms]
            if words and not all(fold(word) in common() or word.isdigit() for word in words):
                yield from person_forms(" ".join(words))


def _is_only_host(body: Institution, session: Session) -> bool:
    """Tell whether a body convenes the session and sent nobody but facilitators."""
    names = {fold(name) for name in (body.name, body.acronym, *body.aliases) if name}
    hosts = {fold(name) for name in session.conveners}
    sent = {person.role for person in session.participants if body.id in person.institutions}
    return bool(names & hosts) and sent <= {"facilitator"}


NEAR_WORD, NEAR_NAME = 80.0, 84.0
"""Similarity (0-100, normalised edit distance) from which a word, or several, are a name."""

NEAR_SOUND = 60.0
"""Similarity a word needs that also sounds the same."""

NEAR_HEARD = 70.0
"""Similarity that several words need that also sound much the same."""

LEAST_LETTERS = 5
SPELLABLE = 3
"""Letters an acronym needs to be recognised when it is spelled out."""

CASED = 0.02
"""Share of capitalised words from which capitals in a transcript mean anything."""

SPOKEN = {
    "a": "a ay eh", "b": "b be bee", "c": "c see sea cee", "d": "d dee", "e": "e ee",
    "f": "f ef eff", "g": "g gee jee", "h": "h aitch", "i": "i eye ai", "j": "j jay", "k": "k kay",
    "l": "l el ell", "m": "m em", "n": "n en", "o": "o oh", "p": "p pee pea", "q": "q queue cue",
    "r": "r are ar", "s": "s ess es sis", "t": "t tee tea", "u": "u you", "v": "v vee",
    "w": "w double", "x": "x ex", "y": "y why", "z": "z zee zed",
}  # fmt: skip
"""How the letters of an acronym come out when they are spoken one by one."""


SHORTENED = 3
"""Words that carry a body's name from which a part of it may be said for the whole."""

SMALL = frozenset("a an and at for in of on the to".split())
DETERMINERS = frozenset("the our my your their his her its this that".split())


def mangled(known: Sequence[Secret], conversations: Sequence[Conversation]) -> list[Secret]:
    """Find other spellings of the secrets in the turns of the conversations."""
    texts = [turn.text for each in conversations for turn in each.turns]
    if not texts or not known:
        return []
    said = _Said(texts)
    return [
        *_words(known, said),
        *_names(known, said),
        *_shortened(known, said),
        *_spelled(known, said),
    ]


class _Said:
    """The words of a transcript: as written, folded, where each stands, and which are ordinary."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.turns = [re.findall(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*", text) for text in texts]
        written = [word for turn in self.turns for word in turn]
        capitals = sum(word[0].isupper() for word in written)
        self.cased = capitals >= CASED * len(written)
        lower = {fold(word) for word in written if word[0].islower()}
        self.ordinary = (lower if self.cased else set()) | common()
        self.folded = [[fold(word) for word in turn] for turn in self.turns]
        self.places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, turn in enumerate(self.folded):
            for place, word in enumerate(turn):
                self.places[word].append((number, place))


def _words(known: Sequence[Secret], said: _Said) -> Iterator[Secret]:
    """Find words, and pairs of words run together, that are nearly a name or sound like it."""
    from rapidfuzz import fuzz, process

    names = sorted(
        {
            (secret.tokens[0], secret.kind)
            for secret in known
            if len(secret.tokens) == 1
            and len(secret.tokens[0]) >= LEAST_LETTERS
            and secret.kind != "country"  # recognisers get these right
        }
    )
    exact = {name for name, _ in names}
    strange = [word for word in said.places if word not in said.ordinary and word not in exact]
    pairs = {
        f"{turn[n]}{turn[n + 1]}": f"{turn[n]} {turn[n + 1]}"
        for turn in said.folded
        for n in range(len(turn) - 1)
        if len(turn[n]) > 1
        and not {turn[n], turn[n + 1]} <= said.ordinary
        and not {turn[n], turn[n + 1]} & exact
    }
    heard = {word: word for word in strange if len(word) >= LEAST_LETTERS - 1} | pairs
    if not heard or not names:
        return
    forms = sorted(heard)
    scores = process.cdist([name for name, _ in names], forms, scorer=fuzz.ratio)
    for (name, kind), row in zip(names, scores, strict=True):
        for form, score in zip(forms, row, strict=True):
            if score >= NEAR_WORD or (score >= NEAR_SOUND and _sounds(form) == _sounds(name)):
                yield Secret(heard[form], kind)


def _sounds(word: str) -> str:
    """Code how a word sounds (Metaphone); one in another script sounds like itself."""
    import jellyfish

    return str(jellyfish.metaphone(word)) if word.isascii() else word


def _names(known: Sequence[Secret], said: _Said) -> Iterator[Secret]:
    """Find runs of words that are nearly a name of several words; sought around its own words."""
    from rapidfuzz import fuzz

    for secret in known:
        tokens = secret.tokens
        if len(tokens) < 2 or (len(tokens) == 2 and tokens[0] in BEFORE_NAMES):
            continue  # "the young" is near to "Tun Young" and speaks of nobody
        name = " ".join(tokens)
        short = all(len(word) < LEAST_LETTERS for word in tokens)  # nothing longer to begin from
        places = {
            (number, max(0, place - at))
            for at, word in enumerate(tokens)
            if len(word) >= (SHORTEST_PART if short else LEAST_LETTERS - 1)
            for number, place in said.places.get(word, ())
        }
        for number, start in sorted(places):
            turn = said.folded[number]
            for size in (len(tokens) - 1, len(tokens), len(tokens) + 1):
                form = " ".join(turn[start : start + size])
                if size < 2 or f" {name} " in f" {form} " or f" {form} " in f" {name} ":
                    continue  # the name itself with a neighbour, or a part of it
                likeness = fuzz.ratio(form, name)
                if likeness >= NEAR_NAME or (likeness >= NEAR_HEARD and _alike(form, name)):
                    yield Secret(form, secret.kind)


def _alike(form: str, name: str) -> bool:
    """Tell whether two runs of words sound much the same, wherever they are cut."""
    from rapidfuzz import fuzz

    one, other = _sounds(form.replace(" ", "")), _sounds(name.replace(" ", ""))
    return min(len(one), len(other)) >= 4 and fuzz.ratio(one, other) >= NEAR_NAME


def _shortened(known: Sequence[Secret], said: _Said) -> Iterator[Secret]:
    """Find a body called by what it is and a part of its name: "the women's registry".

    One or two words of a name of at least three stand between a determiner and the word for what
    the body is; words without meaning of their own do not count.
    """
    for secret in known:
        own = set(secret.tokens) - SMALL
        if secret.kind != "institution" or len(own) < SHORTENED:
            continue
        for kind in own & kinds():
            for number, end in said.places.get(kind, ()):
                turn = said.folded[number]
                start = end
                while start and end - start < 2 and _bare(turn[start - 1]) in own - {kind}:
                    start -= 1
                if 0 < start < end and turn[start - 1] in DETERMINERS:
                    yield Secret(" ".join(turn[start : end + 1]), secret.kind)


def _bare(word: str) -> str:
    return re.sub(r"['\u2019]s?$", "", word)


def _spelled(known: Sequence[Secret], said: _Said) -> Iterator[Secret]:
    """Find acronyms spoken letter by letter, as words: "see ess eye ess"."""
    for secret in known:
        if len(secret.tokens) != 1 or not secret.text.isupper() or len(secret.text) < SPELLABLE:
            continue
        letters = [set(SPOKEN.get(letter, "").split()) for letter in secret.tokens[0]]
        for spoken in letters[0]:
            for number, start in said.places.get(spoken, ()):
                run = said.folded[number][start : start + len(letters)]
                if len(run) == len(letters) and all(
                    word in ways for word, ways in zip(run, letters, strict=True)
                ):
                    yield Secret(" ".join(run), secret.kind)
