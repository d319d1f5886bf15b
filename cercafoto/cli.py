"""The command line: arguments in, exit code out. What happens is in `library`, how it looks in
`render`; heavy imports wait until a command needs them, so that `--help` answers at once."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cercafoto import __version__, usage
from cercafoto.errors import CercafotoError, UsageError
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from cercafoto.library import Library
    from cercafoto.xmp_run import XmpReport

USUAL_MOST = 10  # photos that `cerca` shows unless told otherwise
DONE, FAILED, SKIPPED, INTERRUPTED = 0, 1, 3, 130

app = typer.Typer(
    cls=usage.Group,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    options_metavar="[OPZIONI]",
    subcommand_metavar="COMANDO [ARGOMENTI]...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
models_app = typer.Typer(
    cls=usage.Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    options_metavar="[OPZIONI]",
    subcommand_metavar="COMANDO [ARGOMENTI]...",
)
app.add_typer(models_app, name="modello", epilog="Esempio: cercafoto modello elenco")

Archive = Annotated[
    Path | None,
    typer.Option("--archivio", metavar="CARTELLA", help="Dove sta l'archivio."),
]
Model = Annotated[
    str | None,
    typer.Option("--modello", metavar="NOME", help="Modello da usare (vedi «modello elenco»)."),
]
Offline = Annotated[bool, typer.Option("--offline", help="Non usa mai la rete.")]
Quiet = Annotated[
    bool, typer.Option("--quieto", "-q", help="Scrive solo i risultati e gli errori.")
]
Literal = Annotated[
    bool, typer.Option("--letterale", help="Cerca le parole come sono, senza interpretarle.")
]
Json = Annotated[bool, typer.Option("--json", help="Scrive il risultato in JSON.")]
Inside = Annotated[
    list[Path] | None,
    typer.Option("--in", metavar="CARTELLA", help="Solo in questa cartella; ripetibile."),
]
Paths = Annotated[bool, typer.Option("--percorsi", help="Scrive solo i percorsi, uno per riga.")]
Null = Annotated[
    bool, typer.Option("--null", "-0", help="Percorsi separati da NUL, per «xargs -0».")
]


@dataclass(frozen=True)
class Common:
    """The options that may stand before the command as well as after it."""

    archive: Path | None = None
    model: str | None = None
    offline: bool = False
    quiet: bool = False

    def settings(
        self, archive: Path | None = None, model: str | None = None, offline: bool = False
    ) -> Settings:
        return Settings.resolve(
            archive or self.archive, model or self.model, offline or self.offline
        )


def command(group: typer.Typer, name: str, example: str) -> Callable[[Any], Any]:
    """Register a command: Italian help, an example under it."""
    return group.command(
        name, cls=usage.Command, options_metavar="[OPZIONI]", epilog=f"Esempio: {example}"
    )


def _show_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"cercafoto {__version__}\n")
        raise typer.Exit


@app.callback(epilog="Esempio: cercafoto index ~/Foto && cercafoto cerca un cane sulla spiaggia")
def _root(
    ctx: typer.Context,
    archivio: Archive = None,
    modello: Model = None,
    offline: Offline = False,
    quieto: Quiet = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Mostra la versione ed esce.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    """Cerca nelle tue foto con parole italiane. Tutto resta sul tuo computer."""
    ctx.obj = Common(archivio, modello, offline, quieto)


@command(app, "index", "cercafoto index ~/Foto")
def index(
    ctx: typer.Context,
    cartelle: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[CARTELLA]...", help="Cartelle di foto; nessuna: quelle note."),
    ] = None,
    aspetta: Annotated[
        bool, typer.Option("--aspetta", help="Se l'archivio è occupato, aspetta il turno.")
    ] = False,
    json: Json = False,
    modello: Model = None,
    archivio: Archive = None,
    offline: Offline = False,
    quieto: Quiet = False,
) -> int:
    """Legge le foto e le aggiunge all'archivio; senza cartelle aggiorna quelle già note."""
    from cercafoto import render

    quiet = quieto or ctx.obj.quiet
    library = _library(ctx.obj.settings(archivio, modello, offline))
    with _progress(quiet) as bars:
        report = library.index(
            cartelle or (),
            wait=aspetta,
            ask=_ask_above(bars) if _can_ask(quiet) else None,
            say=_sayer(quiet),
            progress=bars.photos,
            download=bars.bytes,
        )
    if json:
        _write(render.index_json(report))
    elif not quiet:
        _notice("\n".join(render.index_summary(report)))
    return DONE if report.complete else SKIPPED


