"""The command `persone nomina`: ask in the terminal whose the faces are, a screen at a time."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.base.paths import printable
from cercafoto.cli.commands.name_faces import NO, STOP, YES, asked, can_ask
from cercafoto.cli.console import notice, write
from cercafoto.errors import ImageError, UsageError

if TYPE_CHECKING:
    from cercafoto.faces.album import ShownFace
    from cercafoto.faces.questions import FaceQuestion
    from cercafoto.library import Library
    from cercafoto.photos.thumbnails import Thumbnails
    from cercafoto.terminal.graphics import Terminal

TOLD_EVERY = 25  # answers, after which it is said what the next ones are worth
SKIP, NO_FACE, UNASKED, ALL, REST = "salta", "-", ".", "+", "resto"
# What people type to leave other programs.
LEAVING = ("q", "quit", ":q", "exit", "esci", "esc", "fine", "stop")
_NUMBERS = re.compile(r"\d{1,4}(?:[ ,;]+\d{1,4})*")
_KEYS = (
    "«Chi è?»: scrivi il nome e premi Invio; Invio da solo salta. «È ancora zia Pina?»: Invio "
    "conferma; se no «n», o i numeri dei volti sbagliati (2 5). «+» mostra tutti i volti; «-» se "
    "non è un volto; «.» per non chiederlo più; «salta»; «resto» mette da parte tutti i gruppi "
    "senza nome; «basta» per smettere. I volti si vedono meglio nella pagina del browser, alla "
    "voce Persone: cercafoto web --apri"
)


def ask_names(library: Library) -> None:
    """Ask in the terminal whose the faces are, until there is no question left or the person stops.
    Raises UsageError without a terminal."""
    if not can_ask():
        raise UsageError(
            "Per dare i nomi ci vuole un terminale.", "Oppure la pagina: cercafoto web --apri"
        )
    from cercafoto.faces.questions import screens
    from cercafoto.photos.thumbnails import Thumbnails

    album, skipped, answers = library.faces, set[int](), 0
    with Thumbnails(library.settings.thumbnails, folders=library.photo_folders()) as thumbnails:
        while True:
            # A skipped group keeps its first face while others are named.
            left = [each for each in album.questions() if each.faces[0] not in skipped]
            visible = (
                [each for each in screen if album.shown(each.faces, 1)] for screen in screens(left)
            )
            screen = next(filter(None, visible), None)
            if screen is None:
                break
            if not answers:
                notice(_KEYS)
            elif answers % TOLD_EVERY == 0:
                notice(album.gain(left).in_words)
            answers += 1
            if not _Screen(library, thumbnails, screen).ask(left, skipped):
                break
    questions = album.questions()
    later = f"Restano da chiedere: {len(questions)}. Quando vuoi: cercafoto persone nomina"
    notice(
        f"{later}\n{album.gain(questions).in_words}" if questions else "Non c'è altro da chiedere."
    )


class _Screen:
    """Questions that are asked together, and their faces as they are numbered on the screen."""

    def __init__(
        self, library: Library, thumbnails: Thumbnails, questions: Sequence[FaceQuestion]
    ) -> None:
        from cercafoto.terminal.graphics import this_terminal

        self.library, self.thumbnails, self.questions = library, thumbnails, questions
        self.album, self.terminal = library.faces, this_terminal()
        self.person = questions[0].person if len({q.person for q in questions}) == 1 else ""
        self.numbered: list[int] = []  # ids of the faces shown

    def ask(self, left: Sequence[FaceQuestion], skipped: set[int]) -> bool:
        """Ask, and write the answer. Return False if the person wants to stop."""
        self._show(len(left))
        while (said := asked(self._prompt())) == ALL:
            self._show_all()
        if said.lower() == STOP:
            return False
        try:
            return self._take(said, skipped, left)
        except UsageError as error:  # no name, or somebody has deleted the faces meanwhile
            notice(f"{error.message} {error.hint}")
        return True

    def _prompt(self) -> str:
        if not self.questions[0].person:
            return "Chi è? "
        return f"È ancora {self.person}? [S/n] " if self.person else "Sono loro? [S/n] "

    def _take(self, said: str, skipped: set[int], left: Sequence[FaceQuestion]) -> bool:
        about_names, word = bool(self.questions[0].person), said.lower()
        faces = [face_id for question in self.questions for face_id in question.faces]
        if word == SKIP or (not said and not about_names):
            skipped.update(question.faces[0] for question in self.questions)
        elif word == REST:
            self.album.do_not_ask([i for each in left if not each.person for i in each.faces])
        elif about_names and (not said or word in YES):
            self._confirm(set())
        elif about_names and word in NO:
            self._confirm({*faces})
        elif _NUMBERS.fullmatch(said):
            wrong = [int(number) for number in re.findall(r"\d+", said)]
            if not about_names or not 0 < min(wrong) <= max(wrong) <= len(self.numbered):
                notice("Questo non è un nome." if not about_names else "Quel numero non c'è.")
            else:
                self._confirm({self.numbered[number - 1] for number in wrong})
        elif said == NO_FACE:
            self.album.not_faces(faces)
        elif said == UNASKED:
            self.album.do_not_ask(faces)
        elif word in (*YES, *NO):
            notice("Qui ci vuole un nome, come zia Pina.")
        elif word in LEAVING:
            return asked("Vuoi smettere? [S/n] ").lower() in NO
        elif about_names and not self.person:
            notice("Sono più persone: rispondi con Invio, o con i numeri dei volti sbagliati.")
        elif len(said) == 1 and said.isalpha() and not _is_name(said):
            pass  # asked again
        elif (name := self.album.name(faces, said)) != said:
            notice(f"Aggiunti a {name}.")
        return True

    def _confirm(self, wrong: set[int]) -> None:
        """Write that all faces are whose they were asked to be, except wrong ones. If all faces on
        the screen are wrong, so are the others of the question."""
        from cercafoto.faces.questions import Confirmation

        answers = []
        for question in self.questions:
            seen = {*question.faces} & {*self.numbered}
            no = {*question.faces} if seen <= wrong else wrong & seen
            yes = tuple(face_id for face_id in question.faces if face_id not in no)
            answers.append(Confirmation(question.person, yes, tuple(no)))
        self.album.confirm(answers)

    def _show(self, questions: int) -> None:
        """Write the faces of the questions, of each at most a row, and how many there are."""
        from cercafoto.cli.render.formatting import count
        from cercafoto.terminal.images import tiles_a_row

        faces = sum(len(question.faces) for question in self.questions)
        photos = sum(question.photos for question in self.questions)
        counted = f"{count(faces, 'volto', 'volti')} in {count(photos, 'foto', 'foto')}"
        write(f"\n{counted} · domande: {questions}\n")
        shown = self._number(tiles_a_row(self.terminal))
        self._draw(shown)
        if len(shown) < faces:
            write(f"Ne vedi {len(shown)}; «{ALL}» li mostra tutti.\n")
        sys.stdout.flush()

    def _number(self, most: int) -> list[tuple[str, ShownFace]]:
        """Return at most so many faces of each question, each with its number if it may be wrong,
        and its person."""
        shown = [
            (question.person, face)
            for question in self.questions
            for face in self.album.shown(question.faces, most)
        ]
        self.numbered = [face.face.face_id for _, face in shown]
        return [
            (f"{number} {person}".rstrip() if person else "", face)
            for number, (person, face) in enumerate(shown, start=1)
        ]

    def _show_all(self) -> None:
        """Write all faces of the questions in rows. A terminal that draws with characters shows
        them too roughly to tell people apart, so it gets the paths of the photos."""
        from cercafoto.base.italian_counts import clock
        from cercafoto.cli.render.short_path import in_line

        shown = self._number(sum(len(question.faces) for question in self.questions))
        if self.terminal.has_pixels:
            self._draw(shown)
        else:
            for said, each in shown:
                moment = "" if each.face.start is None else f"  {clock(each.face.start)}"
                number = f"{printable(said)}  " if said else ""
                path = in_line(each.path, 2 + len(moment) + len(number))
                write(f"  {number}{path}{moment}\n")
        sys.stdout.flush()

    def _draw(self, shown: Sequence[tuple[str, ShownFace]]) -> None:
        from cercafoto.terminal.images import tiles_a_row

        row = tiles_a_row(self.terminal)
        for at in range(0, len(shown), row):
            draw(self.thumbnails, shown[at : at + row], self.terminal)


def draw(
    thumbnails: Thumbnails, faces: Sequence[tuple[str, ShownFace]], terminal: Terminal
) -> None:
    """Write a row of faces, each with its caption below, or without one with its photo's name."""
    from rich.cells import set_cell_size

    from cercafoto.faces.album import face_picture
    from cercafoto.terminal.images import GAP, drawn, strip, tile_width

    pictures, names = [], []
    for said, each in faces:
        try:
            pictures.append(face_picture(thumbnails, each))
        except ImageError as error:
            notice(error.message)
            continue
        name = printable(said or Path(os.fsdecode(each.path)).name)
        names.append(set_cell_size(name, tile_width(terminal)))
    if pictures:
        sys.stdout.write(drawn(strip(pictures, terminal), terminal))
        write(f"{(' ' * GAP).join(names).rstrip()}\n")


def _is_name(letter: str) -> bool:
    """Ask whether a single letter is really the name: it is easily typed for a command."""
    return asked(f"Il nome è proprio «{letter}»? [s/N] ").lower() in YES
