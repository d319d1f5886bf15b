"""cercafoto doppioni --sposta-in and --annulla: messages, and killed runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.base.atomic_file import PARTIAL
from tests.flows.test_tag_xmp import snapshot
from tests.support.scenes import scene

Cli = Callable[..., tuple[int, str, str]]
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
        f"{scenes}/s0.png resta: è il file più vecchio",
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
    assert cli("doppioni", "--sposta-in", aside)[2] == "Non c'è nessun doppione da spostare.\n"
    assert cli("doppioni", "--annulla") == (
        0,
        "",
        "3 foto tornate al loro posto (con 2 file .xmp).\n",
    )
    assert snapshot(scenes) == before
    assert cli("doppioni", "--annulla") == (0, "", NOTHING_LEFT)


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
    library.label_photos([scenes / "piccola.jpg"], ["zia Pina"])
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


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--conferma"], "--conferma e --prova vanno insieme a --sposta-in"),
        (["--mancanti"], "--mancanti va insieme a --confronta"),
        (["--sposta-in", "x", "--annulla"], "si escludono a vicenda"),
        (["--sposta-in", "x", "--confronta", "y"], "si escludono a vicenda"),
        (["--sposta-in", "x", "--null"], "--null non va insieme"),
        (["--annulla", "--esatti"], "--annulla non vuole"),
    ],
)
def test_wrong_words(cli: Cli, arguments: list[str], reason: str) -> None:
    code, out, err = cli("doppioni", *arguments)
    assert (code, out) == (2, "")
    assert reason in err


# -- killed ------------------------------------------------------------------------------------

# Ends the process at the n-th change of a file's name or content, as a kill does.
KILLED = """
import errno, os, sys
number, disks, begin_at, *words = sys.argv[1:]
number = int(number)

def apart(a, b):
    return disks == "two" and ("/la/" in os.fsdecode(a)) != ("/la/" in os.fsdecode(b))

def counted(real, two_names):
    def call(*arguments, **options):
        global number
        if two_names and apart(*arguments[:2]):
            raise OSError(errno.EXDEV, "two disks")
        number -= 1
        if number == 0:
            os._exit(9)
        return real(*arguments, **options)
    return call

from cercafoto.cli.main import run
from cercafoto.indexing import set_aside
begin = getattr(set_aside, begin_at)

def counting(*arguments):
    for name in ("link", "replace", "rename"):
        setattr(os, name, counted(getattr(os, name), True))
    for name in ("unlink", "fsync"):
        setattr(os, name, counted(getattr(os, name), False))
    return begin(*arguments)

setattr(set_aside, begin_at, counting)
sys.exit(run(["doppioni", *words]))
"""


CHANGES = range(1, 60, 3)  # the changes at which a run is killed, until a run ends before


def killed(number: int, disks: str, begin_at: str, *words: str | Path) -> bool:
    """Kill a run at a certain change to the disk; return False if it ended before."""
    arguments = [str(number), disks, begin_at, *map(str, words), "--quieto"]
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments])
    assert done.returncode in (0, 9)
    return done.returncode == 9


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a path there has other separators")
@pytest.mark.parametrize("disks", ["one", "two"])
def test_a_killed_run_loses_nothing_goes_on_and_can_be_undone(
    library: Library, settings: Settings, cli: Cli, scenes: Path, aside: Path, disks: str
) -> None:
    before = snapshot(scenes)
    for number in CHANGES:
        if not killed(number, disks, "tidy_up", "--esatti", "--sposta-in", aside, "--conferma"):
            break
        left = {**snapshot(scenes), **snapshot(aside)} if aside.exists() else snapshot(scenes)
        assert set(left.values()) >= set(before.values())
        for name, digest in before.items():
            assert left[name] == digest, name
        if number % 2:  # repeat the same command
            code, _, err = cli("doppioni", "--esatti", "--sposta-in", aside, "--conferma")
            assert code == 0, (number, err)
            assert sorted(snapshot(scenes)) == ["s0.png", "s1.png", "s2.png"]
            assert {name: before[name] for name in snapshot(aside)} == snapshot(aside)
            assert library.status().counts.photos == 3
        while cli("doppioni", "--annulla") != (0, "", NOTHING_LEFT):
            pass
        assert snapshot(scenes) == before
        assert snapshot(aside) == {} if aside.exists() else True
        assert not [*scenes.rglob(f"*{PARTIAL}"), *aside.rglob(f"*{PARTIAL}")]
        assert library.status().counts.photos == 6
    assert number > 12  # it was killed in the middle of every step
    assert len(snapshot(aside)) == 5


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a path there has other separators")
def test_a_killed_undoing_loses_nothing_and_goes_on(
    library: Library, cli: Cli, scenes: Path, aside: Path
) -> None:
    before = snapshot(scenes)
    for number in CHANGES:
        assert cli("doppioni", "--esatti", "--sposta-in", aside, "--conferma")[0] == 0
        if not killed(number, "two", "bring_back", "--annulla"):
            break
        while cli("doppioni", "--annulla") != (0, "", NOTHING_LEFT):
            pass
        assert snapshot(scenes) == before
        assert snapshot(aside) == {}
        assert library.status().counts.photos == 6
    assert number > 10
    assert snapshot(scenes) == before
