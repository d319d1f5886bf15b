"""The filter for photos in black and white, or in colour."""

from __future__ import annotations

from cercafoto.question.filters.filter import Filter

# A photo whose colours are not known fulfils neither value.
MONOCHROME = Filter[bool](
    name="monochrome",
    say=lambda monochrome: "in bianco e nero" if monochrome else "a colori",
    hidden="non ha i colori chiesti, o non si sa",
    is_common=lambda monochrome: not monochrome,
)
