"""Find the boxes of the things in a photo that some words name."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

from PIL import Image

from cercafoto.models.encode.things_encoder import ThingsEncoder, things_encoder
from cercafoto.models.things_model import things_model
from cercafoto.question.things_asked import GROUP, asked_things
from cercafoto.search.heat_map import Box, Heat

# Words after these only describe the thing that is named before: "il muso di un cane".
_OF = re.compile(r" (?:(?:di|del|dello|della|dei|degli|delle) |d'|dell')")


def with_boxes(heat: Heat, image: Image.Image, text: str) -> Heat:
    """Return `heat` with the boxes of the things that the text names, the surest first; they are
    more exact than the hottest part. Return `heat` unchanged if none of the things is seen."""
    boxes = boxes_of(image, text)
    return replace(heat, box=boxes[0], things=boxes, is_likely=True) if boxes else heat


def boxes_of(image: Image.Image, text: str) -> tuple[Box, ...]:
    """Return the boxes of the things in an upright RGB image that a text names, the surest first;
    () if it names none, or the package cannot see things."""
    whole = _OF.split(text, maxsplit=1)[0]
    asked = asked_things(text)
    if not asked_things(whole) and GROUP not in (thing.number for thing in asked):
        return ()  # but "una decina di persone" names persons
    named = {name for thing in asked if thing.number for name in thing.classes}
    model = things_model() if named else None
    encoder = _encoder(model.folder.path) if model else None
    if encoder is None:
        return ()
    _, (seen,) = encoder.see([encoder.preprocessing.crop(image).tobytes()])
    return tuple(Box(*box[2:]) for box in seen.boxes if encoder.model.classes[box.thing] in named)


@cache  # the page and the screen look into one photo after the other
def _encoder(folder: Path) -> ThingsEncoder | None:
    return things_encoder()
