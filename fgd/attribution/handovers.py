"""Split turns in which the floor changes hands, by the words: a microphone that goes round.

A label on a transcript, or a microphone, may stand for several people in turn. Where somebody is
given the floor by name and speaks on in the same turn, the turn is split there and its second half
becomes a voice of its own, until the floor is given on, or whoever gave it takes it back with
thanks. A chair may name somebody and go on speaking, so a hand-over alone splits nothing: what
follows must begin as somebody else does (by the announced name, or with thanks for the floor),
unless the label is a room's, where any speech that is not the chair's will do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fgd.attribution.candidates import Directory, is_device, is_room, parts_of
from fgd.attribution.evidence import GIVEN, quote
from fgd.attribution.introductions import ALIKE, LONGEST, person_at
from fgd.attribution.names import (
    GREETINGS,
    KINDS,
    SMALL,
    Slot,
    body_likeness,
    looks_like_person,
    person_likeness,
    person_words,
    read_slot,
)
from fgd.attribution.readings import Cue, Reading, Talk, read, stops, word_class
from fgd.model import Conversation, Flag, Issue, Span, Turn, Voice, Word

CLOSING = 4
"""Words that may follow a name in the sentence that gives its bearer the floor."""

LEAST = 8
"""Words that somebody must say to have had the floor."""

HANDED = "hand-over"
"""The kind of flag that a half of a split turn carries."""

_BACK = frozenset(
    "chair chairman chairwoman chairperson moderator facilitator convener madam madame mister mr "
    "president floor microphone opportunity invitation".split()
)
"""Whom or what somebody thanks for, who has just been given the floor."""

_ANSWERS = frozenset("yes good hello hi sure certainly gladly dear excellencies".split())
"""How somebody begins who was asked to speak, where a label is a room's."""


