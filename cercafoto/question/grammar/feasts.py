"""Compute the days of Italian feasts in any year, and of the bridges that join them to a weekend.

Most feasts are one day. Capodanno also has the day before, because people take photos in the night
between. Carnevale is from Fat Thursday to Shrove Tuesday, "le vacanze di Natale" from Christmas Eve
to Epiphany.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from cercafoto.question.grammar.calendar_days import Span


def _fixed(month: int, day: int, before: int = 0, after: int = 0) -> Callable[[int], Span]:
    """Return a function from a year to the days of a feast with a fixed date, from `before` days
    before the feast to `after` days after it."""

    def days(year: int) -> Span:
        feast = date(year, month, day)
        return Span(feast - timedelta(before), feast + timedelta(after))

    return days


def _from_easter(first: int, last: int | None = None) -> Callable[[int], Span]:
    """Return a function from a year to the days from `first` to `last`, counted from Easter Sunday
    (day 0); without `last`, the day `first`."""

    def days(year: int) -> Span:
        from dateutil.easter import easter  # type: ignore[import-untyped] # only a movable feast needs it

        sunday = easter(year)
        end = first if last is None else last
        return Span(sunday + timedelta(first), sunday + timedelta(end))

    return days


def _second_sunday_of_may(year: int) -> Span:
    first = date(year, 5, 1)
    feast = first + timedelta(6 - first.weekday() + 7)
    return Span(feast, feast)


# Key -> (name with its preposition, a function from a year to the days of the feast).
FEASTS: dict[str, tuple[str, Callable[[int], Span]]] = {
    "capodanno": ("a Capodanno", _fixed(1, 1, before=1)),
    "epifania": ("all'Epifania", _fixed(1, 6)),
    "san valentino": ("a San Valentino", _fixed(2, 14)),
    "giovedi grasso": ("il giovedì grasso", _from_easter(-52)),
    "carnevale": ("a Carnevale", _from_easter(-52, -47)),
    "martedi grasso": ("il martedì grasso", _from_easter(-47)),
    "ceneri": ("il mercoledì delle Ceneri", _from_easter(-46)),
    "donna": ("alla festa della donna", _fixed(3, 8)),
    "papa": ("alla festa del papà", _fixed(3, 19)),
    "palme": ("la domenica delle Palme", _from_easter(-7)),
    "venerdi santo": ("il venerdì santo", _from_easter(-2)),
    "pasqua": ("a Pasqua", _from_easter(0)),
    "pasquetta": ("a Pasquetta", _from_easter(1)),
    "vacanze di pasqua": ("nelle vacanze di Pasqua", _from_easter(-3, 2)),
    "liberazione": ("alla festa della Liberazione", _fixed(4, 25)),
    "lavoro": ("il primo maggio", _fixed(5, 1)),
    "mamma": ("alla festa della mamma", _second_sunday_of_may),
    "pentecoste": ("a Pentecoste", _from_easter(49)),
    "repubblica": ("alla festa della Repubblica", _fixed(6, 2)),
    "ferragosto": ("a Ferragosto", _fixed(8, 15)),
    "halloween": ("ad Halloween", _fixed(10, 31)),
    "ognissanti": ("a Ognissanti", _fixed(11, 1)),
    "morti": ("il giorno dei morti", _fixed(11, 2)),
    "immacolata": ("all'Immacolata", _fixed(12, 8)),
    "vigilia di natale": ("la vigilia di Natale", _fixed(12, 24)),
    "natale": ("a Natale", _fixed(12, 25)),
    "santo stefano": ("a Santo Stefano", _fixed(12, 26)),
    "vacanze di natale": ("nelle vacanze di Natale", _fixed(12, 24, after=13)),
    "san silvestro": ("a San Silvestro", _fixed(12, 31)),
}

# Folded words -> key of the feast that they name.
NAMES: dict[tuple[str, ...], str] = {
    tuple(words.split()): key
    for key, names in {
        "capodanno": ("capodanno", "primo dell' anno", "notte di capodanno"),
        "epifania": ("epifania", "befana"),
        "san valentino": ("san valentino",),
        "giovedi grasso": ("giovedi grasso",),
        "carnevale": ("carnevale",),
        "martedi grasso": ("martedi grasso",),
        "ceneri": ("mercoledi delle ceneri",),
        "donna": ("festa della donna", "festa delle donne"),
        "papa": ("festa del papa",),
        "palme": ("domenica delle palme",),
        "venerdi santo": ("venerdi santo",),
        "pasqua": ("pasqua", "domenica di pasqua"),
        "pasquetta": ("pasquetta", "lunedi dell' angelo", "lunedi di pasqua"),
        "vacanze di pasqua": ("vacanze di pasqua", "vacanze pasquali"),
        "liberazione": ("festa della liberazione", "anniversario della liberazione"),
        "lavoro": ("festa dei lavoratori", "festa del lavoro"),
        "mamma": ("festa della mamma",),
        "pentecoste": ("pentecoste",),
        "repubblica": ("festa della repubblica",),
        "ferragosto": ("ferragosto",),
        "halloween": ("halloween",),
        "ognissanti": ("ognissanti",),
        "morti": ("giorno dei morti",),
        "immacolata": ("immacolata", "immacolata concezione"),
        "vigilia di natale": ("vigilia di natale",),
        "natale": ("natale",),
        "santo stefano": ("santo stefano",),
        "vacanze di natale": (
            "vacanze di natale", "vacanze natalizie", "feste di natale", "feste natalizie",
            "periodo natalizio", "periodo di natale",
        ),
        "san silvestro": ("san silvestro", "notte di san silvestro", "ultimo dell' anno"),
    }.items()
    for words in names
}  # fmt: skip
# Keys that are names only after "ponte": "ponte dei morti".
ONLY_IN_BRIDGES = frozenset({"morti", "liberazione", "repubblica"})
# (month, day) -> key, for "ponte del 2 giugno".
BY_DAY = {(1, 1): "capodanno", (1, 6): "epifania", (4, 25): "liberazione", (5, 1): "lavoro",
          (6, 2): "repubblica", (8, 15): "ferragosto", (11, 1): "ognissanti",
          (12, 8): "immacolata", (12, 25): "natale", (12, 26): "santo stefano"}  # fmt: skip

# Feasts that may have a bridge -> how the bridge is said.
BRIDGES = {
    "capodanno": "nel ponte di Capodanno",
    "epifania": "nel ponte dell'Epifania",
    "liberazione": "nel ponte del 25 aprile",
    "lavoro": "nel ponte del primo maggio",
    "repubblica": "nel ponte del 2 giugno",
    "ferragosto": "nel ponte di Ferragosto",
    "ognissanti": "nel ponte di Ognissanti",
    "morti": "nel ponte dei morti",
    "immacolata": "nel ponte dell'Immacolata",
    "natale": "nel ponte di Natale",
    "santo stefano": "nel ponte di Santo Stefano",
}


def feast_in(key: str, year: int) -> Span:
    """Return the days of a feast of FEASTS in a year. Outside the calendar, raises ValueError or
    OverflowError."""
    return FEASTS[key][1](year)


def bridge_in(key: str, year: int) -> Span:
    """Return the days from a feast of FEASTS to the weekend that it is joined to. Raises ValueError
    or OverflowError outside the calendar.

    From a Monday or Tuesday the days go back to Saturday, from a Thursday or Friday on to Sunday.
    For a feast on Saturday or Sunday they are the weekend itself. From a Wednesday they go to both
    weekends, since some people take the days before and some the days after.
    """
    day = feast_in(key, year).last
    assert day is not None
    weekday = day.weekday()
    back = {0: 2, 1: 3, 2: 4, 6: 1}.get(weekday, 0)
    on = {2: 4, 3: 3, 4: 2, 5: 1}.get(weekday, 0)
    return Span(day - timedelta(back), day + timedelta(on))
