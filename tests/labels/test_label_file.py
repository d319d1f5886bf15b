"""Test reading label files, and the errors in them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from cercafoto.errors import LabelFileError
from cercafoto.labels.label_file import Label, default_labels, parse_labels, read_labels


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
    ("encoding", "named"),
    [
        ("cp1252", "WINDOWS-1252"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16LE"),
        ("utf-16-be", "UTF-16BE"),
    ],
)
def test_the_hint_names_the_encoding_to_convert_from(
    tmp_path: Path, encoding: str, named: str
) -> None:
    path = write(tmp_path / "le mie.txt", "mare\ncittà\n".encode(encoding))
    with pytest.raises(LabelFileError, match="non è in UTF-8") as caught:
        read_labels(path)
    command = caught.value.hint.removeprefix("Convertilo, per esempio: ")
    assert command.startswith(f"iconv -f {named} -t UTF-8 ")
    if shutil.which("iconv"):
        subprocess.run(command, shell=True, check=True, cwd=tmp_path)
        assert [label.name for label in read_labels(tmp_path / "etichette.txt")] == [
            "mare",
            "città",
        ]


def _numbered(number: int) -> bytes:
    return b"".join(b"e%d\n" % each for each in range(number))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "nessuna etichetta"),
        (b"# solo commenti\n\n", "nessuna etichetta"),
        ("mare\ncittà\n".encode("latin-1"), r"UTF-8 \(riga 2\)"),
        (b"mare\nmonti\nMARE\n", "riga 3: l'etichetta «MARE» è già alla riga 1"),
        (b": micio\n", "riga 1: ci sono sinonimi ma manca l'etichetta"),
        (b"mare\nanimale > \n", "riga 2: accanto a «>» manca un'etichetta"),
        (b"> cane\n", "riga 1: accanto a «>»"),
        (b"cane\nanimale > cane\n", "riga 2: l'etichetta «cane» è già alla riga 1"),
        (b"a > c\nb > c > d\n", "riga 2: «c» sta già sotto «a»"),
        (b"a > b\nb > a\n", "riga 2: «a» finirebbe sotto sé stessa"),
        (b"a > a\n", "riga 1: «a» finirebbe sotto sé stessa"),
        (b"mare @1.5\n", "riga 1: la soglia «@1.5» non è un numero fra 0 e 1"),
        (b"mare @0.4.1\n", "riga 1: la soglia «@0.4.1»"),
        (b"[due]\nmare\n", r"riga 1: la sezione «\[due\]» non esiste"),
        (b"[uno]\nx\naltro\n[uno]\ny\naltro\n", "riga 6: l'etichetta «altro» è già alla riga 3"),
        (b"mare\n[uno]\naltro\n[uno]\ny\n", "riga 3: «altro» è sola"),
        (b"cosa > altro\n", "riga 1: «altro» non sta sotto né sopra un genere"),
        (b"mare\n" + b"a" * 201, "riga 2: un nome ha 201 lettere: al massimo sono 200"),
        (b"mare: " + b"a" * 201, "riga 1: un nome ha 201 lettere"),
        (b"mare\n" * 200_001, "alla riga 200001 supera 1 MB"),
        (b"#" * 1_000_001, "alla riga 1 supera 1 MB"),
        (_numbered(10_001), "riga 10001: le etichette sono troppe: al massimo 10000"),
        (b"mare\n" + b" > ".join(b"g%d" % n for n in range(30)), "riga 2: sopra .* generi"),
        (b"\n".join(b"g%d > g%d" % (n, n + 1) for n in range(30)), "riga 22: sopra .* generi"),
        (
            b"\n".join(b"g%d > g%d" % (n, n + 1) for n in reversed(range(30))),
            "riga [0-9]+: sopra .* generi",
        ),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, content: bytes, reason: str) -> None:
    path = write(tmp_path / "e.txt", content)
    with pytest.raises(LabelFileError, match=reason) as caught:
        read_labels(path)
    assert str(path) in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_code == 2


def test_the_longest_file_is_read(tmp_path: Path) -> None:
    longest = b"a" * 200 + b"\n" + _numbered(9_999)
    assert len(read_labels(write(tmp_path / "e.txt", longest))) == 10_000
    chain = b" > ".join(b"g%d" % n for n in range(21))
    assert len(by_name(chain.decode())["g20"].genera) == 20


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and devices of POSIX")
def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tubo")
    (tmp_path / "nulla.txt").symlink_to("/dev/zero")
    for path in (tmp_path / "tubo", tmp_path / "nulla.txt", Path("/dev/zero"), tmp_path):
        with pytest.raises(LabelFileError, match="non si può leggere") as caught:
            read_labels(path)
        assert str(path) in caught.value.message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match=r"no\.txt"):
        read_labels(tmp_path / "no.txt")


def by_name(text: str) -> dict[str, Label]:
    return {label.name: label for label in parse_labels(text, "e.txt")}


def test_genera_to_any_depth_in_any_order() -> None:
    labels = by_name("cane > bassotto: salsicciotto\nanimale > cane\nvivente > animale\n")
    assert labels["bassotto"].path == ("vivente", "animale", "cane", "bassotto")
    assert labels["bassotto"].synonyms == ("salsicciotto",)
    assert labels["cane"].genera == ("vivente", "animale")
    searched = {name: label.searched for name, label in labels.items()}
    assert searched == {"bassotto": True, "cane": True, "animale": True, "vivente": False}


def test_a_genus_is_the_same_whatever_its_letters() -> None:
    labels = by_name("Animale\nANIMALE > cane\n")
    assert set(labels) == {"Animale", "cane"}
    assert labels["cane"].path == ("Animale", "cane")


@pytest.mark.parametrize("text", ["0.4", "0,4", "40%", ".4"])
def test_a_threshold_of_its_own(text: str) -> None:
    (label,) = parse_labels(f"spiaggia @{text}: lido, riva", "e.txt")
    if text == ".4":  # not a number as people write it: part of the name, as it always was
        assert (label.name, label.threshold) == ("spiaggia @.4", None)
    else:
        assert (label.name, label.threshold) == ("spiaggia", 0.4)
    assert label.synonyms == ("lido", "riva")


def test_headings_make_sections_each_with_its_own_altro() -> None:
    labels = by_name("mare\n[uno: stagione]\nestate\naltro\n[PIÙ]\ngatto\n[uno]\nb\naltro\n")
    assert [label.section.number for label in labels.values()] == [0, 1, 1, 2, 3, 3]
    assert [label.section.exclusive for label in labels.values()] == [False, True, True, False] + [
        True
    ] * 2
    assert [name for name, label in labels.items() if label.rest] == ["altro (stagione)", "altro"]
    assert not labels["altro"].searched


def test_older_label_files_mean_the_same() -> None:
    text = "gatto: micio\nposta @ casa\nvia [interna]\naltro: varie\n"
    assert parse_labels(text, "e.txt") == [
        Label("gatto", ("micio",)),
        Label("posta @ casa"),
        Label("via [interna]"),
        Label("altro", ("varie",)),
    ]


def test_the_labels_that_come_with_cercafoto() -> None:
    labels = default_labels()
    assert 280 <= len(labels) <= 340
    phrases = [p.casefold() for label in labels if label.searched for p in label.phrases]
    assert len(phrases) == len(set(phrases))  # no phrase stands for two labels
    assert {label.genera[0] for label in labels if label.genera} >= {
        "persone", "animale", "cibo", "luogo", "natura", "veicolo", "evento", "oggetto",
        "documento", "arte", "tempo",
    }  # fmt: skip
