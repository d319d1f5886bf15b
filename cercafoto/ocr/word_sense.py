"""Declare the sense that reads words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from cercafoto.base.italian_counts import thousands
from cercafoto.looking.sense import IndexOption, Look, Looker, Request, Sense, Todo, Wording

if TYPE_CHECKING:
    from cercafoto.archive.local_archive import ArchiveWriter
    from cercafoto.results.finding import Finding
    from cercafoto.results.status import SenseState
    from cercafoto.results.texts import ReadText
    from cercafoto.settings import Settings


class Words(Sense["ReadText"]):
    """Reads words. Each process of the engine takes up to 440 MB of memory, its decoder 120 MB."""

    name, found_key, most = "testi", "with_words", 8
    option = IndexOption(
        "--leggi", "Poi legge le parole scritte nelle foto, come «cercafoto leggi»."
    )
    wording = Wording(
        title="Testi",
        to_look="leggere",
        looked=("letta", "lette"),
        found=lambda number: f"{thousands(number)} con parole",
        command="cercafoto leggi",
        unread="non si leggono le parole",
        unread_title="Testi illeggibili",
        why_unlikely="dove difficilmente c'è scritto qualcosa",
        elsewhere="Per leggere una foto che non è nell'archivio: cercafoto leggi FOTO",
    )

    def todo(self, request: Request, looks: Sequence[Look]) -> Todo:
        from cercafoto.ocr.read_run import likeliest_first

        return likeliest_first(request, looks)

    def opened(self, request: Request, number: int) -> AbstractContextManager[Looker[ReadText]]:
        from cercafoto.ocr.read_run import opened

        return opened(request, number)

    def state(self, settings: Settings, catalog: ArchiveWriter) -> SenseState:
        from cercafoto.results.status import SenseState

        return SenseState(*catalog.texts.counts())

    def rows(self, state: SenseState, contents: int) -> Iterator[tuple[str, str]]:
        if state.looked:
            share = f"{thousands(state.looked)} ({100 * state.looked // contents}%)"
            yield "Con i testi letti", f"{share}; con parole: {thousands(state.found)}"

    def json(self, state: SenseState) -> dict[str, object]:
        texts = {"read": state.looked, "with_words": state.found, "problems": state.unread}
        return {"texts": texts}

    def check_rows(self, catalog: ArchiveWriter, mend: bool) -> Iterator[Finding]:
        if catalog.integrity.are_texts_indexed():
            return
        from cercafoto.results.finding import mended

        if mend:
            with catalog.transaction():
                catalog.texts.index()
        message = "L'indice delle parole lette nelle foto non corrisponde ai testi."
        yield mended("index", message, mend, "")
