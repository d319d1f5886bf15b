"""Undo the last action on labels, in the archive and in the sidecars that it wrote.

Sidecars are put back first, then the labels in one transaction, in which the action is also removed
from the history. So an undo that was killed begins with the same action again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cercafoto.archive.local_archive import ArchiveWriter, LocalArchive
from cercafoto.base.json_keys import Key, json_keys
from cercafoto.base.run_journal import last_run
from cercafoto.base.seals import Seals
from cercafoto.labels.marking import is_marking
from cercafoto.labels.sidecars.read_back import read_sidecars
from cercafoto.labels.sidecars.sidecar_journal import action_of, read_entry
from cercafoto.labels.sidecars.write import JOURNAL, LEFT, XmpReport, undo_sidecars
from cercafoto.photos.decoding.file_kind import count_videos
from cercafoto.results.labels import LabelAction, LabelDifference


@json_keys(
    "rehearsal",
    Key("undone", "action.command"),
    Key("at", "action.at"),
    "photos removed returned rescored more",
    Key("xmp", "sidecars"),
)
@dataclass(frozen=True)
class UndoneLabels:
    """What was undone, or would be undone in a rehearsal.

    action: the action that was undone; None if there was none, or if only sidecars were put back,
        of an action that is not in the history.
    differences: the changes of labels in the archive.
    photos: how many photos get other labels. videos: how many of these are videos.
    more: whether another call would undo more; False in a rehearsal of an action.
    """

    rehearsal: bool
    action: LabelAction | None = None
    differences: tuple[LabelDifference, ...] = ()
    photos: int = 0
    sidecars: XmpReport = field(default_factory=XmpReport)
    more: bool = False
    videos: int = 0

    @property
    def removed(self) -> list[LabelDifference]:
        return [difference for difference in self.differences if not difference.was]

    @property
    def returned(self) -> list[LabelDifference]:
        return [
            difference for difference in self.differences if difference.was and not difference.stays
        ]

    @property
    def rescored(self) -> list[LabelDifference]:
        return [
            difference for difference in self.differences if difference.was and difference.stays
        ]

    @property
    def is_empty(self) -> bool:
        return self.action is None and not (self.sidecars.changed or self.sidecars.unchanged)


def undo_labels(archive: LocalArchive, rehearsal: bool, confirmed: bool) -> UndoneLabels:
    """Undo the last action on labels; see `LabelAlbum.undo`."""
    if not archive.settings.catalog.is_file():
        return UndoneLabels(rehearsal, sidecars=XmpReport(rehearsal))
    if rehearsal:
        with archive.catalog() as catalog:
            return _step_back(catalog, archive.seals, rehearsal, confirmed)
    with archive.writing() as catalog, catalog.transaction():
        return _step_back(catalog, archive.seals, rehearsal, confirmed)


def _step_back(
    catalog: ArchiveWriter, seals: Seals, rehearsal: bool, confirmed: bool
) -> UndoneLabels:
    """Undo one action, or only say what would be undone if it is a rehearsal. It is one, unless
    `confirmed`, if the journal of the action's sidecars has lines without a right seal."""
    last = last_run(seals, JOURNAL, read_entry)
    run = action_of(last.entries)
    action = catalog.label_history.last_action(even=run)
    # An older version recorded no actions: its sidecars count as older than all actions.
    with_sidecars = last.path is not None and (action is None or (run or 0) >= action.id)
    if with_sidecars:
        rehearsal = rehearsal or (bool(last.foreign) and not confirmed)
        roots = catalog.folders.roots()
        report = undo_sidecars(seals, rehearsal, confirmed=confirmed, folders=roots)
    else:
        report = XmpReport(rehearsal)
    if with_sidecars and (action is None or action.id != run):
        # An earlier undo left these sidecars because they had changed: try once more, then forget
        # them.
        left = [path for path, why in report.problems if why in LEFT]
        if len(left) < len(report.problems) or report.changed or report.unchanged or not left:
            if not rehearsal:
                read_sidecars(catalog, report.changed)
            return UndoneLabels(rehearsal, sidecars=report, more=action is not None)
        if rehearsal:
            # Nothing is forgotten: the action's own sidecars are in the run before.
            own = last_run(seals, JOURNAL, read_entry, skipped=1)
            if action is not None and action_of(own.entries) == action.id:
                before_left = undo_sidecars(seals, rehearsal, 1, folders=roots)
                report = replace(before_left, problems=[*report.problems, *before_left.problems])
        else:
            last.forget(range(len(last.entries)))
            before = _step_back(catalog, seals, rehearsal, confirmed)
            problems = [*report.problems, *before.sidecars.problems]
            return replace(before, sidecars=replace(before.sidecars, problems=problems))
    if action is None:
        return UndoneLabels(rehearsal, sidecars=report)
    changed = catalog.label_history.photos_changed(action.id)
    undone = UndoneLabels(
        rehearsal,
        action,
        tuple(catalog.label_history.differences(action.id)),
        len(changed),
        report,
        videos=count_videos(changed),
    )
    if rehearsal:
        return undone
    if is_marking(action.what):
        read_sidecars(catalog, report.changed)
    catalog.label_history.undo(action.id)
    is_left = catalog.label_history.last_action() is not None
    more = is_left or last_run(seals, JOURNAL, read_entry).path is not None
    return replace(undone, more=more)
