"""Make a conversation of words: units of one voice, whose each is, and turns.

Text knows where sentences begin and end, so words are cut into units at sentence ends, long pauses
and changes of label; never in the middle of a clause: cutting at every change a diarizer sees
repaired 1,482 words and broke 310 in one measured run, with net harm on some sets (kaixxx/noScribe,
issue 341).

The diarizer decides for moments on a grid. Each unit goes to the voice that most of its words lie
under, and then exactly its sound is compared with the prints of all voices: it moves only if
another voice is clearly closer. Idea and gate follow kaixxx/noScribe, pull request 351. Names
printed on an imported transcript decide by themselves, and what is heard is the second opinion.

Units of one voice in a row are a turn, with what decided whose it is.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from fgd.audio.decode import Audio
from fgd.core.backends import Progress, silent
from fgd.core.text import is_everybody
from fgd.diarization.contract import Diarization, VoiceEmbedder, VoicePrint, VoiceTurn
from fgd.model import (
    HARDLY_SPEECH,
    NOBODY,
    Conversation,
    Flag,
    Issue,
    Segment,
    Span,
    Timing,
    Transcript,
    Turn,
    Voice,
    Word,
)

# A pause this long, in ms, lets the voice change even within a sentence.
PAUSE = 500

# A word that no turn touches goes with a turn at most this far away, in ms.
NEAR = 1_000

# Full stops of the scripts that may turn up, with the quotes and brackets that may follow them.
_END = re.compile(r"[.?!…。？！।။។]['\"’”»)\]]*$")
_SHORT = re.compile(r"(?:^|\W)(?:dr|mr|mrs|ms|prof|st|gen|col|amb|h\.e)\.$", re.IGNORECASE)

_WORST: dict[Timing, int] = {"measured": 0, "interpolated": 1, "none": 2}


@dataclass(frozen=True, slots=True)
class Unit:
    """Words that one voice said, as far as text and pauses tell."""

    words: tuple[Word, ...]
    label: str = ""
    timing: Timing = "measured"
    flags: tuple[Flag, ...] = ()

    @property
    def span(self) -> Span:
        """Return the span from the first word's start to the last end of any word."""
        start = self.words[0].span.start
        return Span(start, max(start, *(word.span.end for word in self.words)))

    def part(self, start: int, end: int) -> Unit:
        """Return the unit with only these of its words."""
        return Unit(self.words[start:end], self.label, self.timing, self.flags)


def units(segments: Sequence[Segment], *, timed: bool = True) -> tuple[Unit, ...]:
    """Make a unit of each segment, in the order given.

    Args:
        segments: of a transcript.
        timed: whether spans are times; if not, only sentence ends and labels cut.
    """
    found: list[Unit] = []
    words: list[Word] = []
    sources: list[Segment] = []

    def close() -> None:
        if words:
            flags = dict.fromkeys(flag for source in sources for flag in source.flags)
            timing = max((source.timing for source in sources), key=_WORST.__getitem__)
            found.append(Unit(tuple(words), sources[0].label, timing, tuple(flags)))
        words.clear()
        sources.clear()

    for segment in segments:
        if sources and segment.words and segment.label != sources[0].label:
            close()
        for word in segment.words:
            pause = word.span.start - words[-1].span.end if words and timed else 0
            if words and (pause >= PAUSE or ends_sentence(words[-1].text)):
                close()
            words.append(word)
            if not sources or sources[-1] is not segment:
                sources.append(segment)
    close()
    return tuple(found)


def ends_sentence(word: str) -> bool:
    """Tell whether a sentence may end with this word: ``there.`` but not ``Dr.``"""
    text = word.strip()
    return bool(_END.search(text)) and not _SHORT.search(text)


def together(parts: Sequence[Unit]) -> Unit:
    """Join consecutive units."""
    flags = dict.fromkeys(flag for part in parts for flag in part.flags)
    timing = max((part.timing for part in parts), key=_WORST.__getitem__)
    words = tuple(word for part in parts for word in part.words)
    return Unit(words, parts[0].label, timing, tuple(flags))


