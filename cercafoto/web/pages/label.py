"""Answer the page "Etichetta": how likely each label of a list holds for a picture."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from cercafoto.base.italian_counts import thousands
from cercafoto.browse.asked import Picture
from cercafoto.errors import UsageError
from cercafoto.labels.label_file import parse_labels
from cercafoto.web.pages.responses import address_of, archive_of, page, picture_of, read_json

MOST_PHRASES = 60  # labels and synonyms; each takes a small model some 30 ms
LONGEST_LIST = 5000  # letters of the list
_LONG = "Per un elenco lungo c'è «cercafoto tag»."
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
    """Answer {"foto": "f12", "testo": "gatto\\ncane"} with the labels in HTML, likeliest first.

    Raises UsageError for a bad request or too long a list; BusyError, NotThereError, ImageError.
    """
    state, archive, given = request.app.state, archive_of(request), await read_json(request)
    picture = Picture.read(str(given.get("foto", "")))
    if picture is None:
        raise UsageError("Manca la foto.", "Scegline una.")
    text = str(given.get("testo", ""))
    if len(text) > LONGEST_LIST:
        raise UsageError(
            f"Qui bastano {thousands(LONGEST_LIST)} lettere, e queste sono {thousands(len(text))}.",
            _LONG,
        )
    # Wait for a decoder in the queue of copies, before joining the queue of questions.
    await state.large_copies.run(request, archive.picture_path, picture)
    answer: Response = await state.questions.run(request, _labelled, request, picture, text)
    return answer


def _labelled(request: Request, picture: Picture, text: str) -> Response:
    labels = parse_labels(text, "qui accanto")
    phrases = sum(len(label.phrases) for label in labels if label.searched)
    if phrases > MOST_PHRASES:
        raise UsageError(
            f"Qui bastano {thousands(MOST_PHRASES)} etichette, sinonimi compresi, e queste sono "
            f"{thousands(phrases)}.",
            _LONG,
        )
    return page(request, "_barre.html", found=archive_of(request).labelled(picture, labels))
