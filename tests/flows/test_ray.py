"""cercafoto index --ray on this machine: whole runs and interrupted ones."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.errors import ArchiveError
from tests.cli.test_main import Cli
from tests.conftest import paint
from tests.support.optional_packages import needs
from tests.support.waiting import PATIENCE, until

MARK = "CERCAFOTO_PROVA"


@pytest.fixture
def mark(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield a value that marks the environment of all processes of a test."""
    value = uuid.uuid4().hex
    for name, path in (("ARCHIVIO", settings.archive), ("MODELLI", settings.models)):
        monkeypatch.setenv(f"CERCAFOTO_{name}", str(path))
    monkeypatch.setenv("CERCAFOTO_MODELLO", "tiny")
    monkeypatch.setenv(MARK, value)
    yield value
    for process in started(value):
        process.kill()


def started(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.pid != os.getpid():
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a folder for Ray's files; its path must be short."""
    with tempfile.TemporaryDirectory(prefix="", dir="/tmp") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


def run(*arguments: str | Path, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cercafoto", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )


@needs("ray")
@pytest.mark.slow
def test_it_reads_on_this_machine_and_leaves_nothing(
    mark: str, photos: Path, home: Path, temporary: Path
) -> None:
    (photos / "rotta.jpg").write_text("ciao")
    with run("index", "--ray", photos, "--json") as command:
        out, err = command.communicate(timeout=2 * PATIENCE)
    assert command.returncode == 3
    report = json.loads(out)
    assert (report["new"], report["embedded"], len(report["problems"])) == (5, 5, 1)
    # Ray itself has printed nothing.
    assert err.splitlines() == ["Ray: analizza le foto un processo su un computer."]
    until(lambda: not started(mark))
    assert list(temporary.glob("cercafoto-*")) == []
    assert not (home / ".ray").exists()


@needs("ray")
@pytest.mark.slow
def test_interrupted_it_keeps_what_was_written(
    mark: str, settings: Settings, tmp_path: Path, temporary: Path
) -> None:
    folder = tmp_path / "tante"
    large = paint(folder / "000.jpg", (9, 99, 200), (2400, 1600)).read_bytes()
    for i in range(1, 600):
        (folder / f"{i:03}.jpg").write_bytes(large + b"%d" % i)
    # In its own process group, so that the whole group can be signalled, as a terminal does.
    with run("index", folder, "--ray", process_group=0) as command:
        until(lambda: known(settings) >= 16)
        (private,) = temporary.glob("cercafoto-*")
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        listening = {
            connection.laddr.ip
            for process in started(mark)
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }
        os.killpg(command.pid, signal.SIGINT)
        _, err = command.communicate(timeout=PATIENCE)
    assert listening
    assert listening <= {"127.0.0.1", "::ffff:127.0.0.1", "::1"}
    assert command.returncode == 130
    assert err.splitlines()[-1].startswith("Interrotto.")
    assert "Traceback" not in err
    until(lambda: not started(mark))
    assert list(temporary.glob("cercafoto-*")) == []
    written = known(settings)
    assert 16 <= written < 600
    report = Library(settings).index([folder])
    assert (report.unchanged, report.new) == (written, 600 - written)


def known(settings: Settings) -> int:
    with suppress(ArchiveError), Catalog.open(settings.catalog) as catalog:
        return catalog.photos.counts().photos
    return 0  # not there yet, or half made


def test_other_runs_know_nothing_of_ray(mark: str, photos: Path) -> None:
    program = (
        "import sys; from cercafoto.cli.main import run; "
        f"code = run(['index', {str(photos)!r}]); "
        "fleet = 'cercafoto.indexing.cluster.fleet'; "
        "sys.exit(code or 'ray' in sys.modules or fleet in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "5 foto nuove" in done.stderr


def test_a_folder_after_the_option_is_no_address(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cercafoto.indexing.cluster import cluster_options

    monkeypatch.setattr(cluster_options, "find_spec", lambda name: None)
    for words in (["--ray", photos], [photos, "--ray"], ["--ray", "--json", photos]):
        code, out, err = cli("index", *words)
        assert (code, out) == (1, "")
        assert "manca Ray" in err
        assert "cercafoto[ray]" in err or "[ray]" in err


@needs("ray")
def test_an_address_is_taken_as_one(cli: Cli, photos: Path) -> None:
    code, _, err = cli("index", photos, "--ray", "127.0.0.1:1")
    assert code == 1
    assert "127.0.0.1:1 non risponde nessun cluster Ray" in err


def test_roots_without_a_cluster_are_refused(cli: Cli, photos: Path) -> None:
    code, _, err = cli("index", photos, "--radice-nodi", "/a=/b")
    assert code == 2
    assert "--ray" in err
