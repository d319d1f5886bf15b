"""A checkpoint is read completely, or refused with the reason."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="preparing a checkpoint takes cercafoto[torch]")
import torch

from cercafoto.errors import ModelError
from cercafoto.models.prepare.transformers_checkpoint import Checkpoint
from tests.support.hub_checkpoints import MAKERS, NEW_PREPROCESSOR, make_dual, make_siglip
from tests.support.prepared_models import loaded, refused


@pytest.mark.parametrize(("kind", "weights"), [("dual", "safetensors"), ("clip", "bin")])
def test_either_kind_of_weights_gives_the_same_model(
    kind: str, weights: str, tmp_path: Path, checkpoints: dict[str, Path]
) -> None:
    other = MAKERS[kind](tmp_path / kind, weights)
    assert weights in Checkpoint.open(other).weights.name
    expected = loaded(checkpoints[kind])[1].state_dict()
    found = loaded(other)[1].state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("---\nlicense: gpl-3.0\n---\n", "gpl-3.0"),
        ("---\nlanguage: it\nlicense:\n- mit\n---\n", "mit"),
        ("---\nlicense: other\nlicense_name: apple-amlr\n---\n", "apple-amlr"),
        ("---\nlicense: unknown\n---\n", "sconosciuta"),
        ("# senza intestazione\nlicense: mit\n", "sconosciuta"),
        ("# non in cima\n\n---\nlicense: mit\n---\n", "sconosciuta"),
    ],
)
def test_licence_of_the_model_card(text: str, licence: str, tmp_path: Path) -> None:
    make_siglip(tmp_path / "x")
    (tmp_path / "x" / "README.md").write_text(text, encoding="utf-8")
    assert Checkpoint.open(tmp_path / "x").licence == licence


def test_old_and_new_processor_files_mean_the_same(tmp_path: Path) -> None:
    folder = make_dual(tmp_path / "dual")
    file = folder / "preprocessor_config.json"
    old = Checkpoint.open(folder).image
    file.write_text(json.dumps(NEW_PREPROCESSOR), encoding="utf-8")
    assert Checkpoint.open(folder).image == old
    # transformers 5 puts it inside the processor's file.
    file.unlink()
    (folder / "processor_config.json").write_text(
        json.dumps({"image_processor": NEW_PREPROCESSOR}), encoding="utf-8"
    )
    assert Checkpoint.open(folder).image == old


@pytest.mark.parametrize(
    "change",
    [
        {"do_normalize": False},
        {"rescale_factor": 1.0},
        {"do_center_crop": False},
        {"crop_size": {"height": 224, "width": 112}},
        {"crop_size": 448},
        {"resample": 9},
    ],
)
def test_pixels_that_we_cannot_make_are_refused(change: dict[str, Any], tmp_path: Path) -> None:
    folder = make_dual(tmp_path / "dual")
    file = folder / "preprocessor_config.json"
    file.write_text(json.dumps(NEW_PREPROCESSOR | change), encoding="utf-8")
    with pytest.raises(ModelError, match=r"preprocessor_config\.json"):
        Checkpoint.open(folder)


def test_missing_and_foreign_files(tmp_path: Path) -> None:
    assert str(tmp_path / "no") in refused(tmp_path / "no", tmp_path).message
    folder = make_siglip(tmp_path / "siglip")
    (folder / "model.safetensors").rename(folder / "tf_model.h5")
    assert "mancano i pesi" in refused(folder, tmp_path).message
    (folder / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    assert "(bert)" in refused(folder, tmp_path).message
    (folder / "config.json").write_text("{", encoding="utf-8")
    assert "config.json" in refused(folder, tmp_path).message
    (folder / "config.json").unlink()
    assert "manca config.json" in refused(folder, tmp_path).message


@pytest.mark.parametrize("kind", ["dual", "siglip"])
def test_weights_cut_short(kind: str, tmp_path: Path) -> None:
    folder = MAKERS[kind](tmp_path / kind)
    weights = Checkpoint.open(folder).weights
    weights.write_bytes(weights.read_bytes()[:-2000])
    assert str(weights) in refused(folder, tmp_path).message


def test_weights_that_lack_a_part_are_not_made_up(tmp_path: Path) -> None:
    folder = make_dual(tmp_path / "dual")
    weights = folder / "pytorch_model.bin"
    state = torch.load(weights, weights_only=True)
    del state["text_projection.weight"]
    torch.save(state, weights)
    assert "text_projection.weight" in refused(folder, tmp_path).message


def test_a_pickle_with_code_in_it_is_not_run(tmp_path: Path) -> None:
    folder = make_dual(tmp_path / "dual")
    proof = tmp_path / "eseguito"

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.mkdir, (str(proof),))

    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"logit_scale": Evil()}))
    refused(folder, tmp_path)
    assert not proof.exists()
