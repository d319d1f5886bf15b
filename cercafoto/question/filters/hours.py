"""Hours of the day, and days of the week."""

from __future__ import annotations

from typing import Any

from cercafoto.question.filters.filter import Filter

# From the first up to but not including the second; over midnight if it is smaller.
HOURS = Filter[tuple[int, int]](
    name="hours",
    say=lambda hours: f"fra le {hours[0]} e le {hours[1]}",
    hidden="non è di quell'ora, o l'ora non si sa",
    data=lambda hours: {"hours": list(hours)},
    is_common=lambda hours: True,
)


def _named(days: frozenset[int]) -> list[str]:
    from cercafoto.question.grammar.days import WEEKDAYS

    return [WEEKDAYS[number] for number in sorted(days)]


def _data(days: frozenset[int]) -> dict[str, Any]:
    return {"weekdays": _named(days)}


# 0 is Monday.
WEEKDAYS = Filter[frozenset[int]](
    name="weekdays",
    say=lambda days: " o ".join(f"di {name}" for name in _named(days)),
    hidden="non è di quel giorno della settimana",
    data=_data,
    both=frozenset.union,
)
