"""All of the page as one ASGI application."""

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

from cercafoto.base.cores import usable_cores
from cercafoto.errors import CercafotoError
from cercafoto.web.fair_queue import FairQueue
from cercafoto.web.page_answers import PageArchive
from cercafoto.web.pages import label, originals, photo, pictures, search, where
from cercafoto.web.pages.responses import gone, not_found, problem_page

# Most copies are there already: so many more requests for them than decoders at a time, so that
# these do not wait behind one that is made.
READY = 4
STATIC = Path(__file__).with_name("static")


class PhotoIdConvertor(IntegerConvertor):
    """The id of a photo in an address: more digits than a catalogue can hold are no address."""

    regex = "[0-9]{1,18}"


register_url_convertor("photo", PhotoIdConvertor())


def make_app(archive: PageArchive, guard: Middleware) -> Starlette:
    """guard: who decides who may ask. The archive is closed with the application."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        archive.close()

    turn, large = FairQueue(usable_cores()), FairQueue(1 + READY)
    small = FairQueue(usable_cores() + READY)
    copied = pictures.copied_by(large)
    app = Starlette(
        routes=[
            Route("/", turn(search.search_page)),
            Route("/altre", turn(search.more_photos)),
            Route("/faccette", turn(search.facets)),
            Route("/foto/{photo_id:photo}", photo.photo_page),
            Route("/foto/{photo_id:photo}/etichette", photo.label_photo, methods=["POST"]),
            Route("/foto/{photo_id:photo}/etichette", photo.propose_labels),
            Route("/originale/{photo_id:photo}", originals.original),
            Route("/scarica", originals.download, methods=["POST"]),
            Route("/miniatura/{photo_id:photo}/{version}.webp", small(pictures.thumbnail)),
            Route("/vista/{photo_id:photo}/{version}.webp", large(pictures.view)),
            Route("/carica", pictures.receive_upload, methods=["POST"]),
            Route("/caricata/{key}.webp", pictures.uploaded),
            Route("/etichetta", label.label_page),
            Route("/etichetta", label.label_picture, methods=["POST"]),
            Route("/dove", turn(where.where_page, copied)),
            Route("/dove/mappa.png", turn(where.heat_map, copied)),
            Mount("/risorse", StaticFiles(directory=STATIC)),
        ],
        middleware=[guard],
        exception_handlers={CercafotoError: problem_page, ClientDisconnect: gone, 404: not_found},
        lifespan=lifespan,
    )
    app.state.archive, app.state.questions, app.state.large_copies = archive, turn, large
    return app
