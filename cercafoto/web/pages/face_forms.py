"""What the pages about people share: who sees them, and who may change anything."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cercafoto.browse.shown_photos import NotThereError
from cercafoto.faces.album import FaceAlbum
from cercafoto.web.pages.forms import Form, read_form
from cercafoto.web.pages.responses import archive_of, has_people, page, visitor_of


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


async def read_face_form(request: Request) -> Form:
    """Return a form about people. Raises as `read_form` does."""
    return await read_form(request, "dare nomi alle persone")
