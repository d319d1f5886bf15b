"""Find what else in an archive bears the name of a person, beside the file of faces."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.word_stems import fold
from cercafoto.question.stored_question import to_json


@dataclass(frozen=True)
class NameTraces:
    """What bears a name.

    collections: names of the collections whose name or question has it.
    labels: labels that have it.
    photos: number of photos whose files name the person.
    """

    collections: tuple[str, ...]
    labels: tuple[str, ...]
    photos: int


def traces_of(archive: LocalArchive, name: str) -> NameTraces:
    """Return what bears a name as whole words, whatever its capitals and accents. Raises
    ArchiveError."""
    whole = re.compile(rf"\b{re.escape(fold(name))}\b")

    def has_it(text: str) -> bool:
        return whole.search(fold(text)) is not None

    with archive.catalog() as catalog:
        collections = [
            kept.name
            for kept in catalog.collections.all()
            if has_it(kept.name)
            or (
                kept.question
                and has_it(json.dumps(to_json(kept.question), default=str, ensure_ascii=False))
            )
        ]
        labels = [label for label, _ in catalog.labels.counts() if has_it(label)]
        photos = catalog.people.number_named_by_files(name)
    return NameTraces(tuple(collections), tuple(labels), photos)
