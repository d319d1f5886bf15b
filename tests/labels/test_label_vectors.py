"""Test the vectors of labels, and that they are kept for the next run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cercafoto.labels import label_vectors
from cercafoto.labels.label_file import parse_labels
from cercafoto.labels.label_vectors import phrase_vectors, scorer
from cercafoto.labels.prompts import ENSEMBLE, sentences
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder


@pytest.fixture
def encoder(tiny: Path) -> Encoder:
    return Encoder(ModelFolder.open(tiny))


def test_a_second_run_embeds_nothing(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = phrase_vectors(encoder, ["rosso", "blu"], tmp_path / "e")
    monkeypatch.setattr(Encoder, "embed_texts", lambda *_: pytest.fail("embedded again"))
    assert np.array_equal(phrase_vectors(encoder, ["rosso", "blu"], tmp_path / "e"), first)


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"x" * 1000])
def test_a_damaged_cache_is_made_again(encoder: Encoder, tmp_path: Path, damage: bytes) -> None:
    first = phrase_vectors(encoder, ["rosso"], tmp_path)
    (kept,) = tmp_path.glob("*.npy")
    good = kept.read_bytes()
    kept.write_bytes(damage)
    assert np.array_equal(phrase_vectors(encoder, ["rosso"], tmp_path), first)
    assert kept.read_bytes() == good


def test_few_files_are_kept(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_vectors, "KEPT", 2)
    for word in ("rosso", "blu", "verde"):
        phrase_vectors(encoder, [word], tmp_path / "e")
    assert len(list((tmp_path / "e").iterdir())) == 2


def test_chunks_of_photos_score_as_all_at_once(encoder: Encoder, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    photos = rng.normal(size=(7, encoder.dimension)).astype(np.float32)
    photos /= np.linalg.norm(photos, axis=1, keepdims=True)
    labels = parse_labels("mare: blu, azzurro\ncosa > rosso\naltro\n", "e")
    scores, likely = scorer(encoder, labels, tmp_path)(photos)
    assert scores.shape == likely.shape == (7, 2)
    for column, words in enumerate((["mare", "blu", "azzurro"], ["rosso"])):
        slow = np.max([photos @ encoder.embed_texts([word])[0] for word in words], axis=0)
        assert np.allclose(scores[:, column], slow, atol=1e-5)
    score = scorer(encoder, labels, tmp_path)
    parts = [score(photos[at : at + 3]) for at in (0, 3, 6)]
    assert [len(part[0]) for part in parts] == [3, 3, 1]
    assert np.allclose(np.concatenate([part[0] for part in parts]), scores)
    assert np.allclose(np.concatenate([part[1] for part in parts]), likely)


def test_no_labels_to_search_give_no_scores(encoder: Encoder, tmp_path: Path) -> None:
    photos = np.eye(4, dtype=np.float32)[:2]
    scores, likely = scorer(encoder, [], tmp_path)(photos)
    assert scores.shape == likely.shape == (2, 0)


def test_minis_label_is_the_mean_of_its_sentences(mini: Encoder, tmp_path: Path) -> None:
    (vector,) = phrase_vectors(mini, ["gatto"], tmp_path)
    mean = np.mean([mini.embed_texts([s])[0] for s in sentences("gatto", ENSEMBLE)], axis=0)
    assert float(vector @ mean / np.linalg.norm(mean)) == pytest.approx(1, abs=1e-5)
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)


def test_mini_ranks_a_gatto_and_gatti_alike(mini: Encoder, tmp_path: Path) -> None:
    one, many, other = phrase_vectors(mini, ["gatto", "gatti", "motocicletta"], tmp_path)
    assert float(one @ many) > 0.8 > float(one @ other)


def test_a_long_wait_is_announced_once(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_vectors, "MANY", 1)
    told: list[str] = []
    for _ in range(2):
        phrase_vectors(encoder, ["rosso", "verde"], tmp_path / "c", say=told.append)
    assert told == ["Preparo le etichette (2): succede solo la prima volta."]
