"""The index: what is found in it, and that it can be lost, damaged, shared and emptied."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from fgd.core.embeddings import unit_rows
from fgd.core.errors import BackendUnavailable, InputError, StoreError
from fgd.search import Entry, Found, Index, Passage, Speaker, Way, find, parse
from fgd.search import index as made_by

WIDE = 64
MODEL = "test/1"

Said = Sequence[tuple[int, str]]

HARBOUR: Said = (
    (0, "Welcome to the harbour talks."),
    (1, "We propose a joint patrol of the strait, paid by both ports."),
    (2, "The patrol needs boats, and boats need crews in Đà Nẵng."),
    (1, "Yes."),
)
MARKET: Said = (
    (0, "Who keeps the night market open?"),
    (1, "Traders pay a fee, and the fee pays the guards."),
    (2, "พ่อค้าจ่ายค่าธรรมเนียมให้ยาม"),
)
PEOPLE = (
    Speaker("Ana Reyes", "Ana Reyes", ("Ana Reyes",)),
    Speaker("Bao Tran (PORT)", "Bao Tran", ("Bao Tran", "Mr Tran"), ("PORT", "Port Authority")),
    Speaker("Cora Lim (TU)", "Cora Lim", ("Cora Lim",), ("TU", "Traders' Union")),
)


class Bags:
    """Vectors of bags of words: texts are alike as far as they share words."""

    id, version = "test", "1"

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """See ``Embedder``."""
        rows = np.zeros((len(texts), WIDE), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                seed = int.from_bytes(hashlib.sha256(word.strip(".,?").encode()).digest()[:4])
                row += np.random.default_rng(seed).standard_normal(WIDE).astype(np.float32)
        return unit_rows(rows)


def entry(name: str, said: Said, date: str = "", programme: str = "") -> Entry:
    passages = tuple(
        Passage("r1", 0, f"r1-{n:04}", 0, len(text), 1000 * n, 1000 * n + 900, who, n % 2, text,
                text if len(text) > 5 else "")
        for n, (who, text) in enumerate(said)
    )  # fmt: skip
    return Entry(
        name, "stamp", "content", name.title(), programme, date, PEOPLE, ("Opening", "Money"),
        passages,
    )  # fmt: skip


def vectors(of: Entry) -> npt.NDArray[np.float32]:
    return Bags().embed([each.meant for each in of.passages])


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index(tmp_path / "search.sqlite", MODEL)
    for each in (entry("harbour", HARBOUR, "2025-03-02", "sea"), entry("market", MARKET)):
        made.put(each, vectors(each))
    return made


def asked(index: Index, text: str, way: Way = "both") -> Found:
    return find(index, parse(text), Bags(), way=way)


def texts(found: Found) -> list[str]:
    return [hit.text for hit in found.hits]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("joint patrol", HARBOUR[1][1]),
        ('"boats need"', HARBOUR[2][1]),
        ("da nang", HARBOUR[2][1]),
        ("trad*", MARKET[1][1]),
        ("ค่าธรรมเนียม", MARKET[2][1]),
        ("ธรรมเนียม", MARKET[2][1]),
        ("patrol -joint", HARBOUR[2][1]),
        ("by:cora boats", HARBOUR[2][1]),
        ("by:tran fee", MARKET[1][1]),
        ('institution:"port authority" pays', MARKET[1][1]),
        ("session:market pays", MARKET[1][1]),
        ("programme:sea the", HARBOUR[0][1]),
        ("section:money patrol", HARBOUR[1][1]),
    ],
)
def test_what_is_looked_for_comes_first(index: Index, text: str, first: str) -> None:
    assert texts(asked(index, text, "words"))[0] == first


def test_a_phrase_must_be_there_also_where_meaning_ranks(index: Index) -> None:
    assert texts(asked(index, '"joint patrol" boats', "meaning")) == [HARBOUR[1][1]]
    assert HARBOUR[1][1] not in texts(asked(index, "patrol boats -joint", "meaning"))


def test_meaning_finds_what_shares_few_words(index: Index) -> None:
    found = asked(index, "who keeps the market", "meaning")
    assert texts(found)[0] == MARKET[0][1]
    assert found.passages == 7


def test_filters_alone_list_what_they_leave(index: Index) -> None:
    assert texts(asked(index, "by:cora")) == [HARBOUR[2][1], MARKET[2][1]]
    assert texts(asked(index, "by:cora by:ana session:market")) == [MARKET[0][1], MARKET[2][1]]


def test_sessions_without_a_date_are_told_where_dates_count(index: Index) -> None:
    found = asked(index, "since:2025 until:2025-03 the")
    assert {hit.session for hit in found.hits} == {"harbour"}
    assert found.notes == ("1 session has no date and was left out.",)
    assert not asked(index, "since:2025-04 patrol").hits


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("by:borat", 'or by:"Bao Tran"?'),
        ("institution:portt", "Did you mean institution:PORT"),
        ("session:zzz", "There are: Harbour, Market."),
        ("programme:x", "There are: sea."),
    ],
)
def test_a_filter_that_names_nothing_says_what_there_is(index: Index, text: str, told: str) -> None:
    with pytest.raises(InputError) as problem:
        asked(index, text)
    assert told in str(problem.value)


def test_marks_tell_which_words_were_found(index: Index) -> None:
    (hit, *_) = asked(index, "boats crews").hits
    assert [hit.text[a:b] for a, b in hit.marks] == ["boats", "boats", "crews"]
    assert (hit.speaker, hit.begins, hit.section) == ("Cora Lim (TU)", 2000, "Opening")


def test_an_index_that_is_not_there_is_empty(tmp_path: Path) -> None:
    found = find(Index(tmp_path / "none" / "search.sqlite", MODEL), parse("boats"), Bags())
    assert found == Found()


def test_a_session_replaces_its_own_part(index: Index) -> None:
    new = entry("harbour", [(1, "Only ferries are left.")])
    index.put(new, vectors(new))
    assert not asked(index, "patrol", "words").hits
    assert texts(asked(index, "ferries", "words")) == ["Only ferries are left."]
    assert texts(asked(index, "traders fee", "meaning"))[0] == MARKET[1][1]


def test_the_same_content_is_not_indexed_again(index: Index) -> None:
    assert index.touch("harbour", "later", "content")
    assert not index.touch("harbour", "later", "other")
    assert index.stamps() == {"harbour": "later", "market": "stamp"}


@pytest.mark.parametrize("damage", ["noise", "empty", "half", "version", "model"])
def test_a_file_that_cannot_be_used_is_made_anew(index: Index, damage: str) -> None:
    if damage == "noise":
        index.path.write_bytes(b"no database at all" * 100)
    elif damage == "empty":
        index.path.write_bytes(b"")
    elif damage == "half":
        index.path.write_bytes(index.path.read_bytes()[: index.path.stat().st_size // 2])
    elif damage == "version":
        with sqlite3.connect(index.path) as base:
            base.execute("update made set version = 0")
    else:
        index = Index(index.path, "another/1")
    if damage != "half":
        assert index.stamps() == {}
    each = entry("market", MARKET)
    index.put(each, vectors(each))
    assert texts(asked(index, "traders", "words")) == [MARKET[1][1]]


def test_damage_found_while_asking_is_one_sentence_and_mended(index: Index) -> None:
    data = bytearray(index.path.read_bytes())
    for at in range(8 * 4096, len(data), 4096):
        data[at : at + 200] = b"\xff" * 200
    index.path.write_bytes(data)
    with pytest.raises(StoreError, match="was damaged"):
        asked(index, "patrol boats crews")
    assert not index.path.exists()
    assert asked(index, "patrol") == Found()


def test_forgetting_leaves_no_byte(index: Index) -> None:
    index.forget(["harbour"])
    data = index.path.read_bytes()
    for word in (b"patrol", b"strait", b"nang", b"harbour", b"Harbour"):
        assert word not in data, word
    assert {path.name for path in index.path.parent.iterdir()} == {"search.sqlite", "search.lock"}
    assert index.stamps() == {"market": "stamp"}
    assert texts(asked(index, "traders fee"))[0] == MARKET[1][1]


def test_forgetting_removes_a_file_that_cannot_be_read(index: Index) -> None:
    Index(index.path, "another/1").forget(["harbour"])
    assert not index.path.exists()
    index.forget(["harbour"])


WRITER = """
import sys
from pathlib import Path
from fgd.search import Index
from tests.search.test_index import MODEL, entry, vectors
index = Index(Path(sys.argv[1]), MODEL)
for n in range(12):
    made = entry(f"{sys.argv[2]}-{n}", [(1, f"Boats of {sys.argv[2]} number {n}.")])
    index.put(made, vectors(made))
"""


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    path.write_bytes(b"damaged")
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in ("a", "b")
    ]
    assert [each.wait() for each in running] == [0, 0]
    index = Index(path, MODEL)
    assert len(index.stamps()) == 24
    assert len(find(index, parse("boats"), None, most=50).hits) == 24


def test_a_long_question_of_common_words_keeps_the_rarest(index: Index) -> None:
    assert texts(asked(index, "the the the strait and and a", "words"))[0] == HARBOUR[1][1]


def test_a_python_without_full_text_search_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made_by, "searches_texts", lambda: False)
    index = Index(tmp_path / "search.sqlite", MODEL)
    each = entry("market", MARKET)
    for ask in (lambda: index.put(each, vectors(each)), lambda: asked(index, "traders")):
        with pytest.raises(BackendUnavailable, match="without full-text search"):
            ask()
