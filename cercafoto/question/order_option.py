"""Read `--ordina`, the order of the answer, which is not a filter."""

from __future__ import annotations

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import tidy_value
from cercafoto.question.grammar.tokens import fold
from cercafoto.question.question import Question
from cercafoto.question.values import BY_CONFIDENCE, BY_NAME, LATEST, OLDEST

# Values of the option -> orders.
ORDER_NAMES = {"data": LATEST, "vecchie": OLDEST, "nome": BY_NAME, "fiducia": BY_CONFIDENCE}


def order_of(question: Question) -> str | None:
    """Return the order that the option --ordina asks for, one of `values.ORDERS`; None without the
    option. Raises UsageError for an unknown order."""
    name = tidy_value("--ordina", question.order)
    if name is None:
        return None
    order = ORDER_NAMES.get(fold(name))
    if order is None:
        *others, last = ORDER_NAMES
        raise UsageError(f"--ordina vuole {', '.join(others)} o {last}, non «{question.order}».")
    return order
