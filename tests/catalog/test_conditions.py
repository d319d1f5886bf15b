"""Filters: every condition against an obvious loop, ranges over New Year and midnight, words."""

from __future__ import annotations

import calendar
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from cercafoto.base.word_stems import fold, stem, stems, telling_words, words_of
from cercafoto.catalog.browsing import cursor
from cercafoto.catalog.catalog import Catalog
from cercafoto.catalog.records import Indexed, SidecarRead
from cercafoto.catalog.where import where
from cercafoto.photos.facts import Facts
from cercafoto.places.gazetteer import km_between
from cercafoto.question.filters.filter import Filters, NO_FILTERS
from cercafoto.question.values import BY_CONFIDENCE, BY_NAME, LATEST, OLDEST, ORDERS, Circle, PlaceCondition, Saying, shape_of
from cercafoto.question.grammar.yearly import Yearly
from cercafoto.question.query import Query
from cercafoto.results import Tile
from cercafoto.store import LabelStore

CAMERAS = ("Canon EOS 80D", "Fujifilm X100", "iPhone 12", "iPhone 12 Pro", None)
TOWNS = (("Siena", "Siena", "Toscana"), ("Roma", "Roma", "Lazio"), ("", "", ""))
WORDS = ("mare", "gatto", "compleanno", "neve")


class Archive:
    """A catalogue of 400 photos with known facts, and the same facts in a list.

    address: of a database that it is published to, whose answers are looked at.
    """

    def __init__(self, path: Path, address: str | None = None) -> None:
        self.catalog = Catalog.create(path)
        self.store: LabelStore = self.catalog
        self.source = b""
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
        if address is not None:
            self._publish(address)

    def _publish(self, address: str) -> None:
        """Look at the archive as others see it."""
        from tests.support.shared_archive import published

        self.catalog.put("model", "1")
        self.catalog.add_root(b"/foto")
        self.source = b"prova:"
        self.store = published(self.catalog, address, "prova")

    def close(self) -> None:
        self.catalog.close()
        if self.store is not self.catalog:
            self.store.db.close()  # type: ignore[attr-defined]

    def numbers(self, conditions: Filters) -> list[int]:
        found = list(self.store.latest(self.there(conditions)))
        assert self.store.count_where(self.there(conditions)) == len(found)
        if self.store is self.catalog:
            contents = self.catalog.contents_where(conditions)
            assert contents.dtype == np.int64
            assert contents.tolist() == sorted(found)
        return sorted(map(self.number, found))

    def number(self, content: int) -> int:
        """Return the place among `facts` of what a store calls a content."""
        return int.from_bytes(self.store.photos_of(content)[0].digest, "big")

    def content(self, number: int) -> int:
        found = self.store.content_of(number.to_bytes(32, "big"))
        assert found is not None
        return found

    def there(self, conditions: Filters) -> Filters:
        """Name folders as the archive does."""
        folders, outside = (
            tuple(self.source + folder for folder in named)
            for named in (conditions.folders, conditions.outside)
        )
        return replace(conditions, folders=folders, outside=outside)

    def loop(self, passes: Callable[[int, Facts], bool]) -> list[int]:
        return [i for i, facts in enumerate(self.facts) if passes(i, facts)]


def test_orders_of_a_list(archive: Archive) -> None:
    conditions = Filters(format="PNG")
    wanted = archive.loop(lambda _, facts: facts.format == "PNG")
    moments = {i: archive.facts[i].taken_at or "" for i in wanted}
    listed = {
        order: list(map(archive.number, archive.store.latest(conditions, order)))
        for order in (None, *ORDERS)
    }
    assert listed[OLDEST] == sorted(wanted, key=lambda i: (moments[i], i))
    assert listed[LATEST] == sorted(wanted, key=lambda i: (moments[i], -i), reverse=True)
    assert listed[None] == listed[LATEST] == listed[BY_CONFIDENCE]
    paths = {i: f"/foto/{moments[i][:4]}/{i}.jpg" for i in wanted}
    assert listed[BY_NAME] == sorted(wanted, key=lambda i: paths[i])


