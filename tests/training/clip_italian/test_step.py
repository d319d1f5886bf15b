"""One training step and its parts against independent computations: NumPy from the formulas, and
two real processes against one.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")

from cercafoto.training.clip_italian import config, gradcache, optim  # noqa: E402
from cercafoto.training.clip_italian.loss import contrastive  # noqa: E402
from tests.support.processes import together  # noqa: E402

PAIRS, IMAGE_WIDTH, TEXT_WIDTH, SPACE = 6, 10, 7, 4


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def log_softmax(x):
    x = x - x.max(axis=1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


def numpy_loss(x, y, scale):
    """Return (CE over captions + CE over photos) / 2; right answers are on the diagonal."""
    scores = scale * x @ y.T
    by_image = -np.diag(log_softmax(scores)).mean()
    by_text = -np.diag(log_softmax(scores.T)).mean()
    return (by_image + by_text) / 2


def numpy_gradients(a, b, w, v, scale):
    """Return the gradients by the two projections w [D, image width], v [D, text width]."""
    p, q = a @ w.T, b @ v.T
    x, y = unit(p), unit(q)
    scores = scale * x @ y.T
    n = len(a)
    wrong = (np.exp(log_softmax(scores)) - np.eye(n)) / (2 * n)
    wrong = wrong + ((np.exp(log_softmax(scores.T)) - np.eye(n)) / (2 * n)).T
    gx, gy = scale * wrong @ y, scale * wrong.T @ x

    def through_norm(gradient, direction, raw):
        along = (gradient * direction).sum(axis=1, keepdims=True) * direction
        return (gradient - along) / np.linalg.norm(raw, axis=1, keepdims=True)

    return through_norm(gx, x, p).T @ a, through_norm(gy, y, q).T @ b


def numpy_clip(gradient, weight, factor, floor):
    """Clip adaptively, a row (an output unit) at a time (arXiv:2102.06171)."""
    limit = factor * np.maximum(np.linalg.norm(weight, axis=1, keepdims=True), floor)
    norm = np.linalg.norm(gradient, axis=1, keepdims=True)
    return np.where(norm > limit, gradient * limit / norm, gradient)


class NumpyBelief:
    """s = b2 s + (1 - b2)(g - m)^2 by the old mean; m = b1 m + (1 - b1) g; as in optax 0.0.9."""

    def __init__(self, b1=0.9, b2=0.999, epsilon=1e-16):
        self.b1, self.b2, self.epsilon = b1, b2, epsilon
        self.m = self.s = 0.0
        self.t = 0

    def __call__(self, weight, gradient, rate):
        self.t += 1
        self.s = self.b2 * self.s + (1 - self.b2) * (gradient - self.m) ** 2
        self.m = self.b1 * self.m + (1 - self.b1) * gradient
        m = self.m / (1 - self.b1**self.t)
        s = self.s / (1 - self.b2**self.t)
        return weight - rate * m / np.sqrt(s + self.epsilon)


@pytest.fixture
def numbers():
    draw = np.random.default_rng(5)
    return {
        "a": draw.normal(size=(PAIRS, IMAGE_WIDTH)),
        "b": draw.normal(size=(PAIRS, TEXT_WIDTH)),
        "w": draw.normal(size=(SPACE, IMAGE_WIDTH)) * 0.3,
        "v": draw.normal(size=(SPACE, TEXT_WIDTH)) * 0.3,
    }


@pytest.mark.parametrize("scale", [1.0, 20.0, 100.0])
def test_loss_is_the_formula(numbers, scale):
    x = unit(numbers["a"] @ numbers["w"].T)
    y = unit(numbers["b"] @ numbers["v"].T)
    ours = contrastive(torch.tensor(x), torch.tensor(y), scale)
    assert float(ours) == pytest.approx(numpy_loss(x, y, scale), rel=1e-12)


def test_loss_of_vectors_that_are_all_alike_is_log_n():
    x = torch.ones(8, 4, dtype=torch.float64) / 2
    assert float(contrastive(x, x, 20.0)) == pytest.approx(math.log(8))


def test_three_whole_steps_against_numpy(numbers):
    """Projections, loss, gradient, clipping and AdaBelief give equal weights after three steps."""
    options = config.Optimizer(learning_rate=1e-2, agc=0.05)
    w = torch.nn.Parameter(torch.tensor(numbers["w"]))
    v = torch.nn.Parameter(torch.tensor(numbers["v"]))
    optimizer = optim.build(options, torch.nn.ParameterList([w, v]))
    inputs = {"a": torch.tensor(numbers["a"]), "b": torch.tensor(numbers["b"])}

    def embed(inputs):
        normalize = torch.nn.functional.normalize
        return normalize(inputs["a"] @ w.T, dim=-1), normalize(inputs["b"] @ v.T, dim=-1)

    theirs = {"w": numbers["w"], "v": numbers["v"]}
    believers = {"w": NumpyBelief(), "v": NumpyBelief()}
    for at in range(3):
        rate = optim.learning_rate(at + 1, 10, config.Schedule(warmup=0.2), options.learning_rate)
        loss = gradcache.backward(inputs, embed, lambda x, y: contrastive(x, y, 20.0))
        optim.clip(optimizer, options)
        optim.set_rate(optimizer, rate)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

        a, b = numbers["a"], numbers["b"]
        assert float(loss) == pytest.approx(
            numpy_loss(unit(a @ theirs["w"].T), unit(b @ theirs["v"].T), 20.0), rel=1e-9
        )
        gradients = dict(
            zip("wv", numpy_gradients(a, b, theirs["w"], theirs["v"], 20.0), strict=True)
        )
        for name in "wv":
            clipped = numpy_clip(gradients[name], theirs[name], 0.05, 1e-3)
            assert not np.allclose(clipped, gradients[name]), "the clipping is not exercised"
            theirs[name] = believers[name](theirs[name], clipped, rate)
        np.testing.assert_allclose(w.detach().numpy(), theirs["w"], rtol=1e-7, atol=1e-10)
        np.testing.assert_allclose(v.detach().numpy(), theirs["v"], rtol=1e-7, atol=1e-10)


def test_without_clipping_the_gradient_is_untouched(numbers):
    options = config.Optimizer(agc=0.0)
    weight = torch.nn.Parameter(torch.tensor(numbers["w"]))
    optimizer = optim.build(options, torch.nn.ParameterList([weight]))
    weight.grad = torch.full_like(weight, 1000.0)
    optim.clip(optimizer, options)
    assert float(weight.grad.max()) == 1000.0


def test_learning_rate_is_the_published_schedule():
    """linear_schedule(0, peak, w) then cosine_decay_schedule(peak, n - w), written out."""
    steps, peak = 200, 1e-5
    schedule = config.Schedule(warmup=0.1)
    for step in range(steps):
        if step < 20:
            expected = peak * step / 20
        else:
            expected = peak * 0.5 * (1 + np.cos(np.pi * (step - 20) / 180))
        assert optim.learning_rate(step, steps, schedule, peak) == pytest.approx(
            expected, rel=1e-12
        )
    assert optim.learning_rate(0, steps, schedule, peak) == 0
    assert optim.learning_rate(20, steps, schedule, peak) == peak
    assert optim.learning_rate(steps, steps, schedule, peak) == pytest.approx(0, abs=1e-20)


def tiny(dropout=0.0):
    torch.manual_seed(3)
    image = torch.nn.Sequential(
        torch.nn.Linear(IMAGE_WIDTH, 16), torch.nn.Dropout(dropout), torch.nn.GELU()
    )
    return torch.nn.ModuleDict(
        {
            "image": image.append(torch.nn.Linear(16, SPACE)),
            "text": torch.nn.Sequential(torch.nn.Linear(TEXT_WIDTH, SPACE)),
        }
    ).double()


def embedder(model):
    def embed(inputs):
        normalize = torch.nn.functional.normalize
        return (
            normalize(model["image"](inputs["a"]), dim=-1),
            normalize(model["text"](inputs["b"]), dim=-1),
        )

    return embed


def random_inputs(count, seed=0):
    draw = torch.Generator().manual_seed(seed)
    return {
        "a": torch.randn(count, IMAGE_WIDTH, generator=draw, dtype=torch.float64),
        "b": torch.randn(count, TEXT_WIDTH, generator=draw, dtype=torch.float64),
    }


def gradients(model):
    return torch.cat([p.grad.reshape(-1) for p in model.parameters()])


@pytest.mark.parametrize("chunk", [1, 3, 4, 12])
def test_gradcache_gives_the_gradient_of_the_whole_batch(chunk):
    inputs = random_inputs(12)
    scale = torch.nn.Parameter(torch.tensor(2.0, dtype=torch.float64))
    found = []
    for size in (0, chunk):
        model = tiny()
        scale.grad = None
        loss = gradcache.backward(
            inputs, embedder(model), lambda x, y: contrastive(x, y, scale.exp()), size
        )
        found.append((float(loss), gradients(model), float(scale.grad)))
    (whole, direct, by_scale), (parts, cached, by_scale_again) = found
    assert parts == pytest.approx(whole, rel=1e-12)
    torch.testing.assert_close(cached, direct, rtol=1e-9, atol=1e-12)
    assert by_scale_again == pytest.approx(by_scale, rel=1e-9)


def test_gradcache_drops_the_same_units_in_both_passes():
    """Each chunk is embedded twice; the gradient must belong to the embeddings in the loss."""
    model, seen = tiny(dropout=0.5), []
    embed = embedder(model)

    def watched(inputs):
        images, texts = embed(inputs)
        seen.append(images.detach().clone())
        return images, texts

    gradcache.backward(random_inputs(8), watched, lambda x, y: contrastive(x, y, 20.0), 4)
    first, second = seen[:2], seen[2:]
    assert len(seen) == 4
    torch.testing.assert_close(torch.cat(first), torch.cat(second), rtol=0, atol=0)
    assert not torch.equal(first[0], first[1])


def _process(rank, folder, chunk, negatives):
    """Compute one process's half of the batch; rank 0 writes the averaged gradients."""
    from torch import distributed as dist

    from cercafoto.training.clip_italian import distributed

    dist.init_process_group("gloo")
    inputs = {name: value.chunk(2)[rank] for name, value in random_inputs(8).items()}
    model = tiny()
    loss = gradcache.backward(
        inputs, embedder(model), lambda x, y: contrastive(x, y, 20.0, negatives), chunk
    )
    distributed.average_gradients(model.parameters())
    mean = float(distributed.means(loss.reshape(1)))
    names = distributed.everywhere([f"of {rank}"] * rank)
    ranks = distributed.collect(torch.tensor([rank, 7], dtype=torch.uint8))
    stop = distributed.any_true(rank == 1)
    if rank == 0:
        found = {"loss": mean, "gradients": gradients(model), "ranks": ranks, "stop": stop}
        found["names"] = names
        torch.save(found, f"{folder}/found.pt")
    dist.destroy_process_group()


@pytest.mark.slow
@pytest.mark.parametrize("chunk, negatives", [(0, 0), (3, 2)])
def test_two_processes_give_the_gradient_of_one(tmp_path, chunk, negatives):
    """Negatives from all devices, or from blocks: two gloo processes with half a batch each against
    one with the whole batch."""
    together(_process, str(tmp_path), chunk, negatives)
    found = torch.load(tmp_path / "found.pt")
    model = tiny()
    loss = gradcache.backward(
        random_inputs(8), embedder(model), lambda x, y: contrastive(x, y, 20.0, negatives)
    )
    assert found["loss"] == pytest.approx(float(loss), rel=1e-6)
    torch.testing.assert_close(found["gradients"], gradients(model), rtol=1e-9, atol=1e-12)
    assert [one.tolist() for one in found["ranks"]] == [[0, 7], [1, 7]]
    assert found["stop"] is True and found["names"] == [[], ["of 1"]]
