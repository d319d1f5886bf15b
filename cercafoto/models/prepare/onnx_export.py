"""Export the towers as ONNX graphs, optimised, with weights beside the graph to be memory-mapped.

Needs torch, onnx and onnxscript; imported only while a checkpoint is being prepared.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from cercafoto.models.prepare.fusing import optimise
from cercafoto.models.prepare.towers import ImageTower, TextTower

OPSET = 18  # the exporter's native one


def export_image(tower: ImageTower, side: int, path: Path, work: Path) -> None:
    """Write the image graph to `path`; its input is pixel_values [N, 3, side, side].

    work: an empty folder for intermediate files.
    """
    batch = torch.export.Dim("N", min=1, max=4096)
    _export(
        tower,
        {"pixel_values": torch.zeros(2, 3, side, side)},
        ["image_embeds", "patch_embeds"],
        {"pixel_values": {0: batch}},
        path,
        work,
    )


def export_text(tower: TextTower, text: dict[str, Any], path: Path, work: Path) -> None:
    """Write the text graph to `path`; a tower that ignores the mask gets no input for it.

    text: "text" of `model.json`. If it pads to a fixed length, the graph takes only this length.
    work: an empty folder for intermediate files.
    """
    batch = torch.export.Dim("N", min=1, max=4096)
    longest = int(text["max_tokens"])
    fixed = text["padding"] == "max_length"
    axes: dict[int, Any] = {0: batch}
    if not fixed:
        axes[1] = torch.export.Dim("T", min=2, max=longest)
    ids = torch.zeros(2, longest if fixed else min(9, longest), dtype=torch.int64)
    inputs, shapes = {"input_ids": ids}, {"input_ids": axes}
    if tower.masked:
        mask = torch.ones_like(ids)
        mask[1, -3:] = 0  # so that the exporter cannot take the mask for a constant
        inputs["attention_mask"], shapes["attention_mask"] = mask, axes
    _export(tower, inputs, ["text_embeds"], shapes, path, work)


def _export(
    tower: torch.nn.Module,
    inputs: dict[str, torch.Tensor],
    outputs: list[str],
    shapes: dict[str, Any],
    path: Path,
    work: Path,
) -> None:
    raw = work / path.name
    with torch.no_grad(), _silent():
        torch.onnx.export(
            tower,
            (),
            str(raw),
            kwargs=inputs,
            input_names=list(inputs),
            output_names=outputs,
            dynamic_shapes=shapes,
            opset_version=OPSET,
            dynamo=True,
            external_data=True,
            verbose=False,
        )
    optimise(raw, path)
    for leftover in work.iterdir():
        leftover.unlink()


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Silence the exporter's messages, which do not help a person who prepares a model."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
