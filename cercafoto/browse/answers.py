"""Answer the questions of a page or a screen, a page at a time, and cache what takes long."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cercafoto.base.recent import RecentCache
from cercafoto.browse.answer_page import Answer, FoundTile, is_listed
from cercafoto.browse.asked import Asked, as_titled, left_out
from cercafoto.browse.chips import A, Chip, chips
from cercafoto.browse.photo_facts import name_of
from cercafoto.browse.shown_photos import ShownPhotos
from cercafoto.browse.timeline import NO_TIMELINE, Timeline
from cercafoto.errors import UsageError
from cercafoto.question.filters.all_filters import OPTIONS
from cercafoto.question.filters.filter import NO_FILTERS, Filter, Filters
from cercafoto.question.filters.names import INSIDE
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.values import Rectangle
from cercafoto.results.answer import NONE, Hit, SearchResult
from cercafoto.results.photos import Facets, PhotoGroup, PhotosByPlace, Tile
from cercafoto.search.answer import least_confidence
from cercafoto.settings import Settings

PAGE = 40  # tiles at a time, unless told otherwise: two screens of a large monitor
DEEPEST = 2000  # most photos of one answer that can be reached page by page
COUNTED = 200  # nearest photos of an answer that are counted by year, place and so on


class BrowsedArchive(ShownPhotos):
    """An archive for a page or a screen.

    page: how many tiles a page has.
    graph: see `open_archive`.
    """

    def __init__(self, settings: Settings, *, page: int = PAGE, graph: bool = True) -> None:
        super().__init__(settings, graph=graph)
        self._page_size = page
        self._answers: RecentCache[Asked, tuple[Hit, ...]] = RecentCache(32)
        self._facets: RecentCache[tuple[object, ...], Facets] = RecentCache(32)
        self._places: RecentCache[tuple[object, ...], PhotosByPlace] = RecentCache(16)
        self._timelines: RecentCache[tuple[object, ...], Timeline] = RecentCache(16)

    def warm(self) -> None:
        """Load the model and the vectors, so that the first question need not wait. Raises as
        `Library.search`: with such an error no question could be answered."""
        library = self.library
        library.archive.encoder.embed_texts(["una foto"])
        library.search(Query.parse(["una foto"]), 1)

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
        if query is None or is_listed(query):
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
        if not (answer.query is None or is_listed(answer.query)):
            return NO_TIMELINE
        # The stamp changes when photos do.
        key = (answer.query, self._archive.stamp())
        return self._timelines.get_or_make(
            key, lambda: Timeline.of(self._library.photos.days(answer.query))
        )

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
        if asked.everything and query.order:  # an order is that of all hits
            limit = DEEPEST
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
        answer = Answer(query, verdict, tiles, str(end) if more else "")
        likely = _likely(query, hits)
        if answer.is_by_confidence and likely > 0 and start <= likely < start + len(shown):
            return replace(answer, unlikely_at=len(kept & _ids(hits[start:likely])))
        return answer

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
