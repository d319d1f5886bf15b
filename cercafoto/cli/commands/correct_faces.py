"""The commands of `persone` that list faces and correct whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.base.paths import printable
from cercafoto.cli.commands.name_faces import YES, asked, can_ask, still_named
from cercafoto.errors import UsageError

if TYPE_CHECKING:
    from cercafoto.library import Library

BACK = "Per tornare indietro: cercafoto persone annulla"


def list_faces(library: Library, name: str | None, photo: Path | None) -> str:
    """Return a table of the faces of a person, of a photo, or of those put aside; "" if there are
    none. Draw them too, if the terminal shows pictures. Raises UsageError."""
    from cercafoto.cli.render.people import faces_table
    from cercafoto.terminal.graphics import this_terminal

    album = library.faces
    if photo is not None:
        states = album.faces_in(photo)
    else:
        states = album.put_aside() if name is None else album.faces_of(name)
    numbered = {each.face_id: at if photo else each.face_id for at, each in enumerate(states, 1)}
    shown = {each.face.face_id: each for each in album.shown([*numbered], len(numbered))}
    rows = [
        (numbered[state.face_id], state, shown[state.face_id])
        for state in states
        if state.face_id in shown
    ]
    if not rows:
        return ""
    if can_ask() and (terminal := this_terminal()).has_pixels:
        from cercafoto.cli.commands.ask_faces import draw
        from cercafoto.photos.thumbnails import Thumbnails
        from cercafoto.terminal.images import tiles_a_row

        pictures = [(str(number), each) for number, _, each in rows]
        with Thumbnails(library.settings.thumbnails, folders=library.photo_folders()) as small:
            for at in range(0, len(rows), row := tiles_a_row(terminal)):
                draw(small, pictures[at : at + row], terminal)
    return faces_table(rows)


def what_next(photo: Path | None, is_empty: bool) -> str:
    """Return the line that says how to correct the faces of a list, or which faces there are."""
    if is_empty and photo:
        return f"In {printable(photo)} non ci sono volti."
    if is_empty:
        return "Nessun volto è messo da parte. Quelli di una persona: cercafoto persone volti NOME"
    where = f' --foto "{printable(photo)}"' if photo else ""
    return f"Per correggere: cercafoto persone correggi NUMERO{where} --non-lei, o --nome NOME"


def correct(
    library: Library, numbers: Sequence[int], photo: Path | None, name: str | None, action: str
) -> str:
    """Write about faces what an option says. Return the line that tells the person.

    numbers: ids of faces; in a photo, places from left to right.
    action: the option without a value that was given, "" for a name.

    Raises UsageError.
    """
    album, faces = library.faces, _chosen(library, numbers, photo)
    one = len(faces) == 1
    said = f"{'Il volto' if one else 'I volti'} {', '.join(map(str, numbers))}"
    if name is not None:
        told = f"{said} {'è' if one else 'sono'} di {album.name(faces, name)}."
    elif action == "--non-lei":
        told = f"{said} non {'è' if one else 'sono'} di {', '.join(album.take_off(faces))}."
    elif action == "--non-volto":
        album.not_faces(faces)
        told = f"{said} non {'è un volto' if one else 'sono volti'}."
    elif action == "--non-chiedere":
        album.do_not_ask(faces)
        told = f"{said} non si {'chiede' if one else 'chiedono'} più."
    else:
        album.ask_again(faces)
        told = f"{said} si {'chiede' if one else 'chiedono'} di nuovo."
    return f"{told} {BACK}"


def _chosen(library: Library, numbers: Sequence[int], photo: Path | None) -> list[int]:
    """Return the ids of faces. Raises UsageError if there is none with such a number."""
    if photo is not None:
        places = dict(enumerate((face.face_id for face in library.faces.faces_in(photo)), 1))
        command = f'cercafoto persone volti --foto "{printable(photo)}"'
    else:
        there = library.faces.shown(numbers, len(numbers))
        places = {each.face.face_id: each.face.face_id for each in there}
        command = "cercafoto persone volti NOME"
    for number in numbers:
        if number not in places:
            where = f" in {printable(photo)}" if photo else ""
            raise UsageError(f"Non c'è nessun volto {number}{where}.", f"I numeri: {command}")
    return [places[number] for number in numbers]


def renamed(library: Library, name: str, new: str, confirmed: bool) -> str:
    """Give a person another name; if somebody has it, ask first whether both are the same, unless
    `confirmed`. Return what to tell. Raises UsageError."""
    from cercafoto.faces.correcting import NameTakenError

    album = library.faces
    try:
        stored = album.rename(name, new, merge=confirmed)
    except NameTakenError as error:
        if not can_ask():
            raise
        if asked(f"{error.message} È la stessa? [s/N] ").lower() not in YES:
            raise UsageError("I nomi restano come sono.") from error
        stored = album.rename(name, new, merge=True)
    return f"{printable(name)} ora si chiama {stored}.{still_named(album.traces(name))} {BACK}"


def without_name(library: Library, name: str) -> str:
    """Take a name off all faces. Return what to tell. Raises UsageError."""
    from cercafoto.cli.render.formatting import count

    faces = count(library.faces.take_name_off(name), "volto", "volti")
    still = still_named(library.faces.traces(name))
    return f"Nome tolto a {faces} di {printable(name)}: si chiedono di nuovo.{still} {BACK}"


def undone(library: Library, rehearsal: bool) -> str:
    """Undo the last action on faces. Return what to tell."""
    album = library.faces
    action = album.last_action() if rehearsal else album.undo()
    if action is None:
        return "Non c'è niente da annullare."
    when = f"{datetime.fromisoformat(action.at):%d/%m/%Y alle %H:%M}"
    verb = "Da annullare" if rehearsal else "Annullato"
    told = f"{verb}: {printable(action.said)} (del {when})."
    if rehearsal or (before := album.last_action()) is None:
        return told
    return f"{told} Un altro «cercafoto persone annulla» annulla: {printable(before.said)}."
