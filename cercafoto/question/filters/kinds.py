"""The filter for the kind of a photo's file: screenshots, panoramas, scans, photos by telephone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cercafoto.base.file_kinds import (
    FRONT_LENSES,
    PHONE,
    PHONES,
    SAID,
    SCAN,
    SCANNERS,
    SELFIE,
    names_in,
)
from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import AskedArchive, Facet, Filter, Option, Typed, each_once

OPTION = Option(
    "--tipo",
    "kinds",
    "TIPO",
    "Schermata, panoramica, scansione, telefono, selfie.",
    repeatable=True,
    completion="KIND",
    title="Tipo",
    example="schermata, panoramica",
)


def _parse(typed: Typed) -> tuple[str, ...]:
    from cercafoto.question.grammar.tokens import fold

    kinds: list[str] = []
    for name in typed.several(OPTION):
        known = [kind for kind, said in SAID.items() if fold(name) in (kind, said)]
        if not known:
            raise UsageError(f"--tipo non conosce «{name}».", f"Conosce: {', '.join(SAID)}.")
        kinds += known
    return each_once(tuple(kinds))


Names = Callable[[], Sequence[str]]
TOLD_BY = {PHONE: PHONES, SCAN: SCANNERS, SELFIE: FRONT_LENSES}


def with_names(kind: str, cameras: Names, lenses: Names) -> tuple[str, tuple[str, ...]]:
    """Return a kind with the names of the archive's cameras or lenses that tell it; () if none
    does."""
    if kind not in TOLD_BY:
        return kind, ()
    return kind, names_in(lenses() if kind == SELFIE else cameras(), TOLD_BY[kind])


def _resolve(
    kinds: tuple[str, ...], archive: AskedArchive
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(with_names(kind, archive.cameras, archive.lenses) for kind in kinds)


# A photo must be of all these kinds.
FILE_KIND = Filter[tuple[str, ...]](
    name="kinds",
    say=lambda kinds: ", ".join(SAID[kind] for kind in kinds),
    hidden="è di un altro tipo, o non si sa",
    options=(OPTION,),
    parse=_parse,
    data=lambda kinds: {"kind": list(kinds)},
    both=each_once,
    narrow=lambda option, words: (each_once(option, words), ""),
    resolve=_resolve,
    facet=Facet("Tipo di foto", OPTION.added, lambda kind: SAID[kind], tuple),
)
