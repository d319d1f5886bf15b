"""The filter for the kind of a photo's file: screenshots, panoramas, scans, photos by telephone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import AskedArchive, Counts, Facet, Filter, Option, Typed

# Kind -> how it is said of photos.
SAID = {
    "schermata": "schermate",
    "panoramica": "panoramiche",
    "scansione": "scansioni",
    "telefono": "col telefono",
    "selfie": "selfie",
}
SCREENSHOT, PANORAMA, SCAN, PHONE, SELFIE = FILE_KINDS = tuple(SAID)

OPTION = Option(
    "--tipo",
    "kinds",
    "TIPO",
    "Tipo di foto: schermata, panoramica, scansione, telefono, selfie; ripetibile.",
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
    return tuple(dict.fromkeys(kinds))


def _resolve(kinds: tuple[str, ...], archive: AskedArchive) -> tuple[tuple[str, Any], ...]:
    """Return each kind with the names of cameras or lenses that tell it; () for other kinds."""
    from cercafoto.question.file_kinds import FRONT_LENSES, PHONES, SCANNERS, names_in

    names = {
        PHONE: lambda: names_in(archive.cameras(), PHONES),
        SCAN: lambda: names_in(archive.cameras(), SCANNERS),
        SELFIE: lambda: names_in(archive.lenses(), FRONT_LENSES),
    }
    return tuple((kind, names[kind]() if kind in names else ()) for kind in kinds)


def _both(kinds: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*kinds, *other)))


def _counted(counted: Iterable[tuple[str, int]]) -> Counts:
    return tuple(counted)


# A photo must be of all these kinds.
FILE_KIND = Filter[tuple[str, ...]](
    name="kinds",
    say=lambda kinds: ", ".join(SAID[kind] for kind in kinds),
    hidden="è di un altro tipo, o non si sa",
    options=(OPTION,),
    parse=_parse,
    data=lambda kinds: {"kind": list(kinds)},
    both=_both,
    narrow=lambda option, words: (_both(option, words), ""),
    resolve=_resolve,
    facet=Facet("Tipo di foto", OPTION.added, lambda kind: SAID[kind], _counted),
)
