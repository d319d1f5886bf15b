"""Answer the questions of a page or a screen, a page at a time, and cache what takes long."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

from cercafoto.archive.open_archive import open_archive
from cercafoto.base.italian_counts import media
from cercafoto.base.paths import folder_of, is_inside, printable
from cercafoto.base.recent import RecentCache
from cercafoto.browse.asked import Asked, Picture, as_titled, left_out
from cercafoto.browse.chips import A, Chip, chips
from cercafoto.browse.photo_facts import name_of
from cercafoto.browse.text_rows import WrittenRow, written_rows
from cercafoto.browse.timeline import NO_TIMELINE, Timeline
from cercafoto.errors import UsageError
from cercafoto.library import Library
from cercafoto.photos.decoding.file_kind import count_videos, is_video
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.thumbnails import LARGE, Thumbnails
from cercafoto.question.filters.all_filters import OPTIONS
from cercafoto.question.filters.file_filters import VIDEO
from cercafoto.question.filters.filter import NO_FILTERS, Filter, Filters
from cercafoto.question.filters.names import INSIDE
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.values import BY_CONFIDENCE, LATEST, OLDEST, Rectangle
from cercafoto.results.answer import NONE, Hit, SearchResult, Source, clock
from cercafoto.results.photos import Facets, PhotoDetail, PhotoGroup, PhotosByPlace, Tile
from cercafoto.search.answer import least_confidence
from cercafoto.search.heat_map import Heat, heat_of
from cercafoto.search.moment_asked import moment_asked
from cercafoto.search.phrases_in_texts import places_in
from cercafoto.search.thing_boxes import with_boxes
from cercafoto.settings import Settings

PAGE = 40  # tiles at a time, unless told otherwise: two screens of a large monitor
DEEPEST = 2000  # most photos of one answer that can be reached page by page
COUNTED = 200  # nearest photos of an answer that are counted by year, place and so on


class NotThereError(UsageError):
    """A photo is not in the archive, or is no longer there."""


@dataclass(frozen=True)
class FoundTile:
    """A photo of an answer.

    hit: the photo as found by a search; None if the photos were only listed, so that all are
        certain.
    """

    tile: Tile
    hit: Hit | None = None


@dataclass(frozen=True)
class Answer:
    """One page of an answer.

    query: the query that was answered; None if nothing was asked.
    verdict: verdict on the search; "" if the photos were only listed, and on later pages.
    after: where the next page begins; "" if this is the last.
    total: how many photos on all pages count as an answer; None if not all were looked at. Only on
        the first page.
    unlikely_at: index in `found` from which on photos do not count as an answer; None if there is
        no such place on this page.
    reasons, corrected: see `SearchResult`. Only on the first page.
    sources: see `SearchResult`. Only on the first page.
    """

    query: Query | None
    verdict: str
    found: tuple[FoundTile, ...]
    after: str
    total: int | None = 0
    unlikely_at: int | None = None
    reasons: tuple[str, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def is_by_date(self) -> bool:
        """Whether the photos come by their date."""
        if self.query is None or self.query.order in (LATEST, OLDEST):
            return True
        return _is_listed(self.query)

    @property
    def is_by_confidence(self) -> bool:
        """Whether the photos were searched, and come by their confidence."""
        return self.query is not None and self.query.order in (None, BY_CONFIDENCE)

    @property
    def own_words_first(self) -> bool:
        """Whether this is a list that begins with photos whose own words were typed."""
        return bool(self.query and self.query.is_list and self.query.own and not self.query.order)


def how_many(answer: Answer, found: Sequence[FoundTile]) -> str:
    """Return how many photos and videos an answer has ("1.678 foto", "Più di 40 foto").

    found: the photos of all its pages so far.
    """
    number = len(found) if answer.total is None else answer.total or len(found)
    videos: int | None = count_videos(each.tile.path for each in found)
    if answer.query is not None and VIDEO.of(answer.query.filters):
        videos = number
    elif videos and number != len(found):
        videos = None
    return f"{'Più di ' if answer.total is None else ''}{media(number, videos)}"


class BrowsedArchive:
    """An archive for a page or a screen. It can be used by several threads, and must be closed.

    page: how many tiles a page has.
    graph: see `open_archive`.
    folders: the indexed folders, through which photos are opened.
    """

    def __init__(self, settings: Settings, *, page: int = PAGE, graph: bool = True) -> None:
        self.settings = settings
        self._page_size = page
        self._archive = open_archive(settings, resident=True, graph=graph)
        self._library = Library(settings, self._archive)  # for methods that need no model
        self.folders = PhotoFolders(lambda: self._archive.indexed_folders())
        self.thumbnails = Thumbnails(
            settings.thumbnails, elsewhere=self._archive.small_copy, folders=self.folders
        )
        self._renewing = threading.Lock()
        self._answers: RecentCache[Asked, tuple[Hit, ...]] = RecentCache(32)
        self._heats: RecentCache[tuple[str, Path, str], Heat] = RecentCache(16)
        self._facets: RecentCache[tuple[object, ...], Facets] = RecentCache(32)
        self._places: RecentCache[tuple[object, ...], PhotosByPlace] = RecentCache(16)
        self._timelines: RecentCache[tuple[object, ...], Timeline] = RecentCache(16)

    def close(self) -> None:
        self.thumbnails.close()
        self._archive.__exit__()

    @property
    def library(self) -> Library:
        """The library with the archive's current model, which may change while the server runs."""
        with self._renewing:
            archive = self._archive.renew()
            if archive is not self._archive:
                self._archive, self._library = archive, Library(self.settings, archive)
            return self._library

    def warm(self) -> None:
        """Load the model and the vectors, so that the first question need not wait. Raises as
        `Library.search`: with such an error no question could be answered."""
        library = self.library
        library.archive.encoder.embed_texts(["una foto"])
        library.search(Query.parse(["una foto"]), 1)

    # -- answers -------------------------------------------------------------------------------

    def query(self, asked: Asked) -> Query | None:
        """Return the query asked for; None if nothing is asked. Raises UsageError, ImageError."""
        wanted = (*asked.more, *asked.less)
        tiles = self._library.photos.tiles(wanted) if wanted else {}
        paths = {photo_id: tile.path for photo_id, tile in tiles.items()}
        like = [self._video(picture) or self.picture_path(picture) for picture in asked.like]
        question = asked.question(like, paths)
        rest = question.typed.but(**{INSIDE.key: None})
        if rest or replace(question, typed=NO_FILTERS, more=(), less=(), literal=False):
            return self.library.parse(question)
        return Query(filters=question.typed) if question.typed else None

    def check(self, typed: Filters) -> None:
        """Raise UsageError if the archive cannot be asked for the values of these options."""
        try:
            self.library.photos.page(self.library.parse(Question(typed=typed)), 1)
        except UsageError as error:
            raise as_titled(error) from error

    def usable(self, asked: A) -> tuple[A, tuple[str, ...]]:
        """Return the question without values of options that cannot be asked, and a note in
        Italian for each."""
        kept, notes = NO_FILTERS, list[str]()
        for option in OPTIONS:
            for value in option.values(asked.typed):
                tried = option.added(kept, value)
                try:
                    self.check(tried)
                    kept = tried
                except UsageError as error:
                    notes.append(left_out(error))
        return replace(asked, typed=kept), tuple(notes)

    def answer(self, asked: Asked, after: str = "") -> Answer:
        """Return a page of the answer.

        after: `Answer.after` of the page before; "" for the first page.

        Raises as `Library.search`, and UsageError if `after` is not valid.
        """
        query = self.query(asked)
        if query is None or _is_listed(query):
            return self._browsed(query, after)
        if not after:
            result = self._searched(query, asked, self._page_size + 1)  # one tells whether to go on
            self._answers.put(asked, result.hits)
            page = self._page(query, asked, result.verdict, result.hits, 0)
            total = result.total
            if total:  # example photos are counted but not shown
                examples = _examples(asked)
                total -= sum(hit.files for hit in result.hits if hit.photo_id in examples)
            if total and query.limit:
                total = min(total, query.limit)
            return replace(
                page,
                total=total,
                reasons=result.reasons,
                corrected=result.corrected,
                # The sources count the whole answer, and would contradict a smaller total.
                sources=result.sources if total == result.total else (),
            )
        if not re.fullmatch("[0-9]{1,18}", after):
            raise UsageError("Questo indirizzo non è completo.")
        start = min(int(after), DEEPEST)
        hits = self._at_least(query, asked, start + self._page_size + 1)
        return self._page(query, asked, "", hits, start)

    def timeline(self, answer: Answer) -> Timeline:
        """Return when the photos of the whole answer were taken; NO_TIMELINE if they were searched,
        not only listed."""
        if not (answer.query is None or _is_listed(answer.query)):
            return NO_TIMELINE
        # The stamp changes when photos do.
        key = (answer.query, self._archive.stamp())
        return self._timelines.get_or_make(
            key, lambda: Timeline.of(self._library.photos.days(answer.query))
        )

    def folder_name(self, folder: bytes) -> str:
        """Return a folder's path from the indexed folder inwards, to be shown; in a shared archive,
        the whole path with its source."""
        if self.settings.shared is not None:
            return printable(folder)
        roots = [root for root in self._library.roots() if is_inside(folder, root)]
        above = folder_of(max(roots, key=len)) if roots else folder
        return printable(os.path.relpath(folder, above) if folder != above else folder)

    def facets(self, asked: Asked, only: Filter[Any] | None = None) -> tuple[Facets, bool]:
        """Return how many photos of the answer are of each year, place and so on, and whether only
        the nearest COUNTED photos were counted.

        only: count only the values of this filter, see `Library.facets`.
        """
        query, among, only_nearest = self._counted(asked)
        # The stamp changes when photos or labels do.
        key = (query, among, only and only.name, self._archive.stamp())
        made = self._facets.get_or_make(
            key, lambda: self._library.photos.facets(query, among, only)
        )
        return made, only_nearest

    def by_place(self, asked: Asked) -> tuple[PhotosByPlace, bool]:
        """Return where the photos of the answer were taken, and whether only the nearest COUNTED
        photos were looked at. Raises as `answer`."""
        query, among, only_nearest = self._counted(asked)
        key = (query, among, self._archive.stamp())
        made = self._places.get_or_make(key, lambda: self._library.photos.by_place(query, among))
        return made, only_nearest

    def groups(self, asked: Asked, view: Rectangle, step: float) -> list[PhotoGroup]:
        """Return the photos of the answer in a rectangle of the map, in groups; see
        `BrowsingQueries.groups`. Raises as `answer`."""
        query, among, _ = self._counted(asked)
        return self._library.photos.groups(query, view, step, among)

    def _counted(self, asked: Asked) -> tuple[Query | None, tuple[int, ...] | None, bool]:
        """Return what tells the photos of an answer that can be counted: a query, for which nothing
        has to be searched, or the ids of the nearest photos; and whether these are not all."""
        query = self.query(asked)
        if query is None or not (query.text or query.like or query.exclude):
            return query, None, False
        hits = self._at_least(query, asked, COUNTED + 1)
        return None, tuple(self._library.photos.ids_of(hits[:COUNTED])), len(hits) > COUNTED

    def _browsed(self, query: Query | None, after: str) -> Answer:
        """Return a page of an answer that is only a list, the latest photos first. Raises
        UsageError if `after` is not valid."""
        try:
            page = self._library.photos.page(query, self._page_size, after.replace("\0", ""))
        except ValueError as error:
            raise UsageError("Questo indirizzo non è completo.") from error
        tiles = tuple(FoundTile(tile) for tile in page.tiles)
        why = () if tiles or after or query is None else self._library.why_empty(query)
        return Answer(query, "", tiles, page.after, page.total, reasons=why)

    def _searched(self, query: Query, asked: Asked, limit: int) -> SearchResult:
        """Return the result of a search for `limit` hits besides the example photos."""
        return self.library.search(
            query,
            limit + len(_examples(asked)),
            drop_unlikely=not asked.everything,
            tagged=False,  # a tile has no room for labels
            # Other files of an example's shot would share its row, and not be shown either.
            one_row_per_file=bool(asked.like),
        )

    def _at_least(self, query: Query, asked: Asked, number: int) -> tuple[Hit, ...]:
        """Return at least `number` hits of the answer, or all; a search looks for at most DEEPEST.
        Hits that were shown before keep their place, although a wider search may give another
        order."""
        known = self._answers.get(asked) or ()
        if len(known) >= number:
            return known
        wide = min(max(number, 2 * len(known)), DEEPEST)
        have = {hit.path for hit in known}
        result = self._searched(query, asked, wide)
        if result.verdict == NONE and known:
            return known
        return self._answers.put(
            asked, (*known, *(hit for hit in result.hits if hit.path not in have))
        )

    def _page(
        self, query: Query, asked: Asked, verdict: str, hits: Sequence[Hit], start: int
    ) -> Answer:
        """Return the page of the hits from `start` on, without example photos."""
        hits = hits[: query.limit or DEEPEST]
        end = start + self._page_size
        shown, examples = hits[start:end], _examples(asked)
        kept = _ids(shown) - examples
        if start:  # these hits were found earlier: some photos may be gone by now
            kept &= self._library.photos.tiles(kept).keys()
        tiles = tuple(FoundTile(_tile(hit), hit) for hit in shown if hit.photo_id in kept)
        more = verdict != NONE and bool(_ids(hits[end:]) - examples)
        likely = _likely(query, hits)
        begins = start <= likely < start + len(shown) and likely > 0
        unlikely_at = len(kept & _ids(hits[start:likely])) if begins else None
        after = str(end) if more else ""
        return Answer(query, verdict, tiles, after, unlikely_at=unlikely_at)

    def chips(self, asked: A, answer: Answer) -> list[Chip[A]]:
        """Return a chip for each condition of a question; [] if the only chip would repeat the
        words in the search box."""
        ids = asked.photo_ids
        names = {i: name_of(tile) for i, tile in self.tiles(ids).items()} if ids else {}
        parts = answer.query.words if answer.query else ()
        shown = list(chips(asked, parts, names, lambda path: self.folder_name(os.fsencode(path))))
        # A single chip would only repeat the words in the search box.
        plain = answer.query is not None and answer.query.is_plain and len(shown) == 1
        return [] if plain and asked.words else shown

    # -- collections ---------------------------------------------------------------------------

    def keep(self, asked: Asked, name: str) -> None:
        """Keep a question as a collection. Raises UsageError as `CollectionAlbum.keep`, and for a
        question with a dropped picture, which will be gone."""
        if any(picture.upload for picture in asked.like):
            raise UsageError("La foto lasciata sulla pagina non resta: cercane una dell'archivio.")
        paths = {photo_id: tile.path for photo_id, tile in self.tiles(asked.photo_ids).items()}
        like = [self._video(p) or Path(os.fsdecode(paths[p.photo_id or 0])) for p in asked.like]
        self.library.collections.keep(name, asked.question(like, paths))

    def say(self, collection: str, photos: Iterable[int], said: str | None) -> None:
        """Say by hand that a collection always or never has photos. Raises NotThereError, and
        UsageError as `CollectionAlbum.say`."""
        paths = [Path(os.fsdecode(self.tile(photo_id).path)) for photo_id in photos]
        self._library.collections.say(collection, paths, said)

    # -- one picture ---------------------------------------------------------------------------

    def tile(self, photo_id: int) -> Tile:
        """Return a photo. Raises NotThereError."""
        tile = self._library.photos.tiles([photo_id]).get(photo_id)
        if tile is None:
            raise NotThereError("Questa foto non è più nell'archivio.")
        return tile

    def tiles(self, photo_ids: Iterable[int]) -> dict[int, Tile]:
        """Return id -> photo, without photos that are gone."""
        return self._library.photos.tiles(photo_ids)

    def lengths(self, found: Iterable[FoundTile]) -> dict[int, float | None]:
        """Return id -> length in seconds of the videos among some photos; None if not known."""
        videos = [one.tile.photo_id for one in found if is_video(one.tile.path)]
        return self._library.photos.lengths(videos) if videos else {}

    def detail(self, photo_id: int) -> PhotoDetail:
        """Return all that is known about a photo. Raises NotThereError."""
        detail = self._library.photos.detail(photo_id)
        if detail is None:
            raise NotThereError("Questa foto non è più nell'archivio.")
        return detail

    def written(
        self, detail: PhotoDetail, words: str = "", frame: float | None = None
    ) -> tuple[WrittenRow, ...] | None:
        """Return the words read in a photo, row by row, with marks where words of a question stand;
        None if the photo was not read.

        words: the question as typed.
        frame: see `TextAlbum.of_content`.
        """
        text = self._library.texts.of_content(detail.content_id, frame)
        if text is None:
            return None
        try:
            query = self._library.parse(Question((words,))) if words else None
        except UsageError:  # the person was told when the question was asked
            query = None
        found = places_in(text.text, query.all_words, query.written) if query is not None else ()
        return written_rows(text, [place[:2] for place in found])

    def picture_path(self, picture: Picture) -> Path:
        """Return the path of a reduced copy of a picture. A decoding process makes the copy: this
        process never opens the photo itself. Raises NotThereError, ImageError."""
        tile = self.tile(picture.photo_id or 0)
        _, shown = self.thumbnails.of(tile.path, tile.digest, LARGE, picture.at)
        return self.thumbnails.path(shown, LARGE, picture.at)

    def _video(self, picture: Picture) -> Path | None:
        """Return the path of a video, with the moment if the picture names one; None for a photo.
        The archive has the vectors of its frames, so that nothing is decoded."""
        if picture.photo_id is None or not is_video(path := self.tile(picture.photo_id).path):
            return None
        moment = "" if picture.at is None else f" {clock(picture.at)}"
        return Path(f"{os.fsdecode(path)}{moment}")

    def at_best_moment(self, picture: Picture, words: str) -> Picture:
        """Return the frame of a video that answers some words best; a photo, or a frame, unchanged.
        Raises NotThereError."""
        if picture.at is not None or (video := self._video(picture)) is None:
            return picture
        return replace(picture, at=moment_asked(self.library.archive, video, words))

    def picture(self, picture: Picture) -> Image.Image:
        """Return the pixels of a picture, at most `LARGE`. Raises NotThereError, ImageError."""
        return self._pixels(self.picture_path(picture))

    def _pixels(self, path: Path) -> Image.Image:
        """Return the pixels of a copy that `picture_path` returned. Raises ImageError."""
        return self.thumbnails.decoded(path.read_bytes(), LARGE)

    def heat(self, picture: Picture, words: str) -> Heat:
        """Return the heat map of a picture for some words. Raises NotThereError, ImageError,
        ModelError (the model gives no vectors of patches)."""
        encoder = self.library.archive.encoder
        path = self.picture_path(picture)
        key = (encoder.fingerprint, path, words)

        def made() -> Heat:
            image = self._pixels(path)
            return with_boxes(heat_of(encoder, image, words), image, words)

        return self._heats.get_or_make(key, made)

    def is_there(self, heat: Heat) -> bool:
        """Whether the picture of a heat map likely shows its words at all."""
        verdict = self.library.archive.encoder.calibration.verdict
        return bool(heat.things) or verdict(heat.confidence) != NONE


def _is_listed(query: Query) -> bool:
    """Whether the answer is only a list, the latest photos first: nothing has to be searched."""
    if query.order not in (None, LATEST) or query.limit or query.is_nearest_first:
        return False
    return not (query.text or query.like or query.exclude or query.written or query.own)


def _likely(query: Query, hits: Sequence[Hit]) -> int:
    """Return how many hits there are up to the last hit that counts as an answer."""
    min_confidence = least_confidence(query, max((hit.confidence for hit in hits), default=0.0))
    places = [at for at, hit in enumerate(hits, start=1) if hit.confidence >= min_confidence]
    return places[-1] if places else 0


def _examples(asked: Asked) -> set[int]:
    """Return the ids of the example photos that are in the archive."""
    return {picture.photo_id for picture in asked.like if picture.photo_id}


def _ids(hits: Sequence[Hit]) -> set[int]:
    return {hit.photo_id for hit in hits}


def _tile(hit: Hit) -> Tile:
    return Tile(
        *(hit.photo_id, hit.path, hit.digest, hit.width, hit.height, hit.taken_at),
        frame=hit.frame,
        doubtful=hit.doubtful,
    )
