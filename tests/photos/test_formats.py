"""Tests of every format: recognised by content, decoded upright and with the right colours."""

from __future__ import annotations

import io
import zlib
from functools import cache

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from cercafoto.errors import ImageError
from cercafoto.models.encode.encoder import Encoder
from cercafoto.photos.decoding import file_kind as formats
from cercafoto.photos.decoding import jpeg2000, jxl
from cercafoto.photos.decoding.picture import decode
from cercafoto.photos.decoding.source import DecodedImage
from tests.conftest import DATA
from tests.photos.test_picture import corners, stored_as
from tests.support.tiff_file import (
    BITS,
    COMPRESSION,
    HEIGHT,
    PHOTOMETRIC,
    RGB,
    SAMPLES,
    SHORT,
    WIDTH,
    tiff,
)

pillow_heif.register_heif_opener()

# Pillow's name of a format, a file ending, options that save with little loss.
KINDS = [
    ("JPEG", "jpg", {"quality": 95}),
    ("PNG", "png", {}),
    ("WEBP", "webp", {"lossless": True}),
    ("GIF", "gif", {}),
    ("TIFF", "tif", {}),
    ("TIFF", "tiff", {"compression": "tiff_lzw"}),
    ("BMP", "bmp", {}),
    ("PPM", "ppm", {}),
    ("JPEG2000", "jp2", {}),
    ("JPEG2000", "j2k", {"no_jp2": True}),
    ("AVIF", "avif", {"quality": 95}),
    ("HEIF", "heic", {"quality": 95}),
    ("JXL", "jxl", {"lossless": True}),
]


def saved(picture: Image.Image, kind: str, **how: object) -> bytes:
    if kind == "JXL":
        pytest.importorskip("pillow_jxl")
    stream = io.BytesIO()
    picture.save(stream, kind, **how)
    return stream.getvalue()


def is_red(colour: object) -> bool:
    red, green, blue = colour  # type: ignore[misc]
    return bool(red > 190 and max(green, blue) < 90)


def is_blue(colour: object) -> bool:
    red, green, blue = colour  # type: ignore[misc]
    return bool(blue > 190 and max(red, green) < 90)


def shows_corners(picture: DecodedImage) -> bool:
    image = picture.image
    at = [(image.width * x // 6, image.height * y // 4) for x, y in ((1, 1), (5, 1), (1, 3))]
    seen = [image.getpixel(place) for place in at]
    return is_red(seen[0]) and is_blue(seen[1]) and is_blue(seen[2])


@pytest.mark.parametrize(("kind", "ending", "how"), KINDS)
def test_every_format_is_read_whatever_its_name(kind: str, ending: str, how: dict) -> None:
    data = saved(corners(), kind, **how)
    for name in (f"a.{ending}", "a.jpg", "a.png", "a"):
        picture = decode(data, 32, name)
        assert (picture.width, picture.height) == (60, 40)
        assert shows_corners(picture)
    assert picture.facts.format == kind


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP", "JPEG2000"])
def test_a_picture_named_as_raw_is_a_picture(kind: str) -> None:
    assert shows_corners(decode(saved(corners(), kind), 32, "a.nef"))


def test_every_ending_of_a_readable_format_is_searched_for() -> None:
    assert {f".{ending}".encode() for _, ending, _ in KINDS} <= formats.ENDINGS
    assert {b".nef", b".cr2", b".cr3", b".dng", b".arw", b".raf", b".orf"} <= formats.ENDINGS
    assert b".xmp" not in formats.ENDINGS


@pytest.mark.parametrize(
    "data",
    [
        b"ciao",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"\0" * 99,
    ],
)
def test_a_file_that_is_not_a_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ImageError, match="non è una foto"):
        decode(data, 32, "a.jpg")


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_several_pictures_the_first_is_read(kind: str) -> None:
    others = [Image.new("RGB", (60, 40), (0, 255, 0)), Image.new("RGB", (60, 40))]
    how = {"lossless": True} if kind == "WEBP" else {}
    data = saved(corners(), kind, save_all=True, append_images=others, **how)
    assert Image.open(io.BytesIO(data)).n_frames == 3  # type: ignore[attr-defined]
    assert shows_corners(decode(data, 32, "x"))


# -- depth and colour --------------------------------------------------------------------------


def test_sixteen_bits_a_channel() -> None:
    tags = {
        WIDTH: (SHORT, [60]),
        HEIGHT: (SHORT, [40]),
        BITS: (SHORT, [16, 16, 16]),
        COMPRESSION: (SHORT, [1]),
        PHOTOMETRIC: (SHORT, [RGB]),
        SAMPLES: (SHORT, [3]),
    }
    pixels = np.asarray(corners()).astype("<u2") * 257
    assert shows_corners(decode(tiff(tags, pixels.tobytes()), 32, "a.tif"))


@pytest.mark.parametrize("kind", ["TIFF", "PNG", "JPEG2000"])
def test_sixteen_bits_of_grey(kind: str) -> None:
    grey = Image.fromarray(np.full((40, 60), 32768, np.uint16))
    assert decode(saved(grey, kind), 8, "x").image.getpixel((1, 1)) == (127, 127, 127)


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0])
def test_floats_are_scaled_to_their_largest_value(top: float) -> None:
    values = np.full((40, 60), top / 2, np.float32)
    values[0, 0] = top
    colour = decode(saved(Image.fromarray(values), "TIFF"), 40, "x").image.getpixel((9, 9))
    assert colour == (127, 127, 127)


