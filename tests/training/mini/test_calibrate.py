"""Calibration: probabilities that keep their word, on made-up photos whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from cercafoto.base.arrays import unit
from cercafoto.models.confidence import Calibration
from cercafoto.question.parts import kind_of, parts_of
from tests.support.optional_packages import needs

pytestmark = needs("sklearn")

THINGS = ("gatto", "cane", "mare", "prato", "neve", "letto", "moto", "torta", "faro", "mela")
PHOTOS = 400


@dataclass
class Words:
    """An encoder whose vectors say which things a text names, and not quite which a photo shows."""

    axes: Any
    reference: Any
    background: Any = field(default_factory=lambda: np.zeros((1, 16), np.float32))

    def embed_texts(self, texts: Any) -> Any:
        named = [[thing in text for thing in THINGS] for text in texts]
        return unit((np.array(named, np.float32) @ self.axes + 1e-3).astype(np.float32))


@pytest.fixture(scope="module")
def world() -> tuple[Words, Any, Any]:
    """(encoder, photos [N, D], what they show, bool [N, things])."""
    rng = np.random.default_rng(3)
    axes = unit(rng.normal(size=(len(THINGS), 16)).astype(np.float32))
    shown = rng.random((2 * PHOTOS, len(THINGS))) < 0.15
    shown[:, -2:] = False  # no photo shows the last two
    pixels = shown @ axes + rng.normal(0, 0.3, (2 * PHOTOS, 16))
    photos = unit(pixels.astype(np.float32))
    return Words(axes, photos[PHOTOS:]), photos[:PHOTOS], shown[:PHOTOS]


def _evidence(shown: Any, which: Any) -> tuple[Any, Any, Any]:
    from cercafoto.training.mini.calibrate import Evidence

    pairs = [(a, b) for a in THINGS for b in THINGS if a < b]
    texts = [*THINGS, *(f"{a} con {b}" for a, b in pairs)]
    right = np.array([_shows(shown, text) for text in texts])
    counted = np.broadcast_to(which, right.shape)
    long = [f"ecco una foto dove si vede {a} con {b}" for a, b in pairs]
    of_long = np.array([_shows(shown, text) for text in long])
    return (
        Evidence(texts, right, counted),
        Evidence(THINGS, shown.T, counted[: len(THINGS)]),
        Evidence(long, of_long, counted[: len(long)]),
    )


def _shows(shown: Any, text: str) -> Any:
    return shown[:, [at for at, thing in enumerate(THINGS) if thing in text]].all(axis=1)


def test_a_fit_keeps_its_word_on_the_other_half(world: tuple[Words, Any, Any]) -> None:
    from cercafoto.training.measure.reliability import reliability
    from cercafoto.training.mini.calibrate import fit

    encoder, photos, shown = world
    half = np.arange(PHOTOS) % 2 == 0
    typed, named, long = _evidence(shown, half)
    phrases = list(encoder.embed_texts(THINGS)[:, None])
    truth = np.where(half[:, None], shown, -1).astype(np.int8)
    stored = fit(encoder, photos, (phrases, truth), typed, named, long)  # type: ignore[arg-type]
    calibration = Calibration.of(stored)
    assert not calibration.on_margins
    other = photos[~half]
    sure, right = [], []
    for text in (*THINGS, "cane con gatto", "letto con mare", "neve con prato"):
        parts = parts_of(text)
        whole = other @ encoder.embed_texts([text])[0]
        if parts and calibration.parts:
            whole = calibration.with_parts(whole, other @ encoder.embed_texts(parts).T)
        confidence = calibration.confidence(whole, kind_of(text, parts))
        first = np.argsort(-confidence)[:5]
        sure.append(confidence[first])
        right.append(_shows(shown[~half], text)[first])
    assert reliability(np.concatenate(sure), np.concatenate(right)).error < 0.12
    # What is there is told from what is not, whatever the curves.
    there = {
        thing: calibration.there(
            float(calibration.confidence(other @ encoder.embed_texts([thing])[0], "one").max()),
            "one",
            float(encoder.reference.mean(axis=0) @ encoder.embed_texts([thing])[0]),
        )
        for thing in THINGS
    }
    assert min(there[thing] for thing in THINGS[:-2]) > max(there[thing] for thing in THINGS[-2:])
    assert 0 < stored["none_below"] <= stored["found_from"] < 1


def test_a_label_that_few_photos_bear_is_given_less_easily(world: tuple[Words, Any, Any]) -> None:
    from cercafoto.training.mini.calibrate import fit

    encoder, photos, shown = world
    typed, named, long = _evidence(shown, np.ones(PHOTOS, bool))
    rare = shown.copy()
    rare[np.flatnonzero(shown[:, 0])[3:], 0] = False  # "gatto" is said of three cats alone
    phrases = list(encoder.embed_texts(THINGS)[:, None])
    stored = fit(encoder, photos, (phrases, rare.astype(np.int8)), typed, named, long)  # type: ignore[arg-type]
    assert stored["labels"]["gatto"] < -0.5
    assert stored["labels"]["gatto"] < min(stored["labels"].get(t, 0.0) for t in THINGS[1:])


def test_judgments_of_one_kind_alone_are_refused(world: tuple[Words, Any, Any]) -> None:
    from cercafoto.training.errors import InputError
    from cercafoto.training.mini.calibrate import fit

    encoder, photos, shown = world
    typed, named, long = _evidence(np.zeros_like(shown), np.ones(PHOTOS, bool))
    phrases = list(encoder.embed_texts(THINGS)[:, None])
    with pytest.raises(InputError, match="too few judgments"):
        fit(encoder, photos, (phrases, shown.astype(np.int8)), typed, named, long)  # type: ignore[arg-type]


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
