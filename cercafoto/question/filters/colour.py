"""Photos without colour, or with."""

from __future__ import annotations

from cercafoto.question.filters.filter import Filter

# A photo of which that is not known never passes.
MONOCHROME = Filter[bool](
    name="monochrome",
    say=lambda monochrome: "in bianco e nero" if monochrome else "a colori",
    hidden="non ha i colori chiesti, o non si sa",
    is_common=lambda monochrome: not monochrome,
)
