"""Questions: in words, by example, and how words would be understood."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cercafoto import completing
from cercafoto.commands.app import DONE, app, command
from cercafoto.commands.options import (
    Archive,
    Inside,
    Json,
    Literal,
    Null,
    Offline,
    Overwrite,
    Paths,
    Quiet,
)
from cercafoto.commands.outcome import CopyTo, Gallery, LinkTo, Open, Outcome, Preview, Rehearse
from cercafoto.commands.output import notice, open_library, refuse_several_outputs, write
from cercafoto.errors import UsageError

if TYPE_CHECKING:
    from cercafoto.explaining import Explanation
    from cercafoto.library import SearchResult

USUAL_MOST = 10  # photos that `cerca` shows unless told otherwise


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
        typer.Option(
            "--etichetta",
            metavar="NOME",
            help="Solo con questa etichetta; ripetibile.",
            autocompletion=completing.labels,
        ),
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
        typer.Option(
            "--orientamento",
            metavar="COME",
            help="verticale, orizzontale o quadrato.",
            autocompletion=completing.shapes,
        ),
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
        bool,
        typer.Option("--spiega", help="Dice come è stata capita la domanda, e perché queste foto."),
    ] = False,
    json: Json = False,
    percorsi: Paths = False,
    null: Null = False,
    anteprima: Preview = False,
    html: Gallery = None,
    sovrascrivi: Overwrite = False,
    copia_in: CopyTo = None,
    collega_in: LinkTo = None,
    prova: Rehearse = False,
    apri: Open = False,
    archivio: Archive = None,
    offline: Offline = False,
    quieto: Quiet = False,
) -> int:
    """Cerca nell'archivio le foto che mostrano quello che scrivi."""
    from cercafoto.last import Asked, Last, recall, remember
    from cercafoto.query import Options

    refuse_several_outputs(json, percorsi, null)
    outcome = Outcome(anteprima, html, sovrascrivi, copia_in, collega_in, prova, apri)
    outcome.check(json or percorsi or null)
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
    library = open_library(settings)
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
        notice(query.reading)
    # A person is shown what may be an answer; a program says itself how many it wants.
    cut = massimo is None and not (tutte or minimo or json or percorsi or null)
    result = library.search(
        query, massimo or USUAL_MOST, least=minimo, cut=cut, more=more, less=less
    )
    remember(settings.archive, Last(asked, tuple(hit.path for hit in result.hits), more, less))
    told = library.explain(result, more=more, less=less) if spiega else None
    end = b"\0" if null else b"\n" if percorsi else None
    outcome.show(settings, result, quiet)
    _show(result, told, json, end)
    if not (json or quiet):
        _comment(result)
    return outcome.carry_out(settings, result, quiet, wanted=not cut)


def _show(result: SearchResult, told: Explanation | None, json: bool, end: bytes | None) -> None:
    """The answer as it was asked for; end: what parts the paths, where only paths are wanted."""
    from cercafoto.render import pieces
    from cercafoto.render import search as render
    from cercafoto.render.explanation import explanation_text

    if json:
        write(render.search_json(result, told))
        return
    if told is not None:
        text = explanation_text(result.query, told)
        # Among paths that a program reads there is no room for it.
        notice(text.rstrip()) if end else write(text)
    found = [hit.path for hit in result.hits]
    if end:
        write(pieces.paths(found, end))
    elif found:
        write(render.search_table(result))


def _comment(result: SearchResult) -> None:
    """What the table does not say."""
    if result.query.suggestions:
        notice(f"Forse cercavi: {', '.join(result.query.suggestions)}.")
    if result.verdict == "none":
        notice(
            "Probabilmente nessuna foto corrisponde; queste sono le più vicine."
            if result.hits
            else "Nessuna foto corrisponde."
        )
    elif result.verdict == "weak":
        notice("Nessuna corrispondenza sicura: guarda se fra queste c'è quello che cerchi.")


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
        write(dumps(data, ensure_ascii=False, indent=2) + "\n")  # `render` would load numpy
    else:
        write("\n".join(explain(query) if spiega else [query.reading]) + "\n")
        if query.suggestions:
            notice(f"Forse cercavi: {', '.join(query.suggestions)}.")
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
    anteprima: Preview = False,
    html: Gallery = None,
    sovrascrivi: Overwrite = False,
    copia_in: CopyTo = None,
    collega_in: LinkTo = None,
    prova: Rehearse = False,
    apri: Open = False,
    archivio: Archive = None,
    quieto: Quiet = False,
) -> int:
    """Cerca nell'archivio le foto che somigliano a queste, che restano fuori."""
    refuse_several_outputs(json, percorsi, null)
    outcome = Outcome(anteprima, html, sovrascrivi, copia_in, collega_in, prova, apri)
    outcome.check(json or percorsi or null)
    if massimo < 1:
        raise UsageError(f"--max vuole un numero da 1 in su, non {massimo}.")
    settings, quiet = ctx.obj.settings(archivio), quieto or ctx.obj.quiet
    result = open_library(settings).similar(foto, massimo, in_ or ())
    outcome.show(settings, result, quiet)
    _show(result, None, json, b"\0" if null else b"\n" if percorsi else None)
    if not (json or quiet):
        if result.verdict == "none":
            notice("Nessun'altra foto corrisponde.")
        elif result.verdict == "weak":
            notice("Probabilmente nessuna foto somiglia; queste sono le più vicine.")
    return outcome.carry_out(settings, result, quiet, wanted=True)
