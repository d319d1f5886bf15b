"""Texts recognised in photos are stored, found and deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.salvage import salvage
from cercafoto.base.look_alike import look_alike, trigrams
from cercafoto.base.word_stems import stems
from cercafoto.photos.read_file import FoundFile, ReadFile
from cercafoto.results.texts import ReadText, TextLine

BOX = (0.1, 0.2, 0.9, 0.21, 0.9, 0.3, 0.1, 0.29)


def text(*lines: str, engine: str = "lettore 1", turned: int = 0) -> ReadText:
    return ReadText(engine, tuple(TextLine(line, BOX, 0.97) for line in lines), turned)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.create(tmp_path / "archive" / "c.sqlite3") as opened:
        with opened.transaction():
            opened.models.add_model("f" * 64, "tiny", "1", 3)
            opened.intake.write(
                [
                    ReadFile(FoundFile(b"/a/%d.jpg" % i, 1, 2), content_digest=bytes([i]) * 32)
                    for i in range(1, 4)
                ],
                1,
            )
        yield opened


def write(catalog: Catalog, content: int, read: ReadText) -> None:
    with catalog.transaction():
        catalog.texts.write(content, read)


def found(catalog: Catalog, words: str) -> list[int]:
    phrase = f'"{stems(words)}"'
    rows = catalog.rows("SELECT rowid FROM read_words WHERE read_words MATCH ?", phrase)
    return [row[0] for row in rows]


def found_by_letters(catalog: Catalog, words: str) -> list[int]:
    parts = " AND ".join(f'"{part}"' for part in trigrams(look_alike(words)))
    rows = catalog.rows("SELECT rowid FROM read_letters WHERE read_letters MATCH ?", parts)
    return [row[0] for row in rows]


def test_a_stored_text_is_read_back(catalog: Catalog) -> None:
    read = text("Perché no?  È così", "TOTALE\n€ 23,50", turned=270)
    write(catalog, 1, read)
    stored = catalog.texts.of_content(1)
    assert stored is not None
    assert (stored.engine, stored.turned) == ("lettore 1", 270)
    assert stored.text == "Perché no? È così\nTOTALE € 23,50"
    for line in stored.lines:
        assert line.box == pytest.approx(BOX, abs=1e-4)
        assert line.confidence == 0.97
    assert catalog.texts.of_content(2) is None


def test_lines_without_words_and_corners_outside_are_no_trouble(catalog: Catalog) -> None:
    lines = (
        TextLine(" \t", BOX, 1.0),
        TextLine("via\0 \ud800\x1bRoma", (-0.1, 1.2, *BOX[2:]), 1.5),
    )
    write(catalog, 1, ReadText("lettore 1", lines))
    stored = catalog.texts.of_content(1)
    assert stored is not None and stored.text == "via Roma"
    assert stored.lines[0].box[:2] == (0.0, 1.0)
    assert stored.lines[0].confidence == 1.0


def test_words_are_found_by_stems_and_by_letters_read_badly(catalog: Catalog) -> None:
    write(catalog, 1, text("Trattoria da", "Gigi"))
    write(catalog, 2, text("Trattor1a daGigi", "M0DERN0"))
    assert found(catalog, "trattorie da gigi") == [1]
    assert found_by_letters(catalog, "trattoria da gigi") == [1, 2]
    assert found_by_letters(catalog, "modemo") == [2]


def test_a_new_reading_takes_the_place_of_the_old(catalog: Catalog) -> None:
    write(catalog, 1, text("farmacia", engine="lettore 1"))
    write(catalog, 1, text("trattoria", engine="lettore 2"))
    assert found(catalog, "farmacia") == found_by_letters(catalog, "farmacia") == []
    assert found(catalog, "trattoria") == found_by_letters(catalog, "trattoria") == [1]
    write(catalog, 2, text(engine="lettore 2"))
    assert catalog.texts.contents_read() == {1: "lettore 2", 2: "lettore 2"}
    assert catalog.texts.of_content(2) == ReadText("lettore 2", ())
    assert catalog.texts.counts() == (2, 1)


def test_only_visible_photos_are_counted(catalog: Catalog) -> None:
    write(catalog, 1, text("farmacia"))
    with catalog.transaction():
        catalog.intake.set_state([1], "missing")
    assert catalog.texts.counts() == (0, 0)


def test_words_go_with_the_last_photo_that_had_them(catalog: Catalog) -> None:
    for content in (1, 2):
        write(catalog, content, text("farmacia"))
    with catalog.transaction():
        catalog.purge.delete([1])
    assert catalog.texts.of_content(1) is None
    assert found(catalog, "farmacia") == found_by_letters(catalog, "farmacia") == [2]


def test_forgetting_forgets_every_word(catalog: Catalog) -> None:
    write(catalog, 1, text("farmacia"))
    write(catalog, 2, text())
    with catalog.transaction():
        assert catalog.texts.forget() == 2
    assert catalog.texts.contents_read() == {}
    assert found(catalog, "farmacia") == found_by_letters(catalog, "farmacia") == []
    catalog.compact()
    assert b"farmac" not in catalog.path.read_bytes()


def test_a_batch_that_was_cut_short_leaves_what_was_there(catalog: Catalog) -> None:
    write(catalog, 1, text("farmacia"))
    with pytest.raises(RuntimeError), catalog.transaction():
        catalog.texts.write(1, text("trattoria"))
        raise RuntimeError
    assert found(catalog, "farmacia") == [1] and found(catalog, "trattoria") == []


def test_salvaged_texts_are_found(catalog: Catalog) -> None:
    write(catalog, 1, text("Farmacia Rossi"))
    write(catalog, 3, text())
    catalog.close()
    saved = salvage(catalog.path, lambda latitude, longitude: None)
    assert saved.rows["texts"] == 2
    with Catalog.open(catalog.path) as again:
        assert again.texts.contents_read() == {1: "lettore 1", 3: "lettore 1"}
        assert found(again, "rossi") == found_by_letters(again, "farmacia rossi") == [1]
        assert again.integrity.damage() == []


def test_texts_without_a_content_are_deleted(catalog: Catalog) -> None:
    for content in (1, 2):
        write(catalog, content, text("farmacia"))
    catalog.close()
    with sqlite3.connect(catalog.path) as db:
        db.execute("DELETE FROM contents WHERE id = 1")
    db.close()
    with Catalog.create(catalog.path) as again:
        assert again.damaged_rows.misfits() == {"photos": 1, "texts": 1}
        with again.transaction():
            again.damaged_rows.drop_misfits()
        assert found(again, "farmacia") == found_by_letters(again, "farmacia") == [2]
