"""Answer the page "Foto": one photo, its metadata, text and labels."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from cercafoto.base.paths import folder_of, printable
from cercafoto.browse.asked import Picture
from cercafoto.browse.photo_facts import facts_of, name_of
from cercafoto.browse.text_rows import row_text
from cercafoto.labels.by_hand import LONGEST
from cercafoto.photos.decoding.file_kind import is_video
from cercafoto.question.filters.filter import NO_FILTERS
from cercafoto.question.filters.names import INSIDE
from cercafoto.results.photos import PhotoDetail, Tile
from cercafoto.web.address import Address
from cercafoto.web.pages.responses import (
    archive_of,
    at_moment,
    moment_of,
    page,
    read_json,
    refuse_labelling,
    texts,
    view_address,
    whole_address,
    words_of,
)
from cercafoto.web.text_layer import place_line

PLAYED = ("MP4", "MOV", "MKV")  # formats of videos that browsers play, or often do
USUAL_SIZE = (1600, 1200)  # pixels; used if a photo's size is unknown


def photo_page(request: Request) -> Response:
    """Show a photo; the words in ?q=… are marked in the photo's text. Raises NotThereError."""
    archive = archive_of(request)
    detail = archive.detail(request.path_params["photo_id"])
    tile = replace(detail.tile, frame=moment_of(request))
    size = (tile.width, tile.height) if tile.width and tile.height else USUAL_SIZE
    words, picture = words_of(request), Picture(tile.photo_id, at=tile.frame)
    written = archive.written(detail, words, tile.frame) or ()
    folder, whole = folder_of(tile.path), whole_address(tile, detail.format)
    asked = Address(words=words).url("")
    previous, following = (
        "" if number is None else f"/foto/{number}{asked}"
        for number in archive.library.photos.neighbours(tile)
    )
    return page(
        request,
        "foto.html",
        page="foto",
        detail=detail,
        facts=facts_of(detail),
        name=name_of(tile),
        path=printable(tile.path),
        folder=printable(folder),
        copies=[printable(path) for path in detail.copies],
        source=view_address(tile),
        whole=whole,
        opened=_opened(tile, detail.format),
        previous=previous,
        following=following,
        video=f"/originale/{tile.photo_id}{at_moment(tile, '#')}"
        if detail.format in PLAYED
        else "",
        size=size,
        words=words,
        written=[[place_line(line, *size) for line in row] for row in written],
        words_alone="\n".join(map(row_text, written)),
        picture=str(picture),
        back=Address(words=words).url(),
        alike=Address(like=(picture,)).url(),
        nearby=Address(typed=INSIDE.added(NO_FILTERS, Path(os.fsdecode(folder)))).url(),
        collections=archive.library.collections.names(),
    )


def open_photo(request: Request) -> Response:
    """Lead to all pixels of a photo, as a browser shows them. Raises NotThereError."""
    detail = archive_of(request).detail(request.path_params["photo_id"])
    return RedirectResponse(_opened(detail.tile, detail.format), 303)


def _opened(tile: Tile, file_format: str | None) -> str:
    """Return where the key o leads to: the file of a video, all pixels of a photo."""
    if is_video(tile.path):
        return f"/originale/{tile.photo_id}"
    return whole_address(tile, file_format)


def propose_labels(request: Request) -> Response:
    """Answer ?testo=ca with a few labels that contain "ca", without the labels of the photo."""
    archive = archive_of(request)
    own = {label for label, *_ in archive.detail(request.path_params["photo_id"]).labels}
    typed = request.query_params.get("testo", "")[:LONGEST]
    return JSONResponse(archive.library.labels.like(typed, own))


async def label_photo(request: Request) -> Response:
    """Change a photo's labels by {"aggiungi": […], "togli": […]}; answer with all its labels then.

    Raises NotAllowedError if the visitor may not label; UsageError, NotThereError, ArchiveError.
    """
    archive, photo_id = archive_of(request), request.path_params["photo_id"]
    refuse_labelling(request)
    given = await read_json(request)
    add, remove = (texts(given, name) for name in ("aggiungi", "togli"))

    def change() -> PhotoDetail:
        before = archive.detail(photo_id)
        archive.library.labels.give_one(before.tile.path, add, remove)
        return archive.detail(photo_id)

    detail = await run_in_threadpool(change)
    return page(request, "_etichette.html", detail=detail)
