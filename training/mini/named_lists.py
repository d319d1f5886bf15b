"""Read tables of words, which are text files beside the code that uses them.

A line is a name, a colon and a list parted by commas. A line that begins with a space goes on from
the one above; one that begins with # is a comment.
"""

from __future__ import annotations

from pathlib import Path

from cercafoto.training.training_errors import InputError


def read_table(path: Path) -> dict[str, list[str]]:
    """Return each list by its name, in the order of the file.

    Raises InputError for a line without a colon, or a name that comes twice.
    """
    table: dict[str, list[str]] = {}
    for number, line in _entries(path.read_text(encoding="utf-8")):
        name, colon, items = line.partition(":")
        if not colon or name in table:
            reason = f"{name!r} comes twice" if colon else "no colon"
            raise InputError(f"{path}, line {number}: {reason}")
        table[name] = [item.strip() for item in items.split(",")]
    return table


def _entries(text: str) -> list[tuple[int, str]]:
    """Return whole entries, each with the number of its first line."""
    entries: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(" ") and entries:
            first, begun = entries[-1]
            entries[-1] = first, f"{begun} {line.strip()}"
        elif line and not line.startswith("#"):
            entries.append((number, line))
    return entries
