"""Keep the question of a page as a collection, and say which photos a collection always or never
has."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cercafoto.browse.asked import Picture
from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import NO_FILTERS
from cercafoto.question.filters.names import COLLECTION
from cercafoto.results.collections import ALWAYS, NEVER
from cercafoto.web.address import Address
from cercafoto.web.pages.responses import archive_of, read_json, refuse_labelling

SAID = {"sempre": ALWAYS, "mai": NEVER}


async def change_collections(request: Request) -> Response:
    """Keep the question in {"nome": "Mare", "domanda": "q=al+mare"}; or say that the collection of
    {"nome": "Mare", "foto": "f12", "detto": "mai"} never has this photo. Answer with the address of
    the collection.

    Raises NotAllowedError if the visitor may not label; UsageError, NotThereError, ArchiveError.
    """
    archive = archive_of(request)
    refuse_labelling(request)
    given = await read_json(request)
    name, said = str(given.get("nome", "")), SAID.get(str(given.get("detto")))
    photo = Picture.read(str(given.get("foto")))
    if "foto" not in given:
        asked, _ = Address.read(QueryParams(parse_qsl(str(given.get("domanda", "")))))
        await request.app.state.questions.run(request, archive.keep, asked, name)
    elif photo is not None and photo.photo_id is not None and said is not None:
        await run_in_threadpool(archive.say, name, [photo.photo_id], said)
    else:
        raise UsageError("La richiesta non è completa.")
    address = Address(typed=COLLECTION.added(NO_FILTERS, " ".join(name.split())))
    return JSONResponse({"indirizzo": address.url()})
