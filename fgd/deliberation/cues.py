"""List the words by which English speakers propose, ask, agree, object, hedge, report, sum up.

Each cue is a name and a pattern over ``plain`` text. None decides alone: they are what the
classifiers see of a clause beside its meaning, and what is printed as the reason.
"""

from __future__ import annotations

import re

_MARK = re.compile(r"\{[^}]*\}|\[[^\]]*\]|<[^>]*>")
_FILLER = re.compile(r"\b(?:um+|uh+|er+|erm|hmm+|you know|i mean)\b,?", re.I)
_BLANKS = re.compile(r"\s+")
_STOPS = re.compile(r"\s+([,.;:!?])")
_AGAIN = re.compile(r"\b(\w+(?:'\w+)?)(?:[\s,]+\1\b)+")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W\d_]+)?")


def plain(text: str) -> str:
    """Lower case, straight apostrophes, no fillers, stutters or marks of noise.

    >>> plain("Um, I I think {noise} that\u2019s   fine .")
    "i think that's fine."
    """
    text = _FILLER.sub(" ", _MARK.sub(" ", text.replace("\u2019", "'").casefold()))
    text = _STOPS.sub(r"\1", _BLANKS.sub(" ", text)).strip(" ,-")
    return _AGAIN.sub(r"\1", text)


def words(text: str) -> list[str]:
    """Return the words of a text, lower case."""
    return _WORD.findall(text.replace("\u2019", "'").casefold())


FUNCTION_WORDS = frozenset(
    "a about after all also am an and any are as at be because been before but by can could did do "
    "does don't for from had has have he her him his how i if in into is it its it's i'm just like "
    "me more my no not of on one or our out she should so some than that that's the their them "
    "then there these they they're this to too up us very was we were we're what when where which "
    "who why will with would yes you your okay yeah".split()
)
"""What any English talk is full of."""

EMPTY = FUNCTION_WORDS | frozenset(
    "well oh really quite know think mean say said says see get got go going gonna want way thing "
    "things something lot bit kind sort actually maybe perhaps let let's need must may might shall "
    "ought cannot can't won't wouldn't didn't isn't aren't doesn't only even still here now again "
    "those such each every other another both much many own same able make made take put come i'd "
    "i'll i've we'd we'll we've you'd you'll you're you've he's she's they've what's there's right "
    "sure good great thank thanks please mr mrs ms dr sir madam chair yep mm hmm hi hello first "
    "second last point question people".split()
)
"""Words that do not tell what a sentence is about."""

_SELF = r"(?:i|we|(?:we|us) at [\w' -]{2,30}?|my [\w ]{2,20}?|our [\w ]{2,20}?)"
_ADV = (
    r"(?: (?:also|fully|very much|strongly|really|just|would|'d|do|did|could|can|still|therefore|"
    r"totally|completely|absolutely|too|all|only|certainly|have to|must|will|want to|(?:would |"
    r"'d )?"
    r"like to|am|are|'m|'re|be))*"
)

