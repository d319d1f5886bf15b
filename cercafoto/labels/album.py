"""Give labels to the photos of an archive, take them back, and write them beside the photos."""

from __future__ import annotations

import os
from collections.abc import Container, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.archive.archive import Archive
from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.base.word_stems import fold
from cercafoto.labels.by_hand import HandLabels, label_photos

if TYPE_CHECKING:
    # Imported only for annotations: a label given on the page needs neither prompts nor sidecars.
    from cercafoto.labels.forget_labels import ForgottenLabels
    from cercafoto.labels.label_file import Label
    from cercafoto.labels.marking import MarkedPhotos
    from cercafoto.labels.sidecars.write import XmpReport
    from cercafoto.labels.undoing import UndoneLabels
    from cercafoto.results.labels import TagResult

MOST_PROPOSED = 8


class LabelAlbum:
    """The labels of an archive's photos."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

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
            self._archive,
            labels,
            label_file,
            paths,
            threshold=threshold,
            most=MOST if most is None else most,
            store=store,
            reporter=reporter,
        )

    def give_one(self, path: bytes, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """Give labels to one photo and take labels away, as `give` does, except that it is no error
        to take away a label that the photo does not have.

        path: the photo's path as stored in the archive.
        """
        label_photos(self._archive, [Path(os.fsdecode(path))], add, remove, missing_ok=True)

    def give(
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
        return label_photos(self._archive, paths, add, remove, rehearsal=rehearsal)

    def like(self, typed: str, without: Container[str] = ()) -> list[str]:
        """Return at most MOST_PROPOSED labels in use that contain `typed`, whatever the accents and
        capitals: first labels that begin with `typed`, then labels with a word that begins with it,
        then the others. [] if `typed` is empty.

        without: labels to leave out.

        Raises ArchiveError.
        """
        wanted = fold(typed)
        with self._archive.reading() as archive:
            names = archive.labels.names() if wanted else []
        ranked = []
        for name in names:
            folded = fold(name)
            place = f" {folded}".find(f" {wanted}")
            if wanted in folded and name not in without:
                ranked.append((place != 0, place < 0, folded, name))
        return [name for *_, name in sorted(ranked)[:MOST_PROPOSED]]

    def forget_file(self, label_file: Path, *, rehearsal: bool = False) -> ForgottenLabels:
        """Remove all labels that came from a label file, and return these labels. The file itself
        need not exist any more; its name alone is enough if only one label file has it. Labels
        given by hand or by other files stay.

        rehearsal: only return what would be removed.

        Raises UsageError (no label came from this file, or several files have this name),
        ArchiveBusyError, ArchiveError.
        """
        from cercafoto.labels.forget_labels import forget_label_file

        return forget_label_file(self._archive.local(), label_file, rehearsal)

    def write_xmp(
        self,
        labels: TagResult | HandLabels | ForgottenLabels,
        rehearsal: bool = False,
        *,
        confirmed: bool = False,
    ) -> XmpReport:
        """Write the labels that `tag`, `give` or `forget_file` changed into the .xmp files beside
        the photos, and return what was written. Photo files are never written.

        labels: result of one of these methods. With the labels of `tag`, the labels that the person
            gave the same photos by hand are written too.
        rehearsal: only return what would change.
        confirmed: write also beside photos in folders that nobody on this computer named, and do so
            from now on; otherwise `XmpReport.waiting` says how many files wait in which folders.

        Raises UsageError (the archive is a shared one), ArchiveBusyError, ArchiveError.
        """
        from cercafoto.labels.sidecars.wanted import wanted
        from cercafoto.labels.sidecars.write import write_in_archive

        local = self._archive.local()
        return write_in_archive(local, wanted(local, labels), labels.action, rehearsal, confirmed)

    def write_people(
        self, photos: Sequence[Path] = (), rehearsal: bool = False, *, confirmed: bool = False
    ) -> XmpReport:
        """Write the people whom the archive knows into the .xmp files beside the photos, and return
        what was written. Photo files are never written; `undo` puts the .xmp files back.

        photos: photos or folders; all photos if there are none.
        rehearsal, confirmed: see `write_xmp`.

        Raises UsageError (the archive is a shared one, or has no photo there), ArchiveBusyError,
        ArchiveError.
        """
        from cercafoto.labels.sidecars.wanted import wanted_people
        from cercafoto.labels.sidecars.write import write_in_archive

        local, action = self._archive.local(), None
        with local.reading():
            folders = local.known_folders(photos)
        if not rehearsal:
            with local.labelling() as rows:
                action = rows.labels.record("--xmp --persone")
        people = wanted_people(local, folders)
        return write_in_archive(local, people, action, rehearsal, confirmed)

    def mark(
        self,
        paths: Sequence[Path],
        stars: int | None = None,
        color: str | None = None,
        *,
        rehearsal: bool = False,
        confirmed: bool = False,
    ) -> MarkedPhotos:
        """Give the photos at or under `paths` stars and a coloured label, in the .xmp files beside
        them, and return what was written. Photo files are never written; `undo` puts the .xmp files
        back.

        stars: 1 to 5, 0 for none, -1 for a rejected photo; None to leave them.
        color: one of `base.color_labels.COLORS`, "" for none; None to leave it.
        rehearsal, confirmed: see `write_xmp`.

        Raises UsageError (the archive is a shared one, or none of `paths` is in it),
        ArchiveBusyError, ArchiveError.
        """
        from cercafoto.labels.marking import mark_photos
        from cercafoto.labels.sidecars.marks import Marks

        return mark_photos(
            self._archive.local(),
            paths,
            Marks(stars, color),
            rehearsal=rehearsal,
            confirmed=confirmed,
        )

    def undo(self, rehearsal: bool = False, confirmed: bool = False) -> UndoneLabels:
        """Undo the last call of `tag`, `give`, `give_one`, `forget_file` or `mark` that changed
        labels, and the .xmp files that `write_xmp` wrote for it. Return what was undone.

        The next call undoes the call before that one. An .xmp file that was changed since stays as
        it is and is reported.

        rehearsal: only return what would change.
        confirmed: undo also what the archive's journal says without a seal of this computer;
            otherwise nothing is undone, and the result says what would be.

        Raises UsageError (the archive is a shared one), ArchiveBusyError, ArchiveError.
        """
        from cercafoto.labels.undoing import undo_labels

        return undo_labels(self._archive.local(), rehearsal, confirmed)
