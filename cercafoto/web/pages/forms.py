"""Read the forms that only the person at this computer may send."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qs

from starlette.requests import Request

from cercafoto.errors import UsageError
from cercafoto.web.pages.responses import NotAllowedError, visitor_of
from cercafoto.web.uploads import bounded_body

MOST_FORM = 2_000_000  # bytes of an answer; ids of 100,000 faces have 700,000
MOST_FIELDS = 10_000
_NUMBER = re.compile("[0-9]{1,18}")


class Form(dict[str, list[str]]):
    """The fields of a form, empty ones too."""

    def all(self, name: str) -> list[str]:
        return self.get(name, [])

    def first(self, name: str) -> str:
        return self.get(name, [""])[0]


async def read_form(request: Request, action: str) -> Form:
    """Return the form of the person at this computer. Raises NotAllowedError for the visitors whom
    a proxy names, and UsageError if it is no form. action: what visitors may not do."""
    visitor = visitor_of(request)
    if visitor is not None:
        raise NotAllowedError(
            f"«{visitor.name}» può cercare, ma non {action}.",
            "Lo fa soltanto chi è al computer con le foto.",
        )
    try:
        body = (await bounded_body(request, MOST_FORM)).decode("ascii")
        return Form(parse_qs(body, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise UsageError("La richiesta non è completa.") from error


def number_in(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else 0


def numbers_in(texts: Iterable[str]) -> list[int]:
    """Return the numbers in some texts, divided by spaces. Raises UsageError for anything else."""
    words = " ".join(texts).split()
    if not all(map(_NUMBER.fullmatch, words)):
        raise UsageError("La richiesta non è completa.")
    return [int(word) for word in words]
