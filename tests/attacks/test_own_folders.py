"""Folders that only an archive names: beside their photos nothing is written, and they are not
moved, until the person confirms it, once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.base.seals import KEY, UNSIGNED
from cercafoto.indexing.folder_choices import FolderChoices
from cercafoto.question.question import Question
from tests.conftest import PAINT, Cli, paint
from tests.support.named_people import FULVIA, write_named_photos

posix = pytest.mark.skipif(os.name != "posix", reason="links")
LABELS = ("tag", "--labels", "predefinite", "--soglia", "0", "--massimo", "2", "--xmp")


def forget_key(settings: Settings) -> None:
    """Make the archive one that another person made."""
    (settings.configuration / KEY).unlink()


@pytest.fixture
def foreign(library: Library, settings: Settings, photos: Path) -> Path:
    """Return the photos of another person's archive, with a duplicate and a collection."""
    shutil.copy2(photos / "rosso.png", photos / "rosso copia.png")
    library.index([photos])
    library.collections.keep("R", Question(("rosso",)))
    forget_key(settings)
    return photos


def sidecars(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.xmp"))


WRITERS: tuple[Sequence[str], ...] = (
    LABELS,
    ("tag", "--aggiungi", "mare", "--xmp", "{photos}"),
    ("raccolte", "--xmp"),
)


@pytest.mark.parametrize("line", WRITERS, ids=" ".join)
def test_sidecars_wait_for_one_confirmation(cli: Cli, foreign: Path, line: Sequence[str]) -> None:
    words = [word.format(photos=foreign) for word in line]
    code, out, told = cli(*words, "--prova") if line[1] != "--aggiungi" else cli(*words)
    assert code == 3 and UNSIGNED in told and str(foreign) in told
    assert line[1] == "--aggiungi" or "+++" in out
    assert sidecars(foreign) == []
    code, _, told = cli(*words)
    assert (code, sidecars(foreign)) == (3, [])
    (sentence,) = (row for row in told.splitlines() if UNSIGNED in row)
    assert f"la cartella {foreign} sta" in sentence and "--conferma: basta una volta" in sentence
    waiting = int(sentence.split()[0])
    code, _, told = cli(*words, "--conferma")
    assert code == 0 and f"{foreign} è una cartella tua" in told and UNSIGNED not in told
    assert len(sidecars(foreign)) == waiting
    for path in foreign.glob("*.xmp"):
        path.unlink()
    code, _, told = cli(*words)
    assert code == 0 and len(sidecars(foreign)) == waiting and "cartella tua" not in told


def test_people_wait_for_one_confirmation(
    cli: Cli, library: Library, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "persone"
    write_named_photos(folder, FULVIA)
    library.index([folder])
    forget_key(settings)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    code, _, told = cli("tag", "--xmp", "--persone")
    assert code == 3 and UNSIGNED in told
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert cli("tag", "--xmp", "--persone", "--conferma")[0] == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} != before
    assert UNSIGNED not in cli("tag", "--xmp", "--persone")[2]


def test_labels_forgotten_wait_too(
    cli: Cli, library: Library, foreign: Path, tmp_path: Path
) -> None:
    listed = tmp_path / "e.txt"
    listed.write_text("rosso\n")
    assert cli("tag", "--labels", listed, "--soglia", "0", "--xmp", "--conferma")[0] == 0
    written = {path: path.read_bytes() for path in foreign.glob("*.xmp")}
    forget_key(library.settings)
    assert cli("tag", "--dimentica", listed, "--xmp")[0] == 3
    assert written == {path: path.read_bytes() for path in foreign.glob("*.xmp")} != {}
    assert cli("tag", "--dimentica", listed, "--xmp", "--conferma")[0] == 0
    assert written != {path: path.read_bytes() for path in foreign.glob("*.xmp")}


def test_duplicates_are_told_before_they_are_moved(cli: Cli, foreign: Path, tmp_path: Path) -> None:
    line, before = ("doppioni", "--sposta-in", tmp_path / "Doppie"), sorted(os.listdir(foreign))
    code, _, told = cli(*line)
    assert code == 0 and f"1 foto aspetta: la cartella {foreign} sta" in told and UNSIGNED in told
    assert sorted(os.listdir(foreign)) == before
    code, _, told = cli(*line, "--conferma")
    assert code == 0 and f"{foreign} è una cartella tua" in told
    assert len(os.listdir(foreign)) == len(before) - 1
    assert cli("doppioni", "--annulla")[0] == 0
    assert UNSIGNED not in cli(*line)[2]


def test_own_photos_are_written_while_others_wait(
    cli: Cli, library: Library, foreign: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mie"
    paint(mine / "mia.png", (1, 2, 250))
    assert cli("index", mine)[0] == 0
    code, _, told = cli("tag", "--aggiungi", "mare", "--xmp", mine, foreign)
    assert code == 3 and f"{len(PAINT) + 1} file .xmp aspettano" in told and str(mine) not in told
    assert sidecars(mine) == ["mia.png.xmp"] and sidecars(foreign) == []


def test_index_of_a_folder_makes_it_the_persons(cli: Cli, foreign: Path) -> None:
    assert cli("index")[0] == 0  # no folder is named
    assert cli("tag", "--aggiungi", "mare", "--xmp", foreign)[0] == 3
    assert cli("index", foreign)[0] == 0
    code, _, told = cli("tag", "--aggiungi", "monti", "--xmp", foreign)
    assert code == 0 and UNSIGNED not in told and len(sidecars(foreign)) == len(PAINT) + 1


def test_a_folder_inside_is_not_the_whole_indexed_folder(
    cli: Cli, library: Library, settings: Settings, photos: Path
) -> None:
    paint(photos / "mie" / "mia.png", (1, 2, 250))
    library.index([photos])
    forget_key(settings)
    assert cli("index", photos / "mie")[0] == 0
    code, _, told = cli("tag", "--aggiungi", "mare", "--xmp", photos)
    assert code == 3 and f"{len(PAINT)} file .xmp aspettano" in told
    assert sidecars(photos) == ["mia.png.xmp"]


def test_a_photo_indexed_alone_is_the_persons(cli: Cli, library: Library, photos: Path) -> None:
    assert cli("index", photos / "rosso.png")[0] == 0
    assert cli("tag", "--aggiungi", "mare", "--xmp", photos / "rosso.png")[0] == 0
    assert sidecars(photos) == ["rosso.png.xmp"]
    forget_key(library.settings)
    code, _, told = cli("tag", "--aggiungi", "monti", "--xmp", photos / "rosso.png")
    assert code == 3 and f"la cartella {photos} sta" in told
    assert cli("tag", "--aggiungi", "neve", "--xmp", photos / "rosso.png", "--conferma")[0] == 0
    assert cli("tag", "--aggiungi", "lago", "--xmp", photos / "rosso.png")[0] == 0


def test_an_archive_that_was_moved_is_confirmed_once(
    cli: Cli, settings: Settings, library: Library, photos: Path
) -> None:
    library.index([photos])
    moved = settings.archive.with_name("spostato")
    settings.archive.rename(moved)
    at = ("--archivio", str(moved))
    code, _, told = cli(*at, "tag", "--aggiungi", "mare", "--xmp", photos)
    assert code == 3 and "non è nato qui, o è stato spostato" in told
    assert cli(*at, "tag", "--aggiungi", "monti", "--xmp", photos, "--conferma")[0] == 0
    assert cli(*at, "tag", "--aggiungi", "neve", "--xmp", photos)[0] == 0


def test_what_watches_names_no_folder(
    cli: Cli, foreign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def watch(
        self: Library,
        folders: Sequence[Path],
        refresh: Callable[[Sequence[bytes]], None],
        say: Callable[[str], None],
    ) -> None:
        paint(foreign / "nuova.png", (1, 2, 250))
        refresh([os.fsencode(foreign)])

    monkeypatch.setattr(Library, "watch", watch)
    assert "nuova" in cli("index", "--osserva")[2]
    assert cli("tag", "--aggiungi", "mare", "--xmp", foreign)[0] == 3
    assert sidecars(foreign) == []


@posix
def test_a_link_out_of_an_own_folder_leads_to_no_own_folder(
    cli: Cli, library: Library, photos: Path, tmp_path: Path
) -> None:
    """The archive says that links are followed in a folder inside; the person never did."""
    elsewhere = tmp_path / "altrove"
    paint(elsewhere / "altra.png", (1, 2, 250))
    (photos / "via").symlink_to(elsewhere)
    library.index([photos])
    with Catalog.create(library.settings.catalog) as catalog, catalog.transaction():
        via = os.fsencode(photos / "via")
        catalog.execute("INSERT INTO roots(path, follow_links) VALUES (?, 1)", (via,))
        catalog.execute(
            "UPDATE photos SET path = ? WHERE path = ?",
            (via + b"/altra.png", os.fsencode(photos / "rosso.png")),
        )
    code, _, told = cli("tag", "--aggiungi", "mare", "--xmp", photos)
    assert code == 3 and f"1 file .xmp aspetta: la cartella {photos / 'via'} sta" in told
    assert sidecars(elsewhere) == [] and len(sidecars(photos)) == len(PAINT) - 1


@posix
def test_a_link_that_the_person_names_leads_to_an_own_folder(
    library: Library, photos: Path, tmp_path: Path
) -> None:
    paint(tmp_path / "altrove" / "altra.png", (1, 2, 250))
    (photos / "via").symlink_to(tmp_path / "altrove")
    library.index([photos])
    with Catalog.open(library.settings.catalog) as catalog:
        assert library.local().own_folders(catalog, False).waits(os.fsencode(photos / "via/a.png"))
    library.index([photos / "via"])
    with Catalog.open(library.settings.catalog) as catalog:
        own = library.local().own_folders(catalog, confirmed=False)
        assert not own.waits(os.fsencode(photos / "via/a.png"))


@posix
def test_links_that_the_person_follows_need_no_confirmation(
    cli: Cli, library: Library, photos: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "altrove"
    paint(elsewhere / "altra.png", (1, 2, 250))
    (photos / "via").symlink_to(elsewhere)
    assert cli("index", photos)[0] == 0
    assert cli("index", "--segui-link")[0] == 0
    assert cli("tag", "--aggiungi", "mare", "--xmp", photos)[0] == 0
    assert sidecars(elsewhere) == ["altra.png.xmp"]
    library.index([photos], choices=FolderChoices(follow_links=False))
    with Catalog.open(library.settings.catalog) as catalog:
        own = library.local().own_folders(catalog, confirmed=False)
        assert own.waits(os.fsencode(photos / "via" / "altra.png"))
        assert not own.waits(os.fsencode(photos / "rosso.png"))


@pytest.mark.parametrize("path", ["{photos}/../documenti/mia.png", "{photos}/mia\0.png", "mia.png"])
def test_a_path_that_leads_elsewhere_is_refused(
    cli: Cli, library: Library, photos: Path, tmp_path: Path, path: str
) -> None:
    library.index([photos], choices=FolderChoices(follow_links=True))
    paint(tmp_path / "documenti" / "mia.png", (240, 0, 0))
    named = os.fsencode(path.format(photos=photos))
    with Catalog.create(library.settings.catalog) as catalog, catalog.transaction():
        changed = (named, os.fsencode(photos / "rosso.png"))
        assert catalog.execute("UPDATE photos SET path = ? WHERE path = ?", changed).rowcount == 1
    for line in (LABELS, (*LABELS, "--conferma"), ("doppioni", "--sposta-in", tmp_path / "D")):
        assert "inattes" not in cli(*line)[2]
        assert sidecars(tmp_path / "documenti") == []


def test_without_a_key_it_says_why_and_still_can_be_confirmed(
    cli: Cli, settings: Settings, foreign: Path
) -> None:
    shutil.rmtree(settings.configuration)
    settings.configuration.parent.mkdir(parents=True, exist_ok=True)
    settings.configuration.write_text("not a folder")
    assert cli("index", foreign)[0] == 0
    code, _, told = cli("tag", "--aggiungi", "mare", "--xmp", foreign)
    assert code == 3 and "manca la chiave" in told and "basta una volta" not in told
    assert cli("tag", "--aggiungi", "monti", "--xmp", foreign, "--conferma")[0] == 0
    assert len(sidecars(foreign)) == len(PAINT) + 1


def test_an_index_that_finds_nothing_new_seals_nothing_again(
    settings: Settings, library: Library, photos: Path
) -> None:
    library.index([photos])
    with Catalog.open(settings.catalog) as catalog:
        before = catalog.folders.sealed(), catalog.changes()
    library.index([photos])
    library.index([photos / "rosso.png"])
    with Catalog.open(settings.catalog) as catalog:
        assert (catalog.folders.sealed(), catalog.changes()) == before


def test_a_folder_that_is_forgotten_is_no_longer_the_persons(
    cli: Cli, settings: Settings, photos: Path
) -> None:
    assert cli("index", photos)[0] == 0
    assert cli("pulisci", "--dimentica", photos, "--conferma")[0] == 0
    with Catalog.open(settings.catalog) as catalog:
        assert catalog.folders.sealed() == []
