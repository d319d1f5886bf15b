"""The archive as a screen asks it: answers a page at a time, what takes long kept for a while."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from cercafoto.archive.archive import open_archive
from cercafoto.base.paths import folder_of, is_inside, printable
from cercafoto.base.recent import RecentCache
from cercafoto.browse.asked import Asked, Picture
from cercafoto.browse.chips import A, Chip, chips
from cercafoto.browse.photo_facts import name_of
from cercafoto.browse.text_rows import WrittenRow, written_rows
from cercafoto.errors import UsageError
from cercafoto.library import Library
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.thumbnails import LARGE, Thumbnails
from cercafoto.question.filters.filter import NO_FILTERS
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.values import LATEST
from cercafoto.results import NONE, Facets, Hit, PhotoDetail, SearchResult, Source, Tile
from cercafoto.search.answer import least_confidence
from cercafoto.search.heat_map import Heat, heat_of
from cercafoto.search.phrases_in_texts import places_in
from cercafoto.settings import Settings

PAGE = 40  # tiles at a time, unless told otherwise: two screens of a large monitor
DEEPEST = 2000  # photos of one answer; who wants more has asked too little
COUNTED = 200  # photos of an answer that its counts are about


class NotThereError(UsageError):
    """A photo that the archive does not know, or knows no more."""


@dataclass(frozen=True)
class FoundTile:
    """hit: None where nothing was asked that could be more or less likely."""

    tile: Tile
    hit: Hit | None = None


@dataclass(frozen=True)
class Answer:
    """One page of it.

    query: None where nothing was asked.
    verdict: that of the search, "" where there is nothing to be unsure of.
    after: where the next page begins, "" at the end.
    total: photos on all pages that count as the answer, None where there are more than were looked
        at; on the first page only.
    unlikely_at: the place in `found` from which on nothing counts as the answer any more.
    reasons, corrected: see `SearchResult`.
    sources: see `SearchResult`; on the first page only.
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
    def own_words_first(self) -> bool:
        """Whether it is a list that begins with the photos whose own words were typed."""
        return bool(self.query and self.query.is_list and self.query.own and not self.query.order)