PATTERNS: dict[str, str] = {
    # Putting something to the room.
    "propose": rf"\b{_SELF}{_ADV} (?:propose|suggest|recommend|urge|advise|advocate|move that|"
    r"call for|calling for|ask(?:ing)? (?:for|members|the|you to|that)|am asking|are asking|"
    r"demand)\b",
    "proposal is": r"\b(?:my|our|one|another|the|a) (?:\w+ )?(?:proposal|suggestion|"
    r"recommendation|advice|request|idea|preference|option) (?:is|would be|was|to)\b",
    "we should": r"\b(?:we|i think we|you|they) (?:really |probably |also |just |definitely |"
    r"maybe )?"
    r"(?:should|ought to|need to|have to|must|'ve got to|gotta|had better|'d better)\b",
    "should": r"\b(?:should|ought to)\b",
    "must": r"\b(?:must|need to|needs to|has to|have to)\b",
    "we could": r"\b(?:we|you|one|they|it) (?:\w+ly |maybe |just |also )?(?:could|can|might|may)\b",
    "let us": r"\blet(?:'s| us)\b|\bwhy (?:not|don't we)\b|\b(?:what|how) about\b|"
    r"\bwhat if we\b|\bshall we\b",
    "would like": r"\b(?:i|we)(?:'d| would) (?:\w+ )?(?:like|love|prefer|want|rather|welcome)\b|"
    r"\b(?:i|we) (?:\w+ )?(?:prefer|want|hope|wish)\b",
    "i would": r"\b(?:i|we)(?:'d| would)\b",
    "time to": r"\bit(?:'s| is) (?:high |about |now )?time (?:to|for|that)\b",
    "will you": r"^(?:\w+,? ){0,6}(?:will|would|could|can) (?:the|you|he|she|they|this|your)\b",
    "maybe": r"\b(?:maybe|perhaps|possibly)\b",
    "i think": r"\b(?:i|we) (?:\w+ )?(?:think|believe|feel|guess|suppose|reckon|find)\b|"
    r"\bin (?:my|our) (?:view|opinion)\b",
    "better": r"\b(?:better|best|ideal|preferable|rather)\b",
    "imperative": r"^(?:(?:so|and|then|please|just|well|okay|but),? )*(?:use|make|keep|put|take|"
    r"give|let|set|build|start|stop|begin|ask|tell|write|add|leave|try|look|send|pay|train|share|"
    r"create|establish|ensure|invest|say|do|don't|never|always|count|read|stay|bring|open|close|"
    r"publish|protect|provide|support|consider|remember|find|think|go|get|have|be|remove|reduce)\b",
    # What is no proposal although it sounds like one.
    "reported": r"\b(?:he|she|they|it|people|articles?|report|members|government|minister|law|"
    r"rules?|\w+s) (?:\w+ )?(?:said|says|say|saying|told|tell|tells|states?|argued?|claims?|"
    r"suggested|recommended|proposed|asked|requires?|required)\b|\baccording to\b|\bi (?:read|"
    r"heard)\b",
    "condition": r"\b(?:if|unless|provided|as long as|whether|in case)\b",
    "past": r"\b(?:was|were|had|did|went|came|used to|said|got|took|made|did)\b",
    "housekeeping": r"\b(?:next (?:slide|item|agenda|question|speaker|meeting|point)|move on|"
    r"agenda|microphone|minutes|start the meeting|take a break|five minutes|presentation|"
    r"thank you|welcome|over to|introduce)\b",
    "supposed": r"\b(?:supposed to|have to|going to|gonna|will)\b",
    # Asking.
    "mark": r"\?$",
    "open question": r"^(?:\w+,? ){0,5}(?:what|which|who|whom|whose|where|when|why|how)\b",
    "yes-no": r"^(?:(?:so|and|but|well|okay|or|then|now),? )*(?:is|are|was|were|do|does|did|can|"
    r"could|will|would|should|has|have|had|may|shall|isn't|aren't|don't|doesn't|didn't|can't|"
    r"couldn't|won't|wouldn't|shouldn't|haven't|hasn't|am)\b",
    "tag": r"(?:\b(?:isn't|aren't|don't|doesn't|didn't|won't|wouldn't|can't|shouldn't) "
    r"(?:it|we|you|they|he|she|there|that)|, (?:right|no|yes|yeah|okay))\?$",
    "do you": r"\b(?:do|would|are|have|did|can|could) you\b",
    "do you agree": r"\b(?:do you|does anyone|anybody|would you|can we) (?:\w+ )?(?:agree|accept|"
    r"support|object|think)\b|\bany (?:objections?|views?|comments?)\b",
    # Agreeing.
    "yes": r"^(?:(?:oh|well|uh|and|but|mm),? )*(?:yes|yeah|yep|yup|aye|yea)\b",
    "okay": r"^(?:(?:oh|well|uh|and|mm),? )*(?:okay|ok|alright|all right|fine|sure|cool|right|"
    r"great|"
    r"good|mm-hmm|mm|uh-huh)\b",
    "exactly": r"^(?:(?:yes|yeah|oh|well|and|but),? )*(?:exactly|absolutely|indeed|precisely|"
    r"definitely|certainly|of course|correct|true|agreed|totally|completely)\b",
    "i agree": rf"\b{_SELF}{_ADV} (?:agree|concur|support|endorse|second|back|accept|favou?r|"
    r"welcome|share (?:the|that|this|your|his|her|their))\b|\bin favou?r\b|\bi'm (?:all )?for\b|"
    r"\b(?:i'm|we're|i am|we are) (?:very |also |really )?(?:glad|happy|pleased|content)\b",
    "right": r"\b(?:he|she|you|that|they|it|\w+)(?:'s|'re| is| are) (?:\w+ly |quite )?(?:right|"
    r"true|"
    r"correct|so)\b|\bfair enough\b|\bthat's it\b",
    "good idea": r"\b(?:good|great|excellent|nice|fair|important|interesting|fine|useful|helpful|"
    r"sensible|best|perfect|lovely|cool)\b(?: \w+)?(?: (?:idea|point|proposal|suggestion|one|"
    r"thing))?",
    "me too": r"\b(?:me too|same (?:here|view|thing|with us)|my view (?:as well|too)|so (?:do|am|"
    r"would|have) (?:i|we)|neither do|nor do|as well|likewise|with us)\b",
    "i think so": r"\b(?:think|believe|hope|suppose|guess) so\b",
    "could do": r"\b(?:could|can|will|shall) do (?:that|it|this)\b|\bworks for\b|\bmakes? sense\b",
    # Objecting.
    "no": r"^(?:(?:oh|well|uh|and|but|mm|okay),? )*(?:no|nope|nah|not really|not at all|never)\b",
    "not": r"\b(?:not|never|cannot|\w+n't|no longer|nor|neither|hardly|without)\b",
    "i don't think": r"\b(?:i|we) (?:\w+ )?(?:don't|do not|wouldn't|can't|"
    r"cannot) (?:\w+ )?(?:think|"
    r"believe|see|like|want|need|know|agree|accept|support|feel|find)\b",
    "disagree": rf"\b{_SELF}{_ADV} (?:disagree|differ|object|oppose|reject|not agree)\b|"
    r"\b(?:opposed to|against (?:it|this|that|the))\b|\b(?:unable|not able|can't|cannot|"
    r"refuse) to? ?"
    r"(?:accept|support|agree)\b",
    "but": r"^(?:(?:yes|yeah|okay|well|no|oh|right|sure|mm|hmm),? )*(?:but|however|although|though|"
    r"except)\b",
    "but later": r"\S (?:but|however|although|though|except|whereas)\b",
    "problem": r"\b(?:problem|difficult|hard|risk|danger|wrong|bad|worse|expensive|costs?|waste|"
    r"mistake|fails?|impossible|unfair|complicated|confusing|ruin|lose|useless|unacceptable|"
    r"disappointing|pointless|nonsense|lacks?)\b",
    "too much": r"\b(?:far |way |much )?too (?!much of)\w+\b|\b(?:enough|more than)\b",
    "worry": r"\b(?:doubt|worr(?:y|ied)|concern(?:ed|s)?|afraid|not sure|unsure|hesita\w+|"
    r"scepti\w+|skepti\w+|reservations?|don't know|wonder(?:ing)?|not convinced|careful)\b",
    "instead": r"\b(?:instead|rather than|rather|alternatively|or maybe|or we|other way|another)\b",
    "why": r"^(?:(?:but|and|well|yeah|so),? )*(?:why|how|what|who|where|is that|are you sure)\b",
    "well": r"^(?:well|hmm|mm|uh|i don't know)\b",
    "only if": r"\b(?:only if|on condition|provided|as long as|unless|subject to|if there is|"
    r"with (?:one|a) |caveat|exception|depends?|to some extent|in part|partly|half|some of)\b",
    "actually": r"\b(?:actually|in fact|to be honest|with (?:all )?(?:due )?respect|the fact)\b",
    "extreme": r"\b(?:all|every|always|never|nobody|nothing|only|far|very)\b",
    # Pointing at what was said.
    "points": r"\b(?:that|this|it|those|these)\b",
    "you": r"\b(?:you|your)\b",
    "i": r"\b(?:i|i'm|i'd|i'll|i've|my)\b",
    "we": r"\b(?:we|we're|we'll|we've|our|us)\b",
    "because": r"\b(?:because|since|reason|therefore|so that)\b",
    "and": r"^(?:and|also|plus)\b",
    "so": r"^so\b",
    "number": r"\b(?:\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|percent|%|half)\b",
    "thanks": r"\b(?:thank you|thanks)\b",
    # Summing up.
    "sum": r"\b(?:to sum up|in (?:summary|conclusion|sum)|summari[sz]e|conclude|i (?:hear|"
    r"heard)|we "
    r"(?:have )?(?:agreed?|decided?|concluded)|(?:is|are) agreed|agreement|consensus|"
    r"(?:amendment|motion) (?:\w+ )?(?:is|are|has been) (?:not )?(?:agreed|carried|lost|passed|"
    r"rejected|adopted))\b",
}

