"""The fast resize against torch's own function: the same pictures, to one level where half a level
is rounded."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from cercafoto.training.clip_italian.sharp_resize import SharpCrop, sharp_resized  # noqa: E402
from tests.support.slow_resize import slow_crop, slow_resize  # noqa: E402

# Height, width, and the short side afterwards.
SHAPES = [
    (256, 341, 224),
    (341, 256, 224),
    (257, 333, 224),
    (224, 224, 224),
    (97, 61, 224),
    (1, 1, 224),
    (1, 3, 8),
    (7, 1, 5),
    (31, 57, 1),
    (900, 1301, 100),
    (1203, 64, 7),
    (2, 2, 3),
]


def picture(height: int, width: int, seed: int = 0) -> torch.Tensor:
    """Return noise with pure black and white, laid out in memory as photos are decoded."""
    noise = np.random.default_rng(seed).integers(-128, 384, (height, width, 3)).clip(0, 255)
    return torch.from_numpy(noise.astype(np.uint8)).permute(2, 0, 1)


def apart(one: torch.Tensor, other: torch.Tensor) -> tuple[int, float]:
    """Return the largest difference in levels, and the share of numbers that differ."""
    assert one.shape == other.shape and one.dtype == other.dtype == torch.uint8
    levels = (one.int() - other.int()).abs()
    return int(levels.max()), float((levels > 0).float().mean())


@pytest.mark.parametrize("height, width, size", SHAPES)
def test_a_whole_picture_is_torch_s(height, width, size):
    given = picture(height, width)
    before = given.clone()
    levels, share = apart(sharp_resized(given, size), slow_resize(given, size))
    assert levels <= 1 and share < 2e-3
    assert torch.equal(given, before)


def test_one_colour_stays_and_neither_end_wraps_round():
    for level in (0, 1, 127, 255):
        given = torch.full((3, 40, 61), level, dtype=torch.uint8)
        assert (sharp_resized(given, 23) == level).all()
    edges = torch.zeros(3, 40, 61, dtype=torch.uint8)
    edges[:, :, ::8] = edges[:, ::8] = 255  # overshoots on both sides
    assert apart(sharp_resized(edges, 57), slow_resize(edges, 57)) == (0, 0.0)


@pytest.mark.parametrize(
    "height, width", [(256, 341), (341, 256), (256, 256), (60, 90), (2000, 310)]
)
def test_a_square_is_cut_where_torchvision_cuts_it(height, width):
    """The crop of the whole picture, from the same draws; what is drawn next is the same too."""
    given, size = picture(height, width, 1), 100
    for seed in range(3):
        torch.manual_seed(seed)
        expected, after = slow_crop(given, size), torch.rand(1)
        torch.manual_seed(seed)
        levels, share = apart(SharpCrop(size)(given), expected)
        assert levels <= 1 and share < 2e-3
        assert torch.equal(torch.rand(1), after)


def test_a_batch_of_pictures_of_mixed_sizes_is_one_shape():
    torch.manual_seed(0)
    squares = [SharpCrop(48)(picture(height, width)) for height, width, _ in SHAPES]
    batch = torch.stack(squares)
    assert batch.shape == (len(SHAPES), 3, 48, 48) and batch[0].is_contiguous()
