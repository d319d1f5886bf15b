"""Render the words of one photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cercafoto.base.json_keys import as_data, as_json
from cercafoto.base.paths import printable

if TYPE_CHECKING:
    from cercafoto.results.texts import ReadText


def text_of_photo(text: ReadText, name: str | None = None) -> str:
    """Return the words of a photo, one row per line; separate pieces of a row, such as the cells of
    a table, have two spaces between them.

    name: file name to write above the words, if there are several photos.
    """
    from cercafoto.ocr.reading_order import rows  # late: it imports numpy, and `index` imports this

    heading = "" if name is None else f"{printable(name)}:\n"
    return heading + "".join(
        "  ".join(printable(line.text) for line in row) + "\n"
        for row in rows(text.lines, text.turned)
    )


def text_json(text: ReadText, name: str | None = None, start: float | None = None) -> str:
    """Return the words of a photo as JSON.

    name: file name to include, if there are several photos; each is then one line.
    start: time of the moment of a video, in seconds, to include.
    """
    named: dict[str, object] = {} if name is None else {"path": name}
    if start is not None:
        named["start"] = round(start, 3)
    return as_json(named | as_data(text), one_line=name is not None)
