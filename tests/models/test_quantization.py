"""Towers are quantized if searches still find the same photos."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="preparing models needs the torch extra")
pytest.importorskip("onnx", reason="preparing models needs the torch extra")

from cercafoto.errors import UsageError
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.prepare import onnx_export
from cercafoto.models.prepare import quantization as precision
from cercafoto.models.prepare.convert import background_captions, prepare
from cercafoto.models.prepare.quantization import (
    AUTO,
    CAPTIONS,
    EIGHT,
    FULL,
    PHOTOS,
    Agreement,
    check_choice,
    compare,
)
from tests.support.hub_checkpoints import make_dual


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dual(tmp_path_factory.mktemp("punto") / "dual")


@pytest.fixture(scope="module", autouse=True)
def exported_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Export the checkpoint's graphs once, which takes 3 s each, and copy them later."""
    kept, export = tmp_path_factory.mktemp("grafi"), onnx_export._export

    def copied(tower: Any, inputs: Any, outputs: Any, shapes: Any, path: Path, work: Path) -> None:
        if not (kept / path.name).exists():
            export(tower, inputs, outputs, shapes, kept / path.name, work)
        for file in kept.glob(f"{path.name}*"):
            shutil.copy(file, path.parent)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnx_export, "_export", copied)
        yield


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("foto")
    rng = np.random.default_rng(0)
    paths = []
    for number in range(24):
        small = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        path = folder / f"{number}.png"
        Image.fromarray(small).resize((256, 192), Image.Resampling.BICUBIC).save(path)
        paths.append(path)
    return paths


def make(checkpoint: Path, folder: Path, wanted: str, photos: list[Path]) -> ModelFolder:
    return prepare(checkpoint, folder, folder.name, {}, "MIT", lambda line: None, wanted, photos)


def test_recall_and_cosine_are_those_of_their_definition() -> None:
    rng = np.random.default_rng(1)
    full = rng.normal(size=(30, 8)).astype(np.float32)
    light = full + rng.normal(size=full.shape).astype(np.float32) * 0.3
    full, light = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (full, light))
    found = compare(full, light)
    shares = []
    for at in range(30):
        near = [
            sorted((j for j in range(30) if j != at), key=lambda j: -float(v[at] @ v[j]))[:10]
            for v in (full, light)
        ]
        shares.append(len(set(near[0]) & set(near[1])) / 10)
    assert found.recall == pytest.approx(np.mean(shares))
    mean = full.mean(axis=0)
    cosines = [
        float((a - mean) @ (b - mean) / np.linalg.norm(a - mean) / np.linalg.norm(b - mean))
        for a, b in zip(full, light, strict=True)
    ]
    assert found.cosine == pytest.approx(min(cosines), abs=1e-5)
    same = compare(full, full)
    assert (same.recall, same.number) == (1.0, 30)
    assert compare(full[:5], full[:5]) == Agreement(5, 0.0, 0.0)  # too few to have ten others


def test_asked_for_it_is_in_eight_bits(
    checkpoint: Path, photos: list[Path], tmp_path: Path
) -> None:
    whole = make(checkpoint, tmp_path / "intero", FULL, photos)
    assert "int8" not in whole.quality
    light = make(checkpoint, tmp_path / "leggero", EIGHT, photos)
    light.verify()
    assert set(light.quality["int8"]) == {"image", "text"}
    for said in light.quality["int8"].values():
        assert said["kept"] is True
    assert light.quality["int8"]["image"]["photos"] == len(photos)
    assert light.quality["int8"]["text"]["captions"] == len(background_captions())
    assert light.fingerprint != whole.fingerprint
    import onnx

    in_eight = {"MatMulInteger", "DynamicQuantizeMatMul", "QAttention", "DynamicQuantizeLinear"}
    for tower in ("image", "text"):
        kinds = {node.op_type for node in onnx.load(light.path / f"{tower}.onnx").graph.node}
        assert kinds & in_eight
        assert sorted(p.name for p in light.path.iterdir() if p.name.startswith(tower)) == [
            f"{tower}.onnx",
            f"{tower}.onnx.data",
        ]
    assert not [path for path in light.path.iterdir() if path.is_dir()]
    if os.name == "posix":  # others on the machine may use it too
        assert {path.stat().st_mode & 0o044 for path in light.path.iterdir()} == {0o044}
    # Nearly the same vectors, but not identical.
    pictures = [Image.open(photo).convert("RGB") for photo in photos[:4]]
    one, other = (Encoder(folder).embed_images(pictures) for folder in (whole, light))
    cosines = (one * other).sum(axis=1)
    assert cosines.min() > 0.9
    assert not np.allclose(one, other, atol=1e-6)
    words = ["un gatto", "una montagna innevata"]
    one, other = (Encoder(folder).embed_texts(words) for folder in (whole, light))
    assert (one * other).sum(axis=1).min() > 0.9
    assert not np.allclose(one, other, atol=1e-6)
    # Confidence is calibrated on the tower that serves.
    captions = background_captions()
    assert np.allclose(Encoder(light).background, Encoder(light).embed_texts(captions), atol=1e-5)


