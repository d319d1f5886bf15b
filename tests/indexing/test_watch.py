"""An archive kept up to date, with real changes to real folders."""

from __future__ import annotations

import configparser
import errno
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import watchfiles
from watchfiles.main import FileChange

from cercafoto import Library
from cercafoto.archive.local.catalog import Catalog
from cercafoto.cli.app import program
from cercafoto.errors import ArchiveError
from cercafoto.indexing.watcher import FolderIds, Watcher, WatchPace
from tests.conftest import PAINT, names, paint
from tests.support.waiting import PATIENCE, until

FAST = WatchPace(rest=0.1, longest=2, look=0.1, retry=0.1, blind=0.3)
SHADES = itertools.count(1)


class Running:
    """A watcher running in a thread, and the runs it has done.

    handled: paths whose changes the watcher was told of and has dealt with.
    looks: how many of the folders were there, each time it looked.
    """

    def __init__(self, folders: Sequence[Path], **options: object) -> None:
        self.handled: set[str] = set()
        self.looks: list[int] = []
        self.refreshed: list[list[bytes]] = []
        self.said: list[str] = []
        self.failures: list[Exception] = []
        self.stop = threading.Event()
        watched = [os.fsencode(folder) for folder in folders]
        pace = options.pop("pace", FAST)
        self.watch = Watcher(
            self.refresh,
            lambda: watched,
            say=self.said.append,
            stop=self.stop,
            pace=pace,  # type: ignore[arg-type]
            **options,  # type: ignore[arg-type]
        )
        self._present = self.watch._present_folders
        self.watch._present_folders = self.look  # type: ignore[method-assign]
        self.thread = threading.Thread(target=self.watch.run)

    def look(self) -> FolderIds:
        found = self._present()
        self.looks.append(len(found))
        return found

    def catch_up(self, folder: Path) -> None:
        """Wait until all changes so far in a watched folder are dealt with. The system tells them
        in their order."""
        last = folder / f"{next(SHADES)}.ultimo"  # no photo
        last.touch()
        until(lambda: str(last) in self.handled)

    def refresh(self, folders: Sequence[bytes]) -> None:
        self.refreshed.append(list(folders))
        if self.failures:
            raise self.failures.pop()

    def stirred(self, change: Callable[[], object]) -> list[list[bytes]]:
        """Make a change again and again until it is noticed; return the paths of each run."""
        self.refreshed.clear()

        def noticed() -> bool:
            change()
            time.sleep(0.3)
            return bool(self.refreshed)

        until(noticed)
        return self.refreshed


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Running]]:
    running: list[Running] = []
    watch = watchfiles.watch

    def told(*folders: str, **options: Any) -> Iterator[set[FileChange]]:
        for changes in watch(*folders, **options):
            yield changes
            for one in running:
                one.handled.update(path for _, path in changes)

    monkeypatch.setattr(watchfiles, "watch", told)

    def begin(*folders: Path, **options: object) -> Running:
        one = Running(folders, **options)
        running.append(one)
        one.thread.start()
        # The watches are there once a change is noticed.
        for folder in folders:
            if folder.is_dir():
                one.stirred(lambda folder=folder: repaint(folder / "prova.png"))
                if watchfiles.watch is told:
                    one.catch_up(folder)
        one.refreshed.clear()
        return one

    yield begin
    for one in running:
        one.stop.set()
        one.thread.join(PATIENCE)
        assert not one.thread.is_alive()


def repaint(path: Path) -> None:
    paint(path, (next(SHADES) % 250, 0, 0))


