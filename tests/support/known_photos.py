"""A catalogue of photos with known facts, to compare what SQL finds with what a loop finds."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Self

import numpy as np
import pytest

from cercafoto.archive.archive import Rows
from cercafoto.archive.local.catalog import Catalog
from cercafoto.photos.facts import Facts
from cercafoto.photos.person import Person
from cercafoto.photos.read_file import FoundFile, ReadFile
from cercafoto.photos.seen_things import SeenThings
from cercafoto.question.filters.days import Days
from cercafoto.question.filters.filter import Filters
from cercafoto.question.values import Saying
from cercafoto.search.own_words import contents_with

LENSES = (None, "EF50mm f/1.8 STM", "24.0-70.0 mm f/2.8", "EF24-70mm f/2.8L II USM", "FE 50mm")
FOCALS = (50.0, None, 49.8, 24.0, None, 70.0, 4.2)
CAMERAS = ("Canon EOS 80D", "Fujifilm X100", "iPhone 12", "iPhone 12 Pro", None)
TOWNS = (("Siena", "Siena", "Toscana"), ("Roma", "Roma", "Lazio"), ("", "", ""))
PEOPLE = {"zia Pina": 6, "Papà": 10}  # name -> every how many photos show the person
# Name of a collection -> numbers of its photos.
COLLECTED = {"Terze": range(0, 400, 3), "Quinte": range(0, 400, 5), "vuota": range(0)}
ISOS = (100, 400, None, 1600, 12800)
APERTURES = (1.8, 2.8, 8.0, None)
TIMES = (1 / 250, 1 / 60, 1 / 64, 0.3, 2.0, 30.0, None)
FLASHES = (True, False, False, None)
COLORS = ("rosso", "", "verde", None, None, "rosso", "viola")
# Clarity and exposure; None if nobody looked.
QUALITIES = (
    *(None, ("nitida", None), ("sfocata", "scura")),
    *((None, "chiara"), ("mossa", None), (None, None)),
)
WORDS = ("mare", "gatto", "compleanno", "neve")


class KnownPhotos:
    """A catalogue of 400 photos with known facts, and the same facts in a list.

    Filters query it like any archive.

    address: of the database that it is published to; filters then query that.
    """

    @classmethod
    def of_engine(cls, request: pytest.FixtureRequest, folder: Path, database: str) -> Self:
        """Return an archive for a fixture with the parameter "here" or "shared"; "shared" publishes
        it to a database of this name."""
        address = None
        if request.param == "shared":
            address = request.getfixturevalue("postgres").new_database(database)
        return cls(folder / "catalogo.sqlite3", address)

    def __init__(self, path: Path, address: str | None = None) -> None:
        self.catalog = Catalog.create(path)
        self.rows: Rows = self.catalog
        self.source = b""
        rng = random.Random(3)
        self.facts: list[Facts] = []
        self.towns: list[tuple[str, str, str]] = []
        self.sizes: list[tuple[int, int]] = []
        self.monochrome = [(True, False, None)[number % 3] for number in range(400)]
        self.qualities = [QUALITIES[number % len(QUALITIES)] for number in range(400)]
        self.people_counts = [(None, 0, 1, 2, 4, 9)[number % 6] for number in range(400)]
        items = []
        for i in range(400):
            moment = datetime(2015, 1, 1) + timedelta(seconds=rng.randrange(5 * 365 * 86400))
            timed = rng.random() < 0.8
            located = rng.random() < 0.6
            town = rng.choice(TOWNS) if located else ("", "", "")
            facts = Facts(
                taken_at=moment.isoformat() if timed else moment.date().isoformat(),
                date_source="exif",
                latitude=rng.uniform(40, 46) if located else None,
                longitude=rng.uniform(9, 14) if located else None,
                camera=rng.choice(CAMERAS),
                lens=LENSES[i % len(LENSES)],
                focal=FOCALS[i % len(FOCALS)],
                iso=ISOS[i % len(ISOS)],
                aperture=APERTURES[i % len(APERTURES)],
                exposure_time=TIMES[i % len(TIMES)],
                flash=FLASHES[i // 3 % len(FLASHES)],
                color_label=COLORS[i % len(COLORS)],
                title=f"Titolo {i}" if i % 7 == 2 else None,
                keywords=tuple(rng.sample(WORDS, rng.randrange(3))),
                rating=rng.choice((None, 0, 1, 3, 5, -1)),
                format=(rng.choice(("JPEG", "HEIF", "PNG")), "MP4")[i % 9 == 4],
                people=tuple(Person(name) for name, n in PEOPLE.items() if i % n == 0),
            )
            size = rng.choice(((400, 300), (300, 400), (300, 300)))
            self.facts.append(facts)
            self.towns.append(town)
            self.sizes.append(size)
            items.append(
                ReadFile(
                    FoundFile(f"/foto/{moment.year}/{i}.jpg".encode(), 10, 20),
                    content_digest=i.to_bytes(32, "big"),
                    width=size[0],
                    height=size[1],
                    metadata=facts,
                    monochrome=self.monochrome[i],
                    things=None
                    if self.people_counts[i] is None
                    else SeenThings("1", np.zeros(3, np.float32), (), self.people_counts[i]),
                )
            )
        where_is = {
            (f.latitude, f.longitude): (*town, "Italia")
            for f, town in zip(self.facts, self.towns, strict=True)
        }
        with self.catalog.transaction():
            self.catalog.models.add_model("f" * 64, "tiny", "1", 3)
            self.catalog.intake.write(items, 1, lambda a, b: where_is[a, b])
            for number, quality in enumerate(self.qualities):
                if quality is not None:
                    self.catalog.quality.write(self.content(number), *quality, 0.2)
        if address is not None:
            self._publish(address)

    def _publish(self, address: str) -> None:
        """Publish, and query the shared archive from now on."""
        from tests.support.published_archive import published

        self.catalog.models.put("model", "1")
        self.catalog.folders.add_root(b"/foto")
        self.source = b"prova:"
        self.rows = published(self.catalog, address, "prova")

    def close(self) -> None:
        self.catalog.close()
        if self.rows is not self.catalog:
            self.rows.db.close()  # type: ignore[attr-defined]

    def numbers(self, filters: Filters) -> list[int]:
        """Return the photos that pass filters, as indices of `facts`."""
        found = list(self.rows.photos.latest(filters))
        assert self.rows.photos.count_where(filters) == len(found)
        if self.rows is self.catalog:
            contents = self.catalog.photos.contents_where(filters)
            assert contents.dtype == np.int64
            assert contents.tolist() == sorted(found)
        return sorted(map(self.number, found))

    def moment(self, number: int) -> datetime:
        return datetime.fromisoformat(self.facts[number].taken_at or "")

    def path(self, number: int) -> Path:
        return Path(f"/foto/{self.moment(number).year}/{number}.jpg")

    def number(self, content: int) -> int:
        """Return the index in `facts` of a content id."""
        return int.from_bytes(self.rows.photos.of_content(content)[0].digest, "big")

    def content(self, number: int) -> int:
        found = self.rows.photos.content_of(number.to_bytes(32, "big"))
        assert found is not None
        return found

    def days(self) -> tuple[date, date] | None:
        return self.rows.photos.first_and_last_day()

    def folders(self, folders: Sequence[Path]) -> tuple[bytes, ...]:
        return tuple(self.source + folder.as_posix().encode() for folder in folders)

    def collected(self, names: Sequence[str]) -> tuple[int, ...] | None:
        common = set.intersection(*(set(COLLECTED[name]) for name in names))
        return tuple(map(self.content, sorted(common))) or None

    def with_own_words(self, phrases: Sequence[str]) -> tuple[int, ...] | None:
        each = [contents_with(self.rows, phrase) for phrase in phrases]
        return tuple(sorted(set.intersection(*each))) or None

    def stating(self, days: Days) -> tuple[int, ...]:
        """No photo states a year."""
        return ()

    def saying(self, phrase: str) -> Saying:
        """Treat photo names as the text written in them: "7" is in 7, 17, 70."""
        return Saying(phrase, tuple(self.content(i) for i in range(400) if phrase in str(i)))

    def people(self, names: Sequence[str]) -> tuple[int, ...]:
        """Return the contents that show people, from the local archive: names are not published."""
        here = [each for name in names for each in self.catalog.people.contents_named(name)]
        digests = self.catalog.photos.digests_of(here).values()
        found = (self.rows.photos.content_of(digest) for digest in digests)
        return tuple(sorted(content for content in found if content is not None))

    def named(self) -> tuple[int, ...]:
        return self.people(tuple(PEOPLE))

    def cameras(self) -> Sequence[str]:
        return self.rows.words.camera_names()

    def lenses(self) -> Sequence[str]:
        return self.rows.words.lens_names()

    def in_collections(self) -> tuple[int, ...]:
        numbers = {number for each in COLLECTED.values() for number in each}
        return tuple(sorted(map(self.content, numbers)))

    def loop(self, passes: Callable[[int, Facts], bool]) -> list[int]:
        return [i for i, facts in enumerate(self.facts) if passes(i, facts)]
