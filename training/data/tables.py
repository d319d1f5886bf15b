"""Read rows of tab-separated files, plain or .gz, as Google publishes them and as we write them."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from cercafoto.training.training_errors import InputError

# Wikipedia sections go far beyond csv's 128 KiB; a C long of 32 bits is the most that csv takes.
csv.field_size_limit(2**31 - 1)


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """Open a UTF-8 text file, unpacked if its name ends in .gz.

    Inside the block, a file that is absent, damaged, cut short or not UTF-8 raises InputError
    with its name.
    """
    try:
        if path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
                yield text
        else:
            with path.open(encoding="utf-8", newline="") as text:
                yield text
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error


def rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the values of `columns` in every row.

    The first line names the columns; a value with a tab, a quote or a line break in it stands in
    double quotes, its own doubled.

    Raises InputError for a column that is absent and, with the line, for a row that is short.
    """
    with opened(path) as text:
        reader = csv.reader(text, delimiter="\t", quoting=csv.QUOTE_MINIMAL)
        try:
            names = [name.lstrip("\ufeff") for name in next(reader, [])]
            absent = [column for column in columns if column not in names]
            if absent:
                raise InputError(f"{path}: no column {', '.join(absent)} in its first line")
            places = [names.index(column) for column in columns]
            for row in reader:
                if row:
                    yield tuple(row[place] for place in places)
        except (csv.Error, IndexError) as error:
            raise InputError(f"{path}, line {reader.line_num}: {error}") from error
