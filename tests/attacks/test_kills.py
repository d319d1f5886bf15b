"""Each command is hit by a full disk or a kill at one of its writes; repeating the command ends as
if nothing had happened.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cercafoto import Settings
from cercafoto.base.atomic_file import PARTIAL
from cercafoto.base.seals import KEY
from tests.conftest import PAINT, paint
from tests.support.faults import FULL, KILL, KILLED, FaultServer
from tests.support.tiny_model import make_tiny_model

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing forks there")

TRIES = 4  # of each kind for each command, spread evenly over its writes

# The catalogue's rows, except numbers and times that vary between runs.
SAID = (
    "SELECT path, size, mtime_ns, state, problem, hex(digest), facts, taken_at FROM photos "
    "LEFT JOIN contents ON contents.id = content_id",
    "SELECT hex(digest), label, label_file, round(score, 5), round(confidence, 5) FROM tags "
    "JOIN contents ON contents.id = content_id",
    "SELECT hex(digest), turned, lines, hex(boxes) FROM texts "
    "JOIN contents ON contents.id = content_id",
    "SELECT hex(digest), fingerprint, hex(vector) FROM vectors "
    "JOIN contents ON contents.id = content_id JOIN models ON models.id = model_id",
    "SELECT fingerprint FROM models WHERE id = (SELECT value FROM meta WHERE key = 'model')",
    "SELECT path, follow_links FROM roots",
    "SELECT path, follow_links FROM own_folders",
)


@dataclass(frozen=True)
class Place:
    """Where commands work; restored before each try."""

    base: Path
    settings: Settings

    @property
    def kept(self) -> Path:
        return self.base.with_name("com'era")

    def keep(self) -> None:
        shutil.copytree(self.base, self.kept, symlinks=True)

    def put_back(self) -> None:
        shutil.rmtree(self.base)
        shutil.copytree(self.kept, self.base, symlinks=True)

    def state(self) -> dict[str, object]:
        """Return everything a person could miss: the catalogue's rows and all other files."""
        with sqlite3.connect(f"{self.settings.catalog.as_uri()}?mode=ro", uri=True) as db:
            said: dict[str, object] = {sql: sorted(db.execute(sql), key=repr) for sql in SAID}
        db.close()
        files = [path for path in self.base.rglob("*") if path.is_file()]
        archive = self.settings.archive
        for path in files:
            if archive not in path.parents and path.name != KEY:  # the key is random
                said[str(path.relative_to(self.base))] = path.read_bytes()
        return said


@pytest.fixture
def place(tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    base = tmp_path / "posto"
    models = tmp_path / "modelli"
    models.mkdir()
    (models / "tiny").symlink_to(tiny)
    make_tiny_model(models / "altro", name="altro", turn=1)
    for name, colour in PAINT.items():
        paint(base / "foto" / f"{name}.png", colour)
    for name in ("rosso", "blu"):
        shutil.copy2(base / "foto" / f"{name}.png", base / "foto" / f"{name} copia.png")
    settings = Settings(archive=base / "archivio", models=models, model="tiny", offline=True)
    monkeypatch.setenv("CERCAFOTO_ARCHIVIO", str(settings.archive))
    monkeypatch.setenv("CERCAFOTO_CONFIGURAZIONE", str(base / "configurazione"))
    monkeypatch.setenv("CERCAFOTO_MODELLI", str(models))
    monkeypatch.setenv("CERCAFOTO_MODELLO", "tiny")
    return Place(base, settings)


@pytest.fixture
def server(place: Place) -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


INDEX = ["index", "{foto}"]
TAG = ["tag", "--labels", "predefinite"]
COMMANDS = {
    "index": ([], INDEX),
    "tag --xmp": ([INDEX], [*TAG, "--xmp", "--soglia", "1"]),
    "doppioni": ([INDEX], ["doppioni", "--sposta-in", "{doppie}", "--conferma"]),
    "leggi": ([INDEX], ["leggi", "--tutte"]),
    "un altro modello": ([INDEX, TAG], ["index", "--modello", "altro"]),
}


@pytest.mark.parametrize("how", [FULL, KILL])
@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_same_command_again_ends_as_if_nothing_had_happened(
    place: Place, server: FaultServer, name: str, how: str
) -> None:
    folders = {"{foto}": str(place.base / "foto"), "{doppie}": str(place.base / "doppie")}

    def run(line: list[str], at: int = 0) -> tuple[int, int, str]:
        return server.run([folders.get(word, word) for word in line], at, how)

    before, command = COMMANDS[name]
    for line in before:
        code, _, said = run(line)
        assert code == 0, said
    place.keep()
    code, writes, said = run(command)
    assert code == 0 and writes > TRIES, said
    undisturbed = place.state()
    for at in sorted({1 + round(n * (writes - 1) / (TRIES - 1)) for n in range(TRIES)}):
        place.put_back()
        code, writes, said = run(command, at)
        if how == KILL and writes >= at:  # photos that end together are written together
            assert code == KILLED, (at, said)
        else:
            assert code in (0, 1, 3), (at, said)
        assert "Errore inatteso" not in said and "Traceback" not in said, (at, said)
        code, _, said = run(command)
        assert code == 0, (at, said)
        assert place.state() == undisturbed, at
        assert not list(place.base.rglob(f"*{PARTIAL}")), at


def test_the_layer_counts_and_fails(place: Place, server: FaultServer) -> None:
    """Otherwise the test above would prove nothing."""
    foto = str(place.base / "foto")
    code, writes, _ = server.run(["index", foto], 1, KILL)
    assert (code, writes) == (KILLED, 1)
    code, writes, said = server.run(["index", foto], 2, FULL)
    assert code == 1 and "pieno" in said and writes >= 2
    assert os.path.exists(foto)
