"""Link later clauses by others to one proposition each, with a side.

Words that take a side by themselves ("I agree with ...", "we cannot accept ...") are read by rules.
Where there are none, the networks (``network.py``) tell which proposition a clause answers and
how; what they are not sure of is ``open``.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fgd.deliberation.calibration import POLARITY, YES_NO, answer_columns, calibrated
from fgd.deliberation.features import Answer, Pair, Put, Reading, content, pairs_of
from fgd.deliberation.network import PUTS, SIDES, Sense
from fgd.deliberation.proposals import INDIRECT, ROUND, TASK, yes_no
from fgd.deliberation.room import Room
from fgd.deliberation.sides import (
    AGREES,
    BARE_WORD,
    CONDITION,
    DENIES,
    DOUBT,
    ECHOES,
    OBJECTION,
    SAME,
    SUPPORT,
    TAKES_FLOOR,
    TRAILS,
    denies_too,
    spoken_side,
    yes_or_no,
)
from fgd.model import SIDED, LinkKind, PropositionKind, Reason, Side

if TYPE_CHECKING:
    from fgd.deliberation.features import Array

WIDEST = 2
"""Propositions that the networks may suspect one clause of answering."""

DOUBTED = 0.1
"""Probability below which a turn that answers something else does not answer a question, too."""

LIKELY = 0.5
"""Probability from which somebody is rather taken to replace what the networks hear."""

REPEATS = 2
"""Words of content that a proposal must take up of another to speak to it."""

HEARD, LEAST = 0.85, 3
"""Probability from which somebody is told to have spoken to what was put, in so many words."""

CONSENTS = 0.9
"""Probability of a link and of consent from which words that propose something consent, too."""

MAYBE, CLAIMS = 0.4, 0.3
"""Probability of a link and of a side from which the networks' side is considered; and where what
was put is a claim, that it claims something.
"""

TOLD, SPOKE, PLAIN, SEEMS = 0.75, 0.8, 0.5, 0.3
"""Probability (``calibration.py``) from which a side is told that only the networks read or link;
from which it is told that somebody answered at all; from which a side that words take is told
plainly; and from which words that refuse what was proposed or asked, and a yes or no right after
its question, are told as what seems.
"""

ANSWERED = 0.7
"""Probability from which what is said after a question is told as an answer to it."""

IN_ROUND = "in a round"
"""The reason of an answer to what a chair asks of everybody."""

VETO = 0.1
"""Words of a side count for nothing where the networks find a link less likely than this."""

NOBODY = re.compile(
    r"(?:(?:okay|well|so|right|hm|no)\b[,.]? *)*(?:nobody|no one|no takers|no volunteers|"
    r"no answers?|silence)(?: (?:at all|there|it seems|wants to))?[.,!?]*",
    re.IGNORECASE,
)
"""How somebody says that nobody answers."""

BARE = (0.35, 0.1)
"""How likely the networks must find it that a bare yes or no answers a proposal, and a question."""

DIRECT = 5
"""Turns after a question within which a yes or no answers it."""

AROUND = 0.2
"""Likeness from which what is said later on answers a question, when others spoke between."""

ALIKE = 0.3
"""Likeness from which words answer a question that no chair put; many of those want no answer."""

MOVES_ON = 15
"""A chair who says more words than these has left the question."""

SHORT = 6
"""Fewer words that take a side are printed with the sentence after them."""

NEAR, ASKED = 4, 12
"""Turns within which words of agreement look for what they mean; and answers for a question."""

_WITH = re.compile(r"\b(?:agree|concur|differ|disagree)\w* with ((?:[A-Z][\w'’-]+ ?)+)")
"""With whom somebody agrees or not, by name."""
_NEGATED = re.compile(r"\b(?:not|\w+n't)\b")
_ELSE = re.compile(r"\b(?:what|who|whom|whose|where|when|why|how|which)\b")


ASKS_VIEW = re.compile(
    r"\b(?:do|would|can|could|does) (?:you|anybody|anyone|others|everybody|everyone|the others|"
    r"somebody) "
    r"(?:\w+ ){0,2}?(?:agree|see|share|accept|support|think so|live with|go along|look at|view|"
    r"feel)\b|"
    r"\b(?:the same|same (?:way|view|opinion)|your (?:view|reaction|thoughts?|opinion)|(?:how|"
    r"what) about you|"
    r"what do you (?:think|say)|are you with)\b"
)
TURNED = re.compile(r"\b(?:disagree|differ\w*|object\w*|oppose\w*|otherwise|against|problem)\b")
"""Asked for a view of what somebody else put; and what would turn a yes into a no."""


@dataclass(frozen=True, slots=True)
class Heard:
    """All answers, and which of what was put nobody answered.

    Where no objection was found nothing is said: on meetings people read whole, a quarter of the
    proposals that seemed quiet had been objected to.
    """

    answers: tuple[Answer, ...]
    unanswered: frozenset[int]


def answerable(reading: Reading, put: Sequence[Put]) -> list[Pair]:
    """List what was put with every later clause that may answer it."""
    room = reading.room
    return pairs_of(room, put, {n for n in range(len(room.clauses)) if _reacts(room.said(n))})


def suspected(
    reading: Reading, put: Sequence[Put], sense: Sense, pairs: Sequence[Pair]
) -> list[Answer]:
    """Find who may have answered what, and with which side, by words or as the networks hear it."""
    room = reading.room
    texts = [room.said(number) for number in range(len(room.clauses))]
    link = [sense.link(put[pair.put].clause, pair.answer) for pair in pairs]
    by_clause: dict[int, list[int]] = defaultdict(list)
    for number, pair in enumerate(pairs):
        by_clause[pair.answer].append(number)
    found = list(_direct(reading, put, texts))
    settled = {each.clause for each in found}
    for clause, mine in by_clause.items():
        if clause in settled:
            continue
        if room.neutral[room.clauses[clause].turn]:
            continue  # what a chair says is told as the chair's, never as a side
        answer = _spoken(reading, put, pairs, mine, link, texts, clause, found)
        if answer:
            found.append(answer)
    found += _reactions(reading, put, texts, found)
    found += _alternatives(reading, put, texts, found, sense)
    found = [
        each
        for each in found
        if each.side not in SIDED
        or each.reasons[0].kind == "same as before"
        or sense.link(put[each.put].clause, each.clause) >= VETO
    ]
    found += _sensed(reading, put, sense, found)
    return list(_origins(reading, put, found))


def hear(reading: Reading, put: Sequence[Put], sense: Sense) -> Heard:
    """Find the answers to everything put, and where whoever asked says that there are none."""
    pairs = answerable(reading, put)
    believed = list(_believed(reading, put, sense, suspected(reading, put, sense, pairs)))
    found = _of_another(reading, put, believed)
    after = list(after_questions(reading, put, found, sense))
    chances = spoken_to(reading, put, sense, after)
    found += [
        replace(one, confidence=sure)
        for one, sure in zip(after, chances, strict=True)
        if sure >= ANSWERED or one.reasons[0].kind == IN_ROUND
    ]
    unanswered = frozenset(
        number
        for number, each in enumerate(put)
        if each.kind == "question" and _told_nobody(reading, each)
    )
    found = [each for each in found if each.put not in unanswered]
    return Heard(tuple(found), unanswered)


def spoken_to(
    reading: Reading, put: Sequence[Put], sense: Sense, found: Sequence[Answer]
) -> list[float]:
    """Tell how likely each answer speaks to what was put at all, whatever its side."""
    rows = answer_columns(reading, put, sense, [replace(each, side="open") for each in found])
    return calibrated("answer", widely=sense.widely).chances(rows)


def _believed(
    reading: Reading, put: Sequence[Put], sense: Sense, found: Sequence[Answer]
) -> Iterator[Answer]:
    """Judge every answer that is suspected by how likely it and its side are right.

    What words take is told plainly where it is likelier than not, what only the networks read or
    link as what seems, where it is likely; of the rest at most that somebody spoke to it.
    """
    sided = [each for each in found if each.side in SIDED]
    rows = answer_columns(reading, put, sense, sided)
    chances = calibrated("side", widely=sense.widely).chances(rows)
    told = dict(zip(map(id, sided), chances, strict=True))
    for each, spoke in zip(found, spoken_to(reading, put, sense, found), strict=True):
        chance, of = told.get(id(each)), put[each.put]
        said = not each.reasons[0].kind.startswith("network")
        refuses = POLARITY[each.side] == "-" and of.kind != "claim"
        direct = each.reasons[0].kind == YES_NO
        linked = not any(reason.kind.startswith("network") for reason in each.reasons)
        if chance is None:
            if spoke >= (PLAIN if direct else SPOKE):
                yield replace(each, confidence=spoke)
        elif (linked and chance >= PLAIN) or (not said and chance >= TOLD):
            yield replace(each, confidence=chance)
        elif chance >= (SEEMS if linked and (refuses or direct) else TOLD):
            why = Reason("doubtful", weight=math.log(chance / (1 - chance)))
            yield replace(each, confidence=chance, reasons=(why, *each.reasons))
        elif of.kind != "claim" and spoke >= SPOKE and _tells(reading.room.said(each.clause)):
            asks = of.kind == "question" and not yes_no(reading.room.clauses[of.clause].text)
            yield replace(each, side="answer" if asks else "open", confidence=spoke, until=-1)


def _of_another(reading: Reading, put: Sequence[Put], found: Sequence[Answer]) -> list[Answer]:
    """Leave out what is said, by its words, of what somebody else put than what it is linked to.

    Whoever names somebody who answered the same ("I agree with Ann") sides with them.
    """
    room = reading.room
    people = dict.fromkeys(room.who)
    of = {who: _on_what(parts) for who in people if (parts := reading.parts(who))}
    sides: dict[tuple[int, str], list[tuple[int, str]]] = defaultdict(list)
    for each in found:
        turn = room.clauses[each.clause].turn
        sides[each.put, room.who[turn]].append((turn, POLARITY[each.side]))
    kept = []
    for each in found:
        turn = room.clauses[each.clause].turn
        start = max(room.of_turn[turn].start, each.clause - 1)
        text = " ".join(room.clauses[number].text for number in range(start, each.clause + 1))
        meant = {who for who, on in of.items() if who != room.who[turn] and on.search(text)}
        if meant and room.who[room.clauses[put[each.put].clause].turn] not in meant:
            theirs = {side for who in meant for at, side in sides[each.put, who] if at < turn}
            if not theirs & {POLARITY[each.side], "0"}:
                continue
        kept.append(each)
    return kept


def _on_what(parts: Collection[str]) -> re.Pattern[str]:
    """Match words on what somebody said who is named by one of these, written as names are: the
    border of a "Border Agency" is nobody.
    """
    ways = sorted(way for part in parts for way in (part.title(), part.upper()))
    name = "|".join(map(re.escape, ways))
    return re.compile(
        rf"\b(?i:agree(?:s|d)? (?:\w+ )?with|(?:i['\u2019]m|we['\u2019]re|i am|we are) with|"
        rf"side with|support) (?i:(?:mr|mrs|ms|dr|the)\.? )?(?:\w+ )?(?:{name})\b|"
        rf"\b(?i:what) (?:\w+ )?(?:{name})\b|"
        rf"\b(?:{name})(?i:(?:['\u2019]s| is| was)? (?:right|said|says|suggested|suggests|"
        rf"proposed|proposes|suggestion|point|idea|proposal|rule|wording))\b"
    )


def _reacts(text: str) -> bool:
    """Tell whether a clause may react to a claim: it takes a side by its own words."""
    return bool(spoken_side(text)[0] or SAME.search(text))


def _told_nobody(reading: Reading, put: Put) -> bool:
    """Tell whether whoever asked says next that nobody answers, and goes on."""
    room = reading.room
    asked = room.clauses[put.clause].turn
    goes_on = range(put.clause + 1, room.of_turn[asked].stop)
    after = next((turn for turn in range(asked + 1, len(room.turns)) if room.of_turn[turn]), asked)
    if not goes_on and after > asked and room.who[after] == room.who[asked]:
        goes_on = room.of_turn[after]
    if len(goes_on) < 2:
        return False
    first, last = (room.clauses[n].text.strip() for n in (goes_on[0], goes_on[-1]))
    return bool(NOBODY.fullmatch(first)) and not last.endswith("?")


def _spoken(
    reading: Reading, put: Sequence[Put], pairs: Sequence[Pair], mine: Sequence[int],
    link: Sequence[float], texts: Sequence[str], clause: int, found: Sequence[Answer],
) -> Answer | None:  # fmt: skip
    """Link a clause whose own words take a side to what it answers."""
    room = reading.room
    text = texts[clause]
    answer = room.clauses[clause]
    polarity, words, sure = spoken_side(text)
    bare = BARE_WORD.match(text) if answer.number == 0 else None
    same = SAME.search(text)
    if same and polarity != "-":
        for earlier in reversed(found):
            at = room.clauses[earlier.clause]
            if not 0 <= answer.turn - at.turn <= NEAR:
                continue  # what is found is not in the order of the talk
            if room.who[at.turn] != room.who[answer.turn] and earlier.side in SIDED:
                if room.who[room.clauses[put[earlier.put].clause].turn] == room.who[answer.turn]:
                    continue
                why = (Reason("same as before", same.group(0), 1.5), *earlier.reasons[:1])
                until = clause + 1 if len(text.split()) < SHORT else -1
                return replace(
                    earlier, clause=clause, link="reply", confidence=0.7, reasons=why, until=until
                )
    if denies_too(text, _next(room, texts, clause)):
        return None
    if not polarity and bare:
        polarity, words, sure = ("+" if bare.group(1) else "-"), bare.group(0), 0.6
    elif not polarity:
        if same is None:
            return None
        polarity, words, sure = "+", same.group(0), 0.6
    about = _object(text, words, polarity, reading.named)
    judged = _judged(text, words) if polarity == "-" else frozenset()
    recent = _recent(reading, put, clause, found)
    target = _target(
        reading, put, pairs, mine, link, clause, bare is not None, about, recent, polarity, words
    )
    if target is None:
        return None
    number, how = target
    chosen = put[pairs[number].put]
    agreed = _WITH.search(answer.text)
    if agreed and not reading.parts(room.who[room.clauses[chosen.clause].turn]) & {
        word.casefold() for word in agreed.group(1).split()
    }:
        return None  # with somebody else than who put this, on something else
    if judged and not _speaks_of(judged - reading.named, texts[chosen.clause]):
        return None  # bad is something else than what was put, or what was put would end it
    brief = len(text.split()) < SHORT and polarity != "+"
    until = clause + 1 if brief or TRAILS.search(text) else -1
    rest = " ".join(
        texts[c] for c in range(clause + 1, min(clause + 2, room.of_turn[answer.turn].stop))
    )
    if polarity == "+" and (
        CONDITION.search(rest) or re.match(r"(?:yes,? )?(?:but|however|although)\b", rest)
    ):
        polarity, until = "~", clause + 1
    kind: PropositionKind = chosen.kind
    if kind == "question" and not yes_no(room.clauses[chosen.clause].text):
        return None
    named: dict[str, Side] = (
        {"+": "yes", "-": "no", "~": "part", "?": "no"}
        if kind == "question"
        else {"+": "for", "-": "against", "~": "condition", "?": "doubt"}
    )
    if kind == "question" and polarity == "?":
        return None
    reasons = (Reason("words", words, 2.0), Reason("link", how, link[number]))
    return Answer(pairs[number].put, clause, named[polarity], how, sure, reasons, until)


def _target(
    reading: Reading, put: Sequence[Put], pairs: Sequence[Pair], mine: Sequence[int],
    link: Sequence[float], clause: int, bare: bool, about: frozenset[str], recent: frozenset[int],
    polarity: str, words: str,
) -> tuple[int, LinkKind] | None:  # fmt: skip
    """Find what a clause with a side answers: whose name it says, what it repeats, the nearest."""
    room = reading.room
    answer = room.clauses[clause]
    said = content(answer.text)
    heard = frozenset(word.casefold() for word in re.findall(r"[^\W\d_]{4,}", answer.text))
    best: tuple[float, int, LinkKind] | None = None
    least = min(2, len(about))
    spoken_of = [
        n
        for n in mine
        if about and len(about & content(room.clauses[put[pairs[n].put].clause].text)) >= least
    ]
    if least == 2 and not spoken_of:
        return None  # it says what it is for or against, and nobody put that
    for number in spoken_of or mine:
        each = put[pairs[number].put]
        target = room.clauses[each.clause]
        away = _apart(reading, target.turn, answer.turn)
        named = bool(reading.parts(room.who[target.turn]) & heard)
        shared = len(content(target.text) & said)
        alike = float(reading.vectors[each.clause] @ reading.vectors[clause])
        if away > (2 if bare else NEAR) and not (shared >= 2 or named):
            continue
        if not (spoken_of or named or shared) and (target.turn not in recent or answer.number > 1):
            continue  # deep in a turn, "it" is what the speaker spoke of
        if spoken_of and away > 2 and shared < 2 and not named:
            continue
        if about and not spoken_of and not named and (away > 1 or each.kind != "proposal"):
            continue
        if bare and link[number] < BARE[each.kind == "question"]:
            continue
        if bare and not target.last and each.kind == "question":
            continue
        if each.kind == "claim" and not (named or spoken_of):
            continue
        if each.kind == "claim" and polarity in "+~" and not AGREES.search(words):
            continue  # "we would support it" is no word on whether a claim holds
        score = (
            3.0 * named + 1.2 * min(shared, 3) + 1.5 * alike - 0.5 * (away - 1)
            + 2.0 * link[number]
            + (1.2 if each.kind == "proposal" else 0.6 if each.kind == "question" else -0.6)
            + 0.3 * target.last + (1.5 if bare and each.kind == "question" else 0.0)
            - (1.0 if each.kind == "question" and not bare else 0.0)
        )  # fmt: skip
        how: LinkKind = "named" if named else "repeated" if shared else "near"
        if best is None or score > best[0]:
            best = score, number, how
    return (best[1], best[2]) if best and best[0] > 0.8 else None


def _origins(reading: Reading, put: Sequence[Put], found: Sequence[Answer]) -> Iterator[Answer]:
    """Give back each answer; one to words that are themselves an answer goes to what those answer.

    "I could live with the dam, but ..." answers whoever proposed the dam, and so does "I could
    accept a dam" after it, which takes up nothing else.
    """
    room = reading.room
    origin = {each.clause: each.put for each in found if each.side in SIDED}
    for each in found:
        said, nearest = room.clauses[each.clause], put[each.put].clause
        first = origin.get(nearest, each.put)
        shared = content(said.text) & content(room.clauses[nearest].text)
        proposer = room.who[room.clauses[put[first].clause].turn]
        if (
            each.side in SIDED
            and each.link == "repeated"
            and room.who[said.turn] != proposer
            and put[first].kind == put[each.put].kind
            and shared <= content(room.clauses[put[first].clause].text)
        ):
            yield replace(each, put=first)
        else:
            yield each


_JUDGES = re.compile(
    r"\b(?:is|are|'s|seems?|would|will|can|could|makes) (?:\w+ )*?(?:too \w+|unacceptable|"
    r"acceptable|a mistake|"
    r"a gamble|a waste|a step too far|ruin|harm|destroy|bankrupt|kill|no sense|out of the question)"
)
_ENDS = re.compile(
    r"\b(?:end|ends|ending|stop|stops|ban|bans|prohibit\w*|abolish\w*|eliminat\w*|prevent\w*|"
    r"against|fight\w*|"
    r"root\w* out|no (?:such|more)|tackle|remove|without)\b"
)


def _judged(text: str, words: str) -> frozenset[str]:
    """Find what a clause calls bad, where it names it: the words before the verdict."""
    at = text.find(words)
    if at < 0 or not (_JUDGES.search(text[at:]) or _JUDGES.search(words)):
        return frozenset()
    subject = re.split(r"[,;:.!?]| (?:but|because|that|and) ", text[:at])[-1]
    return content(subject)


def _speaks_of(judged: frozenset[str], put: str) -> bool:
    """Tell whether what is called bad is what was put to the room, and not what that would end."""
    return bool(judged & content(put)) and not _ENDS.search(put)


def _object(text: str, words: str, polarity: str, names: frozenset[str]) -> frozenset[str]:
    """Find what somebody says they are for or against: the words after, up to the next pause."""
    at = text.find(words)
    hit = SUPPORT.search(text) or OBJECTION.search(text)
    if at < 0 or not polarity or not hit:
        return frozenset()
    if hit.group(0).startswith("would be"):
        return content(text[: hit.start()]) - names
    after = re.split(
        r"[,.;:!?]| but | because | if | when | provided | on (?:the )?condition | only | unless "
        r"| as long | "
        r"so long | subject to ",
        text[hit.end() :],
    )[0]
    return content(after) - names - _ANY_PROPOSAL


_ANY_PROPOSAL = content(
    "amendment amendments proposal proposals suggestion idea motion recommendation request change "
    "wording text plan offer compromise"
)
"""Words for whatever was put: they point to the nearest, and tell nothing of what it is about."""


def _recent(
    reading: Reading, put: Sequence[Put], clause: int, found: Sequence[Answer]
) -> frozenset[int]:
    """List the turns that may be meant without saying which: others' last ones, and what those
    answered.
    """
    room = reading.room
    turn = room.clauses[clause].turn
    turns: set[int] = set()
    last: set[str] = set()
    for earlier in range(turn - 1, max(-1, turn - 1 - NEAR), -1):
        if room.who[earlier] == room.who[turn]:
            continue
        turns.add(earlier)
        last.add(room.who[earlier])
        if not (room.chair[earlier] and len(room.texts[earlier].split()) < 25):
            break
    for answer in found:
        if room.clauses[answer.clause].turn in turns:
            turns.add(room.clauses[put[answer.put].clause].turn)
    return frozenset(turns)


def _apart(reading: Reading, first: int, later: int) -> int:
    """Count the turns between, without those of a chair that only hand on the floor."""
    room = reading.room
    short = sum(
        room.chair[turn] and len(room.texts[turn].split()) < 25 for turn in range(first + 1, later)
    )
    return later - first - short


def _sensed(
    reading: Reading, put: Sequence[Put], sense: Sense, found: Sequence[Answer]
) -> Iterator[Answer]:
    """Find who answered without words of a side, as the networks read it.

    Where they are sure of the side it is told, else it is ``open``, or there is no answer to a
    claim: a claim counts by the sides that are taken to it. What they think is among the reasons.
    """
    room = reading.room
    numbers = {each.clause: n for n, each in enumerate(put)}
    taken = {(each.put, each.clause, POLARITY[each.side]) for each in found}
    heard: dict[int, list[tuple[float, int, tuple[float, ...]]]] = defaultdict(list)
    for (clause, answer), (sure, sides) in sense.pairs.items():
        number, turn = numbers.get(clause), room.clauses[answer].turn
        if (
            number is None or sure < MAYBE or room.neutral[turn]
            or (room.chair[turn] and room.clauses[answer].text.rstrip().endswith("?"))
        ):  # fmt: skip
            continue
        heard[answer].append((sure, number, sides))
    for answer, each in sorted(heard.items()):
        told = 0
        for sure, number, sides in sorted(each, key=lambda one: -one[0]):
            one = _told(reading, put, number, answer, sure, sides, sense)
            if one:
                told += 1
                if (number, answer, POLARITY[one.side]) not in taken:
                    yield one
            if told == WIDEST:
                break


def _told(
    reading: Reading, put: Sequence[Put], number: int, answer: int, sure: float,
    sides: tuple[float, ...], sense: Sense,
) -> Answer | None:  # fmt: skip
    """Make the answer of a pair, with the side that the networks are sure of, if any."""
    room, each = reading.room, put[number]
    said = room.said(answer)
    leading = max(range(len(SIDES)), key=lambda k: sides[k])
    side = _side(each.kind, SIDES[leading], room.clauses[answer].text, said)
    asks = each.kind == "question" and not yes_no(room.clauses[each.clause].text)
    sided = side is not None and not asks and sides[leading] >= MAYBE
    if TAKES_FLOOR.match(said):
        return None
    if each.kind == "claim" and not (
        sided and sense.puts[each.clause, PUTS.index("claim")] >= CLAIMS and _tells(said)
    ):
        return None
    shared = content(room.clauses[each.clause].text) & content(room.clauses[answer].text)
    own = next((n for n, one in enumerate(put) if one.clause == answer), None)
    consents = sided and SIDES[leading] == "+" and min(sure, sides[leading]) >= CONSENTS
    beside = own is not None and put[own].kind == each.kind == "proposal"
    if beside and len(shared) < REPEATS and not consents:
        return None  # another proposal, beside this one
    if not sided or side is None:
        if sure < HEARD or not _tells(said):
            return None
        side = "answer" if asks else "open"
    reasons: tuple[Reason, ...] = (
        Reason("network: answers", weight=round(sure, 3)),
        Reason(f"network: {_THOUGHT[SIDES[leading]]}", weight=round(sides[leading], 3)),
    )
    polarity, words, _ = spoken_side(said)
    if sided and polarity == SIDES[leading]:
        reasons = (Reason("words", words, 2.0), *reasons)
    until = answer + 1 if sided and len(said.split()) < SHORT and side != "for" else -1
    confidence = min(sure, sides[leading]) if sided else sure
    link: LinkKind = "repeated" if shared else "near"
    return Answer(number, answer, side, link, confidence, reasons, until)


_ANSWERED: dict[str, Side] = {"+": "yes", "-": "no"}
_PROPOSED: dict[Side, Side] = {"yes": "for", "no": "against"}
"""What a leaning is called towards a question, and a yes or no towards a proposal."""


def _side(kind: PropositionKind, leading: str, raw: str, said: str) -> Side | None:
    """Name the side as it is called towards a kind of proposition; none where none is taken."""
    if leading == "0":
        return None
    if kind == "question":
        return _ANSWERED.get(leading, "part")
    if leading == "-":
        return "doubt" if raw.rstrip().endswith("?") or DOUBT.search(said) else "against"
    return "for" if leading == "+" and not CONDITION.search(said) else "condition"


_THOUGHT = {"+": "for", "-": "against", "~": "on condition", "0": "no side"}


def _tells(text: str) -> bool:
    """Tell whether an answer can be understood: more than noise or a word alone."""
    return len(text.split()) >= LEAST and bool(content(text))


def _reactions(
    reading: Reading, put: Sequence[Put], texts: Sequence[str], found: Sequence[Answer]
) -> Iterator[Answer]:
    """Find who agrees or disagrees, in so many words, with what the turn just before put forward.

    Of a longer turn it must be plain what is meant: a proposal, or what the reaction takes up.
    """
    room = reading.room
    by_turn: dict[int, list[int]] = defaultdict(list)
    for number, each in enumerate(put):
        by_turn[room.clauses[each.clause].turn].append(number)
    sided = {room.clauses[each.clause].turn for each in found if each.side in SIDED}
    for turn in range(1, len(room.turns)):
        mine, before = room.of_turn[turn], turn - 1
        if (
            turn in sided or room.neutral[turn] or room.silent[turn] or not mine
            or room.who[before] == room.who[turn] or room.neutral[before]
            or not room.of_turn[before] or room.texts[before].rstrip().endswith("?")
        ):  # fmt: skip
            continue
        clause = mine.start
        if len(texts[clause].split()) <= 2 and not ECHOES.search(texts[clause]) and len(mine) > 1:
            clause += 1
        text = texts[clause]
        agrees, denies = ECHOES.search(text), DENIES.search(text)
        hit = denies or agrees
        meant = _meant(reading, put, by_turn[before], text) if hit else None
        if hit is None or meant is None:
            continue
        side: Side = "against" if denies else "for"
        rest = (
            text[hit.end() :]
            + " "
            + " ".join(texts[c] for c in mine[clause + 1 - mine.start :][:1])
        )
        if side == "for" and re.match(r"\W*(?:\w+\W+){0,3}(?:but|however|although|except)\b", rest):
            side = "condition"
        until = clause + 1 if len(text.split()) < SHORT and side != "for" else -1
        why = (Reason("right after it", hit.group(0).strip(), 1.5),)
        yield Answer(meant, clause, side, "near", 0.7, why, until)


REPLACES = re.compile(
    r"\b(?:instead|(?<!be )(?<!'m )(?<!am )(?<!are )(?<!is )rather|prefer\w*|something else|"
    r"another way)\b"
)
"""Words by which a proposal stands in the place of another."""


def _alternatives(
    reading: Reading,
    put: Sequence[Put],
    texts: Sequence[str],
    found: Sequence[Answer],
    sense: Sense,
) -> Iterator[Answer]:
    """Find who names something in the place of what somebody else proposed just before.

    Not whoever the networks hear to answer something else there: that is what they replace.
    """
    room = reading.room
    sided = {
        (each.put, room.who[room.clauses[each.clause].turn]) for each in found if each.side in SIDED
    }
    proposals = [n for n, each in enumerate(put) if each.kind == "proposal"]
    for number in proposals:
        other = room.clauses[put[number].clause]
        who = room.who[other.turn]
        hit = REPLACES.search(texts[put[number].clause])
        if not hit or room.neutral[other.turn]:
            continue
        first = max(room.of_turn[other.turn].start, put[number].clause - 2)
        for earlier in reversed(proposals):
            target = room.clauses[put[earlier].clause]
            if not 0 < other.turn - target.turn <= NEAR - 1 or room.who[target.turn] == who:
                continue
            about = content(target.text) - reading.named
            naming = [
                c for c in range(first, put[number].clause + 1)
                if about & content(room.clauses[c].text)
            ]  # fmt: skip
            if not naming:
                continue
            heard = [
                (of, sure)
                for (of, answer), (sure, _) in sense.pairs.items()
                if first <= answer <= put[number].clause
            ]
            if (earlier, who) not in sided and not _elsewhere(heard, {put[earlier].clause}, LIKELY):
                why = (Reason("in its place", hit.group(0), 1.5),)
                yield Answer(
                    earlier, naming[0], "alternative", "repeated", 0.7, why, put[number].clause
                )
            break


def _meant(reading: Reading, put: Sequence[Put], near: Sequence[int], text: str) -> int | None:
    """Find which of what one turn put a reaction means, if that is plain."""
    room = reading.room
    proposals = [n for n in near if put[n].kind == "proposal"]
    claims = [n for n in near if put[n].kind == "claim"]
    if proposals:
        last = max(proposals, key=lambda n: put[n].clause)
        turn = room.of_turn[room.clauses[put[last].clause].turn]
        return last if put[last].clause >= turn.stop - 3 else None
    if not claims:
        return None
    turn = room.of_turn[room.clauses[put[claims[0]].clause].turn]
    if len(turn) <= 2:
        return max(claims, key=lambda n: put[n].clause)
    said = content(text) - reading.named
    best = max(claims, key=lambda n: len(content(room.clauses[put[n].clause].text) & said))
    shared = len(content(room.clauses[put[best].clause].text) & said)
    return best if shared >= 2 else None


def _direct(reading: Reading, put: Sequence[Put], texts: Sequence[str]) -> Iterator[Answer]:
    """Find who says yes or no right after a question, or a plan put as one, that ends a turn.

    Several people may answer one after the other, as long as nothing else is said between.
    """
    room = reading.room
    by_turn: dict[int, list[int]] = defaultdict(list)
    for number, each in enumerate(put):
        by_turn[room.clauses[each.clause].turn].append(number)
    for turn, mine in by_turn.items():
        number = max(mine, key=lambda n: put[n].clause)
        each = put[number]
        question = room.clauses[each.clause]
        asked = question.text.rstrip().endswith("?")
        if not asked or each.kind == "claim" or not _closes(room, each.clause, texts):
            continue
        if each.kind == "question" and not yes_no(question.text):
            continue
        yield from _say(reading, number, each, turn, texts)
    for turn, clauses in enumerate(room.of_turn):
        last = next((c for c in reversed(clauses) if texts[c].endswith("?")), None)
        if last is None or not ASKS_VIEW.search(texts[last]) or TURNED.search(texts[last]):
            continue
        viewed = _viewed(reading, put, turn, content(room.clauses[last].text) - reading.named)
        if viewed is not None and _closes(room, last, texts):
            yield from _say(reading, viewed, put[viewed], turn, texts)


def _viewed(reading: Reading, put: Sequence[Put], turn: int, about: frozenset[str]) -> int | None:
    """Find the proposal, put shortly before by somebody else, on which a turn asks for views."""
    room = reading.room
    near = [
        n
        for n, each in enumerate(put)
        if each.kind == "proposal"
        and 0 < turn - room.clauses[each.clause].turn <= NEAR + 2
        and room.who[room.clauses[each.clause].turn] != room.who[turn]
    ]
    if not near:
        return None
    return max(
        near,
        key=lambda n: (len(about & content(room.clauses[put[n].clause].text)), put[n].clause),
    )


def _say(
    reading: Reading, number: int, each: Put, turn: int, texts: Sequence[str]
) -> Iterator[Answer]:
    """Find who says yes or no after a turn, to what was put under a number."""
    room = reading.room
    proposer = room.who[room.clauses[each.clause].turn]
    both = (
        each.first >= 0 and texts[each.first].endswith("?") and _NEGATED.search(texts[each.clause])
    )
    answered: set[str] = {proposer}
    for later in range(turn + 1, min(turn + 1 + DIRECT, len(room.turns))):
        who, clauses = room.who[later], room.of_turn[later]
        if who == room.who[turn]:
            if "?" in room.texts[later] or len(room.texts[later].split()) > SHORT:
                break
            continue
        if not clauses or room.silent[later] or who in answered:
            continue
        said = None
        for clause in clauses[:2]:
            said = None if texts[clause].endswith("?") else yes_or_no(texts[clause])
            if denies_too(texts[clause], _next(room, texts, clause)):
                said = None
            if said or len(texts[clause].split()) > SHORT:
                break
        if said and not room.neutral[later]:
            side, words = said
            if both:
                side = "answer"  # to which of the two is anybody's guess
            elif each.kind == "proposal":
                side = _PROPOSED.get(side, "condition")
            until = clause + 1 if len(texts[clause].split()) < SHORT else -1
            answered.add(who)
            why = (Reason(YES_NO, words, 2.0),)
            yield Answer(number, clause, side, "near", 0.85, why, until)
        if "?" in room.texts[later] or (
            not said and len(room.texts[later].split()) > 3 and not room.chair[later]
        ):
            break


def _next(room: Room, texts: Sequence[str], clause: int) -> str:
    return texts[clause + 1] if clause + 1 < room.of_turn[room.clauses[clause].turn].stop else ""


def _closes(room: Room, clause: int, texts: Sequence[str]) -> bool:
    """Tell whether nothing of substance follows a question in its turn."""
    rest = range(clause + 1, room.of_turn[room.clauses[clause].turn].stop)
    return all(
        len(texts[c].split()) <= 4 or (texts[c].endswith("?") and not _ELSE.search(texts[c]))
        for c in rest
    )


def after_questions(
    reading: Reading, put: Sequence[Put], found: Sequence[Answer], sense: Sense
) -> Iterator[Answer]:
    """Find what others say after a question before somebody asks the next: the nearest clause."""
    room = reading.room
    texts = [room.said(number) for number in range(len(room.clauses))]
    taken = {(each.put, room.who[room.clauses[each.clause].turn]) for each in found}
    linked: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (clause, answer), (sure, _) in sense.pairs.items():
        linked[room.clauses[answer].turn].append((clause, sure))
    asking = [n for n, each in enumerate(put) if each.kind == "question"]
    for number in asking:
        each = put[number]
        question = room.clauses[each.clause]
        mine = room.of_turn[question.turn]
        if each.clause < mine.stop - 3:
            continue
        chair = room.chair[question.turn]
        asked = reading.vectors[[n for n in {each.first, each.clause} if n >= 0]]
        text = texts[each.clause]
        wanted = INDIRECT.search(text) or re.search(r"\byour?\b", text)  # asked of somebody
        everybody = chair and any(TASK.search(texts[c]) or ROUND.search(texts[c]) for c in mine)

        def near(clause: int, asked: Array = asked) -> float:
            return float((asked @ reading.vectors[clause]).max())

        about, spoken = content(text), False
        for turn in range(question.turn + 1, min(question.turn + 1 + ASKED, len(room.turns))):
            who = room.who[turn]
            if room.chair[turn] and len(room.texts[turn].split()) > MOVES_ON:
                break
            if who == room.who[question.turn]:
                if any(put[n].clause in room.of_turn[turn] for n in asking):
                    break
                continue
            if not chair and (turn > question.turn + 2 or spoken):
                break  # a participant's question is answered at once, or by nobody
            spoken = spoken or not (room.chair[turn] and room.neutral[turn])
            if room.silent[turn] or room.neutral[turn] or (number, who) in taken:
                continue
            clauses = [
                c for c in room.of_turn[turn][:8]
                if len(texts[c].split()) >= 4 and not room.clauses[c].text.rstrip().endswith("?")
            ]  # fmt: skip
            first = next((c for c in room.of_turn[turn] if len(texts[c].split()) >= 3), None)
            if first is not None and not room.chair[turn] and _raises(texts[first], about):
                break  # somebody speaks of another matter, and those after them to that
            if not clauses:
                continue
            best = max(clauses, key=near)
            alike = max(near(best), 0.0)
            if not (chair or wanted or alike >= ALIKE):
                continue
            if alike < AROUND and turn > question.turn + 1 and not everybody:
                continue
            if not everybody and _elsewhere(linked[turn], {each.first, each.clause}):
                continue
            taken.add((number, who))
            side: Side = "open" if yes_no(question.text) else "answer"
            how = IN_ROUND if everybody else "after the question"
            why = (Reason(how, weight=1.0), Reason("alike", weight=alike))
            yield Answer(number, best, side, "near", 0.5 + 0.4 * max(alike, 0.0), why)


def _elsewhere(
    heard: Sequence[tuple[int, float]], asked: Collection[int], least: float = HEARD
) -> bool:
    """Tell whether the networks link words to something else, and hardly to what was asked.

    ``heard`` are the clauses that the words may answer, each with how likely; ``asked`` those of
    the question; ``least`` is how likely that something else must be.
    """
    other = max((sure for put, sure in heard if put not in asked), default=0.0)
    return (
        other >= least and max((sure for put, sure in heard if put in asked), default=0.0) < DOUBTED
    )


_ANOTHER = re.compile(
    r"\b(?:can|could|may|shall) (?:we|i) (?:also |just |please )?(?:talk|speak|come back|raise|"
    r"say something|bring|add|ask)\b|\bi(?:'d| would) like to (?:raise|bring up|add another)\b|"
    r"\b(?:what|how) about\b|\banother (?:thing|point|matter|question|problem|issue)\b|"
    r"\bon (?:another|a different) (?:note|matter|point)\b"
)


def _raises(text: str, about: frozenset[str]) -> bool:
    """Tell whether a turn that opens so leaves the question and brings up another matter."""
    if about & content(text):
        return False
    return bool(_ANOTHER.search(text))


__all__ = ["Heard", "after_questions", "answerable", "hear", "spoken_to", "suspected"]
