"""Text of unknown encoding, ids of names in any script, and languages."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.core.files import decode
from fgd.core.text import LANGUAGES, clean, language, nearest_language, normal, slug, unique

from .writers import NAMES


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("name,institution\nJosé Muñoz,Instituto de Estudios\n", "cp1252"),
        ("Anna: it\u2019s the ministry\u2019s view \u2013 I think\n", "cp1252"),
        (
            "Name;Institution\nRené Dupré;Université de Genève\nJörg Müller;Föderales Amt\n",
            "cp1252",
        ),
        ("ชื่อ,สถาบัน\nสมชาย ใจดี,กระทรวงการต่างประเทศ\n", "cp874"),
        ("Имя;Организация\nИван Петров;Министерство иностранных дел\n", "cp1251"),  # noqa: RUF001 - Cyrillic is what is tested
        ("姓名,机构\n王小明,外交部政策研究司\n", "gb18030"),
        ("이름,기관\n김철수,외교부 동남아시아국\n", "euc_kr"),
        ("Imię;Instytut\nPaweł Wiśniewski;Instytut Spraw Publicznych\n", "cp1250"),
    ],
)
def test_legacy_encodings(text: str, encoding: str) -> None:
    """The encodings people's old programs write are told apart; a guess shows a piece it read."""
    found, issues = decode(text.encode(encoding), "a.csv")
    assert found == text
    (issue,) = issues
    assert (issue.level, bool(issue.remedy)) == ("warning", True)
    line = next(n for n, part in enumerate(text.splitlines()) if not part.isascii())
    assert issue.place == f"line {line + 1}"
    assert " ".join(text.splitlines()[line][:30].split()) in issue.message


@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc"))), st.sampled_from(("utf-8", "utf-16"))
)
def test_unicode_is_read_as_written(text: str, encoding: str) -> None:
    """UTF-8 and marked UTF-16 come back character by character, without remarks."""
    assert decode(text.encode(encoding), "a.txt") == (text.removeprefix("\ufeff"), [])


@given(st.binary(max_size=200))
def test_any_bytes_are_some_text(data: bytes) -> None:
    """No bytes make reading fail, and line ends are plain."""
    assert "\r" not in decode(data, "a.txt")[0]


def test_damaged_utf8_is_not_mistaken_for_something_else() -> None:
    """A broken character in Khmer text costs that character, and its line is named."""
    data = "សុខ ដារ៉ា\nសុខ".encode()
    text, issues = decode(data[:-1], "a.txt")
    assert text.startswith("សុខ ដារ៉ា\nសុ")
    assert issues[0].place == "line 2"
    assert "damaged character" in issues[0].message


@given(st.one_of(st.sampled_from(NAMES), st.text(min_size=1, max_size=200)))
def test_ids_are_stable_and_safe(name: str) -> None:
    """An id has no spaces, separators or control characters, and fits into a file name."""
    made = slug(name, "person")
    assert made
    assert made == slug(name, "person") == slug(clean(name), "person")
    assert not set(made) & set(" /\\:\n\t.\"'<>|?*")
    assert len(made.encode()) <= 200


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Dr. José Muñoz", "dr-jose-munoz"), ("Nguyễn Văn Đức", "nguyen-van-duc"),
        ("H.E. O'Neil-Smith", "he-oneil-smith"), ("สมชาย ใจดี", "สมชาย-ใจดี"),
        ("សុខ ដារ៉ា", "សុខ-ដារ៉ា"), ("Bảo\nNgọc", "bao-ngoc"), ("A & B", "a-and-b"),
    ],
)  # fmt: skip
def test_ids_can_be_read(name: str, expected: str) -> None:
    """Accents go from Latin letters only; the vowels of other scripts stay."""
    assert slug(name, "person") == expected


def test_ids_of_what_has_no_letters() -> None:
    """An emoji gets an id of its own, not everybody's."""
    assert slug("🙂", "person").startswith("person-")
    assert slug("🙂", "person") != slug("🙃", "person")


def test_unique() -> None:
    """The second of a name is -2."""
    taken: set[str] = set()
    assert [unique("a", taken) for _ in range(3)] == ["a", "a-2", "a-3"]


@given(st.text(max_size=60))
def test_cleaning_once_is_enough(text: str) -> None:
    """A cleaned text has nothing left to clean, and comparing it changes nothing."""
    assert clean(clean(text)) == clean(text)
    assert normal(clean(text)) == normal(text)
    assert "\n" not in clean(text)


def test_the_languages_are_whispers() -> None:
    """The list kept here is the one of the installed openai-whisper (read, not imported)."""
    spec = importlib.util.find_spec("numpy")
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).parents[1] / "whisper" / "tokenizer.py"
    if not source.is_file():
        pytest.skip("openai-whisper is not installed beside numpy")
    tables = {
        node.targets[0].id: node.value
        for node in ast.parse(source.read_text()).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert dict(LANGUAGES) == ast.literal_eval(tables["LANGUAGES"])
    assert [code for code, _ in LANGUAGES] == sorted(code for code, _ in LANGUAGES)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("km", "km"), ("Khmer", "km"), ("EN", "en"), ("en-GB", "en"), ("Burmese", "my"),
        ("Bahasa Indonesia", "id"), ("jv", "jw"), ("Klingon", ""), ("xx", ""), ("", ""),
    ],
)  # fmt: skip
def test_languages(text: str, code: str) -> None:
    """Codes, names, regions, and other names in use."""
    assert language(text) == code


def test_nearest_language() -> None:
    """A typing mistake finds the name it was meant to be."""
    assert nearest_language("Vietnamse") == "vietnamese"
    assert nearest_language("Quenya") == ""
