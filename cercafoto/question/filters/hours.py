"""Hours of the day, and days of the week."""

from __future__ import annotations

from typing import Any

from cercafoto.question.filters.filter import Filter
from cercafoto.question.grammar.days import WEEKDAYS as NAMES
from cercafoto.question.grammar.sayings import say_hours, say_weekdays

# From the first up to but not including the second; over midnight if it is smaller.
HOURS = Filter[tuple[int, int]](
    name="hours",
    say=say_hours,
    hidden="non è di quell'ora, o l'ora non si sa",
    data=lambda hours: {"hours": list(hours)},
    is_common=lambda hours: True,
)


def _data(days: frozenset[int]) -> dict[str, Any]:
    return {"weekdays": [NAMES[number] for number in sorted(days)]}


# 0 is Monday.
WEEKDAYS = Filter[frozenset[int]](
    name="weekdays",
    say=say_weekdays,
    hidden="non è di quel giorno della settimana",
    data=_data,
    both=frozenset.union,
)
