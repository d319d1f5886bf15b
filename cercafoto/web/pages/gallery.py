"""Send the photos of an answer as a gallery: a ZIP file that is made while it is sent."""

from __future__ import annotations

import threading
import time
import zipfile
from collections.abc import Generator, Sequence
from contextlib import closing
from urllib.parse import parse_qsl

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from cercafoto.base.italian_counts import thousands
from cercafoto.base.paths import printable
from cercafoto.base.safe_names import safe_name
from cercafoto.errors import ImageError, UsageError
from cercafoto.photos.thumbnails import Shrinker
from cercafoto.results.answer import NONE
from cercafoto.web.address import Address
from cercafoto.web.fair_queue import BusyError
from cercafoto.web.gallery import PAGE, Chosen, Shown, copies_of, page_of
from cercafoto.web.original_files import Outlet, zip_entry
from cercafoto.web.page_answers import PageArchive
from cercafoto.web.pages.originals import Pieces, disposition
from cercafoto.web.pages.responses import archive_of
from cercafoto.web.uploads import bounded_body

MOST_PHOTOS = 500  # of one gallery
MOST_AT_ONCE = 2  # galleries; they share the processes that decode photos for them
LONGEST_TITLE = 80

_making = threading.BoundedSemaphore(MOST_AT_ONCE)


async def send(request: Request) -> Response:
    """Answer a form, which has the question of a page, "titolo" and "lato", with the gallery.

    Raises UsageError if nothing answers, BusyError if others get theirs.
    """
    given = QueryParams(parse_qsl((await bounded_body(request)).decode("latin-1")))
    archive, (address, _) = archive_of(request), Address.read(given)
    title = printable(" ".join(given.get("titolo", "")[:LONGEST_TITLE].split()))
    shrinker = archive.gallery_shrinkers.get(given.get("lato", ""))
    if shrinker is None:
        raise UsageError("La richiesta non è completa.")
    photos = await request.app.state.questions.run(request, _chosen, archive, address)
    if not photos:
        raise UsageError("Qui non c'è nessuna foto da inviare.", "Torna indietro e cercane altre.")
    if not _making.acquire(blocking=False):
        raise BusyError
    name = safe_name(title or "Foto")
    return Pieces(
        _zipped(archive, photos, shrinker, title, name),
        _making.release,
        headers={"Content-Disposition": disposition("attachment", f"{name}.zip")},
        media_type="application/zip",
    )


def _chosen(archive: PageArchive, address: Address) -> list[Chosen]:
    """Return the photos that answer, without unlikely ones unless these are asked for."""
    photos, after = list[Chosen](), ""
    while len(photos) < MOST_PHOTOS:
        answer = archive.answer(address, after)
        if answer.verdict == NONE:
            break
        likely = None if address.everything else answer.unlikely_at
        for found in answer.found[:likely]:
            tile = found.tile
            photos.append(Chosen(tile.path, tile.digest, tile.taken_at, tile.frame))
        after = answer.after
        if likely is not None or not after:
            break
    return photos[:MOST_PHOTOS]


def _zipped(
    archive: PageArchive, photos: Sequence[Chosen], shrinker: Shrinker, title: str, folder: str
) -> Generator[bytes, None, None]:
    """Yield the pieces of the ZIP file, in which the page comes last."""
    outlet, shown, now = Outlet(), list[Shown](), time.time()
    elsewhere = archive.library.archive.small_copy
    with (
        zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as target,
        closing(copies_of(photos, shrinker, elsewhere, threads=1)) as copies,
    ):
        for photo, made in copies:
            if isinstance(made, ImageError):
                continue
            one = Shown(photo, len(shown) + 1, made.width, made.height)
            shown.append(one)
            for place, content in ((one.large, made.large), (one.small, made.small)):
                target.writestr(zip_entry(f"{folder}/{place}", now), content)
            yield outlet.taken()
        page = "".join(page_of(title, shown, str, _missing(len(photos) - len(shown))))
        target.writestr(zip_entry(f"{folder}/{PAGE}", now), page.encode())
    yield outlet.taken()


def _missing(number: int) -> str:
    if number < 2:
        return "Manca una foto che non si poteva leggere." if number else ""
    return f"Mancano {thousands(number)} foto che non si potevano leggere."
