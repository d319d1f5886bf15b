"""Stems of words, and photos found by the stems of their words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cercafoto.archive.local.catalog import Catalog
from cercafoto.base.word_stems import fold, stem, stems, telling_words, words_of
from cercafoto.photos.facts import Facts
from cercafoto.photos.read_file import FoundFile, ReadFile, SidecarEntry
from cercafoto.question.filters.filter import NO_FILTERS, Filters


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
    item = ReadFile(
        FoundFile("/".join(filter(None, ("/a", words, f"{number}.jpg"))).encode(), 1, 2),
        content_digest=number.to_bytes(32, "big"),
        metadata=Facts(**facts),  # type: ignore[arg-type]
    )
    with catalog.transaction():
        catalog.intake.write([item], 1)


def saying(catalog: Catalog, *words: str, conditions: Filters = NO_FILTERS) -> list[int]:
    """Return the contents of photos that have all these words, compared by stems."""
    return [
        photo.content_id
        for photo in catalog.words.photos_with_words(list(map(stem, words)), conditions)
    ]


def test_words_are_found_and_kept_in_step(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        write(catalog, 1, keywords=("Gatti", "Nonna Pia"))
        write(catalog, 2, words="vacanze con il gatto e la nonna al lago")
        write(catalog, 3, title="Un cane", description="dorme accanto alla porta di casa")
        write(catalog, 4)
        assert saying(catalog, "gatto") == [1, 2]
        assert saying(catalog, "gatte", "nere") == []
        assert saying(catalog, "gatte", "nonne") == [1, 2]
        assert catalog.words.mentions("gatte") and not catalog.words.mentions("elefante")
        assert saying(catalog, "cani", "porte") == [3]
        assert saying(catalog) == saying(catalog, "near", "or") == []
        (first, _) = catalog.words.photos_with_words(["gatt"])
        assert first == (1, b"/a/1.jpg", "gatt nonn pia", "", "", "", (None, None))
        # A content is rewritten with other metadata: its words change too.
        write(catalog, 1, keywords=("cane",), rating=3)
        assert saying(catalog, "gatto") == [2]
        assert saying(catalog, "cane") == [1, 3]
        assert saying(catalog, "cane", conditions=Filters(rating=3)) == [1]
        with catalog.transaction():
            catalog.intake.set_state([2], "missing")
        assert saying(catalog, "gatto") == []
        with catalog.transaction():
            catalog.intake.forget([1, 2])
        assert catalog.rows("SELECT rowid FROM words") == [(3,)]
        assert catalog.rows("SELECT * FROM keywords") == []


def test_a_word_of_nearly_all_photos_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cercafoto.archive.queries.words.MOST_MATCHES", 3)
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
        assert catalog.words.photos_named("12.jp") == [(1, b"/a/12.jpg")]
        assert len(catalog.words.photos_named("2.jpg")) == 2


def test_a_copy_is_found_only_by_its_own_words(tmp_path: Path) -> None:
    """Of two files with the same content only the one with a sidecar has the sidecar's keyword."""
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        one = ReadFile(
            FoundFile(b"/a/1.jpg", 1, 2),
            content_digest=b"d" * 32,
            metadata=Facts(keywords=("sole",)),
        )
        beside = FoundFile(b"/a/2.jpg", 1, 2, SidecarEntry(b"/a/2.xmp", 5, 6))
        says = Facts(keywords=("mare",), rating=4)
        with catalog.transaction():
            catalog.intake.write([one, replace(one, file=beside, sidecar_metadata=says)], 1)
        assert catalog.photos.contents_where(Filters(keywords=("sole",))).tolist() == [1]
        (row,) = catalog.photos.of_content(1, Filters(keywords=("mare",)))
        assert row.path == b"/a/2.jpg"
        assert [r.path for r in catalog.photos.of_content(1, Filters())] == [
            b"/a/1.jpg",
            b"/a/2.jpg",
        ]
        assert (catalog.known.known_at(b"/a/2.jpg") or ())[-2:] == (5, 6)
        assert (catalog.known.known_at(b"/a/1.jpg") or ())[-2:] == (None, None)


def test_stems_of_a_sentence() -> None:
    assert stems("L'estate dei Gatti_neri") == "l estat dei gatt ner"
