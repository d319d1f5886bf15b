"""Filters: the SQL of each against an obvious loop, and what each declares."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.dialect import SQLITE
from cercafoto.archive.queries.filter_sql import SQL
from cercafoto.archive.queries.where_clause import where
from cercafoto.base.word_stems import fold, stems
from cercafoto.photos.facts import Facts
from cercafoto.photos.read_file import FoundFile, ReadFile
from cercafoto.places.gazetteer import km_between
from cercafoto.question.filters.all_filters import FILTERS, OPTIONS, resolved
from cercafoto.question.filters.days import DAYS, Days
from cercafoto.question.filters.excepted import called_so
from cercafoto.question.filters.file_filters import CAMERA, RATING
from cercafoto.question.filters.filter import Filter, Filters
from cercafoto.question.filters.missing import KINDS
from cercafoto.question.filters.place import PLACE
from cercafoto.question.filters.quality import QUALITY
from cercafoto.question.grammar.calendar_days import Span
from cercafoto.question.grammar.place_meant import PlaceMeant
from cercafoto.question.grammar.yearly import Yearly
from cercafoto.question.values import (
    ABROAD,
    BY_CONFIDENCE,
    BY_NAME,
    LATEST,
    OLDEST,
    ORDERS,
    Circle,
    PlaceCondition,
    Rectangle,
    Stretch,
    shape_of,
)
from tests.support.known_photos import COLLECTED, PEOPLE, KnownPhotos

Cli = Callable[..., tuple[int, str, str]]
LABELLED = {"sole": 3, "mare": 4}  # label -> every how many photos bear it


@pytest.fixture(scope="module", params=["here", "shared"])
def archive(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KnownPhotos]:
    made = KnownPhotos.of_engine(request, tmp_path_factory.mktemp("archive"), "filtri")
    contents = [made.content(number) for number in range(400)]
    tags = [(c, label, 0.3, 0.9) for label, n in LABELLED.items() for c in contents[::n]]
    made.rows.labels.write(contents, tags, "e.txt", 1)
    yield made
    made.close()


# -- each filter -------------------------------------------------------------------------------


class Slowly(NamedTuple):
    """Test values of a filter, and a slow way to decide whether a photo matches.

    values: as a question has them; at least one matches some photos but not all.
    passes: (photos, number of a photo, value) -> whether the photo matches.
    """

    values: tuple[Any, ...]
    passes: Callable[[KnownPhotos, int, Any], bool]


def _of_the_days(archive: KnownPhotos, i: int, days: Days) -> bool:
    day = archive.moment(i).date()
    stretches = [year.in_year(y) for year in days.recurring for y in range(2013, 2021)]
    recurs = any(stretch is not None and day in stretch for stretch in stretches)
    return any(day in span for span in days.spans or (Span(),)) and (recurs or not days.recurring)


def _at_the_hours(archive: KnownPhotos, i: int, hours: tuple[int, int]) -> bool:
    if len(archive.facts[i].taken_at or "") < 19:
        return False
    hour, (first, end) = archive.moment(i).hour, hours
    return first <= hour < end if first < end else hour >= first or hour < end


def _at_the_place(archive: KnownPhotos, i: int, place: PlaceMeant) -> bool:
    asked, facts = place.condition, archive.facts[i]
    if asked is None or facts.latitude is None or facts.longitude is None:
        return False
    if asked.circles:
        at = (facts.latitude, facts.longitude)
        return any(km_between(at, (c.latitude, c.longitude)) <= c.km for c in asked.circles)
    if place.either:
        return any(_at_the_place(archive, i, each) for each in place.either)
    named = dict(zip(("comune", "provincia", "regione"), archive.towns[i], strict=True))
    named["paese"] = "Italia"
    if asked.kind == ABROAD:
        return asked.name != "Italia"
    return any(named[kind] == name for kind, name in asked.parts or [asked[:2]])


def _in_the_rectangle(archive: KnownPhotos, i: int, where: Rectangle) -> bool:
    latitude, longitude = archive.facts[i].latitude, archive.facts[i].longitude
    if latitude is None or longitude is None or not where.south <= latitude <= where.north:
        return False
    if where.west > where.east:  # over the 180th meridian
        return not where.east < longitude < where.west
    return where.west <= longitude <= where.east


def _by_a_camera(archive: KnownPhotos, i: int, cameras: tuple[str, ...]) -> bool:
    return any(_by_the_camera(archive, i, camera) for camera in cameras)


def _by_a_lens(archive: KnownPhotos, i: int, lenses: tuple[int | str, ...]) -> bool:
    return any(_by_the_lens(archive, i, lens) for lens in lenses)


def _by_the_camera(archive: KnownPhotos, i: int, camera: str) -> bool:
    name, asked = (archive.facts[i].camera or "").lower(), camera.lower()
    whole = any((facts.camera or "").lower() == asked for facts in archive.facts)
    return name == asked if whole else asked in name


def _by_the_lens(archive: KnownPhotos, i: int, lens: int | str) -> bool:
    facts = archive.facts[i]
    if isinstance(lens, int):
        prime = {"EF50mm f/1.8 STM": 50, "FE 50mm": 50}.get(facts.lens or "")
        return (round(facts.focal) if facts.focal else prime) == lens
    name = {"24.0-70.0 mm f/2.8": "24-70mm f/2.8"}.get(facts.lens or "", facts.lens or "")
    return lens.lower() in name.lower()


def _within(field: str, off: float = 0) -> Callable[[KnownPhotos, int, Stretch], bool]:
    """Return the test of a number in a stretch. off: share by which it may be outside and still be
    meant, or must be inside if the limit is left out."""

    def passes(archive: KnownPhotos, i: int, asked: Stretch) -> bool:
        number, share = getattr(archive.facts[i], field), -off if asked.strict else off
        if number is None:
            return False
        above = number - (asked.least or 0) * (1 - share)
        below = (1e9 if asked.most is None else asked.most) * (1 + share) - number
        return min(above, below) > 0 or (not asked.strict and min(above, below) == 0)

    return passes


def _of_focal(archive: KnownPhotos, i: int, asked: Stretch) -> bool:
    return any(_by_the_lens(archive, i, mm) for mm in _MILLIMETRES if _holds(asked, mm))


_MILLIMETRES = (4, 24, 50, 70)


def _holds(asked: Stretch, mm: int) -> bool:
    least, most = asked.least or 0, asked.most or 1000
    return least < mm < most if asked.strict else least <= mm <= most


def _under(archive: KnownPhotos, i: int, folders: tuple[Path, ...]) -> bool:
    return any(folder == archive.path(i) or folder in archive.path(i).parents for folder in folders)


def _shows(i: int, names: tuple[str, ...]) -> bool:
    return any(i % n == 0 for name, n in PEOPLE.items() if fold(name) in map(fold, names))


def _place(
    kind: str, name: str, *circles: Circle, parts: tuple[tuple[str, str], ...] = ()
) -> PlaceMeant:
    return PlaceMeant(name, kind, None, PlaceCondition(kind, name, circles, parts))


def _days(*days: str, recurring: tuple[Yearly, ...] = ()) -> Days:
    """Read a period like "2016-03-01..2017-08-31"; a missing day means no limit."""
    ends = [[date.fromisoformat(end) if end else None for end in d.split("..")] for d in days]
    return Days(tuple(Span(first, last) for first, last in ends), recurring)


# Every filter in the registry must have a row here.
SLOWLY = {
    "periods": Slowly(
        (
            _days("2016-03-01..2017-08-31"),
            _days("..9999-12-31"),
            _days("2016-03-01..2016-05-31", "2019-06-01.."),
            _days(recurring=(Yearly("", (8, 1), (8, 31)),)),
            _days(recurring=(Yearly("", (12, 20), (1, 6)), Yearly("", (2, 29), (2, 29)))),
            _days("2016-03-01..2017-08-31", recurring=(Yearly("", (8, 1), (8, 31)),)),
        ),
        _of_the_days,
    ),
    "weekdays": Slowly(
        (frozenset([5, 6]), frozenset([0]), frozenset(range(7))),
        lambda archive, i, days: archive.moment(i).weekday() in days,
    ),
    "hours": Slowly(((6, 12), (22, 6), (23, 0), (0, 0)), _at_the_hours),
    "place": Slowly(
        (
            _place("comune", "Siena"),
            _place("regione", "Toscana"),
            _place("paese", "Italia"),
            _place("comune", "Lucca"),
            _place("luogo", "x", Circle(43.3, 11.3, 60), Circle(41.9, 12.5, 40)),
            _place("luogo", "x", parts=(("comune", "Siena"), ("regione", "Lazio"))),
            _place(ABROAD, "Francia"),
            _place(ABROAD, "Italia"),
            _place("comune", "Siena").or_in(_place("luogo", "x", Circle(41.9, 12.5, 40))),
            _place("comune", "Siena").or_in(_place(ABROAD, "Italia")),
        ),
        _at_the_place,
    ),
    "rectangle": Slowly(
        (
            Rectangle(42, 10, 44, 12),
            Rectangle(-90, 11.5, 43, 180),
            Rectangle(40, 11, 45, 10),
            Rectangle(60, 0, 70, 10),
        ),
        _in_the_rectangle,
    ),
    "people_count": Slowly(
        ((0, 0), (1, 1), (2, None), (3, 5)),
        lambda archive, i, asked: (
            archive.people_counts[i] is not None
            and asked[0] <= archive.people_counts[i] <= (99 if asked[1] is None else asked[1])
        ),
    ),
    "monochrome": Slowly((True, False), lambda archive, i, asked: archive.monochrome[i] is asked),
    "camera": Slowly(
        (
            *(("CANON",), ("iphone",), ("IPHONE 12",), ("Leica",)),
            *(("CANON", "IPHONE 12"), ("Leica", "iphone")),
        ),
        _by_a_camera,
    ),
    "lens": Slowly(
        (
            *((50,), (70,), ("24-70mm",), ("EF50mm f/1.8 STM",), ("STM",), ("Leica",)),
            *((50, 70), ("24-70mm", "STM"), (70, "STM", "Leica")),
        ),
        _by_a_lens,
    ),
    "focal_length": Slowly(
        (Stretch(50, 50), Stretch(24, 70), Stretch(50, None, True), Stretch(None, 49.5)), _of_focal
    ),
    "iso": Slowly(
        (Stretch(400, 400), Stretch(1600, None), Stretch(1600, None, True), Stretch(None, 400)),
        _within("iso"),
    ),
    "aperture": Slowly((Stretch(1.8, 1.8), Stretch(2.8, None, True)), _within("aperture", 0.01)),
    "exposure_time": Slowly(
        (Stretch(1 / 60, 1 / 60), Stretch(0.25, None), Stretch(2, None, True), Stretch(1 / 60, 2)),
        _within("exposure_time", 0.1),
    ),
    "flash": Slowly((True, False), lambda archive, i, asked: archive.facts[i].flash is asked),
    "format": Slowly(
        ("heic", ".HEIF", "png", "gif"),
        lambda archive, i, name: (
            archive.facts[i].format
            == ("PNG" if name == "png" else "GIF" if name == "gif" else "HEIF")
        ),
    ),
    "video": Slowly(
        (True, False),
        lambda archive, i, only: (archive.facts[i].format in ("MP4", "MKV")) == only,
    ),
    "orientation": Slowly(
        ("verticale", "orizzontale", "quadrato"),
        lambda archive, i, shape: shape_of(*archive.sizes[i]) == shape,
    ),
    "quality": Slowly(
        (("sfocata",), ("mossa", "chiara"), ("nitida",), ("scura", "nitida")),
        lambda archive, i, asked: not {*asked}.isdisjoint(archive.qualities[i] or ()),
    ),
    "rating": Slowly((1, 3, 5), lambda archive, i, stars: (archive.facts[i].rating or 0) >= stars),
    "color_label": Slowly(
        (("rosso",), ("rosso", "viola"), ("blu",)),
        lambda archive, i, colors: archive.facts[i].color_label in colors,
    ),
    "people": Slowly(
        ((("ZIA PINA",),), (("zia Pina",), ("papa",)), (("zia Pina", "Papà"),), (("Nessuno",),)),
        lambda archive, i, groups: all(_shows(i, group) for group in groups),
    ),
    "not_people": Slowly(
        ((("zia Pina",),), (("zia Pina",), ("Papà",)), (("Nessuno",),)),
        lambda archive, i, groups: not any(_shows(i, group) for group in groups),
    ),
    "keywords": Slowly(
        (("Mare",), ("mari", "Gatti"), ("niente",)),
        lambda archive, i, asked: (
            {stems(word) for word in asked} <= {stems(word) for word in archive.facts[i].keywords}
        ),
    ),
    "mine": Slowly(
        (("Mare",), ("mari", "Gatti"), ("niente",), ("foto mare",)),
        lambda archive, i, asked: (
            {stems(word.removeprefix("foto ")) for word in asked}
            <= {stems(word) for word in archive.facts[i].keywords}
        ),
    ),
    "labels": Slowly(
        (("sole",), ("sole", "mare"), ("niente",)),
        lambda archive, i, asked: all(
            label in LABELLED and i % LABELLED[label] == 0 for label in asked
        ),
    ),
    "collections": Slowly(
        (("Terze",), ("Terze", "Quinte"), ("Terze", "vuota")),
        lambda archive, i, names: all(i in COLLECTED[name] for name in names),
    ),
    "folders": Slowly(
        ((Path("/foto/2016"),), (Path("/foto/2016"), Path("/foto/2018/")), (Path("/foto/20"),)),
        _under,
    ),
    "outside": Slowly(
        ((Path("/foto/2016"), Path("/foto/2017/")), (Path("/foto/20"),), (Path("/foto"),)),
        lambda archive, i, folders: not _under(archive, i, folders),
    ),
    "texts": Slowly(
        (("7",), ("1", "2"), ("niente",)),
        lambda archive, i, phrases: all(phrase in str(i) for phrase in phrases),
    ),
}

# tests/archive/local/test_file_kinds.py has photos of each kind.
SLOWLY["kinds"] = Slowly(
    (("telefono",), ("scansione",), ("selfie",), ("panoramica",), ("schermata",)),
    lambda archive, i, kinds: (
        kinds == ("telefono",) and "iPhone" in (archive.facts[i].camera or "")
    ),
)
# Whether a photo has the data that it may lack.
BORNE: dict[str, Callable[[KnownPhotos, int], object]] = {
    "data": lambda archive, i: archive.facts[i].taken_at,
    "posizione": lambda archive, i: archive.facts[i].latitude is not None,
    "etichette": lambda archive, i: any(i % n == 0 for n in LABELLED.values()),
    "parole-chiave": lambda archive, i: archive.facts[i].keywords,
    "titolo": lambda archive, i: archive.facts[i].title,
    "nomi": lambda archive, i: any(i % n == 0 for n in PEOPLE.values()),
    "stelle": lambda archive, i: (archive.facts[i].rating or 0) > 0,
    "raccolta": lambda archive, i: any(i in each for each in COLLECTED.values()),
}
SLOWLY["missing"] = Slowly(
    (*((kind,) for kind in KINDS), ("posizione", "stelle"), ("etichette", "nomi", "raccolta")),
    lambda archive, i, kinds: not any(BORNE[kind](archive, i) for kind in kinds),
)

SLOWLY["excepted"] = Slowly(
    (
        (((DAYS, _days("2016-03-01..2017-08-31")),),),
        (((DAYS, _days("2016-02-03..2016-12-31")),), ((PLACE, _place("comune", "Siena")),)),
        (((DAYS, _days("2016-02-03..2016-12-31")), (PLACE, _place("regione", "Toscana"))),),
        (((PLACE, _place("comune", "Siena")),), called_so("Mare")),
        (((RATING, 3),), ((CAMERA, ("canon",)),)),
        (called_so("niente"),),
    ),
    lambda archive, i, cases: (
        not any(
            all(SLOWLY[each.name].passes(archive, i, value) for each, value in case)
            for case in cases
        )
    ),
)


@pytest.mark.parametrize("each", FILTERS, ids=lambda each: each.name)
def test_the_sql_of_a_filter_against_a_loop(archive: KnownPhotos, each: Filter[Any]) -> None:
    assert each.name in SLOWLY, f"what does {each.name} mean, slowly?"
    values, passes = SLOWLY[each.name]
    told_apart = False
    for value in values:
        wanted = archive.loop(lambda i, _, value=value: passes(archive, i, value))
        asked = resolved(Filters({each.name: value}), archive)
        found = archive.numbers(asked) if asked is not None else []
        assert found == wanted, value
        told_apart = told_apart or 0 < len(found) < 400
    assert told_apart


# Whether a photo has the data that a filter needs.
KNOWN: dict[str, Callable[[Facts], object]] = {
    "periods": lambda facts: facts.taken_at,
    "weekdays": lambda facts: facts.taken_at,
    "hours": lambda facts: len(facts.taken_at or "") >= 19,
    "place": lambda facts: facts.latitude is not None,
    "rectangle": lambda facts: facts.latitude is not None,
    "camera": lambda facts: facts.camera,
    "focal_length": lambda facts: facts.focal or facts.lens in ("EF50mm f/1.8 STM", "FE 50mm"),
    "iso": lambda facts: facts.iso,
    "aperture": lambda facts: facts.aperture,
    "exposure_time": lambda facts: facts.exposure_time,
    "rating": lambda facts: (facts.rating or 0) > 0,
    "color_label": lambda facts: facts.color_label,
}


def _is_known(archive: KnownPhotos, i: int, each: Filter[Any]) -> bool:
    if each is QUALITY:
        return archive.qualities[i] is not None
    return bool(KNOWN[each.name](archive.facts[i]))


@pytest.mark.parametrize("each", [e for e in FILTERS if e.needs], ids=lambda each: each.name)
def test_photos_without_the_metadata_of_a_filter_do_not_match(
    archive: KnownPhotos, each: Filter[Any]
) -> None:
    assert each.needs is not None
    known = archive.rows.photos.count_where(Filters({each.name: each.needs.every()}))
    assert known == len(archive.loop(lambda i, _: _is_known(archive, i, each)))
    said = [each.needs.say(1, 5), each.needs.say(200, 5), each.needs.say(5, 0)]
    assert len(set(said)) == 3 and "200 foto" in said[1]


@pytest.mark.parametrize("name", ["periods", "place"])
def test_own_words_fulfil_the_filter_that_they_gave_and_no_other(
    archive: KnownPhotos, name: str
) -> None:
    own = {name: [archive.content(number) for number in range(0, 400, 7)]}
    values, passes = SLOWLY[name]
    for value in values:
        asked = resolved(Filters({name: value}, rating=1), archive, own)
        assert asked is not None
        assert archive.numbers(asked) == archive.loop(
            lambda i, facts, value=value: (
                (i % 7 == 0 or passes(archive, i, value)) and (facts.rating or 0) >= 1
            )
        )


def test_own_words_match_even_for_impossible_days(archive: KnownPhotos) -> None:
    never = Filters(periods=_days("1990-01-01..1990-12-31"))
    assert resolved(never, archive) is None
    asked = resolved(never, archive, {"periods": [archive.content(5)]})
    assert asked is not None
    assert archive.numbers(asked) == [5]


def test_filters_together_are_all_fulfilled(archive: KnownPhotos) -> None:
    rng = random.Random(5)
    some = 0
    for _ in range(30):
        asked = {each.name: rng.choice(SLOWLY[each.name].values) for each in rng.sample(FILTERS, 2)}
        filters = resolved(Filters(asked), archive)
        found = archive.numbers(filters) if filters is not None else []
        assert found == archive.loop(
            lambda i, _, asked=asked: all(
                SLOWLY[name].passes(archive, i, value) for name, value in asked.items()
            )
        ), asked
        some += bool(found)
    assert some > 5


@pytest.mark.parametrize("each", FILTERS, ids=lambda each: each.name)
def test_what_is_declared_of_a_filter(each: Filter[Any]) -> None:
    assert each.name in SQL
    assert each.hidden
    for value in SLOWLY[each.name].values:
        assert each.say(value)
        json.dumps(each.as_json(value))
    told = [other.hidden for other in FILTERS]
    assert told.count(each.hidden) == 1


def test_every_option_of_a_filter_is_in_the_help(cli: Cli) -> None:
    assert len({option.key for option in OPTIONS}) == len(OPTIONS)
    words = cli("cerca", "--help")[1].replace(",", " ").split()
    for option in OPTIONS:
        assert option.flag in words


# -- what else there is to filters -------------------------------------------------------------


def test_orders_of_a_list(archive: KnownPhotos) -> None:
    conditions = Filters(format="PNG")
    wanted = archive.loop(lambda _, facts: facts.format == "PNG")
    moments = {i: archive.facts[i].taken_at or "" for i in wanted}
    listed = {
        order: list(map(archive.number, archive.rows.photos.latest(conditions, order)))
        for order in (None, *ORDERS)
    }
    assert listed[OLDEST] == sorted(wanted, key=lambda i: (moments[i], i))
    assert listed[LATEST] == sorted(wanted, key=lambda i: (moments[i], -i), reverse=True)
    assert listed[None] == listed[LATEST] == listed[BY_CONFIDENCE]
    paths = {i: f"/foto/{moments[i][:4]}/{i}.jpg" for i in wanted}
    assert listed[BY_NAME] == sorted(wanted, key=lambda i: paths[i])


def test_a_folder_and_one_of_its_photos(archive: KnownPhotos) -> None:
    year = archive.loop(lambda i, _: archive.path(i).parent.name == "2016")
    without_one = Filters(folders=(Path("/foto/2016"),), outside=(archive.path(year[0]),))
    filters = resolved(without_one, archive)
    assert filters is not None
    assert archive.numbers(filters) == year[1:]


def test_an_unknown_kind_of_place_is_refused() -> None:
    with pytest.raises(ValueError, match="kind"):
        where(Filters(place=PlaceCondition("comune' --", "x")), SQLITE)


def test_the_first_and_the_last_day(archive: KnownPhotos) -> None:
    days = [archive.moment(i).date() for i in range(400)]
    assert archive.days() == (min(days), date(max(days).year, 12, 31))


def test_the_country_and_the_positions_of_photos(archive: KnownPhotos) -> None:
    photos = archive.rows.photos
    assert photos.usual_country() == "Italia"
    siena = Filters(place=PlaceCondition("comune", "Siena"))
    assert sorted(photos.positions(siena)) == sorted(
        (archive.content(i), archive.facts[i].latitude, archive.facts[i].longitude)
        for i, (comune, _, _) in enumerate(archive.towns)
        if comune == "Siena"
    )


def test_a_circle_over_the_180th_meridian(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        items = [
            ReadFile(
                FoundFile(f"/a/{i}.jpg".encode(), 1, 2),
                content_digest=i.to_bytes(32, "big"),
                metadata=Facts(latitude=-17.0, longitude=longitude),
            )
            for i, longitude in enumerate((179.9, -179.9, 178.0, 0.0))
        ]
        with catalog.transaction():
            catalog.intake.write(items, 1)
        for centre in (179.95, -179.95):
            circle = PlaceCondition("luogo", "Figi", (Circle(-17.0, centre, 30),))
            assert catalog.photos.contents_where(Filters(place=circle)).tolist() == [1, 2]


def test_colours_where_they_are_known(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        with catalog.transaction():
            known = (True, False, None, False, True)
            catalog.intake.write(
                [
                    ReadFile(
                        FoundFile(f"/{n}".encode(), 1, 1),
                        content_digest=bytes([n]) * 32,
                        monochrome=monochrome,
                    )
                    for n, monochrome in enumerate(known)
                ],
                1,
            )
        assert catalog.photos.contents_where(Filters(monochrome=True)).tolist() == [1, 5]
        assert catalog.photos.contents_where(Filters(monochrome=False)).tolist() == [2, 4]
        # An undecoded copy must not lower the count.
        with catalog.transaction():
            catalog.intake.write(
                [ReadFile(FoundFile(b"/copia", 1, 1), content_digest=bytes(32))], 1
            )
        assert catalog.photos.contents_where(Filters(monochrome=True)).tolist() == [1, 5]


def test_every_filter_searches_an_index(archive: KnownPhotos) -> None:
    day = date(2016, 3, 1)
    for conditions in (
        Filters(periods=(Span(day, day),)),
        Filters(periods=(Span(day, day), Span(day, None)), own=(("periods", "[1, 2]"),)),
        Filters(place=PlaceCondition("comune", "Siena")),
        Filters(place=PlaceCondition("comune", "Siena"), own=(("place", "[1, 2]"),)),
        Filters(place=PlaceCondition("luogo", "x", (Circle(43, 11, 5),))),
        Filters(camera=("eos",), orientation="verticale"),
        Filters(rating=5, format="JPEG"),
        Filters(iso=Stretch(1600, None)),
        Filters(exposure_time=Stretch(1, None), aperture=Stretch(8, None)),
        Filters(flash=True),
        Filters(color_label=("rosso", "blu")),
        Filters(keywords=("mare",)),
        Filters(monochrome=True),
        Filters(monochrome=False, periods=(Span(day, day),)),
        Filters(labels=("sole",)),
        Filters(folders=(b"/foto/2016",)),
        Filters(folders=(b"/foto/2016",), outside=(b"/foto/2016/a",)),
        Filters(periods=(Span(day, day),), outside=(b"/foto/2015",)),
        Filters(periods=(Span(day, day),), orientation="verticale", hours=(6, 9)),
    ):
        sql, values = where(conditions, SQLITE)
        plan = archive.catalog.rows(
            f"EXPLAIN QUERY PLAN SELECT content_id FROM photos WHERE {sql}", *values
        )
        steps = [row[3] for row in plan if "photos" in row[3]]
        assert steps
        assert all(step.startswith("SEARCH photos USING") for step in steps), steps
        assert not any("photos_kind" in step for step in steps), steps


def test_empty_options_make_no_filter() -> None:
    assert not Filters()
    assert not Filters(camera=None, folders=(), weekdays=frozenset())
    assert Filters(monochrome=False)
    assert Filters(rating=1).but(rating=None) == Filters()


def test_shapes() -> None:
    assert shape_of(400, 300) == "orizzontale"
    assert shape_of(300, 400) == "verticale"
    assert shape_of(1000, 990) == "quadrato"
    assert shape_of(0, 10) is None


@pytest.mark.parametrize(
    ("rectangle", "is_wide"),
    [
        (Rectangle(-90, -180, 90, 180), True),  # the whole world
        (Rectangle(40, 5, 42, 7), True),
        (Rectangle(40, 170, 42, -170), True),
        (Rectangle(40, 5, 42, 6), False),
        (Rectangle(40, 179.5, 42, -179.5), False),
    ],
)
def test_a_wide_rectangle_is_not_looked_up_by_latitude(rectangle: Rectangle, is_wide: bool) -> None:
    sql, _ = where(Filters(rectangle=rectangle), SQLITE)
    assert ("+photos.latitude BETWEEN" in sql) is is_wide
