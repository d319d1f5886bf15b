"""How photos came out: sharp, out of focus, blurred by motion, too dark, too bright.

The words are what the archive stores, what options take and what people read.
"""

from __future__ import annotations

from cercafoto.base.word_stems import fold

# Raise it when the measure changes: all photos are then looked at again.
EDITION = 1
SENSE = "qualita"  # the sense that sees it, in the table `unread`
SHARP, BLURRED, MOVED = CLARITIES = ("nitida", "sfocata", "mossa")
DARK, BRIGHT = EXPOSURES = ("scura", "chiara")
QUALITIES = (*CLARITIES, *EXPOSURES)
SAID = {
    SHARP: "nitida",
    BLURRED: "sfocata",
    MOVED: "mossa",
    DARK: "troppo scura",
    BRIGHT: "troppo chiara",
}


def said_of_many(quality: str) -> str:
    """Return a quality as several photos have it: "troppo scure"."""
    return f"{SAID[quality][:-1]}e"


def quality_called(text: str) -> str | None:
    """Return the quality that a text names ("sfocate", "troppo scura"), one of QUALITIES; else
    None."""
    word = " ".join(fold(text).replace("-", " ").split()).removeprefix("troppo ")
    word = word.replace("sfuoc", "sfoc")
    return next((each for each in QUALITIES if word in (each, f"{each[:-1]}e")), None)