CUES = {name: re.compile(pattern) for name, pattern in PATTERNS.items()}
NAMES = tuple(CUES)

GIVES_FLOOR = re.compile(
    r"(?:\b(?:would you (?:like|start|begin|please)|you have the floor|the floor is|go ahead|"
    r"over to|next question|move on|moving on|let (?:us|me) (?:turn|move|bring|hear)|let's (?:turn|"
    r"move|hear)|reactions|comments|any other|who would like|i'(?:d|ll) (?:ask|call|bring|hand|"
    r"invite)|i call|i invite|i move|item \d|the hon(?:ou?rable|\.)|please start|agenda)\b|"
    r"\bwe(?:'ll| will)(?: now| next)* (?:go|move|proceed|return|continue|turn|hear)\b|"
    r"\bwe (?:now )?(?:go|move|proceed|return) (?:back )?(?:now )?to\b|\bnext (?:we|is|up)\b|"
    r"\bi(?:'ll| will)? (?:now )?(?:proceed|recogni[sz]e)\b|^(?:the )?(?:mr|mrs|ms|dr|"
    r"hono[u]?rable|hon)\b"
    r"\.? ?[^.?!]{2,50}[.]?$|"
    r"[,.] please[.?]?$|^thank you[^.?!]{0,40}[.]\s+\w[^.?!]{0,60}[.?]$|\?\s*[A-Z]\w+\.?$)",
    re.I,
)
"""What whoever runs a meeting says when giving the floor or opening a part."""


def found(text: str) -> tuple[str, ...]:
    """Return the names of all cues in a plain text."""
    return tuple(name for name, pattern in CUES.items() if pattern.search(text))
