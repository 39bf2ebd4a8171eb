"""Phrases by which people take a stand, in English, each with how surely it does.

A stand is taken in the first person, or by a reply to somebody; what others are said to think is
none. Patterns are matched without regard to case inside one sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fgd.model import Stand

_ADVERB = (
    r"(?:\s(?:also|fully|very much|strongly|completely|totally|entirely|certainly|really|too|all|"
    r"absolutely|wholeheartedly|generally|broadly|quite|still|just|only|therefore|respectfully|"
    r"not|never|hardly|\w+n['’]t|cannot|would|do|did|could|can|will|"
    r"must|have to|had to|might|may|am|want to|would like to|to|both))*"
)
_WE = (
    rf"\b(?:i|we|(?:we|us) at [\w'’ -]{{2,40}}?|my (?:group|institute|ministry|agency|government|"
    rf"country|colleagues and i)|our \w+)(?:['’](?:d|ll|m|re))?{_ADVERB}"
)


@dataclass(frozen=True, slots=True)
class Cue:
    """A pattern, the stand it tells of, how surely (0..1), and what it tells when negated.

    ``negated`` empty: a negated cue tells nothing. ``reply`` marks words that answer somebody,
    ``own`` patterns in which a negation is part of the cue.
    """

    stand: Stand
    pattern: re.Pattern[str]
    score: float
    negated: Stand | None = None
    reply: bool = False
    own: bool = False


def _cue(
    stand: Stand,
    pattern: str,
    score: float,
    negated: Stand | None = None,
    *,
    reply: bool = False,
    own: bool = False,
) -> Cue:
    return Cue(stand, re.compile(pattern, re.I), score, negated, reply, own)


CUES: tuple[Cue, ...] = (
    # Against, before anything that might find support in the same words.
    _cue(
        "opposes",
        rf"{_WE}\s(?:disagree|differ|beg to differ|object|oppose)\b",
        0.9,
        "supports",
        reply=True,
    ),
    _cue("opposes", rf"{_WE}\sreject\b", 0.9, "supports"),
    _cue("opposes", rf"{_WE}\s(?:can ?not (?:agree|support|accept))\b", 0.9, own=True),
    _cue("opposes", r"\bwhat (?:i|we) (?:can ?not|can[’']t|will not) accept\b", 0.9, own=True),
    _cue(
        "opposes",
        rf"{_WE}\s(?:am |are |be |stand |speak )?(?:opposed to|against (?:it|this|that|the|"
        r"any|such|a|an)\b)",
        0.85,
        "supports",
        reply=True,
    ),
    _cue(
        "opposes",
        r"\b(?:that|this|it) (?:is|would be) (?:a (?:mistake|bad idea|step too far)|wrong|"
        r"far too \w+|unacceptable|out of the question)\b",
        0.7,
    ),
    _cue(
        "opposes",
        r"\bis far too \w+|\bwith (?:all )?(?:due )?respect\b[^.?!]{0,60}\b(?:not|n[’']t|"
        r"never|no)\b",
        0.65,
        reply=True,
        own=True,
    ),
    _cue(
        "opposes",
        r"\b(?:we|they|it|he|she|nobody|no \w+(?: \w+){0,3}|you|one)\s(?:should|must|ought to|"
        r"can|may|shall)\s(?:not|never)\b|\bno \w+(?: \w+){0,4} should (?:ever )?\w+",
        0.6,
        own=True,
    ),
    _cue(
        "opposes",
        r"(?<!what )\b(?:would|will|can|could|does|do)(?: not|n[’']t| never) work\b|"
        r"\b(?:is|are) not (?:acceptable|realistic|the answer|a solution)\b",
        0.6,
        own=True,
    ),
    # In doubt.
    _cue("questions", rf"{_WE}\s(?:doubt|question|wonder|worry|hesitate)\b", 0.8),
    _cue(
        "questions",
        rf"{_WE}(?:['’]m|['’]re)?\snot (?:so |at all |yet |fully |entirely )?"
        r"(?:sure|certain|convinced|persuaded)\b",
        0.8,
        own=True,
    ),
    _cue(
        "questions",
        rf"{_WE}(?:\sare)?\s(?:sceptical|skeptical|worried|concerned|hesitant|uneasy)\b",
        0.8,
    ),
    _cue(
        "questions",
        r"\b(?:i|we) (?:do )?(?:still )?have (?:some |serious |strong |a |my |one )?"
        r"(?:doubts?|reservations?|concerns?|worr(?:y|ies)|misgivings)\b",
        0.8,
    ),
    _cue(
        "questions",
        rf"{_WE}\s(?:(?:want|need|have|would like|['’]d like|wish) to |must |should |would |will )?"
        r"(?:raise|voice|express|flag|share|repeat|see) "
        r"(?:(?:an?|one|my|our|some|the|this|that|these|those) )?(?:\w+ )?"
        r"(?:concerns?|doubts?|reservations?|worr(?:y|ies)|misgivings"
        r"|difficult(?:y|ies)|risks?|dangers?)\b",
        0.75,
    ),
    _cue(
        "questions",
        r"\bmy (?:only |main |one )?(?:concern|worry|doubt|reservation|question) (?:is|would be)\b",
        0.75,
    ),
    _cue(
        "questions",
        r"\b(?:but|and) (?:who|how|what|where|which|why)\b[^.!]*\?|\bis (?:it|this|that) "
        r"(?:really )?(?:realistic|feasible|enough|legal|wise)\b[^.!]*\?",
        0.6,
        own=True,
    ),
    # For.
    _cue(
        "supports",
        rf"{_WE}\s(?:agree|concur)\b(?! (?:to|on) (?:a|the|dis))",
        0.9,
        "opposes",
        reply=True,
    ),
    _cue(
        "supports",
        r"^(?:yes, )?(?:fully |totally |entirely )?agreed\b|\bthere (?:i|we) agree\b",
        0.85,
        "opposes",
        reply=True,
    ),
    _cue(
        "supports",
        rf"{_WE}\s(?:support|endorse|second|back|favou?r|welcome)\b(?! (?:group|them with))",
        0.85,
        "opposes",
    ),
    _cue(
        "supports",
        rf"{_WE}\s(?:accept\b|share (?:the|that|this|your|his|her|their|\w+['’]s)\b)",
        0.7,
        "opposes",
    ),
    _cue(
        "supports",
        rf"{_WE}\s(?:(?:am|are|be)\s)?(?:in favou?r of|for it|all for)\b",
        0.85,
        "opposes",
    ),
    _cue(
        "supports",
        r"\b(?:he|she|you|\w+|the \w+ \w+)(?:['’]re| is| are|['’]s) (?:quite |absolutely |"
        r"completely |perfectly )?right\b(?! now|-| to | of | for | in )",
        0.7,
        "opposes",
        reply=True,
    ),
    _cue(
        "supports",
        r"^(?:yes|exactly|absolutely|indeed|precisely|definitely)\b(?! or\b)[,.! ]",
        0.5,
        reply=True,
    ),
    _cue(
        "supports",
        r"\b(?:that|this|it) (?:is|['’]s|sounds|would be) (?:a )?(?:very )?(?:good|excellent|great|"
        r"wise|important|fair) (?:idea|proposal|point|suggestion)\b|\bmakes sense to (?:me|us)\b",
        0.65,
        "opposes",
        reply=True,
    ),
    # What should be done.
    _cue("proposes", rf"{_WE}\s(?:propose|suggest|recommend|urge|advise)\b", 0.9, "opposes"),
    _cue(
        "proposes",
        rf"{_WE}\s(?:ask|call on|call for|invite|encourage)\s(?!you\b|why\b|myself\b|again\b|"
        r"about\b|in return\b|one\b|a question\b)",
        0.6,
    ),
    _cue(
        "proposes",
        r"\b(?:my|our) (?:\w+ )?(?:proposal|suggestion|recommendation|advice|request) "
        r"(?:is|would be|to)\b",
        0.9,
    ),
    _cue(
        "proposes",
        r"(?:\b(?:why not|what if we)|(?:^|[,;] |\bso |\band )let(?: us|['’]s)) "
        r"(?!say|see|hear|be|move|go|start|begin|talk|"
        r"take|turn|hope|not)\w+",
        0.6,
    ),
    _cue(
        "proposes",
        r"(?<!what people )(?<!what we )(?<!who )(?<!what )"
        r"\b(?:should|ought to)\b(?! i| we| it| they| not| never| be no| know)",
        0.6,
    ),
    _cue(
        "proposes",
        r"\b(?:we|they|it|the \w+(?: \w+)?|governments?|states?|countr(?:y|ies)) (?:must|need to)\b"
        r"(?! not| never| have| admit| say| differ)",
        0.55,
    ),
    # What was lived through.
    _cue(
        "reports experience",
        r"\bin (?:my|our)(?: own)? (?:\w+ )?(?:experience|country|region|district|village|"
        r"valleys?|case|ministry|agency|office|port|province|work)\b",
        0.85,
        own=True,
    ),
    _cue(
        "reports experience",
        r"\b(?:i|we) have (?:seen|learn(?:ed|t)|found|noticed|observed|tried|lived|"
        r"worked|followed)\b|\b(?:i|we) (?:often |once |never |also )?(?:saw|learn(?:ed|t)|found|"
        r"tried|noticed|trained|built|compared|looked at|lost|failed|discovered|counted)\b",
        0.75,
        own=True,
    ),
    _cue(
        "reports experience",
        r"\b(?:last|this) (?:year|month|week|january|spring|summer|autumn|winter),? "
        r"(?:we|our|my|i)\b|\bfor (?:\w+ )?(?:years|decades) (?:i|we)\b|\b(?:my|our) (?:\w+ )?"
        r"(?:team|group|"
        r"network|officers?|inspectors?|crew|agency|bureau|institute)\b[^.?!]{0,40}\b(?:trained|found|"
        r"seized|compared|stopped|visited|lost|learn(?:ed|t)|saw|had|was|were)\b",
        0.7,
        own=True,
    ),
)

CONDITION = re.compile(
    r"\b(?:only (?:if|when|where|after)|on (?:one |the )?condition|provided(?: that)?|as long as|"
    r"so long as|"
    r"unless|subject to|under one condition|with (?:one|a) condition|if and only if|if there is|"
    r"with (?:one|a|some) "
    r"(?:caution|caveat|exception|reservation|proviso))\b",
    re.I,
)
"""What makes support conditional."""

RESERVE = re.compile(r"[,;.]?\s*\b(?:but|however|although|though|except)\b", re.I)
"""What takes back part of a support that was just voiced."""

PARTIAL = re.compile(r"\b(?:accept|agree (?:with|to)|support) (?:half|part|some|the first)\b", re.I)
"""Support for part of a proposal."""

NEGATOR = re.compile(
    r"\b(?:not|never|cannot|hardly|neither|nor|no longer|nobody|nothing|\w+n['’]t)"
    r"\W+(?:\w+\W+){0,2}$",
    re.I,
)
"""A negation so near before a cue that it holds for it."""

UNREAL = re.compile(
    r"\b(?:if|whether|when|once|until|before|that)\s+$|\b(?:say|said|says|saying|think|told|asked)\W+$",
    re.I,
)
"""Words right before a cue after which nobody takes a stand: ``if we agree``."""

POINTS = re.compile(
    r"\b(?:that|this|it|you|your|him|her|them|the (?:previous|last) (?:speaker|point))\b", re.I
)
"""What points at something that was just said."""

INSIDE = re.compile(r"\b(?:not|never|cannot|can not|hardly|\w+n['’]t)\b", re.I)
"""A negation between the person and the verb: ``I do not agree``."""
