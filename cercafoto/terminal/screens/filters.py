"""The panel of filters: years, places, labels, folders and cameras of the answer, with counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from cercafoto.base.italian_counts import thousands
from cercafoto.browse.asked import Asked
from cercafoto.browse.facets import Choice, choices
from cercafoto.terminal.screens.threads import Panel, in_thread


class FiltersScreen(Panel[Asked | None]):
    """A panel to choose a filter. Its result is the narrowed question; None if none was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f,q", "dismiss", show=False)]

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self._asked = asked
        self._choices: list[Choice[Asked]] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="pannello"):
            yield Static("Restringi a…", markup=False)
            yield OptionList(markup=False)
            yield Static("Un attimo…", classes="nota", id="detto", markup=False)

    def on_mount(self) -> None:
        in_thread(self, self._count, lambda error: self.say(error.message))

    def _count(self) -> Callable[[], None]:
        owner = self.owner
        if self._asked or owner.archive.library.collections.names():
            owner.wait_for_model()
        counts, nearest = owner.archive.facets(self._asked)
        told = (
            f"Fra le {thousands(counts.photos)} più somiglianti."
            if nearest
            else f"{thousands(counts.photos)} foto in tutto."
        )
        return partial(self._show, choices(self._asked, counts), told)

    def _show(self, groups: Sequence[tuple[str, Sequence[Choice[Asked]]]], told: str) -> None:
        options = self.query_one(OptionList)
        for name, few in groups:
            if self._choices:
                options.add_option(None)
            options.add_option(Option(Text(name, "bold"), disabled=True))
            for choice in few:
                options.add_option(Option(_line(choice), id=str(len(self._choices))))
                self._choices.append(choice)
        self.say(told if groups else "Non c'è niente fra cui scegliere.")
        if self._choices:
            options.highlighted = 1
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._choices[int(event.option.id or 0)].asked)


def _line(choice: Choice[Asked]) -> Table:
    """Return a line as wide as the panel leaves it, with the count at its end."""
    line = Table.grid(padding=(0, 0, 0, 1), expand=True)
    line.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    line.add_column(no_wrap=True, style="bold", justify="right")
    line.add_row(Text(f"  {choice.said}"), Text(thousands(choice.photos)))
    return line
