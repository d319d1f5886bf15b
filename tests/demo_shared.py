"""`make demo-condiviso`: a PostgreSQL of its own, two sources published into one shared archive, a
search across both, and their page in the browser until Ctrl-C.

The photos are those of `make demo`, half of them on each of two made-up machines. Everything is
written under `.demo/condiviso` and, the database, in a temporary folder that is removed at the end.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.demo import collect
from tests.support.postgres import lacking, server

DEMO = Path(".demo/condiviso").absolute()
SOURCES = ("NAS-1", "NAS-2")
QUESTIONS = ("un gatto", "un fiore", "una tazza di caffè")
NEEDED = "apt install postgresql-17 postgresql-17-pgvector"


def cercafoto(archive: str, *arguments: str) -> None:
    """Print a command as one would type it, and run it on an archive."""
    typed = " ".join(f'"{a}"' if " " in a else a for a in arguments)
    print(f"\n$ cercafoto {typed}", flush=True)
    outcome = subprocess.run(_command(*arguments), env=_environment(archive))
    if outcome.returncode not in (0, 3):  # 3: done, some photos skipped
        sys.exit(outcome.returncode)


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "cercafoto", *arguments]


def _environment(archive: str) -> Mapping[str, str]:
    return os.environ | {
        "CERCAFOTO_ARCHIVIO": archive,
        "CERCAFOTO_MINIATURE": str(DEMO / "miniature"),
    }


@contextmanager
def shared_archive() -> Iterator[str]:
    """Publish both sources, and search across them; yield the address of the shared archive."""
    shutil.rmtree(DEMO, ignore_errors=True)
    photos = sorted(collect(DEMO / "foto").iterdir())
    with server() as running:
        address = running.new_database("foto")
        for at, source in enumerate(SOURCES):
            folder = DEMO / source
            folder.mkdir()
            for photo in photos[at :: len(SOURCES)]:
                photo.rename(folder / photo.name)
            print(f"\n# La macchina {source}", flush=True)
            local = str(DEMO / f"archivio-{source}")
            cercafoto(local, "index", str(folder), "--modello", "mini", "--quieto")
            cercafoto(local, "pubblica", address, "--nome", source, "--miniature")
        print(f"\n# Chiunque, da un'altra macchina: export CERCAFOTO_ARCHIVIO={address}")
        for question in QUESTIONS:
            cercafoto(address, "cerca", question, "--max", "2")
        cercafoto(address, "stato")
        yield address


def main() -> None:
    if why := lacking():
        sys.exit(f"Per questa dimostrazione manca qualcosa ({why}). Su Debian 13: {NEEDED}")
    with shared_archive() as address:
        print("\n$ cercafoto web", flush=True)
        try:
            subprocess.run(_command("web"), env=_environment(address), check=True)
        except KeyboardInterrupt:
            print("Fatto: anche il server si ferma.")


if __name__ == "__main__":
    main()