_POLITE = frozenset("please ahead proceed minutes floor yours".split())
"""Words of the short sentences that may still belong to a hand-over."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """A token at which a turn passes to a holder (none: to its label again), and the words."""

    token: int
    holder: Slot | None
    cue: Cue


def handed_over(
    conversation: Conversation, lang: str = "en", name: str = ""
) -> tuple[Conversation, tuple[Issue, ...]]:
    """Split the turns of a conversation in which the floor is given, and say which.

    A half that is somebody else's has a voice of its own ("V3.2"), no label unless it is a room's,
    and a flag with the words that give the floor.

    Args:
        conversation: turns by label or by sound.
        lang: its language.
        name: of the recording, for the issue.
    """
    talk = Talk.of(conversation, lang)
    readings = read(talk, Directory((), (), lang))
    cut: dict[int, list[tuple[_Cut, Reading]]] = {}
    for reading in readings:
        for each in _cuts(reading, talk, lang):
            cut.setdefault(reading.passage.turn_of(each.token), []).append((each, reading))
    if not cut:
        return conversation, ()
    holders: dict[str, list[Slot]] = {}
    turns: list[Turn] = []
    taken = {turn.id for turn in conversation.turns}
    split = []
    for number, turn in enumerate(talk.turns):
        parts = list(_parts(turn, cut.get(number, ()), talk, holders, taken))
        turns += parts
        if len(parts) > 1:
            split.append(turn)
    if not split:
        return conversation, ()
    issue = Issue(
        "note",
        name or conversation.recording,
        f"{len(split)} {'passage was' if len(split) == 1 else 'passages were'} split where the "
        "floor is given inside one label.",
        "The words for it stand beside each half; merge the voices again where it is one person.",
        split[0].voice,
    )
    voices = _voices(conversation, turns)
    return replace(conversation, turns=tuple(turns), voices=voices), (issue,)


def _cuts(reading: Reading, talk: Talk, lang: str) -> Iterator[_Cut]:
    """Where a passage changes hands inside a turn, in order."""
    passage = reading.passage
    doc, ends = passage.doc, stops(passage.doc, lang)
    holder: Slot | None = None
    free = 0
    for cue in reading.cues:
        if cue.start < free:
            continue
        turn = talk.turns[passage.turn_of(cue.start)]
        start, end = cue.slot
        slot = read_slot(doc, start, ends, None if cue.forward else end)
        if holder is not None and cue.kind == "thanks" and cue.forward:
            if _opens(reading, cue.start) and _alike(slot, holder) and _in(reading, free, cue):
                yield _Cut(cue.start, None, cue)
                holder, free = None, cue.end
            continue
        explicit = cue.kind in GIVEN and _explicit(reading, cue, lang)
        if not explicit or not _somebody(slot, lang) or not _closes(reading, slot, cue):
            continue
        begin = _after(reading, max(slot.end, cue.end))
        last = passage.turn_of(cue.end - 1)
        if begin >= len(doc) or passage.turn_of(begin) != last:
            holder = None
            continue
        until = begin
        while until < len(doc) and passage.turn_of(until) == last:
            until += 1
        if sum(t.text[0].isalnum() for t in doc[begin:until]) < LEAST:
            continue
        if _begins_anew(reading, begin, until, slot, turn):
            yield _Cut(begin, slot, cue)
            holder, free = slot, begin


def _in(reading: Reading, begin: int, cue: Cue) -> bool:
    """Tell whether a cue stands in the turn of a token, with enough said between."""
    passage = reading.passage
    said = sum(t.text[0].isalnum() for t in passage.doc[begin : cue.start])
    return passage.turn_of(begin) == passage.turn_of(cue.start) and said >= LEAST


def _explicit(reading: Reading, cue: Cue, lang: str) -> bool:
    """Tell whether a cue gives the floor in so many words: "let's move to Europe" does not."""
    said = [token.norm_ for token in reading.passage.doc[cue.start : cue.end]]
    given = any(word in said for word in word_class("give", lang)) and said[-1] == "to"
    called = any(word in said for word in word_class("call", lang))
    floor = any(word in said for word in word_class("floor", lang))
    return floor or (cue.forward and (given or called or "over to" in " ".join(said)))


def _closes(reading: Reading, slot: Slot, cue: Cue) -> bool:
    """Tell whether nothing follows in the sentence but a "please" or "you have the floor"."""
    doc, i = reading.passage.doc, max(slot.end, cue.end)
    rest = []
    while i < len(doc) and not doc[i].is_sent_start:
        rest.append(doc[i])
        i += 1
    return sum(token.text[0].isalnum() for token in rest) <= CLOSING


def _somebody(slot: Slot, lang: str) -> bool:
    """Tell whether what stands beside the cue is a name, and no "Members if they agree"."""
    called = slot.body or slot.person
    carrying = [w for w in called.split() if w.lower() not in SMALL]
    if not carrying or word_class("office", lang).issuperset(w.lower() for w in carrying):
        return False
    if looks_like_person(slot.person) > 0.99 and len(slot.person.split()) <= 4:
        return True
    return len(carrying) <= LONGEST and all(w[0].isupper() for w in carrying)


def _after(reading: Reading, token: int) -> int:
    """The first token after the sentence that gives the floor and its "you have three minutes"."""
    sentence = reading.sentence
    if token >= len(sentence):
        return len(sentence)
    i = token
    if not reading.passage.doc[token].is_sent_start:
        while i < len(sentence) and sentence[i] == sentence[token]:
            i += 1
    while i < len(sentence):
        end = i
        while end < len(sentence) and sentence[end] == sentence[i]:
            end += 1
        said = {t.norm_ for t in reading.passage.doc[i:end]}
        thanks = bool(said & {"thank", "thanks"})
        if thanks or end - i > 9 or not said & _POLITE:
            break
        i = end
    return i


def _begins_anew(reading: Reading, begin: int, until: int, slot: Slot, turn: Turn) -> bool:
    """Tell whether somebody else begins to speak at a token."""
    doc = reading.passage.doc
    first = reading.sentence[begin]
    near = [i for i in range(begin, until) if reading.sentence[i] - first <= 2]
    for cue in reading.cues:
        if cue.kind == "self" and cue.forward and cue.start in near:
            own = Slot(_called(reading, cue.slot[0]))
            if own.person and _fits(own, slot):
                return True
    for i in near:
        if (i == begin or doc[i].is_sent_start) and (place := person_at(doc, i)):
            called = Slot(doc[slice(*place)].text)
            comma = place[1] < until and (
                doc[place[1]].text == "," or doc[place[1]].norm_ == "here"
            )
            if comma and slot.person and _alike(called, slot):
                return True
    if not turn.label:
        return False  # the sound heard one voice: only a name tells otherwise
    opening = [doc[i].norm_ for i in near if reading.sentence[i] - first <= 1]
    owner = () if is_device(turn.label) else person_words(parts_of(turn.label)[0])
    thanks = bool({"thank", "thanks"} & set(opening[:6]))
    if thanks and set(opening) & (_BACK | set(owner)):
        return True
    address = {token.norm_.rstrip(".") for token in doc[begin : begin + 4]}
    if address & _BACK and any(token.text == "," for token in doc[begin : begin + 5]):
        return True
    answers = thanks or bool(_ANSWERS & set(opening[:2])) or _subject(reading, begin, slot)
    leads = any(c.kind == "chair" and c.start in near for c in reading.cues)
    return is_room(turn.label) and answers and not leads


def _called(reading: Reading, token: int) -> str:
    """Tell what somebody calls themselves: two or three capitalised words, or one before a stop."""
    doc = reading.passage.doc
    place = person_at(doc, token)
    if place is None and token + 1 < len(doc) and doc[token].text[0].isupper():
        place = (token, token + 1) if doc[token + 1].text in ".,!" else None
    return doc[slice(*place)].text if place else ""


def _subject(reading: Reading, begin: int, slot: Slot) -> bool:
    """Tell whether the announced name opens the next sentence: "Kenya supports the text"."""
    called = person_words(slot.person) or person_words(slot.body)
    first = reading.passage.doc[begin : begin + len(called) + 1]
    said = [token.norm_ for token in first if token.norm_ != "the"][: len(called)]
    return bool(called) and said == list(called)


def _fits(own: Slot, announced: Slot) -> bool:
    """Whether somebody who names themselves may be who was announced; of a body, anybody may."""
    return _alike(own, announced) or not announced.person or _body_only(announced)


def _body_only(slot: Slot) -> bool:
    return any(word in KINDS for word in person_words(slot.person))


def _alike(one: Slot, other: Slot) -> bool:
    """Tell whether two names may be of one person or body."""
    if one.person and other.person and person_likeness(one.person, other.person) >= ALIKE:
        return True
    if (
        one.person
        and other.person
        and set(person_words(one.person)) & set(person_words(other.person))
    ):
        return True
    bodies = [s.body or s.person for s in (one, other)]
    return all(bodies) and body_likeness(*bodies) >= ALIKE


def _opens(reading: Reading, token: int) -> bool:
    """Tell whether a token is among the first words of its sentence."""
    doc, i = reading.passage.doc, token
    while i > 0 and not doc[i].is_sent_start:
        i -= 1
    return all(t.norm_ in GREETINGS or not t.text[0].isalnum() for t in doc[i:token])


def _parts(
    turn: Turn,
    cuts: Sequence[tuple[_Cut, Reading]],
    talk: Talk,
    holders: dict[str, list[Slot]],
    taken: set[str],
) -> Iterator[Turn]:
    """Return the turn, or its parts, with the words that give the floor as flags."""
    start, holder, flag = 0, None, None
    for cut, reading in cuts:
        index = _word(turn.words, reading.passage.places[cut.token][1])
        if index <= start:
            continue
        yield _part(turn, start, index, holder, flag, holders, taken)
        words = quote(talk, reading.passage.index, cut.cue.start, cut.cue.end)[2]
        said = "the floor is given" if cut.holder else "the floor is taken back"
        under = f' under "{turn.label}"' if turn.label else ""
        start, holder, flag = index, cut.holder, Flag(HANDED, f'{said}{under}: "{words}"')
    yield _part(turn, start, len(turn.words), holder, flag, holders, taken) if start else turn


def _part(
    turn: Turn,
    start: int,
    end: int,
    holder: Slot | None,
    flag: Flag | None,
    holders: dict[str, list[Slot]],
    taken: set[str],
) -> Turn:
    words = turn.words[start:end]
    span = Span(words[0].span.start, max(word.span.end for word in words))
    made = replace(
        turn, words=words, span=span,
        overlaps=tuple(o & span for o in turn.overlaps if o.overlaps(span)),
        flags=(*turn.flags, flag) if flag else turn.flags,
    )  # fmt: skip
    if start:
        key = f"{turn.recording}-{span.start:08d}"
        while key in taken:
            key += "a"
        taken.add(key)
        made = replace(made, id=key, decided_by=f"{turn.decided_by}; hand-over in the words")
    if holder is None:
        return made
    known = holders.setdefault(turn.voice, [])
    place = next((n for n, other in enumerate(known) if _alike(holder, other)), len(known))
    if place == len(known):
        known.append(holder)
    label = turn.label if is_room(turn.label) else ""
    return replace(made, voice=f"{turn.voice}.{place + 2}", label=label)


def _word(words: Sequence[Word], character: int) -> int:
    """Return the number of the word that holds a character of the turn's text."""
    text = "".join(word.text for word in words)
    place = len(text.lstrip()) - len(text)
    for number, word in enumerate(words):
        place += len(word.text)
        if place > character:
            return number
    return len(words)


def _voices(conversation: Conversation, turns: Sequence[Turn]) -> tuple[Voice, ...]:
    """The voices as they were, and those of the halves, with their floor time."""
    time: Counter[str] = Counter()
    for turn in turns:
        time[turn.voice] += turn.span.duration
    known = {voice.id: voice for voice in conversation.voices}
    new = [v for v in time if v not in known]
    parents = {name.rpartition(".")[0] for name in new}
    old = [replace(v, speech=time[v.id]) if v.id in parents else v for v in known.values()]
    return (*old, *(Voice(v, conversation.recording, speech=time[v]) for v in new))
