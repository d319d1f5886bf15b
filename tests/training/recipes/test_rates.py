"""Which weights learn, and how fast."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
from cercafoto.training.recipes.rates import groups  # noqa: E402
from cercafoto.training.recipes.recipe import PRESETS  # noqa: E402
from cercafoto.training.recipes.recipe_model import TwoTowers  # noqa: E402
from cercafoto.training.recipes.recipe_towers import open_student, open_teacher  # noqa: E402
from tests.support.hub_checkpoints import MAKERS  # noqa: E402
from tests.support.text_checkpoints import STUDENTS  # noqa: E402


@pytest.fixture(params=[("clip", "bert"), ("siglip", "modernbert"), ("siglip2", "xlm-roberta")])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> TwoTowers:
    architecture, student = request.param
    teacher = open_teacher(MAKERS[architecture](tmp_path / "teacher"))
    return TwoTowers(teacher, open_student(STUDENTS[student](tmp_path / "student"), 24))


def rates(model: TwoTowers, **changed: Any) -> dict[str, float]:
    recipe = replace(PRESETS["unfreeze"], learning_rate=1.0, layer_decay=0.5, **changed)
    peaks = {
        id(weight): group["peak"] for group in groups(model, recipe) for weight in group["params"]
    }
    names = {name: peaks.get(id(weight)) for name, weight in model.named_parameters()}
    for name, weight in model.named_parameters():
        assert weight.requires_grad is (names[name] is not None), name
    return {name: rate for name, rate in names.items() if rate is not None}


def of(found: dict[str, float], *parts: str) -> set[float]:
    return {rate for name, rate in found.items() if all(part in name for part in parts)}


def test_a_whole_tower_learns_slower_the_deeper(model: TwoTowers) -> None:
    found = rates(model, image_blocks=0, text_blocks=-1)
    assert not of(found, "image.")
    assert of(found, "text.", "embeddings.") == {0.25}
    assert of(found, "text.", ".0.") == {0.5}
    assert of(found, "text.", ".1.") == {1.0}
    assert found["text_projection.weight"] == found["log_scale"] == found["bias"] == 1.0


def test_the_last_blocks_of_both_and_what_follows_them(model: TwoTowers) -> None:
    found = rates(model, image_blocks=1, text_blocks=1)
    assert set(found.values()) == {1.0}
    assert of(found, "text.", ".1.") and not of(found, "text.", ".0.")
    assert of(found, "image.", "layers.0.") and not of(found, "embeddings.")
    assert of(found, "image.", "post_layernorm")


def test_matrices_alone_decay(model: TwoTowers) -> None:
    recipe = replace(PRESETS["lit"], weight_decay=0.1)
    for group in groups(model, recipe):
        for weight in group["params"]:
            assert group["weight_decay"] == (0.1 if weight.ndim > 1 else 0.0)


def test_scale_and_bias_do_not_learn_where_no_loss_has_them(model: TwoTowers) -> None:
    groups(model, PRESETS["distil"])
    assert not model.log_scale.requires_grad and not model.bias.requires_grad
