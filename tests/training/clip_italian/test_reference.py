"""Optimizer, clipping, schedule, loss and augmentation against the reference's own libraries.

`reference/optax.npz` has numbers of optax 0.0.9 (on jax 0.4.13), `reference/torchvision.npz` of the
transforms of torchvision 0.10.0 (on torch 2.13.0): the releases of July 2021 that the published run
was made with. `reference/with_optax.py` and `with_torchvision.py` of commit b01841ae wrote them,
and say with which commands.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from cercafoto.photos.preprocessing import Preprocessing  # noqa: E402
from cercafoto.training.clip_italian import (  # noqa: E402
    ablate,
    config,
    gradcache,
    optim,
    presets,
)
from cercafoto.training.clip_italian.augment import published  # noqa: E402
from cercafoto.training.clip_italian.belief import Belief  # noqa: E402
from cercafoto.training.clip_italian.loss import contrastive  # noqa: E402
from cercafoto.training.clip_italian.sharp_resize import sharp_resized  # noqa: E402
from tests.training.clip_italian.reference import inputs  # noqa: E402

HERE = Path(__file__).parent / "reference"
STEPS_PER_EPOCH = 1_298  # 1.33 million pairs, 1,024 at a time


@pytest.fixture(scope="module")
def optax() -> dict[str, np.ndarray]:
    return dict(np.load(HERE / "optax.npz"))


def test_belief_is_optax_s_over_3000_steps_at_gradients_from_1e_8_to_1e_3(optax):
    """Each update and the sum of all updates so far; a constant gradient's variance vanishes."""
    options = config.Optimizer()
    weights = torch.nn.Parameter(torch.zeros(inputs.gradient(0).shape))
    optimizer = Belief([weights], 1.0, options.betas, options.epsilon)
    total, updates, totals = 0.0, [], []
    for step in range(inputs.STEPS):
        weights.grad = torch.from_numpy(inputs.gradient(step))
        weights.data.zero_()
        optimizer.step()
        update = -weights.detach().numpy().astype(np.float64)
        total = total + update
        if step + 1 in inputs.SEEN:
            updates.append(update)
            totals.append(total)
    np.testing.assert_allclose(updates, optax["belief_updates"], rtol=3e-5)
    np.testing.assert_allclose(totals, optax["belief_totals"], rtol=3e-5, atol=1e-4)


@pytest.mark.parametrize(
    "name, run",
    [
        ("stage1", presets.preset("clip-italian-stage1")),
        ("stage2", presets.preset("clip-italian-stage2")),
        ("linear", ablate.variants(presets.preset("clip-italian-stage2"), 1)[0].runs[0]),
    ],
)
def test_the_learning_rate_is_the_published_one(optax, name, run):
    """The script's joined schedules, at the beginning, around the peak, and at the end."""
    epochs = 100 if name == "linear" else run.schedule.epochs  # run_training.sh@286b21d:19
    for step, rate in optax[f"rates_{name}"]:
        peak = run.optimizer.learning_rate
        ours = optim.learning_rate(int(step), epochs * STEPS_PER_EPOCH, run.schedule, peak)
        # optax takes one minus a share, in float32: to 1e-7 of the peak.
        assert ours == pytest.approx(rate, rel=1e-6, abs=1e-7 * peak)


class Weights(torch.nn.Module):
    """The weights of `inputs.parameters`, in torch's layout."""

    def __init__(self) -> None:
        super().__init__()
        self.kernel = torch.nn.Linear(5, 4, bias=False)
        self.embedding = torch.nn.Embedding(7, 3)
        self.conv = torch.nn.Conv2d(3, 4, 2, bias=False)
        self.bias = torch.nn.Parameter(torch.zeros(4))
        for name, value in inputs.parameters().items():
            self.of(name).data.copy_(self.torch(name, value))

    def of(self, name: str) -> torch.nn.Parameter:
        found = getattr(self, name)
        return found if isinstance(found, torch.nn.Parameter) else found.weight

    @staticmethod
    def torch(name: str, value: np.ndarray) -> torch.Tensor:
        """Convert weights from flax's layout: [in, out] and [height, width, in, out]."""
        axes = {"kernel": (1, 0), "conv": (3, 2, 0, 1)}.get(name)
        return torch.from_numpy(np.ascontiguousarray(value.transpose(axes) if axes else value))


