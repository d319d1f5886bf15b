"""The library of a person's photos: one method for each thing that a person does with it.

This is the public Python interface, and where to begin reading: every method opens what it needs
and calls one function of the room that does the work. The command line and the page only turn
arguments into these calls, and results into text.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Sequence, Set
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cercafoto.archive.archive import Archive, lacks_shared, open_archive
from cercafoto.base.paths import absolute
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.errors import ArchiveError
from cercafoto.question.filters.colour import MONOCHROME
from cercafoto.question.filters.names import LABEL
from cercafoto.results import (
    FOUND,
    NONE,
    Facets,
    Hit,
    PhotoDetail,
    ReadText,
    SearchResult,
    Status,
    TagResult,
    Tile,
    TilePage,
)
from cercafoto.settings import Settings

if TYPE_CHECKING:
    # What indexes and what labels: a search does without them, and imports in half the time.
    from cercafoto.archive.archive import Rows
    from cercafoto.archive.local_archive import LocalArchive
    from cercafoto.archive.shared.publisher import Published, Publisher
    from cercafoto.indexing.check_archive import CheckReport
    from cercafoto.indexing.clean_archive import CleanReport
    from cercafoto.indexing.cluster.cluster_options import ClusterChoices
    from cercafoto.indexing.copy import Copied
    from cercafoto.indexing.folder_choices import FolderChoices
    from cercafoto.indexing.index_report import IndexReport
    from cercafoto.indexing.set_aside import ReturnReport, SetAsideReport
    from cercafoto.indexing.thumbnails_ahead import ThumbnailReport
    from cercafoto.labels.by_hand import HandLabels
    from cercafoto.labels.forget_labels import ForgottenLabels
    from cercafoto.labels.label_file import Label
    from cercafoto.labels.sidecars.write import XmpReport
    from cercafoto.labels.undoing import UndoneLabels
    from cercafoto.models.shelf import ModelShelf
    from cercafoto.ocr.read_run import TextReport
    from cercafoto.photos.opening import PhotoFolders
    from cercafoto.question.query import Own, Query
    from cercafoto.question.question import Question
    from cercafoto.search.duplicate_groups import Duplicates
    from cercafoto.search.elsewhere import FolderComparison
    from cercafoto.search.explain import Explanation
    from cercafoto.search.where_in_photo import PhotoRegion


NOTHING_READ = "non è ancora stata letta nessuna parola nelle foto: le legge «cercafoto leggi»"
COLOURS_UNKNOWN = "di alcune foto non si sa se sono a colori: lo impara «cercafoto index --rileggi»"


def _said(rows: Rows, query: Query) -> Own:
    from cercafoto.search.own_matches import words_said  # late: few questions have such words

    return words_said(rows, query)


def _noted(rows: Rows, query: Query, written: bool) -> Query:
    """Return a query with notes about what the archive lacks to answer it.

    written: whether words were read in any photo.
    """
    notes = query.notes
    if query.written and not written:
        notes = (*notes, NOTHING_READ)
    if MONOCHROME.name in query.filters and rows.photos.lacks_colours():
        notes = (*notes, COLOURS_UNKNOWN)
    meant = query.meant and _noted(rows, query.meant, written)
    return replace(query, notes=notes, meant=meant)


class Library:
    """An archive of photos.

    archive: one that is open already; of `open_archive(settings, resident=True)` for a process that
        stays up and searches often, or from several threads. Within a with block the catalogue is
        opened once for all questions.
    """

    def __init__(self, settings: Settings, archive: Archive | None = None) -> None:
        self.settings = settings
        self.archive = archive or open_archive(settings)

    def __enter__(self) -> Self:
        self.archive.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.archive.__exit__()

    def local(self) -> LocalArchive:
        """Return the archive, which is one of this machine. Raises UsageError for a shared one."""
        return self.archive.local()

    # -- index ---------------------------------------------------------------------------------

    def index(
        self,
        folders: Sequence[Path] = (),
        *,
        choices: FolderChoices | None = None,
        retry: bool = False,
        reread: bool = False,
        wait: bool = False,
        thumbnails: bool = False,
        cluster: ClusterChoices | None = None,
        reporter: Reporter = SILENT,
    ) -> IndexReport:
        """Bring the archive up to date with `folders`, or with all known ones; where nothing
        changed, nothing is written.

        choices: what to leave out of these folders from now on.
        retry: read again what could not be read.
        reread: read again photos whose colours were not looked at, by an older version.
        wait: until another run has let the archive go.
        thumbnails: make small copies of what is read on the way, where its pixels are enough for
            them; `prepare_thumbnails` makes the others.
        cluster: machines that read and embed instead of this process.

        Raises FolderNotFoundError, UsageError (nothing to index), ArchiveBusyError, ArchiveError,
        DiskFullError, ModelError, DeviceError, ClusterError. KeyboardInterrupt leaves all but the
        batch in hand written.
        """
        from cercafoto.indexing.update import update

        return update(
            self.local(),
            folders,
            choices,
            retry=retry,
            reread=reread,
            wait=wait,
            thumbnails=thumbnails,
            cluster=cluster,
            reporter=reporter,
        )

    def watch(
        self,
        folders: Sequence[Path],
        refresh: Callable[[Sequence[bytes]], None],
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        """Call `refresh` with those of `folders`, or of all known ones, in which something
        changed, whenever something did, until a KeyboardInterrupt."""
        from cercafoto.indexing.watcher import Watcher

        named = [absolute(folder) for folder in folders]
        own = (self.settings.archive, self.settings.models, self.settings.thumbnails)
        apart = [os.fsencode(path) for path in own]
        Watcher(refresh, lambda: named or self.roots(), own_folders=apart, say=say).run()

    def prepare_thumbnails(
        self,
        folders: Sequence[Path] = (),
        *,
        just_made: Set[bytes] = frozenset(),
        reporter: Reporter = SILENT,
    ) -> ThumbnailReport:
        """Make the small copies that are lacking of the latest photos, so that a page of them has
        none to wait for. See `indexing.thumbnails_ahead.prepare`.

        just_made: `copies` of the report of the indexing before.
        """
        from cercafoto.indexing.thumbnails_ahead import prepare

        return prepare(self.local(), folders, reporter, just_made=just_made)

    # -- search --------------------------------------------------------------------------------

    def read(self, question: Question) -> Query:
        """Understand a question in this archive: its places, its cameras, and as the words that a
        slip of the pen may have meant its labels and places, and those that photos usually show.

        Raises UsageError for a question that asks nothing or for a label that no photo bears,
        ArchiveError where there is no archive.
        """
        from cercafoto.labels.asked_labels import spelt_as_known
        from cercafoto.labels.likely_words import usual_words
        from cercafoto.places.lookup import Places
        from cercafoto.question.grammar.feasts import FEASTS
        from cercafoto.question.query import Query

        try:
            with self.archive.reading() as archive:
                labels = spelt_as_known(archive, question.typed.get(LABEL.key, ()))
                question = replace(question, typed=question.typed.but(labels=labels))
                query = Query.of(
                    question,
                    places=Places(archive.photos),
                    cameras=archive.words.camera_names(),
                    vocabulary=chain(
                        archive.labels.names(),
                        archive.words.place_names(),
                        FEASTS,
                        usual_words(),
                    ),
                    written=(written := archive.texts.are_read()),
                    is_right=archive.words.mentions,
                    said=lambda query: _said(archive, query),
                )
                return _noted(archive, query, written)
        except ArchiveError:
            Query.of(question)  # what makes no sense in any archive is said first
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
        """Return the `limit` photos that answer best, the surest first; files of one shot share a
        row. If the query has example photos and no words, the examples and their exact copies are
        left out, and every other file has a row. Words that look misspelt are replaced by the words
        that may be meant, if these give a better answer.

        min_confidence: leave out photos with less.
        drop_unlikely: also leave out photos too unlikely to count as an answer; if all are, the
            nearest three stay.
        tagged: whether the hits need their labels, which cost a millisecond for forty.
        one_row_per_file: give a row to each file of a shot; exact copies still share one.

        Raises ArchiveError (no archive yet), ModelError (its model is gone), UsageError (a
        folder to search in that the archive does not know), ImageError (`like`).
        """
        from cercafoto.search.answer import answer
        from cercafoto.search.answer_order import in_order

        answered = partial(
            answer,
            self.archive,
            limit=limit,
            min_confidence=min_confidence,
            drop_unlikely=drop_unlikely,
            tagged=tagged,
            one_row_per_file=one_row_per_file,
        )
        result = answered(query)
        if query.meant is not None and result.verdict != FOUND:
            meant = answered(replace(query.meant, limit=query.limit))
            if meant.verdict == FOUND or result.verdict == NONE != meant.verdict:
                result = replace(meant, corrected=query.corrections)
        if result.verdict == NONE:
            result = replace(result, reasons=self.why_empty(query))
        return in_order(result, query.order)

    def why_empty(self, query: Query) -> tuple[str, ...]:
        """Return the reasons why no photo answers a query, if its filters or an empty archive are
        the cause."""
        from cercafoto.search.why_empty import why_empty

        return why_empty(self.archive, query)

    def count(self, query: Query) -> int:
        """Count the photos that answer, copies among them. Raises as `search`."""
        return self.search_all(query).total or 0

    def search_all(
        self, query: Query, *, min_confidence: float = 0.0, one_row_per_file: bool = False
    ) -> SearchResult:
        """Return an answer whose `total` is never None: look at more photos until all are counted.
        Parameters and errors are those of `search`."""
        limit = 1000
        while True:
            result = self.search(
                query,
                limit,
                min_confidence=min_confidence,
                tagged=False,
                one_row_per_file=one_row_per_file,
            )
            if result.total is not None:
                return result
            limit *= 10

    def explain(self, result: SearchResult) -> Explanation:
        """Say why a result of `search` is what it is. Scores every photo again, and the labels by
        which photos are described. Raises as `search`."""
        from cercafoto.search.explain import explain

        return explain(self.archive, result)

    def duplicates(
        self,
        folders: Sequence[Path] = (),
        outside: Sequence[Path] = (),
        *,
        exact: bool = False,
        prefer: Sequence[Path] = (),
        reporter: Reporter = SILENT,
    ) -> Duplicates:
        """Find the photos that the archive holds more than once, at or under `folders` and not
        `outside`; exact: only those with the same bytes. Of each, one in a folder of `prefer` is
        kept if there is any. Reads again what may be a copy; writes nothing, deletes nothing.

        Raises ArchiveError and UsageError as `search`.
        """
        from cercafoto.search.duplicate_groups import find_duplicates

        return find_duplicates(self.local(), folders, outside, exact, prefer, reporter)

    def set_duplicates_aside(
        self,
        folder: Path,
        folders: Sequence[Path] = (),
        outside: Sequence[Path] = (),
        *,
        exact: bool = False,
        prefer: Sequence[Path] = (),
        confirmed: bool = False,
        reporter: Reporter = SILENT,
    ) -> tuple[Duplicates, SetAsideReport]:
        """Find duplicates as `duplicates` does, and move all of each group but the one to keep into
        `folder`, with their sidecars and their path below the indexed folder; unless `confirmed`,
        only say what would be moved. Nothing is replaced, and `bring_duplicates_back` undoes it.

        Raises UsageError (a folder that is indexed, or holds one), DiskFullError, ArchiveBusyError,
        and as `duplicates`.
        """
        from cercafoto.indexing.set_aside import Extra, setting_aside

        with setting_aside(self.local(), folder, confirmed) as mover:
            duplicates = self.duplicates(
                folders, outside, exact=exact, prefer=prefer, reporter=reporter
            )
            extras = [Extra(o, group.best) for group in duplicates.groups for o in group.others]
            return duplicates, mover.move(extras, reporter)

    def bring_duplicates_back(self) -> ReturnReport:
        """Move what the last `set_duplicates_aside` moved back to where it was. What was changed
        since stays, and is named. Raises ArchiveBusyError, ArchiveError."""
        from cercafoto.indexing.set_aside import bring_back

        return bring_back(self.local())

    def compare_folder(
        self,
        folder: Path,
        folders: Sequence[Path] = (),
        outside: Sequence[Path] = (),
        *,
        exact: bool = False,
        reporter: Reporter = SILENT,
    ) -> FolderComparison:
        """Tell which photos at or under a folder, indexed or not, the archive has elsewhere, at or
        under `folders` and not `outside`; exact: only those with the same bytes.

        Raises FolderNotFoundError, ArchiveError, and UsageError as `search`.
        """
        from cercafoto.search.elsewhere import compare_folder

        return compare_folder(self.local(), folder, folders, outside, exact, reporter)

    def where(self, photo: Path | PipedPicture, text: str, covering: bool = False) -> PhotoRegion:
        """Find the part of a photo, in the archive or not, that matches `text`.

        Raises as `search.where_in_photo.find_in_photo`, and UsageError for an unknown model.
        """
        from cercafoto.search.where_in_photo import find_in_photo

        return find_in_photo(self.archive.encoder_without_archive(), photo, text, covering)

    # -- look through --------------------------------------------------------------------------

    def browse(self, query: Query | None, limit: int, after: str = "") -> TilePage:
        """Show the photos that fulfil a query's conditions, or all, the latest first, those
        without a date last. after: `TilePage.after` of the page before.

        Raises ArchiveError, and ValueError for any other `after`.
        """
        from cercafoto.search.by_date import browse

        return browse(self.archive, query, limit, after)

    def facets(self, query: Query | None, among: Sequence[int] | None = None) -> Facets:
        """Count years, places and labels over the photos that fulfil a query's conditions, or all;
        among: of these ids only."""
        from cercafoto.search.by_date import count_facets

        return count_facets(self.archive, query, among)

    def photo_ids(self, hits: Sequence[Hit]) -> list[int]:
        """Look up the ids of the photos of an answer, copies among them."""
        from cercafoto.search.by_date import photo_ids

        return photo_ids(self.archive, hits)

    def tiles(self, photo_ids: Iterable[int]) -> dict[int, Tile]:
        """Look up the photos of these ids, without those that are gone."""
        with self.archive.reading() as archive:
            return archive.browsing.tiles(photo_ids)

    def detail(self, photo_id: int) -> PhotoDetail | None:
        """Tell all that is known of a photo; None where it is gone."""
        with self.archive.reading() as archive:
            return archive.browsing.detail(photo_id)

    def text_of(self, content_id: int) -> ReadText | None:
        """Tell what is written in a content; None where it was not read."""
        with self.archive.reading() as archive:
            return archive.texts.of_content(content_id)

    def indexed_folders(self) -> dict[bytes, bool]:
        """Return the folders of this machine beneath which the archive's photos lie, and whether
        links beneath each are followed. Raises ArchiveError."""
        return self.archive.indexed_folders()

    def photo_folders(self) -> PhotoFolders:
        """Return what opens the photos of the folders that are indexed now. Raises ArchiveError."""
        from cercafoto.photos.opening import PhotoFolders

        return PhotoFolders.fixed(self.indexed_folders())

    def small_copy(self, digest: bytes) -> bytes | None:
        """Look up the small copy of a content, WebP, that a source sent to a shared archive."""
        return self.archive.small_copy(digest)

    # -- labels --------------------------------------------------------------------------------

    def tag(
        self,
        labels: Sequence[Label],
        label_file: str,
        paths: Sequence[Path] = (),
        *,
        threshold: float | None = None,
        most: int | None = None,
        store: bool = True,
        reporter: Reporter = SILENT,
    ) -> TagResult:
        """Score every visible photo, or those at or under `paths`, against every label, from
        the stored vectors; choose as `label_choice` says, with `threshold` for the labels that have
        none of their own, at most `most` a photo besides their genera (None: as many and as
        sure as is usual); and, unless told not to, `store` them. What the same label file said of
        these photos before is replaced.

        threshold: None also keeps labels below 0.5 out of the sidecars of `write_xmp`.

        Raises as `search`, and UsageError when none of `paths` is in the archive.
        """
        from cercafoto.labels.label_choice import MOST
        from cercafoto.labels.tagging import tag

        return tag(
            self.archive,
            labels,
            label_file,
            paths,
            threshold=threshold,
            most=MOST if most is None else most,
            store=store,
            reporter=reporter,
        )

    def label_by_hand(
        self, path: bytes, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> None:
        """Do what `label_photos` does, for one photo; taking away what it has not is no error."""
        from cercafoto.labels.by_hand import label_photos

        photo = Path(os.fsdecode(path))
        label_photos(self.archive, [photo], add, remove, missing_ok=True)

    def label_photos(
        self,
        paths: Sequence[Path],
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
        *,
        rehearsal: bool = False,
    ) -> HandLabels:
        """Give labels by hand to the photos at or under `paths`, and take them away, whoever gave
        them; a label that a label file gave comes back the next time that file is asked. A label
        that the archive has, but for capitals and accents, is used as it stands there.

        rehearsal: only say what would change.

        Raises UsageError (none of `paths` is in the archive, no such label can be, or to take
        away is one that no photo has), ArchiveBusyError, ArchiveError.
        """
        from cercafoto.labels.by_hand import label_photos

        return label_photos(self.archive, paths, add, remove, rehearsal=rehearsal)

    def labels_like(self, typed: str, without: Collection[str] = ()) -> list[str]:
        """Find a few labels in use that have `typed` in them, whatever its accents and capitals,
        those that begin with it first. Raises ArchiveError."""
        from cercafoto.labels.proposals import labels_like

        return labels_like(self.archive, typed, without)

    def forget_label_file(self, label_file: Path, *, rehearsal: bool = False) -> ForgottenLabels:
        """Take back all labels that a label file gave, whether it is still there or not; rehearsal:
        only say which. Labels given by hand and by other files stay.

        Raises UsageError where it gave none, ArchiveBusyError, ArchiveError.
        """
        from cercafoto.labels.forget_labels import forget_label_file

        return forget_label_file(self.local(), label_file, rehearsal)

    def write_xmp(
        self, labels: TagResult | HandLabels | ForgottenLabels, rehearsal: bool = False
    ) -> XmpReport:
        """Bring the sidecars beside the photos up to what `tag`, `label_photos` or
        `forget_label_file` did, or would; with the labels of `tag` go those that the person gave to
        the same photos. rehearsal: only say what would change. Photos themselves are never written.

        Raises ArchiveBusyError while another run has the archive, ArchiveError.
        """
        from cercafoto.labels.sidecars.wanted import wanted
        from cercafoto.labels.sidecars.write import write_sidecars

        with self.local().lock():
            photos = wanted(self.local(), labels)
            return write_sidecars(
                photos, self.settings.archive, rehearsal, self.photo_folders(), labels.action
            )

    def undo_labels(self, rehearsal: bool = False) -> UndoneLabels:
        """Put labels back as they were before the last `tag`, `label_photos`, `label_by_hand` or
        `forget_label_file` that changed any, and with them the sidecars that `write_xmp` wrote for
        it; called again, before the one before. A sidecar that was changed since stays, and is
        named. rehearsal: only say what would change.

        Raises UsageError for a shared archive, ArchiveBusyError, ArchiveError.
        """
        from cercafoto.labels.undoing import undo_labels

        return undo_labels(self.local(), rehearsal)

    # -- words inside photos -------------------------------------------------------------------

    def read_texts(
        self,
        paths: Sequence[Path] = (),
        *,
        every: bool = False,
        again: bool = False,
        wait: bool = False,
        reporter: Reporter = SILENT,
    ) -> TextReport:
        """Read the words inside the photos at or under `paths`, or inside all, that were not read
        yet, the likeliest to bear any first; those that hardly bear words are left out, unless they
        are named themselves. KeyboardInterrupt leaves written what was read.

        every: those that hardly bear words too.
        again: also what another version of the engine read, or could not read.
        wait: until another run has let the archive go.

        Raises EngineError (nothing to read with), UsageError (none of `paths` is in the archive),
        ArchiveError, ArchiveBusyError, DiskFullError, ModelError.
        """
        from cercafoto.ocr.read_run import read_texts

        return read_texts(
            self.local(), paths, every=every, again=again, wait=wait, reporter=reporter
        )

    def text_in(self, photo: Path | PipedPicture) -> ReadText:
        """Tell what is written in a photo, indexed or not: as it was read, else read now, which
        stores nothing. Raises EngineError, ImageError, FolderNotFoundError."""
        from cercafoto.ocr.one_photo import text_in

        return text_in(self.archive, photo)

    def forget_texts(self, *, confirmed: bool = False) -> int:
        """Forget the words that were read inside photos, and which could not be; unless
        `confirmed`, only count of how many photos. Raises ArchiveBusyError, ArchiveError."""
        from cercafoto.ocr.forget_texts import forget_texts

        return forget_texts(self.local(), confirmed)

    # -- models --------------------------------------------------------------------------------

    @property
    def models(self) -> ModelShelf:
        """The models of this machine."""
        from cercafoto.models.shelf import ModelShelf

        return ModelShelf(self.settings, self.sample)

    # -- the archive itself --------------------------------------------------------------------

    def status(self) -> Status:
        """Count what the archive holds. Raises ArchiveError when there is none yet."""
        return self.archive.status()

    def publish(
        self,
        address: str,
        source: str,
        *,
        migrate: bool = False,
        small_copies: bool = False,
        reporter: Reporter = SILENT,
    ) -> Published:
        """Bring the shared archive at an address up to date with this one, as a source of it; where
        nothing changed, nothing is written.

        migrate: bring the tables of an older version up to date too.
        small_copies: send the small copies of the photos as well.

        Raises ArchiveError, ArchiveBusyError, DiskFullError, UsageError (no such name of a source).
        """
        archive = self.local()
        stamp = repr(archive.stamp())
        with _publisher()(address, source, migrate=migrate) as publisher:
            return publisher.publish(archive, stamp, small_copies, reporter)

    @staticmethod
    def shared_preparation() -> str:
        """Write the SQL that makes the users of a shared archive."""
        from cercafoto.archive.shared.schema import preparation

        return preparation()

    @staticmethod
    def remove_source(address: str, source: str, *, confirmed: bool = False) -> int:
        """Take a source away from a shared archive, or only count its photos where that is not
        confirmed: how many there are. Raises as `publish`."""
        with _publisher()(address, source) as publisher:
            return publisher.remove(confirmed=confirmed)

    def check(
        self, *, mend: bool = False, full: bool = False, reporter: Reporter = SILENT
    ) -> CheckReport:
        """Check that everything in the archive is what it should be. See `indexing.check.check`."""
        from cercafoto.indexing.check_archive import check

        return check(self.local(), mend=mend, full=full, reporter=reporter)

    def copy(self, folder: Path) -> Copied:
        """Copy the archive into a new folder while others read it and write to it, and check the
        copy in full. See `indexing.copy.copy_archive`."""
        from cercafoto.indexing.copy import copy_archive

        return copy_archive(self.local(), folder)

    def clean(self, forget: Sequence[Path] = (), *, confirmed: bool = False) -> CleanReport:
        """Forget the photos that are gone or left out; or everything about the folders to
        `forget`, and nothing else; unless `confirmed`, only say what would be forgotten. Photos
        are never touched.

        Raises ArchiveError, ArchiveBusyError, UsageError (a folder that the archive does not
        know).
        """
        from cercafoto.indexing.clean_archive import clean

        return clean(self.local(), forget, confirmed)

    def sample(self, most: int = 512) -> list[Path]:
        """Pick photos of the archive, evenly spread over it, at most so many; none without one."""
        try:
            with self.local().catalog() as catalog:
                files = catalog.photos.files()
        except ArchiveError:
            return []
        step = max(1, -(-len(files) // most))
        return [Path(os.fsdecode(file.path)) for file in files[::step]]

    def problems(self) -> list[tuple[bytes, str]]:
        """List (path, why) of every file that could not be read, or whose words could not."""
        with self.local().catalog() as catalog:
            return sorted([*catalog.photos.problems(), *catalog.unread_texts.listed()])

    def roots(self) -> list[bytes]:
        """List the folders that an `index` without any goes through. Raises ArchiveError."""
        with self.local().catalog() as catalog:
            return catalog.folders.roots()


def _publisher() -> type[Publisher]:
    try:
        from cercafoto.archive.shared.publisher import Publisher
    except ImportError as error:
        raise lacks_shared() from error
    return Publisher
