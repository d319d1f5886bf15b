"""The indexed photos of a made-up family, and the check of answers against a table of questions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cercafoto import Library, Question, Settings
from cercafoto.results.answer import SearchResult
from tests.support.family_photos import SHOWS, Family, make_family_photos
from tests.support.read_texts import write_texts
from tests.support.tiny_model import make_tiny_model

ALL = 200


@dataclass(frozen=True)
class FamilyArchive:
    """The indexed photos.

    root: the folder that was indexed.
    """

    library: Library
    root: Path

    def ask(self, words: str, limit: int = ALL, drop_unlikely: bool = False) -> SearchResult:
        return self.library.search(
            self.library.parse(Question((words,))), limit, drop_unlikely=drop_unlikely
        )

    def names(self, result: SearchResult) -> list[str]:
        """Return the paths of the photos found, relative to the root."""
        return [self.name(os.fsdecode(hit.path)) for hit in result.hits]

    def name(self, path: str) -> str:
        return str(Path(path).relative_to(self.root))

    def meant(self, patterns: str) -> set[str]:
        """Return the paths of the photos that match patterns, separated by "|"."""
        found = set()
        for pattern in filter(None, map(str.strip, patterns.split("|"))):
            paths = [path for path in self.root.glob(pattern) if path.suffix != ".xmp"]
            assert paths, pattern
            found |= {str(path.relative_to(self.root)) for path in paths}
        return found

    def check(self, found: Sequence[str], photos: str) -> None:
        """Check the photos found against a cell of a table. "=": exactly these; ">": these before
        all others; "!": none of these; an empty cell checks nothing."""
        how, wanted = photos[:1], self.meant(photos[1:])
        if how == "=":
            assert set(found) == wanted
        elif how == ">":
            assert set(found[: len(wanted)]) == wanted
        elif how == "!":
            assert found and not set(found) & wanted


def index_family(base: Path, family: Family) -> FamilyArchive:
    """Write, index, read and label the photos of a family below an empty folder."""
    # As sure as possible of known words, and still less than of a name.
    make_tiny_model(base / "modelli" / "tiny", more=SHOWS, on="cosine", curve=(60.0, -58.0))
    library = Library(Settings(base / "archivio", base / "modelli", "tiny", offline=True))
    root = make_family_photos(base / "Foto", family)
    library.index([root])
    if family.texts:
        write_texts(library, family.texts)
    for label, names in family.labels.items():
        library.labels.give([root / name for name in names], [label])
    for name, question in family.kept.items():
        library.collections.keep(name, Question((question,)))
    return FamilyArchive(library, root)
