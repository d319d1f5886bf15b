"""The filter for how many persons were counted in a photo: none, at least two, three to five."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import Counts, Facet, Filter, Option, Typed

OPTION = Option(
    "--persone",
    "people_count",
    "QUANTE",
    "Quante persone: 0, 1, 2+ (almeno due), 3-5.",
    completion="PEOPLE_COUNT",
    title="Quante persone",
    example="0, 2+, 3-5",
)
EXAMPLES = ("0", "1", "2", "2+", "3-5")


def _parse(typed: Typed) -> tuple[int, int | None] | None:
    text = typed.one(OPTION)
    if text is None:
        return None
    least, dash, most = text.removesuffix("+").replace(" ", "").partition("-")
    numbers = [int(each) for each in (least, most) if each.isascii() and each.isdigit()]
    if len(numbers) != 1 + len(dash) or (dash and text.endswith("+")) or numbers[0] > numbers[-1]:
        raise UsageError(
            f"--persone vuole un numero, come 0, 2+ o 3-5, non «{text}».",
            "Per esempio: --persone 2+ per le foto con almeno due persone.",
        )
    return numbers[0], None if text.endswith("+") else numbers[-1]


def _say(people: tuple[int, int | None]) -> str:
    least, most = people
    if most is None:
        return f"persone: almeno {least}"
    if least != most:
        return f"persone: da {least} a {most}"
    return f"persone: {'nessuna' if most == 0 else most}"


CROWD = 5  # as many persons and more are one choice


def _by_number(counted: Iterable[tuple[int, int]]) -> Counts:
    photos: Counter[str] = Counter()
    for people, number in sorted(counted):
        photos[str(people) if people < CROWD else f"{CROWD}+"] += number
    return tuple(photos.items())


def _say_number(people: str) -> str:
    if people.endswith("+"):
        return f"{people.removesuffix('+')} o più"
    return {"0": "nessuna", "1": "una"}.get(people, people)


# The value is the least number and the greatest; None means no greatest. A photo that was not yet
# looked at matches no value.
PEOPLE_COUNT = Filter[tuple[int, int | None]](
    name="people_count",
    say=_say,
    hidden="non ha quel numero di persone, o non si sa",
    options=(OPTION,),
    parse=_parse,
    data=lambda people: {"people_count": list(people)},
    is_common=lambda people: True,
    facet=Facet("Quante persone", OPTION.added, _say_number, _by_number),
)
