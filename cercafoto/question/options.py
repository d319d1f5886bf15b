"""Options of a question that have to be read: what each means, or why it means nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from cercafoto.base.word_stems import words_of
from cercafoto.errors import UsageError
from cercafoto.question.conditions import (
    BY_CONFIDENCE,
    BY_NAME,
    FORMATS,
    LATEST,
    OLDEST,
    SAME_FORMAT,
    SHAPES,
)
from cercafoto.question.grammar.days import Span
from cercafoto.question.grammar.periods import read_period
from cercafoto.question.grammar.place_phrases import PlaceMeant, Places, place_called
from cercafoto.question.grammar.tokens import fold, tidy, tokens
from cercafoto.question.grammar.vocabulary import ARTICLES, key
from cercafoto.question.question import Question

# What an option calls the orders.
ORDER_NAMES = {"data": LATEST, "vecchie": OLDEST, "nome": BY_NAME, "fiducia": BY_CONFIDENCE}


def days_between(question: Question, today: date) -> Span | None:
    """Read the days from --da to --a. Raises UsageError for what is no day."""
    since = _days("--da", question.since, today)
    until = _days("--a", question.until, today)
    if since is None and until is None:
        return None
    first, last = since.first if since else None, until.last if until else None
    if first is not None and last is not None and first > last:
        raise UsageError(
            f"--da {question.since} viene dopo --a {question.until}.", "Scambia le due date."
        )
    return Span(first, last)


def place_of(question: Question, places: Places | None) -> PlaceMeant | None:
    """Look up the place of --luogo. Raises UsageError for a name that the gazetteer lacks."""
    name = given("--luogo", question.place)
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


def format_of(question: Question) -> str | None:
    """Read --formato: ".JPG" is "jpg". Raises UsageError for one that no photo can have."""
    name = given("--formato", question.format)
    if name is None:
        return None
    name = name.lower().lstrip(".")
    if SAME_FORMAT.get(name.upper(), name.upper()) not in FORMATS:
        raise UsageError(
            f"--formato non conosce «{question.format}».",
            f"Conosce: {', '.join(FORMATS).lower()}; jpg, tif e heic vanno bene lo stesso.",
        )
    return name


def orientation_of(question: Question) -> str | None:
    """Read --orientamento as one of SHAPES. Raises UsageError for one that there is not."""
    if question.orientation is None:
        return None
    folded = fold(question.orientation.strip())
    for shape in SHAPES:
        # "quadrata" and "verticali" will do: the first letters tell them apart.
        if folded[:-1] == shape[:-1] and len(folded) == len(shape):
            return shape
    raise UsageError(
        f"--orientamento vuole {', '.join(SHAPES[:2])} o {SHAPES[2]}, non «{question.orientation}»."
    )


def rating_of(question: Question) -> int | None:
    """Read --valutazione. Raises UsageError for a number of stars that there is not."""
    if question.rating is not None and not 1 <= question.rating <= 5:
        raise UsageError(f"--valutazione vuole un numero da 1 a 5, non {question.rating}.")
    return question.rating


def texts_of(question: Question) -> tuple[str, ...]:
    """Read --testo. Raises UsageError for one without a word or number."""
    phrases = all_given("--testo", question.texts)
    for phrase in phrases:
        if not words_of(phrase):
            raise UsageError(f"--testo vuole una parola o un numero, non «{phrase}».")
    return phrases


def order_of(question: Question) -> str | None:
    """Read --ordina as one of ORDERS. Raises UsageError for one that there is not."""
    name = given("--ordina", question.order)
    if name is None:
        return None
    order = ORDER_NAMES.get(fold(name))
    if order is None:
        *others, last = ORDER_NAMES
        raise UsageError(f"--ordina vuole {', '.join(others)} o {last}, non «{question.order}».")
    return order


def all_given(option: str, values: Iterable[str]) -> tuple[str, ...]:
    """Tidy the values of an option that may be repeated. Raises UsageError for an empty one."""
    return tuple(text for value in values if (text := given(option, value)))


def given(option: str, value: str | None) -> str | None:
    """Tidy the value of an option. Raises UsageError for an empty one."""
    if value is None:
        return None
    text = tidy(value)
    if not text:
        raise UsageError(f"{option} vuole un valore, non una stringa vuota.")
    return text


def _days(option: str, value: str | None, today: date) -> Span | None:
    text = given(option, value)
    if text is None:
        return None
    words = tokens(text)
    at = 1 if key(words, 0) in ARTICLES and len(words) > 1 else 0
    period = read_period(words, at, today) or read_period(words, 0, today)
    if period is None or period.end < len(words) or (period.span is None and not period.problem):
        raise UsageError(
            f"{option} vuole una data, non «{value}».",
            "Per esempio: 14/8/2019, agosto 2019, 2019, ieri.",
        )
    if period.problem:
        raise UsageError(f"{option} {value}: {period.problem}.")
    return period.span
