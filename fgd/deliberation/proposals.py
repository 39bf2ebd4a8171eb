"""Find proposals and questions, clause by clause, with the forms that tell."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from fgd.deliberation import conclusions
from fgd.deliberation.cues import CUES, plain
from fgd.deliberation.features import Put, content
from fgd.deliberation.forms import CONTENT_AFTER, FORMS, WEIGHTS
from fgd.deliberation.room import Room
from fgd.model import Reason

if TYPE_CHECKING:
    from fgd.deliberation.features import Array

ASKED = 12
"""Turns within which a chair's request for advice is still answered."""

SHORTEST, ALONE, UNHEARD = 2, 4, -1.0
"""Words of the shortest question, and of one that is told even if nobody answers it; the log-odds
of those between, which an answer makes a question.
"""

PROPOSAL, QUESTION = 1.2, 0.5
"""Log-odds from which a clause is a proposal, and of any question that is no procedure."""

MAYBE, PROPOSES, ASKING = 0.1, 0.3, 0.5
"""Probability, as a network hears it, from which a clause may propose something; and from which
it is told to, as the trees of ``calibration.py`` judge it, where it is no question, or one in the
form of a proposal; and where it is a question like any other (one that asks to act needs the
network alone).
See ``docs/deliberation.md``.
"""

DENIED = 0.7
"""The same where the forms of the words deny it: what is reported, or what somebody has to do."""

_DENIES = ("reported", "other people's need", "quoted", "ceremony", "told so", "should have")
"""Forms of what only sounds like a proposal."""

IN_NEED = re.compile(
    r"^(?:\w+,? ){0,3}(?!we |you |i )(?:\w+ ){0,5}(?:need|needs|has|have|had|needed) to "
    r"(?!be (?:done|changed|made|settled|asked|said|stopped)\b)"
)
"""What somebody else has to do, which is a fact of theirs."""

FORMLESS = -2.0
"""Log-odds below which words have no form in which people propose."""

_LEAD_IN = re.compile(
    r"^(?:(?:so|and|but|therefore|because|um+|uh+|er)\b[\s,:;.\u2014-]*|"
    r"(?:then|well|now|okay|right|oh|also|finally|first(?:ly)?|second(?:ly)?|third(?:ly)?|"
    r"in my view|thank you[^,.]{0,40}|(?:mr\.? |madam )?chair|minister)[,:;.\u2014-]+\s*)+",
    re.I,
)
"""Words that lead in; never a yes or no, which may be all that a sentence says."""
_PROCEDURE = re.compile(
    r"\b(?:would you (?:like|start|begin|continue|go|please|answer|care)|anything to add|"
    r"any (?:other )?(?:comments|questions|reactions)|(?:wish|wishes|want|wants|wanted|like) to "
    r"(?:speak|intervene|come in|say something|react|reply)|"
    r"(?:trouble |problems? )?hear(?:ing)? (?:us|me|you|them)|on mute|"
    r"who (?:would|wants|is) (?:like|to|next|first)|shall we (?:start|begin|move)|can you hear|"
    r"do you (?:wish|want|intend) to (?:move|proceed|speak|vote|put)|have you finished|"
    r"are you (?:taking|happy to (?:take|move)|ready|done|finished)|the floor|"
    r"may i (?:ask|come|answer|react|respond|say)|"
    r"(?:may|can|could|might) (?:i|we) (?:propose|suggest) (?:that )?we (?:begin|start|proceed|"
    r"move|turn|go (?:on|through)|take (?:them|these|those))|"
    r"can i (?:ask|come|just|answer|respond)|do you want to (?:add|start|say|go|come)|your turn|"
    r"introduce|(?:are|is) there (?:any |more |other )?(?:questions?|comments?|reactions?|"
    r"objections?|views?)|any questions|do you see\b.*\b(?:same|that way|differently|"
    r"like that)\b|do you (?:also )?see (?:it|this|that)|want to respond|"
    r"what do you think|do you (?:dis)?agree|what is your view|how about you|what about you|"
    r"(?:any|some)(?:thing|body|one)\b.{0,40}\b(?:(?:want(?:s|ed)?|come|came|like) to (?:say|add)|"
    r"(?:not|\w+n't) (?:yet )?(?:said|spoken|heard)|left out|forgotten)|"
    r"before (?:we|i) (?:start|begin|close|finish|end|stop))\b"
)
"""Questions that only hand on the floor, or ask for a view of what somebody else put."""

