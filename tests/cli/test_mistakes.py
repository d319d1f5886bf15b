"""Mistakes on the command line, and errors of the disk: the message says what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cercafoto import Settings
from cercafoto.cli.app import program
from cercafoto.errors import CercafotoError
from cercafoto.photos.delivery import deliver
from tests.conftest import Cli


def test_what_to_type_instead(cli: Cli, indexed: Path) -> None:
    for typed, told in (
        (["cerca", "x", "--maxx", "3"], "Forse intendevi: --max. "),
        (["cerca", "x", "--fiducia", "3"], "Forse intendevi: --min. "),
        (["stato", "--fiducia", "3"], "non esiste.\nVedi «cercafoto stato --help»."),
        *(
            ([*command, "--prova", "--conferma"], "--prova e --conferma si escludono a vicenda.")
            for command in (["pulisci"], ["persone", "dimentica", "--tutto"])
        ),
        (["cerca", "--version"], "non esiste.\nLa versione: cercafoto --version\n"),
        (["raccolte", "NOME", "--togli", "x"], "--nuove"),
        (["cerca", "rosso", "--salva", " "], "Il nome è vuoto.\nScrivi un nome: al massimo 80 car"),
        (["tag", "--aggiungi", " ", indexed / "rosso.png"], "L'etichetta è vuota."),
        (["cerca", "--luogo", "Vattelapesca"], "nessun luogo che si chiami «Vattelapesca»"),
        (["completamento", "tcsh"], "Scegli fra bash, zsh e fish."),
        (["tag", "--labels", "manca.txt"], "manca.txt non esiste."),
        (["doppioni", "--prova"], "--sposta-in o --annulla, --prova insieme a --sposta-in."),
        (
            ["tag", "--labels", "predefinite", "--conferma"],
            "--conferma va insieme a --dimentica, --annulla, --xmp, --stelle o --colore.",
        ),
    ):
        code, out, err = cli(*typed)
        assert (code, out) == (2, "") and told in err, typed
    # A folder that is there and not indexed.
    code, _, err = cli("cerca", "rosso", "--in", indexed.parent / "home")
    assert code == 2
    assert "nessuna foto in" in err and "cercafoto index" in err
    # An archive that is a file.
    for command in (["cerca", "rosso"], ["stato"]):
        code, _, err = cli(*command, "--archivio", indexed / "rosso.png")
        assert code == 1
        assert f"{indexed / 'rosso.png'} è un file" in err and "ancora" not in err


def test_only_an_archive_that_was_named_may_be_on_a_disk(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "disco" / "archivio"
    assert "collegalo" in cli("cerca", "rosso", "--archivio", elsewhere)[2]
    monkeypatch.setenv("CERCAFOTO_ARCHIVIO", str(elsewhere))
    assert "collegalo" in cli("cerca", "rosso")[2]
    monkeypatch.delenv("CERCAFOTO_ARCHIVIO")
    told = cli("cerca", "rosso")[2]
    assert "non esiste ancora" in told and "disco" not in told


def parameters() -> Iterator[tuple[list[str], click.Parameter]]:
    """Yield the words of each command, and each of its parameters that takes a value."""
    ctx = click.Context(program, info_name="cercafoto")
    waiting: list[tuple[list[str], click.Command | None]] = [([], program)]
    while waiting:
        words, command = waiting.pop()
        assert command is not None
        yield from ((words, param) for param in command.params if not is_flag(param))
        if isinstance(command, click.Group):
            waiting += [
                ([*words, name], command.get_command(ctx, name))
                for name in command.list_commands(ctx)
            ]


def is_flag(param: click.Parameter) -> bool:
    return isinstance(param, click.Option) and param.is_flag


def test_an_empty_value_is_refused_and_not_the_current_folder(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photos)
    tried = 0
    for words, param in parameters():
        lines = [[*words, ""]]
        if isinstance(param, click.Option):
            lines = [[*words, param.opts[0], ""], [*words, f"{max(param.opts, key=len)}=", "x"]]
        for line in lines:
            code, out, err = cli(*line, *["stato"] * (not words))
            assert (code, out) == (2, ""), line
            assert "è vuot" in err, line
            tried += 1
    assert tried > 200
    assert not [*Path(os.environ["HOME"]).rglob("catalogo*")]
    for line in ([""], ["stato", ""], ["cerca", "rosso", ""], ["index", photos, ""]):
        code, out, err = cli(*line)
        assert (code, out) == (2, "") and ("vuoto" in err or '""' in err), line


def test_a_failed_repair_does_not_suggest_a_repair(
    cli: Cli, indexed: Path, settings: Settings
) -> None:
    settings.catalog.write_bytes(b"questo non e' un catalogo" * 400)
    assert "controlla --ripara" in "".join(cli("controlla")[1:])
    code, _, err = cli("controlla", "--ripara")
    assert code == 1
    assert "controlla --ripara" not in err and "copia di riserva" in err


def test_a_rehearsal_may_be_asked_for(cli: Cli, indexed: Path, tmp_path: Path) -> None:
    (indexed / "rosso.png").unlink()
    cli("index")
    assert cli("pulisci", "--prova") == cli("pulisci")
    aside = ("doppioni", "--sposta-in", tmp_path / "doppie")
    assert cli(*aside, "--prova") == cli(*aside)
    assert not (tmp_path / "doppie").exists()


def refused(*args: object, **kwargs: object) -> None:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/chiusa/g.html")


def test_a_page_that_may_not_be_written(
    cli: Cli, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_dir = Path.is_dir
    monkeypatch.setattr(
        Path, "is_dir", lambda path: refused() if path.parts[1] == "chiusa" else is_dir(path)
    )
    code, _, err = cli("cerca", "rosso", "--html", "/chiusa/g.html")
    assert code == 1
    assert err.startswith("cercafoto: Non hai il permesso di scrivere /chiusa/g.html.\n")


def test_a_folder_that_may_not_be_written_is_not_called_unreadable(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cercafoto.photos.delivery.fill_atomically", refused)
    (step,) = deliver([os.fsencode(photos / "rosso.png")], tmp_path / "lì")
    assert step.problem == f"non hai il permesso di scrivere in {tmp_path / 'lì'}"
    monkeypatch.setattr("cercafoto.photos.delivery.Path.mkdir", refused)
    with pytest.raises(CercafotoError, match="Non hai il permesso di scrivere "):
        list(deliver([], tmp_path / "là"))