class Ballot:
    """The turns of a diarization, ready to be asked about words; each question costs what it
    touches, not the length of the recording.
    """

    def __init__(self, turns: Sequence[VoiceTurn]) -> None:
        self.turns = sorted(turns, key=lambda turn: turn.span)
        self._starts = [turn.span.start for turn in self.turns]
        self._longest = max((turn.span.duration for turn in self.turns), default=0)

    def near(self, span: Span, reach: int = 0) -> list[VoiceTurn]:
        """List the turns that come within ``reach`` ms of a span."""
        first = bisect_left(self._starts, span.start - reach - self._longest)
        last = bisect_left(self._starts, max(span.end, span.start + 1) + reach)
        return [turn for turn in self.turns[first:last] if turn.span.end > span.start - reach]

    def votes(self, words: Sequence[Word]) -> Counter[str]:
        """Count the milliseconds of the words under each voice; none if no turn touches any."""
        if not words:
            return Counter()
        whole = Span(words[0].span.start, max(word.span.end for word in words))
        near = self.near(whole)
        counted: Counter[str] = Counter()
        for word in words:
            for turn in near:
                shared = (word.span & turn.span).duration
                if shared:
                    counted[turn.voice] += shared
        return counted

    def nearest(self, span: Span) -> str:
        """Return the voice of the closest turn within a second; empty if there is none."""
        close = self.near(span, NEAR)
        if not close:
            return ""
        return min(
            close,
            key=lambda turn: max(turn.span.start - span.end, span.start - turn.span.end),
        ).voice

    def changes(self, span: Span) -> list[tuple[int, str, str]]:
        """List the moments inside a span where another voice takes over, with both voices."""
        found = []
        near = self.near(span)
        for before, after in pairwise(near):
            moment = (before.span.end + after.span.start) // 2
            if before.voice != after.voice and span.start < moment < span.end:
                found.append((moment, before.voice, after.voice))
        return found


# Sound shorter than this, in ms, says too little about a voice.
SHORTEST = 800
# The longest sound listened to, in ms: more adds nothing.
LONGEST = 10_000
# How much closer another voice must be: one that the diarizer also hears there, and one that it
# does not.
HEARD, UNHEARD = 0.1, 0.2
# A change of voice within a sentence needs this much sound on both sides, in ms. It falls behind a
# pause or a comma that is no further from where the diarizer hears it than a word may be from a
# turn; where a side is shorter, into a silence this long, give or take the third.
CLAUSE, BREATH, SILENCE, AROUND = 1_000, 150, 300, 200
CLAUSE_ENDS = (",", ";", ":", "-", "–", "…")
# What must be heard of another voice, as a share of a unit and in ms, before a label is doubted.
CLEAR, ENOUGH = 0.8, 2_000
# A label and a voice belong together if this much of the label's speech is the voice's.
MAJORITY = 0.6


@dataclass(frozen=True, slots=True)
class Decided:
    """A unit with its voice, by what, and how the words' time is divided among voices."""

    unit: Unit
    voice: str
    by: str
    votes: Counter[str]


def by_voice(
    cut: Sequence[Unit],
    heard: Diarization,
    opinion: SecondOpinion | None,
    progress: Progress = silent,
) -> list[Decided]:
    """Give each unit to the voice that most of its words lie under, or to a clearly closer one."""
    ballot = Ballot(heard.turns)
    noise = Ballot([VoiceTurn(NOBODY, span) for span in heard.noises])
    decided: list[Decided] = []
    for number, unit in enumerate(cut):
        for part in _parts(unit, ballot, opinion):
            votes = ballot.votes(part.words) + noise.votes(part.words)
            if votes:
                voice = max(votes, key=lambda v: (votes[v], v))
                by = HARDLY_SPEECH if voice == NOBODY else "diarization"
            elif near := ballot.nearest(part.span):
                voice, by = near, "nearest voice"
            else:
                before = decided[-1].voice if decided else heard.turns[0].voice
                voice, by = before, "voice before"
            if opinion:
                beside = {turn.voice for turn in ballot.near(part.span, 500)}
                better = opinion.better(part.span, voice, beside)
                if better:
                    voice, by = better, "second opinion"
            decided.append(Decided(part, voice, by, votes))
        progress("turns", number + 1, len(cut))
    return decided


def _parts(unit: Unit, ballot: Ballot, opinion: SecondOpinion | None) -> list[Unit]:
    """Cut a unit where the diarizer hears a change that the sound of both sides confirms: a
    transcript without full stops must not join the words of two people.
    """
    parts, start = [], 0
    if opinion:
        changes = ballot.changes(unit.span)
        for number, (moment, before, after) in enumerate(changes):
            later = changes[number + 1][0] if number + 1 < len(changes) else unit.span.end
            end = sum(word.span.start < later for word in unit.words)
            index = opinion.boundary(unit.part(start, end), moment, before, after)
            if index:
                parts.append(unit.part(start, start + index))
                start += index
    return [*parts, unit.part(start, len(unit.words))]


