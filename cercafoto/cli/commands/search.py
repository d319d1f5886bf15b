"""The command `cerca`: find the photos that answer a question."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cercafoto.base.paths import printable
from cercafoto.cli import click_italian, options
from cercafoto.cli.answer_actions import AnswerActions, gallery_wanted
from cercafoto.cli.answer_format import AnswerFormat
from cercafoto.cli.asking import Asking
from cercafoto.cli.common import common, open_library, tell
from cercafoto.cli.filter_options import with_filters
from cercafoto.cli.options import argument, flag, option
from cercafoto.cli.percentage import CONFIDENCE
from cercafoto.cli.shell_completion import PATH
from cercafoto.cli.standard_input import STANDARD_INPUT, lines, pictures, weight_of_piped
from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from cercafoto.library import Library
    from cercafoto.question.question import Question
    from cercafoto.results.collections import CollectionPhotos

app = click_italian.Typer()

PLACES = ("folders", "outside")  # options that name folders


Words = Annotated[list[str] | None, argument("[PAROLE]...")]
Limit = Annotated[int | None, option("--max -n", "N", "Numero massimo di foto (di norma 10).")]
MinConfidence = Annotated[
    float,
    option("--min", "FIDUCIA", "Solo con almeno questa fiducia: 0,3 oppure 30%.", CONFIDENCE),
]
Counted = Annotated[bool, flag("--conta", "Scrive soltanto quante foto rispondono.")]
Everything = Annotated[bool, flag("--tutte", "Mostra anche le foto meno probabili.")]
Like = Annotated[
    list[Path],
    option("--come", "FOTO", "Cerca foto simili a quelle indicate; ripetibile.", PATH),
]
Without = Annotated[
    list[str],
    option("--senza", "COSA", "Lascia fuori le foto che mostrano questo; ripetibile."),
]
_FEEDBACK = "Come la foto N dell'ultima risposta, o diverse."
MoreLike = Annotated[list[int], option("--piu", "N", _FEEDBACK)]
LessLike = Annotated[list[int], option("--meno", "N", _FEEDBACK)]
KeepAs = Annotated[
    str | None, option("--salva", "NOME", "Salva la domanda: è una raccolta (vedi --raccolta).")
]
_IN_JSON = "In JSON: la risposta, o ogni foto su una riga."
Json = Annotated[bool, flag("--json", _IN_JSON, panel=options.ANSWER)]
JsonLines = Annotated[bool, flag("--json-righe", _IN_JSON, panel=options.ANSWER)]
Explained = Annotated[
    bool, flag("--spiega", "Spiega com'è stata capita la domanda e perché queste foto.")
]


@app.command(
    "cerca",
    cls=click_italian.QuestionCommand,
    epilog='Esempio: cercafoto cerca "un cane sulla spiaggia" --da 2019 -n 5\n'
    "         cercafoto cerca al mare --luogo Grado --copia-in ~/Scelte",
)
@with_filters()
def search(
    words: Words = None,
    limit: Limit = None,
    min_confidence: MinConfidence = 0.0,
    order: options.Order = None,
    counted: Counted = False,
    everything: Everything = False,
    like: Like = [],
    typed: Filters = NO_FILTERS,
    without: Without = [],
    more_like: MoreLike = [],
    less_like: LessLike = [],
    literal: options.Literal = False,
    keep_as: KeepAs = None,
    explained: Explained = False,
    json: Json = False,
    json_lines: JsonLines = False,
    paths: options.Paths = False,
    null: options.Null = False,
    row: options.RowTemplate = None,
    preview: options.Preview = False,
    gallery: options.Gallery = None,
    title: options.Title = None,
    side: options.Side = None,
    captions: options.Captions = False,
    with_paths: options.WithPaths = False,
    overwrite: options.Overwrite = False,
    copy_to: options.CopyTo = None,
    link_to: options.LinkTo = None,
    moments: options.Moments = False,
    frame: options.Frame = False,
    rehearsal: options.Rehearsal = False,
    open: options.Open = False,
) -> int:
    """Cerca le foto che mostrano quello che scrivi. Con -, una domanda per riga."""
    # Before numpy is imported. The matrices of a question are small: OpenBLAS's threads took longer
    # to wait for each other than to compute, 50 ms of a search.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    form = AnswerFormat.of(json, paths, null, row, moments, json_lines)
    wanted = gallery_wanted(gallery, title, side, overwrite, captions, with_paths)
    actions = AnswerActions(preview, wanted, overwrite, copy_to, link_to, rehearsal, open, frame)
    actions.check(form.for_programs, is_kept=keep_as is not None)
    if counted and (form.for_programs or explained or limit is not None or actions.any):
        raise UsageError("--conta scrive solo un numero: non va insieme a -n né ad altre uscite.")
    if explained and json_lines:
        raise UsageError("--spiega non va insieme a --json-righe.", "Con --json sì.")
    if limit is not None and limit < 1:
        raise UsageError(f"--max vuole un numero da 1 in su, non {limit}.")
    of_standard_input = words == [str(STANDARD_INPUT)]
    if of_standard_input:
        if json_lines:
            raise UsageError(
                "--json-righe va insieme a una domanda sola.",
                "Con molte, --json scrive già una risposta per riga.",
            )
        _check_many(keep_as is not None, bool(more_like or less_like), actions, like)
    settings = common().settings()
    typed_words = [] if of_standard_input else words or []
    question = _question(typed_words, like, typed, without, order, literal, settings)
    asking = Asking(
        settings,
        form,
        actions,
        limit=limit,
        min_confidence=min_confidence,
        everything=everything,
        counted=counted,
        explained=explained,
    )
    if of_standard_input:
        return asking.ask_each(lines(), question)
    library = open_library(settings)
    if more_like or less_like:
        question = _with_feedback(question, settings, more_like, less_like)
    if keep_as is None:
        return asking.ask(library, question)
    kept = library.collections.keep(
        keep_as, question, min_confidence=min_confidence, overwrite=overwrite
    )
    code = asking.ask(library, question)
    return _tell_kept(library, kept) or code


def _question(
    words: Sequence[str],
    like: Sequence[Path],
    typed: Filters,
    without: Sequence[str],
    order: str | None,
    literal: bool,
    settings: Settings,
) -> "Question":
    """Return the question that these words and options ask, from whatever working directory."""
    from cercafoto.question.question import Question

    return Question(
        words=tuple(words),
        like=tuple(
            Path(os.path.abspath(photo)) if isinstance(photo, Path) else photo
            for photo in pictures(like)
        ),
        typed=typed.but(**{name: _from_anywhere(typed, name, settings) for name in PLACES}),
        without=tuple(without),
        order=order,
        literal=literal,
    )


def _check_many(
    is_kept: bool, has_feedback: bool, actions: AnswerActions, like: Sequence[Path]
) -> None:
    """Raise UsageError for options that do not go together with many questions.

    is_kept: whether there is --salva. has_feedback: whether there is --piu or --meno.
    """
    if is_kept:
        raise UsageError("--salva va insieme a una domanda sola.")
    if has_feedback:
        raise UsageError("--piu e --meno vanno insieme a una domanda sola.")
    if actions._replace(preview=False).any:
        raise UsageError(
            "Con «cerca -» le risposte sono molte: si scrivono soltanto.",
            "Per esempio: cercafoto cerca - --percorsi < domande.txt",
        )
    if any(weight_of_piped(path) is not None for path in like):
        raise UsageError(
            "Dallo standard input possono arrivare le domande o una foto, non tutte e due."
        )


def _with_feedback(
    question: "Question", settings: Settings, more_like: Sequence[int], less_like: Sequence[int]
) -> "Question":
    """Return a question with the feedback of --piu and --meno. If no question was typed, it is the
    last one again, with the feedback that it had before."""
    from cercafoto.cli.last_answer import load

    last = load(settings.archive)
    question = question or last.again
    return replace(
        question,
        more=(*question.more, *last.numbered(more_like)),
        less=(*question.less, *last.numbered(less_like)),
    )


def _tell_kept(library: "Library", kept: "CollectionPhotos") -> int:
    """Say that a collection was kept, bring the folder of collections up to date, and return the
    exit code."""
    from cercafoto.base.italian_counts import media
    from cercafoto.cli.commands.collect import tell_folder
    from cercafoto.photos.decoding.file_kind import count_videos

    photos = kept.photos
    tell(
        f"Salvata la raccolta «{printable(kept.collection.name)}»: "
        f"{media(len(photos), count_videos(photos)) if photos else 'per ora nessuna foto'}."
    )
    return tell_folder(library.collections.refresh_folder())


def _from_anywhere(typed: Filters, name: str, settings: Settings) -> tuple[Path, ...]:
    """Return the folders of an option as absolute paths, so that the saved question means the same
    in another working directory. A folder of a shared archive ("NAS-1:/foto") stays as it is.

    name: key of the option in `typed`.
    """
    return tuple(
        folder
        if settings.shared and ":" in os.fspath(folder).partition(os.sep)[0]
        else Path(os.path.abspath(folder))
        for folder in typed.get(name, ())
    )
