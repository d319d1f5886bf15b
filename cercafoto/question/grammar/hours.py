"""Read hours of the day and days of the week: "scattate di notte", "alle 8 di sera", "di domenica".

Most hours are read only after a word such as "scattate": in "una città di notte" the photo shows
the night.
"""

from __future__ import annotations

from cercafoto.question.grammar.vocabulary import (
    ARTICLES,
    HOURS,
    IN,
    LAST,
    OF,
    TO,
    WEEKDAY,
    WEEKEND,
    When,
    Words,
    key,
    length_of_any,
    read_number,
)


def read_hours(t: Words, i: int) -> When | None:
    """Return the hours at `i`: "di notte", "alle 8 di sera", "tra le 8 e le 10", "dopo le 22";
    None if there are none."""
    word = key(t, i)
    if word in OF | IN | TO | ARTICLES and key(t, i + 1) in HOURS:
        return When(i + 2, hours=HOURS[key(t, i + 1)])
    if word in ("a", "verso") and key(t, i + 1) in ("mezzogiorno", "mezzanotte"):
        return When(i + 2, hours=(12, 14) if key(t, i + 1) == "mezzogiorno" else (23, 1))
    pairs = {"tra": ("e",), "fra": ("e",), "dalle": ("alle",)}
    if word in pairs:
        at = i + 1 + (word != "dalle" and key(t, i + 1) == "le")
        begin = _clock(t, at)
        if begin is None or key(t, begin[1]) not in pairs[word]:
            return None
        at = begin[1] + 1 + (word != "dalle" and key(t, begin[1] + 1) == "le")
        end = _clock(t, at)
        if end is None or end[0] == begin[0]:
            return None
        return When(end[1], hours=(begin[0], end[0]))
    if word in ("alle", "verso") or (word, key(t, i + 1)) in (
        ("dopo", "le"), ("prima", "delle")):  # fmt: skip
        clock = _clock(t, i + (2 if word in ("dopo", "prima") or key(t, i + 1) == "le" else 1))
        if clock is None:
            return None
        hour, end_ = clock
        hours = {"dopo": (hour, 24), "prima": (0, hour)}.get(word, (hour, hour + 1))
        return When(end_, hours=hours) if hours[0] != hours[1] else None
    return None


def _clock(t: Words, i: int) -> tuple[int, int] | None:
    """Return (hour, end) of the hour at `i` ("8", "8 di sera", "22"); None if there is none."""
    word = key(t, i)
    if not (word.isascii() and word.isdigit() and len(word) <= 2) or int(word) > 23:
        return None
    hour, end = int(word), i + 1
    if key(t, end) in OF and key(t, end + 1) in HOURS:
        later = key(t, end + 1) in ("pomeriggio", "sera") or (
            key(t, end + 1) == "notte" and hour >= 9
        )
        hour, end = hour % 12 + 12 if later and hour < 12 else hour, end + 2
    return hour, end


def read_weekday(t: Words, i: int) -> When | None:
    """Return the day of the week at `i`, with its hours if a part of the day follows: "di
    domenica", "la domenica sera", "sabato". None if there is none, or if it
    belongs to a date ("sabato 3") or to a look back ("domenica scorsa")."""
    at = i + (key(t, i) in OF | IN | ARTICLES)
    if key(t, at) not in WEEKDAY or key(t, at + 1) in LAST or read_number(t, at + 1) is not None:
        return None
    hours = HOURS.get(key(t, at + 1))
    return When(at + 1 + bool(hours), weekdays=frozenset({WEEKDAY[key(t, at)]}), hours=hours)


def read_when_of_day(t: Words, i: int) -> When | None:
    """Return the hours that words like "di sera" at `i` name; None if there are no such words. "di
    notte" also gives None: one sees night in a photo. Call only if `lead.photos` or
    `lead.loose`."""
    if key(t, i) == "di" and key(t, i + 1) in HOURS and key(t, i + 1) != "notte":
        return When(i + 2, hours=HOURS[key(t, i + 1)])
    return None


def read_on_weekday(t: Words, i: int) -> When | None:
    """Return the day that words like "di domenica" at `i` name; None if there are no such words. A
    photo cannot show the day, so no "scattate" is needed. A word with a capital is a person ("zia
    Domenica")."""
    if key(t, i) != "di" or (i + 1 < len(t) and t[i + 1].is_name):
        return None
    return read_weekday(t, i)


def read_weekend(t: Words, i: int) -> When | None:
    """Return Saturday and Sunday if words like "nel weekend", "nei fine settimana" are at `i`; else
    None. A photo cannot show these days, so no "scattate" is needed."""
    length = length_of_any(t, i + 1, WEEKEND) if key(t, i) in IN else 0
    end = i + 1 + length
    return When(end, weekdays=frozenset({5, 6})) if length and key(t, end) not in LAST else None
