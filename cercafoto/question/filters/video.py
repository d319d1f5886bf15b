"""The filter for only videos, or only photos."""

from __future__ import annotations

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import Filter, Option, Typed

ONLY = Option("--solo-video", "only_videos", "", "Solo i video.", kind=bool)
WITHOUT = Option("--senza-video", "no_videos", "", "Niente video.", kind=bool)


def _parse(typed: Typed) -> bool | None:
    """Return True for only videos, False for no videos, None without an option. Raises UsageError
    for both."""
    only, without = (bool(typed.values.get(option.key)) for option in (ONLY, WITHOUT))
    if only and without:
        raise UsageError("--solo-video e --senza-video si escludono a vicenda.")
    return only if only or without else None


VIDEO = Filter[bool](
    name="video",
    say=lambda video: "solo video" if video else "senza video",
    hidden="è una foto e cerchi i video, o il contrario",
    options=(ONLY, WITHOUT),
    parse=_parse,
    is_common=lambda video: not video,
)
