"""`modello`: list, choose, download, add and verify models."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cercafoto.cli import click_italian, completion, options
from cercafoto.cli.app import DONE, FAILED, Common
from cercafoto.cli.console import open_library, progress, report_error, sayer, write
from cercafoto.errors import CercafotoError, UsageError

if TYPE_CHECKING:
    from cercafoto.models.folder import ModelFolder

Precision = Annotated[
    str,
    typer.Option(
        "--precisione",
        metavar="QUALE",
        show_default=False,
        help="Dei pesi del modello: auto, fp32 o int8. Di norma auto: a 8 bit, più rapidi, se con "
        "le tue foto trovano le stesse.",
    ),
]

app = click_italian.Typer(name="modello", epilog="Esempio: cercafoto modello elenco")


@app.callback()
def models() -> None:
    """Modelli: quali ci sono, quale usare, come aggiungerne."""


@app.command("elenco", epilog="Esempio: cercafoto modello elenco")
def list_all(
    ctx: typer.Context, json: options.Json = False, archive: options.Archive = None
) -> int:
    """Elenca i modelli; l'asterisco segna quello che userebbe un nuovo archivio."""
    from cercafoto.cli.render import models as render
    from cercafoto.models.choice import preferred
    from cercafoto.models.registry import list_models

    settings = Common.of(ctx).settings(archive)
    rows = list_models(settings, preferred(settings))
    write(render.models_json(rows) if json else render.models_table(rows))
    return DONE


@app.command("scarica", epilog="Esempio: cercafoto modello scarica")
def download(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(metavar="[NOME]", help="Nome o sigla Hub; di norma clip-italian."),
    ] = "clip-italian",
    precision: Precision = "auto",
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Scarica un modello dall'Hub di Hugging Face e lo prepara."""
    from cercafoto.models.obtain import obtain

    folder, say = _prepare(Common.of(ctx), archive, quiet, precision, partial(obtain, wanted=name))
    say(
        f"Il modello «{folder.name}» è pronto. Per passarvi: cercafoto modello usa "
        f"{folder.name}, poi cercafoto index"
    )
    return DONE


def _prepare(
    common: Common,
    archive: Path | None,
    quiet: bool,
    precision: str,
    make: Callable[..., "ModelFolder"],
) -> tuple["ModelFolder", Callable[[str], None]]:
    """Download and prepare a model with `make`. Return it, and what to tell the person with."""
    from cercafoto.models.prepare.quantization import FULL, check_choice

    choice = check_choice(precision)
    settings, quiet = common.settings(archive), quiet or common.quiet
    say = sayer(quiet)
    photos = [] if choice == FULL else open_library(settings).sample()
    with progress(quiet) as bars:
        folder = make(
            settings, say=say, progress=bars.bytes, step=say, precision=choice, photos=photos
        )
    return folder, say


@app.command("usa", epilog="Esempio: cercafoto modello usa clip-italian")
def use(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            click_type=completion.MODEL, metavar="NOME", help="Uno di «modello elenco», o auto."
        ),
    ],
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Sceglie il modello; le foto passano a quello al prossimo «index»."""
    from cercafoto.models import choice

    common = Common.of(ctx)
    folder = choice.use(common.settings(archive), name)
    sayer(quiet or common.quiet)(
        f"Da ora si usa il modello «{folder.name}». Esegui «cercafoto index» per passarvi: "
        "finché non ha finito, le ricerche usano quello di prima."
    )
    return DONE


@app.command(
    "aggiungi", epilog="Esempio: cercafoto modello aggiungi google/siglip2-base-patch16-256"
)
def add(
    ctx: typer.Context,
    source: Annotated[
        str,
        typer.Argument(metavar="SIGLA|CARTELLA", help="Sigla dell'Hub o cartella locale."),
    ],
    name: Annotated[
        str | None, typer.Option("--nome", metavar="NOME", help="Come chiamarlo qui.")
    ] = None,
    precision: Precision = "auto",
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Prepara un modello CLIP, SigLIP o VisionTextDualEncoder, dall'Hub o da una cartella."""
    from cercafoto.models import obtain

    make = partial(obtain.add, what=source, name=name)
    folder, say = _prepare(Common.of(ctx), archive, quiet, precision, make)
    say(f"Il modello «{folder.name}» è pronto: cercafoto modello usa {folder.name}")
    return DONE


@app.command("verifica", epilog="Esempio: cercafoto modello verifica mini")
def verify(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            click_type=completion.MODEL, metavar="[NOME]", help="Quale; nessuno: tutti i pronti."
        ),
    ] = None,
    archive: options.Archive = None,
) -> int:
    """Controlla che i file di un modello siano quelli attesi, byte per byte."""
    from cercafoto.models.registry import list_models, verify_model

    settings = Common.of(ctx).settings(archive)
    names = [name] if name else [m.name for m in list_models(settings) if m.path is not None]
    code = DONE
    for each in names:
        try:
            checked = verify_model(settings, each)
        except UsageError:
            raise
        except CercafotoError as error:
            report_error(error)
            code = FAILED
        else:
            write(f"{checked.name}: {checked.files} file, tutto in ordine\n")
    return code
