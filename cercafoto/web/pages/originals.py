"""Send original files: one photo to show in the browser, or several to save."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Generator
from typing import Any, BinaryIO
from urllib.parse import parse_qs, quote

from anyio import CancelScope
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from cercafoto.base.italian_counts import thousands
from cercafoto.browse.shown_photos import NotThereError
from cercafoto.errors import CercafotoError, UsageError
from cercafoto.results.photos import Tile
from cercafoto.web.original_files import (
    SAVED,
    byte_range,
    file_name,
    open_original,
    pieces,
    refuse_too_many,
    zipped,
)
from cercafoto.web.page_answers import PageArchive
from cercafoto.web.pages.responses import archive_of
from cercafoto.web.uploads import bounded_body

# To fit a large picture into the window a browser uses inline styles, which the pages' policy would
# block.
PICTURE_POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; "
    "base-uri 'none'; frame-ancestors 'none'; sandbox"
)


def original(request: Request) -> Response:
    """Send the file of a photo; the browser shows types that every browser knows, else saves.

    Raises NotThereError, NotReadableError.
    """
    archive = archive_of(request)
    return _file(request, archive, archive.tile(request.path_params["photo_id"]))


async def download(request: Request) -> Response:
    """Answer a form such as "foto=1&foto=2" with the file of one photo, or a ZIP file of several.

    Raises UsageError if no photo or too many are chosen, NotThereError, NotReadableError.
    """
    given = parse_qs((await bounded_body(request)).decode("latin-1")).get("foto", [])
    ids = [int(text) for text in dict.fromkeys(given) if re.fullmatch("[0-9]{1,18}", text)]
    if not ids:
        raise UsageError("Non è stata scelta nessuna foto.", "Torna indietro e scegline qualcuna.")
    return await run_in_threadpool(_download, request, archive_of(request), ids)


def _download(request: Request, archive: PageArchive, ids: list[int]) -> Response:
    tiles = archive.tiles(ids)
    if len(tiles) < len(ids):
        gone = "La foto scelta non è" if len(ids) == 1 else "Qualcuna delle foto scelte non è"
        raise NotThereError(f"{gone} più nell'archivio.", "Torna alla ricerca e scegli di nuovo.")
    chosen = [tiles[number] for number in ids]
    if len(chosen) == 1:
        return _file(request, archive, chosen[0], saved=True)
    refuse_too_many(chosen)
    for tile in chosen:  # before anything is sent
        open_original(archive.folders, tile)[0].close()
    headers = {
        "Content-Disposition": disposition("attachment", f"{thousands(len(chosen))} foto.zip")
    }
    return Pieces(zipped(archive.folders, chosen), headers=headers, media_type="application/zip")


class Pieces(StreamingResponse):
    """Sends pieces of files while the files are read.

    The files are closed as soon as the client is gone. If a file cannot be read, the download
    breaks off, which the browser reports, and the reason is logged.

    ended: called after the files are closed, however the download ends.
    """

    def __init__(
        self,
        pieces: Generator[bytes, None, None],
        ended: Callable[[], None] = lambda: None,
        **options: Any,
    ) -> None:
        super().__init__(pieces, **options)
        self.pieces, self.ended = pieces, ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except CercafotoError as error:
            logging.getLogger("uvicorn.error").error("Scaricamento interrotto: %s", error.message)
        finally:
            # In a thread: closing may wait for a photo that is being decoded.
            with CancelScope(shield=True):
                await run_in_threadpool(self._close)

    def _close(self) -> None:
        try:
            self.pieces.close()
        finally:
            self.ended()


def _file(request: Request, archive: PageArchive, tile: Tile, saved: bool = False) -> Response:
    """Send a photo's file, or the range of bytes that the request asks for.

    saved: whether the browser must save the file even if it could show it.
    """
    stream, kind = open_original(archive.folders, tile)
    how = "attachment" if saved or kind == SAVED else "inline"
    etag = f'"{tile.digest.hex()}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Content-Disposition": disposition(how, file_name(tile.path)),
    }
    if how == "inline":
        headers["Content-Security-Policy"] = PICTURE_POLICY
    is_current = request.headers.get("if-range", etag) == etag
    wanted = byte_range(request.headers.get("range", "") if is_current else "", tile.size)
    if wanted is None:
        stream.close()
        return Response(status_code=416, headers={"Content-Range": f"bytes */{tile.size}"})
    start, end = wanted
    headers["Content-Length"] = str(end - start)
    is_part = end - start < tile.size
    if is_part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{tile.size}"
    status = 206 if is_part else 200
    return Pieces(_sent(stream, start, end), status_code=status, headers=headers, media_type=kind)


def _sent(stream: BinaryIO, start: int, end: int) -> Generator[bytes, None, None]:
    with stream:
        yield from pieces(stream, start, end)


def disposition(kind: str, name: str) -> str:
    quoted = quote(name)
    said = f'filename="{name}"' if quoted == name else f"filename*=utf-8''{quoted}"
    return f"{kind}; {said}"