@pytest.fixture(scope="module", params=["here", "shared"])
def archive(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Archive]:
    address = None
    if request.param == "shared":
        address = request.getfixturevalue("postgres").new_database("condizioni")
    made = Archive(tmp_path_factory.mktemp("archive") / "catalogo.sqlite3", address)
    yield made
    made.close()


def moment_of(facts: Facts) -> datetime:
    return datetime.fromisoformat(facts.taken_at or "")


def test_days_are_included_at_both_ends(archive: Archive) -> None:
    since, until = date(2016, 3, 1), date(2017, 8, 31)
    found = archive.numbers(Filters(periods=((since, until),)))
    assert found == archive.loop(lambda i, f: since <= moment_of(f).date() <= until)
    assert 0 < len(found) < 400
    day = moment_of(archive.facts[7]).date()
    assert 7 in archive.numbers(Filters(periods=((day, day),)))
    assert archive.numbers(Filters(periods=((None, date.max),))) == list(range(400))


def test_several_periods_and_days_of_the_week(archive: Archive) -> None:
    spring = (date(2016, 3, 1), date(2016, 5, 31))
    found = archive.numbers(Filters(periods=(spring, (date(2019, 6, 1), None))))
    assert found == archive.loop(
        lambda i, f: (
            spring[0] <= moment_of(f).date() <= spring[1] or moment_of(f).date() >= date(2019, 6, 1)
        )
    )
    weekend = archive.numbers(Filters(weekdays=frozenset([5, 6])))
    assert weekend == archive.loop(lambda i, f: moment_of(f).weekday() >= 5)
    assert found and weekend
    days = [moment_of(f).date() for f in archive.facts]
    assert archive.store.first_and_last_day() == (
        min(days),
        date(max(days).year, 12, 31),
    )


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
    assert archive.numbers(Filters(periods=periods)) == archive.loop(passes)


@pytest.mark.parametrize("hours", [(6, 11), (22, 5)])
def test_hours_only_where_the_hour_is_known(archive: Archive, hours: tuple[int, int]) -> None:
    low, high = hours

    def passes(i: int, facts: Facts) -> bool:
        if len(facts.taken_at or "") < 19:
            return False
        hour = moment_of(facts).hour
        return low <= hour <= high if low <= high else hour >= low or hour <= high

    found = archive.numbers(Filters(hours=(hours,)))
    assert found == archive.loop(passes)
    assert found


def test_places_by_name_and_by_distance(archive: Archive) -> None:
    siena = archive.loop(lambda i, f: archive.towns[i][0] == "Siena")
    assert archive.numbers(Filters(place=PlaceCondition("comune", "Siena"))) == siena
    assert archive.numbers(Filters(place=PlaceCondition("regione", "Toscana"))) == siena
    located = archive.loop(lambda i, f: f.latitude is not None)
    assert archive.numbers(Filters(place=PlaceCondition("paese", "Italia"))) == located
    assert archive.numbers(Filters(place=PlaceCondition("comune", "Lucca"))) == []
    circles = (Circle(43.3, 11.3, 60), Circle(41.9, 12.5, 40))

    def inside(i: int, facts: Facts) -> bool:
        at = (facts.latitude, facts.longitude)
        return facts.latitude is not None and any(
            km_between(at, (c.latitude, c.longitude)) <= c.km  # type: ignore[arg-type]
            for c in circles
        )

    found = archive.numbers(Filters(place=PlaceCondition("luogo", "x", circles)))
    assert found == archive.loop(inside)
    assert found
    with pytest.raises(ValueError, match="kind"):
        where(Filters(place=PlaceCondition("comune' --", "x")))


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
            assert catalog.contents_where(Filters(place=circle)).tolist() == [1, 2]


