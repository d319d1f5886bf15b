"""doppioni --raffiche: which photos are of one burst, which is kept, which are never set aside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import ExifTags, Image, ImageChops

from cercafoto import Library, Question
from cercafoto.duplicates.groups import Duplicates
from cercafoto.labels.label_file import Label
from cercafoto.quality.quality_sense import Quality
from cercafoto.question.filters.filter import Filters
from cercafoto.results.collections import ALWAYS, NEVER
from tests.conftest import Cli
from tests.flows.test_tag_xmp import snapshot
from tests.support.sharp_pictures import exposed, out_of_focus, sharp

SIZE = (960, 720)


def frame(
    folder: Path,
    number: int,
    second: int,
    blur: float,
    seed: int = 7,
    camera: str = "X100",
    times: float = 1.0,
) -> Path:
    """Write a photo of a scene that moves a little from frame to frame."""
    picture = ImageChops.offset(sharp(seed, SIZE), 3 * number, number)
    picture = exposed(out_of_focus(picture, blur) if blur else picture, times)
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = camera
    clock = f"2019:08:02 10:{second // 60:02}:{second % 60:02}"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = clock
    path = folder / f"IMG_{100 + number}.jpg"
    picture.save(path, exif=exif, quality=90)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "foto"
    made.mkdir()
    return made


def looked_at(library: Library, folder: Path) -> Duplicates:
    library.index([folder])
    library.look(Quality())
    return library.duplicates.find_bursts()


def named(result: Duplicates) -> list[list[str]]:
    """Return the names of each group's files, the file to keep first."""
    return [[Path(f.path.decode()).name for f in (g.best, *g.others)] for g in result.groups]


def test_the_sharpest_of_a_burst_is_kept(library: Library, folder: Path) -> None:
    for number, blur in enumerate((4, 0, 2)):
        frame(folder, number, number, blur)
    frame(folder, 3, 40, 3)  # later
    frame(folder, 4, 1, 3, camera="Z9")
    result = looked_at(library, folder)
    assert named(result) == [["IMG_101.jpg", "IMG_102.jpg", "IMG_100.jpg"]]
    assert result.groups[0].why == "non è né sfocata né mossa"
    assert result.skipped == ()
    assert library.duplicates.find().groups == ()


def test_of_two_sharp_photos_the_sharper_and_never_the_dark_one(
    library: Library, folder: Path
) -> None:
    frame(folder, 0, 0, 0, times=0.2)
    frame(folder, 1, 1, 0.6)
    frame(folder, 2, 2, 0.3)
    result = looked_at(library, folder)
    assert named(result) == [["IMG_102.jpg", "IMG_101.jpg", "IMG_100.jpg"]]
    assert result.groups[0].why in ("è la più nitida", "non è né sfocata né mossa")


def test_another_scene_is_another_burst(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tiny model of the tests tells pictures apart by their mean colours alone.
    monkeypatch.setattr("cercafoto.duplicates.bursts.SAME_SCENE", 0.9999)
    for number, seed in enumerate((7, 7, 8, 8)):
        frame(folder, number, number, 3 * (number % 2), seed=seed)
    groups = named(looked_at(library, folder))
    assert groups == [["IMG_100.jpg", "IMG_101.jpg"], ["IMG_102.jpg", "IMG_103.jpg"]]


@pytest.mark.parametrize("mark", ["label", "collection"])
def test_what_the_person_has_marked_is_kept(library: Library, folder: Path, mark: str) -> None:
    best, blurred = frame(folder, 0, 0, 0), frame(folder, 1, 1, 3)
    looked_at(library, folder)
    library.labels.tag([Label("rosso")], "/e.txt")  # found, not given: that marks no photo
    assert named(library.duplicates.find_bursts()) == [[best.name, blurred.name]]
    if mark == "label":
        library.labels.give([blurred], ["compleanno"])
    else:
        library.collections.keep("Mie", Question(("niente di simile",)))
        library.collections.say("Mie", [blurred], ALWAYS)
    (group,) = library.duplicates.find_bursts().groups
    assert named(library.duplicates.find_bursts()) == [[blurred.name, best.name]]
    assert group.why == "l'hai segnata tu, con stelle, etichette o raccolte"


def test_a_photo_of_a_collection_that_the_kept_one_lacks_stays(
    library: Library, folder: Path
) -> None:
    best, blurred = frame(folder, 0, 0, 0), frame(folder, 1, 1, 3)
    looked_at(library, folder)
    library.collections.keep("Mie", Question(typed=Filters(camera=("X100",))))
    assert named(library.duplicates.find_bursts()) == [[best.name, blurred.name]]
    library.collections.say("Mie", [best], NEVER)
    assert library.duplicates.find_bursts().groups == ()


def test_two_marked_photos_both_stay(library: Library, folder: Path) -> None:
    photos = [frame(folder, number, number, blur) for number, blur in enumerate((0, 3))]
    library.index([folder])
    library.look(Quality())
    library.labels.give(photos, ["compleanno"])
    assert library.duplicates.find_bursts().groups == ()


def test_photos_that_nobody_looked_at_are_told_and_left(
    library: Library, folder: Path, cli: Cli
) -> None:
    frame(folder, 0, 0, 0)
    frame(folder, 1, 1, 3)
    library.index([folder])
    code, out, err = cli("doppioni", "--raffiche")
    assert (code, out) == (3, "") and "cercafoto index --qualita" in err
    library.look(Quality())
    frame(folder, 2, 2, 2)
    library.index()
    result = library.duplicates.find_bursts()
    assert result.groups == () and [path[-11:] for path, _ in result.skipped] == [b"IMG_102.jpg"]


def test_two_files_of_one_shot_are_not_two_frames(library: Library, folder: Path) -> None:
    frame(folder, 0, 0, 3).rename(folder / "IMG_100 modificata.jpg")
    frame(folder, 0, 0, 0)
    assert looked_at(library, folder).groups == ()


def test_bursts_are_set_aside_only_when_confirmed_and_come_back(
    library: Library, folder: Path, cli: Cli, tmp_path: Path
) -> None:
    for number, blur in enumerate((3, 0, 2)):
        frame(folder, number, number, blur)
    looked_at(library, folder)
    before, aside = snapshot(folder), tmp_path / "da parte"
    code, out, err = cli("doppioni", "--raffiche")
    assert code == 0 and "IMG_101.jpg" in out and "1 raffica, 2 foto in più" in err
    assert "cercafoto doppioni --raffiche --sposta-in CARTELLA" in err
    data = json.loads(cli("doppioni", "--raffiche", "--json")[1])
    (group,) = data["groups"]
    assert group["keep"]["path"].endswith("IMG_101.jpg") and len(group["others"]) == 2
    code, _, err = cli("doppioni", "--raffiche", "--sposta-in", aside)
    assert code == 0 and "aggiungi --conferma" in err and snapshot(folder) == before
    assert cli("doppioni", "--raffiche", "--sposta-in", aside, "--conferma")[0] == 0
    assert sorted(path.name for path in aside.iterdir()) == ["IMG_100.jpg", "IMG_102.jpg"]
    assert cli("doppioni", "--raffiche")[2].startswith("Nessuna raffica da sfoltire")
    assert cli("doppioni", "--annulla")[0] == 0
    assert snapshot(folder) == before


@pytest.mark.parametrize("other", [("--esatti",), ("--confronta", "/"), ("--annulla",)])
def test_options_that_contradict(cli: Cli, other: tuple[str, ...]) -> None:
    assert cli("doppioni", "--raffiche", *other)[0] == 2
