"""The folder of collections: links that follow the answers, and never a person's file lost."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.collections import folder as collection_folder
from cercafoto.errors import UsageError
from cercafoto.indexing import kept_folder
from cercafoto.question.question import Question
from cercafoto.results.collections import ALWAYS, NEVER
from tests.conftest import PAINT, paint

MARK = os.fsdecode(kept_folder.MARK)
RED = Question(("rosso",))


@pytest.fixture
def kept(library: Library, photos: Path) -> Library:
    """Return a library with the collection "R", of the photos rosso and blu."""
    for name in PAINT:
        os.utime(photos / f"{name}.png", (1e9, 1e9))
    (photos / "blu.png").rename(photos / "IMG_20190814_173205.png")
    library.index([photos])
    library.collections.keep("R", RED)
    say(library, photos, never=[*PAINT.keys() - {"rosso", "blu"}], always=["rosso"])
    library.collections.say("R", [photos / "IMG_20190814_173205.png"], ALWAYS)
    return library


def say(library: Library, photos: Path, never: list[str], always: list[str]) -> None:
    library.collections.say("R", [photos / f"{name}.png" for name in never], NEVER)
    library.collections.say("R", [photos / f"{name}.png" for name in always], ALWAYS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "Raccolte"


def there(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if not path.is_dir() and path.name not in (".cercafotoignore", MARK)
    )


BLUE, REDDISH = "R/2019-08-14 17.32.05 IMG_20190814_173205.png", "R/senza data rosso.png"


def test_links_sort_by_date_and_follow_the_answers(
    kept: Library, photos: Path, folder: Path
) -> None:
    report = kept.collections.refresh_folder(folder)
    assert report is not None and (report.added, report.removed, report.problems) == (2, 0, [])
    assert there(folder) == ["R.m3u8", BLUE, REDDISH]
    assert (folder / REDDISH).readlink() == photos / "rosso.png"
    assert (folder / "R.m3u8").read_text("utf-8") == f"#EXTM3U\n./{BLUE}\n./{REDDISH}\n"
    assert kept.collections.refresh_folder() is None  # nothing changed
    (photos / "rosso.png").rename(photos / "rosa.png")
    (photos / "IMG_20190814_173205.png").unlink()
    kept.index()
    report = kept.collections.refresh_folder()
    assert report is not None and (report.added, report.removed) == (1, 2)
    assert there(folder) == ["R.m3u8", "R/senza data rosa.png"]
    kept.collections.drop("R")
    kept.collections.refresh_folder()
    assert os.listdir(folder) == [MARK]


def test_a_folder_inside_an_indexed_one_is_left_out(kept: Library, photos: Path) -> None:
    kept.collections.refresh_folder(photos / "raccolte", hard=True)
    before = kept.status().counts.photos
    assert not kept.index().is_news
    assert kept.status().counts.photos == before
    report = kept.collections.refresh_folder()
    assert report is None or not (report.added or report.removed)


def test_hard_links_and_copies_and_never_the_last_of_a_photo(
    kept: Library, photos: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.collections.refresh_folder(folder, hard=True)
    assert (folder / REDDISH).samefile(photos / "rosso.png")

    def refuse(*args: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(collection_folder.os, "symlink", refuse)
    monkeypatch.setattr(collection_folder.os, "link", refuse)
    report = kept.collections.refresh_folder(folder)
    assert report is not None and report.copies and report.added == report.removed == 2
    assert not (folder / REDDISH).is_symlink()
    assert (folder / REDDISH).read_bytes() == (photos / "rosso.png").read_bytes()
    assert not (folder / REDDISH).samefile(photos / "rosso.png")
    say(kept, photos, never=["rosso"], always=[])
    report = kept.collections.refresh_folder()
    assert report is not None and report.removed == 1 and there(folder) == ["R.m3u8", BLUE]
    (photos / "IMG_20190814_173205.png").unlink()
    kept.index()
    report = kept.collections.refresh_folder()
    assert report is not None and "ultima copia" in report.problems[0][1]
    assert (folder / BLUE).exists()


def test_files_of_the_person_stay(kept: Library, photos: Path, folder: Path) -> None:
    (folder / "R").mkdir(parents=True)
    mine = folder / "R" / "mia.png"
    shutil.copy(photos / "verde.png", mine)
    kept.collections.refresh_folder(folder)
    assert there(folder) == ["R (2).m3u8", *(p.replace("R/", "R (2)/") for p in (BLUE, REDDISH)),
                             "R/mia.png"]  # fmt: skip
    replaced, added = folder / "R (2)" / Path(REDDISH).name, folder / "R (2)" / "altra.png"
    replaced.unlink()
    shutil.copy(photos / "rosso.png", replaced)
    shutil.copy(photos / "rosso.png", added)
    (folder / "R (2).m3u8").write_text("il mio ordine\n")
    say(kept, photos, never=["rosso"], always=[])
    kept.collections.refresh_folder()
    assert replaced.exists() and added.exists()
    kept.collections.drop("R")
    kept.collections.refresh_folder()
    assert kept.collections.forget_folder() is not None
    assert there(folder) == [
        "R (2).m3u8", "R (2)/altra.png", f"R (2)/{Path(REDDISH).name}", "R/mia.png"
    ]  # fmt: skip
    assert kept.collections.forget_folder() is None


def test_a_folder_that_took_the_place_of_ours_is_the_persons(
    kept: Library, photos: Path, folder: Path
) -> None:
    kept.collections.refresh_folder(folder)
    (folder / "R").rename(folder / "mie")
    (folder / "R").symlink_to(folder / "mie")
    kept.collections.refresh_folder(folder)
    assert (folder / "mie" / Path(REDDISH).name).is_symlink()
    assert (folder / "R (2)" / Path(REDDISH).name).is_symlink()
    (folder / "R").unlink()
    (folder / "R").mkdir()
    shutil.copy(photos / "rosso.png", folder / "R")
    kept.collections.refresh_folder(folder)
    assert os.listdir(folder / "R") == ["rosso.png"]  # no .cercafotoignore would hide it


def test_another_folder_is_chosen_and_what_stays_in_the_old_one_is_told(
    kept: Library, photos: Path, folder: Path
) -> None:
    kept.collections.refresh_folder(folder, hard=True)
    (photos / "rosso.png").unlink()
    other = folder.with_name("Altre")
    report = kept.collections.refresh_folder(other)
    assert report is not None
    assert report.problems == [(os.fsencode(folder / REDDISH), collection_folder.LAST_COPY)]
    assert (there(folder), report.removed) == ([REDDISH], 1) and BLUE in there(other)


def test_an_interrupted_run_is_finished_by_the_next(
    kept: Library, photos: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, real = [], os.symlink

    def die(source: bytes, target: bytes) -> None:
        if made and b"cercafoto-" not in target:
            raise KeyboardInterrupt
        real(source, target)
        made.extend([target] if b"cercafoto-" not in target else [])

    monkeypatch.setattr(collection_folder.os, "symlink", die)
    with pytest.raises(KeyboardInterrupt):
        kept.collections.refresh_folder(folder)
    monkeypatch.setattr(collection_folder.os, "symlink", real)
    assert len(list((folder / "R").glob("*.png"))) == 1
    (folder / "R" / ".cercafoto-99999999-1.parziale").touch()
    kept.collections.refresh_folder(folder)
    assert there(folder) == ["R.m3u8", BLUE, REDDISH]
    kept.collections.forget_folder()
    assert [*folder.iterdir()] == []


def test_a_disk_that_is_away_changes_nothing(kept: Library, photos: Path, folder: Path) -> None:
    kept.collections.refresh_folder(folder)
    folder.rename(folder.with_name("altrove"))
    paint(photos / "rosso2.png", (240, 20, 20))
    kept.index()
    report = kept.collections.refresh_folder()
    assert report is not None and report.problems and not folder.exists()
    folder.with_name("altrove").rename(folder)
    report = kept.collections.refresh_folder()  # although nothing has changed since
    assert report is not None and report.added == 1 and not report.problems
    photos.rename(photos.with_name("via"))
    kept.index()
    kept.collections.refresh_folder(folder)
    assert len(there(folder)) == 4


def test_a_collection_that_cannot_be_asked_keeps_its_links(
    kept: Library, photos: Path, folder: Path
) -> None:
    example = paint(photos.parent / "esempio.png", (0, 0, 250))
    kept.collections.keep("Simili", Question(like=(example,)))
    kept.collections.refresh_folder(folder)
    before = there(folder)
    example.unlink()
    kept.collections.say("R", [photos / "rosso.png"], NEVER)
    report = kept.collections.refresh_folder()
    assert report is not None and "esempio.png" in report.problems[0][1]
    assert there(folder) == [path for path in before if path != REDDISH]


ODD = ("../fuori", "/tmp/x", "CON", "..", ".nascosta", "a:b*c?", "è" * 80, "punto. ", "aux.1")


def test_no_name_leads_out_of_the_folder(kept: Library, folder: Path) -> None:
    kept.collections.drop("R")
    for name in ODD:
        kept.collections.keep(name, RED)
        kept.collections.refresh_folder(folder)
        (inside,) = [path for path in folder.iterdir() if path.is_dir()]
        assert list(inside.glob("*.png"))
        assert inside.name.strip(" .") == inside.name and not set(inside.name) & set('<>:"/\\|?*')
        assert inside.name.casefold() not in ("con", "aux.1")
        assert len(os.fsencode(inside.name)) < 200
        assert there(folder.parent / "fuori") == []
        kept.collections.drop(name)


def test_names_that_differ_only_where_disks_do_not(kept: Library, folder: Path) -> None:
    kept.collections.keep("a/b", RED)
    kept.collections.keep("A:B", RED)
    kept.collections.keep("R.m3u8", RED)
    report = kept.collections.refresh_folder(folder)
    assert report is not None and not report.problems
    assert sorted(p.name for p in folder.iterdir() if p.is_dir()) == [
        "A_B (2)", "R", "R.m3u8 (2)", "a_b"
    ]  # fmt: skip


def test_names_of_photos_that_are_alike_or_break_lines(
    kept: Library, photos: Path, folder: Path
) -> None:
    odd = paint(photos / "x" / "ROSSO.png", (249, 12, 14)).rename(photos.parent / "a.p\n#g")
    paint(photos / "x" / "ROSSO.png", (248, 12, 14))
    kept.index([photos, odd])
    kept.collections.say("R", [odd], ALWAYS)
    kept.collections.refresh_folder(folder)
    assert {"R/senza data ROSSO (2).png", "R/senza data a.p_#g"} <= {*there(folder)}


def test_a_file_is_no_folder(kept: Library, photos: Path) -> None:
    with pytest.raises(UsageError, match="non è una cartella"):
        kept.collections.refresh_folder(photos / "rosso.png")


def test_most_people_have_no_such_folder(kept: Library, settings: Settings) -> None:
    with kept.local().lock():  # it is not even waited for
        assert kept.collections.refresh_folder() is None
