"""A conversation as attribution reads it: passages of one voice, with their cues and names.

A ``Passage`` is what one voice says until another one is heard. Fillers, coughs and stammers are
left out of its tokens, yet every token knows the turn and the characters it came from, so that
evidence can show the words themselves.

A ``Reading`` is a passage with the cues found in it, phrases of ``cues.toml``, and the names: a
name by itself says little; "over to", "thank you" or "my name is" before it, a comma after it or a
stop on both sides say whom it tells of.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fgd.attribution.candidates import HEADS, Directory, Mention
from fgd.attribution.names import BEFORE_NAMES, GREETINGS, fold
from fgd.core.nlp import nlp
from fgd.model import Conversation, Turn

if TYPE_CHECKING:
    from spacy.matcher import Matcher, PhraseMatcher
    from spacy.tokens import Doc


FILLERS = frozenset("um uh uhm er erm ehm mm hmm mhm ah eh uh-huh mm-hmm".split())
_NOISE = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]|<[^<>]*>|\([^()]{0,20}inaudible[^()]*\)")


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """One voice, until another is heard. ``doc`` holds the tokens that carry something.

    ``places`` gives for every token the turn (its number in ``turns``) and its first and last
    character in that turn's text; ``norm_`` of a token is its folded form; ``words`` counts the
    tokens that are words.
    """

    index: int
    voice: str
    turns: tuple[int, ...]
    doc: Doc
    places: tuple[tuple[int, int, int], ...]
    words: int = 0

    def turn_of(self, token: int) -> int:
        """Return the turn a token belongs to; past the end, the last one."""
        return self.places[min(token, len(self.places) - 1)][0] if self.places else self.turns[0]


@dataclass(frozen=True, slots=True)
class Talk:
    """The passages of one recording. ``steady`` is false where labels are not followed."""

    recording: str
    turns: tuple[Turn, ...]
    passages: tuple[Passage, ...]
    steady: bool = True
    cased: bool = True

    @staticmethod
    def of(conversation: Conversation, lang: str = "en") -> Talk:
        """Return passages by voice: turns of the same voice in a row are read as one."""
        groups: list[tuple[str, list[int]]] = []
        for number, turn in enumerate(conversation.turns):
            if groups and groups[-1][0] == turn.voice:
                groups[-1][1].append(number)
            else:
                groups.append((turn.voice, [number]))
        return Talk._build(conversation, groups, lang, steady=True)

    @staticmethod
    def unlabelled(conversation: Conversation, lang: str = "en") -> Talk:
        """Return the whole recording as one passage, for labels that mean nothing."""
        numbers = list(range(len(conversation.turns)))
        return Talk._build(conversation, [("", numbers)] if numbers else [], lang, steady=False)

    @staticmethod
    def _build(
        conversation: Conversation,
        groups: Iterable[tuple[str, Sequence[int]]],
        lang: str,
        *,
        steady: bool,
    ) -> Talk:
        turns = conversation.turns
        passages = tuple(
            _passage(index, voice, tuple(numbers), turns, lang)
            for index, (voice, numbers) in enumerate(groups)
        )
        letters = [t for p in passages for t in p.doc if t.is_alpha]
        upper = sum(1 for t in letters if t.text[0].isupper())
        cased = len(letters) < 50 or upper > 0.02 * len(letters)
        return Talk(conversation.recording, turns, passages, steady, cased)


def words_per_voice(talk: Talk) -> dict[str, int]:
    """Tell how many words each voice says."""
    counts: dict[str, int] = {}
    for passage in talk.passages:
        counts[passage.voice] = counts.get(passage.voice, 0) + passage.words
    return counts


def written_small(talks: Iterable[Talk]) -> Counter[str]:
    """How often each word (folded) is written in small letters, where letters tell anything."""
    return Counter(
        token.norm_
        for talk in talks
        if talk.cased
        for passage in talk.passages
        for token in passage.doc
        if token.text.islower()
    )


def _passage(
    index: int, voice: str, numbers: tuple[int, ...], turns: Sequence[Turn], lang: str
) -> Passage:
    pipeline = nlp(lang)
    from spacy.tokens import Doc

    words: list[str] = []
    spaces: list[bool] = []
    places: list[tuple[int, int, int]] = []
    for number in numbers:
        text = turns[number].text
        silenced = _NOISE.sub(lambda m: " " * len(m.group()), text)
        for token in pipeline.tokenizer(silenced):
            word = token.text
            if token.is_space or word.lower() in FILLERS:
                continue
            if words and word.isalpha() and word.lower() == words[-1].lower() and len(word) > 1:
                continue  # a stammer
            words.append(word)
            spaces.append(bool(token.whitespace_))
            places.append((number, token.idx, token.idx + len(word)))
        if spaces:
            spaces[-1] = True
    doc = Doc(pipeline.vocab, words=words, spaces=spaces)
    for token in doc:
        token.norm_ = fold(token.text)
    for _, component in pipeline.pipeline:
        doc = component(doc)
    said = sum(1 for word in words if word[0].isalnum())
    return Passage(index, voice, numbers, doc, tuple(places), said)


REACH, LIST_REACH = 12, 200
"""How many tokens from a phrase a name may stand; a list of people may be long."""


_GAP = {"TEXT": {"REGEX": "^([a-z']+|,)$"}, "NORM": {"NOT_IN": ["from", "with", "of", "to", "at"]}}
"""What ``~`` stands for: a small word or a comma, never the joint before a name."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase found: its kind, its tokens ``start..end`` and the tokens a name may fill."""

    kind: str
    start: int
    end: int
    slot: tuple[int, int]
    forward: bool = True


