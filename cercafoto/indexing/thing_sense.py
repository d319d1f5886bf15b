"""Declare the sense that sees things. `index` sees them while it reads new photos; this sense sees
those in photos that were indexed before."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from cercafoto.base.italian_counts import thousands
from cercafoto.base.paths import is_inside
from cercafoto.looking.sense import Look, Looker, Request, Sense, Todo, Wording

if TYPE_CHECKING:
    from cercafoto.archive.local_archive import ArchiveWriter
    from cercafoto.results.status import SenseState
    from cercafoto.settings import Settings


class Things(Sense[bytes]):
    """Sees things: which there are, where, and how many persons."""

    name = "cose"
    wording = Wording(
        title="Cose che si vedono",
        to_look="guardare",
        looked=("guardata", "guardate"),
        found=lambda number: "",
        command="cercafoto index",
        unread="non si sa che cosa si vede",
        unread_title="Non guardate",
    )

    def todo(self, request: Request, looks: Sequence[Look]) -> Todo:
        from cercafoto.indexing.things_again import unseen

        return unseen(request, looks)

    def opened(self, request: Request, number: int) -> AbstractContextManager[Looker[bytes]]:
        from cercafoto.indexing.things_again import opened

        return opened(request)

    def state(self, settings: Settings, catalog: ArchiveWriter) -> SenseState:
        from cercafoto.results.status import SenseState

        unread = catalog.unread.count_visible(self.name)
        return SenseState(lacking=max(0, catalog.things.count_lacking() - unread))

    def rows(self, state: SenseState, contents: int) -> Iterator[tuple[str, str]]:
        if state.lacking:
            then = "che cosa si vede lo dirà il prossimo «cercafoto index»"
            yield "Da guardare", f"{thousands(state.lacking)}: {then}"

    def json(self, state: SenseState) -> dict[str, object]:
        return {"unseen": state.lacking or 0}


def see_indexed(request: Request) -> int:
    """See the things in indexed photos that were not looked at, except on disconnected disks.
    Return how many were seen."""
    catalog = request.catalog
    rows = catalog.things.unseen()
    if not rows:  # listing all photos would take longer than a run without news
        return 0
    tried = set[int]() if request.retry else catalog.unread.contents(Things.name)
    away = [root for root in catalog.folders.roots() if not os.path.isdir(root)]
    here = {
        row.content_id
        for row in rows
        if row.content_id not in tried and not any(is_inside(row.path, root) for root in away)
    }
    if not here:
        return 0
    from cercafoto.looking.catch_up import look  # late: most runs have none

    analysed = "foto già analizzata" if len(here) == 1 else "foto già analizzate"
    request.reporter.say(f"Guardo che cosa si vede in {thousands(len(here))} {analysed}.")
    return look(request, Things()).read
