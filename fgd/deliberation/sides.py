"""Read the side a text takes by its own words: for, against, on condition, in doubt; yes or no."""

from __future__ import annotations

import re

from fgd.model import Side

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
    r"\bfine (?:by|with|for) (?:me|us)\b|\b(?:i'm|we're|i am|we are) (?:\w+ly )?(?:okay|fine|"
    r"happy|comfortable) with (?:it|this|that)\b|"
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
    r"^(?:oh |well |but )?(?:no(?!,? (?:i'm|i am|we're|just) (?:only |just )?(?:joking|kidding|"
    r"serious|teasing))|nope|certainly not|absolutely not|not at all|on the contrary)[.,!;]"
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
_FLOOR = (
    r",? (?:very |i'll be )?(?:quickly|briefly|thanks?|please|just|chair|if i may|"
    r"i (?:just )?(?:wish|want) to|i(?:'d| would) (?:just )?like to|may i|can i|sorry|"
    r"(?:i'm|i am|we're) (?:only |just )?(?:joking|kidding|teasing))\b"
)
"""A yes before these only takes the floor; a no takes back a joke."""
_NO_FLOOR = rf"(?!{_FLOOR})"
TAKES_FLOOR = re.compile(rf"^(?:oh,? |well,? |um,? )*(?:yes|yeah|yep|sure|no|okay){_FLOOR}")
"""Words by which somebody takes the floor, and no side."""
BARE_WORD = re.compile(
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


GIVES_WAY = re.compile(
    r"(?:(?:well|hm|oh|so|and|but|no|yes|yeah|mm|ah),? )*(?:okay|all right|alright|fine|good|then|"
    r"agreed|fair enough|you(?:'re| are) right|(?:i|we)(?:'d|'ll| would| will)? withdraw|"
    r"(?:i|we)(?:'ll| will)? take (?:it|that|this) back|"
    r"(?:i|we) (?:(?:don't|won't|do not|will not) insist|"
    r"(?:can|could|would) (?:live|go|accept|join)|see now)|let it be|leave (?:it|that)\b|drop|"
    r"(?:i've|i have|we've|we have) changed)\b"
)
"""How somebody begins who gives way, or takes back what they wanted; and says much else, too."""

CONCEDES = re.compile(
    r"\b(?:(?:can|could) (?:live with|accept)|go along|withdraw|take (?:it|that|this) back|drop|"
    r"leave it|that's better|(?:you|he|she|they)(?:'re|'s| are| is) right|i(?:'d| would) accept|"
    r"less sure|changed? (?:my|our) mind|(?:i was|we were) wrong|settle for|no objection|"
    r"fair (?:enough|point)|in that case|(?:i|we) said|earlier|before)\b",
    re.IGNORECASE,
)
TURNS = re.compile(
    r"\b(?:then|okay|ok|all right|fine|fair|maybe|perhaps|still|instead|rather|only|unless|"
    r"as long as|if)\b",
    re.IGNORECASE,
)
"""What those say who move on from what they said first, and words that turn it; others, too."""

_MERE_NO = re.compile(r"(?:\w+,? )?no\b[,.]?")

_DENIES_TOO = re.compile(
    r"(?:[\w']+ ){0,5}(?:either|neither)\b|(?:that(?:'s| is)|you(?:'re| are)|i think (?:that's|"
    r"you're)) (?:true|right|so|correct)\b|(?:exactly|indeed|of course not|i agree)\b|"
    r"(?:i|we)(?: am| are|'m|'re) not (?:really |at all )?(?:against|opposed)\b|"
    r"(?:i|we) (?:didn't|did not|haven't|have not|never) (?:say|said|mean|meant|ask|asked)\b"
)
"""How somebody goes on after a "no" by which they agree with a denial, or deny that they object, or
what they are taken to have said.
"""


def denies_too(text: str, after: str) -> bool:
    """Tell whether the "no" of a plain text objects to nothing, by it and what its turn says next.

    >>> denies_too("no, my sister wouldn't either.", "")
    True
    >>> denies_too("no.", "you are correct.")
    True
    >>> denies_too("no, we are not really opposed.", "")
    True
    >>> denies_too("no.", "it is too dear.")
    False
    """
    no = _MERE_NO.match(text)
    return bool(no and _DENIES_TOO.match(text[no.end() :].lstrip(" ,.") or after))


def yes_or_no(text: str) -> tuple[Side, str] | None:
    """Read what a plain text answers to a question that asks for yes or no, by how it begins.

    >>> yes_or_no("well, yes, but only on weekdays.")[0]
    'part'
    >>> yes_or_no("i don't think so.")[0]
    'no'
    >>> yes_or_no("we looked at it last year.") is None
    True
    """
    sides: tuple[tuple[Side, re.Pattern[str]], ...] = (("no", NO), ("yes", YES))
    for side, pattern in sides:
        hit = pattern.search(text)
        if hit:
            told: Side = "part" if _IN_PART.search(text[hit.end() :][:60]) else side
            return told, hit.group(0).strip(" ,.")
    return None


def spoken_side(text: str) -> tuple[str, str, float]:
    """Read the side a plain text takes by its own words: polarity, the words, and how surely.

    Polarity is ``+``, ``-``, ``~`` (on condition), ``?`` (in doubt) or empty.

    >>> spoken_side("we would support the fund, but only if it is audited.")[0]
    '~'
    >>> spoken_side("i do not agree.")[0]
    '-'
    >>> spoken_side("no, i would support that.")[0]
    '+'
    """
    against, support = OBJECTION.search(text), SUPPORT.search(text)
    if support and (UNREAL.search(text[: support.start()]) or _negated(text, support)):
        support = None
    if against and UNREAL.search(text[: against.start()]):
        against = None
    if against and support and _MERE_NO.fullmatch(against.group(0).strip()):
        against = OBJECTION.search(text, against.end())  # the no was to something else
    if support and not (against and against.start() < support.start()):
        after = text[support.end() :]
        condition = CONDITION.search(text) or PART.match(after)
        if condition:
            return "~", condition.group(0).strip(), 0.9
        if against:
            return "", "", 0.0
        if reserve := RESERVE.search(after):
            return "~", reserve.group(0).strip(" ,;."), 0.6
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
