"""`utenti`: who may enter a shared page, in a file of names, rights and hashes of passwords."""

import sys
from dataclasses import replace
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, Common
from cercafoto.cli.console import notice, write
from cercafoto.errors import UsageError

if TYPE_CHECKING:
    from cercafoto.web.users import User

File = Annotated[
    Path, typer.Argument(click_type=options.PATH, metavar="FILE", help="Il file degli utenti.")
]
Name = Annotated[str, typer.Argument(metavar="NOME", help="Il nome dell'utente.")]

app = click_italian.Typer(
    name="utenti", epilog="Esempio: cercafoto utenti aggiungi utenti.txt anna --etichetta"
)


@app.callback()
def users() -> None:
    """Utenti della pagina: chi può entrare, e che cosa può fare."""


@app.command("aggiungi", epilog="Esempio: cercafoto utenti aggiungi utenti.txt anna --etichetta")
def add(
    ctx: typer.Context,
    file: File,
    name: Name,
    label: Annotated[
        bool, typer.Option("--etichetta", help="Può anche aggiungere e togliere etichette.")
    ] = False,
    quiet: options.Quiet = False,
) -> int:
    """Aggiunge un utente, che può cercare e scaricare; la password la chiede due volte."""
    from cercafoto.web.passwords import hash_of
    from cercafoto.web.users import (
        LABEL,
        SEARCH,
        User,
        change_users,
        check_name,
        read_users,
        refuse_taken,
        same_name,
    )

    name = check_name(name)
    if file.exists():  # before a password is asked for
        refuse_taken(read_users(file), file, name)
    user = User(name, LABEL if label else SEARCH, hash_of(_new_password(name)))

    def change(users: dict[str, User]) -> None:
        refuse_taken(users, file, name)
        users[same_name(name)] = user

    change_users(file, change)
    _say(ctx, quiet, f"«{name}» può entrare e cercare{', e dare etichette' if label else ''}.")
    return DONE


@app.command("password", epilog="Esempio: cercafoto utenti password utenti.txt anna")
def renew(ctx: typer.Context, file: File, name: Name, quiet: options.Quiet = False) -> int:
    """Dà a un utente una password nuova; chi è entrato con la vecchia è subito fuori."""
    from cercafoto.web.passwords import hash_of
    from cercafoto.web.users import change_users, find_user, read_users, same_name

    find_user(read_users(file), file, name)  # before a password is asked for
    hashed = hash_of(_new_password(name))

    def change(users: dict[str, "User"]) -> None:
        users[same_name(name)] = replace(find_user(users, file, name), hash=hashed)

    change_users(file, change)
    _say(ctx, quiet, f"«{name}» ha una password nuova.")
    return DONE


@app.command("togli", epilog="Esempio: cercafoto utenti togli utenti.txt anna")
def remove(ctx: typer.Context, file: File, name: Name, quiet: options.Quiet = False) -> int:
    """Toglie un utente; se è entrato, è subito fuori."""
    from cercafoto.web.users import change_users, find_user, read_users, same_name

    read_users(file)  # one that is not there is not made

    def change(users: dict[str, "User"]) -> None:
        del users[same_name(find_user(users, file, name).name)]

    change_users(file, change)
    _say(ctx, quiet, f"«{name}» non può più entrare.")
    return DONE


@app.command("elenca", epilog="Esempio: cercafoto utenti elenca utenti.txt")
def list_all(file: File, json: options.Json = False) -> int:
    """Elenca gli utenti e che cosa possono fare."""
    from cercafoto.cli.render import users as render
    from cercafoto.web.users import read_users

    found = list(read_users(file).values())
    write(render.users_json(found) if json else render.users_table(found))
    return DONE


def _say(ctx: typer.Context, quiet: bool, text: str) -> None:
    if not (quiet or Common.of(ctx).quiet):
        notice(text)


def _new_password(name: str) -> str:
    """Ask for a password twice, without showing it; a pipe gives it in its first line.

    Raises UsageError where both differ, or it cannot be one.
    """
    from cercafoto.web.passwords import check_password

    if not sys.stdin.isatty():
        password = _piped_line()
        check_password(password)
        return password
    try:
        password = getpass(f"Password per «{name}»: ")
        check_password(password)
        again = getpass("Ancora una volta: ")
    except EOFError as error:
        raise UsageError("Non è stata scritta nessuna password.") from error
    if again != password:
        raise UsageError("Le due password sono diverse.", "Riprova.")
    return password


def _piped_line() -> str:
    try:
        return sys.stdin.buffer.readline().decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UsageError("La password ricevuta non è testo UTF-8.") from error
