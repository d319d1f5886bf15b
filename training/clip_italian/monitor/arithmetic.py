"""Count the operations of a training step, and look up the device's peak: their ratio is MFU."""

from __future__ import annotations

import torch
from torch.utils.flop_counter import FlopCounterMode

from cercafoto.training.clip_italian.batches import Inputs
from cercafoto.training.clip_italian.model import DualEncoder

# Dense bfloat16 peaks in TFLOP/s, from NVIDIA's data sheets (half of the figures "with sparsity").
BF16_PEAKS = {
    "H200": 989.0,
    "H100 PCIe": 756.0,
    "H100": 989.0,
    "A100": 312.0,
    "L40S": 362.0,
    "L4": 121.0,
    "RTX 4090": 165.2,
    "RTX 3090": 71.0,
}


def flops_per_pair(model: DualEncoder, inputs: Inputs) -> float:
    """Return the floating-point operations to train on one pair.

    Torch counts the towers' forward pass on `inputs`; the backward pass of a tower that learns
    takes twice as many. What GradCache computes again is not counted, as in Chowdhery et al.,
    arXiv:2204.02311, appendix B, which defines MFU.
    """
    total = 0.0
    pairs = len(inputs["pixel_values"])
    passes = (
        (model.image_tower, (inputs["pixel_values"],)),
        (model.text_tower, (inputs["input_ids"], inputs["attention_mask"])),
    )
    for tower, arguments in passes:
        # Counting must not move the generators, or a resumed run would differ.
        with torch.no_grad(), torch.random.fork_rng(), FlopCounterMode(display=False) as counter:
            tower(*arguments)
        learns = any(parameter.requires_grad for parameter in tower.parameters())
        total += counter.get_total_flops() * (3 if learns else 1) / pairs
    return total


def peak_flops(stated_tflops: float = 0.0) -> float | None:
    """Return the device's peak in FLOP/s: as stated, else by the GPU's name; None if unknown.

    It is the peak in bfloat16: of it a float32 run reaches a small share.
    """
    if stated_tflops:
        return stated_tflops * 1e12
    if not torch.cuda.is_available():
        return None
    name = torch.cuda.get_device_name()
    for device_name, tflops in BF16_PEAKS.items():
        if device_name in name:
            return tflops * 1e12
    return None
