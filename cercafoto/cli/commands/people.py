"""The command `persone`: list the people whom the photos name, and give names to faces."""

from pathlib import Path
from typing import Annotated

import typer

from cercafoto.base.json_keys import as_json
from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, SKIPPED
from cercafoto.cli.common import open_library, tell
from cercafoto.cli.console import refuse_several, write
from cercafoto.cli.options import argument, flag, option
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
        tell(
            f"{render.NOBODY} {render.ASK if library.settings.faces.exists() else render.ACTIVATE}"
        )
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
    from cercafoto.cli.commands.ask_faces import ask_names

    ask_names(open_library(any_model=True))
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


@app.command("volti", epilog='Esempio: cercafoto persone volti "zia Pina"')
def faces(
    name: Annotated[str | None, argument("[NOME]", "Di chi.", PERSON)] = None,
    photo: Annotated[
        Path | None, option("--foto", "FOTO", "I volti di questa foto, da sinistra.", PATH)
    ] = None,
) -> int:
    """Elenca i volti di una persona o di una foto, con il numero che serve a correggerli; senza
    nome, quelli da non chiedere e quelli che non sono volti."""
    from cercafoto.cli.commands.correct_faces import list_faces, what_next

    if name is not None and photo is not None:
        raise UsageError("Di' di chi, oppure in quale foto: non tutti e due.")
    listed = list_faces(open_library(any_model=True), name, photo)
    write(listed)
    tell(what_next(photo, not listed))
    return DONE


@app.command("correggi", epilog="Esempio: cercafoto persone correggi 118 --non-lei")
def correct(
    numbers: Annotated[
        list[int], argument("NUMERO...", "I numeri che dice «cercafoto persone volti».")
    ],
    photo: Annotated[
        Path | None,
        option("--foto", "FOTO", "I numeri contano i volti di questa foto, da sinistra.", PATH),
    ] = None,
    name: Annotated[str | None, option("--nome", "NOME", "È di questa persona.", PERSON)] = None,
    not_hers: Annotated[
        bool, flag("--non-lei", "Non è della persona di cui sembra, o di cui era.")
    ] = False,
    no_face: Annotated[bool, flag("--non-volto", "Non è un volto.")] = False,
    unasked: Annotated[bool, flag("--non-chiedere", "Non si chiede più di chi è.")] = False,
    again: Annotated[
        bool, flag("--richiedi", "Si chiede di nuovo: revoca --non-volto e --non-chiedere.")
    ] = False,
) -> int:
    """Corregge di chi sono i volti: anche di quelli che non sono mai stati chiesti."""
    from cercafoto.cli.commands import correct_faces

    given = {
        "--nome": name is not None,
        "--non-lei": not_hers,
        "--non-volto": no_face,
        "--non-chiedere": unasked,
        "--richiedi": again,
    }
    refuse_several(given)
    action = next((option for option, is_given in given.items() if is_given), None)
    if action is None:
        raise UsageError(f"Di' che cosa correggere: {', '.join(given)}.")
    library = open_library(any_model=True)
    tell(correct_faces.correct(library, numbers, photo, name, action))
    return DONE


@app.command("rinomina", epilog='Esempio: cercafoto persone rinomina Giuseppina "zia Pina"')
def rename(
    name: Annotated[str, argument("NOME", "Il nome di adesso.", PERSON)],
    new: Annotated[str, argument("NUOVO-NOME", "Il nome giusto.", PERSON)],
    confirmed: Annotated[
        bool, flag("--conferma", "Se il nuovo nome c'è già, è la stessa persona.")
    ] = False,
) -> int:
    """Cambia il nome di una persona fra i volti."""
    from cercafoto.cli.commands import correct_faces

    tell(correct_faces.renamed(open_library(any_model=True), name, new, confirmed))
    return DONE


@app.command("togli-nome", epilog='Esempio: cercafoto persone togli-nome "zia Pina"')
def take_name_off(name: Annotated[str, argument("NOME", "Il nome da togliere.", PERSON)]) -> int:
    """Toglie il nome ai volti di una persona; i volti restano, e si chiedono di nuovo."""
    from cercafoto.cli.commands import correct_faces

    tell(correct_faces.without_name(open_library(any_model=True), name))
    return DONE


@app.command("annulla", epilog="Esempio: cercafoto persone annulla")
def undo(rehearsal: options.Rehearsal = False) -> int:
    """Annulla l'ultima risposta o correzione sui volti; poi quella prima."""
    from cercafoto.cli.commands import correct_faces

    tell(correct_faces.undone(open_library(any_model=True), rehearsal))
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