@cache
def phrases(lang: str = "en") -> dict[str, tuple[str, ...]]:
    """Return the phrases of a language by kind; of English where a language has none of its own."""
    source = files("fgd.attribution").joinpath("cues.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(source)
    table = tables.get(lang, tables["en"])
    return {kind: tuple(body["phrases"]) for kind, body in table.items() if kind != "class"}


@cache
def word_class(name: str, lang: str = "en") -> frozenset[str]:
    """Return the words of a class of the grammar, such as "office"."""
    source = files("fgd.attribution").joinpath("cues.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(source)
    return frozenset(tables.get(lang, tables["en"])["class"][name])


def find(doc: Doc, lang: str = "en") -> tuple[Cue, ...]:
    """Every cue of a passage, in order. Of overlapping ones of a kind the longest is kept."""
    matcher, labels = _matcher(lang)
    kept: dict[tuple[str, bool], list[tuple[int, int]]] = {}
    for key, start, end in matcher(doc):
        kept.setdefault(labels[key], []).append((start, end))
    cues = []
    for (kind, forward), spans in kept.items():
        for start, end in _longest(spans):
            reach = LIST_REACH if kind == "announce" else REACH
            slot = _after(doc, end, reach) if forward else _before(doc, start)
            cues.append(Cue(kind, start, end, slot, forward))
    return tuple(sorted(cues, key=lambda cue: (cue.start, cue.end, cue.kind)))


def stops(doc: Doc, lang: str = "en") -> frozenset[int]:
    """Return the tokens at which an announced name ends: "please", "your line", a greeting."""
    return frozenset(start for _, start, _ in _stop_matcher(lang)(doc))


def _after(doc: Doc, start: int, reach: int) -> tuple[int, int]:
    """From the phrase to the end of its sentence, at most ``reach`` tokens."""
    end = start
    while end < len(doc) and end - start < reach and (end == start or not doc[end].is_sent_start):
        end += 1
    return (start, end)


def _before(doc: Doc, end: int) -> tuple[int, int]:
    """From the start of the sentence to the phrase, at most ``REACH`` tokens."""
    start = end
    while start > 0 and end - start < REACH and (start == end or not doc[start].is_sent_start):
        start -= 1
    return (start, end)


def _longest(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans, the longest first, that overlap none before them."""
    kept: list[tuple[int, int]] = []
    there: list[tuple[int, int]] = []
    for start, end in sorted(set(spans), key=lambda s: (s[0] - s[1], s[0])):
        n = bisect_left(there, (start, end))
        before, after = there[n - 1 : n] if n else [], there[n : n + 1]
        if all(end <= a or start >= b for a, b in (*before, *after)):
            there.insert(n, (start, end))
            kept.append((start, end))
    return kept


@cache
def _matcher(lang: str) -> tuple[Matcher, dict[int, tuple[str, bool]]]:
    vocab = nlp(lang).vocab
    from spacy.matcher import Matcher

    matcher = Matcher(vocab)
    labels: dict[int, tuple[str, bool]] = {}
    for kind, lines in phrases(lang).items():
        if kind == "stop":
            continue
        for forward in (True, False):
            chosen = [p for p in lines if p.startswith("@") is not forward]
            if chosen:
                name = f"{kind}{'>' if forward else '<'}"
                matcher.add(name, [made for p in chosen for made in patterns(p, lang)])
                labels[vocab.strings[name]] = (kind, forward)
    return matcher, labels


@cache
def _stop_matcher(lang: str) -> PhraseMatcher:
    """Stops are plain words, for which the faster matcher will do."""
    pipeline = nlp(lang)
    from spacy.matcher import PhraseMatcher
    from spacy.tokens import Doc

    matcher = PhraseMatcher(pipeline.vocab, attr="NORM")
    for phrase in phrases(lang)["stop"]:
        doc = Doc(pipeline.vocab, words=[fold(t.text) for t in pipeline.tokenizer(phrase)])
        for token in doc:
            token.norm_ = token.text
        matcher.add("stop", [doc])
    return matcher


def patterns(phrase: str, lang: str = "en") -> list[list[dict[str, Any]]]:
    """Return a line of ``cues.toml`` as spaCy patterns over folded tokens.

    A choice between single words is one pattern; one that holds several words ("let us") or a
    contraction becomes a pattern of its own.
    """
    tokenizer = nlp(lang).tokenizer
    made: list[list[dict[str, Any]]] = [[]]
    said = _CLASS.sub(lambda m: f"({'|'.join(sorted(word_class(m[1], lang)))})", phrase)
    for piece in _PIECES.findall(said.replace("@", " ")):
        optional = {"OP": "?"} if piece.endswith("?") else {}
        core = piece.rstrip("?")
        if core == "~":
            made = [[*before, {**_GAP, "OP": "{0,3}"}] for before in made]
            continue
        choices = [[fold(t.text) for t in tokenizer(c)] for c in core.strip("()").split("|")]
        single = [tokens[0] for tokens in choices if len(tokens) == 1]
        several = [tokens for tokens in choices if len(tokens) > 1]
        ways: list[list[dict[str, Any]]] = []
        if single:
            ways.append([{"NORM": {"IN": single}, **optional}])
        elif optional:
            ways.append([])
        ways += [[{"NORM": token} for token in tokens] for tokens in several]
        made = [[*before, *way] for before in made for way in ways]
    return made


_CLASS = re.compile(r"\$(\w+)")
_PIECES = re.compile(r"\([^)]*\)\??|\S+")


OPENING = 3
"""Sentences at the start of a passage that may look back at who spoke before."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage with what was found in it."""

    passage: Passage
    cues: tuple[Cue, ...]
    mentions: tuple[Mention, ...]
    sentence: tuple[int, ...]

    @staticmethod
    def of(
        passage: Passage,
        directory: Directory,
        *,
        cased: bool = True,
        cues: tuple[Cue, ...] | None = None,
    ) -> Reading:
        """Cues and mentions of a passage; ``sentence`` numbers the sentence of each token."""
        numbers: list[int] = []
        for token in passage.doc:
            before = numbers[-1] if numbers else -1
            numbers.append(before + 1 if token.is_sent_start or before < 0 else before)
        return Reading(
            passage,
            find(passage.doc, directory.lang) if cues is None else cues,
            directory.find(passage.doc, cased=cased),
            tuple(numbers),
        )


def read(talk: Talk, directory: Directory, before: Sequence[Reading] = ()) -> tuple[Reading, ...]:
    """Every passage read; a name that several share is given to whoever was introduced by it.

    ``before`` are readings of the same talk for other seats, whose cues need not be found again.
    """
    cues = [r.cues for r in before] if len(before) == len(talk.passages) else []
    readings = [
        Reading.of(p, directory, cased=talk.cased, cues=cues[p.index] if cues else None)
        for p in talk.passages
    ]
    if _titles(readings, directory):
        directory.ready()
        readings = [
            replace(r, mentions=directory.find(r.passage.doc, cased=talk.cased)) for r in readings
        ]
    known = directory.known(m for r in readings for m in r.mentions)
    return tuple(
        replace(r, mentions=tuple(directory.clear(m, known) for m in r.mentions)) for r in readings
    )


def _titles(readings: Sequence[Reading], directory: Directory) -> bool:
    """Learn under what title people are introduced ("NAME, Minister for Education; ...")."""
    learned = False
    for reading in readings:
        doc = reading.passage.doc
        whole = [m for m in reading.mentions if m.kind == "person" and m.form == "whole"]
        for mention, after in zip(whole, [*whole[1:], None], strict=False):
            if len(mention.seats) != 1 or "announce" not in cues_of(reading, mention):
                continue
            end = min(after.start if after else len(doc), mention.end + 14)
            role: list[str] = []
            for token in doc[mention.end : end]:
                if token.is_sent_start or token.text in ";.":
                    break
                if token.text == "," and len(role) > 1:
                    break
                if token.text != "," and token.norm_ not in _SMALL_TALK:
                    role.append(token.text)
            while role and role[-1].islower() and len(role[-1]) < 4:
                role = role[:-1]
            if 1 <= len(role) <= 10 and any(w.lower() in HEADS for w in role):
                directory.add_title(mention.seats[0][0], " ".join(role))
                learned = True
    return learned


_SMALL_TALK = frozenset("who is and am the our".split())


def cues_of(reading: Reading, mention: Mention) -> set[str]:
    """Return the kinds of cue in whose reach a mention stands."""
    found: set[str] = set()
    for cue in reading.cues:
        start, end = cue.slot
        if cue.kind in ("chair", "stop") or mention.end <= start or mention.start >= end:
            continue
        near = mention.start - start if cue.forward else end - mention.end
        if near > _REACH.get(cue.kind, 6):
            continue
        if cue.kind in ("self", "this", "as", "body"):
            gap = reading.passage.doc[start : mention.start] if cue.forward else ()
            if cue.kind == "body" and not cue.forward and not _at(reading, mention, end):
                continue
            allowed = BEFORE_NAMES if mention.kind == "person" else _PLAIN | word_class("office")
            if any(t.norm_.rstrip(".") not in allowed for t in gap):
                continue
        if cue.kind == "as":
            found.add(_whose(reading, mention))
        else:
            found.add(cue.kind)
    return found


def office(reading: Reading, mention: Mention) -> bool:
    """Whether a body stands for whoever sits there for it: "the representative of", "our colleague
    from", "the delegation of"; or is all that a performative is for: "I now call on BODY."
    """
    doc = reading.passage.doc
    i = mention.start - 1
    while i >= 0 and doc[i].norm_ in ("the", "republic", "kingdom"):
        i -= 1
    if i >= 0 and doc[i].norm_ in ("of", "for", "from"):
        before = {token.norm_ for token in doc[max(0, i - 3) : i]}
        if before & word_class("office"):
            return True
    after = doc[mention.end] if mention.end < len(doc) else None
    closed = after is None or after.is_sent_start or after.text in ".,!?;" or after.norm_ in _ENDS
    for cue in reading.cues:
        if cue.kind not in ("floor", "queue", "thanks"):
            continue
        start, end = cue.slot
        if cue.forward and start <= mention.start and mention.end <= end:
            gap = {token.norm_ for token in doc[start : mention.start]}
            if closed and gap <= _LEAD:
                return True
        elif not cue.forward and mention.end <= end and end - mention.end <= 1:
            lead = doc[mention.start - 1].norm_ if mention.start else ""
            opens = not mention.start or doc[mention.start].is_sent_start or lead in _LEAD | {","}
            if opens:
                return True
    return False


_LEAD = frozenset("the now our and so then next dear , of to".split())
_ENDS = frozenset(
    "for please to and who whose which followed you now next first then today".split()
)


def third_person(reading: Reading, mention: Mention) -> bool:
    """Tell whether a body is the subject of a statement, as delegates speak of themselves: it opens
    its sentence and a verb of the third person follows.
    """
    doc = reading.passage.doc
    start = mention.start
    while start > 0 and not doc[start].is_sent_start:
        start -= 1
        if doc[start].norm_ not in _SUBJECT:
            return False
    end = mention.end
    if end >= len(doc) or not doc[end].text.islower():
        return False
    verb = doc[end].norm_
    if not (verb in _AUX or (len(verb) > 3 and verb.endswith(("s", "ed")))):
        return False
    while end < len(doc) and not doc[end].is_sent_start:
        if doc[end].text == "?":
            return False
        end += 1
    return True


_SUBJECT = frozenset("the and so but first second , for therefore finally in this regard".split())
_AUX = frozenset(
    "is are was has have had will would can could shall should may does did do took stands".split()
)


def _at(reading: Reading, mention: Mention, end: int) -> bool:
    """Tell whether "at BODY" stands right before a "we"."""
    doc = reading.passage.doc
    before = mention.start - 1
    if before >= 0 and doc[before].norm_ == "the":
        before -= 1
    return end - mention.end <= 1 and before >= 0 and doc[before].norm_ in ("at", "in", "from")


def _whose(reading: Reading, mention: Mention) -> str:
    """Whose role "as the ..." is: the speaker's ("I"), the hearer's ("you") or somebody's."""
    for token in reading.passage.doc[mention.end : mention.end + 5]:
        if token.norm_ in ("i", "my", "we"):
            return "self"
        if token.norm_ in ("you", "your"):
            return "you"
    return "as"


_REACH = {"self": 5, "this": 3, "body": 5, "thanks": 4, "told": 3, "announce": 200, "you": 4}
_PLAIN = frozenset(
    "a an the our your my this that being to be supposed going gonna just also actually still new "
    "acting deputy senior chief technical , of from at for with is was".split()
)


def is_card(reading: Reading, mention: Mention) -> bool:
    """Tell whether a sentence near the start of a turn is a visiting card: "NAME, role or body."

    A whole name opens it, a comma follows, and what remains neither speaks to anybody nor says
    that anybody does anything. Half a name will do where the body it belongs to follows: "Anna
    from UNODC."
    """
    doc = reading.passage.doc
    if mention.kind != "person" or not (mention.form == "whole" or _placed(reading, mention)):
        return False
    if reading.sentence[mention.start] - _turn_start(reading, mention) >= OPENING:
        return False
    start = mention.start
    while start > 0 and not doc[start].is_sent_start:
        start -= 1
        before = doc[start].norm_.rstrip(".")
        if before in GREETINGS and _names_own_body(reading, mention):
            continue
        if before not in BEFORE_NAMES and doc[start].norm_ not in ("and", ".", ","):
            return False
    end = mention.end
    while end < len(doc) and not doc[end].is_sent_start:
        end += 1
    behind = _body_behind(reading, mention, 3)
    if behind is not None:  # a recogniser writes a comma for the full stop: "..., we train ..."
        after = behind.end + (behind.end < len(doc) and doc[behind.end].text == ",")
        if after < len(doc) and doc[after].norm_ in ("we", "i", "our", "my"):
            end = behind.end
    rest = doc[mention.end : end]
    if len(rest) < 3 or len(rest) > 20:
        return False
    alone = end >= len(doc) and doc[0].norm_ not in GREETINGS  # "Anna from UNODC." gives the floor
    if rest[0].text not in ",-" and (rest[0].norm_ not in ("from", "with") or alone):
        return False
    return not any(t.norm_ in _SPEAKS or t.text in "?;" for t in rest)


def in_card(reading: Reading, mention: Mention) -> bool:
    """Tell whether an institution stands on somebody's visiting card."""
    return mention.kind == "body" and any(
        is_card(reading, other)
        for other in reading.mentions
        if other.kind == "person"
        and other.start < mention.start
        and reading.sentence[other.start] == reading.sentence[mention.start]
    )


def _names_own_body(reading: Reading, mention: Mention) -> bool:
    """Whether the institution that a name belongs to stands right behind it: "Good morning, Anna
    Berg, Delta Institute" is nobody's greeting to Anna Berg.
    """
    return _body_behind(reading, mention, 3) is not None


def _placed(reading: Reading, mention: Mention) -> bool:
    """Whether a name is followed by "from" and an institution that a bearer of it speaks for."""
    doc = reading.passage.doc
    if mention.end >= len(doc) or doc[mention.end].norm_ not in ("from", "with"):
        return False
    return _body_behind(reading, mention, 2) is not None


def _body_behind(reading: Reading, mention: Mention, most: int) -> Mention | None:
    """Return the institution of a name's bearer, named one to ``most`` tokens after the name."""
    own = {seat for seat, _ in mention.seats}
    for other in reading.mentions:
        near = other.kind == "body" and 1 <= other.start - mention.end <= most
        if near and own & {seat for seat, _ in other.seats}:
            return other
    return None


def _turn_start(reading: Reading, mention: Mention) -> int:
    """Return the number of the sentence in which the mention's turn begins."""
    places, token = reading.passage.places, mention.start
    while token > 0 and places[token - 1][0] == places[mention.start][0]:
        token -= 1
    return reading.sentence[token]


_SPEAKS = frozenset(
    "you your will would is are was has have had can could may do does did please i we he she "
    "they said who".split()
)


def vocative(doc: Doc, mention: Mention) -> bool:
    """Whether a name stands alone between stops or commas: "Tracey.", "Well, Minister, ..."."""
    start = mention.start
    while start > 0 and (
        doc[start - 1].norm_.rstrip(".") in BEFORE_NAMES or doc[start - 1].text == "."
    ):
        if doc[start - 1].text == "." and doc[start].is_sent_start:
            break
        start -= 1
    opens = start == 0 or doc[start].is_sent_start or doc[start - 1].text in _BOUNDS
    closes = mention.end >= len(doc) or doc[mention.end].text in _BOUNDS
    return bool(opens and closes)


_BOUNDS = frozenset(",.?!;-–—…")
