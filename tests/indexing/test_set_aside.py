"""Duplicates set aside and brought back: which files move, where to, and which stay."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from cercafoto import Library, Settings
from cercafoto.errors import ArchiveError, DiskFullError, UsageError
from cercafoto.indexing import set_aside
from cercafoto.indexing.folder_choices import FolderChoices
from cercafoto.indexing.set_aside import SetAsideReport
from cercafoto.photos import moves
from tests.conftest import names
from tests.flows.test_tag_xmp import snapshot
from tests.support.labelled_archive import labelled, rows
from tests.support.scenes import compressed, scene


@pytest.fixture
def scenes(library: Library, tmp_path: Path) -> Path:
    """Index three pictures: the first also as a smaller copy, the second also as two identical
    files."""
    folder = tmp_path / "scene"
    (folder / "estate" / "mare").mkdir(parents=True)
    for number in range(3):
        path = folder / f"s{number}.png"
        scene(number).save(path)
        os.utime(path, (1_400_000_000 + number, 1_400_000_000 + number))
    compressed(scene(0, (320, 240))).save(folder / "estate" / "piccola.jpg")
    shutil.copy(folder / "s1.png", folder / "estate" / "mare" / "s1.png")
    shutil.copy(folder / "s1.png", folder / "estate" / "s1.png")
    library.index([folder])
    return folder


@pytest.fixture
def aside(tmp_path: Path) -> Path:
    return tmp_path / "doppie"


def move(library: Library, aside: Path, **options: Any) -> SetAsideReport:
    return library.duplicates.set_aside(aside, confirmed=True, **options)[1]


def below(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


ALL = ["estate/mare/s1.png", "estate/piccola.jpg", "estate/s1.png"]


def test_a_rehearsal_touches_nothing(
    library: Library, settings: Settings, scenes: Path, aside: Path
) -> None:
    before, catalog = snapshot(scenes), settings.catalog.read_bytes()
    duplicates, report = library.duplicates.set_aside(aside)
    assert (report.done, len(duplicates.groups), report.problems) == (False, 2, [])
    where = os.fsencode(aside)
    assert sorted(step.target for step in report.moved) == [
        os.path.join(where, os.fsencode(name)) for name in ALL
    ]
    assert snapshot(scenes) == before
    assert settings.catalog.read_bytes() == catalog
    assert not aside.exists()
    assert not (settings.archive / set_aside.JOURNAL).exists()


def test_all_but_the_one_to_keep_are_moved_and_come_back(
    library: Library, scenes: Path, aside: Path
) -> None:
    before = snapshot(scenes)
    report = move(library, aside)
    assert (report.done, len(report.moved), report.problems) == (True, 3, [])
    assert below(scenes) == ["s0.png", "s1.png", "s2.png"]
    assert below(aside) == ALL
    # The archive knows the new place without an index, and an index finds nothing to do.
    assert library.status().counts.photos == 3
    assert library.duplicates.find().groups == ()
    assert library.index().unchanged == 3
    assert move(library, aside).moved == []
    back = library.duplicates.bring_back()
    assert (len(back.returned), back.problems) == (3, [])
    assert snapshot(scenes) == before
    assert aside.is_dir() and list(aside.iterdir()) == []
    assert library.status().counts.photos == 6
    index = library.index()
    assert (index.unchanged, index.embedded) == (6, 0)
    assert library.duplicates.bring_back().returned == []


def test_exact_copies_alone(library: Library, scenes: Path, aside: Path) -> None:
    report = move(library, aside, exact=True)
    assert below(aside) == ["estate/mare/s1.png", "estate/s1.png"]
    assert {step.kept for step in report.moved} == {os.fsencode(scenes / "s1.png")}


def test_only_in_a_folder(library: Library, scenes: Path, aside: Path) -> None:
    move(library, aside, folders=[scenes / "estate"])
    assert below(aside) == ["estate/s1.png"]


def test_labels_wait_for_what_was_moved(library: Library, scenes: Path, aside: Path) -> None:
    library.labels.give([scenes / "estate" / "piccola.jpg"], ["gita"])
    move(library, aside)
    assert labelled(library, "gita") == []
    library.duplicates.bring_back()
    assert labelled(library, "gita") == ["piccola.jpg"]
    move(library, aside)
    library.index([aside])  # indexed where it is now, it is the same photo
    assert labelled(library, "gita") == ["piccola.jpg"]
    assert library.index([aside]).embedded == 0


def test_labels_that_would_be_missed_are_told(library: Library, scenes: Path, aside: Path) -> None:
    library.labels.give([scenes / "estate" / "piccola.jpg"], ["gita", "mare"])
    library.labels.give([scenes / "estate" / "s1.png", scenes / "s0.png"], ["mare"])
    expected = [(os.fsencode(scenes / "s0.png"), ("gita",))]
    assert library.duplicates.set_aside(aside)[1].labels == expected
    assert move(library, aside).labels == expected


def test_photos_that_were_indexed_aside_come_back_as_themselves(
    library: Library, settings: Settings, scenes: Path, aside: Path
) -> None:
    move(library, aside)
    library.index([aside])
    library.duplicates.bring_back()
    paths = {row[0] for row in rows(settings, "SELECT path FROM photos WHERE state = 'ok'")}
    assert paths == {os.fsencode(path) for path in scenes.rglob("*.*")}


def test_sidecars_go_along(library: Library, scenes: Path, aside: Path) -> None:
    folder = scenes / "estate"
    (folder / "piccola.jpg.xmp").write_bytes(b"suo")
    (folder / "piccola.xmp").write_bytes(b"suo anche questo")
    (folder / "s1.xmp").write_bytes(b"di chi?")
    (folder / "s1.cr2").write_bytes(b"lo stesso scatto")
    before = snapshot(scenes)
    report = move(library, aside)
    assert sum(len(step.sidecars) for step in report.moved) == 2
    assert below(aside) == sorted([*ALL, "estate/piccola.jpg.xmp", "estate/piccola.xmp"])
    assert below(folder) == ["s1.cr2", "s1.xmp"]
    back = library.duplicates.bring_back()
    assert (len(back.returned), back.sidecars) == (3, 2)
    assert snapshot(scenes) == before


def test_a_name_that_is_taken_gets_a_number(library: Library, scenes: Path, aside: Path) -> None:
    (scenes / "estate" / "piccola.jpg.xmp").write_bytes(b"suo")
    (aside / "estate").mkdir(parents=True)
    (aside / "estate" / "s1.png").write_bytes(b"d'altri")
    (aside / "estate" / "piccola.jpg.xmp").write_bytes(b"d'altri")
    before = snapshot(aside)
    move(library, aside)
    assert below(aside) == [
        "estate/mare/s1.png",
        "estate/piccola-2.jpg",
        "estate/piccola-2.jpg.xmp",
        "estate/piccola.jpg.xmp",
        "estate/s1-2.png",
        "estate/s1.png",
    ]
    after = snapshot(aside)
    assert {name: after[name] for name in before} == before
    library.duplicates.bring_back()
    assert snapshot(aside) == before


def test_two_folders_with_the_same_names_do_not_meet(
    library: Library, scenes: Path, aside: Path, tmp_path: Path
) -> None:
    other = tmp_path / "altre"
    shutil.copytree(scenes / "estate", other / "estate")
    library.index([other])
    rehearsed = library.duplicates.set_aside(aside)[1]
    report = move(library, aside)
    assert [step.target for step in report.moved] == [step.target for step in rehearsed.moved]
    assert len(below(aside)) == 6


def test_a_photo_changed_since_the_index_stays(library: Library, scenes: Path, aside: Path) -> None:
    changed = scenes / "estate" / "s1.png"
    status = changed.stat()
    content = bytearray(changed.read_bytes())
    content[-20] ^= 1  # the same size and time: the index would not notice
    changed.write_bytes(content)
    os.utime(changed, ns=(status.st_atime_ns, status.st_mtime_ns))
    report = move(library, aside)
    assert report.problems == [(os.fsencode(changed), set_aside.CHANGED)]
    assert below(aside) == ["estate/mare/s1.png", "estate/piccola.jpg"]


def test_nothing_is_moved_for_a_photo_that_goes_meanwhile(
    library: Library, scenes: Path, aside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = set_aside.Mover.move

    def late(self: Any, extras: Any, reporter: Any) -> SetAsideReport:
        (scenes / "s0.png").unlink()
        return real(self, extras, reporter)

    monkeypatch.setattr(set_aside.Mover, "move", late)
    report = move(library, aside)
    assert report.problems == [(os.fsencode(scenes / "estate" / "piccola.jpg"), set_aside.NOT_KEPT)]
    assert below(aside) == ["estate/mare/s1.png", "estate/s1.png"]


def test_a_link_stays(library: Library, scenes: Path, aside: Path, tmp_path: Path) -> None:
    real = tmp_path / "fuori.png"
    shutil.copy(scenes / "s2.png", real)
    os.utime(real, (1_500_000_000, 1_500_000_000))
    (scenes / "z.png").symlink_to(real)
    library.index([scenes], choices=FolderChoices(follow_links=True))
    report = move(library, aside, exact=True)
    assert report.problems == [(os.fsencode(scenes / "z.png"), set_aside.LINK)]
    assert (scenes / "z.png").is_symlink() and real.exists()


def test_undo_leaves_what_somebody_changed_since(
    library: Library, scenes: Path, aside: Path
) -> None:
    move(library, aside)
    (aside / "estate" / "piccola.jpg").write_bytes(b"ritoccata")
    scene(8).save(scenes / "estate" / "s1.png")
    back = library.duplicates.bring_back()
    assert [path for _, path in back.returned] == [os.fsencode(scenes / "estate/mare/s1.png")]
    assert dict(back.problems) == {
        os.fsencode(aside / "estate" / "piccola.jpg"): moves.CHANGED,
        os.fsencode(aside / "estate" / "s1.png"): moves.TAKEN,
    }
    assert below(aside) == ["estate/piccola.jpg", "estate/s1.png"]
    (scenes / "estate" / "s1.png").unlink()
    back = library.duplicates.bring_back()  # what could not come back then can now
    assert [path for _, path in back.returned] == [os.fsencode(scenes / "estate/s1.png")]
    assert len(back.problems) == 1


def test_runs_are_undone_one_by_one(library: Library, scenes: Path, aside: Path) -> None:
    before = snapshot(scenes)
    move(library, aside, exact=True)
    move(library, aside)
    assert len(library.duplicates.bring_back().returned) == 1
    assert len(library.duplicates.bring_back().returned) == 2
    assert snapshot(scenes) == before


@pytest.mark.parametrize("where", ["scene", "scene/nuova", "", "scene/estate"])
def test_a_folder_from_which_they_would_come_back_is_refused(
    library: Library, scenes: Path, tmp_path: Path, where: str
) -> None:
    before = snapshot(tmp_path / "scene")
    with pytest.raises(UsageError, match="cartella indicizzata"):
        move(library, tmp_path / where)
    (tmp_path / "via").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="cartella indicizzata"):
        move(library, tmp_path / "via" / where)
    assert snapshot(tmp_path / "scene") == before


def test_photos_can_be_set_aside_in_an_excluded_folder(library: Library, scenes: Path) -> None:
    library.index([scenes], choices=FolderChoices(exclude=("doppie/",)))
    move(library, scenes / "doppie")
    assert below(scenes / "doppie") == ALL
    assert library.index().unchanged == 3
    assert len(names(library, "verde")) == 3


def test_a_file_is_no_folder(library: Library, scenes: Path, tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    with pytest.raises(UsageError, match="non è una cartella"):
        move(library, tmp_path / "f")


def test_without_an_archive(library: Library, settings: Settings, aside: Path) -> None:
    for do in (library.duplicates.bring_back, lambda: move(library, aside)):
        with pytest.raises(ArchiveError, match="non esiste ancora"):
            do()
    assert not settings.archive.exists()


def test_a_full_disk_stops_and_can_be_undone(
    library: Library, scenes: Path, aside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(scenes)
    real, calls = moves.Move.carry_out, []

    def full(self: moves.Move) -> None:
        calls.append(self)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "full")
        real(self)

    monkeypatch.setattr(moves.Move, "carry_out", full)
    with pytest.raises(DiskFullError, match="il disco è pieno"):
        move(library, aside)
    monkeypatch.undo()
    assert len(below(aside)) == 1
    assert library.status().counts.photos == 5
    assert len(library.duplicates.bring_back().returned) == 1
    assert snapshot(scenes) == before
    assert library.status().counts.photos == 6


def test_a_photo_that_cannot_be_moved_stops_no_other(
    library: Library, scenes: Path, aside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = moves.Move.carry_out

    def stubborn(self: moves.Move) -> None:
        if self.source.endswith(b"piccola.jpg"):
            raise PermissionError(errno.EACCES, "no")
        real(self)

    monkeypatch.setattr(moves.Move, "carry_out", stubborn)
    report = move(library, aside)
    assert report.problems == [
        (os.fsencode(scenes / "estate" / "piccola.jpg"), "non hai il permesso di spostarla")
    ]
    assert below(aside) == ["estate/mare/s1.png", "estate/s1.png"]
    assert library.status().counts.photos == 4
