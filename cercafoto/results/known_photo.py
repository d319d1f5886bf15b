"""All that an archive knows about one photo, as `dati` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from cercafoto.base.json_keys import Key, json_keys, within
from cercafoto.results.photo_fields import COLLECTIONS, DATA_IN_JSON, PhotoData

if TYPE_CHECKING:
    from cercafoto.results.photos import PhotoDetail
    from cercafoto.results.texts import ReadText


@json_keys(Key("start", digits=3), Key("end", digits=3), "text")
class KnownMoment(NamedTuple):
    """A frame of a video: its time and that of the next frame that differs, in seconds, and the
    text read in it, None if there is none."""

    start: float
    end: float
    text: str | None


@json_keys(
    within("detail.tile", "path"),
    Key("source", unless=""),
    "reachable",
    within("detail.tile", "size"),
    "modified_at",
    within("detail.tile", "width height taken_at"),
    within("detail", "date_source"),
    DATA_IN_JSON,
    within("detail", "people doubtful"),
    Key("labels", "detail.labels", columns=("label", Key("confidence", digits=4), "by_hand")),
    "text",
    Key("read_by", "read.engine"),
    within("detail", "copies"),
    "duplicates moments indexed_at models",
)
@dataclass(frozen=True)
class KnownPhoto:
    """All that an archive knows about a photo.

    read: the words read in it, of a video in its first frame; None if they were not read.
    moments: the frames of a video, by time.
    collections: names of the collections that it is in, sorted.
    source: which source of a shared archive published it; "" in a local archive.
    reachable: whether its disk is connected.
    duplicates: paths of files with other bytes that show the same picture; see `doppioni`.
    indexed_at: when it was analysed: UTC, ISO 8601; None in a shared archive.
    models: names of the models whose vector of it the archive has, the one in use first.
    """

    detail: PhotoDetail
    read: ReadText | None
    moments: tuple[KnownMoment, ...] = ()
    collections: tuple[str, ...] = ()
    source: str = ""
    reachable: bool = True
    duplicates: tuple[bytes, ...] = ()
    indexed_at: str | None = None
    models: tuple[str, ...] = ()

    @property
    def data(self) -> PhotoData:
        """See `Hit.data`."""
        return {**self.detail.data, COLLECTIONS: self.collections}

    @property
    def text(self) -> str | None:
        """The words read in it; None if there are none, or they were not read."""
        return (self.read.text or None) if self.read else None

    @property
    def modified_at(self) -> str:
        """When the file was changed last: local time, ISO 8601."""
        seconds = self.detail.tile.mtime_ns // 10**9
        return datetime.fromtimestamp(max(seconds, 0)).isoformat(timespec="seconds")
