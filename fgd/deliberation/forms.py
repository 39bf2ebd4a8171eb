"""List the forms in which English speakers put something to a room: by verb, modal and actor.

A form is a name and a pattern over ``plain`` text; ``WEIGHTS`` are log-odds where nothing was
learned. What sounds like a proposal and is none (a rule reported, somebody else's view, a fact
with "must") is a form too, with a negative weight.
"""

from __future__ import annotations

import re

_ADV = (
    r"(?: (?:also|just|do|really|probably|maybe|perhaps|definitely|certainly|therefore|then|now|"
    r"only|"
    r"still|strongly|simply|actually|all|very much|respectfully|always|never|\w+ly))*"
)
_I = (
    r"\b(?:i|we)(?:'d|'m|'re| am| are| do| did| would| must| can| could| want to| have to|"
    r" will|'ll)?"
)
_DO = (
    r"(?!not\b|n't)(?!be (?:fine|good|okay|able|right|clear|there|in|sure)\b)(?!know\b|have been\b|"
    r"have \w+(?:ed|en|t)\b|have an?\b|say\b|admit\b|confess\b|see\b|imagine\b|hear\b|"
    r"understand\b|remember\b)"
)
_BODY = (
    r"(?:a|an|the|our|every|each|this|that|all|both|any|one|these|those|national|local|federal|"
    r"member)"
    r"(?: [\w'-]+){1,6}?"
)

