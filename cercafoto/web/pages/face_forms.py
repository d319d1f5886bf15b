"""What the pages about people share: who sees them, who may change anything, and their forms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from cercafoto.browse.shown_photos import NotThereError
from cercafoto.errors import UsageError
from cercafoto.faces.album import FaceAlbum
from cercafoto.web.pages.responses import (
    NotAllowedError,
    archive_of,
    has_people,
    page,
    visitor_of,
)
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


def album_of(request: Request) -> FaceAlbum:
    """Return the faces of the archive. Raises NotThereError if this page shows no people."""
    if not has_people(request):
        raise NotThereError("Questa pagina non c'è.", "Torna alla ricerca e riparti da lì.")
    return archive_of(request).library.faces


def people_page(request: Request, template: str, /, **values: Any) -> Response:
    """Return a page about people, with the last action that can be undone."""
    album = album_of(request)
    may_change = visitor_of(request) is None
    return page(
        request,
        template,
        page="persone",
        is_active=album.is_active,
        may_change=may_change,
        last=album.last_action() if may_change and album.is_active else None,
        **values,
    )


async def read_form(request: Request, action: str = "dare nomi alle persone") -> Form:
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