@command(app, "cerca", 'cercafoto cerca "un cane sulla spiaggia" -n 5')
def cerca(
    ctx: typer.Context,
    parole: Annotated[
        list[str] | None, typer.Argument(metavar="[PAROLE]...", help="Che cosa cerchi.")
    ] = None,
    massimo: Annotated[
        int | None,
        typer.Option(
            "--max",
            "-n",
            metavar="N",
            help="Quante foto; di norma fino a 10, finché la fiducia tiene.",
            show_default=False,
        ),
    ] = None,
    minimo: Annotated[
        float,
        typer.Option(
            "--min", metavar="FIDUCIA", help="Fiducia minima, da 0 a 1.", show_default=False
        ),
    ] = 0.0,
    tutte: Annotated[
        bool, typer.Option("--tutte", help="Anche quelle di cui la fiducia è poca.")
    ] = False,
    come: Annotated[
        list[Path] | None,
        typer.Option("--come", metavar="FOTO", help="Foto che somigliano a questa; ripetibile."),
    ] = None,
    in_: Inside = None,
    etichetta: Annotated[
        list[str] | None,
        typer.Option("--etichetta", metavar="NOME", help="Solo con questa etichetta; ripetibile."),
    ] = None,
    da: Annotated[
        str | None,
        typer.Option("--da", metavar="DATA", help="Da questo giorno: 2019-08-14, agosto 2019."),
    ] = None,
    a: Annotated[
        str | None, typer.Option("--a", metavar="DATA", help="Fino a questo giorno compreso.")
    ] = None,
    luogo: Annotated[
        str | None,
        typer.Option("--luogo", metavar="NOME", help="Scattate qui: Roma, «vicino a Siena»."),
    ] = None,
    senza: Annotated[
        list[str] | None,
        typer.Option("--senza", metavar="COSA", help="Che non mostrano questo; ripetibile."),
    ] = None,
    fotocamera: Annotated[
        str | None,
        typer.Option("--fotocamera", metavar="NOME", help="Marca o modello, anche in parte."),
    ] = None,
    formato: Annotated[
        str | None, typer.Option("--formato", metavar="NOME", help="Formato: jpeg, png, heic...")
    ] = None,
    orientamento: Annotated[
        str | None,
        typer.Option("--orientamento", metavar="COME", help="verticale, orizzontale o quadrato."),
    ] = None,
    valutazione: Annotated[
        int | None,
        typer.Option("--valutazione", metavar="N", help="Almeno tante stelle, da 1 a 5."),
    ] = None,
    parola_chiave: Annotated[
        list[str] | None,
        typer.Option(
            "--parola-chiave", metavar="PAROLA", help="Con questa parola chiave; ripetibile."
        ),
    ] = None,
    piu: Annotated[
        list[int] | None,
        typer.Option("--piu", metavar="N", help="Altre come la N dell'ultima ricerca; ripetibile."),
    ] = None,
    meno: Annotated[
        list[int] | None,
        typer.Option("--meno", metavar="N", help="Non come la N dell'ultima ricerca; ripetibile."),
    ] = None,
    letterale: Literal = False,
    spiega: Annotated[
        bool, typer.Option("--spiega", help="Dice come sono state capite le parole, e perché.")
    ] = False,
    json: Json = False,
    percorsi: Paths = False,
    null: Null = False,
    archivio: Archive = None,
    offline: Offline = False,
    quieto: Quiet = False,
) -> int:
    """Cerca nell'archivio le foto che mostrano quello che scrivi."""
    from cercafoto import render
    from cercafoto.last import Asked, Last, recall, remember
    from cercafoto.query import Options
    from cercafoto.reading.line import explain

    _refuse_several_outputs(json, percorsi, null)
    if massimo is not None and massimo < 1:
        raise UsageError(f"--max vuole un numero da 1 in su, non {massimo}.")
    if not 0 <= minimo <= 1:
        raise UsageError(f"--min vuole un numero da 0 a 1, non {minimo:g}.")
    options = Options(
        since=da,
        until=a,
        place=luogo,
        without=tuple(senza or ()),
        camera=fotocamera,
        format=formato,
        orientation=orientamento,
        rating=valutazione,
        keywords=tuple(parola_chiave or ()),
    )
    settings = ctx.obj.settings(archivio, None, offline)
    library = _library(settings)
    asked = Asked(
        tuple(parole or ()),
        tuple(os.path.abspath(path) for path in come or ()),
        tuple(os.path.abspath(path) for path in in_ or ()),
        tuple(etichetta or ()),
        options,
        letterale,
    )
    more: tuple[bytes, ...] = ()
    less: tuple[bytes, ...] = ()
    if piu or meno:
        last = recall(settings.archive)
        more, less = last.numbered(piu or ()), last.numbered(meno or ())
        if not asked:  # the same question again, and what was said of its photos before
            asked, more, less = last.asked, (*last.more, *more), (*last.less, *less)
    query = library.read(
        asked.words,
        [Path(path) for path in asked.like],
        [Path(path) for path in asked.folders],
        asked.labels,
        asked.options,
        asked.literal,
    )
    quiet = quieto or ctx.obj.quiet
    if not (json or spiega or quiet or query.is_plain):
        _notice(query.reading)
    # A person is shown what may be an answer; a program says itself how many it wants.
    cut = massimo is None and not (tutte or minimo or json or percorsi or null)
    result = library.search(
        query, massimo or USUAL_MOST, least=minimo, cut=cut, more=more, less=less
    )
    remember(settings.archive, Last(asked, tuple(hit.path for hit in result.hits), more, less))
    found = [hit.path for hit in result.hits]
    if spiega and not json:
        told = "\n".join(explain(query))
        # Among paths that a program reads there is no room for it.
        _notice(told) if null or percorsi else _write(f"{told}\n")
    if json:
        _write(render.search_json(result, parts=spiega))
    elif null:
        _write(render.paths(found, b"\0"))
    elif percorsi:
        _write(render.paths(found, b"\n"))
    elif found:
        _write(render.search_table(result))
    if not json and not quiet:
        if query.suggestions:
            _notice(f"Forse cercavi: {', '.join(query.suggestions)}.")
        if result.verdict == "none":
            _notice(
                "Probabilmente nessuna foto corrisponde; queste sono le più vicine."
                if found
                else "Nessuna foto corrisponde."
            )
        elif result.verdict == "weak":
            _notice("Nessuna corrispondenza sicura: guarda se fra queste c'è quello che cerchi.")
    return DONE


