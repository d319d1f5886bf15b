"""Conditions given by option: those that words can give too, and those that they cannot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cercafoto.errors import UsageError
from cercafoto.question.conditions import SHAPES
from cercafoto.question.grammar.days import Span
from cercafoto.question.grammar.periods import read_period
from cercafoto.question.grammar.place_phrases import PlaceMeant, Places, place_called
from cercafoto.question.grammar.tokens import fold, tidy, tokens
from cercafoto.question.grammar.vocabulary import ARTICLES, key


@dataclass(frozen=True)
class Filters:
    """Conditions that only options can give.

    camera: part of its name.
    format: "jpeg".
    orientation: one of SHAPES.
    rating: at least so many stars.
    keywords: every one of them.
    """

    camera: str | None = None
    format: str | None = None
    orientation: str | None = None
    rating: int | None = None
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True)
class Options:
    """Options as they stand on the command line.

    since, until: any way of saying a day or a period ("2019-08-01", "agosto 2019", "ieri").
    """

    since: str | None = None
    until: str | None = None
    place: str | None = None
    without: tuple[str, ...] = ()
    camera: str | None = None
    format: str | None = None
    orientation: str | None = None
    rating: int | None = None
    keywords: tuple[str, ...] = ()

    def filters(self) -> Filters:
        """Check those that words cannot give.

        Raises UsageError for an orientation or a rating that there is not.
        """
        orientation = None
        if self.orientation is not None:
            folded = fold(self.orientation.strip())
            # "quadrata" and "verticali" will do: the first letters tell them apart.
            orientation = next(
                (o for o in SHAPES if folded[:-1] == o[:-1] and len(folded) == len(o)), None
            )
            if orientation is None:
                raise UsageError(
                    f"--orientamento vuole {', '.join(SHAPES[:2])} o {SHAPES[2]}, "
                    f"non «{self.orientation}»."
                )
        if self.rating is not None and not 1 <= self.rating <= 5:
            raise UsageError(f"--valutazione vuole un numero da 1 a 5, non {self.rating}.")
        return Filters(
            _given("--fotocamera", self.camera),
            (_given("--formato", self.format) or "").lower().lstrip(".") or None,
            orientation,
            self.rating,
            tuple(w for k in self.keywords if (w := _given("--parola-chiave", k))),
        )

    def span(self, now: date) -> Span | None:
        """Read the days from --da to --a. Raises UsageError for what is no day."""
        since, until = _days("--da", self.since, now), _days("--a", self.until, now)
        if since is None and until is None:
            return None
        first, last = since.first if since else None, until.last if until else None
        if first is not None and last is not None and first > last:
            raise UsageError(
                f"--da {self.since} viene dopo --a {self.until}.", "Scambia le due date."
            )
        return Span(first, last)

    def where(self, places: Places | None) -> PlaceMeant | None:
        """Look up the place of --luogo. Raises UsageError for a name that the gazetteer lacks."""
        name = _given("--luogo", self.place)
        if name is None:
            return None
        if places is None:
            return PlaceMeant(name, "luogo")
        place = place_called(name, places)
        if place is None:
            raise UsageError(
                f"Non conosco nessun luogo che si chiama «{name}».",
                "Controlla come è scritto, oppure prova con la provincia o la regione.",
            )
        return place

    def excluded(self) -> tuple[str, ...]:
        """List the concepts of --senza."""
        return tuple(w for c in self.without if (w := _given("--senza", c)))


def _given(option: str, value: str | None) -> str | None:
    if value is None:
        return None
    text = tidy(value)
    if not text:
        raise UsageError(f"{option} vuole un valore, non una stringa vuota.")
    return text


def _days(option: str, value: str | None, now: date) -> Span | None:
    text = _given(option, value)
    if text is None:
        return None
    words = tokens(text)
    at = 1 if key(words, 0) in ARTICLES and len(words) > 1 else 0
    period = read_period(words, at, now) or read_period(words, 0, now)
    if period is None or period.end < len(words) or (period.span is None and not period.problem):
        raise UsageError(
            f"{option} vuole una data, non «{value}».",
            "Per esempio: 2019-08-14, 14/8/2019, agosto 2019, 2019, ieri.",
        )
    if period.problem:
        raise UsageError(f"{option} {value}: {period.problem}.")
    return period.span
