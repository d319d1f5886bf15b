"""Shared by the parts of the reading bench: folders, archives, documents, the command."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from cercafoto import Library, Settings
from tests.support.documents import Document, documents


@dataclass(frozen=True)
class ReadingRun:
    """A run of the bench: `work` is a temporary folder, `chosen` the options as typed."""

    work: Path
    chosen: argparse.Namespace
    console: Console

    def archive(self, name: str, photos: Path) -> Settings:
        """Index a folder."""
        settings = Settings(self.work / name, self.work / "modelli", "mini", True)
        Library(settings).index([photos])
        return settings

    def documents(self) -> tuple[Path, list[Document]]:
        """Draw the documents."""
        folder = self.work / "carte"
        folder.mkdir()
        drawn = list(documents(self.chosen.documents, self.chosen.seed))
        for each in drawn:
            each.save(folder)
        return folder, drawn


def read_words(settings: Settings, *options: str) -> subprocess.Popen[bytes]:
    """Start `cercafoto leggi`."""
    return subprocess.Popen(
        [sys.executable, "-m", "cercafoto", "leggi", *options],
        env=os.environ
        | {
            "CERCAFOTO_ARCHIVIO": str(settings.archive),
            "CERCAFOTO_MODELLI": str(settings.models),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def finish(process: subprocess.Popen[bytes]) -> None:
    if process.wait() not in (0, 3):  # 3: done, some photos skipped
        raise subprocess.CalledProcessError(process.returncode, process.args)


def share(part: float, whole: float) -> str:
    """Return a share as a percentage."""
    return f"{100 * part / whole:.2f}" if whole else "-"
