"""A `leggi` that is killed several times loses no words and stores none twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from tests.conftest import PAINT, paint
from tests.support import fake_engine
from tests.support.waiting import PATIENCE

KILLS, PHOTOS = 3, 14

# It writes a number of texts, then waits to be killed.
PROGRAM = f"""
import sys, time
from cercafoto.ocr import ocr_processes, read_run
ocr_processes.ENGINE = {fake_engine.MODULE!r}
write, left = read_run.WordReader.write, int(sys.argv[1])

def written(self, found):
    global left
    bearing = write(self, found[:left])
    if len(found) > left:
        time.sleep({PATIENCE})
    left -= len(found)
    return bearing

read_run.WordReader.write = written
from cercafoto.cli.main import main
sys.argv = ["cercafoto", "leggi", "--tutte", "--quieto"]
main()
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL"),
]


def test_kills_lose_nothing(
    settings: Settings,
    library: Library,
    tmp_path: Path,
    fake: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = list(PAINT)
    for n in range(PHOTOS):  # each a content of its own
        paint(tmp_path / "foto" / f"{n}.png", PAINT[names[n % len(names)]], (60 + n, 40))
    library.index([tmp_path / "foto"])
    fake()
    monkeypatch.setenv("CERCAFOTO_ARCHIVIO", str(settings.archive))
    monkeypatch.setenv("CERCAFOTO_MODELLI", str(settings.models))
    monkeypatch.setenv("CERCAFOTO_MODELLO", "tiny")
    monkeypatch.setenv("PYTHONPATH", os.getcwd())
    dice = random.Random(5)
    read = 0
    for _ in range(KILLS):
        more = dice.randint(1, 3)
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(more)])
        read += more
        while _read(settings) < read:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert _read(settings) == read  # what was read before stays
    subprocess.run([sys.executable, "-c", PROGRAM, str(PHOTOS)], check=True)
    with Catalog.open(settings.catalog) as catalog:
        texts = {
            Path(os.fsdecode(path)).stem: catalog.texts.of_content(content)
            for path, content in catalog.photos.paths()
        }
        assert catalog.texts.counts() == (PHOTOS, PHOTOS)
        assert catalog.unread.contents("testi") == set()
    assert {n: text and text.text for n, text in texts.items()} == {
        str(n): names[n % len(names)] for n in range(PHOTOS)
    }
    assert library.check(full=True).sound


def _read(settings: Settings) -> int:
    with Catalog.open(settings.catalog) as catalog:
        return catalog.texts.counts()[0]
