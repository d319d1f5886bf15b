"""The command `modello`: show, list, choose, download, add and verify models."""

from typing import Annotated

import typer

from cercafoto.cli import click_italian, options, shell_completion
from cercafoto.cli.app import DONE, FAILED, Common
from cercafoto.cli.console import open_library, report_error, write
from cercafoto.cli.progress import TerminalReporter
from cercafoto.errors import CercafotoError, UsageError

Precision = Annotated[
    str,
    typer.Option(
        "--precisione",
        metavar="QUALE",
        show_default=False,
        help="Precisione dei pesi: auto (di norma), fp32 o int8, più leggero e meno fedele.",
    ),
]

app = click_italian.Typer(
    name="modello",
    epilog="Esempio: cercafoto modello scarica siglip2",
    invoke_without_command=True,
)


@app.callback()
def models(ctx: typer.Context) -> int:
    """Mostra i modelli fra cui scegliere, e come averli."""
    if ctx.invoked_subcommand is not None:
        return DONE
    from cercafoto.cli.render import models as render

    models = open_library(Common.of(ctx).settings(), any_model=True).models.offered()
    write(render.choices_table(models))
    return DONE


@app.command("elenco", epilog="Esempio: cercafoto modello elenco")
def list_all(
    ctx: typer.Context, json: options.Json = False, archive: options.Archive = None
) -> int:
    """Elenca i modelli con il loro stato; l'asterisco segna quello che prende un nuovo archivio."""
    from cercafoto.cli.render import models as render

    models = open_library(Common.of(ctx).settings(archive), any_model=True).models.list()
    write(render.models_json(models) if json else render.models_table(models))
    return DONE


@app.command("scarica", epilog="Esempio: cercafoto modello scarica")
def download(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(metavar="[NOME]", help="Uno di «cercafoto modello», o una sigla dell'Hub."),
    ] = "clip-italian",
    precision: Precision = "auto",
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Scarica un modello dall'Hub di Hugging Face e lo prepara."""
    common = Common.of(ctx)
    with TerminalReporter(quiet or common.quiet) as reporter:
        models = open_library(common.settings(archive), any_model=True).models
        folder = models.download(name, precision=precision, reporter=reporter)
    reporter.say(_ready(folder.name))
    return DONE


@app.command("usa", epilog="Esempio: cercafoto modello usa clip-italian")
def use(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            click_type=shell_completion.MODEL,
            metavar="NOME",
            help="Uno di quelli pronti; auto torna alla scelta di norma.",
        ),
    ],
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Sceglie il modello che il prossimo «index» userà."""
    common = Common.of(ctx)
    library = open_library(common.settings(archive), any_model=True)
    folder = library.models.use(name)
    said = f"L'archivio resta con il modello «{folder.name}»."
    if library.archive.model_name != folder.name:
        said = (
            f"Hai scelto il modello «{folder.name}». Ora esegui «cercafoto index», che rianalizza "
            "le foto: finché non ha finito, le ricerche usano il modello di prima."
        )
    TerminalReporter(quiet or common.quiet).say(said)
    return DONE


@app.command(
    "aggiungi", epilog="Esempio: cercafoto modello aggiungi google/siglip2-base-patch16-256"
)
def add(
    ctx: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SIGLA|CARTELLA",
            help="Una sigla dell'Hub, o una cartella.",
        ),
    ],
    name: Annotated[
        str | None, typer.Option("--nome", metavar="NOME", help="Come chiamarlo qui.")
    ] = None,
    precision: Precision = "auto",
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Prepara un modello CLIP, SigLIP o VisionTextDualEncoder, dall'Hub o da una cartella."""
    common = Common.of(ctx)
    with TerminalReporter(quiet or common.quiet) as reporter:
        models = open_library(common.settings(archive), any_model=True).models
        folder = models.add(source, name, precision=precision, reporter=reporter)
    reporter.say(_ready(folder.name))
    return DONE


def _ready(name: str) -> str:
    then = f"cercafoto modello usa {name}, poi cercafoto index"
    return f"Il modello «{name}» è pronto. Per usarlo: {then}"


@app.command("verifica", epilog="Esempio: cercafoto modello verifica mini")
def verify(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            click_type=shell_completion.MODEL,
            metavar="[NOME]",
            help="Se non lo indichi, tutti quelli pronti.",
        ),
    ] = None,
    archive: options.Archive = None,
) -> int:
    """Controlla che i file di un modello siano interi e non cambiati."""
    models = open_library(Common.of(ctx).settings(archive), any_model=True).models
    names = [name] if name else [m.name for m in models.list() if m.path is not None]
    code = DONE
    for each in names:
        try:
            checked = models.check(each)
        except UsageError:
            raise
        except CercafotoError as error:
            report_error(error)
            code = FAILED
        else:
            write(f"{checked.name}: {checked.files} file, tutto in ordine\n")
    return code