@command(app, "capisci", 'cercafoto capisci "al mare ad agosto 2019, senza persone"')
def capisci(
    ctx: typer.Context,
    parole: Annotated[
        list[str] | None, typer.Argument(metavar="[PAROLE]...", help="Una domanda per «cerca».")
    ] = None,
    letterale: Literal = False,
    spiega: Annotated[
        bool, typer.Option("--spiega", help="Dice anche che cosa è diventata ogni parola.")
    ] = False,
    json: Json = False,
) -> int:
    """Mostra come «cerca» capirebbe una domanda, senza cercare; non serve un archivio."""
    from json import dumps

    from cercafoto.places import Places
    from cercafoto.query import Query
    from cercafoto.reading.line import explain, parts_data, query_data

    query = Query.parse(parole or [], literal=letterale, places=Places(None))
    if json:
        data = {
            "query": query_data(query),
            "parts": parts_data(query),
            "suggestions": list(query.suggestions),
        }
        _write(dumps(data, ensure_ascii=False, indent=2) + "\n")  # `render` would load numpy
    else:
        _write("\n".join(explain(query) if spiega else [query.reading]) + "\n")
        if query.suggestions:
            _notice(f"Forse cercavi: {', '.join(query.suggestions)}.")
    return DONE


@command(app, "simili", "cercafoto simili ~/Foto/2019/tramonto.jpg -n 5")
def simili(
    ctx: typer.Context,
    foto: Annotated[
        list[Path],
        typer.Argument(metavar="FOTO...", help="Una o più foto, nell'archivio o no."),
    ],
    massimo: Annotated[
        int,
        typer.Option(
            "--max",
            "-n",
            metavar="N",
            help="Quante foto al massimo; di norma 10.",
            show_default=False,
        ),
    ] = 10,
    in_: Inside = None,
    json: Json = False,
    percorsi: Paths = False,
    null: Null = False,
    archivio: Archive = None,
    quieto: Quiet = False,
) -> int:
    """Cerca nell'archivio le foto che somigliano a queste, che restano fuori."""
    from cercafoto import render

    _refuse_several_outputs(json, percorsi, null)
    if massimo < 1:
        raise UsageError(f"--max vuole un numero da 1 in su, non {massimo}.")
    result = _library(ctx.obj.settings(archivio)).similar(foto, massimo, in_ or ())
    found = [hit.path for hit in result.hits]
    if json:
        _write(render.search_json(result))
    elif null or percorsi:
        _write(render.paths(found, b"\0" if null else b"\n"))
    elif found:
        _write(render.search_table(result))
    if not (json or quieto or ctx.obj.quiet):
        if result.verdict == "none":
            _notice("Nessun'altra foto corrisponde.")
        elif result.verdict == "weak":
            _notice("Probabilmente nessuna foto somiglia; queste sono le più vicine.")
    return DONE


