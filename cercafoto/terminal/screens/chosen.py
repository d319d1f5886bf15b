"""The panel for the marked photos: copy, link, write their paths, or unmark them."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cercafoto.base.italian_counts import media, thousands
from cercafoto.base.paths import printable
from cercafoto.errors import CercafotoError
from cercafoto.photos.decoding.file_kind import count_videos
from cercafoto.photos.delivery import deliver
from cercafoto.results.collections import ALWAYS
from cercafoto.terminal.screens.threads import Panel, in_one_line, in_thread

COPY, LINK, PATHS, LEAVE, FORGET = "copia", "collega", "percorsi", "esci", "annulla"
COLLECT = "raccolta"
SAID = {
    COPY: "Copia in una cartella…",
    LINK: "Collega in una cartella…",
    COLLECT: "Metti per sempre in una raccolta…",
    PATHS: "Copia i percorsi negli appunti",
    LEAVE: "Esci, e scrivi i percorsi",
    FORGET: "Annulla la scelta",
}


class ChosenScreen(Panel[str | None]):
    """A panel of actions for the marked photos. Its result is a message for the person, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,s,q", "close", show=False)]

    def __init__(self) -> None:
        super().__init__()
        self._what = COPY
        self._is_delivering = self._stops = False

    def action_close(self) -> None:
        """Close the panel; if photos are being copied or linked, stop that first."""
        if self._is_delivering:
            self._stops = True
        else:
            self.dismiss(None)

    def compose(self) -> ComposeResult:
        number = len(self.owner.browsing.marked)
        with Vertical(classes="pannello"):
            yield Static(
                f"{thousands(number)} foto scelt{'a' if number == 1 else 'e'}", markup=False
            )
            yield OptionList(*(Option(said, id=key) for key, said in SAID.items()), markup=False)
            yield Input(placeholder="In quale cartella?", id="parole")
            yield Static("Esc chiude.", classes="nota", id="detto", markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        marked = self.owner.browsing.marked
        what = event.option.id
        if what in (COPY, LINK, COLLECT):
            self._what = what
            box = self.query_one("#parole", Input)
            box.placeholder = "In quale raccolta?" if what == COLLECT else "In quale cartella?"
            box.add_class("aperta")
            box.focus()
        elif what == PATHS:
            paths = [path for one in marked.values() if (path := os.fsdecode(one)).isprintable()]
            self.app.copy_to_clipboard("\n".join(paths))
            self.dismiss(
                f"{thousands(len(paths))} percorsi negli appunti, se il terminale lo permette."
            )
        elif what == LEAVE:
            self.owner.leave_writing()
        else:
            marked.clear()
            self.dismiss("Non c'è più nessuna foto scelta.")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value.strip() and self._what == COLLECT:
            in_thread(self, partial(self._collect, event.value), self.tell, exclusive=True)
        elif event.value.strip():
            folder = Path(event.value.strip()).expanduser()
            photos = list(self.owner.browsing.marked.values())
            if not self._is_delivering:
                self._is_delivering, self._stops = True, False
                links = self._what == LINK
                self.run_worker(partial(self._deliver, photos, folder, links), thread=True)

    def _collect(self, name: str) -> Callable[[], None]:
        """Put the marked photos into a collection, and return what closes the panel. Runs in a
        thread."""
        marked = self.owner.browsing.marked
        self.owner.archive.say(name, marked, ALWAYS)
        told = f"{media(len(marked), count_videos(marked.values()))} in «{printable(name)}»."

        def done() -> None:
            self.dismiss(told)

        return done

    def _deliver(self, photos: list[bytes], folder: Path, links: bool) -> None:
        """Copy or link the photos, and report the result. Runs in a thread."""
        done, there, troubles = 0, 0, list[str]()
        try:
            opened = self.owner.archive.folders.open
            for number, step in enumerate(deliver(photos, folder, opened, links=links), start=1):
                self._say(f"{thousands(number)} di {thousands(len(photos))}… Esc interrompe.")
                if step.problem:
                    troubles.append(f"{printable(step.photo)}: {step.problem}")
                elif step.already_there:
                    there += 1
                else:
                    done += 1
                if self._stops:
                    break
        except CercafotoError as error:
            self._is_delivering = False
            self._say(in_one_line(error))
            return
        told = f"{thousands(done)} foto {'collegat' if links else 'copiat'}"
        told += f"{'a' if done == 1 else 'e'} in {printable(folder)}"
        if there:
            told += f"; {thousands(there)} c'er{'a' if there == 1 else 'ano'} già"
        if troubles:
            left = "saltata" if len(troubles) == 1 else "saltate"
            told += f"; {thousands(len(troubles))} {left}: {troubles[0]}"
        self.app.call_from_thread(self.dismiss, f"{told}.")

    def _say(self, text: str) -> None:
        """Show a message. Called from a thread."""
        self.app.call_from_thread(self.say, text)
