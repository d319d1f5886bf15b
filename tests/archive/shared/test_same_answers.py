"""A shared archive gives the same answers as the local archive published to it, on the command line
and through the graph."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cercafoto import Library, Question, Settings
from cercafoto.archive.records import LAST, cursor, cursor_before
from cercafoto.archive.shared import embeddings, graph
from cercafoto.archive.shared.connection import connect
from cercafoto.errors import UsageError
from cercafoto.photos import exif as tags
from cercafoto.question.filters.all_filters import FACETS
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.results.answer import SearchResult
from cercafoto.results.photos import Tile
from tests.bench import archives
from tests.support.family_photos import SHOWS
from tests.support.postgres import Server
from tests.support.read_texts import write_texts
from tests.support.tiny_model import make_tiny_model


@dataclass(frozen=True)
class Both:
    """The same photos in a local and a shared archive, mounted so that paths are equal."""

    here: Library
    there: Library
    root: Path


@pytest.fixture(scope="module")
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    base = tmp_path_factory.mktemp("uguali")
    make_tiny_model(base / "modelli" / "tiny", more=SHOWS, on="cosine", curve=(60.0, -58.0))
    settings = Settings(base / "archivio", base / "modelli", "tiny", offline=True)
    root = make_photos(base / "Foto")
    here = Library(settings)
    here.index([root])
    some = sorted(path for path in root.rglob("*.jpg"))
    here.labels.give(some[::5], ["preferite"])
    here.labels.give(some[::7], ["da stampare", "preferite"])
    write_texts(here, TEXTS)
    address = request.getfixturevalue("postgres").new_database("uguali")
    here.sharing.publish(address, "casa")
    with Library(replace(settings, shared=address, mounts=(f"casa={root}",))) as there:
        yield Both(here, there, root)


def make_photos(root: Path) -> Path:
    """Write photos in ninety different colours, with different dates or none, in folders with
    meaningful names, and copies of ten of them."""
    rng = np.random.default_rng(5)
    for number, colour in enumerate(rng.integers(0, 256, (90, 3)).tolist()):
        moment = datetime(2018, 1, 1) + timedelta(hours=int(rng.integers(0, 3 * 365 * 24)))
        folder = root / str(moment.year) / FOLDERS[number % len(FOLDERS)]
        folder.mkdir(parents=True, exist_ok=True)
        exif = Image.Exif()
        if number % 9:
            taken = moment.strftime("%Y:%m:%d %H:%M:%S")
            exif.get_ifd(tags.EXIF_IFD)[tags.DATETIME_ORIGINAL] = taken
        size = (60, 40) if number % 3 else (40, 60)
        picture = Image.new("RGB", size, tuple(colour))
        path = folder / f"IMG_{number:04}.jpg"
        picture.save(path, exif=exif, quality=95)
        os.utime(path, (1_500_000_000 + number, 1_500_000_000 + number))
        if number % 9 == 4:
            copy = root / "copie" / path.name
            copy.parent.mkdir(exist_ok=True)
            shutil.copy2(path, copy)
    return root


FOLDERS = ("mare con la nonna", "gatto", "Natale", "prato")


def told(result: SearchResult) -> tuple[object, ...]:
    """Return an answer without photo ids and source, which differ between archives."""
    hits = tuple(replace(hit, photo_id=0, content_id=0, source="") for hit in result.hits)
    return replace(result, hits=hits), hits


def ask(library: Library, question: Question, limit: int = 40, **how: object) -> SearchResult:
    return library.search(library.parse(question), limit, **how)  # type: ignore[arg-type]


TEXTS = {
    "IMG_0003.jpg": ["Trattoria da Gigi", "TOTALE 23,50"],
    "IMG_0004.jpg": ["Password Wi-Fi", "0577 123456", "gatto in regalo"],
    "IMG_0008.jpg": ["Tratt0ria daGigi", "l'orario di Siena"],
    "IMG_0009.jpg": [],
}


QUESTIONS = (
    Question(("password wifi",)),
    Question(("lo scontrino della trattoria da Gigi",)),
    Question(('un gatto "totale"',)),
    Question(typed=Filters(texts=("trattoria da gigi",))),
    Question(typed=Filters(texts=("0577/123456",))),
    Question(typed=Filters(texts=("da gigi", "23.50")), order="nome"),
    Question(typed=Filters(texts=("niente di simile",))),
    Question(("un gatto",)),
    Question(("un cane sul prato, senza il mare",)),
    Question(("al mare in agosto",)),
    Question(typed=Filters(labels=("preferite",))),
    Question(("neve",), typed=Filters(labels=("preferite", "da stampare"))),
    Question(("IMG_0003.jpg",)),
    Question(("nonna",)),
    Question(("natale 2018",)),
    Question(("mare con la nonna nel 2019",)),
    Question(("a Natale",), order="vecchie"),
    Question(("foto di Mario",)),
    Question(("natale 2018",), without=("gatto",)),
    Question(("il gatto, senza il cane",)),
    Question(("cane o gatto",)),
    Question(("(cane o gatto) sul prato",)),
    Question(("con la Canon o la Nikon",)),
    Question(typed=Filters(camera=("iphone", "Canon"))),
    Question(typed=Filters(lens=("50", "24-70", "stm", "35mm"))),
    *(Question(("tramonto",), order=order) for order in ("data", "vecchie", "nome", "fiducia")),
    *(Question(order=order) for order in ("data", "vecchie", "nome")),
)


WAYS = ({"drop_unlikely": True}, {"min_confidence": 0.2}, {"one_row_per_file": True})


@pytest.mark.parametrize(("number", "question"), enumerate(QUESTIONS), ids=str)
def test_answers_are_the_same(both: Both, number: int, question: Question) -> None:
    for limit, how in ((3, {}), (40, {}), (40, WAYS[number % len(WAYS)])):
        here, there = (ask(each, question, limit, **how) for each in (both.here, both.there))
        # Only the local archive knows which photos were read and have no words.
        known = tuple(why for why in here.reasons if "ancora state lette" not in why)
        assert told(there) == told(replace(here, reasons=known))
    query = both.here.parse(question)
    assert both.there.parse(question) == query
    assert both.there.count(query) == both.here.count(query)


def test_folders_examples_and_feedback(both: Both) -> None:
    first, second, third = sorted(both.root.rglob("*.jpg"))[:3]
    for question in (
        Question(("gatto",), typed=Filters(folders=(both.root / "2019",))),
        Question(("gatto",), typed=Filters(outside=(both.root / "2019",))),
        Question(like=(first,)),
        Question(("gatto",), like=(first, second)),
        Question(("cane",), more=(str(first).encode(),), less=(str(third).encode(),)),
    ):
        here, there = (ask(each, question) for each in (both.here, both.there))
        assert told(there) == told(here)
        assert here.hits


@pytest.mark.parametrize("words", ["un gatto", "al mare, senza persone", "neve a Natale"])
def test_explanations_are_the_same(both: Both, words: str) -> None:
    explained = [each.explain(ask(each, Question((words,)), 5)) for each in (both.here, both.there)]
    assert explained[0] == explained[1]


def test_facets_pages_and_details_are_the_same(both: Both) -> None:
    here, there = both.here, both.there
    for words in ("", "in agosto"):
        query = here.parse(Question((words,))) if words else None
        assert there.photos.facets(query) == here.photos.facets(query)
        for each, _ in FACETS:
            assert there.photos.facets(query, None, each) == here.photos.facets(query, None, each)
        pages = [each.photos.page(query, 30, "") for each in (here, there)]
        assert pages[0].total == pages[1].total
        dated = [[t.path for t in page.tiles if t.taken_at] for page in pages]
        assert sorted(dated[0]) == sorted(dated[1])
    (tile, *_) = there.photos.page(None, 1, "").tiles
    (same,) = [t for t in here.photos.page(None, 400, "").tiles if t.path == tile.path]
    details = [here.photos.detail(same.photo_id), there.photos.detail(tile.photo_id)]
    assert [replace(d, tile=same, content_id=0) for d in details if d] == [
        replace(d, tile=same, content_id=0) for d in [details[0], details[0]] if d
    ]
    assert there.photos.detail(0) is None
    photo = Path(os.fsdecode(same.path))
    known, published = here.data(photo), there.data(photo)
    assert (known.models, known.source, published.source) == (("tiny",), "", "casa")
    assert published.data == known.data and published.text == known.text
    assert (published.models, published.indexed_at) == (("tiny",), None)
    with pytest.raises(UsageError, match="non è nell'archivio condiviso"):
        there.data(Path("casa:/nessuna.jpg"))
    counts = there.status().counts
    assert counts == replace(here.status().counts, missing=0, problems=0, excluded=0)
    assert there.status().labels == here.status().labels


def test_photos_that_come_last_end_the_pages_of_both_engines(both: Both) -> None:
    for each in (both.here, both.there):
        with each.archive.reading() as archive:
            whole = archive.browsing.page(NO_FILTERS, 400)
            contents = [archive.photos.content_of(tile.digest) for tile in whole]
            last = {content for content in contents[::9] if content is not None}
            ends = [content in last for content in contents]
            order = sorted(range(len(whole)), key=lambda i: ends[i])
            tiles: list[Tile] = []
            after = ""
            while page := archive.browsing.page(NO_FILTERS, 7, after, last):
                tiles += page
                is_last = archive.photos.content_of(page[-1].digest) in last
                after = cursor(replace(page[-1], doubtful=("zia Pina",) if is_last else ()))
            assert [tile.photo_id for tile in tiles] == [whole[i].photo_id for i in order]
            # Their days are counted apart, and the counts of both engines follow the pages.
            days = [
                LAST if i in range(len(whole)) and ends[i] else whole[i].taken_at or ""
                for i in order
            ]
            counted = archive.browsing.days(NO_FILTERS, last)
            assert counted == [(d, len([*g])) for d, g in groupby(day[:10] for day in days)]


def test_a_page_begins_with_any_day_of_both_engines(both: Both) -> None:
    for each in (both.here, both.there):
        with each.archive.reading() as archive:
            whole = archive.browsing.page(NO_FILTERS, 400)
            taken = [tile.taken_at or "" for tile in whole]
            assert len({len(text) for text in taken}) > 1
            starts = {
                text[:length] for text in taken for length in (4, 7, 10) if len(text) >= length
            }
            for start in {"", *starts}:
                # Photos with only a year, "2019", come after all months of that year.
                known = start + "~" if len(start) > 4 else start
                expected = [t.photo_id for t in whole if (t.taken_at or "") <= known]
                page = archive.browsing.page(NO_FILTERS, 400, cursor_before(start))
                assert [tile.photo_id for tile in page] == expected, start


# -- through the graph ----------------------------------------------------------------------------

Answers = Callable[[Question], tuple[SearchResult, SearchResult]]


@pytest.fixture(scope="module")
def two_thousand(
    postgres: Server, tiny: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Library, Library]]:
    """Yield a local and a shared archive of two thousand photos, most of them in a graph."""
    here = Library(Settings(tmp_path_factory.mktemp("duemila"), tiny.parent, "tiny", offline=True))
    archives.fill(here.settings, 2000)
    address = postgres.new_database("duemila")
    here.sharing.publish(address, "casa")
    with connect(address) as db:
        # As if the last photos had come after the graph was made.
        graph._make(db, 1800, 1800, 4)
    with Library(replace(here.settings, shared=address)) as there:
        yield here, there


@pytest.fixture
def through_graph(
    two_thousand: tuple[Library, Library], monkeypatch: pytest.MonkeyPatch
) -> Answers:
    monkeypatch.setattr(embeddings, "FEW", 0)
    here, there = two_thousand
    return lambda question: (ask(here, question), ask(there, question))


@pytest.mark.parametrize(
    "question",
    [
        Question(("rosso",)),
        Question(("verde",), typed=Filters(since="2019-01-01")),
        Question(
            ("blu",), typed=Filters(since="2019-02-01", until="2019-02-03")
        ),  # fewer than the search looks at
        Question(("giallo, ma non viola",)),
    ],
    ids=str,
)
def test_the_graph_finds_the_same(through_graph: Answers, question: Question) -> None:
    here, there = through_graph(question)
    nearest = {hit.path for hit in here.hits[:10]}
    found = {hit.path.removeprefix(b"casa:") for hit in there.hits[:10]}
    assert len(nearest & found) >= 0.9 * len(nearest) > 0
    scores = [hit.score for hit in there.hits]
    known = {hit.path: hit.score for hit in here.hits}
    for hit in there.hits:
        if (path := hit.path.removeprefix(b"casa:")) in known:
            assert hit.score == pytest.approx(known[path], abs=1e-6)
    assert len(scores) == len(here.hits)


def test_the_graph_is_used_and_vectors_outside_it_are_compared(
    through_graph: Answers, two_thousand: tuple[Library, Library]
) -> None:
    _, library = two_thousand
    vector = np.array([1, 0, 0, 0], np.float32)
    with library.archive.reading() as archive:
        near = archive.embeddings._through_graph("[1,0,0,0]", 50, None)  # type: ignore[attr-defined]
        assert near is not None
        assert (near[0] > 1800).any() and (near[0] <= 1800).any()
        plan = archive._rows.rows(  # type: ignore[attr-defined]
            "EXPLAIN SELECT content_id, vector FROM vectors WHERE content_id <= 1800 "
            "ORDER BY vector <#> ?::halfvec LIMIT 50",
            "[1,0,0,0]",
        )
        assert "vectors_graph_1800" in str(plan)
        contents, _, complete = archive.embeddings.nearest(vector, 50)
        assert len(contents) >= 50 and not complete
        everything, _, complete = archive.embeddings.nearest(vector, 3000)
        assert len(everything) == 2000 and complete
