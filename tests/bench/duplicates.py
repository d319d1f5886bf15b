"""How well copies are told from other pictures, on a folder of real photos.

    python -m tests.bench.duplicates ~/Foto [N [M]]

Half of the photos (even ones) are for choosing thresholds, the other half for the figures. Of each
photo copies are made (see tests/support/scenes.py), and false next shots, in which something moved.
The pairs that must be refused are all pairs of different photos of a half that pass the hash; pairs
that the folder itself holds twice are listed, to be looked at. Last, `cercafoto doppioni` as it is
runs on an archive of M photos of the second half and their copies, vectors of `mini` and all.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from cercafoto import Library, Settings
from cercafoto.photos.perceptual import HASH_BITS, WORST, Fit, fit, hashes, same_picture, thumbnail
from cercafoto.photos.scan import is_picture
from tests.support.scenes import COPIES, MOMENTS, all_of

STEP = 3  # a photo in three has copies made of it, so that a run takes a minute


def main(folder: Path, most: int) -> None:
    paths = sorted(p for p in folder.rglob("*") if is_picture(p.name.lower().encode()))
    paths = paths[:: max(1, len(paths) // most)]
    originals = []
    made: dict[str, list[tuple[int, np.ndarray]]] = {}
    for number, path in enumerate(paths):
        image = Image.open(path).convert("RGB")
        originals.append(thumbnail(image))
        if number // 2 % STEP == 0:
            for name, copy in all_of(COPIES | MOMENTS, image, number):
                made.setdefault(name, []).append((number, thumbnail(copy)))
    thumbs = np.array(originals)
    for half, title in enumerate(("chosen on", "measured on")):
        print(f"\n{title} {len(thumbs[half::2])} photos of {folder}")
        for name, pairs in made.items():
            mine = [(n, t) for n, t in pairs if n % 2 == half]
            first, second = thumbs[[n for n, _ in mine]], np.array([t for _, t in mine])
            told = same_picture(first, second)
            laid = fit(first if name != "mirrored" else first[:, :, ::-1].copy(), second)
            changed = np.abs(first.astype(int) - second).max(axis=(1, 2)) >= 40
            extra = (
                f"; where it shows (40 grey levels): {told[changed].mean():.1%} of {changed.sum()}"
                if name in MOMENTS
                else ""
            )
            print(
                f"  {name:30} called one picture {told.mean():6.1%} of {len(told)}, "
                f"worst place: median {np.median(laid.worst):.3f}, "
                f"99 % {np.percentile(laid.worst, 99):.3f}{extra}"
            )
        _others(thumbs, np.arange(half, len(thumbs), 2), paths)


def _others(thumbs: np.ndarray, mine: np.ndarray, paths: list[Path]) -> None:
    """Print how many pairs of different photos are taken for one picture."""
    bits = hashes(thumbs[mine]).astype(np.float32)
    turned = hashes(thumbs[mine][:, :, ::-1]).astype(np.float32)
    near = np.zeros((len(mine), len(mine)), bool)
    for other in (bits, turned):
        apart = bits.sum(1)[:, None] + other.sum(1) - 2 * bits @ other.T
        near |= np.triu(apart <= HASH_BITS, 1)
    a, b = (mine[i] for i in np.nonzero(near))
    start = time.perf_counter()
    told = same_picture(thumbs[a], thumbs[b])
    seconds = time.perf_counter() - start
    pairs = len(mine) * (len(mine) - 1) // 2
    print(
        f"  other photos: {pairs} pairs, {len(a)} pass the hash, {told.sum()} called one picture "
        f"({seconds / max(len(a), 1) * 1e3:.2f} ms a pair)"
    )
    laid: Fit = fit(thumbs[a], thumbs[b])
    for i in np.argsort(laid.worst)[:5]:
        mark = "one picture" if told[i] else "other"
        print(f"    {laid.worst[i]:.3f} (limit {WORST}) {mark}: {paths[a[i]]} {paths[b[i]]}")


def whole(folder: Path, most: int) -> None:
    """Run everything from files to groups: print how many copies are grouped with their picture and
    nothing else."""
    paths = sorted(p for p in folder.rglob("*") if is_picture(p.name.lower().encode()))[1::2]
    paths = paths[:: max(1, len(paths) // most)]
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "foto").mkdir()
        for number, path in enumerate(paths):
            image = Image.open(path).convert("RGB")
            image.save(home / "foto" / f"{number:05}_.png")
            for at, (_, copy) in enumerate(all_of(COPIES, image, number)):
                copy.save(home / "foto" / f"{number:05}_{at}.jpg", quality=95)
        library = Library(Settings(home / "archive", home / "models", "mini", offline=True))
        library.index([home / "foto"])
        start = time.perf_counter()
        result = library.duplicates.find()
        seconds = time.perf_counter() - start
    found = np.zeros(len(COPIES), int)
    strange = kept = 0
    for group in result.groups:
        own = os.path.basename(group.best.path).split(b"_")[0]
        for file in group.others:
            original, rest = os.path.basename(file.path).split(b"_")
            strange += original != own
            if original == own and rest[:1].isdigit():
                found[int(rest[:1])] += 1
        kept += group.best.path.endswith(b"_.png")
    total = found.sum() + strange
    print(f"\nwhole: {len(paths)} photos and {len(paths) * len(COPIES)} copies, {seconds:.1f} s")
    print(f"  precision {found.sum() / max(total, 1):.2%}, recall {found.mean() / len(paths):.2%}")
    print(f"  {len(result.groups)} groups, in {kept} the original is the one to keep")
    for kind, number in zip(COPIES, found, strict=True):
        print(f"  {kind:30} with the original {number / len(paths):.1%}")


if __name__ == "__main__":
    arguments = [int(a) for a in sys.argv[2:]]
    main(Path(sys.argv[1]).expanduser(), (arguments or [2000])[0])
    whole(Path(sys.argv[1]).expanduser(), (*arguments, 100, 100)[1])
