"""Which weights learn, and how fast."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
from cercafoto.training.clip_italian import (  # noqa: E402
    config_text,
    optim,
    presets,
)
from cercafoto.training.clip_italian import model as models  # noqa: E402
from cercafoto.training.clip_italian.config import Run  # noqa: E402
from cercafoto.training.clip_italian.model import DualEncoder  # noqa: E402
from cercafoto.training.training_errors import InputError  # noqa: E402
from tests.support.hub_checkpoints import MAKERS  # noqa: E402
from tests.support.text_checkpoints import STUDENTS  # noqa: E402

TOWERS = [("clip", "bert"), ("siglip", "modernbert"), ("siglip2", "xlm-roberta")]


@pytest.fixture(scope="module", params=TOWERS, ids="-".join)
def folders(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    teacher, student = request.param
    made = tmp_path_factory.mktemp("towers")
    MAKERS[teacher](made / "teacher")
    STUDENTS[student](made / "student")
    return [f"towers.teacher={made / 'teacher'}", f"towers.text={made / 'student'}"]


def made(preset: str, settings: list[str]) -> tuple[Run, DualEncoder]:
    run = config_text.override(presets.preset(preset), settings)
    return run, models.build(run)


def rates(folders: list[str], *settings: str) -> dict[str, float]:
    """Return the rates of the weights that learn, by name, relative to the full rate."""
    halved = ["optimizer.layer_decay=0.5", "loss.rate=100"]
    run, model = made("unfreeze", [*folders, *halved, *settings])
    optimizer = optim.build(run.optimizer, model)
    optim.set_rate(optimizer, 1.0)
    found = {id(w): group["lr"] for group in optimizer.param_groups for w in group["params"]}
    names = dict(model.named_parameters())
    for name, weight in names.items():
        assert weight.requires_grad is (id(weight) in found), name
    return {name: found[id(weight)] for name, weight in names.items() if id(weight) in found}


def of(found: dict[str, float], *parts: str) -> set[float]:
    return {rate for name, rate in found.items() if all(part in name for part in parts)}


def test_a_whole_tower_learns_slower_the_deeper(folders: list[str]) -> None:
    found = rates(folders, "image_blocks=0", "text_blocks=-1")
    assert not of(found, "image_")
    assert of(found, "text_tower.", "embeddings.") == {0.25}
    assert of(found, "text_tower.", ".0.") == {0.5}
    assert of(found, "text_tower.", ".1.") == {1.0}
    assert found["text_projection.weight"] == 1.0
    assert found["logit_scale"] == found["logit_bias"] == 100.0


def test_the_last_blocks_of_both_and_what_follows_them(folders: list[str]) -> None:
    found = rates(folders, "image_blocks=1", "text_blocks=1", "loss.rate=1")
    assert set(found.values()) == {1.0}
    assert of(found, "text_tower.", ".1.") and not of(found, "text_tower.", ".0.")
    assert of(found, "image_tower.", "layers.0.") and not of(found, "embeddings.")
    assert of(found, "image_tower.", "post_layernorm")


def test_only_matrices_decay_and_a_tower_has_only_so_many_blocks(folders: list[str]) -> None:
    run, model = made("lit", [*folders, "optimizer.weight_decay=0.1"])
    for group in optim.build(run.optimizer, model).param_groups:
        for weight in group["params"]:
            assert group["weight_decay"] == (0.1 if weight.ndim > 1 else 0.0)
    with pytest.raises(InputError, match="text_blocks=3: the text tower has 2"):
        made("lit", [*folders, "text_blocks=3"])


def test_scale_and_bias_begin_at_the_teachers(folders: list[str]) -> None:
    """A sigmoid loss begins at SigLIP's values; after a teacher with another loss, at those of
    SigLIP's paper."""
    _, model = made("lit", folders)
    assert model.logit_bias is not None
    teacher = models.whole(Path(folders[0].partition("=")[2]))
    found = (float(model.logit_scale.detach()), float(model.logit_bias.detach()))
    siglip = "Siglip" in type(teacher.text_tower.model).__name__
    assert found == pytest.approx((4.0, -12.0) if siglip else (math.log(10), -10.0))
    _, softmax = made("lit", [*folders, "loss.name=softmax"])
    assert float(softmax.scale().detach()) == pytest.approx(float(teacher.scale()))
    assert softmax.logit_bias is None
    _, distil = made("distil", folders)
    assert not distil.logit_scale.requires_grad and distil.logit_bias is None
