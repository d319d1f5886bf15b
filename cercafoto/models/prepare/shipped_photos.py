"""The photos that ship for the preparation of a model; `parity/LICENCE.md` says whose they are."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from cercafoto.photos.decoding.picture import open_upright

PHOTOS = Path(__file__).parent / "parity"


def photos() -> dict[str, Image.Image]:
    """Open them, upright RGB, by their names without the suffix."""
    return {path.stem: open_upright(path, 10_000) for path in sorted(PHOTOS.glob("*.jpg"))}
