"""The key that signs what an archive may order: one for each person, and never in an archive."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cercafoto import Settings
from cercafoto.base.seals import KEY, KEY_BYTES, Seals


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    return tmp_path / "configurazione"


def test_a_seal_is_right_for_what_was_sealed_and_nothing_else(configuration: Path) -> None:
    archive = configuration.with_name("archivio")
    seals = Seals(archive, configuration)
    seal = seals.seal("uso", b"ab", b"c")
    assert Seals(archive, configuration).is_right(seal, "uso", b"ab", b"c")
    assert not seals.is_right(seal, "uso", b"a", b"bc")
    assert not seals.is_right(seal, "uso", b"ab", b"c", b"")
    assert not seals.is_right(seal, "altro uso", b"ab", b"c")
    assert not Seals(archive.with_name("copia"), configuration).is_right(seal, "uso", b"ab", b"c")
    assert not Seals(archive, configuration.with_name("x")).is_right(seal, "uso", b"ab", b"c")
    for wrong in (b"", b"0" * 16, None, 7, "testo", seal.hex()):
        assert not seals.is_right(wrong, "uso", b"ab", b"c")


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_only_the_person_reads_the_key(configuration: Path) -> None:
    Seals(configuration.with_name("archivio"), configuration).seal("uso")
    key = configuration / KEY
    assert (key.stat().st_mode & 0o777, key.stat().st_size) == (0o600, KEY_BYTES)
    key.chmod(0o644)  # as after a restored backup
    Seals(configuration.with_name("archivio"), configuration).seal("uso")
    assert key.stat().st_mode & 0o777 == 0o600


RACE = """
import sys
from pathlib import Path
from cercafoto.base.seals import Seals
print("ready", flush=True)
sys.stdin.readline()
print(Seals(Path("/archivio"), Path(sys.argv[1])).seal("uso").hex())
"""


def test_processes_that_start_at_once_have_one_key(configuration: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(configuration)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for each in started:
        assert each.stdout is not None and each.stdout.readline() == "ready\n"
    for each in started:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    seals = {each.communicate()[0] for each in started}
    assert len(seals) == 1 and len(seals.pop().strip()) == 32
    assert [path.name for path in configuration.iterdir()] == [KEY]


def test_without_a_key_nothing_is_signed_and_the_reason_is_told(configuration: Path) -> None:
    archive = configuration.with_name("archivio")
    configuration.write_text("un file")
    seals = Seals(archive, configuration)
    assert seals.seal("uso") == b"" and str(configuration) in seals.reason
    assert not seals.is_right(b"", "uso") and not seals.is_right(b"0" * 16, "uso")
    configuration.unlink()
    configuration.mkdir()
    (configuration / KEY).write_bytes(b"corta")
    assert "rovinata" in Seals(archive, configuration).reason
    (configuration / KEY).unlink()
    (configuration / KEY).mkdir()
    assert "non è un file" in Seals(archive, configuration).reason


def test_the_key_is_in_no_archive(tmp_path: Path, settings: Settings) -> None:
    for inside in (tmp_path, tmp_path / "dentro"):
        seals = Seals(tmp_path, inside)
        assert seals.seal("uso") == b"" and "CERCAFOTO_CONFIGURAZIONE" in seals.reason
        assert not (inside / KEY).exists()
    assert not settings.configuration.is_relative_to(settings.archive)


def test_the_folder_of_the_key_can_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CERCAFOTO_CONFIGURAZIONE", str(tmp_path / "mia"))
    assert Settings.resolve().configuration == tmp_path / "mia"
    monkeypatch.delenv("CERCAFOTO_CONFIGURAZIONE")
    assert Settings.resolve().configuration != Settings.resolve().archive
