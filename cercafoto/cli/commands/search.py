"""Questions: in words, by example, and how words would be understood."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cercafoto.cli import completion, options
from cercafoto.cli.answer_actions import Outcome
from cercafoto.cli.app import DONE, Common, app
from cercafoto.cli.console import notice, open_library, refuse_several_outputs, write
from cercafoto.errors import UsageError

if TYPE_CHECKING:
    from cercafoto.results import SearchResult
    from cercafoto.search.explanation import Explanation

USUAL_MOST = 10  # photos that `cerca` shows unless told otherwise


@app.command(epilog='Esempio: cercafoto cerca "un cane sulla spiaggia" -n 5')
@click.argument("parole", nargs=-1, metavar="[PAROLE]...", help="Che cosa cerchi.")
@click.option(
    "massimo",
    "--max",
    "-n",
    type=int,
    metavar="N",
    help="Quante foto; di norma fino a 10, finché la fiducia tiene.",
)
@click.option(
    "minimo",
    "--min",
    type=float,
    default=0.0,
    metavar="FIDUCIA",
    help="Fiducia minima, da 0 a 1.",
)
@click.option("--tutte", is_flag=True, help="Anche quelle di cui la fiducia è poca.")
@click.option(
    "--come",
    type=options.PATH,
    multiple=True,
    metavar="FOTO",
    help="Foto che somigliano a questa; ripetibile.",
)
@options.inside
@click.option(
    "--etichetta",
    multiple=True,
    metavar="NOME",
    help="Solo con questa etichetta; ripetibile.",
    shell_complete=completion.labels,
)
@click.option("--da", metavar="DATA", help="Da questo giorno: 2019-08-14, agosto 2019.")
@click.option("--a", metavar="DATA", help="Fino a questo giorno compreso.")
@click.option("--luogo", metavar="NOME", help="Scattate qui: Roma, «vicino a Siena».")
@click.option("--senza", multiple=True, metavar="COSA", help="Che non mostrano questo; ripetibile.")
@click.option("--fotocamera", metavar="NOME", help="Marca o modello, anche in parte.")
@click.option("--formato", metavar="NOME", help="Formato: jpeg, png, heic...")
@click.option(
    "--orientamento",
    metavar="COME",
    help="verticale, orizzontale o quadrato.",
    shell_complete=completion.shapes,
)
@click.option("--valutazione", type=int, metavar="N", help="Almeno tante stelle, da 1 a 5.")
@click.option(
    "--parola-chiave",
    multiple=True,
    metavar="PAROLA",
    help="Con questa parola chiave; ripetibile.",
)
@click.option(
    "--piu",
    type=int,
    multiple=True,
    metavar="N",
    help="Altre come la N dell'ultima ricerca; ripetibile.",
)
@click.option(
    "--meno",
    type=int,
    multiple=True,
    metavar="N",
    help="Non come la N dell'ultima ricerca; ripetibile.",
)
@options.literal
@click.option(
    "--spiega", is_flag=True, help="Dice come è stata capita la domanda, e perché queste foto."
)
@options.json
@options.paths
@options.null
@Outcome.options
@options.archive
@options.offline
@options.quiet
@click.pass_obj
def cerca(
    common: Common,
    parole: tuple[str, ...],
    massimo: int | None,
    minimo: float,
    tutte: bool,
    come: tuple[Path, ...],
    in_: tuple[Path, ...],
    etichetta: tuple[str, ...],
    da: str | None,
    a: str | None,
    luogo: str | None,
    senza: tuple[str, ...],
    fotocamera: str | None,
    formato: str | None,
    orientamento: str | None,
    valutazione: int | None,
    parola_chiave: tuple[str, ...],
    piu: tuple[int, ...],
    meno: tuple[int, ...],
    letterale: bool,
    spiega: bool,
    json: bool,
    percorsi: bool,
    null: bool,
    archivio: Path | None,
    offline: bool,
    quieto: bool,
    **becoming: Any,
) -> int:
    """Cerca nell'archivio le foto che mostrano quello che scrivi."""
    from cercafoto.cli.last_answer import Asked, Last, recall, remember
    from cercafoto.question.options import Options

    refuse_several_outputs(json, percorsi, null)
    outcome = Outcome(**becoming)
    outcome.check(json or percorsi or null)
    if massimo is not None and massimo < 1:
        raise UsageError(f"--max vuole un numero da 1 in su, non {massimo}.")
    if not 0 <= minimo <= 1:
        raise UsageError(f"--min vuole un numero da 0 a 1, non {minimo:g}.")
    conditions = Options(
        since=da,
        until=a,
        place=luogo,
        without=senza,
        camera=fotocamera,
        format=formato,
        orientation=orientamento,
        rating=valutazione,
        keywords=parola_chiave,
    )
    settings = common.settings(archivio, None, offline)
    library = open_library(settings)
    asked = Asked(
        parole,
        tuple(os.path.abspath(path) for path in come),
        tuple(os.path.abspath(path) for path in in_),
        etichetta,
        conditions,
        letterale,
    )
    more: tuple[bytes, ...] = ()
    less: tuple[bytes, ...] = ()
    if piu or meno:
        last = recall(settings.archive)
        more, less = last.numbered(piu), last.numbered(meno)
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
    quiet = quieto or common.quiet
    if not (json or spiega or quiet or query.is_plain):
        from cercafoto.question.wording import say_query

        notice(say_query(query))
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
    from cercafoto.cli.render import formatting
    from cercafoto.cli.render import search as render
    from cercafoto.cli.render.explanation import explanation_text

    if json:
        write(render.search_json(result, told))
        return
    if told is not None:
        text = explanation_text(result.query, told)
        # Among paths that a program reads there is no room for it.
        notice(text.rstrip()) if end else write(text)
    found = [hit.path for hit in result.hits]
    if end:
        write(formatting.paths(found, end))
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


