"""Tables of words: one syntax, and what is wrong with a table is said with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto.training.errors import InputError
from cercafoto.training.word_tables import read_table


def test_an_indented_line_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_text("# animals\ngatti, micio: gatto,\n    gatta\n\ncani: cane, can\n    barbone\n")
    assert read_table(path) == {"gatti, micio": ["gatto", "gatta"], "cani": ["cane", "can barbone"]}


@pytest.mark.parametrize(
    ("text", "reason"), [("a: b\nc\n", "line 2: no colon"), ("a: b,\n c\na: d\n", "line 3: 'a'")]
)
def test_a_wrong_line_is_named(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=reason):
        read_table(path)
