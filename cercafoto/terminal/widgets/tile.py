"""A tile: a photo, centred, with a caption below."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image
from rich.control import Control
from rich.segment import ControlType, Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from cercafoto.errors import ImageError
from cercafoto.results.photos import Tile
from cercafoto.terminal.drawing import Drawing
from cercafoto.terminal.loader import Loading, PictureLoader
from cercafoto.terminal.widgets.fitted import FittedWidget

_SAVE, _RESTORE = "\x1b7", "\x1b8"  # the cursor
WAITING, UNREADABLE = "·", "✗"


class PhotoTile(FittedWidget):
    """A photo with its caption; empty until `show` is called.

    captioned: keep the last line for the caption.
    """

    class Drawn(Message):
        """A drawing is ready. Sent from the thread that made it."""

        def __init__(self, loading: Loading) -> None:
            super().__init__()
            self.loading = loading

    def __init__(self, loader: PictureLoader, *, captioned: bool = True, id: str | None = None):
        super().__init__(id=id)
        self._loader = loader
        self._captioned = captioned
        self.photo: Tile | None = None
        self.caption = Text()
        self.problem = ""
        self.drawing: Drawing | None = None
        self._over: Callable[[Image.Image], Image.Image] | None = None
        self._loading: Loading | None = None

    def show(
        self,
        photo: Tile | None,
        caption: Text | None = None,
        over: Callable[[Image.Image], Image.Image] | None = None,
    ) -> None:
        """Show a photo, nothing if it is None. The image appears when it has been drawn.

        over: returns the image with something painted over it. What was shown stays until then.
        """
        self.caption = caption or Text()
        changed = (photo, over) != (self.photo, self._over)
        self.photo, self._over = photo, over
        if changed:
            self.problem = ""
            if over is None:
                self.drawing = None
            self._load()
        self.refresh()

    @property
    def room(self) -> tuple[int, int]:
        """Columns and rows available for the image."""
        return self.size.width, self.size.height - self._captioned

    def _load(self) -> None:
        self._cancel()
        columns, rows = self.room
        if self.photo is None or columns < 1 or rows < 1:
            return
        if self._over is None:
            self.drawing = self._loader.known(self.photo, columns, rows)
            if self.drawing is not None:
                return
        self._loading = self._loader.load(self.photo, columns, rows, self._over)
        self._loading.add_done_callback(self._tell)

    def _cancel(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
            self._loading = None

    def _tell(self, loading: Loading) -> None:
        if not loading.cancelled():
            self.post_message(self.Drawn(loading))

    def on_photo_tile_drawn(self, message: Drawn) -> None:
        message.stop()
        if message.loading is not self._loading:
            return  # the tile shows another photo by now
        self._loading = None
        outcome = message.loading.result()
        if isinstance(outcome, ImageError):
            self.problem = outcome.message
        else:
            self.drawing = outcome
        self.refresh()

    def fit(self) -> None:
        self._load()

    def on_unmount(self) -> None:
        self._cancel()

    # -- rows of characters --------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of the tile. Not `render_line`: a sequence that draws an image must be
        sent whole."""
        self._look_at_size()
        _, _, behind, front = self.colors
        background = Style(color=front.rich_color, bgcolor=behind.rich_color)
        columns, rows = self.room
        if crop.right > columns or crop.bottom > self.size.height:  # before the first layout
            return [Strip.blank(crop.width, background)] * crop.height
        drawing = self._visible_drawing()
        if drawing is not None:
            lines = self._around(drawing, background)
        else:
            mark = UNREADABLE if self.problem else WAITING if self.photo else ""
            lines = [Strip.blank(columns, background) for _ in range(rows)]
            if mark and rows:
                lines[rows // 2] = self._words(Text(mark, "dim", justify="center"), background)
        if self._captioned:
            lines.append(self._words(self.caption, background))
        whole = crop == Region(0, 0, self.size.width, self.size.height)
        if whole and drawing is not None and drawing.placed:
            lines[-1] = self._placing(lines[-1], drawing)
        if not whole:
            lines = [line.crop(crop.x, crop.right) for line in lines]
        return lines[crop.y : crop.bottom]

    def _visible_drawing(self) -> Drawing | None:
        """Return the drawing if it can be shown now, otherwise None.

        Below another screen, pixel images would be drawn over that screen, and Textual would tint
        the colours of kitty's placeholders, which then name other images.
        """
        drawing = self.drawing
        if drawing is None or drawing.columns > self.room[0] or drawing.rows > self.room[1]:
            return None
        if self._loader.terminal.has_pixels and self.app.screen is not self.screen:
            return None
        return drawing

    def _around(self, drawing: Drawing, background: Style) -> list[Strip]:
        """Return the rows of a drawing, centred on a background."""
        columns, rows = self.room
        self._loader.announce(drawing)
        left, top = (columns - drawing.columns) // 2, (rows - drawing.rows) // 2
        right = columns - drawing.columns - left
        lines = [Strip.blank(columns, background) for _ in range(rows)]
        for at, line in enumerate(drawing.lines):
            lines[top + at] = Strip(
                [
                    Segment(" " * left, background),
                    *(
                        Segment(text, background + style if style else background)
                        for text, style, _ in line
                    ),
                    Segment(" " * right, background),
                ],
                columns,
            )
        return lines

    def _placing(self, line: Strip, drawing: Drawing) -> Strip:
        """Return the last row, followed by the sequence that draws the image, so that no text is
        written over the image."""
        columns, rows = self.room
        x = self.region.x + (columns - drawing.columns) // 2
        y = self.region.y + (rows - drawing.rows) // 2
        sequence = f"{_SAVE}{Control.move_to(x, y)}{drawing.placed}{_RESTORE}"
        placing = Segment(sequence, Style(), [(ControlType.CURSOR_FORWARD, 0)])
        return Strip([*line, placing], line.cell_length)

    def _words(self, text: Text, background: Style) -> Strip:
        columns = self.size.width
        shown = text.copy()
        shown.truncate(columns, overflow="ellipsis")
        shown.align(shown.justify or "center", columns)  # type: ignore[arg-type]
        segments = list(Segment.apply_style(shown.render(self.app.console), background))
        for filter in self.app.get_line_filters():  # NO_COLOR
            segments = filter.apply(segments, self.colors[2])
        return Strip(segments).adjust_cell_length(columns, background)
