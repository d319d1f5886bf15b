"""Recognise the kind of a picture file by its first bytes, and list the extensions of pictures.

RAW files of most makers are TIFF files in which an ordinary reader finds only a tiny thumbnail.
They are recognised by the TIFF tag for sensor data, or by their extension.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from typing import BinaryIO

from cercafoto.photos.opening import open_beside, open_file

RAW, JXL, HEIF, PICTURE, UNKNOWN = "raw", "jxl", "heif", "picture", "unknown"
VIDEO = "video"
NOT_A_PHOTO = "non è una foto che so aprire"  # what is wrong with a file of kind UNKNOWN

RAW_ENDINGS = frozenset(
    b".3fr .arw .cr2 .cr3 .crw .dcr .dng .erf .fff .iiq .k25 .kdc .mef .mos .mrw .nef .nrw .orf "
    b".pef .raf .raw .rw2 .rwl .sr2 .srf .srw .x3f".split()
)
ENDINGS = RAW_ENDINGS | frozenset(
    b".jpg .jpeg .jpe .jfif .png .webp .gif .tif .tiff .bmp .dib .ppm .pgm .pbm .pnm .pfm .jp2 "
    b".j2k .jpx .avif .heic .heif .hif .jxl".split()
)
VIDEO_ENDINGS = frozenset(
    b".mp4 .mov .avi .mkv .m4v .3gp .3g2 .mts .m2ts .mpg .mpeg .wmv .webm .flv .vob".split()
)

# Kinds that need an extra: (module that reads them, name shown to the person). The kind is also
# the name of the extra: pip install 'cercafoto[raw]'.
EXTRAS = {RAW: ("rawpy", "RAW"), JXL: ("pillow_jxl", "JPEG XL"), VIDEO: ("av", "video")}

HEAD = 256  # how many bytes show the kind, except for kinds of TIFF
_PACKETS = (0, 188), (4, 192)  # place of the first packet of MPEG-TS, and their distance

_RAW_STARTS = (
    b"FUJIFILMCCD-RAW",
    b"IIRO", b"IIRS", b"MMOR",  # Olympus
    b"IIU\0",  # Panasonic, Leica
    b"\0MRM",  # Minolta
    b"FOVb",  # Sigma
)  # fmt: skip
_PICTURE_STARTS = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF8",
    b"BM",
    b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf", b"PF",
    b"\xff\x4f\xff\x51",
    b"\0\0\0\x0cjP  \r\n\x87\n",
)  # fmt: skip
# First bytes of videos -> FFmpeg's name of their reader.
_VIDEO_STARTS = {
    b"\x1a\x45\xdf\xa3": "matroska",
    b"\0\0\1\xba": "mpeg",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "asf",
    b"FLV\1": "flv",
}
_QUICKTIME = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}  # without ftyp, before 2005
_PICTURE_BRANDS = (b"avif", b"avis", b"miaf", b"jpx ", b"jpm ")
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
TIFF_STARTS = {b"II*\0": "<", b"MM\0*": ">"}

_PHOTOMETRIC, _SUB_IFDS, _DNG_VERSION = 0x0106, 0x014A, 0xC612
_SENSOR = {32803, 34892}  # colour filter array; linear RAW
_MOST_TAGS = 1000


def kind(stream: BinaryIO, ending: bytes) -> str:
    """Return the kind of the file in `stream`: RAW, JXL, HEIF, PICTURE, VIDEO or UNKNOWN.

    The stream is left at its beginning.

    ending: extension of the file, such as ".nef"; b"" if it has none.
    """
    head = stream.read(HEAD)
    try:
        return _kind(stream, head, ending)
    finally:
        stream.seek(0)


def _kind(stream: BinaryIO, head: bytes, ending: bytes) -> str:
    if head.startswith(_RAW_STARTS) or head[6:14] == b"HEAPCCDR":  # HEAPCCDR: Canon's CRW
        return RAW
    if head[4:12] == b"ftypcrx ":  # CR3
        return RAW
    if head.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")):
        return JXL
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return PICTURE if b"avif" in head[:32] else HEIF
    if _reader(head) is not None:
        return VIDEO
    if head[4:8] == b"ftyp":
        return PICTURE
    order = TIFF_STARTS.get(head[:4])
    if order is not None:
        sensor = ending.lower() in RAW_ENDINGS or _from_a_sensor(stream, head, order)
        return RAW if sensor else PICTURE
    if head.startswith(_PICTURE_STARTS) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return PICTURE
    return UNKNOWN


def _reader(head: bytes) -> str | None:
    """Return FFmpeg's name of the reader of a video; None if `head` begins no video."""
    for start, name in _VIDEO_STARTS.items():
        if head.startswith(start):
            return name
    if head[4:8] == b"ftyp":
        return None if any(brand in head[:32] for brand in _PICTURE_BRANDS) else "mov"
    if head[4:8] in _QUICKTIME:
        return "mov"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    # MPEG-TS: packets of 188 bytes, in .m2ts each after a time of four bytes. A GIF may look so.
    if not head.startswith(_PICTURE_STARTS) and any(
        len(head) > at + 188 and head[at] == head[at + size] == 0x47 for at, size in _PACKETS
    ):
        return "mpegts"
    return None


