"""Files of sentences in two languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto.training.clip_italian.sentences import read_sentences
from cercafoto.training.training_errors import InputError


def test_tsv_and_json_lines_say_the_same(tmp_path: Path) -> None:
    tsv, jsonl = tmp_path / "a.tsv", tmp_path / "a.jsonl"
    tsv.write_text('a "red" cat\tun gatto "rosso"\tCC-BY\n\nthe sea\til mare è blu\r\n', "utf-8")
    jsonl.write_text(
        '{"en": "a \\"red\\" cat", "it": "un gatto \\"rosso\\"", "id": 7}\n'
        '{"it": "il mare è blu", "en": "the sea"}\n',
        encoding="utf-8",
    )
    for path in (tsv, jsonl):
        found = read_sentences(path)
        assert found.english == ['a "red" cat', "the sea"]
        assert found.italian == ['un gatto "rosso"', "il mare è blu"]
        assert len(found) == 2


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.tsv", "a cat\tun gatto\nthe sea\n", r"a\.tsv, line 2: expected English, a tab"),
        ("a.tsv", "\tun gatto\n", r"a\.tsv, line 1"),
        ("a.jsonl", '{"en": "a cat"}\n', r"a\.jsonl, line 1: expected \{\"en\""),
        ("a.jsonl", '{"en": "a cat", "it": 7}\n', r"a\.jsonl, line 1"),
        ("a.jsonl", '\n["a", "b"]\n', r"a\.jsonl, line 2"),
        ("a.tsv", "\n", r"a\.tsv: no sentences"),
    ],
)
def test_a_line_that_lacks_a_sentence_is_named(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_sentences(tmp_path / name)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_bytes(b"\xff\xfe")
    for name in ("a.tsv", "b.tsv"):
        with pytest.raises(InputError, match=f"{name}: cannot be read"):
            read_sentences(tmp_path / name)