def test_floats_that_are_nan() -> None:
    values = np.full((40, 60), 0.5, np.float32)
    values[1, 1], values[2, 2] = np.nan, np.inf
    assert decode(saved(Image.fromarray(values), "TIFF"), 40, "x").image.mode == "RGB"


def test_cmyk_becomes_rgb() -> None:
    inks = Image.new("CMYK", (60, 40), (255, 255, 0, 0))
    inks.paste((0, 255, 255, 0), (0, 0, 30, 20))
    for kind in ("TIFF", "JPEG"):
        assert shows_corners(decode(saved(inks, kind, quality=95), 32, "x"))


def test_transparent_pixels_become_white() -> None:
    see_through = Image.new("RGBA", (400, 400), (255, 0, 0, 0))
    for kind in ("PNG", "WEBP", "TIFF", "AVIF"):
        for side in (400, 32):  # with and without shrinking on the way
            assert decode(saved(see_through, kind), side, "x").image.getpixel((9, 9)) == (255,) * 3
    index = Image.new("RGB", (40, 40), (9, 9, 9)).quantize(4)
    data = saved(index, "PNG", transparency=index.getpixel((9, 9)))
    assert decode(data, 32, "x").image.getpixel((9, 9)) == (255,) * 3


def swapped() -> bytes:
    """Return the profile of a screen whose red and blue lamps are swapped."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace(b"rXYZ", b"tXYZ").replace(b"bXYZ", b"rXYZ").replace(b"tXYZ", b"bXYZ")
    return profile.replace("sRGB".encode("utf-16-be"), "rovesciato"[:4].encode("utf-16-be"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("side", [32, 400])
def test_the_colour_profile_is_applied(kind: str, side: int) -> None:
    data = saved(Image.new("RGB", (400, 400), (255, 0, 0)), kind, icc_profile=swapped())
    assert is_blue(decode(data, side, "x").image.getpixel((9, 9)))


@pytest.mark.parametrize("profile", [b"no profile", swapped()[:200], swapped()[:-200]])
def test_a_broken_profile_is_ignored(profile: bytes) -> None:
    assert shows_corners(decode(saved(corners(), "PNG", icc_profile=profile), 32, "x"))


def test_a_profile_of_another_mode_is_ignored() -> None:
    data = saved(Image.new("L", (40, 40), 128), "PNG", icc_profile=swapped())
    assert decode(data, 32, "x").image.getpixel((9, 9)) == (128, 128, 128)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "CMYK", "I;16"])
def test_shrinking_in_bands_hardly_changes_pixels(mode: str) -> None:
    rng = np.random.default_rng(1)
    coarse = Image.fromarray(rng.integers(0, 255, (15, 20, 3), dtype=np.uint8))
    large = coarse.resize((1003, 751), Image.Resampling.BICUBIC)
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(large.convert("L")).astype(np.uint16) * 257)
    else:
        picture = large.convert(mode)
    data = saved(picture, "TIFF")
    small, whole = (decode(data, side, "x").image for side in (32, 751))
    assert min(small.size) < 130 < min(whole.size)
    a, b = (
        np.asarray(i.resize((32, 32), Image.Resampling.BICUBIC), np.float32) for i in (small, whole)
    )
    a, b = a.ravel() - a.mean(), b.ravel() - b.mean()
    assert a @ b / np.linalg.norm(a) / np.linalg.norm(b) > 0.999


# -- orientation -------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["Landscape", "Portrait"])
def test_the_published_samples_have_one_vector(mini: Encoder, shape: str) -> None:
    pictures = []
    for number in range(1, 9):
        picture = decode(sample(shape, number), mini.preprocessing.resize_to, "x")
        assert (picture.width > picture.height) == (shape == "Landscape")
        pictures.append(picture.image)
        # Each has its number drawn in the middle, which is hidden: the pictures differ there.
        width, height = picture.image.size
        middle = (width * 2 // 5, height * 2 // 5, width * 3 // 5, height * 3 // 5)
        picture.image.paste((128, 128, 128), middle)
    vectors = mini.embed_images(pictures)
    # mini rounds to eight bits, so a decoder's last digits may matter; upside down it is 0.975.
    assert (vectors @ vectors.T).min() > 0.996


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG", "WEBP", "HEIF", "AVIF"])
@pytest.mark.parametrize("shape", ["Landscape", "Portrait"])
def test_in_every_format_all_orientations_have_one_vector(
    mini: Encoder, shape: str, kind: str
) -> None:
    picture = decode(sample(shape, 1), 400, "x").image
    picture.thumbnail((480, 480))  # mini's short side is 320; larger ones take seconds to write
    sizes, pictures = set(), []
    for orientation in range(1, 9):
        read = decode(stored_as(orientation, kind, picture), mini.preprocessing.resize_to, "x")
        sizes.add((read.width, read.height))
        pictures.append(read.image)
    vectors = mini.embed_images(pictures)
    assert sizes == {picture.size}
    # mini rounds to eight bits, so a decoder's last digits may matter; upside down it is 0.975.
    assert (vectors @ vectors.T).min() > 0.998


def sample(shape: str, number: int) -> bytes:
    path = DATA / "orientamento" / f"{shape}_{number}.jpg"
    if not path.is_file():
        pytest.skip("the EXIF orientation samples are not on this machine")
    return path.read_bytes()


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("twice", [False, True])
def test_heic_is_turned_once(orientation: int, twice: bool) -> None:
    """The rotation is in EXIF only; or in the container and also in EXIF, as phones write it."""
    turned = Image.open(io.BytesIO(stored_as(orientation, "PNG", corners())))
    exif = turned.getexif()
    # If EXIF comes as bytes, the writer adds a rotation to the container.
    data = saved(turned, "HEIF", quality=95, exif=exif.tobytes() if twice else exif)
    assert (b"irot" in data or b"imir" in data) == twice
    assert Image.open(io.BytesIO(data)).info["original_orientation"] == orientation
    picture = decode(data, 32, "x")
    assert (picture.width, picture.height, picture.orientation) == (60, 40, orientation)
    assert shows_corners(picture)


def test_a_thumbnail_inside_a_heic_is_never_taken_for_the_picture() -> None:
    rng = np.random.default_rng(1)
    coarse = Image.fromarray(rng.integers(0, 255, (15, 20, 3), dtype=np.uint8))
    picture = coarse.resize((480, 360), Image.Resampling.BICUBIC)
    plain, with_thumbnail = (saved(picture, "HEIF", thumbnails=sizes) for sizes in ([], [400]))
    assert (b"thmb" in plain, b"thmb" in with_thumbnail) == (False, True)
    for side in (32, 64, 200):
        found = decode(with_thumbnail, side, "x")
        assert found.image.tobytes() == decode(plain, side, "x").image.tobytes()


# -- bombs -------------------------------------------------------------------------------------


@cache
def gigabyte() -> bytes:
    squeezed = zlib.compressobj(9)
    zeros = b"\0" * 1_000_000
    first, again = (squeezed.compress(zeros) + squeezed.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    checksum = 1
    for _ in range(1000):
        checksum = zlib.adler32(zeros, checksum)
    return first + 999 * again + b"\x03\0" + checksum.to_bytes(4, "big")


def text_bomb(chunk: bytes) -> bytes:
    """Return a PNG whose compressed text, or profile, is a gigabyte of zeros."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "PNG")
    data = stream.getvalue()
    out = io.BytesIO()
    PngImagePlugin.putchunk(out, chunk, b"nome\0\0" + gigabyte())
    return data[:33] + out.getvalue() + data[33:]


