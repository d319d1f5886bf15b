"""The public Python interface: `Library` has one method for each thing that a person can do.

Begin reading here. Every method opens what it needs and calls one function of the package that
does the work. The command line, the page and the screen only turn what a person typed into these
calls, and results into text.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Container, Iterable, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from cercafoto.archive.archive import Archive, lacks_shared, open_archive
from cercafoto.base.paths import absolute
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.errors import ArchiveError, UsageError
from cercafoto.settings import Settings

if TYPE_CHECKING:
    # Imported only for annotations: without indexing and labelling a search starts twice as fast.
    from cercafoto.archive.local_archive import LocalArchive
    from cercafoto.archive.shared.publisher import Published, Publisher
    from cercafoto.faces.album import FaceAlbum
    from cercafoto.indexing.check_archive import CheckReport
    from cercafoto.indexing.clean_archive import CleanReport
    from cercafoto.indexing.cluster.cluster_options import ClusterChoices
    from cercafoto.indexing.collection_folder import FolderReport
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
    from cercafoto.looking.look_report import LookReport
    from cercafoto.looking.sense import Sense
    from cercafoto.models.shelf import ModelShelf
    from cercafoto.photos.opening import PhotoFolders
    from cercafoto.question.filters.filter import Filter
    from cercafoto.question.query import Query
    from cercafoto.question.question import Question
    from cercafoto.results.answer import Hit, SearchResult
    from cercafoto.results.collections import Collection, CollectionPhotos
    from cercafoto.results.labels import TagResult
    from cercafoto.results.photos import Facets, PhotoDetail, Tile, TilePage
    from cercafoto.results.status import Status
    from cercafoto.results.texts import ReadText
    from cercafoto.search.duplicate_groups import Duplicates
    from cercafoto.search.elsewhere import FolderComparison
    from cercafoto.search.explain import Explanation
    from cercafoto.search.where_in_photo import PhotoRegion


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

        return update(
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

    def duplicates(
        self,
        folders: Sequence[Path] = (),
        outside: Sequence[Path] = (),
        *,
        exact: bool = False,
        prefer: Sequence[Path] = (),
        reporter: Reporter = SILENT,
    ) -> Duplicates:
        """Return the groups of photos that are copies of each other, each with the photo to keep.

        Candidates are read again and compared. Nothing is written, moved or deleted.

        folders: look only at photos at or under these paths; none: the whole archive.
        outside: leave out photos at or under these paths.
        exact: only files with the same bytes are copies.
        prefer: keep the photo of a group that is in one of these folders, if there is any.

        Raises ArchiveError, UsageError (the archive does not know a folder).
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
        """Find duplicates as `duplicates` does, and move every photo except the ones to keep into
        `folder`, each with its sidecars and its path below the indexed folder.

        Return the groups, and what was moved. No file is replaced; `bring_duplicates_back` undoes
        the move.

        confirmed: move the files; otherwise only return what would be moved.

        Raises UsageError (`folder` is indexed or contains an indexed folder), DiskFullError,
        ArchiveBusyError, and the errors of `duplicates`.
        """
        from cercafoto.indexing.set_aside import Extra, setting_aside

        with setting_aside(self.local(), folder, confirmed) as mover:
            duplicates = self.duplicates(
                folders, outside, exact=exact, prefer=prefer, reporter=reporter
            )
            extras = [Extra(o, group.best) for group in duplicates.groups for o in group.others]
            return duplicates, mover.move(extras, reporter)

    def bring_duplicates_back(self, confirmed: bool = False) -> ReturnReport:
        """Move the files of the last `set_duplicates_aside` back to where they were. Return the
        photos that came back, and the files that did not. A file that was changed since, or whose
        place is taken, stays.

        confirmed: as for `undo_labels`.

        Raises ArchiveBusyError, ArchiveError.
        """
        from cercafoto.indexing.set_aside import bring_back

        return bring_back(self.local(), confirmed)

    def compare_folder(
        self,
        folder: Path,
        folders: Sequence[Path] = (),
        outside: Sequence[Path] = (),
        *,
        exact: bool = False,
        reporter: Reporter = SILENT,
    ) -> FolderComparison:
        """Return which photos of `folder`, indexed or not, the archive also has somewhere else.

        folders: look for copies only at or under these paths; none: the whole archive.
        outside: do not look for copies at or under these paths.
        exact: only files with the same bytes are copies.

        Raises FolderNotFoundError, ArchiveError, UsageError (the archive does not know one of
        `folders` or `outside`).
        """
        from cercafoto.search.elsewhere import compare_folder

        return compare_folder(self.local(), folder, folders, outside, exact, reporter)

    def where(
        self,
        photo: Path | PipedPicture,
        text: str,
        covering: bool = False,
        at: float | None = None,
    ) -> PhotoRegion:
        """Return the part of a photo, indexed or not, that matches `text`, with a heat map. Of a
        video, the part of the frame that matches best.

        at: of a video, the time in seconds of the frame to look at. If the video is indexed, the
            frame that a search names by this second.
        covering: hide one part of the photo at a time and see how the match drops. Slower, but it
            works with any model; otherwise the model's own patches are compared with the text.

        Raises UsageError (`text` is blank), UnknownModelError, ModelError (the model has no
        patches), ImageError.
        """
        from cercafoto.search.moment_asked import moment_asked
        from cercafoto.search.where_in_photo import find_in_photo

        if isinstance(photo, Path):
            at = moment_asked(self.archive, photo, text, at)
        return find_in_photo(self.archive.encoder_without_archive(), photo, text, covering, at)

    # -- look through --------------------------------------------------------------------------

    def browse(self, query: Query | None, limit: int, after: str = "") -> TilePage:
        """Return a page of the photos that pass a query's filters, the latest first and photos
        without a date last.

        query: None for all photos.
        limit: photos on the page.
        after: `TilePage.after` of the page before; "" for the first page.

        Raises ArchiveError, and ValueError if `after` is not from a page.
        """
        from cercafoto.search.by_date import browse

        return browse(self.archive, query, limit, after)

    def facets(
        self,
        query: Query | None,
        among: Sequence[int] | None = None,
        only: Filter[Any] | None = None,
    ) -> Facets:
        """Return how many photos each year, place, person, label, folder and camera has.

        query: count only photos that pass its filters; None: all photos.
        among: count only photos with these ids.
        only: count only the values of this filter, which may take longer.

        Raises ArchiveError.
        """
        from cercafoto.search.by_date import count_facets

        return count_facets(self.archive, query, among, only)

    def photo_ids(self, hits: Sequence[Hit]) -> list[int]:
        """Return the ids of the photos of hits, copies included. Raises ArchiveError."""
        from cercafoto.search.by_date import photo_ids

        return photo_ids(self.archive, hits)

    def tiles(self, photo_ids: Iterable[int]) -> dict[int, Tile]:
        """Return photo id -> what the page shows of that photo. Ids of deleted photos are left out.

        Raises ArchiveError.
        """
        with self.archive.reading() as archive:
            return archive.browsing.tiles(photo_ids)

    def detail(self, photo_id: int) -> PhotoDetail | None:
        """Return everything the archive knows about a photo, None if there is no such photo.

        Raises ArchiveError.
        """
        with self.archive.reading() as archive:
            detail = archive.browsing.detail(photo_id)
            if detail is None:
                return None
            return replace(detail, people=tuple(archive.people.regions_of(detail.content_id)))

    def text_of(self, content_id: int, frame: float | None = None) -> ReadText | None:
        """Return the words read in the photos of a content, None if these photos have not been
        read.

        frame: time in seconds of the frame of a video; None for the first.

        Raises ArchiveError.
        """
        with self.archive.reading() as archive:
            if frame is not None:
                frames = archive.photos.frames_of([content_id]).items()
                at = (each for each, row in frames if abs(row.start - frame) < 0.001)
                content_id = next(at, content_id)
            return archive.texts.of_content(content_id)

    def people(self) -> list[tuple[str, int]]:
        """Return (name, number of photos) of the people whom the photos name, most photos first.

        Raises ArchiveError.
        """
        from cercafoto.question.filters.filter import Filters

        with self.archive.reading() as archive:
            return archive.people.count(Filters())

    def people_problem(self) -> ArchiveError | None:
        """Return why the faces of people cannot be read, so that `people` may lack some; None if
        it lacks nobody. Raises ArchiveError."""
        with self.archive.reading() as archive:
            return archive.people.problem()

    def indexed_folders(self) -> dict[bytes, bool]:
        """Return folder -> whether links inside it are followed, for the folders on this machine
        that contain the archive's photos. Raises ArchiveError."""
        return self.archive.indexed_folders()

    def photo_folders(self) -> PhotoFolders:
        """Return an opener for photo files that refuses any path outside the folders indexed now.

        Raises ArchiveError.
        """
        from cercafoto.photos.opening import PhotoFolders

        return PhotoFolders.fixed(self.indexed_folders())

    def small_copy(self, digest: bytes) -> bytes | None:
        """Return the small copy (WebP) of a photo that was published with a shared archive; None if
        the archive has no such copy, or is on this machine. Raises ArchiveError.

        digest: SHA-256 of the photo's content.
        """
        return self.archive.small_copy(digest)

    # -- collections ---------------------------------------------------------------------------

    def keep_question(
        self,
        name: str,
        question: Question,
        *,
        min_confidence: float = 0.0,
        replace: bool = False,
    ) -> CollectionPhotos:
        """Keep a question under a name, and return the new collection with its photos, which count
        as seen.

        min_confidence: leave out photos with a lower confidence, 0 to 1.
        replace: if there is a collection with this name, change its question. What was said by hand
            in it stays.

        Raises UsageError (the name is taken or not allowed, the archive is a shared one, or the
        question cannot be asked), ArchiveBusyError, and the errors of `search`.
        """
        from cercafoto.search.kept_collections import keep

        return keep(self.archive, name, question, min_confidence, replace)

    def collections(
        self, names: Sequence[str] = (), *, only_new: bool = False
    ) -> list[CollectionPhotos]:
        """Return collections with their photos, sorted by date.

        names: of the collections; none: all, sorted by name.
        only_new: only photos that came in since the collection was kept, or since the last
            `looked_at_collections`.

        Raises UsageError (no such collection, or a shared archive), ArchiveError.
        """
        from cercafoto.search.kept_collections import photos_in

        return photos_in(self.archive, names, only_new)

    def collection_names(self) -> list[str]:
        """Return the names of all collections, sorted; [] for a shared archive. Raises
        ArchiveError."""
        if self.settings.shared is not None:
            return []
        with self.local().catalog() as catalog:
            return [collection.name for collection in catalog.collections.all()]

    def looked_at_collections(self, seen: Sequence[CollectionPhotos]) -> None:
        """Note that the person has seen these photos of collections. Raises ArchiveBusyError."""
        from cercafoto.search.kept_collections import look

        look(self.archive, seen)

    def say_in_collection(
        self,
        name: str,
        paths: Sequence[Path],
        said: str | None,
        *more: tuple[Sequence[Path], str | None],
    ) -> Collection:
        """Say by hand of photos that a collection always has them (`results.ALWAYS`) or never has
        them (`results.NEVER`), whatever the answer to its question; None takes back what was said.
        Return the collection.

        more: (other photos, what is said of them). All is written in one transaction.

        Raises UsageError (no such collection or photo, or a shared archive), ArchiveBusyError.
        """
        from cercafoto.search.kept_collections import say

        return say(self.archive, name, [(paths, said), *more])

    def drop_collection(self, name: str) -> Collection:
        """Delete a collection, and return it. Photos are not touched. Raises UsageError (no such
        collection, or a shared archive), ArchiveBusyError."""
        from cercafoto.search.kept_collections import drop

        return drop(self.archive, name)

    def refresh_collections_folder(
        self,
        folder: Path | None = None,
        *,
        hard: bool = False,
        wait: bool = False,
        confirmed: bool = False,
    ) -> FolderReport | None:
        """Bring the folder of collections up to date: one folder of links to photos for each
        collection, and a playlist. Return what changed; None if there is no such folder, or if
        nothing has changed since the last call.

        Only files that an earlier call put there are removed, and no file is replaced.

        folder: from now on keep the collections in this folder.
        hard: make hard links rather than symbolic ones. Where one kind cannot be made the other is,
            and where neither can, copies. Only with `folder`.
        wait: wait while another run has the archive locked.
        confirmed: take `folder` although another archive keeps it, and what the archive lists in it
            without a seal of this computer.

        Raises UsageError (the archive is a shared one; or `folder` is a file, has to do with the
        archive's own folder, or has to be confirmed), ArchiveBusyError, DiskFullError,
        CercafotoError.
        """
        from cercafoto.indexing.collection_folder import refresh

        local = self.local()
        at = absolute(folder) if folder is not None else None
        return refresh(local, self.collections, at, hard, wait, confirmed)

    def forget_collections_folder(self, confirmed: bool = False) -> FolderReport | None:
        """Remove what was put into the folder of collections, and keep it no more. Return what was
        removed; None if there is no such folder. Raises as `refresh_collections_folder`.

        confirmed: also remove what the archive lists without a seal of this computer.
        """
        from cercafoto.indexing.collection_folder import empty

        return empty(self.local(), confirmed)

    def write_collections_xmp(
        self, rehearsal: bool = False, *, confirmed: bool = False
    ) -> XmpReport:
        """Write the names of a photo's collections as labels under "Raccolte" into the .xmp files
        beside the photos, and take away those of collections that no longer have the photo. Return
        what was written, which `undo_labels` can undo.

        rehearsal, confirmed: see `write_xmp`.

        Raises UsageError (the archive is a shared one), ArchiveBusyError, ArchiveError.
        """
        from cercafoto.labels.sidecars.wanted import in_collections
        from cercafoto.labels.sidecars.write import write_in_archive

        photos = in_collections(self.local(), self.collections())
        now = time.time_ns() // 1000  # as the id of an action, so that `undo_labels` undoes it
        return write_in_archive(self.local(), photos, now, rehearsal, confirmed)

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
        """Choose labels for photos by their stored embeddings, and return each photo's labels.

        Labels that the same label file gave these photos before are replaced. See
        `labels.label_choice` for how labels are chosen.

        label_file: name under which the labels are stored, usually the path of their file.
        paths: only photos at or under these; none: all photos.
        threshold: lowest confidence, 0 to 1, for labels that have no threshold of their own. None:
            the usual one, and `write_xmp` leaves out labels below 0.5.
        most: largest number of labels of a photo, not counting genera; None: the usual number.
        store: keep the labels in the archive; otherwise only return them.

        Raises ArchiveError, ModelError, UsageError (none of `paths` is in the archive).
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
        """Give labels to one photo and take labels away, as `label_photos` does, except that it is
        no error to take away a label that the photo does not have.

        path: the photo's path as stored in the archive.
        """
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
        """Give labels by hand to the photos at or under `paths`, take labels away from them, and
        return how many photos each label changed.

        A label that differs from one in the archive only by capitals or accents is taken as that
        one. A label that came from a label file can be taken away too, and comes back the next
        time `tag` uses that file.

        rehearsal: only return what would change.

        Raises UsageError (none of `paths` is in the archive, a label is not allowed, or no photo
        has a label to take away), ArchiveBusyError, ArchiveError.
        """
        from cercafoto.labels.by_hand import label_photos

        return label_photos(self.archive, paths, add, remove, rehearsal=rehearsal)

    def labels_like(self, typed: str, without: Container[str] = ()) -> list[str]:
        """Return a few labels in use that contain `typed`, ignoring accents and capitals; labels
        that begin with `typed` come first.

        without: labels to leave out.

        Raises ArchiveError.
        """
        from cercafoto.labels.proposals import labels_like

        return labels_like(self.archive, typed, without)

    def forget_label_file(self, label_file: Path, *, rehearsal: bool = False) -> ForgottenLabels:
        """Remove all labels that came from a label file, and return these labels. The file itself
        need not exist any more; its name alone is enough if only one label file has it. Labels
        given by hand or by other files stay.

        rehearsal: only return what would be removed.

        Raises UsageError (no label came from this file, or several files have this name),
        ArchiveBusyError, ArchiveError.
        """
        from cercafoto.labels.forget_labels import forget_label_file

        return forget_label_file(self.local(), label_file, rehearsal)

    def write_xmp(
        self,
        labels: TagResult | HandLabels | ForgottenLabels,
        rehearsal: bool = False,
        *,
        confirmed: bool = False,
    ) -> XmpReport:
        """Write the labels that `tag`, `label_photos` or `forget_label_file` changed into the .xmp
        files beside the photos, and return what was written. Photo files are never written.

        labels: result of one of these methods. With the labels of `tag`, the labels that the person
            gave the same photos by hand are written too.
        rehearsal: only return what would change.
        confirmed: write also beside photos in folders that nobody on this computer named, and do so
            from now on; otherwise `XmpReport.waiting` says how many files wait in which folders.

        Raises UsageError (the archive is a shared one), ArchiveBusyError, ArchiveError.
        """
        from cercafoto.labels.sidecars.wanted import wanted
        from cercafoto.labels.sidecars.write import write_in_archive

        photos = wanted(self.local(), labels)
        return write_in_archive(self.local(), photos, labels.action, rehearsal, confirmed)

    def write_people(
        self, photos: Sequence[Path] = (), rehearsal: bool = False, *, confirmed: bool = False
    ) -> XmpReport:
        """Write the people whom the archive knows into the .xmp files beside the photos, and return
        what was written. Photo files are never written; `undo_labels` puts the .xmp files back.

        photos: photos or folders; all photos if there are none.
        rehearsal, confirmed: see `write_xmp`.

        Raises UsageError (the archive is a shared one, or has no photo there), ArchiveBusyError,
        ArchiveError.
        """
        from cercafoto.labels.sidecars.wanted import wanted_people
        from cercafoto.labels.sidecars.write import write_in_archive

        local, action = self.local(), None
        with local.reading():
            folders = local.known_folders(photos)
        if not rehearsal:
            with local.labelling() as rows:
                action = rows.labels.record("--xmp --persone")
        people = wanted_people(local, folders)
        return write_in_archive(local, people, action, rehearsal, confirmed)

    @property
    def unsigned_reason(self) -> str:
        """Why something in the archive waits for the person: see `Seals.reason`."""
        return self.local().seals.reason

    def undo_labels(self, rehearsal: bool = False, confirmed: bool = False) -> UndoneLabels:
        """Undo the last call of `tag`, `label_photos`, `label_by_hand` or `forget_label_file` that
        changed labels, and the .xmp files that `write_xmp` wrote for it. Return what was undone.

        The next call undoes the call before that one. An .xmp file that was changed since stays as
        it is and is reported.

        rehearsal: only return what would change.
        confirmed: undo also what the archive's journal says without a seal of this computer;
            otherwise nothing is undone, and the result says what would be.

        Raises UsageError (the archive is a shared one), ArchiveBusyError, ArchiveError.
        """
        from cercafoto.labels.undoing import undo_labels

        return undo_labels(self.local(), rehearsal, confirmed)

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

    # -- words inside photos -------------------------------------------------------------------

    def read_texts(
        self,
        paths: Sequence[Path] = (),
        *,
        every: bool = False,
        again: bool = False,
        retry: bool = False,
        videos: bool = False,
        wait: bool = False,
        reporter: Reporter = SILENT,
    ) -> LookReport:
        """Read the words inside photos that have not been read yet, store them, and return how the
        run went. The photos most likely to contain words come first.

        Photos unlikely to contain words are skipped, unless `paths` names the photo itself.

        paths: only photos at or under these; none: all photos.
        every: read the photos unlikely to contain words too.
        again: also read again what another version of the engine read, and what no version could
            read.
        retry: try again the photos that could not be read.
        videos: read the frames of videos too, not just the first of each.
        wait: wait while another run has the archive locked; otherwise raise ArchiveBusyError.

        Raises EngineError (no OCR engine is installed), UsageError (none of `paths` is in the
        archive), ArchiveError, ArchiveBusyError, DiskFullError, ModelError. After a
        KeyboardInterrupt the words read so far stay stored.
        """
        from cercafoto.looking.catch_up import catch_up
        from cercafoto.ocr.word_sense import Words

        return catch_up(
            self.local(),
            Words(),
            paths,
            every=every,
            again=again,
            retry=retry,
            frames=videos,
            wait=wait,
            reporter=reporter,
        )

    def texts_in_video(self, video: Path) -> list[tuple[float, ReadText]]:
        """Return (time in seconds, text) of the frames of an indexed video in which words were
        read, in order.

        Raises ArchiveError.
        """
        from cercafoto.search.moments import frames_of

        with self.archive.reading() as archive:
            frames = frames_of(archive, video).items()
            read = ((row.start, archive.texts.of_content(each)) for each, row in frames)
            return [(start, text) for start, text in read if text and text.lines]

    def text_in(self, photo: Path | PipedPicture) -> ReadText:
        """Return the words written in a photo, indexed or not. Words stored by an earlier reading
        are returned as they are; otherwise the photo is read now, and nothing is stored.

        Raises EngineError (no OCR engine is installed), ImageError, FolderNotFoundError (the photo
        does not exist, or is a folder).
        """
        from cercafoto.ocr.one_photo import text_in

        return text_in(self.archive, photo)

    def forget_texts(self, *, confirmed: bool = False) -> int:
        """Delete the words read inside photos, and the records of failed readings, from the
        archive. Return the number of contents with such words or records.

        confirmed: delete them; otherwise only count.

        Raises ArchiveBusyError, ArchiveError.
        """
        from cercafoto.ocr.forget_texts import forget_texts

        return forget_texts(self.local(), confirmed)

    # -- faces ---------------------------------------------------------------------------------

    @property
    def faces(self) -> FaceAlbum:
        """Return the album of the faces in the photos, which finds them, asks whose they are, and
        forgets them. Raises UsageError if the archive is a shared one."""
        from cercafoto.faces.album import FaceAlbum

        return FaceAlbum(self.local())

    # -- models --------------------------------------------------------------------------------

    @property
    def models(self) -> ModelShelf:
        """Return the shelf of the models on this machine, which lists, downloads, adds, chooses and
        verifies models."""
        from cercafoto.models.shelf import ModelShelf

        return ModelShelf(self.settings, self.sample, lambda: self.archive.model_name)

    # -- the archive itself --------------------------------------------------------------------

    def status(self) -> Status:
        """Return counts of what the archive contains. Raises ArchiveError (no archive yet)."""
        from cercafoto.senses import states

        return replace(self.archive.status(), senses=states(self.archive))

    def publish(
        self,
        address: str,
        source: str,
        *,
        migrate: bool = False,
        small_copies: bool = False,
        reporter: Reporter = SILENT,
    ) -> Published:
        """Send what changed in this archive to the shared archive at `address`, and return how the
        run went. If nothing changed, no photo is compared or sent.

        address: postgresql://user@server/database
        source: name of this machine in the shared archive.
        migrate: first update tables that an older version made.
        small_copies: also send small copies of the photos.

        Raises ArchiveError, ArchiveBusyError, DiskFullError, UsageError (`source` is not a valid
        name, or the extra for shared archives is not installed).
        """
        archive = self.local()
        with _publisher()(address, source, migrate=migrate) as publisher:
            self.bring_metadata_up_to_date(reporter)
            stamp = repr(archive.stamp())
            return publisher.publish(archive, stamp, small_copies, reporter)

    def bring_metadata_up_to_date(self, reporter: Reporter = SILENT) -> None:
        """Recompute the metadata that an older version wrote, which took names of people for
        keywords. Call it before the archive is shown to others.

        Raises ArchiveError, DiskFullError; ArchiveBusyError only if there is something to do.
        """
        from cercafoto.indexing.stored_metadata import bring_up_to_date

        bring_up_to_date(self.local(), reporter)

    @staticmethod
    def shared_preparation() -> str:
        """Return an SQL script that creates the database users of a shared archive."""
        from cercafoto.archive.shared.schema import preparation

        return preparation()

    @staticmethod
    def remove_source(address: str, source: str, *, confirmed: bool = False) -> int:
        """Remove from a shared archive what one source (a machine that publishes) sent, and return
        how many photos the source had there.

        confirmed: remove them; otherwise only count.

        Raises the errors of `publish`, and UsageError if there is no such source.
        """
        with _publisher()(address, source) as publisher:
            return publisher.remove(confirmed=confirmed)

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


def _publisher() -> type[Publisher]:
    try:
        from cercafoto.archive.shared.publisher import Publisher
    except ImportError as error:
        raise lacks_shared() from error
    return Publisher
