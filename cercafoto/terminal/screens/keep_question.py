"""The panel that keeps the question as a collection."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from cercafoto.base.paths import printable
from cercafoto.browse.asked import Asked
from cercafoto.errors import CercafotoError
from cercafoto.terminal.app_type import ArchiveApp
from cercafoto.terminal.screens.threads import in_thread


class KeepScreen(ModalScreen[Asked | None]):
    """A panel that asks for a name. Its result asks for the new collection; None if none was
    made."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", show=False)]

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self._asked = asked

    def compose(self) -> ComposeResult:
        with Vertical(classes="pannello"):
            yield Static("Salva la domanda come raccolta", markup=False)
            yield Input(placeholder="Un nome, poi Invio", max_length=80, id="nuova")
            yield Static("Esc chiude.", classes="nota", id="detto", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        name = " ".join(event.value.split())

        def keep() -> Callable[[], None]:
            cast(ArchiveApp, self.app).archive.keep(self._asked, name)
            return done

        def done() -> None:
            self.dismiss(Asked(collection=name))

        in_thread(self, keep, self._tell, exclusive=True)

    def _tell(self, error: CercafotoError) -> None:
        said = " ".join(filter(None, (error.message, error.hint)))
        self.query_one("#detto", Static).update(printable(said))
