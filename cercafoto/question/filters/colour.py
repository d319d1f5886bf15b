"""Photos without colour, or with."""

from __future__ import annotations

from cercafoto.question.filters.filter import Filter
from cercafoto.question.grammar.sayings import say_colour

# A photo of which that is not known never passes.
MONOCHROME = Filter[bool](
    name="monochrome",
    say=say_colour,
    hidden="non ha i colori chiesti, o non si sa",
    is_common=lambda monochrome: not monochrome,
)