@pytest.mark.parametrize("chunk", [b"zTXt", b"iCCP"])
def test_compressed_gigabytes_in_a_small_png_are_refused(chunk: bytes) -> None:
    data = text_bomb(chunk)
    assert len(data) < 2_000_000
    with pytest.raises(ImageError, match="danneggiata"):
        decode(data, 32, "a.png")


def huge(kind: str) -> bytes:
    """Return a small file that claims to be enormous."""
    data = bytearray(saved(Image.new("RGB" if kind != "GIF" else "P", (8, 8)), kind))
    if kind == "GIF":
        data[6:10] = b"\xff\xff\xff\xff"
        place = data.index(b",\0\0\0\0")
        data[place + 5 : place + 9] = b"\xff\xff\xff\xff"
    elif kind == "BMP":
        data[18:26] = (60_000).to_bytes(4, "little") * 2
    elif kind == "PPM":
        return bytes(data).replace(b"8 8", b"60000 60000")
    elif kind == "JPEG2000":
        place = data.index(b"\xff\x51") + 6
        data[place : place + 8] = (60_000).to_bytes(4, "big") * 2
        data[place + 16 : place + 24] = (60_000).to_bytes(4, "big") * 2
        place = data.index(b"ihdr") + 4
        data[place : place + 8] = (60_000).to_bytes(4, "big") * 2
    elif kind == "JPEG":
        stream = io.BytesIO()
        Image.new("RGB", (8, 8)).save(stream, "JPEG", progressive=True)
        data = bytearray(stream.getvalue())
        place = data.index(b"\xff\xc2") + 5
        data[place : place + 4] = b"\xff\xdc\xff\xdc"
    elif kind == "JXL":
        return b"\xff\x0a" + _bits((0, 1), (3, 2), (60_000 - 1, 30), (1, 3)) + b"\0" * 60
    elif kind == "TIFF":
        tags = {
            WIDTH: (SHORT, [60_000]),
            HEIGHT: (SHORT, [60_000]),
            BITS: (SHORT, [8, 8, 8]),
            COMPRESSION: (SHORT, [1]),
            PHOTOMETRIC: (SHORT, [RGB]),
            SAMPLES: (SHORT, [3]),
        }
        return tiff(tags, b"\0" * 99)
    return bytes(data)


