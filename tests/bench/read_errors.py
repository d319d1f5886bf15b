"""How far what was read is from what is written, in letters.

The order of lines does not count, for a receipt or a ticket has more than one: each line that was
read goes to the written line that it has most letters in common with, those of one written line are
put together in the order in which they stand in it, and compared letter by letter: what is to be
put in, taken out or changed (Levenshtein). A line that was read and has less than half of its
letters in any written one is wrong as a whole. So a row whose two ends are read apart costs
nothing, and two rows read as one cost the shorter one twice. Capitals, accents and signs count;
runs of spaces, and which of the typographer's apostrophes and dashes it is, do not.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import Match, SequenceMatcher

import numpy as np

_SAME = str.maketrans("\u2019\u2018`\u00b4\u2013\u2014\u201c\u201d\u00ba", "''''--\"\"\u00b0")
_GAP = "\0"
LEAST = 0.5  # of the letters of a line that was read, in common with the one that it goes to


def plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).translate(_SAME).split())


def letters(lines: Sequence[str]) -> int:
    return sum(len(plain(line)) for line in lines)


def errors(written: Sequence[str], read: Sequence[str]) -> int:
    """Count the letters by which the text that was read differs from the written one."""
    lines, wrong = [plain(line) for line in written], 0
    free = list(lines)  # letters not yet matched; the other positions are gaps
    parts: list[list[tuple[int, str]]] = [[] for _ in lines]
    # The longest lines first, which are the surest: of "7,14" and "37,14" each then gets its own
    # line.
    for text in sorted(filter(None, map(plain, read)), key=len, reverse=True):
        at, blocks = _line_of(text, free)
        if at is None:
            wrong += len(text)
            continue
        parts[at].append((blocks[0].a, text))
        for block in blocks:
            end = block.a + block.size
            free[at] = free[at][: block.a] + _GAP * block.size + free[at][end:]
    for line, some in zip(lines, parts, strict=True):
        wrong += distance(line, " ".join(text for _, text in sorted(some)))
    return wrong


def _line_of(text: str, lines: Sequence[str]) -> tuple[int | None, list[Match]]:
    """Return the line with the most letters in common with a text, and the matches."""
    best, most, common = None, LEAST * len(text), list[Match]()
    # The second text is what SequenceMatcher prepares once.
    matcher = SequenceMatcher(b=text, autojunk=False)
    for at, line in enumerate(lines):
        matcher.set_seq1(line)
        blocks = matcher.get_matching_blocks()[:-1]
        if (size := sum(block.size for block in blocks)) > most:
            best, most, common = at, size, blocks
    return best, common


def distance(one: str, other: str) -> int:
    """Return the Levenshtein distance, computed one row at a time."""
    codes = np.array([ord(letter) for letter in other], np.int64)
    steps = np.arange(len(other) + 1)
    row = steps.copy()
    for letter in one:
        changed = row + 1
        changed[1:] = np.minimum(changed[1:], row[:-1] + (codes != ord(letter)))
        # What is put in: each costs one more than what stands before it.
        row = np.minimum.accumulate(changed - steps) + steps
    return int(row[-1])
