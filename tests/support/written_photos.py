"""Photos of papers, and their words as if they had been read: each is drawn where the text says, so
no engine is needed.
"""

from __future__ import annotations

from pathlib import Path

from PIL import ExifTags, Image, ImageDraw, ImageFont

from cercafoto import Library
from cercafoto.results.texts import ReadText, TextLine

LINES = ("Trattoria da Gigi", "Tavolo 30", "TOTALE EURO 23,50", "Perché no? È già così")
SIZE, LETTERS, MARGIN, STEP = (800, 600), 48, 60, 110


def paper(folder: Path, name: str, quarter: int = 0, orientation: int = 1) -> ReadText:
    """Draw the lines, with pixels turned `quarter` degrees clockwise, and return them as recognised
    text.

    orientation: in the EXIF, 1 or 6; for 6 a viewer turns the stored picture a quarter clockwise.
    """
    image = Image.new("RGB", SIZE, (250, 250, 245))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(LETTERS)
    lines = []
    for at, text in enumerate(LINES):
        left, top, right, bottom = draw.textbbox((MARGIN, MARGIN + at * STEP), text, font)
        draw.text((MARGIN, MARGIN + at * STEP), text, (20, 20, 20), font)
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        shares = [_turned(x / SIZE[0], y / SIZE[1], quarter) for x, y in corners]
        lines.append(TextLine(text, tuple(share for point in shares for share in point), 0.98))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored = quarter - (90 if orientation == 6 else 0)
    folder.mkdir(parents=True, exist_ok=True)
    # Pillow turns the other way round.
    image.rotate(-stored, expand=True).save(folder / name, quality=92, exif=exif)
    return ReadText("lettore di prova", tuple(lines), -quarter % 360)


def _turned(x: float, y: float, quarter: int) -> tuple[float, float]:
    return {0: (x, y), 90: (1 - y, x), 180: (1 - x, 1 - y), 270: (y, 1 - x)}[quarter % 360]


def keep(library: Library, path: Path, text: ReadText) -> int:
    """Store recognised text of an indexed photo; return the photo's id."""
    with library.archive.writing() as catalog:
        content = catalog.photos.content_at(bytes(path))
        assert content is not None
        with catalog.transaction():
            catalog.texts.write(content, text)
        photo_id: int = catalog.row("SELECT id FROM photos WHERE path = ?", bytes(path))[0]
    return photo_id
