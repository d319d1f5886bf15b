"""Server faults: it restarts, connections are cut, its disk is full, a publisher is killed. No
photo is lost or stored twice, and the errors say what to do.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from cercafoto import Library, Query, Settings
from cercafoto.archive.open_archive import open_archive
from cercafoto.archive.shared import connection_pool, publisher
from cercafoto.archive.shared.connection import Connection, connect
from cercafoto.archive.shared.server_errors import ConnectionLostError
from cercafoto.base.reporter import Silent
from cercafoto.errors import ArchiveError, DiskFullError
from cercafoto.indexing.sharing import Sharing
from tests.bench import archives
from tests.support import postgres as postgres_server
from tests.support.postgres import Server, lacking, server
from tests.support.published_archive import everything
from tests.support.waiting import PATIENCE

PHOTOS = 600
SMALL_BATCH = 40  # so that publishing takes many


@pytest.fixture
def many(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Index some hundred photos, to be published in many small batches."""
    monkeypatch.setattr(publisher, "BATCH", SMALL_BATCH)
    archives.fill(settings, PHOTOS)
    return Library(settings)


class After(Silent):
    """Call a function once this many photos have been sent."""

    def __init__(self, photos: int, do: Callable[[], object]) -> None:
        self.photos, self.do = photos, do

    def progress(self, task: str, done: int, total: int, name: str) -> None:
        if done >= self.photos and self.do is not None:
            do, self.do = self.do, None  # type: ignore[assignment]
            do()


@pytest.fixture
def wanted(many: Library, postgres: Server) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of the archive after publishing without faults."""
    address = postgres.new_database("liscio")
    many.sharing.publish(address, "casa")
    return everything(address)


def test_the_server_stops_in_the_middle_of_publishing(
    many: Library, wanted: object, postgres: Server, shared_address: str
) -> None:
    with pytest.raises(ConnectionLostError, match="non risponde") as error:
        many.sharing.publish(
            shared_address, "casa", reporter=After(200, lambda: postgres.stop("immediate"))
        )
    assert "riprende da lì" in error.value.hint
    with pytest.raises(ConnectionLostError):
        many.sharing.publish(shared_address, "casa")
    postgres.start()
    there = len(everything(shared_address)["photos"])
    assert 200 <= there < PHOTOS
    report = many.sharing.publish(shared_address, "casa")
    assert (report.counted.new, report.counted.unchanged) == (PHOTOS - there, there)
    assert everything(shared_address) == wanted


def test_the_connection_is_cut_in_the_middle_of_publishing(
    many: Library, wanted: object, shared_address: str
) -> None:
    for photos in (40, 240, 440):
        with pytest.raises(ConnectionLostError):
            many.sharing.publish(
                shared_address, "casa", reporter=After(photos, lambda: _cut_all(shared_address))
            )
    many.sharing.publish(shared_address, "casa")
    assert everything(shared_address) == wanted


def _cut_all(address: str) -> None:
    with connect(address) as db:
        db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
@pytest.mark.slow
def test_a_publisher_is_killed_twenty_times(
    many: Library, wanted: object, shared_address: str
) -> None:
    rng = random.Random(1)
    for _ in range(20):
        child = os.fork()
        if child == 0:
            try:
                many.sharing.publish(shared_address, "casa")
            finally:
                os._exit(0)
        time.sleep(rng.uniform(0.01, 0.4))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    _until_free(many, shared_address)
    assert everything(shared_address) == wanted


def _until_free(library: Library, address: str) -> None:
    """Publish, and retry while the server still sees the killed publisher's lock."""
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            library.sharing.publish(address, "casa")
            return
        except ArchiveError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.05)


def _publish(settings: Settings, address: str, name: str) -> str:
    publisher.BATCH = SMALL_BATCH
    Library(settings).sharing.publish(address, name)
    return name


def test_two_sources_with_the_same_contents_are_published_at_once(
    many: Library, shared_address: str, settings: Settings
) -> None:
    many.sharing.publish(shared_address, "prima")  # tables are there
    Sharing.remove(shared_address, "prima", confirmed=True)
    names = ("uno", "due", "tre")
    # Not forked: a fork copies locks that threads of the tests' process may hold.
    with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as publishers:
        publish = functools.partial(_publish, settings, shared_address)
        assert list(publishers.map(publish, names)) == list(names)
    there = everything(shared_address)
    assert len(there["photos"]) == 3 * PHOTOS and len(there["contents"]) == PHOTOS
    for name in names[:2]:
        Sharing.remove(shared_address, name, confirmed=True)
    assert len(everything(shared_address)["photos"]) == PHOTOS


