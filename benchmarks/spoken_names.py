"""Bodies of the gazetteer, said by a synthetic voice, heard by ``base``: joined, or not.

``pip install hibari-tts==0.2.1`` (Apache-2.0, a voice and its weights) into the environment, then
``python -m benchmarks.spoken_names [--every N]``. Each body is named once in a sentence of an
introduction that the voice says; what OpenAI's ``base`` wrote of it goes through the product's
attribution without any roster. A name is right if it is joined to the body that was said, wrong if
to another one, and silent if it stays a string that was heard. The voice is a native speaker's;
nobody from the region speaks like it, so this says how hard such names are to hear, not what
accents do to them.
"""

from __future__ import annotations

import argparse
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import fgd.attribution
from benchmarks.common import report
from fgd.attribution import attribute
from fgd.model import Conversation, Session, Span, Turn, Voice, Word
from fgd.transcription.whisper import checkpoints

SENTENCES = (
    "Good morning. My name is Rosa Lim and I work at the {name}.",
    "Good morning, I am Rosa Lim from the {name}.",
    "Thank you, chair. I am Rosa Lim, and I represent the {name}.",
)
LEADS = "Would the next speaker please introduce themselves?"
RATE = 16_000


def bodies() -> list[dict[str, Any]]:
    """The bodies of the shipped gazetteer."""
    path = Path(fgd.attribution.__file__).with_name("gazetteer.toml")
    found: list[dict[str, Any]] = tomllib.loads(path.read_text("utf-8"))["body"]
    return found


def talk(said: str) -> Conversation:
    """A chair who asks for an introduction, and the sentence as it was heard."""
    lines = (("V1", LEADS), ("V2", said), ("V1", "Thank you very much."))
    spans = [Span(9000 * n, 9000 * n + 8000) for n in range(len(lines))]
    turns = tuple(
        Turn(f"talk/{n}", "talk", voice, spans[n], (Word(spans[n], f" {text}"),))
        for n, (voice, text) in enumerate(lines)
    )
    return Conversation("talk", tuple(Voice(name, "talk") for name in ("V1", "V2")), turns)


def main() -> None:
    """Say, hear and attribute every body."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--every", type=int, default=1, help="take only every N-th body")
    options = arguments.parse_args()
    import whisper
    from hibari import Hibari
    from scipy.signal import resample_poly

    speech, model = Hibari(), whisper.load_model(str(checkpoints.shared_folder() / "base.pt"))
    counts: Counter[str] = Counter()
    for number, body in enumerate(bodies()[:: options.every]):
        sound = speech(SENTENCES[number % len(SENTENCES)].format(name=body["name"]))
        heard = model.transcribe(
            resample_poly(sound, RATE, 24_000).astype("float32"), language="en", temperature=0.0
        )["text"].strip()
        found = attribute(Session("talk", languages=("en",)), (talk(heard),))
        told = [each.name for each in found.institutions]
        verdict = "silent" if not told else "right" if body["name"] in told else "wrong"
        literal = body["name"].casefold() in heard.casefold()
        counts[verdict] += 1
        counts[f"{verdict}, {'heard as written' if literal else 'misheard'}"] += 1
        if verdict == "wrong":
            print(body["name"], "|", heard, "|", told)
    report("spoken_names", "gazetteer", dict(sorted(counts.items())))


if __name__ == "__main__":
    main()
