"""Which models there are, which one to use, how to add one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cercafoto import completing
from cercafoto.commands.app import DONE, FAILED, command, models_app
from cercafoto.commands.options import Archive, Json, Quiet
from cercafoto.commands.output import open_library, progress, report_error, sayer, write
from cercafoto.errors import CercafotoError, UsageError

if TYPE_CHECKING:
    from cercafoto.models.folder import ModelFolder

Precision = Annotated[
    str,
    typer.Option(
        "--precisione",
        metavar="QUALE",
        help="Dei pesi che guardano le foto: auto, fp32 o int8. Di norma auto: a 8 bit, più "
        "rapidi, se con le tue foto trovano le stesse.",
        show_default=False,
    ),
]


@models_app.callback()
def _models() -> None:
    """Modelli: quali ci sono, quale usare, come aggiungerne."""


@command(models_app, "elenco", "cercafoto modello elenco")
def elenco(ctx: typer.Context, json: Json = False, archivio: Archive = None) -> int:
    """Elenca i modelli; l'asterisco segna quello che userebbe un nuovo archivio."""
    from cercafoto.models.choose import preferred
    from cercafoto.models.registry import list_models
    from cercafoto.render import models as render

    settings = ctx.obj.settings(archivio)
    models = list_models(settings, preferred(settings))
    write(render.models_json(models) if json else render.models_table(models))
    return DONE


@command(models_app, "scarica", "cercafoto modello scarica")
def scarica(
    ctx: typer.Context,
    nome: Annotated[
        str, typer.Argument(metavar="[NOME]", help="Nome o sigla Hub; di norma clip-italian.")
    ] = "clip-italian",
    precisione: Precision = "auto",
    archivio: Archive = None,
    quieto: Quiet = False,
) -> int:
    """Scarica un modello dall'Hub di Hugging Face e lo prepara."""
    from cercafoto.models.obtain import obtain

    folder, say = _prepared(ctx, archivio, quieto, precisione, partial(obtain, wanted=nome))
    say(
        f"Il modello «{folder.name}» è pronto. Per passarvi: cercafoto modello usa "
        f"{folder.name}, poi cercafoto index"
    )
    return DONE


def _prepared(
    ctx: typer.Context,
    archivio: Path | None,
    quieto: bool,
    precisione: str,
    make: Callable[..., ModelFolder],
) -> tuple[ModelFolder, Callable[[str], None]]:
    """The model that `make` downloads and prepares, and what to tell the person with."""
    from cercafoto.models.precision import FULL, check_choice

    wanted = check_choice(precisione)
    settings, quiet = ctx.obj.settings(archivio), quieto or ctx.obj.quiet
    say = sayer(quiet)
    photos = [] if wanted == FULL else open_library(settings).sample()
    with progress(quiet) as bars:
        folder = make(
            settings, say=say, progress=bars.bytes, step=say, precision=wanted, photos=photos
        )
    return folder, say


@command(models_app, "usa", "cercafoto modello usa clip-italian")
def usa(
    ctx: typer.Context,
    nome: Annotated[
        str,
        typer.Argument(
            metavar="NOME",
            help="Uno di «modello elenco», o auto.",
            autocompletion=completing.models,
        ),
    ],
    archivio: Archive = None,
    quieto: Quiet = False,
) -> int:
    """Sceglie il modello; le foto passano a quello al prossimo «index»."""
    from cercafoto.models.choose import use

    folder = use(ctx.obj.settings(archivio), nome)
    sayer(quieto or ctx.obj.quiet)(
        f"Da ora si usa il modello «{folder.name}». Esegui «cercafoto index» per passarvi: "
        "finché non ha finito, le ricerche usano quello di prima."
    )
    return DONE


@command(models_app, "aggiungi", "cercafoto modello aggiungi google/siglip2-base-patch16-256")
def aggiungi(
    ctx: typer.Context,
    sorgente: Annotated[
        str, typer.Argument(metavar="SIGLA|CARTELLA", help="Sigla dell'Hub o cartella locale.")
    ],
    nome: Annotated[
        str | None, typer.Option("--nome", metavar="NOME", help="Come chiamarlo qui.")
    ] = None,
    precisione: Precision = "auto",
    archivio: Archive = None,
    quieto: Quiet = False,
) -> int:
    """Prepara un modello CLIP, SigLIP o VisionTextDualEncoder, dall'Hub o da una cartella."""
    from cercafoto.models.obtain import add

    make = partial(add, what=sorgente, name=nome)
    folder, say = _prepared(ctx, archivio, quieto, precisione, make)
    say(f"Il modello «{folder.name}» è pronto: cercafoto modello usa {folder.name}")
    return DONE


@command(models_app, "verifica", "cercafoto modello verifica mini")
def verifica(
    ctx: typer.Context,
    nome: Annotated[
        str | None,
        typer.Argument(
            metavar="[NOME]",
            help="Quale; nessuno: tutti i pronti.",
            autocompletion=completing.models,
        ),
    ] = None,
    archivio: Archive = None,
) -> int:
    """Controlla che i file di un modello siano quelli attesi, byte per byte."""
    from cercafoto.models.registry import list_models, verify_model

    settings = ctx.obj.settings(archivio)
    names = [nome] if nome else [m.name for m in list_models(settings) if m.path is not None]
    outcome = DONE
    for name in names:
        try:
            checked = verify_model(settings, name)
        except UsageError:
            raise
        except CercafotoError as error:
            report_error(error)
            outcome = FAILED
        else:
            write(f"{checked.name}: {checked.files} file, tutto in ordine\n")
    return outcome
