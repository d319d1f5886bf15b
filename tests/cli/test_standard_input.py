""" "-" on the command line: questions, or a photo, from standard input."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from cercafoto.base import piped_picture
from cercafoto.cli import standard_input
from tests.conftest import PAINT, Cli

Arrives = Callable[[str | bytes], None]


@pytest.fixture
def arrives(monkeypatch: pytest.MonkeyPatch) -> Arrives:
    """Make standard input return these bytes."""

    def put(content: str | bytes) -> None:
        data = content.encode() if isinstance(content, str) else content
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return put


def picture(colour: str, format: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (60, 40), PAINT[colour]).save(stream, format)
    return stream.getvalue()


# -- questions ---------------------------------------------------------------------------------


def test_each_line_is_answered_as_it_would_be_alone(
    cli: Cli, indexed: Path, arrives: Arrives
) -> None:
    alone = [cli("cerca", words, "--percorsi", "-n", "2")[1] for words in ("rosso", "verde")]
    arrives("rosso\n\n   \nverde")  # blank lines ask nothing, and the last needs no end
    code, out, err = cli("cerca", "-", "--percorsi", "-n", "2")
    assert (code, err) == (0, "2 foto mostrate; pertinenti: 1.\n" * 2)
    assert out == f"{alone[0]}\n{alone[1]}\n"
    arrives("rosso\r\nverde\r\n")
    assert cli("cerca", "-", "-0", "-n", "2", "-q")[1] == out.replace("\n", "\0")
    # Json is a line for each question.
    arrives("rosso\n?!\nperché è blu\n")
    code, out, err = cli("cerca", "-", "--json", "-n", "1")
    assert code == 2
    assert err.startswith("cercafoto: Non c'è niente da cercare")
    first, wrong, last = map(json.loads, out.splitlines())
    assert [each["question"] for each in (first, wrong, last)] == ["rosso", "?!", "perché è blu"]
    assert list(wrong["error"]) == ["message", "hint"]
    del first["question"]
    assert first == json.loads(cli("cerca", "rosso", "--json", "-n", "1")[1])
    assert "perché è blu" in out.splitlines()[2]
    # A table stands below its question.
    arrives("rosso\nnero --min\nverde\n")
    code, out, err = cli("cerca", "-")
    assert code == 0
    assert out.startswith("rosso\n" + cli("cerca", "rosso")[1] + "\nnero --min\n")
    assert out.endswith("\nverde\n" + cli("cerca", "verde")[1] + "\n")
    assert "Probabilmente non c'è." in err
    # An error of one line does not stop the others.
    arrives("?!\nrosso\n")
    code, out, err = cli("cerca", "-", "--percorsi", "-n", "1", "-q")
    assert code == 2
    assert out == f"\n{indexed / 'rosso.png'}\n\n", "an answer for each question, be it empty"
    assert err.count("cercafoto: ") == 1
    arrives("?!\nrosso\n")
    code, out, _ = cli("cerca", "-", "--conta", "-q")
    assert code == 2 and out.splitlines()[0] == "" and out.splitlines()[1].isdecimal()
    # The worst code counts: 1 for a failed search, not 2 for a wrong question.
    arrives("?!\nrosso\n")
    gone = indexed / "non c'è.png"
    assert cli("cerca", "-", "--come", gone, "-q")[0] == 1
    # Feedback refers to the last line.
    arrives("verde\nrosso\n")
    first = cli("cerca", "-", "--percorsi", "-n", "5")[1].splitlines()[-2 - 4]
    assert first == str(indexed / "rosso.png")
    assert first not in cli("cerca", "--meno", "1", "--percorsi")[1]
    # Options for one question are refused with many.
    for options, said in (
        ("--piu 1", "una domanda sola"),
        ("--html x.html", "si scrivono soltanto"),
        ("--apri", "si scrivono soltanto"),
        ("--come -:0.5", "non tutte e due"),
    ):
        arrives("rosso\n")
        code, out, err = cli("cerca", "-", *options.split())
        assert (code, out) == (2, "") and said in err


def test_no_lines_are_no_error_but_no_archive_is(cli: Cli, photos: Path, arrives: Arrives) -> None:
    arrives("rosso\nverde\n")
    code, out, err = cli("cerca", "-")
    assert (code, out) == (1, "") and err.count("cercafoto: ") == 1
    assert cli("index", photos)[0] == 0
    arrives("\n")
    assert cli("cerca", "-") == (0, "", "")


def test_a_line_without_an_end_is_not_read_to_the_end(
    cli: Cli, photos: Path, arrives: Arrives
) -> None:
    assert cli("index", photos)[0] == 0
    arrives("rosso\n" + "a" * 1001 + "\nverde\n")
    code, out, err = cli("cerca", "-", "--percorsi", "-n", "1")
    assert code == 2 and out.count(".png") == 2
    assert "La domanda ha 1.001 lettere: al massimo sono 1.000." in err
    arrives("rosso\n" + "\0" * standard_input.MOST_OF_LINE + "\0")
    code, out, err = cli("cerca", "-", "--percorsi", "-n", "1")
    assert code == 2 and out.count(".png") == 1 and "una riga che non finisce mai" in err


# -- a picture ---------------------------------------------------------------------------------


def test_a_photo_from_stdin_answers_like_its_file(
    cli: Cli, indexed: Path, arrives: Arrives, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "esempio.bin"
    file.write_bytes(picture("viola", "TIFF"))

    def hits(example: str | Path, *more: str) -> list[dict[str, object]]:
        arrives(file.read_bytes())
        code, out, err = cli("cerca", *more, "--come", example, "--json", "-n", "3")
        assert (code, err) == (0, "")
        found: list[dict[str, object]] = json.loads(out)["hits"]
        return found

    assert hits("-") == hits(file)
    assert Path(str(hits("-")[0]["path"])).stem == "viola"
    assert hits("-:0.1", "rosso") == hits(f"{file}:0.1", "rosso") != hits("-:9", "rosso")
    arrives(picture("viola"))
    query = json.loads(cli("cerca", "rosso", "--come", "-", "--json")[1])["query"]
    assert query["filters"]["like"] == ["-"]
    assert query["reading"] == "cerco: «rosso», come la foto ricevuta"
    # Photos like it leave it out.
    arrives((indexed / "rosso.png").read_bytes())
    code, out, _ = cli("cerca", "--come", "-", "--percorsi")
    assert code == 0
    assert sorted(out.split()) == sorted(
        str(indexed / f"{name}.png") for name in PAINT if name != "rosso"
    )
    arrives((indexed / "rosso.png").read_bytes())
    blue = ("--come", indexed / "blu.png", "--formato-riga", "{nome}")
    both = cli("cerca", "--come", "-", *blue)[1].split()
    assert both[0] == "viola.png" and "blu.png" not in both
    # Stdin is used once and not from a keyboard.
    arrives(picture("rosso"))
    code, _, err = cli("cerca", "--come", "-", "--come", "-")
    assert code == 2 and "una volta sola" in err
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    code, _, err = cli("cerca", "--come", "-")
    assert code == 2 and "cat foto.jpg | cercafoto cerca --come -" in err


def test_a_file_may_be_named_like_stdin(
    cli: Cli, indexed: Path, arrives: Arrives, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-").write_bytes(picture("viola", "TIFF"))
    arrives(picture("rosso"))
    for command in (["cerca", "--come", "./-"], ["cerca", "--come", "./-:0.5"]):
        code, out, _ = cli(*command, "-n", "1", "--formato-riga", "{nome}")
        assert (code, out) == (0, "viola.png\n"), command
    arrives(picture("rosso"))
    assert cli("dove", "viola", "./-", "--json") == cli("dove", "viola", tmp_path / "-", "--json")
    assert cli("leggi", "./-")[2] == cli("leggi", tmp_path / "-")[2]
    # A weight without a photo is no folder.
    code, _, err = cli("cerca", "--come", ":0.5")
    assert code == 1 and ":0.5" in err and "cartella" not in err


def test_what_is_no_picture_is_told(
    cli: Cli, indexed: Path, arrives: Arrives, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = io.BytesIO()
    Image.frombytes("RGB", (64, 64), os.urandom(64 * 64 * 3)).save(noise, "PNG")
    for content, reason in (
        (b"ciao", "la foto ricevuta: non è una foto che so aprire."),
        (noise.getvalue()[:4000], "la foto ricevuta: immagine danneggiata o incompleta."),
    ):
        for command in (["cerca", "--come", "-"], ["dove", "un gatto", "-"]):
            arrives(content)
            code, out, err = cli(*command)
            assert (code, out, err.strip()) == (1, "", f"cercafoto: {reason}")
    arrives(b"")
    code, _, err = cli("cerca", "--come", "-")
    assert code == 2 and "non è arrivata nessuna foto" in err
    monkeypatch.setattr(standard_input, "MOST_BYTES", 100)
    arrives(picture("rosso"))
    code, _, err = cli("cerca", "--come", "-")
    assert code == 2 and "troppo grande" in err
    assert piped_picture.MOST_BYTES >= 10_000_000


def test_feedback_cannot_repeat_a_search_from_stdin(
    cli: Cli, indexed: Path, arrives: Arrives, settings: object
) -> None:
    arrives(picture("rosso"))
    assert cli("cerca", "--come", "-", "--percorsi", "-n", "5")[0] == 0
    code, _, err = cli("cerca", "--meno", "1")
    assert code == 2 and "non c'è più" in err
    arrives(picture("rosso"))
    code, out, _ = cli("cerca", "--come", "-", "--meno", "1", "--percorsi", "-n", "5")
    assert code == 0 and str(indexed / "rosso.png") not in out.splitlines()