def test_cameras_formats_shapes_and_stars(archive: Archive) -> None:
    canon = archive.loop(lambda i, f: "canon" in (f.camera or "").lower())
    assert archive.numbers(Filters(camera="CANON")) == canon
    twelve = archive.loop(lambda i, f: (f.camera or "").startswith("iPhone 12"))
    assert archive.numbers(Filters(camera="iphone")) == twelve
    alone = archive.loop(lambda i, f: f.camera == "iPhone 12")
    assert archive.numbers(Filters(camera="IPHONE 12")) == alone
    assert 0 < len(alone) < len(twelve)
    heic = archive.loop(lambda i, f: f.format == "HEIF")
    assert archive.numbers(Filters(format="heic")) == heic
    assert archive.numbers(Filters(format=".HEIF")) == heic
    tall = archive.loop(lambda i, f: archive.sizes[i] == (300, 400))
    assert archive.numbers(Filters(shape="verticale")) == tall
    good = archive.loop(lambda i, f: (f.rating or 0) >= 3)
    assert archive.numbers(Filters(rating=3)) == good
    assert archive.numbers(Filters(rating=0)) == list(range(400))
    both = [i for i in tall if i in canon]
    assert archive.numbers(Filters(shape="verticale", camera="eos")) == both
    assert canon and heic and tall and good and both


def test_keywords_folders_and_labels(archive: Archive) -> None:
    sea = archive.loop(lambda i, f: "mare" in f.keywords)
    assert archive.numbers(Filters(keywords=("Mare",))) == sea
    both = archive.loop(lambda i, f: {"mare", "gatto"} <= set(f.keywords))
    assert archive.numbers(Filters(keywords=("mari", "Gatti"))) == both
    year = archive.loop(lambda i, f: moment_of(f).year == 2016)
    assert archive.numbers(Filters(folders=(b"/foto/2016",))) == year
    mixed = [i for i in year if i in sea]
    assert archive.numbers(Filters(folders=(b"/foto/2016",), keywords=("mare",))) == mixed
    others = archive.loop(lambda i, f: moment_of(f).year not in (2016, 2017))
    assert archive.numbers(Filters(outside=(b"/foto/2016", b"/foto/2017/"))) == others
    inside = Filters(folders=(b"/foto",), outside=(b"/foto/2016",), keywords=("mare",))
    assert archive.numbers(inside) == [i for i in sea if i not in year]
    assert archive.numbers(Filters(folders=(b"/foto/2016",), outside=(b"/foto",))) == []
    one = f"/foto/2016/{year[0]}.jpg".encode()
    assert archive.numbers(Filters(folders=(b"/foto/2016",), outside=(one,))) == year[1:]
    assert archive.numbers(Filters(outside=(b"/foto/20", b"/fot"))) == list(range(400))
    first, second = archive.content(0), archive.content(1)
    archive.store.write_tags([first, second], [(first, "sole", 0.3, 0.9)], "e.txt", 1)
    assert archive.numbers(Filters(labels=("sole",))) == [0]
    assert sea and both and year and mixed and others


PARTS = ("2018", "2019", "2020", "2018-12", "2019-01", "2019-07", "2019-08", "2019-09", "2019-12",
         "2019-08-01", "2019-08-14", "2019-08-31T23:59:59", "2019-01-01T00:00:00", "2019-12-31",
         "2020-02", "2020-02-29")  # fmt: skip


