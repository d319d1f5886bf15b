"""The grid: as many photos of an answer as fit on the screen.

There are only as many tiles as are visible; scrolling shows other photos in the same tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text
from textual.binding import Binding
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.message import Message

from cercafoto.results.photos import Tile
from cercafoto.terminal.loader import PictureLoader
from cercafoto.terminal.widgets.fitted import FittedWidget
from cercafoto.terminal.widgets.tile import PhotoTile

# Columns and rows of a tile for each zoom, without its caption.
SIZES = ((16, 6), (24, 9), (36, 13))
GAP = 2  # columns between tiles
AHEAD = 3  # more photos are asked for when fewer rows than this are left


class PhotoGrid(FittedWidget, can_focus=True):
    """A grid of photos with a cursor.

    caption: returns the line below a photo, from its place in the answer and whether the cursor is
        on it.
    """

    BINDINGS = [  # noqa: RUF012
        Binding("left,h", "move(-1)", show=False),
        Binding("right,l", "move(1)", show=False),
        Binding("up,k", "move_rows(-1)", show=False),
        Binding("down,j", "move_rows(1)", show=False),
        Binding("pageup", "move_pages(-1)", show=False),
        Binding("pagedown", "move_pages(1)", show=False),
        Binding("home,g", "move_to(0)", show=False),
        Binding("end,G", "move_to(-1)", show=False),
        Binding("enter", "open", show=False),
        Binding("z", "zoom(1)", show=False),
        Binding("Z", "zoom(-1)", show=False),
    ]

    class Moved(Message):
        """The cursor moved, or the photos changed."""

    class Opened(Message):
        """The person opened the photo at the cursor."""

    class NearEnd(Message):
        """The visible rows are near the last one: more photos should be fetched."""

    class LeftAbove(Message):
        """The person pressed "up" in the first row."""

    def __init__(
        self, loader: PictureLoader, caption: Callable[[int, bool], Text], id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._loader = loader
        self._caption = caption
        self._photos: Sequence[Tile] = ()
        self._tiles: list[PhotoTile] = []
        self._zoom = 1
        self._across, self._down = 1, 1
        self._first_row = 0
        self.cursor = 0

    @property
    def seen(self) -> range:
        """The places in the answer of the visible photos."""
        first = self._first_row * self._across
        return range(first, min(first + self._across * self._down, len(self._photos)))

    def show(self, photos: Sequence[Tile], cursor: int = 0) -> None:
        """Show these photos: a new answer, or the same with more photos.

        cursor: place in the answer of the photo at the cursor.
        """
        self._photos = photos
        self._go(min(cursor, max(len(photos) - 1, 0)))

    def refresh_captions(self) -> None:
        self._fill()

    # -- moving --------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        if 0 <= self.cursor + by < len(self._photos):
            self._go(self.cursor + by)

    def action_move_rows(self, by: int) -> None:
        if by < 0 and self.cursor < self._across:
            self.post_message(self.LeftAbove())
        elif self.cursor // self._across < (len(self._photos) - 1) // self._across or by < 0:
            self._go(self.cursor + by * self._across)

    def action_move_pages(self, by: int) -> None:
        self._go(self.cursor + by * self._across * self._down)

    def action_move_to(self, place: int) -> None:
        self._go(place if place >= 0 else len(self._photos) - 1)

    def action_open(self) -> None:
        if self._photos:
            self.post_message(self.Opened())

    def action_zoom(self, by: int) -> None:
        self._zoom = min(max(self._zoom + by, 0), len(SIZES) - 1)
        self.call_later(self.fit)  # not at once: a layout may be in progress

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        self.action_move_rows(1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        if self.cursor >= self._across:
            self.action_move_rows(-1)

    def on_click(self, event: Click) -> None:
        tile = event.widget
        if isinstance(tile, PhotoTile) and tile.photo is not None:
            place = self.seen[self._tiles.index(tile)]
            again = place == self.cursor and self.has_focus
            self.focus()
            self._go(place)
            if again or event.chain > 1:
                self.action_open()

    def _go(self, place: int) -> None:
        self.cursor = min(max(place, 0), max(len(self._photos) - 1, 0))
        row = self.cursor // self._across
        self._first_row = min(max(self._first_row, row - self._down + 1), row)
        self._fill()
        self.post_message(self.Moved())
        rows = (len(self._photos) - 1) // self._across
        if self._first_row + self._down + AHEAD > rows:
            self.post_message(self.NearEnd())

    # -- tiles ---------------------------------------------------------------------------------

    async def fit(self) -> None:
        width, height = SIZES[self._zoom]
        width = min(width, max(self.size.width, 1))
        height = min(height + 1, max(self.size.height, 2))
        across = max(1, (self.size.width + GAP) // (width + GAP))
        down = max(1, self.size.height // height)
        # Share the remaining space among the tiles.
        width = max(width, (self.size.width + GAP) // across - GAP)
        height = max(height, self.size.height // down)
        self.styles.grid_size_columns = across
        self.styles.grid_gutter_vertical = GAP
        self.styles.grid_columns = (width,)
        self.styles.grid_rows = (height,)
        if across * down != len(self._tiles):
            await self.remove_children()
            self._tiles = [PhotoTile(self._loader) for _ in range(across * down)]
            await self.mount_all(self._tiles)
        self._across, self._down = across, down
        self._go(self.cursor)

    def _fill(self) -> None:
        places = self.seen
        for at, tile in enumerate(self._tiles):
            if at < len(places):
                place = places[at]
                current = place == self.cursor
                tile.set_class(current, "cursore")
                tile.show(self._photos[place], self._caption(place, current))
            else:
                tile.set_class(False, "cursore")
                tile.show(None)
