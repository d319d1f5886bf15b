"""The originals: a photo's own file in the browser, and the files of several photos to keep."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Generator, Mapping
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from cercafoto.browse.answers import NotThereError
from cercafoto.errors import UsageError
from cercafoto.web.answers import PageArchive
from cercafoto.web.originals import (
    SAVED,
    NotReadableError,
    file_name,
    media_type,
    refuse_too_many,
    zipped,
)
from cercafoto.web.pages.responses import archive_of
from cercafoto.web.uploads import bounded_body

# A browser that shows a picture by itself lays it out by styles of its own, which the policy of the
# pages would block: a large photo would run out of the window.
PICTURE_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; "
    "frame-ancestors 'none'; sandbox"
)


def original(request: Request) -> Response:
    """The file of an indexed photo: shown where every browser can, else saved."""
    tile = archive_of(request).tile(request.path_params["photo_id"])
    kind = media_type(tile.path)
    return _file(tile.path, kind, "attachment" if kind == SAVED else "inline")


async def download(request: Request) -> Response:
    """foto=1&foto=2 as a form sends it -> the file, or one ZIP file of several."""
    given = parse_qs((await bounded_body(request)).decode("latin-1")).get("foto", [])
    ids = [int(text) for text in dict.fromkeys(given) if re.fullmatch("[0-9]{1,18}", text)]
    if not ids:
        raise UsageError("Non è stata scelta nessuna foto.", "Torna indietro e scegline qualcuna.")
    return await run_in_threadpool(_download, archive_of(request), ids)


def _download(archive: PageArchive, ids: list[int]) -> Response:
    tiles = archive.tiles(ids)
    if len(tiles) < len(ids):
        gone = "La foto scelta non è" if len(ids) == 1 else "Qualcuna delle foto scelte non è"
        raise NotThereError(f"{gone} più nell'archivio.", "Torna alla ricerca e scegli di nuovo.")
    paths = [tiles[number].path for number in ids]
    if len(paths) == 1:
        return _file(paths[0], media_type(paths[0]), "attachment")
    refuse_too_many(paths)
    name = f"{len(paths)} foto.zip"
    headers = {"Content-Disposition": f"attachment; filename*=utf-8''{quote(name)}"}
    return _Pieces(zipped(paths), headers)


class _Pieces(StreamingResponse):
    """A file that is made while it is sent. Its photos are closed as soon as nobody wants it; what
    cannot be read breaks it off, which the browser tells, and the terminal says why."""

    def __init__(self, pieces: Generator[bytes, None, None], headers: Mapping[str, str]) -> None:
        super().__init__(pieces, headers=headers, media_type="application/zip")
        self.pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except NotReadableError as error:
            logging.getLogger("uvicorn.error").error("Scaricamento interrotto: %s", error.message)
        finally:
            self.pieces.close()


def _file(path: bytes, kind: str, disposition: str) -> Response:
    return FileResponse(
        os.fsdecode(path),
        media_type=kind,
        filename=file_name(path),
        content_disposition_type=disposition,
        headers={"Content-Security-Policy": PICTURE_POLICY} if disposition == "inline" else None,
    )
