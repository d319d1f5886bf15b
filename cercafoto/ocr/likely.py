"""Which photos probably bear words, by their stored vectors: those that look like what is written
on, a label's likeness as `tag` has it."""

from __future__ import annotations

from cercafoto.archive.archive import Archive
from cercafoto.labels.label_file import default_labels
from cercafoto.labels.label_vectors import scorer
from cercafoto.question.filters.filter import Filters

# Default labels of what bears words more often than not, beside all species of documents.
WRITTEN_ON = frozenset(
    ("cartello", "negozio", "mercato", "libro", "murale", "computer", "telefono", "autobus", "taxi")
)
DOCUMENT = "documento"
# A photo that bears one of these labels with this confidence is read without being asked for. Of
# 1,187 ordinary photos, without documents, it is 24 %, of those with a word 55 %, of those with ten
# letters or more 63 %. The most likely fifth has 55 % of all letters.
LIKELY_FROM = 0.1


def likeliness(archive: Archive, folders: tuple[bytes, ...]) -> dict[int, float]:
    """Tell of each content with a visible photo at or under `folders`, or of all, how sure its most
    written-on label is, 0..1. Raises as `Archive.encoder` and `Archive.reading`."""
    labels = [
        label
        for label in default_labels()
        if label.searched and (label.name in WRITTEN_ON or DOCUMENT in (label.name, *label.genera))
    ]
    score = scorer(archive.encoder, labels, archive.settings.label_vectors)
    sure: dict[int, float] = {}
    with archive.reading():
        for contents, part in archive.embeddings.parts(Filters(folders=folders)):
            _, confidences = score(part)
            sure.update(zip(contents.tolist(), confidences.max(axis=1).tolist(), strict=True))
    return sure
