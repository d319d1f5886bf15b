"""The joined towers: initial projections, and the direction of clipping."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
transformers = pytest.importorskip("transformers", reason="training needs the torch extra")

from cercafoto.training.clip_italian import (  # noqa: E402
    config,
    config_text,
    optim,
    presets,
)
from cercafoto.training.clip_italian import model as models  # noqa: E402
from tests.support.hub_checkpoints import make_clip  # noqa: E402

CAPTIONS = ("un gatto rosso", "un cane nero")


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    """Make a small CLIP, whose own embeddings have 48 numbers."""
    return make_clip(tmp_path_factory.mktemp("clip") / "checkpoint")


def build(image: str | Path, projection: int, size: int = 224) -> models.DualEncoder:
    towers = [f"towers.image={image}", f"towers.projection={projection}"]
    towers.append(f"towers.image_size={size}")
    return models.build(config_text.override(presets.preset("smoke"), towers), CAPTIONS)


def test_the_image_projection_begins_as_clip_s_own(clip):
    """As in the reference; a projection of another width is drawn with deviation 0.02."""
    own = transformers.CLIPModel.from_pretrained(clip).visual_projection.weight
    alike = build(clip, 48)
    assert torch.equal(alike.image_projection.weight, own)
    drawn = [alike.text_projection, build(clip, 64).image_projection]
    drawn += [build("random:vit-tiny", 48, 64).image_projection]
    for projection in drawn:
        assert float(projection.weight.detach().std()) == pytest.approx(0.02, rel=0.1)


def test_a_vision_tower_alone_has_no_projection_to_begin_from(clip, tmp_path):
    """Its checkpoint lacks a projection, and transformers would invent one."""
    transformers.CLIPVisionModel.from_pretrained(clip).save_pretrained(tmp_path)
    projection = build(tmp_path, 48).image_projection.weight.detach()
    assert float(projection.std()) == pytest.approx(0.02, rel=0.1)


@pytest.mark.parametrize("kept", [torch.bfloat16, torch.float16])
def test_a_checkpoint_in_half_precision_trains_in_float32(clip, tmp_path, kept):
    """Its weights are few bits long; a step of 1e-5 would not move them."""
    shutil.copytree(clip, tmp_path, dirs_exist_ok=True)
    transformers.CLIPModel.from_pretrained(clip).to(kept).save_pretrained(tmp_path)
    model = build(tmp_path, 48)
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    assert model.image_tower.projection.dtype == torch.float32


def test_tables_of_embeddings_alone_are_clipped_by_columns(clip):
    model = build(clip, 48)
    groups = {g["table"]: g["params"] for g in optim.build(config.Optimizer(), model).param_groups}
    names = {id(weight): name for name, weight in model.named_parameters()}
    tables = {names[id(weight)].rpartition(".embeddings.")[2] for weight in groups[True]}
    assert tables == {
        "position_embedding.weight",
        "word_embeddings.weight",
        "position_embeddings.weight",
        "token_type_embeddings.weight",
    }
    assert len(groups[True]) + len(groups[False]) == len(names)


def test_frozen_weights_are_none_of_the_optimizer_s():
    run = config_text.override(presets.preset("smoke"), ["freeze=backbones"])
    model = models.build(run, CAPTIONS)
    (group,) = optim.build(run.optimizer, model).param_groups
    assert [id(w) for w in group["params"]] == [
        id(model.image_projection.weight),
        id(model.text_projection.weight),
    ]
