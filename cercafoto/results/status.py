"""What an archive contains and how it is set up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cercafoto.base.json_keys import Key, json_keys, within


@dataclass(frozen=True)
class Counts:
    """How many photos, vectors and so on an archive has.

    photos: visible photos.
    contents: different contents of the visible photos.
    missing: photos whose file was gone at the last index.
    problems: photos that could not be read.
    vectors: contents that the archive's model has embedded.
    tags: labels of contents; each counts once for a content and a label file.
    dated: photos whose date comes from metadata.
    dated_by_name: photos whose date comes from the name of the file or of its folders.
    located: photos with a position.
    excluded: photos that the person excluded; their files still exist.
    """

    photos: int
    contents: int
    missing: int
    problems: int
    vectors: int
    tags: int
    dated: int = 0
    located: int = 0
    excluded: int = 0
    dated_by_name: int = 0


@dataclass(frozen=True)
class SenseState:
    """How far a sense has come. Numbers count what is visible.

    looked: contents looked at. found: how many of these show something.
    lacking: photos to look at yet; None if the sense is off, or cannot tell.
    unread: photos that could not be read.
    problem: why the sense cannot tell, in Italian; "" if it can.
    """

    looked: int = 0
    found: int = 0
    lacking: int | None = None
    unread: int = 0
    problem: str = ""


@json_keys("model pending")
@dataclass(frozen=True)
class ModelSwitch:
    """An unfinished switch of models: the old one answers until the new one has seen all photos.

    model: name of the new model. pending: contents that it has not embedded yet.
    """

    model: str
    pending: int


@json_keys(
    "archive",
    Key("model", inside=(Key("name", "model"), "fingerprint", Key("available", "model_available"))),
    within("counts", "photos contents missing excluded problems vectors"),
    within("counts", "dated dated_by_name located"),
    "pending switch videos size graph",
    Key("device", inside=(Key("used", lambda s: s.device or None), Key("offered", "devices"))),
    Key(
        "roots",
        lambda status: [(*root, root[0] in status.linked) for root in status.roots],
        columns="path photos present follow_links",
    ),
    "left_aside",
    Key("exclusions", columns="path pattern"),
    Key("labels", columns="label photos"),
    Key("stale_labels", columns="labels photos"),
)
@dataclass(frozen=True)
class Status:
    """What an archive contains and how it is set up.

    archive: folder of the archive, or the address of a shared archive without the password.
    model: name of the archive's model, None before the first index.
    fingerprint: fingerprint of this model.
    model_available: whether this model is on this machine.
    roots: (path, number of photos under it, whether it is connected) of each indexed folder.
    labels: (label, number of visible photos that have it), most frequent first.
    pending: contents that are not embedded yet.
    switch: the switch to another model that has begun; None if there is none.
    size: bytes on disk.
    exclusions: (folder, pattern) of each exclusion.
    linked: roots in which symbolic links are followed.
    stale_labels: (label file, number of photos to label again).
    graph: whether hnswlib is installed, which speeds up searches of large archives in the page.
    left_aside: kind -> number of files that are not photos, by `not_photos.kind_of`.
    senses: name of each sense -> how far it has come; {} for a shared archive.
    device: the device that embeds a large run, one of `devices.CHOICES`; "" if the archive cannot
        be indexed from this machine.
    devices: the devices that ONNX Runtime offers.
    videos: how many of `counts.photos` are videos.
    """

    archive: Path | str
    model: str | None
    fingerprint: str | None
    model_available: bool
    counts: Counts
    roots: tuple[tuple[bytes, int, bool], ...]
    labels: tuple[tuple[str, int], ...]
    pending: int
    size: int
    exclusions: tuple[tuple[bytes, str], ...] = ()
    linked: tuple[bytes, ...] = ()
    stale_labels: tuple[tuple[str, int], ...] = ()
    graph: bool = True
    left_aside: Counter[str] = field(default_factory=Counter)
    senses: Mapping[str, SenseState] = field(default_factory=dict)
    device: str = ""
    devices: tuple[str, ...] = ()
    videos: int = 0
    switch: ModelSwitch | None = None
