"""The command `persone`: list the people whom the photos name, and give names to faces."""

from pathlib import Path
from typing import Annotated

import typer

from cercafoto.base.json_keys import as_json
from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, SKIPPED
from cercafoto.cli.common import open_library, tell
from cercafoto.cli.console import refuse_several, write
from cercafoto.cli.options import argument, flag
from cercafoto.cli.shell_completion import PATH, PERSON
from cercafoto.errors import UsageError

app = click_italian.Typer(
    name="persone", epilog="Esempio: cercafoto persone", invoke_without_command=True
)


@app.callback()
def people(ctx: typer.Context, json: options.Json = False) -> int:
    """Elenca le persone nelle foto, con i nomi scritti nei file."""
    if ctx.invoked_subcommand is not None:
        return DONE
    from cercafoto.cli.render import people as render

    library = open_library()
    named = library.photos.people()
    if json:
        write(as_json([{"name": name, "photos": photos} for name, photos in named]))
    else:
        write(render.people_table(named))
    if problem := library.photos.people_problem():
        raise problem
    if not (named or json):
        tell(render.NOBODY)
    return DONE


@app.command("attiva", epilog="Esempio: cercafoto persone attiva")
def activate(
    photos: Annotated[
        list[Path] | None,
        argument(
            "[CARTELLA|FOTO]...",
            "Dove cercare i volti; se non ne indichi, in tutte le foto dell'archivio.",
            PATH,
        ),
    ] = None,
    confirmed: Annotated[bool, flag("--conferma", "Attiva i volti senza chiedere.")] = False,
    retry: options.RetryUnread = False,
    wait: options.Wait = False,
) -> int:
    """Cerca i volti nelle foto; la prima volta spiega che cosa conserva, e chiede se va bene."""
    from cercafoto.cli.commands import name_faces
    from cercafoto.cli.progress import TerminalReporter

    library = open_library(any_model=True)
    with TerminalReporter() as reporter:
        report = name_faces.find(library, photos or (), confirmed, retry, wait, reporter)
    reporter.say(name_faces.faces_summary(report, library))
    return SKIPPED if report.problems or report.skipped else DONE


@app.command("nomina", epilog="Esempio: cercafoto persone nomina")
def name() -> int:
    """Mostra i volti che si somigliano, e chiede di chi sono."""
    from cercafoto.cli.commands import name_faces

    name_faces.ask_names(open_library(any_model=True))
    return DONE


@app.command("unisci", epilog='Esempio: cercafoto persone unisci "zia Pina" Giuseppina')
def merge(
    first: Annotated[str, argument("NOME", "Il nome che sparisce.", PERSON)],
    into: Annotated[str, argument("NUOVO-NOME", "Il nome che resta.", PERSON)],
) -> int:
    """Dà a una persona anche i volti di un'altra: è la stessa, con due nomi."""
    open_library(any_model=True).faces.merge(first, into)
    tell(f"I volti di {first} ora sono di {into}.")
    return DONE


@app.command("dimentica", epilog='Esempio: cercafoto persone dimentica "zia Pina" --conferma')
def forget(
    name: Annotated[str | None, argument("[NOME]", "Chi dimenticare.", PERSON)] = None,
    everything: Annotated[
        bool, flag("--tutto", "Dimentica tutti i volti, e li disattiva.")
    ] = False,
    confirmed: Annotated[
        bool, flag("--conferma", "Lo fa davvero; senza, dice soltanto che cosa farebbe.")
    ] = False,
    rehearsal: options.Unconfirmed = False,
) -> int:
    """Cancella i volti e il nome di una persona, o di tutte."""
    from cercafoto.cli.commands.name_faces import forgotten

    refuse_several({"--prova": rehearsal, "--conferma": confirmed})
    if (name is None) is not everything:
        raise UsageError("Di' chi dimenticare: un nome, oppure --tutto.")
    library = open_library(any_model=True)
    said = forgotten(library, name, confirmed)
    tell(said)
    return DONE
