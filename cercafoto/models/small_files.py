"""The small files that describe a model: which they are, how large each may be, and their JSON.

They come from elsewhere and are read whole, so their size is looked at first. Read as objects,
JSON takes up to 30 times its size.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cercafoto.errors import ModelError

AGAIN = "Scarica o copia di nuovo il modello."

# Bytes at most. Of real models the largest vocabulary as JSON has 35 MB (Gemma's, under SigLIP 2),
# the largest `vocab.txt` 5 MB, the largest configuration 1.2 MB.
_TEXT, _VOCABULARY = 4_000_000, 100_000_000
SMALL = {
    "README.md": _TEXT, "added_tokens.json": _TEXT, "config.json": _TEXT,
    "merges.txt": _VOCABULARY, "preprocessor_config.json": _TEXT, "processor_config.json": _TEXT,
    "special_tokens_map.json": _TEXT, "spiece.model": _VOCABULARY, "tokenizer.json": _VOCABULARY,
    "tokenizer.model": _VOCABULARY, "tokenizer_config.json": _TEXT, "vocab.json": _VOCABULARY,
    "vocab.txt": 2 * _TEXT,
}  # fmt: skip


def require_small(folder: Path) -> None:
    """Raise ModelError naming the first small file in `folder` that is too large to be one, or that
    is no file: a device has no end."""
    for name in SMALL:
        path = folder / name
        if path.exists():
            _require_file(path)


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise ModelError(f"{path} non è un file: non l'ho letto.", AGAIN)
    require_size(path, path.stat().st_size)


def require_size(path: Path, size: int) -> None:
    """Raise ModelError if `size` bytes are too many for the file called so."""
    most = SMALL.get(path.name, _TEXT)
    if size > most:
        raise ModelError(
            f"Il file {path} è di {size / 1e6:.0f} MB, e in un modello ne ha al massimo "
            f"{most / 1e6:.0f}: non l'ho letto.",
            AGAIN,
        )


def read_small(path: Path) -> bytes:
    """Return the content of a small file. Raises ModelError if it is too large or no file, and
    OSError if it is not there."""
    if path.exists():
        _require_file(path)
    return path.read_bytes()


def read_json(path: Path) -> dict[str, Any]:
    """Read an object from a file of a model. Raises ModelError."""
    try:
        data = json.loads(read_small(path).decode("utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"Nella cartella {path.parent} manca {path.name}.", AGAIN) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"Il file {path} non si legge ({error}).", AGAIN) from error
    if not isinstance(data, dict):
        raise ModelError(f"Il file {path} non è quello di un modello.", AGAIN)
    return data
