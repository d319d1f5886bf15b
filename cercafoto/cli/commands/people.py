"""The command `persone`: list the people whom the photos name, and give names to faces."""

from pathlib import Path
from typing import Annotated

import typer

from cercafoto.cli import click_italian, options, shell_completion
from cercafoto.cli.app import DONE, SKIPPED, Common
from cercafoto.cli.console import notice, open_library, write
from cercafoto.errors import UsageError

app = click_italian.Typer(
    name="persone", epilog="Esempio: cercafoto persone", invoke_without_command=True
)


@app.callback()
def people(
    ctx: typer.Context,
    json: options.Json = False,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Elenca le persone nelle foto, con i nomi che i file dicono."""
    if ctx.invoked_subcommand is not None:
        return DONE
    from cercafoto.cli.render import people as render

    common = Common.of(ctx)
    named = open_library(common.settings(archive)).people()
    write(render.people_json(named) if json else render.people_table(named))
    if not (named or json or quiet or common.quiet):
        notice(render.NOBODY)
    return DONE


@app.command("attiva", epilog="Esempio: cercafoto persone attiva")
def activate(
    ctx: typer.Context,
    photos: Annotated[
        list[Path] | None,
        typer.Argument(
            click_type=options.PATH,
            metavar="[CARTELLA|FOTO]...",
            help="Dove cercare i volti; se non ne indichi, in tutte le foto dell'archivio.",
        ),
    ] = None,
    confirmed: Annotated[
        bool, typer.Option("--conferma", help="Attiva i volti senza chiedere.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--aspetta", help="Se l'archivio è occupato, aspetta che si liberi.")
    ] = False,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Cerca i volti nelle foto; la prima volta spiega che cosa conserva, e chiede se va bene."""
    from cercafoto.cli.commands import name_faces
    from cercafoto.cli.progress import TerminalReporter

    common = Common.of(ctx)
    library = open_library(common.settings(archive), any_model=True)
    with TerminalReporter(quiet or common.quiet) as reporter:
        report = name_faces.find(library, photos or (), confirmed, wait, reporter)
    reporter.say(name_faces.faces_summary(report, library))
    return SKIPPED if report.problems or report.skipped else DONE


@app.command("nomina", epilog="Esempio: cercafoto persone nomina")
def name(ctx: typer.Context, archive: options.Archive = None) -> int:
    """Mostra i volti che si somigliano, e chiede di chi sono."""
    from cercafoto.cli.commands import name_faces

    name_faces.ask_names(open_library(Common.of(ctx).settings(archive), any_model=True))
    return DONE


@app.command("unisci", epilog='Esempio: cercafoto persone unisci "zia Pina" Giuseppina')
def merge(
    ctx: typer.Context,
    first: Annotated[
        str,
        typer.Argument(
            metavar="NOME", help="Il nome che sparisce.", click_type=shell_completion.PERSON
        ),
    ],
    into: Annotated[
        str,
        typer.Argument(
            metavar="NOME", help="Il nome che resta.", click_type=shell_completion.PERSON
        ),
    ],
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Dà a una persona anche i volti di un'altra: è la stessa, con due nomi."""
    common = Common.of(ctx)
    open_library(common.settings(archive), any_model=True).faces.merge(first, into)
    if not (quiet or common.quiet):
        notice(f"I volti di {first} ora sono di {into}.")
    return DONE


@app.command("dimentica", epilog='Esempio: cercafoto persone dimentica "zia Pina" --conferma')
def forget(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NOME]", help="Chi dimenticare.", click_type=shell_completion.PERSON
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--tutto", help="Dimentica tutti i volti, e li disattiva.")
    ] = False,
    confirmed: Annotated[
        bool,
        typer.Option("--conferma", help="Lo fa davvero; senza, dice soltanto che cosa farebbe."),
    ] = False,
    rehearsal: options.Unconfirmed = False,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Cancella i volti e il nome di una persona, o di tutte."""
    from cercafoto.cli.commands.name_faces import forgotten

    if (name is None) is not everything:
        raise UsageError("Di' chi dimenticare: un nome, oppure --tutto.")
    common = Common.of(ctx)
    library = open_library(common.settings(archive), any_model=True)
    said = forgotten(library, name, confirmed)
    if not (quiet or common.quiet):
        notice(said)
    return DONE