FORMS_TABLE: dict[str, tuple[str, float]] = {
    "performative": (
        rf"{_I}{_ADV} (?:propose|proposing|suggest(?!,)|suggesting|recommend|recommending|advocate|"
        rf"move) "
        r"(?!to (?:you|the)\b)(?<!suggest, )|\bi(?:'d| would) (?:like to |want to )?(?:propose|"
        r"suggest|recommend|"
        r"move|put forward)\b",
        4.0,
    ),
    "urge": (
        rf"{_I}{_ADV} (?:urge|urging|call on|calling on|call upon|invite|encourage|encouraging|"
        r"implore|beg(?! your)|demand|request|advise|call for|calling for)\b",
        3.0,
    ),
    "ask to": (
        rf"(?<!will )(?<!'ll ){_I}{_ADV} (?:ask|asking) (?!again\b)(?:(?:for|that)\b|"
        rf"(?!you\b[^.]*\?)[\w' -]{{1,40}}? (?:to|"
        rf"if you "
        r"would|whether you would)\b)",
        2.5,
    ),
    "proposal is": (
        r"\b(?:my|our|one|another) (?:\w+ ){0,2}(?:proposal|suggestion|recommendation|advice|"
        r"request|"
        r"ask|plea|preference|preferred option|idea|solution|recommendations|proposals) "
        r"(?:is|would be|to|was|are)\b",
        3.0,
    ),
    "we should": (
        rf"\bwe{_ADV} (?:should|ought to|shall|had better|'d better){_ADV} {_DO}\w+",
        2.5,
    ),
    "we must": (
        rf"\bwe{_ADV} (?:must|need to|have to|have got to|'ve got to|gotta){_ADV} {_DO}\w+",
        1.7,
    ),
    "you should": (rf"\b(?:you|they|he|she|one){_ADV} (?:should|ought to){_ADV} {_DO}\w+", 1.5),
    "we should not": (
        rf"\bwe{_ADV} (?:should|must|ought)(?: not|n't){_ADV} (?!be\b|have\b|forget\b)\w+",
        1.8,
    ),
    "body should": (rf"\b{_BODY} (?:should|ought to|shall){_ADV} {_DO}\w+", 2.3),
    "body must": (rf"\b{_BODY} must{_ADV} {_DO}\w+", 1.6),
    "body needs to": (rf"\b{_BODY} (?:needs? to|has to|have to){_ADV} {_DO}\w+", 1.0),
    "there should be": (
        rf"\bthere{_ADV} (?:should|must|ought to|needs? to|has to){_ADV} be\b",
        1.8,
    ),
    "it is important to": (
        r"\bit(?:'s|\u2019s| is| would be| will be)(?: \w+ly| very| really| so| only| therefore| "
        r"also)* (?:important|essential|"
        r"vital|crucial|necessary|imperative|up to)(?: too| also)? (?:that|to|for(?! us)|each)"
        r"(?! (?:say|note|point|stress|reiterate|reflect|look|remember|recogni[sz]e|acknowledge|"
        r"try)\\b)\b",
        1.5,
    ),
    "worth doing": (
        r"\b(?:is|it's|be|are) (?:well )?worth (?!noting|saying|pointing|remember)\w+ing\b",
        1.8,
    ),
    "perhaps you": (
        r"\b(?:perhaps|maybe) (?:you|we|they|the \w+|if (?:you|we)) (?:could|can|might|would "
        r"like to)\b",
        1.5,
    ),
    "be done": (
        r"\bwhat needs to be done\b|\bmore attention\b.*\bneeds?\b|\bwe need (?:a|an|more)\b",
        1.6,
    ),
    "preference": (
        r"\b(?:my|our) (?:preference|preferred \w+)\b|\bi(?:'d| would) be (?:very |really |most )?"
        r"(?:grateful|glad|happy) if\b|\bwhat (?:we|i)(?:'d| would) (?:\w+ )?(?:like|want|"
        r"welcome)\b",
        2.0,
    ),
    "i hope": (
        r"\b(?:i|we) (?:\w+ly |do |very much )?hope (?:that )?(?:you|the|all|our|everybody|"
        r"everyone|"
        r"this)\b.*\b(?:will|would|can|may|join|take|invest|consider|support)\b",
        1.5,
    ),
    "please": (r"^(?:\w+,? ){0,2}please (?!note|wait|mute)\w+", 1.3),
    "it should": (rf"\b(?:it|this|that|there){_ADV} (?:should|must|ought to){_ADV} {_DO}\w+", 1.0),
    "should be done": (
        r"\b(?:should|must|ought to|shall|needs? to)(?: \w+ly| not| only| also| never)* be "
        r"(?:\w+ed|\w+en|made|put|set|kept|built|done|paid|left|cut|sent|given|held|heard|"
        r"taught)\b",
        1.5,
    ),
    "let us": (
        r"(?:^|[,;.:] |\bso |\band |\bthen |\bmaybe )let(?:'s| us)(?! (?:say|see|hear|be|start|"
        r"move|close|end|finish|"
        r"go on|go to|turn|take a|begin|hope|face|look|talk|suppose|imagine|continue|assume))\b|"
        r"\bwhy (?:not|don't we|don't you)\b",
        2.0,
    ),
    "what about": (
        r"^(?:\w+,? ){0,3}(?:what|how) about (?!the (?:other|rest)\b)|\bwhat if we\b",
        1.0,
    ),
    "shall we": (
        r"\b(?:shall|should|can|could|might|may) we(?: \w+ly| just| not| maybe)? \w+",
        0.8,
    ),
    "we could": (rf"\bwe{_ADV} (?:could|can|might|may){_ADV} {_DO}\w+", 1.2),
    "you could": (rf"\b(?:you|one|they|it){_ADV} (?:could|can|might){_ADV} {_DO}\w+", 0.4),
    "would like": (
        r"\b(?:i|we)(?:'d| would) (?:\w+ly |very much |also )?(?:like|love|prefer|want|welcome|"
        r"wish|"
        r"rather|opt|go for|favou?r)\b(?! to (?:say|thank|ask|know|hear|start|begin|add|"
        r"welcome|know|"
        r"come back|point|refer|remind|make|draw|highlight|move|speak|turn|touch|raise|share|"
        r"mention|introduce|understand|go|quote|respond|congratulate|pick|follow|present|reassure|"
        r"assure|clarify|specifically|highlight|shift|table|continue|express|recognize|recognise|"
        r"emphasi[sz]e|"
        r"stress|"
        r"reiterate|begin|end|pay|take))",
        1.5,
    ),
    "i want": (
        r"\b(?:i|we) (?:\w+ly |just |really )?(?:want|prefer|wish|"
        r"hope)\b(?: (?!to\b)[\w' ]{1,30}? to\b| "
        r"that\b| to (?:see|have|keep|make)\b)",
        0.8,
    ),
    "i would": (
        r"\bi(?:'d| would)(?: \w+ly| just| maybe)? (?!like|be\b|have|say|think|imagine|know|prefer|"
        r"love|want|ask|argue|agree|not|suppose|guess|assume|expect|hope|see\b|disagree|rather)\w+",
        0.8,
    ),
    "time to": (
        r"\b(?:it(?:'s| is) |high |about )(?:now )?time (?:to|for|that)\b|\bnow is the time\b",
        1.8,
    ),
    "would be good": (
        r"\b(?:it|that|this)?(?:'d| would| might)(?: \w+ly)? be (?:\w+ )?(?:good|better|best|"
        r"nice|great|"
        r"useful|helpful|wise|sensible|important|easier|ideal|cool|worth|an idea|a good idea) "
        r"(?:to|if|for)\b|\b(?:it|this)(?:'d| would) be better\b",
        1.5,
    ),
    "good idea to": (
        r"\b(?:good|better|best|great) (?:idea|thing|way|solution) (?:is|would be|to|if)\b",
        0.8,
    ),
    "will you": (
        r"^(?:[\w.]+,? ){0,8}(?:will|would|could|can|is|are) (?:the|you|he|she|they|this|your|"
        r"your)\b.*"
        r"\b(?:commit|consider|agree to|ensure|prepared to|support|stop|act|fund|provide|"
        r"willing)\b",
        1.2,
    ),
    "only thing": (
        r"\b(?:only|first|best|right|important|next|main) (?:\w+ )?(?:thing|step|solution|"
        r"priority|job|way)"
        r"s?(?: \w+){0,6} (?:is|are|would be) to\b|\bjob (?:\w+ )?is to\b|\bpriority (?:is|"
        r"should)\b",
        1.2,
    ),
    "instead": (r"\b(?:instead of|rather than)\b", 0.6),
    "maybe": (r"\b(?:maybe|perhaps)\b", 0.3),
    "i think": (
        r"\b(?:i|we)(?: \w+ly| do| would)? (?:think|believe|feel|guess)\b|\bin (?:my|our) view\b",
        0.3,
    ),
    "imperative": (
        r"^(?:(?:so|and|then|please|just|well|okay|but|first|always|never),? )*(?:use|make|"
        r"keep|put|"
        r"give|set|build|start|stop|begin|write|add|leave|try|pay|train|share|create|establish|"
        r"ensure|invest|count|open|close|publish|protect|ban|allow|raise|lower|reduce|remove|"
        r"harmoni[sz]e|fund|teach|listen|treat|trust|choose|plant|buy|sell|send|hire|move|cut|"
        r"don't \w+|do not \w+) (?!(?:is|are|was|were|has|have)\b)\w+",
        1.0,
    ),
    # What sounds like it and is none.
    "reported": (
        r"\b(?:he|she|they|people|articles?|reports?|studies|study|members|government|minister|law|"
        r"rules?|forms?|guidelines|colleagues|experts|petitioners?|petition|bible|letter|posters?|"
        r"papers?|books?|doctors?|advice|who|that) (?:\w+ )?(?:said|says|say|saying|told|tell|"
        r"tells|"
        r"stated?|states|argued?|claims?|suggested|recommended|proposed|asked|requires?|required|"
        r"thinks?|thought|wants?|wanted|believes?|urged?|calls? (?:on|for)|calling)\b|"
        r"\baccording to (?:the|a|him|her|them|this|that|article)\b|\b(?:i|we)(?: have|"
        r"\'ve)? (?:read|heard|saw|was told|were told|am told)\b|\bthey say\b|"
        r"\b(?:read|heard) (?:somewhere|in the|on the)\b|"
        r"\b(?:the|a|an|this|that|one|some|his|her|their) (?:\w+ ){1,3}?(?:says?|said|states?|"
        r"requires?|"
        r"claims?|reads?|tells?|told)\b|"
        r"\bsupposed to\b|\bit says\b|\basked me\b|\btold (?:me|us)\b|"
        r"\b(?:you|\w+s|act|bill|law|code) (?:\w+ ){0,3}(?:say|says|said|notes?|noted|make it "
        r"clear|"
        r"makes it clear|been clear|very clear) (?:\w+ ){0,3}that\b",
        -5.0,
    ),
    "in a relative clause": (
        r"\b(?:a|an|the|any|some|those|these|of|all|very \w+) (?:\w+ ){0,3}?(?!think\b|"
        r"thought\b)\w+ "
        r"(?:that |which |who )?(?:i |we |you |they |he |she )?(?:would |will |may |might |"
        r"always |also )*"
        r"(?<!that we )(?<!that you )(?:needs? to|should|must|ought to|have to|has to|would like "
        r"to)\b"
        r"(?=.*\b(?:is|are|was|were|in|which|before)\b)|"
        r"\b(?:what|things?|something|discussion|anything) (?:that )?(?:we|you|they|i|"
        r"professionals) "
        r"(?:would |will |always )*(?:needs? to|should|must|ought to|have to|would like)\b"
        r"(?! (?:like |want )?(?:to )?(?:see|is|do is))",
        -1.5,
    ),
    "quoted": (r"(?:^|[:,] |\bsays? |\bsaid )['\"\u2018\u201c]\w", -2.5),
    "told so": (
        r"\b(?:hope|trust|sure) (?:that )?(?:you|people|everybody|everyone|members) (?:will |can "
        r"|would )?"
        r"(?:understand|appreciate|forgive|agree)\b|\bwe can (?:probably |all )?(?:anticipate|"
        r"expect|see|"
        r"assume)\b|\b(?:further|some) clarification\b|\bfact that we (?:are|'re) having to\b",
        -3.0,
    ),
    "ceremony": (
        r"\b(?:tribute|condolences|gratitude|congratulat\w+|acknowledge|admiration|sympath\w+|"
        r"honou?r|"
        r"express (?:my|our)|remind\w*|recogni[sz]e (?:the|all|some|and)|continue by|"
        r"take (?:this|the) opportunity|take a moment)\b|\bshould (?:be able|aspire|know|thank)\b",
        -3.0,
    ),
    "whether": (
        r"\b(?:whether|if) (?:we|you|they|it|he|she|there|\w+) (?:should|could|can|must|need)\b",
        -2.0,
    ),
    "asked": (
        r"^(?:(?:and|so|but|well|okay|now),? )*(?:what|which|who|where|when|how|why)\b",
        -2.2,
    ),
    "should have": (
        r"\b(?:should|could|would|might|must)(?:n't| not)? (?:\w+ )?have (?:been|\w+ed|had|"
        r"done|\w+en)\b",
        -2.0,
    ),
    "epistemic": (
        r"\b(?:that|it|this|there) (?:should|must|could|might|may|can) (?:be (?:fine|okay|"
        r"possible|good|"
        r"the|a|an|about|enough|very|quite|some|more|one)|work|have|do it|happen|mean|take)\b",
        -1.2,
    ),
    "to say": (
        r"\b(?:i|we) (?:must|should|have to|need to|would|can|could) (?:\w+ )?(?:say|admit|"
        r"confess|know|"
        r"add|remember|be (?:frank|honest|clear)|tell|ask|point|apologi[sz]e|mention|imagine|"
        r"note)\b",
        -1.8,
    ),
    "other people's need": (
        r"\b(?:patients|people|children|parents|women|men|farmers|students|families|users|"
        r"customers|"
        r"they|he|she|workers|members|it) (?:\w+ )?(?:need|needs|have|has|had|needed) to\b",
        -1.2,
    ),
    "past": (
        r"\b(?:was|were|had|did|went|came|used to|took|decided|last (?:year|week|month))\b",
        -0.7,
    ),
    "decided already": (
        r"\b(?:we|i)(?:'ve| have) (?:already |also |now )?(?:\w+ed|made|put|set|given|begun|"
        r"taken)\b|"
        r"\b(?:we|i)(?:'re| are|'m| am) (?:going to|gonna|already|currently)\b|\bwe(?:'ll| will)\b",
        -0.8,
    ),
    "housekeeping": (
        r"\b(?:next (?:slide|item|question|speaker|meeting|point|group|topic)|move on|agenda|"
        r"microphone|"
        r"unmute|mute|i(?:'ll| will) ask|minutes? (?:left|each)|take a (?:short )?break|start "
        r"(?:the|with)|"
        r"presentation|"
        r"thank you|thanks|welcome|over to|introduce|your name|the floor|(?<!rather )begin with|"
        r"go ahead|"
        r"slides?|"
        r"come back to|come to|time is|answer my question|gears|something else|straight into|"
        r"move to|turn to|whiteboard|item \d)\b",
        -2.0,
    ),
    "if": (r"^(?:(?:and|so|but|because|cause),? )*if\b", -0.6),
    "because": (r"^(?:because|cause|since|which|who|that)\b", -0.7),
    "question": (r"\?$", -0.4),
    "not": (r"\b(?:not|never|\w+n't)\b", -0.2),
    "agreeing": (
        r"^(?:(?:yes|yeah|okay|oh|well),? )*(?:i agree|that's (?:right|true)|exactly|yes|yeah)\b",
        -0.5,
    ),
}

FORMS = {name: re.compile(pattern) for name, (pattern, _) in FORMS_TABLE.items()}
WEIGHTS = {name: weight for name, (_, weight) in FORMS_TABLE.items()}

CONTENT_AFTER = re.compile(
    r"\b(?:propose|suggest|recommend|advise|urge|ask|move|request|demand|proposal is|suggestion is|"
    r"recommendation is|advice is|idea is|request is)\s+that\s+",
    re.I,
)
"""Where a performative ends and what it puts forward, a full clause, begins."""
