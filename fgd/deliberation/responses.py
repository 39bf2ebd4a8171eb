"""Who answered what: later clauses by others, each linked to one proposition, with a side.

Only words that take a side by themselves ("I agree with ...", "we cannot accept ...") tell where
somebody stands. Two forests learned from real discussions tell how likely a clause answers what was
put (``link``), and stop words whose side they hold for the contrary (``side``); on meetings kept
back the side forest alone was wrong too often to be told. Everything else is ``open``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fgd.deliberation.features import Pair, Put, Reading, content, pair_rows, pairs_of
from fgd.deliberation.proposals import INDIRECT, ROUND, TASK, yes_no
from fgd.deliberation.room import Room
from fgd.deliberation.trees import Weights
from fgd.model import SIDED, LinkKind, PropositionKind, Reason, Side

if TYPE_CHECKING:
    from fgd.deliberation.features import Array

OPEN = 0.45
"""Learned probability from which somebody is told to have spoken to what was put."""

CONTRARY = 0.7
"""Words of support are not believed where the forest is so sure of the contrary."""

DEAF = 0.08
"""Nobody answered where no later clause reaches this probability of answering."""

BARE = (0.35, 0.1)
"""How likely the forest must find it that a bare yes or no answers a proposal, and a question."""

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

_WHO = r"(?:i|we|(?:we|us) (?:at|in|from) [\w' -]{2,40}?|my [\w ]{2,25}?|our [\w ]{2,25}?)"
_HOW = (
    r"(?:'d|'m|'re)?(?: (?:also|fully|very much|strongly|really|just|would|do|can|could|still|"
    r"therefore|totally|completely|absolutely|too|all|certainly|will|must|wholeheartedly|am|are|be|"
    r"happily|gladly|quite|entirely|have to|happy to|glad to|ready to))*"
)
_NEG = r"(?:\w+n't|not|never|cannot|no longer|hardly)"
SUPPORT = re.compile(
    rf"\b{_WHO}{_HOW} (?:agree|concur|support(?! (?:program\w*|measures?|services?|staff|groups?|"
    rf"teams?|"
    r"systems?|packages?|workers?|from|to)\b)|endorse|second|back|accept|favou?r|welcome|share "
    r"(?:that|this|your|his|her|their|the) (?:view|opinion)|go along with|(?<=could )live with|"
    r"(?<=can )live with|(?<=would )live with|be fine with|"
    r"sign up to|vote for|"
    r"(?:have|see) no (?:problem|objections?|difficulty|quarrel|issue)s? (?:with|to)|"
    r"vote in favou?r)\b|\bin favou?r of (?:it|this|that|the)\b|\b(?:i'm|we're|i am|"
    r"we are) (?:all )?"
    r"(?:for|with) (?:it|this|that|him|her|you)\b|^(?:yes,? |yeah,? |fully |totally )?agreed\b|"
    r"\b(?:that|this|it)(?:'s| is| sounds| would be) (?:an? |the )?(?:\w+ly )?(?:good|excellent|"
    r"great|"
    r"brilliant|wise|sensible|lovely|perfect|best|nice) (?:idea|proposal|suggestion|plan|solution|"
    r"one|way)\b|^(?:yes,? |yeah,? |oh,? |well,? )*(?:good|great|excellent|nice|brilliant|fine) "
    r"(?:idea|suggestion|plan|proposal)\b|\bcount me in\b|\bi(?:'d| would) (?:sign|"
    r"vote for) (?:that|it)\b|"
    r"\bthe [\w ]{3,40} (?:would|can|could) (?:\w+ly )?(?:support|accept|welcome) (?:that|this|"
    r"it)\b|"
    r"\bwould be (?:very |really |most )?(?:helpful|useful|welcome)\b|"
    r"\b(?:that|it) (?:makes sense|works) (?:to|for) (?:me|us)\b|\bby all means\b|"
    r"^(?:yes,? |well,? )*(?:(?:exactly|absolutely|precisely|indeed|definitely)[.,!]|"
    r"(?:of course|certainly)(?:[.!]|$))"
)
"""Words that take a side for something, without regard to case, over plain text."""

OBJECTION = re.compile(
    rf"\b{_WHO}{_HOW} (?:disagree|differ|object|oppose|reject|beg to differ|vote against)\b|"
    rf"\b{_WHO}{_HOW} {_NEG}(?: \w+ly| quite| really| at all)? (?:agree|support|accept|join|"
    r"endorse|go along|favou?r|sign|want (?:it|this|that)|share (?:that|this|your|his|her) (?:view|"
    r"opinion))\b|"
    r"\b(?:am|are|be|'m|'re|strongly|firmly|totally) (?:opposed to|against)\b|"
    r"\b(?:i|we)(?: \w+ly)? (?:don't|do not) think (?:so|that's (?:right|true|a good)|we (?:should|"
    r"need|can)|it(?:'s| is| will| would) (?:a good|work|help|fair|right|necessary|needed))\b|"
    r"\b(?:bad|terrible|awful|dreadful|wrong|foolish|dangerous) (?:idea|way|road|plan|proposal)\b|"
    r"\b(?:would|will|can|could)(?: not|n't| never) (?:work|help|do)\b|"
    r"\b(?:is|are|would be|'s|seems?) (?:far|much|way) too \w+|\bout of the question\b|"
    r"\b(?:would|will) (?:ruin|harm|destroy|bankrupt|kill|end in)\b|\bmakes no sense\b|"
    r"\bis (?:not acceptable|unacceptable|a mistake|a step too far|a gamble|a waste)\b|"
    r"\bwith (?:all )?(?:due |great |the greatest )?respect\b[^.!?]{0,60}(?:\bnot\b|n't\b|"
    r"\bnever\b)|"
    r"^(?:oh |well |but )?(?:no|nope|certainly not|absolutely not|not at all|on the contrary)[.,!;]"
)
"""Words that take a side against something."""

CONDITION = re.compile(
    r"\b(?:only (?:if|when|where|after|once)|on (?:one |the )?condition|provided(?: that)?|"
    r"as long as|"
    r"so long as|unless|subject to|(?:under|with) (?:one|a|some) (?:condition|caution|caveat|"
    r"exception|"
    r"reservation|proviso)s?|if and only if|up to a point|in part|in principle, but|"
    r"with the exception)\b"
)
"""What makes support conditional."""

PART = re.compile(r" (?:with )?(?:only )?(?:half|part|some|most|parts|the (?:first|second|last))\b")
RESERVE = re.compile(r"[\s,;.]\s*(?:but|however|although|though|except)\b")
DOUBT = re.compile(
    rf"\b{_WHO}{_HOW} (?:doubt|worry|hesitate)\b|\b(?:not (?:so |at all |entirely |quite )?(?:sure|"
    r"convinced|certain|persuaded)|sceptical|skeptical|worried|concerned|have (?:some |"
    r"serious |my |"
    r"a )?(?:doubts?|reservations?|concerns?|worry|misgivings)|i wonder (?:if|whether))\b"
)
SAME = re.compile(
    r"\b(?:same (?:here|for (?:us|me)|with us|view)|my view (?:as well|too|also)|"
    r"our view (?:as well|"
    r"too)|me too|us too|likewise|so (?:do|am|would|have) (?:i|we)|neither (?:do|am|would|"
    r"can) (?:i|we)|"
    r"nor (?:do|can|would) (?:i|we)|with us it is the same|i see it (?:the same way|"
    r"like that too))\b"
)
"""Words that take the side of whoever spoke before."""

AGREES = re.compile(
    r"\b(?:agree\w*|concur|share|echo|right|true|correct|indeed|exactly|absolutely)\b"
)
"""Words of support that say that something is so."""

TRAILS = re.compile(
    r"\b(?:with (?:one|a|two|some|certain|an)|on (?:one|a|two|certain)) (?:\w+ )?(?:conditions?|"
    r"cautions?|"
    r"caveats?|exceptions?|reservations?|provisos?|amendments?|corrections?)\.?$"
)
"""How somebody says that a condition comes in the next sentence."""

UNREAL = re.compile(
    r"\b(?:if|whether|when|whilst|while|although|though|once|until|unless|before|who|would you|"
    r"do you|can you|could you|"
    r"don't you|"
    r"they|he|she|you)(?: \w+){0,2} $"
)
POINTS = re.compile(r"\b(?:that|this|it|you|your|him|her|them|there|those|these)\b")
_WITH = re.compile(r"\b(?:agree|concur|differ|disagree)\w* with ((?:[A-Z][\w'’-]+ ?)+)")
"""With whom somebody agrees or not, by name."""
_NO_FLOOR = (
    r"(?!,? (?:very |i'll be )?(?:quickly|briefly|thanks?|please|just|chair|if i may|"
    r"i (?:just )?(?:wish|want) to|i(?:'d| would) (?:just )?like to|may i|can i|sorry)\b)"
)
"""A yes before these only takes the floor."""
_BARE = re.compile(
    r"^(?:oh,? |well,? |um,? )*(?:(yes|yeah|yep|yup|aye|sure)|(no|"
    r"nope))\b(?=[\s]*[.,!;]|$)" + _NO_FLOOR
)


_OPENER = (
    r"^(?:(?:oh|well|um|so|and|but|okay|right|look|thank you(?: very much)?|thanks|(?:mr|madam|"
    r"mrs|ms)"
    r"\.? ?\w+|chair|minister|i think|i would say|i'd say|in (?:my|our) view|obviously|clearly|"
    r"frankly|"
    r"to be honest|actually),? ?[,.\u2014-]* ?)*"
)
YES = re.compile(
    _OPENER + r"(?:yes|yeah|yep|yup|aye|absolutely(?! not)|definitely(?! not)|certainly(?! not)|"
    r"of course(?=[.!]|$| it is| we do| i do| they)|indeed|exactly|totally|correct|sure|"
    r"that(?:'s| is) (?:right|correct|true|the case)|"
    r"i (?:think|believe|hope) so|i do|we do|(?:it|that|this|they|we|i) (?:is|does|will|has|are|"
    r"do|have|would|can)"
    r"(?=[.,;!\u2014-]|$| yeah| yes| because| indeed)|most definitely|very much "
    r"so)\b(?=[\s]*(?:[.,;:!\u2014-]|$|i\b|we\b|it\b|"
    r"they\b|that\b|there\b|the\b|because|definitely|indeed|yeah|yes|of course|absolutely|"
    r"certainly))" + _NO_FLOOR
)
"""How somebody begins who answers a question with yes, and does not only take the floor."""

NO = re.compile(
    _OPENER + r"(?:(?:no|nope|nah)(?=\s*[.,;:!\u2014-]|$| (?:i|we|it|they|that|there|because|"
    r"not|no|he|she)\b)|"
    r"not (?:really|at all|necessarily|yet|quite|particularly)|absolutely not|"
    r"certainly not|definitely not|of course not|(?:i|we) (?:\w+ly )?(?:don't|do not|wouldn't|"
    r"would not) "
    r"(?:\w+ly )?(?:think|believe|agree)|(?:it|that|this|there)(?:(?:'s| is| does| will| would) "
    r"(?:\w+ly )?"
    r"not|(?: is| does| wo| would)n't|'s not))\b(?! (?:sure|certain|only|just|problem|doubt|"
    r"matter)\b)"
    r"(?!,? (?:\w+ )?(?:you're|that's|that is) (?:\w+ )?(?:right|true|correct|fine))(?!,? "
    r"(?:it's )?(?:fine|okay|go on|i understand|i (?:fully )?appreciate)\b)"
)
"""How somebody begins who answers a question with no."""

_IN_PART = re.compile(
    r"^[^.;!?]{0,12}[,.;]? ?(?:but|although|though|except)\b|\b(?:yes and no|in part|"
    r"partly|to some extent|to a degree|up to a point|it depends|sometimes)\b"
)
"""What turns a yes or no into a part of one, right after it."""

_WELL = (
    r"(?:absolutely |quite |very |really |so |certainly |also |exactly |totally |completely |"
    r"fully )*"
)
ECHOES = re.compile(
    _OPENER
    + r"(?:(?:yes|yeah|yep|no|oh),? )*(?:(?:that's|that is|you're|you are|he's|she's|it's) "
    + _WELL
    + r"(?:right|true|correct|a (?:very |really )?(?:good|great|fair|nice|excellent) "
    r"(?:idea|point|suggestion|one))|exactly[.,!]|absolutely[.,!]|definitely[.,!]|indeed[.,!]|"
    r"(?:very |really )?(?:good|great|excellent|nice|fair) (?:idea|point|suggestion)|"
    r"i(?:'d| would| do)? "
    + _WELL
    + r"(?:agree|concur)(?=[.,;!]|$| with (?:you|that|this|him|her|it)\b)|"
    r"agreed[.,!]|i (?:think|believe) so(?: too)?[.,!]|(?:me|us) too[.,!]|same (?:here|with us)|"
    r"i(?:'d| would) echo (?:that|this))"
)
"""How somebody begins who agrees with what was just said."""

DENIES = re.compile(
    _OPENER
    + r"(?:(?:no|oh),? )*(?:(?:i|we) (?:"
    + _WELL
    + r")?(?:don't|do not|can't|cannot) "
    + _WELL
    + r"(?:think so|agree(?=[.,;!]|$| with (?:you|that|this|him|her|it)\b))|i "
    + _WELL
    + r"disagree|that(?:'s| is) (?:just |simply )?not (?:true|right|the case|correct|so)|"
    r"not (?:really|necessarily)[.,!]|i(?:'d| would) (?:differ|disagree)|"
    r"no[.,]? (?:it|that|they|we|there)\b(?!'s (?:right|fine|okay)))"
)
"""How somebody begins who disagrees with what was just said."""

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


def yes_or_no(text: str) -> tuple[Side, str] | None:
    """What a plain text answers to a question that asks for yes or no, by how it begins.

    >>> yes_or_no("well, yes, but only on weekdays.")[0]
    'part'
    >>> yes_or_no("i don't think so.")[0]
    'no'
    >>> yes_or_no("we looked at it last year.") is None
    True
    """
    for side, pattern in (("no", NO), ("yes", YES)):
        hit = pattern.search(text)
        if hit:
            told: Side = "part" if _IN_PART.search(text[hit.end() :][:60]) else side  # type: ignore[assignment] # one of two
            return told, hit.group(0).strip(" ,.")
    return None


@dataclass(frozen=True, slots=True)
class Answer:
    """A clause that answers what was put under a number, and up to which clause its words reach."""

    put: int
    clause: int
    side: Side
    link: LinkKind
    confidence: float
    reasons: tuple[Reason, ...]
    until: int = -1


@dataclass(frozen=True, slots=True)
class Heard:
    """All answers, and which of what was put nobody answered.

    Where no objection was found nothing is said: on meetings people read whole, a quarter of the
    proposals that seemed quiet had been objected to.
    """

    answers: tuple[Answer, ...]
    unanswered: frozenset[int]


def spoken_side(text: str) -> tuple[str, str, float]:
    """The side a plain text takes by its own words: polarity, the words, and how surely.

    Polarity is ``+``, ``-``, ``~`` (on condition), ``?`` (in doubt) or empty.

    >>> spoken_side("we would support the fund, but only if it is audited.")[0]
    '~'
    >>> spoken_side("i do not agree.")[0]
    '-'
    """
    against, support = OBJECTION.search(text), SUPPORT.search(text)
    if support and (UNREAL.search(text[: support.start()]) or _negated(text, support)):
        support = None
    if against and UNREAL.search(text[: against.start()]):
        against = None
    if support and not (against and against.start() < support.start()):
        after = text[support.end() :]
        condition = CONDITION.search(text) or PART.match(after)
        if condition:
            return "~", condition.group(0).strip(), 0.9
        if against:
            return "", "", 0.0
        if RESERVE.search(after):
            return "~", RESERVE.search(after).group(0).strip(" ,;."), 0.6  # type: ignore[union-attr] # found just above
        return "+", support.group(0).strip(), 0.9
    if against:
        return "-", against.group(0).strip(), 0.85
    doubt = DOUBT.search(text)
    if doubt and not UNREAL.search(text[: doubt.start()]):
        return "?", doubt.group(0).strip(), 0.7
    return "", "", 0.0


def _negated(text: str, hit: re.Match[str]) -> bool:
    return re.search(rf"\b{_NEG}(?: \w+){{0,2}} $", text[: hit.start()]) is not None or (
        re.search(rf"\b{_NEG}\b", hit.group(0)) is not None
    )


def hear(reading: Reading, put: Sequence[Put], weights: Weights) -> Heard:
    """Find the answers to everything put, and where there are none."""
    import numpy as np

    room = reading.room
    texts = [room.said(number) for number in range(len(room.clauses))]
    pairs = pairs_of(room, put, {n for n, text in enumerate(texts) if _reacts(text)})
    link = np.zeros(len(pairs), np.float32)
    side = np.zeros((len(pairs), 4), np.float32)
    if pairs:
        rows = pair_rows(reading, put, pairs)
        link = weights.forests["link"].probabilities(rows)[:, 0]
        side = weights.forests["side"].probabilities(rows)
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
        answer = _spoken(reading, put, pairs, mine, link, side, texts, clause, found)
        answer = answer or _learned(reading, put, pairs, mine, link, side, clause)
        if answer:
            found.append(answer)
    found += _reactions(reading, put, texts, found)
    found += _alternatives(reading, put, texts, found)
    found += _asked(reading, put, texts, found)
    touched: dict[int, float] = defaultdict(float)
    people: dict[int, set[str]] = defaultdict(set)
    for number, pair in enumerate(pairs):
        touched[pair.put] = max(touched[pair.put], float(link[number]))
        people[pair.put].add(room.who[room.clauses[pair.answer].turn])
    answered = {each.put for each in found}
    unanswered = frozenset(
        number
        for number, each in enumerate(put)
        if each.kind == "question"
        and room.chair[room.clauses[each.clause].turn]
        and number not in answered
        and len(people[number]) >= 2
        and touched[number] < DEAF
        and _ends(reading, each)
        and not _echoed(reading, each)
    )
    return Heard(tuple(found), unanswered)


def _reacts(text: str) -> bool:
    """Whether a clause may react to a claim: it takes a side by its own words."""
    return bool(spoken_side(text)[0] or SAME.search(text))


def _ends(reading: Reading, put: Put) -> bool:
    """Whether a question ends its turn: any other may be one that the speaker answers."""
    clause = reading.room.clauses[put.clause]
    return put.clause >= reading.room.of_turn[clause.turn].stop - 2


def _echoed(reading: Reading, put: Put) -> bool:
    """Whether what was put is spoken of again, by anybody else, in the turns after it."""
    room = reading.room
    turn = room.clauses[put.clause].turn
    about = content(room.clauses[put.clause].text)
    return any(
        about & content(room.texts[later])
        for later in range(turn + 1, min(turn + 9, len(room.turns)))
        if room.who[later] != room.who[turn]
    )


def _spoken(
    reading: Reading, put: Sequence[Put], pairs: Sequence[Pair], mine: Sequence[int],
    link: object, side: object, texts: Sequence[str], clause: int, found: Sequence[Answer],
) -> Answer | None:  # fmt: skip
    """The answer of a clause whose own words take a side."""
    room = reading.room
    text = texts[clause]
    answer = room.clauses[clause]
    polarity, words, sure = spoken_side(text)
    bare = _BARE.match(text) if answer.number == 0 else None
    same = SAME.search(text)
    if same and polarity != "-":
        for earlier in reversed(found):
            at = room.clauses[earlier.clause]
            if answer.turn - at.turn > NEAR:
                break
            if room.who[at.turn] != room.who[answer.turn] and earlier.side in SIDED:
                if room.who[room.clauses[put[earlier.put].clause].turn] == room.who[answer.turn]:
                    continue
                why = (Reason("same as before", same.group(0), 1.5), *earlier.reasons[:1])
                until = clause + 1 if len(text.split()) < SHORT else -1
                return replace(
                    earlier, clause=clause, link="reply", confidence=0.7, reasons=why, until=until
                )
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
    chances = side[number]  # type: ignore[index] # an array
    if polarity == "+" and chances[1] > CONTRARY:
        return None
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
    reasons = (Reason("words", words, 2.0), Reason("link", how, float(link[number])))  # type: ignore[index] # an array
    return Answer(pairs[number].put, clause, named[polarity], how, sure, reasons, until)


def _target(
    reading: Reading, put: Sequence[Put], pairs: Sequence[Pair], mine: Sequence[int],
    link: object, clause: int, bare: bool, about: frozenset[str], recent: frozenset[int],
    polarity: str, words: str,
) -> tuple[int, LinkKind] | None:  # fmt: skip
    """What a clause that takes a side answers: whose name it says, what it repeats, the nearest."""
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
        if bare and float(link[number]) < BARE[each.kind == "question"]:  # type: ignore[index] # an array
            continue
        if bare and not target.last and each.kind == "question":
            continue
        if each.kind == "claim" and not (named or spoken_of):
            continue
        if each.kind == "claim" and polarity in "+~" and not AGREES.search(words):
            continue  # "we would support it" is no word on whether a claim holds
        score = (
            3.0 * named + 1.2 * min(shared, 3) + 1.5 * alike - 0.5 * (away - 1)
            + 2.0 * float(link[number])  # type: ignore[index] # an array
            + (1.2 if each.kind == "proposal" else 0.6 if each.kind == "question" else -0.6)
            + 0.3 * target.last + (1.5 if bare and each.kind == "question" else 0.0)
            - (1.0 if each.kind == "question" and not bare else 0.0)
        )  # fmt: skip
        how: LinkKind = "named" if named else "repeated" if shared else "near"
        if best is None or score > best[0]:
            best = score, number, how
    return (best[1], best[2]) if best and best[0] > 0.8 else None


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
    """What a clause calls bad, where it names it: the words before the verdict."""
    at = text.find(words)
    if at < 0 or not (_JUDGES.search(text[at:]) or _JUDGES.search(words)):
        return frozenset()
    subject = re.split(r"[,;:.!?]| (?:but|because|that|and) ", text[:at])[-1]
    return content(subject)


def _speaks_of(judged: frozenset[str], put: str) -> bool:
    """Whether what is called bad is what was put to the room, and not what that would end."""
    return bool(judged & content(put)) and not _ENDS.search(put)


def _object(text: str, words: str, polarity: str, names: frozenset[str]) -> frozenset[str]:
    """What somebody says they are for or against: the words after, up to the next pause."""
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
    """The turns that somebody may mean without saying what: the last others', and what those
    answered in turn.
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
    """How many turns lie between, a chair's that only hands on the floor left out."""
    room = reading.room
    short = sum(
        room.chair[turn] and len(room.texts[turn].split()) < 25 for turn in range(first + 1, later)
    )
    return later - first - short


