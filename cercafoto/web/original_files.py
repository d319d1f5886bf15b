"""Open photo files for sending: one with its media type, several as a ZIP file.

The ZIP file is made while it is sent. Files are opened read-only and never held in memory
completely.
"""

from __future__ import annotations

import io
import os
import re
import time
import unicodedata
import zipfile
from collections.abc import Generator, Iterable, Sequence
from typing import BinaryIO

from cercafoto.base.italian_counts import thousands
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import printable
from cercafoto.errors import UsageError
from cercafoto.photos.decoding.file_kind import HEAD, UNKNOWN, VIDEO, kind
from cercafoto.photos.opening import PhotoFolders
from cercafoto.results.photos import Tile

MOST_PHOTOS = 1000  # of one download
MOST_BYTES = 10_000_000_000
PIECE = 1 << 20  # bytes read and sent at a time

# (first bytes, type) of files that every browser can show; it saves other files.
_SHOWN = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
)
SAVED = "application/octet-stream"
_FEWER = "Scegline meno, oppure copia i loro percorsi."
_EARLIEST, _LATEST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)  # times that ZIP can store


class NotReadableError(UsageError):
    """A photo of the archive is missing, unreadable or changed now, or is no photo any more."""


def open_original(folders: PhotoFolders, tile: Tile) -> tuple[BinaryIO, str]:
    """Open a photo that has not changed since it was indexed; return the file and its media type.

    The media type is one that every browser shows, or SAVED. A .mov is sent as MP4, which it
    nearly is: some browsers play no other name of it. It is found from the file's
    content, never from its name.

    folders: opens the file.
    Raises NotReadableError if the file is missing, unreadable, changed, or not a photo.
    """
    try:
        stream = folders.open_indexed(tile.path, tile.size, tile.mtime_ns)
    except FileNotFoundError as error:
        raise _unreadable(tile.path, "il file non c'è più") from error
    except OSError as error:
        raise _unreadable(tile.path, os_error_in_italian(error)) from error
    try:
        known = kind(stream, b"")
        if known == UNKNOWN:
            raise _unreadable(tile.path, "non è più una foto")
        head = stream.read(HEAD)
        stream.seek(0)
    except BaseException:
        stream.close()
        raise
    if known == VIDEO and head[4:8] == b"ftyp":
        return stream, "video/mp4"
    return stream, _type_of(head)


def _type_of(head: bytes) -> str:
    for start, name in _SHOWN:
        if head.startswith(start):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    return SAVED


def _unreadable(path: bytes, why: str) -> NotReadableError:
    source, colon, _ = printable(path).partition(":/")
    if colon:  # a path in a shared archive whose folder is not known on this machine
        return NotReadableError(
            f"{printable(path)}: l'originale è su un'altra macchina.",
            f"Se le sue cartelle si vedono anche da qui: --radice {source}=CARTELLA",
        )
    return NotReadableError(
        f"{printable(path)}: {why}.", "Se l'hai spostata o modificata, rilancia «cercafoto index»."
    )


def refuse_too_many(tiles: Iterable[Tile]) -> None:
    """Raise UsageError for more than MOST_PHOTOS photos or MOST_BYTES bytes."""
    sizes = [tile.size for tile in tiles]
    if len(sizes) > MOST_PHOTOS:
        raise UsageError(
            f"Si scaricano al massimo {thousands(MOST_PHOTOS)} foto per volta, e queste sono "
            f"{thousands(len(sizes))}.",
            _FEWER,
        )
    if sum(sizes) > MOST_BYTES:
        raise UsageError(
            f"Si scaricano al massimo {_gigabytes(MOST_BYTES)} per volta, e queste foto ne fanno "
            f"{_gigabytes(sum(sizes))}.",
            _FEWER,
        )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB".replace(".0", "").replace(".", ",")


def zipped(folders: PhotoFolders, tiles: Sequence[Tile]) -> Generator[bytes, None, None]:
    """Yield the pieces of an uncompressed ZIP file of these photos.

    folders: opens the files.
    Raises NotReadableError as `open_original`, or if a file cannot be read to its end: the download
    then fails, which is better than a ZIP file without one of the photos.
    """
    outlet = Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
        for tile, name in zip(tiles, unique_names(tile.path for tile in tiles), strict=True):
            stream, _ = open_original(folders, tile)
            try:
                with stream:
                    yield from _add(archive, outlet, stream, name)
            except OSError as error:
                raise _unreadable(tile.path, os_error_in_italian(error)) from error
    yield outlet.taken()


def _add(
    archive: zipfile.ZipFile, outlet: Outlet, photo: BinaryIO, name: str
) -> Generator[bytes, None, None]:
    """Write a photo into the ZIP file `archive`, and yield the pieces that reach `outlet`."""
    status = os.fstat(photo.fileno())
    entry = zip_entry(name, status.st_mtime)
    entry.file_size = status.st_size  # files above 2 GiB need longer fields, chosen by this
    with archive.open(entry, "w") as target:
        for piece in pieces(photo, 0, status.st_size):
            target.write(piece)
            yield outlet.taken()


def pieces(photo: BinaryIO, start: int, end: int) -> Generator[bytes, None, None]:
    """Yield a file's bytes from `start` to `end`, `end` not included, at most PIECE at a time."""
    photo.seek(start)
    while start < end and (piece := photo.read(min(PIECE, end - start))):
        yield piece
        start += len(piece)


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the bytes (start, end), `end` not included, that a request's header Range asks for.

    A header that is not one range of bytes gives the whole file, as does one that ends before it
    begins (RFC 9110, 14.1.2). Returns None if the file has no such bytes.
    header: the value of the header; "" if there is none.
    size: bytes of the file.
    """
    found = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", header)
    if found is None or found.groups() == ("", ""):
        return 0, size
    first, last = found.groups()
    if first and last and int(last) < int(first):
        return 0, size
    if not first:  # "-500": the last 500 bytes
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    return (start, end) if start < end else None


class Outlet(io.RawIOBase):
    """A stream that collects the written bytes until `taken` returns and forgets them."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def zip_entry(name: str, mtime: float) -> zipfile.ZipInfo:
    """Return the entry of a ZIP file for a file of this name and time."""
    entry = zipfile.ZipInfo(name, _moment(mtime))
    entry.external_attr = 0o644 << 16
    return entry


def _moment(mtime: float) -> tuple[int, int, int, int, int, int]:
    # Clamped to times that every system can convert.
    found = time.localtime(min(max(mtime, 0), 2**32))[:6]
    return min(max(found, _EARLIEST), _LATEST)


def unique_names(paths: Iterable[bytes]) -> list[str]:
    """Return a unique name for each file, in the same order: foto.jpg, then "foto (2).jpg".

    The names are unique even on disks that ignore upper and lower case.
    """
    given: list[str] = []
    taken: set[str] = set()
    for path in paths:
        name = file_name(path)
        stem, dot, ending = name.rpartition(".")
        number = 1
        while (same := unicodedata.normalize("NFC", name).casefold()) in taken:
            number += 1
            name = f"{stem} ({number}){dot}{ending}" if dot else f"{ending} ({number})"
        taken.add(same)
        given.append(name)
    return given


def file_name(path: bytes) -> str:
    """Return the file name in `path`, with "_" for characters that are invalid on other systems."""
    name = printable(os.fsdecode(path).rpartition(os.sep)[2])
    return "".join("_" if letter in '\\/:*?"<>|' else letter for letter in name)