def _bits(*fields: tuple[int, int]) -> bytes:
    value = at = 0
    for number, width in fields:
        value |= number << at
        at += width
    return value.to_bytes(8, "little")


@pytest.mark.parametrize("kind", ["GIF", "BMP", "PPM", "JPEG2000", "JPEG", "JXL", "TIFF"])
def test_a_header_that_promises_gigapixels_is_refused(kind: str) -> None:
    if kind == "JXL":
        pytest.importorskip("pillow_jxl")
    with pytest.raises(ImageError, match="troppo grande"):
        decode(huge(kind), 32, "x")


@pytest.mark.parametrize("how", [{}, {"no_jp2": True}, {"num_resolutions": 1}])
def test_a_jpeg_2000_is_decoded_small(how: dict) -> None:
    data = saved(corners().resize((1200, 800)), "JPEG2000", **how)
    picture = decode(data, 32, "x")
    assert (picture.width, picture.height) == (1200, 800)
    assert shows_corners(picture)
    times = jpeg2000.halvings(io.BytesIO(data), (1200, 800), 64)
    assert times == (0 if "num_resolutions" in how else 3)
    assert jpeg2000.halvings(io.BytesIO(data[:60]), (1200, 800), 64) == 0


def test_a_jpeg_xl_header_tells_the_size() -> None:
    pytest.importorskip("pillow_jxl")
    for size in ((60, 40), (64, 64), (801, 600), (1920, 1080), (3, 2), (256, 128)):
        for boxed in (False, True):
            data = saved(Image.new("RGB", size), "JXL", use_container=boxed, effort=1)
            assert jxl.size(io.BytesIO(data)) == size
