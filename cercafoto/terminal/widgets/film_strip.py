"""The film strip: the current photo among its neighbours in the answer."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.events import Click
from textual.message import Message

from cercafoto.results.photos import Tile
from cercafoto.terminal.answer_wording import HERE
from cercafoto.terminal.loader import PictureLoader
from cercafoto.terminal.widgets.fitted import FittedWidget
from cercafoto.terminal.widgets.tile import PhotoTile

WIDTH = 15  # columns of a photo and the gap after it


class FilmStrip(FittedWidget):
    """A row of as many photos as fit, the current one in the middle."""

    class Chosen(Message):
        """A photo was clicked."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, loader: PictureLoader) -> None:
        super().__init__()
        self._loader = loader
        self._photos: Sequence[Tile] = ()
        self._place = 0
        self._first = 0
        self._tiles: list[PhotoTile] = []

    def show(self, photos: Sequence[Tile], place: int) -> None:
        self._photos, self._place = photos, place
        self._fill()

    async def fit(self) -> None:
        number = max(1, self.size.width // WIDTH)
        if number != len(self._tiles):
            await self.remove_children()
            self._tiles = [PhotoTile(self._loader) for _ in range(number)]
            await self.mount_all(self._tiles)
        self._fill()

    def on_click(self, event: Click) -> None:
        if event.widget in self._tiles:
            place = self._first + self._tiles.index(event.widget)
            if place < len(self._photos):
                self.post_message(self.Chosen(place))

    def _fill(self) -> None:
        number = len(self._tiles)
        last = max(len(self._photos) - number, 0)
        self._first = min(max(self._place - number // 2, 0), last)
        for at, tile in enumerate(self._tiles, start=self._first):
            if at < len(self._photos):
                here = Text(f"{HERE} {at + 1}", "bold reverse") if at == self._place else None
                tile.show(self._photos[at], here or Text(str(at + 1), "dim"))
            else:
                tile.show(None)
