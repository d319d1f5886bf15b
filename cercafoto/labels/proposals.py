"""Propose labels of the archive while a person types one."""

from __future__ import annotations

from collections.abc import Container

from cercafoto.archive.archive import Archive
from cercafoto.base.word_stems import fold

MOST_PROPOSED = 8


def labels_like(archive: Archive, typed: str, without: Container[str] = ()) -> list[str]:
    """Return at most MOST_PROPOSED labels in use that contain `typed`, whatever the accents and
    capitals: first labels that begin with `typed`, then labels with a word that begins with it,
    then the others. [] if `typed` is empty.

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
