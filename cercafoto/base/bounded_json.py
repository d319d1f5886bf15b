"""Read JSON files of an archive, which may come from anywhere, after checking that none is too
large."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_json(path: Path, most: int) -> Any:
    """Return what the JSON in a file says. Raises OSError; ValueError if it is no file, has more
    than `most` bytes, or no JSON."""
    if path.exists() and not path.is_file():  # a pipe or a device could be read without end
        raise ValueError(f"{path} is no file")
    with path.open("rb") as stream:
        text = stream.read(most + 1)
    if len(text) > most:
        raise ValueError(f"{path} has more than {most} bytes")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError(f"{path} is nested too deeply") from error