def test_a_change_is_indexed_in_its_folder_alone(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    a.mkdir()
    b.mkdir()
    running = start(a, b)
    paint(a / "nuova.png", PAINT["rosso"])
    until(lambda: running.refreshed)
    assert {folder for found in running.refreshed for folder in found} == {os.fsencode(a)}


def test_a_burst_is_one_change(start: Callable[..., Running], tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    running = start(folder, pace=WatchPace(rest=2, longest=60, look=0.1))
    elsewhere = tmp_path / "altrove"
    for number in range(30):
        paint(elsewhere / f"{number}.png", PAINT["rosso"])
    for number in range(30):  # quickly: two seconds without a change would end the burst
        (elsewhere / f"{number}.png").rename(folder / f"{number}.png")
    running.catch_up(folder)
    assert len(running.refreshed) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "prova.png").unlink(missing_ok=True) or repaint(folder / "x.png"),
        lambda folder: repaint(folder / f"nuova{next(SHADES)}" / "foto.png"),
        lambda folder: (folder / "prova.png.xmp").write_text(str(next(SHADES))),
        lambda folder: (folder / ".cercafotoignore").write_text(f"*{next(SHADES)}.png"),
        lambda folder: (folder / f"dir{next(SHADES)}").mkdir(),
    ],
    ids=["deleted", "in a new folder", "sidecar", "ignore file", "folder"],
)
def test_changes_of_photos_and_sidecars_are_indexed(
    start: Callable[..., Running], tmp_path: Path, change: Callable[[Path], object]
) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    running = start(folder)
    assert running.stirred(lambda: change(folder))[0] == [os.fsencode(folder)]


def test_other_changes_are_ignored(start: Callable[..., Running], tmp_path: Path) -> None:
    folder = tmp_path / "a"
    (folder / ".cache").mkdir(parents=True)
    (folder / "archivio").mkdir()
    running = start(folder, own_folders=[os.fsencode(folder / "archivio")])
    for name in ("note.txt", ".cache/anteprima.png", ".foto.png", "archivio/catalogo.png"):
        (folder / name).write_bytes(b"x")
    running.catch_up(folder)
    assert running.refreshed == []
    repaint(folder / "prova.png")  # it was listening all the same
    until(lambda: running.refreshed)


def test_a_disk_that_goes_and_comes_back(start: Callable[..., Running], tmp_path: Path) -> None:
    """Folders play the disk: another one in its place, none, the first again."""
    disk, elsewhere = tmp_path / "disco", tmp_path / "altrove"
    disk.mkdir()
    running = start(disk)
    disk.rename(elsewhere)
    until(lambda: running.refreshed)
    assert running.refreshed[-1] == [os.fsencode(disk)]
    until(lambda: running.looks[-2:] == [0, 0])  # and is waiting for it to come back
    running.refreshed.clear()
    elsewhere.rename(disk)
    until(lambda: running.refreshed)
    # The folder is watched again.
    assert running.stirred(lambda: repaint(disk / "prova.png"))[0] == [os.fsencode(disk)]


