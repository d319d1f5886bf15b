"""Sentences in two languages: the teacher's, and the same in Italian.

A TSV has English and Italian in its first two columns; JSON lines have {"en": "...", "it": "..."}.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from cercafoto.training.training_errors import InputError


@dataclass(frozen=True)
class Sentences:
    """english[i] and italian[i] say the same."""

    english: list[str]
    italian: list[str]

    def __len__(self) -> int:
        return len(self.english)


def read_sentences(path: Path) -> Sentences:
    """Read pairs of sentences: JSON lines where the file is called .jsonl, else TSV.

    Raises InputError, naming file and line, for a line that lacks either sentence, and for a file
    that cannot be read or holds none.
    """
    sentences = Sentences([], [])
    is_json = path.suffix == ".jsonl"
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                english, italian = _json(line) if is_json else _tsv(line)
                if not (english and italian):
                    wanted = '{"en": ..., "it": ...}' if is_json else "English, a tab, Italian"
                    raise InputError(f"{path}, line {number}: expected {wanted}")
                sentences.english.append(english)
                sentences.italian.append(italian)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    if not sentences.english:
        raise InputError(f"{path}: no sentences")
    return sentences


def _tsv(line: str) -> tuple[str, str]:
    english, italian = [*line.rstrip("\r\n").split("\t"), ""][:2]
    return english.strip(), italian.strip()


def _json(line: str) -> tuple[str, str]:
    try:
        row = json.loads(line)
        english, italian = row["en"], row["it"]
    except (ValueError, KeyError, TypeError):
        return "", ""
    if not (isinstance(english, str) and isinstance(italian, str)):
        return "", ""
    return english.strip(), italian.strip()
