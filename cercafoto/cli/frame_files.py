"""Write the found frames of videos as JPEG files, to be copied in place of the videos."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cercafoto.base.italian_counts import clock
from cercafoto.base.own_process import usable_cores
from cercafoto.base.safe_names import safe_name
from cercafoto.cli.console import notice
from cercafoto.errors import ImageError
from cercafoto.library import Library
from cercafoto.photos.thumbnails import Shrinker
from cercafoto.results.answer import Hit
from cercafoto.settings import Settings

LONGEST = 3840  # pixels of the longer side of a frame
QUALITY = 92


@contextmanager
def frames_beside(settings: Settings, hits: Sequence[Hit]) -> Iterator[list[bytes]]:
    """Yield a path for each hit: of the photo, or of a JPEG file of the frame found in a video.
    These files are deleted when the block ends. A video whose frame cannot be read is left out with
    a notice."""
    folders = Library(settings).photo_folders()
    with TemporaryDirectory() as place, Shrinker(LONGEST, usable_cores(), folders) as shrinker:
        paths = []
        for number, hit in enumerate(hits):
            if hit.frame is None:
                paths.append(hit.path)
                continue
            own = Path(place, str(number))  # several videos may have one name
            own.mkdir()
            name = safe_name(Path(os.fsdecode(hit.path)).stem)  # shortened: the time comes after it
            target = own / f"{name}-{clock(hit.frame).replace(':', '.')}.jpg"
            try:
                shrinker(hit.path, hit.frame).image.save(target, "JPEG", quality=QUALITY)
            except ImageError as error:
                notice(error.message)
            else:
                paths.append(os.fsencode(target))
        yield paths
