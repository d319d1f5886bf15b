"""Read a photo or questions from standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from cercafoto.base.piped_picture import MOST_BYTES, PipedPicture
from cercafoto.errors import UsageError
from cercafoto.question.weights import example

STANDARD_INPUT = Path("-")
MOST_OF_LINE = 64_000  # bytes; a question is much shorter


def pictures(paths: Iterable[Path]) -> tuple[Path | PipedPicture, ...]:
    """Return the paths, with the photo read from standard input in place of "-" (or "-:0.5", with a
    weight).

    Raises UsageError if "-" is there twice, no photo arrives, or the photo is too large.
    """
    named: list[Path | PipedPicture] = []
    is_read = False
    for path in paths:
        weight = weight_of_piped(path)
        if weight is None:
            named.append(path)
            continue
        if is_read:
            raise UsageError(
                "Il trattino «-» si può usare una volta sola: dallo standard input arriva una foto."
            )
        is_read = True
        named.append(PipedPicture(_content(), weight))
    return tuple(named)


def weight_of_piped(path: Path) -> float | None:
    """Return the weight of a photo from standard input, which is written "-" (weight 1) or "-:0.5";
    None if the path is a file."""
    if path == STANDARD_INPUT:  # a file named "-" is written "./-"
        return 1.0
    what, weight = example(path)
    return weight if what == STANDARD_INPUT else None


def _content() -> bytes:
    if sys.stdin.isatty():
        raise UsageError(
            "Il trattino «-» sta per una foto che arriva da un altro programma, e qui non arriva.",
            "Per esempio: cat foto.jpg | cercafoto cerca --come -",
        )
    content = sys.stdin.buffer.read(MOST_BYTES + 1)
    if not content:
        raise UsageError("Dall'altro programma non è arrivata nessuna foto.")
    if len(content) > MOST_BYTES:
        raise UsageError(
            f"La foto ricevuta è troppo grande: al massimo {MOST_BYTES / 1e6:g} MB.",
            "Salvala in un file, e indica quello.",
        )
    return content


def lines() -> Iterator[str]:
    """Yield the lines of standard input that are not blank, each as soon as it arrives. Raises
    UsageError for a line of more than MOST_OF_LINE bytes."""
    for line in iter(partial(sys.stdin.buffer.readline, MOST_OF_LINE + 1), b""):
        if len(line) > MOST_OF_LINE:
            raise UsageError(
                "Dallo standard input arriva una riga che non finisce mai.",
                "Scrivi una domanda per riga, per esempio: cercafoto cerca - < domande.txt",
            )
        text = line.decode("utf-8-sig", errors="replace").strip()
        if text:
            yield text
