"""`utenti`, and what `web` refuses without users."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cercafoto import Library
from cercafoto.web.passwords import is_right
from cercafoto.web.users import read_users
from tests.support.office import PASSWORD, hashed, write_users

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "utenti.txt"


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """What another program gives."""

    def give(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), "utf-8"))

    return give


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """What a person types, and what is asked."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def give(*answers: str) -> list[str]:
        asked: list[str] = []
        left = list(answers)

        def getpass(prompt: str) -> str:
            asked.append(prompt)
            if not left:
                raise EOFError
            return left.pop(0)

        monkeypatch.setattr(sys, "stdin", Terminal())
        monkeypatch.setattr("cercafoto.cli.commands.users.getpass", getpass)
        return asked

    return give


def test_a_first_user_makes_the_file(cli: Cli, file: Path, piped: Callable[[bytes], None]) -> None:
    piped(f"{PASSWORD}\r\nresto\n".encode())
    code, out, err = cli("utenti", "aggiungi", file, "anna", "--etichetta")
    assert (code, out) == (0, "")
    assert "«anna» può entrare e cercare, e dare etichette." in err
    (user,) = read_users(file).values()
    assert user.may_label and is_right(user.hash, PASSWORD) and PASSWORD not in file.read_text()
    assert os.name != "posix" or file.stat().st_mode & 0o777 == 0o600


def test_a_person_types_the_password_twice(
    cli: Cli, file: Path, typed: Callable[..., list[str]]
) -> None:
    asked = typed(PASSWORD, PASSWORD)
    assert cli("utenti", "aggiungi", file, "bruno", "-q") == (0, "", "")
    assert asked == ["Password per «bruno»: ", "Ancora una volta: "]
    assert not read_users(file)["bruno"].may_label
    typed(PASSWORD, "un'altra cosa")
    code, _, err = cli("utenti", "aggiungi", file, "carla")
    assert code == 2 and "Le due password sono diverse" in err
    typed()
    code, _, err = cli("utenti", "aggiungi", file, "carla")
    assert code == 2 and "nessuna password" in err
    assert set(read_users(file)) == {"bruno"}


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "troppo corta"), (b"settima\n", "almeno 8 caratteri"), (b"x" * 600, "troppo lunga"),
     (b"\xff\xfe123456789\n", "UTF-8")],
)  # fmt: skip
def test_what_cannot_be_a_password_makes_no_user(
    cli: Cli, file: Path, piped: Callable[[bytes], None], content: bytes, why: str
) -> None:
    piped(content)
    code, _, err = cli("utenti", "aggiungi", file, "anna")
    assert code == 2 and why in err and not file.exists()


def test_a_name_that_is_taken_is_asked_for_no_password(
    cli: Cli, file: Path, typed: Callable[..., list[str]]
) -> None:
    write_users(file)
    asked = typed()
    code, _, err = cli("utenti", "aggiungi", file, "Anna")
    assert code == 2 and "«anna» c'è già" in err and "cercafoto utenti password" in err
    assert cli("utenti", "password", file, "carla")[0] == 2
    assert cli("utenti", "aggiungi", file, "con spazio")[0] == 2
    assert asked == []


def test_a_new_password(cli: Cli, file: Path, piped: Callable[[bytes], None]) -> None:
    write_users(file)
    piped(b"tutt'altra cosa\n")
    code, _, err = cli("utenti", "password", file, "ANNA")
    assert code == 0 and "password nuova" in err
    users = read_users(file)
    assert is_right(users["anna"].hash, "tutt'altra cosa") and users["anna"].may_label
    assert users["bruno"].hash == hashed()


def test_a_user_is_taken_away(cli: Cli, file: Path) -> None:
    write_users(file)
    assert cli("utenti", "togli", file, "anna")[0] == 0
    assert set(read_users(file)) == {"bruno"}
    code, _, err = cli("utenti", "togli", file, "anna")
    assert code == 2 and "nessun utente «anna»" in err and "bruno" in err


@pytest.mark.parametrize("command", ["togli", "password", "elenca"])
def test_a_file_that_is_not_there_is_not_made(cli: Cli, file: Path, command: str) -> None:
    code, _, err = cli("utenti", command, file, *(["anna"] if command != "elenca" else []))
    assert code == 1 and f"{file}: il file degli utenti non c'è" in err and "aggiungi" in err
    assert list(file.parent.glob("*utenti*")) == []


def test_the_list_tells_names_and_rights_and_no_hash(cli: Cli, file: Path) -> None:
    write_users(file)
    code, out, _ = cli("utenti", "elenca", file)
    assert code == 0 and "anna   cerca ed etichetta" in out and "bruno  cerca\n" in out
    code, told, _ = cli("utenti", "elenca", file, "--json")
    assert json.loads(told) == [
        {"name": "anna", "may_label": True}, {"name": "bruno", "may_label": False}
    ]  # fmt: skip
    assert "argon2" not in out + told


def test_without_the_package_it_says_how_to_get_it(
    cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cercafoto.web.passwords import hasher

    write_users(file)
    hasher.cache_clear()
    monkeypatch.setitem(sys.modules, "argon2", None)
    for words in (("utenti", "aggiungi", file, "carla"), ("web", "--utenti", file)):
        code, out, err = cli(*words)
        assert (code, out) == (1, "") and "manca argon2-cffi" in err and "condiviso" in err


# -- web -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.10:8420", "::", "[::]:8420"])
def test_nobody_else_is_listened_to_without_users(cli: Cli, address: str) -> None:
    code, out, err = cli("web", "--ascolta", address)
    assert (code, out) == (2, "")
    assert "la vedrebbe chiunque sulla rete" in err
    assert "--utenti FILE" in err and "cercafoto utenti aggiungi" in err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--ascolta", "foto.ufficio.it"], "indirizzo IP di questo computer"),
        (["--ascolta", "127.0.0.1:9000", "--porta", "9001"], "indicata due volte"),
        (["--nome-pubblico", "foto.ufficio.it"], "vogliono anche --utenti"),
        (["--proxy", "192.168.1.2"], "vogliono anche --utenti"),
        (["--utenti", "FILE", "--proxy", "proxy"], "indirizzo IP del proxy"),
        (["--utenti", "FILE", "--nome-pubblico", "https://x.it"], "il nome del sito"),
        (["--utenti", "FILE", "--ascolta", "192.0.2.1"], "non è un indirizzo di questo computer"),
    ],
)
def test_what_web_refuses(
    cli: Cli, file: Path, library: Library, photos: Path, words: list[str], why: str
) -> None:
    library.index([photos])
    write_users(file)
    code, out, err = cli("web", *(str(file) if word == "FILE" else word for word in words))
    assert (code, out) == (2, "") and why in err


def test_a_file_of_users_that_is_wrong_is_told_before_anything(
    cli: Cli, file: Path, library: Library, photos: Path
) -> None:
    library.index([photos])
    code, _, err = cli("web", "--utenti", file, "--porta", "0")
    assert code == 1 and "il file degli utenti non c'è" in err
    write_users(file, f"anna:cerca:{hashed()}", "rovinata")
    code, _, err = cli("web", "--utenti", file, "--porta", "0")
    assert code == 1 and f"{file}, riga 2:" in err
