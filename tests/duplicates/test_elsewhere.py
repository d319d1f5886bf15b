"""Test which photos of a memory card, or of an indexed folder, the archive also has elsewhere."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from cercafoto import Library
from cercafoto.duplicates import elsewhere
from cercafoto.duplicates.elsewhere import FolderComparison
from cercafoto.errors import ArchiveError, FolderNotFoundError, UsageError
from tests.cli.test_main import Cli
from tests.support.scenes import compressed, scene


@pytest.fixture
def scenes(library: Library, tmp_path: Path) -> Path:
    """Return an indexed folder of four pictures."""
    folder = tmp_path / "scene"
    folder.mkdir()
    for number in range(4):
        scene(number).save(folder / f"s{number}.png")
    library.index([folder])
    return folder


@pytest.fixture
def card(scenes: Path, tmp_path: Path) -> Path:
    """Return a memory card with two of the pictures under other names, a new one, and a film."""
    folder = tmp_path / "scheda"
    (folder / "DCIM" / ".thumbnails").mkdir(parents=True)
    shutil.copy(scenes / "s1.png", folder / "DCIM" / "A.PNG")
    shutil.copy(scenes / "s2.png", folder / "DCIM" / "B.png")
    shutil.copy(scenes / "s2.png", folder / "DCIM" / ".thumbnails" / "b.png")
    scene(9).save(folder / "DCIM" / "nuova.png")
    (folder / "DCIM" / "film.MP4").write_bytes(b"film")
    (folder / "LEGGIMI").touch()
    return folder


def found(comparison: FolderComparison) -> dict[str, list[str]]:
    return {
        Path(os.fsdecode(each.path)).name: [Path(os.fsdecode(c)).name for c in each.copies]
        for each in comparison.found
    }


def missing(comparison: FolderComparison) -> list[str]:
    return [Path(os.fsdecode(path)).name for path in comparison.missing]


def test_a_card_is_compared_by_bytes(library: Library, card: Path) -> None:
    comparison = library.duplicates.compare(card)
    assert found(comparison) == {"A.PNG": ["s1.png"], "B.png": ["s2.png"]}
    assert all(each.exact for each in comparison.found)
    assert missing(comparison) == ["film.MP4", "nuova.png"]
    assert (comparison.photos, comparison.only_exact, comparison.problems) == (4, 2, ())
    assert comparison.other_files == {"": 1}


def test_only_files_that_may_be_copies_are_read(
    library: Library, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    real = elsewhere.digest_of
    monkeypatch.setattr(
        elsewhere, "digest_of", lambda p: read.append(os.path.basename(os.fsdecode(p))) or real(p)
    )
    library.duplicates.compare(card)
    assert sorted(read) == ["A.PNG", "B.png"]


def test_a_file_of_the_same_size_is_not_the_same(library: Library, card: Path) -> None:
    content = bytearray((card / "DCIM" / "A.PNG").read_bytes())
    content[-30] ^= 1
    (card / "DCIM" / "A.PNG").write_bytes(content)
    assert missing(library.duplicates.compare(card)) == ["A.PNG", "film.MP4", "nuova.png"]


def test_a_copy_counts_only_if_its_file_exists(library: Library, scenes: Path, card: Path) -> None:
    (scenes / "s1.png").unlink()
    scene(8).save(scenes / "s2.png")
    assert missing(library.duplicates.compare(card)) == [
        "A.PNG",
        "B.png",
        "film.MP4",
        "nuova.png",
    ]


def test_the_same_file_under_another_name_is_no_copy(
    library: Library, scenes: Path, tmp_path: Path
) -> None:
    try:
        (tmp_path / "via").symlink_to(scenes)
    except OSError:
        pytest.skip("no symbolic links here")
    assert found(library.duplicates.compare(tmp_path / "via")) == {}


def test_an_indexed_folder_has_near_copies_too(library: Library, scenes: Path) -> None:
    below = scenes / "sotto"
    below.mkdir()
    compressed(scene(0, (320, 240))).save(below / "piccola.jpg")
    shutil.copy(scenes / "s3.png", below / "copia.png")
    scene(7).save(below / "sola.png")
    library.index([scenes])
    comparison = library.duplicates.compare(below)
    assert found(comparison) == {"piccola.jpg": ["s0.png"], "copia.png": ["s3.png"]}
    assert [each.exact for each in comparison.found] == [True, False]
    assert (missing(comparison), comparison.only_exact) == (["sola.png"], 0)
    comparison = library.duplicates.compare(below, exact=True)
    assert missing(comparison) == ["piccola.jpg", "sola.png"]
    scene(1).save(below / "piccola.jpg", quality=91)  # no longer what was indexed
    comparison = library.duplicates.compare(below)
    assert missing(comparison) == ["piccola.jpg", "sola.png"]
    assert comparison.only_exact == 1


def test_a_card_that_is_taken_out_costs_its_near_copies(
    library: Library, scenes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = scenes.parent / "vecchie"
    folder.mkdir()
    compressed(scene(1, (320, 240))).save(folder / "piccola.jpg")
    library.index([folder])
    same_pictures = elsewhere.same_pictures

    def taken_out(*given: Any) -> list[tuple[int, int]]:
        found = same_pictures(*given)
        assert found
        shutil.rmtree(folder)
        return found

    monkeypatch.setattr(elsewhere, "same_pictures", taken_out)
    assert missing(library.duplicates.compare(folder)) == ["piccola.jpg"]


def test_only_in_some_folders(library: Library, scenes: Path, card: Path) -> None:
    (scenes / "a").mkdir()
    shutil.copy(scenes / "s1.png", scenes / "a" / "copia.png")
    library.index([scenes])
    assert found(library.duplicates.compare(card, [scenes / "a"])) == {"A.PNG": ["copia.png"]}
    comparison = library.duplicates.compare(card, outside=[scenes / "a"])
    assert found(comparison) == {"A.PNG": ["s1.png"], "B.png": ["s2.png"]}
    with pytest.raises(UsageError, match="nessuna foto in"):
        library.duplicates.compare(card, [card])


def test_a_single_photo_is_compared(library: Library, card: Path) -> None:
    assert found(library.duplicates.compare(card / "DCIM" / "B.png")) == {"B.png": ["s2.png"]}


def test_photos_ignored_by_the_archive_are_compared(library: Library, card: Path) -> None:
    (card / ".cercafotoignore").write_text("*\n")
    assert library.duplicates.compare(card).photos == 4


def test_no_folder_and_no_archive(library: Library, tmp_path: Path, card: Path) -> None:
    with pytest.raises(FolderNotFoundError, match="non esiste"):
        library.duplicates.compare(tmp_path / "via")
    library.settings.catalog.unlink()
    with pytest.raises(ArchiveError):
        library.duplicates.compare(card)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="everything can be read")
def test_what_cannot_be_read_is_named(library: Library, card: Path) -> None:
    (card / "DCIM" / "A.PNG").chmod(0)
    comparison = library.duplicates.compare(card)
    assert [path for path, _ in comparison.problems] == [os.fsencode(card / "DCIM" / "A.PNG")]
    assert missing(comparison) == ["film.MP4", "nuova.png"]


def test_a_dangling_link_is_a_problem(library: Library, card: Path) -> None:
    (card / "rotto.jpg").symlink_to(card / "via.jpg")
    comparison = library.duplicates.compare(card)
    assert comparison.problems == ((os.fsencode(card / "rotto.jpg"), "non c'è"),)


# -- in words ----------------------------------------------------------------------------------


def test_the_comparison_in_italian(cli: Cli, scenes: Path, card: Path) -> None:
    code, out, err = cli("doppioni", "--confronta", card)
    assert (code, out) == (
        0,
        f"{card}/DCIM/A.PNG\n  identica: {scenes}/s1.png\n"
        f"{card}/DCIM/B.png\n  identica: {scenes}/s2.png\n",
    )
    assert err == (
        f"Di 3 foto e 1 video in {card}, 2 sono nell'archivio anche altrove; 2 no.\n"
        "1 foto e 1 video non sono nell'archivio: se ne sono cercate solo copie identiche.\n"
        "File che non sono foto né video, e non si sono confrontati: senza estensione 1.\n"
    )
    code, out, _ = cli("doppioni", "--confronta", card, "--mancanti")
    assert (code, out) == (0, f"{card}/DCIM/film.MP4\n{card}/DCIM/nuova.png\n")
    assert cli("doppioni", "--confronta", card, "-0", "-q") == (
        0,
        f"{card}/DCIM/A.PNG\0{card}/DCIM/B.png\0",
        "",
    )
    assert cli("doppioni", "--confronta", card, "-0", "--mancanti")[1] == (
        f"{card}/DCIM/film.MP4\0{card}/DCIM/nuova.png\0"
    )
    (card / "DCIM" / "film.MP4").unlink()
    err = cli("doppioni", "--confronta", card)[2]
    assert err.startswith(
        f"2 di 3 foto di {card} sono nell'archivio anche altrove; 1 no.\n1 foto non"
    )
    (card / "DCIM" / "nuova.png").unlink()
    err = cli("doppioni", "--confronta", card)[2]
    assert err.startswith(f"Tutte le 2 foto di {card} sono nell'archivio anche altrove.\n")
    shutil.rmtree(card / "DCIM")
    assert cli("doppioni", "--confronta", card)[2].startswith(
        f"In {card} non c'è nessuna foto e nessun video."
    )


def test_json(cli: Cli, scenes: Path, card: Path) -> None:
    data = json.loads(cli("doppioni", "--confronta", card, "--json")[1])
    assert data == {
        "folder": str(card),
        "photos": 4,
        "found": [
            {"path": f"{card}/DCIM/A.PNG", "exact": True, "copies": [f"{scenes}/s1.png"]},
            {"path": f"{card}/DCIM/B.png", "exact": True, "copies": [f"{scenes}/s2.png"]},
        ],
        "missing": [f"{card}/DCIM/film.MP4", f"{card}/DCIM/nuova.png"],
        "only_exact": 2,
        "other_files": {"": 1},
        "problems": [],
        "away": [],
    }
