"""Each «senza …» finds exactly the photos that lack what it names, among photos that all look
alike: what is missing is no sight.

The photos are generated: each has some of the eight kinds of data that photos may lack. Of each
kind one photo has nothing else, and one has all but it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from cercafoto import Library, Question
from cercafoto.base.word_tables import read_phrase_lists
from cercafoto.question.filters.missing import (
    COLLECTION,
    DATE,
    KEYWORDS,
    KINDS,
    LABELS,
    NAMES,
    POSITION,
    STARS,
    TITLE,
)
from cercafoto.question.grammar import missing_phrases
from cercafoto.results.collections import ALWAYS
from tests.photos.test_metadata import bag
from tests.support.family_archive import FamilyArchive, index_family
from tests.support.family_photos import Family, Photo, title

RANDOM = 24
ROME = (
    "<exif:GPSLatitude>41,53.68N</exif:GPSLatitude><exif:GPSLongitude>12,29.03E</exif:GPSLongitude>"
)
FACTS = {
    POSITION: ROME,
    KEYWORDS: bag("dc:subject", "gita"),
    TITLE: title("La gita"),
    NAMES: bag("Iptc4xmpExt:PersonInImage", "Luca"),
    STARS: "<xmp:Rating>4</xmp:Rating>",
}
ALL = frozenset(KINDS)


@dataclass(frozen=True)
class Lacking:
    """The indexed photos, and the kinds of data that each has."""

    archive: FamilyArchive
    having: dict[str, frozenset[str]]

    def check(self, words: str, *kinds: str) -> None:
        """Check that a question finds exactly the photos that lack these kinds."""
        result = self.archive.ask(words)
        lacking = {name for name, has in self.having.items() if not has & {*kinds}}
        assert set(self.archive.names(result)) == lacking and lacking
        assert result.total == len(lacking)


@pytest.fixture(scope="module")
def lacking(tmp_path_factory: pytest.TempPathFactory) -> Lacking:
    some = random.Random(11)
    sets = [frozenset(), ALL, *({kind} for kind in KINDS), *(ALL - {kind} for kind in KINDS)]
    sets += [frozenset(k for k in KINDS if some.random() < 0.5) for _ in range(RANDOM)]
    having = {f"foto/p{at}.jpg": frozenset(each) for at, each in enumerate(sets)}
    photos = tuple(
        Photo(
            name,
            "cane",
            f"2019:08:{at % 28 + 1:02} {at // 28 + 9:02}:30:00" if DATE in has else "",
            facts="".join(xmp for kind, xmp in FACTS.items() if kind in has),
            detail=at + 1,
        )
        for at, (name, has) in enumerate(having.items())
    )
    named = {kind: [name for name in having if kind in having[name]] for kind in KINDS}
    family = Family(photos, (), {"gita": tuple(named[LABELS])}, {"Scelte": "«nessuna» nel 1850"})
    archive = index_family(tmp_path_factory.mktemp("mancanti"), family)
    collected = [archive.root / name for name in named[COLLECTION]]
    archive.library.collections.say("Scelte", collected, ALWAYS)
    return Lacking(archive, having)


def _rows() -> list[tuple[str, str]]:
    table = Path(missing_phrases.__file__).with_name("missing_words.txt")
    return [(kind, name) for kind, names in read_phrase_lists(table).items() for name in names]


@pytest.mark.parametrize(("kind", "name"), _rows())
def test_each_name_of_the_table(lacking: Lacking, kind: str, name: str) -> None:
    lacking.check(f"foto senza {name}", kind)
    lacking.check(f"foto prive di {name}", kind)


@pytest.mark.parametrize("kind", KINDS)
def test_the_option(lacking: Lacking, kind: str) -> None:
    library: Library = lacking.archive.library
    query = library.parse(Question(typed=Question().typed.but(missing=(kind,))))
    result = library.search(query, len(lacking.having))
    assert set(lacking.archive.names(result)) == {
        name for name, has in lacking.having.items() if kind not in has
    }


def test_several_kinds_at_once(lacking: Lacking) -> None:
    for at, kind in enumerate(KINDS[:-1]):
        for other in KINDS[at + 1 : -1]:
            both = f"senza {kind} né {other}".replace("parole-chiave", "parole chiave")
            lacking.check(both, kind, other)
    lacking.check("senza data, in nessuna raccolta", DATE, COLLECTION)


def test_what_is_seen_beside_what_is_missing(lacking: Lacking) -> None:
    lacking.check("un cane senza data", DATE)
    assert lacking.archive.ask("un gatto senza data", drop_unlikely=True).verdict == "none"
