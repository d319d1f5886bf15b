"""Room on the disk for a model that is downloaded or prepared."""

from __future__ import annotations

import shutil
from pathlib import Path

from cercafoto.errors import DiskFullError

# In the middle, a tower lies on the disk twice, as exported and as optimised; plus the graphs
# and the tokenizer.
SPACE_FACTOR, SPACE_EXTRA = 2.0, 60_000_000


def space_needed(weight_bytes: int) -> int:
    """Estimate the free bytes that preparing a checkpoint with so many bytes of weights takes at
    most."""
    return int(weight_bytes * SPACE_FACTOR) + SPACE_EXTRA


def require_space(purpose: str, needed: int, folder: Path) -> None:
    """Raise DiskFullError where the disk of `folder` has fewer than `needed` bytes left.

    purpose: what they are for, after "per".
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFullError(
            f"Per {purpose} servono {megabytes(needed)} liberi in {folder}, "
            f"ce ne sono {megabytes(free)}.",
            "Libera spazio, oppure indica un altro disco con CERCAFOTO_MODELLI.",
        )


def megabytes(size: int) -> str:
    """Write bytes as megabytes: 1592000000 -> "1.592 MB"."""
    return f"{max(1, round(size / 1e6)):,} MB".replace(",", ".")
