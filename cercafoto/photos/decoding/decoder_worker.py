"""Run a decoding process, which `decoder_processes` starts.

While it serves a request it may ask the parent questions: how much to read of a content, and for
memory. An answer is a line of JSON, followed by the pixels and the small copy.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from cercafoto.base import own_process
from cercafoto.base.parent_process import ParentProcess
from cercafoto.base.paths import printable
from cercafoto.errors import ImageError, MissingExtraError, PassingImageError
from cercafoto.photos.decoding import memory_cost
from cercafoto.photos.decoding.photo_file import read_content, read_keywords, read_photo
from cercafoto.photos.decoding.source import Wanted
from cercafoto.photos.opening import Base
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.photos.read_file import Extent
from cercafoto.photos.xmp import MAX_BYTES


def main() -> None:
    """Answer requests from standard input until the parent closes it."""
    parent = ParentProcess()
    # Stops a photo that takes far more memory than its header announced.
    own_process.limit_memory(3 * memory_cost.MOST_BYTES // 2)
    own_process.forbid_writing()
    parent.say({"ready": True})
    while True:
        _serve(parent.request(), parent)


def _serve(request: dict[str, Any], parent: ParentProcess) -> None:
    """Answer one request with the photo that was read, or with the error that was raised."""

    def wanted(digest: bytes) -> Extent:
        answer: Extent = parent.ask({"content": digest.hex()})["wanted"]
        return answer

    def reserve(needed: int) -> None:
        parent.ask({"room": needed})

    try:
        content = parent.payload() if "bytes" in request else None
        _answer(request, content, wanted, reserve, parent)
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
    wanted: Callable[[bytes], Extent],
    reserve: Callable[[int], None],
    parent: ParentProcess,
) -> None:
    path = os.fsencode(request["path"])
    base = Base(os.fsencode(request["base"]), request["follow"]) if request.get("base") else None
    if request["preprocessing"] is None:
        packet, iptc = read_keywords(path, reserve, base)
        packet = packet if len(packet) <= MAX_BYTES else b""
        parent.say({"packet": len(packet), "iptc": iptc}, packet)
        return
    preprocessing = Preprocessing(**request["preprocessing"])
    things = Preprocessing(**request["things"]) if request["things"] else None
    if content is not None:
        read = read_content(content, request["path"], preprocessing, reserve)
    else:
        frames = Wanted(*request["frames"])
        read = read_photo(
            *(path, preprocessing, wanted, reserve, request["copy"], base), things, frames
        )
    image, small_copy = read.image or b"", read.small_copy or b""
    things_image, frames_but_first = read.things_image or b"", b"".join(read.images[1:])
    answer = {
        "size": read.file.size,
        "mtime_ns": read.file.mtime_ns,
        "content_digest": read.content_digest.hex(),
        "metadata": None if read.metadata is None else asdict(read.metadata),
        "width": read.width,
        "height": read.height,
        "orientation": read.orientation,
        "monochrome": read.monochrome,
        "image": len(image),
        "small_copy": len(small_copy),
        "things_image": len(things_image),
        "frames": len(frames_but_first),
        "moments": [moment[:2] for moment in read.moments],
        "damaged": read.damaged,
    }
    parent.say(answer, image + small_copy + things_image + frames_but_first)
