"""The library of a person's photos: index, search, tag, and what it holds.

This is the whole story, and the public Python interface; the command line only turns arguments
into calls and results into text.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.paths import absolute, printable
from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.catalog import Catalog, now
from cercafoto.errors import ArchiveError, UsageError
from cercafoto.models.confidence import TAG_FROM, verdict
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.folder import file_digest
from cercafoto.models.registry import AUTO, Registry, unknown
from cercafoto.places import Places
from cercafoto.question.conditions import Conditions
from cercafoto.question.query import Options, Query
from cercafoto.question.to_conditions import conditions
from cercafoto.results import NONE, Hit, SearchResult, Status, Tagged, TagResult
from cercafoto.search.run import Feedback, SearchRun
from cercafoto.session import Session
from cercafoto.settings import Settings
from cercafoto.vectors.store import VectorStore

if TYPE_CHECKING:
    # What indexes and what labels: a search does without them, and imports in half the time.
    from cercafoto.archive.check import CheckReport
    from cercafoto.archive.clean import CleanReport
    from cercafoto.archive.folder_choices import Choices
    from cercafoto.archive.index_report import IndexReport
    from cercafoto.labels import Label
    from cercafoto.labels.sidecars.write import XmpReport
    from cercafoto.search.duplicates import Duplicates
    from cercafoto.search.explanation import Explanation
    from cercafoto.search.where_in_photo import PhotoRegion

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
T = TypeVar("T")

LABEL_CACHE = "etichette"
LONGEST_LABEL = 80
NEAREST_SHOWN = 3  # photos that are shown when none corresponds


class Library:
    """An archive of photos.

    session: what it keeps loaded; a `ResidentSession` for a process that stays up and searches
    often, or from several threads.
    """

    def __init__(self, settings: Settings, session: Session | None = None) -> None:
        self.settings = settings
        self.session = session or Session(settings)

    # -- index ---------------------------------------------------------------------------------

    def index(
        self,
        folders: Sequence[Path] = (),
        *,
        choices: Choices | None = None,
        retry: bool = False,
        wait: bool = False,
        reporter: Reporter = SILENT,
    ) -> IndexReport:
        """Bring the archive up to date with `folders`, or with all known ones; where nothing
        changed, nothing is written.

        choices: what to leave out of these folders from now on. retry: read again what could not
        be read. wait: until another run has let the archive go.
        Raises FolderNotFoundError, UsageError (nothing to index), ArchiveBusyError, ArchiveError,
        DiskFullError, ModelError, DeviceError. KeyboardInterrupt leaves all but the batch in hand
        written.
        """
        from cercafoto.archive.folder_choices import Choices
        from cercafoto.archive.update import update

        return update(
            self.session,
            folders,
            choices or Choices(),
            retry=retry,
            wait=wait,
            reporter=reporter,
        )

    # -- search --------------------------------------------------------------------------------

    def read(
        self,
        words: Sequence[str],
        like: Sequence[Path] | None = None,
        folders: Sequence[Path] | None = None,
        labels: Sequence[str] | None = None,
        options: Options | None = None,
        literal: bool = False,
    ) -> Query:
        """What a person's words mean in this archive: its places, and the labels that its photos
        bear as the words that a slip of the pen may have meant.

        Raises UsageError for a question that asks nothing, ArchiveError where there is no archive.
        """
        parse = partial(Query.parse, words, like, folders, labels, options=options, literal=literal)
        with ExitStack() as stack:
            try:
                catalog = stack.enter_context(self.session.catalog())
            except ArchiveError:
                parse()  # what makes no sense in any archive is said first
                raise
            return parse(places=Places(catalog), vocabulary=catalog.label_names())

    def search(
        self,
        query: Query,
        limit: int = 10,
        *,
        least: float = 0.0,
        cut: bool = False,
        more: Sequence[bytes] = (),
        less: Sequence[bytes] = (),
        tagged: bool = True,
    ) -> SearchResult:
        """The `limit` photos that answer best, best first; copies of one photo count as one.

        least: confidence below which a photo is left out. cut: leave out as well those that by
        themselves would not count as an answer; when that goes for all, the nearest three stay.
        more, less: paths of indexed photos to move the question towards, and away from. tagged:
        False where nobody looks at the labels of the hits, which cost a millisecond for forty.

        Raises ArchiveError (no archive yet), ModelError (its model is gone), UsageError (a
        folder to search in that the archive does not know), ImageError (`like`).
        """
        with self.session.catalog() as catalog:
            folders = self.session.known_folders(catalog, query.folders)
            narrowed = conditions(query, folders, catalog.first_and_last_day())
            liked = Feedback(*(_contents(catalog, paths) for paths in (more, less)))
            found = self._found(catalog, query, narrowed, limit, liked, tagged)
        found = [hit for hit in found if hit.confidence >= least]
        if cut:
            likely = [hit for hit in found if self._verdict([hit]) != NONE]
            found = likely or found[:NEAREST_SHOWN]
        return self._result(query, found)

    def _found(
        self,
        catalog: Catalog,
        query: Query,
        narrowed: Conditions | None,
        limit: int,
        feedback: Feedback,
        tagged: bool,
    ) -> list[Hit]:
        if narrowed is None:
            return []
        run = self._run(catalog, tagged)
        if query.text or query.like:
            images = self._examples(query)
            return run.by_content(query.sights, images, narrowed, query.exclude, limit, feedback)
        return run.by_conditions(narrowed, query.exclude, limit)

    def _examples(self, query: Query) -> list[tuple[Floats, float]]:
        """The photos to resemble: vector [D] and weight of each."""
        if not query.like:
            return []
        from cercafoto.photos.decoding.picture import open_upright

        side = self.session.encoder.preprocessing.resize_to
        pictures = [open_upright(path, side) for path in query.like]
        vectors = self.session.encoder.embed_images(pictures)
        return list(zip(vectors, query.like_weights or (1.0,) * len(query.like), strict=True))

    def explain(
        self,
        result: SearchResult,
        *,
        more: Sequence[bytes] = (),
        less: Sequence[bytes] = (),
    ) -> Explanation:
        """Why a result of `search`, with the same `more` and `less`, is what it is. Scores every
        photo again, and the labels by which photos are described. Raises as `search` does."""
        from cercafoto.search.explanation import Explainer

        query = result.query
        with self.session.catalog() as catalog:
            folders = self.session.known_folders(catalog, query.folders)
            explainer = Explainer(
                self._run(catalog),
                query,
                conditions(query, folders, catalog.first_and_last_day()),
                Feedback(*(_contents(catalog, paths) for paths in (more, less))),
                result.hits,
                self.settings.archive / LABEL_CACHE,
            )
            examples = self._examples(query)
            return self.session.with_vectors(catalog, lambda vectors: explainer(examples, vectors))

    def _run(self, catalog: Catalog, tagged: bool = True) -> SearchRun:
        return SearchRun(catalog, self.session, tagged)

    def _result(self, query: Query, hits: Sequence[Hit]) -> SearchResult:
        folder = self.session.model
        said = self._verdict(hits)
        return SearchResult(query, folder.name, folder.fingerprint, said, tuple(hits))

    def _verdict(self, hits: Sequence[Hit]) -> str:
        best = max((hit.confidence for hit in hits), default=0.0)
        return verdict(best, self.session.model.calibration) if hits else NONE

    # -- alike ---------------------------------------------------------------------------------

    def similar(
        self, photos: Sequence[Path], limit: int = 10, folders: Sequence[Path] = ()
    ) -> SearchResult:
        """The `limit` photos that look most like `photos`, indexed or not, best first, without
        these photos themselves and their exact copies. Raises as `search` does."""
        result = self.search(Query.parse([], photos, folders), limit + len(photos))
        with self.session.catalog() as catalog:
            known = {catalog.content_of(bytes.fromhex(file_digest(photo))) for photo in photos}
            own = {row.path for c in known if c is not None for row in catalog.photos_of(c)}
        hits = tuple(hit for hit in result.hits if hit.path not in own)[:limit]
        return replace(result, hits=hits, verdict=self._verdict(hits))

    def duplicates(
        self,
        folders: Sequence[Path] = (),
        *,
        exact: bool = False,
        reporter: Reporter = SILENT,
    ) -> Duplicates:
        """Photos that the archive holds more than once, at or under `folders`; exact: only those
        with the same bytes. Reads again what may be a copy; writes nothing, deletes nothing.

        Raises ArchiveError and UsageError as `search` does.
        """
        from cercafoto.search.duplicates import find
        from cercafoto.vectors.close_pairs import close_pairs, threshold

        with self.session.catalog() as catalog:
            files = catalog.files(self.session.known_folders(catalog, folders))
            contents = np.unique(np.array([file.content_id for file in files], np.int64))

            def look(vectors: VectorStore) -> Ints:
                rows = vectors.rows_of(contents)
                pairs = close_pairs(vectors, rows, threshold(vectors, rows))
                return np.asarray(vectors.contents)[pairs]

            none = np.empty((0, 2), np.int64)
            close = none if exact or not files else self.session.with_vectors(catalog, look)
        return find(files, close, reporter)

    # -- where ---------------------------------------------------------------------------------

    def where(self, photo: Path, text: str, covering: bool = False) -> PhotoRegion:
        """Find the part of a photo, in the archive or not, that matches `text`.

        Raises as `search.where_in_photo.find_in_photo`, and UsageError for an unknown model.
        """
        from cercafoto.search.where_in_photo import find_in_photo

        return find_in_photo(self._encoder_without_archive(), photo, text, covering)

    # -- tag -----------------------------------------------------------------------------------

    def tag(
        self,
        labels: Sequence[Label],
        label_file: str,
        paths: Sequence[Path] = (),
        *,
        threshold: float = TAG_FROM,
        most: int = 5,
        store: bool = True,
        reporter: Reporter = SILENT,
    ) -> TagResult:
        """Score every visible photo, or those at or under `paths`, against every label, from
        the stored vectors; choose as `labels.choice` says, with `threshold` for the labels that
        have none of their own, at most `most` a photo besides their genera; and, unless told not
        to, `store` them. What the same label file said of these photos before is replaced.

        Raises as `search` does, and UsageError when none of `paths` is in the archive.
        """
        with self.session.catalog() as reader:
            named = [absolute(path) for path in paths]
            unknown = tuple(path for path in named if not reader.knows(path))
            if named and len(unknown) == len(named):
                raise UsageError(
                    "Nessuna delle foto indicate è nell'archivio.",
                    "Prima indicizzale: cercafoto index CARTELLA",
                )
            contents = reader.visible_contents(named)
            model_id, _ = self.session.active_model(reader)
            from cercafoto.labels.choice import Choice
            from cercafoto.labels.label_vectors import scorer

            choice = Choice(labels, threshold, most)
            score = scorer(
                self.session.encoder, labels, self.settings.archive / LABEL_CACHE, reporter.say
            )

            def label(vectors: VectorStore) -> dict[int, tuple[tuple[str, float, float], ...]]:
                """Content -> its labels."""
                rows = vectors.rows_of(contents)
                tags = (
                    tuple(found) for part in vectors.parts(rows) for found in choice(*score(part))
                )
                return dict(zip(vectors.contents[rows].tolist(), tags, strict=True))

            tags = self.session.with_vectors(reader, label)
            tagged = tuple(
                Tagged(path, tags[content])
                for path, content in reader.paths(named)
                if content in tags
            )
        if store:
            with Catalog.create(self.settings.catalog) as catalog, catalog.transaction():
                catalog.write_tags(
                    list(tags),
                    ((content, *tag) for content, found in tags.items() for tag in found),
                    label_file,
                    model_id,
                )
        return TagResult(
            label_file,
            self.session.model.name,
            self.session.model.fingerprint,
            tagged,
            unknown,
            {label.name: label.path for label in labels},
        )

    def label_by_hand(
        self, path: bytes, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> None:
        """Give labels to an indexed photo, and take them away, whoever gave them; a label that a
        label file gave comes back the next time that file is asked.

        Raises UsageError (no such photo, or no such label can be), ArchiveBusyError, ArchiveError.
        """
        names = [" ".join(name.split()) for name in add]
        for name in names:
            if not name or len(name) > LONGEST_LABEL or not name.isprintable():
                raise UsageError(
                    f"«{printable(name)}» non può essere un'etichetta.",
                    f"Un'etichetta è una parola o poche, al massimo {LONGEST_LABEL} lettere.",
                )
        with self.session.writing() as catalog:
            content = catalog.content_at(path)
            if content is None:
                raise UsageError(f"{printable(path)}: non è nell'archivio.")
            model_id, _ = self.session.active_model(catalog)
            with catalog.transaction():
                for name in remove:
                    catalog.remove_label(content, name)
                for name in names:
                    catalog.add_label(content, name, model_id, now())

    def write_xmp(self, tagged: TagResult, rehearsal: bool = False) -> XmpReport:
        """Write the labels of `tag` into sidecars beside the photos; rehearsal: only say what
        would change. Photos themselves are never written.

        Raises ArchiveBusyError while another run has the archive, ArchiveError.
        """
        from cercafoto.labels.sidecars.write import write_sidecars

        photos = (
            (photo.path, [tagged.places[label] for label, _, _ in photo.tags])
            for photo in tagged.photos
        )
        with self.session.lock():
            name = Path(tagged.label_file).name
            return write_sidecars(photos, name, self.settings.archive, rehearsal)

    def undo_xmp(self, rehearsal: bool = False) -> XmpReport:
        """Put every sidecar back as it was before the last `write_xmp` that changed any. Those
        changed since stay, and are told. Raises as `write_xmp` does."""
        from cercafoto.labels.sidecars.write import XmpReport, undo_sidecars

        if not self.settings.archive.is_dir():
            return XmpReport(rehearsal)
        with self.session.lock():
            return undo_sidecars(self.settings.archive, rehearsal)

    # -- what there is -------------------------------------------------------------------------

    def status(self) -> Status:
        """Raises ArchiveError when there is no archive yet."""
        with self.session.catalog() as catalog:
            active = catalog.active_model
            fingerprint, name, _ = catalog.model(active) if active is not None else (None, None, 0)
            available = fingerprint is not None and (
                Registry(self.settings).find_by_fingerprint(fingerprint) is not None
            )
            return Status(
                archive=self.settings.archive,
                model=name,
                fingerprint=fingerprint,
                model_available=available,
                counts=catalog.counts(),
                roots=tuple(
                    (root, catalog.count_visible_under(root), os.path.isdir(root))
                    for root in catalog.roots()
                ),
                labels=tuple(catalog.labels()),
                pending=catalog.lacking_vector(active) if active is not None else 0,
                size=_size(self.settings.archive),
                exclusions=tuple(catalog.exclusions()),
                linked=tuple(r for r in catalog.roots() if catalog.follows_links(r)),
                stale_labels=tuple(catalog.stale_labels()),
            )

    def check(
        self,
        *,
        mend: bool = False,
        full: bool = False,
        reporter: Reporter = SILENT,
    ) -> CheckReport:
        """Is everything in the archive what it should be? See `archive.check.check`.

        Raises ArchiveError when there is no archive or it is beyond reading, ArchiveBusyError.
        """
        from cercafoto.archive.check import check

        if not (mend and self.settings.catalog.exists()):
            return check(self.settings, mend=False, full=full, reporter=reporter)
        with self.session.lock():
            return check(self.settings, mend=True, full=full, reporter=reporter)

    def clean(self, forget: Sequence[Path] = (), *, confirmed: bool = False) -> CleanReport:
        """Forget the photos that are gone or left out, and everything about the folders to
        `forget`; unless `confirmed`, only say what would be forgotten. Photos are never touched.

        Raises ArchiveError, ArchiveBusyError, UsageError (a folder that the archive does not
        know).
        """
        from cercafoto.archive.clean import clean

        with self.session.catalog() as catalog:
            named = [absolute(folder) for folder in forget]
            for folder in named:
                if folder not in catalog.roots():
                    self.session.known_folders(catalog, [Path(os.fsdecode(folder))])
            if not confirmed:
                return clean(catalog, named, False)
        with self.session.writing() as catalog:
            report = clean(catalog, named, True)
            if catalog.active_model is not None:
                self.session.vectors(catalog)
            return report

    def sample(self, most: int = 512) -> list[Path]:
        """Photos of the archive, evenly spread over it, at most so many; none without one."""
        try:
            with self.session.catalog() as catalog:
                files = catalog.files()
        except ArchiveError:
            return []
        step = max(1, -(-len(files) // most))
        return [Path(os.fsdecode(file.path)) for file in files[::step]]

    def problems(self) -> list[tuple[bytes, str]]:
        """(path, why) of every file that could not be read."""
        with self.session.catalog() as catalog:
            return catalog.problems()

    def _encoder_without_archive(self) -> Encoder:
        """Open the model asked for; else the archive's, where there is one; else the one that an
        archive would be made with. Nothing is downloaded."""
        from cercafoto.models.choice import preferred

        if self.settings.model == AUTO:
            with suppress(ArchiveError):  # there is none yet, or it is empty
                return self.session.encoder
        name = preferred(self.settings)
        folder = Registry(self.settings).find(name)
        if folder is None:
            raise unknown(name)
        return Encoder(folder)


def _contents(catalog: Catalog, paths: Sequence[bytes]) -> tuple[int, ...]:
    return tuple(c for path in paths if (c := catalog.content_at(path)) is not None)


def _size(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
