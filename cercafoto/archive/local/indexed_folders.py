"""The indexed folders, those that the person named on this computer, the patterns that the person
excluded, and the record of runs."""

from __future__ import annotations

from typing import Any

from cercafoto.archive.local.checksums import checked
from cercafoto.archive.local.database import Part, now
from cercafoto.base.paths import is_inside, prefix_range


class Folders(Part):
    """The folders that the person indexed ("roots" in the tables), the exclusions, and the runs."""

    def roots(self) -> list[bytes]:
        """Return the indexed folders, sorted."""
        rows = self._db.rows(f"SELECT {checked('roots', 'path')} FROM roots ORDER BY path")
        return [row[0] for row in rows]

    def add_root(self, path: bytes) -> None:
        """Store an indexed folder. Indexed folders inside it become part of it; if links were
        followed in one of these, they are in the new folder too. Call inside a transaction."""
        follow = False
        for root in self.roots():
            if is_inside(root, path) and root != path:
                follow = follow or self.follows_links(root)
                self._db.execute("DELETE FROM roots WHERE path = ?", (root,))
                # Folder names are metadata: these photos now have more of them.
                self._db.execute(
                    "UPDATE photos SET facts_version = 0 "
                    "WHERE facts_version IS NOT NULL AND path >= ? AND path < ?",
                    prefix_range(root),
                )
        self._db.execute(
            "INSERT OR IGNORE INTO roots(path, added_at, follow_links) VALUES (?, ?, ?)",
            (path, now(), follow),
        )

    def forget_root(self, path: bytes) -> None:
        """Delete an indexed folder, and the excluded patterns and seals of it and of folders inside
        it, but no photo. Call inside a transaction."""
        self._db.execute("DELETE FROM roots WHERE path = ?", (path,))
        for folder, _, _ in self.sealed():
            if isinstance(folder, bytes) and is_inside(folder, path):
                self._db.execute("DELETE FROM own_folders WHERE path = ?", (folder,))
        for folder, _ in self.exclusions():
            if is_inside(folder, path):
                self._db.execute("DELETE FROM exclusions WHERE folder = ?", (folder,))

    def follows_links(self, root: bytes) -> bool:
        row = self._db.row("SELECT follow_links FROM roots WHERE path = ?", root)
        return row is not None and bool(row[0])

    def indexed_folders(self) -> dict[bytes, bool]:
        """Return indexed folder -> whether links inside the folder are followed."""
        rows = self._db.rows("SELECT path, follow_links FROM roots")
        return {path: bool(follow) for path, follow in rows}

    def follow_links(self, root: bytes, follow: bool) -> None:
        self._db.execute("UPDATE roots SET follow_links = ? WHERE path = ?", (follow, root))

    def sealed(self) -> list[tuple[Any, Any, Any]]:
        """Return (path, whether links in it are followed, seal) of folders and photos that the
        person named, as they read now: see `OwnFolders`, which checks the seals."""
        return self._db.rows("SELECT path, follow_links, seal FROM own_folders")

    def keep_sealed(self, path: bytes, follow: bool, seal: bytes) -> None:
        """Store a path that the person named. Call inside a transaction."""
        self._db.execute(
            "INSERT OR REPLACE INTO own_folders(path, follow_links, seal) VALUES (?, ?, ?)",
            (path, follow, seal),
        )

    def exclusions(self) -> list[tuple[bytes, str]]:
        """Return the exclusions as (folder, pattern in gitignore's syntax), sorted by folder."""
        return self._db.rows("SELECT folder, pattern FROM exclusions ORDER BY folder, rowid")

    def exclude(self, folder: bytes, pattern: str) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO exclusions(folder, pattern) VALUES (?, ?)", (folder, pattern)
        )

    def readmit(self, folder: bytes, pattern: str) -> None:
        self._db.execute(
            "DELETE FROM exclusions WHERE folder = ? AND pattern = ?", (folder, pattern)
        )

    def start_run(self, kind: str, model_id: int) -> int:
        cursor = self._db.execute(
            "INSERT INTO runs(kind, model_id, started_at) VALUES (?, ?, ?)",
            (kind, model_id, now()),
        )
        return int(cursor.lastrowid or 0)

    def end_run(self, run_id: int, outcome: str, photos: int) -> None:
        self._db.execute(
            "UPDATE runs SET ended_at = ?, outcome = ?, photos = ? WHERE id = ?",
            (now(), outcome, photos, run_id),
        )