def video_reader(stream: BinaryIO) -> str:
    """Return FFmpeg's name of the reader of a video. Raises ValueError for another kind of file."""
    head = stream.read(HEAD)
    stream.seek(0)
    reader = _reader(head)
    if reader is None:
        raise ValueError("not a video")
    return reader


def can_read_videos() -> bool:
    """Whether the extra that reads videos is installed."""
    return find_spec(EXTRAS[VIDEO][0]) is not None


def is_video(path: bytes) -> bool:
    """Whether a path has the extension of a video."""
    return os.path.splitext(path)[1].lower() in VIDEO_ENDINGS


def count_videos(paths: Iterable[bytes]) -> int:
    """Return how many paths have the extension of a video."""
    return sum(map(is_video, paths))


def is_named_photo(path: bytes) -> bool:
    """Whether a path has the extension of a photo or a video."""
    return os.path.splitext(path)[1].lower() in ENDINGS | VIDEO_ENDINGS


def is_photo_file(path: bytes, opened: Callable[[bytes], BinaryIO] = open_beside) -> bool:
    """Whether `path` is a regular file and, by its name or else by its first bytes, a photo
    or a video. opened: opens it."""
    try:
        with opened(path) as stream:
            return is_named_photo(path) or kind(stream, os.path.splitext(path)[1]) != UNKNOWN
    except OSError:
        return False


def _from_a_sensor(stream: BinaryIO, head: bytes, order: str) -> bool:
    """Whether a TIFF holds sensor data. head: first bytes. order: "<" or ">" of `struct`."""
    try:
        first = list(_tags(stream, struct.unpack(f"{order}I", head[4:8])[0], order))
        values = dict(first)
        if _DNG_VERSION in values or head[8:10] == b"CR":
            return True
        if values.get(_PHOTOMETRIC) in _SENSOR:
            return True
        below = values.get(_SUB_IFDS, 0)
        return bool(below) and any(
            tag == _PHOTOMETRIC and value in _SENSOR
            for place in _places(stream, below, order)
            for tag, value in _tags(stream, place, order)
        )
    except struct.error:  # cut short
        return False


def _tags(stream: BinaryIO, place: int, order: str) -> Iterator[tuple[int, int]]:
    """Yield (tag, value) of the TIFF directory at position `place`.

    If the tag SubIFDs has several sub-directories, its value is the position of their list,
    negated.
    """
    stream.seek(place)
    (count,) = struct.unpack(f"{order}H", stream.read(2))
    for _ in range(min(count, _MOST_TAGS)):
        entry = stream.read(12)
        tag, type_, number = struct.unpack(f"{order}HHI", entry[:8])
        width = "H" if (type_, number) == (3, 1) else "I"
        (value,) = struct.unpack_from(f"{order}{width}", entry, 8)
        yield tag, -value if tag == _SUB_IFDS and number > 1 else value


def _places(stream: BinaryIO, value: int, order: str) -> list[int]:
    """Return the positions of the first one or two TIFF sub-directories.

    value: value of the tag SubIFDs, as `_tags` yields it.
    """
    if value > 0:
        return [value]
    stream.seek(-value)
    return list(struct.unpack(f"{order}2I", stream.read(8)))


def missing_extras() -> frozenset[str]:
    """Return the extras that are not installed."""
    return frozenset(extra for extra, (module, _) in EXTRAS.items() if find_spec(module) is None)


def missing_extra(path: bytes, missing: frozenset[str]) -> str | None:
    """Return which of the `missing` extras a file needs, None if it needs none of these.

    Also None if the file cannot be opened: reading it later reports why.
    """
    if not missing:
        return None
    try:
        with open_file(path) as stream:
            extra = kind(stream, os.path.splitext(path)[1])
    except OSError:
        return None
    return extra if extra in missing else None
