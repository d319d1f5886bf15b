"""Etichetta: how likely a picture is to bear each of a list of labels."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cercafoto.browse.asked import Picture
from cercafoto.errors import UsageError
from cercafoto.labels.label_file import parse_labels
from cercafoto.web.pages.responses import address_of, archive_of, page, picture_of, read_json

MOST_LABELS = 60  # of which each takes a small model some 30 ms
FIRST_LABELS = "\n".join(
    ("gatto: micio", "cane", "persona: uomo, donna", "fiore", "montagna", "mare", "città", "cibo")
)


def label_page(request: Request) -> Response:
    archive, picture = archive_of(request), picture_of(request)
    return page(
        request,
        "etichetta.html",
        page="etichetta",
        picture=str(picture) if picture else "",
        source=address_of(archive, picture) if picture else "",
        labels=FIRST_LABELS,
    )


async def label_picture(request: Request) -> Response:
    """{"foto": "f12", "testo": "gatto\\ncane"} -> the labels, the likeliest first."""
    archive, given = archive_of(request), await read_json(request)
    picture = Picture.read(str(given.get("foto", "")))
    if picture is None:
        raise UsageError("Manca la foto.", "Scegline una.")
    labels = parse_labels(str(given.get("testo", "")), "qui accanto")
    if len(labels) > MOST_LABELS:
        raise UsageError(
            f"Qui bastano {MOST_LABELS} etichette, e queste sono {len(labels)}.",
            "Per un elenco lungo c'è «cercafoto tag».",
        )
    found = await run_in_threadpool(archive.labelled, picture, labels)
    return page(request, "_barre.html", found=found)
