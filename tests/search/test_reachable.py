"""Test which disks count as connected."""

from __future__ import annotations

import os
from pathlib import Path

from cercafoto.search.reachable import reachable_in


def test_a_disk_is_connected_if_its_folder_is_not_empty(tmp_path: Path) -> None:
    for name in ("here", "mount"):
        (tmp_path / name).mkdir()
    (tmp_path / "here" / "a.jpg").touch()
    folders = [os.fsencode(tmp_path / name) for name in ("here", "mount", "gone")]
    reachable = reachable_in(folders)
    assert [reachable(folder + b"/b.jpg") for folder in folders] == [True, False, False]
    assert reachable(os.fsencode(tmp_path / "mountain.jpg"))
