"""Which photos probably bear words, by their stored vectors: those that look like what is written
on, a label's likeness as `tag` has it."""

from __future__ import annotations

from cercafoto.archive.session import Session
from cercafoto.archive.store import Pictures
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


def likeliness(session: Session, folders: tuple[bytes, ...]) -> dict[int, float]:
    """Tell of each content with a visible photo at or under `folders`, or of all, how sure its most
    written-on label is, 0..1. Raises as `Session.encoder` and `Session.with_pictures`."""
    labels = [
        label
        for label in default_labels()
        if label.searched and (label.name in WRITTEN_ON or DOCUMENT in (label.name, *label.genera))
    ]
    score = scorer(session.encoder, labels, session.settings.label_vectors)

    def by_content(vectors: Pictures) -> dict[int, float]:
        sure: dict[int, float] = {}
        for contents, part in vectors.among(Filters(folders=folders)).parts():
            _, confidences = score(part)
            sure.update(zip(contents.tolist(), confidences.max(axis=1).tolist(), strict=True))
        return sure

    return session.with_pictures(by_content)
