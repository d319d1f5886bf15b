"""Which pairs a step takes, with which caption and in which light."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from cercafoto.errors import ImageError  # noqa: E402
from cercafoto.photos.preprocessing import Preprocessing  # noqa: E402
from cercafoto.training.clip_italian.augment import Augmented, Plain, upright  # noqa: E402
from cercafoto.training.clip_italian.batches import Order, PhotoPairs, Steps  # noqa: E402
from cercafoto.training.data.pairs import read_pairs  # noqa: E402
from cercafoto.training.training_errors import InputError  # noqa: E402
from tests.support.training_pairs import write_pairs  # noqa: E402

PREPROCESSING = Preprocessing(48, "shortest", 48, "bicubic", (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


def test_an_epoch_takes_every_pair_at_most_once_and_only_whole_batches():
    order = Order(pairs=37, batch=5, seed=1)
    assert order.steps_per_epoch == 7
    first = [i for step in range(7) for e, i in order.places(step) if e == 0]
    second = [i for step in range(7, 14) for e, i in order.places(step) if e == 1]
    assert len(first) == len(set(first)) == len(set(second)) == 35
    assert first != second


def test_processes_share_each_batch_without_overlap():
    alone = Order(pairs=64, batch=16, seed=4)
    pair = [Order(pairs=64, batch=8, seed=4, rank=rank, world=2) for rank in range(2)]
    for step in range(8):
        assert alone.places(step) == pair[0].places(step) + pair[1].places(step)


def test_the_order_can_be_entered_anywhere():
    order = Order(pairs=30, batch=4, seed=2)
    assert list(Steps(order, 0, 20))[9:] == list(Steps(order, 9, 20))


SHARDS = np.repeat(np.arange(12), 10)


@pytest.mark.parametrize("window", [1, 3, 5])
def test_a_window_keeps_to_few_shards_at_a_time_and_leaves_none_out(window):
    """Each epoch has another order, with every pair of a window before any of the next."""
    order = Order(pairs=120, batch=5, seed=3, window=window, shards=SHARDS)
    epochs = [
        [at for step in range(24 * epoch, 24 * epoch + 24) for _, at in order.places(step)]
        for epoch in range(2)
    ]
    for taken in epochs:
        assert sorted(taken) == list(range(120))
        shards = SHARDS[taken]
        for at in range(0, 120, 10 * window):
            together = shards[at : at + 10 * window]
            assert len(set(together)) == len(together) // 10 <= window
        if window > 1:
            assert len(set(shards[: 10 * window // 2])) > 1, "one after the other, not mixed"
            assert (np.diff(taken) == 1).mean() < 0.2
    assert list(dict.fromkeys(SHARDS[epochs[0]])) != list(dict.fromkeys(SHARDS[epochs[1]]))


def test_a_window_is_shared_by_processes_and_can_be_entered_anywhere():
    alone = Order(pairs=120, batch=16, seed=4, window=3, shards=SHARDS)
    two = [
        Order(pairs=120, batch=8, seed=4, rank=rank, world=2, window=3, shards=SHARDS.copy())
        for rank in range(2)
    ]
    for step in (20, 3, 9, 10):
        assert alone.places(step) == two[0].places(step) + two[1].places(step)
    other = Order(pairs=120, batch=16, seed=5, window=3, shards=SHARDS)
    assert other.places(3) != alone.places(3)


def test_too_few_pairs():
    with pytest.raises(InputError, match="3 pairs do not fill a batch of 4"):
        Order(pairs=3, batch=4).places(0)


def test_captions_are_drawn_anew_each_epoch(tmp_path):
    pairs = read_pairs(write_pairs(tmp_path, "train", 8))
    photos = PhotoPairs(pairs, tmp_path, Plain(PREPROCESSING), seed=0, sample=True)
    drawn = {photos[epoch, 2][1] for epoch in range(30)}
    assert drawn == set(pairs[2].captions)
    assert photos[3, 2][1] == photos[3, 2][1]
    first = PhotoPairs(pairs, tmp_path, Plain(PREPROCESSING), seed=0, sample=False)
    assert {first[epoch, 2][1] for epoch in range(9)} == {pairs[2].captions[0]}


def test_where_no_photo_can_be_read_it_says_so(tmp_path):
    pairs = read_pairs(write_pairs(tmp_path, "train", 3))
    for pair in pairs:
        (tmp_path / pair.image_path).write_bytes(b"")
    photos = PhotoPairs(pairs, tmp_path, Plain(PREPROCESSING), seed=0, sample=True)
    with pytest.raises(InputError, match="none of the 3 photos"):
        photos[0, 0]


def jpeg(image: Image.Image, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=95, **options)
    return stream.getvalue()


def gradient(width=90, height=60) -> Image.Image:
    """Return a picture whose red grows to the right and green downwards."""
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[..., 0] = np.linspace(0, 255, width)
    pixels[..., 1] = np.linspace(0, 255, height)[:, None]
    return Image.fromarray(pixels)


def test_augmentation_is_drawn_from_the_seed_alone():
    view, data = Augmented(PREPROCESSING), jpeg(gradient())
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one = view(data, "a", 5)
    assert torch.equal(torch.get_rng_state(), before), "the model's generator was moved"
    torch.manual_seed(2)
    assert torch.equal(view(data, "a", 5), one)
    assert not torch.equal(view(data, "a", 6), one)
    assert one.shape == (3, 48, 48) and one.dtype == torch.float32


def test_the_plain_view_is_the_served_one():
    picture = gradient()
    expected = PREPROCESSING(Image.open(io.BytesIO(jpeg(picture))).convert("RGB"))
    assert np.array_equal(Plain(PREPROCESSING)(jpeg(picture), "a").numpy(), expected)


def test_a_photo_is_turned_before_it_is_augmented():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    turned = upright(jpeg(gradient(), exif=exif), 48, "a")
    assert turned.shape == (3, 90, 60)
    expected = np.asarray(gradient().rotate(-90, expand=True)).transpose(2, 0, 1)
    assert np.abs(turned.numpy().astype(int) - expected).mean() < 3


def test_transparent_pictures_are_laid_on_white_and_odd_files_are_refused():
    stream = io.BytesIO()
    Image.new("RGBA", (60, 60), (255, 0, 0, 0)).save(stream, "PNG")
    assert upright(stream.getvalue(), 48, "a").min() == 255
    for data in (b"", b"\xff\xd8\xff", b"no picture"):
        with pytest.raises(ImageError, match=r"holiday\.jpg"):
            upright(data, 48, "holiday.jpg")


def test_a_damaged_shard_costs_its_photos_and_not_the_run(tmp_path):
    from cercafoto.training.data.shards import pack

    pairs = read_pairs(write_pairs(tmp_path, "train", 8))
    shards = tmp_path / "shards"
    packed, _ = pack(pairs, tmp_path, shards, "t", max_bytes=1)  # a shard for each
    hurt = shards / "t-00002.tar"
    hurt.write_bytes(hurt.read_bytes()[:600])  # the header whole, the photo cut short
    photos = PhotoPairs(packed, shards, Plain(PREPROCESSING), seed=0, sample=False)
    _, caption, broken = photos[(0, 2)]
    assert broken == [packed[2].image_path]
    assert caption == packed[3].captions[0]
