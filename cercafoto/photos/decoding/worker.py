"""The process that decodes, started by `processes`.

It takes one request a line on its standard input, followed by the bytes of a picture that is no
file, and for each asks what it needs to know and answers on its standard output: a line of JSON,
and after an answer the pixels and the small copy. It ends when its input does, be it in the middle
of a photo: it does not outlive the process that started it.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from queue import SimpleQueue
from typing import Any, BinaryIO

from cercafoto.base.paths import printable
from cercafoto.errors import ImageError, MissingExtraError, PassingImageError
from cercafoto.photos.decoding import memory_cost
from cercafoto.photos.decoding.photo_file import read_content, read_photo
from cercafoto.photos.preprocessing import Preprocessing

# The starting process ends a decoder that hangs; should that be gone, and the decoder keep Python
# from noticing, nobody else would.
ORPHANED = 3600  # seconds

Lines = SimpleQueue[bytes]


def main() -> None:
    """Serve requests until the input ends."""
    # Ctrl-C reaches every process of a terminal; the one that started this one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    lines: Lines = SimpleQueue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # decoders may print
    _say(answers, {"ready": True})
    while True:
        request = json.loads(lines.get())
        faulthandler.dump_traceback_later(ORPHANED, exit=True, file=nowhere)
        _serve(request, lines, answers)
        faulthandler.cancel_dump_traceback_later()


def _listen(lines: Lines) -> None:
    for line in iter(sys.stdin.buffer.readline, b""):
        lines.put(line)
        if size := json.loads(line).get("bytes"):
            lines.put(sys.stdin.buffer.read(size))
    os._exit(0)


def _serve(request: dict[str, Any], lines: Lines, answers: BinaryIO) -> None:
    def ask(question: dict[str, Any]) -> dict[str, Any]:
        _say(answers, question)
        answer: dict[str, Any] = json.loads(lines.get())
        return answer

    on_content: dict[str, Any] = {}

    def known(digest: bytes) -> bool:
        on_content.update(ask({"content": digest.hex()}))
        return bool(on_content["known"])

    def described(digest: bytes) -> bool:
        return bool(on_content["described"])

    def room(needed: int) -> None:
        ask({"room": needed})

    try:
        content = lines.get() if "bytes" in request else None
        _answer(request, content, known, described, room, answers)
    except MissingExtraError as error:
        _say(answers, {"missing": error.message, "extra": error.extra})
    except PassingImageError as error:
        _say(answers, {"passing": error.message})
    except ImageError as error:
        _say(answers, {"problem": error.message})
    except MemoryError:
        name = printable(os.fsencode(request["path"]))
        _say(answers, {"problem": f"{name}: la memoria non basta per decodificarla."})


def _answer(
    request: dict[str, Any],
    content: bytes | None,
    known: Callable[[bytes], bool],
    described: Callable[[bytes], bool],
    room: Callable[[int], None],
    answers: BinaryIO,
) -> None:
    preprocessing = Preprocessing(**request["preprocessing"])
    if content is not None:
        photo = read_content(content, request["path"], preprocessing, room)
    else:
        path = os.fsencode(request["path"])
        photo = read_photo(path, preprocessing, known, described, room, request["copy"])
    pixels, copy = photo.pixels or b"", photo.copy or b""
    facts = None if photo.facts is None else asdict(photo.facts)
    fields = {
        "digest": photo.digest.hex(),
        "size": photo.size,
        "mtime_ns": photo.mtime_ns,
        "width": photo.width,
        "height": photo.height,
        "orientation": photo.orientation,
        "monochrome": photo.monochrome,
    }
    sizes = {"pixels": len(pixels), "copy": len(copy)}
    _say(answers, {"photo": fields, "facts": facts} | sizes, pixels + copy)


def _say(answers: BinaryIO, message: dict[str, Any], payload: bytes = b"") -> None:
    answers.write(json.dumps(message).encode() + b"\n" + payload)
    answers.flush()


def _limit_memory() -> None:
    """Let a decoder that takes far more than the header announced fail alone."""
    try:
        import resource
    except ImportError:  # Windows
        return
    most = 3 * memory_cost.MOST_BYTES // 2
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or hard > most:
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
