"""Promises: what somebody says they will do for others, in exact slices, by the grammar of English.

A promise is a first person (or a speaker's own institution, named), a form that commits ("will",
"promise to", "am happy to", or "can" with a date or a recipient) and a verb of doing something for
somebody after the meeting. Predictions, conditions, questions, what others are said to have
promised, and what only runs the meeting are none; what is doubtful is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fgd.core.nlp import sentences

_ADVERB = (
    r"(?:(?:also|certainly|definitely|gladly|happily|personally|then|therefore|of course|all|"
    r"absolutely|again|still|just|\w+ly)\s+)*"
)
_TO = (
    r"(?:you|him|her|them|everybody|everyone|people|colleagues|members|each of you|all of you|"
    r"the (?:\w+ ){0,2}(?:committee|group|participants|members|delegations|secretariat|board|"
    r"chair|council|minister|team|partners))"
)
_SURE = (
    rf"send|e-?mail|mail|forward|circulate|distribute|submit|supply|write (?:to|up|back)|"
    rf"drop {_TO} a|"
    rf"share (?!with\b|the (?:view|concern|floor)|your|that view|this view|"
    rf"(?:\w+ ){{0,4}}that\b)|prepare|"
    rf"draft|"
    rf"provide (?!for\b)|report back|follow (?:this |that |it )?up|get back to {_TO}|"
    rf"come back (?:to {_TO} )?(?:with|in writing)|revert to|find out for {_TO}|"
    rf"look into (?:it|this|that|these|those|whether|how|the (?!eyes?\b))|bring forward|"
    rf"check (?:with|whether|if|and|on|that|this|it|the|our|my)|let {_TO} (?:all )?(?:know|have)|"
    rf"inform {_TO} (?!that\b)|give {_TO} (?:\w+ ){{0,3}}(?:note|list|figures|copy|copies|"
    rf"information|details|report|update|paper|numbers)|"
    r"confirm (?:\w+ ){0,6}in writing|arrange|organi[sz]e|set up|convene|publish|upload|"
    r"put (?:\w+ ){1,6}(?:in writing|on the website|in the (?:shared |project )?folder)|"
    r"contact|phone|consult|raise (?:(?:\w+ ){1,5}with|(?:these|those|this|that) (?:issue|point|"
    r"concern|matter|question))|take (?:that|this|it) (?:back to|up with)|"
    r"(?:speak|talk) (?:to|with) (?:my|our|his|her|their|the)|"
    r"ask (?:my|our) (?:officials?|colleagues?|"
    r"team|office|staff|department|partners?|minister|experts?)|"
    r"bring (?:\w+ ){1,8}(?:next time|to the next|back to)|finali[sz]e|"
    r"compile|make (?:\w+ ){1,5}available|make sure|ensure|see to it|take care of|"
    r"host|fund|appoint|nominate|second (?:a|an|one|two|three|some)|contribute (?!to the debate)"
)
"""Verbs of what is done for others and not by speaking here."""

_DATED = (
    r"do|make|finish|complete|revise|update|present|put|give|show|bring|write|work on|collect|"
    r"review|read|test|come back|meet|call|ring|visit|start|begin|open|sign|pay|buy|train|invite|"
    r"announce|decide|answer|respond|reply|confirm|have (?:it|this|that|the)|get|return|table|"
    r"report|design|build|check|produce|deliver"
)
"""Verbs that are promised only with a date: without one they are of this meeting, or planned."""

_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
)
_DAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_SPAN = r"(?:day|week|month|year|quarter|session|meeting|round|term|spring|summer|autumn|winter)"
_LONG = r"(?:days?|weeks?|months?|years?|quarter|spring|summer|autumn|winter)"
_COUNT = (
    r"(?:\d+|a|one|two|three|four|five|six|seven|eight|ten|twelve|fourteen|thirty|few|couple of)"
)
WHEN = re.compile(
    rf"\b(?:(?:by|before|until|no later than|not later than|on|in|for|at)\s+)?(?:"
    rf"(?:the\s+)?(?:end|beginning|start|middle)\s+of\s+(?:the\s+|this\s+|next\s+)?"
    rf"(?:{_SPAN}|{_MONTH})|"
    rf"(?:the\s+)?(?:next|this coming|coming|following)\s+(?:{_LONG}|{_DAY}|{_MONTH}|time)|"
    rf"(?<=\b(?:by|at|in)\s)(?:the|our)\s+next\s+{_SPAN}|(?<=\b(?:for)\s)(?:the|our)\s+next\s+{_SPAN}|"
    rf"this\s+(?:{_DAY}|{_MONTH})|tomorrow(?:\s+\w+ing)?|tonight|"
    rf"(?<=\bby\s)(?:then|now|{_DAY}|{_MONTH})|(?<=\bon\s){_DAY}|(?<=\b(?:in|by)\s){_MONTH}|"
    rf"(?<=before\s)(?:the\s+{_SPAN}|{_DAY}|{_MONTH}))|"
    rf"\b(?:within|in)\s+(?:the\s+next\s+)?{_COUNT}\s+(?:more\s+)?(?:working\s+)?"
    rf"(?:days?|weeks?|months?|years?)(?:['\u2019]\s*time)?\b|"
    rf"\b(?:by|on|before|until)\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH}|"
    rf"\b(?:right\s+|straight\s+)?after\s+(?:this|the|today['\u2019]?s?)\s+(?:meeting|session|"
    rf"lunch|discussion|conference|break|call)\b|\bas soon as possible\b",
    re.IGNORECASE,
)
"""By when: a day, a date, the next meeting, so many weeks."""

_COMMITS = re.compile(
    rf"\b(?P<who>i|we)\s*(?:"
    rf"(?:{_ADVERB}(?:will|shall)\s+|['\u2019]ll\s+){_ADVERB}(?:be\s+(?:able|happy|glad)\s+to\s+)?"
    rf"(?:(?:undertake|promise|pledge|commit|endeavou?r)(?:\s+(?:ourselves|myself))?\s+"
    rf"(?:to\s+)?)?|"
    rf"(?:\s*['\u2019]m|\s*['\u2019]re|\s+am|\s+are)\s+{_ADVERB}(?:going\s+to|gonna)\s+{_ADVERB}|"
    rf"(?:\s*['\u2019]m|\s*['\u2019]re|\s+am|\s+are|\s*['\u2019]d\s+be|\s+would\s+be)\s+{_ADVERB}"
    rf"(?:more\s+than\s+|very\s+|quite\s+)?(?:happy|glad|willing|prepared|pleased|ready|committed)"
    rf"\s+to\s+{_ADVERB}|"
    rf"\s*{_ADVERB}(?:can\s+)?(?:promise|undertake|pledge|commit|guarantee)\s+"
    rf"(?:{_TO}\s+)?(?:to\s+|that\s+(?:i|we)(?:\s+(?:will|shall)|['\u2019]ll)\s+)"
    rf")(?P<verb>(?P<sure>{_SURE})|(?P<dated>{_DATED}))\b",
    re.IGNORECASE,
)
_CAN = re.compile(
    rf"\b(?P<who>i|we)\s+{_ADVERB}can\s+{_ADVERB}(?P<verb>{_SURE})\b",
    re.IGNORECASE,
)
_LEFT = 2
"""Words that follow the verb of a promise that was not broken off."""

_ASSURED = re.compile(r"\b(?:assure|promise|guarantee)\s+(?:[\w']+\s+){0,5}that\s+$", re.IGNORECASE)
"""What stands before a subject that is all the more its own."""

_MAYBE = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|hopefully)\b(?:\W+\w+){0,2}\W*$", re.IGNORECASE
)
_TELLS = ("provide", "share")
_GLAD = re.compile(r"\b(?:happy|glad|willing|prepared|pleased|ready|committed)\b", re.IGNORECASE)
_ABLE, _NEAR = ("talk", "spea", "ensu", "make", "see "), 40
"""What is only possible where somebody can do it; characters within which a recipient is named."""

_FOR = re.compile(rf"\b(?:to|with|for)?\s*{_TO}\b", re.IGNORECASE)

_BEFORE = re.compile(
    r"\b(?:that|which|what|who|how|whether|where|why|than|as|when|whenever|if|until|till|before|"
    r"after|once|unless|because|cause|since|think|guess|hope|hoping|suppose|imagine|believe|"
    r"expect|assume|so that|like|say|says|said|saying|tell|told|promised|asked|means?|"
    r"way|thing|time|everything|anything|something|all)[\s,]*(?:that\s+)?$",
    re.IGNORECASE,
)
"""What stands before a subject whose clause is no statement of its own."""

_REPORTED = re.compile(
    r"\b(?:said|says|saying|told|tells|promised|wrote|writes|announced|according|quote[ds]?|"
    r"imagine|suppose|pretend|would have|were to|example|instance)\b|[\"\u201c]",
    re.IGNORECASE,
)
_IF = re.compile(
    r"\b(?:unless|should (?:the|you|he|she|they|any\w*|some\w*|it)|provided|"
    r"providing|as long as|subject to|assuming|depending|in case|"
    r"(?<!know )(?<!see )(?<!out )(?<!check )(?<!whether or )(?<!ask )if(?! (?:you|i) "
    r"(?:like|want|wish|may)\b| (?:it|that)(?:['\u2019]?s| is| would be) (?:\w+ )?(?:help|useful|"
    r"fine|ok|all right|alright|convenient)))\b",
    re.IGNORECASE,
)
_HEDGED = re.compile(
    r"\b(?:maybe|perhaps|probably|possibly|might|hopefully|try|usually|always|normally|often|"
    r"sometimes|generally|every (?:day|time|week)|whenever|not|never|no longer)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
_MEETING = re.compile(
    r"\b(?:now|first|the floor|(?:in|for) a (?:moment|minute|second|bit|sec)|shortly|very quickly|"
    r"briefly|next (?:question|point|item|slide|speaker|topic)|come to (?:that|this|you)|"
    r"today|move on|go on|start with|hand over|pass over|microphone|question|whiteboard|slide)\b",
    re.IGNORECASE,
)
"""What is done here and now, which is no promise."""


@dataclass(frozen=True, slots=True)
class Promised:
    """Characters ``start``..``end`` of a text that promise something, its verb, and by when."""

    start: int
    end: int
    verb: str
    when: str = ""


def promised(text: str, own: Sequence[str] = ()) -> Iterator[Promised]:
    """Find the promises in what one person says; ``own`` are names of their institutions.

    >>> said = "Thank you. I will send the list of ferries to everybody by Friday."
    >>> [(said[each.start : each.end], each.when) for each in promised(said)]
    [('I will send the list of ferries to everybody by Friday.', 'by Friday')]
    >>> list(promised("We will see more ferries next year.")) == []
    True
    >>> list(promised("If they ask, I will send it. She said I will send it.")) == []
    True
    """
    for start, end in sentences(text):
        said = text[start:end]
        if said.rstrip("\"'\u201d\u2019) ").endswith((".", "!")) and (
            found := _promise(_own(said, own))
        ):
            yield Promised(start + found.start, end, found.verb, found.when)


def _own(said: str, names: Sequence[str]) -> str:
    """Return a sentence that a speaker's own institution begins with "we" in its place.

    The length stays: spaces make up for the difference, so that places hold.
    """
    for name in names:
        body = name.removeprefix("the ").removeprefix("The ")
        named = rf"\W*(?:the\s+)?{re.escape(body)}(?=\s+(?:will|shall|can|is)\b)"
        hit = re.match(named, said, re.IGNORECASE)
        if hit and len(body) > 2:
            return f"{'we':<{hit.end()}}{said[hit.end() :]}"
    return said


def _promise(said: str) -> Promised | None:
    for form in (_COMMITS, _CAN):
        for hit in form.finditer(said):
            before, after = said[: hit.start()], said[hit.end("verb") :]
            rest = said[hit.start() :]
            when = WHEN.search(after)
            if _BEFORE.search(before) and not _ASSURED.search(before):
                continue
            if _REPORTED.search(before) or _MAYBE.search(before) or _IF.search(said):
                continue
            if _HEDGED.search(rest[:90]) or len(re.findall(r"\w+", after)) < _LEFT:
                continue
            if form is _COMMITS and hit["dated"] and not when:
                continue
            if form is _CAN and (hit["verb"][:4].lower() in _ABLE or not (
                when or _FOR.search(after[:_NEAR])
            )):  # fmt: skip
                continue
            if hit["verb"].lower().startswith(_TELLS) and not (
                when or _FOR.search(after[:_NEAR]) or _GLAD.search(hit[0])
            ):
                continue  # it is told here, in what follows
            if _MEETING.search(rest) and not when:
                continue
            told = " ".join(when[0].split()) if when else ""
            return Promised(hit.start(), len(said), " ".join(hit["verb"].lower().split()), told)
    return None
