"""Results that `Library` returns: plain values that keep no connection to the archive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cercafoto.photos.person import Region
    from cercafoto.question.query import Query
    from cercafoto.question.question import Question

# Verdicts on an answer: some photos match, some may match, none matches.
FOUND, WEAK, NONE = "found", "weak", "none"

# Kinds of evidence other than the image, the surest first: a label given by hand, the file name
# typed as it is, the words of the photo's metadata and names, and the words read in the image.
LABEL, FILE_NAME, KEYWORD, TITLE, DESCRIPTION, NAME, FOLDER, WRITTEN = EVIDENCE = (
    "label", "file_name", "keyword", "title", "description", "name", "folder", "written"
)  # fmt: skip

# The Italian words for each kind of evidence.
EVIDENCE_IN_WORDS = {
    "": "",
    LABEL: "etichetta tua",
    FILE_NAME: "dal nome del file",
    KEYWORD: "dalla parola chiave",
    TITLE: "dal titolo",
    DESCRIPTION: "dalla descrizione",
    NAME: "dal nome del file",
    FOLDER: "dal nome della cartella",
    WRITTEN: "dal testo",
}
# The same for a narrow terminal.
EVIDENCE_IN_FEWER_WORDS = EVIDENCE_IN_WORDS | {
    FILE_NAME: "dal nome",
    NAME: "dal nome",
    KEYWORD: "parola chiave",
    DESCRIPTION: "descrizione",
    FOLDER: "dalla cartella",
}

# Shown for a photo whose disk is not connected.
AWAY = "disco scollegato"

# The lowest confidence that is called HIGH and MEDIUM. The verdict on an answer uses the same
# limits, so that it never contradicts the rows; docs/cerca.md says how often each word is right.
HIGH_FROM = 0.7
MEDIUM_FROM = 0.2
HIGH, MEDIUM, LOW = "alta", "media", "bassa"


def confidence_word(confidence: float) -> str:
    """Return the Italian word for a confidence in 0..1: HIGH, MEDIUM or LOW."""
    if confidence >= HIGH_FROM:
        return HIGH
    return MEDIUM if confidence >= MEDIUM_FROM else LOW


def clock(seconds: float) -> str:
    """Return a time in a video: "0:07", "1:23", "1:02:03"."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


class Moment(NamedTuple):
    """A part of a video that answers a question: frames that follow each other.

    start, end: seconds from the beginning of the video.
    frame: time of the frame that answers best.
    confidence: of this frame, as `Hit.confidence`.
    content_id: id of this frame's content in the archive.
    """

    start: float
    end: float
    frame: float
    confidence: float
    content_id: int


@dataclass(frozen=True)
class Hit:
    """A photo in an answer.

    photo_id, content_id: ids of the photo and of its content in the archive.
    digest: SHA-256 of the file's content.
    score: cosine similarity with the query.
    confidence: 0..1, the probability that the photo shows what was asked.
    taken_at, date_source: see `Facts`.
    width, height: pixels of the upright photo.
    tags: labels of the photo, most likely first.
    evidence: one of EVIDENCE; "" if only the model found the photo.
    copies: paths of the other files of the same shot, reachable ones first.
    source: name of the photo's source in a shared archive, else "".
    text: the lines of words read in the photo; None if there are none, or it was not read yet.
    found: start and end in `text` of each passage that matches the query, in order.
    reachable: whether the photo's disk is connected.
    people: the people whom metadata or confirmed faces name, if they were looked up.
    moments: the parts of a video that answer, best first; empty for a photo, and in a list by
        filters unless these are about people or words in it.
    """

    path: bytes
    photo_id: int
    digest: bytes
    score: float
    confidence: float
    taken_at: str | None
    date_source: str | None
    width: int
    height: int
    tags: tuple[str, ...]
    evidence: str = ""
    copies: tuple[bytes, ...] = ()
    source: str = ""
    content_id: int = 0
    text: str | None = None
    found: tuple[tuple[int, int], ...] = ()
    reachable: bool = True
    people: tuple[Region, ...] = ()
    moments: tuple[Moment, ...] = ()

    @property
    def shown_content(self) -> int:
        """Id of the content that answers: of a video, that of its best frame."""
        return self.moments[0].content_id if self.moments else self.content_id

    @property
    def frame(self) -> float | None:
        """Time in seconds of the frame of a video that answers best; None for a photo."""
        return self.moments[0].frame if self.moments else None

    @property
    def word(self) -> str:
        """The Italian word for the confidence: HIGH, MEDIUM or LOW."""
        return confidence_word(self.confidence)

    @property
    def files(self) -> int:
        """How many files the hit stands for: the photo and its copies."""
        return 1 + len(self.copies)


BY_FILTER = "filters"


