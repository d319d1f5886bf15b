"""The panel of the words written in a photo, with the words of the question highlighted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from cercafoto.browse.photo_facts import name_of
from cercafoto.browse.text_rows import BETWEEN, NO_WORDS, NOT_READ, WrittenRow, row_text
from cercafoto.results.photos import Tile
from cercafoto.terminal.screens.threads import Panel, in_thread


class PhotoTextScreen(Panel[None]):
    """A panel with the words written in a photo."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,p,q,enter", "dismiss", show=False),
        Binding("c", "copy", show=False),
    ]

    def __init__(self, photo: Tile) -> None:
        super().__init__()
        self._photo = photo
        self._text = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="pannello"):
            yield Static(f"Scritto in {name_of(self._photo)}", markup=False)
            with VerticalScroll():
                yield Static(id="scritto", markup=False)
            yield Static("", classes="nota", id="detto", markup=False)

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
        in_thread(self, self._look_up, lambda error: self.say(error.message))

    def _look_up(self) -> Callable[[], None]:
        archive, words = self.owner.archive, self.owner.browsing.asked.words
        detail = archive.detail(self._photo.photo_id)
        return partial(self._show, archive.written(detail, words, self._photo.frame))

    def _show(self, written: Sequence[WrittenRow] | None) -> None:
        if not written:
            self.say(NOT_READ if written is None else NO_WORDS)
            return
        self._text = "\n".join(map(row_text, written))
        self.query_one("#scritto", Static).update(Text("\n").join(map(_marked, written)))
        self.say("c copia il testo, ↑ ↓ scorrono, Esc chiude.")

    def action_copy(self) -> None:
        if self._text:
            self.app.copy_to_clipboard(self._text)
            self.say("Testo negli appunti, se il terminale lo permette.")


def _marked(row: WrittenRow) -> Text:
    text = Text()
    for at, line in enumerate(row):
        text.append(BETWEEN if at else "")
        for piece, found in line.pieces:
            # Reversed too, for terminals without bold.
            text.append(piece, "bold reverse" if found else "none")
    return text
