"""Translate captions into Italian with an open model, a program or DeepL, each text once.

Every translation is written to a SQLite file as soon as it arrives: an interrupted run goes on
where it stopped. The published model's 700 K Conceptual Captions were translated by DeepL.
"""

from __future__ import annotations

import shlex
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from cercafoto.training.data.captions import clean
from cercafoto.training.training_errors import InputError

COMMAND_BATCH = 500  # texts that a command gets at once


class Translator(Protocol):
    """Translates English captions.

    name: key of its translations in the cache, which holds those of several translators.
    batch: how many texts it takes at a time.
    """

    name: str
    batch: int

    def translate(self, texts: Sequence[str]) -> list[str]:
        """Return the translation of each text, in their order."""
        ...


class Cache:
    """Keeps translations in a SQLite file, by translator and English text."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        connection.execute(
            "CREATE TABLE IF NOT EXISTS translation ("
            "translator TEXT, text TEXT, italian TEXT NOT NULL, PRIMARY KEY (translator, text))"
        )

    def find(self, translator: str, text: str) -> str | None:
        query = "SELECT italian FROM translation WHERE translator = ? AND text = ?"
        row = self.connection.execute(query, (translator, text)).fetchone()
        return None if row is None else str(row[0])

    def keep(self, translator: str, translated: Sequence[tuple[str, str]]) -> None:
        with self.connection:  # one transaction: a batch is there whole or not at all
            self.connection.executemany(
                "INSERT OR REPLACE INTO translation VALUES (?, ?, ?)",
                [(translator, text, italian) for text, italian in translated],
            )


@contextmanager
def cache_in(path: Path) -> Iterator[Cache]:
    """Open the cache in `path`; make it if it is not there. Raises InputError for another file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        try:
            cache = Cache(connection)
            cache.find("", "")
        except sqlite3.DatabaseError as error:
            raise InputError(f"{path}: not a cache of translations ({error})") from error
        yield cache


def untranslated(texts: Sequence[str], translator: Translator, cache: Cache) -> list[str]:
    """Return the captions that the cache does not hold, each once and as they are sent."""
    captions = [t for t in dict.fromkeys(map(clean, texts)) if t]
    return [t for t in captions if cache.find(translator.name, t) is None]


def translate_new(
    texts: Sequence[str],
    translator: Translator,
    cache: Cache,
    done: Callable[[int, int], None] = lambda so_far, total: None,
) -> int:
    """Translate texts that the cache does not hold, each once; return how many were translated.

    done: called after each batch with the number translated so far and the number in all.
    """
    new = untranslated(texts, translator, cache)
    for first in range(0, len(new), translator.batch):
        batch = new[first : first + translator.batch]
        italian = translator.translate(batch)
        if len(italian) != len(batch):
            raise InputError(
                f"{translator.name}: {len(italian)} translations for {len(batch)} texts"
            )
        # A text that came back empty is asked for again at the next run.
        answered = [(a, b) for a, b in zip(batch, map(clean, italian), strict=True) if b]
        cache.keep(translator.name, answered)
        done(first + len(batch), len(new))
    return len(new)


class Command:
    """Translates with a program that reads a text a line and writes a translation a line, in order.

    For example `argos-translate --from-lang en --to-lang it`. It is started once a batch, and must
    end when its input ends. Raises InputError, with its stderr, if it fails or its lines do not
    match.
    """

    def __init__(self, command: str, batch: int = COMMAND_BATCH) -> None:
        self.words = shlex.split(command)
        if not self.words:
            raise InputError("the command to translate with is empty")
        self.name = f"command: {shlex.join(self.words)}"
        self.batch = batch

    def translate(self, texts: Sequence[str]) -> list[str]:
        try:
            ran = subprocess.run(
                self.words,
                input="".join(f"{text}\n" for text in texts).encode(),
                capture_output=True,
                check=False,
            )
        except OSError as error:
            raise InputError(f"{self.words[0]}: cannot be run ({error.strerror})") from error
        if ran.returncode:
            message = ran.stderr.decode("utf-8", "replace").strip()[-500:]
            raise InputError(f"{self.words[0]}: ended with {ran.returncode}: {message}")
        lines = ran.stdout.decode("utf-8", "replace").removesuffix("\n").split("\n")
        # No text is empty, so blank lines at the end are the program's own (Argos adds one).
        while len(lines) > len(texts) and not lines[-1].strip():
            lines.pop()
        if len(lines) != len(texts):
            raise InputError(
                f"{self.words[0]}: {len(lines)} lines for {len(texts)} texts; it must write one"
                " line for each that it reads"
            )
        return lines
