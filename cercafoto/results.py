"""Results of the library: plain values, without a way back to the archive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cercafoto.question.query import Query

# Verdicts on an answer: sure, perhaps, nothing corresponds.
FOUND, WEAK, NONE = "found", "weak", "none"

# Kinds of evidence beside sight, the surest first: a label given by hand, the name of the file as
# it was typed, the photo's own words, and the words read in it.
LABEL, FILE_NAME, KEYWORD, TITLE, DESCRIPTION, NAME, FOLDER, WRITTEN = EVIDENCE = (
    "label", "file_name", "keyword", "title", "description", "name", "folder", "written"
)  # fmt: skip

# How a person is told what speaks for a photo.
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
# The same where a terminal has no room for it.
EVIDENCE_IN_FEWER_WORDS = EVIDENCE_IN_WORDS | {
    FILE_NAME: "dal nome",
    NAME: "dal nome",
    KEYWORD: "parola chiave",
    DESCRIPTION: "descrizione",
    FOLDER: "dalla cartella",
}

# How a person is told that the disk of a photo is not there.
AWAY = "disco scollegato"

# Where the words for a confidence begin. The verdict on an answer goes by the same limits, so that
# it never contradicts the words of the rows; docs/cerca.md says how often each word is right.
HIGH_FROM = 0.7
MEDIUM_FROM = 0.2
HIGH, MEDIUM, LOW = "alta", "media", "bassa"


def confidence_word(confidence: float) -> str:
    """Return the word a person reads for a confidence: HIGH, MEDIUM or LOW."""
    if confidence >= HIGH_FROM:
        return HIGH
    return MEDIUM if confidence >= MEDIUM_FROM else LOW


@dataclass(frozen=True)
class Hit:
    """A photo found.

    photo_id, content_id: rows of the archive.
    digest: SHA-256 of its content.
    score: cosine with the query.
    confidence: 0..1, how likely the photo is to show what was asked.
    taken_at, date_source: see `Facts`.
    width, height: pixels, upright.
    tags: its labels, most likely first.
    evidence: one of EVIDENCE, "" if only the model speaks for it.
    copies: paths of the other files of the same shot, reachable ones first.
    source: name of its source in a shared archive, else "".
    text: the words read in it, in lines; None if it was not read, or has none.
    found: start and end in `text` of each place that says what was asked, in order.
    reachable: whether its disk is connected.
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

    @property
    def word(self) -> str:
        return confidence_word(self.confidence)

    @property
    def files(self) -> int:
        """Count the photo and its copies."""
        return 1 + len(self.copies)


BY_FILTER = "filters"


class Source(NamedTuple):
    """A reason for which photos are in an answer, and how many; a photo may have several reasons.

    kind: BY_FILTER if the filters find them by themselves, else one of EVIDENCE.
    what: the filters in words; the name of a folder, "" for several folders and other kinds.
    number: of photos, copies among them.
    """

    kind: str
    what: str
    number: int


def sentence(said: str) -> str:
    """Return a phrase as a sentence: with a capital letter and a full stop."""
    return f"{said[:1].upper()}{said[1:]}."


def sources_in_words(sources: Sequence[Source]) -> str:
    """Return where the photos of an answer are from: "3 del 25 dicembre 2018 · 7 dalla cartella
    «Natale 2018»"; "" if there are no sources."""
    return " · ".join(f"{number} {_source(kind, what)}" for kind, what, number in sources)


def _source(kind: str, what: str) -> str:
    if kind == BY_FILTER:
        return what
    if kind == FOLDER:
        return f"dalla cartella «{what}»" if what else "da più cartelle"
    return "dalla tua etichetta" if kind == LABEL else EVIDENCE_IN_WORDS[kind]


@dataclass(frozen=True)
class SearchResult:
    """An answer.

    query: the one that was searched, with the words that were meant if `corrected`.
    verdict: FOUND, WEAK, or NONE (then the hits, if any, are only the nearest).
    total: how many photos answer, shown or not, copies among them; None if not all were looked at.
    reasons: why no photo answers, if filters or an empty archive are the cause.
    corrected: words that were typed, each with the one that was searched instead.
    sources: where the `total` photos are from, if own words fulfil a filter.
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
        """Whether only filters were asked, so that there is nothing to be unsure of."""
        return self.query.is_list


@dataclass(frozen=True)
class Tagged:
    """A photo and the labels given to it: (label, cosine, confidence), most likely first."""

    path: bytes
    tags: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class TagResult:
    """The labels of many photos.

    photos: in the order of their paths.
    unknown: named by the person, but not indexed.
    places: a label -> its genera, outermost first, and itself.
    rests: labels that stand for what is left of a section.
    sidecars_from: a label -> the confidence from which sidecars get it.
    action: id of what can be undone, None if nothing was stored.
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
    """Something done to labels.

    id: its moment, in microseconds since 1970: unique in a catalogue that was made anew too.
    what: the options of `tag` that do it.
    """

    id: int
    what: str

    @property
    def when(self) -> datetime:
        """Local time."""
        return datetime.fromtimestamp(self.id / 1e6)


