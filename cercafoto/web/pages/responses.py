"""Functions that all pages share: get a request's archive and data, fill templates, answer errors,
and make the addresses of pictures."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from cercafoto.browse.asked import Picture
from cercafoto.browse.shown_photos import NotThereError
from cercafoto.errors import CercafotoError, UsageError
from cercafoto.results.photos import Tile
from cercafoto.web.fair_queue import BusyError
from cercafoto.web.page_answers import PageArchive
from cercafoto.web.proxy_guard import Visitor
from cercafoto.web.templating import render
from cercafoto.web.templating import with_curly_apostrophes as said
from cercafoto.web.uploads import bounded_body

LONGEST_WORDS = 300
SHOWN = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")  # formats of photos that browsers show


class NotAllowedError(UsageError):
    """The visitor is not allowed to do this."""


def archive_of(request: Request) -> PageArchive:
    archive: PageArchive = request.app.state.archive
    return archive


def visitor_of(request: Request) -> Visitor | None:
    """Return the visitor whom the proxy named; None on a page for one person, who may do all."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    return visitor


def has_people(request: Request) -> bool:
    """Return True if the page shows the names of people: to the person at this computer, or to
    everybody with `web --persone`. A shared archive has no faces."""
    settings = archive_of(request).settings
    return settings.people and settings.shared is None


def refuse_labelling(request: Request, action: str = "etichettare") -> None:
    """Raise NotAllowedError if the visitor may only search. action: what may not be done."""
    visitor = visitor_of(request)
    if visitor is not None and not visitor.may_label:
        raise NotAllowedError(
            f"«{visitor.name}» può cercare, ma non {action}.",
            "Chiedi il permesso a chi gestisce la pagina.",
        )


def page(request: Request, template: str, /, *, status: int = 200, **values: Any) -> Response:
    """Return an answer with a template, filled with `values`, `visitor`, `may_label`, `is_local`,
    whether the archive is on this computer, `may_move`, whether the visitor may move files, and
    `asks_names`, whether the page asks whose faces are."""
    visitor, is_local = visitor_of(request), archive_of(request).settings.shared is None
    may_move = visitor is None and is_local
    may_label = visitor is None or visitor.may_label
    asks_names = has_people(request) and archive_of(request).library.faces.is_active
    more: dict[str, Any] = {"visitor": visitor, "may_label": may_label, "asks_names": asks_names}
    more |= {"is_local": is_local, "may_move": may_move}
    return HTMLResponse(render(template, **more, **values), status)


async def problem_page(request: Request, error: Exception) -> Response:
    """Answer a request that raised a CercafotoError: JSON to a script that posted data, a page to
    anything else."""
    assert isinstance(error, CercafotoError)
    status = _status(error)
    form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    if request.method == "POST" and not form:
        return JSONResponse({"errore": said(error.message), "consiglio": said(error.hint)}, status)
    return page(request, "errore.html", status=status, page="", problem=error)


def _status(error: CercafotoError) -> int:
    if isinstance(error, BusyError):
        return 503
    if isinstance(error, NotThereError):
        return 404
    if isinstance(error, NotAllowedError):
        return 403
    return 400 if error.exit_code == UsageError.exit_code else 422


async def not_found(request: Request, error: Exception) -> Response:
    missing = UsageError("Questa pagina non c'è.", "Torna alla ricerca e riparti da lì.")
    return page(request, "errore.html", status=404, page="", problem=missing)


async def client_gone(request: Request, error: Exception) -> Response:
    """Answer a client that has disconnected; nobody reads the answer."""
    return Response(status_code=400)


async def read_json(request: Request) -> dict[str, Any]:
    """Return a request's JSON object. Raises UsageError for any other body, or one too large."""
    try:
        content = json.loads(await bounded_body(request))
        json.dumps(content, ensure_ascii=False).encode()  # refuses half of a surrogate pair
    except (ValueError, RecursionError) as error:
        raise UsageError("La richiesta non è in JSON.") from error
    if not isinstance(content, dict):
        raise UsageError("La richiesta non è completa.")
    return content


def texts(given: dict[str, Any], name: str) -> Sequence[str]:
    """Return the texts in `given[name]`, [] if absent. Raises UsageError for any other value."""
    values = given.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise UsageError("La richiesta non è completa.")
    return values


def words_of(request: Request) -> str:
    return " ".join(request.query_params.get("q", "")[:LONGEST_WORDS].split())


def picture_of(request: Request) -> Picture | None:
    return Picture.read(request.query_params.get("foto", ""))


def thumbnail_address(tile: Tile) -> str:
    """Return the address of a small copy. It names the content, so browsers may store the copy."""
    return f"/miniatura/{tile.photo_id}/{tile.digest.hex()[:16]}.webp{at_moment(tile)}"


def view_address(tile: Tile) -> str:
    return f"/vista/{tile.photo_id}/{tile.digest.hex()[:16]}.webp{at_moment(tile)}"


def whole_address(tile: Tile, file_format: str | None) -> str:
    """Return the address of all pixels of a photo: of its file if browsers show such files, else of
    a copy that decoders make.

    file_format: see `Facts`.
    """
    if file_format in SHOWN:
        return f"/originale/{tile.photo_id}"
    return f"/grande/{tile.photo_id}/{tile.digest.hex()[:16]}.webp{at_moment(tile)}"


def at_moment(tile: Tile, before: str = "?") -> str:
    """Return the end of an address that names the frame of a video; "" for a photo."""
    return "" if tile.frame is None else f"{before}t={tile.frame:.3f}"


def moment_of(request: Request) -> float | None:
    """Return the time in a video that a request names, in seconds; None if it names none."""
    given = request.query_params.get("t", "")
    return float(given) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", given, re.ASCII) else None


def address_of(archive: PageArchive, picture: Picture) -> str:
    if picture.upload is not None:
        return f"/caricata/{picture.upload}.webp"
    return view_address(replace(archive.tile(picture.photo_id or 0), frame=picture.at))
