"""Which models there are, which one to use, how to add one."""

from __future__ import annotations

from pathlib import Path

import click

from cercafoto.cli import click_italian, completion, options
from cercafoto.cli.app import DONE, FAILED, Common, app
from cercafoto.cli.console import open_library, report_error, write
from cercafoto.cli.progress import TerminalReporter
from cercafoto.errors import CercafotoError, UsageError

_precision = click.option(
    "--precisione",
    default="auto",
    metavar="QUALE",
    help="Dei pesi del modello: auto, fp32 o int8. Di norma auto: a 8 bit, più rapidi, se con le "
    "tue foto trovano le stesse.",
)


@app.group(cls=click_italian.Group, epilog="Esempio: cercafoto modello elenco")
def modello() -> None:
    """Modelli: quali ci sono, quale usare, come aggiungerne."""


@modello.command(epilog="Esempio: cercafoto modello elenco")
@options.json
@options.archive
@click.pass_obj
def elenco(common: Common, json: bool, archivio: Path | None) -> int:
    """Elenca i modelli; l'asterisco segna quello che userebbe un nuovo archivio."""
    from cercafoto.cli.render import models as render

    models = open_library(common.settings(archivio)).models.list()
    write(render.models_json(models) if json else render.models_table(models))
    return DONE


@modello.command(epilog="Esempio: cercafoto modello scarica")
@click.argument(
    "nome",
    default="clip-italian",
    metavar="[NOME]",
    help="Nome o sigla Hub; di norma clip-italian.",
)
@_precision
@options.archive
@options.quiet
@click.pass_obj
def scarica(common: Common, nome: str, precisione: str, archivio: Path | None, quieto: bool) -> int:
    """Scarica un modello dall'Hub di Hugging Face e lo prepara."""
    with TerminalReporter(quieto or common.quiet) as reporter:
        models = open_library(common.settings(archivio)).models
        folder = models.download(nome, precision=precisione, reporter=reporter)
    reporter.say(
        f"Il modello «{folder.name}» è pronto. Per passarvi: cercafoto modello usa "
        f"{folder.name}, poi cercafoto index"
    )
    return DONE


@modello.command(epilog="Esempio: cercafoto modello usa clip-italian")
@click.argument(
    "nome",
    metavar="NOME",
    help="Uno di «modello elenco», o auto.",
    shell_complete=completion.models,
)
@options.archive
@options.quiet
@click.pass_obj
def usa(common: Common, nome: str, archivio: Path | None, quieto: bool) -> int:
    """Sceglie il modello; le foto passano a quello al prossimo «index»."""
    folder = open_library(common.settings(archivio)).models.use(nome)
    TerminalReporter(quieto or common.quiet).say(
        f"Da ora si usa il modello «{folder.name}». Esegui «cercafoto index» per passarvi: "
        "finché non ha finito, le ricerche usano quello di prima."
    )
    return DONE


@modello.command(epilog="Esempio: cercafoto modello aggiungi google/siglip2-base-patch16-256")
@click.argument("sorgente", metavar="SIGLA|CARTELLA", help="Sigla dell'Hub o cartella locale.")
@click.option("--nome", metavar="NOME", help="Come chiamarlo qui.")
@_precision
@options.archive
@options.quiet
@click.pass_obj
def aggiungi(
    common: Common,
    sorgente: str,
    nome: str | None,
    precisione: str,
    archivio: Path | None,
    quieto: bool,
) -> int:
    """Prepara un modello CLIP, SigLIP o VisionTextDualEncoder, dall'Hub o da una cartella."""
    with TerminalReporter(quieto or common.quiet) as reporter:
        models = open_library(common.settings(archivio)).models
        folder = models.add(sorgente, nome, precision=precisione, reporter=reporter)
    reporter.say(f"Il modello «{folder.name}» è pronto: cercafoto modello usa {folder.name}")
    return DONE


@modello.command(epilog="Esempio: cercafoto modello verifica mini")
@click.argument(
    "nome",
    required=False,
    metavar="[NOME]",
    help="Quale; nessuno: tutti i pronti.",
    shell_complete=completion.models,
)
@options.archive
@click.pass_obj
def verifica(common: Common, nome: str | None, archivio: Path | None) -> int:
    """Controlla che i file di un modello siano quelli attesi, byte per byte."""
    models = open_library(common.settings(archivio)).models
    names = [nome] if nome else [m.name for m in models.list() if m.path is not None]
    outcome = DONE
    for name in names:
        try:
            checked = models.check(name)
        except UsageError:
            raise
        except CercafotoError as error:
            report_error(error)
            outcome = FAILED
        else:
            write(f"{checked.name}: {checked.files} file, tutto in ordine\n")
    return outcome
