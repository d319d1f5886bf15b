"""List the collections, rename and delete them, keep the question of a page as one, and say which
photos a collection always or never has."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from cercafoto.base.italian_counts import thousands
from cercafoto.browse.asked import Picture
from cercafoto.browse.shown_photos import NotThereError
from cercafoto.errors import UsageError
from cercafoto.results.collections import ALWAYS, NEVER, Collection
from cercafoto.web.address import Address
from cercafoto.web.page_answers import PageArchive
from cercafoto.web.pages.forms import read_form
from cercafoto.web.pages.responses import (
    archive_of,
    has_people,
    page,
    read_json,
    refuse_labelling,
    thumbnail_address,
)

# Seconds for questions that have not been asked yet: of the list itself, and of one that counts on.
AT_ONCE, COUNTING = 0.2, 2.0
SAID = {"sempre": ALWAYS, "mai": NEVER}


class Card(NamedTuple):
    """A collection in the list.

    cover: address of the small copy of a photo; "" if there is none.
    how_many: "" if that is not known yet.
    """

    name: str
    asks: str
    address: str
    cover: str
    how_many: str
    problem: str


def list_page(request: Request) -> Response:
    """Show all collections, without cover and number if they are not known yet; with ?conta=1 more
    of them are. Raises NotThereError for a shared archive, which has none."""
    archive = archive_of(request)
    if archive.settings.shared is not None:
        raise NotThereError("Un archivio condiviso non ha raccolte.")
    cards = []
    for glance in archive.glances(COUNTING if "conta" in request.query_params else AT_ONCE):
        tiles = glance.first.tiles if glance.first else ()
        cover = thumbnail_address(tiles[0]) if tiles else ""
        name, asks = glance.collection.name, asked_by(request, glance.collection)
        how_many = f"{thousands(glance.first.total)} foto" if glance.first else ""
        address = Address.of_collection(name).url()
        cards.append(Card(name, asks, address, cover, how_many, glance.problem))
    return page(request, "raccolte.html", page="raccolte", cards=cards)


def asked_by(request: Request, collection: Collection) -> str:
    """Return the question of a collection as typed; "" where names of people are not shown."""
    return collection.typed if has_people(request) else ""


async def change_collection(request: Request) -> Response:
    """Rename or delete a collection.

    Fields of the form: raccolta: its name; che: the button; nuovo: its new name.

    Raises NotAllowedError for visitors of a proxy; UsageError, ArchiveError.
    """
    form = await read_form(request, "cambiare le raccolte")
    name, new = form.first("raccolta"), form.first("nuovo")
    if form.first("che") not in ("rinomina", "togli"):
        raise UsageError("La richiesta non è completa.")
    to = new if form.first("che") == "rinomina" else None
    return RedirectResponse(await run_in_threadpool(_change, archive_of(request), name, to), 303)


def _change(archive: PageArchive, name: str, new: str | None) -> str:
    """Rename a collection, or delete it if `new` is None. Return the address to go to."""
    collections = archive.library.collections
    if new is None:
        collections.drop(name)
        back = "/raccolte"
    else:
        back = Address.of_collection(collections.rename(name, new).name).url()
    collections.refresh_folder()
    return back


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
    return JSONResponse({"indirizzo": Address.of_collection(" ".join(name.split())).url()})
