"""The filter for phrases that are written in a photo."""

from __future__ import annotations

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import AskedArchive, Filter, Option, Typed, each_once
from cercafoto.question.values import Saying

OPTION = Option(
    "--testo",
    "texts",
    "PAROLE",
    "In cui è scritto questo; ripetibile.",
    repeatable=True,
    title="Scritto nella foto",
    example="password",
)


def _parse(typed: Typed) -> tuple[str, ...]:
    from cercafoto.base.word_stems import words_of

    phrases = typed.several(OPTION)
    for phrase in phrases:
        if not words_of(phrase):
            raise UsageError(f"--testo vuole una parola o un numero, non «{phrase}».")
    return each_once(phrases)


def _resolve(phrases: tuple[str, ...], archive: AskedArchive) -> tuple[Saying, ...]:
    return tuple(archive.saying(phrase) for phrase in phrases)


# All phrases must be among the words read in a photo.
TEXTS = Filter[tuple[str, ...]](
    name="texts",
    say=lambda phrases: ", ".join(f"con scritto «{phrase}»" for phrase in phrases),
    hidden="non c'è scritto quello, o non è stata letta",
    options=(OPTION,),
    parse=_parse,
    data=lambda phrases: {"written": list(phrases)},
    narrow=lambda option, words: (each_once(words, option), ""),
    resolve=_resolve,
    is_content=True,
)