def test_a_failed_refresh_is_reported_and_tried_again(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    running = start(folder)
    running.failures = [ArchiveError("Il disco è pieno.", "Libera dello spazio.")] * 2
    repaint(folder / "prova.png")
    until(lambda: len(running.refreshed) == 3)
    assert running.said == ["Il disco è pieno. Libera dello spazio."] * 2
    assert running.refreshed == [[os.fsencode(folder)]] * 3


def test_without_change_events_everything_is_indexed_now_and_then(
    start: Callable[..., Running], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> Iterator[set[tuple[object, str]]]:
        raise OSError(errno.ENOSPC, "OS file watch limit reached")
        yield set()

    monkeypatch.setattr(watchfiles, "watch", full)
    folder = tmp_path / "a"
    folder.mkdir()
    running = start(folder)
    until(lambda: len(running.refreshed) >= 2)
    assert "più di quante ne lascia seguire" in running.said[0]


def test_a_watch_waits_for_a_folder_to_exist(start: Callable[..., Running], tmp_path: Path) -> None:
    folder = tmp_path / "a"
    running = start(folder)
    until(lambda: len(running.looks) > 5)
    assert running.refreshed == []
    folder.mkdir()
    until(lambda: running.refreshed)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent otherwise there")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_command_keeps_the_archive_fresh_and_ends_well(
    library: Library, photos: Path, tmp_path: Path, ending: signal.Signals
) -> None:
    environ = os.environ | {
        "CERCAFOTO_ARCHIVIO": str(library.settings.archive),
        "CERCAFOTO_MODELLI": str(library.settings.models),
        "CERCAFOTO_MODELLO": "tiny",
    }
    said = tmp_path / "detto"
    with said.open("wb") as stream:
        running = subprocess.Popen(
            [sys.executable, "-m", "cercafoto", "index", photos, "--osserva"],
            stderr=stream,
            env=environ,
        )
    try:
        until(lambda: "in ascolto" in said.read_text("utf-8"))
        shutil.rmtree(photos / "via", ignore_errors=True)

        def seen() -> bool:
            repaint(photos / f"cremisi{next(SHADES)}.png")
            time.sleep(3)
            return "nuov" in said.read_text("utf-8").partition("in ascolto")[2]

        until(seen)
        assert any(name.startswith("cremisi") for name in names(library, "rosso"))
        (photos / "verde.png").unlink()
        until(lambda: "scomparsa" in said.read_text("utf-8"))
        running.send_signal(ending)
        assert running.wait(PATIENCE) == 0
    finally:
        running.kill()
    assert "Ascolto finito" in said.read_text("utf-8")
    with Catalog.open(library.settings.catalog) as catalog:
        assert catalog.photos.count_visible_under(os.fsencode(photos)) == len(
            list(photos.iterdir())
        )


UNIT = re.search(
    r"```ini\n(.*?)```",
    (Path(__file__).parents[2] / "docs" / "osserva.md").read_text("utf-8"),
    re.S,
)


def test_the_systemd_unit_runs_a_command_that_there_is(tmp_path: Path) -> None:
    assert UNIT is not None
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(UNIT[1])
    executable, *words = unit["Service"]["ExecStart"].split()
    assert Path(executable).name == "cercafoto"
    ctx = program.make_context("cercafoto", words, resilient_parsing=True)
    name, index, rest = program.resolve_command(ctx, words)
    assert index is not None
    assert index.make_context(name, rest).params["watch"] is True
    # The unit ends the program with a signal that it handles.
    assert getattr(signal, unit["Service"]["KillSignal"]) is signal.SIGINT


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_finds_nothing_amiss_in_the_unit(tmp_path: Path) -> None:
    assert UNIT is not None
    right = UNIT[1].replace("%h/.local/bin/cercafoto", sys.executable)
    environ = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)}

    def complaints(text: str) -> list[str]:
        unit = tmp_path / "cercafoto.service"
        unit.write_text(text, "utf-8")
        done = subprocess.run(
            ["systemd-analyze", "verify", "--user", "--man=no", unit],
            capture_output=True,
            text=True,
            env=environ,
        )
        return [line for line in done.stderr.splitlines() if "cercafoto.service" in line]

    if not complaints(right.replace("Nice=", "Nize=")):
        pytest.skip("systemd cannot look at a user's units here")
    assert complaints(right) == []


@pytest.mark.usefixtures("no_video_reader")
def test_an_unreadable_photo_is_reported_once(
    cli: Callable[..., tuple[int, str, str]],
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    disk, away = tmp_path / "disco", tmp_path / "via"
    paint(disk / "a.png", (1, 2, 3))
    (photos / "vecchia.jpg").write_text("ciao")
    (photos / "gita.mp4").write_bytes(b"")
    told = []
    first: list[str] = []

    def run(watch: Watcher) -> None:
        def change(*folders: Path) -> None:
            capfd.readouterr()
            watch._refresh([os.fsencode(folder) for folder in folders])
            told.append(capfd.readouterr().err)

        first.append(capfd.readouterr().err)
        paint(photos / "nuova.png", (9, 9, 9))
        change(photos)
        (photos / "anche.jpg").write_text("ciao")
        change(photos)
        disk.rename(away)
        change(photos, disk)
        change(photos, disk)
        paint(photos / "altra.png", (9, 9, 8))
        change(photos, disk)
        change(photos)
        away.rename(disk)
        change(photos, disk)
        disk.rename(away)
        change(photos, disk)
        raise KeyboardInterrupt

    monkeypatch.setattr(Watcher, "run", run)
    assert cli("index", photos, disk, "--osserva")[0] == 3
    assert "1 video" in first.pop() and not any("video" in line for line in told)
    new, bad, gone, same, other, elsewhere, back, again = told
    assert "1 foto nuova" in new and "legg" not in new
    assert str(photos / "anche.jpg") in bad and "vecchia" not in bad
    assert f"{disk}: non c'è" in gone and "anche.jpg" not in gone
    assert (same, elsewhere) == ("", "")
    assert "1 foto nuova" in other and str(disk) not in other and "legg" not in other
    assert "invariate" in back and str(disk) not in back
    assert f"{disk}: non c'è" in again


def test_json_and_watching_do_not_go_together(
    cli: Callable[..., tuple[int, str, str]], photos: Path
) -> None:
    assert cli("index", photos, "--osserva", "--json")[0] == 2
