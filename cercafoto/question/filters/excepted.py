"""The filter for photos that a question leaves out by their data: "tranne quelle del 2019", "non a
Rimini", "ma non con la Canon"."""

from __future__ import annotations

from typing import Any, TypeAlias

from cercafoto.question.filters.days import DAYS, every_period
from cercafoto.question.filters.filter import AskedArchive, Filter, each_once
from cercafoto.question.filters.missing import MISSING, POSITION
from cercafoto.question.filters.names import MINE
from cercafoto.question.filters.place import PLACE, place_data

# Filters with their values. A photo that fulfils all of them is left out.
Case: TypeAlias = tuple[tuple[Filter[Any], Any], ...]


def called_so(name: str) -> Case:
    """Return the case of a photo that has a place among its own words, and no position."""
    return (MINE, (name,)), (MISSING, (POSITION,))


def _say(cases: tuple[Case, ...]) -> str:
    said = list[str]()
    for case in cases:
        own = next((value for each, value in case if each is MINE), ())
        told = [pair for pair in case if not own or pair[0] is not MISSING]
        if own and said:
            said[-1] += f" (o «{'», «'.join(own)}» fra le tue parole)"
        else:
            said.append(" e ".join(each.say(value).replace(": ", " ") for each, value in told))
    return f"tranne: {' o '.join(said)}"


def _case_data(case: Case) -> dict[str, Any]:
    entries = dict[str, Any]()
    for which, value in case:
        if which is DAYS:
            entries |= every_period(value)
        else:
            entries |= {"place": place_data(value)} if which is PLACE else {}
            entries |= which.as_json(value)
    return {name: value for name, value in entries.items() if value not in (None, [])}


def _resolve(cases: tuple[Case, ...], archive: AskedArchive) -> tuple[Case, ...]:
    resolved = list[Case]()
    for case in cases:
        values = [each.resolve(value, archive) for each, value in case]
        if None not in values:
            resolved.append(tuple(zip((each for each, _ in case), values, strict=True)))
        if len(case) == 1 and case[0][0] is DAYS and (stating := archive.stating(case[0][1])):
            resolved.append(((MINE, stating),))
    return tuple(resolved)


# The photo must be of no case. A photo of which the data is not known is not left out.
EXCEPTED = Filter[tuple[Case, ...]](
    name="excepted",
    say=_say,
    hidden="è fra quelle lasciate fuori",
    data=lambda cases: {"excepted": [_case_data(case) for case in cases]},
    both=each_once,
    resolve=_resolve,
    is_common=lambda cases: True,
)
