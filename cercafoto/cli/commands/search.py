"""`cerca`: find the photos that answer a question."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cercafoto.cli import click_italian, completion, options
from cercafoto.cli.answer_actions import AnswerActions, tell_verdict, write_answer
from cercafoto.cli.app import DONE, Common
from cercafoto.cli.confidence import CONFIDENCE
from cercafoto.cli.console import notice, open_library, refuse_several_outputs, write
from cercafoto.errors import UsageError

USUAL_LIMIT = 10  # photos that are shown where --max is not given

app = click_italian.Typer()


@app.command(
    "cerca",
    cls=click_italian.QuestionCommand,
    epilog='Esempio: cercafoto cerca "un cane sulla spiaggia" -n 5',
)
def search(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[PAROLE]...", help="Che cosa cerchi.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--max",
            "-n",
            metavar="N",
            help="Quante foto; di norma fino a 10, finché la fiducia tiene.",
        ),
    ] = None,
    least: Annotated[
        float,
        typer.Option(
            "--min",
            click_type=CONFIDENCE,
            metavar="FIDUCIA",
            show_default=False,
            help="Fiducia minima, da 0 a 1 o in percentuale: 0,3, 30%.",
        ),
    ] = 0.0,
    order: options.Order = None,
    counted: Annotated[
        bool, typer.Option("--conta", help="Scrive solo quante foto rispondono.")
    ] = False,
    everything: Annotated[bool, typer.Option("--tutte", help="Anche quelle poco sicure.")] = False,
    like: Annotated[
        list[Path],
        typer.Option(
            "--come",
            click_type=options.PATH,
            metavar="FOTO",
            help="Foto che somigliano a questa; ripetibile.",
        ),
    ] = [],
    folders: options.Folders = [],
    outside: options.Outside = [],
    labels: Annotated[
        list[str],
        typer.Option(
            "--etichetta",
            click_type=completion.LABEL,
            metavar="NOME",
            help="Solo con questa etichetta; ripetibile.",
        ),
    ] = [],
    since: Annotated[
        str | None,
        typer.Option("--da", metavar="DATA", help="Da questo giorno: 14/8/2019, agosto 2019."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--a", metavar="DATA", help="Fino a questo giorno compreso."),
    ] = None,
    place: Annotated[
        str | None,
        typer.Option(
            "--luogo",
            click_type=completion.PLACE,
            metavar="NOME",
            help="Scattate qui: Roma, «vicino a Siena».",
        ),
    ] = None,
    without: Annotated[
        list[str],
        typer.Option("--senza", metavar="COSA", help="Che non mostrano questo; ripetibile."),
    ] = [],
    camera: Annotated[
        str | None,
        typer.Option(
            "--fotocamera",
            click_type=completion.CAMERA,
            metavar="NOME",
            help="Marca o modello, anche in parte; un nome intero vale da solo.",
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option("--formato", metavar="NOME", help="Formato: jpeg, png, heic..."),
    ] = None,
    orientation: Annotated[
        str | None,
        typer.Option(
            "--orientamento",
            click_type=completion.SHAPE,
            metavar="COME",
            help="verticale, orizzontale o quadrato.",
        ),
    ] = None,
    rating: Annotated[
        int | None,
        typer.Option("--valutazione", metavar="N", help="Almeno tante stelle, da 1 a 5."),
    ] = None,
    keywords: Annotated[
        list[str],
        typer.Option(
            "--parola-chiave",
            click_type=completion.KEYWORD,
            metavar="PAROLA",
            help="Con questa parola chiave; ripetibile.",
        ),
    ] = [],
    more_like: Annotated[
        list[int],
        typer.Option("--piu", metavar="N", help="Altre come la N dell'ultima ricerca; ripetibile."),
    ] = [],
    less_like: Annotated[
        list[int],
        typer.Option("--meno", metavar="N", help="Non come la N dell'ultima ricerca; ripetibile."),
    ] = [],
    literal: options.Literal = False,
    explained: Annotated[
        bool,
        typer.Option(
            "--spiega",
            help="Dice come è stata capita la domanda, e perché queste foto, con le cifre.",
        ),
    ] = False,
    json: options.Json = False,
    paths: options.Paths = False,
    null: options.Null = False,
    preview: options.Preview = False,
    gallery: options.Gallery = None,
    overwrite: options.Overwrite = False,
    copy_to: options.CopyTo = None,
    link_to: options.LinkTo = None,
    rehearsal: options.Rehearsal = False,
    open: options.Open = False,
    archive: options.Archive = None,
    offline: options.Offline = False,
    quiet: options.Quiet = False,
) -> int:
    """Cerca nell'archivio le foto che mostrano quello che scrivi."""
    from cercafoto.cli.last_answer import LastAnswer, load, save
    from cercafoto.question.question import Question

    for_programs = json or paths or null
    refuse_several_outputs(json, paths, null)
    actions = AnswerActions(preview, gallery, overwrite, copy_to, link_to, rehearsal, open)
    actions.check(for_programs)
    if counted and (for_programs or explained or limit is not None or actions != AnswerActions()):
        raise UsageError("--conta scrive solo un numero: non va insieme a -n né ad altre uscite.")
    if limit is not None and limit < 1:
        raise UsageError(f"--max vuole un numero da 1 in su, non {limit}.")
    question = Question(
        words=tuple(words or ()),
        like=tuple(Path(os.path.abspath(path)) for path in like),
        folders=tuple(Path(os.path.abspath(path)) for path in folders),
        outside=tuple(Path(os.path.abspath(path)) for path in outside),
        labels=tuple(labels),
        since=since,
        until=until,
        place=place,
        without=tuple(without),
        camera=camera,
        format=format,
        orientation=orientation,
        rating=rating,
        keywords=tuple(keywords),
        order=order,
        literal=literal,
    )
    common = Common.of(ctx)
    settings = common.settings(archive, None, offline)
    library = open_library(settings)
    if more_like or less_like:
        last = load(settings.archive)
        if not question:  # the same question again, with the feedback that it had before
            question = last.question
        question = replace(
            question,
            more=(*question.more, *last.numbered(more_like)),
            less=(*question.less, *last.numbered(less_like)),
        )
    query = library.read(question)
    quiet = quiet or common.quiet
    if not (json or explained or quiet or query.is_plain):
        from cercafoto.question.wording import say_query

        notice(say_query(query))
    if counted:
        write(f"{library.count(query, least=least, apart=everything)}\n")
        return DONE
    # A person is shown what may be an answer; a program says itself how many it wants.
    cut = limit is None and not (everything or least or for_programs)
    result = library.search(query, limit or USUAL_LIMIT, least=least, cut=cut, apart=everything)
    save(settings.archive, LastAnswer(question, tuple(hit.path for hit in result.hits)))
    explanation = library.explain(result) if explained else None
    actions.show(settings, result, quiet)
    write_answer(result, explanation, json, b"\0" if null else b"\n" if paths else None)
    if not (json or quiet):
        if result.query.suggestions:
            notice(f"Forse cercavi: {', '.join(result.query.suggestions)}.")
        tell_verdict(result)
    return actions.carry_out(settings, result, quiet, whatever=not cut)