@app.command(epilog='Esempio: cercafoto capisci "al mare ad agosto 2019, senza persone"')
@click.argument("parole", nargs=-1, metavar="[PAROLE]...", help="Una domanda per «cerca».")
@options.literal
@click.option("--spiega", is_flag=True, help="Dice anche che cosa è diventata ogni parola.")
@options.json
def capisci(parole: tuple[str, ...], letterale: bool, spiega: bool, json: bool) -> int:
    """Mostra come «cerca» capirebbe una domanda, senza cercare; non serve un archivio."""
    from json import dumps

    from cercafoto.places.lookup import Places
    from cercafoto.question.query import Query
    from cercafoto.question.wording import explain, parts_data, query_data, say_query

    query = Query.parse(parole, literal=letterale, places=Places(None))
    if json:
        data = {
            "query": query_data(query),
            "parts": parts_data(query),
            "suggestions": list(query.suggestions),
        }
        write(dumps(data, ensure_ascii=False, indent=2) + "\n")  # `render` would load numpy
    else:
        write("\n".join(explain(query) if spiega else [say_query(query)]) + "\n")
        if query.suggestions:
            notice(f"Forse cercavi: {', '.join(query.suggestions)}.")
    return DONE


@app.command(epilog="Esempio: cercafoto simili ~/Foto/2019/tramonto.jpg -n 5")
@click.argument(
    "foto",
    nargs=-1,
    required=True,
    type=options.PATH,
    metavar="FOTO...",
    help="Una o più foto, nell'archivio o no.",
)
@click.option(
    "massimo",
    "--max",
    "-n",
    type=int,
    default=10,
    metavar="N",
    help="Quante foto al massimo; di norma 10.",
)
@options.inside
@options.json
@options.paths
@options.null
@Outcome.options
@options.archive
@options.quiet
@click.pass_obj
def simili(
    common: Common,
    foto: tuple[Path, ...],
    massimo: int,
    in_: tuple[Path, ...],
    json: bool,
    percorsi: bool,
    null: bool,
    archivio: Path | None,
    quieto: bool,
    **becoming: Any,
) -> int:
    """Cerca nell'archivio le foto che somigliano a queste, che restano fuori."""
    refuse_several_outputs(json, percorsi, null)
    outcome = Outcome(**becoming)
    outcome.check(json or percorsi or null)
    if massimo < 1:
        raise UsageError(f"--max vuole un numero da 1 in su, non {massimo}.")
    settings, quiet = common.settings(archivio), quieto or common.quiet
    result = open_library(settings).similar(foto, massimo, in_)
    outcome.show(settings, result, quiet)
    _show(result, None, json, b"\0" if null else b"\n" if percorsi else None)
    if not (json or quiet):
        if result.verdict == "none":
            notice("Nessun'altra foto corrisponde.")
        elif result.verdict == "weak":
            notice("Probabilmente nessuna foto somiglia; queste sono le più vicine.")
    return outcome.carry_out(settings, result, quiet, wanted=True)
