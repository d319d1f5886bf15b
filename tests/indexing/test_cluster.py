"""Machines of a Ray cluster read and embed: the catalogue equals that of a single process, whatever
happens to the machines.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.errors import ClusterError
from cercafoto.indexing.cluster import cluster_options as cluster_choices
from cercafoto.indexing.cluster.cluster_options import ClusterChoices
from cercafoto.indexing.index_report import IndexReport
from tests.conftest import PAINT, paint
from tests.support.optional_packages import needs
from tests.support.ray_cluster import RayCluster, ray_cluster
from tests.support.recorder import Recorder
from tests.support.waiting import PATIENCE

pytestmark = [needs("ray"), pytest.mark.slow]

# A photo's name tells the process that reads or decodes it what to do. Every Python process runs
# `sitecustomize`; only Ray's processes run this one.
INJECTED = """
import os, sys, time
if any("default_worker" in word for word in sys.orig_argv):
    from cercafoto.indexing.cluster import node_process
    from cercafoto.photos.decoding import decoder_processes as processes
    read = node_process.read_file

    def misbehaving(file, *rest):
        if b"uccide" in file.path:
            os.kill(os.getpid(), 9)
        if b"tante" in file.path:
            time.sleep(0.03)  # so that all machines have some
        return read(file, *rest)

    node_process.read_file = misbehaving
    processes.PROGRAM = processes.PROGRAM.replace("main()", '''
from cercafoto.photos.decoding import decoder_worker as worker
read = worker.read_photo
def misbehaving(path, *rest):
    return os.abort() if b"blocca" in path else read(path, *rest)
import os
worker.read_photo = misbehaving
main()''')
"""


@pytest.fixture
def no_things() -> None:
    """Processes on nodes see things with the packaged model; so does a run without a cluster."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    """Yield a cluster of three machines that have only the embedded model."""
    # Not in pytest's folder: Ray's sockets lie in it, and paths of sockets are short.
    with tempfile.TemporaryDirectory(prefix="cf-", dir="/tmp") as folder:
        Path(folder, "sitecustomize.py").write_text(INJECTED)
        python_path = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH"))))
        token = Path(folder, "token")
        token.write_text("a" * 64)
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("RAY_AUTH_TOKEN_PATH", str(token))
            environment.setattr(cluster_choices, "CONNECT_TIMEOUT", PATIENCE)
            with ray_cluster(
                Path(folder),
                3,
                RAY_AUTH_MODE="token",
                CERCAFOTO_MODELLI=str(Path(folder, "modelli")),
                PYTHONPATH=python_path,
            ) as started:
                yield started


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Return a folder of two hundred photos: some copied, some with a sidecar, some unreadable."""
    folder = tmp_path / "tante"
    for number in range(180):
        paint(folder / f"{number:03}.png", (number, 255 - number, 40), (120, 80))
    for number in range(0, 180, 20):
        shutil.copy(folder / f"{number:03}.png", folder / f"copia-{number:03}.png")
        (folder / f"{number:03}.png.xmp").write_text(
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
            'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
            'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>'
        )
    (folder / "010-rotta.png").write_bytes(b"\x89PNG\r\n\x1a\nciao")
    (folder / "020-testo.jpg").write_text("ciao")
    return folder


def index(
    settings: Settings, folder: Path, cluster: ClusterChoices | None, **options: object
) -> IndexReport:
    return Library(settings).index([folder], cluster=cluster, **options)  # type: ignore[arg-type]


