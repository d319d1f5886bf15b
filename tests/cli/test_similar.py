"""Photos that look like a given one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from cercafoto import Filters, Library, PipedPicture, Query, Question
from cercafoto.archive.local.catalog import Catalog
from cercafoto.photos.exif import DATETIME_ORIGINAL, EXIF_IFD
from cercafoto.results.answer import SearchResult
from tests.conftest import Cli, paint


def stems(result: SearchResult) -> list[str]:
    return [Path(hit.path.decode()).stem for hit in result.hits]


def like(library: Library, *photos: Path | PipedPicture, **typed: tuple[Path, ...]) -> SearchResult:
    return library.search(library.parse(Question(like=photos, typed=Filters(typed))))


def test_a_photo_and_its_exact_copies_are_left_out(library: Library, photos: Path) -> None:
    shutil.copy(photos / "rosso.png", photos / "copia.png")
    paint(photos / "mattone.png", (200, 20, 20))
    library.index([photos])
    result = like(library, photos / "rosso.png")
    assert len(result.hits) == 5
    assert stems(result)[0] == "mattone"
    assert not {"rosso", "copia"} & set(stems(result))


def test_other_files_of_its_shot_are_the_first_of_all(library: Library, photos: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(EXIF_IFD)[DATETIME_ORIGINAL] = "2019:08:14 10:30:05"
    for name, red in (("scatto", 240), ("ritoccata", 230)):
        Image.new("RGB", (60, 40), (red, 30, 10)).save(photos / f"{name}.jpg", exif=exif)
    library.index([photos])
    result = like(library, photos / "scatto.jpg")
    assert stems(result)[0] == "ritoccata"
    assert len(result.hits) == 6
    found = library.search(Query.parse(["rosso"]), 10)
    assert len(found.hits) == 6  # of seven: one is the other's copy
    (row,) = (hit for hit in found.hits if hit.copies)
    assert {Path(path.decode()).stem for path in (row.path, *row.copies)} == {
        "scatto",
        "ritoccata",
    }


def test_a_photo_that_is_not_indexed_serves_too(library: Library, photos: Path) -> None:
    library.index([photos])
    stranger = paint(photos.parent / "altrove" / "x.jpg", (240, 20, 20))
    result = like(library, stranger)
    assert stems(result)[0] == "rosso"
    assert len(result.hits) == 5
    # The same bytes at another name and place are still the photo itself.
    shutil.copy(photos / "rosso.png", photos.parent / "altrove" / "y.png")
    assert "rosso" not in stems(like(library, photos.parent / "altrove" / "y.png"))


def test_several_photos_count_alike_and_are_all_left_out(library: Library, photos: Path) -> None:
    library.index([photos])
    result = like(library, photos / "rosso.png", photos / "blu.png")
    assert stems(result)[0] == "viola"  # red and blue
    assert sorted(stems(result)) == ["giallo", "verde", "viola"]


def test_inside_and_outside_a_folder(library: Library, photos: Path) -> None:
    paint(photos / "sotto" / "mattone.png", (200, 20, 20))
    library.index([photos])
    assert stems(like(library, photos / "rosso.png", folders=(photos / "sotto",))) == ["mattone"]
    outside = stems(like(library, photos / "rosso.png", outside=(photos / "sotto",)))
    assert len(outside) == 4 and "mattone" not in outside


def test_the_command_leaves_the_photo_out_and_shows_ten(cli: Cli, photos: Path) -> None:
    paint(photos / "mattone.png", (200, 20, 20))
    assert cli("index", photos)[0] == 0
    red, brick = photos / "rosso.png", photos / "mattone.png"
    code, out, err = cli("cerca", "--come", red, "-q")
    assert (code, err) == (0, "")
    assert str(brick) in out
    assert str(red) not in out
    assert cli("cerca", "--come", red, "-n", "1", "--percorsi", "-q") == (0, f"{brick}\n", "")
    outside = cli("cerca", "--come", red, "--fuori", brick, "--percorsi")[1].splitlines()
    assert len(outside) == 4 and str(brick) not in outside
    assert cli("cerca", "--come", red, "-n", "1", "-0")[1] == f"{brick}\0"
    data = json.loads(cli("cerca", "--come", red, "--json")[1])
    assert data["hits"][0]["path"] == str(brick)
    assert len(data["hits"]) == 5


def test_it_says_when_perhaps_nothing_corresponds(cli: Cli, photos: Path) -> None:
    paint(photos / "altra" / "azzurro.png", (10, 250, 250))
    assert cli("index", photos)[0] == 0
    code, out, err = cli("cerca", "--come", photos / "rosso.png", "--in", photos / "altra")
    assert code == 0 and out.splitlines()[1].split()[:2] == ["1", "bassa"]
    assert err == "Probabilmente non c'è. La più somigliante:\n"
    alone = cli("cerca", "--come", photos / "altra" / "azzurro.png", "--in", photos / "altra")
    assert alone == (0, "", "Nessuna foto corrisponde.\n")


def test_a_question_opens_the_catalogue_once(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    really = Catalog.open.__func__  # type: ignore[attr-defined]

    def counting(cls: type[Catalog], path: Path, shared: bool = False) -> Catalog:
        opened.append(path)
        return really(cls, path, shared)

    assert cli("index", photos)[0] == 0
    monkeypatch.setattr(Catalog, "open", classmethod(counting))
    for command in (["cerca", "rosso", "--spiega"], ["cerca", "--come", photos / "rosso.png"]):
        opened.clear()
        assert cli(*command)[0] == 0
        assert len(opened) == 1
