"""The end of a run as a model folder, with the vectors that torch gives."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import file_digest
from cercafoto.models.prepare import convert
from cercafoto.models.prepare.onnx_export import export_image, export_text
from cercafoto.models.registry import check_name
from cercafoto.training.clip_italian import checkpoint
from cercafoto.training.clip_italian.backbones import TextTower
from cercafoto.training.clip_italian.export.write_folder import (
    TrainedTextTower,
    compare,
    image_part,
    text_part,
    write_tokenizer,
)
from cercafoto.training.recipes.loop import FINAL
from cercafoto.training.recipes.recipe import Recipe
from cercafoto.training.recipes.recipe_model import TwoTowers
from cercafoto.training.recipes.recipe_towers import Teacher


class Served(nn.Module):
    """The model as a folder serves it: projections in the basis, the first `numbers` of them."""

    def __init__(self, model: TwoTowers, numbers: int) -> None:
        super().__init__()
        self.image = copy.deepcopy(model.image)
        basis = nn.Linear(model.dimension, numbers, bias=False)
        basis.weight.data.copy_(model.basis[:numbers])
        self.image.projection = nn.Sequential(self.image.projection, basis)
        projection = nn.Linear(model.text.width, numbers, bias=False)
        projection.weight.data.copy_(model.text_projection.weight[:numbers])
        text = copy.deepcopy(model.text)
        # Attention written out, which every version of the exporter knows; the same numbers.
        text.model.set_attn_implementation("eager")  # type: ignore[operator]
        self.text_tower = TrainedTextTower(text, projection, masked=True)

    def embed_images(self, pixel_values: torch.Tensor) -> torch.Tensor:
        vectors: torch.Tensor = self.image(pixel_values)[0]
        return vectors

    def embed_texts(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        vectors: torch.Tensor = self.text_tower(ids, mask)
        return vectors


def export(
    model: TwoTowers,
    recipe: Recipe,
    teacher: Teacher,
    student: TextTower,
    run: Path,
    destination: Path,
    name: str,
    progress: Callable[[str], None],
) -> None:
    """Make the model folder `destination` of a run that has ended.

    Raises ModelError where the graphs do not give torch's vectors, DiskFullError or UsageError as
    a preparation does. An older folder at `destination` stays until the new one is complete.
    """
    check_name(name)
    served = Served(model, recipe.dimensions or model.dimension).cpu().eval()
    text = text_part(student.tokenizer, recipe.max_tokens)
    described: dict[str, Any] = {
        "name": name,
        "version": file_digest(checkpoint.path_of(run, FINAL))[:12],
        "licence": teacher.licence,
        "source": {
            "recipe": recipe.stage,
            "teacher": Path(recipe.teacher).name,
            "student": Path(recipe.student).name,
        },
        "image": image_part(teacher.preprocessing),
        "text": text,
    }
    size = sum(weight.numel() for weight in served.parameters()) * 4
    with convert.new_model_folder(destination, size) as folder:
        write_tokenizer(student.tokenizer, recipe.max_tokens, folder / "tokenizer.json")
        work = folder / "lavoro"
        work.mkdir()
        progress("exporting the image tower")
        side = teacher.preprocessing.size
        export_image(served.image, side, folder / "image.onnx", work)
        progress("exporting the text tower")
        export_text(served.text_tower, text, folder / "text.onnx", work)
        work.rmdir()

        def compared(encoder: Encoder) -> dict[str, float]:
            progress("comparing with torch, on real photos and sentences")
            return compare(served, served.image, student.tokenizer, encoder)

        convert.finish(folder, described, compared)
