"""Answer the page "Persone": ask whose the faces in the photos are, one group at a time."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cercafoto.browse.answers import NotThereError
from cercafoto.errors import UsageError
from cercafoto.faces.album import FaceAlbum, face_picture
from cercafoto.photos.decoding.small_copy import webp
from cercafoto.web.pages.responses import archive_of, has_people, page, refuse_labelling
from cercafoto.web.uploads import bounded_body

SHOWN_FACES, MOST_FACES = 12, 2000  # of a group, and if the visitor asks for all
MOST_FORM = 2_000_000  # bytes of an answer; ids of 100,000 faces have 700,000
_NUMBER = re.compile("[0-9]{1,18}")


def people_page(request: Request) -> Response:
    """Show a question about faces: the first one, or after ?salta=N the one after N others; with
    ?tutti=1 all its faces."""
    album = _album(request)
    asked = album.questions() if album.is_active else []
    skipped = _number(request.query_params.get("salta", ""))
    most = MOST_FACES if "tutti" in request.query_params else SHOWN_FACES
    faces = []
    for at in range(skipped, len(asked)):
        if faces := album.shown(asked[at].faces, most):
            skipped = at
            break
    return page(
        request,
        "persone.html",
        page="persone",
        is_active=album.is_active,
        question=asked[skipped] if faces else None,
        shown=faces,
        skipped=skipped,
        left=len(asked) - skipped,
        names=album.names() if album.is_active else [],
    )


def face(request: Request) -> Response:
    """Send a face, cut out of its photo. Raises NotThereError, ImageError."""
    album = _album(request)
    found = album.shown([request.path_params["face_id"]], 1) if album.is_active else []
    if not found:
        raise NotThereError("Questo volto non c'è più.")
    cut = face_picture(archive_of(request).thumbnails, found[0])
    # Not kept by the browser: a person may be forgotten.
    return Response(webp(cut), media_type="image/webp", headers={"Cache-Control": "no-store"})


async def answer_question(request: Request) -> Response:
    """Write the answer in a form, and send the browser to the next question.

    Fields of the form: gruppo: ids of all faces of the question; mostrati: ids of the faces on the
    page; volto: ids of the ticked faces; che: the button; nome: the name that was typed; persona:
    the person in the question; salta: how many questions were skipped.

    Raises NotAllowedError if the visitor may not label; UsageError, ArchiveError.
    """
    refuse_labelling(request, "dare nomi")
    try:
        form = parse_qs((await bounded_body(request, MOST_FORM)).decode("ascii"))
    except ValueError as error:
        raise UsageError("La richiesta non è completa.") from error
    await run_in_threadpool(_write, _album(request), form)
    skipped = _number(form.get("salta", [""])[0])
    return RedirectResponse(f"/persone?salta={skipped}" if skipped else "/persone", 303)


def _write(album: FaceAlbum, form: dict[str, list[str]]) -> None:
    group, shown, ticked = (
        " ".join(form.get(name, [])).split() for name in ("gruppo", "mostrati", "volto")
    )
    if not group or not all(map(_NUMBER.fullmatch, (*group, *shown, *ticked))):
        raise UsageError("La richiesta non è completa.")
    taken_off = {*map(int, shown)} - {*map(int, ticked)}
    faces = [face_id for face_id in map(int, group) if face_id not in taken_off]
    what, typed, person = (form.get(name, [""])[0] for name in ("che", "nome", "persona"))
    if not faces:
        raise UsageError(
            "Hai tolto il segno a tutti i volti.", "Torna indietro e lasciane almeno uno."
        )
    if what == "no":
        album.deny(faces, person)
    elif what == "niente":
        album.not_faces(faces)
    elif what == "mai":
        album.do_not_ask(faces)
    else:
        # Enter in the box presses the first button, "Sì", whatever was typed.
        name = album.name(faces, typed.strip() or person)
        if taken_off:
            album.deny([*taken_off], name)


def _album(request: Request) -> FaceAlbum:
    """Return the faces of the archive. Raises NotThereError if this page shows no people."""
    if not has_people(request):
        raise NotThereError("Questa pagina non c'è.", "Torna alla ricerca e riparti da lì.")
    return archive_of(request).library.faces


def _number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else 0