@command(app, "doppioni", "cercafoto doppioni --in ~/Foto/2019")
def doppioni(
    ctx: typer.Context,
    in_: Inside = None,
    esatti: Annotated[
        bool, typer.Option("--esatti", help="Solo i file identici, byte per byte.")
    ] = False,
    json: Json = False,
    null: Annotated[
        bool,
        typer.Option("--null", "-0", help="Solo le foto in più, separate da NUL, per «xargs -0»."),
    ] = False,
    archivio: Archive = None,
    quieto: Quiet = False,
) -> int:
    """Trova le foto che hai più volte e dice quale tenere; non cancella niente."""
    from cercafoto import render_duplicates as render
    from cercafoto.images import printable

    if json and null:
        raise UsageError("--json e --null si escludono a vicenda.", "Scegline uno solo.")
    quiet = quieto or ctx.obj.quiet
    library = _library(ctx.obj.settings(archivio))
    with _progress(quiet) as bars:
        result = library.duplicates(in_ or (), exact=esatti, progress=bars.photos)
    if json:
        _write(render.duplicates_json(result))
    elif null:
        _write(render.duplicates_paths(result))
    elif result.groups:
        _write(render.duplicates_table(result))
    if not (json or quiet):
        _notice(render.duplicates_summary(result))
    if not json:
        for path, why in result.skipped:
            _notice(f"{printable(path)}: {why}, lasciata fuori.")
    return SKIPPED if result.skipped else DONE


@command(app, "tag", "cercafoto tag --labels etichette.txt ~/Foto/2019")
def tag(
    ctx: typer.Context,
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels",
            "--etichette",
            metavar="FILE",
            help="Le etichette, una per riga (UTF-8), oppure «predefinite».",
        ),
    ] = None,
    foto: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[CARTELLA|FOTO]...", help="Quali foto; nessuna: tutte."),
    ] = None,
    soglia: Annotated[
        float,
        typer.Option(
            "--soglia",
            metavar="N",
            help="Fiducia minima, da 0 a 1; di norma 0.3. Quella scritta nel file vince.",
            show_default=False,
        ),
    ] = 0.3,
    massimo: Annotated[
        int,
        typer.Option(
            "--massimo",
            metavar="N",
            help="Etichette per foto, generi a parte; di norma 5.",
            show_default=False,
        ),
    ] = 5,
    xmp: Annotated[
        bool, typer.Option("--xmp", help="Le scrive anche in file .xmp accanto alle foto.")
    ] = False,
    prova: Annotated[
        bool,
        typer.Option("--prova", help="Con --xmp o --annulla: mostra che cosa cambierebbe e basta."),
    ] = False,
    annulla: Annotated[
        bool,
        typer.Option("--annulla", help="Rimette i file .xmp com'erano prima dell'ultimo --xmp."),
    ] = False,
    json: Json = False,
    archivio: Archive = None,
    quieto: Quiet = False,
) -> int:
    """Dà a ogni foto dell'archivio le etichette che le convengono, senza rileggerla."""
    from cercafoto import render
    from cercafoto.labels import DEFAULT, default_labels, read_labels

    quiet = quieto or ctx.obj.quiet
    if annulla and (labels or foto):
        raise UsageError(
            "--annulla non vuole né etichette né foto.",
            "Rimette a posto tutto quello che ha scritto l'ultimo --xmp: cercafoto tag --annulla",
        )
    if prova and not (xmp or annulla):
        raise UsageError("--prova va insieme a --xmp o ad --annulla.")
    if annulla:
        return _sidecars(_library(ctx.obj.settings(archivio)).undo_xmp(prova), json, quiet, True)
    if labels is None:
        raise UsageError(
            "Manca l'opzione --labels.",
            "Indica un file con un'etichetta per riga, oppure: --labels predefinite",
        )
    if not 0 <= soglia <= 1:
        raise UsageError(f"--soglia vuole un numero fra 0 e 1, non {soglia}.")
    if massimo < 1:
        raise UsageError(f"--massimo vuole un numero da 1 in su, non {massimo}.")
    shipped = str(labels) == DEFAULT
    wanted = default_labels() if shipped else read_labels(labels)
    library = _library(ctx.obj.settings(archivio))
    result = library.tag(
        wanted,
        DEFAULT if shipped else str(labels.absolute()),
        foto or (),
        threshold=soglia,
        most=massimo,
        store=not prova,
    )
    report = library.write_xmp(result, prova) if xmp else None
    outcome = DONE
    if report is not None and prova:
        outcome = _sidecars(report, json, quiet)
    else:
        _write(render.tag_json(result, report) if json else render.tag_table(result))
        if report is not None:
            outcome = _tell_sidecars(report, quiet)
    for path in result.unknown:
        _notice(f"{os.fsdecode(path)}: non è nell'archivio, saltata. Prima: cercafoto index")
    return SKIPPED if result.unknown else outcome


