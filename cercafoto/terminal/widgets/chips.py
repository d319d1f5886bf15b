"""The line of chips: the parts of the question as understood, each with the key that removes it,
and of own words what makes them a filter, or no filter."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from cercafoto.base.paths import printable
from cercafoto.browse.asked import Asked
from cercafoto.browse.chips import Chip

KEYS = 9  # the digits 1 to 9


class ChipBar(Static):
    """The line of chips; hidden if there are none."""

    def on_mount(self) -> None:
        self.display = False

    def show(self, chips: Sequence[Chip[Asked]]) -> None:
        parts: list[str | Content] = []
        first_key = " (m)"  # the key turns the first of them
        for number, chip in enumerate(chips, start=1):
            said = f"{chip.kind} {chip.meaning}" if chip.kind else chip.meaning
            said = printable(said)
            key = f"{number} " if number <= KEYS else ""
            parts += [
                Content.styled(f" {key}{said} × ", f"reverse @click=screen.drop({number})"),
                " ",
            ]
            if chip.turned is not None:
                turn = f"@click=screen.turn({number})"
                parts += [Content.styled(f"{chip.to_turn}{first_key}", f"underline {turn}"), " "]
                first_key = ""
        self.display = bool(parts)
        self.update(Content.assemble(*parts))
