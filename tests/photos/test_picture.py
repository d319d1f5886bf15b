"""Bytes become an upright RGB image, metadata, and the network's input."""

from __future__ import annotations

import hashlib
import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from cercafoto.base.paths import printable
from cercafoto.errors import ImageError
from cercafoto.photos import exif as exif_tags
from cercafoto.photos.decoding.photo_file import read_photo
from cercafoto.photos.decoding.picture import decode
from cercafoto.photos.decoding.source import ORIENTATION
from cercafoto.photos.decoding.to_rgb import to_rgb
from cercafoto.photos.facts import Facts
from cercafoto.photos.preprocessing import Preprocessing

SHORTEST = Preprocessing(32, "shortest", 32, "bicubic", (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
EXACT = Preprocessing(32, "exact", 32, "bilinear", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def corners() -> Image.Image:
    """Draw an upright 60 x 40 picture whose top left quarter is red, the rest blue."""
    picture = Image.new("RGB", (60, 40), (0, 0, 255))
    picture.paste((255, 0, 0), (0, 0, 30, 20))
    return picture


def stored_as(orientation: int, kind: str, picture: Image.Image) -> bytes:
    """Return the file of a camera that stores `picture` turned, with its rotation in EXIF."""
    turned = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }[orientation]
    for step in turned:
        picture = picture.transpose(step)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stream = io.BytesIO()
    how: dict[str, dict[str, object]] = {
        "WEBP": {"lossless": True},
        "HEIF": {"quality": -1},
        "AVIF": {"quality": 100},
        "JPEG": {"quality": 100, "subsampling": 0},
    }
    picture.save(stream, kind, exif=exif.tobytes(), **how.get(kind, {}))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("orientation", "kind"),
    [*((number, "JPEG") for number in range(1, 9)), (6, "PNG"), (6, "WEBP"), (6, "TIFF")],
)
def test_every_orientation_is_read_upright(orientation: int, kind: str) -> None:
    picture = decode(stored_as(orientation, kind, corners()), 32, "x")
    upright = picture.image
    assert upright.size == (60, 40)
    assert (picture.width, picture.height, picture.orientation) == (60, 40, orientation)
    red, blue = upright.getpixel((10, 10)), upright.getpixel((50, 30))
    assert red[0] > 200 > 60 > red[2]
    assert blue[2] > 200 > 60 > blue[0]


def test_normalisation_is_exact_on_a_picture_of_the_right_size() -> None:
    values = np.arange(32 * 32 * 3, dtype=np.uint32).reshape(32, 32, 3) % 256
    picture = Image.fromarray(values.astype(np.uint8))
    expected = (values / 255.0 - 0.5) / 0.25
    assert np.abs(SHORTEST(picture) - expected.transpose(2, 0, 1)).max() < 1e-5


def test_the_short_side_is_resized_and_the_middle_kept() -> None:
    wide = Image.new("RGB", (300, 100), (0, 0, 0))
    wide.paste((255, 255, 255), (100, 0, 200, 100))
    assert SHORTEST(wide).shape == (3, 32, 32)
    assert SHORTEST(wide).mean() > 1.9  # white is (1 - 0.5) / 0.25 = 2


def test_exact_squeezes_the_whole_picture() -> None:
    wide = Image.new("RGB", (300, 100), (0, 0, 0))
    wide.paste((255, 255, 255), (100, 0, 200, 100))
    assert abs(EXACT(wide).mean() - 1 / 3) < 0.02


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (33, 31)])
def test_odd_shapes_fill_the_input(size: tuple[int, int]) -> None:
    assert SHORTEST(Image.new("RGB", size)).shape == (3, 32, 32)