_ASKS_TO_SPEAK = re.compile(
    r"\b(?:call (?:on|upon)|invite|ask|urge)\b.{1,60}\bto (?:speak|move|begin|start|introduce|"
    r"reply|"
    r"respond|come|open|present|take the floor)\b|\b(?:i|i'll|i will) (?:call|"
    r"move)\b(?!.{0,20}that)"
)


INDIRECT = re.compile(
    r"\b(?:would|'d) like to (?:learn|know|hear|understand|"
    r"find out)(?: from \w+)?(?: \w+)?(?: is)?,? "
    r"(?:how|what|why|who|where|when|which|whether)\b|\b(?:i|we) (?:wonder|"
    r"am wondering) (?:how|what|why|"
    r"who|where|when|which|whether)\b|\b(?:tell us|explain to us|describe for us) (?:how|what|"
    r"why|who|"
    r"where|when|which|whether)\b|\bmy question (?:\w+ ){0,3}is\b"
)
"""Questions without a question mark, by anybody."""

TASK = re.compile(
    r"\b(?:let us|let's|let me|i(?:'d| would)|can we|please) (?:\w+ ){0,3}(?:close|end|finish|"
    r"hear|ask|name|"
    r"tell|share|give|conclude) .*(?<!thank )\b(?:you|each|everybody|everyone|all of you)\b"
    r"|\b(?:each|every one|all) of you (?:to|could|please|for)\b|"
    r"\b(?:could|can|would|may) (?:i ask )?(?:everybody|everyone|each of you|all of you|you all)\b"
)
"""What a chair asks everybody to say, without a question mark."""

ROUND = re.compile(
    r"\b(?:one|two|three|a few|a couple of)(?: or \w+)? (?:sentences?|words?|minutes?|points?|"
    r"things?)"
    r"(?: or \w+)? each\b|\beach(?: of you)?,? please\b|\b(?:one by one|in turn|round the table|"
    r"around the table)\b"
)
"""What tells beside a question that everybody is to answer it in turn."""

_LISTED = 2.0
"""How much more an imperative counts after a chair asked for advice."""

_HEAD = (
    r"(?: [\w'-]+){0,3}? (?:government|minister|"
    r"ministry|council|committee|board|party|department|authority|authorities|company|commission|"
    r"secretariat|union|parliament|office|administration|leader|president|management|university|"
    r"school|court|police|agency|federation|association|assembly|mayor|chair|donors?|state)"
)
_ACTOR = rf"(?:you|(?:the|your|our|this|his|her|their|every|any){_HEAD})"
_ACTS = (
    r"(?:commit|ensure|guarantee|agree to|consider|accept|support|stop|end|fund|pay|provide|"
    r"withdraw|"
    r"extend|fix|change|exempt|introduce|publish|release|include|allow|step|recogni[sz]e|"
    r"apologi[sz]e|"
    r"give|make|put|send|take|adopt|raise|lower|cut|increase|reduce|remove|keep|do|act|invest|"
    r"table)"
)
REQUEST = re.compile(
    rf"\b(?:will|won't) {_ACTOR}(?: of [\w ]{{2,40}}?| or the [\w ]{{2,40}}?)? (?:\w+ly |now |at "
    rf"least |please |not )*"
    rf"(?:show some \w+ and .{{0,60}}\b)?(?:{_ACTS}|thank|work|assure|show)\b|"
    rf"\b(?:can|could) (?:the|your|our){_HEAD} (?:\w+ly |now |at least |please |not )*"
    r"(?:commit|ensure|guarantee|agree to|consider|accept)\b|"
    r"\b(?:would|could|can|won't|wouldn't|couldn't|can't) you (?:\w+ly |please |not |therefore )*"
    r"(?:commit|ensure|guarantee|agree to|consider|accept)\b|"
    r"\b(?:is|are) (?:the|your|our)(?: [\w'-]+){1,4} (?:committed|prepared|willing|ready) to\b|"
    r"\bare you (?:committed|prepared|willing|ready) to\b|\bneeds? to\b.*\bstep in\b|"
    r"\bwouldn't it (?:be|make|help)\b|\bwould it(?: not)? be (?:\w+ )?(?:better|sensible|wise|"
    r"useful|"
    r"helpful|an idea|a good idea)\b|\bwhat if (?:we|i|you|they)\b|"
    r"^(?:\w+,? ){0,3}(?:shall|should|why don't|why not|can't|couldn't|could) we\b(?! (?:take "
    r"(?:it|from)|understand|assume|expect|infer|conclude|be|start|"
    r"begin|do|go|move|hear))|"
    r"^(?:\w+,? ){0,3}why not \w+|\bis it(?: not|n't)? (?:now )?time to\b|"
    r"^(?:\w+,? ){0,3}how about (?:we\b|\w+ing\b)"
)
"""Questions that ask somebody to act, or put a plan to the room: proposals with a question mark."""

