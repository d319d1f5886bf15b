"""Photos of Italian papers and screens, drawn, with what is written on them line by line.

"pulite" are scans and screenshots: straight to a degree, even light. "difficili" are photos out of
the hand: perspective, up to seven degrees, blur, shade, noise, JPEG at 60. A quarter of both, but
for screenshots, lies on its side or upside down; half of those say so in their EXIF.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageDraw, ImageFilter, ImageFont

from tests.support.document_texts import (
    KINDS,
    PAGE,
    RECEIPT,
    SCREEN,
    SIGN,
    SMALL,
    TICKET,
    TITLE,
    Row,
    rows_of,
)

CLEAN, HARD = GRADES = ("pulite", "difficili")
# Debian's fonts-dejavu and fonts-liberation; which of them are there decides what is drawn.
FONTS = Path("/usr/share/fonts/truetype")
FAMILIES = {
    RECEIPT: ("dejavu/DejaVuSansMono", "liberation/LiberationMono-Regular"),
    TICKET: ("liberation/LiberationSansNarrow-Regular", "dejavu/DejaVuSansCondensed"),
    PAGE: ("liberation/LiberationSerif-Regular", "dejavu/DejaVuSerif"),
    SIGN: ("dejavu/DejaVuSans-Bold", "liberation/LiberationSans-Bold",
           "liberation/LiberationSerif-Bold"),
    SCREEN: ("dejavu/DejaVuSans", "liberation/LiberationSans-Regular"),
}  # fmt: skip
# Least height in pixels of a normal line's letters, and the largest multiple of it.
LETTERS = {RECEIPT: 30, TICKET: 34, PAGE: 28, SIGN: 90, SCREEN: 34}
LARGEST = 1.8
SIZES = {TITLE: 1.45, SMALL: 0.8}
# Ink over ground, of signs and screens.
COLOURS = (
    ((255, 255, 255), (20, 70, 140)), ((20, 20, 20), (245, 215, 60)),
    ((255, 255, 255), (20, 110, 60)), ((120, 20, 20), (245, 240, 225)),
    ((255, 255, 255), (160, 25, 30)),
)  # fmt: skip
_TURNS = {90: 6, 180: 3, 270: 8}  # degrees clockwise to upright -> EXIF orientation


@dataclass(frozen=True)
class Document:
    """A drawn document.

    lines: from the top of the paper.
    quarter: degrees clockwise that turn the stored pixels upright.
    told: whether the EXIF says so."""

    name: str
    kind: str
    grade: str
    lines: tuple[str, ...]
    quarter: int
    told: bool
    picture: Image.Image

    def save(self, folder: Path) -> Path:
        path = folder / f"{self.name}.jpg"
        exif = Image.Exif()
        if self.told:
            exif[ExifTags.Base.Orientation] = _TURNS[self.quarter]
        self.picture.save(path, quality=60 if self.grade == HARD else 90, exif=exif)
        return path


def documents(number: int, seed: int = 24) -> Iterator[Document]:
    """Draw `number` documents, all kinds and grades in turn. Raises OSError without a font."""
    for at in range(number):
        # Each has its own seed: the first ten of a hundred are always the same.
        rng = random.Random(f"{seed} {at}")
        kind, grade = KINDS[at % len(KINDS)], GRADES[at // len(KINDS) % 2]
        yield document(f"{at:04}", kind, grade, rng)


def document(name: str, kind: str, grade: str, rng: random.Random) -> Document:
    rows = rows_of(kind, rng)
    paper = _drawn(rows, kind, rng)
    flat = grade == CLEAN and kind == SCREEN
    picture = paper if flat else _photographed(paper, grade, rng)
    quarter = 0 if flat or rng.random() < 0.75 else rng.choice(list(_TURNS))
    # PIL turns the other way, and the stored picture is not upright yet.
    picture = picture.rotate(quarter, expand=True) if quarter else picture
    told = bool(quarter) and rng.random() < 0.5
    return Document(name, kind, grade, tuple(row.text for row in rows), quarter, told, picture)


# -- the paper ---------------------------------------------------------------------------------


def missing_fonts() -> list[str]:
    """Return the fonts that are missing; documents are drawn with the others."""
    names = {name for family in FAMILIES.values() for name in family}
    return sorted(name for name in names if not (FONTS / f"{name}.ttf").is_file())


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"{name}.ttf"), size)


def _drawn(rows: list[Row], kind: str, rng: random.Random) -> Image.Image:
    lacking = missing_fonts()
    family = [name for name in FAMILIES[kind] if name not in lacking]
    if not family:
        raise OSError(f"no font for {kind}: apt install fonts-dejavu fonts-liberation")
    name = rng.choice(family)
    letters = round(LETTERS[kind] * rng.uniform(1, LARGEST))
    ink, ground = (40, 40, 40), (250, 248, 242)
    if kind == SIGN:
        ink, ground = rng.choice(COLOURS)
    elif kind == SCREEN:
        ink, ground = rng.choice((((20, 20, 20), (255, 255, 255)), ((235, 235, 235), (18, 22, 28))))
    fonts = [_font(name, round(letters * SIZES.get(row.style, 1))) for row in rows]
    gap = letters * 2
    wide = max(
        font.getlength(row.left) + (font.getlength(row.right) + gap if row.right else 0)
        for row, font in zip(rows, fonts, strict=True)
    )
    if kind == SCREEN:
        wide = max(wide, 900)
    margin = letters * 2
    steps = [round(font.size * (1.9 if kind == SCREEN else 1.4)) for font in fonts]
    size = (round(wide) + 2 * margin, sum(steps) + 2 * margin)
    paper = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(paper)
    top = margin
    for row, font, step in zip(rows, fonts, steps, strict=True):
        left = margin
        if row.centred:
            left = round((size[0] - font.getlength(row.left)) / 2)
        if kind == SCREEN and not row.right and row.style != TITLE:
            # What is said in a chat, in a bubble.
            box = draw.textbbox((left, top), row.left, font)
            bubble = tuple(
                round((a * 3 + b) / 4) for a, b in zip(ground, (90, 140, 200), strict=True)
            )
            around = (box[0] - 14, box[1] - 10, box[2] + 14, box[3] + 10)
            draw.rounded_rectangle(around, 14, bubble)
        draw.text((left, top), row.left, ink, font)
        if row.right:
            draw.text((size[0] - margin - font.getlength(row.right), top), row.right, ink, font)
        top += step
    return paper


# -- the camera --------------------------------------------------------------------------------


def _photographed(paper: Image.Image, grade: str, rng: random.Random) -> Image.Image:
    """Return a picture of a paper on a table, upright or nearly so."""
    hard = grade == HARD
    around = rng.uniform(0.08, 0.3) if hard else 0.05
    width, height = (round(side * (1 + 2 * around)) for side in paper.size)
    angle = np.radians(rng.uniform(-7, 7) if hard else rng.uniform(-1, 1))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * paper.size
    middle = np.array(paper.size) / 2
    placed = (corners - middle) @ turn.T + np.array([width, height]) / 2
    if hard:  # what is farther away is smaller
        shifts = [[rng.uniform(-0.06, 0.06), rng.uniform(-0.06, 0.06)] for _ in corners]
        placed += np.array(shifts) * paper.size
    table = _table((width, height), rng)
    back = _perspective(placed, corners)
    bicubic = Image.Resampling.BICUBIC
    seen = paper.transform((width, height), Image.Transform.PERSPECTIVE, back, bicubic)
    mask = Image.new("L", paper.size, 255)
    mask = mask.transform((width, height), Image.Transform.PERSPECTIVE, back, bicubic)
    table.paste(seen, (0, 0), mask)
    return _lit(table, rng) if hard else table


def _perspective(of: np.ndarray, to: np.ndarray) -> list[float]:
    """Return PIL's eight numbers that map each pixel of the picture to one of the paper."""
    rows, values = [], []
    for (x, y), (u, v) in zip(of, to, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return [float(number) for number in np.linalg.solve(np.array(rows), np.array(values))]


def _table(size: tuple[int, int], rng: random.Random) -> Image.Image:
    """Draw a grainy table, in a colour that paper never has."""
    colour = np.array([rng.randint(60, 150), rng.randint(50, 120), rng.randint(40, 110)])
    noise = np.random.default_rng(rng.randrange(2**32))
    grain = noise.normal(0, 9, (max(size[1] // 8, 1), max(size[0] // 40, 1), 1))
    pixels = np.clip(colour + grain, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)


def _lit(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Add what a camera adds: slight blur from a distance, side light, a hand's shadow, noise. Blur
    is up to a fourteenth of the smallest letters' height."""
    picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.6, 2.0)))
    far = rng.uniform(0.45, 1.0)
    picture = picture.resize((round(picture.width * far), round(picture.height * far)))
    noise = np.random.default_rng(rng.randrange(2**32))
    across, down = np.meshgrid(
        np.linspace(-1, 1, picture.width), np.linspace(-1, 1, picture.height)
    )
    slope = rng.uniform(-0.18, 0.18) * across + rng.uniform(-0.18, 0.18) * down
    x, y, reach = rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(0.3, 0.8)
    shadow = rng.uniform(0.1, 0.4) * np.exp(-((across - x) ** 2 + (down - y) ** 2) / reach**2)
    light = (0.85 + slope - shadow)[..., None]
    pixels = np.asarray(picture, np.float32) * light
    pixels += noise.normal(0, rng.uniform(2, 12), pixels.shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
