"""The filters for hours of the day and for days of the week."""

from __future__ import annotations

from cercafoto.question.filters.filter import Filter, Needed

# The first hour is included, the second is not. If the second is smaller, midnight is in between.
HOURS = Filter[tuple[int, int]](
    name="hours",
    say=lambda hours: f"fra le {hours[0]} e le {hours[1]}",
    hidden="non è di quell'ora, o l'ora non si sa",
    data=lambda hours: {"hours": list(hours)},
    is_common=lambda hours: True,
    needs=Needed(
        lambda: (0, 0),
        "di una foto non si sa l'ora",
        "di {} foto non si sa l'ora",
        "di nessuna foto si sa l'ora",
    ),
)


def _named(days: frozenset[int]) -> list[str]:
    from cercafoto.question.grammar.calendar_days import WEEKDAYS

    return [WEEKDAYS[number] for number in sorted(days)]


# Numbers of days; 0 is Monday.
WEEKDAYS = Filter[frozenset[int]](
    name="weekdays",
    say=lambda days: " o ".join(f"di {name}" for name in _named(days)),
    hidden="non è di quel giorno della settimana",
    data=lambda days: {"weekdays": _named(days)},
    both=frozenset.union,
    needs=Needed(
        lambda: frozenset(range(7)),
        "di una foto non si sa il giorno",
        "di {} foto non si sa il giorno",
        "di nessuna foto si sa il giorno",
    ),
)
