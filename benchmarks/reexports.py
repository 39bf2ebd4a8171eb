"""What people decided, after the recording was exported again in another container and bit rate.

The first recording of the demo is heard; in every turn a word is corrected to one that nobody
said, and every voice is given to somebody of the roster. Then the recording is exported as another
kind of file, the old one is taken away, the pass runs again with nothing else changed, and it is
counted how many of the new words stand in the new transcript (within a second of their place) and
how many voices bear the name they were given; what does not must be told in an issue.

``python -m benchmarks.reexports [--data SESSION_FOLDER] [--minutes 4]``. Nothing is chosen on it.
"""

from __future__ import annotations

import shutil
import tempfile
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.common import need, parser, report

DEMO = Path(__file__).resolve().parent.parent / "demo"
WAYS = {
    "wav": ("pcm_s16le", 0),
    "mp3": ("mp3", 48_000),
    "m4a": ("aac", 32_000),
    "ogg": ("libopus", 16_000),
}
"""Name's ending, codec, bits per second."""


def main() -> None:
    """Decide, export again in every way, run, count."""
    arguments = parser(__doc__)
    arguments.add_argument("--minutes", type=float, default=4.0, help="of the recording")
    arguments.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    chosen = arguments.parse_args()
    source = need(chosen.data or DEMO / "recordings" / "regional-mechanism", "a session with sound")
    with tempfile.TemporaryDirectory(prefix="fgd-reexports-") as scratch:
        first = Path(scratch) / "first"
        folder = first / "recordings" / "meeting"
        folder.mkdir(parents=True)
        shutil.copy(DEMO / "fgd.toml", first)
        shutil.copy(source / "participants.csv", folder)
        sound = min(
            path for path in source.iterdir() if path.suffix in (".ogg", ".wav", ".m4a", ".mp3")
        )
        export(sound, folder / "talk.wav", "pcm_s16le", 0, chosen.minutes)
        decided = decide(first)
        figures: dict[str, Any] = {"decisions": len(decided), "minutes": chosen.minutes}
        for ending in chosen.ways:
            again = Path(scratch) / ending
            shutil.copytree(first, again)
            here = again / "recordings" / "meeting"
            name = f"exported.{ending}"
            export(here / "talk.wav", here / name, *WAYS[ending], chosen.minutes)
            (here / "talk.wav").unlink()
            figures[ending] = kept(again, decided)
        report("reexports", source.name, figures)


def export(sound: Path, path: Path, codec: str, rate: int, minutes: float) -> None:
    """Write the beginning of a recording in another container, as a meeting platform would."""
    import av

    with av.open(str(sound)) as read, av.open(str(path), "w") as written:
        stream: Any = written.add_stream(codec, rate=48_000 if codec == "libopus" else 16_000)
        stream.layout = "mono"
        if rate:
            stream.bit_rate = rate
        resampler = av.AudioResampler(stream.format, "mono", stream.rate, stream.frame_size or None)
        for frame in read.decode(audio=0):
            if frame.time is not None and frame.time > 60 * minutes:
                break
            for piece in resampler.resample(frame):
                written.mux(stream.encode(piece))
        for piece in resampler.resample(None):
            written.mux(stream.encode(piece))
        written.mux(stream.encode(None))


def done(root: Path) -> tuple[Any, Any]:
    """Run the pass over the one session; the context and what became of it."""
    from fgd import pipeline
    from fgd.workspace.project import Project

    project = Project.open(root)
    context = pipeline.SessionContext(project, project.session("meeting"))
    return context, pipeline.run(context)


def conversation(context: Any) -> Any:
    """The conversation of the only recording."""
    from fgd.model import Conversation

    recording = context.intake.session.recordings[0].id
    return context.store.load(f"{recording}/conversation", Conversation).value


def decide(root: Path) -> list[Any]:
    """Hear, then correct every turn and name every voice."""
    from fgd.decisions import corrections, log, voices

    context, _ = done(root)
    talk = conversation(context)
    by = {"by": "Rapporteur", "when": "2026-01-01T00:00:00"}
    made: list[Any] = []
    for number, turn in enumerate(talk.turns):
        words = turn.text.split()
        words[len(words) // 2] = f"Qzorro{number}"
        made += corrections.rewrite(turn, " ".join(words), **by)
    people = cycle(person.id for person in context.intake.session.participants)
    spoken = dict.fromkeys(turn.voice for turn in talk.turns)
    made += [voices.name_voice(talk, voice, next(people), **by) for voice in spoken]
    log.append(root / "recordings" / "meeting" / "decisions.jsonl", made)
    done(root)
    return made


def kept(root: Path, decided: list[Any]) -> dict[str, Any]:
    """How many decisions hold for the new file, and how many of the others are told."""
    from fgd.attribution import Attributed
    from fgd.decisions import voices

    context, outcome = done(root)
    talk = conversation(context)
    words = [word for turn in talk.turns for word in turn.words]
    attributed = context.store.load("attribution", Attributed).value
    named = {each.voice: each.participant for each in attributed.attributions if not each.turn}
    lost: list[str] = []
    for each in decided:
        if each.field == "words":
            near = "".join(w.text for w in words if abs(w.span.start - each.anchor.start) < 1000)
            held = all(part in near for part in each.value.split())
        else:
            held = named.get(voices.voice_at(talk.turns, each.anchor)) == each.value
        if not held:
            lost.append(f"{each.target} at {each.anchor.start} ms: {each.value}")
    told = [issue.message for issue in outcome.issues if "decision" in issue.where + issue.message]
    share = 1 - len(lost) / len(decided)
    return {"share": round(share, 3), "lost": lost, "told": told}


if __name__ == "__main__":
    main()