def _learned(
    reading: Reading, put: Sequence[Put], pairs: Sequence[Pair], mine: Sequence[int],
    link: object, side: object, clause: int,
) -> Answer | None:  # fmt: skip
    """Whom a clause without words of a side answers, as the forest reads it; its side is open."""
    room = reading.room
    best = max(mine, key=lambda number: link[number])  # type: ignore[index] # an array
    sure = float(link[best])  # type: ignore[index] # an array
    each = put[pairs[best].put]
    if each.kind == "claim" or sure < OPEN:
        return None
    plus, minus, _, _ = (float(x) for x in side[best])  # type: ignore[index] # an array
    shared = content(room.clauses[each.clause].text) & content(room.clauses[clause].text)
    how: LinkKind = "repeated" if shared else "near"
    asks = each.kind == "question"
    told: Side = "answer" if asks and not yes_no(room.clauses[each.clause].text) else "open"
    reasons = (
        Reason("forest: link", weight=sure),
        Reason("forest: for", weight=plus),
        Reason("forest: against", weight=minus),
    )
    return Answer(pairs[best].put, clause, told, how, sure, reasons)


def _reactions(
    reading: Reading, put: Sequence[Put], texts: Sequence[str], found: Sequence[Answer]
) -> Iterator[Answer]:
    """Who agrees or disagrees, in so many words, with what the turn just before put forward.

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


REPLACES = re.compile(r"\b(?:instead|rather|prefer\w*|something else|another way)\b")
"""Words by which a proposal stands in the place of another."""


def _alternatives(
    reading: Reading, put: Sequence[Put], texts: Sequence[str], found: Sequence[Answer]
) -> Iterator[Answer]:
    """Who puts something in the place of what somebody else proposed just before, and names it."""
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
            if (earlier, who) not in sided:
                why = (Reason("in its place", hit.group(0), 1.5),)
                yield Answer(
                    earlier, naming[0], "alternative", "repeated", 0.7, why, put[number].clause
                )
            break


def _meant(reading: Reading, put: Sequence[Put], near: Sequence[int], text: str) -> int | None:
    """Which of what one turn put a reaction means, if that is plain."""
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
    """Who says yes or no right after a question, or a plan put as one, that ends a turn.

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
    """Which proposal, put not long before a turn by somebody else, that turn asks a view of."""
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
    """Who says yes or no after a turn, to what was put under a number."""
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
            if said or len(texts[clause].split()) > SHORT:
                break
        if said and not room.neutral[later]:
            side, words = said
            if both:
                side = "answer"  # to which of the two is anybody's guess
            elif each.kind == "proposal":
                side = {"yes": "for", "no": "against"}.get(side, "condition")  # type: ignore[assignment] # sides
            until = clause + 1 if len(texts[clause].split()) < SHORT else -1
            answered.add(who)
            why = (Reason("answers yes or no", words, 2.0),)
            yield Answer(number, clause, side, "near", 0.85, why, until)
        if "?" in room.texts[later] or (
            not said and len(room.texts[later].split()) > 3 and not room.chair[later]
        ):
            break


