"""Which weights learn, and how fast: the rate falls from a tower's last block to its first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

from cercafoto.training.recipes.recipe import DISTIL, Recipe
from cercafoto.training.recipes.recipe_model import TwoTowers
from cercafoto.training.training_errors import InputError


def groups(model: TwoTowers, recipe: Recipe) -> list[dict[str, Any]]:
    """Freeze what is not to learn; return the rest as groups for AdamW, each with its `peak`.

    Matrices decay, vectors and single numbers do not. Raises InputError for more blocks than a
    tower has.
    """
    model.requires_grad_(False)
    top = recipe.learning_rate
    learning = list(_layered("text", model.text, recipe.text_blocks, recipe))
    learning += [(weight, top) for weight in model.text_projection.parameters()]
    if recipe.image_blocks:
        learning += _layered("image", model.image, recipe.image_blocks, recipe)
    if recipe.stage != DISTIL:
        learning += [(model.log_scale, top), (model.bias, top)]
    by_kind: dict[tuple[float, float], list[nn.Parameter]] = {}
    for weight, rate in learning:
        weight.requires_grad_(True)
        decay = recipe.weight_decay if weight.ndim > 1 else 0.0
        by_kind.setdefault((rate, decay), []).append(weight)
    return [
        {"params": weights, "peak": rate, "lr": rate, "weight_decay": decay}
        for (rate, decay), weights in by_kind.items()
    ]


def _layered(
    what: str, tower: nn.Module, count: int, recipe: Recipe
) -> Iterator[tuple[nn.Parameter, float]]:
    """The weights of a tower's last `count` blocks and of what follows them, with their rates.

    count: -1 for the whole tower, embeddings too; 0 for none, nor of what follows.
    """
    if not count:
        return
    found = blocks(tower)
    if count > len(found):
        raise InputError(f"--{what}-blocks {count}: the {what} tower has {len(found)}")
    depth = {
        id(weight): len(found) - 1 - place
        for place, block in enumerate(found)
        for weight in block.parameters()
    }
    below = True
    for weight in tower.parameters():
        if id(weight) in depth:
            below = False
            if count < 0 or depth[id(weight)] < count:
                yield weight, recipe.learning_rate * recipe.layer_decay ** depth[id(weight)]
        elif not below:
            yield weight, recipe.learning_rate
        elif count < 0:
            yield weight, recipe.learning_rate * recipe.layer_decay ** len(found)


def blocks(tower: nn.Module) -> list[nn.Module]:
    """A tower's blocks in order: its longest list of modules, or what timm calls `blocks`."""
    lists = [
        module
        for name, module in tower.named_modules()
        if isinstance(module, nn.ModuleList) or name.endswith("model.blocks")
    ]
    return list(max(lists, key=len)) if lists else []  # type: ignore[arg-type,call-overload]
