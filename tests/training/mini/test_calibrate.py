"""Calibration: probabilities that are true, on made-up photos whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from cercafoto.base.arrays import unit
from cercafoto.models.confidence import KINDS, Calibration
from cercafoto.question.parts import kind_of, parts_of
from tests.support.optional_packages import needs

pytestmark = needs("sklearn")

THINGS = ("gatto", "cane", "mare", "prato", "neve", "letto", "moto", "torta", "faro", "mela")
PHOTOS = 400
ON_COSINE = {"on": "cosine", "curves": dict.fromkeys(KINDS, (1, 0))}


@dataclass
class Words:
    """An encoder whose vectors say which things a text names, and roughly which a photo shows."""

    axes: Any
    reference: Any
    background: Any = field(default_factory=lambda: np.zeros((1, 16), np.float32))
    label_classifiers: dict[str, tuple[Any, float]] = field(default_factory=dict)

    @property
    def usual_photo(self) -> Any:
        return self.reference.mean(axis=0)

    def embed_texts(self, texts: Any) -> Any:
        named = [[thing in text for thing in THINGS] for text in texts]
        return unit((np.array(named, np.float32) @ self.axes + 1e-3).astype(np.float32))


@pytest.fixture(scope="module")
def world() -> tuple[Words, Any, Any]:
    """Return (encoder, photos [N, D], the things they show, bool [N, things])."""
    rng = np.random.default_rng(3)
    axes = unit(rng.normal(size=(len(THINGS), 16)).astype(np.float32))
    shown = rng.random((2 * PHOTOS, len(THINGS))) < 0.15
    shown[:, -2:] = False  # no photo shows the last two
    pixels = shown @ axes + rng.normal(0, 0.3, (2 * PHOTOS, 16))
    photos = unit(pixels.astype(np.float32))
    return Words(axes, photos[PHOTOS:]), photos[:PHOTOS], shown[:PHOTOS]


def _archives() -> list[Any]:
    from cercafoto.training.mini.archives import archives_of

    return archives_of(np.ones(PHOTOS, bool))


def _evidence(shown: Any, which: Any) -> Any:
    from cercafoto.training.mini.calibrate import Asked, Evidence

    pairs = [(a, b) for a in THINGS for b in THINGS if a < b]
    texts = [*THINGS, *(f"{a} con {b}" for a, b in pairs)]
    right = np.array([_shows(shown, text) for text in texts])
    counted = np.broadcast_to(which, right.shape)
    long = [f"ecco una foto dove si vede {a} con {b}" for a, b in pairs]
    of_long = np.array([_shows(shown, text) for text in long])
    return Asked(
        Evidence(texts, right, counted),
        Evidence(THINGS, shown.T, counted[: len(THINGS)]),
        Evidence(long, of_long, counted[: len(long)]),
    )


def _labels(encoder: Words, truth: Any, text: str = "\n".join(THINGS)) -> Any:
    from cercafoto.labels.label_file import parse_labels
    from cercafoto.training.mini.calibrate_labels import JudgedLabels

    labels = parse_labels(text, "e.txt")
    phrases = list(encoder.embed_texts([label.name for label in labels])[:, None])
    return JudgedLabels(labels, phrases, truth.astype(np.int8))


def _shows(shown: Any, text: str) -> Any:
    return shown[:, [at for at, thing in enumerate(THINGS) if thing in text]].all(axis=1)


def test_a_fit_keeps_its_word_on_the_other_half(world: tuple[Words, Any, Any]) -> None:
    from cercafoto.training.measure.reliability import reliability
    from cercafoto.training.mini.calibrate import fit

    encoder, photos, shown = world
    half = np.arange(PHOTOS) % 2 == 0
    asked = _evidence(shown, half)
    labels = _labels(encoder, np.where(half[:, None], shown, -1))
    stored = fit(encoder, photos, labels, asked, _archives())  # type: ignore[arg-type]
    calibration = Calibration.of(stored)
    assert not calibration.on_margins
    other = photos[~half]

    def common(text: str) -> float:
        return float(encoder.usual_photo @ encoder.embed_texts([text])[0])

    sure, right = [], []
    for text in (*THINGS, "cane con gatto", "letto con mare", "neve con prato"):
        parts = parts_of(text)
        whole = other @ encoder.embed_texts([text])[0]
        if parts and calibration.parts:
            whole = calibration.with_parts(whole, other @ encoder.embed_texts(parts).T)
        kind = kind_of(text, parts)
        more = calibration.commonness_odds(kind, common(text))
        confidence = calibration.confidence(whole, kind, more)
        first = np.argsort(-confidence)[:5]
        sure.append(confidence[first])
        right.append(_shows(shown[~half], text)[first])
    assert reliability(np.concatenate(sure), np.concatenate(right)).error < 0.12
    # Photos that answer are told from those that do not, whatever the curves.
    there = {}
    for thing in THINGS:
        likeness = other @ encoder.embed_texts([thing])[0]
        more = calibration.commonness_odds("one", common(thing))
        best = float(calibration.confidence(likeness, "one", more).max())
        there[thing] = calibration.presence_probability(best, "one", common(thing))
    assert min(there[thing] for thing in THINGS[:-2]) > max(there[thing] for thing in THINGS[-2:])
    assert set(stored["found_from"]) == {"one", "several", "sentence"}
    for kind, found_from in stored["found_from"].items():
        assert 0 < stored["none_below"][kind] <= found_from < 1


def test_a_question_is_asked_of_the_archives_that_can_tell() -> None:
    from cercafoto.training.mini.calibrate import Evidence, over

    right = np.array([[True, False, False], [False, False, False]])
    counted = np.array([[True, True, True], [True, True, False]])
    archives = [np.array(mask, dtype=bool) for mask in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]
    typed = over(Evidence(["gatto", "faro"], right, counted), archives)
    # Nobody knows whether the third photo shows a lighthouse.
    assert typed.texts == ["gatto", "faro", "gatto", "faro", "gatto"]
    assert typed.present.tolist() == [True, False, False, False, False]
    # If only a sentence's own photo is known to be right, others may be right as well.
    long = over(Evidence(["un gatto", "un faro"], right, counted, complete=False), archives)
    assert long.texts == ["un gatto", "un faro", "un faro"]


def test_archives_are_drawn_from_one_collection() -> None:
    from cercafoto.training.mini.archives import archives_of, collections_of

    collections = collections_of(["scene", "coco", "coco_test"] * 40)
    assert {name: int(own.sum()) for name, own in collections.items()} == {"scene": 40, "coco": 80}
    archives = archives_of(collections["coco"])
    assert [int(each.sum()) for each in archives] == [80, 30, 30, 30, 60, 60, 60]
    assert not any((each & collections["scene"]).any() for each in archives)
    assert len({each.tobytes() for each in archives}) == 7


def test_a_label_that_few_photos_bear_is_given_less_easily(world: tuple[Words, Any, Any]) -> None:
    from cercafoto.training.mini.calibrate import fit

    encoder, photos, shown = world
    asked = _evidence(shown, np.ones(PHOTOS, bool))
    rare = shown.copy()
    rare[np.flatnonzero(shown[:, 0])[3:], 0] = False  # "gatto" is said of three cats alone
    stored = fit(encoder, photos, _labels(encoder, rare), asked, _archives())  # type: ignore[arg-type]
    assert stored["labels"]["gatto"] < -0.5
    assert stored["labels"]["gatto"] < min(stored["labels"].get(t, 0.0) for t in THINGS[1:])


def test_a_classifier_counts_as_much_as_it_tells(world: tuple[Words, Any, Any]) -> None:
    from cercafoto.training.mini.calibrate_labels import fit_labels

    encoder, photos, shown = world
    rng = np.random.default_rng(5)
    useless = {name: (rng.normal(size=16).astype(np.float32), 0.5) for name in THINGS}
    # The words of these labels mean something else: their classifiers must tell.
    turned = Words(np.roll(encoder.axes, 1, axis=0), encoder.reference)
    telling = {name: (5 * axis, -1.0) for name, axis in zip(THINGS, encoder.axes, strict=True)}
    weights = []
    for words, classifiers in ((encoder, useless), (turned, telling)):
        words = Words(words.axes, words.reference, label_classifiers=classifiers)
        _, found = fit_labels(words, photos, _labels(words, shown), Calibration.of(ON_COSINE))  # type: ignore[arg-type]
        weights.append(found["classified"])
    (by_words, by_nothing, _), (by_nonsense, by_photos, _) = weights
    assert abs(by_nothing) < 0.3 and by_words > 5
    assert by_photos > 1 and abs(by_nonsense) < 2


def test_a_genus_is_corrected_for_what_no_species_shows(world: tuple[Words, Any, Any]) -> None:
    from cercafoto.labels.label_file import parse_labels
    from cercafoto.training.mini.calibrate_labels import fit_labels

    encoder, photos, shown = world
    text = (
        "animale > gatto\nanimale > cane\nveicolo > moto\n"
        "bevanda > mare\nluogo > letto\nsport > torta"
    )
    species = ("gatto", "cane", "moto", "mare", "letto", "torta")
    holds = {name: shown[:, THINGS.index(name)] for name in species}
    holds["animale"] = holds["gatto"] | holds["cane"]
    holds["veicolo"] = holds["moto"]
    holds["moto"] = holds["moto"] & (np.arange(PHOTOS) % 5 == 0)  # seldom called so
    holds["sport"] = holds["torta"] | (np.arange(PHOTOS) % 3 == 0)  # nothing tells which others
    holds["bevanda"] = holds["mare"]
    holds["luogo"] = np.arange(PHOTOS) % 50 > 0  # nearly all
    names = [label.name for label in parse_labels(text, "e.txt")]
    judged = _labels(encoder, np.stack([holds[name] for name in names], axis=1), text)
    _, found = fit_labels(encoder, photos, judged, Calibration.of(ON_COSINE))  # type: ignore[arg-type]
    assert not {"bevanda", "sport"} & set(found["genera"])  # "bevanda" is misjudged
    assert found["genera"]["luogo"] is None
    assert found["genera"]["veicolo"] > 1
    assert abs(found["genera"].get("animale", 0.0)) < 0.7


def test_judgments_of_one_kind_alone_are_refused(world: tuple[Words, Any, Any]) -> None:
    from cercafoto.training.mini.calibrate import fit
    from cercafoto.training.training_errors import InputError

    encoder, photos, shown = world
    asked = _evidence(np.zeros_like(shown), np.ones(PHOTOS, bool))
    with pytest.raises(InputError, match="too few judgments"):
        fit(encoder, photos, _labels(encoder, shown), asked, _archives())  # type: ignore[arg-type]


def test_sentences_about_what_is_absent() -> None:
    from cercafoto.training.measure.judgments import Judgments
    from cercafoto.training.mini.absent import absent_sentences

    judgments = Judgments(["a.jpg"], ["cane", "pizza", "mare"], np.array([[1, 0, -1]], np.int8))
    captions = [
        "una pizza margherita sopra un tavolo di legno",
        "un cane che corre felice in mezzo a un prato",
        "il mare mosso visto dalla finestra di una casa",
        "una pizza",
    ]
    assert absent_sentences(captions, judgments) == captions[:1]


def test_verdicts_are_tried_on_a_collection_that_they_were_not_fitted_to(
    world: tuple[Words, Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cercafoto.training.measure.class_texts import Photo
    from cercafoto.training.measure.judgments import Judgments, Questions
    from cercafoto.training.mini import unseen
    from cercafoto.training.mini.judged import Judged

    encoder, photos, shown = world
    texts = [*THINGS, *(f"{a} con {b}" for a in THINGS for b in THINGS if a < b)]
    matches = np.array([_shows(shown, text) for text in texts])
    long = "ecco una foto dove si vede {} con {}"
    said = [[long.format(*np.array(THINGS)[row][:2])] if row.sum() > 1 else [] for row in shown]
    judged = Judged(
        [
            Photo(f"{at}.jpg", "mare" if at % 2 else "monti", captions)
            for at, captions in enumerate(said)
        ],
        photos,
        Judgments([f"{at}.jpg" for at in range(PHOTOS)], list(THINGS), shown.astype(np.int8)),
        Questions(texts, [""] * len(texts), matches, np.zeros_like(matches)),
        [long.format("faro", thing) for thing in THINGS[:-2]],
    )
    fitted = []
    fit_questions = unseen.fit_questions

    def seen(cosines: Any, asked: Any, archives: Any) -> Any:
        fitted.append((asked.typed.counted.any(axis=0), np.any(archives, axis=0)))
        return fit_questions(cosines, asked, archives)

    monkeypatch.setattr(unseen, "fit_questions", seen)
    found = unseen.unseen(encoder, judged)  # type: ignore[arg-type]
    assert list(found.rows) == [
        "monti, 200 photos", "monti, 30 and more", "mare, 200 photos", "mare, 30 and more"
    ]  # fmt: skip
    monti = np.arange(PHOTOS) % 2 == 0
    for own, (counted, archives) in zip((monti, ~monti), fitted, strict=True):
        assert not (counted & own).any() and not (archives & own).any()
    right, absent, _ = found.mean[0]
    assert right > 0.6 > 0.4 > absent
    assert found.table().splitlines()[-1].split()[:2] == ["mean", f"{right:.2f}"]
