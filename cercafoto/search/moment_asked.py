"""Find the moment of a video that a person asks about."""

from __future__ import annotations

import os
from pathlib import Path

from cercafoto.archive.archive import Archive
from cercafoto.errors import CercafotoError
from cercafoto.photos.decoding.file_kind import is_video
from cercafoto.question.filters.filter import Filters
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.search.answer import answer


def moment_asked(
    archive: Archive, file: Path, text: str, second: float | None = None
) -> float | None:
    """Return the time of the frame of an indexed video that answers `text` best, in seconds.

    second: the frame that a search names by this second is meant instead.

    Return `second` for a file that is no video, or is not in an archive with this model.
    """
    if not is_video(os.fsencode(file)):
        return second
    try:
        with archive.reading():
            frames = archive.frames_of(file, second)
            if second is not None or not frames:
                return next((frame.start for frame in frames.values()), second)
            question = Question((text,), typed=Filters(folders=(file,)), literal=True)
            hits = answer(archive, Query.of(question), 1).hits
            return hits[0].frame if hits else None
    except CercafotoError:  # to look into a file no archive is needed
        return second
