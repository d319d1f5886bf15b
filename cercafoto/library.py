"""The public Python interface: `Library` has a method for each thing that a person can do.

Begin reading here. What can be done with one subject (labels, faces, collections...) is in an
album: `library.labels.tag(...)`. Every method opens what it needs and calls the function of the
package that does the work. The command line, the page and the screen only turn what a person typed
into these calls, and results into text.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from cercafoto.archive.archive import Archive
from cercafoto.archive.open_archive import open_archive
from cercafoto.base.paths import absolute
from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.errors import ArchiveError, UsageError
from cercafoto.settings import Settings

if TYPE_CHECKING:
    # Imported only for annotations: without indexing and labelling a search starts twice as fast.
    from cercafoto.archive.local_archive import LocalArchive
    from cercafoto.collections.album import CollectionAlbum
    from cercafoto.duplicates.album import DuplicateAlbum
    from cercafoto.faces.album import FaceAlbum
    from cercafoto.indexing.check_archive import CheckReport
    from cercafoto.indexing.clean_archive import CleanReport
    from cercafoto.indexing.cluster.cluster_options import ClusterChoices
    from cercafoto.indexing.copy import Copied
    from cercafoto.indexing.folder_choices import FolderChoices
    from cercafoto.indexing.index_report import IndexReport
    from cercafoto.indexing.sharing import Sharing
    from cercafoto.indexing.thumbnails_ahead import ThumbnailReport
    from cercafoto.labels.album import LabelAlbum
    from cercafoto.looking.look_report import LookReport
    from cercafoto.looking.sense import Sense
    from cercafoto.models.shelf import ModelShelf
    from cercafoto.ocr.album import TextAlbum
    from cercafoto.photos.opening import PhotoFolders
    from cercafoto.question.query import Query
    from cercafoto.question.question import Question
    from cercafoto.results.answer import SearchResult
    from cercafoto.results.status import Status
    from cercafoto.search.collection_photos import CollectionPhotos
    from cercafoto.search.explain import Explanation
    from cercafoto.search.photo_album import PhotoAlbum


class Library:
    """A person's photo archive, opened when a method needs it.

    Use a with block to open the catalogue once for several calls. Every method that reads the
    archive raises ArchiveError if there is no archive yet or it is damaged. A shared archive can be
    searched, browsed and labelled, and has a `status`; other methods that need an archive raise
    UsageError.

    archive: an open archive to use instead of the one that `settings` names. A process that stays
        up and searches often, or from several threads, passes
        `open_archive(settings, resident=True)`.
    """

    def __init__(self, settings: Settings, archive: Archive | None = None) -> None:
        self.settings = settings
        self.archive = archive or open_archive(settings)
        self.archive.asked_collections = _collection_photos

    def __enter__(self) -> Self:
        self.archive.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.archive.__exit__()

    def local(self) -> LocalArchive:
        """Return the archive if it is on this machine. Raises UsageError if it is a shared one."""
        return self.archive.local()

    # -- index ---------------------------------------------------------------------------------

    def index(
        self,
        folders: Sequence[Path] = (),
        *,
        choices: FolderChoices | None = None,
        retry: bool = False,
        wait: bool = False,
        thumbnails: bool = False,
        cluster: ClusterChoices | None = None,
        by_person: bool = True,
        reporter: Reporter = SILENT,
    ) -> IndexReport:
        """Bring the archive up to date with the photos in `folders`, or in all known folders if
        none is named, and return what was new, changed, moved, missing or unreadable.

        Photo files are only read. If nothing changed, nothing is written to the archive. What
        photos show is also found out for photos that an older version indexed without it.

        choices: names to leave out of these folders, and whether to follow links in them, from now
            on; None: as before.
        retry: try again the files that could not be read.
        wait: wait while another run has the archive locked; otherwise raise ArchiveBusyError.
        thumbnails: also make a small copy of each photo that is read, if its decoded size is large
            enough; `prepare_thumbnails` makes the others.
        cluster: machines that read and embed the photos; None: this process does.
        by_person: whether the person named `folders`, on this computer. Beside their photos `.xmp`
            files may then be written, and duplicates in them moved, without a confirmation.

        Raises FolderNotFoundError, UsageError (nothing to index), ArchiveBusyError, ArchiveError,
        DiskFullError, ModelError, DeviceError, ClusterError. After a KeyboardInterrupt everything
        is stored except the batch in progress.
        """
        from cercafoto.indexing.update import update

        report = update(
            self.local(),
            folders,
            choices,
            retry=retry,
            wait=wait,
            thumbnails=thumbnails,
            cluster=cluster,
            by_person=by_person,
            reporter=reporter,
        )
        if report.is_news and os.path.lexists(self.settings.faces):
            with suppress(ArchiveError):  # damage is told wherever people are asked for
                self.faces.take_names_from_files()
        return report

    def watch(
        self,
        folders: Sequence[Path],
        refresh: Callable[[Sequence[bytes]], None],
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        """Watch `folders`, or all known folders if none is named, until a KeyboardInterrupt. Call
        `refresh` with the paths of the changed folders when changes have settled; with all paths
        once an hour, and when a folder appears or disappears.

        refresh: indexes the folders with these paths; called again later if it raises
            CercafotoError.
        say: gets a line for the person when an update fails, or the system cannot report changes.
        """
        from cercafoto.indexing.watcher import Watcher

        named = [absolute(folder) for folder in folders]
        own = (self.settings.archive, self.settings.models, self.settings.thumbnails)
        ignored = [os.fsencode(path) for path in own]
        Watcher(refresh, lambda: named or self.roots(), own_folders=ignored, say=say).run()

    def prepare_thumbnails(
        self,
        folders: Sequence[Path] = (),
        *,
        just_made: Set[bytes] = frozenset(),
        reporter: Reporter = SILENT,
    ) -> ThumbnailReport:
        """Make the missing small copies of the latest photos in `folders`, or in the whole archive
        if none is named, so that a page of photos appears at once. Return how many were made, were
        there already, and were skipped. The archive is only read.

        just_made: `copies` of the IndexReport of the run before, which are counted as made.

        Raises ArchiveError, DiskFullError, CercafotoError (the cache cannot be written, or no photo
        can be decoded). After a KeyboardInterrupt the copies made so far stay.
        """
        from cercafoto.indexing.thumbnails_ahead import prepare

        return prepare(self.local(), folders, reporter, just_made=just_made)

    def look(
        self,
        sense: Sense[Any],
        paths: Sequence[Path] = (),
        *,
        retry: bool = False,
        wait: bool = False,
        reporter: Reporter = SILENT,
    ) -> LookReport:
        """Look with a sense at the photos that it has not looked at yet, and return how the run
        went. See `catch_up` for arguments and errors.

        sense: one of `senses.SENSES`.
        """
        from cercafoto.looking.catch_up import catch_up

        return catch_up(self.local(), sense, paths, retry=retry, wait=wait, reporter=reporter)

    # -- search --------------------------------------------------------------------------------

    def parse(self, question: Question) -> Query:
        """Return a question as it is understood: filters, and the text that remains for the model.

        Place and camera names are those of the archive. Spelling suggestions come from the
        archive's labels and places and from common photo words.

        Raises UsageError (the question is empty, or names a label that no photo has) and
        ArchiveError (there is no archive).
        """
        from cercafoto.question.query import Query
        from cercafoto.search.parsing import parse

        try:
            return parse(self.archive, question)
        except ArchiveError:
            Query.of(question)  # raises UsageError first if no archive could answer the question
            raise

    def search(
        self,
        query: Query,
        limit: int = 10,
        *,
        min_confidence: float = 0.0,
        drop_unlikely: bool = False,
        tagged: bool = True,
        one_row_per_file: bool = False,
    ) -> SearchResult:
        """Return the photos that answer a query best, `limit` at most, in the order that the query
        asks for, by default the highest confidence first.

        Files of one shot share a hit. A query with example photos and no words leaves out the
        examples and their exact copies, and every other file is a hit of its own. Words that look
        misspelt are replaced by their likely correction if that gives a better answer
        (`SearchResult.corrected` names these words). If nothing matches, `SearchResult.reasons`
        says why, when filters or an empty archive are the cause.

        min_confidence: leave out photos with a lower confidence, 0 to 1.
        drop_unlikely: leave out photos too unlikely to count as an answer; if all are, keep the
            best three.
        tagged: fill in the hits' labels, which costs a millisecond for forty hits.
        one_row_per_file: make each file of a shot a hit of its own; exact copies still share one.

        Raises ArchiveError (no archive yet), ModelError (the archive's model is gone), UsageError
        (the archive does not know a folder to search in), ImageError (an example photo cannot be
        read).
        """
        from cercafoto.search.whole_answer import search

        return search(
            self.archive,
            query,
            limit,
            min_confidence=min_confidence,
            drop_unlikely=drop_unlikely,
            tagged=tagged,
            one_row_per_file=one_row_per_file,
        )

    def why_empty(self, query: Query) -> tuple[str, ...]:
        """Return reasons, as Italian sentences, why no photo answers a query; () unless the query's
        filters or an empty archive are the cause. Raises ArchiveError."""
        from cercafoto.search.why_empty import why_empty

        return why_empty(self.archive, query)

    def count(self, query: Query) -> int:
        """Return how many photos answer a query, counting copies. Raises the errors of `search`."""
        return self.search_all(query).total or 0

    def search_all(
        self, query: Query, *, min_confidence: float = 0.0, one_row_per_file: bool = False
    ) -> SearchResult:
        """Return an answer in which every matching photo is counted: `SearchResult.total` is never
        None. The hits have no labels. Parameters and errors are those of `search`."""
        from cercafoto.search.whole_answer import search_all

        return search_all(
            self.archive, query, min_confidence=min_confidence, one_row_per_file=one_row_per_file
        )

    def explain(self, result: SearchResult) -> Explanation:
        """Return why `search` gave this result: how each word was understood, what speaks for each
        hit, and which better photos filters hide. Scores every photo again. Raises the errors of
        `search`."""
        from cercafoto.search.explain import explain

        return explain(self.archive, result)

    # -- albums --------------------------------------------------------------------------------

    @property
    def photos(self) -> PhotoAlbum:
        """The photos to look through: by date, one by one, counted, and where they match a text."""
        from cercafoto.search.photo_album import PhotoAlbum

        return PhotoAlbum(self.archive)

    @property
    def labels(self) -> LabelAlbum:
        """The labels of the photos: give them, take them back, write them beside the photos."""
        from cercafoto.labels.album import LabelAlbum

        return LabelAlbum(self.archive)

    @property
    def texts(self) -> TextAlbum:
        """The words inside the photos: read, show and forget them."""
        from cercafoto.ocr.album import TextAlbum

        return TextAlbum(self.archive)

    @property
    def faces(self) -> FaceAlbum:
        """The faces in the photos: find them, ask whose they are, forget them. Raises UsageError if
        the archive is a shared one."""
        from cercafoto.faces.album import FaceAlbum

        return FaceAlbum(self.local())

    @property
    def collections(self) -> CollectionAlbum:
        """The questions that a person keeps, with their photos and the folder of links to them."""
        from cercafoto.collections.album import CollectionAlbum

        return CollectionAlbum(self.archive)

    @property
    def duplicates(self) -> DuplicateAlbum:
        """The photos that are there more than once: find them, move them aside, bring them back.
        Raises UsageError if the archive is a shared one."""
        from cercafoto.duplicates.album import DuplicateAlbum

        return DuplicateAlbum(self.local())

    @property
    def models(self) -> ModelShelf:
        """The models on this machine: list, download, add, choose and verify them."""
        from cercafoto.models.shelf import ModelShelf

        return ModelShelf(self.settings, self.sample, lambda: self.archive.model_name)

    @property
    def sharing(self) -> Sharing:
        """The shared archives that this one is sent to. Raises UsageError if it is a shared one."""
        from cercafoto.indexing.sharing import Sharing

        return Sharing(self.local())

    # -- the archive itself --------------------------------------------------------------------

    def photo_folders(self) -> PhotoFolders:
        """Return an opener for photo files that refuses any path outside the folders indexed now.

        Raises ArchiveError.
        """
        from cercafoto.photos.opening import PhotoFolders

        return PhotoFolders.fixed(self.archive.indexed_folders())

    @property
    def unsigned_reason(self) -> str:
        """Why something in the archive waits for the person: see `Seals.reason`."""
        return self.local().seals.reason

    def status(self) -> Status:
        """Return counts of what the archive contains. Raises ArchiveError (no archive yet)."""
        from cercafoto.senses import states

        return replace(self.archive.status(), senses=states(self.archive))

    def has_current_metadata(self) -> bool:
        """Whether `bring_metadata_up_to_date` has nothing to do; True for a shared archive, which
        has no names of people. Raises ArchiveError."""
        from cercafoto.indexing.stored_metadata import is_up_to_date

        return self.settings.shared is not None or is_up_to_date(self.local())

    def bring_metadata_up_to_date(self, reporter: Reporter = SILENT) -> None:
        """Recompute the metadata that an older version wrote, which took names of people for
        keywords. Call it before the archive is shown to others.

        Raises ArchiveError, DiskFullError; ArchiveBusyError only if there is something to do.
        """
        from cercafoto.indexing.stored_metadata import bring_up_to_date

        bring_up_to_date(self.local(), reporter)

    def check(
        self, *, mend: bool = False, full: bool = False, reporter: Reporter = SILENT
    ) -> CheckReport:
        """Check the archive and return every problem found.

        mend: repair what can be repaired.
        full: also read every photo again and compare its bytes with the indexed ones.

        Raises ArchiveError (no archive, or SQLite cannot open it), ArchiveBusyError (only with
        `mend`).
        """
        from cercafoto.indexing.check_archive import check
        from cercafoto.senses import SENSES

        return check(self.local(), SENSES, mend=mend, full=full, reporter=reporter)

    def copy(self, folder: Path) -> Copied:
        """Copy the archive into a new or empty folder, check the copy in full, and return its
        counts and size. Other processes may read and write the archive meanwhile.

        Raises UsageError (`folder` cannot be used), ArchiveError, DiskFullError, CercafotoError.
        """
        from cercafoto.indexing.copy import copy_archive

        return copy_archive(self.local(), folder)

    def clean(self, forget: Sequence[Path] = (), *, confirmed: bool = False) -> CleanReport:
        """Delete from the archive what it knows about photos that are gone or excluded, and return
        what was deleted. Photo files are never touched.

        forget: delete everything about these folders instead, and nothing else.
        confirmed: delete; otherwise only return what would be deleted.

        Raises ArchiveError, ArchiveBusyError, UsageError (the archive does not know a folder).
        """
        from cercafoto.indexing.clean_archive import clean
        from cercafoto.senses import SENSES

        return clean(self.local(), SENSES, forget, confirmed)

    def sample(self, most: int = 512) -> list[Path]:
        """Return the paths of at most `most` photos, evenly spread over the archive; [] if there is
        no archive, or if it is a shared one."""
        try:
            with self.local().catalog() as catalog:
                files = catalog.photos.files()
        except (ArchiveError, UsageError):
            return []
        step = max(1, -(-len(files) // most))
        return [Path(os.fsdecode(file.path)) for file in files[::step]]

    def problems(self) -> list[tuple[bytes, str]]:
        """Return (path, reason in Italian) of every file that could not be decoded, or whose words
        could not be read. Raises ArchiveError."""
        with self.local().catalog() as catalog:
            return sorted([*catalog.photos.problems(), *catalog.unread.listed()])

    def roots(self) -> list[bytes]:
        """Return the folders that `index` visits when no folder is named. Raises ArchiveError."""
        with self.local().catalog() as catalog:
            return catalog.folders.roots()


def _collection_photos(archive: Archive) -> CollectionPhotos:
    from cercafoto.search.collection_photos import CollectionPhotos

    return CollectionPhotos(archive)
