"""Labels of the archive to propose while a person writes one."""

from __future__ import annotations

from collections.abc import Collection

from cercafoto.archive.archive import Archive
from cercafoto.base.word_stems import fold

MOST_PROPOSED = 8


def labels_like(archive: Archive, typed: str, without: Collection[str] = ()) -> list[str]:
    """Find the labels in use that have `typed` in them, whatever its accents and capitals: first
    those that begin with it, then those of which a word does; see `Library.labels_like`."""
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
