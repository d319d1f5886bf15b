"""Read dates from folder names: a year, or a year with a month or with month and day.

Examples: "2023", "2023-08", "2023_08_14 Gita", "Agosto 2023", "Natale 2019", "Estate '98", and the
nested folders 2019/08/14. The innermost folder with a date counts. If its name has only a month,
the year comes from the folders above.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from cercafoto.base.word_stems import fold
from cercafoto.photos.sources import part_of_date

_MONTHS = (
    *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno"),
    *("luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
)
_MONTH = {name: number for number, name in enumerate(_MONTHS, 1)}
_SHORT = {name[:3]: number for name, number in _MONTH.items()}
# The months in which photos of a feast are taken. Movable feasts are missing: only their year is
# certain.
_FEASTS = {
    "capodanno": (1, 12), "epifania": (1,), "befana": (1,), "san valentino": (2,),
    "ferragosto": (8,), "halloween": (10,), "ognissanti": (11,), "immacolata": (12,),
    "natale": (12,), "santo stefano": (12,), "san silvestro": (12,),
}  # fmt: skip
_SEASONS = "primavera|estate|autunno|inverno"

# Folder names with these words contain a year that is not the photos': of a backup, scan or
# export, of a school class, or of a range of years.
_DOUBTFUL = re.compile(
    r"\b(?:backup|bkp|copi[ae] di (?:sicurezza|riserva)|classe|salvatagg\w*|scans?|scansion\w*|"
    r"scanner|export\w*|esporta\w*|"
    r"import\w*|recuper\w*|recovery|downloads?|scarica\w*|(?<!\d )anni '?\d\d+|"
    r"(?:prima|fino|dopo|pre|post)\b(?: del?| al?| il)? ?\d{4})\b"
)
_YEAR_MONTH_DAY = re.compile(r"(?<!\d)(?P<y>\d{4})([-_. ]?)(?P<m>\d\d)\2(?P<d>\d\d)(?!\d)")
_DAY_MONTH_YEAR = re.compile(r"(?<!\d)(?P<d>\d\d?)([-_. ])(?P<m>\d\d?)\2(?P<y>\d{4})(?!\d)")
# "08-2023" only at the beginning: "Gita 3-2019" is the third trip of 2019.
_YEAR_MONTH = re.compile(r"(?<!\d)(?P<y>\d{4})[-_. ](?P<m>\d\d)(?!\d)")
_MONTH_YEAR = re.compile(r"^(?P<m>\d\d)[-_.](?P<y>\d{4})(?!\d)")
# Not a year: a number right after the letters of a counter or of a memory card's folder, and a
# number followed by a letter: Canon 2000D, 2000px.
_YEAR = re.compile(
    r"(?<!\d)(?<!\b\d\d\d[-_])(?<!\b[a-z])(?<!\b[a-z]{2})(?<!\b[a-z]{3})"
    r"(?<!\bdscn)(?<!\bdscf)(?<!\bcimg)(?<!\bpict)(?<!\bgopr)(?<!\bimgp)"
    r"(?<!\b(?:dsc|img|pxl|sam|mvi|vid|iso)[-_ ])(?<!\b(?:dscn|dscf|cimg|pict|gopr|imgp)[-_ ])"
    r"(\d{4})(?![\da-z])"
)
# Not "l'11 settembre", nor "Natale 25 dicembre".
_SHORT_YEAR = re.compile(
    rf"(?:(?<![a-z])'|\b(?:{_SEASONS}|{'|'.join(_FEASTS)}|pasqua|carnevale) )(\d\d)\b"
    rf"(?! ?(?:-|e|al|{'|'.join(_MONTHS)})\b)"
)
_NAMED_MONTH = re.compile(
    rf"(?:\b(\d\d?)[°o]?(?: ?(?:-|e|al) ?(\d\d?))? (?:di )?)?\b({'|'.join(_MONTHS)})(?![a-z])"
)
# "ago" counts only if the rest of the name is a year at most: not in "Mar Rosso".
_ALONE = re.compile(rf"\W*({'|'.join(_SHORT)})\W*")

OLDEST = 1840  # smaller numbers are not years of photos that people have at home


class _FolderDate(NamedTuple):
    """A date from folder names. Only the year is always known."""

    year: int
    month: int | None = None
    day: int | None = None

    def possible(self) -> _FolderDate | None:
        """Return the date without an impossible day or month, None if the year is impossible."""
        for shortened in (self, self._replace(day=None), _FolderDate(self.year)):
            if part_of_date(*(part or 0 for part in shortened)):
                return shortened
        return None


@lru_cache(1024)  # all photos of a folder share the result
def date_in_folders(folders: tuple[str, ...]) -> str | None:
    """Return the date in folder names ("2023", "2023-08" or "2023-08-14"); None if there is none.

    folders: names of the folders above a file, the outermost first.
    """
    date: _FolderDate | None = None
    above = False  # whether `found` comes from the folder right above
    for folder in folders:
        before, name = date, fold(folder)
        if above and date and re.fullmatch(r"\d\d", name):
            date = _nested_date(date, int(name))
        else:
            date = _date_in_name(name, date)
        above = date is not None and date != before
    if date is None:
        return None
    return part_of_date(*(part or 0 for part in date))


def _nested_date(found: _FolderDate, number: int) -> _FolderDate:
    """Return the date of a folder named with a two-digit number inside a folder of date `found`.

    The number is the month in 2019/08 and the day in 2019/08/14.
    """
    if found.day:
        return found
    deeper = found._replace(day=number) if found.month else found._replace(month=number)
    return deeper.possible() or found


def _date_in_name(name: str, around: _FolderDate | None) -> _FolderDate | None:
    """Return the date that a folder's folded name gives; None if the name is doubtful.

    around: date of the folders above it. It gives the year to a name with only a month, and is the
    result for a name without a date.
    """
    mentioned = _numbers_in_name(name)
    if mentioned is None or len(mentioned[0]) > 1:
        return None
    years, months, days = mentioned
    month = months.pop() if len(months) == 1 else None
    day = days.pop() if month and len(days) == 1 else None
    if not years:
        if around is None or not (month or months):
            return around
        # "08 Agosto" in 2019: the eighth month, not the eighth day.
        return _FolderDate(around.year, month, None if day == month else day).possible()
    date = _FolderDate(years.pop(), month, day).possible()
    return around if date and around and date == _FolderDate(around.year) else date


def _numbers_in_name(name: str) -> tuple[set[int], set[int], set[int]] | None:
    """Return the years, months and days in a folded name; None if its numbers are doubtful."""
    if _DOUBTFUL.search(name.replace("_", " ")):
        return None
    years, months, days = set[int](), set[int](), set[int]()
    for pattern in (_YEAR_MONTH_DAY, _DAY_MONTH_YEAR, _YEAR_MONTH, _MONTH_YEAR):
        for match in pattern.finditer(name):
            numbers = {part: int(value) for part, value in match.groupdict().items()}
            # "2018-19" are two years, but "2010-11 Gita" is November 2010.
            winter = pattern is _YEAR_MONTH and numbers["m"] == (numbers["y"] + 1) % 100
            if winter and (match.start() or numbers["m"] > 12):
                return None
            if _exists(numbers["y"], numbers["m"], numbers.get("d", 1)):
                years.add(numbers["y"])
                months.add(numbers["m"])
                days |= {numbers["d"]} if "d" in numbers else set()
                name = name.replace(match[0], " ")
    spaced = name.replace("_", " ")
    for match in _NAMED_MONTH.finditer(spaced):
        months.add(_MONTH[match[3]])
        days |= {int(day) for day in match.groups()[:2] if day}
    for feast, its_months in _FEASTS.items():
        if re.search(rf"\b{feast}(?![a-z])", spaced):
            months.update(its_months)
    if short := _ALONE.fullmatch(re.sub(r"\d{4}", "", spaced)):
        months.add(_SHORT[short[1]])
    years |= {year for year in map(int, _YEAR.findall(name)) if _exists(year, 1, 1)}
    years |= {_full_year(int(year)) for year in _SHORT_YEAR.findall(spaced)}
    return years, months, days


def years_in(name: str) -> set[int]:
    """Return the years in a folded name; none if the name is doubtful."""
    numbers = _numbers_in_name(name)
    return numbers[0] if numbers else set()


def months_in(name: str) -> set[int]:
    """Return the months in a folded name, also of its feasts; none if the name is doubtful."""
    numbers = _numbers_in_name(name)
    return numbers[1] if numbers else set()


def _exists(year: int, month: int, day: int) -> bool:
    try:
        return OLDEST <= date(year, month, day).year <= date.today().year
    except ValueError:
        return False


def _full_year(year: int) -> int:
    """Return the latest year, up to now, that ends with these two digits: 1998 for '98."""
    this = date.today().year
    return this - (this - year) % 100
