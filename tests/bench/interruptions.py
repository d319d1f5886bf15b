"""Kill real runs at random moments and compare what they leave with a run that was left alone.

    python -m tests.bench.interruptions [KILLS [PHOTOS [SEED]]]

Two stories: a first index, and a refresh after photos were moved, edited and deleted. After every
SIGKILL the archive must open and be sound, and hold no less than before; in the end it must hold
exactly what the undisturbed run holds. 20 kills, 300 photos, seed 1 unless told.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from cercafoto import Library, Settings
from cercafoto.archive.local import migrations
from cercafoto.archive.local.catalog import Catalog
from tests.support.tiny_model import make_tiny_model

# What a catalogue says, without the numbers of rows and the times of writing.
QUESTIONS = {
    "photos": "SELECT path, size, mtime_ns, state, problem, hex(digest), taken_at, format, shape, "
    "photos.facts_version FROM photos LEFT JOIN contents ON contents.id = content_id",
    "vectors": "SELECT hex(digest), hex(vector), vectors.checksum FROM vectors "
    "JOIN contents ON contents.id = content_id",
    "words": "SELECT path, names FROM words JOIN photos ON photos.id = words.rowid",
    "roots": "SELECT path FROM roots",
    "settings": "SELECT key, value FROM meta WHERE key NOT IN ('purges', 'changes', 'facets')",
}


@dataclass(frozen=True)
class Outcome:
    """The counts of one story.

    kills: runs that were killed.
    amid: killed runs that had already written something.
    finished: runs that ended before their kill."""

    kills: int
    amid: int
    finished: int


def main(kills: int, photos: int, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "models").mkdir()
        make_tiny_model(work / "models" / "tiny")
        settings = Settings(work / "archive", work / "models", "tiny", offline=True)
        for name, story in (("first index", first_index), ("refresh", refresh)):
            started = time.monotonic()
            outcome = story(work / name, settings, kills // 2, photos, seed)
            took = time.monotonic() - started
            print(
                f"{name}: {outcome.kills} kills, {outcome.amid} of them after the first batch; "
                f"{outcome.finished} runs were done before; "
                f"the catalogues are equal ({took:.0f} s)"
            )


def first_index(work: Path, settings: Settings, kills: int, photos: int, seed: int) -> Outcome:
    """Kill the first index of a folder `kills` times."""
    folder = _paint(work / "foto", photos)
    return _story(work, settings, folder, kills, seed)


def refresh(work: Path, settings: Settings, kills: int, photos: int, seed: int) -> Outcome:
    """Kill the refresh of a known folder in which photos were moved, edited and deleted."""
    folder = _paint(work / "foto", photos)
    undisturbed = replace(settings, archive=work / "a")
    _run(undisturbed, folder).wait()
    shutil.copytree(undisturbed.archive, work / "b")
    (folder / "0").rename(folder / "zero")
    for path in sorted((folder / "1").iterdir()):
        path.unlink()
    for number, path in enumerate(sorted((folder / "2").iterdir())):
        Image.new("RGB", (11, 13), (number % 256, 200, number // 256)).save(path)
    return _story(work, settings, folder, kills, seed)


def _story(work: Path, settings: Settings, folder: Path, kills: int, seed: int) -> Outcome:
    undisturbed = replace(settings, archive=work / "a")
    disturbed = replace(settings, archive=work / "b")
    started = time.monotonic()
    assert _run(undisturbed, folder).wait() == 0
    whole = time.monotonic() - started
    expected = _told(undisturbed)
    begun = disturbed.archive.exists()
    if begun:
        shutil.copytree(disturbed.archive, work / "before")
    chance = random.Random(seed)
    killed = amid = finished = 0
    first = written = _look(disturbed)
    while killed < kills:
        process = _run(disturbed, folder)
        try:
            code = process.wait(timeout=chance.uniform(0, whole))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
            now = _look(disturbed)
            assert now >= written, f"{now} vectors after a kill, {written} before it"
            amid += now > written
            written = now
        else:
            assert code == 0
            assert _told(disturbed) == expected
            finished += 1
            shutil.rmtree(disturbed.archive)  # once more, from where this story begins
            if begun:
                shutil.copytree(work / "before", disturbed.archive)
            written = first
    assert _run(disturbed, folder).wait() == 0
    assert _told(disturbed) == expected
    assert Library(disturbed).check(full=True).sound
    return Outcome(killed, amid, finished)


def _look(settings: Settings) -> int:
    """Return the number of vectors in an archive that a killed run left; it must be sound."""
    if not settings.catalog.exists():
        return 0
    with sqlite3.connect(settings.catalog) as db:
        made = db.execute("PRAGMA user_version").fetchone()[0]
    db.close()
    if made < migrations.latest():  # killed while its tables were made: the next run makes them
        return 0
    report = Library(settings).check()
    kinds = {"sqlite", "rows", "checksums", "index", "vectors", "cache", "model"}
    wrong = [f for f in report.findings if f.kind in kinds]
    assert not wrong, wrong
    with Catalog.open(settings.catalog) as catalog:
        return int(catalog.row("SELECT count(*) FROM vectors")[0])


def _told(settings: Settings) -> dict[str, list[str]]:
    with Catalog.open(settings.catalog) as catalog:
        return {name: sorted(map(repr, catalog.rows(sql))) for name, sql in QUESTIONS.items()}


def _run(settings: Settings, folder: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "CERCAFOTO_ARCHIVIO": str(settings.archive),
        "CERCAFOTO_MODELLI": str(settings.models),
        "CERCAFOTO_MODELLO": settings.model,
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "cercafoto", "index", str(folder), "--quieto", "--aspetta"],
        env=environment,
    )


def _paint(folder: Path, photos: int) -> Path:
    """Write small photos, all different, in folders of fifty."""
    for number in range(photos):
        path = folder / str(number // 50) / f"mare {number:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (24, 16), (number % 256, number // 256, 128)).save(path)
    return folder


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given + [20, 300, 1][len(given) :]))
