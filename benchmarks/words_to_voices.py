"""Every word under the right voice: word diarization error on the demo, before and after the
second opinion.

    python -m benchmarks.words_to_voices [--recording NAME] [--transcript FILE ...] [--most N]
    python -m benchmarks.words_to_voices --data DIR --dataset diarization/ami30 [--checkpoint FILE]

With ``--data`` the recordings are real meetings, with the words of people as reference
(``DIR/gold/transcription``): once with the reference's own words, and with ``--checkpoint`` with
those that Whisper hears.

Without ``--transcript`` the words are the reference's own, once with their times as they are and
once with times as a recogniser gives them (``--jitter``: boundaries moved at random with this
standard deviation, pauses swallowed by the word before). A transcript is a step's record as
``fgd run`` leaves it (``outputs/SESSION/work/RECORDING/transcript.json``).

WDER is the share of words (those that align with the reference, right or wrong) that stand under
a voice other than their speaker's, with the best one-to-one mapping of voices to speakers (Shafey,
Soltau, Shafran, "Joint Speech Recognition and Speaker Diarization via Sequence Transduction",
2019). ``repaired`` and ``broken`` count words that the second opinion moved to the right voice,
and away from it; ``by_segment`` and ``by_word`` are what the usual joins would give.
``cpwer`` is the word error rate with each voice's words against those of the speaker it is mapped
to (concatenated minimum-permutation, meeteval), after Whisper's normaliser of English;
``worst_speaker`` the highest rate of one speaker under that mapping.
``worse_diarizer`` is the same with a diarization made worse on purpose: every change of voice
moved at random (0.7 s), and one turn in ten given to another voice. The diarizer makes so few
mistakes on the demo that the second opinion has hardly anything to repair there.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

import msgspec

from benchmarks.common import need, parser, report
from fgd import diarization
from fgd.audio import decode, detect
from fgd.audio.decode import Audio
from fgd.core.settings import SpeechSettings
from fgd.diarization.assignment import Ballot
from fgd.diarization.embedded import EmbeddedDiarizer
from fgd.model import Conversation, Segment, Span, Transcript, Word

DEMO = Path(__file__).parent.parent / "demo"
SOURCE = "the demo's recordings and reference, made by python -m demo.stage"
MEETINGS = "AMI clips with words, laid out as DIR/diarization/ami30 and DIR/gold"
SEGMENT = 12  # words in a segment made from reference words
# How a diarization is made worse: changes of voice moved by this many ms (standard deviation), and
# the share of turns given to a wrong voice.
MOVED, MISTAKEN = 700, 0.1
SILENCE = 1_000  # ms between two turns above which no change of voice is moved


@dataclass(frozen=True)
class Said:
    """A reference word."""

    word: Word
    speaker: str


def main() -> None:
    """Run the benchmark named by the command line."""
    arguments = parser(__doc__, dataset="demo/regional-mechanism")
    arguments.add_argument("--transcript", type=Path, nargs="*", default=[])
    arguments.add_argument("--jitter", type=int, default=120, help="of word boundaries, in ms")
    arguments.add_argument("--most", type=int, default=9, help="voices there may be")
    arguments.add_argument("--recording", default="", help="of the demo; else the first")
    arguments.add_argument("--checkpoint", default="", help="a Whisper checkpoint, with --data")
    chosen = arguments.parse_args()
    if chosen.data:
        report("words_to_voices", chosen.dataset, _meetings(chosen))
        return
    session = chosen.dataset.removeprefix("demo/")
    folder = need(DEMO / "recordings" / session, SOURCE)
    source, *_ = sorted(folder.glob(f"{chosen.recording or '*'}.ogg"))
    reference = need(DEMO / "reference" / session / source.stem / "words.json", SOURCE)
    said = [
        Said(Word(Span(w["start_ms"], w["end_ms"]), f" {w['text']}"), w["speaker"])
        for w in json.loads(reference.read_text(encoding="utf-8"))
    ]
    said.sort(key=lambda s: s.word.span)
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "sound.wav"
        decode(source, target, source.stem)
        audio = Audio.open(target)
        encoder = diarization.VoiceEncoder()
        found = diarization.diarize(
            source.stem,
            audio,
            detect(audio, SpeechSettings()),
            EmbeddedDiarizer(encoder),
            embedder=encoder,
            bounds=diarization.VoiceBounds(1, chosen.most),
        )
        transcripts = {
            "reference_words": _transcript(source.stem, [s.word for s in said]),
            "reference_words_with_jitter": _transcript(
                source.stem, _jittered([s.word for s in said], chosen.jitter)
            ),
        } | {str(path): _stored(path) for path in chosen.transcript}
        figures = {
            name: _measured(transcript, found, audio, encoder, said)
            for name, transcript in transcripts.items()
        }
        figures["worse_diarizer"] = _measured(
            transcripts["reference_words_with_jitter"], _worse(found), audio, encoder, said
        )
    report("words_to_voices", chosen.dataset, figures)


def _meetings(chosen: argparse.Namespace) -> dict[str, object]:
    """The figures of real meetings, words of all of them counted together."""
    folder = need(chosen.data / chosen.dataset, MEETINGS)
    words = need(chosen.data / "gold/transcription" / folder.name, MEETINGS)
    encoder = diarization.VoiceEncoder()
    diarizer = EmbeddedDiarizer(encoder)
    counted: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for path in sorted(folder.glob("*.wav")):
            told = json.loads((words / f"{path.stem}.words.json").read_text(encoding="utf-8"))
            said = [
                Said(
                    Word(Span(round(1000 * w["start"]), round(1000 * w["end"])), f" {w['text']}"),
                    w["speaker"],
                )
                for w in told["words"]
                if w["end"] > w["start"]
            ]
            said.sort(key=lambda s: s.word.span)
            target = Path(scratch) / path.name
            decode(path, target, path.stem)
            audio = Audio.open(target)
            speech = detect(audio, SpeechSettings())
            bounds = diarization.VoiceBounds(1, min(chosen.most, 4))
            found = diarization.diarize(
                path.stem, audio, speech, diarizer, embedder=encoder, bounds=bounds
            )
            transcripts = {"reference_words": _transcript(path.stem, [s.word for s in said])}
            if chosen.checkpoint:
                heard = _heard(audio, speech, chosen.checkpoint, Path(scratch) / path.stem)
                transcripts["heard_words"] = heard
            for kind, transcript in transcripts.items():
                figures = _measured(transcript, found, audio, encoder, said)
                total = counted.setdefault(kind, Counter())
                number = int(str(figures["words"]))
                total["words"] += number
                for key in ("moved", "repaired", "broken", "cp_errors", "cp_length"):
                    total[key] += int(str(figures[key]))
                for key in ("wder", "wder_without_second_opinion", "wder_by_segment"):
                    total[key] += round(float(str(figures[key])) * number)
    return {
        kind: {
            key: round(value / total["words"], 4) if key.startswith("wder") else value
            for key, value in total.items()
        }
        | {"cpwer": round(total["cp_errors"] / total["cp_length"], 4)}
        for kind, total in counted.items()
    }


def _heard(audio: Audio, speech: Sequence[Span], checkpoint: str, scratch: Path) -> Transcript:
    """What Whisper makes of a recording, as in ``fgd run``."""
    from fgd import transcription
    from fgd.core import backends
    from fgd.core.settings import Settings
    from fgd.transcription.transcriber import Hints
    from fgd.workspace.store import hash_file

    context = backends.Context(Path.cwd(), Path.cwd() / "weights", Settings(), hash_file)
    transcriber = backends.resolve("transcriber", f"whisper:{checkpoint}", context)
    transcript, _ = transcription.transcribe(
        scratch.name, audio, speech, transcriber, Hints(("en",)),
        partial=scratch.with_suffix(".jsonl"), key="benchmark", name=scratch.name,
    )  # fmt: skip
    return transcript


def _measured(
    transcript: Transcript,
    found: diarization.Diarization,
    audio: Audio,
    encoder: diarization.VoiceEncoder,
    said: Sequence[Said],
) -> dict[str, object]:
    """WDER with and without the second opinion, and of the usual joins."""
    plain, _ = diarization.converse(found.recording, transcript, found)
    full, _ = diarization.converse(
        found.recording, transcript, found, audio=audio, embedder=encoder
    )
    heard = [word for segment in transcript.segments for word in segment.words]
    pairs = _aligned(heard, said)
    before, after = _voice_of(plain), _voice_of(full)
    ballot = Ballot(found.turns)
    by_word = {id(w): _most(ballot.votes([w]), ballot, w.span) for w in heard}
    by_segment = {
        id(w): _most(ballot.votes(s.words), ballot, w.span)
        for s in transcript.segments
        for w in s.words
    }
    right_before, right_after = _right(before, pairs), _right(after, pairs)
    moved = [k for k in right_before if before.get(k) != after.get(k)]
    wrong: Counter[str] = Counter()
    for word, speaker in pairs:
        if not right_after[id(word)]:
            wrong[speaker] += 1
    return {
        "wder": _rate(right_after),
        "wder_without_second_opinion": _rate(right_before),
        "wder_by_word": _rate(_right(by_word, pairs)),
        "wder_by_segment": _rate(_right(by_segment, pairs)),
        "words": len(pairs),
        "moved": len(moved),
        "repaired": sum(right_after[k] and not right_before[k] for k in moved),
        "broken": sum(right_before[k] and not right_after[k] for k in moved),
        "turns": len(full.turns),
        **_permuted(full, said),
        "wrong_words_by_speaker": dict(wrong),
    }


def _permuted(conversation: Conversation, said: Sequence[Said]) -> dict[str, object]:
    """The word error rate by speaker, under the best mapping of voices to speakers."""
    import jiwer
    from meeteval.wer import cp_word_error_rate
    from whisper.normalizers import EnglishTextNormalizer

    plain = EnglishTextNormalizer()
    ours: dict[str, str] = {}
    theirs: dict[str, str] = {}
    for turn in conversation.turns:
        ours[turn.voice] = f"{ours.get(turn.voice, '')} {turn.text}"
    for each in said:
        theirs[each.speaker] = theirs.get(each.speaker, "") + each.word.text
    ours = {voice: plain(text) for voice, text in ours.items()}
    theirs = {speaker: plain(text) for speaker, text in theirs.items()}
    found = cp_word_error_rate(theirs, ours)
    rates = {
        speaker: jiwer.wer(theirs[speaker], ours.get(voice, "") if voice else "")
        for speaker, voice in found.assignment
        if speaker and len(theirs[speaker].split()) >= SEGMENT
    }
    worst = max(rates, key=lambda speaker: rates[speaker])
    return {
        "cpwer": round(float(found.error_rate), 4),
        "cp_errors": int(found.errors),
        "cp_length": int(found.length),
        "worst_speaker": [worst, round(rates[worst], 4)],
    }


def _voice_of(conversation: Conversation) -> dict[int, str]:
    return {id(word): turn.voice for turn in conversation.turns for word in turn.words}


def _most(votes: Counter[str], ballot: Ballot, span: Span) -> str:
    return max(votes, key=lambda v: (votes[v], v)) if votes else ballot.nearest(span)


def _right(voice: dict[int, str], pairs: Sequence[tuple[Word, str]]) -> dict[int, bool]:
    """Whether each aligned word stands under its speaker, with the best mapping of voices."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    names = sorted({voice.get(id(word), "") for word, _ in pairs})
    speakers = sorted({speaker for _, speaker in pairs})
    shared = np.zeros((len(names), len(speakers)))
    for word, speaker in pairs:
        shared[names.index(voice.get(id(word), "")), speakers.index(speaker)] += 1
    rows, columns = linear_sum_assignment(-shared)
    mapping = {names[r]: speakers[c] for r, c in zip(rows, columns, strict=True)}
    return {id(word): mapping.get(voice.get(id(word), "")) == speaker for word, speaker in pairs}


