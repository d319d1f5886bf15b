"""The process that decodes, started by `processes`.

For each request it asks what it needs to know, and answers: a line of JSON, and after an answer the
pixels and the small copy.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from cercafoto.base import memory, no_files
from cercafoto.base.parent_process import ParentProcess
from cercafoto.base.paths import printable
from cercafoto.errors import ImageError, MissingExtraError, PassingImageError
from cercafoto.photos.decoding import memory_cost
from cercafoto.photos.decoding.photo_file import read_content, read_keywords, read_photo
from cercafoto.photos.opening import Base
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.photos.xmp import MAX_BYTES


def main() -> None:
    """Serve requests until the input ends."""
    parent = ParentProcess()
    # For a photo that takes far more than its header announced.
    memory.limit(3 * memory_cost.MOST_BYTES // 2)
    no_files.forbid()
    parent.say({"ready": True})
    while True:
        _serve(parent.request(), parent)


def _serve(request: dict[str, Any], parent: ParentProcess) -> None:
    on_content: dict[str, Any] = {}

    def known(digest: bytes) -> bool:
        on_content.update(parent.ask({"content": digest.hex()}))
        return bool(on_content["known"])

    def described(digest: bytes) -> bool:
        return bool(on_content["described"])

    def room(needed: int) -> None:
        parent.ask({"room": needed})

    try:
        content = parent.payload() if "bytes" in request else None
        _answer(request, content, known, described, room, parent)
    except MissingExtraError as error:
        parent.say({"missing": error.message, "extra": error.extra})
    except PassingImageError as error:
        parent.say({"passing": error.message})
    except ImageError as error:
        parent.say({"problem": error.message})
    except MemoryError:
        name = printable(os.fsencode(request["path"]))
        parent.say({"problem": f"{name}: la memoria non basta per decodificarla."})


def _answer(
    request: dict[str, Any],
    content: bytes | None,
    known: Callable[[bytes], bool],
    described: Callable[[bytes], bool],
    room: Callable[[int], None],
    parent: ParentProcess,
) -> None:
    path = os.fsencode(request["path"])
    base = Base(os.fsencode(request["base"]), request["follow"]) if request.get("base") else None
    if request["preprocessing"] is None:
        packet, iptc = read_keywords(path, room, base)
        packet = packet if len(packet) <= MAX_BYTES else b""
        parent.say({"packet": len(packet), "iptc": iptc}, packet)
        return
    preprocessing = Preprocessing(**request["preprocessing"])
    if content is not None:
        photo = read_content(content, request["path"], preprocessing, room)
    else:
        photo = read_photo(path, preprocessing, known, described, room, request["copy"], base)
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
    parent.say({"photo": fields, "facts": facts} | sizes, pixels + copy)