def test_captions_are_compared_by_the_photos_that_they_find() -> None:
    rng = np.random.default_rng(2)

    def unit(rows: int) -> np.ndarray:
        found = rng.normal(size=(rows, 8)).astype(np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    full, photos = unit(6), unit(40)
    light = full + 0.2 * unit(6)
    found = compare(full, light, photos, of=CAPTIONS)
    shares = [
        len({*np.argsort(-(photos @ a))[:10]} & {*np.argsort(-(photos @ b))[:10]}) / 10
        for a, b in zip(full, light, strict=True)
    ]
    assert 0 < found.recall < 1
    assert found.recall == pytest.approx(np.mean(shares))
    assert (found.number, found.among) == (40, PHOTOS)
    alone = compare(photos, photos, of=CAPTIONS)
    assert (alone.number, alone.among, alone.recall) == (40, CAPTIONS, 1.0)


@pytest.mark.parametrize("recall", [0.97, 0.99])
def test_left_to_itself_it_measures(
    recall: float,
    checkpoint: Path,
    photos: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        precision, "compare", lambda *_, of=PHOTOS: Agreement(300, recall, 0.9, among=of)
    )
    few = make(checkpoint, tmp_path / "pochi", AUTO, photos)
    assert set(few.quality["int8"]) == {"text"}, "too few photos to tell"
    whole = make(checkpoint, tmp_path / "intero", FULL, photos)
    words = background_captions()[:8]
    one, other = (Encoder(folder).embed_texts(words) for folder in (whole, few))
    assert (one * other).sum(axis=1).min() > 0.999
    assert np.array_equal(one, other) is (recall < precision.KEEP_FROM)
    assert whole.files["image.onnx.data"] == few.files["image.onnx.data"]
    monkeypatch.setattr(precision, "MIN_PHOTOS", 20)
    told: list[str] = []
    folder = prepare(checkpoint, tmp_path / "m", "m", {}, "MIT", told.append, AUTO, photos)
    folder.verify()
    kept = recall >= precision.KEEP_FROM
    assert [one["kept"] for one in folder.quality["int8"].values()] == [kept, kept]
    assert (folder.fingerprint != few.fingerprint) is kept
    assert any(("8 bit, più rapidi" if kept else "tengo i pesi interi") in line for line in told)
    assert any(("8 bit, con cui una" if kept else "tengo i pesi interi") in line for line in told)
    assert not [path for path in folder.path.iterdir() if path.is_dir()]


def test_photos_that_cannot_be_read_do_not_count(
    checkpoint: Path, photos: list[Path], tmp_path: Path
) -> None:
    broken = tmp_path / "rotta.jpg"
    broken.write_bytes(b"no picture")
    folder = make(checkpoint, tmp_path / "m", EIGHT, [broken, *photos[:12], tmp_path / "manca.jpg"])
    assert folder.quality["int8"]["image"]["photos"] == 12


def test_another_precision_is_refused() -> None:
    with pytest.raises(UsageError, match="--precisione"):
        check_choice("int4")
    assert check_choice(AUTO) == AUTO


def test_nothing_is_measured_on_too_few_photos() -> None:
    from cercafoto.models.prepare.convert import _agreement_line

    few = _agreement_line("image", Agreement(4, 0.0, 0.0, kept=True), EIGHT)
    assert "%" not in few and "con 4 foto non si può misurare" in few
    many = _agreement_line("text", Agreement(300, 0.991, 0.97, kept=True), AUTO)
    assert "su 300 foto, il 99,1% delle dieci trovate resta lo stesso" in many
    assert "metà della memoria" in many and "più rapidi" not in many
    alone = _agreement_line("text", Agreement(310, 0.97, 0.9, among=CAPTIONS), AUTO)
    assert "tengo i pesi interi: a 8 bit, su 310 didascalie, il 97,0% delle dieci più" in alone