# -- searching ------------------------------------------------------------------------------------


def test_a_page_that_stays_up_outlives_the_server(
    many: Library, settings: Settings, postgres: Server, shared_address: str
) -> None:
    many.sharing.publish(shared_address, "casa")
    shared = replace(settings, shared=shared_address)
    archive = open_archive(shared, resident=True)
    library = Library(shared, archive)
    try:
        before = library.search(Query.parse(["rosso"])).hits
        postgres.stop("immediate")
        with pytest.raises(ConnectionLostError, match="non risponde"):
            library.search(Query.parse(["rosso"]))
        postgres.start()
        assert _when_back(lambda: library.search(Query.parse(["rosso"])).hits) == before
    finally:
        archive.__exit__()


def test_a_busy_page_waits_for_a_connection_as_long_as_the_server_answers(
    many: Library,
    postgres: Server,
    shared_address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many.sharing.publish(shared_address, "casa")
    monkeypatch.setattr(connection_pool, "MOST_CONNECTIONS", 1)
    monkeypatch.setattr(connection_pool, "WAIT_SECONDS", 0.1)
    pool, asked = connection_pool.Pool(shared_address), list[str]()
    with pool.taken():
        pass  # opens the pool, which asks the server too

    def ask(address: str) -> Connection:
        asked.append(address)
        if len(asked) == 3:
            busy.__exit__(None, None, None)
        return connect(address)

    monkeypatch.setattr(connection_pool, "connect", ask)
    try:
        busy = pool.taken()
        busy.__enter__()
        with pool.taken() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert len(asked) == 3
        with pool.taken():
            with pytest.raises(ArchiveError), pool.taken():
                raise AssertionError("two have the only connection")
            assert len(asked) == 2 + connection_pool.WAITS
            postgres.stop("immediate")
            with pytest.raises(ConnectionLostError, match="non risponde"), pool.taken():
                raise AssertionError("the server is gone")
            assert len(asked) == 3 + connection_pool.WAITS
    finally:
        pool.close()
        postgres.start()


def _when_back(ask: Callable[[], object]) -> object:
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except ConnectionLostError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.05)


def test_the_connection_is_cut_between_and_during_questions(
    many: Library, settings: Settings, shared_address: str
) -> None:
    many.sharing.publish(shared_address, "casa")
    with Library(replace(settings, shared=shared_address)) as library:
        before = library.search(Query.parse(["rosso"])).hits
        with library.archive.reading():
            _cut_all(shared_address)
            with pytest.raises(ConnectionLostError):
                library.search(Query.parse(["rosso"]))
        assert library.search(Query.parse(["rosso"])).hits == before


# -- a full disk ----------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a small disk of a few megabytes for the server's data; only root can mount one."""
    if why := lacking():
        pytest.skip(why)
    folder = tmp_path / "disco"
    folder.mkdir()
    size = "size=80m"
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], capture_output=True
    )
    if made.returncode:
        pytest.skip("no disk can be mounted here")
    for parent in folder.parents:
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(0o755)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.slow
def test_the_disk_of_the_server_is_full(many: Library, wanted: object, small_disk: Path) -> None:
    with server(small_disk, ("min_wal_size = 32MB", "max_wal_size = 32MB")) as full:
        address = full.new_database("archivio")
        ballast = small_disk / "zavorra"
        free = os.statvfs(small_disk)
        ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - 1_500_000))
        with pytest.raises((DiskFullError, ConnectionLostError)) as error:
            many.sharing.publish(address, "casa")
        assert "Rilancia lo stesso comando" in error.value.hint
        ballast.unlink()
        _until_free(many, address)
        assert everything(address) == wanted


# -- the server of the tests ----------------------------------------------------------------------


@pytest.mark.skipif(lacking() is not None, reason="needs PostgreSQL")
def test_a_port_that_is_taken_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = int(other.getsockname()[1])
        ports = iter([taken])
        free_port = postgres_server._free_port
        monkeypatch.setattr(postgres_server, "_free_port", lambda: next(ports, 0) or free_port())
        with server() as started:
            assert started.port != taken
            connect(started.address()).close()
