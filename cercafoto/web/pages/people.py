"""Answer the pages that list people, show a person's faces, and change what was said of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cercafoto.errors import UsageError
from cercafoto.faces.album import FaceAlbum, ShownFace
from cercafoto.faces.correcting import NameTakenError
from cercafoto.faces.face_lists import FaceState
from cercafoto.web.pages.face_forms import album_of, people_page, read_face_form
from cercafoto.web.pages.forms import Form, numbers_in

MOST_FACES = 2000  # on a page
LIST, ASK, ASIDE = "/persone", "/persone/chiedi", "/persone/da-parte"
# Where an action is undone, by the field "da" -> where the browser goes then.
_BACK = {"": LIST, "chiedi": ASK, "da-parte": ASIDE}


class ListedFace(NamedTuple):
    """A face of a page. state: what is known of it. shown: the face and one of its photos."""

    state: FaceState
    shown: ShownFace


def list_page(request: Request) -> Response:
    """Show everybody with a face; where nobody has a name yet, go on to the questions."""
    album = album_of(request)
    people = album.people() if album.is_active else []
    if not people:
        return RedirectResponse(ASK, 303)
    return people_page(
        request,
        "persone.html",
        people=people,
        questions=len(album.questions()),
        aside=len(album.put_aside()),
    )


def faces_page(request: Request) -> Response:
    """Show all faces of a person, ?nome=…, doubtful ones last. Raises UsageError for an unknown
    name."""
    album, name = album_of(request), request.query_params.get("nome", "")
    faces = album.faces_of(name)
    name = faces[0].name if faces else name
    return _person_page(request, album, name, faces)


def _person_page(
    request: Request, album: FaceAlbum, name: str, faces: Sequence[FaceState], taken: str = ""
) -> Response:
    """taken: the new name for the person, which somebody else has."""
    listed = _listed(album, faces)
    return people_page(
        request,
        "volti.html",
        name=name,
        sure=[each for each in listed if not each.state.is_doubtful],
        doubtful=[each for each in listed if each.state.is_doubtful],
        names=album.names(),
        taken=taken,
    )


def aside_page(request: Request) -> Response:
    """Show the faces that somebody said are no faces, or not to be asked about."""
    album = album_of(request)
    faces = album.put_aside() if album.is_active else []
    return people_page(request, "da_parte.html", faces=_listed(album, faces))


def _listed(album: FaceAlbum, faces: Sequence[FaceState]) -> list[ListedFace]:
    states = {state.face_id: state for state in faces}
    return [
        ListedFace(states[each.face.face_id], each) for each in album.shown([*states], MOST_FACES)
    ]


async def change_person(request: Request) -> Response:
    """Change what is said of a person, or of some of her faces, and show her again.

    Fields of the form: persona: the name; che: the button; volto: ids of the ticked faces; nome:
    the name for them; nuovo: the new name of the person; unisci: whether it may be somebody else's.

    Raises NotAllowedError for visitors of a proxy; UsageError, ArchiveError.
    """
    form = await read_face_form(request)
    album, name = album_of(request), form.first("persona")
    try:
        name = await run_in_threadpool(_change, album, name, form)
    except NameTakenError as error:
        faces = await run_in_threadpool(album.faces_of, name)
        return await run_in_threadpool(_person_page, request, album, name, faces, error.name)
    known = await run_in_threadpool(album.names)
    return RedirectResponse(
        f"/persone/volti?{urlencode({'nome': name})}" if name in known else LIST, 303
    )


def _change(album: FaceAlbum, name: str, form: Form) -> str:
    """Do what the form asks. Return the name under which to show the person again."""
    what, faces = form.first("che"), numbers_in(form.all("volto"))
    if what == "rinomina":
        return album.rename(name, form.first("nuovo"), merge=bool(form.first("unisci")))
    if what == "togli-nome":
        album.take_name_off(name)
        return name
    if not faces:
        raise UsageError("Non hai scelto nessun volto.", "Torna indietro e mettici il segno.")
    if what == "si":
        album.name(faces, name)
    elif what == "no":
        album.deny(faces, name)
    elif what == "niente":
        album.not_faces(faces)
    elif what == "mai":
        album.do_not_ask(faces)
    else:
        # Enter in the box of another name presses the first button.
        album.name(faces, form.first("nome"))
    return name


async def change_list(request: Request) -> Response:
    """Undo the last action, or ask again about faces that were put aside.

    Fields of the form: che: the button; da: the page that it was on; volto: ids of the ticked
    faces.

    Raises as `change_person`.
    """
    form = await read_face_form(request)
    album, back = album_of(request), _BACK.get(form.first("da"), LIST)
    if form.first("che") == "annulla":
        await run_in_threadpool(album.undo)
    elif faces := numbers_in(form.all("volto")):
        await run_in_threadpool(album.ask_again, faces)
    else:
        raise UsageError("Non hai scelto nessun volto.", "Torna indietro e mettici il segno.")
    return RedirectResponse(back, 303)
