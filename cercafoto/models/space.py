"""Check that the disk has room for downloading and preparing a model."""

from __future__ import annotations

import shutil
from pathlib import Path

from cercafoto.base.italian_counts import thousands
from cercafoto.errors import DiskFullError

# During preparation a tower is on the disk twice, exported and optimised; the graphs and the
# tokenizer come on top.
SPACE_FACTOR, SPACE_EXTRA = 2.0, 60_000_000


def space_needed(weight_bytes: int) -> int:
    """Return how many free bytes it takes at most to prepare `weight_bytes` bytes of weights."""
    return int(weight_bytes * SPACE_FACTOR) + SPACE_EXTRA


def require_space(purpose: str, needed: int, folder: Path) -> None:
    """Raise DiskFullError if the disk of `folder` has fewer than `needed` bytes free.

    purpose: what the bytes are for; completes "Per … servono".
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFullError(
            f"Per {purpose} servono {megabytes(needed)} liberi in {folder}, "
            f"ce ne sono {megabytes(free)}.",
            "Libera spazio, oppure indica un altro disco con CERCAFOTO_MODELLI.",
        )


def megabytes(size: int) -> str:
    """Return bytes as Italian megabytes: 1592000000 -> "1.592 MB"."""
    return f"{thousands(max(1, round(size / 1e6)))} MB"
