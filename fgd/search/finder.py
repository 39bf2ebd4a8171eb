"""Find passages: by their words (BM25), by what they mean, and by both together.

The two rankings are joined by the places that passages have in them (reciprocal rank fusion:
Cormack, Clarke and Buettcher 2009, SIGIR, "Reciprocal rank fusion outperforms Condorcet and
individual rank learning methods"), because their scores cannot be compared.
"""

from __future__ import annotations

import difflib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from fgd.core.errors import InputError
from fgd.search.index import Index, coded
from fgd.search.question import Question, Term
from fgd.search.tokens import Token, searchable, tokens

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fgd.core.embeddings import Embedder

Way = Literal["both", "words", "meaning"]


@dataclass(frozen=True, slots=True)
class Mix:
    """How rankings are made and joined; chosen on the first half of ``benchmarks.search``.

    ``deep`` places of each ranking count, ``flat`` is the constant of the fusion. ``common`` is how
    many passages the words of a question may be in together before its commonest are left out.
    ``looked`` passages are looked at closely for their meaning, and those are near whose
    similarity is at least ``near``.
    """

    deep: int = 200
    flat: float = 60.0
    common: int = 60_000
    looked: int = 2_000
    near: float = 0.25


DEFAULT = Mix()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found. ``marks`` are the words looked for, as characters of its text;
    without any it was found by its meaning alone. ``source`` is the number of its recording in the
    session, ``more`` counts other finds in the same turn.
    """

    session: str
    title: str
    date: str
    recording: str
    source: int
    turn: str
    start: int
    end: int
    begins: int
    ends: int
    speaker: str
    section: str
    text: str
    marks: tuple[tuple[int, int], ...]
    score: float
    more: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first; ``passages`` and ``sessions`` are how many were looked through."""

    hits: tuple[Hit, ...] = ()
    passages: int = 0
    sessions: int = 0
    notes: tuple[str, ...] = ()


def find(
    index: Index,
    question: Question,
    embedder: Embedder | None,
    *,
    most: int = 20,
    way: Way = "both",
    mix: Mix = DEFAULT,
) -> Found:
    """Find the ``most`` best turns for a question, each with its best passage.

    Without an ``embedder`` only words are looked for. Raises ``InputError`` for a filter that
    names nothing there is, with what it may have meant, and ``StoreError`` for a file that cannot
    be used.
    """
    try:
        with index.reading() as base:
            return _Search(base, index, question, embedder, mix)(most, way)
    except sqlite3.DatabaseError as problem:
        raise index.trouble(problem) from problem