class SecondOpinion:
    """Compares stretches of a recording with the voices heard in it."""

    def __init__(self, audio: Audio, embedder: VoiceEmbedder, prints: Sequence[VoicePrint]) -> None:
        import numpy as np

        self._audio = audio
        self._embedder = embedder
        self._voices = [p.voice for p in prints]
        self._matrix = np.array([p.vector for p in prints], dtype=np.float32)

    def similarities(self, span: Span) -> dict[str, float]:
        """Tell how much a stretch sounds like each voice; empty where that cannot be told."""
        if span.duration < SHORTEST or len(self._voices) < 2:
            return {}
        heard = Span(span.start, min(span.end, span.start + LONGEST))
        vector = self._embedder(self._audio.read(heard))
        if not vector.any():
            return {}
        return dict(zip(self._voices, (self._matrix @ vector).tolist(), strict=True))

    def better(self, span: Span, voice: str, heard: Collection[str]) -> str:
        """Return the voice that a stretch belongs to instead; empty if it should stay.

        Args:
            span: the stretch.
            voice: whose it is so far.
            heard: the voices that the diarizer hears in it or beside it.
        """
        alike = self.similarities(span)
        if voice not in alike:
            return ""
        best = max(alike, key=lambda v: (alike[v], v))
        margin = HEARD if best in heard else UNHEARD
        return best if best != voice and alike[best] - alike[voice] >= margin else ""

    def boundary(self, unit: Unit, moment: int, first: str, second: str) -> int:
        """Find the word with which ``second`` takes over from ``first``, by number; 0 if none does.

        The diarizer hears pieces of up to two seconds and puts a change between two of them, so
        it may be the word that begins nearest to it, or one behind a pause or a comma beside it.
        What comes before must clearly sound like ``first`` and what follows like ``second``; of
        several words the clearest one is taken, and a pause speaks for the word behind it. Where
        one side is too short to be heard, the change must fall into a pause.
        """
        starts = [abs(word.span.start - moment) for word in unit.words]
        nearest = starts.index(min(starts))
        best, found = 0.0, 0
        for index in range(1, len(unit.words)):
            before, word = unit.words[index - 1], unit.words[index]
            pause = word.span.start - before.span.end
            ends = pause >= BREATH or before.text.rstrip().endswith(CLAUSE_ENDS)
            if index != nearest and not (ends and starts[index] <= NEAR):
                continue
            left, right = unit.part(0, index).span, unit.part(index, len(unit.words)).span
            sure = 0.0
            if min(left.duration, right.duration) < CLAUSE:
                around = Span(max(0, before.span.end - AROUND), word.span.start + AROUND)
                if pause >= SILENCE and around.start <= moment <= around.end:
                    sure = UNHEARD + HEARD
            else:
                a, b = self.similarities(left), self.similarities(right)
                if {first, second} <= a.keys() & b.keys():
                    leads = a[first] - a[second], b[second] - b[first]
                    if min(leads) >= HEARD:
                        sure = sum(leads) + UNHEARD * min(max(pause, 0), PAUSE) / PAUSE
            if sure > best:
                best, found = sure, index
        return found


def by_label(
    recording: str, cut: Sequence[Unit], heard: Diarization | None, name: str
) -> tuple[list[Decided], tuple[Voice, ...], list[Issue]]:
    """Give each unit to the voice of its label.

    A unit that clearly sounds like the voice of another label keeps its own and gets a flag. One
    without a label goes to the label whose voice is heard there, or else to nobody (``V0``);
    so does what several people said at once ("All").
    """
    ids = {label: f"V{number}" for number, label in enumerate(_in_order(cut), 1)}
    ballot = Ballot(heard.turns if heard else ())
    votes = [ballot.votes(unit.words) for unit in cut]
    owner = _owners(cut, votes)
    decided, doubted, unlabelled = [], 0, 0
    for unit, counted in zip(cut, votes, strict=True):
        by_label_votes = Counter(
            {ids[owner[voice]]: time for voice, time in counted.items() if voice in owner}
        )
        other = _clearly(counted, owner)
        if is_everybody(unit.label):
            decided.append(Decided(unit, NOBODY, "several at once", Counter()))
        elif unit.label:
            if other and other != unit.label:
                reason = f"sounds like the voice labelled {other}"
                unit = replace(unit, flags=(*unit.flags, Flag("voice", reason)))
                doubted += 1
            decided.append(Decided(unit, ids[unit.label], "label", by_label_votes))
        elif other:
            decided.append(Decided(unit, ids[other], "voice of a label", by_label_votes))
        else:
            unlabelled += 1
            decided.append(Decided(unit, NOBODY, "no label", Counter()))
    voices = tuple(_voices(recording, decided, ids))
    return decided, voices, _issues(doubted, unlabelled, len(cut), name)


