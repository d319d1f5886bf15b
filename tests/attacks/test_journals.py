"""Journals that a failing disk has altered: nothing goes where a damaged line says."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.base.run_journal import DAMAGED, journals
from cercafoto.base.seals import UNSIGNED
from cercafoto.indexing import set_aside
from cercafoto.indexing.set_aside import NOT_KEPT
from tests.conftest import Cli


@pytest.fixture
def copies(library: Library, photos: Path) -> Path:
    """Index two photos that each have a copy."""
    for name in ("rosso", "blu"):
        shutil.copy2(photos / f"{name}.png", photos / f"{name} copia.png")
    library.index([photos])
    return photos


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*.png")}


def test_the_good_copy_stays_where_the_one_to_keep_has_rotted(
    cli: Cli, library: Library, copies: Path, tmp_path: Path
) -> None:
    """The file to keep has rotted at the same size and time: only reading all of it shows this."""
    (group,) = (g for g in library.duplicates.find().groups if b"rosso" in g.best.path)
    kept = Path(os.fsdecode(group.best.path))
    before = kept.stat()
    content = bytearray(kept.read_bytes())
    content[-20] ^= 1
    kept.write_bytes(content)
    os.utime(kept, ns=(before.st_atime_ns, before.st_mtime_ns))
    code, _, told = cli("doppioni", "--sposta-in", tmp_path / "doppie", "--conferma")
    assert code == 3 and NOT_KEPT in told
    moved = {path.name for path in (tmp_path / "doppie").rglob("*.png")}
    assert len(moved) == 1 and moved <= {"blu.png", "blu copia.png"}


@pytest.mark.parametrize("seed", range(8))
def test_no_flipped_byte_of_a_journal_moves_a_file_elsewhere(
    cli: Cli, settings: Settings, copies: Path, tmp_path: Path, seed: int
) -> None:
    before = contents(copies)
    assert cli("doppioni", "--sposta-in", tmp_path / "doppie", "--conferma")[0] == 0
    (journal,) = (settings.archive / set_aside.JOURNAL).iterdir()
    content = bytearray(journal.read_bytes())
    at = random.Random(seed).randrange(len(content) - 1)
    content[at] ^= 1 << seed % 8
    journal.write_bytes(content)
    code, _, told = cli("doppioni", "--annulla")
    there = contents(copies) | contents(tmp_path / "doppie")
    assert there == before  # nothing is lost, and nothing has another name
    assert code == 0 or DAMAGED in told or UNSIGNED in told, told
    if len(list(tmp_path.joinpath("doppie").rglob("*.png"))):
        assert code == 3


def test_what_the_other_lines_say_is_undone(
    cli: Cli, settings: Settings, copies: Path, tmp_path: Path
) -> None:
    cli("doppioni", "--sposta-in", tmp_path / "doppie", "--conferma")
    (journal,) = (settings.archive / set_aside.JOURNAL).iterdir()
    first, rest = journal.read_bytes().split(b"\n", 1)
    journal.write_bytes(first.replace(b'"', b"'", 1) + b"\n" + rest)
    code, _, told = cli("doppioni", "--annulla")
    assert code == 3 and f"1 riga rovinata{DAMAGED}" in told
    assert len(list(copies.glob("*.png"))) == 6


def test_lines_without_a_seal_wait_for_one_confirmation(
    cli: Cli, settings: Settings, copies: Path, tmp_path: Path
) -> None:
    before = contents(copies)
    cli("doppioni", "--sposta-in", tmp_path / "doppie", "--conferma")
    moved = contents(tmp_path / "doppie")
    (journal,) = (settings.archive / set_aside.JOURNAL).iterdir()
    lines = [line.rpartition(b" ")[0] for line in journal.read_bytes().splitlines()]
    assert all(json.loads(line) for line in lines)
    journal.write_bytes(b"\n".join([*lines, b""]))
    code, told, why = cli("doppioni", "--annulla")
    assert code == 3 and UNSIGNED in why and "--annulla --conferma" in why
    assert contents(tmp_path / "doppie") == moved and all(name in told for name in moved)
    assert cli("doppioni", "--annulla", "--conferma")[0] == 0
    assert contents(copies) == before


def test_labels_in_sidecars_are_undone_as_far_as_lines_are_whole(
    cli: Cli, settings: Settings, photos: Path
) -> None:
    cli("index", photos)
    cli("tag", "--aggiungi", "mare", photos / "blu.png", photos / "rosso.png")
    assert cli("tag", "--labels", "predefinite", "--xmp", "--soglia", "1")[0] == 0
    written = sorted(photos.glob("*.xmp"))
    assert len(written) > 1
    (journal,) = (settings.archive / "xmp").iterdir()
    first, rest = journal.read_bytes().split(b"\n", 1)
    journal.write_bytes(first[:-1] + b"\n" + rest)
    code, _, told = cli("tag", "--annulla")
    assert code == 3 and DAMAGED in told
    assert len(sorted(photos.glob("*.xmp"))) == 1
    assert journals(settings.archive / "xmp") == []


# Limit file size: sidecars fit, and so do a few lines of the journal.
CROWDED = """
import os, resource, sys
from pathlib import Path
from cercafoto.base.run_journal import last_run
from cercafoto.base.seals import Seals
from cercafoto.labels.sidecars.sidecar_journal import read_entry
from cercafoto.labels.sidecars.wanted import Wanted
from cercafoto.labels.sidecars.write import undo_sidecars, write_sidecars
folder, archive = Path(sys.argv[1]), Path(sys.argv[2])
seals = Seals(archive, archive.parent / "configurazione")
seals.seal("")  # makes the key while files may still grow
photos = sorted(folder.glob("*.jpg"))
most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, most))
wanted = [Wanted(os.fsencode(photo), {"e.txt": [("mare",)]}) for photo in photos]
report = write_sidecars(wanted, seals)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
assert len(report.changed) == len(list(folder.glob("*.xmp"))) > 0, report
assert len(report.changed) + len(report.problems) == len(photos), report
assert len(report.problems) > 1, report
last = last_run(seals, "xmp", read_entry)
assert (len(last.entries), last.problems) == (len(report.changed), [])
undone = undo_sidecars(seals)
assert (len(undone.changed), undone.problems) == (len(report.changed), [])
assert list(folder.glob("*.xmp")) == []
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_journal_that_does_not_fit_costs_what_it_cannot_tell_of(tmp_path: Path) -> None:
    folder = tmp_path / "foto"
    folder.mkdir()
    for number in range(9):
        (folder / f"{number}.jpg").write_bytes(b"foto")
    done = subprocess.run(
        [sys.executable, "-c", CROWDED, str(folder), str(tmp_path / "archivio")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
