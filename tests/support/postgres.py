"""A PostgreSQL of the tests' own: a cluster in a temporary folder, on a free port of loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Of Debian; elsewhere they are on the path.
_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
# The server refuses to run as root.
_UNPRIVILEGED = "postgres"


def lacking() -> str | None:
    """Say what keeps a server from being started here; None where nothing does."""
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
    """Yield where the PostgreSQL of `initdb` may keep its extensions; another version's are of no
    use to it."""
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
    """A running cluster; `stop` and `start` it as one likes, `close` it at the end.

    folder: where its data are, made and taken away again where there is none; None for a temporary
        one.
    settings: lines of its configuration.
    """

    def __init__(self, folder: Path | None = None, settings: tuple[str, ...] = ()) -> None:
        self._own = folder is None or not folder.exists()
        self.folder = folder or Path(tempfile.mkdtemp(prefix="cercafoto-postgres-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = _free_port()
        self.data = self.folder / "data"
        if os.geteuid() == 0:
            shutil.chown(self.folder, _UNPRIVILEGED)
        self.folder.chmod(0o755)
        self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N",
                  "--locale=C.UTF-8")  # fmt: skip
        lines = [
            "listen_addresses = '127.0.0.1'",
            f"port = {self.port}",
            f"unix_socket_directories = '{self.folder}'",
            # Nobody needs these data after a power cut.
            "fsync = off",
            "max_connections = 60",
            "dynamic_shared_memory_type = mmap",
            *settings,
        ]
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        self.start()

    def address(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "start")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def new_database(self, name: str) -> str:
        """Make an empty database, in place of one of this name, and return its address."""
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
        # A server keeps what it inherits open: no pipe of ours.
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
