"""Find the years that a photo's names and words state: "1987 Cresima", "Rimini 1987", "anni '80".

The catalogue stores them as marks among the words of the names, so that an index finds them. A scan
has the date of the scanner, and only its folder says when the photo was taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from cercafoto.base.word_stems import fold, telling_words
from cercafoto.photos.folder_dates import years_in
from cercafoto.photos.sources import date_in_name

# Names of scans say when the scanner worked, unless the year is before people had scanners.
_SCANS = re.compile(r"\b(?:scans?|scansion\w*|scanner)\b")
FIRST_SCANS = 1995
_TENS = ("venti", "trenta", "quaranta", "cinquanta", "sessanta", "settanta", "ottanta", "novanta")
_DECADE = re.compile(rf"\banni '?(?:19|20)?(\d0|{'|'.join(_TENS)})\b")
# "1985-1990", "1974/75": all years between, if they are not too many.
_RANGE = re.compile(r"(?<![\w-])(\d{4}) ?[-/] ?(\d{4}|\d\d)(?![\w-])")
LONGEST_RANGE = 20
# A camera's counter: "DSCF1987", "_MG_1987", "CRW 1987", "PANA1987", "DSCN1987 (2)".
_COUNTER = re.compile(r"_?[A-Z]{1,4}[-_ ]?\d{4}(?!\d)")
_NUMBERED = re.compile(r"\d{4}[-_ ]\d{1,3}")  # "1987_012", the twelfth scan of the year
MOST_TEXT = 300  # letters of a title or description that are looked at


def year_mark(year: int) -> str:
    """Return the word that marks a year in the index."""
    return f"anno{year}"


def decade_mark(year: int) -> str:
    """Return the word that marks the decade of a year in the index."""
    return f"decennio{year // 10 * 10}"


def year_marks(names: Sequence[str], texts: Iterable[str | None]) -> str:
    """Return the marks of the years that a photo's names and texts state, joined by spaces.

    names: of its folders, the outermost first, and last of the file, without extension.
    texts: its title, its description and its keywords.
    """
    years, decades = set[int](), set[int]()
    for text in (stating_name(names) or "", *filter(None, texts)):
        years |= years_stated(text)
        decades |= _decades(text)
    marks = [*map(year_mark, sorted(years)), *map(decade_mark, sorted(years | decades))]
    return " ".join(dict.fromkeys(marks))


def stating_name(names: Sequence[str]) -> str | None:
    """Return the innermost of a photo's names that states a year or decade; None if none does. The
    folder "1987 Cresima" counts, not the folder "2020" around it."""
    *folders, file = names
    inner = [file] if _may_state(file) else []
    return next((n for n in (*inner, *reversed(folders)) if years_stated(n) or _decades(n)), None)


@lru_cache(maxsize=1024)  # photos share folders
def years_stated(text: str) -> frozenset[int]:
    """Return the years that a name, a title or a keyword states."""
    folded = fold(text[:MOST_TEXT])
    bare = _SCANS.sub(" ", folded)
    years = years_in(bare)
    if bare != folded and any(year >= FIRST_SCANS for year in years):
        return frozenset()
    between = (year for match in _RANGE.finditer(bare) for year in _range(*match.groups()))
    return frozenset({*years, *between})


def _range(first: str, last: str) -> Iterator[int]:
    """Yield the years of "1985-1990" or "1974/75"; none if these are no such years."""
    begin, end = int(first), int(first[: 4 - len(last)] + last)
    most = LONGEST_RANGE if len(last) == 4 else int(last) > 12  # "2010-11" is a month
    if begin < end <= begin + most and years_in(first):
        yield from range(begin, end + 1)


@lru_cache(maxsize=1024)
def _decades(text: str) -> frozenset[int]:
    """Return the first years of the decades that a text names: 1980 for "anni '80"."""
    if "nni" not in text.casefold():
        return frozenset()
    found = set[int]()
    for match in _DECADE.finditer(fold(text[:MOST_TEXT])):
        word = match[1]
        tens = 10 * (_TENS.index(word) + 2) if word in _TENS else int(word)
        full = re.search(r"\d{4}", match[0])
        # "Anni 20" may be either; people's photos of the first one are few.
        found.add(int(full[0]) if full else 1900 + tens if tens >= 30 else 2000 + tens)
    return frozenset(found)


def _may_state(name: str) -> bool:
    """Whether the name of a file may state a year: it is no camera's counter and no camera's date,
    which `facts.date_in_name` reads."""
    if date_in_name(name.encode("utf-8", "surrogateescape")) or _COUNTER.match(name):
        return False
    return bool(telling_words(name) or _NUMBERED.fullmatch(name))
