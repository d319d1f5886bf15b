"""Read words in a child process, started by `ocr_processes`: pixels in, lines out."""

from __future__ import annotations

import sys
from dataclasses import asdict
from importlib import import_module
from typing import Any

from cercafoto.base import own_process
from cercafoto.base.parent_process import ParentProcess
from cercafoto.ocr.engine import Engine, EngineError

# Limit of the process's data in bytes; a page takes a quarter of it.
MOST_MEMORY = 2_000_000_000


def main() -> None:
    """Answer requests from standard input until it ends. sys.argv[1]: module of the engine."""
    parent = ParentProcess()
    own_process.limit_memory(MOST_MEMORY)
    try:
        engine: Engine = import_module(sys.argv[1]).open_engine()
    except EngineError as error:
        parent.say({"broken": error.message, "hint": error.hint})
        return
    parent.say({"engine": engine.name})
    while True:
        request = parent.request()
        parent.say(_answer(engine, request, parent.payload()))


def _answer(engine: Engine, request: dict[str, Any], pixels: bytes) -> dict[str, Any]:
    from PIL import Image

    from cercafoto.ocr.reading import read

    try:
        picture = Image.frombytes("RGB", (request["width"], request["height"]), pixels)
        text = read(engine, picture, request["closely"])
    except MemoryError:
        return {"problem": "la memoria non basta per leggerne le parole"}
    except Exception as error:  # engines raise nearly anything; it costs only this photo
        # Without the error's message, which may quote the text of the photo.
        return {"problem": f"il motore che legge le parole si è fermato ({type(error).__name__})"}
    return {"turned": text.turned, "lines": [asdict(line) for line in text.lines]}
