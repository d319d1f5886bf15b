"""etichette.txt: what is read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto.errors import LabelFileError
from cercafoto.labels import Label, read_labels


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_labels_synonyms_comments_and_blank_lines(tmp_path: Path) -> None:
    path = write(
        tmp_path / "e.txt",
        "# le mie etichette\n\n  spiaggia  \ngatto: micio,  gatto  di casa ,\r\ncaffè # forte\n",
    )
    assert read_labels(path) == [
        Label("spiaggia"),
        Label("gatto", ("micio", "gatto di casa")),
        Label("caffè"),
    ]


def test_a_byte_order_mark_is_no_part_of_the_label(tmp_path: Path) -> None:
    assert read_labels(write(tmp_path / "e.txt", b"\xef\xbb\xbfmare\n")) == [Label("mare")]


def test_prompts_put_every_phrase_into_every_template() -> None:
    label = Label("gatto", ("micio",))
    assert label.prompts(["{}", "una foto di {}"]) == [
        "gatto",
        "una foto di gatto",
        "micio",
        "una foto di micio",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "nessuna etichetta"),
        (b"# solo commenti\n\n", "nessuna etichetta"),
        ("mare\ncittà\n".encode("latin-1"), r"UTF-8 \(riga 2\)"),
        (b"mare\nmonti\nMARE\n", "riga 3: l'etichetta «MARE» è già alla riga 1"),
        (b": micio\n", "riga 1: ci sono sinonimi ma manca l'etichetta"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, content: bytes, reason: str) -> None:
    path = write(tmp_path / "e.txt", content)
    with pytest.raises(LabelFileError, match=reason) as caught:
        read_labels(path)
    assert str(path) in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_code == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match=r"no\.txt"):
        read_labels(tmp_path / "no.txt")
