"""Make one ASGI application of all pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from cercafoto.base.own_process import usable_cores
from cercafoto.errors import CercafotoError
from cercafoto.web.fair_queue import FairQueue
from cercafoto.web.page_answers import PageArchive
from cercafoto.web.pages import (
    collect,
    duplicates,
    label,
    name_faces,
    originals,
    people,
    photo,
    photo_map,
    pictures,
    search,
    where,
)
from cercafoto.web.pages.responses import client_gone, not_found, problem_page

# Requests for copies answered at a time, beyond the number of decoders: most copies exist already
# and should not wait for one that is being made.
READY = 4
MOST_WHOLE = 2  # whole photos answered at a time: each takes some 50 MB here
STATIC = Path(__file__).with_name("static")


class PhotoIdConvertor(IntegerConvertor):
    """A photo's id in an address; longer numbers than a catalogue can hold do not match."""

    regex = "[0-9]{1,18}"


register_url_convertor("photo", PhotoIdConvertor())


def make_app(archive: PageArchive, guard: Middleware) -> Starlette:
    """Return the application. When the application ends, it closes `archive`.

    guard: middleware that decides whose requests are answered.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        archive.close()

    questions, large = FairQueue(usable_cores()), FairQueue(1 + READY)
    small = FairQueue(usable_cores() + READY)
    whole = FairQueue(MOST_WHOLE)
    copy_first = pictures.copy_first(large)
    app = Starlette(
        routes=[
            Route("/", questions(search.search_page)),
            Route("/altre", questions(search.more_photos)),
            Route("/faccette", questions(search.facets)),
            Route("/foto/{photo_id:photo}", photo.photo_page),
            Route("/foto/{photo_id:photo}/etichette", photo.label_photo, methods=["POST"]),
            Route("/foto/{photo_id:photo}/etichette", photo.propose_labels),
            Route("/raccolte", questions(collect.list_page)),
            Route("/raccolte", collect.change_collections, methods=["POST"]),
            Route("/raccolte/cambia", collect.change_collection, methods=["POST"]),
            Route("/apri/{photo_id:photo}", photo.open_photo),
            Route("/originale/{photo_id:photo}", originals.original),
            Route("/scarica", originals.download, methods=["POST"]),
            Route("/miniatura/{photo_id:photo}/{version}.webp", small(pictures.thumbnail)),
            Route("/vista/{photo_id:photo}/{version}.webp", large(pictures.view)),
            Route("/grande/{photo_id:photo}/{version}.webp", whole(pictures.whole)),
            Route("/carica", pictures.receive_upload, methods=["POST"]),
            Route("/caricata/{key}.webp", pictures.uploaded),
            Route("/etichetta", label.label_page),
            Route("/etichetta", label.label_picture, methods=["POST"]),
            Route("/dove", questions(where.where_page, copy_first)),
            Route("/dove/mappa.png", questions(where.heat_map, copy_first)),
            Route("/mappa", questions(photo_map.map_page)),
            Route("/mappa/gruppi", questions(photo_map.groups)),
            Route("/persone", questions(people.list_page)),
            Route("/persone", people.change_list, methods=["POST"]),
            Route("/persone/chiedi", questions(name_faces.ask_page)),
            Route("/persone/chiedi", name_faces.answer_questions, methods=["POST"]),
            Route("/persone/volti", questions(people.faces_page)),
            Route("/persone/volti", people.change_person, methods=["POST"]),
            Route("/persone/da-parte", questions(people.aside_page)),
            Route("/doppioni", questions(duplicates.duplicates_page)),
            Route("/doppioni", duplicates.change_duplicates, methods=["POST"]),
            Route("/volto/{face_id:photo}.webp", large(name_faces.face)),
            Mount("/risorse", StaticFiles(directory=STATIC)),
        ],
        middleware=[guard],
        exception_handlers={
            CercafotoError: problem_page,
            ClientDisconnect: client_gone,
            404: not_found,
        },
        lifespan=lifespan,
    )
    app.state.archive, app.state.questions, app.state.large_copies = archive, questions, large
    return app