class _Search:
    """One question put to the index."""

    def __init__(
        self,
        base: sqlite3.Connection,
        index: Index,
        question: Question,
        embedder: Embedder | None,
        mix: Mix,
    ) -> None:
        self.base = base
        self.index = index
        self.question = question
        self.embedder = embedder
        self.mix = mix
        self.notes = list(question.notes)
        self._counted: dict[str, int] = {}
        self._everywhere = False
        self.where, self.given = _Filters(base, question, self.notes).clause()

    def __call__(self, most: int, way: Way) -> Found:
        rankings: list[Sequence[int]] = []
        asked = self.question
        if not (asked.words or asked.must):
            rankings = [self._in_order()]
        else:
            if way != "meaning":
                rankings.append(self._by_words())
            if way != "words" and self.embedder is not None and asked.meaning:
                rankings.append(self._by_meaning(self.embedder))
        scores: dict[int, float] = {}
        for ranking in rankings:
            for place, number in enumerate(ranking, 1):
                scores[number] = scores.get(number, 0.0) + 1 / (self.mix.flat + place)
        ordered = sorted(scores, key=lambda number: (-scores[number], number))
        passages, sessions = self.base.execute(
            "select coalesce(sum(passages), 0), count(*) from sessions"
        ).fetchone()
        hits = tuple(self._hits(ordered, scores, most))
        return Found(hits, passages, sessions, tuple(dict.fromkeys(self.notes)))

    def _in_order(self) -> list[int]:
        """Return passages that the filters leave, the newest session first."""
        rows = self.base.execute(
            f"select p.id from passages p join sessions s on s.id = p.session where {self.where}"  # noqa: S608 - clauses of our own
            f" order by s.date desc, s.name, p.id limit {self.mix.deep}",
            self.given,
        )
        return [row[0] for row in rows]

    # -- words ------------------------------------------------------------------------------------

    def _by_words(self) -> list[int]:
        """Return passages by BM25 over the words of the question, the commonest left out."""
        words = self._telling(self.question.words)
        match = self._match(words) if words else self._match(())
        return self._matching(match, self.mix.deep) if match else []

    def _match(self, words: Sequence[str]) -> str:
        """Write what FTS5 is asked: one of the words, all that must be, nothing that must not."""
        parts = [term.match() for term in self.question.must]
        if words:
            parts.append(f"({' OR '.join(words)})")
        match = " AND ".join(parts)
        if match and self.question.never:
            match = f"({match}) NOT ({' OR '.join(t.match() for t in self.question.never)})"
        return match

    def _telling(self, terms: Sequence[Term]) -> list[str]:
        """Return the words to rank by: the rarest first, until they are in ``common`` passages.

        A run of a script without spaces counts as its pairs of letters, too: whoever paraphrases
        shares some of them.
        """
        found: dict[str, int] = {}
        for term in terms:
            pairs = pairwise(term.tokens)
            for part in dict.fromkeys((term, *(Term(pair) for pair in pairs))):
                if seldom := min(map(self._count, part.tokens)):
                    found[part.match()] = seldom
        total, kept = 0, list[str]()
        self._everywhere = bool(found) and min(found.values()) > self.mix.common
        for match, count in sorted(found.items(), key=lambda each: each[1]):
            total += count
            if kept and total > self.mix.common:
                break
            kept.append(match)
        return kept

    def _count(self, token: str) -> int:
        """Tell how many passages hold a word."""
        if token not in self._counted:
            query = "select doc from spread where term = ?"
            found = self.base.execute(query, (token,)).fetchone()
            self._counted[token] = int(found[0]) if found else 0
        return self._counted[token]

    def _matching(self, match: str, most: int) -> list[int]:
        if self.where == "1":
            # A word of so many passages tells none of them from another.
            order = "" if self._everywhere else "order by rank"
            query = f"select rowid from words where words match ? {order} limit {most}"  # noqa: S608 - a number of our own
            return [row[0] for row in self.base.execute(query, (match,))]
        rows = self.base.execute(
            "select words.rowid from words cross join passages p on p.id = words.rowid"  # noqa: S608 - clauses of our own
            f" join sessions s on s.id = p.session where words match ? and {self.where}"
            f" order by words.rank limit {most}",
            (match, *self.given),
        )
        return [row[0] for row in rows]

    # -- meaning ----------------------------------------------------------------------------------

    def _by_meaning(self, embedder: Embedder) -> list[int]:
        """Return passages by the cosine of their vectors with the question's."""
        import numpy as np

        numbers, bits = self.index.codes(self.base)
        if not len(numbers):
            return []
        vector = embedder.embed([self.question.meaning])
        if not self._whole():
            here = np.isin(numbers, self._allowed())
            numbers, bits = numbers[here], bits[:, here]
        near = numbers
        if len(numbers) > self.mix.looked:
            far = np.zeros(len(numbers), np.uint16)
            for mine, asked in zip(bits, coded(vector)[0], strict=True):
                far += np.bitwise_count(mine ^ asked)
            near = numbers[np.argpartition(far, self.mix.looked)[: self.mix.looked]]
        return self._closely(near, vector[0])

    def _whole(self) -> bool:
        asked = self.question
        return self.where == "1" and not asked.must and not asked.never

    def _allowed(self) -> Any:
        """Return the passages that filters, phrases and words left out leave."""
        import numpy as np

        found = None
        if self.where != "1":
            if any(_COLUMNS.get(name, "s.")[0] == "p" for name, _ in self.question.filters):
                here = f"passages p join sessions s on s.id = p.session where {self.where}"
                rows = self.base.execute(f"select p.id from {here}", self.given)  # noqa: S608 - clauses of our own
                found = np.fromiter((row[0] for row in rows), np.int64)
            else:  # whole sessions, which lie together
                query = f"select first, passages from sessions s where {self.where}"  # noqa: S608 - clauses of our own
                spans = self.base.execute(query, self.given)
                whole = [np.arange(first, first + count) for first, count in spans]
                found = np.concatenate([np.zeros(0, np.int64), *whole])
        for terms, wanted in ((self.question.must, True), (self.question.never, False)):
            for term in terms:
                rows = self.base.execute(
                    "select rowid from words where words match ?", (term.match(),)
                )
                mine = np.fromiter((row[0] for row in rows), np.int64)
                if found is None:
                    found = self.index.codes(self.base)[0]
                found = found[np.isin(found, mine, invert=not wanted)]
        return found

    def _closely(self, numbers: Any, vector: npt.NDArray[np.float32]) -> list[int]:
        import numpy as np

        rows = self.base.execute(
            "select id, vector from vectors where id in (select value from json_each(?))",
            (json.dumps(numbers.tolist()),),
        ).fetchall()
        if not rows:
            return []
        ids = np.array([row[0] for row in rows])
        small = np.frombuffer(b"".join(row[1] for row in rows), np.int8).reshape(len(rows), -1)
        wide = small.astype(np.float32)
        cosine = wide @ vector / np.maximum(np.linalg.norm(wide, axis=1), 1e-9)
        order = np.lexsort((ids, -cosine))[: self.mix.deep]
        return [int(ids[n]) for n in order if cosine[n] >= self.mix.near]

    # -- hits -------------------------------------------------------------------------------------

    def _hits(self, ordered: Sequence[int], scores: dict[int, float], most: int) -> Iterable[Hit]:
        rows = {
            row[0]: row[1:]
            for row in self.base.execute(
                "select p.id, s.name, s.title, s.date, p.recording, p.source, p.turn, p.start,"
                " p.end, p.begins, p.ends, w.label, coalesce(c.title, ''), p.text"
                " from passages p join sessions s on s.id = p.session"
                " join speakers w on w.id = p.speaker left join sections c on c.id = p.section"
                " where p.id in (select value from json_each(?))",
                (json.dumps(list(ordered)),),
            )
        }
        names = [each.name for each in fields(Hit)]
        made: dict[tuple[str, str], Hit] = {}
        best = max(scores.values(), default=1.0)
        for number in ordered:
            row = rows[number]
            key = (row[0], row[5])
            if key in made:
                made[key] = replace(made[key], more=made[key].more + 1)
                continue
            if len(made) == most:
                break
            shown = marks(row[12], self.question.terms)
            told = dict(zip(names, row, strict=False))
            made[key] = Hit(**told, marks=shown, score=round(scores[number] / best, 4))
        return made.values()