_BODY = (
    rf"(?:the|our|your|each|every|all|both|this|that|these|those)(?! only| first| best){_HEAD}s?"
)
_MODAL = r"(?:should|must|ought to|shall|needs? to|has to|have to)"
_OF_WHAT = r"(?: of (?:the )?[\w'-]+){0,2}"
_ASKED_OF = re.compile(
    rf"\b(?:ask|asking|urge|urging|invite|call on|call upon|request|implore|advise|encourage|"
    rf"recommend that|suggest that|propose that) (?P<asked>{_BODY}{_OF_WHAT})\b"
    rf"|\b(?P<subject>{_BODY}{_OF_WHAT}) (?:\w+ly |also |now |simply )*{_MODAL}\b"
    rf"|\b(?:will|would|could|can) (?P<will>(?:the|our|your){_HEAD})\b",
    re.I,
)
"""Whom a proposal asks to act, where its own words name a body: object of asking, or subject."""

_PASSIVE = re.compile(
    rf"\W+(?:\w+ly |also |now |simply )*{_MODAL} (?:\w+ )?be \w+(?:ed|en|t)\b", re.I
)
"""How a sentence goes on in which a body is what something is done to."""

_ADVICE = re.compile(
    r"\b(?:lessons?|advice|recommend\w*|suggest\w*|should|would you (?:tell|"
    r"give|do|change))\b"
)


JOINED = 45
"""Words up to which two sentences are told as one question."""

_BACK = re.compile(
    r"^(?:(?:so|and|but|well|or|then),? )*(?:is|are|isn't|aren't|was|does|doesn't|do|would|"
    r"wouldn't|will|"
    r"won't|can|could|did|has|hasn't) (?:that|this|it|they|those|these|he|she)\b(?: \w+){0,4}\?$"
)
"""A question that only points back."""

_THAT = re.compile(
    r"\b(?:like|want|need|propose|suggest|support|recommend) (?:that|this|it)\b(?= to\b|[.,;]|$)|"
    r"^(?:\w+,? ){0,3}(?:it|that|this) (?:should|must|ought to|needs to)\b"
)
_POINTS, BARELY, SHORTLY = re.compile(r"\b(?:that|this|it|them|they|those|these)\b"), 2, 25
"""A proposal that only points back; and one that has a word that may, and hardly another of
content, after a sentence of not too many words.
"""

_PRONOUN = re.compile(
    r"\b(?:(?:it|them|they|those|these|ones)\b|(?:that|this)\b(?='s|[.,;!?]|$| (?:is|was|should|"
    r"would|could|can|will|must|has|way|one|to|for)\b))"
)
_EXPLETIVE = re.compile(
    r"\bit(?:'s|'d be| is| was| (?:would|should|will|could|might) be)? (?:\w+ )?(?:important|"
    r"better|good|nice|possible|necessary|useful|time|fair|easier|best|enough|helpful|wise)\b"
)
_LEANS, _LEANING = 1, 7
"""A proposal leans on the sentence before it that has a pronoun after so many words of content,
and hardly more than so many in all.
"""

_WH = re.compile(
    r"(?:(?:so|and|but|well|okay|now|then),? )*(?:what(?! if)|which|who|where|when|how(?! about)|"
    r"why "
    r"(?!not|don't))\b"
)


