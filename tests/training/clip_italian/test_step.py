"""Gradients of a batch that is embedded in chunks, or by two real processes, against those of the
whole batch. `test_reference` compares loss, optimizer and rates with the reference's libraries."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")

from cercafoto.training.clip_italian import gradcache  # noqa: E402
from cercafoto.training.clip_italian.loss import contrastive  # noqa: E402
from tests.support.processes import together  # noqa: E402

PAIRS, IMAGE_WIDTH, TEXT_WIDTH, SPACE = 6, 10, 7, 4


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
            inputs, embedder(model), lambda x, y: contrastive(x, y, scale.exp()).mean(), size
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

    gradcache.backward(random_inputs(8), watched, lambda x, y: contrastive(x, y, 20.0).mean(), 4)
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
        inputs, embedder(model), lambda x, y: contrastive(x, y, 20.0, negatives).mean(), chunk
    )
    distributed.average_gradients(model.parameters())
    mean = float(distributed.means(loss.reshape(1)))
    names = distributed.everywhere([f"of {rank}"] * rank)
    ranks = distributed.everywhere(torch.tensor([rank, 7], dtype=torch.uint8))
    stop = any(distributed.everywhere(rank == 1))
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
        random_inputs(8), embedder(model), lambda x, y: contrastive(x, y, 20.0, negatives).mean()
    )
    assert found["loss"] == pytest.approx(float(loss), rel=1e-6)
    torch.testing.assert_close(found["gradients"], gradients(model), rtol=1e-9, atol=1e-12)
    assert [one.tolist() for one in found["ranks"]] == [[0, 7], [1, 7]]
    assert found["stop"] is True and found["names"] == [[], ["of 1"]]
