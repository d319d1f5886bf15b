"""Files and folders that a walk passes over: junk of programs, and what the person excludes.

The person excludes by `--escludi` or in a `.cercafotoignore` file.

Patterns are those of gitignore, read by pathspec. A file holds for its folder and what lies
beneath; the nearest file that says anything decides, and `--escludi` goes before all of them.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cercafoto.photos.opening import open_file

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

FILE = b".cercafotoignore"
MOST_BYTES = 1_000_000  # read of such a file

# Thumbnails, bins and snapshots of NAS boxes and systems, previews of photo programs: copies, not
# photos. In lower case: Windows writes $Recycle.Bin in more than one way.
JUNK = frozenset(
    (
        *b"@eadir @tmp #recycle #snapshot $recycle.bin recycler lost+found".split(),
        *(b"system volume information", b"__macosx", b"captureone"),
    )
)
# Lightroom keeps its previews, as JPEG in all but name, in folders with these endings.
JUNK_ENDINGS = (b".lrdata", b".lrcat-data")
# Of the folder in which Apple Photos keeps everything only these hold the person's own files.
APPLE_LIBRARY, APPLE_ORIGINALS = b".photoslibrary", frozenset([b"originals", b"masters"])


def is_apple_library(folder: bytes) -> bool:
    """Tell whether a folder is one of those in which Apple Photos keeps everything."""
    return folder.lower().endswith(APPLE_LIBRARY)


def junk_in(folder: bytes) -> Callable[[bytes], bool]:
    """Return a test for names, in lower case, of entries of `folder` that are no photos."""
    within = is_apple_library(folder)

    def is_junk(name: bytes) -> bool:
        if name.startswith(b"."):  # hidden, ._ files of macOS, .thumbnails, .Trash-1000
            return True
        if name in JUNK or name.endswith(JUNK_ENDINGS):
            return True
        return within and name not in APPLE_ORIGINALS

    return is_junk


@dataclass(frozen=True)
class Patterns:
    """Lines in gitignore's syntax, and the folder that they count from."""

    folder: bytes
    spec: GitIgnoreSpec

    @classmethod
    def parse(cls, folder: bytes, lines: Iterable[str]) -> Patterns:
        """Parse lines. Raises ValueError for one that is no pattern."""
        from pathspec import GitIgnoreSpec

        return cls(folder, GitIgnoreSpec.from_lines(map(_nfc, lines)))

    @classmethod
    def read(cls, folder: bytes) -> Patterns:
        """Read the `.cercafotoignore` of a folder, without lines that are no pattern, as git does.

        Raises OSError.
        """
        with open_file(os.path.join(folder, FILE)) as stream:
            content = stream.read(MOST_BYTES).removeprefix(b"\xef\xbb\xbf")
        lines = os.fsdecode(content).splitlines()
        return cls.parse(folder, (line for line in lines if is_pattern(line)))

    def opinion_on(self, path: bytes, is_folder: bool) -> bool | None:
        """Decide on a path.

        True: leave it out. False: take it, whatever others say. None: no opinion.
        """
        top = os.path.join(self.folder, b"")
        if not path.startswith(top):
            return None
        inside = os.fsdecode(path[len(top) :]).replace(os.sep, "/")
        return self.spec.check_file(_nfc(inside) + "/" * is_folder).include


def is_pattern(line: str) -> bool:
    """Tell whether a line is a pattern in gitignore's syntax."""
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def is_left_out(path: bytes, is_folder: bool, patterns: Sequence[Patterns]) -> bool:
    """Tell whether the first of the patterns that has an opinion, the nearest first, excludes a
    path."""
    for applied in patterns:
        opinion = applied.opinion_on(path, is_folder)
        if opinion is not None:
            return opinion
    return False


def _nfc(text: str) -> str:
    """Compose accents: macOS spells them as two letters, keyboards as one; patterns mean both."""
    return unicodedata.normalize("NFC", text)