@pytest.mark.parametrize("name", ["published", "adamw"])
def test_whole_steps_of_the_optimizer_are_optax_s(optax, name):
    """Clipping by units, AdaBelief and the schedule; also AdamW, the ladder's first rung."""
    run = presets.preset("clip-italian-stage2")
    if name == "adamw":
        run = ablate.variants(run, 1)[0].runs[0]
    model = Weights()
    optimizer = optim.build(run.optimizer, model)
    warmup = config.Schedule(warmup=0.2, decay=run.schedule.decay)
    clipped = False
    for step in range(inputs.CHAIN_STEPS):
        for key, gradient in inputs.gradients(step).items():
            model.of(key).grad = model.torch(key, gradient).clone()
        rate = optim.learning_rate(step, inputs.CHAIN_STEPS, warmup, 5e-3)
        optim.clip(optimizer, run.optimizer)
        optim.set_rate(optimizer, rate)
        optimizer.step()
        for key, gradient in inputs.gradients(step).items():
            clipped |= not torch.equal(model.of(key).grad, model.torch(key, gradient))
            expected = model.torch(key, optax[f"{name}_{key}"][step])
            torch.testing.assert_close(model.of(key).detach(), expected, rtol=2e-5, atol=2e-7)
    assert clipped is (name == "published")


@pytest.mark.parametrize("chunk", [0, 96, 128])
def test_the_loss_in_blocks_is_the_mean_of_the_cores(optax, chunk):
    """Each core has the loss of its own 128 pairs, and gradients are averaged; here on one device,
    in chunks that are whole blocks or not."""
    photos, captions = (torch.from_numpy(rows).requires_grad_() for rows in inputs.rows())
    calls = []

    def embed(part):
        calls.append(len(part))
        return tuple(torch.nn.functional.normalize(part[name], dim=-1) for name in part)

    negatives = presets.preset("clip-italian-stage2").loss.negatives
    loss = gradcache.backward(
        {"photos": photos, "captions": captions},
        embed,
        lambda x, y: contrastive(x, y, 20.0, negatives).mean(),
        chunk,
        negatives,
    )
    assert float(loss) == pytest.approx(optax["losses"].mean(), rel=1e-6)
    for ours, name in ((photos, "photos"), (captions, "captions")):
        torch.testing.assert_close(
            ours.grad, torch.from_numpy(optax[f"loss_by_{name}"]), rtol=1e-4, atol=1e-6
        )
    assert len(calls) == {0: 1, 96: 6, 128: 2}[chunk]
    assert len(optax["losses"]) == inputs.BLOCKS and negatives == inputs.BLOCK
    for at, expected in enumerate(optax["losses"]):  # a block that is all there is
        block = slice(at * negatives, (at + 1) * negatives)
        alone = contrastive(*embed({"p": photos[block], "c": captions[block]}), 20.0).mean()
        assert float(alone.detach()) == pytest.approx(expected, rel=1e-5)
    whole = contrastive(embed({"p": photos})[0], embed({"c": captions})[0], 20.0).mean()
    assert float(whole.detach()) > loss + 0.5, "among all, and not among its block"


def test_each_step_of_the_augmentation_is_torchvision_0_10_s():
    """The same draws give pictures equal to one level of 256 (rounding of colours). Where a crop is
    cut is not compared: today's torchvision draws its place in another order."""
    reference = np.load(HERE / "torchvision.npz")
    preprocessing = Preprocessing(
        inputs.SIDE, "shortest", inputs.SIDE, "bicubic", (0,) * 3, (1,) * 3
    )
    crop, *others = published(preprocessing, antialias=False).transforms
    ours = [lambda picture: sharp_resized(picture, inputs.SIDE), crop, *others]
    for at, name in enumerate(reference.files):
        changed = 0
        for seed in inputs.SEEDS:
            before = reference[reference.files[at - 1]][seed] if at else inputs.picture()
            torch.manual_seed(inputs.seed_of(seed, at))
            after = ours[at](torch.from_numpy(before)).numpy().astype(int)
            expected = reference[name][seed].astype(int)
            assert after.shape == expected.shape
            if name == "crop":
                windows = np.lib.stride_tricks.sliding_window_view(before, after.shape)
                assert (windows == after).all(axis=(-3, -2, -1)).any()
            else:
                assert np.abs(after - expected).max() <= 1, (name, seed)
            changed += before.shape != after.shape or (before != after).any()
        assert changed, name


def test_smoothing_averages_a_fine_pattern_away():
    """`data.antialias` averages the picture's fine pattern away; without it the pattern stays."""
    preprocessing = Preprocessing(
        inputs.SIDE, "shortest", inputs.SIDE, "bicubic", (0,) * 3, (1,) * 3
    )
    picture = torch.from_numpy(inputs.picture())
    torch.manual_seed(0)
    sharp, smooth = (published(preprocessing, on).transforms[0](picture) for on in (False, True))
    fine = [(p[:, 1:].float() - p[:, :-1].float()).abs().mean() for p in (sharp, smooth)]
    assert sharp.dtype == smooth.dtype == torch.uint8 and sharp.shape == smooth.shape
    assert fine[0] > 1.2 * fine[1]