def rows(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of the catalogue, without times of writing, and without seals,
    which depend on where the archive lies."""
    connection = sqlite3.connect(settings.catalog)
    connection.row_factory = sqlite3.Row
    tables = [
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN "
            # Indexes that store no copy of their content cannot be read.
            "('runs', 'sqlite_sequence', 'read_words', 'read_letters')"
        )
    ]
    return {
        table: [
            tuple(
                value
                for key, value in dict(row).items()
                # Checksums of rows include these times; checksums of vectors do not.
                if not key.endswith(("_at", "seal")) and (key != "checksum" or table == "vectors")
            )
            for row in connection.execute(f"SELECT * FROM {table}")
            # The counter of changes, and the counts stored under it, differ from run to run.
            if table != "meta" or row["key"] not in ("changes", "facets")
        ]
        for table in tables
    }


def numbers(report: IndexReport) -> IndexReport:
    return replace(report, seconds=0)


@pytest.fixture
def alone(settings: Settings, tmp_path: Path) -> Settings:
    """Return settings with the same models and a second archive, for runs without a cluster."""
    return replace(settings, archive=tmp_path / "senza")


def test_a_machine_that_is_lost_changes_nothing(
    cluster: RayCluster, settings: Settings, alone: Settings, many: Path
) -> None:
    recorder = Recorder(lambda done, total, name: cluster.kill(2) if done == 20 else None)
    report = index(settings, many, ClusterChoices(cluster.address), reporter=recorder)
    assert recorder.lines[0] == "Ray: analizzano le foto 3 processi su 3 computer."
    assert any("non risponde più" in line for line in recorder.lines), recorder.lines
    assert numbers(report) == numbers(index(alone, many, None))
    assert rows(settings) == rows(alone)  # vectors too, to the bit
    cluster.add()


def test_a_photo_that_ends_its_process_is_a_problem(
    cluster: RayCluster, settings: Settings, many: Path
) -> None:
    for name in ("040-uccide.png", "050-blocca.png"):
        paint(many / name, (1, 2, 3))
    report = index(settings, many, ClusterChoices(cluster.address))
    reasons = {Path(os.fsdecode(path)).name: why for path, why in report.problems}
    assert len(reasons) == 4
    assert reasons["040-uccide.png"].startswith(
        "il processo che la analizzava si è chiuso di colpo"
    )
    assert reasons["050-blocca.png"].startswith("il decodificatore si è bloccato di colpo")
    assert report.new == 189
    for name in ("040-uccide.png", "050-blocca.png"):
        (many / name).unlink()
    # A photo that ended a process is tried again by the next run, even without a cluster.
    paint(many / "040-uccide.png", (1, 2, 3))
    assert index(settings, many, None).recovered == 1


def test_photos_read_before_an_interruption_are_written(
    cluster: RayCluster, settings: Settings, alone: Settings, many: Path
) -> None:
    def stop(done: int, total: int, name: str) -> None:
        if done == 100:
            raise KeyboardInterrupt

    cluster_here = ClusterChoices(cluster.address)
    with pytest.raises(KeyboardInterrupt):
        index(settings, many, cluster_here, reporter=Recorder(stop))
    with Catalog.open(settings.catalog) as catalog:
        assert catalog.photos.counts().photos >= 100 - 16  # all but the batch in hand
    assert index(settings, many, cluster_here).unchanged >= 84
    index(alone, many, None)
    assert rows(settings)["photos"] == rows(alone)["photos"]
    # A copy that lay on both sides of the interruption is embedded once.
    assert rows(settings)["vectors"] == rows(alone)["vectors"]


def test_machines_may_have_the_folders_elsewhere(
    cluster: RayCluster, settings: Settings, photos: Path, tmp_path: Path
) -> None:
    there = tmp_path / "là"
    for colour in PAINT:
        paint(there / f"{colour}.png", (7, 7, 7), (61, 41))
    for folder in (photos, there):
        (folder / "rotta.jpg").write_text("ciao")
    roots = {os.fsencode(photos): os.fsencode(there)}
    report = index(settings, photos, ClusterChoices(cluster.address, roots))
    ((path, reason),) = report.problems
    assert path == os.fsencode(photos / "rotta.jpg")
    assert reason.startswith("non è una foto")
    with Catalog.open(settings.catalog) as catalog:
        for colour in PAINT:
            assert catalog.known.known_at(os.fsencode(photos / f"{colour}.png")) is not None
        digest = sha256((there / "rosso.png").read_bytes()).digest()
        assert catalog.photos.content_of(digest) is not None


def test_machines_with_another_version_stay_out(
    cluster: RayCluster, settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = metadata.version("cercafoto")
    monkeypatch.setattr(metadata, "version", lambda name: "9.9")
    with pytest.raises(ClusterError, match=f"ha cercafoto {here}, non 9.9"):
        index(settings, photos, ClusterChoices(cluster.address))


def test_known_contents_are_not_decoded_again(
    cluster: RayCluster, settings: Settings, photos: Path
) -> None:
    index(settings, photos, None)
    shutil.copy(photos / "rosso.png", photos / "copia.png")
    (photos / "verde.png").rename(photos / "prato.png")
    report = index(settings, photos, ClusterChoices(cluster.address))
    assert (report.new, report.moved, report.embedded, report.recognised) == (1, 1, 0, 2)


def test_the_known_contents_are_those_of_the_catalogue(settings: Settings, photos: Path) -> None:
    from cercafoto.indexing.cluster.known_contents import KnownContents

    index(settings, photos, None)
    with Catalog.open(settings.catalog) as catalog:
        known = KnownContents.of(catalog, catalog.models.active_model or 0)
        for colour in PAINT:
            digest = sha256((photos / f"{colour}.png").read_bytes()).digest()
            assert known.wanted_of(digest) == "nothing"
        for stranger in (bytes(32), b"\xff" * 32, sha256(b"").digest()):
            assert known.wanted_of(stranger) == "all"
        assert KnownContents.of(catalog, 99).nbytes == 0
    # A digest that ends in zeros, which byte arrays drop, is still found.
    ends_in_zeros = b"a" * 30 + bytes(2)
    alone = KnownContents(np.array([ends_in_zeros], "S32"), np.array([False]))
    assert alone.wanted_of(ends_in_zeros) == "metadata"
    assert alone.wanted_of(b"a" * 30 + b"\0\1") == "all"


def test_no_cluster_is_started_if_there_is_nothing_to_read(
    settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(settings, photos, None)
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **_: pytest.fail("Ray was started"))
    assert index(settings, photos, ClusterChoices()).unchanged == 5


@pytest.mark.parametrize("listens", [False, True])
def test_an_address_where_no_cluster_answers_is_told(
    settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch, listens: bool
) -> None:
    monkeypatch.setattr(cluster_choices, "CONNECT_TIMEOUT", 0.2)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        if listens:  # and says nothing
            other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(ClusterError, match=f"{address} non risponde nessun cluster"):
            index(settings, photos, ClusterChoices(address))
    assert not settings.catalog.exists()


def test_an_answer_may_come_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [b"\0", b"\0\x12", b"\x04\0\0\0\0\0"]  # the frame by which HTTP/2 begins
    whole, received = b"".join(pieces), socket.socket.recv
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                received(connection, 100)
                connection.sendall(whole)

        def in_pieces(connection: socket.socket, most: int) -> bytes:
            return received(connection, len(pieces.pop(0)))

        thread = threading.Thread(target=answer)
        thread.start()
        monkeypatch.setattr(socket.socket, "recv", in_pieces)
        ClusterChoices(f"127.0.0.1:{server.getsockname()[1]}").check()
        thread.join()


def test_without_ray_it_says_how_to_install_it(
    settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_choices, "find_spec", lambda name: None)
    with pytest.raises(ClusterError, match="manca Ray") as raised:
        index(settings, photos, ClusterChoices())
    assert "install" in raised.value.hint
    assert "[ray]" in raised.value.hint
