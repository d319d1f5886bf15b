"""In which numbers a run multiplies, chosen by the device, and what float16 needs beside that.

bfloat16 has float32's range. float16, for GPUs of before 2020, has not: a gradient below 6e-8
would become 0, so the loss is multiplied by a large factor before the backward pass and the
gradients are divided by it after, and a step whose gradients overflowed is left out
(Micikevicius et al., arXiv:1710.03740).
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def chosen(precision: str, device: torch.device) -> str:
    """What "auto" is here: bfloat16 on a GPU that has it, else float16; float32 on a CPU."""
    if precision != "auto":
        return precision
    if device.type != "cuda":
        return "float32"
    has_bfloat16 = torch.cuda.is_bf16_supported(including_emulation=False)
    return "bfloat16" if has_bfloat16 else "float16"


class Precision:
    """The numbers of a run on a device.

    name: as of `chosen`.
    scaler: does nothing but where name is "float16"; there, each update waits for the device.
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
        """The context in which embeddings are computed; the loss is left out of it."""
        if self.name in TYPES:
            return torch.autocast(self.device.type, TYPES[self.name])
        return nullcontext()
