"""The panel of one filter: a value is typed, or chosen among those that photos have."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option as Line

from cercafoto.base.italian_counts import thousands
from cercafoto.browse.asked import Asked, as_titled
from cercafoto.browse.facets import Choice, groups
from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import Filter, Option
from cercafoto.terminal.screens.threads import Panel, in_thread


class OneFilterScreen(Panel[Asked | None]):
    """A panel to give an option of a filter a value. Its result is the question with the value;
    None if none was given."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", show=False),
        Binding("down", "to_choices", show=False),
    ]

    def __init__(self, asked: Asked, which: Filter[Any], option: Option) -> None:
        super().__init__()
        self._asked, self._filter, self._option = asked, which, option
        self._choices: list[Choice[Asked]] = []

    def compose(self) -> ComposeResult:
        values = self._option.values(self._asked.typed)
        value = str(values[0]) if values and not self._option.repeatable else ""
        with Vertical(classes="pannello"):
            yield Static(self._option.title, markup=False)
            yield Input(value, placeholder=self._option.example, id="valore")
            yield OptionList(markup=False)
            yield Static("", classes="nota", id="detto", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        if self._filter.facet is not None:
            self.say("Conto…")
            in_thread(self, self._count, lambda error: self.say(error.message))
        else:
            self.say("Invio cerca, Esc torna indietro.")

    def _count(self) -> Callable[[], None]:
        self.owner.wait_for_model()
        counts, _ = self.owner.archive.facets(self._asked, self._filter)
        self._choices = [
            choice
            for group in groups(self._asked, counts)
            if group.which is self._filter
            for choice in group.choices
        ]
        return self._show

    def _show(self) -> None:
        self.query_one(OptionList).add_options(Line(line_of(choice)) for choice in self._choices)
        below = "↓ sceglie fra questi, " if self._choices else ""
        self.say(f"Invio cerca, {below}Esc torna indietro.")

    def action_to_choices(self) -> None:
        if self._choices:
            options = self.query_one(OptionList)
            options.highlighted = options.highlighted or 0
            options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._choices[event.option_index].asked)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        option = self._option

        def check() -> Callable[[], None]:
            try:
                value = option.read(event.value)
            except UsageError as error:
                raise as_titled(error) from error
            if value is None:
                return lambda: self.say("Scrivi un valore, poi Invio.")
            self.owner.wait_for_model()  # a collection may ask it
            asked = self._asked.but(typed=option.added(self._asked.typed, value))
            self.owner.archive.check(asked.typed)
            return partial(self._end, asked)

        in_thread(self, check, self.tell, exclusive=True)

    def _end(self, asked: Asked) -> None:
        self.dismiss(asked)


def line_of(choice: Choice[Asked]) -> Table:
    """Return a line as wide as the panel leaves it, with the count at its end."""
    line = Table.grid(padding=(0, 0, 0, 1), expand=True)
    line.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    line.add_column(no_wrap=True, style="bold", justify="right")
    line.add_row(Text(f"  {choice.said}"), Text(thousands(choice.photos)))
    return line
