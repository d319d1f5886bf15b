"""How many pairs a device can embed at once: as many as its memory holds.

A GPU that embeds 128 pairs at a time, as the reference's cores did, waits more than it computes.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from cercafoto.training.clip_italian import distributed
from cercafoto.training.clip_italian.batches import Inputs
from cercafoto.training.clip_italian.model import DualEncoder
from cercafoto.training.clip_italian.step import Step

AUTO = -1
ON_A_PROCESSOR = 128  # run_training.sh@9ca42b9:18 (see `config`)
SHARE = 0.8  # of the free memory: the allocator loses some between tensors of unequal sizes
COPIES = 5  # of each weight that learns: gradient, its bucket or flat copy, two moments, clipping


def fit(step: Step) -> None:
    """Set `engine.chunk` of a step whose run leaves it open, the same on all devices.

    On a GPU a few pairs with captions of the full length are embedded once to see what they take.
    """
    run = step.run
    if run.engine.chunk != AUTO:
        return
    chunk = ON_A_PROCESSOR
    if distributed.device().type == "cuda":
        room, pair = _measured(step)
        share = run.share(distributed.world())
        chunk = fitting(room, pair, share, run.loss.negatives)
    chunk = min(distributed.everywhere(chunk))
    step.run = replace(run, engine=replace(run.engine, chunk=chunk))


def told(step: Step) -> str:
    """Return a line about where, and in which numbers, a run is computed."""
    engine, share = step.run.engine, step.run.share(distributed.world())
    on_gpu = step.precision.device.type == "cuda"
    place = torch.cuda.get_device_name() if on_gpu else "processor"
    return (
        f"{distributed.world()} x {place}, {step.precision.name}: {engine.batch} pairs in an "
        f"update, {share} a device, {min(engine.chunk or share, share)} at once"
    )


def fitting(room: float, pair: float, batch: int, block: int) -> int:
    """Return how many pairs of `pair` bytes fit into `room` bytes: whole blocks if one fits."""
    pairs = min(batch, max(1, int(room / pair)))
    return pairs // block * block if block and pairs >= block else pairs


def synthetic(model: DualEncoder, pairs: int, tokens: int, seed: int) -> Inputs:
    """Return random pictures and captions of `tokens` tokens, on the device of the model."""
    generator = torch.Generator().manual_seed(seed)
    device, side = distributed.device(), model.image_tower.preprocessing.size
    size = model.text_tower.tokenizer.get_vocab_size()
    ids = torch.randint(0, size, (pairs, tokens), generator=generator)
    return {
        "pixel_values": torch.randn(pairs, 3, side, side, generator=generator).to(device),
        "input_ids": ids.to(device),
        "attention_mask": torch.ones_like(ids).to(device),
    }


def _measured(step: Step) -> tuple[float, float]:
    """Return the bytes that activations may take on this GPU, and those that one pair takes."""
    run, model = step.run, step.model
    pairs = run.loss.negatives or min(run.share(distributed.world()), ON_A_PROCESSOR)
    with torch.random.fork_rng():
        truncation = model.text_tower.tokenizer.truncation or {}
        tokens = truncation.get("max_length", run.towers.max_tokens)
        inputs = synthetic(model, pairs, tokens, run.seed)
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        photos, captions = step.embed(inputs)
        (photos.sum() + captions.sum()).backward()
    pair = (torch.cuda.max_memory_allocated() - before) / pairs
    model.zero_grad(set_to_none=True)
    del inputs, photos, captions
    torch.cuda.empty_cache()
    free, _ = torch.cuda.mem_get_info()
    learning = sum(weight.numel() * weight.element_size() for weight in model.learning())
    return free * SHARE - COPIES * learning, pair