def _rate(right: dict[int, bool]) -> float:
    return round(1 - sum(right.values()) / max(len(right), 1), 4)


def _aligned(heard: Sequence[Word], said: Sequence[Said]) -> list[tuple[Word, str]]:
    """Heard words with the speaker of the reference word that each aligns with."""
    if len(heard) == len(said) and all(
        h.text.strip() == s.word.text.strip() for h, s in zip(heard, said, strict=True)
    ):
        return [(h, s.speaker) for h, s in zip(heard, said, strict=True)]
    import kaldialign

    gap = "\0"
    ours = [_plain(word) for word in heard]
    theirs = [_plain(s.word) for s in said]
    pairs, i, j = [], 0, 0
    for reference, hypothesis in kaldialign.align(theirs, ours, gap):
        if reference != gap and hypothesis != gap:
            pairs.append((heard[i], said[j].speaker))
        i += hypothesis != gap
        j += reference != gap
    return pairs


def _plain(word: Word) -> str:
    return "".join(c for c in word.text.lower() if c.isalnum()) or "-"


def _transcript(recording: str, words: Sequence[Word]) -> Transcript:
    pieces = [words[i : i + SEGMENT] for i in range(0, len(words), SEGMENT)]
    segments = tuple(
        Segment(Span(p[0].span.start, max(w.span.end for w in p)), tuple(p)) for p in pieces
    )
    return Transcript(recording, segments)


