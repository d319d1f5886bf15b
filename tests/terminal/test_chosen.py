"""Marking photos, copying and linking them, the clipboard, and opening a photo."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("textual")

from cercafoto import Library, Settings
from cercafoto.browse.asked import Asked
from cercafoto.errors import CercafotoError
from cercafoto.photos import delivery
from cercafoto.question.filters.filter import Filters
from cercafoto.terminal import clipboard
from cercafoto.terminal.screens.chosen import COLLECT, COPY, FORGET, LEAVE, LINK, PATHS, SAID
from tests.support.waiting import PATIENCE
from tests.terminal.screen import Visit, visit

DOWN = {what: at for at, what in enumerate(SAID)}


async def choose(screen: Visit, what: str) -> None:
    await screen.press("s", *["down"] * DOWN[what], "enter")


def paths_of(screen: Visit) -> list[bytes]:
    return [found.tile.path for found in screen.app.browsing.found]


def test_leaving_hands_over_what_is_marked_in_its_order(settings: Settings, indexed: Path) -> None:
    wanted: list[bytes] = []

    async def look(screen: Visit) -> None:
        wanted[:] = [paths_of(screen)[1], paths_of(screen)[0]]
        await screen.press("escape", "right", "space")
        assert screen.captions[1].startswith("▸ ✓ ")
        assert "✓ 1 scelta" in screen.text("#stato")
        await screen.press("left", "x", "right", "right", "space", "space")  # and not the third
        await screen.press("q")

    app = visit(settings, look)
    assert app.return_value == wanted and not app.writes


def test_breaking_off_hands_over_nothing(settings: Settings, indexed: Path) -> None:
    async def look(screen: Visit) -> None:
        await screen.press("escape", "space", "ctrl+c")

    assert visit(settings, look).return_value is None


def test_a_range_is_marked_at_once_and_unmarked(settings: Settings, indexed: Path) -> None:
    async def look(screen: Visit) -> None:
        await screen.press("escape", "s")
        assert "Prima scegli qualche foto" in screen.text("#stato")
        await screen.press("space", "end", "X")
        assert len(screen.app.browsing.marked) == 5
        await choose(screen, FORGET)
        assert not screen.app.browsing.marked
        await screen.press("space")
        await choose(screen, LEAVE)

    app = visit(settings, look)
    assert app.writes and len(app.return_value or ()) == 1


def test_marked_photos_are_copied_and_linked_into_a_folder(
    settings: Settings, indexed: Path, home: Path
) -> None:
    async def look(screen: Visit) -> None:
        await screen.press("escape", "space", "right", "space")
        await choose(screen, COPY)
        await screen.press("tilde", "slash", *"copie", "enter")
        assert screen.text("#stato").startswith("2 foto copiate in ")
        await choose(screen, COPY)
        await screen.press("tilde", "slash", *"copie", "enter")
        assert "2 c'erano già" in screen.text("#stato")
        await choose(screen, LINK)
        await screen.press("tilde", "slash", *"legami", "enter")
        assert screen.text("#stato").startswith("2 foto collegate in ")
        await choose(screen, COPY)
        await screen.press("tilde", "slash", *"occupato", "enter")
        assert "non è una cartella" in screen.text("#detto")

    (home / "occupato").write_text("un file")
    visit(settings, look)
    assert len(list((home / "copie").iterdir())) == 2
    assert all(path.is_symlink() for path in (home / "legami").iterdir())


def test_copying_is_broken_off_after_the_photo_in_hand(
    settings: Settings, indexed: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on, real = threading.Event(), threading.Event(), delivery.deliver

    def slow(
        photos: list[bytes], folder: Path, opened: delivery.Opener, **options: bool
    ) -> Iterator[delivery.Step]:
        for step in real(photos, folder, opened, **options):
            begun.set()
            assert goes_on.wait(PATIENCE)
            yield step

    monkeypatch.setattr("cercafoto.terminal.screens.chosen.deliver", slow)

    async def look(screen: Visit) -> None:
        await screen.press("escape", "space", "end", "X")
        await choose(screen, COPY)
        await screen.pilot.press("tilde", "slash", *"copie", "enter")
        await screen.until(begun.is_set)
        await screen.pilot.press("escape")
        goes_on.set()
        await screen.settle()
        assert screen.text("#stato").startswith("1 foto copiata in ")

    visit(settings, look)
    assert len(list((home / "copie").iterdir())) == 1


def test_paths_go_to_the_clipboard(settings: Settings, indexed: Path) -> None:
    async def look(screen: Visit) -> None:
        await screen.press("escape", "c")
        first, second = map(os.fsdecode, paths_of(screen)[:2])
        assert screen.app.clipboard == first
        await screen.press("space", "right", "space")
        await choose(screen, PATHS)
        assert screen.app.clipboard == f"{first}\n{second}"

    visit(settings, look)


def test_a_photo_is_opened_outside(
    settings: Settings, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[Path, float | None]] = []
    monkeypatch.setattr(
        "cercafoto.photos.delivery.open_in_viewer", lambda path, at: opened.append((path, at))
    )

    async def look(screen: Visit) -> None:
        await screen.press("escape", "o")
        assert [(os.fsencode(path), at) for path, at in opened] == [(paths_of(screen)[0], None)]

    visit(settings, look)


def test_an_image_is_copied_or_the_person_is_told_why_not(
    settings: Settings, indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "xclip"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\ncat > "{tmp_path}/preso.png"\n')
    program.chmod(0o755)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)

    async def look(screen: Visit) -> None:
        await screen.press("escape", "C")
        assert "prendono solo testo" in screen.text("#stato")
        monkeypatch.setenv("DISPLAY", ":1")
        monkeypatch.setenv("PATH", str(tmp_path))
        await screen.press("C")
        assert "manca xclip" in screen.text("#stato")
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
        await screen.press("C")
        assert screen.text("#stato") == "Immagine negli appunti."

    visit(settings, look)
    assert (tmp_path / "preso.png").read_bytes().startswith(b"\x89PNG")


def test_the_program_for_pictures_is_that_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert clipboard.program({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"})[0] == "wl-copy"
    assert clipboard.program({"DISPLAY": ":0"})[0] == "xclip"
    with pytest.raises(CercafotoError, match="solo testo"):
        clipboard.program({})


def test_a_question_is_kept_and_its_photos_chosen_by_hand(
    settings: Settings, indexed: Path, library: Library
) -> None:
    async def look(screen: Visit) -> None:
        await screen.press("escape", "r")
        assert "Prima cerca qualcosa" in screen.text("#stato")
        await screen.ask("rosso")
        await screen.press("r", *"Mie", "enter")
        first = {path.decode() for path in paths_of(screen)}
        assert screen.app.browsing.asked == Asked(typed=Filters(collections=("Mie",)))
        gone = os.fsdecode(paths_of(screen)[0])
        await screen.press("minus")
        assert {os.fsdecode(path) for path in paths_of(screen)} == first - {gone}
        await screen.press("r", *"mie", "enter")
        assert "c'è già" in screen.text("#detto")
        await screen.press("escape", "1")  # no longer within the collection
        await screen.ask("blu")
        await screen.press("space")
        blue = os.fsdecode(paths_of(screen)[0])
        await choose(screen, COLLECT)
        await screen.press(*"Mie", "enter")
        (mine,) = library.collections.photos()
        assert {os.fsdecode(path) for path in mine.photos} == (first - {gone}) | {blue}
        assert "in «Mie»" in screen.text("#stato")

    visit(settings, look)
