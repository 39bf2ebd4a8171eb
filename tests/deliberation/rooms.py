"""Small invented discussions, written as lines of "NAME: words"."""

from __future__ import annotations

from fgd.core.embeddings import embedder
from fgd.deliberation import deliberate
from fgd.model import (
    Conversation,
    Decision,
    Deliberated,
    Participant,
    Proposition,
    Recording,
    Response,
    Session,
    Slice,
    Span,
    Turn,
    Word,
)


def heard(script: str, recording: str = "talk") -> Conversation:
    """The turns of a script; a word takes 300 ms, a pause between turns 200."""
    turns, at = [], 0
    for number, line in enumerate(filter(None, map(str.strip, script.strip().splitlines()))):
        name, _, text = line.partition(": ")
        words, start = [], at
        for word in text.split():
            words.append(Word(Span(at, at + 300), f" {word}"))
            at += 300
        turns.append(
            Turn(f"{recording}/{number}", recording, name, Span(start, at), tuple(words), name)
        )
        at += 200
    return Conversation(recording, (), tuple(turns))


def session(chair: str = "", languages: tuple[str, ...] = ("en",)) -> Session:
    """A session of one recording; its chair is known if named."""
    people = (Participant(chair.casefold(), chair, "facilitator"),) if chair else ()
    return Session(
        "talk",
        languages=languages,
        participants=people,
        recordings=(Recording("talk", "talk.txt", "", "transcript"),),
    )


class Told:
    """What was read of a script, with the words themselves."""

    def __init__(
        self,
        script: str,
        *,
        languages: tuple[str, ...] = ("en",),
        decisions: tuple[Decision, ...] = (),
    ) -> None:
        self.talk = heard(script)
        self.turns = {turn.id: turn for turn in self.talk.turns}
        self.found: Deliberated = deliberate(
            session(languages=languages),
            [self.talk],
            embedder=embedder("minilm"),
            decisions=decisions,
        )

    def words(self, place: Slice) -> str:
        """The words of a slice."""
        return self.turns[place.turn].text[place.start : place.end]

    def proposition(self, part: str) -> Proposition:
        """The proposition that holds some words."""
        (found,) = [p for p in self.found.propositions if part in self.words(p.place)]
        return found

    def put(self, kind: str = "proposal") -> list[str]:
        """The words of all propositions of a kind."""
        return [self.words(p.place) for p in self.found.propositions if p.kind == kind]

    def responses(self, part: str) -> list[Response]:
        """The responses to the proposition that holds some words."""
        key = self.proposition(part).id
        return [each for each in self.found.responses if each.proposition == key]

    def sides(self, part: str) -> dict[str, str]:
        """Who took which side towards the proposition that holds some words; ``open`` left out."""
        return {
            each.who.rpartition("/")[2]: each.side
            for each in self.responses(part)
            if each.side != "open"
        }
