"""Answer the page "Dov'è": the part of a picture that shows what the words say."""

from __future__ import annotations

import io
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cercafoto.errors import UsageError
from cercafoto.search.heat_map import heat_layer
from cercafoto.web.pages.responses import address_of, archive_of, page, picture_of, words_of


def where_page(request: Request) -> Response:
    archive, picture = archive_of(request), picture_of(request)
    words = words_of(request)
    shown: dict[str, Any] = {}
    problem = None
    if picture is not None:
        try:
            at = archive.at_best_moment(picture, words) if words else picture
            image = archive.picture(at)
            shown = {"source": address_of(archive, at), "size": image.size, "shown": at}
            if words:
                heat = archive.heat(at, words)
                shown |= {
                    "heat": heat,
                    "boxes": [box.pixels(image.size) for box in heat.boxes],
                    "likely": heat.is_likely,
                }
        except UsageError as error:
            picture, problem = None, error
    return page(
        request,
        "dove.html",
        page="dove",
        picture=str(picture) if picture else "",
        words=words,
        problem=problem,
        **shown,
    )


def heat_map(request: Request) -> Response:
    archive, picture = archive_of(request), picture_of(request)
    words = words_of(request)
    if picture is None or not words:
        raise UsageError("Questo indirizzo non è completo.")
    image = archive.picture(picture)
    stream = io.BytesIO()
    heat_layer(archive.heat(picture, words), image.size).save(stream, "PNG", compress_level=1)
    return Response(
        stream.getvalue(), media_type="image/png", headers={"Cache-Control": "private, max-age=600"}
    )
