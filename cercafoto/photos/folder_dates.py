"""Dates in the names of folders: a year, and the month and the day where a name has them.

"2023", "2023-08", "2023_08_14 Gita", "Agosto 2023", "Natale 2019", "Estate '98", and 2019/08/14,
one inside the other. The innermost folder that says anything counts; one that names a month alone
is of the year of those around it.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from cercafoto.base.word_stems import fold
from cercafoto.photos.facts import part_of_date

_MONTHS = (
    *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno"),
    *("luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
)
_MONTH = {name: number for number, name in enumerate(_MONTHS, 1)}
_SHORT = {name[:3]: number for name, number in _MONTH.items()}
# The months in which the photos of a feast are taken; of movable feasts only the year is sure.
_FEASTS = {
    "capodanno": (1, 12), "epifania": (1,), "befana": (1,), "san valentino": (2,),
    "ferragosto": (8,), "halloween": (10,), "ognissanti": (11,), "immacolata": (12,),
    "natale": (12,), "santo stefano": (12,), "san silvestro": (12,),
}  # fmt: skip
_SEASONS = "primavera|estate|autunno|inverno"

# Folders with these say when photos were copied or scanned, or that they are of many years, or in
# which one the people were born.
_DOUBTFUL = re.compile(
    r"\b(?:backup|bkp|copi[ae] di (?:sicurezza|riserva)|classe|salvatagg\w*|scans?|scansion\w*|"
    r"scanner|export\w*|esporta\w*|"
    r"import\w*|recuper\w*|recovery|downloads?|scarica\w*|(?<!\d )anni '?\d\d+|"
    r"(?:prima|fino|dopo|pre|post)\b(?: del?| al?| il)? ?\d{4})\b"
)
_YEAR_MONTH_DAY = re.compile(r"(?<!\d)(?P<y>\d{4})([-_. ]?)(?P<m>\d\d)\2(?P<d>\d\d)(?!\d)")
_DAY_MONTH_YEAR = re.compile(r"(?<!\d)(?P<d>\d\d?)([-_. ])(?P<m>\d\d?)\2(?P<y>\d{4})(?!\d)")
# "08-2023" at the beginning alone: "Gita 3-2019" is the third.
_YEAR_MONTH = re.compile(r"(?<!\d)(?P<y>\d{4})[-_. ](?P<m>\d\d)(?!\d)")
_MONTH_YEAR = re.compile(r"^(?P<m>\d\d)[-_.](?P<y>\d{4})(?!\d)")
# A number right after a counter's letters, or after those of a folder of a memory card, is no year;
# nor is one with a letter behind it: Canon 2000D, 2000px.
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
_ALONE = re.compile(rf"\W*({'|'.join(_SHORT)})\W*")  # "ago" beside a year, not in "Mar Rosso"

OLDEST = 1840  # no smaller number is the year of a photo that somebody has at home


class _FolderDate(NamedTuple):
    """What folders say of a date: a year at least."""

    year: int
    month: int | None = None
    day: int | None = None

    def possible(self) -> _FolderDate | None:
        """Leave out what cannot be."""
        for found in (self, self._replace(day=None), _FolderDate(self.year)):
            if part_of_date(*(part or 0 for part in found)):
                return found
        return None


@lru_cache(1024)  # of all photos of a folder it is the same
def date_in_folders(folders: tuple[str, ...]) -> str | None:
    """Read the date in the names of the folders around a file, the outermost first.

    Returns the beginning of an ISO 8601 date: "2023", "2023-08" or "2023-08-14".
    """
    found: _FolderDate | None = None
    above = False  # whether the folder right above this one has found it
    for folder in folders:
        before, name = found, fold(folder)
        if above and found and re.fullmatch(r"\d\d", name):
            found = _nested_date(found, int(name))
        else:
            found = _date_in_name(name, found)
        above = found is not None and found != before
    if found is None:
        return None
    return part_of_date(*(part or 0 for part in found))


def _nested_date(found: _FolderDate, number: int) -> _FolderDate:
    """Take the month in 2019/08, the day in 2019/08/14."""
    if found.day:
        return found
    deeper = found._replace(day=number) if found.month else found._replace(month=number)
    return deeper.possible() or found


def _date_in_name(name: str, around: _FolderDate | None) -> _FolderDate | None:
    """Read a folded name.

    around: what the folders around it say.
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
    found = _FolderDate(years.pop(), month, day).possible()
    return around if found and around and found == _FolderDate(around.year) else found


def _numbers_in_name(name: str) -> tuple[set[int], set[int], set[int]] | None:
    """List the years, months and days in a folded name; None for one that dates no photo."""
    if _DOUBTFUL.search(name.replace("_", " ")):
        return None
    years, months, days = set[int](), set[int](), set[int]()
    for pattern in (_YEAR_MONTH_DAY, _DAY_MONTH_YEAR, _YEAR_MONTH, _MONTH_YEAR):
        for match in pattern.finditer(name):
            numbers = {part: int(value) for part, value in match.groupdict().items()}
            # "2018-19"; but "2010-11 Gita" is of November.
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


def _exists(year: int, month: int, day: int) -> bool:
    try:
        return OLDEST <= date(year, month, day).year <= date.today().year
    except ValueError:
        return False


def _full_year(year: int) -> int:
    """Tell the year that '98 is: the last one that ends so."""
    this = date.today().year
    return this - (this - year) % 100
