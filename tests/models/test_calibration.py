"""A prepared model is calibrated on the packaged photos."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from PIL import Image

import cercafoto.models
from cercafoto.base.arrays import Floats, unit
from cercafoto.base.word_tables import read_phrase_lists
from cercafoto.models.confidence import LABEL, Calibration, photo_margins
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import DESCRIPTION, ModelFolder
from cercafoto.models.prepare.calibration import LABEL_HOLDS, PHRASES, calibrate, fit_curve
from cercafoto.models.prepare.convert import background_captions, finish
from cercafoto.models.prepare.shipped_photos import photos
from cercafoto.question.parts import ONE, SENTENCE, SEVERAL, kind_of, parts_of
from tests.support.tiny_model import make_tiny_model

EMBEDDED = Path(cercafoto.models.__file__).parent / "mini"
TABLE = read_phrase_lists(PHRASES)


class Seer:
    """An encoder: each photo is an axis; a phrase is noise plus `sees` times its photo."""

    def __init__(self, sees: float) -> None:
        self._sees = sees
        self._holds = {text: at for at, each in enumerate(TABLE.values()) for text in each}
        self.background = self.embed_texts(background_captions())

    def embed_images(self, images: Sequence[Image.Image]) -> Floats:
        return np.eye(len(images), 64, dtype=np.float32)

    def embed_texts(self, texts: Sequence[str], batch: int = 32) -> Floats:
        rows = [np.random.default_rng(crc32(text.encode())).normal(size=64) for text in texts]
        for row, text in zip(rows, texts, strict=True):
            if text in self._holds:
                row[self._holds[text]] += self._sees
        return unit(np.array(rows, np.float32))


def test_every_photo_has_phrases_of_every_kind() -> None:
    assert list(TABLE) == list(photos())
    texts = [text for each in TABLE.values() for text in each]
    assert len(set(texts)) == len(texts)
    assert not set(texts) & set(background_captions())
    for each in TABLE.values():
        kinds = [kind_of(text, parts_of(text)) for text in each]
        assert min(kinds.count(kind) for kind in (ONE, SEVERAL, SENTENCE)) >= 5


def test_a_better_model_is_surer_of_true_phrases() -> None:
    sure = []
    for sees in (2.0, 3.0, 4.0):
        seer = Seer(sees)
        stored = calibrate(lambda seer=seer: seer)
        calibration = Calibration.of(stored)
        assert stored["on"] == "margin"
        pictures = seer.embed_images(list(photos().values()))
        hold, fail = [], []
        for at, each in enumerate(TABLE.values()):
            margins = photo_margins(pictures, seer.embed_texts(each), seer.background)
            likely = calibration.confidence(margins, ONE)
            hold += likely[at].tolist()
            fail += np.delete(likely, at, axis=0).ravel().tolist()
        assert np.mean(hold) > 5 * np.mean(fail)
        sure.append(np.mean(hold))
    assert sure == sorted(sure)


def test_labels_hold_oftener_than_what_is_asked() -> None:
    curves = calibrate(lambda: Seer(3.0))["curves"]
    assert curves[LABEL][0] == curves[ONE][0]
    assert curves[LABEL][1] > curves[ONE][1]


@pytest.mark.parametrize("sees", [0.0, 0.5, -3.0])
def test_a_model_that_cannot_tell_photos_apart_is_not_calibrated(sees: float) -> None:
    assert calibrate(lambda: Seer(sees)) == {}


def test_a_model_to_which_all_phrases_look_alike_is_not_calibrated() -> None:
    """Every phrase has a high margin, for its own photo as for others."""
    seer = Seer(0.0)
    seer.background = -np.abs(seer.background)
    assert calibrate(lambda: seer) == {}


def test_the_curve_gives_the_share_of_true_phrases() -> None:
    """Margins are two normal distributions of deviation 1; one phrase in ten is true."""
    rng = np.random.default_rng(0)
    slope, intercept = fit_curve(*[rng.normal(2.5, 1.0, 20_000)] * 2, prior=0.1)
    holds = rng.random(400_000) < 0.1
    margins = rng.normal(np.where(holds, 2.5, 0.0), 1.0)
    likely = 1 / (1 + np.exp(-slope * margins - intercept))
    for least in np.arange(0.0, 1.0, 0.1):
        some = (likely >= least) & (likely < least + 0.1)
        assert abs(likely[some].mean() - holds[some].mean()) < 0.03


def test_few_phrases_of_a_kind_move_its_curve_little() -> None:
    every = np.random.default_rng(1).normal(3.0, 1.0, 90)
    common = fit_curve(every, every, LABEL_HOLDS)[0]
    few, many = (fit_curve(np.full(n, 6.0), every, LABEL_HOLDS)[0] for n in (5, 500))
    assert common < few < many


def test_a_finished_model_has_a_calibration(tmp_path: Path) -> None:
    """The embedded model, as if just prepared."""
    folder = tmp_path / "prova"
    shutil.copytree(EMBEDDED, folder)
    stored = finished(folder).calibration
    assert stored["measured_on"] == "92 phrases that hold for one of 4 photos"
    encoder = Encoder(ModelFolder.open(folder), threads=2)
    assert encoder.calibration.on_margins
    assert encoder.calibration.curves.keys() == {ONE, SEVERAL, SENTENCE, LABEL}
    pictures = encoder.embed_images(list(photos().values()))
    texts = ["una donna sorridente", "una tazza di caffè", "un gatto", "tralicci contro il cielo"]
    near = encoder.likeness(pictures, encoder.embed_texts(texts, batch=1))
    sure = encoder.calibration.confidence(near, ONE)
    own = np.eye(4, dtype=bool)
    assert (sure.argmax(axis=0) == np.arange(4)).all()
    assert sure[own].mean() > 5 * sure[~own].mean()


def test_a_model_that_knows_only_colours_is_not_calibrated(tmp_path: Path) -> None:
    assert finished(make_tiny_model(tmp_path / "tiny")).calibration == {}


def finished(folder: Path) -> ModelFolder:
    described = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    finish(folder, described, lambda encoder: {})
    return ModelFolder.open(folder)