class BrowsedArchive:
    """The archive of a screen, for use by several threads; `close` it.

    page: tiles at a time.
    graph: see `open_archive`.
    folders: what opens its photos.
    """

    def __init__(self, settings: Settings, *, page: int = PAGE, graph: bool = True) -> None:
        self.settings = settings
        self._page_size = page
        self._archive = open_archive(settings, resident=True, graph=graph)
        self._library = Library(settings, self._archive)  # for what needs no model
        self.folders = PhotoFolders(lambda: self._library.indexed_folders())
        self.thumbnails = Thumbnails(
            settings.thumbnails, elsewhere=self._library.small_copy, folders=self.folders
        )
        self._renewing = threading.Lock()
        self._answers: RecentCache[Asked, tuple[Hit, ...]] = RecentCache(32)
        self._heats: RecentCache[tuple[str, Path, str], Heat] = RecentCache(16)
        self._facets: RecentCache[tuple[object, ...], Facets] = RecentCache(32)

    def close(self) -> None:
        self.thumbnails.close()
        self._archive.__exit__()

    @property
    def library(self) -> Library:
        """The library with the archive's present model: a switch may end while the server runs."""
        with self._renewing:
            archive = self._archive.renew()
            if archive is not self._archive:
                self._archive, self._library = archive, Library(self.settings, archive)
            return self._library

    def warm(self) -> None:
        """Load what the first question needs; raises what would keep any from being answered."""
        library = self.library
        library.archive.encoder.embed_texts(["una foto"])
        library.search(Query.parse(["una foto"]), 1)

    # -- answers -------------------------------------------------------------------------------

    def query(self, asked: Asked) -> Query | None:
        """Return what is asked as a query, None if nothing is asked. Raises UsageError."""
        paths = {}
        if asked.folder is not None:
            paths[asked.folder] = self.tile(asked.folder).path
        if asked.more or asked.less:
            tiles = self._library.tiles((*asked.more, *asked.less))
            paths |= {photo_id: tile.path for photo_id, tile in tiles.items()}
        like = [self.picture_path(picture) for picture in asked.like]
        question = asked.question(like, paths)
        rest = question.typed.but(folders=())
        if rest or replace(question, typed=NO_FILTERS, more=(), less=(), literal=False):
            return self.library.parse(question)
        return Query(filters=question.typed) if question.typed else None

    def answer(self, asked: Asked, after: str = "") -> Answer:
        """Return a page of the answer.

        after: `Answer.after` of the page before.

        Raises as `Library.search`, and UsageError for any other `after`.
        """
        query = self.query(asked)
        ordered = query is not None and (query.order not in (None, LATEST) or query.limit)
        searched = query is not None and bool(
            query.text or query.like or query.exclude or query.written or query.own
        )
        if query is None or not (searched or ordered):
            return self._browsed(query, after)
        if not after:
            result = self._searched(query, asked, self._page_size)
            self._answers.put(asked, result.hits)
            page = self._page(query, asked, result.verdict, result.hits, 0)
            total = result.total
            if total:  # the photos that others are to resemble are counted, and not shown
                own = _own(asked)
                total -= sum(hit.files for hit in result.hits if hit.photo_id in own)
            if total and query.limit:
                total = min(total, query.limit)
            return replace(
                page,
                total=total,
                reasons=result.reasons,
                corrected=result.corrected,
                # They count the whole answer: beside a smaller number they would contradict it.
                sources=result.sources if total == result.total else (),
            )
        if not re.fullmatch("[0-9]{1,18}", after):
            raise UsageError("Questo indirizzo non è completo.")
        start = min(int(after), DEEPEST)
        hits = self._at_least(query, asked, start + self._page_size)
        return self._page(query, asked, "", hits, start)

    def folder_name(self, folder: bytes) -> str:
        """Return the name of a folder as the person knows it: its path from the indexed folder on;
        in a shared archive the whole path, with its source."""
        if self.settings.shared is not None:
            return printable(folder)
        roots = [root for root in self._library.roots() if is_inside(folder, root)]
        above = folder_of(max(roots, key=len)) if roots else folder
        return printable(os.path.relpath(folder, above) if folder != above else folder)

    def facets(self, asked: Asked) -> tuple[Facets, bool]:
        """Return counts over the answer, and whether they are only about its nearest photos."""
        query = self.query(asked)
        if query is None or not (query.text or query.like or query.exclude):
            # What is counted changes when photos or labels do.
            key = (query, self._archive.stamp())
            return self._facets.get_or_make(key, lambda: self._library.facets(query)), False
        hits = self._at_least(query, asked, COUNTED)[:COUNTED]
        facets = self._library.facets(None, self._library.photo_ids(hits))
        return facets, len(hits) == COUNTED

    def _browsed(self, query: Query | None, after: str) -> Answer:
        try:
            page = self._library.browse(query, self._page_size, after.replace("\0", ""))
        except ValueError as error:
            raise UsageError("Questo indirizzo non è completo.") from error
        tiles = tuple(FoundTile(tile) for tile in page.tiles)
        why = () if tiles or after or query is None else self._library.why_empty(query)
        return Answer(query, "", tiles, page.after, page.total, reasons=why)

    def _searched(self, query: Query, asked: Asked, limit: int) -> SearchResult:
        # The photos that others are to resemble are the nearest of all, and are not shown.
        return self.library.search(
            query,
            limit + len(_own(asked)),
            drop_unlikely=not asked.everything,
            tagged=False,  # a tile has no room for them
            # Other files of the shot that others are to resemble would share its row, and be lost.
            one_row_per_file=bool(asked.like),
        )

    def _at_least(self, query: Query, asked: Asked, number: int) -> tuple[Hit, ...]:
        """Return at least `number` hits of the answer, or all. Hits that were shown before keep
        their place: a wider search may order a few otherwise, and photos may have changed."""
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
        deepest = query.limit or DEEPEST
        shown = hits[start : min(start + self._page_size, deepest)]
        kept = _ids(shown) - _own(asked)
        if start:  # found a while ago: some may be gone by now
            kept &= self._library.tiles(kept).keys()
        tiles = tuple(FoundTile(_tile(hit), hit) for hit in shown if hit.photo_id in kept)
        more = (
            len(shown) == self._page_size and start + self._page_size < deepest and verdict != NONE
        )
        likely = _likely(query, hits)
        begins = start <= likely < start + len(shown) and likely > 0
        unlikely_at = len(kept & _ids(hits[start:likely])) if begins else None
        after = str(start + self._page_size) if more else ""
        return Answer(query, verdict, tiles, after, unlikely_at=unlikely_at)

    def chips(self, asked: A, answer: Answer) -> list[Chip[A]]:
        """Return how the question was understood, piece by piece; [] if that is plain."""
        ids = asked.photo_ids
        names = {i: name_of(tile) for i, tile in self.tiles(ids).items()} if ids else {}
        parts = answer.query.words if answer.query else ()
        inside = self.folder_name(asked.inside) if asked.inside else ""
        shown = list(chips(asked, parts, names, inside))
        # Alone, the words are in the box above already.
        plain = answer.query is not None and answer.query.is_plain and len(shown) == 1
        return [] if plain and asked.words else shown

    # -- one picture ---------------------------------------------------------------------------

    def tile(self, photo_id: int) -> Tile:
        """Return a photo. Raises NotThereError."""
        tile = self._library.tiles([photo_id]).get(photo_id)
        if tile is None:
            raise NotThereError("Questa foto non è più nell'archivio.")
        return tile

    def tiles(self, photo_ids: Iterable[int]) -> dict[int, Tile]:
        """Return photos by id, without photos that are gone."""
        return self._library.tiles(photo_ids)

    def detail(self, photo_id: int) -> PhotoDetail:
        """Return all that is known of a photo. Raises NotThereError."""
        detail = self._library.detail(photo_id)
        if detail is None:
            raise NotThereError("Questa foto non è più nell'archivio.")
        return detail

    def written(self, detail: PhotoDetail, words: str = "") -> tuple[WrittenRow, ...] | None:
        """Return what is written in a photo, with the places that say words of a question; None if
        it was not read."""
        text = self._library.text_of(detail.content_id)
        if text is None:
            return None
        try:
            query = self._library.parse(Question((words,))) if words else None
        except UsageError:  # told where it was asked
            query = None
        found = places_in(text.text, query.all_words, query.written) if query is not None else ()
        return written_rows(text, [place[:2] for place in found])

    def picture_path(self, picture: Picture) -> Path:
        """Return a plain copy of a picture, made by a decoder: this process never opens the file
        itself."""
        tile = self.tile(picture.photo_id or 0)
        _, shown = self.thumbnails.of(tile.path, tile.digest, LARGE)
        return self.thumbnails.path(shown, LARGE)

    def picture(self, picture: Picture) -> Image.Image:
        """Return the pixels of a picture, no larger than `LARGE`. Raises ImageError."""
        return self._pixels(self.picture_path(picture))

    def _pixels(self, path: Path) -> Image.Image:
        """Decode the copy that `picture_path` named."""
        return self.thumbnails.decoded(path.read_bytes(), LARGE)

    def heat(self, picture: Picture, words: str) -> Heat:
        """Find where the words show in a picture."""
        encoder = self.library.archive.encoder
        path = self.picture_path(picture)
        key = (encoder.fingerprint, path, words)
        return self._heats.get_or_make(key, lambda: heat_of(encoder, self._pixels(path), words))

    def is_there(self, heat: Heat) -> bool:
        """Tell whether the picture is likely to show the words at all."""
        return self.library.archive.encoder.calibration.verdict(heat.confidence) != NONE


def _likely(query: Query, hits: Sequence[Hit]) -> int:
    """Return how many hits there are up to the last one that counts as an answer."""
    least = least_confidence(query, max((hit.confidence for hit in hits), default=0.0))
    places = [at for at, hit in enumerate(hits, start=1) if hit.confidence >= least]
    return places[-1] if places else 0


def _own(asked: Asked) -> set[int]:
    """Photos of the archive that others are to resemble."""
    return {picture.photo_id for picture in asked.like if picture.photo_id}


def _ids(hits: Sequence[Hit]) -> set[int]:
    return {hit.photo_id for hit in hits}


def _tile(hit: Hit) -> Tile:
    return Tile(hit.photo_id, hit.path, hit.digest, hit.width, hit.height, hit.taken_at)
