"""The coloured labels of photos, as programs for photos write them.

`xmp:Label` is a word in the language of the program that wrote it: Lightroom writes "Rosso" in
Italian, and darktable and digiKam read only "Red". Of Bridge, the usual words are meant too.
digiKam also writes a number, which it believes first, and darktable a number of its own, which it
believes last.
"""

from __future__ import annotations

from typing import NamedTuple

from cercafoto.base.word_stems import fold


class ColorLabel(NamedTuple):
    """A colour. words: how programs call it, first in English; digikam, darktable: its numbers, the
    latter None if darktable has no such colour."""

    words: tuple[str, ...]
    digikam: int
    darktable: int | None = None


# Lightroom's words in English, Italian, German, French, Spanish, Portuguese and Dutch; in the first
# five colours Bridge's last.
COLORS = {
    "rosso": ColorLabel(
        ("Red", "Rosso", "Rot", "Rouge", "Rojo", "Vermelho", "Rood", "Select"), 1, 0
    ),
    "arancione": ColorLabel(("Orange", "Arancione", "Naranja", "Laranja", "Oranje"), 2),
    "giallo": ColorLabel(
        ("Yellow", "Giallo", "Gelb", "Jaune", "Amarillo", "Amarelo", "Geel", "Second"), 3, 1
    ),
    "verde": ColorLabel(("Green", "Verde", "Grün", "Vert", "Groen", "Approved"), 4, 2),
    "blu": ColorLabel(("Blue", "Blu", "Blau", "Bleu", "Azul", "Blauw", "Review"), 5, 3),
    "viola": ColorLabel(
        ("Purple", "Viola", "Lila", "Violett", "Violet", "Pourpre", "Púrpura", "Morado", "Roxo",
         "Paars", "Magenta", "To Do"), 6, 4,
    ),
    "grigio": ColorLabel(("Gray", "Grigio", "Grau", "Gris", "Cinza", "Grijs", "Grey"), 7),
    "nero": ColorLabel(("Black", "Nero", "Schwarz", "Noir", "Negro", "Preto", "Zwart"), 8),
    "bianco": ColorLabel(("White", "Bianco", "Weiß", "Blanc", "Blanco", "Branco", "Wit"), 9),
}  # fmt: skip
NO_COLOR = "nessuno"  # given instead of a colour, it takes the label away
TO_GIVE = (*COLORS, NO_COLOR)
_BY_WORD = {fold(word): name for name, color in COLORS.items() for word in color.words}
_BY_DIGIKAM = {color.digikam: name for name, color in COLORS.items()}
_BY_DARKTABLE = {color.darktable: name for name, color in COLORS.items()}


def color_called(word: str) -> str | None:
    """Return the colour that a word in any of the languages means, one of COLORS; else None."""
    return _BY_WORD.get(fold(word.strip()))


def color_numbered(digikam: str | None, darktable: str | None) -> str | None:
    """Return the colour of the numbers that digiKam and darktable wrote, "" if digiKam says that
    there is none, None if neither says anything."""
    if digikam is not None and digikam.isdecimal():
        return _BY_DIGIKAM.get(int(digikam), "")
    if darktable is not None and darktable.isdecimal():
        return _BY_DARKTABLE.get(int(darktable))
    return None


def word_for(name: str, earlier: str) -> str:
    """Return the word to write for a colour: in Italian if the word that it replaces is Italian, as
    in an Italian Lightroom; else in English, which most programs read.

    earlier: "" if there was no label.
    """
    italian = color_called(earlier) == fold(earlier.strip())
    return name.capitalize() if italian else COLORS[name].words[0]
