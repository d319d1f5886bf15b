"""Draw thumbnails for the screen in threads, and keep the latest drawings."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from weakref import WeakSet

from PIL import Image

from cercafoto.base.own_process import usable_cores
from cercafoto.base.recent import RecentCache
from cercafoto.errors import ImageError
from cercafoto.photos.thumbnails import LARGE, SMALL, Thumbnails
from cercafoto.results.photos import Tile
from cercafoto.terminal.drawing import Drawing, draw, pixels_of
from cercafoto.terminal.graphics import Terminal

Place = tuple[bytes, float | None, int, int]  # digest, frame, columns, rows
Loading = Future["Drawing | ImageError"]
KEPT = 300  # drawings, about ten screens


class PictureLoader:
    """Draws photos for a terminal. Call `close` at the end.

    tell: writes a sequence to the terminal.
    """

    def __init__(
        self, thumbnails: Thumbnails, terminal: Terminal, tell: Callable[[str], None]
    ) -> None:
        self.terminal = terminal
        self._tell = tell
        self._announced: WeakSet[Drawing] = WeakSet()
        self._thumbnails = thumbnails
        self._pool = ThreadPoolExecutor(usable_cores() + 1, "foto")
        self._drawn: RecentCache[Place, Drawing] = RecentCache(KEPT)

    def known(self, tile: Tile, columns: int, rows: int) -> Drawing | None:
        """Return the drawing of a photo for an area of characters if it is still kept, otherwise
        None."""
        return self._drawn.get((tile.digest, tile.frame, columns, rows))

    def load(
        self,
        tile: Tile,
        columns: int,
        rows: int,
        over: Callable[[Image.Image], Image.Image] | None = None,
    ) -> Loading:
        """Draw a photo for an area of characters, in a thread. Return a future of the drawing, or
        of the ImageError of a photo that cannot be drawn.

        over: returns the image with something painted over it; such drawings are not kept.
        """
        return self._pool.submit(self._drawing, tile, columns, rows, over)

    def announce(self, drawing: Drawing) -> None:
        """Send a drawing's `sent` to the terminal, unless that was done before."""
        if drawing.sent and drawing not in self._announced:
            self._announced.add(drawing)
            self._tell(drawing.sent)

    def picture(self, tile: Tile, side: int) -> Image.Image:
        """Return the decoded thumbnail of a photo, `side` pixels on its longer side. Raises
        ImageError."""
        return self._thumbnails.picture(tile.path, tile.digest, side, tile.frame)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _drawing(
        self,
        tile: Tile,
        columns: int,
        rows: int,
        over: Callable[[Image.Image], Image.Image] | None,
    ) -> Drawing | ImageError:
        largest = max(pixels_of(columns, rows, self.terminal))
        try:
            picture = self.picture(tile, SMALL if largest <= SMALL else LARGE)
        except ImageError as error:
            return error
        if over is not None:
            return draw(over(picture), columns, rows, self.terminal)
        drawing = draw(picture, columns, rows, self.terminal)
        return self._drawn.put((tile.digest, tile.frame, columns, rows), drawing)
