"""Turn candidates into the rows of an answer, one row for each shot, and count the photos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cercafoto.archive.records import PhotoRow
from cercafoto.base.arrays import Floats, Ints
from cercafoto.results.answer import Hit, Moment
from cercafoto.search.same_shot import NEVER, SAME_MOMENT, place_of_shot

LOOKED_AT = 500  # candidates that are looked at even for a short answer, so as to count them
NONE_BEHIND = -1.0  # `Candidates.rest` if there are no more candidates


class Candidates(NamedTuple):
    """Some candidates of a search, best first.

    contents: content ids, [n].
    scores: cosines, [n].
    confidences: how likely each candidate answers, [n].
    pictures: vectors [n, D], zeros for a content without a vector.
    rest: upper bound on the confidence of every later candidate; NONE_BEHIND if there are no more.
    """

    contents: Ints
    scores: Floats
    confidences: Floats
    pictures: Floats
    rest: float = 1.0

    def taking(self, which: Ints | NDArray[np.bool_] | slice) -> Candidates:
        """Return some of the candidates: by index, by mask [n], or by slice."""
        return Candidates(
            self.contents[which],
            self.scores[which],
            self.confidences[which],
            self.pictures[which],
            self.rest,
        )


class Shots(NamedTuple):
    """The rows of an answer.

    total: how many photos count as an answer, including all files of each row; None if not all
        candidates were looked at.
    files: content id -> how many photos of the answer have this content; None if not counted.
    """

    hits: tuple[Hit, ...]
    total: int | None
    files: Mapping[int, int] | None = None


# Return the photos of some contents that fulfil the filters, by content id, the best to show first.
LookUp = Callable[[list[int]], dict[int, list[PhotoRow]]]


def gather(
    candidates: Iterable[Candidates],
    look_up: LookUp,
    evidence: Callable[[int], str],
    limit: int,
    relevant_from: Callable[[float], float],
    alike: Callable[[], float] = lambda: NEVER,
    one_row_per_file: bool = False,
    at_once: int = 32,
    differ: Callable[[int, int], bool] = lambda a, b: False,
    reachable: Callable[[bytes], bool] = lambda path: True,
    every: bool = False,
) -> Shots:
    """Return the rows of the best candidates, at most `limit`, and how many photos count as an
    answer.

    candidates: the best first.

    evidence: returns the kind of evidence for a content, see `Hit`.
    relevant_from: returns the smallest confidence that counts as an answer, given the largest.
    alike, differ: see `same_shot.place_of_shot`.
    one_row_per_file: see `Library.search`.
    at_once: how many contents to look up at first.
    reachable: returns whether the disk of a photo is connected, given the photo's path.
    every: also return all later rows that count as an answer.
    """
    rows = _Rows(alike, one_row_per_file, differ, reachable)
    looked_at, complete = 0, True
    for part in _parts(candidates, at_once):
        if len(rows.hits) >= limit and part.confidences.max() < relevant_from(rows.best):
            break
        rows.add(part, look_up(part.contents.tolist()), evidence)
        looked_at += len(part.contents)
        if len(rows.hits) >= limit:
            if part.rest < relevant_from(rows.best):
                break  # no later candidate counts as an answer
            if looked_at >= LOOKED_AT and not every:
                complete = False
                break
    least = relevant_from(rows.best)
    first = rows.hits[:limit]
    if every:
        first += [hit for hit in rows.hits[limit:] if hit.confidence >= least]
    hits = tuple(_told(hit, least) for hit in first)
    if not complete:
        return Shots(hits, None)
    files = Counter[int]()
    for hit, of_row in zip(rows.hits, rows.files, strict=True):
        if hit.confidence >= least:
            files.update(of_row)
    return Shots(hits, files.total(), files)


def _told(hit: Hit, min_confidence: float) -> Hit:
    """Return a hit, of a video with its frames joined to moments."""
    if not hit.moments:
        return hit
    from cercafoto.search.moments import joined

    return replace(hit, moments=joined(hit.moments, min_confidence))


def _parts(candidates: Iterable[Candidates], at_once: int) -> Iterator[Candidates]:
    """Yield the candidates in parts: `at_once` candidates first, then each part twice as large. So
    a short answer looks up few contents, and a long one takes few look-ups."""
    for each in candidates:
        begin = 0
        while begin < len(each.contents):
            part = slice(begin, begin + at_once)
            begin, at_once = begin + at_once, 2 * at_once
            behind = float(each.confidences[begin:].max(initial=each.rest))
            yield each.taking(part)._replace(rest=behind)


class _Rows:
    """The rows of an answer, as far as they are known.

    hits: one for each row.
    files: for each row, content id -> number of files.
    alike, one_row_per_file, differ, reachable: see `gather`.
    """

    def __init__(
        self,
        alike: Callable[[], float],
        one_row_per_file: bool,
        differ: Callable[[int, int], bool],
        reachable: Callable[[bytes], bool],
    ) -> None:
        self.alike, self.one_row_per_file = alike, one_row_per_file
        self.differ, self.reachable = differ, reachable
        self.hits: list[Hit] = []
        self.files: list[dict[int, int]] = []
        self.best = 0.0  # largest confidence
        self._vectors: list[Floats] = []
        self._videos: dict[int, int] = {}  # content id of a video -> its row

    def add(
        self, part: Candidates, photos: dict[int, list[PhotoRow]], evidence: Callable[[int], str]
    ) -> None:
        """Add the candidates that have photos: each to the row of its shot if there is one, else as
        a new row. A frame of a video joins only other frames of the video."""
        have_photos = np.array([content in photos for content in part.contents.tolist()], bool)
        part = part.taking(have_photos)
        are_frames = [photos[content][0].moment is not None for content in part.contents.tolist()]
        if any(are_frames):
            part = part._replace(pictures=np.where(np.c_[are_frames], 0, part.pictures))
        before = np.concatenate([*self._vectors, part.pictures[:0]]) @ part.pictures.T
        inside = part.pictures @ part.pictures.T
        np.fill_diagonal(inside, -1)
        # Most candidates have no near neighbour, so they can share no row: compared all at once.
        has_near = np.any(np.concatenate([before, inside]) >= SAME_MOMENT, axis=0)
        new: list[int] = []  # places in the part that got a row of their own
        for at, (content, score, confidence) in enumerate(
            zip(
                part.contents.tolist(),
                part.scores.tolist(),
                part.confidences.tolist(),
                strict=True,
            )
        ):
            first, *others = photos[content]
            moments: tuple[Moment, ...] = ()
            if first.moment is not None:
                video, start, end, _ = first.moment
                moments = (Moment(start, end, start, confidence, content),)
                if (row := self._videos.get(video)) is not None:
                    more = (*self.hits[row].moments, *moments)
                    self.hits[row] = replace(self.hits[row], moments=more)
                    continue
                self._videos[video] = len(self.hits)
            hit = Hit(
                first.path,
                first.photo_id,
                first.digest,
                score,
                confidence,
                first.taken_at,
                first.date_source,
                first.width,
                first.height,
                first.tags,
                evidence(content),
                tuple(photo.path for photo in others),
                first.source,
                first.content_id,
                reachable=self.reachable(first.path),
                moments=moments,
                doubtful=first.doubtful,
            )
            row = None
            if has_near[at] and not self.one_row_per_file:
                cosines = np.concatenate([before[:, at], inside[new, at]])
                row = place_of_shot(first, self.hits, cosines, self.alike, self.differ)
            if row is not None:
                self.hits[row] = self._joined(self.hits[row], hit)
                self.files[row][first.content_id] = hit.files
                continue
            self.hits.append(hit)
            self.files.append({first.content_id: hit.files})
            self.best = max(self.best, confidence)
            new.append(at)
        self._vectors.append(part.pictures[new])

    def _joined(self, hit: Hit, other: Hit) -> Hit:
        """Return a row, `hit`, with another hit of the same shot added. The row shows a reachable
        file if it has one; of several, the file with most pixels."""
        if (other.reachable, other.width * other.height) > (hit.reachable, hit.width * hit.height):
            shown = replace(
                other,
                score=hit.score,
                confidence=hit.confidence,
                evidence=hit.evidence,
                doubtful=hit.doubtful,
            )
            paths = (*other.copies, hit.path, *hit.copies)
        else:
            shown, paths = hit, (*hit.copies, other.path, *other.copies)
        copies = sorted(paths, key=lambda path: not self.reachable(path))
        return replace(shown, copies=tuple(copies))
