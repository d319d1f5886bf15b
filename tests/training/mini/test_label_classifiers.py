"""Classifiers of labels, on made-up photos whose texts are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cercafoto.base.arrays import unit
from cercafoto.labels.label_file import default_labels
from tests.support.optional_packages import needs

pytestmark = needs("sklearn")


def _named(*texts: str) -> set[str]:
    from cercafoto.training.mini.label_classifiers import named_labels

    labels = default_labels()
    (row,) = named_labels(labels, [texts])
    return {label.name for label, shown in zip(labels, row, strict=True) if shown}


def test_texts_name_labels_and_their_genera() -> None:
    assert _named("due gattini su una sedia") == {"animale", "cucciolo", "oggetto", "sedia"}
    assert _named("un'auto d\u2019epoca") == {"veicolo", "automobile", "auto d'epoca"}
    assert _named("niente di tutto questo", "") == set()


def test_words_that_mean_something_else_in_sentences_count_in_search_words() -> None:
    assert "porta" in _named("una porta")
    assert "porta" not in _named("un uomo che porta una cassa di legno")
    assert _named("cane bianco e nero") == {"animale", "cane"}
    assert "rosa" not in _named("una giacca rosa")


def test_words_of_the_table_are_of_default_labels() -> None:
    from cercafoto.training.mini.label_classifiers import _TABLE

    names = {label.name for label in default_labels() if label.searched}
    assert set(_TABLE) - {"(never)", "(short)"} <= names
    assert all(word for words in _TABLE.values() for word in words)


def test_a_classifier_tells_photos_that_texts_name(tmp_path: Path) -> None:
    from cercafoto.training.mini.label_classifiers import ENOUGH, save

    rng = np.random.default_rng(0)
    window = rng.random(600) < 0.3
    axis = rng.normal(size=16)
    vectors = unit((rng.normal(size=(600, 16)) + 2 * window[:, None] * axis).astype(np.float32))
    said = window & (rng.random(600) < 0.5)  # texts do not name everything
    few = np.arange(600) < ENOUGH - 1
    texts = [
        ["finestra"] * bool(a) + ["gondola"] * bool(b) + ["una foto"]
        for a, b in zip(said, few, strict=True)
    ]
    save(tmp_path / "c.npz", vectors, texts)
    with np.load(tmp_path / "c.npz") as stored:
        assert stored["names"].tolist() == ["finestra"]
        values = vectors @ stored["weights"][0].astype(np.float32) + stored["intercepts"][0]
    unsaid = values[window & ~said]
    assert (unsaid[:, None] > values[~window]).mean() > 0.95
