"""The option of a question that is no filter and has to be read: the order of the answer."""

from __future__ import annotations

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import given
from cercafoto.question.grammar.tokens import fold
from cercafoto.question.question import Question
from cercafoto.question.values import BY_CONFIDENCE, BY_NAME, LATEST, OLDEST

# What an option calls the orders.
ORDER_NAMES = {"data": LATEST, "vecchie": OLDEST, "nome": BY_NAME, "fiducia": BY_CONFIDENCE}


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