@command(app, "stato", "cercafoto stato --problemi")
def stato(
    ctx: typer.Context,
    problemi: Annotated[
        bool, typer.Option("--problemi", help="Elenca le foto che non si leggono, e perché.")
    ] = False,
    json: Json = False,
    archivio: Archive = None,
) -> int:
    """Mostra che cosa contiene l'archivio."""
    from cercafoto import render

    library = _library(ctx.obj.settings(archivio))
    if problemi:
        found = library.problems()
        _write(render.problems_json(found) if json else render.problems_text(found))
    else:
        status = library.status()
        _write(render.status_json(status) if json else render.status_text(status))
    return DONE


@models_app.callback()
def _models() -> None:
    """Modelli: quali ci sono, quale usare, come aggiungerne."""


@command(models_app, "elenco", "cercafoto modello elenco")
def elenco(ctx: typer.Context, json: Json = False, archivio: Archive = None) -> int:
    """Elenca i modelli; l'asterisco segna quello che userebbe un nuovo archivio."""
    from cercafoto import render
    from cercafoto.models.choose import preferred
    from cercafoto.models.registry import list_models

    settings = ctx.obj.settings(archivio)
    models = list_models(settings, preferred(settings))
    _write(render.models_json(models) if json else render.models_table(models))
    return DONE


@command(models_app, "scarica", "cercafoto modello scarica")
def scarica(
    ctx: typer.Context,
    nome: Annotated[
        str, typer.Argument(metavar="[NOME]", help="Nome o sigla Hub; di norma clip-italian.")
    ] = "clip-italian",
    archivio: Archive = None,
    quieto: Quiet = False,
) -> int:
    """Scarica un modello dall'Hub di Hugging Face e lo prepara."""
    from cercafoto.models.obtain import obtain

    quiet = quieto or ctx.obj.quiet
    with _progress(quiet) as bars:
        folder = obtain(
            ctx.obj.settings(archivio),
            nome,
            say=_sayer(quiet),
            progress=bars.bytes,
            step=_sayer(quiet),
        )
    _sayer(quiet)(
        f"Il modello «{folder.name}» è pronto. Per passarvi: cercafoto modello usa "
        f"{folder.name}, poi cercafoto index"
    )
    return DONE


@command(models_app, "usa", "cercafoto modello usa clip-italian")
def usa(
    ctx: typer.Context,
    nome: Annotated[str, typer.Argument(metavar="NOME", help="Uno di «modello elenco», o auto.")],
    archivio: Archive = None,
    quieto: Quiet = False,
) -> int:
    """Sceglie il modello; le foto passano a quello al prossimo «index»."""
    from cercafoto.models.choose import use

    folder = use(ctx.obj.settings(archivio), nome)
    _sayer(quieto or ctx.obj.quiet)(
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
    archivio: Archive = None,
    quieto: Quiet = False,
) -> int:
    """Prepara un modello CLIP, SigLIP o VisionTextDualEncoder, dall'Hub o da una cartella."""
    from cercafoto.models.obtain import add

    quiet = quieto or ctx.obj.quiet
    with _progress(quiet) as bars:
        folder = add(
            ctx.obj.settings(archivio),
            sorgente,
            name=nome,
            say=_sayer(quiet),
            progress=bars.bytes,
            step=_sayer(quiet),
        )
    _sayer(quiet)(f"Il modello «{folder.name}» è pronto: cercafoto modello usa {folder.name}")
    return DONE


