"""Send small and large copies of photos, and receive pictures that are dropped on a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cercafoto.browse.shown_photos import NotThereError
from cercafoto.errors import UsageError
from cercafoto.photos.thumbnails import LARGE, SMALL, WHOLE_PHOTO
from cercafoto.web.fair_queue import FairQueue
from cercafoto.web.pages.responses import archive_of, moment_of, picture_of

FOR_EVER = "private, max-age=31536000, immutable"


def thumbnail(request: Request) -> Response:
    return _copy(request, SMALL)


def view(request: Request) -> Response:
    return _copy(request, LARGE)


def whole(request: Request) -> Response:
    """Send all pixels, up to a limit, of a photo that the browser would save instead of showing."""
    return _copy(request, WHOLE_PHOTO)


def _copy(request: Request, side: int) -> Response:
    archive = archive_of(request)
    version: str = request.path_params["version"]
    tile = archive.tile(request.path_params["photo_id"])
    at = moment_of(request)
    etag = f'"{tile.digest.hex()}-{side}{"" if at is None else f"-{at}"}"'
    if tile.digest.hex().startswith(version) and request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag, "Cache-Control": FOR_EVER})
    data, shown = archive.thumbnails.of(tile.path, tile.digest, side, at)
    # The address names the content; a file edited since is shown, but browsers may not store it.
    lasting = shown == tile.digest and shown.hex().startswith(version)
    headers = (
        {"ETag": etag, "Cache-Control": FOR_EVER} if lasting else {"Cache-Control": "no-store"}
    )
    return Response(data, media_type="image/webp", headers=headers)


def copy_first(queue: FairQueue) -> Callable[[Request], Awaitable[None]]:
    """Return a function that makes the reduced copy of the picture that a request names.

    Call the function before the request joins the queue of questions, which should not wait for
    decoders. queue: the queue in which requests wait for copies.
    """

    async def copy(request: Request) -> None:
        picture = picture_of(request)
        if picture is not None:
            with suppress(UsageError):  # the page will report it
                await queue.run(request, archive_of(request).picture_path, picture)

    return copy


async def receive_upload(request: Request) -> Response:
    archive, queue = archive_of(request), request.app.state.large_copies
    async with archive.uploads.arriving(request) as raw:
        key = await queue.run(request, archive.uploads.add, raw)
    return JSONResponse({"foto": f"c{key}", "immagine": f"/caricata/{key}.webp"}, 201)


def uploaded(request: Request) -> Response:
    path = archive_of(request).uploads.path(request.path_params["key"])
    if path is None:
        raise NotThereError("La foto che avevi scelto non è più a disposizione.")
    return Response(
        path.read_bytes(), media_type="image/webp", headers={"Cache-Control": "no-store"}
    )