def _in_order(cut: Sequence[Unit]) -> list[str]:
    labels = (unit.label for unit in cut if unit.label and not is_everybody(unit.label))
    return list(dict.fromkeys(labels))


def _owners(cut: Sequence[Unit], votes: Sequence[Counter[str]]) -> dict[str, str]:
    """Match each voice heard with the one label that it mostly goes with, and the reverse."""
    pairs: Counter[tuple[str, str]] = Counter()
    of_label: Counter[str] = Counter()
    of_voice: Counter[str] = Counter()
    for unit, counted in zip(cut, votes, strict=True):
        if unit.label and not is_everybody(unit.label):
            for voice, time in counted.items():
                pairs[voice, unit.label] += time
                of_label[unit.label] += time
                of_voice[voice] += time
    return {
        voice: label
        for (voice, label), time in pairs.items()
        if time >= MAJORITY * of_label[label] and time >= MAJORITY * of_voice[voice]
    }


def _clearly(counted: Counter[str], owner: Mapping[str, str]) -> str:
    """Return the label whose voice is heard throughout a unit; empty if that is not clear."""
    total = sum(counted.values())
    for voice, time in counted.most_common(1):
        if time >= max(CLEAR * total, ENOUGH):
            return owner.get(voice, "")
    return ""


def _voices(recording: str, decided: Sequence[Decided], ids: Mapping[str, str]) -> list[Voice]:
    time: Counter[str] = Counter()
    for item in decided:
        time[item.voice] += item.unit.span.duration
    return [Voice(voice, recording, speech=time[voice]) for voice in ids.values()]


def _issues(doubted: int, unlabelled: int, count: int, name: str) -> list[Issue]:
    issues = []
    if doubted:
        issues.append(
            Issue(
                "note",
                name,
                f"{doubted} of {count} passages sound like somebody else than their label says.",
                "The labels were kept; the passages are marked in the transcript.",
            )
        )
    if unlabelled:
        issues.append(
            Issue(
                "note",
                name,
                f"{unlabelled} of {count} passages have no speaker's name.",
                "They stand under V0, which stands for nobody.",
            )
        )
    return issues


# Units of one voice with a longer pause between them, in ms, are two turns.
APART = 2_000
# Turns that nobody could be given are cut to this length, in ms, so that they can be read.
READABLE = 60_000


def converse(
    recording: str,
    transcript: Transcript,
    diarization: Diarization | None = None,
    *,
    audio: Audio | None = None,
    embedder: VoiceEmbedder | None = None,
    name: str = "",
    progress: Progress = silent,
) -> tuple[Conversation, tuple[Issue, ...]]:
    """Make the turns of a recording from its words and voices.

    Labels on an imported transcript decide; without labels the diarization does, sentence by
    sentence, with a second opinion by voice where ``audio`` and ``embedder`` are given; with
    neither, everything belongs to one voice that stands for nobody (``V0``).

    Args:
        recording: its id.
        transcript: its words.
        diarization: who spoke when, if anybody found out.
        audio: the sound, for the second opinion.
        embedder: the one that made the diarization's prints.
        name: of the recording, for issues.
        progress: called with the step ``turns``.

    Returns:
        The conversation, and what a person should look at.
    """
    name = name or recording
    cut = units(transcript.segments, timed=transcript.timed)
    heard = diarization if diarization and diarization.turns and transcript.timed else None
    if any(unit.label for unit in cut):
        decided, voices, issues = by_label(recording, cut, heard, name)
    elif heard:
        opinion = None
        if audio and embedder and len(heard.prints) > 1:
            opinion = SecondOpinion(audio, embedder, heard.prints)
        decided = by_voice(cut, heard, opinion, progress)
        voices, issues = heard.voices, []
    else:
        decided = [Decided(unit, NOBODY, "voices not told apart", Counter()) for unit in cut]
        voices, issues = (), _nobody(cut, name)
    turns = _turns(recording, decided, timed=transcript.timed)
    if heard:
        turns = _overlapped(turns, Ballot(heard.turns))
    voices = _present(recording, voices, turns)
    return Conversation(recording, voices, turns, transcript.timed), tuple(issues)