@command(models_app, "verifica", "cercafoto modello verifica mini")
def verifica(
    ctx: typer.Context,
    nome: Annotated[
        str | None, typer.Argument(metavar="[NOME]", help="Quale; nessuno: tutti i pronti.")
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
            _report(error)
            outcome = FAILED
        else:
            _write(f"{checked.name}: {checked.files} file, tutto in ordine\n")
    return outcome


def _sidecars(report: XmpReport, json: bool, quiet: bool, undone: bool = False) -> int:
    """Show what happened to sidecars, or would: on stdout what was asked, the rest on stderr."""
    from cercafoto import render

    if json:
        _write(render.xmp_json(report))
    elif report.rehearsal:
        _write(render.xmp_diff(report))
    return _tell_sidecars(report, quiet, undone)


def _tell_sidecars(report: XmpReport, quiet: bool, undone: bool = False) -> int:
    from cercafoto import render

    if not quiet:
        _notice(render.xmp_summary(report, undone))
    for path, why in report.problems:
        _notice(f"{render.printable(path)}: {why}")
    return SKIPPED if report.problems else DONE


# -- running ------------------------------------------------------------------------------------


def run(arguments: list[str] | None = None) -> int:
    """Carry out a command line (without the program's name) and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A name that the terminal's encoding lacks is shown escaped, never a traceback.
            stream.reconfigure(errors="backslashreplace")
    try:
        program = typer.main.get_command(app)
        # Not program.main(): it takes interruptions and closed pipes into its own hands.
        words = sys.argv[1:] if arguments is None else arguments
        with program.make_context("cercafoto", list(words)) as ctx:
            outcome = int(program.invoke(ctx) or DONE)
        sys.stdout.flush()
        return outcome
    except typer.Exit as exit_:
        sys.stdout.flush()
        return exit_.exit_code
    except CercafotoError as error:
        _report(error)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _notice("Interrotto. Quello che era già fatto resta: lo stesso comando riprende da qui.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough (`| head`). Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except usage.UsageProblem as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            _notice(str(error))
        else:
            _report(UsageError(*usage.explain(error)))
        return UsageError.exit_code
    except Exception as error:
        if os.environ.get("CERCAFOTO_DEBUG"):
            traceback.print_exc()
        _report(
            CercafotoError(
                f"Errore inatteso: {type(error).__name__}: {error}",
                "Le foto non sono state toccate. Con CERCAFOTO_DEBUG=1 vedi i dettagli da "
                "segnalare.",
            )
        )
        return FAILED


def main() -> None:
    """Entry point of the `cercafoto` command."""
    # A closed terminal or a shutdown ends a run as Ctrl-C does: what is done is kept. Under nohup
    # a signal is ignored, and stays so.
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    sys.exit(run())


def _refuse_several_outputs(*chosen: bool) -> None:
    if sum(chosen) > 1:
        raise UsageError(
            "--json, --percorsi e --null si escludono a vicenda.", "Scegline uno solo."
        )


def _library(settings: Settings) -> Library:
    from cercafoto.library import Library

    return Library(settings)


def _write(text: str | bytes) -> None:
    """Results go to stdout; bytes exactly as they are."""
    if isinstance(text, bytes):
        sys.stdout.flush()
        sys.stdout.buffer.write(text)
    else:
        sys.stdout.write(text)


def _notice(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _sayer(quiet: bool) -> Callable[[str], None]:
    return (lambda line: None) if quiet else _notice


def _report(error: CercafotoError) -> None:
    hint = f"\n{error.hint}" if error.hint else ""
    _notice(f"cercafoto: {error.message}{hint}")


def _can_ask(quiet: bool) -> bool:
    return not quiet and sys.stdin.isatty() and sys.stderr.isatty()


def _ask_above(bars: Any) -> Callable[[str], bool]:
    def ask(question: str) -> bool:
        """Yes unless the answer begins with n; the end of the input is a no."""
        bars.hide()
        sys.stderr.write(f"{question} ")
        sys.stderr.flush()
        answer = sys.stdin.readline()
        return bool(answer) and not answer.strip().lower().startswith("n")

    return ask


def _progress(quiet: bool) -> AbstractContextManager[Any]:
    """Bars on a terminal, silence elsewhere."""
    from cercafoto.progress import Bars, Silence

    return Bars() if sys.stderr.isatty() and not quiet else nullcontext(Silence())
