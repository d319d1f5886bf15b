"""The commands of `persone` that find faces, ask whose they are, and forget them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.base.paths import printable
from cercafoto.base.reporter import Reporter
from cercafoto.cli.console import notice, write
from cercafoto.errors import ImageError, UsageError

if TYPE_CHECKING:
    from cercafoto.faces.album import FaceQuestion, ShownFace
    from cercafoto.faces.name_traces import NameTraces
    from cercafoto.library import Library
    from cercafoto.looking.look_report import LookReport
    from cercafoto.photos.thumbnails import Thumbnails
    from cercafoto.terminal.graphics import Terminal

EXPLAINED = """\
I volti: che cosa succede se li attivi
  cercafoto cerca i volti nelle tue foto e nei video, su questo computer, e di ognuno conserva \
128 numeri che servono a riconoscere i volti simili. Poi ti chiede di chi sono, con \
«cercafoto persone nomina».
  Tutto sta in un file che puoi leggere soltanto tu: {path}
  Niente lascia il computer, e le foto non vengono toccate. Quel file non entra nelle copie \
dell'archivio, né negli archivi condivisi.
  Per cancellare tutto: cercafoto persone dimentica --tutto --conferma
  Per saperne di più, anche se le foto sono di un ufficio: docs/persone.md"""
LOST_WITH_OLDER = (
    "I volti che ci sono, di una versione precedente di cercafoto, si cercano di nuovo:\n"
    "i nomi e le risposte che hai dato si perdono."
)
SKIP, STOP, NO_FACE, UNASKED, ALL = "", "basta", "-", ".", "+"
# What people type to leave other programs.
LEAVING = ("q", "quit", ":q", "exit", "esci", "esc", "fine", "stop")
YES, NO = ("s", "sì", "si"), ("n", "no")


def find(
    library: Library,
    paths: Sequence[Path],
    confirmed: bool,
    retry: bool,
    wait: bool,
    reporter: Reporter,
) -> LookReport:
    """Find the faces in photos. The first time, explain what will be stored and ask for consent.

    confirmed: do not ask. Raises UsageError if the person says no, or cannot be asked.
    """
    album = library.faces
    anew = album.is_older
    if (anew or not album.is_active) and not confirmed:
        notice(EXPLAINED.format(path=printable(library.settings.faces)))
        if anew:
            notice(f"\n{LOST_WITH_OLDER}")
        if not can_ask():
            raise UsageError(
                "I volti non sono attivi.", "Per attivarli: cercafoto persone attiva --conferma"
            )
        if _asked("Li attivo? [s/N] ").lower() not in YES:
            raise UsageError("I volti restano spenti: non è stato conservato niente.")
    return album.find(paths, anew=anew, retry=retry, wait=wait, reporter=reporter)


def ask_names(library: Library) -> None:
    """Ask in the terminal whose the faces are, until there is no question left or the person stops.
    Raises UsageError without a terminal."""
    if not can_ask():
        raise UsageError(
            "Per dare i nomi ci vuole un terminale.", "Oppure la pagina: cercafoto web --apri"
        )
    from cercafoto.photos.thumbnails import Thumbnails

    album, skipped, first = library.faces, set[int](), True
    with Thumbnails(library.settings.thumbnails, folders=library.photo_folders()) as thumbnails:
        while True:
            # A skipped group keeps its first face while others are named.
            asked = [each for each in album.questions() if each.faces[0] not in skipped]
            question = next((each for each in asked if album.shown(each.faces, 1)), None)
            if question is None:
                break
            if first:
                notice(_KEYS)
                first = False
            _show(library, thumbnails, question, len(asked))
            if not _take(library, thumbnails, question, skipped):
                break
    left = len(album.questions())
    later = f"Restano da chiedere: {left}. Quando vuoi: cercafoto persone nomina"
    notice(later if left else "Non c'è altro da chiedere.")


_KEYS = (
    "Scrivi il nome e premi Invio. Invio da solo salta; «+» mostra tutti i volti; «-» se non è un "
    "volto; «.» per non chiederlo più; «basta» per smettere. I volti si vedono meglio nella pagina "
    "del browser, alla voce Persone: cercafoto web --apri"
)


def _take(
    library: Library, thumbnails: Thumbnails, question: FaceQuestion, skipped: set[int]
) -> bool:
    """Ask one question and write the answer. Return False if the person wants to stop."""
    album, faces = library.faces, question.faces
    prompt = f"È ancora {question.person}? [s/n] " if question.person else "Chi è? "
    while (said := _asked(prompt)) == ALL:
        _show_all(library, thumbnails, question)
    if said.lower() == STOP:
        return False
    try:
        if said == SKIP:
            skipped.add(faces[0])
        elif said == NO_FACE:
            album.not_faces(faces)
        elif said == UNASKED:
            album.do_not_ask(faces)
        elif question.person and said.lower() in YES:
            album.name(faces, question.person)
        elif question.person and said.lower() in NO:
            album.deny(faces, question.person)
        elif said.lower() in (*YES, *NO):
            notice("Qui ci vuole un nome, come zia Pina.")
        elif said.lower() in LEAVING:
            return _asked("Vuoi smettere? [S/n] ").lower() in NO
        elif len(said) == 1 and said.isalpha() and not _is_name(said):
            return True  # asked again
        elif (name := album.name(faces, said)) != said:
            notice(f"Aggiunti a {name}.")
    except UsageError as error:  # no name, or somebody has deleted the faces meanwhile
        notice(f"{error.message} {error.hint}")
    return True


def _is_name(letter: str) -> bool:
    """Ask whether a single letter is really the name: it is easily typed for a command."""
    return _asked(f"Il nome è proprio «{letter}»? [s/N] ").lower() in YES


def _show(library: Library, thumbnails: Thumbnails, question: FaceQuestion, questions: int) -> None:
    """Write a row of the question's faces, and how many there are."""
    from cercafoto.cli.render.formatting import count
    from cercafoto.terminal.graphics import this_terminal
    from cercafoto.terminal.images import tiles_a_row

    terminal = this_terminal()
    faces = count(len(question.faces), "volto", "volti")
    write(f"\n{faces} in {count(question.photos, 'foto', 'foto')} · domande: {questions}\n")
    first = library.faces.shown(question.faces, tiles_a_row(terminal))
    _draw(thumbnails, first, terminal)
    if len(first) < len(question.faces):
        write(f"Ne vedi {len(first)}; «{ALL}» li mostra tutti.\n")
    sys.stdout.flush()


