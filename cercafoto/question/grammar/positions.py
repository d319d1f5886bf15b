"""Read a position in degrees: "45.43, 10.99", "45°26'N 10°59'E"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cercafoto.question.grammar.tokens import join
from cercafoto.question.grammar.vocabulary import Phrase, Words

LONGEST = 24  # tokens: each degree, minute and second is one, and so is each sign
_DECIMAL = r"([+-]?\d{1,3}[.]\d{1,12})°?"
_COMMA = r"([+-]?\d{1,3},\d{1,12})°?"
_SECONDS = r"""(?:(\d{1,2}(?:[.,]\d+)?) ?(?:''|")? ?)?"""
_SIDE = rf"(\d{{1,3}}) ?[°º] ?(?:(\d{{1,2}}(?:[.,]\d+)?) ?' ?)?{_SECONDS}"
_FORMS = (
    rf"{_DECIMAL} ?[,;]? ?{_DECIMAL}(?![\d.])",
    rf"{_COMMA}(?: |; ?){_COMMA}(?![\d.])",
    rf"{_SIDE}([NS]) ?[,;]? ?{_SIDE}([EWO])\b",
)


def read_position(t: Words, i: int) -> Phrase[tuple[float, float]] | None:
    """Return the latitude and longitude at token `i` in decimal degrees, WGS 84, positive to the
    north and the east; None if there is no position."""
    if not (t[i : i + 1] and (t[i].text[:1].isdecimal() or t[i].text in "+-")):
        return None
    text = join(t[i : i + LONGEST])
    match = next(filter(None, (re.match(form, text) for form in _FORMS)), None)
    if match is None:
        return None
    latitude, longitude = _degrees(match.groups())
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    end = i + 1
    while len(join(t[i:end])) < match.end():
        end += 1
    return Phrase(end, (latitude, longitude))


def is_exact(t: Words) -> bool:
    """Whether a sentence is a position and nothing else, with three decimals at least or with
    degrees: "12.5, 30.2" may be anything."""
    position = read_position(t, 0) if t else None
    if position is None or position.end != len(t):
        return False
    return any(mark in word.text for word in t for mark in "°º") or all(
        len(re.split("[.,]", word.text)[-1]) > 2 for word in t if "." in word.text
    )


def _degrees(parts: Sequence[str | None]) -> tuple[float, float]:
    """Return latitude and longitude. parts: both as decimals; or degrees, minutes, seconds and side
    of both."""
    numbers = [part and part.replace(",", ".") for part in parts]
    if len(numbers) == 2:
        return float(numbers[0] or 0), float(numbers[1] or 0)
    values = []
    for *angle, side in (numbers[:4], numbers[4:]):
        value = sum(float(part or 0) / 60**power for power, part in enumerate(angle))
        values.append(-value if side in ("S", "W", "O") else value)
    return values[0], values[1]
