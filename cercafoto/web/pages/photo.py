"""Foto: one photo, what is known of it, and its labels."""

from __future__ import annotations

from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cercafoto.base.paths import folder_of, printable
from cercafoto.labels.by_hand import LONGEST
from cercafoto.question.grammar.days import MONTHS, WEEKDAYS
from cercafoto.results import PhotoDetail
from cercafoto.web.address import Address, Picture
from cercafoto.web.pages.responses import (
    NotAllowedError,
    archive_of,
    name_of,
    page,
    read_json,
    texts,
    view_address,
    visitor_of,
)

DATE_SOURCES = {
    "name": "dal nome del file",
    "folder": "dal nome della cartella",
    "gps": "dal GPS",
    "digitized": "della digitalizzazione",
}


def photo_page(request: Request) -> Response:
    archive = archive_of(request)
    detail = archive.detail(request.path_params["photo_id"])
    tile = detail.tile
    return page(
        request,
        "foto.html",
        page="foto",
        detail=detail,
        facts=_facts(detail),
        name=name_of(tile),
        path=printable(tile.path),
        folder=printable(folder_of(tile.path)),
        copies=[printable(path) for path in detail.copies],
        source=view_address(tile),
        picture=str(Picture(tile.photo_id)),
        alike=Address(like=(Picture(tile.photo_id),)).url(),
        nearby=Address(folder=tile.photo_id).url(),
    )


def propose_labels(request: Request) -> Response:
    """?testo=ca -> the archive's labels that have that in them, without those of the photo."""
    archive = archive_of(request)
    own = {label for label, *_ in archive.detail(request.path_params["photo_id"]).labels}
    typed = request.query_params.get("testo", "")[:LONGEST]
    return JSONResponse(archive.library.labels_like(typed, own))


async def label_photo(request: Request) -> Response:
    """{"aggiungi": [...], "togli": [...]} -> the labels that the photo has now."""
    archive, photo_id = archive_of(request), request.path_params["photo_id"]
    visitor = visitor_of(request)
    if visitor is not None and not visitor.may_label:
        raise NotAllowedError(
            f"«{visitor.name}» può cercare, ma non etichettare.",
            "Chiedi il diritto a chi gestisce la pagina.",
        )
    given = await read_json(request)
    add, remove = (texts(given, name) for name in ("aggiungi", "togli"))

    def change() -> PhotoDetail:
        before = archive.detail(photo_id)
        archive.library.label_by_hand(before.tile.path, add, remove)
        return archive.detail(photo_id)

    detail = await run_in_threadpool(change)
    return page(request, "_etichette.html", detail=detail)


def _facts(detail: PhotoDetail) -> list[tuple[str, str]]:
    """List what is known of a photo, by name."""
    tile, facts = detail.tile, detail.facts
    pixels = f"{tile.width} × {tile.height} pixel" if tile.width else ""
    kind = ", ".join(filter(None, (detail.format, pixels, say_size(detail.size))))
    keywords = facts.get("keywords")
    rows = [
        ("Titolo", facts.get("title")),
        ("Descrizione", facts.get("description")),
        ("Data", say_moment(tile.taken_at, detail.date_source)),
        ("Luogo", ", ".join(dict.fromkeys(detail.place))),
        ("Fotocamera", detail.camera),
        ("Obiettivo", facts.get("lens")),
        ("Valutazione", "★" * detail.rating if detail.rating and detail.rating > 0 else ""),
        ("Parole chiave", ", ".join(keywords) if isinstance(keywords, list) else ""),
        ("File", kind),
        ("Data del file", "" if tile.taken_at else _say_time(tile.mtime_ns)),
    ]
    return [(name, str(value)) for name, value in rows if value]


def say_moment(taken_at: str | None, source: str | None) -> str:
    if not taken_at:
        return ""
    source_words = DATE_SOURCES.get(source or "")
    return _say(taken_at) + (f" ({source_words})" if source_words else "")


def _say(taken_at: str) -> str:
    year, *month = taken_at[:7].split("-")
    if len(taken_at) < 10:
        return " ".join([*(MONTHS[int(number) - 1] for number in month), year])
    moment = datetime.fromisoformat(taken_at)
    day = f"{WEEKDAYS[moment.weekday()]} {moment.day} {MONTHS[moment.month - 1]} {moment.year}"
    return f"{day}, ore {moment:%H:%M}" if len(taken_at) >= 16 else day


def _say_time(mtime_ns: int) -> str:
    """Say the time of a file, unless it was never set."""
    try:
        moment = datetime.fromtimestamp(mtime_ns // 1_000_000_000)
    except (OverflowError, OSError, ValueError):
        return ""
    return _say(moment.isoformat()) if mtime_ns > 0 else ""


def say_size(size: int) -> str:
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1e6:.1f} MB".replace(".", ",")
