"""The answer to a question: its photos, why they are in it, and the Italian words for both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cercafoto.base.italian_counts import thousands
from cercafoto.base.json_keys import MODEL, Key, json_keys
from cercafoto.results.photo_fields import DATA_IN_JSON, PhotoData

if TYPE_CHECKING:
    from cercafoto.photos.person import Region
    from cercafoto.question.query import Query

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


def doubt_in_words(names: Sequence[str]) -> str:
    """Return the Italian words for a photo that only may show some people; "" if there are none."""
    return f"forse {' e '.join(names)}" if names else ""


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


_TIMES = ("start", "end", "frame")


@json_keys(*(Key(name, digits=3) for name in _TIMES), Key("confidence", digits=4))
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


@json_keys(
    "path",
    Key("source", unless=""),
    Key("score", digits=6),
    Key("confidence", digits=4),
    "word taken_at date_source width height tags",
    Key("people", unless=()),
    Key("doubtful", unless=()),
    "evidence copies reachable",
    *(Key(name, f"best.{name}", digits=3, unless=None) for name in _TIMES),
    Key("moments", unless=()),
    Key("text", unless=None),
    Key("matched_text", unless=None),
    DATA_IN_JSON,
)
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
    doubtful: names of the people asked for whom the photo only may show: nobody has said yet whose
        the face is. Doubtful photos come after all others.
    data: place, camera, title and so on, by the keys of `photo_fields`; None if they were not read,
        see `PhotoAlbum.with_data`.
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
    doubtful: tuple[str, ...] = ()
    data: PhotoData | None = None

    @property
    def shown_content(self) -> int:
        """Id of the content that answers: of a video, that of its best frame."""
        return self.moments[0].content_id if self.moments else self.content_id

    @property
    def best(self) -> Moment | None:
        """The moment of a video that answers best; None for a photo."""
        return self.moments[0] if self.moments else None

    @property
    def frame(self) -> float | None:
        """Time in seconds of the frame of a video that answers best; None for a photo."""
        return self.moments[0].frame if self.moments else None

    @property
    def matched_text(self) -> list[str] | None:
        """The passages of `text` that match the query; None if there is no text."""
        return None if self.text is None else [self.text[a:b] for a, b in self.found]

    @property
    def word(self) -> str:
        """The Italian word for the confidence: HIGH, MEDIUM or LOW."""
        return confidence_word(self.confidence)

    @property
    def why(self) -> str:
        """The Italian words for the evidence."""
        return EVIDENCE_IN_WORDS[self.evidence]

    @property
    def doubt(self) -> str:
        """The Italian words for `doubtful`."""
        return doubt_in_words(self.doubtful)

    @property
    def files(self) -> int:
        """How many files the hit stands for: the photo and its copies."""
        return 1 + len(self.copies)


BY_FILTER = "filters"


@json_keys("kind what number")
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
    return " · ".join(
        f"{thousands(number)} {_source(kind, what)}" for kind, what, number in sources
    )


def _source(kind: str, what: str) -> str:
    if kind == BY_FILTER:
        return what
    if kind == FOLDER:
        return f"dalla cartella «{what}»" if what else "da più cartelle"
    return "dalla tua etichetta" if kind == LABEL else EVIDENCE_IN_WORDS[kind]


def _query_data(result: SearchResult) -> dict[str, Any]:
    from cercafoto.question.wording import query_data  # late: it imports every filter

    return query_data(result.query)


@json_keys(
    Key("query", _query_data),
    MODEL,
    "verdict total",
    Key("corrected", columns="typed searched", unless=()),
    Key("reasons", unless=()),
    "sources hits",
)
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
