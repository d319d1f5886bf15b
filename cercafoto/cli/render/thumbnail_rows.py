"""Show the thumbnails of an answer in the terminal (`cerca --anteprima`)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from PIL import Image
from rich.cells import set_cell_size

from cercafoto.base.paths import printable
from cercafoto.cli.render.hit_thumbnails import pictures
from cercafoto.errors import ImageError
from cercafoto.results.answer import Hit
from cercafoto.settings import Settings
from cercafoto.terminal.graphics import this_terminal
from cercafoto.terminal.images import GAP, drawn, strip, tile_width, tiles_a_row


def show(
    settings: Settings,
    hits: Sequence[Hit],
    write: Callable[[str], object],
    notice: Callable[[str], None],
) -> None:
    """Write the thumbnails of an answer in rows, each with its number and file name.

    write: writes to the terminal.
    notice: gets the reason if a photo has no thumbnail.
    """
    terminal = this_terminal()
    room = tile_width(terminal)
    numbered = enumerate(pictures(settings, hits), start=1)
    while row := list(islice(numbered, tiles_a_row(terminal))):
        shown: list[Image.Image | None] = []
        names = []
        for rank, (hit, picture) in row:
            names.append(
                set_cell_size(f"{rank} {printable(Path(os.fsdecode(hit.path)).name)}", room)
            )
            if isinstance(picture, ImageError):
                notice(picture.message)
                shown.append(None)
            else:
                shown.append(picture)
        write(drawn(strip(shown, terminal), terminal))
        write(f"{(' ' * GAP).join(names).rstrip()}\n\n")
