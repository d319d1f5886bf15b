"""Decide which files and folders a walk skips: junk of programs, and what the person excludes.

The person excludes with `--escludi` or in `.cercafotoignore` files. The patterns have the syntax of
gitignore and are read by pathspec. A file applies to its folder and everything below. The nearest
file with a matching pattern decides; `--escludi` wins over all files.
"""

from __future__ import annotations

import codecs
import os
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cercafoto.photos.opening import open_file

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

FILE = b".cercafotoignore"
MOST_BYTES = 1_000_000  # the rest of a longer .cercafotoignore is not read

# Folders of NAS boxes, systems and photo programs that hold thumbnails, deleted files, snapshots or
# previews: only copies of photos. In lower case, since Windows spells $Recycle.Bin in several ways.
JUNK = frozenset(
    (
        *b"@eadir @tmp #recycle #snapshot $recycle.bin recycler lost+found".split(),
        *(b"system volume information", b"__macosx", b"captureone"),
    )
)
# Folders with these endings hold Lightroom's previews.
JUNK_ENDINGS = (b".lrdata", b".lrcat-data")
# The folder of Apple Photos, and its only subfolders that hold the person's own files.
APPLE_LIBRARY, APPLE_ORIGINALS = b".photoslibrary", frozenset([b"originals", b"masters"])


def is_apple_library(folder: bytes) -> bool:
    """Whether a folder is a library of Apple Photos."""
    return folder.lower().endswith(APPLE_LIBRARY)


def junk_in(folder: bytes) -> Callable[[bytes], bool]:
    """Return a function that is True for the lower-case names of junk inside `folder`."""
    within = is_apple_library(folder)

    def is_junk(name: bytes) -> bool:
        if name.startswith(b"."):  # hidden files, ._ files of macOS, .thumbnails, .Trash-1000
            return True
        if name in JUNK or name.endswith(JUNK_ENDINGS):
            return True
        return within and name not in APPLE_ORIGINALS

    return is_junk


@dataclass(frozen=True)
class Patterns:
    """Patterns in gitignore's syntax, which apply to paths inside `folder`."""

    folder: bytes
    spec: GitIgnoreSpec

    @classmethod
    def parse(cls, folder: bytes, lines: Iterable[str]) -> Patterns:
        """Return the patterns in `lines`. Raises ValueError if a line is not a pattern."""
        from pathspec import GitIgnoreSpec

        return cls(folder, GitIgnoreSpec.from_lines(map(_nfc, lines)))

    @classmethod
    def read(cls, folder: bytes) -> Patterns:
        """Return the patterns in the `.cercafotoignore` of a folder. Raises OSError.

        Lines that are not patterns are ignored, as git does.
        """
        with open_file(os.path.join(folder, FILE)) as stream:
            content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            content = content[: content.rfind(b"\n") + 1]
        return cls.parse(folder, filter(is_pattern, _lines(content)))

    def opinion_on(self, path: bytes, is_folder: bool) -> bool | None:
        """Whether the patterns exclude a path; None if none matches it."""
        top = os.path.join(self.folder, b"")
        if not path.startswith(top):
            return None
        inside = os.fsdecode(path[len(top) :]).replace(os.sep, "/")
        return self.spec.check_file(_nfc(inside) + "/" * is_folder).include


def _lines(content: bytes) -> list[str]:
    """Return the lines of a `.cercafotoignore`. It is in UTF-8, or as Windows writes texts: UTF-16
    with a byte order mark (PowerShell, Notepad's "Unicode") or else Windows-1252."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        lines = content.decode("utf-16", "replace").split("\n")
    else:
        try:
            lines = content.removeprefix(codecs.BOM_UTF8).decode().split("\n")
        except UnicodeDecodeError:
            # Also as bytes: names on a disk need not be UTF-8 either.
            forms = (("cp1252", "replace"), ("utf-8", "surrogateescape"))
            lines = [line.decode(*form) for line in content.split(b"\n") for form in forms]
    return [line.removesuffix("\r") for line in lines]


def is_pattern(line: str) -> bool:
    """Whether a line is a pattern in gitignore's syntax."""
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def is_left_out(path: bytes, is_folder: bool, patterns: Sequence[Patterns]) -> bool:
    """Whether the first `Patterns` that match a path exclude it; False if none match.

    patterns: in order of precedence, the nearest folder first.
    """
    for applied in patterns:
        opinion = applied.opinion_on(path, is_folder)
        if opinion is not None:
            return opinion
    return False


def _nfc(text: str) -> str:
    """Return a text with composed accents. macOS writes "é" as two characters, keyboards as one;
    a pattern must match both."""
    return unicodedata.normalize("NFC", text)
