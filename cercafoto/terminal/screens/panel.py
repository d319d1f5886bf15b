"""What all panels have: the application, and a line of text at their end."""

from __future__ import annotations

from typing import TypeVar, cast

from textual.screen import ModalScreen
from textual.widgets import Static

from cercafoto.base.paths import printable
from cercafoto.errors import CercafotoError
from cercafoto.terminal.app_type import ArchiveApp

T = TypeVar("T")


class Panel(ModalScreen[T]):
    """A panel over a screen. It must have a `Static` with the id "detto"."""

    @property
    def owner(self) -> ArchiveApp:
        return cast(ArchiveApp, self.app)

    def say(self, text: str) -> None:
        """Show a message on the last line."""
        self.query_one("#detto", Static).update(text)

    def tell(self, error: CercafotoError) -> None:
        self.say(in_one_line(error))


def in_one_line(error: CercafotoError) -> str:
    """Return an error's message and hint."""
    return printable(" ".join(filter(None, (error.message, error.hint))))
