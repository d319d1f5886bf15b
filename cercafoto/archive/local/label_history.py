"""Record changes of labels, so that actions can be undone, latest first.

Triggers record every label that an action adds or deletes, in the same transaction, so that exactly
these changes are undone. Labels copied to the new content of an edited photo are not recorded.
"""

from __future__ import annotations

import time

from cercafoto.archive.local.checksums import checked, is_sound
from cercafoto.archive.local.database import Part
from cercafoto.results.labels import LabelAction, LabelDifference

# How many actions and how many changes of labels are kept. The last action is kept whatever its
# size. A change takes about 150 bytes with its indexes.
KEPT_ACTIONS, KEPT_CHANGES = 100, 500_000

_COLUMNS = "content_id, label, label_file, score, confidence, model_id, tagged_at"
_OLD = ", ".join(f"old.{column}" for column in _COLUMNS.split(", "))
_LABEL = checked("label_changes", "label")
# Stands for a label in a change that records a deleted row of `stale_labels`: the content was
# waiting for its label file to be applied again.
_WAITED = "''"


class LabelHistory(Part):
    """The actions on labels that can be undone."""

    def record(self, what: str) -> int:
        """Record all later changes of labels as one action, until the catalogue is closed, and
        return the action's id. Call once, inside the transaction that changes the labels.

        what: the options of `tag` that describe the action.
        """
        self._forget_oldest()
        (latest,) = self._db.row("SELECT max(id) FROM label_actions")
        action = max(time.time_ns() // 1000, (latest or 0) + 1)
        self._db.execute(
            "INSERT INTO label_actions(id, what, first) "
            "SELECT ?, ?, coalesce(max(id), 0) + 1 FROM label_changes",
            (action, what),
        )
        # IGNORE: only the first change of a label counts; it has the state before the action.
        note = f"INSERT OR IGNORE INTO label_changes(action, {_COLUMNS}) SELECT {action}, "
        for event, values in (
            ("INSERT ON main.tags", "new.content_id, new.label, new.label_file" + ", NULL" * 4),
            (f"DELETE ON main.tags WHEN {is_sound('tags', 'old')}", _OLD),
            (
                "DELETE ON main.stale_labels",
                f"old.content_id, {_WAITED}, old.label_file" + ", NULL" * 4,
            ),
        ):
            name = "_".join(event.split()[:3:2]).replace("main.", "")
            self._db.execute(f"CREATE TEMP TRIGGER {name} AFTER {event} BEGIN {note}{values}; END")
        return action

    def _forget_oldest(self) -> None:
        self._db.execute(
            "DELETE FROM label_actions WHERE id <= "
            "(SELECT id FROM label_actions ORDER BY id DESC LIMIT 1 OFFSET ?) OR "
            "first <= (SELECT max(id) FROM label_changes) - ? "
            "AND id < (SELECT max(id) FROM label_actions)",
            (KEPT_ACTIONS, KEPT_CHANGES),
        )
        self._db.execute(
            "DELETE FROM label_changes WHERE action < (SELECT min(id) FROM label_actions)"
        )

    def last_action(self, even: int | None = None) -> LabelAction | None:
        """Return the last action that changed labels, None if there is none.

        even: id of an action that counts even if it changed no labels, because it wrote sidecars.
        """
        row = self._db.row(
            f"SELECT id, {checked('label_actions', 'what')} FROM label_actions WHERE id = ? "
            "OR id IN (SELECT action FROM label_changes WHERE action = label_actions.id) "
            "ORDER BY id DESC LIMIT 1",
            even,
        )
        return LabelAction(*row) if row else None

    def differences(self, action: int) -> list[LabelDifference]:
        """Return how undoing an action changes each label, most photos first."""
        rows = self._db.rows(
            f"SELECT {_LABEL} AS name, label_changes.score IS NOT NULL AS was, "
            "tags.rowid IS NOT NULL AS stays, count(photos.id) FROM label_changes "
            "LEFT JOIN tags USING (content_id, label, label_file) LEFT JOIN photos "
            "ON photos.content_id = label_changes.content_id AND state = 'ok' "
            f"WHERE action = ? AND name <> {_WAITED} GROUP BY name, was, stays "
            "ORDER BY 4 DESC, name",
            action,
        )
        return [LabelDifference(name, bool(was), bool(is_), n) for name, was, is_, n in rows]

    def photos_changed(self, action: int) -> list[bytes]:
        """Return the paths of the visible photos that an action changed: their labels, or the mark
        that a label file must be applied to them again."""
        rows = self._db.rows(
            "SELECT path FROM photos WHERE state = 'ok' AND content_id IN "
            "(SELECT content_id FROM label_changes WHERE action = ?)",
            action,
        )
        return [path for (path,) in rows]

    def undo(self, action: int) -> None:
        """Restore the labels that an action changed, and delete the action. Only the last action
        can be undone. Call inside a transaction."""
        self._db.execute(
            "DELETE FROM tags WHERE rowid IN (SELECT tags.rowid FROM label_changes "
            "JOIN tags USING (content_id, label, label_file) WHERE action = ?)",
            (action,),
        )
        self._db.execute(
            f"INSERT INTO tags({_COLUMNS}) SELECT {_COLUMNS.replace('label,', f'{_LABEL},', 1)} "
            "FROM label_changes WHERE action = ? AND score IS NOT NULL",
            (action,),
        )
        self._db.execute(
            "INSERT OR IGNORE INTO stale_labels(content_id, label_file) SELECT content_id, "
            f"label_file FROM label_changes WHERE action = ? AND label = {_WAITED}",
            (action,),
        )
        self._db.execute("DELETE FROM label_changes WHERE action = ?", (action,))
        self._db.execute("DELETE FROM label_actions WHERE id = ?", (action,))

    def forget(self) -> None:
        """Delete the whole history. Call inside a transaction."""
        self._db.execute("DELETE FROM label_actions")
        self._db.execute("DELETE FROM label_changes")
