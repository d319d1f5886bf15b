"""Declare the sense that reads words, and carry out one `leggi`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.reporter import SILENT, TEXTS, Reporter
from cercafoto.errors import UsageError
from cercafoto.looking.look_report import LookReport
from cercafoto.looking.sense import Look, Looker, Request, Sense, Todo
from cercafoto.results.texts import ReadText


class Words(Sense[ReadText]):
    """Reads words. Each process of the engine takes up to 440 MB of memory, its decoder 120 MB."""

    name, task, most = "testi", TEXTS, 8

    def todo(self, request: Request, looks: Sequence[Look]) -> Todo:
        from cercafoto.ocr.read_run import likeliest_first

        return likeliest_first(request, looks)

    def opened(self, request: Request, number: int) -> AbstractContextManager[Looker[ReadText]]:
        from cercafoto.ocr.read_run import opened

        return opened(request, number)


def read_texts(
    archive: LocalArchive,
    paths: Sequence[Path],
    *,
    every: bool,
    again: bool,
    retry: bool,
    videos: bool,
    wait: bool,
    reporter: Reporter = SILENT,
) -> LookReport:
    """Read the words in photos, store them and return the report; see `Library.read_texts`."""
    from cercafoto.looking.catch_up import catch_up

    named = [archive.path_of(path) for path in paths]
    with archive.catalog() as catalog:
        catalog.models.in_use()
        if named and not any(map(catalog.photos.knows, named)):
            raise UsageError(
                "Nessuna delle foto indicate è nell'archivio.",
                "Prima aggiungile: cercafoto index CARTELLA\n"
                "Per leggere una foto che non è nell'archivio: cercafoto leggi FOTO",
            )
    return catch_up(
        archive,
        Words(),
        named,
        every=every,
        again=again,
        retry=retry,
        frames=videos,
        wait=wait,
        reporter=reporter,
    )
