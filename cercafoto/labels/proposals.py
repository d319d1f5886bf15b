"""Propose labels of the archive while a person types one."""

from __future__ import annotations

from collections.abc import Collection

from cercafoto.archive.archive import Archive
from cercafoto.base.word_stems import fold

MOST_PROPOSED = 8


def labels_like(archive: Archive, typed: str, without: Collection[str] = ()) -> list[str]:
    """Return labels in use that contain `typed`, whatever its accents and capitals: first labels
    that begin with it, then labels with a word that does; see `Library.labels_like`.

    without: labels to leave out.
    """
    wanted = fold(typed)
    with archive.reading():
        names = archive.labels.names() if wanted else []
    ranked = []
    for name in names:
        folded = fold(name)
        at = f" {folded}".find(f" {wanted}")
        if wanted in folded and name not in without:
            ranked.append((at != 0, at < 0, folded, name))
    return [name for *_, name in sorted(ranked)[:MOST_PROPOSED]]
