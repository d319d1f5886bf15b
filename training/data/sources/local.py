"""Make pairs of photos on this machine: of lines that name files, and of Tux Paint's stamps."""

from __future__ import annotations

import json
from pathlib import Path

from cercafoto.training.data.captions import distinct
from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.tables import opened
from cercafoto.training.data.tally import MISSING, NO_CAPTION, Tally
from cercafoto.training.training_errors import InputError

STAMPS = "stamps"
ITALIAN = "it.utf8="


def captioned(path: Path, words: bool = False) -> tuple[list[Pair], Tally]:
    """Return pairs of JSON lines with "image_path" and "captions", which may be empty.

    words: make "parole", search words, one more caption.
    Paths are relative to the file's folder. The source of a pair is its photo's folder, so that the
    split takes its share of each folder. Raises InputError, naming the line, for a line that is not
    such an object.
    """
    tally = Tally(path.stem)
    pairs = []
    with opened(path) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            tally.read += 1
            try:
                row = json.loads(line)
                photo = str(row["image_path"])
                texts = [*row["captions"], ", ".join(row.get("parole", []) if words else [])]
                captions = distinct(texts)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise InputError(f"{path}, line {number}: {error!r}") from error
            if captions:
                source = row.get("source") or Path(photo).parent.name or path.stem
                pairs.append(Pair(photo, captions, str(source)))
            else:
                tally.leave_out(NO_CAPTION)
    return pairs, tally


def stamps(folder: Path) -> tuple[list[Pair], Tally]:
    """Return pairs of the stamps of Debian's tuxpaint-stamps-default.

    Beside "cat.png" lies a "cat.txt" whose lines give its name in many languages, "it.utf8="
    before the Italian one. "read" counts those texts; paths are relative to `folder`. Raises
    InputError for a folder without any.
    """
    tally = Tally(STAMPS)
    pairs = []
    for text in sorted(folder.rglob("*.txt")):
        tally.read += 1
        captions = distinct([_italian(text)])
        if not captions:
            tally.leave_out(NO_CAPTION)
        elif not (photo := text.with_suffix(".png")).is_file():
            tally.leave_out(MISSING)  # only a sound, or an .svg
        else:
            pairs.append(Pair(photo.relative_to(folder).as_posix(), captions, STAMPS))
    if not tally.read:
        raise InputError(f"{folder}: no stamps (the Debian package is tuxpaint-stamps-default)")
    return pairs, tally


def _italian(text: Path) -> str | None:
    # Lines before those with ".utf8=" may be in any encoding.
    for line in text.read_text(encoding="utf-8", errors="replace").split("\n"):
        if line.startswith(ITALIAN):
            return line.removeprefix(ITALIAN)
    return None
