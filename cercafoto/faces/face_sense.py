"""Declare the sense that finds faces."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from cercafoto.base.italian_counts import thousands
from cercafoto.errors import ArchiveBusyError, ArchiveError
from cercafoto.looking.sense import IndexOption, Look, Looker, Request, Sense, Todo, Wording

if TYPE_CHECKING:
    from cercafoto.archive.local_archive import ArchiveWriter
    from cercafoto.faces.face_models import Face
    from cercafoto.results.finding import Finding
    from cercafoto.results.status import SenseState
    from cercafoto.settings import Settings


class Faces(Sense["list[Face]"]):
    """Finds faces and groups like ones. It is off until the person asks for it."""

    name, found_key, frames = "volti", "faces", True
    option = IndexOption(
        "--persone", "Poi cerca i volti nelle foto, come «cercafoto persone attiva»."
    )
    wording = Wording(
        title="Volti",
        to_look="guardare",
        looked=("guardata", "guardate"),
        found=lambda number: "1 volto" if number == 1 else f"{thousands(number)} volti",
        command="cercafoto persone attiva",
        unread="non si cercano i volti",
        unread_title="Volti non cercati",
    )

    def todo(self, request: Request, looks: Sequence[Look]) -> Todo:
        from cercafoto.faces.face_run import not_looked_at

        return Todo(not_looked_at(request, looks))

    def opened(self, request: Request, number: int) -> AbstractContextManager[Looker[list[Face]]]:
        from cercafoto.faces.face_run import opened

        return opened(request)

    def ended(self, request: Request) -> None:
        from cercafoto.faces.face_run import group_new

        group_new(request)

    def state(self, settings: Settings, catalog: ArchiveWriter) -> SenseState:
        from cercafoto.archive.local.face_people import FacePeople
        from cercafoto.results.status import SenseState

        faces = FacePeople(settings.faces, catalog, catalog.photos)
        if faces.problem:
            return SenseState(problem=faces.problem.message)
        return SenseState(lacking=faces.lacking(catalog.unread.contents(self.name)))

    def rows(self, state: SenseState, contents: int) -> Iterator[tuple[str, str]]:
        if state.problem:
            yield "Volti", "non si possono leggere: esegui «cercafoto controlla»"
        elif state.lacking is not None:
            left = f"da cercare in {thousands(state.lacking)} foto: «cercafoto index --persone»"
            yield "Volti", left if state.lacking else "cercati in tutte le foto"

    def json(self, state: SenseState) -> dict[str, object]:
        return {"faces_lacking": state.lacking, "faces_problem": state.problem or None}

    def is_active(self, settings: Settings) -> bool:
        return os.path.lexists(settings.faces)

    def forget(self, settings: Settings, digests: Set[bytes]) -> None:
        if not settings.faces.exists():
            return
        from cercafoto.archive.local.face_store import FaceStore

        try:
            with FaceStore.open(settings.faces) as store, store.transaction():
                store.drop_photos(digests)
        except ArchiveBusyError:
            raise
        except ArchiveError as error:
            error.message = f"I volti di queste foto restano. {error.message}"
            raise

    def check_files(self, settings: Settings, mend: bool) -> Iterable[Finding]:
        from cercafoto.faces.face_check import check_file

        return check_file(settings, mend)
