"""Answer the page that asks whose the faces in the photos are, a screen of questions at a time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cercafoto.browse.shown_photos import NotThereError
from cercafoto.errors import UsageError
from cercafoto.faces.album import FaceAlbum, ShownFace, face_picture
from cercafoto.faces.questions import Confirmation, FaceQuestion, screens
from cercafoto.photos.decoding.small_copy import webp
from cercafoto.web.pages.face_forms import album_of, people_page, read_face_form
from cercafoto.web.pages.forms import Form, number_in, numbers_in
from cercafoto.web.pages.responses import archive_of

SHOWN_FACES, MOST_FACES = 12, 2000  # of a group, and if the visitor asks for all


class AskedGroup(NamedTuple):
    """A question of a screen, and the faces that it shows. place: number of the question on the
    screen."""

    place: int
    question: FaceQuestion
    shown: Sequence[ShownFace]


def ask_page(request: Request) -> Response:
    """Show the first screen of questions about faces, or after ?salta=N that after N questions;
    with ?tutti=1 all their faces."""
    album = album_of(request)
    asked = album.questions() if album.is_active else []
    skipped = min(number_in(request.query_params.get("salta", "")), len(asked))
    most = MOST_FACES if "tutti" in request.query_params else SHOWN_FACES
    groups: list[AskedGroup] = []
    on_screen = 0
    for screen in screens(asked[skipped:]):
        for question in screen:
            if faces := album.shown(question.faces, most):
                groups.append(AskedGroup(len(groups), question, faces))
        on_screen = len(screen)
        if groups:
            break
        skipped += on_screen
    left = asked[skipped:]
    people = album.people() if album.is_active else []
    return people_page(
        request,
        "chiedi.html",
        groups=groups,
        is_one_person=len({group.question.person for group in groups}) == 1,
        skipped=skipped,
        after=skipped + on_screen,
        all="tutti" in request.query_params,
        left=len(left),
        unnamed=sum(not each.person for each in asked),
        gain=album.gain(left) if left else None,
        known={person.name: person.face_id for person in people},
        names=[person.name for person in people],
    )


def face(request: Request) -> Response:
    """Send a face, cut out of its photo. Raises NotThereError, ImageError."""
    album = album_of(request)
    found = album.shown([request.path_params["face_id"]], 1) if album.is_active else []
    if not found:
        raise NotThereError("Questo volto non c'è più.")
    cut = face_picture(archive_of(request).thumbnails, found[0])
    # Not kept by the browser: a person may be forgotten.
    return Response(webp(cut), media_type="image/webp", headers={"Cache-Control": "no-store"})


async def answer_questions(request: Request) -> Response:
    """Write the answers in a form, and send the browser to the next questions.

    Fields of the form, once for each question: gruppo: ids of all its faces; mostrati: ids of the
    faces on the page; persona: the person in the question, maybe empty; nome: the name that was
    typed, maybe empty. Besides: volto: ids of the ticked faces; che: the button; salta: how many
    questions were skipped.

    Raises NotAllowedError for visitors of a proxy; UsageError, ArchiveError.
    """
    form = await read_face_form(request)
    await run_in_threadpool(_write, album_of(request), form)
    skipped = number_in(form.first("salta"))
    return RedirectResponse(
        f"/persone/chiedi?salta={skipped}" if skipped else "/persone/chiedi", 303
    )


def _write(album: FaceAlbum, form: Form) -> None:
    what, _, place = form.first("che").partition("-")
    if what == "resto":
        unnamed = [each.faces for each in album.questions() if not each.person]
        album.do_not_ask([face for faces in unnamed for face in faces])
        return
    each_field = map(form.all, ("gruppo", "mostrati", "persona", "nome"))
    fields = [*zip_longest(*each_field, fillvalue="")]
    if what == "no":  # the button of one question
        fields = fields[number_in(place) :][:1]
    ticked = {*numbers_in(form.all("volto"))} if what != "no" else set()
    answers = []
    for group, shown, person, typed in fields:
        faces, seen = numbers_in([group]), {*numbers_in([shown])}
        no = seen - ticked
        if no == seen:  # so are the others, which nobody has seen
            no = {*faces}
        yes = tuple(face for face in faces if face not in no)
        # Enter in a box presses the first button, whatever was typed.
        answers.append(Confirmation((yes and typed.strip()) or person, yes, tuple(no)))
    kept = [face for answer in answers for face in answer.yes]
    if not any(answer.yes or answer.no for answer in answers):
        raise UsageError("La richiesta non è completa.")
    if not kept and (what in ("niente", "mai") or not all(each.person for each in answers)):
        raise UsageError(
            "Hai tolto il segno a tutti i volti.", "Torna indietro e lasciane almeno uno."
        )
    if what == "niente":
        album.not_faces(kept)
    elif what == "mai":
        album.do_not_ask(kept)
    else:
        album.confirm(answers)
