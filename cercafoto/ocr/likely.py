"""Estimate which photos probably show words, from their stored vectors.

Such photos look like things with words on them: labels for signs, books and so on fit them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from cercafoto.archive.archive import Archive
from cercafoto.labels.label_file import default_labels
from cercafoto.labels.label_vectors import scorer
from cercafoto.question.filters.filter import Filters

# Default labels of things that usually show words; all kinds of documents come on top.
WRITTEN_ON = frozenset(
    ("cartello", "negozio", "mercato", "libro", "murale", "computer", "telefono", "autobus", "taxi")
)
DOCUMENT = "documento"
# Photos with one of these labels at this confidence are read without being asked for. Of 1,187
# ordinary photos, without documents, these are 24 %; of photos with a word 55 %; of photos with ten
# letters or more 63 %. The most likely fifth of the photos has 55 % of all letters.
LIKELY_FROM = 0.1
_AT_ONCE = 1024  # frames whose vectors are in memory at a time


def text_confidence(
    archive: Archive, folders: tuple[bytes, ...], frames: Sequence[int] = ()
) -> dict[int, float]:
    """Return how likely it is that each content shows words: content id -> confidence, 0 to 1.

    folders: only contents with a photo in these folders; () for all contents.
    frames: contents of frames of videos, to include too.

    Raises the errors of `Archive.encoder` and `Archive.reading`.
    """
    labels = [
        label
        for label in default_labels()
        if label.searched and (label.name in WRITTEN_ON or DOCUMENT in (label.name, *label.genera))
    ]
    score = scorer(archive.encoder, labels, archive.settings.label_vectors)
    sure: dict[int, float] = {}
    with archive.reading():
        embeddings = archive.embeddings
        of_frames = (
            embeddings.of(frames[at : at + _AT_ONCE]) for at in range(0, len(frames), _AT_ONCE)
        )
        for contents, part in chain(embeddings.parts(Filters(folders=folders)), of_frames):
            _, confidences = score(part)
            sure.update(zip(contents.tolist(), confidences.max(axis=1).tolist(), strict=True))
    return sure
