"""However and wherever an address with a password is typed, the password is neither shown nor
stored.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.base.shared_address import masked, masked_in
from tests.conftest import Cli
from tests.support.waiting import PATIENCE

# A port at which nothing listens.
SERVER = "127.0.0.1:1"
SECRETS = (
    "s3greta",
    "pa/s3greta",
    "s3greta/x",
    "s3@greta",
    "@s3greta@",
    "p:s3greta",
    "12/s3greta",
    "p#s3greta",
    "p?s3greta",
    "12?a=s3greta",
    "p&s3greta=x",
    "s3gr%65ta",
    "s3greta%zz",
    "[s3greta]",
    "l' s3greta",
    "s3greta\\x",
)
PARTS = ("s3", "greta", "s3gr%65ta")
RIGHT = (
    *(f"postgresql://anna:{secret}@{SERVER}/foto" for secret in SECRETS),
    f"postgres://anna:s3greta@{SERVER}/foto",
    f"postgresql://:s3greta@{SERVER}/foto",
    f"postgresql://anna:s3greta@[::1]:1,{SERVER}/foto?connect_timeout=1",
    "postgresql://anna:s3greta",
    f"postgresql://anna@{SERVER}/foto?password=s3greta",
    f"postgresql://anna@{SERVER}/foto?sslmode=require&sslpassword=s3greta",
    f"postgresql://anna@{SERVER}/foto?PASSWORD=s3@greta&x=s3greta",
    f"postgresql://anna@{SERVER}/foto?pass%77ord=s3greta",
    f"postgresql://anna:x@{SERVER}/foto?s3greta",
)
MISTYPED = (
    "postgres:/anna:s3greta@server/foto",
    "posgresql://anna:s3greta@server/foto",
    "postgrsql://anna:pa/s3@greta@server/foto",
    "POSTGRESQL://anna:s3greta@server/foto",
    "mysql://anna:s3greta@server/foto",
    "postgresql+psycopg://anna:s3greta@server/foto",
    "jdbc:postgresql://anna:s3greta@server/foto",
    "host=server user=anna password=s3greta dbname=foto",
    "host=/run/x password = 's3 greta' dbname=foto",
    "PASSWORD=s3greta host=server",
    "sslpassword=s3greta",
    "anna:s3greta@server/foto",
    "anna:pa/s3@greta@server/foto",
)


def assert_unsaid(*texts: str) -> None:
    for text in texts:
        for part in PARTS:
            assert part not in text, text


def assert_unkept(*folders: Path) -> None:
    """Check that no file name or content contains any part of the password."""
    for folder in folders:
        for path in folder.rglob("*"):
            assert_unsaid(str(path.relative_to(folder)))
            if path.is_file() and not path.is_symlink():
                assert b"greta" not in path.read_bytes(), path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "qui"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_an_address(cli: Cli, library: Library, photos: Path, here: Path, home: Path) -> None:
    library.index([photos])
    for address in RIGHT:
        for words in (
            ("stato", "--archivio", address),
            ("--archivio", address, "stato", "--json"),
            ("pubblica", address),
            ("pubblica", address, "--togli", "casa", "--json"),
            ("stato", address),
            (address,),
            ("cerca", "rosso", f"--archivio={address}", "--json"),
            ("index", address),
            ("dove", "rosso", address),
            ("dati", address),
            ("cerca", "rosso", "--html", address),
        )[: 11 if address in RIGHT[:3] else 3]:
            code, out, err = cli(*words)
            assert code
            assert_unsaid(out, err)
    assert list(here.iterdir()) == []
    assert_unkept(home)


def test_what_was_meant_as_an_address(cli: Cli, here: Path, home: Path) -> None:
    for address in MISTYPED:
        for words in (
            ("stato", "--archivio", address),
            ("--archivio", address, "index", "."),
            ("index", ".", "--archivio", address, "--offline"),
            ("pubblica", address),
            ("controlla", address),
        ):
            code, out, err = cli(*words)
            assert code == 2
            assert_unsaid(out, err)
    assert list(here.iterdir()) == []
    assert_unkept(home)


@pytest.mark.parametrize("address", ["posgresql://anna:s3greta@server/x", "password=s3greta"])
def test_a_folder_that_is_an_address(cli: Cli, here: Path, home: Path, address: str) -> None:
    """No folder of that name is looked for, or made."""
    for words in (
        ("index", address),
        ("cerca", "rosso", "--in", address),
        ("cerca", "--come", address),
        ("cerca", "rosso", "--copia-in", address),
        ("cerca", "rosso", "--html", address),
        ("dove", "rosso", address),
        ("dati", address),
        ("leggi", address),
        ("tag", "--labels", address),
        ("tag", "--dimentica", address),
        ("doppioni", "--sposta-in", address, "--conferma"),
        ("pulisci", "--dimentica", address),
    ):
        code, out, err = cli(*words)
        assert code == 2
        assert "indirizzo" in err
        assert_unsaid(out, err)
    assert list(here.iterdir()) == []
    assert_unkept(home)


@pytest.mark.parametrize("command", ["cerca", "sfoglia"])
def test_an_address_among_the_words_of_a_question(
    cli: Cli, photos: Path, home: Path, command: str
) -> None:
    assert cli("index", photos)[0] == 0
    code, out, err = cli(command, "rosso", "postgresql://anna:pa/s3@greta@server/foto")
    assert code == 2
    assert_unsaid(out, err)
    assert_unkept(home)
    assert cli("cerca", "dal sito https://example.org/foto?pagina=2")[0] == 0
    assert cli("cerca", "password: 1234 @casa")[0] == 0


def test_the_environment_and_the_traceback(settings: Settings) -> None:
    """Those who report an error send what CERCAFOTO_DEBUG shows."""
    for address in (RIGHT[1], MISTYPED[0]):
        environ = {**os.environ, "CERCAFOTO_ARCHIVIO": address, "CERCAFOTO_DEBUG": "1"}
        told = subprocess.run(
            [sys.executable, "-m", "cercafoto", "stato"],
            env=environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert told.returncode
        assert_unsaid(told.stdout, told.stderr)
    assert "s3greta" not in repr(Settings(Path(), Path(), shared=RIGHT[0]))


def test_what_is_shown_of_an_address_stays_useful() -> None:
    for address in RIGHT:
        assert_unsaid(masked(address), masked(masked(address)))
        assert masked(address).startswith("postgres")
    for address in (
        "postgresql:///foto?host=/run/postgresql&port=5433",
        "postgresql://anna@server:5433,altro:5432/foto?sslmode=require",
        "postgresql://anna@[fe80::1]/foto",
    ):
        assert masked(address) == address


def test_a_text_with_addresses() -> None:
    text = "connessione a «posgresql://a:s3/gr@eta@h/x» fallita: password='s3 greta' sslpassword=s3"
    assert masked_in(text) == (
        "connessione a «posgresql://a:***@h/x» fallita: password=*** sslpassword=***"
    )
    plain = "https://huggingface.co/a/b: non risponde; vedi https://example.org/x?y=z"
    assert masked_in(plain) == plain