_OWN = re.compile(r"\b(?:i|we)(?:'d| would)? (?:\w+ )?(?:propose|suggest|recommend|move)\b")
"""What makes words of a chair the chair's own proposal, and no summing-up or procedure."""


def may_propose(room: Room, chances: Array) -> list[int]:
    """List the clauses that may propose something, by their form or as the networks (n, k) hear it.

    Nothing that a chair says who only runs the meeting.
    """
    concluded = {number for number, _, _ in conclusions.concluded(room, chances)}
    return [
        number
        for number, clause in enumerate(room.clauses)
        if not (room.silent[clause.turn] or room.neutral[clause.turn] or number in concluded)
        and content(clause.text)
        and (chances[number, 0] >= MAYBE or odds_of(room.said(number)) >= PROPOSAL)
    ]


def puts(
    room: Room, chances: Array | None = None, likely: Mapping[int, float] | None = None
) -> Iterator[Put]:
    """Find the proposals and questions of a room, in order.

    ``chances`` (n, k) are the network's of every clause, ``likely`` how likely those that may
    propose something do; without, forms alone tell.
    """
    concluded = {number for number, _, _ in conclusions.concluded(room, chances)}
    advice = -ASKED
    for number, clause in enumerate(room.clauses):
        if room.silent[clause.turn] or number in concluded or not content(clause.text):
            continue
        text = room.said(number)
        odds = odds_of(text)
        sure = None if likely is None else likely.get(number, 0.0)
        asks = clause.text.rstrip().endswith("?")
        least = ASKING if asks and odds < FORMLESS else PROPOSES
        if odds < PROPOSAL and _denied(text):
            least = DENIED
        if sure is not None and chances is not None and asks and _requests(text):
            sure = max(sure, ASKING) if chances[number, 0] >= ASKING else sure
        if sure is not None and sure >= least:
            yield Put(number, "proposal", math.log(sure / (1 - sure)))
            continue
        task = room.chair[clause.turn] and TASK.search(text)
        if room.chair[clause.turn] and (task or "?" in clause.text):
            advice = clause.turn if _ADVICE.search(text) else -ASKED
        if INDIRECT.search(text) or task:
            yield Put(number, "question", QUESTION)
            continue
        if clause.turn - advice <= ASKED and not room.neutral[clause.turn]:
            odds += _LISTED * bool(FORMS["imperative"].search(text))
        if sure is None and asks and not room.chair[clause.turn] and _requests(text):
            yield Put(number, "proposal", max(odds, PROPOSAL))
            continue
        if asks and len(text.split()) >= SHORTEST and odds < 2.5 and not _PROCEDURE.search(text):
            short = len(text.split()) < ALONE
            yield Put(number, "question", UNHEARD if short else max(QUESTION, odds))
        elif (
            sure is None
            and odds >= PROPOSAL
            and not asks
            and (not room.chair[clause.turn] or _OWN.search(text))
        ):
            yield Put(number, "proposal", odds)


def _denied(text: str) -> bool:
    return any(FORMS[name].search(text) for name in _DENIES) or bool(IN_NEED.search(text))


def _requests(text: str) -> bool:
    return bool(REQUEST.search(text)) and not (_PROCEDURE.search(text) or _WH.match(text))


def joined(room: Room, put: Sequence[Put]) -> Iterator[Put]:
    """Join questions in two sentences, and those that point back with what they point to."""
    skip: set[int] = set()
    by_clause = {each.clause: each for each in put}
    for each in put:
        clause = room.clauses[each.clause]
        before = each.clause - 1
        said = plain(clause.text)
        points: object = yes_no(clause.text)
        if each.kind == "proposal":
            points = _THAT.search(said) or (
                (_leans(said) or (_POINTS.search(said) and len(content(said)) <= BARELY))
                and before not in by_clause
                and len(room.clauses[before].text.split()) <= SHORTLY
                and not room.clauses[before].text.rstrip().endswith("?")
            )
        if each.kind == "claim" or not clause.number or not points:
            continue
        words = len(clause.text.split()) + len(room.clauses[before].text.split())
        earlier = by_clause.get(before)
        asks = (
            each.kind == "question"
            and earlier
            and earlier.kind == "question"
            and yes_no(room.clauses[before].text)
        )
        if words <= JOINED and (asks or each.kind == "proposal" or _BACK.search(said)):
            skip.add(each.clause)
            if asks:
                skip.add(before)
            odds = max(each.odds, QUESTION) if each.kind == "question" else each.odds
            yield replace(each, first=before, odds=odds)
    yield from (each for each in put if each.clause not in skip)