def test_a_large_jpeg_is_decoded_small_and_looks_the_same() -> None:
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 255, (12, 18, 3), dtype=np.uint8))
    stream = io.BytesIO()
    coarse.resize((1536, 1024), Image.Resampling.BICUBIC).save(stream, "JPEG", quality=90)
    picture = decode(stream.getvalue(), 85, "x")
    small = picture.image
    assert (picture.width, picture.height) == (1536, 1024)
    assert small.size == (192, 128)  # an eighth, and not a quarter
    full = decode(stream.getvalue(), 1024, "x").image
    assert full.size == (1536, 1024)
    a, b = SHORTEST(small).ravel(), SHORTEST(full).ravel()
    assert a @ b / np.linalg.norm(a) / np.linalg.norm(b) > 0.999


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (Image.new("RGBA", (8, 8), (255, 0, 0, 0)), (255, 255, 255)),
        (Image.new("RGBA", (8, 8), (255, 0, 0, 255)), (255, 0, 0)),
        (Image.new("LA", (8, 8), (0, 0)), (255, 255, 255)),
        (Image.new("L", (8, 8), 128), (128, 128, 128)),
        (Image.new("1", (8, 8), 1), (255, 255, 255)),
        (Image.fromarray(np.full((8, 8), 32768, np.uint16)), (127, 127, 127)),
        (Image.fromarray(np.full((8, 8), 0.5, np.float32)), (127, 127, 127)),
        (Image.new("CMYK", (8, 8), (0, 0, 0, 0)), (255, 255, 255)),
    ],
)
def test_every_mode_becomes_rgb(picture: Image.Image, expected: tuple[int, int, int]) -> None:
    converted = to_rgb(picture)
    assert converted.mode == "RGB"
    assert converted.getpixel((4, 4)) == expected


def test_the_facts_come_with_the_pixels(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[exif_tags.MODEL] = "X100"
    exif.get_ifd(exif_tags.EXIF_IFD)[exif_tags.DATETIME_ORIGINAL] = "2019:08:14 10:30:05"
    path = tmp_path / "a.jpg"
    corners().save(path, exif=exif)
    photo = read_photo(path, EXACT)
    assert photo.metadata is not None
    assert (photo.metadata.taken_at, photo.metadata.camera) == ("2019-08-14T10:30:05", "X100")
    # The same without decoding, for a content that has its vector but not its metadata yet.
    again = read_photo(path, EXACT, wanted=lambda digest: "metadata")
    assert again.image is None
    assert again.metadata == photo.metadata
    both = read_photo(path, EXACT, wanted=lambda digest: "nothing")
    assert both.metadata is None


def test_hash_and_pixels_come_from_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    corners().save(path)
    photo = read_photo(path, EXACT)
    assert photo.content_digest == hashlib.sha256(path.read_bytes()).digest()
    assert photo.file.size == path.stat().st_size
    assert photo.image is not None
    assert EXACT.normalised([photo.image]).shape == (1, 3, 32, 32)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "vuoto"),
        (b"ciao, sono un testo", "non è una foto"),
        (stored_as(1, "JPEG", corners().resize((600, 400)))[:3000], "danneggiata o incompleta"),
        (stored_as(1, "PNG", corners())[:100], "danneggiata o incompleta"),
    ],
)
def test_a_bad_file_names_itself_and_the_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "brutta.jpg"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=reason) as caught:
        read_photo(path, EXACT)
    assert str(path) in caught.value.message


def test_a_header_that_promises_a_gigapixel_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.BytesIO()
    Image.new("1", (8, 8)).save(stream, "PNG")
    data = bytearray(stream.getvalue())
    data[16:24] = (40_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    path = tmp_path / "bomba.png"
    path.write_bytes(data)

    def refuse(*args: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", refuse)
    with pytest.raises(ImageError, match="troppo grande"):
        read_photo(path, EXACT)
    assert read_photo(path, EXACT, wanted=lambda digest: "metadata").metadata == Facts()


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="non esiste"):
        read_photo(tmp_path / "no.jpg", EXACT)


def test_names_are_shown_on_one_line() -> None:
    assert printable(b"/a/caff\xc3\xa8.jpg") == "/a/caffè.jpg"
    assert printable(b"/a/b\nc.jpg") == r"/a/b\nc.jpg"
    assert "\x1b" not in printable(b"/a/\x1b[31m.jpg")
    assert printable(b"/a/\xff.jpg").isprintable()


@pytest.mark.parametrize("key", ["resize", "interpolation", "mean"])
def test_an_unknown_preprocessing_is_refused(key: str) -> None:
    good = {
        "size": 32,
        "resize": "exact",
        "resize_to": 32,
        "interpolation": "bicubic",
        "mean": [0, 0, 0],
        "std": [1, 1, 1],
    }
    assert Preprocessing.from_json(good).size == 32
    with pytest.raises((ValueError, KeyError)):
        Preprocessing.from_json(good | {key: "wrong"})
