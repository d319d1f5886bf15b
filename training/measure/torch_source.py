"""Measure models that run in torch: checkpoints of transformers, and parts of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.photos.preprocessing import Preprocessing

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

TEXTS_AT_ONCE = 64


class TorchSource:
    """A `Source` made of two functions of torch.

    images: [N, 3, H, W] -> [N, D].
    texts: input_ids, attention_mask int64 [N, T] -> [N, D].
    tokenizer: pads and truncates.
    """

    def __init__(
        self,
        preprocessing: Preprocessing,
        images: Callable[[Tensor], Tensor],
        texts: Callable[[Tensor, Tensor], Tensor],
        tokenizer: Tokenizer,
        device: str = "cpu",
    ) -> None:
        self.preprocessing = preprocessing
        self.tokenizer = tokenizer
        self.device = device
        self.images, self.texts = images, texts

    def embed_pixels(self, pixels: Floats) -> Floats:
        import torch

        with torch.inference_mode():
            return _unit(self.images(torch.from_numpy(pixels).to(self.device)))

    def embed_texts(self, texts: Sequence[str]) -> Floats:
        import torch

        parts = []
        with torch.inference_mode():
            for at in range(0, len(texts), TEXTS_AT_ONCE):
                encoded = self.tokenizer.encode_batch(list(texts[at : at + TEXTS_AT_ONCE]))
                ids = torch.tensor([e.ids for e in encoded], device=self.device)
                mask = torch.tensor([e.attention_mask for e in encoded], device=self.device)
                parts.append(_unit(self.texts(ids, mask)))
        return np.concatenate(parts)


def checkpoint_source(folder: Path) -> TorchSource:
    """Return a checkpoint of transformers as a source. Raises ModelError if it cannot be served."""
    from tokenizers import Tokenizer

    from cercafoto.models.prepare.convert import require_torch
    from cercafoto.models.prepare.tokenizer import reference_tokenizer, save_tokenizer
    from cercafoto.models.prepare.towers import load, towers
    from cercafoto.models.prepare.transformers_checkpoint import Checkpoint

    require_torch()
    checkpoint = Checkpoint.open(folder)
    with tempfile.TemporaryDirectory() as work:
        save_tokenizer(checkpoint, Path(work) / "tokenizer.json", reference_tokenizer(checkpoint))
        tokenizer = Tokenizer.from_file(str(Path(work) / "tokenizer.json"))
    image, text = towers(load(checkpoint), checkpoint)
    place = device()
    image.to(place)
    text.to(place)
    return TorchSource(
        Preprocessing.from_json(checkpoint.image),
        lambda pixels: image(pixels)[0],
        text,
        tokenizer,
        place,
    )


def device() -> str:
    """Return the device that torch computes on: the GPU if there is one."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _unit(vectors: Tensor) -> Floats:
    import torch

    unit: Floats = torch.nn.functional.normalize(vectors.float(), dim=-1).cpu().numpy()
    return unit
