"""The filters for names that the person gave: keywords, labels, collections, folders."""

from __future__ import annotations

import os
from pathlib import Path

from cercafoto.base.paths import printable
from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import Facet, Filter, Option, Typed, each_once

# A photo must have all keywords and all labels, and be in all collections.
KEYWORD = Option(
    "--parola-chiave",
    "keywords",
    "PAROLA",
    "Con questa parola chiave; ripetibile.",
    repeatable=True,
    completion="KEYWORD",
    title="Parola chiave",
)
KEYWORDS = Filter[tuple[str, ...]](
    name="keywords",
    say=lambda keywords: f"parola chiave: {', '.join(keywords)}",
    hidden="non ha quella parola chiave",
    options=(KEYWORD,),
    parse=lambda typed: typed.several(KEYWORD),
    data=lambda keywords: {"keyword": list(keywords)},
    facet=Facet("Parole chiave", KEYWORD.added),
)

OWN_WORD = Option(
    "--mie-parole",
    "mine",
    "PAROLE",
    "Con queste fra le tue parole; ripetibile.",
    repeatable=True,
    title="Fra le mie parole",
    example="Zorba",
)


def _own_words(typed: Typed) -> tuple[str, ...]:
    from cercafoto.base.word_stems import is_telling, words_of

    phrases = typed.several(OWN_WORD)
    for phrase in phrases:
        if not any(is_telling(word) and not word.isdecimal() for word in words_of(phrase)):
            raise UsageError(f"--mie-parole vuole una parola o un nome, non «{phrase}».")
    return each_once(phrases)


# The person's own words for a photo must have all words of each phrase.
MINE = Filter[tuple[str, ...]](
    name="mine",
    say=lambda phrases: ", ".join(f"con «{phrase}» fra le tue parole" for phrase in phrases),
    hidden="non ha quelle parole fra le tue",
    options=(OWN_WORD,),
    parse=_own_words,
    resolve=lambda phrases, archive: archive.with_own_words(phrases),
)

LABEL = Option(
    "--etichetta",
    "labels",
    "NOME",
    "Con questa etichetta; ripetibile.",
    repeatable=True,
    completion="LABEL",
    title="Etichetta",
)
LABELS = Filter[tuple[str, ...]](
    name="labels",
    say=lambda labels: f"etichetta: {', '.join(labels)}",
    hidden="non ha quell'etichetta",
    options=(LABEL,),
    parse=lambda typed: typed.values.get(LABEL.key),
    data=lambda labels: {"label": list(labels)},
    is_told=False,
    is_content=True,
    facet=Facet("Etichette", LABEL.added, at_once=True),
)

# Collections are questions that the person keeps.
COLLECTION = Option(
    "--raccolta",
    "collections",
    "NOME",
    "Fra le foto di questa raccolta; ripetibile.",
    repeatable=True,
    completion="COLLECTION",
    title="Raccolta",
)
COLLECTIONS = Filter[tuple[str, ...]](
    name="collections",
    say=lambda names: f"raccolta: {', '.join(names)}",
    hidden="non è nella raccolta",
    options=(COLLECTION,),
    parse=lambda typed: typed.several(COLLECTION),
    data=lambda names: {"collection": list(names)},
    both=each_once,
    resolve=lambda names, archive: archive.collected(names),
    is_told=False,
    facet=Facet("Raccolte", COLLECTION.added, arrange=tuple),
)

_HELP = "Solo questa cartella, o tutto tranne questa."
_EXAMPLE = "/foto/2019"
INSIDE = Option(
    *("--in", "folders", "CARTELLA", _HELP, True, Path),
    title="Nella cartella",
    example=_EXAMPLE,
)


# The photo must be in one of the folders, at any depth.
FOLDERS = Filter[tuple[Path, ...]](
    name="folders",
    say=lambda folders: f"in: {', '.join(map(printable, folders))}",
    hidden="sta in un'altra cartella",
    options=(INSIDE,),
    parse=lambda typed: typed.values.get(INSIDE.key),
    data=lambda folders: {"folders": [str(folder) for folder in folders]},
    resolve=lambda folders, archive: archive.folders(folders),
    is_told=False,
    facet=Facet(
        "Cartelle",
        lambda typed, folder: INSIDE.instead(typed, Path(os.fsdecode(folder))),
        arrange=tuple,
        at_once=True,
    ),
)

NOT_INSIDE = Option(
    *("--fuori", "outside", "CARTELLA", _HELP, True, Path),
    title="Non nella cartella",
    example=_EXAMPLE,
)
# The photo must be in none of the folders.
OUTSIDE = Filter[tuple[Path, ...]](
    name="outside",
    say=lambda folders: f"non in: {', '.join(map(printable, folders))}",
    hidden="sta in una cartella lasciata fuori",
    options=(NOT_INSIDE,),
    parse=lambda typed: typed.values.get(NOT_INSIDE.key),
    data=lambda folders: {"outside": [str(folder) for folder in folders]},
    resolve=lambda folders, archive: archive.folders(folders),
    is_common=lambda folders: True,
    facet=Facet(
        "Tutto tranne la cartella",
        lambda typed, folder: NOT_INSIDE.added(typed, Path(os.fsdecode(folder))),
        arrange=tuple,
    ),
)