def _show_all(library: Library, thumbnails: Thumbnails, question: FaceQuestion) -> None:
    """Write all faces of the question in rows. A terminal that draws with characters shows them too
    roughly to tell people apart, so it gets the paths of the photos."""
    from cercafoto.cli.render.short_path import in_line
    from cercafoto.results.answer import clock
    from cercafoto.terminal.graphics import this_terminal
    from cercafoto.terminal.images import tiles_a_row

    terminal = this_terminal()
    shown = library.faces.shown(question.faces, len(question.faces))
    if not terminal.has_pixels:
        for each in shown:
            moment = "" if each.face.start is None else f"  {clock(each.face.start)}"
            write(f"  {in_line(each.path, 2 + len(moment))}{moment}\n")
    else:
        row = tiles_a_row(terminal)
        for at in range(0, len(shown), row):
            _draw(thumbnails, shown[at : at + row], terminal)
    sys.stdout.flush()


def _draw(thumbnails: Thumbnails, faces: Sequence[ShownFace], terminal: Terminal) -> None:
    """Write a row of faces with the names of their photos below."""
    from rich.cells import set_cell_size

    from cercafoto.faces.album import face_picture
    from cercafoto.terminal.images import GAP, drawn, strip, tile_width

    pictures, names = [], []
    for each in faces:
        try:
            pictures.append(face_picture(thumbnails, each))
        except ImageError as error:
            notice(error.message)
            continue
        name = printable(Path(os.fsdecode(each.path)).name)
        names.append(set_cell_size(name, tile_width(terminal)))
    if pictures:
        sys.stdout.write(drawn(strip(pictures, terminal), terminal))
        write(f"{(' ' * GAP).join(names).rstrip()}\n")


def can_ask() -> bool:
    """Whether a person is at the terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _asked(question: str) -> str:
    """Return what the person types; STOP at the end of the input."""
    try:
        return " ".join(input(question).split())
    except EOFError:
        return STOP


def faces_summary(report: LookReport, library: Library) -> str:
    """Return the lines that say how a run went, and what to do next."""
    from cercafoto.cli.render.formatting import count
    from cercafoto.cli.render.looks import look_summary
    from cercafoto.faces.face_sense import Faces

    lines = [look_summary(Faces(), report)]
    questions = len(library.faces.questions())
    if questions:
        lines.append(
            f"{count(questions, 'domanda', 'domande')} sui volti: cercafoto persone nomina"
        )
    return "\n".join(lines)


def forgotten(library: Library, name: str | None, confirmed: bool) -> str:
    """Forget a person, or everybody if `name` is None, if `confirmed`. Return the lines that tell
    the person what was or would be deleted."""
    from cercafoto.cli import last_answer
    from cercafoto.cli.render.formatting import count

    album, still = library.faces, ""
    if name is None:
        if not album.is_active:
            return "In questo archivio non ci sono volti."
        whose = "tutti i volti e i loro nomi"
        if confirmed:
            album.forget_all()
    else:
        whose = f"{count(album.forget(name, confirmed=confirmed), 'volto', 'volti')} di {name}"
        still = _still_named(album.traces(name))
    if not confirmed:
        return (
            f"Da cancellare: {whose}, e l'ultima ricerca.{still} Per farlo davvero aggiungi "
            "--conferma."
        )
    last_answer.forget(library.settings.archive)
    return f"Cancellati: {whose}, e l'ultima ricerca.{still} {_IN_FILES}"


def _still_named(traces: NameTraces) -> str:
    """Return where a name stays after the person is forgotten, and how to take it away there."""
    from cercafoto.cli.render.formatting import count

    places = []
    if traces.collections:
        names = ", ".join(f"«{printable(name)}»" for name in traces.collections)
        places.append(f"nelle raccolte {names} (cercafoto raccolte --togli NOME)")
    if traces.labels:
        names = ", ".join(f"«{printable(name)}»" for name in traces.labels)
        places.append(f"nelle etichette {names} (cercafoto tag --togli NOME FOTO)")
    if traces.photos:
        places.append(f"nei dati di {count(traces.photos, 'foto', 'foto')}")
    return f" Il nome resta {'; '.join(places)}." if places else ""


_IN_FILES = (
    "I nomi già scritti nelle foto o nei loro file .xmp restano lì: li toglie chi li ha scritti, "
    "o «cercafoto tag --annulla»."
)