@dataclass(frozen=True)
class LabelDifference:
    """A label that undoing an action changes, and on how many visible photos.

    was: whether these photos had it before the action.
    stays: whether they have it now.
    """

    label: str
    was: bool
    stays: bool
    photos: int


@dataclass(frozen=True)
class LabelConfidence:
    """A label, how likely a photo is to bear it (0..1), and whether it would be given."""

    label: str
    confidence: float
    given: bool


@dataclass(frozen=True)
class Counts:
    """Numbers of rows in an archive.

    dated: photos whose date is from their metadata.
    dated_by_name: photos whose date is from the name of their file or folders.
    located: photos with a position.
    excluded: there, but left out by the person.
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
    """Contents of an archive, counted.

    archive: its folder; of a shared one the address, without a password.
    model: None before the first index.
    roots: path, photos under it, is it there now.
    size: bytes on disk.
    exclusions: folder, pattern.
    linked: roots through whose links the walk goes.
    stale_labels: label file, photos to label again.
    graph: whether hnswlib is there, through which a page searches large archives.
    left_aside: kind -> files that are no photos, by `not_photos.kind_of`.
    texts: contents whose words were read, those of them that bear any.
    unread_texts: photos whose words could not be read.
    device: what computes the vectors of a large run, by `devices.CHOICES`; "" where the archive is
        not indexed from here.
    devices: those that ONNX Runtime offers.
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
    device: str = ""
    devices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A visible photo as it lies on the disk: size in bytes, modification time in ns, pixels
    upright.

    taken_at, date_source, format: see `Facts`.
    camera: whether the camera that took it is known.
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
    """A visible photo as a page shows it among others.

    digest: SHA-256 of its content.
    width, height: pixels, upright.
    taken_at: see `Facts`.
    mtime_ns, size: modification time and bytes of the file when it was indexed, 0 in an answer.
    """

    photo_id: int
    path: bytes
    digest: bytes
    width: int
    height: int
    taken_at: str | None
    mtime_ns: int = 0
    size: int = 0


@dataclass(frozen=True)
class TilePage:
    """A page of the archive.

    after: where the next one begins, "" at the end.
    total: photos on all pages, counted for the first one only.
    """

    tiles: tuple[Tile, ...]
    after: str
    total: int = 0


@dataclass(frozen=True)
class Facets:
    """Counts of photos, each as (name, number).

    photos: how many in all.
    years: in order; not counted are photos without a date.
    months: as "2019-08", in order, where the photos are of one year only.
    places: by the name of the town, else of the province, region or country; the most frequent
        first.
    labels: the most frequent first.
    folders: by path, in order: the first ones that tell these photos apart.
    cameras: the most frequent first.
    """

    photos: int
    years: tuple[tuple[str, int], ...]
    months: tuple[tuple[str, int], ...]
    places: tuple[tuple[str, int], ...]
    labels: tuple[tuple[str, int], ...]
    folders: tuple[tuple[bytes, int], ...] = ()
    cameras: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class PhotoDetail:
    """Everything that the catalogue knows of a photo.

    place: comune, provincia, regione, paese, without those that are not known.
    facts: what the file says, and its sidecar, as `Facts` writes it.
    labels: (name, confidence, given by hand), the likeliest first.
    copies: paths of the other files with the same content, in order.
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


@dataclass(frozen=True)
class TextLine:
    """A line of words read in a photo.

    box: four corners x, y as shares 0..1 of the upright photo, from the text's own upper left,
        clockwise.
    confidence: of the reading, 0..1.
    """

    text: str
    box: tuple[float, ...]
    confidence: float


@dataclass(frozen=True)
class ReadText:
    """What is written in a photo, lines in reading order; none where there are no words.

    engine: name and version of what read it.
    turned: degrees clockwise, a quarter turn or more, after which the words stand upright.
    """

    engine: str
    lines: tuple[TextLine, ...]
    turned: int = 0

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True)
class ModelInfo:
    """A line of `modello elenco`.

    size: bytes on disk, or to download where not prepared.
    state: "pronto", "danneggiato" or "da scaricare".
    in_use: what `index` would take now.
    problem: why it is damaged.
    good_at: what a model that is offered is good at, "" for any other.
    figures: published ones of its Italian.
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
    """A model whose every file is the one that its description records."""

    name: str
    path: Path
    fingerprint: str
    files: int
    size: int
