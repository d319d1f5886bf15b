"""Read the metadata of a video: when, where and with which camera it was taken, and its length."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from cercafoto.photos.facts import Facts
from cercafoto.photos.sources import EXIF, believable

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

APPLE = "com.apple.quicktime."
# FFmpeg's names of containers -> the format that the person reads. "mov" names two of them.
_FORMATS = {"matroska": "MKV", "mpegts": "MTS", "mpeg": "MPEG", "asf": "WMV"}
_LONGEST = 200  # characters of a name, 2,000 of a description
_ISO6709 = re.compile(r"([+-]\d{2,3}(?:\.\d+)?)([+-]\d{3}(?:\.\d+)?)")
_MOST_SECONDS = 100 * 3600.0


def begin_of(container: InputContainer, stream: VideoStream) -> float:
    """Return the time that a player shows as 0:00, in seconds of the file's own clock. That is
    where the sound begins, if it begins before the pictures."""
    pictures = float((stream.start_time or 0) * (stream.time_base or 0))
    start = container.start_time
    return pictures if start is None else min(start / 1e6, pictures)


def duration_of(container: InputContainer, stream: VideoStream) -> float | None:
    """Return the length of a video in seconds; None if its file does not tell a likely one."""
    seconds = math.nan
    if stream.duration and stream.time_base:
        end = (stream.start_time or 0) + stream.duration
        seconds = float(end * stream.time_base) - begin_of(container, stream)
    elif container.duration:
        seconds = container.duration / 1e6
    return seconds if 0 < seconds < _MOST_SECONDS else None


def facts_of(container: InputContainer, stream: VideoStream, length: float | None) -> Facts:
    """Return the metadata of a video.

    A camera's time without a zone is UTC by the standard; it becomes the local time of this
    machine, which is most often that of the video's place.
    """
    tags = {**stream.metadata, **container.metadata}
    facts = {name.lower().removeprefix(APPLE): value.strip() for name, value in tags.items()}
    taken_at, offset = _date(facts)
    position = _position(facts.get("location.iso6709") or facts.get("location") or "")
    names = [facts.get("make", ""), facts.get("model", "")]
    if names[1].lower().startswith(names[0].lower()):
        names = names[1:]
    return Facts(
        taken_at=taken_at,
        date_source=taken_at and EXIF,
        offset=offset,
        latitude=position and position[0],
        longitude=position and position[1],
        camera=" ".join(filter(None, names))[:_LONGEST] or None,
        title=facts.get("title", "")[:_LONGEST] or None,
        description=(facts.get("description") or facts.get("comment") or "")[: 10 * _LONGEST]
        or None,
        format=_format(container.format.name, tags),
        duration=length and round(length, 2),
    )


def _date(found: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Return (local time, offset from UTC or None) of a video; None without a believable one."""
    for name in ("creationdate", "creation_time", "date"):
        try:
            moment = datetime.fromisoformat(found[name])
            zoned = name == "creationdate" and moment.tzinfo is not None
            if moment.tzinfo is not None and not zoned:
                moment = moment.astimezone()
        except (KeyError, ValueError, OverflowError, OSError):
            continue
        local = moment.replace(tzinfo=None, microsecond=0)
        if len(found[name]) >= 10 and believable(local):
            return local.isoformat(), moment.isoformat()[-6:] if zoned else None
    return None, None


def _position(text: str) -> tuple[float, float] | None:
    """Return the latitude and longitude in an ISO 6709 text such as "+45.07+007.68/"."""
    match = _ISO6709.match(text)
    if match is None:
        return None
    latitude, longitude = float(match[1]), float(match[2])
    # 0, 0 is in the sea: a camera without a position writes it.
    is_place = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0, 0)
    return (latitude, longitude) if is_place else None


def _format(reader: str, given: Mapping[str, str]) -> str:
    first = reader.split(",")[0]
    if first == "mov":
        return "MOV" if given.get("major_brand", "qt").strip() == "qt" else "MP4"
    return _FORMATS.get(first, first.upper())
