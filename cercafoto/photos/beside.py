"""Read the files beside a photo that describe it."""

from __future__ import annotations

import os
from dataclasses import replace

from cercafoto.photos.facts import Facts
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.person import each_once
from cercafoto.photos.read_file import FoundFile


def read_beside(file: FoundFile, folders: PhotoFolders) -> Facts | None:
    """Return the metadata in the files beside a photo; None if there are none, empty if they cannot
    be read."""
    if file.sidecar is None:
        return None
    # Imported here: most runs find no sidecar that changed.
    from cercafoto.photos import metadata, side_files, xmp

    packet = _content(file.sidecar.path, xmp.MAX_BYTES, folders) if file.sidecar.path else b""
    facts = metadata.read_sidecar(packet)
    people = [*facts.people]
    for path in file.sidecar.others:
        content = _content(path, side_files.MAX_BYTES, folders)
        people += side_files.people_in(path, content, os.path.basename(file.path))
    return replace(facts, people=each_once(people)).without_names(people)


def _content(path: bytes, max_bytes: int, folders: PhotoFolders) -> bytes:
    """Return the content of a file, b"" if it is longer than `max_bytes` or cannot be read."""
    try:
        with folders.open(path) as stream:
            content = stream.read(max_bytes + 1)
    except OSError:
        return b""
    return content if len(content) <= max_bytes else b""
