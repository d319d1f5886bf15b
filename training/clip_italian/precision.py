"""Choose the numbers that a run multiplies in, and scale the loss for float16.

bfloat16 has float32's range. float16, for GPUs older than 2020, has not: a gradient below 6e-8
would become 0. So the loss is multiplied by a large factor before the backward pass, the gradients
are divided by it afterwards, and a step whose gradients overflowed is left out (Micikevicius et
al., arXiv:1710.03740).
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def chosen(precision: str, device: torch.device) -> str:
    """Return the precision; for "auto" the best that this device has, as `config` says."""
    if precision != "auto":
        return precision
    if device.type != "cuda":
        return "float32"
    has_bfloat16 = torch.cuda.is_bf16_supported(including_emulation=False)
    return "bfloat16" if has_bfloat16 else "float16"


class Precision:
    """The precision of a run on a device.

    name: as `chosen` returns it.
    scaler: scales the loss in float16, where updates then wait for the device; else does nothing.
    """

    def __init__(self, precision: str, device: torch.device) -> None:
        self.name = chosen(precision, device)
        self.device = device
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.name == "float16")
        if device.type == "cuda":
            # TensorFloat-32: 10 bits of the fraction instead of 23, in matrices and convolutions.
            torch.backends.cuda.matmul.allow_tf32 = self.name == "tf32"
            torch.backends.cudnn.allow_tf32 = self.name == "tf32"

    def cast(self) -> AbstractContextManager[Any]:
        """Return the context in which embeddings are computed; the loss is computed outside it."""
        if self.name in TYPES:
            return torch.autocast(self.device.type, TYPES[self.name])
        return nullcontext()
