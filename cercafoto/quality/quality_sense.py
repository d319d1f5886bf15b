"""Declare the sense that sees how photos came out: sharp or blurred, too dark or too bright."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from cercafoto.base.italian_counts import thousands
from cercafoto.base.photo_quality import SENSE
from cercafoto.looking.sense import IndexOption, Look, Looker, Request, Sense, Todo, Wording

if TYPE_CHECKING:
    from cercafoto.archive.local_archive import ArchiveWriter
    from cercafoto.quality.measure import Measured
    from cercafoto.results.status import SenseState
    from cercafoto.settings import Settings


class Quality(Sense["Measured"]):
    """Sees how photos came out. Videos are left out: a frame may be blurred in a good video."""

    name, found_key = SENSE, "poor"
    option = IndexOption(
        "--qualita", "Poi guarda quali foto sono sfocate, mosse, troppo scure o troppo chiare."
    )
    wording = Wording(
        title="Qualità",
        to_look="guardare",
        looked=("guardata", "guardate"),
        found=lambda number: f"{thousands(number)} venute male",
        command="cercafoto index --qualita",
        unread="non si sa se sono nitide",
        unread_title="Qualità non guardata",
    )

    def todo(self, request: Request, looks: Sequence[Look]) -> Todo:
        from cercafoto.quality.quality_run import not_looked_at

        return Todo(not_looked_at(request, looks))

    def opened(self, request: Request, number: int) -> AbstractContextManager[Looker[Measured]]:
        from cercafoto.quality.quality_run import opened

        return opened(request)

    def state(self, settings: Settings, catalog: ArchiveWriter) -> SenseState:
        from cercafoto.results.status import SenseState

        looked, poor, lacking = catalog.quality.counts(self.name)
        return SenseState(looked, poor, lacking if looked else None)

    def rows(self, state: SenseState, contents: int) -> Iterator[tuple[str, str]]:
        if state.looked:
            left = state.lacking or 0
            then = f"; ne restano {thousands(left)}: «{self.wording.command}»" if left else ""
            poor = f"venute male: {thousands(state.found)}"
            yield "Con la qualità", f"{thousands(state.looked)}; {poor}{then}"

    def json(self, state: SenseState) -> dict[str, object]:
        looked = {"looked": state.looked, "poor": state.found, "lacking": state.lacking}
        return {"quality": looked | {"problems": state.unread}}