def _leans(said: str) -> bool:
    """Tell whether a proposal names what it is about by a pronoun alone.

    >>> _leans("it should be read out in the village halls")
    True
    >>> _leans("the bell should be rung before it is raised")
    False
    """
    empty = [found.span() for found in _EXPLETIVE.finditer(said)]
    for found in _PRONOUN.finditer(said):
        if not any(start <= found.start() < end for start, end in empty):
            named = len(content(said[: found.start()]))
            return named <= _LEANS and len(content(said)) <= _LEANING
    return False


def claims(room: Room) -> Iterator[Put]:
    """Find the clauses that assert something, to which others may react."""
    for number, clause in enumerate(room.clauses):
        if room.silent[clause.turn] or room.neutral[clause.turn]:
            continue
        if clause.text.rstrip().endswith("?"):
            continue
        text = room.said(number)
        if len(text.split()) >= 4 and len(content(text)) >= 2:
            yield Put(number, "claim", odds_of(text))


def odds_of(text: str) -> float:
    """Estimate the log-odds that a plain text proposes something, by the forms in it."""
    forms = [name for name, pattern in FORMS.items() if pattern.search(text)]
    if not any(WEIGHTS[name] >= 0.8 for name in forms) or _ASKS_TO_SPEAK.search(text):
        return -3.0
    return sum(WEIGHTS[name] for name in forms) - 0.3


def reasons(text: str) -> tuple[Reason, ...]:
    """List the forms that make a plain text a proposal, strongest first, with their words."""
    found = []
    for name, pattern in FORMS.items():
        hit = pattern.search(text)
        if hit and WEIGHTS[name] > 0:
            found.append(Reason(f"form: {name}", hit.group(0).strip(), WEIGHTS[name]))
    return tuple(sorted(found, key=lambda each: -each.weight))


def trimmed(room: Room, number: int) -> tuple[int, int]:
    """Trim a clause in its turn of the words that only lead in or trail off."""
    clause = room.clauses[number]
    lead = _LEAD_IN.match(clause.text)
    start = lead.end() if lead and len(clause.text[lead.end() :].split()) >= 3 else 0
    text = clause.text.rstrip(" ,;\u2014\u2013-")
    return clause.start + start, clause.start + len(text)


_SPECIFIES = re.compile(
    r"(?:(?:and|or|so|maybe|perhaps|but|then|let's say),? )*(?:with|without|by|for|from|in|on|at|"
    r"to|like|as|after|before|until|till|not|only|just|within|under|during|once|twice|every|each|per|"
    r"between|through|starting|beginning|including)\b"
)
_SUBJECT = re.compile(
    r"\b(?:i|we|you|he|she|they|it|that|this|these|those|there|who|which)(?:'\w+)? \w+|"
    r"\b(?:is|are|was|were|has|have|had|does|do|did|would|could|should|can|will|must)\b"
)
_FRAGMENT, _SPECIFIED = 10, 36
"""Words of what may specify the sentence before it, and of a proposal with all that does."""


def specified(room: Room, number: int, apart: Collection[int]) -> int:
    """Find the last clause of a proposal: phrases without a subject after it specify it, and so
    does the next sentence where it hardly says what.

    ``apart`` are clauses that are told by themselves.
    """
    mine = room.of_turn[room.clauses[number].turn]
    last, start = number, room.clauses[number].start
    while last + 1 < mine.stop and last + 1 not in apart:
        text = room.said(last + 1)
        barely = last == number and len(content(room.clauses[number].text)) <= BARELY
        short = len(text.split()) <= _FRAGMENT
        phrase = short and _SPECIFIES.match(text) and not _SUBJECT.search(text)
        end = room.clauses[last + 1].end
        whole = room.texts[room.clauses[number].turn][start:end]
        ends = room.clauses[last].text.rstrip().endswith((".", "!", "?"))
        if not (barely or (phrase and ends)) or len(whole.split()) > _SPECIFIED:
            break
        if text.rstrip().endswith("?"):
            break
        last += 1
    return last


