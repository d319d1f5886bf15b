"""Measure whether blurred, shaken, too dark and too bright photos are told from good ones.

    python -m tests.bench.sharpness FOLDER [--photos 100] [--scenes]

The photos of FOLDER count as sharp. Each is shrunk as for the sense, at last to 800 pixels, then
blurred out of focus (a disc), by a Gaussian, and by motion in a random direction, and over- and
underexposed; all that is written as JPEG once more. Of the sharp photos, the names of those that
are called something else are printed, to look at.

--scenes: print instead how near two frames of a burst are for `mini`: of each photo two pieces that
are 4 % of its sides apart, the second a little brighter, and then also blurred.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from cercafoto.base.arrays import Floats
from cercafoto.base.photo_quality import BLURRED, BRIGHT, DARK, MOVED, SHARP
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.registry import EMBEDDED_PATH
from cercafoto.photos.preprocessing import fitting
from cercafoto.quality.measure import LEAST_SIDE, SIDE, Measured, measure_grey

Change = Callable[[Floats, np.random.Generator], Floats]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=100)
    parser.add_argument("--scenes", action="store_true")
    chosen = parser.parse_args(arguments)
    if chosen.scenes:
        scenes(chosen.folder, chosen.photos)
        return 0
    found: dict[str, list[Measured]] = {name: [] for name in CHANGES}
    called: list[tuple[str, Measured]] = []
    for path, grey in photos(chosen.folder, chosen.photos):
        chance = np.random.default_rng(int(sha256(path.name.encode()).hexdigest()[:8], 16))
        for name, change in CHANGES.items():
            found[name].append(measure_grey(saved(change(grey, chance))))
        if (as_is := found[SOUND][-1]).clarity in (BLURRED, MOVED) or as_is.exposure:
            called.append((path.name, as_is))
    show(found)
    for name, as_is in called:
        print(f"  {name}: {as_is}")
    return 0


def scenes(folder: Path, number: int) -> None:
    encoder = Encoder(ModelFolder.open(EMBEDDED_PATH))
    frames: tuple[list[Image.Image], ...] = ([], [], [])
    for path in sorted(folder.iterdir(), key=digest_of_name)[:number]:
        with Image.open(path) as opened:
            image = opened.convert("RGB")
        right, down = round(0.04 * image.width), round(0.04 * image.height)
        first = image.crop((0, 0, image.width - right, image.height - down))
        second = image.crop((right, down, *image.size)).point(lambda level: min(255, level * 1.06))
        blurred_too = second.filter(ImageFilter.GaussianBlur(0.004 * max(image.size)))
        for each, frame in zip(frames, (first, second, blurred_too), strict=True):
            each.append(frame)
    first_ones, second_ones, blurred_ones = map(encoder.embed_images, frames)
    others = (first_ones @ second_ones.T)[~np.eye(len(first_ones), dtype=bool)]
    for name, cosines in (
        ("two frames", (first_ones * second_ones).sum(axis=1)),
        ("one of them blurred", (first_ones * blurred_ones).sum(axis=1)),
        ("two photos", others),
    ):
        shares = np.percentile(cosines, (0, 5, 10, 50, 99.9, 100)).round(3)
        print(f"{name:<20} least, 5, 10, 50, 99.9 %, greatest: {shares}")


def photos(folder: Path, number: int) -> Iterator[tuple[Path, Floats]]:
    """Yield photos that are large enough, in grey [H, W], in an order of chance."""
    for path in sorted(folder.iterdir(), key=digest_of_name):
        with Image.open(path) as opened:
            upright = ImageOps.exif_transpose(opened)
            if max(upright.size) < LEAST_SIDE:
                continue
            image = upright.convert("L").resize(
                fitting(upright.size, SIDE), Image.Resampling.LANCZOS
            )
        yield path, np.asarray(image.reduce(2), np.float32)
        number -= 1
        if not number:
            return


def digest_of_name(path: Path) -> bytes:
    return sha256(path.name.encode()).digest()


def saved(grey: Floats) -> Floats:
    """Return a grey picture as it is read from a JPEG file."""
    file = io.BytesIO()
    Image.fromarray(np.clip(grey + 0.5, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=88)
    return np.asarray(Image.open(file), np.float32)


def gaussian(sigma: float) -> Change:
    def change(grey: Floats, chance: np.random.Generator) -> Floats:
        image = Image.fromarray(np.clip(grey + 0.5, 0, 255).astype(np.uint8))
        return np.asarray(image.filter(ImageFilter.GaussianBlur(sigma)), np.float32)

    return change


def disc(radius: int) -> Change:
    reach = np.arange(-radius, radius + 1)
    kernel = reach[:, None] ** 2 + reach**2 <= radius**2
    return lambda grey, chance: blurred(grey, kernel.astype(np.float32))


def motion(length: int) -> Change:
    def change(grey: Floats, chance: np.random.Generator) -> Floats:
        angle, middle = chance.uniform(0, np.pi), length // 2 + 1
        kernel = np.zeros((2 * middle + 2, 2 * middle + 2), np.float32)
        for step in np.linspace(-length / 2, length / 2, 8 * length):
            y, x = middle + step * np.sin(angle), middle + step * np.cos(angle)
            top, left = int(y), int(x)
            for row, column in ((top, left), (top + 1, left), (top, left + 1), (top + 1, left + 1)):
                kernel[row, column] += (1 - abs(y - row)) * (1 - abs(x - column))
        return blurred(grey, kernel)

    return change


def blurred(grey: Floats, kernel: Floats) -> Floats:
    """Return a picture convolved with a kernel, which is made to sum to 1."""
    pad = max(kernel.shape)
    padded = np.pad(grey, pad, mode="reflect")
    right = kernel / kernel.sum()
    spectrum = np.fft.rfft2(padded) * np.fft.rfft2(right, padded.shape)
    shift = kernel.shape[0] // 2
    whole: Floats = np.fft.irfft2(spectrum, padded.shape).astype(np.float32)
    return whole[pad + shift :, pad + shift :][: grey.shape[0], : grey.shape[1]]


def noisy(then: Change) -> Change:
    """Return a change followed by the noise of a high sensitivity."""

    def change(grey: Floats, chance: np.random.Generator) -> Floats:
        noise: Floats = chance.normal(0, 4, grey.shape).astype(np.float32)
        return then(grey, chance) + noise

    return change


def exposed(stops: float) -> Change:
    def change(grey: Floats, chance: np.random.Generator) -> Floats:
        light = np.clip((grey / 255) ** 2.2 * 2.0**stops, 0, 1)
        result: Floats = 255 * light ** (1 / 2.2)
        return result

    return change


def untouched(grey: Floats, chance: np.random.Generator) -> Floats:
    return grey


SOUND = "untouched"
CHANGES: dict[str, Change] = {
    SOUND: untouched,
    "untouched, noisy": noisy(untouched),
    **{f"gaussian, sigma {sigma:g}": gaussian(sigma) for sigma in (0.7, 1, 2)},
    **{f"disc, radius {radius}": disc(radius) for radius in (2, 4)},
    **{f"motion, {length} pixels": motion(length) for length in (5, 10, 20)},
    "gaussian, sigma 2, noisy": noisy(gaussian(2)),
    "motion, 10 pixels, noisy": noisy(motion(10)),
    **{f"{stops:+} stops": exposed(stops) for stops in (-4, -3, -2, 2, 3)},
}


def show(found: dict[str, list[Measured]]) -> None:
    sound = [each.sharpness for each in found[SOUND] if each.sharpness is not None]
    kinds = (SHARP, BLURRED, MOVED, DARK, BRIGHT)
    print(f"{len(found[SOUND])} photos; share called so")
    print(f"{'':<28}" + "".join(f"{kind:>9}" for kind in kinds) + f"{'unknown':>9}{'AUC':>8}")
    for name, each in found.items():
        shares = [
            sum(kind in (one.clarity, one.exposure) for one in each) / len(each) for kind in kinds
        ]
        known = [one.sharpness for one in each if one.sharpness is not None]
        area = f"{auc(sound, known):>8.3f}" if known else ""
        unknown = 1 - len(known) / len(each)
        print(f"{name:<28}" + "".join(f"{share:>9.3f}" for share in (*shares, unknown)) + area)


def auc(higher: Sequence[float], lower: Sequence[float]) -> float:
    """Return how often a number of the first list is higher than one of the second."""
    differences = np.subtract.outer(np.array(higher), np.array(lower))
    return float((differences > 0).mean() + (differences == 0).mean() / 2)


if __name__ == "__main__":
    raise SystemExit(main())
