"""Open the photos that ship for preparing models; `parity/LICENCE.md` names their authors."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from cercafoto.photos.decoding.picture import open_upright

PHOTOS = Path(__file__).parent / "parity"


def photos() -> dict[str, Image.Image]:
    """Return the photos, upright RGB, by file name without suffix."""
    return {path.stem: open_upright(path, 10_000) for path in sorted(PHOTOS.glob("*.jpg"))}