def _closes(room: Room, clause: int, texts: Sequence[str]) -> bool:
    """Whether nothing of substance follows a question in its turn."""
    rest = range(clause + 1, room.of_turn[room.clauses[clause].turn].stop)
    return all(
        len(texts[c].split()) <= 4 or (texts[c].endswith("?") and not _ELSE.search(texts[c]))
        for c in rest
    )


def _asked(
    reading: Reading, put: Sequence[Put], texts: Sequence[str], found: Sequence[Answer]
) -> Iterator[Answer]:
    """What others say after a question before somebody asks the next: the clause nearest to it."""
    room = reading.room
    taken = {(each.put, room.who[room.clauses[each.clause].turn]) for each in found}
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
            taken.add((number, who))
            side: Side = "open" if yes_no(question.text) else "answer"
            why = (Reason("after the question", weight=1.0), Reason("alike", weight=alike))
            yield Answer(number, best, side, "near", 0.5 + 0.4 * max(alike, 0.0), why)


_ANOTHER = re.compile(
    r"\b(?:can|could|may|shall) (?:we|i) (?:also |just |please )?(?:talk|speak|come back|raise|"
    r"say something|bring|add|ask)\b|\bi(?:'d| would) like to (?:raise|bring up|add another)\b|"
    r"\b(?:what|how) about\b|\banother (?:thing|point|matter|question|problem|issue)\b|"
    r"\bon (?:another|a different) (?:note|matter|point)\b"
)


def _raises(text: str, about: frozenset[str]) -> bool:
    """Whether a turn that opens so leaves what was asked: another matter is brought up."""
    if about & content(text):
        return False
    return bool(_ANOTHER.search(text))


__all__ = ["Answer", "Heard", "hear", "spoken_side"]
