"""The nouns everything else is written in.

Frozen dataclasses, standard library only; values know nothing of storage. Sequences are tuples
and never ``None``: "nothing" is an empty tuple, an empty string or an empty span. Times are
integer milliseconds from the start of a recording; confidences are shares between 0 and 1.

Three nouns are kept apart on purpose. A ``Voice`` is somebody *heard*, a ``Participant`` is
somebody *invited*, and an ``Attribution`` is the arrow between them, with its evidence.
"""

from fgd.model.attributed import Attribution, Evidence
from fgd.model.briefed import (
    Account,
    Agreement,
    Brief,
    BriefKind,
    Confidence,
    Contribution,
    Count,
    Edition,
    Extract,
    Fact,
    Finding,
    Gap,
    GapKind,
    Grid,
    Piece,
    Presence,
    Quote,
    Recommendation,
    Stretch,
    View,
    Wording,
)
from fgd.model.floor import FloorMark
from fgd.model.heard import (
    Conversation,
    Coverage,
    Flag,
    Segment,
    Timing,
    Transcript,
    Turn,
    Voice,
    Word,
)
from fgd.model.invited import (
    Consent,
    Disclosure,
    Guide,
    Institution,
    Participant,
    Recording,
    Role,
    Rule,
    Section,
    SectionKind,
    Session,
)
from fgd.model.records import Decision, Issue, Level, Provenance
from fgd.model.sound import Sound
from fgd.model.span import Span
from fgd.model.themed import Code, Codebook, Coding, CodingStatus, Origin, Position, Stand

__all__ = [
    "Account",
    "Agreement",
    "Attribution",
    "Brief",
    "BriefKind",
    "Code",
    "Codebook",
    "Coding",
    "CodingStatus",
    "Confidence",
    "Consent",
    "Contribution",
    "Conversation",
    "Count",
    "Coverage",
    "Decision",
    "Disclosure",
    "Edition",
    "Evidence",
    "Extract",
    "Fact",
    "Finding",
    "Flag",
    "FloorMark",
    "Gap",
    "GapKind",
    "Grid",
    "Guide",
    "Institution",
    "Issue",
    "Level",
    "Origin",
    "Participant",
    "Piece",
    "Position",
    "Presence",
    "Provenance",
    "Quote",
    "Recommendation",
    "Recording",
    "Role",
    "Rule",
    "Section",
    "SectionKind",
    "Segment",
    "Session",
    "Sound",
    "Span",
    "Stand",
    "Stretch",
    "Timing",
    "Transcript",
    "Turn",
    "View",
    "Voice",
    "Word",
    "Wording",
]