def addressee(text: str) -> tuple[int, int] | None:
    """Find the body that a proposal asks to act, as characters of it; none where none is named.

    >>> said = "I ask the harbour council to open the gate."
    >>> said[slice(*addressee(said))]
    'the harbour council'
    >>> said = "My wish is that the council should oil its hinges."
    >>> said[slice(*addressee(said))]
    'the council'
    >>> addressee("We should open the gate.") is None
    True
    >>> addressee("The harbour council should just be abolished.") is None
    True
    """
    found = _ASKED_OF.search(text)
    if not found:
        return None
    name = next(each for each, words in found.groupdict().items() if words)
    start, end = found.span(name)
    if name == "subject" and _PASSIVE.match(text, end):
        return None
    return start + (5 if found[name].casefold().startswith("that ") else 0), end


RESTATED, SHARED = 0.75, 0.6
"""Likeness of two proposals by one person, and the share of content words that the shorter has in
the longer, from which the later one restates the earlier.
"""


def restated(room: Room, put: Mapping[int, Put], vectors: Array) -> dict[int, int]:
    """Match proposals with what the same person proposed before: later number, first number.

    One that denies where the other does not is another proposal.
    """
    first: dict[int, int] = {}
    mine: dict[str, list[int]] = {}
    for number, each in sorted(put.items()):
        if each.kind != "proposal":
            continue
        who = room.who[room.clauses[each.clause].turn]
        about = content(room.clauses[each.clause].text)
        denies = bool(FORMS["not"].search(room.said(each.clause)))
        for earlier in mine.get(who, ()):
            other = put[earlier].clause
            known = content(room.clauses[other].text)
            shared = len(about & known)
            if (
                shared >= max(3, SHARED * min(len(about), len(known)))
                and denies == bool(FORMS["not"].search(room.said(other)))
                and float(vectors[other] @ vectors[each.clause]) >= RESTATED
            ):
                first[number] = earlier
                break
        else:
            mine.setdefault(who, []).append(number)
    return first


def content_start(text: str) -> int:
    """Find where in a slice what is put forward begins, after "I propose that"; 0 without."""
    found = CONTENT_AFTER.search(text)
    return found.end() if found and found.start() < 60 else 0


_TELL = re.compile(
    r"\bare you able to\b|\bhave you (?:got )?any (?:idea|indication|sense|more)\b|"
    r"\bis there any(?:thing)? (?:\w+ )?(?:advice|news|more|you)\b|"
    r"\b(?:can|could|would|will) (?:you|i|he|she|they|the \w+)(?: \w+){0,2} (?:give|tell|explain|"
    r"say|"
    r"clarify|describe|outline|expand|comment|elaborate|share|ask|talk|set out)\b|"
    r"\b(?:how|why|what|which|who|where|when)(?: \w+){0,2} ?\?$|\bor (?:is|are|do|does|did|can|"
    r"could|"
    r"should|will|would|has|have|was|were|was it|what|how)\b(?! (?:you )?not\b)|\b(?:indication|"
    r"idea|sense) "
    r"of (?:how|what|when|where)\b"
)
"""Questions in the form of yes or no that ask for more, and those that offer two things."""

_INDIRECT_WH = re.compile(
    r"^(?:\w+,? ){0,4}(?:know|tell|say|explain|understand|remember|see|idea) (?:\w+ )?"
    r"(?:what|which|who|where|when|why|how)\b"
)


def yes_no(text: str) -> bool:
    """Tell whether a question asks for yes or no."""
    said = plain(text)
    if not said.endswith("?"):
        return "whether" in said
    if _TELL.search(said) and not CUES["tag"].search(said):
        return False
    if CUES["yes-no"].search(said) and not _INDIRECT_WH.search(said):
        return True
    return not (CUES["open question"].search(said) and not CUES["tag"].search(said))
