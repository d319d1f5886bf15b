"""doppioni --raffiche: which photos are of one burst, which is kept, which are never set aside."""

from __future__ import annotations

import json
import os
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import ExifTags, Image, ImageChops
from PIL.TiffImagePlugin import IFDRational

from cercafoto import Library, Question
from cercafoto.duplicates.bursts import NOT_LOOKED_AT
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
    seconds: float | None = None,
    stars: int | None = None,
    ending: str = "jpg",
) -> Path:
    """Write a photo of a scene that moves a little from frame to frame. seconds: exposure time."""
    picture = ImageChops.offset(sharp(seed, SIZE), 3 * number, number)
    picture = exposed(out_of_focus(picture, blur) if blur else picture, times)
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = camera
    clock = f"2019:08:02 10:{second // 60:02}:{second % 60:02}"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = clock
    if seconds is not None:
        exif.get_ifd(ExifTags.IFD.Exif).update(
            {
                ExifTags.Base.ExposureTime: IFDRational(Fraction(seconds).limit_denominator(1000)),
                ExifTags.Base.FNumber: IFDRational(4),
                ExifTags.Base.ISOSpeedRatings: 100,
            }
        )
    path = folder / f"IMG_{100 + number}.{ending}"
    picture.save(path, exif=exif, quality=90)
    if stars is not None:
        give_stars(path, stars)
    return path


def give_stars(path: Path, stars: int) -> None:
    path.with_suffix(f"{path.suffix}.xmp").write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        f'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="{stars}"/></rdf:RDF></x:xmpmeta>'
    )


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
    best, softer = frame(folder, 0, 0, 0), frame(folder, 1, 1, 0.3)
    looked_at(library, folder)
    library.labels.tag([Label("rosso")], "/e.txt")  # found, not given: that marks no photo
    assert named(library.duplicates.find_bursts()) == [[best.name, softer.name]]
    if mark == "label":
        library.labels.give([softer], ["compleanno"])
    else:
        library.collections.keep("Mie", Question(("niente di simile",)))
        library.collections.say("Mie", [softer], ALWAYS)
    (group,) = library.duplicates.find_bursts().groups
    assert named(library.duplicates.find_bursts()) == [[softer.name, best.name]]
    assert group.why == "l'hai segnata tu, con stelle, etichette o raccolte"


def test_a_sharp_photo_stays_beside_a_blurred_one_that_was_marked(
    library: Library, folder: Path
) -> None:
    frame(folder, 0, 0, 0)
    marked, blurred = frame(folder, 1, 1, 2, stars=3), frame(folder, 2, 2, 4)
    result = looked_at(library, folder)
    assert named(result) == [[marked.name, blurred.name]]
    library.labels.give([blurred], ["compleanno"])
    assert library.duplicates.find_bursts().groups == ()


def test_a_sharp_photo_stays_beside_a_blurred_one_in_a_preferred_folder(
    library: Library, folder: Path
) -> None:
    preferred = folder / "scelte"
    preferred.mkdir()
    frame(folder, 0, 0, 0)
    blurred, worse = frame(preferred, 1, 1, 2), frame(folder, 2, 2, 4)
    looked_at(library, folder)
    result = library.duplicates.find_bursts(prefer=[preferred])
    assert named(result) == [[blurred.name, worse.name]]
    # The reason why it is kept.
    assert result.groups[0].why.startswith("sta in ")


def test_a_rejected_photo_is_never_the_one_to_keep(library: Library, folder: Path) -> None:
    rejected, softer = frame(folder, 0, 0, 0, stars=-1), frame(folder, 1, 1, 0.3)
    result = looked_at(library, folder)
    assert named(result) == [[softer.name, rejected.name]]
    assert result.groups[0].why == "non l'hai scartata"
    give_stars(softer, -1)
    library.index()
    assert library.duplicates.find_bursts().groups == ()


def test_a_bracket_is_no_burst(library: Library, folder: Path) -> None:
    for number, (seconds, times) in enumerate(((1 / 60, 1), (1 / 240, 0.5), (1 / 15, 1.6))):
        frame(folder, number, number, number / 2, seconds=seconds, times=times)
    assert looked_at(library, folder).groups == ()


