"""cercafoto doppioni --sposta-in and --annulla: messages, and killed runs."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.base.atomic_file import PARTIAL
from tests.conftest import Cli
from tests.flows.test_tag_xmp import snapshot
from tests.support.faults import KILL, KILLED, FaultServer
from tests.support.scenes import scene

NOTHING_LEFT = (
    "Non c'è niente da annullare negli spostamenti. Per le etichette: cercafoto tag --annulla\n"
)


@pytest.fixture
def scenes(cli: Cli, tmp_path: Path) -> Path:
    """Return a folder of three photos, each with a copy in a subfolder; two have a sidecar."""
    folder = tmp_path / "scene"
    (folder / "copie").mkdir(parents=True)
    for number in range(3):
        path = folder / f"s{number}.png"
        scene(number).save(path)
        os.utime(path, (1_400_000_000, 1_400_000_000))
        shutil.copy(path, folder / "copie" / f"s{number}.png")
    (folder / "copie" / "s0.png.xmp").write_bytes(b"suo")
    (folder / "copie" / "s1.xmp").write_bytes(b"suo")
    assert cli("index", folder)[0] == 0
    return folder


@pytest.fixture
def aside(tmp_path: Path) -> Path:
    return tmp_path / "la"


def test_first_it_says_then_it_does_then_it_undoes(cli: Cli, scenes: Path, aside: Path) -> None:
    before = snapshot(scenes)
    code, out, err = cli("doppioni", "--sposta-in", aside)
    assert code == 0
    assert out.splitlines()[:5] == [
        f"{scenes}/s0.png resta: non sta in una cartella di copie",
        f"  {scenes}/copie/s0.png",
        f"    → {aside}/copie/s0.png",
        f"  {scenes}/copie/s0.png.xmp",
        f"    → {aside}/copie/s0.png.xmp",
    ]
    assert err.startswith(f"Da spostare in {aside}: 3 foto (")
    assert ", con 2 file .xmp). Nessun file è stato toccato." in err
    assert snapshot(scenes) == before
    code, out, err = cli("doppioni", "--sposta-in", aside, "--conferma")
    assert (code, out) == (0, "")
    assert err.startswith(f"Spostate in {aside}: 3 foto (")
    assert len(snapshot(aside)) == 5
    assert cli("doppioni", "--sposta-in", aside)[2] == "Non c'è nessuna foto da spostare.\n"
    assert cli("doppioni", "--annulla") == (
        0,
        "",
        "3 foto tornate al loro posto (con 2 file .xmp).\n",
    )
    assert snapshot(scenes) == before
    assert cli("doppioni", "--annulla") == (0, "", NOTHING_LEFT)


def test_no_error_says_that_moved_photos_were_not_touched(
    cli: Cli, scenes: Path, aside: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def surprise(*_: object) -> None:
        raise KeyError("x")

    untouched, undo = "Le foto non sono state toccate.", "«cercafoto doppioni --annulla» rimette"
    before = snapshot(scenes)
    moving = ("doppioni", "--sposta-in", aside, "--conferma")
    for fault in (damaged, full, surprise):
        with monkeypatch.context() as patch:
            patch.setattr("cercafoto.archive.local.intake.Intake.set_state_of", fault)
            code, out, err = cli(*moving)
        assert (code, out) == (1, "") and len(snapshot(aside)) == 5
        assert untouched not in err and (undo in err or fault is full), err
        with monkeypatch.context() as patch:
            patch.setattr("cercafoto.base.run_journal.RecordedRun.forget", full)
            code, out, err = cli("doppioni", "--annulla")
        assert (code, out) == (1, "") and untouched not in err and undo in err
        (journal,) = (settings.archive / "doppioni").iterdir()
        assert err.startswith(f"cercafoto: {journal}: il disco è pieno.\n")
        assert snapshot(scenes) == before
        assert cli("doppioni", "--annulla")[0] == 0
    # A command that moves nothing still says so.
    with monkeypatch.context() as patch:
        patch.setattr("cercafoto.duplicates.album.DuplicateAlbum.find", surprise)
        assert untouched in cli("doppioni")[2]


def test_json(cli: Cli, scenes: Path, aside: Path) -> None:
    out = json.loads(cli("doppioni", "--sposta-in", aside, "--esatti", "--json")[1])
    assert (out["done"], out["folder"], len(out["moved"])) == (False, str(aside), 3)
    assert out["moved"][0] == {
        "from": f"{scenes}/copie/s0.png",
        "to": f"{aside}/copie/s0.png",
        "kept": f"{scenes}/s0.png",
        "sidecars": [{"from": f"{scenes}/copie/s0.png.xmp", "to": f"{aside}/copie/s0.png.xmp"}],
    }
    assert json.loads(cli("doppioni", "--sposta-in", aside, "--conferma", "--json")[1])["done"]
    (aside / "copie" / "s2.png").write_bytes(b"altro")
    code, out, err = cli("doppioni", "--annulla", "--json")
    assert (code, err) == (3, "")
    data = json.loads(out)
    assert (len(data["returned"]), data["sidecars"]) == (2, 2)
    assert [row["path"] for row in data["problems"]] == [f"{aside}/copie/s2.png"]


def test_labels_that_would_be_missed_are_told(
    cli: Cli, library: Library, scenes: Path, aside: Path
) -> None:
    scene(0, (320, 240)).save(scenes / "piccola.jpg")
    cli("index")
    library.labels.give([scenes / "piccola.jpg"], ["zia Pina"])
    err = cli("doppioni", "--sposta-in", aside, "--conferma")[2]
    told = f"{scenes}/s0.png non ha le etichette date a mano alla sua copia: zia Pina."
    assert told in err.splitlines()


def test_what_stays_is_named(cli: Cli, scenes: Path, aside: Path) -> None:
    scene(7).save(scenes / "copie" / "s1.png")
    code, _, err = cli("doppioni", "--sposta-in", aside, "--conferma")
    assert code == 3
    assert f"{scenes}/copie/s1.png: è cambiata dopo" in err
    (aside / "copie" / "s2.png").write_bytes(b"altro")
    code, _, err = cli("doppioni", "--annulla")
    assert code == 3
    assert "1 foto tornata al suo posto (con 1 file .xmp)." in err
    assert f"{aside}/copie/s2.png: è cambiata dopo lo spostamento: resta dov'è." in err


def test_wrong_words(cli: Cli) -> None:
    for arguments, reason in (
        ("--conferma", "--conferma va insieme a --sposta-in o --annulla"),
        ("--mancanti", "--mancanti va insieme a --confronta"),
        ("--sposta-in x --annulla", "si escludono a vicenda"),
        ("--sposta-in x --confronta y", "si escludono a vicenda"),
        ("--sposta-in x --null", "--null non va insieme"),
        ("--annulla --esatti", "--annulla non vuole"),
    ):
        code, out, err = cli("doppioni", *arguments.split())
        assert (code, out) == (2, "") and reason in err, arguments


# -- killed ------------------------------------------------------------------------------------

TIMES = 10  # that a command is killed, spread evenly over its writes
OTHER_DISK = "/la/"


@pytest.fixture
def server(cli: Cli) -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


def killed(server: FaultServer, words: list[str], writes: int) -> Iterator[int]:
    """Kill a command at several of its writes; yield the number of each."""
    for at in sorted({1 + round(n * (writes - 1) / (TIMES - 1)) for n in range(TIMES)}):
        code, _, said = server.run(words, at, KILL, OTHER_DISK)
        assert code == KILLED, (at, said)
        yield at


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="nothing forks there")
def test_a_killed_run_loses_nothing_goes_on_and_can_be_undone(
    library: Library, cli: Cli, scenes: Path, aside: Path, server: FaultServer
) -> None:
    """On two disks; `attacks/test_kills.py` has it on one."""
    before = snapshot(scenes)
    words = ["doppioni", "--esatti", "--sposta-in", str(aside), "--conferma"]
    code, writes, said = server.run(words, apart=OTHER_DISK)
    assert code == 0 and len(snapshot(aside)) == 5 and writes > TIMES, said
    assert cli("doppioni", "--annulla")[0] == 0
    for number, at in enumerate(killed(server, words, writes)):
        left = snapshot(scenes) | (snapshot(aside) if aside.exists() else {})
        assert left.items() >= before.items(), at
        if number % 2:  # the same command goes on
            code, _, err = cli(*words)
            assert code == 0, (at, err)
            assert sorted(snapshot(scenes)) == ["s0.png", "s1.png", "s2.png"]
            assert snapshot(aside).items() <= before.items()
            assert library.status().counts.photos == 3
        while cli("doppioni", "--annulla") != (0, "", NOTHING_LEFT):
            pass
        assert snapshot(scenes) == before
        assert not aside.exists() or snapshot(aside) == {}
        assert not [*scenes.rglob(f"*{PARTIAL}"), *aside.rglob(f"*{PARTIAL}")]
        assert library.status().counts.photos == 6


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="nothing forks there")
def test_a_killed_undoing_loses_nothing_and_goes_on(
    library: Library, cli: Cli, scenes: Path, aside: Path, server: FaultServer
) -> None:
    before = snapshot(scenes)
    aside_again = ("doppioni", "--esatti", "--sposta-in", aside, "--conferma")
    assert cli(*aside_again)[0] == 0
    code, writes, said = server.run(["doppioni", "--annulla"], apart=OTHER_DISK)
    assert code == 0 and snapshot(scenes) == before and writes > TIMES, said
    assert cli(*aside_again)[0] == 0
    for at in killed(server, ["doppioni", "--annulla"], writes):
        while cli("doppioni", "--annulla") != (0, "", NOTHING_LEFT):
            pass
        assert snapshot(scenes) == before and snapshot(aside) == {}, at
        assert library.status().counts.photos == 6
        assert cli(*aside_again)[0] == 0
