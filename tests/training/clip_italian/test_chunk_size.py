"""How many pairs are embedded at once if the configuration leaves it open."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from cercafoto.training.clip_italian import (  # noqa: E402
    chunk_size,
    config_text,
    optim,
    presets,
)
from cercafoto.training.clip_italian import model as models  # noqa: E402
from cercafoto.training.clip_italian.step import Step  # noqa: E402


@pytest.mark.parametrize(
    "room, batch, block, chunk",
    [
        (1e12, 1024, 128, 1024),  # all of them
        (700, 1024, 128, 640),  # whole blocks
        (100, 1024, 128, 100),  # not one block: each pair is embedded twice
        (700, 1024, 0, 700),  # no blocks
        (0.5, 1024, 128, 1),
        (700, 512, 128, 512),
    ],
)
def test_whole_blocks_fill_the_memory(room: float, batch: int, block: int, chunk: int) -> None:
    assert chunk_size.fitting(room, 1.0, batch, block) == chunk


@pytest.mark.parametrize("asked, chosen", [(-1, 128), (4, 4), (0, 0)])
def test_a_processor_embeds_as_many_as_a_core_of_the_reference(asked: int, chosen: int) -> None:
    run = config_text.override(presets.preset("smoke"), [f"engine.chunk={asked}"])
    model = models.build(run, ("un muro rosso",))
    step = Step(run, model, optim.build(run.optimizer, model))
    chunk_size.fit(step)
    assert step.run.engine.chunk == chosen


@pytest.mark.skipif(not torch.cuda.is_available(), reason="measures the memory of a GPU")
def test_a_gpu_embeds_what_fits() -> None:
    run = config_text.override(presets.preset("smoke"), ["engine.chunk=-1", "engine.batch=64"])
    model = models.build(run, ("un muro rosso",)).cuda()
    step = Step(run, model, optim.build(run.optimizer, model))
    chunk_size.fit(step)
    assert step.run.engine.chunk == 64
