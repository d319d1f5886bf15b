"""Copying, linking and opening the photos of an answer."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path

import pytest

from cercafoto.errors import CercafotoError, DiskFullError, UsageError
from cercafoto.photos import delivery as delivering
from cercafoto.photos.delivery import deliver, open_in_viewer
from tests.conftest import Cli
from tests.support.waiting import until


@pytest.fixture
def originals(tmp_path: Path) -> list[bytes]:
    """Return the paths of three photos in two folders; two of them have the same file name."""
    result = []
    for folder, name in (("a", "mare.jpg"), ("b", "mare.jpg"), ("b", "monte.jpg")):
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(f"{folder} {name}".encode())
        os.utime(path, (1_500_000_000, 1_500_000_000))
        result.append(os.fsencode(path))
    return result


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_copies_keep_their_names_or_get_a_number(originals: list[bytes], tmp_path: Path) -> None:
    folder = tmp_path / "nuova" / "cartella"
    steps = list(deliver(originals, folder))
    assert [step.target.name for step in steps] == ["mare.jpg", "mare-2.jpg", "monte.jpg"]
    assert held(folder) == {
        "mare.jpg": b"a mare.jpg", "mare-2.jpg": b"b mare.jpg", "monte.jpg": b"b monte.jpg"
    }  # fmt: skip
    assert (folder / "mare.jpg").stat().st_mtime == 1_500_000_000
    again = list(deliver(originals, folder))
    assert [(s.target, s.already_there) for s in again] == [(s.target, True) for s in steps]
    assert len(held(folder)) == 3


def test_what_is_there_is_never_replaced(originals: list[bytes], tmp_path: Path) -> None:
    folder = tmp_path / "c"
    folder.mkdir()
    (folder / "mare.jpg").write_bytes(b"mia")
    (folder / "monte.jpg").symlink_to("nulla")  # a link that leads nowhere is there too
    list(deliver(originals, folder))
    assert (folder / "mare.jpg").read_bytes() == b"mia" and (folder / "monte.jpg").is_symlink()
    assert (folder / "mare-2.jpg").read_bytes() == b"a mare.jpg"
    assert (folder / "mare-3.jpg").read_bytes() == b"b mare.jpg"
    assert (folder / "monte-2.jpg").read_bytes() == b"b monte.jpg"


def test_names_that_differ_only_in_case_are_the_same(tmp_path: Path) -> None:
    photos = []
    for folder, name in (("a", "Mare.JPG"), ("b", "mare.jpg")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(folder)
        photos.append(os.fsencode(tmp_path / folder / name))
    targets = [step.target.name for step in deliver(photos, tmp_path / "c")]
    assert targets == ["Mare.JPG", "mare-2.jpg"]


@pytest.mark.parametrize("links", [False, True])
def test_a_rehearsal_says_the_same_and_does_nothing(
    originals: list[bytes], tmp_path: Path, links: bool
) -> None:
    folder = tmp_path / "c"
    rehearsed = list(deliver(originals, folder, links=links, rehearsal=True))
    assert not folder.exists()
    assert rehearsed == list(deliver(originals, folder, links=links))


def test_an_interrupted_copy_leaves_no_half_file(
    originals: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = 0

    def half(source: object, target: object, length: int = 0) -> None:
        nonlocal copies
        copies += 1
        if copies == 2:
            target.write(b"b ma")  # type: ignore[attr-defined]
            raise KeyboardInterrupt
        target.write(source.read())  # type: ignore[attr-defined]

    monkeypatch.setattr(shutil, "copyfileobj", half)
    with pytest.raises(KeyboardInterrupt):
        list(deliver(originals, tmp_path / "c"))
    assert held(tmp_path / "c") == {"mare.jpg": b"a mare.jpg"}


def test_errors_that_stop_everything(
    originals: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="non è una cartella"):
        list(deliver(originals, Path(os.fsdecode(originals[0]))))

    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "symlink_to", no_links)
    with pytest.raises(CercafotoError, match="non si fanno collegamenti") as told:
        list(deliver(originals, tmp_path / "c", links=True))
    assert "--copia-in" in told.value.hint

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(delivering, "fill_atomically", full)
    with pytest.raises(DiskFullError):
        list(deliver(originals, tmp_path / "c"))


def test_the_command_copies_links_and_rehearses(cli: Cli, photos: Path, tmp_path: Path) -> None:
    assert cli("index", photos)[0] == 0
    folder = tmp_path / "scelte"
    code, out, err = cli("cerca", "rosso", "-n", "2", "--copia-in", folder, "--prova")
    assert code == 0 and "rosso.png" in out and not folder.exists()
    assert f"{photos / 'rosso.png'} → {folder / 'rosso.png'}" in err and "verrebbe" in err
    code, _, err = cli("cerca", "rosso", "-n", "2", "--copia-in", folder)
    assert code == 0 and "2 foto copiate in" in err
    assert (folder / "rosso.png").read_bytes() == (photos / "rosso.png").read_bytes()
    code, out, _ = cli("cerca", "rosso", "-n", "1", "--collega-in", tmp_path / "l", "--percorsi")
    assert code == 0 and out == f"{photos / 'rosso.png'}\n"
    assert (tmp_path / "l" / "rosso.png").readlink() == photos / "rosso.png"
    assert (
        cli("cerca", "--come", photos / "rosso.png", "--copia-in", tmp_path / "s", "-n", "1")[0]
        == 0
    )
    assert len(os.listdir(tmp_path / "s")) == 1
    os.unlink(photos / "rosso.png")
    code, _, err = cli("cerca", "rosso", "-n", "2", "--copia-in", tmp_path / "x")
    assert code == 3 and "rosso.png: non c'è, saltata" in err


def test_photos_are_not_copied_if_nothing_matches(
    cli: Cli, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cercafoto.models.confidence import Calibration

    assert cli("index", photos)[0] == 0
    monkeypatch.setattr(Calibration, "verdict", lambda *_: "none")
    code, out, err = cli("cerca", "rosso", "--copia-in", tmp_path / "c", "--apri")
    assert code == 0 and "rosso.png" in out and "--tutte" in err
    assert not (tmp_path / "c").exists()
    assert cli("cerca", "rosso", "--copia-in", tmp_path / "c", "--tutte")[0] == 0
    assert len(os.listdir(tmp_path / "c")) == 5


def test_options_that_make_no_sense_together(cli: Cli, indexed: Path) -> None:
    for options in (
        "--copia-in a --collega-in b",
        "--prova",
        "--sovrascrivi",
        "--anteprima --json",
    ):
        assert cli("cerca", "rosso", *options.split())[:2] == (2, ""), options


@pytest.mark.skipif(sys.platform != "linux", reason="xdg-open is Linux's")
def test_the_viewer_gets_the_file_and_no_shell_its_name(
    cli: Cli, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("index", photos)[0] == 0
    odd = photos / "rosso $(touch x);&'.png"
    (photos / "rosso.png").rename(odd)
    assert cli("index", photos)[0] == 0
    programs = tmp_path / "bin"
    programs.mkdir()
    viewer = programs / "xdg-open"
    told = tmp_path / "detto"
    viewer.write_text(
        f'#!/bin/sh\nprintf "%s|" "$#" "$@" > "{told}"\nmv "{told}" "{tmp_path}/aperto"\n'
    )
    viewer.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)

    def opened() -> str:
        told = tmp_path / "aperto"
        until(told.exists)
        text = told.read_text("utf-8")
        told.unlink()
        return text

    assert cli("cerca", "rosso", "--apri")[0] == 0
    assert opened() == f"1|{odd}|" and not (tmp_path / "x").exists()
    assert cli("cerca", "rosso", "--html", tmp_path / "g.html", "--apri")[0] == 0
    assert opened() == f"1|{tmp_path / 'g.html'}|"
    assert cli("cerca", "rosso", "--html", tmp_path / "g", "--apri")[0] == 0
    assert opened() == f"1|{tmp_path / 'g' / 'index.html'}|"


@pytest.mark.skipif(sys.platform != "linux", reason="xdg-open is Linux's")
def test_without_a_viewer_it_says_which_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CercafotoError, match="xdg-open"):
        open_in_viewer(Path("/a.jpg"))
