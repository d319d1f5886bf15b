"""Damaged files of every format through a real index: python -m tests.bench.fuzz [COUNT] [SEED].

Takes one small file of each kind that is read, damages copies of it (bits, cuts, zeros, pieces of
others, headers of others), indexes them with the embedded model, and looks at every row of the
catalogue. Exits 1 where a file is lost, or a row is neither a photo with its vector nor a problem
with its reason; a run that crashes or hangs ends the script.
"""

from __future__ import annotations

import io
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from cercafoto import Library, Settings
from cercafoto.photos.decoding.file_kind import missing_extras
from tests.support.raw_file import dng

COUNT, SEED = 2000, 20_190_814

# Pillow's name, ending, mode, how to save.
KINDS: tuple[tuple[str, str, str, dict[str, object]], ...] = (
    ("JPEG", "jpg", "RGB", {}),
    ("JPEG", "jpg", "CMYK", {}),
    ("JPEG", "jpg", "RGB", {"progressive": True, "optimize": True}),
    ("PNG", "png", "RGBA", {}),
    ("PNG", "png", "P", {}),
    ("PNG", "png", "I;16", {}),
    ("WEBP", "webp", "RGB", {}),
    ("WEBP", "webp", "RGBA", {"lossless": True}),
    ("GIF", "gif", "P", {}),
    ("TIFF", "tif", "RGB", {}),
    ("TIFF", "tif", "RGB", {"compression": "tiff_lzw"}),
    ("TIFF", "tif", "CMYK", {"compression": "tiff_deflate"}),
    ("TIFF", "tif", "RGB", {"compression": "jpeg"}),
    ("TIFF", "tif", "F", {}),
    ("BMP", "bmp", "RGB", {}),
    ("PPM", "ppm", "RGB", {}),
    ("PPM", "pgm", "L", {}),
    ("JPEG2000", "jp2", "RGB", {}),
    ("JPEG2000", "j2k", "L", {"no_jp2": True}),
    ("AVIF", "avif", "RGB", {}),
    ("HEIF", "heic", "RGB", {}),
    ("JXL", "jxl", "RGB", {}),
)

Sound = list[tuple[str, bytes]]  # ending, content
Damage = Callable[[random.Random, bytearray, Sequence[bytes]], bytearray]


def sound_files() -> Sound:
    """One small picture of each kind, with metadata."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    if "jxl" not in missing_extras():
        import pillow_jxl  # noqa: F401
    rng = np.random.default_rng(SEED)
    coarse = Image.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8))
    picture = coarse.resize((160, 120), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0110], exif[0x0112] = "X100", 6
    exif.get_ifd(0x8769)[0x9003] = "2019:08:14 10:30:05"
    files: Sound = []
    for kind, ending, mode, how in KINDS:
        if kind == "JXL" and "jxl" in missing_extras():
            continue
        stream = io.BytesIO()
        if "compression" not in how:  # libtiff writes no EXIF
            how = how | {"exif": exif.tobytes()}
        _in_mode(picture, mode).save(stream, kind, **how)
        files.append((ending, stream.getvalue()))
    if "raw" not in missing_extras():
        files += [("dng", dng(6)), ("dng", dng(1, (240, 160)))]
    return files


def _in_mode(picture: Image.Image, mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    return picture.convert(mode)


def flip_bits(rng: random.Random, data: bytearray, others: Sequence[bytes]) -> bytearray:
    for _ in range(rng.choice((1, 1, 3, 10, 100))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return data


def flip_head(rng: random.Random, data: bytearray, others: Sequence[bytes]) -> bytearray:
    """Flip bytes at the beginning, where sizes, counts and offsets are."""
    for _ in range(rng.choice((1, 2, 5))):
        data[rng.randrange(min(len(data), 400))] = rng.choice((0, 1, 127, 128, 255))
    return data


def cut(rng: random.Random, data: bytearray, others: Sequence[bytes]) -> bytearray:
    return data[: rng.randrange(len(data))]


def zero(rng: random.Random, data: bytearray, others: Sequence[bytes]) -> bytearray:
    start = rng.randrange(len(data))
    length = min(rng.choice((4, 64, 512, 4096)), len(data) - start)
    data[start : start + length] = bytes(length)
    return data


def splice(rng: random.Random, data: bytearray, others: Sequence[bytes]) -> bytearray:
    """Join the beginning of one format with the rest of another."""
    other = rng.choice(others)
    return data[: rng.choice((16, 64, 256, len(data) // 2))] + other[rng.randrange(len(other)) :]


def repeat(rng: random.Random, data: bytearray, others: Sequence[bytes]) -> bytearray:
    start = rng.randrange(len(data))
    piece = data[start : start + rng.choice((8, 200, 5000))]
    return data[:start] + piece * rng.choice((2, 50)) + data[start:]


DAMAGES: tuple[Damage, ...] = (
    flip_bits,
    flip_bits,
    flip_head,
    flip_head,
    cut,
    zero,
    splice,
    repeat,
)


def write_damaged(folder: Path, count: int, seed: int) -> list[Path]:
    """Write `count` damaged files, the same for the same seed."""
    rng = random.Random(seed)
    files = sound_files()
    contents = [content for _, content in files]
    paths = []
    for number in range(count):
        ending, content = files[number % len(files)]
        damage = rng.choice(DAMAGES)
        path = folder / f"{number:05}_{damage.__name__}.{ending}"
        path.write_bytes(damage(rng, bytearray(content), contents))
        paths.append(path)
    return paths


def bad_rows(catalogue: Path, model: str) -> list[str]:
    """Return the rows that are neither a photo with its vector nor a problem with its reason."""
    db = sqlite3.connect(f"file:{catalogue}?mode=ro", uri=True)
    try:
        return [
            str(row)
            for row in db.execute(
                "SELECT path, state, problem FROM photos WHERE NOT ("
                "state = 'problem' AND content_id IS NULL AND length(problem) > 3 "
                "OR state = 'ok' AND problem IS NULL AND EXISTS ("
                "SELECT 1 FROM contents JOIN vectors ON vectors.content_id = contents.id "
                "JOIN models ON models.id = model_id WHERE contents.id = photos.content_id "
                "AND width > 0 AND height > 0 AND fingerprint = ?))",
                (model,),
            )
        ]
    finally:
        db.close()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else SEED
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "foto").mkdir()
        write_damaged(work / "foto", count, seed)
        settings = Settings(archive=work / "archivio", models=work / "modelli", model="mini")
        started = time.monotonic()
        library = Library(settings)
        report = library.index([work / "foto"])
        took = time.monotonic() - started
        bad = bad_rows(settings.catalog, str(library.status().fingerprint))
        reasons = Counter(why for _, why in report.problems)
        print(f"{count} files, seed {seed}, {took:.0f} s")
        print(f"read {report.new}, problems {len(report.problems)}, lacking {report.lacking}")
        for why, number in reasons.most_common():
            print(f"{number:6}  {why}")
        lost = count - report.new - len(report.problems) - sum(report.lacking.values())
        print(f"lost {lost}, bad rows {len(bad)}", *bad[:20], sep="\n")
        sys.exit(1 if lost or bad else 0)


if __name__ == "__main__":
    main()
