"""The panel of labels: give labels to the marked photos or the one at the cursor, or take labels
away."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.suggester import Suggester
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cercafoto.base.italian_counts import thousands
from cercafoto.base.paths import printable
from cercafoto.browse.answers import BrowsedArchive
from cercafoto.errors import CercafotoError
from cercafoto.terminal.screens.threads import Panel, in_thread

MAX_LISTED = 20  # of many photos, only the labels of the first are listed


class LabelsScreen(Panel[None]):
    """A panel to change the labels of photos.

    photos: photo id -> path.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", show=False),
        Binding("down", "to_list", show=False),
    ]

    def __init__(self, photos: Mapping[int, bytes]) -> None:
        super().__init__()
        self._photos = dict(photos)
        self._labels: list[str] = []

    def compose(self) -> ComposeResult:
        number = len(self._photos)
        whose = f"delle {thousands(number)} foto scelte"
        if number == 1:
            whose = f"di {printable(Path(os.fsdecode(next(iter(self._photos.values())))).name)}"
        with Vertical(classes="pannello"):
            yield Static(f"Etichette {whose}", markup=False)
            yield Input(
                placeholder="Un'etichetta da dare, poi Invio",
                suggester=_KnownLabels(self.owner.archive),
                id="nuova",
            )
            yield OptionList(markup=False)
            yield Static(
                "→ completa; ↓ per scegliere, e Invio toglie l'etichetta. Esc chiude.",
                classes="nota",
                id="detto",
                markup=False,
            )

    def on_mount(self) -> None:
        self.query_one("#nuova").focus()
        self._run(lambda: None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        label = " ".join(event.value.split())
        if label:
            self.query_one("#nuova", Input).value = ""
            self._change([label], [])

    def action_to_list(self) -> None:
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self._change([], [self._labels[event.option_index]])

    def _change(self, add: list[str], remove: list[str]) -> None:
        paths = [Path(os.fsdecode(path)) for path in self._photos.values()]
        self._run(lambda: self.owner.archive.library.labels.give(paths, add, remove))

    def _run(self, change: Callable[[], object]) -> None:
        """Call `change` in a thread, and show the labels that the photos have afterwards."""

        def run() -> Callable[[], None]:
            problem: CercafotoError | None = None
            try:
                change()
            except CercafotoError as error:
                problem = error
            return partial(self._show, self._count(), problem)

        # Not exclusive: every label that was typed must be stored.
        in_thread(self, run, self.tell)

    def _count(self) -> dict[str, int]:
        """Return label -> number of photos that have it, over the first MAX_LISTED photos."""
        library = self.owner.archive.library
        counts: dict[str, int] = {}
        for photo_id in list(self._photos)[:MAX_LISTED]:
            detail = library.photos.detail(photo_id)
            for label, *_ in detail.labels if detail is not None else ():
                counts[label] = counts.get(label, 0) + 1
        return counts

    def _show(self, counts: Mapping[str, int], problem: CercafotoError | None) -> None:
        options = self.query_one(OptionList)
        before = options.highlighted or 0
        options.clear_options()
        self._labels = list(counts)
        for label, number in counts.items():
            text = Text(printable(label)).append(" ×", "dim")
            if len(self._photos) > 1:
                text.append(f"  {thousands(number)}", "dim")
            options.add_option(Option(text))
        options.highlighted = min(before, len(counts) - 1) if counts else None
        if problem is not None:
            self.tell(problem)


class _KnownLabels(Suggester):
    """Completes a typed label with labels of the archive."""

    def __init__(self, archive: BrowsedArchive) -> None:
        super().__init__(case_sensitive=False, use_cache=False)
        self._archive = archive

    async def get_suggestion(self, value: str) -> str | None:
        found = await asyncio.to_thread(lambda: self._archive.library.labels.like(value))
        return next((label for label in found if label.casefold().startswith(value)), None)
