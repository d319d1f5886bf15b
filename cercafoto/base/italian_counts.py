"""Write numbers of photos and of other things, and times in videos, as Italians do."""

from __future__ import annotations


def thousands(number: int) -> str:
    """Return a number with points between its thousands (1.678)."""
    return f"{number:,}".replace(",", ".")


def media(number: int, videos: int | None = 0) -> str:
    """Return how many photos and videos there are ("3 foto", "1 video", "3 foto e 1 video").

    number: photos and videos together.
    videos: how many of them are videos; None if some are, and it is not known how many.
    """
    if videos is None:
        return f"{thousands(number)} fra foto e video"
    kinds = ((number - videos, "foto"), (videos, "video"))
    return " e ".join(f"{thousands(n)} {kind}" for n, kind in kinds if n) or "0 foto"


def clock(seconds: float) -> str:
    """Return a time in a video: "0:07", "1:23", "1:02:03"."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
