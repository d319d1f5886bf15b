"""Queries made of captions, and the concepts that captions name."""

from __future__ import annotations

import numpy as np

from cercafoto.training.measure.caption_concepts import CONCEPTS, shows
from cercafoto.training.measure.class_texts import ClassTexts, Photo
from cercafoto.training.measure.queries import Queries, absent_sentences


def test_which_photos_show_a_concept() -> None:
    said = [
        ["due donne al mercato"],
        ["una mano sul tavolo"],
        ["un manichino in vetrina"],
        ["Uomini in barca"],
        ["un cagnolino nero", "erba"],
        ["un cannone"],
        [],
    ]
    assert shows("persone", said).tolist() == [True, True, False, True, False, False, False]
    assert shows("cani", said).tolist() == [False] * 4 + [True, False, False]
    for concept in CONCEPTS:
        assert shows(concept, [[""]]).tolist() == [False]


def test_sentences_of_what_no_photo_shows() -> None:
    classes = [ClassTexts("n1", ("giraffa",), ("animale",), ("savana",))]
    photos = [Photo("a.jpg", ["un cane con una palla in giardino"], ["pallone"])]
    captions = [
        "Una giraffa cammina nella savana",
        "un cane corre in giardino felice",  # what it names is there
        "giraffe",  # too short to be a sentence
        "due giraffe bevono a una pozza d'acqua",
    ]
    found = absent_sentences(captions, photos, classes)
    assert found == [captions[0], captions[3]]
    # Once a photo is called so, the word is there.
    called = [*photos, Photo("b.jpg", [], ["giraffe", "acqua"])]
    assert absent_sentences(captions, called, classes) == []


def test_queries_for_what_is_absent_are_added() -> None:
    queries = Queries(["rosso"], np.array([[True, False]])).with_absent(["giallo", "viola"])
    assert queries.texts == ["rosso", "giallo", "viola"]
    assert queries.present.tolist() == [True, False, False]
