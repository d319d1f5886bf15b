"""Photos that were moved and edited between two runs of `index` keep what was said of them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from cercafoto import Library, Question, Settings
from cercafoto.indexing.index_run import IndexRun
from cercafoto.labels.label_file import Label
from cercafoto.models import prepare
from tests.conftest import Cli
from tests.support.labelled_archive import labelled, rows

REAL = Path(prepare.__file__).parent / "parity"
CAT, COFFEE = REAL / "gatto.jpg", REAL / "caffe.jpg"
WHEN = "2019:08:14 10:30:05"


def write(photo: Path, of: Path = CAT, when: str = WHEN, camera: str = "Canon EOS 80D",
          brightness: float = 1.0) -> Path:  # fmt: skip
    """Write a JPEG of a real photo as a camera does, or a program that brightens it."""
    photo.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(of) as picture:
        picture.thumbnail((600, 600))
        picture = ImageEnhance.Brightness(picture.convert("RGB")).enhance(brightness)
        exif = picture.getexif()
        exif[0x0110] = camera
        exif.get_ifd(0x8769)[0x9003] = when
        picture.save(photo, quality=95 if brightness == 1 else 80, exif=exif)
    return photo


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Return settings of the model of the package: the tiny one tells only colours."""
    return replace(settings, model="mini")


@pytest.fixture
def cli(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("CERCAFOTO_MODELLO", "mini")
    return cli


@pytest.fixture
def folder(library: Library, tmp_path: Path) -> Path:
    """Return an indexed folder of a labelled photo of a cat, and a coffee by another camera."""
    folder = tmp_path / "Foto"
    cat = write(folder / "Rullino" / "IMG_0001.JPG")
    write(folder / "Rullino" / "IMG_0009.JPG", COFFEE, camera="Nikon D90")
    library.index([folder])
    library.labels.give_one(bytes(cat), ["Birba"], [])
    library.labels.tag([Label("rosso", threshold=0.0)], "/e.txt")
    library.collections.keep("Gatti", Question(("un gatto",)))
    with library.archive.local().writing() as catalog, catalog.transaction():
        (digest,) = catalog.row("SELECT digest FROM contents WHERE id = 1")
        catalog.execute("INSERT INTO collection_photos VALUES (1, ?, 'never')", (digest,))
    return folder


def edit(folder: Path, name: str = "2019/gatto chiaro.jpg", **more: str) -> Path:
    """Move the photo of the cat, and brighten it."""
    (folder / "Rullino" / "IMG_0001.JPG").unlink(missing_ok=True)
    return write(folder / name, brightness=1.15, **more)  # type: ignore[arg-type]


def test_a_photo_moved_and_edited_is_followed(
    library: Library, settings: Settings, folder: Path, cli: Cli
) -> None:
    new = edit(folder)
    code, out, _ = cli("index", "--json")
    report = json.loads(out)
    old = folder / "Rullino" / "IMG_0001.JPG"
    assert code == 0 and report["followed"] == [{"from": str(old), "to": str(new)}]
    assert (report["new"], report["missing"], report["moved"], report["embedded"]) == (0, 0, 0, 1)
    assert labelled(library, "Birba") == [new.name]
    # What a label file gave is given again by the next `tag`.
    assert report["stale_labels"] == 1
    never = "SELECT count(DISTINCT digest) FROM collection_photos WHERE said = 'never'"
    assert rows(settings, never) == [(2,)]
    assert rows(settings, "SELECT count(*) FROM photos WHERE state <> 'ok'") == [(0,)]
    assert rows(settings, "SELECT 1 FROM meta WHERE key = 'new_after'") == []
    assert json.loads(cli("index", "--json")[1])["unchanged"] == 2


def test_it_is_told(folder: Path, cli: Cli) -> None:
    new = edit(folder)
    told = cli("index")[2]
    assert "1 foto spostata e modificata, 1 invariata" in told
    assert f"{new} è {folder / 'Rullino' / 'IMG_0001.JPG'}, spostata e modificata" in told


@pytest.mark.parametrize(
    "more",
    [
        {"when": "2019:08:14 10:30:06"},
        {"camera": "Nikon D90"},
        {"of": COFFEE},
        {"name": "2019/IMG_0002.JPG"},  # the next frame of a burst
    ],
)
def test_another_photo_is_new(library: Library, folder: Path, more: dict[str, str]) -> None:
    new = edit(folder, **more)
    report = library.index()
    assert (report.followed, report.new, report.missing) == ((), 1, 1)
    assert labelled(library, "Birba") == []
    assert new.exists()


def test_of_two_that_it_may_be_none_is(library: Library, folder: Path) -> None:
    edit(folder)
    write(folder / "2020" / "altra.jpg", brightness=0.9)
    report = library.index()
    assert (report.followed, report.new, report.missing) == ((), 2, 1)
    assert labelled(library, "Birba") == []


def test_two_files_of_the_same_bytes_are_one_photo(library: Library, folder: Path) -> None:
    new = edit(folder)
    shutil.copy(new, new.with_name("gatto chiaro copia.jpg"))
    report = library.index()
    assert (len(report.followed), report.new, report.missing) == (1, 1, 0)
    assert labelled(library, "Birba") == [new.name]


def test_of_two_that_are_gone_none_is_followed(library: Library, folder: Path) -> None:
    other = write(folder / "Rullino" / "primo.jpg", brightness=0.95)
    library.index()
    other.unlink()
    edit(folder)
    report = library.index()
    assert (report.followed, report.missing) == ((), 2)


@pytest.mark.parametrize("when", ["before", "interrupted"])
def test_it_is_followed_in_two_runs(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    (folder / "Rullino" / "IMG_0001.JPG").unlink()
    if when == "before":  # the old place was indexed before the new one had the photo
        assert library.index().missing == 1
    edit(folder)
    if when == "interrupted":  # after the new photo was written

        def stopped(self: IndexRun) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(IndexRun, "_follow_edited", stopped)
            with pytest.raises(KeyboardInterrupt):
                library.index()
    report = library.index()
    assert (len(report.followed), report.new, report.missing) == (1, 0, 0)
    assert labelled(library, "Birba") == ["gatto chiaro.jpg"]
