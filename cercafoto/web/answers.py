"""The archive as the page asks it: answers a page at a time, the models kept loaded.

Each thread has a connection of its own to the catalogue; the vectors, their graph and the towers
are shared.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from cercafoto.base.arrays import Floats
from cercafoto.base.recent import RecentCache
from cercafoto.catalog.browsing import cursor
from cercafoto.catalog.catalog import Catalog
from cercafoto.errors import UsageError
from cercafoto.labels.choice import Choice
from cercafoto.labels.label_file import Label
from cercafoto.labels.label_vectors import scorer
from cercafoto.library import Library
from cercafoto.models.confidence import TAG_FROM
from cercafoto.models.encode.encoder import Encoder
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.photos.thumbnails import LARGE, Thumbnails
from cercafoto.question.conditions import ANYTHING, Conditions
from cercafoto.question.query import Query
from cercafoto.question.to_conditions import conditions
from cercafoto.results import NONE, Facets, Hit, PhotoDetail, SearchResult, Tile
from cercafoto.search.heat_map import Heat, locate
from cercafoto.session import ResidentSession
from cercafoto.settings import Settings
from cercafoto.web.address import Asked, Picture
from cercafoto.web.uploads import Uploads

PAGE = 40  # tiles at a time: two screens of a large monitor
DEEPEST = 2000  # photos of one answer; who wants more has asked too little
COUNTED = 200  # photos of an answer that its counts are about


class NotThereError(UsageError):
    """A photo that the archive does not know, or knows no more."""


@dataclass(frozen=True)
class Found:
    """hit: None where nothing was asked that could be more or less likely."""

    tile: Tile
    hit: Hit | None = None


@dataclass(frozen=True)
class Answer:
    """One page of it. query: None where nothing was asked. verdict: that of the search, "" where
    there is nothing to be unsure of. after: where the next page begins, "" at the end."""

    query: Query | None
    verdict: str
    found: tuple[Found, ...]
    after: str


@dataclass(frozen=True)
class Likely:
    """A label, how likely a photo is to bear it (0..1), and whether it would be given."""

    label: str
    confidence: float
    given: bool


class Archive:
    """For use by several threads; `close` it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.thumbnails = Thumbnails(settings.thumbnails)
        self.uploads = Uploads(self.thumbnails.shrinker(LARGE))
        self._session = ResidentSession(settings)
        self._renewing = threading.Lock()
        self._answers: RecentCache[Asked, tuple[Hit, ...]] = RecentCache(32)
        self._pictures: RecentCache[tuple[str, Path], Floats] = RecentCache(64)
        self._heats: RecentCache[tuple[str, Path, str], Heat] = RecentCache(16)
        self._facets: RecentCache[tuple[object, ...], Facets] = RecentCache(32)

    def close(self) -> None:
        self.uploads.close()
        self.thumbnails.close()

    def catalog(self) -> AbstractContextManager[Catalog]:
        return self._session.catalog()

    @property
    def library(self) -> Library:
        """That of the archive's present model: a switch may end while the server runs."""
        with self._renewing:
            self._session = self._session.renew()
        return Library(self.settings, self._session)

    def warm(self) -> None:
        """Load what the first question needs; raises what would keep any from being answered."""
        library = self.library
        library.session.encoder.embed_texts(["una foto"])
        library.search(Query.parse(["una foto"]), 1)

    # -- answers -------------------------------------------------------------------------------

    def query(self, asked: Asked) -> Query | None:
        """What is asked, read; None where nothing is. Raises UsageError."""
        with self.catalog() as catalog:
            folders = []
            if asked.folder is not None:
                path = self.tile(catalog, asked.folder).path
                folders.append(Path(os.fsdecode(path)).parent)
        if not (asked.words or asked.like or asked.labels or asked.when or asked.place):
            return None if not folders else Query(folders=tuple(folders))
        return self.library.read(
            [asked.words] if asked.words else [],
            [self.picture_path(picture) for picture in asked.like],
            folders,
            asked.labels,
            asked.options,
            asked.literal,
        )

    def answer(self, asked: Asked, after: str = "") -> Answer:
        """A page of what is asked; after: `Answer.after` of the page before. Raises as
        `Library.search` does, and UsageError for any other `after`."""
        query = self.query(asked)
        if query is None or not (query.text or query.like or query.exclude):
            return self._browsed(query, after)
        if not after:
            result = self._searched(query, asked, PAGE)
            self._answers.put(asked, result.hits)
            return self._page(query, asked, result.verdict, result.hits, 0)
        if not after.isascii() or not after.isdigit():
            raise UsageError("Questo indirizzo non è completo.")
        start = min(int(after), DEEPEST)
        hits = self._at_least(query, asked, start + PAGE)
        return self._page(query, asked, "", hits, start)

    def facets(self, asked: Asked) -> tuple[Facets, bool]:
        """Counts over what is asked, and whether they are only about its nearest photos."""
        query = self.query(asked)
        if query is None or not (query.text or query.like or query.exclude):
            with self.catalog() as catalog:
                narrowed = self._conditions(catalog, query)
                if narrowed is None:
                    return Facets(0, (), (), (), ()), False
                # What is counted changes when photos or labels do.
                key = (narrowed, self._session.stamp())
                return self._facets.get_or_make(key, lambda: catalog.facets(narrowed)), False
        hits = self._at_least(query, asked, COUNTED)[:COUNTED]
        with self.catalog() as catalog:
            found = catalog.facets(ANYTHING, [hit.photo_id for hit in hits])
        return found, len(hits) == COUNTED

    def _browsed(self, query: Query | None, after: str) -> Answer:
        with self.catalog() as catalog:
            narrowed = self._conditions(catalog, query)
            if narrowed is None:
                return Answer(query, "", (), "")
            try:
                tiles = catalog.browse(narrowed, PAGE + 1, after)
            except ValueError as error:
                raise UsageError("Questo indirizzo non è completo.") from error
        shown = tiles[:PAGE]
        more = cursor(shown[-1]) if len(tiles) > PAGE else ""
        return Answer(query, "", tuple(Found(tile) for tile in shown), more)

    def _conditions(self, catalog: Catalog, query: Query | None) -> Conditions | None:
        if query is None:
            return ANYTHING
        folders = [os.fsencode(folder) for folder in query.folders]
        return conditions(query, folders, catalog.first_and_last_day())

    def _searched(self, query: Query, asked: Asked, limit: int) -> SearchResult:
        with self.catalog() as catalog:
            liked = catalog.tiles_of((*asked.more, *asked.less)) if asked.more or asked.less else {}
        # The photos that others are to resemble are the nearest of all, and are not shown.
        own = {picture.photo_id for picture in asked.like if picture.photo_id}
        return self.library.search(
            query,
            limit + len(own),
            cut=not asked.everything,
            more=[liked[number].path for number in asked.more if number in liked],
            less=[liked[number].path for number in asked.less if number in liked],
            tagged=False,  # a tile has no room for them
        )

    def _at_least(self, query: Query, asked: Asked, number: int) -> tuple[Hit, ...]:
        """So many of the answer, or all. What was shown before stays where it was: the photos
        may have changed since, and a wider search may order a few of them otherwise."""
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
        shown = hits[start : start + PAGE]
        own = {picture.photo_id for picture in asked.like if picture.photo_id}
        found = tuple(Found(_tile(hit), hit) for hit in shown if hit.photo_id not in own)
        if start:  # found a while ago: some may be gone by now
            with self.catalog() as catalog:
                there = catalog.tiles_of(hit.photo_id for hit in shown)
            found = tuple(one for one in found if one.tile.photo_id in there)
        more = len(shown) == PAGE and start + PAGE < DEEPEST and verdict != NONE
        return Answer(query, verdict, found, str(start + PAGE) if more else "")

    # -- one picture ---------------------------------------------------------------------------

    def tile(self, catalog: Catalog, photo_id: int) -> Tile:
        found = catalog.tiles_of([photo_id]).get(photo_id)
        if found is None:
            raise NotThereError("Questa foto non è più nell'archivio.")
        return found

    def detail(self, photo_id: int) -> PhotoDetail:
        with self.catalog() as catalog:
            found = catalog.detail(photo_id)
        if found is None:
            raise NotThereError("Questa foto non è più nell'archivio.")
        return found

    def picture_path(self, picture: Picture) -> Path:
        """A plain copy of a picture, made by a decoder: the file itself is never opened here."""
        if picture.upload is not None:
            path = self.uploads.path(picture.upload)
            if path is None:
                raise NotThereError(
                    "La foto che avevi scelto non è più a disposizione.", "Sceglila di nuovo."
                )
            return path
        with self.catalog() as catalog:
            tile = self.tile(catalog, picture.photo_id or 0)
        _, shown = self.thumbnails.of(tile.path, tile.digest, LARGE)
        return self.thumbnails.path(shown, LARGE)

    def picture(self, picture: Picture) -> Image.Image:
        return open_upright(self.picture_path(picture), LARGE)

    def _vector(self, encoder: Encoder, path: Path) -> Floats:
        """That of a plain copy, [1, D]: its name changes with what it shows."""
        key = (encoder.fingerprint, path)
        return self._pictures.get_or_make(
            key, lambda: encoder.embed_images([open_upright(path, LARGE)])
        )

    def labelled(self, picture: Picture, labels: Sequence[Label]) -> list[Likely]:
        """How likely a picture is to bear each label, the likeliest first."""
        encoder = self.library.session.encoder
        vector = self._vector(encoder, self.picture_path(picture))
        cache = self.uploads.folder / "etichette"
        scores, likely = scorer(encoder, labels, cache)(vector)
        (given,) = Choice(labels, TAG_FROM, len(labels))(scores, likely)
        names = {one.label for one in given}
        searched = [label for label in labels if label.searched]
        found = [
            Likely(label.name, float(sure), label.name in names)
            for label, sure in zip(searched, likely[0], strict=True)
        ]
        return sorted(found, key=lambda one: -one.confidence)

    def heat(self, picture: Picture, words: str) -> Heat:
        """Where the words show in a picture."""
        encoder = self.library.session.encoder
        path = self.picture_path(picture)
        key = (encoder.fingerprint, path, words)
        return self._heats.get_or_make(
            key, lambda: locate(encoder, open_upright(path, LARGE), words)
        )


def _tile(hit: Hit) -> Tile:
    return Tile(hit.photo_id, hit.path, hit.digest, hit.width, hit.height, hit.taken_at)
