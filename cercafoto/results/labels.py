"""Labels of photos, and changes to them that can be undone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cercafoto.base.json_keys import MODEL, Key, json_keys


@dataclass(frozen=True)
class Tagged:
    """A photo and its labels as (label, cosine, confidence), most likely first."""

    path: bytes
    tags: tuple[tuple[str, float, float], ...]


_TAGS = ("label path", Key("score", digits=6), Key("confidence", digits=4))


@json_keys(
    Key("labels", "label_file"),
    MODEL,
    Key("photos", "with_genera", columns=("path", Key("tags", columns=_TAGS))),
    "own_names",
)
@dataclass(frozen=True)
class TagResult:
    """Photos with the labels that `tag` computed for them.

    photos: sorted by path.
    unknown: paths that the person named but that are not indexed.
    places: label -> the genera of the label, outermost first, then the label itself.
    rests: labels that mean "anything else" in their section of the label file.
    sidecars_from: label -> the lowest confidence at which it is written into sidecars.
    action: id of the action that can be undone, None if nothing was stored.
    own_names: labels that are somebody's name, which no model knows, each with its genera as in
        `places`; they were not given.
    """

    label_file: str
    model: str
    fingerprint: str
    photos: tuple[Tagged, ...]
    unknown: tuple[bytes, ...] = ()
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rests: frozenset[str] = frozenset()
    sidecars_from: dict[str, float] = field(default_factory=dict)
    action: int | None = None
    own_names: tuple[tuple[str, ...], ...] = ()

    @property
    def with_genera(self) -> list[tuple[bytes, list[tuple[Any, ...]]]]:
        """The path of each photo and its labels as (label, genera, cosine, confidence), the genera
        as in `places`."""
        genera = self.places.get
        return [
            (photo.path, [(label, genera(label, (label,)), *how) for label, *how in photo.tags])
            for photo in self.photos
        ]


@dataclass(frozen=True)
class LabelAction:
    """A change to labels that can be undone.

    id: time of the change, in microseconds since 1970. Unlike a counter, a time stays unique if the
        catalogue is rebuilt.
    what: the options of `tag` that made the change.
    """

    id: int
    what: str

    @property
    def when(self) -> datetime:
        """When the change was made, in local time."""
        return datetime.fromtimestamp(self.id / 1e6)

    @property
    def at(self) -> str:
        """The time of the change, in ISO 8601."""
        return self.when.isoformat(timespec="seconds")

    @property
    def command(self) -> str:
        return f"tag {self.what}"


@json_keys("label photos")
@dataclass(frozen=True)
class LabelDifference:
    """How undoing an action changes one label of some photos.

    was: whether these photos had the label before the action.
    stays: whether these photos have the label now.
    photos: how many of these photos are visible.
    """

    label: str
    was: bool
    stays: bool
    photos: int


@dataclass(frozen=True)
class LabelConfidence:
    """A label, the probability (0..1) that it fits a photo, and whether `tag` would give it."""

    label: str
    confidence: float
    given: bool