@pytest.mark.parametrize(
    ("seconds", "groups"),
    [(1 / 80, 1), (1 / 100, 0), (1 / 40, 0), (None, 1)],
    ids=["a third of a stop", "two thirds less", "two thirds more", "unknown"],
)
def test_photos_exposed_apart_are_no_burst(
    library: Library, folder: Path, seconds: float | None, groups: int
) -> None:
    frame(folder, 0, 0, 0, seconds=1 / 60)
    frame(folder, 1, 1, 2, seconds=seconds)
    assert len(looked_at(library, folder).groups) == groups


def test_the_photos_of_an_interval_timer_stay(
    library: Library, folder: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cercafoto.duplicates.bursts.MOST_SHOTS", 3)
    for number in range(4):
        frame(folder, number, number, number / 3)
    frame(folder, 3, 3, 0, ending="png")  # of the last shot
    assert looked_at(library, folder).groups == ()
    code, out, err = cli("doppioni", "--raffiche")
    assert (code, out) == (3, "")
    told = "IMG_100.jpg: comincia una serie di 4 scatti, troppi per una raffica, lasciata fuori."
    assert told in " ".join(err.split())
    (folder / "IMG_101.jpg").unlink()
    library.index()
    assert len(library.duplicates.find_bursts().groups) == 1


@pytest.mark.parametrize("mark", ["stars", "label", "both", "collection", "changed"])
def test_the_files_of_a_shot_stay_together(library: Library, folder: Path, mark: str) -> None:
    sharpest = frame(folder, 0, 0, 0)
    jpeg, other = frame(folder, 1, 1, 2), frame(folder, 1, 1, 2, ending="png")  # as of a RAW
    assert named(looked_at(library, folder)) == [[sharpest.name, jpeg.name, other.name]]
    if mark == "stars":
        give_stars(other, 2)
        library.index()
    elif mark == "label":
        library.labels.give([other], ["compleanno"])
    elif mark == "both":
        library.labels.give([sharpest, other], ["compleanno"])
    elif mark == "collection":  # that the kept photo lacks
        library.collections.keep("Mie", Question(typed=Filters(format="PNG")))
    else:
        other.write_bytes(other.read_bytes() + b"0")
    assert library.duplicates.find_bursts().groups == ()


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


def test_a_photo_that_cannot_be_looked_at_is_told_so(
    library: Library, folder: Path, cli: Cli
) -> None:
    paths = [frame(folder, number, number, number) for number in range(2)]
    library.index([folder])
    status = paths[1].stat()
    paths[1].write_bytes(bytes(status.st_size))  # as a failing disk reads it
    os.utime(paths[1], ns=(status.st_atime_ns, status.st_mtime_ns))
    library.look(Quality())
    code, _, err = cli("doppioni", "--raffiche")
    assert code == 3 and "IMG_101.jpg: non si può guardare se è nitida, lasciata fuori." in (
        " ".join(err.split())
    )
    assert "index --qualita" not in err
    # What came out well is no cause for an empty answer.
    err = cli("cerca", "--qualita", "mossa")[2]
    assert "index --qualita" not in err and "non lascia nessuna foto" in err


def test_measures_of_two_editions_are_not_compared(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        frame(folder, number, number, number)
    assert len(looked_at(library, folder).groups) == 1
    monkeypatch.setattr("cercafoto.archive.local.quality.EDITION", 1000)
    result = library.duplicates.find_bursts()
    assert result.groups == () and {why for _, why in result.skipped} == {NOT_LOOKED_AT}


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
    assert cli("doppioni", "--raffiche")[2] == "Nessuna raffica da sfoltire (1 foto guardata).\n"
    assert cli("doppioni", "--annulla")[0] == 0
    assert snapshot(folder) == before


@pytest.mark.parametrize("other", [("--esatti",), ("--confronta", "/"), ("--annulla",)])
def test_options_that_contradict(cli: Cli, other: tuple[str, ...]) -> None:
    assert cli("doppioni", "--raffiche", *other)[0] == 2
