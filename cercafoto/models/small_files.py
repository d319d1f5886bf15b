"""Read the small files that describe a model, after checking that none is too large.

These files come from strangers and are read whole. Parsed JSON takes up to 30 times its size in
memory.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cercafoto.errors import ModelError

AGAIN = "Scarica o copia di nuovo il modello."

# Largest sizes in bytes. In real models the largest JSON vocabulary has 35 MB (Gemma's, under
# SigLIP 2), the largest `vocab.txt` 5 MB, the largest configuration 1.2 MB.
_TEXT, _VOCABULARY = 4_000_000, 100_000_000
SMALL = {
    "README.md": _TEXT, "added_tokens.json": _TEXT, "config.json": _TEXT,
    "merges.txt": _VOCABULARY, "preprocessor_config.json": _TEXT, "processor_config.json": _TEXT,
    "special_tokens_map.json": _TEXT, "spiece.model": _VOCABULARY, "tokenizer.json": _VOCABULARY,
    "tokenizer.model": _VOCABULARY, "tokenizer_config.json": _TEXT, "vocab.json": _VOCABULARY,
    "vocab.txt": 2 * _TEXT,
}  # fmt: skip


def require_small(folder: Path) -> None:
    """Raise ModelError if a small file in `folder` is too large, or not a regular file.

    The message names the first such file. A device, for instance, could be read without end.
    """
    for name in SMALL:
        path = folder / name
        if path.exists():
            _require_file(path)


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise ModelError(f"{path} non è un file: non l'ho letto.", AGAIN)
    require_size(path, path.stat().st_size)


def require_size(path: Path, size: int) -> None:
    """Raise ModelError if `size` bytes are too many for a file with the name of `path`."""
    most = SMALL.get(path.name, _TEXT)
    if size > most:
        raise ModelError(
            f"Il file {path} è di {size / 1e6:.0f} MB, e in un modello ne ha al massimo "
            f"{most / 1e6:.0f}: non l'ho letto.",
            AGAIN,
        )


def read_small(path: Path) -> bytes:
    """Return the content of a small file.

    Raises ModelError if the file is too large or not a regular file; OSError if it does not exist
    or cannot be read.
    """
    if path.exists():
        _require_file(path)
    return path.read_bytes()


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a model's file. Raises ModelError if there is no such object."""
    try:
        data = json.loads(read_small(path).decode("utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"Nella cartella {path.parent} manca {path.name}.", AGAIN) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"Il file {path} non si legge ({error}).", AGAIN) from error
    if not isinstance(data, dict):
        raise ModelError(f"Il file {path} non è quello di un modello.", AGAIN)
    return data
