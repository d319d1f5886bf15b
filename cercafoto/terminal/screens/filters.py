"""The panel of filters: years, places, labels, folders and so on of the answer, with counts; every
other filter can be opened, and its value typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from rich.console import RenderableType
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from cercafoto.base.italian_counts import thousands
from cercafoto.browse.asked import Asked
from cercafoto.browse.facets import Group, groups
from cercafoto.question.filters.all_filters import FILTERS
from cercafoto.terminal.screens.one_filter import OneFilterScreen, line_of
from cercafoto.terminal.screens.threads import Panel, in_thread


class FiltersScreen(Panel[Asked | None]):
    """A panel to choose a filter. Its result is the narrowed question; None if none was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f,q", "dismiss", show=False)]

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self._asked = asked
        self._actions: list[Callable[[], object]] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="pannello"):
            yield Static("Restringi a…", markup=False)
            yield OptionList(markup=False)
            yield Static("Un attimo…", classes="nota", id="detto", markup=False)

    def on_mount(self) -> None:
        in_thread(self, self._count, lambda error: self.say(error.message))

    def _count(self) -> Callable[[], None]:
        owner = self.owner
        if self._asked:
            owner.wait_for_model()
        counts, nearest = owner.archive.facets(self._asked)
        told = (
            f"Fra le {thousands(counts.photos)} più somiglianti."
            if nearest
            else f"{thousands(counts.photos)} foto in tutto."
        )
        return partial(self._show, groups(self._asked, counts), told)

    def _show(self, counted: Sequence[Group[Asked]], told: str) -> None:
        options = self.query_one(OptionList)
        for group in counted:
            self._add_title(group.title)
            for choice in group.choices:
                self._add(line_of(choice), partial(self.dismiss, choice.asked))
        self._add_title("Altri filtri")
        for each in FILTERS:
            for option in each.options:
                if option.kind is bool:
                    asked = self._asked.but(typed=option.added(self._asked.typed, True))
                    self._add(Text(f"  {option.title}"), partial(self.dismiss, asked))
                else:
                    opened = OneFilterScreen(self._asked, each, option)
                    self._add(Text(f"  {option.title}…"), partial(self._open, opened))
        self.say(told)
        options.highlighted = 1
        options.focus()

    def _add_title(self, title: str) -> None:
        options = self.query_one(OptionList)
        if options.option_count:
            options.add_option(None)
        options.add_option(Option(Text(title, "bold"), disabled=True))

    def _add(self, line: RenderableType, action: Callable[[], object]) -> None:
        self.query_one(OptionList).add_option(Option(line, id=str(len(self._actions))))
        self._actions.append(action)

    def _open(self, screen: OneFilterScreen) -> None:
        def chosen(asked: Asked | None) -> None:
            if asked is not None:
                self.dismiss(asked)

        self.app.push_screen(screen, chosen)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self._actions[int(event.option.id or 0)]()
