"""Test the phrases and detectors of excluded concepts, and questions with weights."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cercafoto import Library
from cercafoto.errors import ModelError
from cercafoto.models.encode.encoder import CLASSIFIERS, Encoder
from cercafoto.models.model_folder import ModelFolder, file_digest
from cercafoto.question.question import Question
from cercafoto.question.weights import example
from cercafoto.question.weights import phrases as parts
from cercafoto.search.exclusion import canonical, detectors, knows, phrases, showing_none
from cercafoto.search.parsing import UNKNOWN
from cercafoto.search.phrase import phrase_of
from tests.conftest import paint
from tests.support.known_words import all_but


@pytest.mark.parametrize(
    ("concept", "among"),
    [
        ("gatti", {"gatti", "dei gatti", "un gatto"}),
        ("cani", {"cani", "dei cani", "un cane"}),
        ("un'auto", {"un'auto"}),
        ("al mare", {"al mare"}),
        ("persone", {"un uomo", "una donna", "un bambino"}),
        ("Persone", {"un uomo"}),
        ("gente", {"un uomo"}),
    ],
)
def test_a_concept_becomes_its_phrases(concept: str, among: set[str]) -> None:
    found = phrases(concept)
    assert among <= set(found)
    assert len(found) == len(set(found))


def test_a_plural_gives_no_invented_singular() -> None:
    assert "un cano" not in phrases("cani")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("un gatto", [("un gatto", 1.0)]),
        ("spiaggia + tramonto", [("spiaggia", 1.0), ("tramonto", 1.0)]),
        ("spiaggia:2 + un bel tramonto:0,5", [("spiaggia", 2.0), ("un bel tramonto", 0.5)]),
        ("alle 12:30", [("alle 12:30", 1.0)]),
        ("C++ su uno schermo", [("C++ su uno schermo", 1.0)]),
        ("", [("", 1.0)]),
    ],
)
def test_phrases_between_plus_signs(sentence: str, expected: list[tuple[str, float]]) -> None:
    assert parts(sentence) == expected


def test_an_example_may_have_a_weight(tmp_path: Path) -> None:
    odd = tmp_path / "foto:0.5"
    assert example(odd) == (tmp_path / "foto", 0.5)
    odd.touch()
    assert example(odd) == (odd, 1.0), "a file of that name is that file"
    assert example(tmp_path / "a.jpg") == (tmp_path / "a.jpg", 1.0)


@pytest.mark.parametrize(
    ("concept", "name"),
    [
        ("un cane", "cani"),
        ("Cani", "cani"),
        ("gente", "persone"),
        ("le persone", "persone"),
        ("l'auto", "automobili"),
        ("interni", "al chiuso"),
        ("un cannone", "un cannone"),
        ("ombrelli", "ombrelli"),
    ],
)
def test_other_words_have_the_name_of_their_classifier(concept: str, name: str) -> None:
    assert canonical(concept) == name


def test_a_model_may_have_a_classifier_for_a_concept(tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(tiny, folder)
    axis = Encoder(ModelFolder.open(tiny)).embed_texts(["rosso"])[0]
    np.savez(
        folder / CLASSIFIERS,
        names=np.array(["persone"]),
        weights=10 * axis[None],
        intercepts=np.array([-5.0], np.float32),
    )
    description = json.loads((folder / "model.json").read_text())
    description["files"][CLASSIFIERS] = file_digest(folder / CLASSIFIERS)
    (folder / "model.json").write_text(json.dumps(description))
    encoder = Encoder(ModelFolder.open(folder))
    # Photos are excluded by the classifier, not by phrases.
    photos = encoder.embed_texts(["rosso", "verde"])
    people, yellow = detectors(encoder, ["la gente", "giallo"])
    assert people.shows([1, 2], photos).tolist() == [True, False]
    assert people.likely([1, 2], photos)[0] == pytest.approx(1 / (1 + np.exp(-5.0)), abs=1e-3)
    assert (people.intercept, yellow.intercept) == (-5.0, None)
    assert showing_none([1, 2], photos, [people]).tolist() == [False, True]
    assert showing_none([1, 2], photos, []).all()
    # Neither vectors nor the fingerprint depend on it.
    assert encoder.fingerprint == ModelFolder.open(tiny).fingerprint


def test_a_thing_that_the_model_does_not_know_is_told_by_own_words_only(tiny: Path) -> None:
    encoder = Encoder(ModelFolder.open(tiny))
    photos = encoder.embed_texts(["rosso", "blu"])
    (blue,) = detectors(encoder, ["blu"])
    assert blue.shows([1, 2], photos).tolist() == [False, True]
    encoder.known_words = all_but(encoder, "blu")
    (blue,) = detectors(encoder, ["blu"])
    assert not blue.shows([1, 2], photos).any()
    (called,) = detectors(encoder, ["blu"], called=lambda concept: np.array([1]))
    assert called.shows([1, 2], photos).tolist() == [True, False]
    (red,) = detectors(encoder, ["rosso"])
    assert red.shows([1, 2], photos).tolist() == [True, False]


def test_a_thing_that_is_only_told_uncertainly_is_left_out_by_sight(tiny: Path) -> None:
    encoder = Encoder(ModelFolder.open(tiny))
    encoder.calibration = replace(encoder.calibration, parts=0.1)
    (blue,) = encoder.embed_texts(["blu"])
    encoder.known_words = np.array(2 * [[*-blue, 0.99]], np.float32)
    assert phrase_of(encoder, "panettone").doubted == ("panettone",)
    assert knows(encoder, "panettone")
    assert not knows(encoder, "blu")


@pytest.mark.parametrize(
    ("words", "notes"),
    [
        ("rosso senza blu", (UNKNOWN.format("blu"),)),
        ("blu senza rosso", ()),
        ("rosso senza Zorba", ()),  # a name in the person's own words
    ],
)
def test_the_person_is_told_of_an_excluded_thing_that_the_model_does_not_know(
    library: Library, photos: Path, words: str, notes: tuple[str, ...]
) -> None:
    paint(photos / "Zorba" / "a.png", (250, 10, 10))
    library.index([photos])
    library.archive.encoder.known_words = all_but(library.archive.encoder, "blu", "Zorba")
    assert library.parse(Question((words,))).notes == notes


def test_a_damaged_classifier_is_an_error(tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(tiny, folder)
    (folder / CLASSIFIERS).write_bytes(b"not an archive")
    description = json.loads((folder / "model.json").read_text())
    description["files"][CLASSIFIERS] = file_digest(folder / CLASSIFIERS)
    (folder / "model.json").write_text(json.dumps(description))
    with pytest.raises(ModelError, match=CLASSIFIERS):
        detectors(Encoder(ModelFolder.open(folder)), ["persone"])
