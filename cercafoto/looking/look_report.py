"""Define the report of a run of a sense."""

from __future__ import annotations

from dataclasses import dataclass

from cercafoto.base.json_keys import PROBLEMS, Key, json_keys


@json_keys(
    "read frames present unlikely unlikely_frames skipped",
    PROBLEMS,
    "known_problems engine",
    Key("seconds", digits=3),
)
@dataclass(frozen=True)
class LookReport:
    """Results of a run. Numbers count contents: copies of one photo count as one.

    read: photos looked at in this run, and first frames of videos. videos: how many of these are
        videos.
    frames: other frames of videos looked at in this run.
    found: what was found in all these: photos with words, faces, or photos whose things were seen.
    present: photos and frames looked at in an earlier run.
    unlikely: photos left, because there is probably nothing to find. unlikely_videos: how many of
        these are videos. unlikely_frames: the same for other frames of videos.
    skipped: photos that are gone, or changed since they were indexed, or need an extra that is not
        installed.
    problems: (path, why) of photos that could not be read.
    known_problems: photos and frames that could not be read in an earlier run, and were not tried
        again.
    unknown: paths that the person named but that are not indexed.
    engine: name of the program that looked; "" if there was nothing to look at.
    seconds: duration of the run.
    """

    read: int = 0
    frames: int = 0
    found: int = 0
    present: int = 0
    unlikely: int = 0
    unlikely_frames: int = 0
    skipped: int = 0
    problems: tuple[tuple[bytes, str], ...] = ()
    known_problems: int = 0
    unknown: tuple[bytes, ...] = ()
    engine: str = ""
    seconds: float = 0.0
    videos: int = 0
    unlikely_videos: int = 0