def _turns(recording: str, decided: Sequence[Decided], *, timed: bool) -> tuple[Turn, ...]:
    """Make turns with ids of their own of consecutive units of one voice and label."""
    groups: list[list[Decided]] = []
    for item in decided:
        if groups and _goes_on(groups[-1], item, timed=timed):
            groups[-1].append(item)
        else:
            groups.append([item])
    seen: Counter[str] = Counter()
    turns = []
    for group in groups:
        turn = _turn(recording, group)
        seen[turn.id] += 1
        if seen[turn.id] > 1:
            turn = replace(turn, id=turn.id + _letters(seen[turn.id] - 2))
        turns.append(turn)
    return tuple(turns)


def _goes_on(group: Sequence[Decided], item: Decided, *, timed: bool) -> bool:
    last, first = group[-1], group[0]
    if (last.voice, last.unit.label) != (item.voice, item.unit.label):
        return False
    if not timed:
        return True
    if item.voice == NOBODY and item.unit.span.end - first.unit.span.start > READABLE:
        return False
    return item.unit.span.start - last.unit.span.end <= APART


def _turn(recording: str, group: Sequence[Decided]) -> Turn:
    """Make one turn; its share is the part of its words' time that lies under its voice."""
    whole = together([item.unit for item in group])
    voice = group[0].voice
    votes: Counter[str] = Counter()
    for item in group:
        votes.update(item.votes)
    total = sum(votes.values())
    rivals = {v: time for v, time in votes.items() if v != voice}
    runner_up = max(rivals, key=lambda v: (rivals[v], v)) if rivals else ""
    return Turn(
        f"{recording}-{whole.span.start:08d}",
        recording,
        voice,
        whole.span,
        whole.words,
        whole.label,
        share=round(votes[voice] / total, 4) if total else float(group[0].by == "label"),
        runner_up=runner_up,
        runner_up_share=round(rivals[runner_up] / total, 4) if runner_up else 0.0,
        decided_by="; ".join(dict.fromkeys(item.by for item in group)),
        timing=whole.timing,
        flags=whole.flags,
    )


def _letters(number: int) -> str:
    """Return the letters of a number: a, b, ..., z, aa, ab, ... for 0, 1, ..."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = string.ascii_lowercase[rest] + letters
    return letters


def _overlapped(turns: Sequence[Turn], ballot: Ballot) -> tuple[Turn, ...]:
    """Mark turns with the spans in which the diarizer hears somebody else as well."""
    marked = []
    for turn in turns:
        inside = [(near.span & turn.span, near.voice) for near in ballot.near(turn.span)]
        mine = [span for span, voice in inside if span and voice == turn.voice]
        shared = [
            span & own
            for span, voice in inside
            if span and voice != turn.voice
            for own in mine
            if span.overlaps(own)
        ]
        marked.append(replace(turn, overlaps=_union(shared)) if shared else turn)
    return tuple(marked)


def _union(spans: Sequence[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end:
            joined[-1] |= span
        else:
            joined.append(span)
    return tuple(joined)


def _present(recording: str, voices: Sequence[Voice], turns: Sequence[Turn]) -> tuple[Voice, ...]:
    """List all voices that were heard, and those of turns that no diarizer knows."""
    known = {voice.id for voice in voices}
    time: Counter[str] = Counter()
    for turn in turns:
        time[turn.voice] += turn.span.duration
    others = (Voice(v, recording, speech=t) for v, t in sorted(time.items()) if v not in known)
    return (*voices, *others)


def _nobody(cut: Sequence[Unit], name: str) -> list[Issue]:
    if not cut:
        return []
    return [
        Issue(
            "warning",
            name,
            "the voices were not told apart; everything is under V0, which stands for nobody.",
            "Bring sound, or a transcript with names, to know who said what.",
        )
    ]
