"""A widget that adapts to its size, whatever Textual tells it."""

from __future__ import annotations

from collections.abc import Awaitable

from textual.events import Resize
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget


class FittedWidget(Widget):
    """Calls `fit` after each change of its size, once at a time.

    Textual sends no `Resize` if something asked for the widget's place after the widget was added
    or moved, and before the next layout. But it always draws the widget at its new size.
    """

    _fitted: Size | None = None

    def fit(self) -> Awaitable[None] | None:
        """Adapt to the size. Called as a message of this widget, so one call ends before the next
        begins."""
        raise NotImplementedError

    def on_resize(self, event: Resize) -> None:
        self._look_at_size()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._look_at_size()
        return super().render_lines(crop)

    def _look_at_size(self) -> None:
        if self.size != self._fitted:
            self._fitted = self.size
            self.call_later(self.fit)
