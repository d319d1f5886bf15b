"""Filters: every condition against an obvious loop, ranges over New Year and midnight, words."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from cercafoto.base.word_stems import fold, stem, stems, telling_words, words_of
from cercafoto.catalog.catalog import Catalog
from cercafoto.catalog.records import Indexed, SidecarRead
from cercafoto.catalog.where import where
from cercafoto.photos.facts import Facts
from cercafoto.places.gazetteer import km_between
from cercafoto.question.conditions import (
    ANYTHING,
    Circle,
    Conditions,
    PlaceCondition,
    shape_of,
)
from cercafoto.question.grammar.yearly import Yearly
from cercafoto.question.query import Query

CAMERAS = ("Canon EOS 80D", "Fujifilm X100", "iPhone 12", None)
TOWNS = (("Siena", "Siena", "Toscana"), ("Roma", "Roma", "Lazio"), ("", "", ""))
WORDS = ("mare", "gatto", "compleanno", "neve")


class Archive:
    """A catalogue of 400 photos with known facts, and the same facts in a list."""

    def __init__(self, path: Path) -> None:
        self.catalog = Catalog.create(path)
        rng = random.Random(3)
        self.facts: list[Facts] = []
        self.towns: list[tuple[str, str, str]] = []
        self.sizes: list[tuple[int, int]] = []
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
                keywords=tuple(rng.sample(WORDS, rng.randrange(3))),
                rating=rng.choice((None, 0, 1, 3, 5, -1)),
                format=rng.choice(("JPEG", "HEIF", "PNG")),
            )
            size = rng.choice(((400, 300), (300, 400), (300, 300)))
            self.facts.append(facts)
            self.towns.append(town)
            self.sizes.append(size)
            items.append(
                Indexed(
                    f"/foto/{moment.year}/{i}.jpg".encode(),
                    10,
                    20,
                    digest=i.to_bytes(32, "big"),
                    width=size[0],
                    height=size[1],
                    facts=facts,
                )
            )
        where_is = {
            (f.latitude, f.longitude): (*town, "Italia")
            for f, town in zip(self.facts, self.towns, strict=True)
        }
        with self.catalog.transaction():
            self.catalog.add_model("f" * 64, "tiny", "1", 3)
            self.catalog.write(items, 1, lambda a, b: where_is[a, b])

    def numbers(self, conditions: Conditions) -> list[int]:
        found = self.catalog.contents_where(conditions)
        assert found.dtype == np.int64
        assert self.catalog.count_where(conditions) == len(found)
        return [int(i) - 1 for i in found]

    def loop(self, passes: Callable[[int, Facts], bool]) -> list[int]:
        return [i for i, facts in enumerate(self.facts) if passes(i, facts)]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    made = Archive(tmp_path_factory.mktemp("archive") / "c.sqlite3")
    yield made
    made.catalog.close()


def moment_of(facts: Facts) -> datetime:
    return datetime.fromisoformat(facts.taken_at or "")


def test_days_are_included_at_both_ends(archive: Archive) -> None:
    since, until = date(2016, 3, 1), date(2017, 8, 31)
    found = archive.numbers(Conditions(periods=((since, until),)))
    assert found == archive.loop(lambda i, f: since <= moment_of(f).date() <= until)
    assert 0 < len(found) < 400
    day = moment_of(archive.facts[7]).date()
    assert 7 in archive.numbers(Conditions(periods=((day, day),)))
    assert archive.numbers(Conditions(periods=((None, date.max),))) == list(range(400))


def test_several_periods_and_days_of_the_week(archive: Archive) -> None:
    spring = (date(2016, 3, 1), date(2016, 5, 31))
    found = archive.numbers(Conditions(periods=(spring, (date(2019, 6, 1), None))))
    assert found == archive.loop(
        lambda i, f: (
            spring[0] <= moment_of(f).date() <= spring[1] or moment_of(f).date() >= date(2019, 6, 1)
        )
    )
    weekend = archive.numbers(Conditions(weekdays=frozenset([5, 6])))
    assert weekend == archive.loop(lambda i, f: moment_of(f).weekday() >= 5)
    assert found and weekend
    days = [moment_of(f).date() for f in archive.facts]
    assert archive.catalog.first_and_last_day() == (min(days), max(days))


@pytest.mark.parametrize("days", [((8, 1), (8, 31)), ((12, 20), (1, 6)), ((2, 29), (2, 29))])
def test_days_recur_each_year(
    archive: Archive, days: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    (first, last) = days

    def passes(i: int, facts: Facts) -> bool:
        day = (moment_of(facts).month, moment_of(facts).day)
        return first <= day <= last if first <= last else day >= first or day <= last

    spans = Query(recurring=(Yearly("", *days),)).day_ranges(date(2000, 1, 1), date(2030, 12, 31))
    periods = tuple((span.first, span.last) for span in spans)
    assert archive.numbers(Conditions(periods=periods)) == archive.loop(passes)


@pytest.mark.parametrize("hours", [(6, 11), (22, 5)])
def test_hours_only_where_the_hour_is_known(archive: Archive, hours: tuple[int, int]) -> None:
    low, high = hours

    def passes(i: int, facts: Facts) -> bool:
        if len(facts.taken_at or "") < 19:
            return False
        hour = moment_of(facts).hour
        return low <= hour <= high if low <= high else hour >= low or hour <= high

    found = archive.numbers(Conditions(hours=(hours,)))
    assert found == archive.loop(passes)
    assert found


def test_places_by_name_and_by_distance(archive: Archive) -> None:
    siena = archive.loop(lambda i, f: archive.towns[i][0] == "Siena")
    assert archive.numbers(Conditions(place=PlaceCondition("comune", "Siena"))) == siena
    assert archive.numbers(Conditions(place=PlaceCondition("regione", "Toscana"))) == siena
    located = archive.loop(lambda i, f: f.latitude is not None)
    assert archive.numbers(Conditions(place=PlaceCondition("paese", "Italia"))) == located
    assert archive.numbers(Conditions(place=PlaceCondition("comune", "Lucca"))) == []
    circles = (Circle(43.3, 11.3, 60), Circle(41.9, 12.5, 40))

    def inside(i: int, facts: Facts) -> bool:
        at = (facts.latitude, facts.longitude)
        return facts.latitude is not None and any(
            km_between(at, (c.latitude, c.longitude)) <= c.km  # type: ignore[arg-type]
            for c in circles
        )

    found = archive.numbers(Conditions(place=PlaceCondition("luogo", "x", circles)))
    assert found == archive.loop(inside)
    assert found
    with pytest.raises(ValueError, match="kind"):
        where(Conditions(place=PlaceCondition("comune' --", "x")))


def test_a_circle_over_the_180th_meridian(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        items = [
            Indexed(
                f"/a/{i}.jpg".encode(),
                1,
                2,
                digest=i.to_bytes(32, "big"),
                facts=Facts(latitude=-17.0, longitude=longitude),
            )
            for i, longitude in enumerate((179.9, -179.9, 178.0, 0.0))
        ]
        with catalog.transaction():
            catalog.write(items, 1)
        for centre in (179.95, -179.95):
            circle = PlaceCondition("luogo", "Figi", (Circle(-17.0, centre, 30),))
            assert catalog.contents_where(Conditions(place=circle)).tolist() == [1, 2]


def test_cameras_formats_shapes_and_stars(archive: Archive) -> None:
    canon = archive.loop(lambda i, f: "canon" in (f.camera or "").lower())
    assert archive.numbers(Conditions(camera="CANON")) == canon
    heic = archive.loop(lambda i, f: f.format == "HEIF")
    assert archive.numbers(Conditions(format="heic")) == heic
    assert archive.numbers(Conditions(format=".HEIF")) == heic
    tall = archive.loop(lambda i, f: archive.sizes[i] == (300, 400))
    assert archive.numbers(Conditions(shape="verticale")) == tall
    good = archive.loop(lambda i, f: (f.rating or 0) >= 3)
    assert archive.numbers(Conditions(rating=3)) == good
    assert archive.numbers(Conditions(rating=0)) == list(range(400))
    both = [i for i in tall if i in canon]
    assert archive.numbers(Conditions(shape="verticale", camera="eos")) == both
    assert canon and heic and tall and good and both


def test_keywords_folders_and_labels(archive: Archive) -> None:
    sea = archive.loop(lambda i, f: "mare" in f.keywords)
    assert archive.numbers(Conditions(keywords=("Mare",))) == sea
    both = archive.loop(lambda i, f: {"mare", "gatto"} <= set(f.keywords))
    assert archive.numbers(Conditions(keywords=("mari", "Gatti"))) == both
    year = archive.loop(lambda i, f: moment_of(f).year == 2016)
    assert archive.numbers(Conditions(folders=(b"/foto/2016",))) == year
    mixed = [i for i in year if i in sea]
    assert archive.numbers(Conditions(folders=(b"/foto/2016",), keywords=("mare",))) == mixed
    others = archive.loop(lambda i, f: moment_of(f).year not in (2016, 2017))
    assert archive.numbers(Conditions(outside=(b"/foto/2016", b"/foto/2017/"))) == others
    inside = Conditions(folders=(b"/foto",), outside=(b"/foto/2016",), keywords=("mare",))
    assert archive.numbers(inside) == [i for i in sea if i not in year]
    assert archive.numbers(Conditions(folders=(b"/foto/2016",), outside=(b"/foto",))) == []
    one = f"/foto/2016/{year[0]}.jpg".encode()
    assert archive.numbers(Conditions(folders=(b"/foto/2016",), outside=(one,))) == year[1:]
    assert archive.numbers(Conditions(outside=(b"/foto/20", b"/fot"))) == list(range(400))
    with archive.catalog.transaction():
        archive.catalog.write_tags([1, 2], [(1, "sole", 0.3, 0.9)], "e.txt", 1)
    assert archive.numbers(Conditions(labels=("sole",))) == [0]
    assert sea and both and year and mixed and others


def test_every_filter_searches_an_index(archive: Archive) -> None:
    day = date(2016, 3, 1)
    for conditions in (
        Conditions(periods=((day, day),)),
        Conditions(place=PlaceCondition("comune", "Siena")),
        Conditions(place=PlaceCondition("luogo", "x", (Circle(43, 11, 5),))),
        Conditions(camera="eos", shape="verticale"),
        Conditions(rating=5, format="JPEG"),
        Conditions(keywords=("mare",)),
        Conditions(labels=("sole",)),
        Conditions(folders=(b"/foto/2016",)),
        Conditions(folders=(b"/foto/2016",), outside=(b"/foto/2016/a",)),
        Conditions(periods=((day, day),), outside=(b"/foto/2015",)),
        Conditions(periods=((day, day),), shape="verticale", hours=((6, 8),)),
    ):
        sql, values = where(conditions)
        plan = archive.catalog._rows(
            f"EXPLAIN QUERY PLAN SELECT content_id FROM photos WHERE {sql}", *values
        )
        steps = [row[3] for row in plan if "photos" in row[3]]
        assert steps
        assert all(step.startswith("SEARCH photos USING") for step in steps), steps
        assert not any("photos_kind" in step for step in steps), steps


def test_nothing_asked_is_no_condition() -> None:
    assert not Conditions()
    assert Conditions(rating=1)
    assert Conditions(folders=(b"/a",))
    assert Conditions(outside=(b"/a",))


def test_shapes() -> None:
    assert shape_of(400, 300) == "orizzontale"
    assert shape_of(300, 400) == "verticale"
    assert shape_of(1000, 990) == "quadrato"
    assert shape_of(0, 10) is None


# -- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forms",
    [
        "spiaggia spiagge",
        "lago laghi",
        "gatto gatti gatta gatte",
        "fiore fiori",
        "amica amiche amico amici",
        "banca banche",
        "città citta CITTÀ",
        "montagna montagne",
        "valigia valigie",
        "bambino bambini bambina bambine",
        "mare mari",
    ],
)
def test_forms_of_a_word_have_one_stem(forms: str) -> None:
    assert len({stem(fold(form)) for form in forms.split()}) == 1


def test_different_words_keep_different_stems() -> None:
    words = words_of("mare moro muro marea sole sala neve nave gatto getto lago lega sci cane cono")
    assert len({stem(word) for word in words}) == len(words) == 15


def test_names_say_words_not_numbers() -> None:
    assert telling_words("IMG_20190814_103005") == ""
    assert telling_words("DSC00012") == ""
    assert telling_words("2019-08 Grecia_Santorini (3)") == "grecia santorini"
    assert telling_words("Compleanno di Zoë") == "compleanno di zoe"


def write(catalog: Catalog, number: int, words: str = "", **facts: object) -> None:
    item = Indexed(
        f"/a/{number}.jpg".encode(),
        1,
        2,
        digest=number.to_bytes(32, "big"),
        facts=Facts(**facts),  # type: ignore[arg-type]
        words=words,
    )
    with catalog.transaction():
        catalog.write([item], 1)


def saying(catalog: Catalog, *words: str, conditions: Conditions = ANYTHING) -> list[int]:
    """Contents of the photos whose own words have the stems of all these."""
    return [photo.content_id for photo in catalog.photos_saying(list(map(stem, words)), conditions)]


def test_words_are_found_and_kept_in_step(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        write(catalog, 1, keywords=("Gatti", "Nonna Pia"))
        write(catalog, 2, words="vacanze con il gatto e la nonna al lago")
        write(catalog, 3, title="Un cane", description="dorme accanto alla porta di casa")
        write(catalog, 4)
        assert saying(catalog, "gatto") == [1, 2]
        assert saying(catalog, "gatte", "nere") == []
        assert saying(catalog, "gatte", "nonne") == [1, 2]
        assert catalog.mentions("gatte") and not catalog.mentions("elefante")
        assert saying(catalog, "cani", "porte") == [3]
        assert saying(catalog) == saying(catalog, "near", "or") == []
        (first, _) = catalog.photos_saying(["gatt"])
        assert first == (1, b"/a/1.jpg", "gatt nonn pia", "", "", "")
        # A content is written again with other facts: the words follow.
        write(catalog, 1, keywords=("cane",), rating=3)
        assert saying(catalog, "gatto") == [2]
        assert saying(catalog, "cane") == [1, 3]
        assert saying(catalog, "cane", conditions=Conditions(rating=3)) == [1]
        with catalog.transaction():
            catalog.set_state([2], "missing")
        assert saying(catalog, "gatto") == []
        with catalog.transaction():
            catalog.forget([1, 2])
        assert catalog._rows("SELECT rowid FROM words") == [(3,)]
        assert catalog._rows("SELECT * FROM keywords") == []


def test_a_word_of_nearly_all_photos_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cercafoto.catalog.search.MOST_MATCHES", 3)
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        for i in range(1, 6):
            write(catalog, i, words="vacanze")
        write(catalog, 6, words="neve")
        assert saying(catalog, "vacanze") == []
        assert saying(catalog, "neve") == [6]


def test_photos_are_found_by_a_part_of_their_path(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        write(catalog, 12)
        write(catalog, 2)
        assert catalog.photos_named("12.jp") == [(1, b"/a/12.jpg")]
        assert len(catalog.photos_named("2.jpg")) == 2


def test_a_failed_batch_leaves_no_words(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        facts = Facts(keywords=("gatto",))
        with pytest.raises(RuntimeError), catalog.transaction():
            catalog.write([Indexed(b"/a", 1, 2, digest=b"d" * 32, facts=facts)], 1)
            raise RuntimeError
        assert saying(catalog, "gatto") == []


def test_a_copy_passes_by_what_is_its_own(tmp_path: Path) -> None:
    """Two files with the same content, one with a sidecar: only that one bears its keyword."""
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        one = Indexed(b"/a/1.jpg", 1, 2, digest=b"d" * 32, facts=Facts(keywords=("sole",)))
        beside = SidecarRead(5, 6, Facts(keywords=("mare",), rating=4))
        with catalog.transaction():
            catalog.write([one, replace(one, path=b"/a/2.jpg", sidecar=beside)], 1)
        assert catalog.contents_where(Conditions(keywords=("sole",))).tolist() == [1]
        (row,) = catalog.photos_where(1, Conditions(keywords=("mare",)))
        assert row.path == b"/a/2.jpg"
        assert [r.path for r in catalog.photos_where(1, Conditions())] == [b"/a/1.jpg", b"/a/2.jpg"]
        known = catalog.known_under(b"/a")
        assert known[b"/a/2.jpg"][-2:] == (5, 6)
        assert known[b"/a/1.jpg"][-2:] == (None, None)


def test_stems_of_a_sentence() -> None:
    assert stems("L'estate dei Gatti_neri") == "l estat dei gatt ner"