class Source(NamedTuple):
    """A reason why photos are in an answer, and how many. A photo may have several reasons.

    kind: BY_FILTER if the photos have the date, place and so on of the filters; one of EVIDENCE if
        names, labels or other words fulfil a filter instead.
    what: for BY_FILTER the filters in Italian; for FOLDER the folder's name, "" if there are many
        folders; for other kinds "".
    number: how many photos, including copies.
    """

    kind: str
    what: str
    number: int


def sentence(phrase: str) -> str:
    """Return a phrase with a capital first letter and a full stop."""
    return f"{phrase[:1].upper()}{phrase[1:]}."


def sources_in_words(sources: Sequence[Source]) -> str:
    """Return the sources of an answer as a text in Italian, "" if there are none.

    Example: "3 del 25 dicembre 2018 · 7 dalla cartella «Natale 2018»".
    """
    return " · ".join(f"{number} {_source(kind, what)}" for kind, what, number in sources)


def _source(kind: str, what: str) -> str:
    if kind == BY_FILTER:
        return what
    if kind == FOLDER:
        return f"dalla cartella «{what}»" if what else "da più cartelle"
    return "dalla tua etichetta" if kind == LABEL else EVIDENCE_IN_WORDS[kind]


@dataclass(frozen=True)
class SearchResult:
    """The answer to a query.

    query: the query that was run, after spelling corrections.
    model, fingerprint: name and fingerprint of the archive's model.
    verdict: FOUND, WEAK or NONE. With NONE the hits, if any, are only the nearest photos.
    total: how many photos match, including copies and photos that are not shown; None if the
        search stopped before counting all.
    reasons: in Italian, why no photo matches, if filters or an empty archive are the cause.
    corrected: (typed word, word searched instead) of each correction.
    sources: where the `total` photos come from, if names or metadata words fulfilled a filter.
    """

    query: Query
    model: str
    fingerprint: str
    verdict: str
    hits: tuple[Hit, ...]
    total: int | None = 0
    reasons: tuple[str, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def is_list(self) -> bool:
        """Whether the query has only filters, so that every hit is certain."""
        return self.query.is_list


@dataclass(frozen=True)
class Tagged:
    """A photo and its labels as (label, cosine, confidence), most likely first."""

    path: bytes
    tags: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class TagResult:
    """Photos with the labels that `tag` computed for them.

    photos: sorted by path.
    unknown: paths that the person named but that are not indexed.
    places: label -> the genera of the label, outermost first, then the label itself.
    rests: labels that mean "anything else" in their section of the label file.
    sidecars_from: label -> the lowest confidence at which it is written into sidecars.
    action: id of the action that can be undone, None if nothing was stored.
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


# What a person can say of a photo in a collection, whatever the answer to its question.
ALWAYS, NEVER = "always", "never"
SEEN = "seen"  # noted beside these: the person has seen the photo in the collection


@dataclass(frozen=True)
class Collection:
    """A question that the person keeps under a name. Its photos are those that answer it now.

    question: None if this version of cercafoto cannot read it.
    made_at, looked_at: when it was kept, and when its new photos were last listed: UTC, ISO 8601.
    min_confidence: leave out photos with a lower confidence, 0 to 1; 0: as an answer does.
    """

    id: int
    name: str
    question: Question | None
    made_at: str
    looked_at: str
    min_confidence: float = 0.0


@dataclass(frozen=True)
class CollectionPhotos:
    """A collection and some of its photos: path -> SHA-256 of the content and date (see `Facts`).

    always, never: paths of the photos of which this was said by hand.
    problem: in Italian, why its question could not be answered and what to do; "" if it could.
    """

    collection: Collection
    photos: Mapping[bytes, tuple[bytes, str | None]] = field(default_factory=dict)
    always: tuple[bytes, ...] = ()
    never: tuple[bytes, ...] = ()
    problem: str = ""


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
class Status:
    """What an archive contains and how it is set up.

    archive: folder of the archive, or the address of a shared archive without the password.
    model: name of the archive's model, None before the first index.
    fingerprint: fingerprint of this model.
    model_available: whether this model is on this machine.
    roots: (path, number of photos under it, whether it is connected) of each indexed folder.
    labels: (label, number of visible photos that have it), most frequent first.
    pending: contents that are not embedded yet.
    unseen: contents in which it is not known yet which things they show.
    faces_lacking: photos in which no faces were looked for yet; None if faces are not active.
    size: bytes on disk.
    exclusions: (folder, pattern) of each exclusion.
    linked: roots in which symbolic links are followed.
    stale_labels: (label file, number of photos to label again).
    graph: whether hnswlib is installed, which speeds up searches of large archives in the page.
    left_aside: kind -> number of files that are not photos, by `not_photos.kind_of`.
    texts: number of contents that OCR read, and how many of these contents have words.
    unread_texts: photos that OCR could not read.
    device: the device that embeds a large run, one of `devices.CHOICES`; "" if the archive cannot
        be indexed from this machine.
    devices: the devices that ONNX Runtime offers.
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
    texts: tuple[int, int] = (0, 0)
    unread_texts: int = 0
    unseen: int = 0
    faces_lacking: int | None = None
    device: str = ""
    devices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """The file of a visible photo.

    size: bytes of the file.
    mtime_ns: modification time in ns since 1970.
    width, height: pixels of the upright photo.
    taken_at, date_source, format: see `Facts`.
    camera: whether the metadata name a camera.
    """

    path: bytes
    content_id: int
    size: int
    mtime_ns: int
    width: int
    height: int
    taken_at: str | None
    date_source: str | None
    format: str | None = None
    camera: bool = False


@dataclass(frozen=True)
class Tile:
    """A visible photo in a grid of thumbnails.

    photo_id: id of the photo's row in the archive.
    digest: SHA-256 of the file's content.
    width, height: pixels of the upright photo.
    taken_at: see `Facts`.
    mtime_ns, size: modification time (ns) and bytes of the file when it was indexed; 0 for the
        photos of an answer.
    frame: of a video in an answer, the time in seconds of the frame that was found; else None.
    """

    photo_id: int
    path: bytes
    digest: bytes
    width: int
    height: int
    taken_at: str | None
    mtime_ns: int = 0
    size: int = 0
    frame: float | None = None


@dataclass(frozen=True)
class TilePage:
    """One page of the grid of all photos.

    after: marker with which to ask for the next page; "" on the last page.
    total: number of photos on all pages; 0 except on the first page.
    """

    tiles: tuple[Tile, ...]
    after: str
    total: int = 0


@dataclass(frozen=True)
class Facets:
    """Counts of some photos by year, place and so on, each as (name, number of photos).

    photos: how many photos were counted.
    years: latest first, without photos that have no date.
    months: such as "2019-08", earliest first; empty unless all dated photos are of one year.
    places: towns, or the province, region or country if the town is unknown; most frequent first.
    labels: most frequent first.
    folders: sorted by path; the outermost folders at which the photos' paths begin to differ.
    cameras, people: most frequent first.
    collections: sorted by name.
    """

    photos: int
    years: tuple[tuple[str, int], ...]
    months: tuple[tuple[str, int], ...]
    places: tuple[tuple[str, int], ...]
    labels: tuple[tuple[str, int], ...]
    folders: tuple[tuple[bytes, int], ...] = ()
    cameras: tuple[tuple[str, int], ...] = ()
    people: tuple[tuple[str, int], ...] = ()
    collections: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class PhotoDetail:
    """Everything that the catalogue knows about a photo.

    date_source, format, rating: see `Facts`.
    place: names of comune, provincia, regione and paese, without unknown ones.
    facts: metadata of the file, replaced by metadata of the sidecar; keys as in `Facts.to_json`.
    labels: (name, confidence, whether given by hand), most likely first.
    copies: sorted paths of the other files with the same content.
    people: the people in the photo.
    """

    tile: Tile
    content_id: int
    date_source: str | None
    place: tuple[str, ...]
    camera: str | None
    format: str | None
    rating: int | None
    facts: dict[str, object]
    labels: tuple[tuple[str, float, bool], ...]
    copies: tuple[bytes, ...] = ()
    people: tuple[Region, ...] = ()


@dataclass(frozen=True)
class TextLine:
    """A line of text that OCR read in a photo.

    box: x, y of the four corners, as shares 0..1 of the upright photo's width and height: from the
        upper left corner of the text, clockwise.
    confidence: how sure the OCR is of the text, 0..1.
    """

    text: str
    box: tuple[float, ...]
    confidence: float


@dataclass(frozen=True)
class ReadText:
    """The text that OCR read in a photo.

    engine: name and version of the OCR engine.
    lines: in reading order; empty if the photo has no words.
    turned: degrees (0, 90, 180 or 270) to turn the photo clockwise for the words to be upright.
    """

    engine: str
    lines: tuple[TextLine, ...]
    turned: int = 0

    @property
    def text(self) -> str:
        """The texts of all lines, joined by line breaks."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True)
class ModelInfo:
    """A model, as `modello elenco` lists it.

    size: bytes on disk, or bytes to download if the model is not prepared.
    state: "pronto", "danneggiato" or "da scaricare".
    in_use: whether `index` would use the model now.
    path: folder of the model; None if it is not prepared.
    problem: in Italian, why the model is damaged; else "".
    good_at: in Italian, what a model of the registry is good at; "" for other models.
    figures: measurements of the model on Italian, as text; "" for other models.
    """

    name: str
    version: str
    dimension: int | None
    licence: str
    size: int
    path: Path | None
    in_use: bool
    state: str
    problem: str = ""
    good_at: str = ""
    figures: str = ""


@dataclass(frozen=True)
class VerifiedModel:
    """A model whose files all match the digests in its description.

    files: how many files the model has.
    size: bytes on disk.
    """

    name: str
    path: Path
    fingerprint: str
    files: int
    size: int
