"""Curves that turn cosines into probabilities, and how `model.json` gives them."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cercafoto.errors import ModelError
from cercafoto.models.confidence import KINDS, Calibration
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder, file_digest
from cercafoto.results.answer import FOUND, NONE, WEAK, confidence_word

CURVES = {
    "one": [9.0, -3.0],
    "several": [8.0, -2.0],
    "sentence": [7.0, -1.0],
    "label": [6.0, 0.0],
}


def test_likeness_and_confidence_equal_the_obvious_computation() -> None:
    rng = np.random.default_rng(0)

    def unit(count: int) -> np.ndarray:
        rows = rng.normal(size=(count, 6)).astype(np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    photos, queries, background = unit(4), unit(3), unit(20)
    by_cosine = Calibration.of({"on": "cosine", "curves": CURVES})
    by_margin = Calibration.of({"on": "margin", "curves": CURVES})
    by_default = Calibration.of({})
    for calibration, curves in (
        (by_cosine, CURVES),
        (by_margin, CURVES),
        (by_default, dict.fromkeys(KINDS, (2.0, -6.0))),
    ):
        likeness = calibration.likeness(photos, queries, background)
        for i, photo in enumerate(photos):
            others = [float(photo @ b) for b in background]
            for j, query in enumerate(queries):
                expected = float(photo @ query)
                if calibration is not by_cosine:
                    expected = (expected - np.mean(others)) / np.std(others)
                assert np.isclose(likeness[i, j], expected, atol=1e-4)
        for kind, (slope, intercept) in curves.items():
            sure = calibration.confidence(likeness, kind)
            assert sure.shape == (4, 3) and sure.dtype == np.float32
            assert np.allclose(sure, 1 / (1 + np.exp(-(slope * likeness + intercept))), atol=1e-6)


def test_parts_take_away_the_logarithm_of_their_confidence() -> None:
    calibration = Calibration.of({"on": "cosine", "curves": CURVES, "parts": 0.1})
    whole = np.array([0.4, 0.5, 0.6], np.float32)
    parts = np.array([[0.9, 0.8], [0.9, 0.1], [-20.0, 0.1]], np.float32)
    together = calibration.with_parts(whole, parts)
    sure = calibration.confidence(parts[:2].astype(np.float64), "one")
    assert np.allclose(together[:2], whole[:2] + 0.1 * np.log(sure).mean(axis=1), atol=1e-6)
    assert together[0] > together[1] > together[2]
    assert np.isfinite(together).all()  # however sure it is that a part is not there


def test_verdicts_by_the_limits_of_the_model() -> None:
    limits = {"found_from": 0.6, "none_below": 0.15}
    calibration = Calibration.of({"on": "cosine", "curves": CURVES, **limits})
    said = [calibration.verdict(best, "one") for best in (0.6, 0.59, 0.15, 0.14)]
    assert said == [FOUND, WEAK, WEAK, NONE]
    assert list(map(Calibration.of({}).verdict, (0.2, 0.1, 0.01))) == [FOUND, WEAK, NONE]


def test_each_kind_of_question_has_limits_of_its_own() -> None:
    limits = {"found_from": {"one": 0.6, "several": 0.4}, "none_below": {"one": 0.3}}
    calibration = Calibration.of({"on": "cosine", "curves": CURVES, **limits})
    assert calibration.verdict(0.5, "one") == WEAK
    assert calibration.verdict(0.5, "several") == FOUND
    assert calibration.verdict(0.5, "sentence") == FOUND  # as without limits
    assert [calibration.verdict(0.1, kind) for kind in ("one", "several")] == [NONE, WEAK]


PRESENCE = {kind: [0.9, 7.0, 0.8] for kind in ("one", "several", "sentence")}
BY_KIND = dict.fromkeys(PRESENCE, 0.3)


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"on": "margin", "curves": CURVES, "found_from": 0.35, "none_below": 0.05},
        {"on": "cosine", "curves": CURVES, "found_from": 0.1, "none_below": 0.9},
        {"on": "cosine", "curves": CURVES, "found_from": 0.0, "presence": PRESENCE},
        {"on": "cosine", "curves": CURVES, "none_below": 1.0, "presence": PRESENCE},
        {"on": "cosine", "curves": CURVES, "found_from": BY_KIND, "presence": PRESENCE},
    ],
)
def test_the_verdict_never_contradicts_the_words(stored: dict[str, Any]) -> None:
    calibration = Calibration.of(stored)
    verdicts = {"alta": {FOUND}, "media": {FOUND, WEAK}, "bassa": {WEAK, NONE}}
    kinds, commons = ("", "one", "several", "sentence"), (None, -0.3, 0.0, 0.178, 0.4)
    for kind, common, best in itertools.product(kinds, commons, np.linspace(0, 1, 201).tolist()):
        verdict = calibration.verdict(best, kind, common)
        assert verdict in verdicts[confidence_word(best)], (kind, common, best)


def test_what_is_rare_in_photos_is_found_less_easily() -> None:
    presence = {"one": [1.0, 10.0, 0.0], "several": [1.0, 0.0, 0.0]}
    limits = {"found_from": 0.6, "none_below": 0.3, "presence": presence}
    calibration = Calibration.of({"on": "cosine", "curves": CURVES, **limits})
    assert calibration.verdict(0.5, "one", 0.1) == FOUND
    assert calibration.verdict(0.5, "one", 0.0) == WEAK
    assert calibration.verdict(0.5, "one", -0.1) == WEAK  # a row of medium confidence
    assert calibration.verdict(0.19, "one", -0.1) == NONE
    assert calibration.verdict(0.5, "several", -0.1) == WEAK
    assert np.isclose(calibration.presence_probability(0.5, "one", 0.1), 1 / (1 + np.exp(-1.0)))
    # The verdict on a question with more than words follows its likeliest photo.
    assert calibration.verdict(0.2) == FOUND
    assert calibration.verdict(1.0, "one", -9.0) == FOUND  # however rare it is
    assert calibration.verdict(0.3, "one", 9.0) == FOUND
    assert calibration.verdict(0.19, "one", 9.0) == WEAK  # however common it is


def test_a_common_thing_counts_for_more() -> None:
    calibration = Calibration.of(
        {"on": "cosine", "curves": CURVES, "commonness": {"one": [5.0, 0.1]}}
    )
    assert calibration.commonness_odds("one", 0.3) == pytest.approx(1.0)
    assert calibration.commonness_odds("one", -0.1) == pytest.approx(-1.0)
    assert calibration.commonness_odds("several", 0.3) == 0.0
    assert calibration.commonness_odds("one", None) == 0.0  # a model without reference photos


def test_a_label_with_a_classifier_is_judged_by_that_too(tiny: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny, tmp_path / "copia"))
    rng = np.random.default_rng(0)
    dimension = ModelFolder.open(copy).dimension
    weights = rng.normal(size=dimension).astype(np.float16)
    name = "label_classifiers.npz"
    np.savez(copy / name, names=np.array(["mare"]), weights=weights[None], intercepts=[0.5])
    stored = {"on": "cosine", "curves": CURVES, "labels": {"mare": 0.2, "lago": -0.3}}
    described = json.loads((copy / "model.json").read_text()) | {"calibration": stored}
    described["files"][name] = file_digest(copy / name)
    path = copy / "model.json"
    path.write_text(json.dumps(described))
    photos, phrases = rng.normal(size=(2, 3, dimension)).astype(np.float32)
    names = ["lago", "mare", "mare"]
    cosines = photos @ phrases.T
    # Without a curve for classifiers they do not count.
    without = Encoder(ModelFolder.open(copy)).label_confidence(photos, phrases, names)
    words = 1 / (1 + np.exp(-(6 * cosines + [-0.3, 0.2, 0.2])))
    assert np.allclose(without, words, atol=1e-5)
    described["calibration"]["classified"] = [4.0, 0.5, -1.0]
    path.write_text(json.dumps(described))
    given = Encoder(ModelFolder.open(copy)).label_confidence(photos, phrases, names)
    by_photos = photos @ weights.astype(np.float32)[:, None] + 0.5
    classified = 1 / (1 + np.exp(-(4 * cosines + 0.5 * by_photos - 1.0 + 0.2)))
    assert np.allclose(given[:, 0], words[:, 0], atol=1e-5)
    assert np.allclose(given[:, 1:], classified[:, 1:], atol=1e-5)


def test_a_model_without_figures_has_no_use_for_parts() -> None:
    calibration = Calibration.of({})
    assert calibration.on_margins and calibration.parts == 0


@pytest.mark.parametrize(
    "stored",
    [
        {"on": "fantasia", "curves": CURVES},
        {"curves": CURVES},
        {"on": "cosine"},
        {"on": "cosine", "curves": [1, 2]},
        {"on": "cosine", "curves": {**CURVES, "several": 3.0}},
        {"on": "cosine", "curves": {**CURVES, "several": [1.0]}},
        {"on": "cosine", "curves": {**CURVES, "several": ["x", 1.0]}},
        {"on": "cosine", "curves": {k: v for k, v in CURVES.items() if k != "label"}},
        {"on": "cosine", "curves": CURVES, "parts": None},
        {"on": "cosine", "curves": CURVES, "found_from": "tanto"},
        {"on": "cosine", "curves": CURVES, "found_from": {"one": "tanto"}},
        {"on": "cosine", "curves": CURVES, "none_below": [0.1]},
        {"on": "cosine", "curves": CURVES, "presence": [0.1]},
        {"on": "cosine", "curves": CURVES, "labels": [0.1]},
        {"on": "cosine", "curves": CURVES, "classified": [1.0, 0.1]},
        {"on": "cosine", "curves": CURVES, "genera": [0.1]},
        {"on": "cosine", "curves": CURVES, "commonness": {"one": 0.1}},
        ["cosine"],
        "cosine",
    ],
)
def test_an_unknown_calibration_is_refused_and_names_the_model(
    tiny: Path, tmp_path: Path, stored: Any
) -> None:
    copy = Path(shutil.copytree(tiny, tmp_path / "copia"))
    path = copy / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"calibration": stored}))
    with pytest.raises(ModelError, match="copia si descrive in un modo sconosciuto") as caught:
        Encoder(ModelFolder.open(copy))
    assert caught.value.hint


def test_the_models_that_ship_have_a_curve_for_every_kind(tiny: Path) -> None:
    mini = Path(__file__).parents[2] / "cercafoto" / "models" / "mini"
    for folder in (tiny, mini):
        encoder = Encoder(ModelFolder.open(folder))
        assert set(encoder.calibration.curves) == set(KINDS)
        limits = encoder.calibration.none_below, encoder.calibration.found_from
        assert (
            set(limits[0])
            == set(limits[1])
            == (set(KINDS) - {"label"} if folder == mini else set())
        )
        assert all(0 <= limits[0][kind] <= limits[1][kind] <= 1 for kind in limits[0])
