"""Labels that the person gives to one photo, and takes away."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cercafoto.base.paths import printable
from cercafoto.base.word_stems import fold
from cercafoto.catalog.database import now
from cercafoto.errors import UsageError
from cercafoto.session import Session

LONGEST = 80  # letters of a label
MOST_PROPOSED = 8


def label_by_hand(
    session: Session, path: bytes, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> None:
    """Give labels to an indexed photo, and take them away; see `Library.label_by_hand`."""
    names = [" ".join(name.split()) for name in add]
    for name in names:
        if not name or len(name) > LONGEST or not name.isprintable():
            raise UsageError(
                f"«{printable(name)}» non può essere un'etichetta.",
                f"Un'etichetta è una parola o poche, al massimo {LONGEST} lettere.",
            )
    with session.writing() as catalog:
        content = catalog.content_at(path)
        if content is None:
            raise UsageError(f"{printable(path)}: non è nell'archivio.")
        model_id, _ = session.active_model(catalog)
        with catalog.transaction():
            for name in remove:
                catalog.remove_label(content, name)
            for name in names:
                catalog.add_label(content, name, model_id, now())


def labels_like(session: Session, typed: str, without: Collection[str] = ()) -> list[str]:
    """Find the labels in use that have `typed` in them, whatever its accents and capitals: first
    those that begin with it, then those of which a word does; see `Library.labels_like`."""
    wanted = fold(typed)
    with session.catalog() as catalog:
        names = catalog.label_names() if wanted else []
    ranked = []
    for name in names:
        folded = fold(name)
        at = f" {folded}".find(f" {wanted}")
        if wanted in folded and name not in without:
            ranked.append((at != 0, at < 0, folded, name))
    return [name for *_, name in sorted(ranked)[:MOST_PROPOSED]]
