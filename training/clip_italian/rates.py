"""Which weights learn, and how fast: blocks of a tower count from its last one, which is 0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from torch import nn

from cercafoto.training.clip_italian.config import Run
from cercafoto.training.training_errors import InputError

if TYPE_CHECKING:
    from cercafoto.training.clip_italian.model import DualEncoder


def freeze(model: DualEncoder, run: Run) -> None:
    """Freeze the weights that the configuration does not let learn.

    Raises InputError for more blocks than a tower has.
    """
    towers = (model.image_tower, model.text_tower)
    for name, tower, count in zip(("image", "text"), towers, run.learning_blocks, strict=True):
        if count == 0:
            tower.requires_grad_(False)
        elif count > 0:
            if count > len(found := blocks(tower)):
                raise InputError(f"{name}_blocks={count}: the {name} tower has {len(found)}")
            for weight, depth in depths(tower):
                weight.requires_grad_(depth < count)
    if run.freeze == "none" and run.image_blocks == 0:
        model.image_projection.requires_grad_(False)


def factors(model: DualEncoder, layer_decay: float) -> dict[int, float]:
    """Return factors on the learning rate by the id of a weight; weights left out have 1."""
    found = {id(model.logit_scale): model.scale_rate, id(model.logit_bias): model.scale_rate}
    if layer_decay < 1:
        for tower in (model.image_tower, model.text_tower):
            found |= {id(weight): layer_decay**depth for weight, depth in depths(tower)}
    return found


def depths(tower: nn.Module) -> Iterator[tuple[nn.Parameter, int]]:
    """Yield the weights of a tower with the number of their block.

    Weights that follow the blocks count as the last one, weights below them as one block more.
    """
    found = blocks(tower)
    of_block = {
        id(weight): len(found) - 1 - place
        for place, block in enumerate(found)
        for weight in block.parameters()
    }
    below = True
    for weight in tower.parameters():
        below = below and id(weight) not in of_block
        yield weight, of_block.get(id(weight), len(found) if below else 0)


def blocks(tower: nn.Module) -> list[nn.Module]:
    """Return a tower's blocks in order: its longest list of modules, or timm's `blocks`."""
    lists = [
        module
        for name, module in tower.named_modules()
        if isinstance(module, nn.ModuleList) or name.endswith("model.blocks")
    ]
    return list(max(lists, key=len)) if lists else []  # type: ignore[arg-type,call-overload]