def _jittered(words: Sequence[Word], deviation: int) -> list[Word]:
    """Words with the times a recogniser might give; still in order."""
    rng = random.Random(5)
    starts = [max(0, w.span.start + round(rng.gauss(0, deviation))) for w in words]
    starts = list(accumulate(starts, max))
    moved = []
    for i, word in enumerate(words):
        end = max(starts[i] + 20, word.span.end + round(rng.gauss(0, deviation)))
        if i + 1 < len(words) and (end > starts[i + 1] or rng.random() < 0.7):
            end = max(starts[i], min(starts[i + 1], end + 1_000))
        moved.append(Word(Span(starts[i], end), word.text))
    return moved


def _worse(found: diarization.Diarization) -> diarization.Diarization:
    """The same diarization with its changes of voice moved and some turns mistaken."""
    rng = random.Random(11)
    names = [voice.id for voice in found.voices]
    turns = list(found.turns)
    for i in range(len(turns) - 1):
        left, right = turns[i], turns[i + 1]
        if left.voice != right.voice and right.span.start - left.span.end < SILENCE:
            moment = left.span.end + round(rng.gauss(0, MOVED))
            moment = min(max(moment, left.span.start + 50), right.span.end - 50)
            turns[i] = replace(left, span=Span(left.span.start, moment))
            turns[i + 1] = replace(right, span=Span(moment, right.span.end))
    for i, turn in enumerate(turns):
        if rng.random() < MISTAKEN:
            turns[i] = replace(turn, voice=rng.choice([n for n in names if n != turn.voice]))
    return replace(found, turns=tuple(turns))


def _stored(path: Path) -> Transcript:
    """The transcript in a step's record."""
    record = json.loads(need(path, "a record that fgd run leaves").read_text(encoding="utf-8"))
    return msgspec.convert(record["value"], Transcript)


if __name__ == "__main__":
    main()
