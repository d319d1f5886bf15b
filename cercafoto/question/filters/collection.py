"""The filter for collections: questions that the person keeps; a photo must be in all of them."""

from __future__ import annotations

from cercafoto.question.filters.filter import Filter, Option

COLLECTION = Option(
    "--raccolta",
    "collections",
    "NOME",
    "Fra le foto di questa raccolta; ripetibile.",
    repeatable=True,
    completion="COLLECTION",
)
COLLECTIONS = Filter[tuple[str, ...]](
    name="collections",
    say=lambda names: f"raccolta: {', '.join(names)}",
    hidden="non è nella raccolta",
    options=(COLLECTION,),
    parse=lambda typed: typed.several(COLLECTION),
    data=lambda names: {"collection": list(names)},
    resolve=lambda names, archive: archive.collected(names),
    is_told=False,
)
