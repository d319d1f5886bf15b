"""The command `modello`: show, list, choose, download, add and verify models."""

from typing import Annotated

import typer

from cercafoto.base.italian_counts import thousands
from cercafoto.base.json_keys import as_json
from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, FAILED
from cercafoto.cli.common import open_library, tell
from cercafoto.cli.console import report_error, write
from cercafoto.cli.options import argument, option
from cercafoto.cli.progress import TerminalReporter
from cercafoto.cli.shell_completion import MODEL
from cercafoto.errors import CercafotoError, UsageError

Precision = Annotated[
    str,
    option(
        "--precisione",
        "QUALE",
        "Precisione dei pesi: auto (di norma), fp32 o int8, più leggero e meno fedele.",
    ),
]

app = click_italian.Typer(
    name="modello", epilog="Esempio: cercafoto modello scarica siglip2", invoke_without_command=True
)


@app.callback()
def models(ctx: typer.Context) -> int:
    """Mostra i modelli fra cui scegliere, e come averli."""
    if ctx.invoked_subcommand is not None:
        return DONE
    from cercafoto.cli.render import models as render

    models = open_library(any_model=True).models.offered()
    write(render.choices_table(models))
    return DONE


@app.command("elenco", epilog="Esempio: cercafoto modello elenco")
def list_all(json: options.Json = False) -> int:
    """Elenca i modelli con il loro stato; l'asterisco segna quello che prende un nuovo archivio."""
    from cercafoto.cli.render import models as render

    models = open_library(any_model=True).models.list()
    write(as_json(models) if json else render.models_table(models))
    return DONE


@app.command("scarica", epilog="Esempio: cercafoto modello scarica")
def download(
    name: Annotated[
        str, argument("[NOME]", "Uno di «cercafoto modello», o una sigla dell'Hub.")
    ] = "clip-italian",
    precision: Precision = "auto",
) -> int:
    """Scarica un modello dall'Hub di Hugging Face e lo prepara."""
    with TerminalReporter() as reporter:
        models = open_library(any_model=True).models
        folder = models.download(name, precision=precision, reporter=reporter)
    reporter.say(_ready(folder.name))
    return DONE


@app.command("usa", epilog="Esempio: cercafoto modello usa clip-italian")
def use(
    name: Annotated[
        str, argument("NOME", "Uno di quelli pronti; auto torna alla scelta di norma.", MODEL)
    ],
) -> int:
    """Sceglie il modello che il prossimo «index» userà."""
    library = open_library(any_model=True)
    folder = library.models.use(name)
    said = f"L'archivio resta con il modello «{folder.name}»."
    if library.archive.model_name != folder.name:
        said = (
            f"Hai scelto il modello «{folder.name}». Ora esegui «cercafoto index», che rianalizza "
            "le foto: finché non ha finito, le ricerche usano il modello di prima."
        )
    tell(said)
    return DONE


@app.command(
    "aggiungi", epilog="Esempio: cercafoto modello aggiungi google/siglip2-base-patch16-256"
)
def add(
    source: Annotated[str, argument("SIGLA|CARTELLA", "Una sigla dell'Hub, o una cartella.")],
    name: Annotated[str | None, option("--nome", "NOME", "Come chiamarlo qui.")] = None,
    precision: Precision = "auto",
) -> int:
    """Prepara un modello CLIP, SigLIP, MetaCLIP 2 o VisionTextDualEncoder, dall'Hub o da una
    cartella."""
    with TerminalReporter() as reporter:
        models = open_library(any_model=True).models
        folder = models.add(source, name, precision=precision, reporter=reporter)
    reporter.say(_ready(folder.name))
    return DONE


def _ready(name: str) -> str:
    then = f"cercafoto modello usa {name}, poi cercafoto index"
    return f"Il modello «{name}» è pronto. Per usarlo: {then}"


@app.command("verifica", epilog="Esempio: cercafoto modello verifica mini")
def verify(
    name: Annotated[
        str | None, argument("[NOME]", "Se non lo indichi, tutti quelli pronti.", MODEL)
    ] = None,
) -> int:
    """Controlla che i file di un modello siano interi e non cambiati."""
    models = open_library(any_model=True).models
    names = [name] if name else [m.name for m in models.list() if m.path is not None]
    code = DONE
    for model_name in names:
        try:
            checked = models.check(model_name)
        except UsageError:
            raise
        except CercafotoError as error:
            report_error(error)
            code = FAILED
        else:
            write(f"{checked.name}: {thousands(checked.files)} file, tutto in ordine\n")
    return code
