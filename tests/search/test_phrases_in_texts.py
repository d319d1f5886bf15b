"""Test searches for words that were read in photos, with and without other words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cercafoto import Library, Question
from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import Filters
from cercafoto.question.values import Saying
from cercafoto.results.answer import FOUND, NONE, WRITTEN, Hit, SearchResult
from cercafoto.search.own_words import asked_words
from cercafoto.search.phrases_in_texts import places_in, said_of, saying
from tests.conftest import PAINT, paint
from tests.support.read_texts import write_texts

TEXTS = {
    "rosso.png": ["TRATTORIA DA GIGI", "Via Roma 12 - Tel. 0577 123456", "TOTALE EURO 23,50"],
    "verde.png": ["Farmacia Rossi", "Documento commerciale", "Totale complessivo 12,90"],
    "blu.png": ["Rete ospiti", "Password Wi-Fi: Gatto-2024", "scrivi a info@example.it"],
    "giallo.png": ["Tratt0ria daGigi", "IBAN IT60X0542811101000000123456"],
}


@pytest.fixture
def read(library: Library, photos: Path) -> Library:
    library.index([photos])
    write_texts(library, TEXTS)
    return library


def ask(library: Library, words: str = "", *texts: str, **options: object) -> SearchResult:
    question = Question((words,) if words else (), typed=Filters(texts=texts), **options)  # type: ignore[arg-type]
    return library.search(library.parse(question), 50)


def name(hit: Hit) -> str:
    return Path(os.fsdecode(hit.path)).name


def found(result: SearchResult) -> list[str]:
    return [name(hit) for hit in result.hits]


def words_found(hit: Hit) -> list[str]:
    return [(hit.text or "")[start:end] for start, end in hit.found]


@pytest.mark.parametrize(
    ("phrase", "exact", "nearly"),
    [
        ("trattoria da gigi", ["rosso.png"], ["giallo.png"]),
        ("password wifi", ["blu.png"], []),
        ("23,50", ["rosso.png"], []),
        ("€ 23.50", ["rosso.png"], []),
        ("0577/123456", ["rosso.png"], []),
        ("+39 0577 123 456", ["rosso.png"], []),
        ("info@example.it", ["blu.png"], []),
        ("IT60 X054 2811 1010 0000 0123 456", ["giallo.png"], []),
        ("totale", ["rosso.png", "verde.png"], []),
        ("farmacia gigi", [], []),
    ],
)
def test_a_phrase_without_other_words(
    read: Library, phrase: str, exact: list[str], nearly: list[str]
) -> None:
    result = ask(read, "", phrase)
    sure = [hit for hit in result.hits if hit.confidence == 1.0]
    assert sorted(map(name, sure)) == exact
    assert found(result)[len(sure) :] == nearly  # those with a slip come last
    assert all(hit.evidence == WRITTEN for hit in result.hits)
    assert result.verdict == (FOUND if exact else NONE)
    assert not result.is_list
    assert ask(read, f'"{phrase}"').hits == result.hits
    assert ask(read, f"«{phrase}»").hits == result.hits


def test_all_phrases_must_be_written(read: Library) -> None:
    assert found(ask(read, "", "totale", "via roma")) == ["rosso.png"]
    assert found(ask(read, 'foto con "totale" e "farmacia"')) == ["verde.png"]
    assert found(ask(read, "", "totale", order="nome")) == ["rosso.png", "verde.png"]
    with read.archive.catalog() as catalog:
        rosso, giallo = (
            catalog.photos.content_at(hit.path) for hit in ask(read, "", "trattoria da gigi").hits
        )
        assert rosso and giallo
        assert saying(catalog, "trattoria da gigi") == Saying(
            "trattoria da gigi", tuple(sorted((rosso, giallo))), frozenset({giallo})
        )


def test_a_phrase_filters_and_text_orders(read: Library) -> None:
    """The phrase decides which photos answer, the other words in which order."""
    result = ask(read, 'verde "totale"')
    assert found(result) == ["verde.png", "rosso.png"]
    assert result.hits[0].confidence > result.hits[1].confidence >= 0.8
    explanation = read.explain(result)
    assert any(reason.kind == "texts" for hidden in explanation.hidden for reason in hidden.reasons)


def test_words_read_in_a_photo_are_evidence(read: Library) -> None:
    first, *others = ask(read, "password wifi").hits
    assert (name(first), first.evidence, first.word) == ("blu.png", WRITTEN, "alta")
    assert words_found(first) == ["Password", "Wi-Fi"]
    assert all(hit.evidence == "" for hit in others)


def test_the_kind_of_document_need_not_be_written(read: Library) -> None:
    first = ask(read, "lo scontrino della farmacia").hits[0]
    assert (name(first), first.evidence) == ("verde.png", WRITTEN)
    assert words_found(first) == ["Farmacia"]
    standing, other = read.explain(ask(read, "lo scontrino della farmacia")).standings[:2]
    assert standing.seen < standing.confidence and standing.written == ("Farmacia",)
    assert other.seen == other.confidence and other.written == ()


def test_a_question_that_only_a_paper_answers(read: Library) -> None:
    """One common word that was read comes first if the question is about what is written."""
    first = ask(read, "quanto ho speso in farmacia").hits[0]
    assert (name(first), first.evidence, first.word) == ("verde.png", WRITTEN, "alta")


def test_words_for_things_seen_are_no_evidence_apart(read: Library, library: Library) -> None:
    """A text with only one of several words is no evidence."""
    with read.archive.catalog() as catalog:
        assert dict(said_of(catalog, "un gatto rosso sul divano")) == {}
    assert all(hit.evidence == "" for hit in ask(read, "un gatto sulla strada per Roma").hits)


def test_a_document_with_half_of_the_words(read: Library) -> None:
    first = ask(read, "la ricevuta del pranzo in trattoria di Gigi").hits[0]
    assert (name(first), first.evidence) == ("rosso.png", WRITTEN)


def test_a_word_that_all_texts_have_is_no_evidence(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cercafoto.search.phrases_in_texts.MOST", 3)
    for at in range(5):
        paint(tmp_path / "foto" / f"{at}.png", (at * 20, 0, 0))
    library.index([tmp_path / "foto"])
    write_texts(library, {f"{at}.png": ["conto", "numero"] for at in range(5)})
    with library.archive.catalog() as catalog:
        assert dict(said_of(catalog, "conto")) == {}
    assert len(ask(library, "", "conto").hits) == 5  # asked alone, all of them are the answer
    with library.archive.writing() as catalog, catalog.transaction():
        (video, *others) = [content for _, content in catalog.photos.paths()]
        for at, frame in enumerate((video, *others[:2])):  # a caption in all frames of a video
            catalog.texts._db.execute(
                "INSERT INTO moments(content_id, video_id, start_ms, end_ms, looks) "
                "VALUES (?, ?, ?, 0, 1)",
                (frame, video, at),
            )
    with library.archive.catalog() as catalog:
        assert len(dict(said_of(catalog, "conto"))) == 5


def test_quotes_are_text_if_nothing_was_read(library: Library, photos: Path) -> None:
    library.index([photos])
    query = library.parse(Question(('"rosso"',)))
    assert (query.text, query.written) == ("rosso", ())
    hits = library.search(query).hits
    assert name(hits[0]) == "rosso.png" and hits[0].text is None
    asked = library.parse(Question(typed=Filters(texts=("rosso",))))
    assert "cercafoto leggi" in asked.notes[0]
    assert library.search(asked).hits == ()


@pytest.mark.parametrize("words", ["--", "€", "«»"])
def test_a_phrase_without_words_is_refused(read: Library, words: str) -> None:
    with pytest.raises(UsageError, match="--testo"):
        read.parse(Question(typed=Filters(texts=(words,))))


def test_the_line_tells_what_must_be_written(read: Library) -> None:
    from cercafoto.question.wording import query_data, say_query

    query = read.parse(Question(('un gatto "password wifi", senza "maglia a righe"',)))
    assert query.written == ("password wifi",)
    assert query.exclude == ("maglia a righe",)
    assert "con scritto «password wifi»" in say_query(query)
    assert query_data(query)["filters"]["written"] == ["password wifi"]
    assert [role.kind for role in query.words if role.words == '"password wifi"'] == ["scritto"]
    literal = read.parse(Question(('"password wifi"',), literal=True))
    assert literal.written == ()


def test_hits_have_their_texts(read: Library) -> None:
    hits = {name(hit): hit for hit in ask(read, "rosso").hits}
    assert hits["rosso.png"].text == "\n".join(TEXTS["rosso.png"])
    assert hits["viola.png"].text is None and hits["viola.png"].found == ()


def test_copies_and_photos_that_are_gone(read: Library, photos: Path) -> None:
    (photos / "blu.png").unlink()
    read.index([photos])
    assert ask(read, "", "password wifi").hits == ()
    paint(photos / "copia di rosso.png", PAINT["rosso"])
    read.index([photos])
    (hit,) = ask(read, "", "via Roma").hits
    assert len(hit.copies) == 1


def test_words_that_a_text_may_have() -> None:
    assert asked_words("Le foto dello scontrino da 23,50 di Gigi") == [
        "scontrino", "23", "50", "gigi"
    ]  # fmt: skip


def test_places_of_words_and_phrases() -> None:
    text = "Trattoria da Gigi\nGigi ringrazia"
    places = places_in(text, "da gigi", ["trattoria da gigi"])
    assert [text[a:b] for a, b, _ in places] == ["Trattoria da Gigi", "Gigi"]


def test_an_empty_answer_counts_the_photos_not_read(read: Library) -> None:
    unread = len(PAINT) - len(TEXTS)
    photos = "una foto" if unread == 1 else f"{unread} foto"
    (filters, reason) = ask(read, "", "melanzane").reasons
    assert filters == "il filtro «con scritto “melanzane”» non lascia nessuna foto"
    assert reason.startswith(f"di {photos} non sono ancora state lette le parole")