@pytest.fixture(scope="module")
def vague(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """A catalogue of photos of which more or less of the date is known, and two of none."""
    with Catalog.create(tmp_path_factory.mktemp("vague") / "c.sqlite3") as catalog:
        for number, taken_at in enumerate((*PARTS, None, None), start=1):
            write(catalog, number, taken_at=taken_at, date_source="exif" if taken_at else None)
        yield catalog


def days_of(taken_at: str) -> tuple[date, date]:
    """The first and the last day that a photo may be of."""
    year, month, *day = (*taken_at[:10].split("-"), "")[:3]
    if not month:
        return date(int(year), 1, 1), date(int(year), 12, 31)
    if not day or not day[0]:
        last = calendar.monthrange(int(year), int(month))[1]
        return date(int(year), int(month), 1), date(int(year), int(month), last)
    only = date.fromisoformat(taken_at[:10])
    return only, only


@pytest.mark.parametrize(
    "period",
    [
        (date(2019, 1, 1), date(2019, 12, 31)),
        (date(2019, 8, 1), date(2019, 8, 31)),
        (date(2019, 8, 1), date(2019, 8, 30)),
        (date(2019, 8, 2), date(2019, 8, 31)),
        (date(2019, 8, 14), date(2019, 8, 14)),
        (date(2019, 6, 1), date(2019, 9, 22)),
        (date(2018, 12, 1), date(2019, 3, 20)),
        (date(2019, 1, 1), date(2019, 8, 14)),
        (date(2018, 6, 1), date(2020, 2, 28)),
        (date(2018, 6, 1), date(2020, 2, 29)),
        (date(2019, 1, 1), None),
        (date(2019, 1, 2), None),
        (None, date(2019, 12, 31)),
        (None, date(2019, 12, 30)),
        (None, None),
    ],
)
def test_all_that_a_photo_may_be_of_must_be_in_the_period(
    vague: Catalog, period: tuple[date | None, date | None]
) -> None:
    since, until = period[0] or date.min, period[1] or date.max
    found = [PARTS[i - 1] for i in vague.contents_where(Filters(periods=(period,))).tolist()]
    assert found == [
        text for text in PARTS if since <= days_of(text)[0] and days_of(text)[1] <= until
    ]


def test_a_month_has_no_weekday_and_no_hour(vague: Catalog) -> None:
    every = vague.contents_where(Filters(weekdays=frozenset(range(7)))).tolist()
    assert [PARTS[i - 1] for i in every] == [text for text in PARTS if len(text) >= 10]
    timed = vague.contents_where(Filters(hours=((0, 23),))).tolist()
    assert [PARTS[i - 1] for i in timed] == [text for text in PARTS if "T" in text]
    assert vague.first_and_last_day() == (date(2018, 1, 1), date(2020, 12, 31))


def test_they_are_browsed_in_order_page_by_page_and_counted(vague: Catalog) -> None:
    tiles: list[Tile] = []
    after = ""
    while page := vague.browse(NO_FILTERS, 3, after):
        tiles += page
        after = cursor(page[-1])
    assert [tile.taken_at for tile in tiles] == [*sorted(PARTS, reverse=True), None, None]
    facets = vague.facets(NO_FILTERS)
    assert facets.photos == 18
    assert facets.years == (("2020", 3), ("2019", 11), ("2018", 2))
    in_2019 = vague.facets(Filters(periods=((date(2019, 1, 1), date(2019, 12, 31)),)))
    assert in_2019.years == (("2019", 11),)
    assert in_2019.months == (
        ("2019-01", 2), ("2019-07", 1), ("2019-08", 4), ("2019-09", 1), ("2019-12", 2)
    )  # fmt: skip


def test_photos_without_a_date_are_in_the_order_of_their_files(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        with catalog.transaction():
            times = (30, 10, 40, 40, -5)
            catalog.write(
                [
                    Indexed(f"/{n}".encode(), 1, mtime_ns, digest=bytes([n]) * 32, facts=Facts())
                    for n, mtime_ns in enumerate(times)
                ],
                1,
            )
        tiles: list[Tile] = []
        after = ""
        while page := catalog.browse(NO_FILTERS, 2, after):
            tiles += page
            after = cursor(page[-1])
        assert [tile.path for tile in tiles] == [b"/3", b"/2", b"/0", b"/1", b"/4"]
        paths = [catalog.photos_of(content)[0].path for content in catalog.latest(NO_FILTERS)]
        assert paths == [b"/2", b"/3", b"/0", b"/1", b"/4"]
        for wrong in ("x", "||", "1|2", f"|{2**63}|1", "|1|2|3"):
            with pytest.raises(ValueError, match=r"cursor|unpack|invalid"):
                catalog.browse(NO_FILTERS, 2, wrong)


def test_colours_where_they_are_known(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        with catalog.transaction():
            known = (True, False, None, False, True)
            catalog.write(
                [
                    Indexed(f"/{n}".encode(), 1, 1, digest=bytes([n]) * 32, monochrome=monochrome)
                    for n, monochrome in enumerate(known)
                ],
                1,
            )
        assert catalog.contents_where(Filters(monochrome=True)).tolist() == [1, 5]
        assert catalog.contents_where(Filters(monochrome=False)).tolist() == [2, 4]
        assert catalog.lacks_colours()
        assert catalog.photos_without_colours() == {3}
        # A copy that was not decoded takes nothing away.
        with catalog.transaction():
            catalog.write([Indexed(b"/copia", 1, 1, digest=bytes(32))], 1)
        assert catalog.contents_where(Filters(monochrome=True)).tolist() == [1, 5]
        with catalog.transaction():
            catalog.set_state([3], "missing")
        assert not catalog.lacks_colours()


def test_every_filter_searches_an_index(archive: Archive) -> None:
    day = date(2016, 3, 1)
    for conditions in (
        Filters(periods=((day, day),)),
        Filters(place=PlaceCondition("comune", "Siena")),
        Filters(place=PlaceCondition("luogo", "x", (Circle(43, 11, 5),))),
        Filters(camera="eos", shape="verticale"),
        Filters(rating=5, format="JPEG"),
        Filters(keywords=("mare",)),
        Filters(monochrome=True),
        Filters(monochrome=False, periods=((day, day),)),
        Filters(labels=("sole",)),
        Filters(folders=(b"/foto/2016",)),
        Filters(folders=(b"/foto/2016",), outside=(b"/foto/2016/a",)),
        Filters(periods=((day, day),), outside=(b"/foto/2015",)),
        Filters(periods=((day, day),), shape="verticale", hours=((6, 8),)),
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
    assert not Filters()
    assert Filters(rating=1)
    assert Filters(folders=(b"/a",))
    assert Filters(outside=(b"/a",))


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
    assert telling_words("Screenshot_20190814-103005_Chrome") == "screenshot chrome"
    assert telling_words("WhatsApp Images") == "whatsapp images"
    assert telling_words("IMG-20190814-WA0001") == ""
    assert telling_words("Compleanno di Zoë") == "compleanno di zoe"


def write(catalog: Catalog, number: int, words: str = "", **facts: object) -> None:
    item = Indexed(
        "/".join(filter(None, ("/a", words, f"{number}.jpg"))).encode(),
        1,
        2,
        digest=number.to_bytes(32, "big"),
        facts=Facts(**facts),  # type: ignore[arg-type]
    )
    with catalog.transaction():
        catalog.write([item], 1)


def saying(catalog: Catalog, *words: str, conditions: Filters = NO_FILTERS) -> list[int]:
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
        assert saying(catalog, "cane", conditions=Filters(rating=3)) == [1]
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
        assert catalog.contents_where(Filters(keywords=("sole",))).tolist() == [1]
        (row,) = catalog.photos_where(1, Filters(keywords=("mare",)))
        assert row.path == b"/a/2.jpg"
        assert [r.path for r in catalog.photos_where(1, Filters())] == [b"/a/1.jpg", b"/a/2.jpg"]
        assert (catalog.known_at(b"/a/2.jpg") or ())[-2:] == (5, 6)
        assert (catalog.known_at(b"/a/1.jpg") or ())[-2:] == (None, None)


def test_stems_of_a_sentence() -> None:
    assert stems("L'estate dei Gatti_neri") == "l estat dei gatt ner"


def test_phrases_that_must_be_written(archive: Archive) -> None:
    some, others = tuple(range(2, 40, 3)), tuple(range(2, 40, 2))
    for texts, wanted in (
        ((Saying("gigi", some),), set(some)),
        ((Saying("gigi", some), Saying("siena", others)), {*some} & {*others}),
        ((Saying("niente", ()),), set()),
    ):
        listed = set(archive.store.latest(Filters(texts=texts)))
        assert listed == wanted
        assert archive.store.count_where(Filters(texts=texts)) == len(wanted)
