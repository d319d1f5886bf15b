"""A PostgreSQL server for tests: a cluster in a temporary folder, on a free loopback port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Debian's folders; elsewhere the programs are on the path.
_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
# The server refuses to run as root.
_UNPRIVILEGED = "postgres"
TRIES = 5  # ports


def lacking() -> str | None:
    """Return why a server cannot be started here; None if it can."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg is not installed"
    initdb = _program("initdb")
    if initdb is None:
        return "there is no PostgreSQL here"
    if not any((share / "extension" / "vector.control").exists() for share in _shares(initdb)):
        return "there is no pgvector here"
    return None


def _shares(initdb: Path) -> Iterator[Path]:
    """Yield the folders where this `initdb`'s PostgreSQL may keep extensions; another version's
    extensions do not work."""
    base = initdb.parent.parent
    yield from (base / "share", base / "share" / "postgresql", base / "share" / "pgsql")
    yield Path("/usr/share/postgresql", base.name)  # Debian
    config = initdb.with_name("pg_config")
    if config.exists():
        told = subprocess.run([config, "--sharedir"], capture_output=True, text=True)
        yield Path(told.stdout.strip() or base)


def _program(name: str) -> Path | None:
    for folder in _PROGRAMS:
        if (folder / name).exists():
            return folder / name
    found = shutil.which(name)
    return Path(found) if found else None


class Server:
    """A running cluster, which can be stopped and started. Call `close` at the end.

    folder: of its data, created and deleted if missing; None for a temporary folder.
    settings: lines of its configuration.
    """

    def __init__(self, folder: Path | None = None, settings: tuple[str, ...] = ()) -> None:
        self._own = folder is None or not folder.exists()
        self.folder = folder or Path(tempfile.mkdtemp(prefix="cercafoto-postgres-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        if os.geteuid() == 0:
            shutil.chown(self.folder, _UNPRIVILEGED)
        self.folder.chmod(0o755)
        self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N",
                  "--locale=C.UTF-8")  # fmt: skip
        lines = [
            "listen_addresses = '127.0.0.1'",
            f"unix_socket_directories = '{self.folder}'",
            # These data need not survive a power cut.
            "fsync = off",
            "max_connections = 60",
            "dynamic_shared_memory_type = mmap",
            *settings,
        ]
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        self._start_somewhere()

    def _start_somewhere(self) -> None:
        """Start the server on a free port. PostgreSQL inherits no socket, so another program may
        take the port before it does: then on another one."""
        for tries_left in reversed(range(TRIES)):
            self.port = _free_port()
            try:
                return self.start()
            except subprocess.CalledProcessError:
                if not tries_left:
                    raise

    def address(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        port = f"-p {self.port}"
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o", port, "start")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def new_database(self, name: str) -> str:
        """Create an empty database, replacing one of this name, and return its address."""
        import psycopg

        with psycopg.connect(self.address(), autocommit=True) as db:
            db.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            db.execute(f'CREATE DATABASE "{name}"')
        return self.address(name)

    def close(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self.stop("immediate")
        if self._own:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: object) -> None:
        words = [str(_program(program)), *map(str, arguments)]
        if os.geteuid() == 0:
            words = ["runuser", "-u", _UNPRIVILEGED, "--", *words]
        # A server keeps inherited files open: give it none of our pipes.
        subprocess.run(
            words,
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def server(folder: Path | None = None, settings: tuple[str, ...] = ()) -> Iterator[Server]:
    made = Server(folder, settings)
    try:
        yield made
    finally:
        made.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
