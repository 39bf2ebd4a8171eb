"""Settings have ranges: whatever lies outside is refused with its place and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fgd.core.errors import FgdError
from fgd.core.settings import Settings, load_settings


@pytest.mark.parametrize(
    ("text", "named", "allowed"),
    [
        ("[attribution]\nthreshold = 1.5\n", "attribution.threshold", "0 to 1"),
        ("[attribution]\nthreshold = nan\n", "attribution.threshold", "between"),
        ("[attribution]\nthreshold = inf\n", "attribution.threshold", "between"),
        ("[attribution]\nthreshold = -0.1\n", "attribution.threshold", "0.75"),
        ("[brief]\ncategory_minimum = 0\n", "brief.category_minimum", "1 to 1,000"),
        ("[brief]\nthemes_at_most = -3\n", "brief.themes_at_most", "0 to 1,000"),
        ("[brief]\nquotes_per_finding = 999999\n", "brief.quotes_per_finding", "1 to 1,000"),
        ("[speech]\nlongest_window = 31\n", "speech.longest_window", "5 to 30"),
        ("[speech]\nactivity_threshold = 0\n", "speech.activity_threshold", "the ends left out"),
        ('[speech]\ndevice = "tpu"\n', "speech.device", '"cuda"'),
        ('[facilitation]\nstart = "25:00"\n', "facilitation.start", "09:30"),
        ("[facilitation]\nfloor_offset = 1e9\n", "facilitation.floor_offset", "auto"),
        ('[folders]\noutputs = ""\n', "folders.outputs", "some text"),
        ("[speech]\nthreads = " + "9" * 5000 + "\n", "line 2", "between"),
        ("[speech]\nthreads = " + "9" * 400 + "\n", "speech.threads", "between"),
        ("x = " + "[" * 5000 + "]" * 5000 + "\n", "nested", "three levels"),
        ("x = '" + "a" * 1_000_001 + "'\n", "1,000,000", "page of text"),
        ("d = 2026-02-30\n", "line 1, column 5", "quotes"),
    ],
)
def test_a_value_out_of_range_is_one_sentence(
    tmp_path: Path, text: str, named: str, allowed: str
) -> None:
    """It names the file, the key or line, and the range."""
    path = tmp_path / "fgd.toml"
    path.write_text(text)
    with pytest.raises(FgdError) as refused:
        load_settings(path)
    assert str(refused.value).startswith("fgd.toml")
    assert named in str(refused.value)
    assert allowed in str(refused.value)


def test_the_defaults_are_in_their_own_ranges(tmp_path: Path) -> None:
    """What nobody set would pass if somebody wrote it down."""
    path = tmp_path / "fgd.toml"
    path.write_text(
        '[brief]\nthemes_at_most = 15\n[facilitation]\nstart = "09:00"\nfloor_offset = -3.5\n'
    )
    assert load_settings(path).brief == Settings().brief
