"""The training text: never the session's own sentences, always the session's own words."""

from __future__ import annotations

import itertools
import random

import pytest

from demo import language
from demo.lexicon import names, spoken
from demo.session_one import LINES
from demo.targets import tokenizer, used_tokens


def test_training_never_says_a_sentence_of_the_session() -> None:
    """The checkpoint must show generalisation: what the session says is drawn again, not repeated."""
    session = {language.normal(s) for line in LINES for s in language.sentences_of(line.text)}
    assert len(session) > 90
    for text in itertools.islice(language.sentences("a test"), 2500):
        assert not session & {language.normal(part) for part in language.sentences_of(text)}, text


def test_the_guard_is_needed_and_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """A grammar that does say a sentence of the session has that sentence, and it alone, taken out."""
    rules = {"sentence": ("The data were not in the room.", "The data were in the room.")}
    monkeypatch.setattr(language, "rules", lambda: rules)
    monkeypatch.setattr(language, "MIXTURE", {"grammar": 1.0})
    heard = set(itertools.islice(language.sentences("guard"), 50))
    assert heard == {"The data were in the room."}


def test_every_word_of_the_session_is_trained() -> None:
    known = {word.lower() for word in language.vocabulary()}
    said = {word.strip(".,?").lower() for line in LINES for word in line.text.split()}
    assert said <= known
    assert 600 < len(known) < 1000


def test_every_word_of_the_session_has_its_tokens() -> None:
    tokens = set(used_tokens())
    for line in LINES:
        assert set(tokenizer().encode(" " + line.text)) <= tokens, line.text


def test_sentences_are_written_as_sentences() -> None:
    for text in itertools.islice(language.sentences("form"), 1000):
        assert text[0].isupper()
        assert text[-1] in ".?"
        assert ".." not in text and ",," not in text and "  " not in text and "$" not in text
        assert len(text.split()) <= language.LONGEST


def test_names_keep_their_capitals_in_chains_and_salad() -> None:
    chance, proper = random.Random(5), {name.lower() for name in names()} - {"the"}
    only_names = {name for name in proper if name.title() not in {"Policy", "Action", "Women"}}
    lower = {word for word in language.vocabulary() if word.islower()}
    for maker in (language.chain_sentence, language.salad_sentence):
        for _ in range(300):
            for word in maker(chance).split():
                bare = word.strip(".,?")
                assert not (bare.islower() and bare in only_names - lower), word


def test_people_and_institutions_combine_freely() -> None:
    """Otherwise the decoder would know who belongs where, and the demo would prove nothing."""
    places: dict[str, set[str]] = {}
    institutions = set(language.rules()["institution"])
    for text in itertools.islice(language.sentences("free"), 6000):
        for person in ("Somchai", "Ratna", "Khamla"):
            if person in text.split():
                places.setdefault(person, set()).update(i for i in institutions if i in text)
    assert all(len(found) >= 6 for found in places.values())
    assert len(places) == 3


def test_acronyms_are_spelled_or_spoken() -> None:
    assert spoken("CRMS,") == "see are em ess,"
    assert spoken("HILA") == "hee lah"
    assert spoken("peace.") == "peace."


def test_a_broken_rule_is_named() -> None:
    with pytest.raises(ValueError, match="not 'sentence is this'"):
        language.read_rules("sentence is this")
