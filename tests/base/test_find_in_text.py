"""Tests of finding phrases in a text, in all usual spellings and despite OCR errors."""

from __future__ import annotations

import pytest

from cercafoto.base.find_in_text import (
    AS_ASKED,
    NEARLY,
    forms,
    places_of,
    places_of_words,
    written_words,
)


def said(text: str, phrase: str) -> list[tuple[str, int]]:
    return [(text[p.start : p.end], p.how) for p in places_of(written_words(text), phrase)]


@pytest.mark.parametrize(
    ("text", "phrase", "as_written"),
    [
        ("Trattoria da Gigi", "trattorie da gigi", "Trattoria da Gigi"),
        ("Perché no? È così", "e cosi", "È così"),
        ("TOTALE EURO 23,50", "23,50", "23,50"),
        ("TOTALE EURO 23.50", "23,50", "23.50"),
        ("TOTALE 23,50 EUR", "€ 23,50", "23,50"),
        ("TOTALE 23,00", "23 euro", "23,00"),
        ("TOTALE € 1.234,50", "1234,50 euro", "1.234,50"),
        ("Tel. 333-123 4567", "3331234567", "333-123 4567"),
        ("Tel. 333-123 4567", "+39 333 1234567", "333-123 4567"),
        ("chiama il +39 06 6982", "+39066982", "39 06 6982"),
        ("+393331234567", "333 123 4567", "393331234567"),
        ("Scrivi a Mario.Rossi@example.it!", "mario.rossi@example.it", "Mario.Rossi@example.it"),
        ("Codice AB-123/XY", "ab123xy", "AB-123/XY"),
        ("Wi-Fi: casa", "wifi", "Wi-Fi"),
    ],
)
def test_a_phrase_is_found_in_every_usual_spelling(text: str, phrase: str, as_written: str) -> None:
    assert said(text, phrase)[0] == (as_written, AS_ASKED)


@pytest.mark.parametrize(
    ("text", "phrase", "as_written"),
    [
        ("Tratt0ria da G1gi", "trattoria da gigi", "Tratt0ria da G1gi"),
        ("Hotel Modemo", "hotel moderno", "Hotel Modemo"),
        ("TrattoriadaGigi", "trattoria", "TrattoriadaGigi"),
        ("C0DICE A8-l23", "ab-123", "A8-l23"),
    ],
)
def test_ocr_errors_are_forgiven_and_marked_as_nearly(
    text: str, phrase: str, as_written: str
) -> None:
    assert said(text, phrase) == [(as_written, NEARLY)]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("TOTALE 123,50", "23,50"),
        ("TOTALE 23,05", "23,50"),
        ("Gigi da trattoria", "da gigi"),
        ("il marinaio", "mare"),
        ("un'impastatrice", "pasta"),
        ("Perché", "---"),
        ("", "mare"),
    ],
)
def test_other_texts_do_not_match(text: str, phrase: str) -> None:
    assert said(text, phrase) == []


def test_exact_matches_come_first() -> None:
    text = "Rorna, Roma e Roma"
    assert said(text, "roma") == [("Roma", AS_ASKED), ("Roma", AS_ASKED), ("Rorna", NEARLY)]


def test_a_word_that_folds_into_several_is_one_match() -> None:
    assert said("dose ½ grammo", "½") == [("½", AS_ASKED)]


def test_a_phrase_without_numbers_has_one_form() -> None:
    assert forms("password del wifi") == [("password", "del", "wifi")]
    assert forms("23 euro") == [("23",), ("23", "00")]
    assert forms("euro") == [("euro",)]
    assert forms(" ,. ") == []


def test_single_words_are_found_anywhere() -> None:
    text = "Password del Wi-Fi: le passvvord"
    places = places_of_words(written_words(text), ("password", "wifi"))
    assert [text[p.start : p.end] for p in places] == ["Password", "Wi-Fi", "passvvord"]
