"""Read sentences in two languages: the teacher's English, and the same in Italian.

A TSV has English and Italian in its first two columns; JSON lines have {"en": "...", "it": "..."}.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from cercafoto.training.training_errors import InputError


@dataclass(frozen=True)
class Sentences:
    """english[i] and italian[i] say the same.

    digest: SHA-256 of the file.
    """

    english: list[str]
    italian: list[str]
    digest: str = ""

    def __len__(self) -> int:
        return len(self.english)


def read_sentences(path: Path) -> Sentences:
    """Return the sentences of a file: JSON lines if its name ends in .jsonl, else TSV.

    Raises InputError, naming file and line, for a line that lacks either sentence, and for a file
    that cannot be read or is empty.
    """
    try:
        data = path.read_bytes()
        lines = data.decode("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    sentences = Sentences([], [], hashlib.sha256(data).hexdigest())
    is_json = path.suffix == ".jsonl"
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        english, italian = _json(line) if is_json else _tsv(line)
        if not (english and italian):
            wanted = '{"en": ..., "it": ...}' if is_json else "English, a tab, Italian"
            raise InputError(f"{path}, line {number}: expected {wanted}")
        sentences.english.append(english)
        sentences.italian.append(italian)
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