def marks(text: str, terms: Sequence[Term]) -> tuple[tuple[int, int], ...]:
    """Return where the words looked for stand in a text, overlapping ones as one."""
    said = tokens(text)
    found = sorted(
        (said[at].start, said[at + len(term.tokens) - 1].end)
        for term in terms
        for at in range(len(said) - len(term.tokens) + 1)
        if _is_at(said, at, term)
    )
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _is_at(said: Sequence[Token], at: int, term: Term) -> bool:
    *before, last = term.tokens
    if any(said[at + n].folded != token for n, token in enumerate(before)):
        return False
    here = said[at + len(before)].folded
    return here.startswith(last) if term.begins else here == last


_COLUMNS = {
    "by": "p.speaker", "institution": "p.speaker", "section": "p.section", "session": "s.id",
    "programme": "s.id",
}  # fmt: skip


class _Filters:
    """The filters of a question as a condition on passages ``p`` and sessions ``s``."""

    def __init__(self, base: sqlite3.Connection, question: Question, notes: list[str]) -> None:
        self.base = base
        self.question = question
        self.notes = notes

    def clause(self) -> tuple[str, tuple[object, ...]]:
        """Return the condition and its values. Raises ``InputError`` for what is not there."""
        parts: list[str] = []
        given: list[object] = []
        people = (
            self.base.execute("select id, names, bodies from speakers").fetchall()
            if (self.question.values("by") or self.question.values("institution"))
            else []
        )
        allowed: dict[str, list[int]] = {}
        for name, value in self.question.filters:
            if name == "by":
                known = [(row[0], row[1].split("\n")) for row in people]
                found = self._named(name, value, known, "nobody who spoke is called")
            elif name == "institution":
                known = [(row[0], row[2].split("\n")) for row in people if row[2]]
                found = self._named(name, value, known, "nobody spoke for an institution called")
            elif name == "section":
                known = [(n, [t]) for n, t in self.base.execute("select id, title from sections")]
                found = self._named(name, value, known, "no guide has a section called")
            elif name in ("session", "programme"):
                columns = "name, title" if name == "session" else "programme, ''"
                rows = self.base.execute(f"select id, {columns} from sessions")  # noqa: S608 - two of our own
                known = [(row[0], [row[1], row[2]]) for row in rows if row[1]]
                found = self._named(name, value, known, f"no {name} that can be searched is called")
            else:
                sign = ">=" if name == "since" else "<="
                parts.append(f"s.date != '' and substr(s.date, 1, 10) {sign} ?")
                given.append(value)
                continue
            allowed.setdefault(name, []).extend(found)
        for name, numbers in allowed.items():
            parts.append(f"{_COLUMNS[name]} in (select value from json_each(?))")  # noqa: S608 - columns of our own
            given.append(json.dumps(sorted(set(numbers))))
        if self.question.values("since") or self.question.values("until"):
            (count,) = self.base.execute("select count(*) from sessions where date = ''").fetchone()
            if count:
                many = (
                    "session has no date and was"
                    if count == 1
                    else "sessions have no date and were"
                )
                self.notes.append(f"{count} {many} left out.")
        return " and ".join(parts) or "1", tuple(given)

    def _named(
        self, name: str, value: str, known: Sequence[tuple[int, Sequence[str]]], nobody: str
    ) -> list[int]:
        """Return what a value names: the whole of a name, else words of it, else beginnings."""
        wanted = searchable(value)
        forms = [(n, each, searchable(each)) for n, names in known for each in names if each]
        for fits in (
            lambda form: form == wanted,
            lambda form: f" {wanted} " in f" {form} ",
            lambda form: f" {form}".find(f" {wanted}") >= 0,
        ):
            found = [n for n, _, form in forms if wanted and fits(form)]
            if found:
                return sorted(set(found))
        by_form = {form: each for _, each, form in forms}
        words = {word: form for form in by_form for word in form.split()}
        near = difflib.get_close_matches(wanted, [*by_form, *words], 3, 0.6)
        told = dict.fromkeys(by_form[each if each in by_form else words[each]] for each in near)
        if told:
            remedy = f"Did you mean {' or '.join(f'{name}:{_quoted(each)}' for each in told)}?"
        elif by_form:
            some = sorted(set(by_form.values()))
            more = f" and {len(some) - 6} more" if len(some) > 6 else ""
            remedy = f"There are: {', '.join(some[:6])}{more}."
        else:
            remedy = f"Leave {name}: out."
        raise InputError(f"{nobody} {value!r}.", remedy=remedy)


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
